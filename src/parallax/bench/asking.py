"""Callers in a closed loop: each sends its next request when it has the answer to the last one."""

import asyncio
import re
import time
from dataclasses import dataclass
from typing import cast

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
LONGEST_S = 60.0


class Unanswered(Exception):
    """A server that closed the connection or sent something that is not understood."""


@dataclass(frozen=True, slots=True)
class Window:
    """What came back in one run. `errors` are answers that differ from the first one in status or length."""

    took_s: float
    latencies_s: list[float]
    errors: int

    def percentile_ms(self, part: float) -> float:
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000


class _Caller(asyncio.Protocol):
    def __init__(self, request: bytes) -> None:
        self._request = request
        self._parts: list[bytes] = []
        self._missing: int | None = None
        self._waiting: asyncio.Future[tuple[bytes, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def asked(self) -> asyncio.Future[tuple[bytes, bytes]]:
        """Head and body of the answer to one more request."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._parts, self._missing = [], None
        self._transport.write(self._request)
        return self._waiting

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        if self._missing is None:
            start = b"".join(self._parts)
            head = start.find(b"\r\n\r\n")
            if head < 0:
                return
            length = LENGTH.search(start, 0, head)
            if length is None:
                self.connection_lost(Unanswered("an answer without a length"))
                return
            self._missing = head + 4 + int(length[1]) - len(start)
        else:
            self._missing -= len(data)
        if self._missing <= 0 and self._waiting is not None:
            head_bytes, _, body = b"".join(self._parts).partition(b"\r\n\r\n")
            waiting, self._waiting = self._waiting, None
            waiting.set_result((head_bytes, body))

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error or Unanswered("the server closed the connection"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def once(port: int, request: bytes) -> tuple[int, bytes]:
    """Status and body of one answer."""
    _, caller = await asyncio.get_running_loop().create_connection(lambda: _Caller(request), "127.0.0.1", port)
    try:
        head, body = await asyncio.wait_for(caller.asked(), LONGEST_S)
        return int(head.split(b" ", 2)[1]), body
    finally:
        caller.close()


async def closed_loop(port: int, request: bytes, connections: int, seconds: float, least: int, expected: int) -> Window:
    """Asks for at least `seconds`, and at least `least` times on each connection; `expected` is a body's length.

    A connection that is done finishes its last request: what was begun is counted, however long an answer takes.
    """
    loop = asyncio.get_running_loop()
    callers = [
        (await loop.create_connection(lambda: _Caller(request), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    latencies: list[float] = []
    errors = 0
    start = time.perf_counter()
    ends = start + seconds

    async def asking(caller: _Caller) -> None:
        nonlocal errors
        done = 0
        while (now := time.perf_counter()) < ends or done < least:
            head, body = await caller.asked()
            latencies.append(time.perf_counter() - now)
            done += 1
            if len(body) != expected or not head.startswith(b"HTTP/1.1 200"):
                errors += 1

    try:
        async with asyncio.timeout(LONGEST_S + seconds):
            await asyncio.gather(*map(asking, callers))
        return Window(time.perf_counter() - start, latencies, errors)
    finally:
        for caller in callers:
            caller.close()
