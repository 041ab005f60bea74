"""Keeps a mixture of lines: each kind by its own rules and in a transaction of its own, and each line told by its place."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from parallax.clients.setup import client_by_id
from parallax.db import Database
from parallax.engine.ingest import store_all
from parallax.errors import ErrorCode
from parallax.events.inputs import events_read, logs_read
from parallax.events.mixture import EVENT, IDENTIFY, LOG, USAGE, Mixture
from parallax.periods import today
from parallax.receipts import Receipt
from parallax.scopes import Scope
from parallax.usage.reports import Reader, Rejected, Report
from parallax.usage.track import track
from parallax.users.declared import Declared
from parallax.users.declared import read as declared
from parallax.users.identify import identify

LONGEST_FIELD: Final = 100
FEW: Final = 1000


class RejectedLine(NamedTuple):
    """`place` is the line's in what was sent; `path` leads to the field of it that is at fault, empty for the line itself."""

    place: int
    path: list[str]
    code: ErrorCode
    message: str


@dataclass(slots=True)
class Outcome:
    """What became of the lines: the four add up to them. `receipt` stands for all that was kept."""

    receipt: Receipt
    accepted: int = 0
    duplicates: int = 0
    replaced: int = 0
    rejected: list[RejectedLine] = field(default_factory=list)

    def reject(self, rows: Iterable[Rejected], kind: str) -> None:
        for row in rows:
            code = ErrorCode.NOT_FOUND if row.field == "app" else ErrorCode.INVALID_PARAMETER
            self.rejected.append(RejectedLine(row.place, _path(kind, row.field), code, row.message))


async def store_mixture(db: Database, client: UUID, mixture: Mixture, now: datetime, max_waiting: float) -> Outcome:
    """Raises NotFound for a client that is not there, RateLimited, SourceUnavailable and Timeout.

    What was kept before that stays: the whole may be sent again. So what may be repeated without an id comes first.
    """
    outcome, scope = Outcome(Receipt(client)), Scope.of(client)
    outcome.reject(mixture.rejected, EVENT)
    await _keep_usage(db, scope, client, mixture, now, outcome)
    await _keep_users(db, scope, client, mixture, now, outcome)
    kinds, batches = [], []
    for kind, read in ((LOG, logs_read), (EVENT, events_read)):
        lines = mixture.by_kind[kind]
        if len(lines):
            given = client, lines.rows, now, lines.places
            # Many take long enough to be noticed by others.
            batches.append(read(*given) if len(lines) <= FEW else await asyncio.to_thread(read, *given))
            kinds.append(kind)
    for kind, stored in zip(kinds, await store_all(db, scope, client, batches, max_waiting=max_waiting), strict=True):
        outcome.accepted += stored.accepted
        outcome.duplicates += stored.duplicates
        outcome.receipt = replace(outcome.receipt, position=max(outcome.receipt.position, stored.position))
        outcome.reject(stored.rejected, kind)
    outcome.rejected.sort(key=lambda row: row.place)
    return outcome


async def _keep_usage(
    db: Database, scope: Scope, client: UUID, mixture: Mixture, now: datetime, outcome: Outcome
) -> None:
    lines = mixture.by_kind[USAGE]
    if not len(lines):
        return
    reader = Reader(client, today(now, (await client_by_id(db, client)).time_zone))
    read = [reader.read(place, row) for place, row in zip(lines.places, lines.rows, strict=True)]
    outcome.reject((row for row in read if isinstance(row, Rejected)), USAGE)
    tracked = await track(db, scope, client, [row for row in read if isinstance(row, Report)])
    outcome.accepted += tracked.accepted
    outcome.duplicates += tracked.duplicates
    outcome.replaced += tracked.replaced
    outcome.receipt = replace(outcome.receipt, usage_version=tracked.version)
    outcome.reject(tracked.rejected, USAGE)


async def _keep_users(
    db: Database, scope: Scope, client: UUID, mixture: Mixture, now: datetime, outcome: Outcome
) -> None:
    lines = mixture.by_kind[IDENTIFY]
    if not len(lines):
        return
    read = [declared(place, row) for place, row in zip(lines.places, lines.rows, strict=True)]
    outcome.reject((row for row in read if isinstance(row, Rejected)), IDENTIFY)
    done = await identify(db, scope, client, [row for row in read if isinstance(row, Declared)], now)
    outcome.accepted += done.accepted
    usage_version = max(outcome.receipt.usage_version, done.usage_version)
    outcome.receipt = Receipt(client, done.position, usage_version, done.links, done.traits)
    outcome.rejected += [
        RejectedLine(row.place, _path(IDENTIFY, row.field), row.code, row.message) for row in done.rejected
    ]


def _path(kind: str, name: str) -> list[str]:
    """What a caller named may be of any length, and no text at all."""
    name = name.encode(errors="replace").decode()[:LONGEST_FIELD]
    wrapped = [] if kind == EVENT else [kind]
    return [*wrapped, name] if name else wrapped
