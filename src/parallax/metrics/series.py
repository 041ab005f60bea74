"""A series as its source answered it: columns over an axis, and its comparison. Pure but for a total that is asked late."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from parallax.comparison import Compared
from parallax.periods import Axis

Value = float | None
Total = Callable[[], Awaitable[Value]]
"""The measure over the whole period: asked for only when somebody wants it, since it may cost a read of its own."""


@dataclass(frozen=True, slots=True)
class Series:
    """`values` by the buckets of `axis`; None is not measured, or not begun."""

    axis: Axis
    values: Sequence[Value]
    total: Total

    def measured(self) -> list[float]:
        return [value for value in self.values if value is not None]


@dataclass(frozen=True, slots=True)
class ComparedSeries:
    """The comparison of a series: as many values as the series has, each beside its partner (C3)."""

    compared: Compared
    values: Sequence[Value]
    total: Total


def paired(compared: Compared, values: Sequence[Value]) -> list[Value]:
    """Values of the comparison period, laid beside the buckets that they are compared with."""
    return [None if partner is None else values[partner] for partner in compared.partners]


def known(value: Value) -> Total:
    """A total that was read together with its series."""

    async def total() -> Value:
        return value

    return total


async def seen(series: Series, comparison: ComparedSeries | None) -> object:
    """Equal for two readings of one question that show the same: days, values, totals and what they are compared with."""
    mine = (series.axis, tuple(series.values), await series.total())
    if comparison is None:
        return mine
    return (*mine, comparison.compared, tuple(comparison.values), await comparison.total())
