"""Apps are made, changed and deleted: whole, or not at all, and never at another app's cost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from parallax.access.viewer import Role, Viewer
from parallax.apps.loaders import AppKey
from parallax.apps.setup import all_apps, app_by_uuid, create_app, delete_app, update_app
from parallax.db import Database
from parallax.errors import Conflict, InvalidParameter, NotFound
from parallax.installation import Urls
from parallax.scopes import Scope
from parallax.settings import Settings
from parallax.usage.loaders import ReportKey, report_loader
from parallax.usage.reports import Report
from parallax.usage.track import track
from tests.clusters import Cluster
from tests.gateways import Gateway
from tests.plainly import plainly
from tests.seeds import HIMAL, MAPS, NORDLYS, NOTES, TREK

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
OF_APP = """
select (select count(*) from app where id = $1)
     + (select count(*) from app_usage_reports where application_id = $1)
     + (select count(*) from app_usage_day where application_id = $1)
     + (select count(*) from app_usage_users where application_id = $1)
     + (select count(*) from removal where app_id = $1)
"""


@pytest.fixture
async def db(own_urls: Urls, settings: Settings) -> AsyncIterator[Database]:
    async with Database(settings, own_urls.reading, own_urls.writing) as db:
        yield db


# ---------------------------------------------------------------- making and changing
async def test_an_app_may_bring_the_id_that_it_is_known_by(db: Database) -> None:
    known = uuid4()

    made = await create_app(db, NORDLYS, " Radio ", NOW, known)

    assert made == (AppKey(NORDLYS, known), "Radio", "Europe/Berlin")
    assert made in await all_apps(db, NORDLYS)


async def test_the_same_id_again_is_a_conflict_and_changes_nothing(db: Database) -> None:
    with pytest.raises(Conflict, match=f"the id {NOTES} already"):
        await create_app(db, NORDLYS, "Other", NOW, NOTES)
    assert [app.name for app in await all_apps(db, NORDLYS)] == ["Maps", "Notes", "Silent"]


async def test_two_clients_may_use_the_same_id_and_do_not_notice(db: Database) -> None:
    made = await create_app(db, HIMAL, "Their notes", NOW, NOTES)
    await track(db, Scope.of(HIMAL), HIMAL, [Report(0, NOTES, "ada", date(2026, 3, 2), 1, 1)])

    assert made.key == (HIMAL, NOTES)
    assert [app.name for app in await all_apps(db, NORDLYS)] == ["Maps", "Notes", "Silent"]
    assert await app_by_uuid(db, NOTES, HIMAL) == (HIMAL, NOTES)
    with pytest.raises(Conflict, match="--client"):
        await app_by_uuid(db, NOTES)


async def test_an_app_needs_a_client_a_name_and_no_nil_id(db: Database) -> None:
    with pytest.raises(NotFound, match="There is no client"):
        await create_app(db, uuid4(), "Radio", NOW)
    with pytest.raises(InvalidParameter, match="name: "):
        await create_app(db, NORDLYS, " ", NOW)
    with pytest.raises(InvalidParameter, match="id: "):
        await create_app(db, NORDLYS, "Nil", NOW, UUID(int=0))
    assert len(await all_apps(db, NORDLYS)) == 3


async def test_an_update_is_of_one_client_alone(db: Database) -> None:
    assert (await update_app(db, AppKey(NORDLYS, NOTES), NOW, "Notes 2")).name == "Notes 2"
    assert (await update_app(db, AppKey(NORDLYS, NOTES), NOW)).name == "Notes 2"
    with pytest.raises(NotFound):
        await update_app(db, AppKey(HIMAL, NOTES), NOW, "Theirs")


# ---------------------------------------------------------------- deletion
TWO_APPS = """query($client: ID!, $other: ID!, $notes: ID!) { client(id: $client) {
  other: app(id: $other) { time: activity(metric: ACTIVE_TIME, period: {start: "2026-01-01", end: "2026-03-31"}) { values }
    week: activity(metric: USER_COUNT, period: {start: "2026-01-01", end: "2026-03-31"}, granularity: WEEK) { values total }
    usageReports(period: {start: "2026-03-01", end: "2026-03-09"}) { totalCount nodes { user { externalId } } } }
  notes: app(id: $notes) { usageReports(period: {start: "2026-03-01", end: "2026-03-09"}) { nodes { id } } }
  apps { nodes { name } } } }"""


async def test_deleting_an_app_leaves_the_other_apps_numbers_and_the_users(
    own_gateway: Gateway, cluster: Cluster
) -> None:
    asked = {"client": str(NORDLYS), "other": str(MAPS), "notes": str(NOTES)}
    before = (await own_gateway.ask(TWO_APPS, **asked)).data["client"]
    node = before["notes"]["usageReports"]["nodes"][0]["id"]
    settings, urls = own_gateway.settings, own_gateway.urls
    async with Database(settings, urls.reading, urls.writing) as db, plainly(cluster, urls) as superuser:
        actors = await superuser.value("select count(*) from actor where client_id = $1", NORDLYS)
        gone = await delete_app(db, AppKey(NORDLYS, NOTES), NOW)

        assert gone == ("Notes", 3)
        assert await superuser.value(OF_APP, NOTES) == 0
        assert await superuser.value("select count(*) from actor where client_id = $1", NORDLYS) == actors
        with pytest.raises(NotFound):
            await delete_app(db, AppKey(NORDLYS, NOTES), NOW)
    after = (await own_gateway.ask(TWO_APPS, **asked)).data["client"]
    assert after["other"] == before["other"]
    assert after["notes"] is None
    assert [app["name"] for app in after["apps"]["nodes"]] == ["Maps", "Silent"]
    again = await own_gateway.ask("query($id: ID!) { node(id: $id) { id } }", id=node)
    assert again.data["node"] is None


async def test_a_deletion_of_an_app_that_was_killed_is_taken_up_again(
    db: Database, cluster: Cluster, own_urls: Urls
) -> None:
    class Killed(Exception):
        """Stands for the end of the process."""

    def killed(done: int, total: int | None) -> None:
        raise Killed

    first = date(2025, 12, 20)
    many = [Report(0, NOTES, f"user-{n % 2_000}", first + timedelta(days=n // 2_000), n, 1) for n in range(45_000)]
    await track(db, Scope.of(NORDLYS), NORDLYS, many)
    with pytest.raises(Killed):
        await delete_app(db, AppKey(NORDLYS, NOTES), NOW, killed)

    async with plainly(cluster, own_urls) as superuser:
        left = await superuser.value("select count(*) from app_usage_reports where application_id = $1", NOTES)
        assert 0 < left < 45_000
        assert "Notes" not in [app.name for app in await all_apps(db, NORDLYS)]
        [report] = await superuser.rows(
            "select activity_date, user_id from app_usage_reports where application_id = $1 limit 1", NOTES
        )
        viewer = Viewer(uuid4(), "reader", {NORDLYS: Role.VIEWER})
        assert await report_loader(db, viewer).load(ReportKey(NORDLYS, NOTES, *report)) is None
        tracked = await track(db, Scope.of(NORDLYS), NORDLYS, many[:1])
        assert [row.field for row in tracked.rejected] == ["app"]
        with pytest.raises(Conflict, match="still being deleted"):
            await create_app(db, NORDLYS, "Notes again", NOW, NOTES)

        again = await delete_app(db, await app_by_uuid(db, NOTES), NOW)

        assert again == (None, left)
        assert await superuser.value(OF_APP, NOTES) == 0
    made = await create_app(db, NORDLYS, "Notes again", NOW, NOTES)
    assert made.name == "Notes again"


async def test_deleting_one_clients_app_leaves_the_other_clients_app_of_the_same_id(db: Database) -> None:
    await create_app(db, NORDLYS, "Our trek", NOW, TREK)
    await delete_app(db, AppKey(NORDLYS, TREK), NOW)

    assert [app.name for app in await all_apps(db, HIMAL)] == ["Trek"]
    with pytest.raises(NotFound):
        await delete_app(db, AppKey(NORDLYS, UUID(int=0)), NOW)


async def test_rows_that_come_while_the_app_goes_leave_nothing_behind(
    db: Database, cluster: Cluster, own_urls: Urls
) -> None:
    rows = [Report(0, NOTES, f"user-{n}", date(2026, 3, 2), n, 1) for n in range(300)]
    deleting = asyncio.create_task(delete_app(db, AppKey(NORDLYS, NOTES), NOW))

    tracked = await asyncio.gather(
        *(track(db, Scope.of(NORDLYS), NORDLYS, rows[start : start + 30]) for start in range(0, 300, 30))
    )

    gone = await deleting
    assert sum(each.accepted + len(each.rejected) for each in tracked) == 300
    assert gone.reports == 3 + sum(each.accepted for each in tracked)
    async with plainly(cluster, own_urls) as superuser:
        assert await superuser.value(OF_APP, NOTES) == 0
