"""What `bench metrics` asks: of the gateway's loader, and in SQL of its rivals; and how their answers are laid alike.

An answer is a list of numbers, bucket by bucket (of a breakdown country by country within a bucket). The SQL is of a table
`{events}` with the columns at_us (microseconds since 1970), day, user_id, name, country, platform, or of roll-ups (`rivals`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from itertools import accumulate
from typing import Any, Final, TypeAlias
from uuid import UUID

from parallax.access.viewer import Role, Viewer
from parallax.analyses.questions import Function, Ground, Measure, Question, Slices, Total, Values
from parallax.analytics.loaders import asked_loader
from parallax.bench.bulk import ZONE
from parallax.bench.ground import CLIENT
from parallax.bench.population import COUNTRIES, FIRST_DAY
from parallax.db import Database
from parallax.filters import Operator, RawCondition, checked, checked_dimension
from parallax.periods import Granularity, Period, axis

Answer: TypeAlias = list[float]
Asking: TypeAlias = Callable[[], Awaitable[Answer]]
Rows: TypeAlias = list[tuple[Any, ...]]
DAYS: Final = 180
TREND, FIRST, ACTED = "product_view", "add_to_cart", "page_view"
PLATFORM: Final = "ios"
MAU_DAYS: Final = 30
EPOCH: Final = date(1970, 1, 1)


class Buckets(Enum):
    """What the first column of a rival's rows is."""

    DAYS = "the day since 1970"
    WEEKS = "the number of the ISO week since that of 1970-01-01"
    REACHED = "as DAYS; a day without a row is as the one before"
    COUNTRIES = "as DAYS, then the country"
    NONE = "there is one number in all"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. `raw` and `kept`: the least ratio of a rival's time to ours, on plain events and on the same roll-ups."""

    name: str
    period: Period
    buckets: Buckets
    ask: Callable[[], Any]
    raw: float
    kept: float = 5

    @property
    def first(self) -> int:
        return day_number(self.period.start)

    @property
    def last(self) -> int:
        return day_number(self.period.end)


def day_number(day: date) -> int:
    """Since 1970-01-01."""
    return (day - EPOCH).days


def week_number(day: int) -> int:
    """1970-01-01 was a Thursday."""
    return (day + 3) // 7


LAST_DAY: Final = FIRST_DAY + timedelta(DAYS - 1)
"""Today, for every question: what waits to be folded is of this day."""


def last_days(days: int) -> Period:
    return Period(LAST_DAY - timedelta(days - 1), LAST_DAY)


QUARTER, WEEKS, MONTH = last_days(90), last_days(84), last_days(30)


def question(measure: Measure, period: Period, by: Granularity = Granularity.DAY, **more: Any) -> Question:
    ground = Ground(CLIENT, None, 0, ZONE, LAST_DAY)
    return Question(ground, measure, axis(period, by, ZONE, LAST_DAY), **more)


def _platform() -> Question:
    where = checked([RawCondition("platform", Operator.EQ, PLATFORM)])
    return question(Measure.EVENTS, QUARTER, event=TREND, where=where)


def _p90() -> Question:
    return question(Measure.PER_ACTOR, MONTH, event=ACTED, function=Function.P90)


def _by_country() -> Slices:
    trend = question(Measure.EVENTS, QUARTER, event=TREND, dimension=checked_dimension("country"))
    return Slices(trend, len(COUNTRIES))


DAU = Asked("DAU, 90 days", QUARTER, Buckets.DAYS, lambda: Values(question(Measure.DAU, QUARTER)), 300)
WAU = Asked("WAU, 12 weeks", WEEKS, Buckets.WEEKS, lambda: Values(question(Measure.DAU, WEEKS, Granularity.WEEK)), 300)
MAU = Asked("trailing MAU, 90 points", QUARTER, Buckets.REACHED, lambda: Values(question(Measure.MAU, QUARTER)), 300)
COUNTRY = Asked("trend by country, 90 days", QUARTER, Buckets.COUNTRIES, _by_country, 300)
CONDITION = Asked("trend, one condition, 90 days", QUARTER, Buckets.DAYS, lambda: Values(_platform()), 300)
FIRST_TIME = Asked(
    "first-time, 90 days",
    QUARTER,
    Buckets.DAYS,
    lambda: Values(question(Measure.FIRST_TIME, QUARTER, event=FIRST)),
    300,
)
P90 = Asked("per-actor p90, 30 days", MONTH, Buckets.NONE, lambda: Total(_p90()), 10)
P90_DAILY = Asked("per-actor p90, daily", MONTH, Buckets.DAYS, lambda: Values(_p90()), 10)
QUESTIONS: Final = (DAU, WAU, MAU, COUNTRY, CONDITION, FIRST_TIME, P90, P90_DAILY)


# ---------------------------------------------------------------- asked of the gateway


def asked_of(db: Database, asked: Asked) -> Asking:
    """By a viewer, a loader and a question of its own each time, as a request has."""

    async def ask() -> Answer:
        viewer = Viewer(UUID(int=1), "bench", {CLIENT: Role.VIEWER})
        return told(asked, await asked_loader(db, viewer).load(asked.ask()))

    return ask


def every(db: Database) -> list[Asking]:
    return [asked_of(db, asked) for asked in QUESTIONS]


def told(asked: Asked, answer: Any) -> Answer:
    if asked is not COUNTRY:
        return [answer or 0.0] if asked.buckets is Buckets.NONE else [value or 0.0 for value in answer]
    series = {each.dimension: each.values for each in answer}
    nothing = [0.0] * QUARTER.days
    columns = [series.get(country, nothing) for country in COUNTRIES]
    return [value or 0.0 for bucket in zip(*columns, strict=True) for value in bucket]


# ---------------------------------------------------------------- told by a rival


def laid(asked: Asked, rows: Rows) -> Answer:
    """A rival's rows (bucket, if there are any; country; number) as an answer."""
    if asked.buckets is Buckets.NONE:
        return [float(rows[0][0] or 0)]
    if asked.buckets is Buckets.COUNTRIES:
        by_country = {(int(day), country): float(number) for day, country, number in rows}
        return [by_country.get((day, each), 0.0) for day in range(asked.first, asked.last + 1) for each in COUNTRIES]
    numbers = {int(bucket): float(number) for bucket, number in rows}
    if asked.buckets is Buckets.WEEKS:
        return [numbers.get(week, 0.0) for week in range(week_number(asked.first), week_number(asked.last) + 1)]
    if asked.buckets is Buckets.REACHED:
        reached = accumulate(
            range(asked.first - MAU_DAYS, asked.last + 1), lambda n, day: numbers.get(day, n), initial=0.0
        )
        return list(reached)[-asked.period.days :]
    return [numbers.get(day, 0.0) for day in range(asked.first, asked.last + 1)]


def differ(one: Answer, other: Answer) -> bool:
    """Percentiles between two numbers are taken in another order of operations."""
    return len(one) != len(other) or any(abs(a - b) > 1e-9 * max(1.0, abs(a)) for a, b in zip(one, other, strict=True))
