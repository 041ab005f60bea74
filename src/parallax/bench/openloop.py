"""Callers who ask by the clock, whatever comes back: what a gateway meets that has more to do than it can.

Latency counts from when a request should have been sent, so a caller that is late hides nothing; how late it was is told.
"""

import asyncio
import random
import re
import time
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, Self, cast

from parallax.errors import SetupError

LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
RETRY_AFTER: Final = re.compile(rb"\r\nretry-after: *\d", re.IGNORECASE)
PATIENCE_S: Final = 30.0
OPENED_AT_ONCE: Final = 50
BEGINS_IN_S, LOOK_S = 0.05, 0.01


@dataclass(frozen=True, slots=True)
class Asking:
    """A request with its name, and how often it is sent beside others."""

    name: str
    request: bytes
    share: float


@dataclass(frozen=True, slots=True)
class Mix:
    """Requests at random, by their shares."""

    parts: tuple[Asking, ...]

    def drawn(self, chance: random.Random) -> Asking:
        heights = list(accumulate(part.share for part in self.parts))
        return self.parts[bisect(heights, chance.random() * heights[-1])]


@dataclass(slots=True)
class Answer:
    """Seconds since the window began, and since the request was due. `status` is 0 where the connection broke."""

    due_s: float
    took_s: float
    status: int
    retry_after: bool


@dataclass(slots=True)
class Window:
    """What came of the requests of one stretch of time. `lags_s`: how late each was sent."""

    seconds: float
    answers: list[Answer] = field(default_factory=list)
    lags_s: list[float] = field(default_factory=list)

    def part(self, begins_s: float, ends_s: float) -> "Window":
        """Requests that were due in it."""
        chosen = [each for each in self.answers if begins_s <= each.due_s < ends_s]
        return Window(ends_s - begins_s, chosen, self.lags_s)

    def took_ms(self, part: float, *statuses: int) -> float:
        """A percentile of those answered so."""
        return percentile([each.took_s for each in self.answers if each.status in statuses], part) * 1000

    def rate(self, *statuses: int) -> float:
        return sum(each.status in statuses for each in self.answers) / self.seconds

    def statuses(self) -> Counter[int]:
        return Counter(each.status for each in self.answers)


def percentile(values: Sequence[float], part: float) -> float:
    """NaN of none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


FIRST = b"GET /livez HTTP/1.1\r\nHost: bench\r\n\r\n"


class Line(asyncio.Protocol):
    """A connection that is kept; one request at a time."""

    def __init__(self) -> None:
        self._head = b""
        self._missing: int | None = None
        self._sent: Sent | None = None
        self._transport: asyncio.Transport | None = None
        self.known = asyncio.get_running_loop().create_future()
        """Is done when the server has answered once: it keeps no connection that asks nothing."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self._transport.write(FIRST)

    def send(self, sent: "Sent") -> None:
        assert self._transport is not None
        self._sent, self._head, self._missing = sent, b"", None
        self._transport.write(sent.asking.request)

    def data_received(self, data: bytes) -> None:
        if self._missing is None:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            length = LENGTH.search(self._head, 0, end + 2)
            self._missing = end + 4 + (int(length[1]) if length else 0) - len(self._head)
            self._head = self._head[: end + 2]
        else:
            self._missing -= len(data)
        if self._missing <= 0:
            self._done(int(self._head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio's to name
        self._done(0)

    def _done(self, status: int) -> None:
        if self._sent is None:
            if not self.known.done():
                self.known.set_result(None)
            return
        sent, self._sent = self._sent, None
        took_s, retry_after = time.perf_counter() - sent.due, RETRY_AFTER.search(self._head) is not None
        sent.into.answers.append(Answer(sent.due - sent.begun, took_s, status, retry_after))
        sent.then(self, status)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


@dataclass(frozen=True, slots=True)
class Sent:
    """A request on its way. Its answer goes `into` the window that was `begun`; times are of the performance counter."""

    asking: Asking
    into: Window
    begun: float
    due: float
    then: Callable[[Line, int], None]


@dataclass(frozen=True, slots=True)
class Stream:
    """Requests of one kind of caller: `rates` are stretches of (seconds, requests a second), one after another."""

    mix: Mix
    rates: tuple[tuple[float, float], ...]

    def moments(self, chance: random.Random) -> Iterator[float]:
        """At random, as those of many people are."""
        begins = 0.0
        for seconds, rate in self.rates:
            at = begins
            while rate and (at := at + chance.expovariate(rate)) < begins + seconds:
                yield at
            begins += seconds


class Callers:
    """So many kept connections to one port."""

    def __init__(self, port: int, connections: int, seed: int = 7) -> None:
        self._port, self._connections = port, connections
        self._chance = random.Random(seed)  # noqa: S311 - not for secrets
        self._free: list[Line] = []
        self._waiting = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for start in range(0, self._connections, OPENED_AT_ONCE):
            several = min(OPENED_AT_ONCE, self._connections - start)
            opened = (loop.create_connection(Line, "127.0.0.1", self._port) for _ in range(several))
            lines = [line for _, line in await asyncio.gather(*opened)]
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.gather(*(line.known for line in lines))
            self._free += lines
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, at: object) -> None:
        for line in self._free:
            line.close()

    async def closed_loop(self, mix: Mix, callers: int, seconds: float) -> Window:
        """Each of them asks again when it has its answer."""
        window, begun = Window(seconds), time.perf_counter()

        def ask(line: Line) -> None:
            now = time.perf_counter()
            if now < begun + seconds:
                line.send(Sent(mix.drawn(self._chance), window, begun, now, again))
            else:
                self._back(line)

        def again(line: Line, status: int) -> None:
            self._got(line, status) if status == 0 else ask(line)

        self._waiting += callers
        for _ in range(callers):
            ask(self._free.pop())
        await self._settled()
        window.seconds = time.perf_counter() - begun
        return window

    async def open_loop(self, *streams: Stream) -> list[Window]:
        """A window of each stream."""
        windows = [Window(sum(seconds for seconds, _ in stream.rates)) for stream in streams]
        schedule = sorted(
            (due, number, stream.mix.drawn(self._chance))
            for number, stream in enumerate(streams)
            for due in stream.moments(self._chance)
        )
        begun = time.perf_counter() + BEGINS_IN_S
        for due, number, asking in schedule:
            while (early_s := begun + due - time.perf_counter()) > 0:  # noqa: ASYNC110 - for a moment, not a condition
                await asyncio.sleep(early_s)
            if not self._free:
                raise SetupError(
                    f"All {self._connections} connections wait for an answer: give the bench more of them."
                )
            windows[number].lags_s.append(-early_s)
            self._waiting += 1
            self._free.pop().send(Sent(asking, windows[number], begun, begun + due, self._got))
        await self._settled()
        return windows

    def _got(self, line: Line, status: int) -> None:
        if status == 0:
            self._waiting -= 1
        else:
            self._back(line)

    def _back(self, line: Line) -> None:
        self._waiting -= 1
        self._free.append(line)

    async def _settled(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self._waiting:  # noqa: ASYNC110 - rarely asked
                await asyncio.sleep(LOOK_S)
