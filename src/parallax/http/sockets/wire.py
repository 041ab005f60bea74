"""How the gateway's process speaks HTTP and WebSocket: the flags of uvicorn, the same for `serve`, tests and benches."""

import asyncio
from asyncio.transports import BaseTransport
from typing import Any, Final

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from parallax.http.door import Door

MOST_BYTES: Final = 2**20
"""The largest message that a WebSocket takes in."""
GREETING_BYTES: Final = 64 * 2**10
"""The largest one of a caller who has not shown a token yet: whoever may hold a socket for free gets little of it."""
MOST_FRAMES: Final = 1024
MOST_PINGS: Final = 64
MOST_WAITING: Final = 2048
SLICE: Final = 8 * 2**10
"""What is read at once may be thousands of frames: it is looked at in slices, so that a flood is found out in time."""
PING_S, PONG_S = 20.0, 30.0
LINGER_S = 5.0
EXTENSION: Final = "parallax.wire"
"""Of the ASGI scope: {"trusted": to call when the caller has shown a token}."""
STOPPING: Final = "parallax.stopping"
"""The ASGI event of a server that stops: what runs may end, then the application closes the socket."""


class Wire(WebSocketsSansIOProtocol):
    """A WebSocket under uvicorn that ends for certain, and is no larger than its caller is trusted.

    uvicorn leaves a closed connection to a caller who reads nothing: what is written waits for ever, and with it all
    that the connection holds.
    """

    _end: asyncio.TimerHandle | None = None
    _pings = 0

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.conn.max_message_size = min(GREETING_BYTES, self.config.ws_max_size)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._pings = 0
        for at in range(0, len(data), SLICE):
            super().data_received(data[at : at + SLICE])
            if self.transport.is_closing():
                return
            if self._pings > MOST_PINGS or self.queue.qsize() > MOST_WAITING:
                self._fail(CloseCode.POLICY_VIOLATION, "too many frames at once")
                return

    def handle_ping(self) -> None:
        self._pings += 1
        super().handle_ping()

    async def run_asgi(self) -> None:
        self.scope["extensions"][EXTENSION] = {"trusted": self._trusted}
        await super().run_asgi()
        if not self.disconnected:
            self._end = self.loop.call_later(LINGER_S, self.transport.abort)

    async def send(self, message: ASGISendEvent) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # else uvicorn logs each refusal as an application's fault

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()

    def handle_cont(self, event: Frame) -> None:
        super().handle_cont(event)
        if len(self.frames) > MOST_FRAMES:
            self._fail(CloseCode.MESSAGE_TOO_BIG, "too many frames in a message")

    def shutdown(self) -> None:
        if not self.handshake_complete or self.close_sent:
            super().shutdown()
        else:
            stopping: Any = {"type": STOPPING}  # an event of ours, beside those of ASGI
            self.queue.put_nowait(stopping)

    def _fail(self, code: CloseCode, reason: str) -> None:
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    def _trusted(self) -> None:
        self.conn.max_message_size = self.config.ws_max_size


def flags() -> dict[str, Any]:
    """For `uvicorn.Config`."""
    return {
        "http": Door,
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        # Longer than balancers keep a connection idle: who closes first must be the one that sends on it.
        "timeout_keep_alive": 75,
        "proxy_headers": False,
        "ws": Wire,
        "ws_max_size": MOST_BYTES,
        "ws_ping_interval": PING_S,
        "ws_ping_timeout": PONG_S,
        # Compressing costs each socket a window and a dictionary: more than all else that an idle one holds.
        "ws_per_message_deflate": False,
    }
