"""From what a question names to the engine's numbers: scopes, events, days, instants. Pure."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from parallax.analyses.questions import Ground, Question
from parallax.edges import edges_us, windows
from parallax.engine.columns import Numbers
from parallax.engine.days import ANY
from parallax.engine.known import Known
from parallax.periods import MOST_CACHED_BUCKETS, Axis, Granularity, Period

EPOCH = date(1970, 1, 1).toordinal()
Spans: TypeAlias = tuple[tuple[int, int], ...]
"""First and last days (since 1970), both included."""
NOWHERE = -2
"""A scope that no row is in: an app that never sent one."""


def scope_of(known: Known, ground: Ground) -> int:
    if ground.app is None:
        return ground.stream
    number = known.apps.get(ground.app)
    return NOWHERE if number is None else 2 * number + ground.stream


def app_of(known: Known, ground: Ground) -> int | None:
    """For `Scan.app`: the app's number, -1 for one that never sent a row; None for the whole client."""
    return None if ground.app is None else known.apps.get(ground.app, -1)


def event_of(known: Known, question: Question) -> int | None:
    """The event's number, ANY without one; None for a name that never occurred (E5)."""
    if question.event is None:
        return ANY
    return known.names.number(question.ground.stream, question.event)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - EPOCH


def days_of(axis: Axis) -> tuple[int, int]:
    return day_number(axis.period.start), day_number(axis.period.end)


def spans_of(axis: Axis) -> Spans:
    """The days of each bucket that has begun, first and last."""
    return _SPANS_OF[len(axis.dates) <= MOST_CACHED_BUCKETS](axis)


def windows_of(axis: Axis, days: int, today: date) -> Spans:
    """The days that end with each bucket that has begun (A2)."""
    return _WINDOWS_OF[len(axis.dates) <= MOST_CACHED_BUCKETS](axis, days, today)


def _spans_of(axis: Axis) -> Spans:
    return tuple(map(span_of, axis.spans[: axis.begun]))


def _windows_of(axis: Axis, days: int, today: date) -> Spans:
    return tuple(map(span_of, windows(axis, days, today)))


# Dashboards ask for the same axis again and again, and most series of a page have one.
_SPANS_OF = (_spans_of, lru_cache(maxsize=128)(_spans_of))
_WINDOWS_OF = (_windows_of, lru_cache(maxsize=128)(_windows_of))


def span_of(period: Period) -> tuple[int, int]:
    return day_number(period.start), day_number(period.end)


def edges_of(axis: Axis) -> Numbers:
    """Instants at which the buckets begin, clipped to the period, and its end: microseconds."""
    return np.array(edges_us(axis), np.int64)


def buckets_of_days(axis: Axis, days: Numbers) -> Numbers:
    """The bucket (of whole days) that holds each day of the period."""
    if axis.granularity is Granularity.DAY:
        return days - day_number(axis.period.start)
    starts = np.array([day_number(span.start) for span in axis.spans], np.int64)
    return np.searchsorted(starts, days, "right") - 1


def begun(axis: Axis, values: Sequence[Any]) -> list[float | None]:
    """Values by bucket, None for what has not begun (T10)."""
    listed: list[float | None] = [None if value is None else float(value) for value in values[: axis.begun]]
    return listed + [None] * (len(axis.dates) - axis.begun)
