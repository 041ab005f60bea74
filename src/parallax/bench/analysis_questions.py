"""What `bench analyses` asks but for funnels: of the gateway's loader, as a field of the graph, and how answers are laid alike.

An answer is a list of numbers: bucket by bucket, and within a bucket offset by offset or state by state. What a rival answers
is laid as `laid` says; its SQL is in `analysis_sql`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import numpy as np

from parallax.access.viewer import Role, Viewer
from parallax.analyses.lifecycle import Lifecycle
from parallax.analyses.questions import Function, Measure, Total, Values
from parallax.analyses.retention import Retention
from parallax.analyses.stickiness import Histogram
from parallax.analytics.loaders import asked_loader
from parallax.bench import metric_questions as m
from parallax.bench.ground import CLIENT
from parallax.bench.metric_questions import ACTED, FIRST, LAST_DAY, MONTH, QUARTER, TREND, WEEKS, Answer, Asking, Rows
from parallax.db import Database
from parallax.filters import Condition, Operator, RawCondition, checked
from parallax.periods import Granularity, Period

AGAIN, BLOCKS, NOTHING = "ours, asked again", "ours, blocks kept", "ours, nothing kept"
Goals = Mapping[str, tuple[float | None, float | None]]
"""By which of ours is judged: the least ratio of DuckDB's and of ClickHouse's time to it, on plain events."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """A question. `field` is the same in GraphQL, of a client; `laid` makes an answer of a rival's rows.

    `kept`: the least ratio where the rivals keep the same roll-ups; None: shown alone. `is_rolled_up`: it is answered out
    of roll-ups, and must not grow with the events.
    """

    name: str
    ask: Callable[[], Any]
    told: Callable[[Any], Answer]
    laid: Callable[[Rows], Answer]
    field: str
    goals: Goals
    kept: float | None = None
    is_rolled_up: bool = False


def asked_of(db: Database, asked: Analysis) -> Asking:
    """By a viewer, a loader and a question of its own each time, as a request has."""

    async def ask() -> Answer:
        viewer = Viewer(UUID(int=1), "bench", {CLIENT: Role.VIEWER})
        return asked.told(await asked_loader(db, viewer).load(asked.ask()))

    return ask


def of_cells(rows: Rows, *cells: range) -> Answer:
    """A rival's rows (a whole number or several, then how many) as one number for each of these."""
    found = {tuple(map(int, row[:-1])): float(row[-1]) for row in rows}
    grid = np.meshgrid(*map(list, cells), indexing="ij")
    return [found.get(cell, 0.0) for cell in zip(*(each.ravel().tolist() for each in grid), strict=True)]


def of_array(answer: Any) -> Answer:
    numbers: Answer = answer.astype(float).ravel().tolist()
    return numbers


# ---------------------------------------------------------------- the periods, events and conditions
COHORTS: Final = 12
"""Weeks of entry, and offsets that are looked at: all of them are over."""
ENTRY: Final = Period(LAST_DAY - timedelta(7 * (2 * COHORTS - 1) - 1), LAST_DAY - timedelta(7 * (COHORTS - 1)))
LIFETIME: Final = m.last_days(25 * 7)
COUNTRY: Final = "US"
FILTERED: Final = {"country": "US", "platform": "web", "path": "/p/7"}


def weeks_of(period: Period) -> range:
    first, last = (m.week_number(m.day_number(day)) for day in (period.start, period.end))
    return range(first, last + 1)


def equal(fields: Mapping[str, str]) -> tuple[Condition, ...]:
    return checked([RawCondition(field, Operator.EQ, value) for field, value in fields.items()])


def equal_text(fields: Mapping[str, str]) -> str:
    """The same as an argument."""
    listed = ", ".join(f'{{field: "{field}", value: "{value}"}}' for field, value in fields.items())
    return f"where: [{listed}]"


def days_text(period: Period) -> str:
    return f'period: {{start: "{period.start}", end: "{period.end}"}}'


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
P90: Final = _of_metric(
    m.P90, f'perActor(event: "{ACTED}", aggregate: P90, {days_text(MONTH)}) {{ total }}', PER_ACTOR
)
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
    DAU, WAU, MAU, EVENTS, FIRST_TIME, LIFECYCLE, RETENTION, STICKINESS, P90, P90_OF_COUNTRY, FILTERED_TREND,
)  # fmt: skip
