"""Periods and their buckets in a client's calendar (rules T of docs/semantics.md).

Pure: `today` and `now` are handed in, so that one operation has one clock. Periods and their buckets go by local days;
only `starts_at`, `today` and the buckets of HOUR and MINUTE know of instants. A bucket of a day or more is its number (of
days, ISO weeks, months or quarters since the year 0 or 1) until it is shown: numbers step without regard to the ends of
the calendar, dates do not.
"""

import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import MAXYEAR, date, datetime, timedelta, timezone
from enum import Enum
from functools import lru_cache
from itertools import pairwise, starmap
from typing import Final
from zoneinfo import ZoneInfo

from parallax import instants
from parallax.errors import InvalidParameter

DEFAULT_LAST: Final = "30d"
MOST_BUCKETS: Final = 15_000
MOST_CACHED_BUCKETS: Final = 400  # a year of days; a full cache of such axes holds some 16 MB
MOST_CACHED_CLOCK_BUCKETS: Final = 1_500  # a day of minutes, two months of hours; a full cache holds some 6 MB
FORMS: Final = (
    "last as Nd | Nw | Nm | Ny (N from 1: 30d)",
    "last as today | yesterday | wtd | mtd | qtd | ytd",
    "start with end (YYYY-MM-DD and both included)",
)

_SPAN: Final = re.compile(r"([0-9]+)([dwmy])")
_BLANKS: Final = " \t\r\n"
_MINUTE: Final = timedelta(minutes=1)


class Granularity(Enum):
    MINUTE = "MINUTE"
    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"


FROM_DAY: Final = (Granularity.DAY, Granularity.WEEK, Granularity.MONTH, Granularity.QUARTER)
STEP_S: Final = {Granularity.MINUTE: 60, Granularity.HOUR: 3_600}


class Comparison(Enum):
    PREVIOUS = "PREVIOUS"
    YEAR_OVER_YEAR = "YEAR_OVER_YEAR"


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `start` to `end`, both included. Only `Compared.shown` may be empty (end = start - 1)."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


# ---------------------------------------------------------------- instants


def today(now: datetime, zone: str) -> date:
    """The last local day that has begun by `now` (aware).

    Not always what the clock shows: after a second midnight it shows the end of the day before once more (T2).
    """
    try:
        day = now.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        raise InvalidParameter("now", now.isoformat(), "lies outside the years 1 to 9999") from None
    while day < date.max and starts_at(day + timedelta(1), zone) <= now:
        day += timedelta(1)
    return day


def starts_at(day: date, zone: str) -> datetime:
    """The first instant of a local day, with the offset in force at that instant (T1, T2).

    The offset is fixed, not the zone: of two times in one zone Python subtracts the clocks, not the instants. Local
    mean times have seconds in their offset, which RFC 3339 cannot say: these are rounded up to the minute, and the
    clock with them, so that the instant is exact and the date stays.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))  # fold 0: the first of two midnights
    offset, later = _offset(midnight), _offset(midnight.replace(fold=1))
    if later > offset:  # a jump over midnight, not always from 00:00 (Toronto 1919: from 23:30)
        begins = instants.EPOCH + instants.day_begins(day.toordinal(), day.toordinal(), zone)[0] * instants.SECOND
        return begins.astimezone(timezone(later + -later % _MINUTE))
    odd = -offset % _MINUTE
    return (midnight + odd).replace(tzinfo=timezone(offset + odd))


def ends_at(day: date, zone: str) -> datetime:
    """The instant at which a local day is over."""
    if day == date.max:
        raise InvalidParameter("period.end", day.isoformat(), "has no day after it", ("0001-01-01 to 9999-12-30",))
    return starts_at(day + timedelta(1), zone)


def _offset(at: datetime) -> timedelta:
    offset = at.utcoffset()
    assert offset is not None
    return offset


# ---------------------------------------------------------------- periods


def resolve(last: str | None, start: date | None, end: date | None, today: date, argument: str = "period") -> Period:
    """The days that a `PeriodInput` means (T4); everything of T6 but the number of buckets is refused."""
    if last is not None:
        if start is not None or end is not None:
            sent = {"last": last, "start": start and start.isoformat(), "end": end and end.isoformat()}
            raise InvalidParameter(argument, sent, "last does not go together with start or end", FORMS)
        argument, sent_end, period = f"{argument}.last", last, _spoken(last, today, f"{argument}.last")
    elif start is None and end is None:
        raise InvalidParameter(argument, None, "needs last, or start and end", FORMS)
    elif start is None or end is None:
        missing = f"{argument}.{'start' if start is None else 'end'}"
        raise InvalidParameter(missing, None, "is missing: start and end go together", FORMS)
    elif start > end:
        raise InvalidParameter(f"{argument}.start", start.isoformat(), f"lies after the end, {end}", FORMS)
    else:
        argument, sent_end, period = f"{argument}.end", end.isoformat(), Period(start, end)
    if period.end == date.max:  # the instant at which it is over cannot be told
        raise InvalidParameter(argument, sent_end, "ends on 9999-12-31; the last day to end on is 9999-12-30")
    return period


def _spoken(last: str, today: date, argument: str) -> Period:
    word = last.strip(_BLANKS).lower()
    if word in _TO_DATE:
        return Period(_TO_DATE[word](today), today)
    if word == "yesterday":
        start = end = today.toordinal() - 1
    elif span := _SPAN.fullmatch(word):
        digits, unit = span[1].lstrip("0"), span[2]
        if not digits:
            raise InvalidParameter(argument, last, "N is 1 or more", FORMS)
        if len(digits) > 7:  # ten million days are more than the calendar has, and int() refuses very long ones
            raise InvalidParameter(argument, last, "reaches back before 0001-01-01", FORMS)
        start, end = _span_start(int(digits), unit, today), today.toordinal()
    else:
        raise InvalidParameter(argument, last, "is no span of time that is known", FORMS)
    if start < 1:
        raise InvalidParameter(argument, last, "reaches back before 0001-01-01", FORMS)
    return Period(date.fromordinal(start), date.fromordinal(end))


def _span_start(count: int, unit: str, today: date) -> int:
    """The ordinal of the first of `count` days, weeks, months or years that end today; below 1 when there is none."""
    if unit in "dw":
        return today.toordinal() + 1 - count * (1 if unit == "d" else 7)
    month = _month_number(today) - count * (1 if unit == "m" else 12)
    if today.day < monthrange(month // 12, month % 12 + 1)[1]:
        return _first_of_month(month) + today.day if month >= 12 else 0
    return _first_of_month(month + 1) if month >= 11 else 0  # the same day is the month's last, or missing


# ---------------------------------------------------------------- buckets


def widened(period: Period, granularity: Granularity) -> Period:
    """The days of all buckets (of a day and more) that overlap the period; at the calendar's end without the last day."""
    first = bucket_start(bucket_number(period.start, granularity), granularity)
    last = bucket_start(bucket_number(period.end, granularity) + 1, granularity) - 1
    return Period(date.fromordinal(first), date.fromordinal(min(last, date.max.toordinal() - 1)))


