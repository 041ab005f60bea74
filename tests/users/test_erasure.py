"""I9: an erased user is in no answer, no row and no file; everybody else is as before."""

import subprocess
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from parallax.access.viewer import Role, Viewer
from parallax.db import Database
from parallax.engine.fold import fold
from parallax.engine.ingest import store
from parallax.engine.planes import frame_of
from parallax.engine.settling import settle
from parallax.errors import NotFound
from parallax.events.inputs import events_read, logs_read
from parallax.ids import GlobalId, encode
from parallax.installation import Urls
from parallax.scopes import Scope, Statement
from parallax.usage.reports import Report
from parallax.usage.track import track
from parallax.users.erasure import Erased, erase
from parallax.users.erasures import ErasureKey, erasure_loader
from parallax.users.purging import purge
from tests.clusters import Cluster
from tests.plainly import plainly
from tests.seeds import HIMAL, NORDLYS, NOTES
from tests.users.known import IDS, NOW, belongs, declare, users_by_trait

SECRET = "forget-me-7f3a91"
ALIAS = "anon-forget-me-0c22"
SEGMENTS = Statement("segments_whole", "select chunks, core, ids, fields from event_segment where client_id = $1")
SESSIONS = Statement("session_ids_seen", "select external_id from session_id where client_id = $1 order by 1")
VALUES = Statement("values_seen", "select code, value from counted_value where client_id = $1 order by field, code")
USAGE = Statement(
    "usage_seen",
    "select activity_date, active_ms, sessions, users from app_usage_day where client_id = $1 and application_id = $2 "
    "order by activity_date",
)
ADMIN = Viewer(UUID(int=1), "admin", {NORDLYS: Role.ADMIN})


def event(user: str, day: int, session: str, **properties: Any) -> dict[str, Any]:
    return {
        "id": f"{user}-{day}-{session}",
        "name": "open",
        "at": f"2026-03-{day:02}T10:00:00Z",
        "user": user,
        "session": session,
        "properties": {"country": "NO", **properties},
    }


async def send(db: Database, *rows: dict[str, Any]) -> None:
    stored = await store(db, Scope.of(NORDLYS), NORDLYS, events_read(NORDLYS, rows, NOW))
    assert stored.accepted == len(rows)


async def forget(db: Database, *users: str) -> Erased:
    return await erase(db, Scope.of(NORDLYS), NORDLYS, users, NOW)


async def somebody_everywhere(db: Database) -> None:
    """A user in each layer under two ids, next to bob, in folded rows and in the tail."""
    await send(
        db,
        event(SECRET, 1, f"{SECRET}-session", email=f"{SECRET}@example.com"),
        event(ALIAS, 2, "shared", note=ALIAS),
        event("bob", 2, "shared"),
        event("bob", 3, "his own"),
    )
    log = {"message": f"hello {SECRET}", "user": SECRET, "at": "2026-03-02T11:00:00Z", "session": f"{SECRET}-session"}
    await store(db, Scope.of(NORDLYS), NORDLYS, logs_read(NORDLYS, [log], NOW))
    await fold(db, NORDLYS)
    await settle(db, NORDLYS)
    await send(db, event(SECRET, 4, f"{SECRET}-later", email=f"{SECRET}@example.com"), event("bob", 4, "his own"))
    await declare(
        db,
        {"id": SECRET, "aliases": [ALIAS], "traits": {"email": f"{SECRET}@example.com", "plan": "pro"}},
        {"id": "bob", "traits": {"plan": "pro"}},
        client=NORDLYS,
    )
    reports = [
        Report(0, NOTES, SECRET, date(2026, 3, 2), 1000, 1),
        Report(1, NOTES, ALIAS, date(2026, 3, 2), 2000, 2),
        Report(2, NOTES, SECRET, date(2026, 3, 3), 4000, 4),
    ]
    assert (await track(db, Scope.of(NORDLYS), NORDLYS, reports)).accepted == 3


async def usage(db: Database) -> dict[date, tuple[int, int, int]]:
    rows = await db.rows(Scope.of(NORDLYS), USAGE, NORDLYS, NOTES)
    return {row["activity_date"]: (row["active_ms"], row["sessions"], row["users"]) for row in rows}


async def layers(db: Database, done: Erased) -> Mapping[str, tuple[int, int | None]]:
    assert done.erasure is not None
    record = await erasure_loader(db, ADMIN).load(ErasureKey(NORDLYS, done.erasure))
    assert record is not None
    assert (record.purged_at is None) == any(layer.after is None for layer in record.layers)
    return {layer.name: (layer.before, layer.after) for layer in record.layers}


