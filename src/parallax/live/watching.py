"""Wakes whoever waits for a client's numbers to change: one watcher per process, one statement a tick for all of them.

A wake-up is a flag and no message: nothing piles up for a slow reader, who sees the newest state once.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final, Self
from uuid import UUID

from parallax import periods
from parallax.db import Database
from parallax.scopes import Scope, statement
from parallax.telemetry import logger

CLIENT_CHANGES = statement(__file__, "client_changes")
MOST_AT_ONCE: Final = 500
"""Clients of one statement: their ids travel in the scope as well."""
LONGEST_PAUSE_S: Final = 10.0
_UNSEEN: Final = object()
log = logger("parallax.live")


def _clock() -> datetime:
    return datetime.now(UTC)


class Watch:
    """A reader who waits for one client. It begins flagged: what changed just before it was there is not missed."""

    def __init__(self, look_s: float) -> None:
        self._look_s = look_s
        self._changed = asyncio.Event()
        self._changed.set()

    def wake(self) -> None:
        self._changed.set()

    async def news(self, not_before: float) -> bool:
        """Whether `not_before` (loop time) has come. Returns after a change, or when rights are to be looked at again.

        Changes before the return are of this call, those after it of the next.
        """
        loop = asyncio.get_running_loop()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._look_s):
                await self._changed.wait()
                await asyncio.sleep(not_before - loop.time())
                self._changed.clear()
                return True
        return loop.time() >= not_before


class Watcher:
    """Looks every `every_s` at the clients that somebody watches, and at their calendars: a day that turns is a change.

    `look_s`: the longest that a reader is left alone, so that a right taken away is noticed. `turns` is for those who
    were woken: together they take no more than half of the reading connections.
    """

    def __init__(
        self,
        db: Database,
        *,
        every_s: float = 1.0,
        look_s: float = 60.0,
        clock: Callable[[], datetime] = _clock,
    ) -> None:
        self._db, self._every_s, self._look_s, self._clock = db, every_s, look_s, clock
        self._watches: dict[UUID, set[Watch]] = {}
        self._seen: dict[UUID, object] = {}
        self._wanted = asyncio.Event()
        self.turns = asyncio.Semaphore(max(1, db.busy[1] // 2))

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    @property
    def watched(self) -> int:
        """Readers who wait, of all clients."""
        return sum(map(len, self._watches.values()))

    @contextmanager
    def watching(self, client: UUID) -> Iterator[Watch]:
        watch = Watch(self._look_s)
        self._watches.setdefault(client, set()).add(watch)
        self._wanted.set()
        try:
            yield watch
        finally:
            watches = self._watches[client]
            watches.discard(watch)
            if not watches:
                del self._watches[client]
                self._seen.pop(client, None)
            if not self._watches:
                self._wanted.clear()

    async def _run(self) -> None:
        pause_s = self._every_s
        while True:
            await self._wanted.wait()
            try:
                await self.look()
                pause_s = self._every_s
            except Exception as error:  # everybody waits for this task alone: it goes on, whatever happened
                if pause_s == self._every_s:
                    log.warning("live answers wait for the database", error=type(error).__name__)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def look(self) -> None:
        """Once at every watched client; wakes the readers of those that are not as they were at the look before."""
        now, clients = self._clock(), list(self._watches)
        for start in range(0, len(clients), MOST_AT_ONCE):
            asked = clients[start : start + MOST_AT_ONCE]
            rows = await self._db.rows(Scope(frozenset(asked)), CLIENT_CHANGES, asked)
            states = {row["client_id"]: _state(row, now) for row in rows}
            for client in asked:
                state = states.get(client)  # None: deleted, which is a change too
                if client in self._watches and self._seen.get(client, _UNSEEN) != state:
                    self._seen[client] = state
                    for watch in self._watches[client]:
                        watch.wake()


def _state(row: Any, now: datetime) -> object:
    return (*row, periods.today(now, row["time_zone"]))
