"""Raw bytes to a gateway that listens, and what comes back: for what no HTTP library would send."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson

from tests.hostile.asking import INSIDE
from tests.seeds import VIEWER

STATUS = re.compile(rb"HTTP/1\.1 (\d{3})[^\r\n]*\r\n")
QUERY = orjson.dumps({"query": "{ viewer { name } }"})
ANSWER = b'{"data":{"viewer":{"name":"viewer"}}}'
OVER_S = 0.1
"""What has not begun to be answered by then is not answered: a quiet connection tells it in no other way."""
LONGEST_S = 20.0


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything that came back, and whether the gateway closed the connection."""

    said: bytes
    closed: bool

    @property
    def statuses(self) -> list[int]:
        return [int(status) for status in STATUS.findall(self.said)]


async def said(address: str, *pieces: bytes, over_s: float = OVER_S, until: bytes | None = None) -> Heard:
    """Sends the pieces one after the other, and listens until the gateway closes or says no more: all of `until` at least."""
    heard = bytearray()
    closed = False

    async def listens() -> None:
        nonlocal closed
        with suppress(ConnectionError):
            while part := await reader.read(2**16):
                heard.extend(part)
        closed = True

    async with asyncio.timeout(LONGEST_S), connection(address) as (reader, writer):
        listening = asyncio.create_task(listens())
        with suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
        known = -1
        while not closed and (known != len(heard) or (until is not None and until not in heard)):
            known = len(heard)
            await asyncio.wait([listening], timeout=over_s if until is None else 0.01)
        listening.cancel()
    whole = bytes(heard)
    told = whole.decode("utf-8", "replace")
    assert [inside for inside in INSIDE if inside in told] == [], told[:1000]
    return Heard(whole, closed)


@asynccontextmanager
async def connection(
    address: str, room: int | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Hung up at the end."""
    reader, writer = await opened(address, room)
    try:
        yield reader, writer
    finally:
        await hung_up(writer)


@asynccontextmanager
async def held(address: str, count: int, sent: bytes, *, until_answered: bool = False) -> AsyncIterator[None]:
    """So many connections that send this, take next to nothing, and stay. One after the other where an answer begins."""
    async with AsyncExitStack() as stack:
        for _ in range(count):
            reader, writer = await stack.enter_async_context(connection(address, room=4096))
            writer.write(sent)
            if until_answered:
                assert (await reader.readexactly(12)).endswith(b" 200")
        yield


async def opened(address: str, room: int | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """`room`: so many bytes are taken in, by the kernel and here, until somebody reads."""
    parts = urlsplit(address)
    assert parts.hostname is not None
    if room is None:
        return await asyncio.open_connection(parts.hostname, parts.port)
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    door.setblocking(False)
    await asyncio.get_running_loop().sock_connect(door, (parts.hostname, parts.port))
    return await asyncio.open_connection(sock=door, limit=room)


async def hung_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with suppress(ConnectionError):
        await writer.wait_closed()


def request(
    *headers: bytes, line: bytes = b"POST /graphql HTTP/1.1", body: bytes = b"", usual: bool = True, token: str = VIEWER
) -> bytes:
    """A request whose headers may be wrong; without `usual` these are all it has."""
    common = (b"Host: gateway", b"Content-Type: application/json", b"Authorization: Bearer " + token.encode())
    return b"\r\n".join([line, *(common if usual else ()), *headers, b"", body])


def good(body: bytes = QUERY) -> bytes:
    return request(b"Content-Length: %d" % len(body), body=body)


async def still_answers(address: str) -> None:
    heard = await said(address, good(), until=ANSWER)
    assert heard.statuses == [200]
