"""One WebSocket's conversation by graphql-transport-ws: greets, hears one message after the other, ends with a code."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.types import Receive, Send

from parallax.errors import ParallaxError, Unauthenticated
from parallax.http.answers import Refused
from parallax.http.requests import Unreadable, asked_of
from parallax.http.running import Runner
from parallax.http.sockets.answering import Answering
from parallax.http.sockets.channel import CLOSING_S, Channel
from parallax.http.sockets.messages import Code, Ended, authorization_of, id_of, message_of, payload_of
from parallax.http.sockets.wire import STOPPING
from parallax.ids import uuid7
from parallax.settings import Settings

GIVEN_UP_S: Final = 5.0
"""For what was cancelled to end."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for the greeting, and for a caller who does not read what is sent."""

    greeting_s: float = 10.0
    reading_s: float = 30.0


class Conversation:
    """Of a socket that was accepted. The handshake's `authorization` counts where the greeting has none."""

    __slots__ = (
        "_authorization", "_channel", "_clock", "_ending", "_operations", "_patience", "_receive", "_runner", "_settings",
        "_stopping", "_task", "_timer", "_trusted",
    )  # fmt: skip

    def __init__(
        self,
        runner: Runner,
        settings: Settings,
        patience: Patience,
        receive: Receive,
        send: Send,
        *,
        authorization: str | None,
        clock: Callable[[], datetime],
        trusted: Callable[[], None],
    ) -> None:
        self._runner, self._settings, self._patience = runner, settings, patience
        self._receive, self._channel = receive, Channel(send, patience.reading_s)
        self._authorization, self._clock, self._trusted = authorization, clock, trusted
        self._operations: Answering | None = None  # from the greeting on
        self._ending: Ended | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._task: asyncio.Task[Any] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def greeted(self) -> bool:
        return self._operations is not None

    @property
    def count(self) -> int:
        """Operations so far."""
        return 0 if self._operations is None else self._operations.count

    async def held(self) -> Ended:
        """Until one of the two ends it; nothing of it runs any more then."""
        self._task = asyncio.current_task()
        self._end_in(self._patience.greeting_s, Ended(Code.SILENT, "No connection_init came in time."))
        try:
            while True:
                await self._heard(await self._receive())
                await asyncio.sleep(0)  # a flood is there at once: others get their turn between its messages
        except Ended as ended:
            self._ending = self._ending or ended
        except asyncio.CancelledError:
            if self._ending is None or self._task is None:
                raise  # cancelled from above, not by `end`
            self._task.uncancel()
        except Exception as error:  # the server would log its text, which may hold a row's value
            Refused.by(error, str(uuid7(self._clock())))  # counted and logged: nobody is there to be told more
            self._ending = self._ending or Ended(Code.INTERNAL, "Something went wrong inside of the gateway.")
        finally:
            self._ending = self._ending or Ended(Code.RESTART)
            await self._put_away(self._ending)
        return self._ending

    def end(self, ended: Ended) -> None:
        """From outside of `held`. What runs is given up."""
        if self._ending is None and self._task is not None:
            self._ending = ended
            self._task.cancel()

    def stop(self) -> None:
        """Subscriptions end, other operations may finish; then the caller is told to come back."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stopped())

    async def _stopped(self) -> None:
        if self._operations is not None:
            # Not all of the time that the server has for it: the caller is still to be told.
            await self._operations.finish(max(0.0, self._settings.drain - 2 * CLOSING_S))
        self.end(Ended(Code.RESTART, "The gateway restarts: connect again."))

    async def _put_away(self, ended: Ended) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._operations is not None:
            self._operations.cancel()
        await self._channel.close(ended)
        if self._operations is not None:
            await self._operations.finish(GIVEN_UP_S)

    def _end_in(self, seconds: float, ended: Ended) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self.end, ended)

    # ---------------------------------------------------------------- what comes in
    async def _heard(self, event: Mapping[str, Any]) -> None:
        if event["type"] == STOPPING:
            self.stop()
            return
        if event["type"] == "websocket.disconnect":
            raise Ended(event.get("code") or Code.LEFT, gone=True)
        message = message_of(event.get("text"))
        match message["type"]:
            case "connection_init":
                await self._greet(authorization_of(payload_of(message)))
            case "subscribe":
                await self._subscribe(id_of(message), payload_of(message))
            case "complete":
                key = id_of(message)
                if self._operations is not None:
                    self._operations.give_up(key)
            case "ping":
                payload = payload_of(message)
                await self._channel.tell({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
            case "pong":
                payload_of(message)
            case _:
                raise Ended(Code.INVALID, "type: is none that a caller sends.")

    async def _greet(self, authorization: str | None) -> None:
        if self.greeted:
            raise Ended(Code.GREETED_TWICE, "Too many initialisation requests")
        if self._timer is not None:
            self._timer.cancel()
        self._authorization = authorization or self._authorization
        now = self._clock()
        try:
            viewer = await self._runner.caller(self._authorization, now)
        except Unauthenticated as error:
            raise Ended(Code.FORBIDDEN, error.message) from None
        except ParallaxError as error:
            raise Ended(Code.LATER, error.message) from None
        self._trusted()
        self._operations = Answering(
            self._runner, self._settings, self._channel, self._authorization, self._clock, self.end
        )
        if viewer.expires_at is not None:
            left_s = (viewer.expires_at - now).total_seconds()
            self._end_in(left_s, Ended(Code.FORBIDDEN, "The token has expired: connect with a new one."))
        await self._channel.tell({"type": "connection_ack"})

    async def _subscribe(self, key: str, payload: dict[str, Any] | None) -> None:
        if self._operations is None:
            raise Ended(Code.NOT_GREETED, "Send connection_init first, and wait for connection_ack.")
        try:
            asked = asked_of(payload)
        except Unreadable as error:
            raise Ended(Code.INVALID, error.message) from None
        await self._operations.begin(key, asked)
