"""The fields of Analytics that follow users from one bucket of time to the next."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Annotated, Final

import strawberry

from parallax import costs
from parallax.analyses import retention as analysis
from parallax.analyses.questions import Ground, Measure, Question
from parallax.analyses.segments import SegmentName
from parallax.analytics.asked import checked_event
from parallax.analytics.inputs import AnyEvent, BrokenBy, ConditionInput, Where, Within
from parallax.cohorts.asked import active, conditions, resolved
from parallax.cohorts.lifecycle import Lifecycle
from parallax.cohorts.retention import Counted, Retention
from parallax.cohorts.segments import Segment, segments_of
from parallax.context import Info
from parallax.errors import InvalidParameter
from parallax.events.grounded import Grounded
from parallax.events.pages import one_span
from parallax.filters.fields import EVENT_FIELDS, checked_dimension
from parallax.metrics import shapes
from parallax.metrics.catalog import SourceSystem
from parallax.metrics.shapes import PeriodInput
from parallax.periods import FROM_DAY, Granularity, Period, checked

MOST_PERIODS: Final = 52
PERIODS: Final = 8
LAST: Final = "90d"
"""Of retention, without a period (T5)."""
SOURCE: Final = SourceSystem.EVENTS.name
RETENTION_COST: Final = costs.read(
    "events",
    source=SOURCE,
    extent=costs.Series(
        {"RETENTION": costs.Measure(series=200, bucket=3)},
        metric=None,
        compare=None,
        where="where",
        more_where=("startWhere", "returnWhere", "breakdown"),
        last=LAST,
        rows="periods",
        most_rows=MOST_PERIODS,
    ),
)
LIFECYCLE_COST: Final = costs.read(
    "events",
    source=SOURCE,
    extent=costs.Series({"LIFECYCLE": costs.Measure(series=150, bucket=3)}, metric=None, compare=None, where="where"),
)
SEGMENTS_COST: Final = costs.read("events", 400, source=SOURCE, extent=costs.Many(len(SegmentName)))
SEGMENT_COST: Final = costs.read("events", 400, source=SOURCE, extent=costs.Many(1))

Until = Annotated[
    PeriodInput | None,
    strawberry.argument(description="Its last day is the reference day, or today if that is earlier; absent: today."),
]


@strawberry.type
class Cohorts(Grounded):
    @strawberry.field(
        description="Of the users who entered by a start event in each bucket, how many came back by a return event in the "
        "buckets after it (R). The period is widened to whole buckets; without one the last 90 days.",
        metadata=RETENTION_COST,
    )
    def retention(
        self,
        info: Info,
        granularity: Annotated[
            Granularity | None, strawberry.argument(description="Width of a bucket: DAY, WEEK or MONTH.")
        ] = Granularity.WEEK,
        periods: Annotated[
            int | None, strawberry.argument(description="Offsets to look at, 0 included: 1 to 52.")
        ] = PERIODS,
        start_event: Annotated[
            str | None, strawberry.argument(description="Users enter by an event of this name; absent: any.")
        ] = None,
        return_event: Annotated[
            str | None, strawberry.argument(description="Users come back by an event of this name; absent: any.")
        ] = None,
        entry: Annotated[
            analysis.Entry | None, strawberry.argument(description="By which of their start events users enter.")
        ] = analysis.Entry.FIRST_TIME,
        returning: Annotated[
            analysis.Returning | None, strawberry.argument(description="When a user counts as come back.")
        ] = analysis.Returning.ON,
        period: Annotated[
            PeriodInput | None,
            strawberry.argument(description="Days in which users enter; absent: the last 90, today included."),
        ] = None,
        where: Where = None,
        start_where: Annotated[
            list[ConditionInput] | None,
            strawberry.argument(description="Start events satisfy these as well, at most 50."),
        ] = None,
        return_where: Annotated[
            list[ConditionInput] | None,
            strawberry.argument(description="Return events satisfy these as well, at most 50."),
        ] = None,
        breakdown: BrokenBy = None,
    ) -> Retention | None:
        ground = self.ground(info.context)
        width = checked(granularity or Granularity.WEEK, (Granularity.DAY, Granularity.WEEK, Granularity.MONTH))
        many = PERIODS if periods is None else periods
        if not 1 <= many <= MOST_PERIODS:
            raise InvalidParameter("periods", many, f"must be from 1 to {MOST_PERIODS}")
        days, both = resolved(ground, period, LAST), conditions(where)
        dimension = None if breakdown is None else checked_dimension(breakdown, "breakdown", EVENT_FIELDS)
        starts = (*both, *conditions(start_where, "startWhere"))
        returns = (*both, *conditions(return_where, "returnWhere"))
        start = active(ground, days, width, checked_event(start_event, "startEvent"), starts)
        back = replace(start, event=checked_event(return_event, "returnEvent"), where=returns)
        of = analysis.Retention(
            start, back, many, entry or analysis.Entry.FIRST_TIME, returning or analysis.Returning.ON
        )
        broken = None if dimension is None else replace(of, start=replace(start, dimension=dimension))
        return Retention(period=_shown(days, ground), granularity=width, periods=many, told=Counted(of, broken))

    @strawberry.field(
        description="Users of each bucket by what they are: new, returning, resurrected; and those who stayed away (L). Active "
        "by the events that `event` and `where` choose, born with the first event of any kind. The period is widened to whole "
        "buckets; DAY, WEEK, MONTH and QUARTER.",
        metadata=LIFECYCLE_COST,
    )
    def lifecycle(
        self,
        info: Info,
        event: AnyEvent = None,
        period: Within = None,
        granularity: Annotated[
            Granularity | None, strawberry.argument(description="Width of a bucket: DAY, WEEK, MONTH or QUARTER.")
        ] = Granularity.WEEK,
        where: Where = None,
    ) -> Lifecycle | None:
        ground, width = self.ground(info.context), checked(granularity or Granularity.WEEK, FROM_DAY)
        days = resolved(ground, period)
        question = active(ground, days, width, checked_event(event), conditions(where))
        return Lifecycle(period=_shown(days, ground), granularity=width, question=question)

    @strawberry.field(
        description="All 8 segments, in the order of the enum: how many users are in each at the end of the reference day, "
        "by all events up to then (G).",
        metadata=SEGMENTS_COST,
        graphql_type=list[Segment] | None,
    )
    def segments(self, info: Info, period: Until = None) -> Awaitable[list[Segment]]:
        return segments_of(info.context, _seen(self.ground(info.context), period))

    @strawberry.field(
        description="One segment: how many users are in it at the end of the reference day, by all events up to then (G).",
        metadata=SEGMENT_COST,
        graphql_type=Segment | None,
    )
    def segment(
        self,
        info: Info,
        name: Annotated[SegmentName, strawberry.argument(description="Which of the 8.")],
        period: Until = None,
    ) -> Awaitable[Segment]:
        asked = segments_of(info.context, _seen(self.ground(info.context), period), name)

        async def shown() -> Segment:
            [segment] = await asked
            return segment

        return shown()


def _shown(days: Period, ground: Ground) -> shapes.Period:
    return shapes.Period.of(days, ground.zone)


def _seen(ground: Ground, period: PeriodInput | None) -> Question:
    """Every event up to the reference day (G1)."""
    day = min(resolved(ground, period).end, ground.today)
    return Question(ground, Measure.DAU, one_span(ground, Period(day, day)))
