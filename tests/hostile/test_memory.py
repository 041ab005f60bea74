"""A gateway in a process of its own, under those who would fill or block it (R9, R11)."""

import asyncio
import gzip
import re
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import orjson
import pytest

from parallax.installation import Urls
from parallax.settings import Settings
from tests.hostile.wires import good, held, request
from tests.seeds import MAPS, NORDLYS, VIEWER
from tests.verbs import on, started

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc"),
]

MOST_GROWTH_MB = 64
HEADERS = {"authorization": f"Bearer {VIEWER}", "content-type": "application/json"}
PLAIN = orjson.dumps({"query": "{ viewer { name } }"})
BOMB = gzip.compress(b" " * 300_000_000, 9)
SERIES = 'activity(metric: ACTIVE_TIME, period: {last: "90d"}) { data { date at value isPartial } }'
LARGE = orjson.dumps(
    {
        "query": f'{{ client(id: "{NORDLYS}") {{ app(id: "{MAPS}") {{ {" ".join(f"s{n}: {SERIES}" for n in range(60))} }} }} }}'
    }
)
"""Some 600 kB come back."""


def wide(name: str, of_day: int, series: int) -> str:
    """So many series of 90 days, each day so many values by names that begin so."""
    days = " ".join(f"{name}{n}: value" for n in range(of_day))
    each = 'activity(metric: ACTIVE_TIME, period: {last: "90d"}) { data { ...F } }'
    return f'''{{ client(id: "{NORDLYS}") {{ app(id: "{MAPS}") {{ {" ".join(f"s{n}: {each}" for n in range(series))} }} }} }}
        fragment F on DataPoint {{ {days} }}'''


LARGER = wide("x" * 100, 95, 4)
"""Some 4 MB, more than the kernel takes for who does not read."""


class Process:
    """`parallax serve` and what it holds."""

    def __init__(self, pid: int, url: str, http: httpx.AsyncClient) -> None:
        self.url, self.http = url, http
        self._proc = Path(f"/proc/{pid}")

    def forgets_its_peak(self) -> None:
        (self._proc / "clear_refs").write_text("5")

    @property
    def peak_mb(self) -> float:
        return self._held("VmHWM")

    @property
    def now_mb(self) -> float:
        return self._held("VmRSS")

    def _held(self, what: str) -> float:
        found = re.search(rf"{what}:\s+(\d+) kB", (self._proc / "status").read_text())
        assert found is not None
        return int(found[1]) / 1024

    async def answers(self, times: int = 1) -> list[float]:
        """How long a plain question took, in seconds, each time."""
        took = []
        for _ in range(times):
            began = time.perf_counter()
            response = await self.http.post("/graphql", content=PLAIN, headers=HEADERS)
            took.append(time.perf_counter() - began)
            assert response.json() == {"data": {"viewer": {"name": "viewer"}}}
        return took


@pytest.fixture
async def process(own_urls: Urls, settings: Settings, tmp_path: Path) -> AsyncIterator[Process]:
    env = on(own_urls, settings, tmp_path, PARALLAX_LOG_LEVEL="error", PARALLAX_TEST_CLOCK="1")
    async with started("serve", "--port", "0", env=env) as running:
        found = re.search(r"(http://[^/]+)/graphql", await running.until("(stop: Ctrl-C)"))
        assert found is not None
        async with httpx.AsyncClient(base_url=found[1], timeout=60) as http:
            process = Process(running.process.pid, found[1], http)
            # What any use takes once: connections, caches, the code of libraries.
            await process.answers(200)
            assert (await http.post("/graphql", content=LARGE, headers=HEADERS)).status_code == 200
            yield process


# ---------------------------------------------------------------- what fills (R9)
async def posts(process: Process, content: bytes, times: int, coding: str = "identity", at_once: int = 4) -> set[int]:
    """Statuses of that many equal requests."""
    turns = asyncio.Semaphore(at_once)

    async def one() -> int:
        async with turns:
            return (
                await process.http.post("/graphql", content=content, headers=HEADERS | {"content-encoding": coding})
            ).status_code

    return set(await asyncio.gather(*(one() for _ in range(times))))


