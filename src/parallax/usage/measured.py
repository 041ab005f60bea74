"""A measure of the usage reports (U), over any axis of days and more."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from parallax.analyses.usage import Days, begun_spans, bucket_sums, padded
from parallax.apps.loaders import AppKey
from parallax.context import Context
from parallax.metrics.catalog import SourceSystem, UsageMetric, UserBasis
from parallax.metrics.series import Value, known
from parallax.metrics.shapes import SourceInfo
from parallax.periods import Axis, Granularity
from parallax.scalars import InstantText
from parallax.usage.loaders import DaysKey, UsersKey

REFERENCE = "app_usage_reports"


@dataclass(frozen=True, slots=True)
class FromReports:
    """As the database answers it. Each method asks when it is called, not when its answer is awaited."""

    context: Context
    app: AppKey
    metric: UsageMetric

    def values(self, axis: Axis) -> Awaitable[list[Value]]:
        """Users of a day are its reports; of anything longer they are united (U2)."""
        if not self.metric.distinct or axis.granularity is Granularity.DAY:
            return _summed(axis, self._days(axis))
        keys = [UsersKey(*self.app, span) for span in begun_spans(axis)]
        return _counted(axis, self.context.usage_users.load_many(keys))

    def total(self, axis: Axis) -> Awaitable[Value]:
        if self.metric.distinct:
            return _count(self.context.usage_users.load(UsersKey(*self.app, axis.period)))
        return _sum(self._days(axis))

    def of_no_days(self) -> Awaitable[Value]:
        return known(0.0)()

    def _days(self, axis: Axis) -> Awaitable[Days]:
        asked: Awaitable[Days] = self.context.usage_days.load(DaysKey(*self.app, axis.period, self.metric.column))
        return asked


async def _summed(axis: Axis, days: Awaitable[Days]) -> list[Value]:
    return bucket_sums(axis, await days)


async def _counted(axis: Axis, counts: Awaitable[Sequence[int]]) -> list[Value]:
    return padded(axis, await counts)


async def _sum(days: Awaitable[Days]) -> Value:
    return (await days).total


async def _count(count: Awaitable[int]) -> Value:
    return float(await count)


def of_reports(context: Context, metric: UsageMetric) -> SourceInfo:
    return SourceInfo(
        system=SourceSystem.APP_USAGE,
        label="App usage reports",
        definition=metric.definition,
        reference=REFERENCE,
        is_estimate=False,
        user_basis=UserBasis.PERSON if metric.distinct else None,
        as_of=InstantText(context.now.isoformat()),
        is_stale=False,
        settled_until=None,
        confidence=None,
        confidence_score=None,
    )
