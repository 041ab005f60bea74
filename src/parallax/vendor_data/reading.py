"""How a field reads a vendor: what came, what did not, and what is said of it."""

import time
from collections.abc import Sequence
from uuid import UUID

from parallax.context import Info
from parallax.db import deadline
from parallax.errors import ParallaxError, SourceRejected
from parallax.metrics.catalog import SourceSystem
from parallax.vendors.credentials import AccountKey
from parallax.vendors.gathering import Asked, Gathered
from parallax.vendors.pieces import Endpoint, Piece
from parallax.vendors.vendor import Account, QuotaLow

MARGIN_S = 0.25
"""Before the request's own end: the answer has to be written as well."""


async def account_of(info: Info, client: UUID, system: SourceSystem) -> Account:
    """Raises SourceRejected where nothing is connected."""
    found = await info.context.vendor_account.load(AccountKey(client, system))
    if found is None:
        raise SourceRejected(
            f"{system.name} is not connected: give its credentials by vendorConnect.", source=system.name
        )
    return found


async def read(info: Info, account: Account, endpoint: Endpoint, pieces: Sequence[Piece]) -> Gathered | None:
    """What the vendor has of the pieces, as far as it came in time; the rest is told in `extensions.missing`.

    Raises the failure where nothing came. None where little is left of the quota and the caller wants nothing then.
    """
    if not pieces:
        return Gathered()
    pending = await info.context.vendor.load(Asked(account, endpoint, tuple(pieces)))
    found = await pending.gathered(_within_s(info))
    tell(info, account.system, found)
    if found.kept or not found.failed:
        return found
    failure = next(iter(found.failed.values()))
    if isinstance(failure, QuotaLow) and not failure.is_error:
        return None
    raise failure


def tell(info: Info, system: SourceSystem, found: Gathered) -> None:
    """Says what is old, and what is not there while the rest is."""
    path, absences = info.path.as_list(), info.context.absences
    if any(kept.is_stale for kept in found.kept.values()):
        absences.note(path, system.name, "An older answer is shown, for the vendor does not answer.")
    silent = not found.kept
    failures: dict[str, tuple[ParallaxError, int]] = {}
    for failure in found.failed.values():
        failures[failure.message] = (failure, failures.get(failure.message, (failure, 0))[1] + 1)
    for failure, pieces in failures.values():
        low = isinstance(failure, QuotaLow)
        if silent and not (low and not failure.is_error):  # type: ignore[attr-defined]
            continue  # the field fails, and that is told by its error
        part = f"{pieces} of {pieces + len(found.kept)} parts are missing. " if found.kept else ""
        absences.note(path, system.name, part + failure.message, failure.code.value, failure.retry_after_s)


def _within_s(info: Info) -> float:
    settings, ends = info.context.db.settings, deadline.get()
    if ends is None:
        return settings.vendor_deadline_seconds
    return min(settings.vendor_deadline_seconds, max(0.05, ends - time.monotonic() - MARGIN_S))