async def aliases(process: Process) -> None:
    for number in range(40):
        text = "{ " + " ".join(f"a{number}x{n}: __typename" for n in range(10_000)) + " }"
        assert await posts(process, orjson.dumps({"query": text}), 1) <= {200, 400}


async def distinct_operations(process: Process) -> None:
    """Each about as large as may be, and all of them good: what is kept of them has a bound."""
    page = "clients(first: 1) { nodes { id name timeZone apps(first: 1) { nodes { id name client { id name } } } } }"
    for number in range(400):
        text = f"query Q{number} {{ {' '.join(f'a{n}: {page}' for n in range(80))} }}"
        body = orjson.dumps({"query": text, "extensions": {"explain": True}})
        assert await posts(process, body, 1) == {200}


async def long_names(process: Process) -> None:
    """A name of 240 kB that stands for each of 5,400 values: the answer would have more than a gigabyte."""
    for text in (wide("x" * 240_000, 1, 60), wide("x" * 2_400, 95, 2)):
        assert await posts(process, orjson.dumps({"query": text}), 1) <= {200, 400}


async def bodies(process: Process) -> None:
    body = b'{"query": "{ viewer { name } }", "variables": {"x": "' + b"x" * 32_000_000 + b'"}}'
    assert await posts(process, body, 12) == {413}


async def bombs(process: Process) -> None:
    assert await posts(process, BOMB, 12, "gzip") == {413}
    assert await posts(process, gzip.compress(BOMB), 12, "gzip") <= {400, 413}
    rubbish_after = gzip.compress(PLAIN) + b"\xff" * 100_000_000
    assert await posts(process, rubbish_after, 4, "gzip") <= {400, 413}


async def slow_readers(process: Process) -> None:
    async with held(process.url, 50, post(LARGE), until_answered=True):
        await process.answers(50)


async def half_requests(process: Process) -> None:
    async with held(process.url, 500, b"POST /graphql HTTP/1.1\r\nHost: gateway\r\nX-Half: " + b"x" * 1_000):
        await process.answers(50)


async def endless_heads(process: Process) -> None:
    async with held(process.url, 20, b"GET /graphql HTTP/1.1\r\nX: " + b"x" * 10_000_000):
        await process.answers(50)


ASSAULTS = (aliases, distinct_operations, long_names, bodies, bombs, slow_readers, half_requests, endless_heads)


@pytest.mark.parametrize("assault", ASSAULTS, ids=lambda assault: assault.__name__)
async def test_r9_what_would_fill_the_memory_does_not(
    process: Process, assault: Callable[[Process], Awaitable[None]]
) -> None:
    before = process.now_mb
    process.forgets_its_peak()
    async with asyncio.timeout(240):
        await assault(process)
        await process.answers()
    assert process.peak_mb - before <= MOST_GROWTH_MB


# ---------------------------------------------------------------- what blocks (R11)
ANSWERS = {
    "whole": orjson.dumps({"query": LARGER}),
    "in parts": orjson.dumps(
        {"query": LARGER.replace("{ client", "{ ... @defer { client", 1).replace("}\n", "} }\n", 1)}
    ),
}


@pytest.mark.parametrize("asked", ANSWERS.values(), ids=ANSWERS)
async def test_r11_others_are_served_while_heads_are_dropped_and_answers_left(process: Process, asked: bytes) -> None:
    """The figure is a second; a slow machine is given ten times what it takes in peace."""
    peace = _p95(await process.answers(200))
    async with (
        asyncio.timeout(240),
        held(process.url, 200, good()[:60]),
        held(process.url, 50, post(asked, b"Accept: multipart/mixed, application/json"), until_answered=True),
    ):
        under = _p95(await process.answers(200))
    assert under <= max(1.0, 10 * peace)


def post(body: bytes, *headers: bytes) -> bytes:
    return request(*headers, b"Content-Length: %d" % len(body), body=body)


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]
