"""A load that is taken back leaves what there would be without it."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.db import Database
from parallax.engine.fold import fold
from parallax.engine.settling import settle
from parallax.engine.undo import Undone, undo
from parallax.engine.verify import verify
from parallax.errors import NotFound
from tests.engine.plain import ZONES, Row, rows_by_lot
from tests.engine.seeding import days_shown, empty, put_load, set_zone, state, wait
from tests.engine.test_fold import BY_LOT, expected, some_rows
from tests.seeds import VOID

LOAD = UUID(int=5)


@BY_LOT
@given(
    rows_by_lot(streams=(0, 1)),
    st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.booleans())),
    st.sampled_from(ZONES),
)
async def test_what_is_left_is_what_there_would_be_without_the_load(
    db: Database, rows: list[Row], portions: list[tuple[int, bool, bool]], zone: str
) -> None:
    await empty(db, VOID)
    await set_zone(db, VOID, zone)
    await put_load(db, VOID, LOAD)
    kept: list[Row] = []
    waiting: list[Row] = []
    rest = rows
    for many, of_load, folds in [*portions, (len(rows), False, False)]:
        part, rest = rest[:many], rest[many:]
        await wait(db, VOID, part, LOAD if of_load else None)
        if not of_load:
            waiting += part
        if folds:
            await fold(db, VOID)
            if many % 2:
                await settle(db, VOID)
            kept, waiting = kept + waiting, []

    undone = await undo(db, VOID, LOAD)

    assert undone.events == len(rows) - len(kept) - len(waiting)
    assert await days_shown(db, VOID) == expected(kept, zone)
    await fold(db, VOID)
    assert await days_shown(db, VOID) == expected(kept + waiting, zone)
    assert (await verify(db, VOID)).differences == []


async def test_a_load_is_taken_back_once(db: Database) -> None:
    await put_load(db, VOID, LOAD)
    await wait(db, VOID, some_rows(30), LOAD)
    await fold(db, VOID)
    assert await undo(db, VOID, LOAD) == Undone(30)
    assert await undo(db, VOID, LOAD) == Undone(0)
    assert await days_shown(db, VOID) == {}


async def test_what_of_a_load_waits_still_goes_too(db: Database) -> None:
    await put_load(db, VOID, LOAD)
    await wait(db, VOID, some_rows(30), LOAD)
    assert await undo(db, VOID, LOAD) == Undone(30)
    assert (await state(db, VOID))["waiting_since"] is None
    later = some_rows(3, first=31)
    await wait(db, VOID, later)
    await fold(db, VOID)
    assert await days_shown(db, VOID) == expected(later, "UTC")


async def test_a_load_that_is_not_there_is_named(db: Database) -> None:
    with pytest.raises(NotFound):
        await undo(db, VOID, LOAD)
