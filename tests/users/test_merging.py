"""I1, I9: ids declared and users erased before and after folding: what is derived is what the rows that are left say."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from parallax.db import Database
from parallax.engine.fold import fold
from parallax.scopes import Scope
from parallax.users.erasure import erase
from parallax.users.links import Links, Refused
from parallax.users.purging import purge
from tests.engine.plain import ZONES, Row, at, derived, rows_by_lot, shown
from tests.engine.seeding import days_shown, set_zone, wait
from tests.seeds import VOID
from tests.users.known import NOW, belongs, declare, people

NAMES = ("ada", "bob", "cyd", "x7", "x8", "x9")
ACTORS = st.integers(1, len(NAMES))
STEP = st.one_of(
    st.tuples(st.just("fold"), st.just(())),
    st.tuples(st.just("declare"), st.lists(st.tuples(ACTORS, st.lists(ACTORS, max_size=2)), max_size=3)),
    st.tuples(st.just("erase"), st.lists(ACTORS, min_size=1, max_size=2)),
    st.tuples(st.just("purge"), st.just(())),
)
BY_LOT = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@dataclass
class Model:
    """Who is who and whose rows count, by plain sets."""

    users: dict[int, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)

    def declare(self, actor: int, aliases: Sequence[int]) -> bool:
        links = Links(self.users)
        try:
            links.declare(actor, aliases)
        except Refused:
            return False
        moved = {each: links.user(each) for each in range(1, len(NAMES) + 1)}
        self.users = {each: user for each, user in moved.items() if each != user}
        return True

    def user(self, actor: int) -> int:
        return self.users.get(actor, actor)

    def erase(self, actor: int) -> None:
        user = self.user(actor)
        self.gone |= {each for each in range(1, len(NAMES) + 1) if self.user(each) == user}


@BY_LOT
@given(rows_by_lot(streams=(0, 0, 1)), st.lists(STEP, max_size=6), st.sampled_from(ZONES))
@example([Row(at("2026-03-02T09:00Z"), 1, actor=4, session=1)], [("fold", ()), ("declare", [(1, [4])])], "UTC")
async def test_whatever_is_declared_and_erased_the_days_are_those_of_the_rows(
    db: Database, rows: list[Row], steps: list[tuple[str, Any]], zone: str
) -> None:
    await people(db, NAMES)
    await set_zone(db, VOID, zone)
    model = Model()
    sent: list[Row] = []
    cuts = sorted({0, len(rows), *(len(rows) * n // (len(steps) + 1) for n in range(len(steps)))})
    portions = [rows[begin:end] for begin, end in pairwise(cuts)]
    for place in range(max(len(steps), len(portions))):
        if place < len(portions):  # an erased id is another actor if it comes again
            portion = [row for row in portions[place] if row.actor not in model.gone]
            # Positions of a batch follow each other without a gap.
            portion = [_moved(row, len(sent) + n + 1) for n, row in enumerate(portion)]
            sent += portion
            await wait(db, VOID, portion)
        if place < len(steps):
            await _step(db, model, *steps[place])
    await fold(db, VOID)

    left = [row for row in sent if row.actor not in model.gone]
    users = {actor: model.user(actor) for actor in range(1, len(NAMES) + 1)}
    assert await days_shown(db, VOID) == {
        key: shown(day) for key, day in sorted(derived(left, zone, users).items()) if day.events
    }


async def _step(db: Database, model: Model, what: str, how: Any) -> None:
    if what == "fold":
        await fold(db, VOID)
    elif what == "declare":
        how = [(actor, its) for actor, its in how if not {actor, *its} & model.gone]
        expected = [model.declare(actor, its) for actor, its in how]
        told = await declare(db, *({"id": _name(actor), "aliases": list(map(_name, its))} for actor, its in how))
        refused = {each.place for each in told.rejected}
        assert [place not in refused for place in range(len(how))] == expected
    elif what == "erase":
        there = [actor for actor in how if actor not in model.gone]
        for actor in there:
            model.erase(actor)
        done = await erase(db, Scope.of(VOID), VOID, list(map(_name, how)), NOW)
        assert done.unknown == list(dict.fromkeys(_name(actor) for actor in how if actor not in there))
    else:
        await purge(db, VOID)


def _name(actor: int) -> str:
    return NAMES[actor - 1]


def _moved(row: Row, position: int) -> Row:
    return Row(row.at, position, row.event, row.actor, row.app, row.session, row.fields, row.stream)


# ---------------------------------------------------------------- the example of I
def opened(day: int, actor: int, position: int) -> Row:
    return Row(at(f"2026-03-{day:02}T10:00Z"), position, actor=actor)


async def users_by_day(db: Database) -> dict[int, tuple[list[int], list[int]]]:
    """Of the whole client and any event: March's day, its users and those seen for the first time."""
    first = (at("2026-03-01T00:00Z")) // 86_400_000_000 - 1
    days = await days_shown(db, VOID)
    return {
        day - first: ([user for user, _ in its["users"]], its["firsts"])
        for (scope, event, day), its in days.items()
        if (scope, event) == (0, 0)
    }


