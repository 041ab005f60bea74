"""App usage (rules U): from daily sums to the buckets of an axis. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from parallax.periods import Axis, Granularity, Period


class Days(NamedTuple):
    """Daily sums of one app as columns: `offsets` are days since the period's start; days without reports are absent."""

    offsets: Sequence[int]
    values: Sequence[int]

    @property
    def total(self) -> float:
        """Of an additive measure: the sum of its days, in whole numbers."""
        return float(sum(self.values))


def bucket_sums(axis: Axis, days: Days) -> list[float | None]:
    """Sums per bucket, in order: 0 where nothing was reported (U3), None for what has not begun (T10)."""
    sums: list[float | None] = [0.0] * len(axis.dates)
    if axis.granularity is Granularity.DAY:
        for offset, value in zip(days.offsets, days.values, strict=True):
            sums[offset] = float(value)
    else:
        starts = [(span.start - axis.period.start).days for span in axis.spans]
        exact = [0] * len(starts)
        for offset, value in zip(days.offsets, days.values, strict=True):
            exact[bisect_right(starts, offset) - 1] += value
        sums = [float(value) for value in exact]
    sums[axis.begun :] = [None] * (len(sums) - axis.begun)
    return sums


def begun_spans(axis: Axis) -> Sequence[Period]:
    """The days of each bucket that has begun: what distinct users are counted over (U2)."""
    return axis.spans[: axis.begun]


def padded(axis: Axis, counts: Sequence[int]) -> list[float | None]:
    """Counts of the begun buckets, then None for the rest (T10)."""
    return [*map(float, counts), *[None] * (len(axis.dates) - len(counts))]
