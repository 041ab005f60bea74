"""Sends answers: whole ones, packed and with a tag where that helps; event streams; answers in parts."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any, Final

from starlette.types import Send

from parallax.errors import ParallaxError
from parallax.http import answers
from parallax.http.answers import Refused
from parallax.http.draining import Draining
from parallax.http.negotiation import EVENTS, MULTIPART, PACKINGS, packing
from parallax.http.presence import gone
from parallax.http.requests import Call

LEAST_PACKED: Final = 1024
PACKED_APART: Final = 256 * 2**10
"""Packing more than this takes long enough for others to notice: it goes to a thread."""
PIECE: Final = 64 * 2**10
READ_WITHIN_S: Final = 30.0
PING_EVERY_S: Final = 12.0
PING: Final = b":\n\n"
VARY: Final = b"Authorization, Accept, Accept-Encoding"
DELIMITER: Final = b"---"
PART_HEAD: Final = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"


class SlowReader(Exception):
    """The caller takes nothing more: its connection is of no use."""


class Delivery:
    """One answer on its way to one caller."""

    def __init__(self, call: Call, send: Send, request_id: str, draining: Draining) -> None:
        self._call, self._send, self._request_id, self._draining = call, send, request_id, draining
        self.started = False

    # ---------------------------------------------------------------- in one piece
    async def whole(self, status: int, kind: str, body: bytes, headers: Mapping[str, str]) -> None:
        more = dict(headers)
        coding = packing(self._call.headers.get("accept-encoding")) if len(body) >= LEAST_PACKED else None
        if coding is not None:
            pack = PACKINGS[coding]
            body = pack(body) if len(body) <= PACKED_APART else await asyncio.to_thread(pack, body)
            more["content-encoding"] = coding
        await self._start(status, f"{kind}; charset=utf-8", {**more, "content-length": str(len(body))})
        if len(body) <= PIECE:  # nobody's reading is waited for after the last piece: no time-out needs to be set
            await self._send({"type": "http.response.body", "body": body, "more_body": False})
            return
        # In pieces: a caller that reads slowly holds what is left of its answer, not a copy of it in each layer.
        for at in range(0, len(body), PIECE):
            await self._body(body[at : at + PIECE], more=at + PIECE < len(body))

    def tagged(self, body: bytes, owner: str) -> tuple[str, bool]:
        """The answer's tag, its caller's alone, and whether the caller has that answer already."""
        tag = f'W/"{hashlib.sha256(owner.encode() + body).hexdigest()[:32]}"'
        held = {each.strip() for each in self._call.headers.get("if-none-match", "").split(",")}
        return tag, tag in held

    async def unchanged(self, headers: Mapping[str, str]) -> None:
        await self._start(304, None, headers)
        await self._body(b"", more=False)

    # ---------------------------------------------------------------- in several
    async def events(self, events: AsyncGenerator[dict[str, Any], None]) -> None:
        """An event stream as graphql-sse's distinct connections have it. It ends without `complete` at a restart."""

        async def written() -> AsyncIterator[bytes]:
            try:
                async for answer in events:
                    yield _event(answer)
            except Refused as refused:
                yield _event(refused.answer)
            except ParallaxError as error:  # access that ended, as a token that was revoked
                yield _event(Refused.of(error, self._request_id).answer)
            yield b"event: complete\ndata:\n\n"

        await self._start(200, f"{EVENTS}; charset=utf-8", {"cache-control": "no-store", "x-accel-buffering": "no"})
        try:
            await self._streamed(written(), PING)
        finally:
            await events.aclose()

    async def parts(self, parts: AsyncGenerator[dict[str, Any], None]) -> None:
        async def written() -> AsyncIterator[bytes]:
            # The delimiter ends a part: one that came only with the next would hold this one back at the reader.
            yield DELIMITER
            async for part in parts:
                yield PART_HEAD + answers.encoded(part) + b"\r\n" + DELIMITER
            yield b"--\r\n"

        await self._start(200, f'{MULTIPART}; boundary="-"', {"cache-control": "no-store"})
        try:
            await self._streamed(written(), None)
        finally:
            await parts.aclose()

    async def _streamed(self, pieces: AsyncIterator[bytes], ping: bytes | None) -> None:
        """Until the pieces end, the caller leaves, or the gateway stops; a part of an answer is let through to its end."""

        async def pumped() -> None:
            async for piece in pieces:
                await self._body(piece, more=True)

        async def pinged() -> None:
            while ping is not None:
                await asyncio.sleep(PING_EVERY_S)
                await self._body(ping, more=True)

        pump = asyncio.create_task(pumped())
        ends: list[asyncio.Task[Any]] = [pump, asyncio.create_task(gone(self._call))]
        if ping is not None:
            ends += [asyncio.create_task(pinged()), asyncio.create_task(self._draining.begun.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in ends:
                task.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
        if pump.done() and not pump.cancelled() and (failure := pump.exception()) is not None:
            raise failure
        await self._body(b"", more=False)

    # ---------------------------------------------------------------- HTTP
    async def _start(self, status: int, kind: str | None, headers: Mapping[str, str]) -> None:
        self.started = True
        raw = [
            (b"x-request-id", self._request_id.encode()),
            (b"vary", VARY),
            *((name.encode(), value.encode("latin-1")) for name, value in headers.items()),
        ]
        if kind is not None:
            raw.append((b"content-type", kind.encode()))
        if self._draining.begun.is_set():  # the caller's next request is for another gateway
            raw.append((b"connection", b"close"))
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def _body(self, piece: bytes, *, more: bool) -> None:
        try:
            async with asyncio.timeout(READ_WITHIN_S):
                await self._send({"type": "http.response.body", "body": piece, "more_body": more})
        except TimeoutError:
            raise SlowReader from None


def _event(answer: dict[str, Any]) -> bytes:
    return b"event: next\ndata: " + answers.encoded(answer) + b"\n\n"
