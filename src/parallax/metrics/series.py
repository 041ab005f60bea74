"""A series as its source answered it: columns over an axis, and its comparison. Pure but for a total that is asked late."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import TypeAlias, TypeVar

from parallax.comparison import Compared
from parallax.periods import Axis

T = TypeVar("T")
Value = float | None
Column: TypeAlias = Sequence[Value] | Callable[[], Awaitable[Sequence[Value]]]
"""A value by bucket: at hand, or asked for when somebody wants them."""
Total = Callable[[], Awaitable[Value]]
"""The measure over the whole period: asked for only when somebody wants it, since it may cost a read of its own."""


@dataclass(frozen=True, slots=True)
class Series:
    """`values` by the buckets of `axis`; None is not measured, or not begun."""

    axis: Axis
    values: Column
    total: Total


@dataclass(frozen=True, slots=True)
class ComparedSeries:
    """The comparison of a series: as many values as the series has, each beside its partner (C3)."""

    compared: Compared
    values: Column
    total: Total


def made_of(values: Column, make: Callable[[Sequence[Value]], T]) -> T | Awaitable[T]:
    """What is made of a column: now, if it is at hand.

    Else the column is asked for now, before anything is awaited: what one turn of the loop asks is answered together.
    """
    if not callable(values):
        return make(values)
    asked = values()

    async def later() -> T:
        return make(await asked)

    return later()


def measured(values: Sequence[Value]) -> list[float]:
    return [value for value in values if value is not None]


def paired(compared: Compared, values: Sequence[Value]) -> list[Value]:
    """Values of the comparison period, laid beside the buckets that they are compared with."""
    return [None if partner is None else values[partner] for partner in compared.partners]


def known(value: Value) -> Total:
    """A total that was read together with its series."""

    async def total() -> Value:
        return value

    return total


async def seen(series: Series, comparison: ComparedSeries | None, *more: Awaitable[object]) -> object:
    """Equal for two readings of one question that show the same: days, values, totals and what they are compared with,
    and whatever `more` is. All is asked for before anything is awaited.
    """
    asked: list[object] = [made_of(series.values, tuple), series.total(), *more]
    if comparison is not None:
        asked += [made_of(comparison.values, tuple), comparison.total()]
    read = [await each if isawaitable(each) else each for each in asked]
    return (series.axis, None if comparison is None else comparison.compared, *read)
