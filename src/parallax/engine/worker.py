"""Folds in the background: beside a gateway that serves, or by itself. Any number of them may run on one database."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from parallax import telemetry
from parallax.db import Database, Record
from parallax.engine.fold import MOST, fold, fold_if_free
from parallax.engine.rebuild import rebuild
from parallax.engine.settling import settle
from parallax.errors import ParallaxError
from parallax.scopes import EVERYBODY, Statement, statement

HERE = str(Path(__file__).parent / "writing" / "_")
CLIENTS_WAITING = statement(__file__, "clients_waiting")
CLIENTS_ERASED = statement(__file__, "clients_erased")
CLIENTS_UNSETTLED = statement(__file__, "clients_unsettled")
MONTHS_DROP_EVENTS = statement(HERE, "months_drop_events")
DEADLINE_S: Final = 600.0
"""What a fold, or a rebuild, may take: the deadline of the worker's database."""
LOOK_EVERY_S: Final = 0.25
AT_ONCE: Final = 2
PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
A_DAY_S: Final = 86_400.0
PURGE_EVERY_S: Final = 10.0
SETTLE_EVERY_S: Final = 5.0
SETTLED_EVENTS, SETTLED_S = 100_000, 60.0
"""Timelines are brought up to date for so many folded events, or after so long for fewer."""
LOG = telemetry.logger("parallax.fold")


class Work(NamedTuple):
    """For a client, or for all of them at once (None)."""

    name: str
    client: UUID | None = None


LOOKING: Final = Work("looking for work")
DROPPING: Final = Work("dropping months")


@dataclass(frozen=True, slots=True)
class Trouble:
    """How often some work failed in a row, since when, why, and when it is tried again (monotonic)."""

    failures: int
    since: float
    message: str
    again_at: float

    def once_more(self, message: str, now: float) -> "Trouble":
        return Trouble(self.failures + 1, self.since, message, now + min(PAUSE_S * 2**self.failures, LONGEST_PAUSE_S))


