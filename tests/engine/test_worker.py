"""The worker folds what waits, takes up zones, outlives failures and tells of them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from parallax import telemetry
from parallax.db import Database, connected
from parallax.engine import sessions as facts
from parallax.engine import worker as work
from parallax.engine.columns import Numbers
from parallax.engine.derived import Derived
from parallax.engine.fold import fold
from parallax.engine.known import Known
from parallax.engine.requests import SessionsByUser, Steps
from parallax.engine.running import Job, run
from parallax.engine.verify import verify
from parallax.engine.worker import Folding, first_kept
from parallax.installation import Urls
from parallax.scopes import Scope, Statement
from tests.engine.plain import Row, at
from tests.engine.seeding import days_shown, set_zone, state, wait
from tests.engine.test_fold import expected, some_rows
from tests.seeds import HIMAL, VOID

BROKEN = Statement("broken", "update event_tail set core = '\\x00'::bytea where client_id = $1")
DIRECTORIES_BROKEN = Statement(
    "directories_broken", "update event_segment set chunks = 'x' || chunks where client_id = $1"
)
DIRECTORIES_MENDED = Statement(
    "directories_mended",
    "update event_segment set chunks = substr(chunks, 2) where client_id = $1 and get_byte(chunks, 0) = ascii('x')",
)
SETTLED = Statement("settled", "select position from timeline_state where client_id = $1")
TAIL_GONE = Statement("tail_gone", "delete from event_tail where client_id = $1")


@asynccontextmanager
async def working(worker: Folding) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=10)


async def until(true: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(20):
        while not await true():  # noqa: ASYNC110 - what is waited for happens in the database
            await asyncio.sleep(0.05)


OLD_SESSIONS = Statement("old_sessions", "update client_state set sessions_by_user = false where client_id = $1")
TOLD_APART = Statement("told_apart", "select sessions_by_user from client_state where client_id = $1")


async def test_sessions_of_an_earlier_release_are_made_anew(db: Database) -> None:
    """They had a row for each app alone, with the user of the first event."""
    rows = [Row(at(f"2026-03-02T12:0{n}Z"), n + 1, actor=1 + n % 2, app=n // 2, session=1) for n in range(4)]
    await wait(db, HIMAL, rows)
    await fold(db, HIMAL)
    scope = Scope.of(HIMAL)
    async with db.writing(scope) as transaction:
        derived = Derived(transaction, HIMAL, 1)
        its = await derived.sessions(0, [0])
        assert its.actor.tolist() == [1, 2, 1, 2]
        old = facts.merged(facts.of_scope(its, 2), facts.of_scope(its.taken(its.app == 0), 0))
        assert len(old) == 2
        await derived.put_sessions(0, old)
        await transaction.run(OLD_SESSIONS, HIMAL)

    async def counted() -> Numbers | None:
        def begin(_: Known) -> Steps[Any]:
            return (yield SessionsByUser(0, at("2026-03-03T00:00Z")))

        job = Job(HIMAL, begin)
        await run(db, scope, [job])
        assert job.error is None
        counts: Numbers | None = job.answer
        return counts

    assert await counted() is None
    assert await Folding(db).once() == 0
    found = await counted()
    assert found is not None
    assert found.tolist() == [0, 1, 1]
    async with db.writing(scope) as transaction:
        assert [row["sessions_by_user"] for row in await transaction.rows(TOLD_APART, HIMAL)] == [True]
    assert (await verify(db, HIMAL)).differences == []


async def test_what_waits_is_folded_for_every_client(db: Database) -> None:
    rows = some_rows(20)
    async with working(Folding(db, events=1_000, seconds=0.1)):
        for client in VOID, HIMAL:
            await wait(db, client, rows)

        async def all_folded() -> bool:
            return all([(await state(db, client))["folded"] == 20 for client in (VOID, HIMAL)])

        await until(all_folded)
    assert await days_shown(db, VOID) == expected(rows, "UTC")
    assert await days_shown(db, HIMAL) == expected(rows, "Asia/Kathmandu")


async def test_a_few_events_wait_for_more_until_their_time_is_up(db: Database) -> None:
    async with working(Folding(db, events=30, seconds=3_600)):
        await wait(db, VOID, some_rows(20))
        await wait(db, HIMAL, some_rows(30))

        async def one_folded() -> bool:
            return bool((await state(db, HIMAL))["folded"] == 30)

        await until(one_folded)
        assert (await state(db, VOID))["folded"] == 0


async def test_t11_a_changed_zone_is_taken_up(db: Database) -> None:
    rows = some_rows(20)
    await wait(db, VOID, rows)
    await fold(db, VOID)
    await set_zone(db, VOID, "Australia/Lord_Howe")
    async with working(Folding(db)):

        async def taken_up() -> bool:
            return bool((await state(db, VOID))["folded_zone"] == "Australia/Lord_Howe")

        await until(taken_up)
    assert await days_shown(db, VOID) == expected(rows, "Australia/Lord_Howe")


async def test_a_client_that_cannot_be_folded_is_told_and_holds_up_no_other(db: Database) -> None:
    await wait(db, VOID, some_rows(5))
    async with db.writing(Scope.of(VOID)) as transaction:
        await transaction.run(BROKEN, VOID)
    worker = Folding(db, seconds=0.1)
    assert worker.problem is None
    failures = sample("parallax_fold_failures_total")
    async with working(worker):
        await wait(db, HIMAL, some_rows(20))

        async def told() -> bool:
            return worker.problem is not None and (await state(db, HIMAL))["folded"] == 20

        await until(told)
        assert worker.problem is not None
        assert "folding failed" in worker.problem
        assert sample("parallax_fold_failures_total") > failures
        assert sample("parallax_events_waiting") >= 5

        # When the cause is gone so is the trouble.
        async with db.writing(Scope.of(VOID)) as transaction:
            await transaction.run(TAIL_GONE, VOID)

        async def well() -> bool:
            return worker.problem is None

        await until(well)


async def test_what_cannot_be_settled_is_told_until_it_is_done_and_tried_ever_less_often(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "SETTLE_EVERY_S", 0.1)
    for client in VOID, HIMAL:
        await wait(db, client, some_rows(20))
        await fold(db, client)
    async with db.writing(Scope.of(VOID)) as transaction:
        await transaction.run(DIRECTORIES_BROKEN, VOID)
    worker = Folding(db, seconds=0.1)
    failures = sample("parallax_fold_failures_total")
    async with working(worker):

        async def told() -> bool:
            return worker.problem is not None and await settled(db, HIMAL) == 20

        await until(told)
        until_s = time.monotonic() + 2.5
        while time.monotonic() < until_s:
            assert worker.problem is not None
            assert "settling failed" in worker.problem
            await asyncio.sleep(0.02)
        assert sample("parallax_fold_failures_total") - failures <= 3  # at once, after a second, after two more
        assert await settled(db, VOID) == 0

        # Folding, which goes well, says nothing about it.
        await wait(db, VOID, some_rows(30)[20:])

        async def folded() -> bool:
            return bool((await state(db, VOID))["folded"] == 30)

        await until(folded)
        assert worker.problem is not None

        async with db.writing(Scope.of(VOID)) as transaction:
            await transaction.run(DIRECTORIES_MENDED, VOID)

        async def well() -> bool:
            return worker.problem is None

        await until(well)
        assert await settled(db, VOID) == 30


async def settled(db: Database, client: UUID) -> int:
    """Up to which position."""
    async with db.writing(Scope.of(client)) as transaction:
        rows = await transaction.rows(SETTLED, client)
    return rows[0]["position"] if rows else 0


def sample(name: str) -> float:
    [line] = [line for line in telemetry.exposition().decode().splitlines() if line.startswith(name + " ")]
    return float(line.split()[1])


async def test_two_workers_at_once_count_each_event_once(db: Database) -> None:
    rows = some_rows(200)
    async with working(Folding(db, events=1)), working(Folding(db, events=1)):
        for begin in range(0, 200, 10):
            await wait(db, VOID, rows[begin : begin + 10])
            await asyncio.sleep(0)

        async def all_folded() -> bool:
            return bool((await state(db, VOID))["folded"] == 200)

        await until(all_folded)
    assert await days_shown(db, VOID) == expected(rows, "UTC")


async def test_once_folds_all_that_waits_and_ends(db: Database) -> None:
    await wait(db, VOID, some_rows(20))
    await wait(db, HIMAL, some_rows(7))
    assert await Folding(db).once() == 27
    assert await Folding(db).once() == 0


async def test_rows_of_months_that_are_not_kept_go_and_their_days_stay(db: Database, own_urls: Urls) -> None:
    from datetime import UTC, datetime

    rows = [
        Row(at("2026-01-10T12:00Z"), 1, actor=1),
        Row(at("2026-02-10T12:00Z"), 2, actor=2),
        Row(at("2026-03-10T12:00Z"), 3, actor=3),
    ]
    await wait(db, VOID, rows)
    await fold(db, VOID)
    worker = Folding(db, keep_months=1, clock=lambda: datetime(2026, 3, 11, tzinfo=UTC))

    async def dropped() -> bool:
        async with connected(own_urls.reading) as reader:
            return (await reader.value("select to_regclass('parallax.event_segment_202601')")) is None

    async with working(worker):
        await until(dropped)
    assert await days_shown(db, VOID) == expected(rows, "UTC")


def test_the_months_that_are_kept_are_this_one_and_as_many_before_it() -> None:
    assert first_kept(date(2026, 3, 11), 1) == date(2026, 2, 1)
    assert first_kept(date(2026, 3, 31), 3) == date(2025, 12, 1)
    assert first_kept(date(2026, 3, 31), 100_000) == date(1, 1, 1)
