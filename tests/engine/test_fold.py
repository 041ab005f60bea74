"""The fold: whatever comes in whatever portions, what is derived is what the rows say; a crash changes nothing."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parallax.db import Database
from parallax.engine.fold import Folded, fold
from parallax.errors import NotFound
from parallax.scopes import Scope, Statement
from tests.engine.plain import ZONES, Row, at, derived, rows_by_lot, shown
from tests.engine.seeding import days_shown, empty, set_zone, state, wait
from tests.seeds import NORDLYS, VOID

NOON = at("2026-03-02T12:00Z")
SEGMENTS = Statement(
    "segments_seen", "select stream, day, position, events from event_segment where client_id = $1 order by 1, 2, 3"
)
TAIL = Statement("tail_seen", "select position from event_tail where client_id = $1 order by 1")
BY_LOT = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
POINTS = ("read", "segments", "days", "state")


def expected(rows: Sequence[Row], zone: str) -> dict[tuple[int, int, int], object]:
    return {key: shown(day) for key, day in sorted(derived(rows, zone).items())}


def some_rows(many: int, first: int = 1) -> list[Row]:
    """An event every hour, by seven users in sessions of three."""
    return [
        Row(
            at=NOON + n * 3_600_000_000,
            position=n,
            event=n % 3 + 1,
            actor=n % 7 + 1,
            app=n % 2,
            session=n // 3 + 1,
            fields=(("country", ("NO", "DE")[n % 2]),),
        )
        for n in range(first, first + many)
    ]


@BY_LOT
@given(
    rows_by_lot(streams=(0, 0, 1)), st.lists(st.integers(0, 60), max_size=4), st.sampled_from(ZONES), st.integers(1, 30)
)
async def test_rows_in_any_portions_fold_to_what_counting_them_one_by_one_says(
    db: Database, rows: list[Row], cuts: list[int], zone: str, most: int
) -> None:
    await empty(db, VOID)
    await set_zone(db, VOID, zone)
    for begin, end in pairwise(sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})):
        await wait(db, VOID, rows[begin:end])
        if begin % 2:  # of some portions two wait at once
            await fold(db, VOID, most)
    while (await fold(db, VOID, most)).events:
        pass

    assert await days_shown(db, VOID) == expected(rows, zone)
    now = await state(db, VOID)
    assert (now["folded"], now["waiting_since"]) == (len(rows), None)
    segments = await db.rows(Scope.of(VOID), SEGMENTS, VOID)
    assert sum(row["events"] for row in segments) == len(rows)
    assert await db.rows(Scope.of(VOID), TAIL, VOID) == []


@pytest.mark.parametrize("point", POINTS)
async def test_r4_a_fold_that_dies_leaves_its_batches_waiting_and_nothing_is_counted_twice(
    db: Database, point: str
) -> None:
    rows = some_rows(40)
    await wait(db, VOID, rows[:15])
    await fold(db, VOID)
    await wait(db, VOID, rows[15:])
    before = await days_shown(db, VOID), dict(await state(db, VOID))

    def dies(reached: str) -> None:
        if reached == point:
            raise KeyboardInterrupt

    for _ in range(25):
        with pytest.raises(KeyboardInterrupt):
            await fold(db, VOID, reached=dies)
        assert (await days_shown(db, VOID), dict(await state(db, VOID))) == before

    assert await fold(db, VOID) == Folded(25, 40)
    assert await days_shown(db, VOID) == expected(rows, "UTC")


async def test_two_folds_at_once_count_each_event_once(db: Database) -> None:
    rows = some_rows(60)
    for begin in range(0, 60, 10):
        await wait(db, VOID, rows[begin : begin + 10])
    async with asyncio.timeout(30):
        folded = await asyncio.gather(*(fold(db, VOID, most=15) for _ in range(4)))
    assert sum(each.events for each in folded) == 60
    assert await days_shown(db, VOID) == expected(rows, "UTC")


async def test_what_comes_while_a_fold_runs_is_accepted_and_waits(db: Database) -> None:
    rows = some_rows(30)
    await wait(db, VOID, rows[:10])
    arrived: list[asyncio.Task[None]] = []

    def arrive(reached: str) -> None:
        if reached == "read":
            arrived.append(asyncio.create_task(wait(db, VOID, rows[10:20])))

    async with asyncio.timeout(30):
        assert await fold(db, VOID, reached=arrive) == Folded(10, 10)
        await arrived[0]
    now = await state(db, VOID)
    assert (now["position"], now["folded"]) == (20, 10)
    assert now["waiting_since"] is not None
    await wait(db, VOID, rows[20:])
    await fold(db, VOID)
    assert await days_shown(db, VOID) == expected(rows, "UTC")


async def test_a_fold_without_anything_to_fold_changes_nothing(db: Database) -> None:
    await wait(db, VOID, some_rows(5))
    await fold(db, VOID)
    before = dict(await state(db, VOID))
    assert await fold(db, VOID) == Folded(0, 5)
    assert dict(await state(db, VOID)) == before


async def test_small_folds_leave_few_segments_a_day(db: Database) -> None:
    rows = [Row(NOON + n, n, event=1, actor=n % 50) for n in range(1, 401)]
    for begin in range(0, 400, 5):
        await wait(db, VOID, rows[begin : begin + 5])
        await fold(db, VOID)
    segments = await db.rows(Scope.of(VOID), SEGMENTS, VOID)
    assert len(segments) <= 6
    assert sum(row["events"] for row in segments) == 400
    assert await days_shown(db, VOID) == expected(rows, "UTC")


async def test_clients_do_not_see_one_another(db: Database) -> None:
    await wait(db, VOID, some_rows(5))
    await wait(db, NORDLYS, some_rows(7))
    await fold(db, NORDLYS)
    assert await days_shown(db, VOID) == {}
    assert (await state(db, VOID))["folded"] == 0


async def test_a_client_that_is_not_there_is_named(db: Database) -> None:
    from uuid import UUID

    with pytest.raises(NotFound):
        await fold(db, UUID(int=77))
