"""R9: what is sent to `/v1/events` to fill the memory does not, whoever has the public token."""

import asyncio
import gzip
import sys
from collections.abc import Awaitable, Callable

import orjson
import pytest

from tests.hostile.test_memory import MOST_GROWTH_MB, Process
from tests.hostile.test_memory import process as hostile_process
from tests.seeds import INGEST

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc"),
]

HEADERS = {"authorization": f"Bearer {INGEST}", "content-type": "application/json"}
AT = "2026-03-02T09:00:00Z"
process = hostile_process


async def sent(process: Process, content: bytes, times: int, coding: str = "identity", at_once: int = 6) -> set[int]:
    """Statuses of that many equal requests."""
    turns = asyncio.Semaphore(at_once)

    async def one() -> int:
        async with turns:
            headers = HEADERS | {"content-encoding": coding}
            return (await process.http.post("/v1/events", content=content, headers=headers)).status_code

    return set(await asyncio.gather(*(one() for _ in range(times))))


async def bodies(process: Process) -> None:
    assert await sent(process, b'[{"name": "' + b"x" * 32_000_000 + b'"}]', 12) == {413}


async def bombs(process: Process) -> None:
    assert await sent(process, gzip.compress(b" " * 300_000_000, 9), 12, "gzip") == {413}


async def empty_rows(process: Process) -> None:
    """Each would take thirty times its three letters."""
    assert await sent(process, b"[" + b"{}," * 5_000_000 + b"{}]", 12) == {413}


async def one_row_of_many_values(process: Process) -> None:
    row = {"name": "open", "properties": {"list": [1] * 400_000}}
    assert await sent(process, orjson.dumps([row]), 12) == {200}


async def rows_that_are_all_wrong(process: Process) -> None:
    """The answer names each: it must not be larger than what was sent by much."""
    assert await sent(process, orjson.dumps([{"name": "", "at": "x" * 200}] * 5_000), 12) == {200}


async def names_without_end(process: Process) -> None:
    for turn in range(10):
        rows = [{"name": f"{turn}-{n}" + "x" * 150, "at": AT} for n in range(3_000)]
        assert await sent(process, orjson.dumps(rows), 1) == {200}


ASSAULTS = (bodies, bombs, empty_rows, one_row_of_many_values, rows_that_are_all_wrong, names_without_end)


@pytest.mark.parametrize("assault", ASSAULTS, ids=lambda assault: assault.__name__)
async def test_r9_what_is_sent_to_fill_the_memory_does_not(
    process: Process, assault: Callable[[Process], Awaitable[None]]
) -> None:
    # What honest batches take once.
    honest = [{"name": f"event {n % 12}", "at": AT, "user": f"u-{n}", "properties": {"n": n}} for n in range(3_000)]
    assert await sent(process, orjson.dumps(honest), 8) == {200}
    before = process.now_mb
    process.forgets_its_peak()
    await assault(process)
    await process.answers(20)
    assert process.peak_mb - before <= MOST_GROWTH_MB
