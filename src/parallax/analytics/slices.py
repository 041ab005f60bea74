"""The slices of a series, and what a series or a slice is compared with."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from parallax.analyses.questions import Slice
from parallax.analytics.measured import Comparable, Measured
from parallax.comparison import Compared
from parallax.metrics.graph import MetricComparison, MetricSlice
from parallax.metrics.series import Column, ComparedSeries, Series, Value, known, paired
from parallax.metrics.shapes import Period
from parallax.periods import Axis


def comparison(main: Series, other: Compared, measured: Comparable) -> MetricComparison:
    """Of a series whose comparison period is told by `other`."""
    axis = other.axis
    if axis is None:  # 29 February alone, a year earlier
        theirs = ComparedSeries(other, paired(other, []), measured.of_no_days)
    else:
        theirs = ComparedSeries(other, _paired(other, axis, measured), lambda: measured.total(axis))
    return MetricComparison(period=Period.of(other.shown, main.axis.zone), main=main, series=theirs)


def _paired(other: Compared, axis: Axis, measured: Comparable) -> Column:
    def values() -> Awaitable[list[Value]]:
        asked = measured.values(axis)

        async def laid() -> list[Value]:
            return paired(other, await asked)

        return laid()

    return values


async def shown(
    measured: Measured, main: Series, other: Compared | None, asked: Awaitable[list[Slice]]
) -> list[MetricSlice]:
    """The slices as the graph shows them."""
    slices = await asked
    kept = tuple(each.dimension for each in slices if not each.is_other)
    others = _Others(measured, kept, rest=len(kept) < len(slices))
    return [
        MetricSlice(
            dimension=each.dimension,
            is_other=each.is_other,
            total=each.total,
            series=(series := Series(main.axis, each.values, known(each.total))),
            whole=main.total,
            compared=_compared(series, other, _OneSlice(others, each)),
        )
        for each in slices
    ]


def _compared(main: Series, other: Compared | None, measured: Comparable) -> Callable[[], MetricComparison | None]:
    return lambda: None if other is None else comparison(main, other, measured)


class _Others:
    """The same values over the comparison period; of isOther, all that are not kept (B6). Asked once for all slices."""

    def __init__(self, measured: Measured, kept: tuple[str | None, ...], rest: bool) -> None:
        self.measured = measured
        self._kept, self._rest = kept, rest
        self._asked: asyncio.Future[list[Slice]] | None = None

    def asked(self, axis: Axis) -> Awaitable[list[Slice]]:
        """`axis` is that of the comparison, which a series has one of."""
        if self._asked is None:
            found = self.measured.slices(axis, max(1, len(self._kept)), self._kept, self._rest)
            self._asked = asyncio.ensure_future(found)
        return self._asked


@dataclass(frozen=True, slots=True)
class _OneSlice:
    others: _Others
    slice: Slice

    def values(self, axis: Axis) -> Awaitable[list[Value]]:
        asked = self.others.asked(axis)

        async def values() -> list[Value]:
            found = self._mine(await asked)
            return list(found.values) if found else nothing_over(axis, await self.of_no_days())

        return values()

    def total(self, axis: Axis) -> Awaitable[Value]:
        asked = self.others.asked(axis)

        async def total() -> Value:
            found = self._mine(await asked)
            return found.total if found else await self.of_no_days()

        return total()

    def of_no_days(self) -> Awaitable[Value]:
        return self.others.measured.of_no_days()

    def _mine(self, found: list[Slice]) -> Slice | None:
        return next((each for each in found if same(each, self.slice)), None)


def same(one: Slice, other: Slice) -> bool:
    """Whether they are of the same value, in two periods or of two series."""
    return one.is_other == other.is_other and one.dimension == other.dimension


def nothing_over(axis: Axis, empty: Value) -> list[Value]:
    """Of a series without anything in it: null from where buckets have not begun (T10)."""
    return [empty] * axis.begun + [None] * (len(axis.dates) - axis.begun)
