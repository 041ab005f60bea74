"""What the engine answers out of roll-ups, rows and what is not folded yet, against a plain computation over the rows."""

import math
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from parallax.analyses.questions import ActiveUsers, Measure, Question, Slices, Top, TopEntry, Total, Values
from parallax.db import Database
from parallax.engine.fold import fold
from parallax.periods import Granularity, axis
from parallax.settings import Settings
from tests.analyses.lab import Lab
from tests.analyses.plain import Plain
from tests.clusters import Cluster
from tests.conftest import cloned


@pytest.fixture(scope="module")
async def db(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Database]:
    async with (
        cloned(cluster, settings, template) as urls,
        Database(settings, urls.reading, urls.writing) as opened,
    ):
        yield opened


def same(mine: Any, plain: Any) -> bool:
    if mine is None or plain is None:
        return mine is plain
    return math.isclose(mine, plain, rel_tol=1e-9, abs_tol=1e-9)


def all_same(mine: Sequence[Any], plain: Sequence[Any]) -> bool:
    return len(mine) == len(plain) and all(map(same, mine, plain))


async def check(lab: Lab, question: Question) -> None:
    plain = Plain(lab.rows(), question)
    slices = Slices(question, lab.random.choice((1, 2, 25)))
    values, total, groups = await lab.ask(Values(question), Total(question), slices)
    assert all_same(values, plain.values()), (question, values, plain.values())
    assert same(total, plain.total()), (question, total, plain.total())
    wanted = plain.slices(slices)
    assert [(each.dimension, each.is_other) for each in groups] == [each[:2] for each in wanted], question
    for mine, (_, _, its_total, its_values) in zip(groups, wanted, strict=True):
        assert same(mine.total, its_total), (question, mine, its_total)
        assert all_same(mine.values, its_values), (question, mine, its_values)


def by_day(question: Question) -> Question:
    ground = question.ground
    return question.on(axis(question.axis.period, Granularity.DAY, ground.zone, ground.today))


@budget(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(seed=st.integers(0, 2**32))
async def test_every_measure_agrees_with_the_rows(db: Database, seed: int) -> None:
    lab = await Lab.made(db, seed)
    await lab.fill(batches=5, events=40)
    for measure in Measure:
        await check(lab, lab.question(measure))
    await fold(db, lab.client)
    for measure in Measure:
        await check(lab, lab.question(measure))


@budget(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(seed=st.integers(0, 2**32))
async def test_top_lists_and_active_users_agree_with_the_rows(db: Database, seed: int) -> None:
    lab = await Lab.made(db, seed)
    await lab.fill(batches=4, events=40)
    question = lab.question(Measure.EVENTS)
    [entries] = await lab.ask(Top(question, 1000))
    plain = Plain(lab.rows(), question).top()
    assert sorted(entries, key=repr) == sorted((TopEntry(*each) for each in plain), key=repr)
    for measure in (Measure.DAU, Measure.WAU, Measure.MAU):
        question = by_day(lab.question(measure))  # A5 looks at the points by DAY
        rows = [row for row in Plain(lab.rows(), question).counted() if row.user]
        its = Plain(lab.rows(), question)
        if measure is Measure.DAU:
            users = {row.user for row in rows if its._in_period(row.at)}
        else:
            users = {row.user for row in rows for at in range(its.axis.begun) if its._in_window(row.at, at)}
        [bits] = await lab.ask(ActiveUsers(question))
        assert len(bits) == len(users), question
