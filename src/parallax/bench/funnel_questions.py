"""The funnels of `bench analyses`. An answer has two numbers for each step: how many users reached it, and the mean of the
seconds since the step before (0 for the first).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from parallax.analyses.funnels import Counted, Funnel, Reached
from parallax.analyses.questions import Measure
from parallax.bench import metric_questions as m
from parallax.bench.analysis import (
    BLOCKS,
    NOTHING,
    Analysis,
    Goals,
    days_text,
    equal,
    equal_sql,
    equal_text,
)
from parallax.bench.funnel_sql import SECOND_US, Steps
from parallax.bench.metric_questions import LAST_DAY, Answer, Rows
from parallax.bench.metric_sql import DAY_US
from parallax.periods import Granularity, Period

WINDOW: Final = timedelta(7)
ENTRY: Final = Period(LAST_DAY - WINDOW - timedelta(29), LAST_DAY - WINDOW)
"""Thirty days, and the window of the last entry is over."""
Conditions = Mapping[str, str]


def _told(counted: Counted) -> Answer:
    return [number or 0.0 for both in zip(counted.counts, counted.averages, strict=True) for number in both]


def _laid(rows: Rows) -> Answer:
    return [float(number or 0) for number in rows[0]]


def _asked(events: tuple[str, ...], where: Mapping[int, Conditions]) -> Reached:
    whole = m.question(Measure.EVENTS, ENTRY, Granularity.QUARTER)
    steps = (
        m.question(Measure.EVENTS, ENTRY, Granularity.QUARTER, event=event, where=equal(where.get(place, {})))
        for place, event in enumerate(events)
    )
    return Reached(Funnel(whole, tuple(steps), int(WINDOW.total_seconds())))


def _field(events: tuple[str, ...], where: Mapping[int, Conditions]) -> str:
    steps = ", ".join(f'{{event: "{each}", {equal_text(where.get(place, {}))}}}' for place, each in enumerate(events))
    return f"funnel(steps: [{steps}], {days_text(ENTRY)}) {{ steps {{ count averageSecondsFromPrevious }} }}"


def _in_sql(events: tuple[str, ...], where: Mapping[int, Conditions]) -> Steps:
    each = tuple(equal_sql({"name": event, **where.get(place, {})}) for place, event in enumerate(events))
    first, last = (m.day_number(day) for day in (ENTRY.start, ENTRY.end))
    return Steps(each, first * DAY_US, (last + 1) * DAY_US, int(WINDOW.total_seconds()) * SECOND_US)


def _funnel(
    name: str, events: tuple[str, ...], where: Mapping[int, Conditions], goals: Goals
) -> tuple[Analysis, Steps]:
    analysis = Analysis(name, lambda: _asked(events, where), _told, _laid, _field(events, where), goals)
    return analysis, _in_sql(events, where)


POPULAR: Final = ("page_view", "product_view", "add_to_cart", "checkout", "purchase")
RARE: Final = ("signup", "invite", "subscribe", "cancel")
FUNNELS: Final[dict[Analysis, Steps]] = dict(
    (
        _funnel("funnel, 5 popular steps", POPULAR, {}, {NOTHING: (10, 8), BLOCKS: (60, 35)}),
        _funnel("funnel, 4 rare steps", RARE, {}, {}),
        _funnel("funnel, a condition on the second of 5", POPULAR, {1: {"platform": "ios"}}, {}),
    )
)
"""Each with what its SQL is made of."""