def _week_number(day: date) -> int:
    return (day.toordinal() - 1) // 7  # 0001-01-01 is a Monday


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_of_month(number: int) -> int:
    """The ordinal of a month's first day; also of the month after the calendar's last."""
    year, month = divmod(number, 12)
    return date(year, month + 1, 1).toordinal() if year <= MAXYEAR else date.max.toordinal() + 1


_NUMBER: Final[dict[Granularity, Callable[[date], int]]] = {
    Granularity.DAY: date.toordinal,
    Granularity.WEEK: _week_number,
    Granularity.MONTH: _month_number,
    Granularity.QUARTER: lambda day: _month_number(day) // 3,
}
_FIRST_DAY: Final[dict[Granularity, Callable[[int], int]]] = {  # the ordinal of a bucket's first day
    Granularity.DAY: lambda number: number,
    Granularity.WEEK: lambda number: number * 7 + 1,
    Granularity.MONTH: _first_of_month,
    Granularity.QUARTER: lambda number: _first_of_month(number * 3),
}


def bucket_number(day: date, granularity: Granularity) -> int:
    """The number of the bucket that holds a day; the next bucket has the next number."""
    return _NUMBER[granularity](day)


def bucket_start(number: int, granularity: Granularity) -> int:
    """The ordinal of the day on which a bucket begins; it may be the one after 9999-12-31."""
    return _FIRST_DAY[granularity](number)


_TO_DATE: Final[dict[str, Callable[[date], date]]] = {
    "today": lambda day: day,
    "wtd": lambda day: day - timedelta(day.weekday()),
    "mtd": lambda day: day.replace(day=1),
    "qtd": lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
    "ytd": lambda day: day.replace(month=1, day=1),
}


@dataclass(frozen=True, slots=True)
class Axis:
    """The buckets of a period, in order, as columns of one length."""

    period: Period
    granularity: Granularity
    zone: str
    dates: tuple[date, ...]  # the day on which each bucket begins (T8), which may lie before the period (T7)
    spans: tuple[Period, ...]  # the days of each bucket that lie in the period
    date_texts: tuple[str, ...]
    at_texts: tuple[str, ...]  # RFC 3339 of each bucket's first instant, with the zone's offset then (T8)
    partial: tuple[bool, ...]  # T9
    begun: int  # buckets from this one on have not begun: they are listed with null (T10)

    def __hash__(self) -> int:
        """By what nearly always tells axes apart: the columns are long, and an axis is part of every loader's key."""
        return hash((self.period, self.granularity, self.zone, self.begun))


def checked(granularity: Granularity, allowed: Collection[Granularity], argument: str = "granularity") -> Granularity:
    """The granularity, if the question knows it (Y2)."""
    if granularity not in allowed:
        names = [member.name for member in Granularity if member in allowed]
        raise InvalidParameter(argument, granularity.name, f"{granularity.name} does not fit this question", names)
    return granularity


