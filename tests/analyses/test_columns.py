"""Named columns of named events: the same numbers out of planes, out of segments from before there were any, and out of what
waits; with more fields than columns, and without users who were erased."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from parallax.analyses.questions import Function, Measure, Question, Slices, Total, Values
from parallax.db import Database
from parallax.engine.caches import kept
from parallax.engine.fold import fold
from parallax.engine.frames import MOST_FIELDS, stored
from parallax.engine.planes import frame_of
from parallax.engine.rebuild import rebuild
from parallax.engine.verify import verify
from parallax.filters import Operator, RawCondition, checked, checked_dimension, field_of
from parallax.periods import Granularity, Period, axis, today
from parallax.scopes import Scope, Statement
from parallax.settings import Settings
from parallax.users.erasure import erase
from tests.analyses.lab import NAMES, NOW, Lab
from tests.analyses.plain import Plain
from tests.analyses.test_agreement import all_same, check, same
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.engine.test_hourless import hourless

SEGMENTS = Statement(
    "segments_seen", "select stream, day, position, chunks, core, ids, fields from event_segment where client_id = $1"
)
AGED = Statement(
    "segment_aged",
    "update event_segment set chunks = null, core = $5, ids = $6, fields = $7, version = version + 1"
    " where client_id = $1 and stream = $2 and day = $3 and position = $4",
)
HOURLESS = Statement(
    "segment_hourless",
    "update event_segment set chunks = $5, version = version + 1"
    " where client_id = $1 and stream = $2 and day = $3 and position = $4",
)
CONDITIONS: tuple[tuple[str, Operator, Any], ...] = (
    ("path", Operator.EQ, "/p/3"),
    ("path", Operator.NE, "/p/3"),
    ("path", Operator.IN, [f"/p/{number}" for number in range(20)]),
    ("path", Operator.NOT_IN, ["/p/1", "/p/2"]),
    ("path", Operator.STARTS_WITH, "/p/1"),
    ("path", Operator.REGEX, "[02468]$"),
    ("country", Operator.EQ, "NO"),
    ("country", Operator.IS_SET, None),
    ("amount", Operator.EQ, "25"),
    ("amount", Operator.LT, 3),
    ("amount.b", Operator.EQ, 3),
    ("nothing", Operator.IS_NOT_SET, None),
    ("user", Operator.NE, "u1"),
    ("event", Operator.EQ, "open"),
)


@pytest.fixture(scope="module")
async def db(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Database]:
    async with (
        cloned(cluster, settings, template) as urls,
        Database(settings, urls.reading, urls.writing) as opened,
    ):
        yield opened


async def aged(lab: Lab) -> int:
    """Every segment as an earlier release wrote it; how many there are."""
    async with lab.db.writing(Scope.of(lab.client)) as transaction:
        rows = list(map(tuple, await transaction.rows(SEGMENTS, lab.client)))
        for *place, chunks, core, ids, fields in rows:
            frame = frame_of(chunks, core, ids, fields)
            blocks = stored(frame.taken(np.argsort(frame.position)))
            await transaction.run(AGED, lab.client, *place, blocks.core, blocks.ids, blocks.fields)
    kept(lab.db).forget("answer")  # which would be given again: nothing that is said of the client has changed
    return len(rows)


async def without_hours(lab: Lab) -> int:
    """Every segment with the directory that it had before there were hours in it; how many there are."""
    async with lab.db.writing(Scope.of(lab.client)) as transaction:
        rows = list(map(tuple, await transaction.rows(SEGMENTS, lab.client)))
        for *place, chunks, _, _, _ in rows:
            await transaction.run(HOURLESS, lab.client, *place, hourless(chunks))
    kept(lab.db).forget("answer")
    return len(rows)


async def planes_of(lab: Lab) -> list[bool]:
    """Of each segment whether it has some."""
    return [row["chunks"] is not None for row in await lab.db.rows(Scope.of(lab.client), SEGMENTS, lab.client)]


async def send(lab: Lab, many: int) -> None:
    """Events with a path of many values."""
    draw = lab.random
    events = [lab._event() for _ in range(many)]
    for event in events:
        if draw.random() < 0.8:
            event["properties"]["path"] = f"/p/{draw.randint(0, 90)}"
    await lab.send(events)


def questions(lab: Lab, many: int) -> list[Question]:
    """Of an event, by days and by others, in and out of the zone's own days."""
    found = []
    for _ in range(many):
        draw = lab.random
        measure = draw.choice([each for each in Measure if each not in (Measure.USERS, Measure.FIRST_TIME)])
        conditions = [RawCondition(*draw.choice(CONDITIONS)) for _ in range(draw.choice((1, 1, 2, 3)))]
        question = lab.question(measure)
        event = draw.choice((*NAMES, None))
        dimension = checked_dimension(draw.choice(("path", "country", "amount.b", "event", "user")))
        found.append(replace(question, event=event, where=checked(conditions), dimension=dimension))
    return found


