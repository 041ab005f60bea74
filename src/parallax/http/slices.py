"""Shares the event loop: a long answer is made in slices, between which everybody else has their turn.

A loader answers all who wait for it at once, and all of them go on in the same round of the loop: fifty series of a large
report would hold up those who want little, and those who are only to be told that it is too much.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable
from time import perf_counter
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

SLICE_S: Final = 0.015
TOGETHER: Final = 4
"""How many of those who wait go on in a round: one by one would cost a look at the network for each."""
T = TypeVar("T")


class Slices:
    """Of one event loop."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._waiting: deque[asyncio.Future[None]] = deque()

    def turn(self) -> "asyncio.Future[None] | None":
        """To be awaited; None while there is time left in this slice."""
        now, loop = perf_counter(), asyncio.get_running_loop()
        if self._began is None:
            self._began = now
            loop.call_soon(self._next)
        if now - self._began < SLICE_S:
            return None
        waiting = loop.create_future()
        self._waiting.append(waiting)
        return waiting

    def _next(self) -> None:
        """In each round of the loop while anybody is in slices."""
        self._began = None
        if self._waiting:
            self._began = perf_counter()
            asyncio.get_running_loop().call_soon(self._next)
            for _ in range(min(TOGETHER, len(self._waiting))):
                waiting = self._waiting.popleft()
                if not waiting.done():
                    waiting.set_result(None)


_of: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, Slices]] = WeakKeyDictionary()


async def in_slices(result: Awaitable[T]) -> T:
    """The result, when it is there and there is time to go on with it."""
    found = await result
    loop = asyncio.get_running_loop()
    slices = _of.get(loop)
    if slices is None:
        slices = _of[loop] = Slices()
    if (turn := slices.turn()) is not None:
        await turn
    return found