def axis(period: Period, granularity: Granularity, zone: str, today: date, now: datetime | None = None) -> Axis:
    """The buckets that overlap a period (T3, T7 to T10), refused beyond 15,000 of them (T6).

    `today` decides what is over of days and more: their edges are local midnights, so one ends after now if its last day
    is today. HOUR and MINUTE need `now` (aware), and do not fit a question that has none.
    """
    checked(granularity, FROM_DAY if now is None else list(Granularity))
    buckets = bucket_count(period, granularity, zone)
    if buckets > MOST_BUCKETS:
        sent = {"start": period.start.isoformat(), "end": period.end.isoformat()}
        problem = f"has {buckets:,} buckets by {granularity.name}"
        raise InvalidParameter("period", sent, problem, (_limit(period, granularity, zone),))
    return unlimited_axis(period, granularity, zone, today, now)


def bucket_count(period: Period, granularity: Granularity, zone: str) -> int:
    """How many buckets overlap a period. Of far too many hours or minutes it is a guess, a few off at most."""
    if granularity in FROM_DAY:
        return bucket_number(period.end, granularity) - bucket_number(period.start, granularity) + 1
    begins, ends = _span_s(period, zone)
    guess = (ends - begins) // STEP_S[granularity]
    if guess > 2 * MOST_BUCKETS:
        return guess
    return len(instants.clock_buckets(begins, ends, STEP_S[granularity], zone).instants)


def _limit(period: Period, granularity: Granularity, zone: str) -> str:
    """What is allowed (T6), with the nearest granularity that keeps to it, if any does."""
    members = list(Granularity)
    for coarser in members[members.index(granularity) + 1 :]:
        if (buckets := bucket_count(period, coarser, zone)) <= MOST_BUCKETS:
            return f"at most {MOST_BUCKETS:,} buckets: {coarser.name} has {buckets:,}"
    return f"at most {MOST_BUCKETS:,} buckets"


def unlimited_axis(
    period: Period, granularity: Granularity, zone: str, today: date, now: datetime | None = None
) -> Axis:
    """An axis for what is about as long as an axis that was checked: a comparison, which may have a few buckets more."""
    if granularity in STEP_S:
        assert now is not None, "which hours and minutes are over is told by the instant"
        return _clock_axis(period, granularity, zone, now)
    buckets = bucket_count(period, granularity, zone)
    return (_short_axis if buckets <= MOST_CACHED_BUCKETS else _build)(period, granularity, zone, today)


def _build(period: Period, granularity: Granularity, zone: str, today: date) -> Axis:
    numbers = range(bucket_number(period.start, granularity), bucket_number(period.end, granularity) + 2)
    edges = [bucket_start(number, granularity) for number in numbers]
    start, end, now = period.start.toordinal(), period.end.toordinal(), today.toordinal()
    firsts, lasts = edges[:-1], [edge - 1 for edge in edges[1:]]
    dates = tuple(map(date.fromordinal, firsts))
    return Axis(
        period=period,
        granularity=granularity,
        zone=zone,
        dates=dates,
        spans=tuple(
            Period(date.fromordinal(max(first, start)), date.fromordinal(min(last, end)))
            for first, last in zip(firsts, lasts, strict=True)
        ),
        date_texts=tuple(day.isoformat() for day in dates),
        at_texts=tuple(starts_at(day, zone).isoformat() for day in dates),
        partial=tuple(first < start or last > end or last >= now for first, last in zip(firsts, lasts, strict=True)),
        begun=sum(first <= now for first in firsts),
    )


_short_axis = lru_cache(maxsize=128)(_build)


# ---------------------------------------------------------------- hours and minutes


def _span_s(period: Period, zone: str) -> tuple[int, int]:
    return instants.span(period.start.toordinal(), period.end.toordinal(), zone)


def _clock_axis(period: Period, granularity: Granularity, zone: str, now: datetime) -> Axis:
    begins, ends = _span_s(period, zone)
    short = ends - begins <= MOST_CACHED_CLOCK_BUCKETS * STEP_S[granularity]
    line, edges = (_short_clock_axis if short else _build_clock_axis)(period, granularity, zone)
    buckets, passed = len(line.dates), bisect_right(edges, instants.second_of(now))
    if passed > buckets:
        return line
    ended = max(passed - 1, 0)
    return replace(line, partial=line.partial[:ended] + (True,) * (buckets - ended), begun=passed)


def _build_clock_axis(period: Period, granularity: Granularity, zone: str) -> tuple[Axis, tuple[int, ...]]:
    """The axis as it is once all is over, which may be kept, and the edges of its buckets, not clipped."""
    begins, ends = _span_s(period, zone)
    buckets = instants.clock_buckets(begins, ends, STEP_S[granularity], zone)
    spans = instants.clock_spans(buckets, period.start, period.end, zone)
    dates = instants.clock_dates(buckets)
    line = Axis(
        period=period,
        granularity=granularity,
        zone=zone,
        dates=dates,
        spans=tuple(starmap(Period, spans)),
        date_texts=tuple(map(date.isoformat, dates)),
        at_texts=instants.clock_texts(buckets),
        partial=tuple(first < begins or over > ends for first, over in pairwise(buckets.edges)),
        begun=len(dates),
    )
    return line, tuple(buckets.edges)


_short_clock_axis = lru_cache(maxsize=16)(_build_clock_axis)
