"""What goes out over a WebSocket: one message after the other, each when the caller has taken what went before."""

import asyncio
import math
from contextlib import suppress
from typing import Any, Final

from starlette.types import Send

from parallax.errors import TooCostly
from parallax.http import answers
from parallax.http.sockets.messages import Code, Ended
from parallax.telemetry import Refusal

REASON_BYTES: Final = 123
"""What a frame that closes has room for."""
CLOSING_S: Final = 1.0


class TooLong(TooCostly):
    reason = Refusal.ANSWER_BYTES


class Channel:
    """To one caller, who is given up when nothing was taken for `patience_s`."""

    __slots__ = ("_lock", "_patience_s", "_send")

    def __init__(self, send: Send, patience_s: float) -> None:
        self._send, self._patience_s = send, patience_s
        self._lock = asyncio.Lock()

    async def tell(self, message: dict[str, Any], most: float = math.inf) -> None:
        """Returns when it is on its way. Raises TooLong, or Ended for a caller who left or does not read."""
        text = answers.encoded(message).decode()
        if len(text) > most:
            raise TooLong(
                f"The answer has {len(text)} characters; at most {most} are sent (PARALLAX_MAX_ANSWER_BYTES). "
                "Ask for fewer rows, buckets or fields."
            )
        async with self._lock:  # without it all that wait would be let go at once, and pile up in the server
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._send({"type": "websocket.send", "text": text})
            except TimeoutError:
                raise Ended(Code.LATER, "What is sent is not read.") from None
            except OSError:
                raise Ended(Code.LEFT, gone=True) from None

    async def close(self, ended: Ended) -> None:
        """Says why, unless nobody is there to be told."""
        if ended.gone:
            return
        reason = ended.reason.encode()[:REASON_BYTES].decode(errors="ignore")
        with suppress(OSError, RuntimeError):  # the caller does not read, or left in this very moment
            async with asyncio.timeout(CLOSING_S):
                await self._send({"type": "websocket.close", "code": int(ended.code), "reason": reason})
