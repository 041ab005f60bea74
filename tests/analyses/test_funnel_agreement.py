"""Funnels out of what waits and what is folded, of a client and of an app, against every attempt tried over the rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from statistics import mean, median
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from parallax.analyses.funnels import Broken, Counted, Entries, Exclusion, Funnel, Order, Reached, Trend
from parallax.analyses.grounds import edges_of
from parallax.analyses.questions import Measure, Question
from parallax.db import Database
from parallax.engine.fold import fold
from parallax.engine.rolling import SECOND_US
from parallax.filters import RawCondition, checked, dimension_of
from parallax.moments import EPOCH
from parallax.periods import Axis, Granularity, axis
from tests.analyses.lab import CONDITIONS, NAMES, NOW, Lab
from tests.analyses.plain import Plain, Row, value_of
from tests.analyses.plain_funnel import Attempt, Event, Plan, attempts, best
from tests.analyses.test_agreement import db

__all__ = ["db"]
US = timedelta(microseconds=1)
WINDOWS_S = (1, 1800, 40_000, 86_400, 5 * 86_400, 366 * 86_400)


def drawn(lab: Lab) -> Funnel:
    draw = lab.random
    whole = lab.question(Measure.EVENTS)
    whole = replace(whole, event=None, where=whole.where[: draw.choice((0, 0, 1))])
    if draw.random() < 0.2:
        whole = replace(whole, dimension=None)

    def chosen(names: Sequence[str | None]) -> Question:
        where = checked([RawCondition(*draw.choice(CONDITIONS))] if draw.random() < 0.3 else [])
        return replace(whole, event=draw.choice(names), where=where, dimension=None)

    steps = tuple(chosen((None, *NAMES[:2], *NAMES[:2], "never")) for _ in range(draw.choice((2, 2, 3))))
    spans = [sorted(draw.sample(range(1, len(steps) + 1), 2)) for _ in range(draw.choice((0, 0, 1, 2)))]
    exclusions = tuple(Exclusion(chosen(NAMES), *span) for span in spans)
    return Funnel(whole, steps, draw.choice(WINDOWS_S), draw.choice(list(Order)), exclusions)


class Tried:
    """Every attempt of every user."""

    def __init__(self, rows: list[Row], question: Funnel) -> None:
        self.question = question
        edges = [int(edge) for edge in edges_of(question.whole.axis)]
        spans = tuple((each.after, each.before) for each in question.exclusions)
        window = question.window_s * SECOND_US
        self.plan = Plan(question.order.name, len(question.steps), window, edges[0], edges[-1], spans)
        plain = Plain(rows, question.whole)
        mine = [row for row in plain.rows if row.user is not None and plain._matches(row)]
        serving, excluding = ([Plain([], each) for each in those] for those in (question.steps, question.excluded))
        self.rows: dict[str, list[Row]] = {}
        for row in mine:
            assert row.user is not None
            self.rows.setdefault(row.user, []).append(row)
        self.found: dict[str, list[Attempt]] = {}
        for user, theirs in self.rows.items():
            events = [
                Event(
                    (row.at - EPOCH) // US,
                    frozenset(step for step, test in enumerate(serving, 1) if test._matches(row)),
                    frozenset(place for place, test in enumerate(excluding) if test._matches(row)),
                )
                for row in theirs
            ]
            self.found[user] = list(attempts(self.plan, events))

    def value(self, user: str, attempt: Attempt) -> str | None:
        dimension = self.question.whole.dimension
        return None if dimension is None else dimension_of(value_of(self.rows[user][attempt.entry], dimension))

    def counted(self) -> dict[str, Attempt]:
        chosen = {user: best(found) for user, found in self.found.items()}
        return {user: attempt for user, attempt in chosen.items() if attempt is not None}

    def slices(self, first: int) -> list[tuple[str | None, bool, list[Attempt]]]:
        groups: dict[str | None, list[Attempt]] = {}
        for user, attempt in self.counted().items():
            groups.setdefault(self.value(user, attempt), []).append(attempt)
        order = sorted(groups, key=lambda name: (-len(groups[name]), name is None, name or ""))
        named = [(name, False, groups[name]) for name in order[:first]]
        rest = [attempt for name in order[first:] for attempt in groups[name]]
        return [*named, (None, True, rest)] if rest else named

    def trend(self, days: Axis) -> list[list[tuple[str | None, int]]]:
        """By bucket that has begun the value and the depth of each user's attempt."""
        buckets = []
        for begins, ends in list(pairwise(int(edge) for edge in edges_of(days)))[: days.begun]:
            inside = {
                user: best(each for each in found if begins <= each.times[0] < ends)
                for user, found in self.found.items()
            }
            buckets.append([(self.value(user, each), len(each.times)) for user, each in inside.items() if each])
        return buckets


def is_so(counted: Counted, attempts: Sequence[Attempt], steps: int) -> None:
    assert counted.counts == [sum(len(each.times) >= step for each in attempts) for step in range(1, steps + 1)]
    for step in range(1, steps):
        took = [(each.times[step] - each.times[step - 1]) / SECOND_US for each in attempts if len(each.times) > step]
        assert counted.averages[step] == (pytest.approx(mean(took)) if took else None)
        assert counted.medians[step] == (pytest.approx(median(took)) if took else None)


async def check(lab: Lab, question: Funnel) -> None:
    tried, steps = Tried(lab.rows(), question), len(question.steps)
    first, ground = lab.random.choice((1, 2, 25)), question.ground
    days = axis(question.whole.axis.period, lab.random.choice(list(Granularity)[1:]), ground.zone, ground.today, NOW)
    reached, slices, trend = await lab.ask(Reached(question), Broken(question, first), Trend(question, days))
    is_so(reached, list(tried.counted().values()), steps)
    assert len(reached.reached(1)) == reached.counts[0]
    assert [len(reached.dropped(step)) for step in (1, 2)] == [0, reached.counts[0] - reached.counts[1]]
    wanted = tried.slices(first)
    assert [(each.dimension, each.is_other) for each in slices] == [each[:2] for each in wanted]
    for mine, (_, _, its) in zip(slices, wanted, strict=True):
        is_so(mine.counted, its, steps)
    buckets = tried.trend(days)
    assert trend == entries(buckets, steps)
    kept = tuple(name for name, is_other, _ in wanted if not is_other)
    [by_slice] = await lab.ask(Trend(question, days, kept))
    makes_one = {tried.value(user, attempt) for user, attempt in tried.counted().items()}
    for place, name in enumerate(kept):
        assert by_slice[place] == entries([[each for each in bucket if each[0] == name] for bucket in buckets], steps)
    rest = makes_one - set(kept)
    assert by_slice[len(kept)] == entries([[each for each in bucket if each[0] in rest] for bucket in buckets], steps)


def entries(buckets: list[list[tuple[Any, int]]], steps: int) -> Entries:
    return Entries(
        [len(bucket) for bucket in buckets], [Counter(each[1] for each in bucket)[steps] for bucket in buckets]
    )


@budget(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(seed=st.integers(0, 2**32))
async def test_funnels_agree_with_the_rows(db: Database, seed: int) -> None:
    lab = await Lab.made(db, seed)
    await lab.fill(batches=4, events=25)
    for _ in range(6):
        await check(lab, drawn(lab))
    await fold(db, lab.client)
    for _ in range(6):
        await check(lab, drawn(lab))
