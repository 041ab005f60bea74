"""What a period is compared with, and which bucket stands beside which (rules C1 to C4 of docs/semantics.md).

Pure, and like `periods` by bucket numbers, but for HOUR and MINUTE: those are paired by position.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from parallax import instants
from parallax.errors import InvalidParameter
from parallax.periods import (
    MOST_CACHED_BUCKETS,
    STEP_S,
    Axis,
    Comparison,
    Granularity,
    Period,
    bucket_number,
    bucket_start,
    starts_at,
    unlimited_axis,
)

_BUCKETS_A_YEAR: Final = {Granularity.WEEK: 52, Granularity.MONTH: 12, Granularity.QUARTER: 4}


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison of an axis. All columns are as long as the axis that is compared (C3), not as `axis` here.

    `period` and `axis` are what has to be measured. A total is over `period`, so it also holds buckets that no main
    bucket is paired with. Both are None for 29 February alone a year earlier (C2): no day to measure, every value
    null, the total that of nothing. `shown` is what `MetricComparison.period` tells: `period`, or in that case the
    empty span that the rule's two moved ends leave, from 1 March to 28 February, whose `from` equals its `to`. Any
    day named there instead would look as if it had been measured.
    """

    period: Period | None
    shown: Period
    axis: Axis | None
    dates: tuple[date, ...]
    date_texts: tuple[str, ...]
    at_texts: tuple[str, ...]
    partners: tuple[int | None, ...]  # index into the buckets of `axis`; None: no partner, the value is null
    partial: tuple[bool, ...]  # true where there is no partner


def compared(axis: Axis, how: Comparison, today: date, now: datetime | None = None) -> Compared:
    """The comparison of a main axis. A partner from `Compared.axis.begun` on has the value null (T10).

    `today` and `now` are those that the main axis was made with.
    """
    if axis.granularity in STEP_S:
        return _compared_by_clock(axis, how, today, now)
    build = _short_compared if len(axis.dates) <= MOST_CACHED_BUCKETS else _build
    return build(axis.period, axis.granularity, axis.zone, how, today)


def _build(period: Period, granularity: Granularity, zone: str, how: Comparison, today: date) -> Compared:
    shown = _shown(period, granularity, how)
    previous = how is Comparison.PREVIOUS
    places = _by_position(period, shown, granularity) if previous else _by_date(period, granularity)
    axis = unlimited_axis(shown, granularity, zone, today) if shown.days else None
    partners = _partners(places, axis)
    dates = tuple(date.fromordinal(bucket_start(place, granularity)) for place in places)
    return Compared(
        period=shown if axis else None,
        shown=shown,
        axis=axis,
        dates=dates,
        date_texts=tuple(day.isoformat() for day in dates),
        at_texts=tuple(starts_at(day, zone).isoformat() for day in dates),
        partners=partners,
        partial=_partial(partners, axis),
    )


_short_compared = lru_cache(maxsize=128)(_build)


def _compared_by_clock(main: Axis, how: Comparison, today: date, now: datetime | None) -> Compared:
    """HOUR and MINUTE: the first with the first (C1, C2); after a shorter list the hours run on (C3).

    Those of 29 February alone stand at 28 February a year earlier, as its day would.
    """
    shown = _shown(main.period, main.granularity, how)
    axis = unlimited_axis(shown, main.granularity, main.zone, today, now) if shown.days else None
    first = (shown.start if axis else shown.end).toordinal()
    begins, _ = instants.span(first, first, main.zone)
    places = instants.clock_buckets_from(begins, len(main.dates), STEP_S[main.granularity], main.zone)
    partners = tuple(at if axis and at < len(axis.dates) else None for at in range(len(main.dates)))
    dates = instants.clock_dates(places)
    return Compared(
        period=shown if axis else None,
        shown=shown,
        axis=axis,
        dates=dates,
        date_texts=tuple(map(date.isoformat, dates)),
        at_texts=instants.clock_texts(places),
        partners=partners,
        partial=_partial(partners, axis),
    )


