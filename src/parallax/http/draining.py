"""How a gateway stops: it says so, lets balancers turn away and streams end, and only then takes no one in any more."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType


class Draining:
    """`begun` is set when the gateway is about to stop. Whoever streams ends then; whoever answers lets go of the line."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    def begin(self) -> None:
        self.begun.set()

    @contextlib.contextmanager
    def on_signal(self, notice_s: float) -> Iterator[None]:
        """Puts `notice_s` between SIGTERM and the server's own way of stopping; Ctrl-C, or asking again, is obeyed at once.

        The server (uvicorn) has set its handler before the application starts. It offers no place in between, and its
        workers none at all: once it stops, nobody new gets in to read on /readyz that it does.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}

        def handled(number: int, frame: FrameType | None) -> None:
            then = before[signal.Signals(number)]
            if not callable(then):
                return
            at_once = self.begun.is_set() or number == signal.SIGINT
            loop.call_soon_threadsafe(self.begin)
            if at_once:
                then(number, frame)
            else:
                loop.call_soon_threadsafe(later, then, number)

        def later(then: Callable[[int, FrameType | None], object], number: int) -> None:
            loop.call_later(notice_s, then, number, None)

        with contextlib.ExitStack() as stack:
            for name, then in before.items():
                if callable(then):
                    signal.signal(name, handled)
                    stack.callback(signal.signal, name, then)
            yield
