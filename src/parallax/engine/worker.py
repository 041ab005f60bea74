"""Folds in the background: beside a gateway that serves, or by itself. Any number of them may run on one database."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from parallax import telemetry
from parallax.db import Database
from parallax.engine.fold import MOST, fold, fold_if_free
from parallax.engine.rebuild import rebuild
from parallax.engine.settling import settle
from parallax.errors import ParallaxError
from parallax.scopes import EVERYBODY, statement

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


@dataclass(frozen=True, slots=True)
class Trouble:
    """How often folding a client failed in a row, since when, why, and when it is tried again (monotonic)."""

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
        self._troubles: dict[UUID | None, Trouble] = {}
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
        worst = max(self._troubles.values(), key=lambda trouble: trouble.failures)
        lasting = time.monotonic() - worst.since
        return f"folding failed {worst.failures} times in {lasting:.0f} seconds: {worst.message}"

    async def run(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    await self._look(group)
                    self._troubles.pop(None, None)
                except Exception as error:
                    self._failed(None, error)
                await asyncio.sleep(LOOK_EVERY_S if None not in self._troubles else PAUSE_S)

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
        now = time.monotonic()
        for client in self._troubles.keys() - {row["client_id"] for row in rows} - {None}:
            del self._troubles[client]  # another worker did it, or the client is gone
        for row in rows:
            client = row["client_id"]
            due = row["waits"] and (row["events"] >= self._events or row["seconds"] >= self._seconds)
            trouble = self._troubles.get(client)
            if (due or row["stale"]) and client not in self._busy and (trouble is None or trouble.again_at <= now):
                self._busy.add(client)
                group.create_task(self._tend(client, self._up_to_date(client, bool(row["stale"]))))
        if self._keep_months != math.inf and now >= self._drop_at and not any(row["stale"] for row in rows):
            self._drop_at = now + A_DAY_S
            await self._drop_months()
        if now >= self._settle_at:
            self._settle_at = now + SETTLE_EVERY_S
            await self._settle(group)
        if self._purge is not None and now >= self._purge_at:
            self._purge_at = now + PURGE_EVERY_S
            for row in await self._db.rows(EVERYBODY, CLIENTS_ERASED, None):
                await self._purge(self._db, row["client_id"])

    async def _settle(self, group: asyncio.TaskGroup) -> None:
        for row in await self._db.rows(EVERYBODY, CLIENTS_UNSETTLED, None, SETTLED_EVENTS, SETTLED_S):
            client = row["client_id"]
            if client not in self._busy and client not in self._troubles:
                self._busy.add(client)
                group.create_task(self._tend(client, settle(self._db, client)))

    async def _up_to_date(self, client: UUID, stale: bool) -> None:
        if stale:
            await rebuild(self._db, client)
            LOG.info("made anew what is derived, in the client's zone of now", client=str(client))
        await self._folded(client)

    async def _tend(self, client: UUID, work: Coroutine[Any, Any, object]) -> None:
        try:
            async with self._turns:
                await work
            self._troubles.pop(client, None)
        except Exception as error:
            self._failed(client, error)
        finally:
            self._busy.discard(client)

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
        if dropped:
            LOG.info("rows of months that are not kept any more are dropped", months=dropped)

    def _failed(self, client: UUID | None, error: Exception) -> None:
        telemetry.fold_failed()
        message = error.message if isinstance(error, ParallaxError) else f"{type(error).__name__}: {error}"
        now = time.monotonic()
        trouble = self._troubles.get(client) or Trouble(0, now, message, now)
        self._troubles[client] = trouble.once_more(message, now)
        LOG.error("folding failed, and is tried again", client=client and str(client), error=message)


def first_kept(today: date, months: int) -> date:
    """The first day of the first month that is kept: this month and `months` before it."""
    number = max(today.year * 12 + today.month - 1 - months, 12)
    return date(number // 12, number % 12 + 1, 1)