# ---------------------------------------------------------------- the comparison period


def _shown(period: Period, granularity: Granularity, how: Comparison) -> Period:
    return (_previous if how is Comparison.PREVIOUS else _year_earlier)(period, granularity)


def _previous(period: Period, granularity: Granularity) -> Period:
    """C1: as many days, or as many months where whole ones are shown as months or quarters."""
    start = period.start.toordinal() - period.days
    if granularity in (Granularity.MONTH, Granularity.QUARTER) and _has_whole_months(period):
        first, last = (bucket_number(day, Granularity.MONTH) for day in (period.start, period.end))
        month = first - (last - first + 1)
        start = bucket_start(month, Granularity.MONTH) if month >= 12 else 0
    if start < 1:
        raise _before_the_calendar(Comparison.PREVIOUS)
    return Period(date.fromordinal(start), period.start - timedelta(1))


def _year_earlier(period: Period, granularity: Granularity) -> Period:
    """C2: both ends a year earlier; empty (end = start - 1) for 29 February alone."""
    if granularity is Granularity.WEEK:
        if period.start.toordinal() <= 364:
            raise _before_the_calendar(Comparison.YEAR_OVER_YEAR)
        return Period(period.start - timedelta(364), period.end - timedelta(364))
    if period.start.year == 1:
        raise _before_the_calendar(Comparison.YEAR_OVER_YEAR)
    start, end = _same_day_a_year_earlier(period.start), _same_day_a_year_earlier(period.end)
    return Period(start + timedelta(1) if _is_leap_day(period.start) else start, end)


def _has_whole_months(period: Period) -> bool:
    return period.start.day == 1 and period.end.day == monthrange(period.end.year, period.end.month)[1]


def _is_leap_day(day: date) -> bool:
    return (day.month, day.day) == (2, 29)


def _same_day_a_year_earlier(day: date) -> date:
    """29 February stands at 28 February: the year before a leap year is none."""
    return day.replace(year=day.year - 1, day=28 if _is_leap_day(day) else day.day)


def _before_the_calendar(how: Comparison) -> InvalidParameter:
    return InvalidParameter("compare", how.name, "the comparison period would begin before 0001-01-01")


# ---------------------------------------------------------------- the pairs


def _by_position(period: Period, shown: Period, granularity: Granularity) -> list[int]:
    """For each bucket of the period the number of the one at its position; after a shorter list the numbers run on."""
    first, last = bucket_number(period.start, granularity), bucket_number(period.end, granularity)
    shown_first = bucket_number(shown.start, granularity)
    return list(range(shown_first, shown_first + last - first + 1))


def _by_date(period: Period, granularity: Granularity) -> list[int]:
    """For each bucket of the period the number of the one that lies a year earlier, whether it is measured or not."""
    numbers = range(bucket_number(period.start, granularity), bucket_number(period.end, granularity) + 1)
    if granularity is Granularity.DAY:
        return [_same_day_a_year_earlier(date.fromordinal(number)).toordinal() for number in numbers]
    return [number - _BUCKETS_A_YEAR[granularity] for number in numbers]


def _partners(places: list[int], axis: Axis | None) -> tuple[int | None, ...]:
    """Where the measured buckets are among the places; 29 February, at the place of the day before, gets none."""
    if axis is None:
        return (None,) * len(places)
    first, count = bucket_number(axis.period.start, axis.granularity), len(axis.dates)
    return tuple(
        place - first if first <= place < first + count and (at == 0 or places[at - 1] != place) else None
        for at, place in enumerate(places)
    )


def _partial(partners: tuple[int | None, ...], axis: Axis | None) -> tuple[bool, ...]:
    """C3: also where there is no partner."""
    return tuple(axis is None or partner is None or axis.partial[partner] for partner in partners)
