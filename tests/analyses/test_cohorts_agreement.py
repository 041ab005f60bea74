"""Retention, lifecycle, stickiness and segments out of days, rows and what waits, against a plain computation over the rows."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from parallax.analyses.lifecycle import Lifecycle, LifecycleUsers, State
from parallax.analyses.questions import Measure, Question
from parallax.analyses.retention import Entry, Retention, RetentionSlices, RetentionUsers, Returning
from parallax.analyses.segments import SegmentName, Segments, SegmentUsers
from parallax.analyses.stickiness import Histogram
from parallax.db import Database
from parallax.engine.fold import fold
from parallax.engine.rebuild import rebuild
from parallax.filters import RawCondition, checked
from parallax.periods import FROM_DAY, Granularity, Period, axis, today, widened
from parallax.scopes import Statement
from parallax.settings import Settings
from tests.analyses import plain_cohorts as plain
from tests.analyses.lab import CONDITIONS, NAMES, NOW, ZONES, Lab
from tests.clusters import Cluster
from tests.conftest import cloned

ZONE = Statement("zone_put", "update client set time_zone = $2 where id = $1")
NUMBERS = Statement("numbers_seen", "select external_id, actor_id from actor where client_id = $1")


@pytest.fixture(scope="module")
async def db(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Database]:
    async with (
        cloned(cluster, settings, template) as urls,
        Database(settings, urls.reading, urls.writing) as opened,
    ):
        yield opened


def whole(lab: Lab, *granularities: Granularity) -> Question:
    """A random question of whole buckets, some of which may not have begun."""
    question = lab.question(Measure.DAU)
    granularity = lab.random.choice(granularities)
    ground = question.ground
    back, asked = timedelta(lab.random.choice((0, 0, 30, 60))), question.axis.period
    period = replace(asked, start=asked.start - back, end=asked.end - back)
    buckets = axis(widened(period, granularity), granularity, ground.zone, ground.today)
    return replace(question, axis=buckets, dimension=None)


async def filled(db: Database, seed: int) -> Lab:
    """Late events, events of tomorrow, merged users, sessions of several users and apps."""
    lab = await Lab.made(db, seed)
    await lab.fill(batches=5, events=40)
    await lab.send([once(lab, user, (3, 10, 30)) for user in range(12)])
    await fold(db, lab.client)
    await lab.send([once(lab, user, (20, 50, 90)) for user in range(0, 12, 2)])
    ahead = [lab._event() | {"at": (NOW + timedelta(hours=hours)).isoformat()} for hours in (0, 9, 23)]
    many = [
        lab._event() | {"session": f"many{number}", "user": lab.random.choice(("u0", "u1", "u2"))}
        for number in range(lab.random.randint(0, 25))
    ]
    await lab.send(ahead + many)
    return lab


def once(lab: Lab, user: int, days: tuple[int, ...]) -> dict[str, Any]:
    at = NOW - timedelta(days=lab.random.choice(days))
    return lab._event() | {"user": f"once{user}", "at": at.isoformat()}


async def in_every_state(lab: Lab, check: Any) -> None:
    """With events waiting, with all folded, in another zone, and with all made anew in that."""
    await check(lab)
    await check(lab)  # of what is kept
    await fold(lab.db, lab.client)
    await check(lab)
    lab.zone = lab.random.choice(ZONES)
    async with lab.db.writing(lab.scope) as transaction:
        await transaction.run(ZONE, lab.client, lab.zone)
    await check(lab)
    await rebuild(lab.db, lab.client)
    await check(lab)


async def numbers(lab: Lab) -> Mapping[int, str]:
    async with lab.db.writing(lab.scope) as transaction:
        return {row["actor_id"]: row["external_id"] for row in await transaction.rows(NUMBERS, lab.client)}


# ---------------------------------------------------------------- retention
def retention(lab: Lab) -> Retention:
    draw = lab.random
    start = whole(lab, Granularity.DAY, Granularity.WEEK, Granularity.MONTH)
    conditions = checked([RawCondition(*draw.choice(CONDITIONS)) for _ in range(draw.choice((0, 0, 1)))])
    back = replace(start, event=draw.choice((None, *NAMES[:2], "never")), where=conditions)
    return Retention(start, back, draw.choice((1, 2, 5, 52)), draw.choice(list(Entry)), draw.choice(list(Returning)))


async def check_retention(lab: Lab) -> None:
    of, rows, names = retention(lab), lab.rows(), await numbers(lab)
    its = plain.entries(rows, of)
    cells = plain.cells(rows, of, its)
    [counts] = await lab.ask(of)
    assert counts.shape == (of.axis.begun, of.periods), of
    assert counts.tolist() == [
        [len(cells.get((cohort, offset), ())) for offset in range(of.periods)] for cohort in range(of.axis.begun)
    ], of
    if cells:
        place = lab.random.choice(sorted(cells))
        [users] = await lab.ask(RetentionUsers(of, *place))
        assert {names[user] for user in users} == cells[place], (of, place)
    await check_slices(lab, replace(of, start=replace(of.start, dimension=lab.question(Measure.DAU).dimension)))


async def check_slices(lab: Lab, of: Retention) -> None:
    rows, names, first = lab.rows(), await numbers(lab), lab.random.choice((1, 2, 25))
    its = plain.entries(rows, of)
    kept = plain.ranked(its)[:first]
    groups: list[tuple[str | None, bool, Any]] = [
        (name, False, [each for each in its if each[2] == name]) for name in kept
    ]
    others = [each for each in its if each[2] not in kept]
    if others:
        groups.append((None, True, others))
    [slices] = await lab.ask(RetentionSlices(of, first))
    assert [(each.dimension, each.is_other) for each in slices] == [each[:2] for each in groups], of
    for mine, (name, other, its_entries) in zip(slices, groups, strict=True):
        cells = plain.cells(rows, of, its_entries)
        assert mine.counts.tolist() == [
            [len(cells.get((cohort, offset), ())) for offset in range(of.periods)] for cohort in range(of.axis.begun)
        ], (of, name)
        place = lab.random.choice(sorted(cells))
        [users] = await lab.ask(RetentionUsers(of, *place, tuple(kept) if other else (name,), other))
        assert {names[user] for user in users} == cells[place], (of, name, place)


@budget(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(seed=st.integers(0, 2**32))
async def test_retention_agrees_with_the_rows(db: Database, seed: int) -> None:
    lab = await filled(db, seed)

    async def several(lab: Lab) -> None:
        for _ in range(4):
            await check_retention(lab)

    await in_every_state(lab, several)


# ---------------------------------------------------------------- lifecycle, stickiness
async def check_lifecycle(lab: Lab) -> None:
    question, names = whole(lab, *FROM_DAY), await numbers(lab)
    wanted = plain.lifecycle(lab.rows(), question)
    [counts] = await lab.ask(Lifecycle(question))
    assert counts.tolist() == [[len(point[state]) for state in State] for point in wanted], question
    if wanted:
        bucket, state = lab.random.randrange(len(wanted)), lab.random.choice(list(State))
        [users] = await lab.ask(LifecycleUsers(question, bucket, state))
        assert {names[user] for user in users} == wanted[bucket][state], (question, bucket, state)
    clipped = replace(lab.question(Measure.MAU), dimension=None)
    [bars] = await lab.ask(Histogram(clipped))
    assert bars.tolist() == plain.histogram(lab.rows(), clipped), clipped


@budget(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(seed=st.integers(0, 2**32))
async def test_lifecycle_and_histograms_agree_with_the_rows(db: Database, seed: int) -> None:
    lab = await filled(db, seed)

    async def several(lab: Lab) -> None:
        for _ in range(6):
            await check_lifecycle(lab)

    await in_every_state(lab, several)


# ---------------------------------------------------------------- segments
async def check_segments(lab: Lab) -> None:
    names = await numbers(lab)
    question = replace(lab.question(Measure.DAU), event=None, where=(), dimension=None)
    ground = question.ground
    last = min(question.axis.period.end, today(NOW, lab.zone)) - timedelta(lab.random.choice((0, 0, 7, 30)))
    question = question.on(axis(Period(last, last), Granularity.DAY, ground.zone, ground.today))
    wanted = plain.segments(lab.rows(), question)
    [counts] = await lab.ask(Segments(question))
    assert counts.tolist() == [len(wanted[name]) for name in SegmentName], question
    for name, users in zip(
        SegmentName, await lab.ask(*(SegmentUsers(question, name) for name in SegmentName)), strict=True
    ):
        assert {names[user] for user in users} == wanted[name], (question, name)


@budget(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(seed=st.integers(0, 2**32))
async def test_segments_agree_with_the_rows(db: Database, seed: int) -> None:
    lab = await filled(db, seed)

    async def several(lab: Lab) -> None:
        for _ in range(4):
            await check_segments(lab)
        await lab.send([lab._event() | {"id": str(uuid4())}])
        await check_segments(lab)

    await in_every_state(lab, several)
