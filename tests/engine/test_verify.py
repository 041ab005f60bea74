"""verify finds what is not what the rows say, wherever it was altered; and nothing where all is well."""

import pytest

from parallax.db import Database
from parallax.engine.fold import fold
from parallax.engine.rebuild import rebuild
from parallax.engine.settling import settle
from parallax.engine.verify import verify
from parallax.scopes import Scope, Statement
from tests.engine.plain import Row
from tests.engine.seeding import days_shown, wait
from tests.engine.test_fold import expected, some_rows
from tests.seeds import VOID

ONE_DAY = """
    where client_id = $1 and (scope, event, day) = (
        select scope, event, day from event_day
        where client_id = $1 and event > 0 and users > 1 order by scope, event, day limit 1
    )
"""


@pytest.fixture
async def folded(db: Database) -> list[Row]:
    rows = some_rows(60)
    await wait(db, VOID, rows[:40])
    await fold(db, VOID)
    await wait(db, VOID, rows[40:55])
    await fold(db, VOID)
    await settle(db, VOID)
    await wait(db, VOID, rows[55:])
    return rows


async def alter(db: Database, text: str) -> None:
    async with db.writing(Scope.of(VOID)) as transaction:
        await transaction.run(Statement("altered", text), VOID)


async def test_nothing_differs_of_what_was_folded(db: Database, folded: list[Row]) -> None:
    found = await verify(db, VOID)
    assert (found.differences, found.count, found.notes) == ([], 0, [])
    assert (found.events, found.waiting, found.sessions) == (55, 5, 19)
    assert found.days > 0


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ("events:", f"update event_day set events = events + 1 {ONE_DAY}"),
        ("users: the number", f"update event_day set users = users + 1 {ONE_DAY}"),
        ("users:", f"update event_day set user_bits = null, user_counts = null, users = 0 {ONE_DAY}"),
        ("counts:", f"update event_day set user_counts = '\\x0102020202020202'::bytea {ONE_DAY}"),
        ("sessions:", f"update event_day set session_bits = null, sessions = 0 {ONE_DAY}"),
        ("firsts:", f"update event_day set first_bits = null, firsts = 0 {ONE_DAY}"),
        ("starts:", f"update event_day set starts = starts + 1 {ONE_DAY}"),
        ("bounces:", f"update event_day set bounces = bounces + 1 {ONE_DAY}"),
        ("session_us:", f"update event_day set session_us = session_us + 1 {ONE_DAY}"),
        ("counters", f"update event_day set counters = null {ONE_DAY}"),
        ("events:", f"delete from event_day {ONE_DAY}"),
        (
            "by its rows 0",
            "insert into event_day (client_id, scope, event, day, version, events, users, sessions, firsts, starts, bounces,"
            " session_us) values ($1, 0, 1, 7, 1, 5, 0, 0, 0, 0, 0, 0)",
        ),
        ("beyond", f"update event_day set version = 1000 {ONE_DAY}"),
        ("is not what its rows say", "delete from session_block where client_id = $1"),
        ("lacks 1 of its values", "delete from counted_value where client_id = $1 and code = 1"),
        ("is not known", "delete from counted_field where client_id = $1"),
        ("it holds", "update event_segment set events = events + 1 where client_id = $1"),
        ("another day", "update event_segment set day = day + 1 where client_id = $1 and day = '2026-03-02'"),
        (
            "stored twice",
            "insert into event_tail (client_id, position, stream, events, first_at, last_at, core, ids, fields)"
            " select client_id, position + 1000, stream, events, first_at, last_at, core, ids, fields from event_tail"
            " where client_id = $1",
        ),
        ("by its rows", "delete from event_segment where client_id = $1 and day = '2026-03-03'"),
        ("the rows have", "delete from timeline where client_id = $1"),
        ("other events", "update timeline set names = set_byte(names, 8, 1 + get_byte(names, 8)) where client_id = $1"),
        ("is not in the order", "update timeline set users = set_byte(users, 8, 255) where client_id = $1"),
        ("is said to hold", "update timeline set events = events + 1 where client_id = $1"),
        ("has version", "update timeline set version = 1000 where client_id = $1"),
        ("beyond what is folded", "update timeline_state set position = 1000 where client_id = $1"),
        ("lies outside", "update client_state set folded = 57 where client_id = $1"),
        ("nothing waits", "update client_state set waiting_since = null where client_id = $1"),
        ("anew", "update client_state set next_actor = 3 where client_id = $1"),
        ("has no name", "delete from event_name where client_id = $1 and number = 2"),
        (
            "the ids' own traits say",
            "insert into trait (client_id, name, hash, value, users, version, bits)"
            " values ($1, 'plan', '', '\"free\"', 0, 1, '\\x3a300000010000000000000010000000010000'::bytea)",
        ),
    ],
)
async def test_an_altered_row_is_found(db: Database, folded: list[Row], said: str, change: str) -> None:
    await alter(db, change)
    found = await verify(db, VOID)
    assert found.count >= len(found.differences) > 0
    assert any(said in each.said for each in found.differences), found.differences


async def test_a_rebuild_mends_what_is_derived(db: Database, folded: list[Row]) -> None:
    await alter(db, "delete from event_day where client_id = $1 and scope > 0")
    await alter(
        db, "update event_day set users = 0, user_bits = null, user_counts = null where client_id = $1 and event = 2"
    )
    await alter(db, "delete from session_block where client_id = $1")
    await alter(db, "delete from counted_value where client_id = $1")
    assert (await verify(db, VOID)).count > 0

    await rebuild(db, VOID)

    assert (await verify(db, VOID)).differences == []
    assert await days_shown(db, VOID) == expected(folded[:55], "UTC")


async def test_only_so_many_differences_are_told_and_all_are_counted(db: Database) -> None:
    rows = some_rows(2000)
    await wait(db, VOID, rows)
    await fold(db, VOID)
    await alter(db, "update event_day set events = events + 1 where client_id = $1")
    found = await verify(db, VOID)
    assert len(found.differences) == 100
    assert found.count > 300
