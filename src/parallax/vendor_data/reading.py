"""How a field reads a vendor: what came, what did not, and what is said of it."""

import time
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from parallax.context import Context, Info
from parallax.db import deadline
from parallax.errors import ParallaxError, SourceRejected
from parallax.links.loaders import LinkRecord
from parallax.metrics.catalog import SourceSystem
from parallax.vendors.credentials import LABELS, AccountKey
from parallax.vendors.gathering import Asked, Gathered
from parallax.vendors.pieces import Endpoint, Piece
from parallax.vendors.vendor import Account, QuotaLow

MARGIN_S = 0.25
"""Before the request's own end: the answer has to be written as well."""


class At(NamedTuple):
    """Where in an answer a vendor is read: a field, or the `node` by which something of a vendor is asked again."""

    context: Context
    path: tuple[str | int, ...]

    @classmethod
    def of(cls, info: Info) -> "At":
        return cls(info.context, tuple(info.path.as_list()))


async def account_of(at: At, client: UUID, system: SourceSystem, link: LinkRecord | None = None) -> Account:
    """By the credentials of the link's own, where it has some. Raises SourceRejected where nothing is connected, and for
    credentials that cannot be used."""
    own = None if link is None else link.own
    found = await at.context.vendor_account.load(AccountKey(client, system, own))
    if found is None:
        raise SourceRejected(
            f"{LABELS[system]} is not connected: give its credentials by vendorConnect.", source=system.name
        )
    if found.problem is not None:
        raise found.problem
    return found


async def read(at: At, account: Account, endpoint: Endpoint, pieces: Sequence[Piece]) -> Gathered | None:
    """What the vendor has of the pieces, as far as it came in time; the rest is told in `extensions.missing`.

    Raises the failure where nothing came. None where little is left of the quota and the caller wants nothing then.
    """
    if not pieces:
        return Gathered()
    pending = await at.context.vendor.load(Asked(account, endpoint, tuple(pieces)))
    found = await pending.gathered(_within_s(at.context))
    tell(at, account.system, found)
    if found.kept or not found.failed:
        return found
    failure = next(iter(found.failed.values()))
    if isinstance(failure, QuotaLow) and not failure.is_error:
        return None
    raise failure


def tell(at: At, system: SourceSystem, found: Gathered) -> None:
    """Says what is old, and what is not there while the rest is."""
    path, absences = at.path, at.context.absences
    if found.is_stale:
        absences.note(path, system.name, "An older answer is shown, for the vendor does not answer.")
    failures: dict[str, ParallaxError] = {failure.message: failure for failure in found.failed.values()}
    for message, failure in failures.items():
        spared = isinstance(failure, QuotaLow) and not failure.is_error
        if not found.kept and not spared:
            continue  # the field fails, and its error tells it
        pieces = sum(other.message == message for other in found.failed.values())
        part = f"{pieces} of {len(found.failed) + len(found.kept)} parts are missing. " if found.kept else ""
        absences.note(path, system.name, part + message, None if spared else failure.code.value, failure.retry_after_s)


def _within_s(context: Context) -> float:
    settings, ends = context.db.settings, deadline.get()
    if ends is None:
        return settings.vendor_deadline_seconds
    return min(settings.vendor_deadline_seconds, max(0.05, ends - time.monotonic() - MARGIN_S))
