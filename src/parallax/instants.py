"""The instants at which days, hours and minutes begin in a zone (rules T1 to T3 of docs/semantics.md).

Pure. Instants and offsets are whole seconds, the former since 1970-01-01T00:00:00Z, as in the zone database. A zone
changes its offset a few times a year: time is taken in stretches of one offset, and what begins in a stretch is a
`range`. Days are ordinals: they step without regard to the ends of the calendar.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
_DAY_S: Final = 86_400
_MINUTE_S: Final = 60
_EPOCH_ORDINAL: Final = EPOCH.toordinal()

# Between these a clock shows what fits a datetime, in every zone; outside of them it is taken to run on unchanged.
_FIRST_S: Final = (2 - _EPOCH_ORDINAL) * _DAY_S
_LAST_S: Final = (date.max.toordinal() - _EPOCH_ORDINAL) * _DAY_S - 1

_BLOCK_DAYS: Final = 512  # are looked at, and kept, together
_BLOCK_S: Final = _BLOCK_DAYS * _DAY_S
_REACH_S: Final = 4 * 3_600  # an hour with a change of the clock in it is shorter: big jumps are of whole hours
_LOST_BUCKETS: Final = 48  # more than changes of the clock can swallow out of 15,000 hours or minutes


# ---------------------------------------------------------------- offsets


class Stretch(NamedTuple):
    """Time of one offset; `ends` is excluded."""

    begins: int
    ends: int
    offset: int


def stretches(begins: int, ends: int, zone: str) -> Iterator[Stretch]:
    """The span from `begins` to `ends`, cut at least where the zone's offset changes."""
    for block in range(begins // _BLOCK_S, -(-ends // _BLOCK_S)):
        for stretch in _stretches_of(block, zone):
            start, end = max(begins, stretch.begins), min(ends, stretch.ends)
            if start < end:
                yield Stretch(start, end, stretch.offset)


@lru_cache(maxsize=2_048)
def _stretches_of(block: int, zone: str) -> tuple[Stretch, ...]:
    """Changes are looked for from day to day: no zone has had two of them within three days."""
    clock = ZoneInfo(zone)
    begins, ends = block * _BLOCK_S, (block + 1) * _BLOCK_S
    turns, offset = [begins], _offset_at(begins, clock)
    offsets = [offset]
    for probe in range(begins + _DAY_S, ends + 1, _DAY_S):
        if (later := _offset_at(probe, clock)) != offset:
            turns.append(_turn_between(probe - _DAY_S, probe, clock))
            offsets.append(offset := later)
    turns.append(ends)
    return tuple(Stretch(*span, offset) for span, offset in zip(pairwise(turns), offsets, strict=True))


def _turn_between(before: int, after: int, clock: tzinfo) -> int:
    """The instant from which on the clock has the offset that it has at `after`; it had another one at `before`."""
    offset = _offset_at(after, clock)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset_at(middle, clock) == offset:
            after = middle
        else:
            before = middle
    return after


def second_of(at: datetime) -> int:
    """The second in which an instant (aware) lies."""
    return (at - EPOCH) // SECOND


def _offset_at(instant: int, clock: tzinfo) -> int:
    offset = (EPOCH + timedelta(seconds=min(max(instant, _FIRST_S), _LAST_S))).astimezone(clock).utcoffset()
    assert offset is not None
    return offset // SECOND


# ---------------------------------------------------------------- days


def day_begins(first: int, last: int, zone: str) -> "array[int]":
    """The first instants of the days `first` to `last` (ordinals), and that at which `last` is over (T1, T2).

    They ascend, but for a day that the zone left out: it begins where the next one does.
    """
    begins = array("q")
    for block in range(first // _BLOCK_DAYS, (last + 1) // _BLOCK_DAYS + 1):
        ordinal = block * _BLOCK_DAYS
        begins.extend(_days_of(block, zone)[max(first - ordinal, 0) : last + 2 - ordinal])
    return begins


@lru_cache(maxsize=2_048)
def _days_of(block: int, zone: str) -> "array[int]":
    """A day begins when the clock first reaches its midnight, be it by a jump, and never again if set back."""
    first = block * _BLOCK_DAYS - _EPOCH_ORDINAL
    midnights = range(first * _DAY_S, (first + _BLOCK_DAYS) * _DAY_S, _DAY_S)
    begins = array("q")
    for stretch in stretches(midnights[0] - 2 * _DAY_S, midnights[-1] + 2 * _DAY_S, zone):
        for midnight in midnights[len(begins) :]:
            if midnight - stretch.offset >= stretch.ends:
                break
            begins.append(max(stretch.begins, midnight - stretch.offset))
    return begins


def span(first: int, last: int, zone: str) -> tuple[int, int]:
    """The first instant of the day `first`, and that at which the day `last` is over."""
    return day_begins(first, first, zone)[0], day_begins(last, last, zone)[1]


# ---------------------------------------------------------------- hours and minutes


class ClockBuckets(NamedTuple):
    """Buckets of HOUR or MINUTE as columns: whole ones, wherever a span cuts them."""

    instants: list[int]
    offsets: list[int]  # in force at each of them
    over: int  # when the last one is over

    @property
    def edges(self) -> list[int]:
        return [*self.instants, self.over]


def clock_buckets(begins: int, ends: int, step_s: int, zone: str) -> ClockBuckets:
    """Those that overlap a span. One begins wherever the clock shows a whole hour (minute) and lasts until the next (T3)."""
    instants: list[int] = []
    offsets: list[int] = []
    for stretch in stretches(begins - _REACH_S, ends + _REACH_S, zone):
        shown = range(stretch.begins + -(stretch.begins + stretch.offset) % step_s, stretch.ends, step_s)
        instants += shown
        offsets += [stretch.offset] * len(shown)
    last = bisect_left(instants, ends)
    first = bisect_right(instants, begins) - 1  # the same one for a day left out, which has none
    return ClockBuckets(instants[first:last], offsets[first:last], instants[last])


def clock_buckets_from(begins: int, count: int, step_s: int, zone: str) -> ClockBuckets:
    """`count` of them, at most 15,000, of which the first holds `begins`."""
    instants, offsets, _ = clock_buckets(begins, begins + (count + _LOST_BUCKETS) * step_s, step_s, zone)
    return ClockBuckets(instants[:count], offsets[:count], instants[count])


def clock_dates(buckets: ClockBuckets) -> tuple[date, ...]:
    """The day on which each bucket begins, if the first one begins no later than its day (T8).

    What the clock shows, but for a day before that it shows once more: that belongs to the day begun (T2).
    """
    dates = []
    latest, shown = 0, date.min
    for instant, offset in zip(buckets.instants, buckets.offsets, strict=True):
        day = (instant + offset) // _DAY_S + _EPOCH_ORDINAL
        if day > latest:
            latest, shown = day, date.fromordinal(day)
        dates.append(shown)
    return tuple(dates)


def clock_spans(buckets: ClockBuckets, first: date, last: date, zone: str) -> list[tuple[date, date]]:
    """The days from `first` to `last` that each bucket has a part of.

    Nearly always one: two where the clock jumps over midnight in the midst of an hour (Toronto 1919).
    """
    begins = day_begins(first.toordinal(), last.toordinal(), zone)
    days = [first + timedelta(day) for day in range(len(begins) - 1)]
    spans = []
    for instant, over in pairwise(buckets.edges):
        from_, to = bisect_right(begins, instant) - 1, bisect_left(begins, over) - 1
        spans.append((days[max(from_, 0)], days[min(to, len(days) - 1)]))
    return spans


def clock_texts(buckets: ClockBuckets) -> tuple[str, ...]:
    """RFC 3339 of each bucket's first instant; offsets with seconds are rounded up as `periods.starts_at` has it."""
    endings = {offset: _ending(offset) for offset in set(buckets.offsets)}
    dates: dict[int, str] = {}
    texts = []
    for instant, offset in zip(buckets.instants, buckets.offsets, strict=True):
        day, second = divmod(instant + offset, _DAY_S)
        if day not in dates:
            dates[day] = date.fromordinal(day + _EPOCH_ORDINAL).isoformat()
        texts.append(dates[day] + _TIMES[second // _MINUTE_S] + endings[offset])
    return tuple(texts)


_TIMES: Final = [f"T{hour:02}:{minute:02}:" for hour in range(24) for minute in range(60)]


def _ending(offset: int) -> str:
    """The seconds and the offset of a whole minute by a clock of this offset."""
    odd = -offset % _MINUTE_S
    hours, minutes = divmod(abs(offset + odd) // _MINUTE_S, 60)
    return f"{odd:02}{'-' if offset + odd < 0 else '+'}{hours:02}:{minutes:02}"
