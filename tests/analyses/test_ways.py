"""One user with 100,000 events among many with one: every analysis is the same waiting, folded, settled, after a restart of
the process and after everything was made anew."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from parallax.access.viewer import Role, Viewer
from parallax.analyses.funnels import Broken, Counted, Exclusion, Funnel, Order, Reached, Trend
from parallax.analyses.lifecycle import Lifecycle
from parallax.analyses.questions import Ground, Measure, Question, Total, Values
from parallax.analyses.retention import Entry, Retention, Returning
from parallax.analyses.segments import Segments
from parallax.analyses.stickiness import Histogram
from parallax.analytics.loaders import asked_loader
from parallax.db import Database
from parallax.engine.fold import fold
from parallax.engine.rebuild import rebuild
from parallax.engine.settling import settle
from parallax.filters import Operator, RawCondition, checked, field_of
from parallax.periods import Granularity, Period, axis, today, widened
from parallax.settings import Settings
from tests.analyses.lab import NOW, Lab
from tests.clusters import Cluster
from tests.conftest import cloned

BUSY = 100_000
AT_ONCE = 10_000


def doing(number: int) -> dict[str, Any]:
    """Of the busy one: some forty days long, instants that are shared, a country that changes, every name."""
    at = NOW - timedelta(days=40) + timedelta(seconds=number // 3 * 103)
    name = ("open", "pay", "sign up", "open", "open")[number * 7919 % 5]
    country = ("NO", "SE")[number // 1000 % 2]
    session = f"s{number // 40}"
    return {
        "id": f"busy{number}", "name": name, "at": at.isoformat(), "user": "busy", "session": session,
        "properties": {"country": country},
    }  # fmt: skip


def once(number: int) -> dict[str, Any]:
    at = (NOW - timedelta(days=number % 45, hours=number % 7)).isoformat()
    return {"id": f"once{number}", "name": "open", "at": at, "user": f"u{number}", "properties": {"country": "NO"}}


def asks(lab: Lab) -> Sequence[Any]:
    ground = Ground(lab.client, None, 0, lab.zone, today(NOW, lab.zone))
    period = Period(ground.today - timedelta(34), ground.today)

    def question(granularity: Granularity, **more: Any) -> Question:
        return Question(ground, Measure.EVENTS, axis(period, granularity, ground.zone, ground.today, NOW), **more)

    whole, norway = question(Granularity.QUARTER), checked([RawCondition("country", Operator.EQ, "NO")])
    names = ("open", "pay", "sign up")
    steps = tuple(replace(whole, event=name) for name in names)
    out = (Exclusion(replace(whole, event="sign up"), 1, 2),)
    funnels = [Funnel(whole, steps, 3600, order) for order in Order]
    funnels += [Funnel(whole, (steps[0], steps[0], steps[1]), 600), Funnel(whole, steps[:2], 86_400, exclusions=out)]
    funnels += [Funnel(replace(whole, dimension=field_of("country"), where=norway), steps, 7200)]
    days = widened(period, Granularity.WEEK)
    weeks = replace(whole, axis=axis(days, Granularity.WEEK, ground.zone, ground.today, NOW))
    return [
        *(Reached(each) for each in funnels),
        *(Trend(each, question(Granularity.DAY).axis) for each in funnels),
        Broken(funnels[-1], 5),
        Retention(weeks, weeks, 4, Entry.RECURRING, Returning.ON),
        Lifecycle(weeks),
        Histogram(question(Granularity.DAY)),
        Segments(question(Granularity.DAY)),
        *(ask(question(Granularity.DAY, event="open", where=norway)) for ask in (Values, Total)),
    ]


async def answers(database: Database, lab: Lab) -> list[Any]:
    viewer = Viewer(uuid4(), "lab", {lab.client: Role.ADMIN})
    found = await asked_loader(database, viewer).load_many(list(asks(lab)))
    return [shown(each) for each in found]


def shown(answer: Any) -> Any:
    if isinstance(answer, Counted):
        seconds = (*answer.averages, *answer.medians)
        return answer.counts, [None if each is None else round(each, 6) for each in seconds]
    if isinstance(answer, list):
        return [shown(getattr(each, "counted", each)) for each in answer]
    return answer.tolist() if hasattr(answer, "tolist") else repr(answer)


async def test_every_way_to_an_answer_comes_to_the_same(cluster: Cluster, settings: Settings, template: str) -> None:
    async with cloned(cluster, settings, template) as urls:
        async with Database(settings, urls.reading, urls.writing) as db:
            lab, waiting = await same_after_all(db)
        async with Database(settings, urls.reading, urls.writing) as restarted:
            assert await answers(restarted, lab) == waiting
            await rebuild(restarted, lab.client)
            assert await answers(restarted, lab) == waiting


async def same_after_all(db: Database) -> tuple[Lab, list[Any]]:
    lab = await Lab.made(db, 5)
    events = [doing(number) for number in range(BUSY)] + [once(number) for number in range(300)]
    lab.random.shuffle(events)  # most of them are late
    for start in range(0, len(events), AT_ONCE):
        await lab.send(events[start : start + AT_ONCE])
    waiting = await answers(db, lab)
    assert waiting[0][0][0] == 1 + sum(number % 45 <= 34 for number in range(300))
    await fold(db, lab.client)
    assert await answers(db, lab) == waiting
    await settle(db, lab.client)
    assert await answers(db, lab) == waiting
    return lab, waiting
