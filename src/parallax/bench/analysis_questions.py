"""What `bench analyses` asks: of roll-ups, of users, of rows with conditions, and funnels."""

from datetime import timedelta
from functools import partial
from typing import Any, Final

from parallax.analyses.lifecycle import Lifecycle
from parallax.analyses.questions import Function, Measure, Total, Values
from parallax.analyses.retention import Retention
from parallax.analyses.stickiness import Histogram
from parallax.bench import metric_questions as m
from parallax.bench.analysis import (
    AGAIN,
    BLOCKS,
    NOTHING,
    Analysis,
    Goals,
    asked_of,
    days_text,
    equal,
    equal_text,
    of_array,
    of_cells,
)
from parallax.bench.funnel_questions import FUNNELS
from parallax.bench.metric_questions import ACTED, FIRST, LAST_DAY, MONTH, QUARTER, TREND, WEEKS, Asking
from parallax.db import Database
from parallax.periods import Granularity, Period

# ---------------------------------------------------------------- the periods and conditions
COHORTS: Final = 12
"""Weeks of entry, and offsets that are looked at: all of them are over."""
ENTRY: Final = Period(LAST_DAY - timedelta(7 * (2 * COHORTS - 1) - 1), LAST_DAY - timedelta(7 * (COHORTS - 1)))
LIFETIME: Final = m.last_days(25 * 7)
COUNTRY: Final = "US"
FILTERED: Final = {"country": "US", "platform": "web", "path": "/p/7"}


def weeks_of(period: Period) -> range:
    first, last = (m.week_number(m.day_number(day)) for day in (period.start, period.end))
    return range(first, last + 1)


# ---------------------------------------------------------------- the questions
RAW: Final[Goals] = {AGAIN: (300, 300)}
PER_ACTOR: Final[Goals] = {BLOCKS: (10, 10)}


def _of_metric(asked: m.Asked, field: str, goals: Goals, **more: Any) -> Analysis:
    return Analysis(asked.name, asked.ask, partial(m.told, asked), partial(m.laid, asked), field, goals, **more)


def _rolled_up(asked: m.Asked, field: str) -> Analysis:
    return _of_metric(asked, field, RAW, kept=5, is_rolled_up=True)


def _trend() -> Values:
    return Values(m.question(Measure.EVENTS, QUARTER, event=TREND))


def _retention() -> Retention:
    start = m.question(Measure.DAU, ENTRY, Granularity.WEEK, event=FIRST)
    return Retention(start, m.question(Measure.DAU, ENTRY, Granularity.WEEK), COHORTS)


def _p90_of_country() -> Total:
    where = equal({"country": COUNTRY})
    return Total(m.question(Measure.PER_ACTOR, MONTH, event=ACTED, function=Function.P90, where=where))


def _filtered() -> Values:
    return Values(m.question(Measure.EVENTS, QUARTER, event=ACTED, where=equal(FILTERED)))


DAU: Final = _rolled_up(m.DAU, f"metric(name: DAU, {days_text(QUARTER)}) {{ values }}")
WAU: Final = _rolled_up(m.WAU, f"metric(name: DAU, {days_text(WEEKS)}, granularity: WEEK) {{ values }}")
MAU: Final = _rolled_up(m.MAU, f"metric(name: MAU, {days_text(QUARTER)}) {{ values }}")
EVENTS: Final = _rolled_up(
    m.Asked("trend, 90 days", QUARTER, m.Buckets.DAYS, _trend, 300),
    f'metric(name: EVENTS, event: "{TREND}", {days_text(QUARTER)}) {{ values }}',
)
FIRST_TIME: Final = _rolled_up(m.FIRST_TIME, f'firstTimeUsers(event: "{FIRST}", {days_text(QUARTER)}) {{ values }}')
LIFECYCLE: Final = Analysis(
    "lifecycle, 25 weeks",
    lambda: Lifecycle(m.question(Measure.DAU, LIFETIME, Granularity.WEEK)),
    of_array,
    lambda rows: of_cells(rows, weeks_of(LIFETIME), range(4)),
    f"lifecycle({days_text(LIFETIME)}) {{ data {{ new returning resurrected dormant }} }}",
    RAW,
    kept=5,
    is_rolled_up=True,
)
RETENTION: Final = Analysis(
    f"retention, {COHORTS} x {COHORTS} weeks",
    _retention,
    of_array,
    lambda rows: of_cells(rows, weeks_of(ENTRY), range(COHORTS)),
    f'retention(periods: {COHORTS}, startEvent: "{FIRST}", {days_text(ENTRY)}) {{ cohorts {{ cells {{ count }} }} }}',
    RAW,
    kept=5,
    is_rolled_up=True,
)
STICKINESS: Final = Analysis(
    "stickiness, 30 days",
    lambda: Histogram(m.question(Measure.DAU, MONTH)),
    of_array,
    lambda rows: of_cells(rows, range(1, MONTH.days + 1)),
    f"stickiness({days_text(MONTH)}) {{ histogram {{ users }} }}",
    {BLOCKS: (80, None)},
)
P90: Final = _of_metric(m.P90, f'perActor(event: "{ACTED}", aggregate: P90, {days_text(MONTH)}) {{ total }}', PER_ACTOR)
# The nearest that can be asked to an audience of those in a country who did something often.
P90_OF_COUNTRY: Final = _of_metric(
    m.Asked("per-actor p90 of a country, 30 days", MONTH, m.Buckets.NONE, _p90_of_country, 10),
    f'perActor(event: "{ACTED}", aggregate: P90, {days_text(MONTH)}, {equal_text({"country": COUNTRY})}) {{ total }}',
    PER_ACTOR,
)
FILTERED_TREND: Final = _of_metric(
    m.Asked("trend, three conditions, 90 days", QUARTER, m.Buckets.DAYS, _filtered, 20),
    f'metric(name: EVENTS, event: "{ACTED}", {days_text(QUARTER)}, {equal_text(FILTERED)}) {{ values }}',
    {NOTHING: (2.5, None), BLOCKS: (20, None)},
)
QUESTIONS: Final = (
    DAU, WAU, MAU, EVENTS, FIRST_TIME, LIFECYCLE, RETENTION, STICKINESS, P90, P90_OF_COUNTRY, FILTERED_TREND, *FUNNELS,
)  # fmt: skip


def every(db: Database) -> list[Asking]:
    return [asked_of(db, asked) for asked in QUESTIONS]
