"""What a process keeps of its readings never shows: the same question before and after whatever changes its answer."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from parallax.analyses.questions import Function, Ground, Measure, Question
from parallax.db import Database
from parallax.engine.fold import fold
from parallax.filters import checked_dimension, field_of
from parallax.periods import Granularity, Period, axis, today
from parallax.settings import Settings
from tests.analyses.lab import NAMES, NOW, Lab
from tests.analyses.test_agreement import check
from tests.clusters import Cluster
from tests.conftest import cloned


@pytest.fixture(scope="module")
async def db(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Database]:
    async with (
        cloned(cluster, settings, template) as urls,
        Database(settings, urls.reading, urls.writing) as opened,
    ):
        yield opened


def plain(lab: Lab, measure: Measure, by: Granularity) -> Question:
    """Of the kind that days' roll-ups answer: no condition, by days."""
    day = today(NOW, lab.zone)
    ground = Ground(lab.client, None, 0, lab.zone, day)
    function = Function.AVG if measure in (Measure.PER_ACTOR, Measure.PROPERTY) else None
    numbers_of = field_of("amount") if measure is Measure.PROPERTY else None
    event = None if measure is Measure.USERS else NAMES[0]
    period = Period(day - timedelta(99), day)
    asked = axis(period, by, lab.zone, day)
    return Question(ground, measure, asked, event, (), function, numbers_of, dimension=checked_dimension("country"))


@pytest.mark.parametrize("seed", range(3))
async def test_a_question_asked_before_is_answered_anew_once_more_events_have_come(db: Database, seed: int) -> None:
    lab = await Lab.made(db, seed)
    await lab.fill(batches=3, events=40)
    await fold(db, lab.client)
    questions = [lab.question(measure) for measure in Measure for _ in range(3)] + [
        plain(lab, measure, by) for measure in Measure for by in (Granularity.DAY, Granularity.MONTH)
    ]

    async def all_right() -> None:
        for question in questions:
            await check(lab, question)

    await all_right()
    await all_right()
    await lab.fill(batches=1, events=40)
    await all_right()
    await lab.declare()
    await all_right()
    await fold(db, lab.client)
    await all_right()
