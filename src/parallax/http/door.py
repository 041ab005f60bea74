"""How the gateway's process takes HTTP in: what uvicorn leaves to a proxy in front of it has a bound here.

uvicorn keeps whatever comes as the head of a request, for as long as it takes to come, and waits for ever for a caller
who does not read its answer.
"""

from asyncio import TimerHandle
from asyncio.transports import BaseTransport
from collections.abc import Callable
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 * 2**10
MOST_HEADERS = 200
TOO_LARGE = b"The head of the request is too large.\n"
REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(TOO_LARGE), TOO_LARGE)
)


class Door(HttpToolsProtocol):
    """A connection whose head is bounded in size and time, and that ends when nobody reads what is written to it."""

    head_s: ClassVar[float] = 10.0
    """Longest time for a head to come, and for a connection to show its first."""
    stall_s: ClassVar[float] = 30.0
    """Longest time in which a caller takes nothing of what waits for it."""
    linger_s: ClassVar[float] = 5.0

    _head_bytes = 0
    _in_head = False
    _is_large = False
    _is_socket = False
    _for_head: TimerHandle | None = None
    _for_reader: TimerHandle | None = None

    # ---------------------------------------------------------------- the connection
    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn's own narrowing
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._for_head = _ended(self._for_head)
        self._for_reader = _ended(self._for_reader)
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self._is_socket = True  # from here on another protocol has the connection
        self._for_head = _ended(self._for_head)
        self._for_reader = _ended(self._for_reader)
        super().handle_websocket_upgrade()

    # ---------------------------------------------------------------- the head
    def data_received(self, data: bytes) -> None:
        goes_on = self._in_head
        super().data_received(data)
        if self._is_socket or self.transport.is_closing():
            return
        if goes_on and self._in_head:  # what is not complete yet is not counted by name
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._is_large = True
                self.send_400_response("")
        elif self.cycle is None or self.cycle.response_complete:
            self._await_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._for_head = _ended(self._for_head)
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > MOST_HEAD_BYTES or len(self.headers) > MOST_HEADERS:
            self._is_large = True
            raise ValueError(TOO_LARGE)  # the parser hands it on as an error of its own
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        if not self._is_large:
            super().send_400_response(msg)
            return
        self.transport.write(REFUSAL)
        self.transport.close()

    def _await_head(self) -> None:
        if self._for_head is None:
            self._for_head = self._later(self.head_s, self.transport.abort)

    # ---------------------------------------------------------------- who reads nothing
    def pause_writing(self) -> None:
        super().pause_writing()
        self._for_reader = self._for_reader or self._later(self.stall_s, self.transport.abort)

    def resume_writing(self) -> None:
        self._for_reader = _ended(self._for_reader)
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        # Closing waits until all is read.
        self._for_reader = self._for_reader or self._later(self.linger_s, self.transport.abort)

    def _later(self, after_s: float, what: Callable[[], None]) -> TimerHandle:
        return self.loop.call_later(after_s, what)


def _ended(timer: TimerHandle | None) -> TimerHandle | None:
    """Nothing, to put in the timer's place."""
    if timer is not None:
        timer.cancel()
    return None