class Folding:
    """Folds a client when `events` of it wait, or one for `seconds`; months older than `keep_months` lose their rows.

    `purge` takes away what is left of a client's erased users.

    The database is one with a deadline of its own (`DEADLINE_S`), of which two connections write.
    """

    def __init__(
        self,
        db: Database,
        events: int = 10_000,
        seconds: float = 2.0,
        keep_months: float = math.inf,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        purge: Callable[[Database, UUID], Awaitable[object]] | None = None,
    ) -> None:
        self._db, self._events, self._seconds, self._keep_months, self._clock = db, events, seconds, keep_months, clock
        self._troubles: dict[Work, Trouble] = {}
        self._busy: set[UUID] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._drop_at = 0.0
        self._purge, self._purge_at = purge, 0.0
        self._settle_at = 0.0

    @property
    def problem(self) -> str | None:
        """What fails for the moment, in words for an operator; it is tried again. None: all is well."""
        if not self._troubles:
            return None
        work, worst = max(self._troubles.items(), key=lambda each: each[1].failures)
        lasting = time.monotonic() - worst.since
        return f"{work.name} failed {worst.failures} times in {lasting:.0f} seconds: {worst.message}"

    async def run(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._tried(LOOKING, partial(self._look, group))
                await asyncio.sleep(LOOK_EVERY_S if LOOKING not in self._troubles else PAUSE_S)

    async def once(self) -> int:
        """Folds all that waits now, and makes anew what is stale. How many events were folded; errors pass."""
        total = 0
        for row in await self._db.rows(EVERYBODY, CLIENTS_WAITING, None):
            total += await self._folded(row["client_id"], patient=True)
            if row["stale"]:
                await rebuild(self._db, row["client_id"])
        for row in await self._db.rows(EVERYBODY, CLIENTS_UNSETTLED, None, 0, 0.0):
            await settle(self._db, row["client_id"])
        return total

    async def _look(self, group: asyncio.TaskGroup) -> None:
        rows = await self._db.rows(EVERYBODY, CLIENTS_WAITING, None)
        telemetry.events_waiting(
            sum(row["events"] for row in rows), max((row["seconds"] for row in rows if row["waits"]), default=0.0)
        )
        self._forget("folding", rows)
        for row in rows:
            due = row["waits"] and (row["events"] >= self._events or row["seconds"] >= self._seconds)
            if due or row["stale"]:
                client, stale = row["client_id"], bool(row["stale"])
                self._begin(group, Work("folding", client), partial(self._up_to_date, client, stale))
        now = time.monotonic()
        keeps_all = self._keep_months == math.inf or any(row["stale"] for row in rows)
        if now >= self._drop_at and not keeps_all and self._may_begin(DROPPING):
            await self._tried(DROPPING, self._drop_months)
        if now >= self._settle_at:
            await self._look_for("settling", group, settle, CLIENTS_UNSETTLED, SETTLED_EVENTS, SETTLED_S)
            self._settle_at = now + SETTLE_EVERY_S
        if self._purge is not None and now >= self._purge_at:
            await self._look_for("purging", group, self._purge, CLIENTS_ERASED)
            self._purge_at = now + PURGE_EVERY_S

    async def _look_for(
        self,
        name: str,
        group: asyncio.TaskGroup,
        do: Callable[[Database, UUID], Awaitable[object]],
        asked: Statement,
        *values: float,
    ) -> None:
        rows = await self._db.rows(EVERYBODY, asked, None, *values)
        self._forget(name, rows)
        for row in rows:
            self._begin(group, Work(name, row["client_id"]), partial(do, self._db, row["client_id"]))

    # ------------------------------------------------------------ work, and its troubles
    def _may_begin(self, work: Work) -> bool:
        trouble = self._troubles.get(work)
        return work.client not in self._busy and (trouble is None or trouble.again_at <= time.monotonic())

    def _begin(self, group: asyncio.TaskGroup, work: Work, do: Callable[[], Awaitable[object]]) -> None:
        """Unless something is done for this client already, or this failed a short while ago."""
        if work.client is not None and self._may_begin(work):
            self._busy.add(work.client)
            group.create_task(self._tend(work, work.client, do))

    async def _tend(self, work: Work, client: UUID, do: Callable[[], Awaitable[object]]) -> None:
        try:
            async with self._turns:
                await self._tried(work, do)
        finally:
            self._busy.discard(client)

    async def _tried(self, work: Work, do: Callable[[], Awaitable[object]]) -> None:
        """Its trouble lasts until it is done."""
        try:
            await do()
        except Exception as error:
            self._failed(work, error)
        else:
            self._troubles.pop(work, None)

    def _forget(self, name: str, rows: Iterable[Record]) -> None:
        """Troubles of work that no client but these has: another worker did it, or the client is gone."""
        there = {row["client_id"] for row in rows}
        for work in [each for each in self._troubles if each.name == name and each.client not in there]:
            del self._troubles[work]

    def _failed(self, work: Work, error: Exception) -> None:
        telemetry.fold_failed()
        message = error.message if isinstance(error, ParallaxError) else f"{type(error).__name__}: {error}"
        now = time.monotonic()
        trouble = self._troubles.get(work) or Trouble(0, now, message, now)
        self._troubles[work] = trouble.once_more(message, now)
        LOG.error(f"{work.name} failed, and is tried again", client=work.client and str(work.client), error=message)

    # ------------------------------------------------------------ what is done
    async def _up_to_date(self, client: UUID, stale: bool) -> None:
        if stale:
            await rebuild(self._db, client)
            LOG.info("made anew what is derived, in the client's zone of now", client=str(client))
        await self._folded(client)

    async def _folded(self, client: UUID, patient: bool = False) -> int:
        """How many events this worker folded: none where another is at it, unless `patient`."""
        total = 0
        while True:
            began = time.perf_counter()
            folded = await (fold if patient else fold_if_free)(self._db, client)
            if folded is None or not folded.events:
                return total
            telemetry.folded(time.perf_counter() - began)
            total += folded.events
            if folded.events < MOST:
                return total

    async def _drop_months(self) -> None:
        kept = first_kept(self._clock().date(), int(self._keep_months))
        async with self._db.writing(EVERYBODY) as transaction:
            dropped = [row["month"] for row in await transaction.rows(MONTHS_DROP_EVENTS, kept)]
        self._drop_at = time.monotonic() + A_DAY_S
        if dropped:
            LOG.info("rows of months that are not kept any more are dropped", months=dropped)


def first_kept(today: date, months: int) -> date:
    """The first day of the first month that is kept: this month and `months` before it."""
    number = max(today.year * 12 + today.month - 1 - months, 12)
    return date(number // 12, number % 12 + 1, 1)
