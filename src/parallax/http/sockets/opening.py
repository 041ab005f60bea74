"""WebSockets on /graphql: who may open one, how many there are, and how all of them end when the gateway stops."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from parallax.errors import ParallaxError
from parallax.http.requests import headers_of
from parallax.http.running import Runner
from parallax.http.sockets.conversation import Conversation, Patience
from parallax.http.sockets.messages import Code, Ended
from parallax.http.sockets.wire import EXTENSION
from parallax.scalars import read_instant
from parallax.settings import Settings
from parallax.telemetry import Refusal, logger, refused, socket_open

PROTOCOL: Final = "graphql-transport-ws"
LEGACY: Final = "graphql-ws"
RETRY_AFTER_S: Final = 5
PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
REFUSALS: Final = {
    Code.INVALID: Refusal.UNREADABLE,
    Code.NOT_GREETED: Refusal.UNAUTHENTICATED,
    Code.FORBIDDEN: Refusal.UNAUTHENTICATED,
    Code.SILENT: Refusal.TIMEOUT,
}
"""Codes that a socket is closed with and that count as refusals."""
log = logger("parallax.sockets")


class Sockets:
    """The process's WebSockets, as an ASGI application for scopes of the type `websocket`."""

    def __init__(self, runner: Runner, settings: Settings, patience: Patience | None = None) -> None:
        self._runner, self._settings = runner, settings
        self.patience = patience or Patience()
        origins = (origin.strip().rstrip("/").lower() for origin in settings.cors_origins.split(","))
        self._origins = {origin for origin in origins if origin}
        self._open: dict[Conversation, asyncio.Task[object]] = {}
        self._stopping = False

    @property
    def count(self) -> int:
        return len(self._open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        headers = headers_of(scope)
        if not self._is_known(headers):
            refused(Refusal.CROSS_SITE)
            await _refuse(scope, send, 403, "Origin: pages of this site may not ask here (PARALLAX_CORS_ORIGINS).\n")
        elif self._stopping or not self._has_room():
            refused(Refusal.DRAINING if self._stopping else Refusal.SOCKETS)
            await _refuse(scope, send, 503, "There are too many WebSockets: try again later.\n", RETRY_AFTER_S)
        elif PROTOCOL not in scope["subprotocols"]:
            # A browser hears a code only over a connection whose protocol it has asked for.
            chosen = LEGACY if LEGACY in scope["subprotocols"] else None
            await send({"type": "websocket.accept", "subprotocol": chosen})
            reason = f"Subprotocol not acceptable: use {PROTOCOL}."
            await send({"type": "websocket.close", "code": int(Code.OTHER_PROTOCOL), "reason": reason})
        else:
            await self._hold(scope, headers, receive, send)

    async def stop(self) -> None:
        """Takes no more of them, and returns when all are closed: their clients connect to the next gateway."""
        self._stopping = True
        for conversation in self._open:
            conversation.stop()
        if self._open:
            await asyncio.wait(list(self._open.values()), timeout=self._settings.drain)

    async def _hold(self, scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        try:
            clock = self._clock(headers)
        except ParallaxError as error:
            await _refuse(scope, send, 400, f"Parallax-Now: {error.message}\n")
            return
        wire = scope.get("extensions", {}).get(EXTENSION, {})
        conversation = Conversation(
            self._runner,
            self._settings,
            self.patience,
            receive,
            send,
            authorization=headers.get("authorization"),
            clock=clock,
            trusted=wire.get("trusted", lambda: None),
        )
        task = asyncio.current_task()
        assert task is not None
        started = time.monotonic()
        self._open[conversation] = task
        try:
            with socket_open():
                await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
                ended = await conversation.held()
        except OSError:
            ended = Ended(Code.LEFT, gone=True)
        finally:
            del self._open[conversation]
        log.info("socket", code=int(ended.code), s=round(time.monotonic() - started, 3), operations=conversation.count)

    def _has_room(self) -> bool:
        """Of those who have not said yet who they are, the one that waits longest makes room for another."""
        if len(self._open) < self._settings.max_sockets:
            return True
        silent = next((each for each in self._open if not each.greeted), None)
        if silent is None:
            return False
        silent.end(Ended(Code.LATER, "There are too many WebSockets: try again later."))
        return True

    def _is_known(self, headers: Mapping[str, str]) -> bool:
        """Of a page's Origin: our own host, or a site of the setting. What is no browser sends none."""
        origin = headers.get("origin")
        if origin is None or "*" in self._origins or origin.lower() in self._origins:
            return True
        try:
            page = urlsplit(origin)
            host = urlsplit(f"//{headers.get('host', '')}")
            # Before a proxy the scheme may be another one: the page's says which port is meant by none.
            usual = PORTS.get(page.scheme)
            return page.hostname is not None and (page.hostname, page.port or usual) == (
                host.hostname,
                host.port or usual,
            )
        except ValueError:
            return False

    def _clock(self, headers: Mapping[str, str]) -> Callable[[], datetime]:
        """The operations' clock: it stands still where a user's test sets it, which PARALLAX_TEST_CLOCK allows."""
        sent = headers.get("parallax-now") if self._settings.test_clock else None
        if sent is None:
            return _now
        now = read_instant(sent)
        return lambda: now


def _now() -> datetime:
    return datetime.now(UTC)


async def _refuse(scope: Scope, send: Send, status: int, reason: str, retry_after_s: int | None = None) -> None:
    """The handshake, by HTTP where the server can."""
    if "websocket.http.response" in scope.get("extensions", {}):
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        if retry_after_s is not None:
            headers.append((b"retry-after", str(retry_after_s).encode()))
        await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": reason.encode()})
    elif retry_after_s is None:
        await send({"type": "websocket.close"})  # the server makes 403 of it
    else:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": int(Code.LATER), "reason": reason.strip()})
