"""A source's own buckets, laid on the axis that was asked for (Y4). Pure.

Nothing is guessed: uniques are never added up or split, weeks and months are never cut, and a sum of days needs them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Final

from parallax import instants
from parallax.metrics.series import Value, measured
from parallax.periods import FROM_DAY, Axis, Granularity, Period, bucket_number, bucket_start, checked, widened

MONDAY, SUNDAY = 0, 6
MOST_MISSING: Final = 1_500


class AlignmentMethod(Enum):
    """What was done to a source's buckets. Where several apply it is the one that may change a number most (Y4)."""

    EXACT = "EXACT"
    SUMMED_FROM_DAYS = "SUMMED_FROM_DAYS"
    WEEK_SHIFTED = "WEEK_SHIFTED"
    ZONE_APPROXIMATED = "ZONE_APPROXIMATED"


@dataclass(frozen=True, slots=True)
class Native:
    """How a source cuts a measure. `zone` None: it tells none. `additive`: its points may be summed.

    `week_begins` is a weekday, Monday 0; it says something of weeks alone.
    """

    granularity: Granularity
    zone: str | None
    additive: bool
    week_begins: int = MONDAY


@dataclass(frozen=True, slots=True)
class Aligned:
    """A value by bucket of the axis; `missing` are the first days of buckets without one, the first `MOST_MISSING`."""

    values: list[Value]
    method: AlignmentMethod
    missing: tuple[date, ...]


def obstacle(native: Native, granularity: Granularity) -> str | None:
    """Why a source cannot be laid on buckets of that width; None where it can. Known before the source is asked."""
    checked(granularity, FROM_DAY)
    own = native.granularity
    if own is granularity:
        return None
    told = f"The source gives {own.name}: "
    if FROM_DAY.index(own) > FROM_DAY.index(granularity):
        return f"{told}its buckets cannot be cut into {granularity.name}."
    if not native.additive:
        return f"{told}the same users may be in several of them, so that they do not add up to {granularity.name}."
    if own is not Granularity.DAY:
        return f"{told}only days are summed, never weeks or months."
    return None


def wanted(native: Native, axis: Axis, today: date) -> list[date]:
    """First days of the source's buckets that `aligned` looks at, in order: of longer ones those that do not stick out."""
    if native.granularity is not axis.granularity:
        spans = [range(span.start.toordinal(), span.end.toordinal() + 1) for span in axis.spans[: axis.begun]]
        return [date.fromordinal(day) for span in spans for day in span if day <= today.toordinal()]
    begins, cut = _begins(native, axis)[: axis.begun], _cut(axis, today)
    return [
        date.fromordinal(day)
        for day, is_cut in zip(begins, cut, strict=False)
        if 0 < day <= today.toordinal() and not is_cut
    ]


def sticks_out(axis: Axis, today: date) -> bool:
    """Whether a bucket counts days that lie outside the period and have begun: only days can make up its part inside."""
    return any(_cut(axis, today))


def last_day(native: Native, day: date) -> date:
    """Of the source's bucket that begins on a day."""
    if native.granularity is Granularity.WEEK:
        return day + timedelta(6)
    return widened(Period(day, day), native.granularity).end


def aligned(native: Native, points: Mapping[date, Value], axis: Axis, today: date) -> Aligned:
    """`points` are by the first day of the source's buckets (those `wanted`). Only for what has no `obstacle`.

    Days are summed over the part of a bucket that the period holds (T7). A longer bucket of the source that sticks out of
    the period is missing: it counts more than was asked for.
    """
    known = {day.toordinal(): value for day, value in points.items()}
    if native.granularity is axis.granularity:
        begins, cut = _begins(native, axis), _cut(axis, today)
        values = [None if is_cut else known.get(day) for day, is_cut in zip(begins, cut, strict=True)]
    else:
        values = [_sum(known, span, today.toordinal()) for span in axis.spans]
    values[axis.begun :] = [None] * (len(values) - axis.begun)
    missing = [day for day, value in zip(axis.dates, values, strict=True) if value is None]
    return Aligned(values, method(native, axis), tuple(missing[:MOST_MISSING]))


def method(native: Native, axis: Axis) -> AlignmentMethod:
    """A shifted week has another day of seven, another zone some hours of a day, a sum of days nothing that is not there."""
    if native.granularity is Granularity.WEEK and native.week_begins != MONDAY:
        return AlignmentMethod.WEEK_SHIFTED
    if not _has_the_days(native.zone, axis):
        return AlignmentMethod.ZONE_APPROXIMATED
    return AlignmentMethod.EXACT if native.granularity is axis.granularity else AlignmentMethod.SUMMED_FROM_DAYS


def _has_the_days(zone: str | None, axis: Axis) -> bool:
    """Whether the days of a zone begin and end when those of the axis do; of a zone that nobody tells that is not known."""
    if zone is None or zone == axis.zone:
        return zone is not None
    first, last = axis.dates[0].toordinal(), axis.period.end.toordinal()
    return instants.day_begins(first, last, zone) == instants.day_begins(first, last, axis.zone)


def _begins(native: Native, axis: Axis) -> list[int]:
    """Of each bucket the day (ordinal) on which the source's begins that stands there; it may lie before the calendar.

    A week that begins within three days of a Monday has most of its days in the ISO week of that Monday.
    """
    distance = (native.week_begins + 3) % 7 - 3 if native.granularity is Granularity.WEEK else 0
    return [day.toordinal() + distance for day in axis.dates]


def _cut(axis: Axis, today: date) -> list[bool]:
    """Of each bucket, whether days of it that have begun lie outside the period."""
    numbers = [bucket_number(day, axis.granularity) + 1 for day in axis.dates]
    lasts = [bucket_start(number, axis.granularity) - 1 for number in numbers]
    end = axis.period.end.toordinal()
    return [
        day < axis.period.start or end < min(last, today.toordinal())
        for day, last in zip(axis.dates, lasts, strict=True)
    ]


def _sum(known: Mapping[int, Value], span: Period, today: int) -> Value:
    """None where a day that is over is missing. The running day counts as far as the source has it."""
    days = range(span.start.toordinal(), min(span.end.toordinal(), today) + 1)
    if any(known.get(day) is None for day in days if day < today):
        return None
    values = measured([known.get(day) for day in days])
    return sum(values) if values else None
