"""How a verb runs: its settings, its database, and what it says while it works.

Answers go to standard output, everything else to standard error. Exit codes: 0 done, 1 failed or refused, 2 wrong usage,
130 interrupted.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from parallax.errors import ParallaxError

if TYPE_CHECKING:
    from rich.console import Console

    from parallax.db import Database
    from parallax.settings import Settings

T = TypeVar("T")

FAILED = 1
QUICK_S = 2.0  # what ends sooner shows no progress
LINE_EVERY_S = 10.0  # where there is no terminal to draw on


def settings(**given: object) -> "Settings":
    """From the environment, with what the command line gave on top; SetupError for what cannot be used."""
    from parallax import telemetry
    from parallax.settings import load

    loaded = load(**given)
    telemetry.configure_logs(loaded.log_level)
    return loaded


def run(verb: "Callable[[Database], Awaitable[T]]", chosen: "Settings | None" = None) -> T:
    """Runs `verb` on the installation's database; a ParallaxError is said on standard error and ends with exit code 1.

    Statements outside of a request end at `chosen.deadline`: a verb whose transactions take longer brings its own.
    """

    async def with_database() -> T:
        from parallax import installation

        async with installation.opened(chosen or settings()) as db:
            return await verb(db)

    try:
        return run_loop(with_database())
    except ParallaxError as error:
        fail(error.message)


def run_loop(main: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run, on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def fail(text: str) -> NoReturn:
    say(text)
    raise SystemExit(FAILED)


def console(*, stderr: bool = False) -> "Console":
    """For tables and colours; plain text where the stream is no terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


@contextmanager
def progress(what: str, unit: str = "rows") -> Iterator[Callable[[int, int | None], None]]:
    """Call what it yields with (done, total or None) as the work goes on: a bar on a terminal, else a line now and then.

    With `unit` "bytes" the figures are shown as sizes.
    """
    shown = _Bar(what, unit) if sys.stderr.isatty() else _Lines(what, unit)
    try:
        yield shown.at
    finally:
        shown.end()


class _Bar:
    def __init__(self, what: str, unit: str) -> None:
        self._what, self._unit = what, unit
        self._from = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def at(self, done: int, total: int | None) -> None:
        if self._bar is None:
            if time.monotonic() - self._from < QUICK_S:
                return
            self._bar = self._made()
            self._bar.start()
            self._task = self._bar.add_task(self._what, total=total)
        self._bar.update(self._task, completed=done, total=total)

    def end(self) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _made(self) -> Any:
        from rich import progress as rich

        amount = rich.DownloadColumn() if self._unit == "bytes" else rich.MofNCompleteColumn()
        return rich.Progress(
            rich.TextColumn("{task.description}"),
            rich.BarColumn(),
            amount,
            rich.TimeElapsedColumn(),
            rich.TextColumn("left:"),
            rich.TimeRemainingColumn(),
            console=console(stderr=True),
            transient=True,
        )


class _Lines:
    def __init__(self, what: str, unit: str) -> None:
        self._what, self._unit = what, unit
        self._next = time.monotonic() + LINE_EVERY_S

    def at(self, done: int, total: int | None) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + LINE_EVERY_S
        share = f" ({done * 100 // total} %)" if total else ""
        say(f"{self._what}: {done:,} {self._unit}{share}")

    def end(self) -> None:
        pass
