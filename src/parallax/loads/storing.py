"""Portions of a file on their way into a client's data, each once, whatever happens in between.

What may be repeated without harm comes first: users and usage. With the batches of a portion the load's lines move, in
one transaction: a load that is cut off goes on behind them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from parallax.db import Database
from parallax.engine.batches import Batch
from parallax.engine.fold import fold
from parallax.engine.ingest import Stored, store_all
from parallax.errors import SourceUnavailable
from parallax.loads.portions import Portion
from parallax.loads.register import Load, keep_lines, lines_kept
from parallax.scopes import Scope, statement
from parallax.usage.reports import Rejected
from parallax.usage.track import track
from parallax.users.identify import identify

EVENTS_WAITING = statement(str(Path(__file__)), "events_waiting")
PATIENCE_S = 20.0  # with a database that went away
FOLD_FROM = 200_000
"""Events that may wait before this process folds them itself: so the tail, and the memory for it, stay bounded."""
T = TypeVar("T")


@dataclass(slots=True)
class Outcome:
    """What became of the rows of a portion: the four add up to them."""

    accepted: int = 0
    duplicates: int = 0
    replaced: int = 0
    rejected: list[Rejected] = field(default_factory=list)


class Storing:
    """One load's way into the database."""

    def __init__(self, db: Database, load: Load, clock: Callable[[], datetime]) -> None:
        self._db, self._load, self._clock = db, load, clock
        self._scope = Scope.of(load.client)
        self._waiting: int | None = None

    async def store(self, portion: Portion) -> Outcome:
        """Tries again while the database is away, for PATIENCE_S; raises SourceUnavailable then."""
        outcome = Outcome(rejected=list(portion.rejected))
        if portion.users:
            await self._users(portion, outcome)
        if portion.reports:
            await self._reports(portion, outcome)
        batches = [batch for batch in (portion.logs, portion.events) if len(batch)]
        if batches:
            await self._batches(batches, outcome, portion.last_line)
        else:
            await _patiently(lambda: keep_lines(self._db, self._load, portion.last_line))
        outcome.rejected.sort(key=lambda row: row.place)
        return outcome

    async def _users(self, portion: Portion, outcome: Outcome) -> None:
        done = await _patiently(
            lambda: identify(self._db, self._scope, self._load.client, portion.users, self._clock())
        )
        outcome.accepted += done.accepted
        outcome.rejected += [Rejected(row.place, row.field, row.message) for row in done.rejected]

    async def _reports(self, portion: Portion, outcome: Outcome) -> None:
        done = await _patiently(lambda: track(self._db, self._scope, self._load.client, portion.reports))
        outcome.accepted += done.accepted
        outcome.duplicates += done.duplicates
        outcome.replaced += done.replaced
        outcome.rejected += done.rejected

    async def _batches(self, batches: Sequence[Batch], outcome: Outcome, last_line: int) -> None:
        db, load = self._db, self._load
        tried = False

        async def once() -> list[Stored]:
            # Rows without an id would be there twice: after a failure the load's lines tell whether they are.
            nonlocal tried
            if tried and await lines_kept(db, load) >= last_line:
                return [Stored(accepted=len(batch)) for batch in batches]
            tried = True
            return await store_all(db, self._scope, load.client, batches, load.id, (load.id, last_line))

        for stored in await _patiently(once):
            outcome.accepted += stored.accepted
            outcome.duplicates += stored.duplicates
            outcome.rejected += stored.rejected
            if self._waiting is not None:
                self._waiting += stored.accepted

    async def fold(self, least: int = FOLD_FROM) -> bool:
        """Folds what waits, if that is `least` or more; whether it was."""
        if self._waiting is None:
            rows = await self._db.rows(self._scope, EVENTS_WAITING, self._load.client)
            self._waiting = rows[0]["waiting"] if rows else 0
        due = self._waiting >= least
        while self._waiting >= least:
            folded = await _patiently(lambda: fold(self._db, self._load.client))
            self._waiting -= folded.events
            if not folded.events:
                self._waiting = 0  # somebody else does it
        return due


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    ends, pause_s = time.monotonic() + PATIENCE_S, 0.25
    while True:
        try:
            return await work()
        except SourceUnavailable:
            if time.monotonic() > ends:
                raise
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, 2.0)