async def test_a_user_is_erased_with_all_ids_and_nobody_else_changes(db: Database) -> None:
    before = await usage(db)
    await somebody_everywhere(db)
    assert (await usage(db))[date(2026, 3, 2)] == (5_403_000, 6, 3)  # two ids, one user

    done = await forget(db, ALIAS)
    assert (done.users, done.unknown) == (1, [])
    assert await usage(db) == before
    assert set(await belongs(db, NORDLYS)).isdisjoint({SECRET, ALIAS})
    assert await users_by_trait(db, NORDLYS) == {("plan", '"pro"'): {"bob"}}
    told = await layers(db, done)
    assert {name: count for name, (count, _) in told.items()} == {
        "actor": 2,
        "trait": 2,
        "event_tail": 1,
        "event_segment": 3,
        "timeline": 2,
        "event_day": 6,
        "app_usage_reports": 3,
    }

    assert await purge(db, NORDLYS) == 1
    assert {after for _, after in (await layers(db, done)).values()} == {0}
    frames = [frame_of(*row) for row in await db.rows(Scope.of(NORDLYS), SEGMENTS, NORDLYS)]
    assert sum(map(len, frames)) == 2
    assert not any(
        SECRET.encode() in value for frame in frames for each in frame.fields.values() for value in each.values
    )
    assert [row["external_id"] for row in await db.rows(Scope.of(NORDLYS), SESSIONS, NORDLYS)] == ["his own", "shared"]
    values = [row["value"] for row in await db.rows(Scope.of(NORDLYS), VALUES, NORDLYS)]
    assert '"NO"' in values
    assert not any(SECRET in value or ALIAS in value for value in values)
    assert await purge(db, NORDLYS) == 0


async def test_the_id_that_comes_again_is_a_new_user(db: Database) -> None:
    await somebody_everywhere(db)
    ids = {row["external_id"]: row["actor_id"] for row in await db.rows(Scope.of(NORDLYS), IDS, NORDLYS)}
    await forget(db, SECRET)
    await purge(db, NORDLYS)
    await send(db, event(SECRET, 1, f"{SECRET}-session"))  # not taken for the one that was erased
    await fold(db, NORDLYS)
    again = {row["external_id"]: row["actor_id"] for row in await db.rows(Scope.of(NORDLYS), IDS, NORDLYS)}
    assert again[SECRET] > max(ids.values())
    assert await belongs(db, NORDLYS) | {SECRET: SECRET} == await belongs(db, NORDLYS)


async def test_users_are_named_by_any_id_and_unknown_ones_are_told(db: Database) -> None:
    await somebody_everywhere(db)
    ids = {row["external_id"]: row["actor_id"] for row in await db.rows(Scope.of(NORDLYS), IDS, NORDLYS)}
    shown = encode(GlobalId("User", NORDLYS, (ids["bob"],)))
    foreign = encode(GlobalId("User", HIMAL, (1,)))
    done = await forget(db, shown, "bob", SECRET, "nobody", "nobody", foreign)
    assert (done.users, done.unknown) == (2, ["nobody", foreign])
    nobody = await forget(db, "bob", "")
    assert (nobody.users, nobody.unknown, nobody.erasure) == (0, ["bob", ""], None)


async def test_a_client_that_is_not_there_has_nobody(db: Database) -> None:
    missing = UUID("018f0000-0000-7000-8000-00000000dead")
    with pytest.raises(NotFound):
        await erase(db, Scope.of(missing), missing, ["ada"], NOW)


async def test_two_erasures_of_one_session_before_anything_is_purged(db: Database) -> None:
    """The rows of the first are still there when the second is taken out: they count for neither."""
    await send(db, event("ada", 1, "s1"), event("bob", 1, "s1"), event("cyd", 2, "s1"), event("dee", 2, "s2"))
    await fold(db, NORDLYS)
    await forget(db, "ada")
    await forget(db, "cyd")
    await forget(db, "bob")
    row = Statement(
        "totals",
        "select sum(events)::int as events, sum(users)::int as users, sum(sessions)::int as sessions, "
        "sum(starts)::int as starts, sum(firsts)::int as firsts from event_day where client_id = $1 and scope = 0 "
        "and event = 0",
    )
    assert [tuple(each) for each in await db.rows(Scope.of(NORDLYS), row, NORDLYS)] == [(1, 1, 1, 1, 1)]
    assert await purge(db, NORDLYS) == 3
    assert [tuple(each) for each in await db.rows(Scope.of(NORDLYS), row, NORDLYS)] == [(1, 1, 1, 1, 1)]
    assert [each["external_id"] for each in await db.rows(Scope.of(NORDLYS), SESSIONS, NORDLYS)] == ["s2"]


async def test_no_file_of_the_database_holds_the_id_after_a_vacuum(
    db: Database, own_urls: Urls, cluster: Cluster
) -> None:
    """But the write-ahead log, which ages out by its own clock."""
    await somebody_everywhere(db)
    async with plainly(cluster, own_urls) as superuser:
        folder = Path(await superuser.value("show data_directory"))
        await superuser.script("checkpoint")
        assert _files_with(folder, SECRET), "it was never there: the search finds nothing"
    await forget(db, SECRET)
    await purge(db, NORDLYS)
    async with plainly(cluster, own_urls) as superuser:
        await superuser.script("vacuum full analyze")
        await superuser.script("checkpoint")
        # As text, whatever it is compressed to on the disk.
        for table in await superuser.rows("select tablename as name from pg_tables where schemaname = 'parallax'"):
            rows = await superuser.rows(f"select row::text as shown from {table['name']} row")
            assert not [row for row in rows if SECRET in row["shown"] or ALIAS in row["shown"]], table["name"]
        assert [path for word in (SECRET, ALIAS) for path in _files_with(folder, word)] == []


def _files_with(folder: Path, word: str) -> list[str]:
    found = subprocess.run(
        ["grep", "-rlaF", "--exclude-dir=pg_wal", word, str(folder)], capture_output=True, text=True, check=False
    )
    return found.stdout.split()
