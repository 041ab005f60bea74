"""What gives values over any axis: series as the engine answers them."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from parallax.analyses.questions import Ground, Slice, Slices, Total, Values
from parallax.analytics.asked import AskedSeries
from parallax.context import Context
from parallax.metrics.series import Value, known
from parallax.metrics.shapes import PeriodInput
from parallax.periods import Axis, Granularity, axis, resolve


class Comparable(Protocol):
    """What gives values over any axis. Each method asks when it is called, not when its answer is awaited."""

    def values(self, axis: Axis) -> Awaitable[list[Value]]: ...

    def total(self, axis: Axis) -> Awaitable[Value]: ...

    def of_no_days(self) -> Awaitable[Value]:
        """The total of a period that has none."""


class Measured(Comparable, Protocol):
    """What may have groups too."""

    @property
    def is_broken(self) -> bool: ...

    def slices(
        self, axis: Axis, first: int, kept: tuple[str | None, ...] | None = None, rest: bool = False
    ) -> Awaitable[list[Slice]]:
        """As of `questions.Slices`."""


@dataclass(frozen=True, slots=True)
class FromEvents:
    """A series as the engine answers it."""

    context: Context
    ground: Ground
    asked: AskedSeries

    def of_no_days(self) -> Awaitable[Value]:
        return known(self.asked.empty)()

    @property
    def is_broken(self) -> bool:
        return self.asked.dimension is not None

    def values(self, axis: Axis) -> Awaitable[list[Value]]:
        asked: Awaitable[list[Value]] = self.context.asked.load(Values(self.asked.question(self.ground, axis)))
        return asked

    def total(self, axis: Axis) -> Awaitable[Value]:
        asked: Awaitable[Value] = self.context.asked.load(Total(self.asked.question(self.ground, axis)))
        return asked

    def slices(
        self, axis: Axis, first: int, kept: tuple[str | None, ...] | None = None, rest: bool = False
    ) -> Awaitable[list[Slice]]:
        asked: Awaitable[list[Slice]] = self.context.asked.load(
            Slices(self.asked.question(self.ground, axis), first, kept, rest)
        )
        return asked


def axis_of(
    context: Context, zone: str, asked: PeriodInput, granularity: Granularity, argument: str = "period"
) -> Axis:
    """The buckets that are asked for. InvalidParameter for a period that it cannot be (T6)."""
    today = context.today(zone)
    return axis(resolve(asked.last, asked.start, asked.end, today, argument), granularity, zone, today, context.now)