@budget(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(seed=st.integers(0, 2**32))
async def test_segments_of_an_earlier_release_are_read_beside_planes_until_they_become_some(
    db: Database, seed: int
) -> None:
    lab = await Lab.made(db, seed)
    await send(lab, 120)
    asked = questions(lab, 6)
    for question in asked:
        await check(lab, question)
    await fold(db, lab.client)
    for question in asked:
        await check(lab, question)
    assert await aged(lab) > 0
    assert not any(await planes_of(lab))
    for question in asked:
        await check(lab, question)
    await send(lab, 60)
    await fold(db, lab.client)
    assert any(await planes_of(lab))
    await send(lab, 20)
    for question in (*asked, *asked):
        await check(lab, question)
    assert (await verify(db, lab.client)).differences == []
    await rebuild(db, lab.client)
    for question in asked:
        await check(lab, question)


@budget(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(seed=st.integers(0, 2**32))
async def test_segments_without_hours_are_read_beside_those_that_have_them(db: Database, seed: int) -> None:
    lab = await Lab.made(db, seed)
    await send(lab, 120)
    await fold(db, lab.client)
    asked = questions(lab, 12)
    for question in asked:
        await check(lab, question)
    assert await without_hours(lab) > 0
    for question in asked:
        await check(lab, question)
    await send(lab, 60)
    await fold(db, lab.client)
    for question in asked:
        await check(lab, question)
    assert (await verify(db, lab.client)).differences == []


async def test_a_segment_of_an_earlier_release_becomes_planes_when_it_is_written_again(db: Database) -> None:
    lab = await Lab.made(db, 3)
    lab.random.choice = lambda options: options[0]  # type: ignore[method-assign,assignment]  # all of them today
    for _ in range(3):
        await send(lab, 20)
        await fold(db, lab.client)
    assert await aged(lab) == 3
    await send(lab, 20)
    await fold(db, lab.client)
    assert await planes_of(lab) == [True]


# ---------------------------------------------------------------- what is in the way
async def test_a_field_beyond_the_columns_is_found_beside_them(db: Database) -> None:
    """One event has so many that `path` of the next stands with the rest of the fields."""
    lab = await Lab.made(db, 7)
    at = (NOW - timedelta(days=1)).isoformat()
    events = [{"name": "open", "at": at, "id": "wide", "properties": {f"f{n}": n for n in range(MOST_FIELDS)}}]
    events += [
        {"name": "open", "at": at, "id": f"e{n}", "user": f"u{n}", "properties": {"path": f"/p/{n % 3}", "n": n}}
        for n in range(9)
    ]
    await lab.send(events[:1] + events[1:5])
    await lab.send(events[5:])
    day = today(NOW, lab.zone)
    period = Period(day - timedelta(3), day)
    ground = replace(lab.question(Measure.EVENTS).ground, app=None)
    where = checked([RawCondition("path", Operator.EQ, "/p/1")])
    asked = axis(period, Granularity.DAY, lab.zone, day)
    path = checked_dimension("path")
    question = Question(ground, Measure.DAU, asked, "open", where, dimension=path)
    summed = replace(question, measure=Measure.PROPERTY, function=Function.SUM, property=field_of("n"))
    for _ in range(2):
        for event in ("open", None):
            for each in (question, summed):
                assert (await lab.ask(Total(replace(each, event=event)))) == [3 if each is question else 1 + 4 + 7]
            [slices] = await lab.ask(Slices(replace(question, event=event, where=()), 5))
            totals = {each.dimension: each.total for each in slices}
            assert totals == {"/p/0": 3, "/p/1": 3, "/p/2": 3}
        await fold(db, lab.client)


@pytest.mark.parametrize("event", [*NAMES[:2], None])
async def test_i9_rows_of_an_erased_user_are_passed_over_while_they_are_there(db: Database, event: str | None) -> None:
    lab = await Lab.made(db, 11)
    await send(lab, 80)
    await fold(db, lab.client)
    question = next(each for each in questions(lab, 50) if each.measure is Measure.EVENTS)
    question = replace(question, event=event, where=checked([RawCondition("path", Operator.NE, "/p/1")]))
    for each in question, replace(question, measure=Measure.DAU):
        assert same((await lab.ask(Total(each)))[0], Plain(lab.rows(), each).total())
    await erase(db, Scope.of(lab.client), lab.client, ["u2"], NOW)
    left = [row for row in lab.rows() if row.user != "u2"]
    assert len(left) < len(lab.rows())
    for each in question, replace(question, measure=Measure.DAU):
        values, total = await lab.ask(Values(each), Total(each))
        assert all_same(values, Plain(left, each).values())
        assert same(total, Plain(left, each).total())


async def test_columns_come_again_when_the_cache_let_go_of_them(db: Database) -> None:
    lab = await Lab.made(db, 13)
    await send(lab, 80)
    await fold(db, lab.client)
    for question in questions(lab, 5):
        await check(lab, question)
        kept(db).put("nothing else", 0, None, 2**62)
        await check(lab, question)