async def test_an_anonymous_id_that_turns_out_to_be_ada_moves_her_first_day_and_no_number(db: Database) -> None:
    """x7 did `open` on 1 March and is declared to be ada on the 5th."""
    await people(db, ["ada", "x7"])
    await set_zone(db, VOID, "UTC")
    await wait(db, VOID, [opened(1, 2, 1), opened(5, 1, 2)])
    await fold(db, VOID)
    assert await users_by_day(db) == {1: ([2], [2]), 5: ([1], [1])}

    await declare(db, {"id": "ada", "aliases": ["x7"]})
    assert await users_by_day(db) == {1: ([1], [1]), 5: ([1], [])}


async def test_a_day_on_which_both_were_active_has_one_user_less(db: Database) -> None:
    await people(db, ["ada", "x7", "bob"])
    await set_zone(db, VOID, "UTC")
    await wait(db, VOID, [opened(1, 2, 1), opened(1, 1, 2), opened(1, 3, 3), opened(1, 2, 4)])
    await fold(db, VOID)
    assert await users_by_day(db) == {1: ([1, 2, 3], [1, 2, 3])}

    await declare(db, {"id": "ada", "aliases": ["x7"]})
    assert await users_by_day(db) == {1: ([1, 3], [1, 3])}
    days = await days_shown(db, VOID)
    assert all(its["users"] == [(1, 3), (3, 1)] and its["events"] == 4 for its in days.values())


async def test_refused_rows_leave_the_others_and_give_no_numbers(db: Database) -> None:
    await people(db, [])
    told = await declare(
        db,
        {"id": "ada", "aliases": ["x7"]},
        {"id": "bob", "aliases": ["x7", "x8"]},
        {"id": "x7", "aliases": ["ada"]},
        {"id": "cyd", "aliases": ["cyd"]},
        {"id": "ada", "aliases": ["x7", "x9"]},
    )
    assert told.accepted == 2
    assert [(each.place, each.field, each.code.name) for each in told.rejected] == [
        (1, "aliases", "CONFLICT"),
        (2, "aliases", "CONFLICT"),
        (3, "aliases", "CONFLICT"),
    ]
    assert await belongs(db) == {"ada": "ada", "x7": "ada", "x9": "ada"}


async def test_saying_it_again_changes_nothing_and_a_change_moves_the_version(db: Database) -> None:
    await people(db, [])
    first = await declare(db, {"id": "ada", "aliases": ["x7"]})
    again = await declare(db, {"id": "ada", "aliases": ["x7"]})
    more = await declare(db, {"id": "zoe", "aliases": ["ada"]})
    assert (first.links, again.links, more.links) == (1, 1, 2)
    assert await belongs(db) == {"ada": "zoe", "x7": "zoe", "zoe": "zoe"}


async def test_folding_and_declaring_at_once_come_to_what_one_after_the_other_comes_to(db: Database) -> None:
    names = [f"id-{n}" for n in range(40)]
    await people(db, names)
    await set_zone(db, VOID, "UTC")
    rows = [opened(n % 20 + 1, n % 40 + 1, n + 1) for n in range(200)]
    sent: list[Row] = []
    for begin in range(0, 200, 20):
        await wait(db, VOID, rows[begin : begin + 20])
        sent += rows[begin : begin + 20]
        pair = begin // 20
        async with asyncio.timeout(60):
            await asyncio.gather(
                fold(db, VOID),
                declare(db, {"id": names[pair], "aliases": [names[39 - pair]]}),
                declare(db, {"id": names[pair], "aliases": [names[20 + pair]], "traits": {"n": pair}}),
            )
    await fold(db, VOID)
    users = {40 - n: n + 1 for n in range(10)} | {21 + n: n + 1 for n in range(10)}
    assert await days_shown(db, VOID) == {key: shown(day) for key, day in sorted(derived(sent, "UTC", users).items())}
