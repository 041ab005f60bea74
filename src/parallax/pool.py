"""Lends connections, last in, first out. Knows nothing of what they are connections to.

A library's pool wraps each connection, resets it and gives it back in a task of its own: together more than a small
statement costs. Here a connection that ended its call well goes back as it is, and any other is ended.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from parallax.errors import SourceUnavailable


class Lendable(Protocol):
    """What a connection must be able to do."""

    def is_closed(self) -> bool: ...
    def terminate(self) -> None: ...
    async def close(self) -> None: ...


C = TypeVar("C", bound=Lendable)


class Pool(Generic[C]):
    """At most `size` connections, made when they are needed."""

    def __init__(self, connect: Callable[[], Awaitable[C]], size: int) -> None:
        self._connect = connect
        self._free = asyncio.Semaphore(size)
        self._idle: list[C] = []
        self.size = size
        self.lent = 0
        self.waiting = 0

    async def take(self, wait_s: float) -> C:
        """A connection for `give_back`. Raises SourceUnavailable when none gets free in time, and what connecting does."""
        if self._free.locked():
            self.waiting += 1
            try:
                async with asyncio.timeout(wait_s):
                    await self._free.acquire()
            except TimeoutError as error:
                raise SourceUnavailable("Every database connection is busy.", retry_after_s=1) from error
            finally:
                self.waiting -= 1
        else:
            await self._free.acquire()
        self.lent += 1
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        try:
            return await self._connect()
        except BaseException:
            self._returned()
            raise

    def give_back(self, connection: C, *, sound: bool) -> None:
        """`sound`: its last call ended, well or with the server's own error; then the next borrower may have it."""
        if not sound:
            connection.terminate()  # it may be in the middle of a statement that nobody waits for
        elif not connection.is_closed():
            self._idle.append(connection)
        self._returned()

    async def close(self) -> None:
        """Closes what is idle; what is lent is ended by its borrower."""
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()

    def _returned(self) -> None:
        self.lent -= 1
        self._free.release()
