"""What a series reads, as instants and as days: the edges of its buckets, and the windows that look back (T7, A2). Pure.

Instants are microseconds since 1970-01-01T00:00:00Z, in columns as the engine takes them.
"""

from array import array
from datetime import date, timedelta

from parallax.instants import clock_buckets, day_begins, second_of, span
from parallax.periods import STEP_S, Axis, Granularity, Period, starts_at

_US = 1_000_000


def edges_us(axis: Axis) -> "array[int]":
    """The first instant of each bucket's part in the period, and that at which the period is over: one more than buckets.

    They ascend, but for a day that the zone left out: it begins where the next one does, and holds nothing (T2). A period
    of such a day alone has no hours, and one edge.
    """
    if axis.granularity is Granularity.DAY:
        return day_edges_us(axis.period.start, axis.period.end, axis.zone)
    begins, ends = span(axis.period.start.toordinal(), axis.period.end.toordinal(), axis.zone)
    if axis.granularity in STEP_S:
        firsts = clock_buckets(begins, ends, STEP_S[axis.granularity], axis.zone).instants
    else:
        firsts = [second_of(starts_at(each.start, axis.zone)) for each in axis.spans]
    return _us(array("q", [*(max(first, begins) for first in firsts), ends]))


def day_edges_us(first: date, last: date, zone: str) -> "array[int]":
    """The midnights that begin the days `first` to `last`, and the one at which `last` is over: one more than days."""
    return _us(day_begins(first.toordinal(), last.toordinal(), zone))


def _us(seconds: "array[int]") -> "array[int]":
    return array("q", [second * _US for second in seconds])


def windows(axis: Axis, days: int, today: date) -> list[Period]:
    """For each bucket that has begun the `days` calendar days that a trailing measure counts in it (A2).

    They end with the bucket's last day, or the period's last day or today where those come first, and reach back before
    the period's start.
    """
    windows = []
    for bucket in axis.spans[: axis.begun]:
        last = min(bucket.end, today)
        windows.append(Period(last - timedelta(min(days, last.toordinal()) - 1), last))
    return windows
