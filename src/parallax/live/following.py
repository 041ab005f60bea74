"""How an answer is followed: told at once, then whenever it has become another, not more often than asked."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from uuid import UUID

from parallax.context import Context
from parallax.errors import InvalidParameter, ParallaxError, Timeout

T = TypeVar("T")
LONGEST_EVERY: Final = 3600
RETRY_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """An answer, and what differs when it has become another."""

    shown: T
    state: object


def checked_every(seconds: int | None) -> int:
    """Seconds between two events; 1 unless given. InvalidParameter below 1 and beyond an hour."""
    if seconds is None:
        return 1
    if not 1 <= seconds <= LONGEST_EVERY:
        raise InvalidParameter("everySeconds", seconds, f"must be from 1 to {LONGEST_EVERY}")
    return seconds


async def followed(
    context: Context, client: UUID, first: Seen[T], ask: Callable[[], Awaitable[Seen[T] | None]], every_s: float
) -> AsyncGenerator[T | None, None]:
    """`first`, then what `ask` answers whenever that differs; None and the end when it has no answer any more.

    The context is renewed before each `ask`, by whose loaders the event is then shown. A failure that passes is waited
    out; any other, as rights that are gone, is raised and ends the stream.
    """
    loop = asyncio.get_running_loop()
    assert context.watcher is not None
    with context.watcher.watching(client) as watch:
        seen = first
        yield seen.shown
        not_before = loop.time() + every_s
        while True:
            due = await watch.news(not_before)
            try:
                async with context.watcher.turns:
                    await context.renew()
                    now = await ask()
            except ParallaxError as error:
                if error.retry_after_s is None and not isinstance(error, Timeout):
                    raise
                watch.wake()
                not_before = max(not_before, loop.time() + (error.retry_after_s or RETRY_S))
                continue
            if now is None:
                yield None
                return
            if not due:
                continue  # a look at the caller's rights alone: what changed is told when its time has come
            if now.state != seen.state:
                seen = now
                yield seen.shown
            # Counted from when the reader took it; a look that found nothing new counts as well, for what it costs.
            not_before = loop.time() + every_s
