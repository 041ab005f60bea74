"""A rebuild and the fold come to the same; a change of the client's zone re-cuts everything (T11)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.db import Database, connected
from parallax.engine.fold import fold
from parallax.engine.rebuild import rebuild
from parallax.engine.settling import settle
from parallax.engine.verify import verify
from parallax.installation import Urls
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.engine.plain import ZONES, Row, at, local_day, rows_by_lot
from tests.engine.seeding import days_shown, empty, set_zone, state, wait
from tests.engine.test_fold import BY_LOT, NOON, expected, some_rows
from tests.seeds import VOID


@BY_LOT
@given(rows_by_lot(streams=(0, 1)), st.integers(0, 60), st.sampled_from(ZONES), st.sampled_from(ZONES))
async def test_t11_a_rebuild_in_any_zone_comes_to_what_the_rows_say(
    db: Database, rows: list[Row], cut: int, zone: str, later: str
) -> None:
    await empty(db, VOID)
    await set_zone(db, VOID, zone)
    for begin, end in pairwise(sorted({0, min(cut, len(rows)), len(rows)})):
        await wait(db, VOID, rows[begin:end])
        await fold(db, VOID)
        if cut % 2:
            await settle(db, VOID)
    folded = await days_shown(db, VOID)
    await rebuild(db, VOID)
    assert await days_shown(db, VOID) == folded == expected(rows, zone)
    assert (await verify(db, VOID)).differences == []

    await set_zone(db, VOID, later)
    await rebuild(db, VOID)
    assert await days_shown(db, VOID) == expected(rows, later)
    assert (await verify(db, VOID)).differences == []


async def test_what_waits_goes_on_waiting_and_folds_into_what_was_rebuilt(db: Database) -> None:
    rows = some_rows(50)
    await wait(db, VOID, rows[:30])
    await fold(db, VOID)
    await wait(db, VOID, rows[30:])
    assert (await rebuild(db, VOID)).events == 30
    now = await state(db, VOID)
    assert (now["folded"], now["position"]) == (30, 50)
    assert now["waiting_since"] is not None
    await fold(db, VOID)
    assert await days_shown(db, VOID) == expected(rows, "UTC")


async def test_until_a_rebuild_new_events_are_cut_in_the_old_zone(db: Database) -> None:
    rows = some_rows(50)
    await wait(db, VOID, rows[:30])
    await fold(db, VOID)
    await set_zone(db, VOID, "Asia/Kathmandu")
    await wait(db, VOID, rows[30:])
    await fold(db, VOID)
    assert await days_shown(db, VOID) == expected(rows, "UTC")
    assert (await state(db, VOID))["folded_zone"] == "UTC"
    await rebuild(db, VOID)
    assert await days_shown(db, VOID) == expected(rows, "Asia/Kathmandu")
    assert (await state(db, VOID))["folded_zone"] == "Asia/Kathmandu"


@pytest.mark.parametrize("zone", ["UTC", "America/Sao_Paulo", "Asia/Kathmandu"])
async def test_days_of_months_whose_rows_are_dropped_stay_as_they_are(
    settings: Settings, own_urls: Urls, db: Database, cluster: Cluster, zone: str
) -> None:
    await set_zone(db, VOID, zone)
    begins = at("2026-01-28T00:00Z")
    rows = [Row(begins + n * 7_200_000_000, n, 1 + n % 2, 1 + n % 9, 0, 1 + n // 5) for n in range(1, 200)]
    await wait(db, VOID, rows)
    await fold(db, VOID)
    before = await days_shown(db, VOID)
    assert own_urls.owner is not None
    async with connected(own_urls.owner) as owner:
        await owner.rows("select parallax.drop_event_months('2026-02-01')")

    done = await rebuild(db, VOID)
    assert done.kept_before is not None
    assert done.kept_before.isoformat() in ("2026-02-01", "2026-02-02")
    assert await days_shown(db, VOID) == before
    found = await verify(db, VOID)
    assert found.differences == []
    assert "dropped" in found.notes[0]

    # Who came in January is no first-time user in February, also after that.
    more = [Row(NOON, 200, 1, 3, 0, 60), Row(NOON + 1, 201, 1, 77, 0, 60)]
    await wait(db, VOID, more)
    await fold(db, VOID)
    assert (await days_shown(db, VOID))[0, 1, local_day(NOON, zone)]["firsts"] == [77]
