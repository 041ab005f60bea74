"""Measures that our events have beside those of `Analytics.metric`, because a vendor has them."""

from asyncio import gather
from collections.abc import Awaitable
from dataclasses import dataclass

from parallax.analyses import questions
from parallax.analyses.questions import Ground, Question
from parallax.analyses.retention import Retention
from parallax.analytics.measured import FromEvents
from parallax.context import Context
from parallax.engine.columns import Numbers
from parallax.filters.conditions import Condition
from parallax.metrics.series import Value, known
from parallax.periods import Axis, Granularity, Period
from parallax.periods import axis as axis_over


@dataclass(frozen=True, slots=True)
class Returning:
    """Users of the bucket, less those who were first seen in it."""

    active: FromEvents
    new: FromEvents

    def values(self, axis: Axis) -> Awaitable[list[Value]]:
        asked = self.active.values(axis), self.new.values(axis)

        async def less() -> list[Value]:
            return [_less(*both) for both in zip(*await gather(*asked), strict=True)]

        return less()

    def total(self, axis: Axis) -> Awaitable[Value]:
        asked = self.active.total(axis), self.new.total(axis)

        async def less() -> Value:
            return _less(*await gather(*asked))

        return less()

    def of_no_days(self) -> Awaitable[Value]:
        return known(0.0)()


def _less(active: Value, new: Value) -> Value:
    return None if active is None or new is None else active - new


@dataclass(frozen=True, slots=True)
class NextDay:
    """Of the users first seen on the days of a bucket the share who come back on the next day (R3, R4): over the days
    whose next day is over, weighted by their users (R7). None where there are no such users.
    """

    context: Context
    ground: Ground
    where: tuple[Condition, ...]

    def values(self, axis: Axis) -> Awaitable[list[Value]]:
        asked = self._counts(axis.period)

        async def shares() -> list[Value]:
            counts = await asked
            return [_share(counts, axis.period, span) for span in axis.spans]

        return shares()

    def total(self, axis: Axis) -> Awaitable[Value]:
        asked = self._counts(axis.period)

        async def share() -> Value:
            return _share(await asked, axis.period, axis.period)

        return share()

    def of_no_days(self) -> Awaitable[Value]:
        return known(None)()

    def _counts(self, period: Period) -> Awaitable[Numbers]:
        """A row for each day whose next day is over: users first seen on it, and those of them who came back."""
        days = axis_over(period, Granularity.DAY, self.ground.zone, self.ground.today)
        does = Question(self.ground, questions.Measure.DAU, days, None, self.where)
        asked: Awaitable[Numbers] = self.context.asked.load(Retention(does, does, periods=2))
        over = max((self.ground.today - period.start).days - 1, 0)

        async def whole() -> Numbers:
            return (await asked)[:over]

        return whole()


def _share(counts: Numbers, of: Period, span: Period) -> Value:
    first = (span.start - of.start).days
    size, back = counts[first : first + span.days].sum(axis=0).tolist()
    return back / size if size else None
