"""U1: the user of a report is who its id belongs to by now, whenever that was said."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from pyroaring import BitMap

from parallax.access.viewer import Role, Viewer
from parallax.db import Database
from parallax.periods import Period
from parallax.scopes import Scope, Statement
from parallax.usage.loaders import (
    DaysKey,
    ReportKey,
    ReportsKey,
    UsersKey,
    actor_loader,
    days_loader,
    report_counts_loader,
    report_loader,
    reports_loader,
    users_loader,
)
from parallax.usage.removal import apps_with_usage
from parallax.usage.reports import Report
from parallax.usage.track import Tracked, track
from parallax.users.erasure import erase
from tests.seeds import MAPS, NORDLYS, NOTES, SILENT
from tests.users.known import NOW, declare

VIEWER = Viewer(NORDLYS, "viewer", {NORDLYS: Role.VIEWER})
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
DERIVED = Statement(
    "usage_derived", "select application_id, activity_date, users from app_usage_day where client_id = $1"
)
BLOCKS = Statement(
    "blocks_seen", "select application_id, span, bucket, users, bits from app_usage_users where client_id = $1"
)
ROWS = Statement(
    "reports_seen",
    "select report.application_id, report.activity_date, coalesce(actor.canonical, actor.actor_id) as user_id "
    "from app_usage_reports report "
    "join actor on actor.client_id = report.client_id and actor.actor_id = report.user_id where report.client_id = $1",
)


async def sent(db: Database, *rows: tuple[str, date]) -> Tracked:
    reports = [Report(place, SILENT, user, day, 1000, 1) for place, (user, day) in enumerate(rows)]
    return await track(db, Scope.of(NORDLYS), NORDLYS, reports)


async def users_by_day(db: Database) -> dict[date, int]:
    days = await days_loader(db, VIEWER).load(DaysKey(NORDLYS, SILENT, MARCH, "users"))
    return {MARCH.start + timedelta(days=n): count for n, count in zip(days.offsets, days.values, strict=True)}


async def users_in(db: Database, first: date, last: date) -> int:
    return await users_loader(db, VIEWER).load(UsersKey(NORDLYS, SILENT, Period(first, last)))


async def derived_agrees_with_the_rows(db: Database) -> None:
    """Sums and blocks hold the users that the rows have, merged ids as one."""
    scope = Scope.of(NORDLYS)
    users: dict[tuple[Any, ...], set[int]] = {}
    for app, day, user in await db.rows(scope, ROWS, NORDLYS):
        monday = day - timedelta(days=day.weekday())
        for span, bucket in (("day", day), ("week", monday), ("month", day.replace(day=1))):
            users.setdefault((app, span, bucket), set()).add(user)
    blocks = await db.rows(scope, BLOCKS, NORDLYS)
    assert {tuple(row)[:3]: set(BitMap.deserialize(row["bits"])) for row in blocks} == users
    assert all(row["users"] == len(users[tuple(row)[:3]]) for row in blocks)
    days = {
        (row["application_id"], row["activity_date"]): row["users"] for row in await db.rows(scope, DERIVED, NORDLYS)
    }
    assert days == {(app, bucket): len(its) for (app, span, bucket), its in users.items() if span == "day"}


@pytest.mark.parametrize("first", ["declared", "reported"])
async def test_declared_ids_count_as_one_whichever_came_first(db: Database, first: str) -> None:
    monday, tuesday = date(2026, 3, 2), date(2026, 3, 3)
    rows = [("ada-2", monday), ("x7", monday), ("x7", tuesday), ("bob-2", tuesday)]
    if first == "reported":
        await sent(db, *rows)
        assert await users_by_day(db) == {monday: 2, tuesday: 2}
    await declare(db, {"id": "ada-2", "aliases": ["x7"]}, client=NORDLYS)
    if first == "declared":
        await sent(db, *rows)

    assert await users_by_day(db) == {monday: 1, tuesday: 2}
    assert await users_in(db, monday, monday + timedelta(days=6)) == 2
    assert await users_in(db, MARCH.start, MARCH.end) == 2
    assert await users_in(db, monday, monday) == 1
    sums = await days_loader(db, VIEWER).load(DaysKey(NORDLYS, SILENT, MARCH, "sessions"))
    assert list(sums.values) == [2, 2]  # both of two reports that fall together
    await derived_agrees_with_the_rows(db)


async def test_a_report_sent_again_is_of_the_id_that_it_was_sent_with(db: Database) -> None:
    day = date(2026, 3, 2)
    await sent(db, ("ada-2", day), ("x7", day))
    await declare(db, {"id": "ada-2", "aliases": ["x7"]}, client=NORDLYS)
    again = await sent(db, ("x7", day), ("ada-2", day))
    assert (again.accepted, again.duplicates) == (0, 2)
    await derived_agrees_with_the_rows(db)


@pytest.mark.parametrize("asked", ["ada-2", "x7"])
async def test_the_reports_of_a_user_are_those_of_all_ids(db: Database, asked: str) -> None:
    monday, tuesday = date(2026, 3, 2), date(2026, 3, 3)
    await sent(db, ("ada-2", monday), ("x7", monday), ("x7", tuesday), ("bob-2", tuesday))
    await declare(db, {"id": "ada-2", "aliases": ["x7"]}, client=NORDLYS)
    actor = await actor_loader(db, VIEWER).load((NORDLYS, asked))
    of_user = ReportsKey(NORDLYS, SILENT, MARCH, actor, None, 10)
    page = await reports_loader(db, VIEWER).load(of_user)
    assert [(record.key.day, record.user) for record in page] == [(tuesday, "ada-2")] + [(monday, "ada-2")] * 2
    assert len({record.owner for record in page}) == 1
    assert await report_counts_loader(db, VIEWER).load(of_user) == 3
    assert await report_counts_loader(db, VIEWER).load(of_user._replace(actor=None)) == 4
    assert await report_counts_loader(db, VIEWER).load(of_user._replace(actor=-1)) == 0
    again = await report_loader(db, VIEWER).load(page[-1].key)
    assert again == page[-1]
    assert await report_loader(db, VIEWER).load(ReportKey(NORDLYS, SILENT, monday, -1)) is None
    assert (await apps_with_usage(db, NORDLYS))[SILENT] == 4


async def test_whatever_is_merged_and_erased_the_sums_are_those_of_the_rows(db: Database) -> None:
    """The seeds' quarter of Maps, with users who are merged and erased by lot, over ends of weeks and months."""
    lots = random.Random(7)
    users = [f"user-{n}" for n in range(1, 93)]
    for _ in range(6):
        one, other, third = lots.sample(users, 3)
        await declare(db, {"id": one, "aliases": [other]}, {"id": third, "aliases": [one]}, client=NORDLYS)
        await derived_agrees_with_the_rows(db)
        await erase(db, Scope.of(NORDLYS), NORDLYS, lots.sample(users, 2), NOW)
        await derived_agrees_with_the_rows(db)
        await sent(db, *((user, date(2026, 2, lots.randint(1, 28))) for user in lots.sample(users, 5)))
        await derived_agrees_with_the_rows(db)
    left = await days_loader(db, VIEWER).load_many(
        [DaysKey(NORDLYS, app, Period(date(2026, 1, 1), date(2026, 3, 31)), "active_ms") for app in (MAPS, NOTES)]
    )
    rows = Statement("sums", "select sum(total_active_ms)::bigint from app_usage_reports where client_id = $1")
    [[total]] = await db.rows(Scope.of(NORDLYS), rows, NORDLYS)
    silent = await days_loader(db, VIEWER).load(
        DaysKey(NORDLYS, SILENT, Period(date(2026, 1, 1), date(2026, 3, 31)), "active_ms")
    )
    assert sum(days.total for days in left) + silent.total == total
