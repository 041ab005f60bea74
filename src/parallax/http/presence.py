"""Nothing goes on for a caller who left."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from parallax.http.requests import Call, CallerLeft
from parallax.loading import cancel_calls

WATCH_AFTER_S: Final = 0.05
T = TypeVar("T")


async def while_there(call: Call, work: Coroutine[Any, Any, T]) -> T:
    """Runs `work` unless the caller leaves: then everything below is cancelled, statements in the database included.

    Most answers are there before anybody could leave: only then is it watched for.
    """
    task = asyncio.current_task()
    assert task is not None
    watching: asyncio.Task[None] | None = None

    def watch() -> None:
        nonlocal watching
        watching = asyncio.ensure_future(gone(call))
        watching.add_done_callback(lambda watched: None if watched.cancelled() else task.cancel())

    timer = asyncio.get_running_loop().call_later(WATCH_AFTER_S, watch)
    try:
        return await work
    except asyncio.CancelledError:
        if watching is None or not watching.done():
            raise  # cancelled from above, not by us
        task.uncancel()
        raise CallerLeft from None
    finally:
        timer.cancel()
        if watching is not None:
            watching.cancel()
        cancel_calls()


async def gone(call: Call) -> None:
    """Returns when the caller has left. The body was read before: nothing but that is received."""
    while (await call.receive())["type"] != "http.disconnect":
        pass
