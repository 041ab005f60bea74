"""How long a series will be, read from its arguments as they were sent. Pure."""

from datetime import date
from typing import Any

import orjson

from parallax.costs import BY_ID
from parallax.errors import InvalidParameter
from parallax.ids import parse
from parallax.periods import (
    DEFAULT_LAST,
    FROM_DAY,
    MOST_BUCKETS,
    STEP_S,
    Granularity,
    Period,
    bucket_number,
    resolve,
)


def granularity_of(value: Any, by_clock: bool) -> Granularity | None:
    return next((each for each in (Granularity if by_clock else FROM_DAY) if value in (each, each.name)), None)


def buckets_of(period: Period, granularity: Granularity, longest_days: int | None) -> int | None:
    """None for what is refused as too long. A client's day may be another than ours, and an hour more or less in its zone:
    only what is longer by more than a day is surely refused."""
    if longest_days is not None and period.days > longest_days + 1:
        return None
    if granularity in STEP_S:
        of_day = 86_400 // STEP_S[granularity]
        return period.days * of_day if period.days * of_day <= MOST_BUCKETS + of_day else None
    buckets = bucket_number(period.end, granularity) - bucket_number(period.start, granularity) + 1
    return buckets if buckets <= MOST_BUCKETS + 1 else None


def period_of(value: Any, today: date, last: str = DEFAULT_LAST) -> Period | None:
    """The days of a PeriodInput as it was sent, of `last` without one; None for one that is none."""
    asked = {"last": last} if value is None else value
    try:
        start, end = (date.fromisoformat(day) if (day := asked.get(name)) else None for name in ("start", "end"))
        return resolve(asked.get("last"), start, end, today)
    except (InvalidParameter, ValueError, TypeError, AttributeError):
        return None


def buckets_by_id(id: Any, today: date) -> int:
    """Of the series that an id names; of all others, and of ids that are none, what a usual series has."""
    found = parse(id) if isinstance(id, str) else None
    if found is None or found.type_name != "Metric":
        return BY_ID
    question = orjson.loads(str(found.key[0]))
    if not isinstance(question, dict):
        return BY_ID
    granularity, period = granularity_of(question.get("granularity"), True), period_of(question.get("period"), today)
    return BY_ID if granularity is None or period is None else buckets_of(period, granularity, None) or 0
