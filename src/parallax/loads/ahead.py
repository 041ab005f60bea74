"""What comes next, read while something else is done."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


def ahead(things: Iterator[T]) -> "asyncio.Future[T | None]":
    """Read by a thread that nobody waits for at the end: standard input may stay silent for ever."""
    loop = asyncio.get_running_loop()
    coming: asyncio.Future[T | None] = loop.create_future()

    def tell(read: T | None, error: Exception | None) -> None:
        if coming.done():  # nobody wants it any more
            return
        if error is not None:
            coming.set_exception(error)
        else:
            coming.set_result(read)

    def work() -> None:
        read, failure = None, None
        try:
            read = next(things, None)
        except Exception as error:
            failure = error
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(tell, read, failure)

    threading.Thread(target=work, daemon=True).start()
    return coming
