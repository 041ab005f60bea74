"""The Analytics interface: what a client's events, and those of each of its apps, may be asked for."""

from typing import Annotated

import strawberry

from parallax import costs
from parallax.analyses.questions import Function
from parallax.analytics.asked import AskedSeries, Cut, asked_series
from parallax.analytics.evaluated import formula_metric, formula_of_apps
from parallax.analytics.formula import asked_formula
from parallax.analytics.inputs import (
    AggregateFunction,
    BrokenBy,
    By,
    Compare,
    FormulaSeriesInput,
    OnlyEvent,
    PerActorAggregate,
    TheEvent,
    Where,
    Within,
    raw,
)
from parallax.analytics.series import series_metric
from parallax.analytics.stickiness import Sticky
from parallax.analytics.tops import REFERENCE, SOURCE, Lists
from parallax.cohorts.graph import Cohorts
from parallax.context import Info
from parallax.events.graph import Rows
from parallax.funnels.graph import Funnels
from parallax.metrics.catalog import Analysis, MetricName
from parallax.metrics.graph import Later, Metric
from parallax.periods import Granularity
from parallax.vendor_data.reading import At


def _series_cost(analysis: Analysis, each_of: str | None = None) -> dict[str, object]:
    return costs.read(
        REFERENCE,
        source=SOURCE,
        extent=costs.Series(
            {analysis.name: analysis.value.cost},
            metric=None,
            where=None if each_of else "where",
            each_of=each_of,
        ),
    )


METRIC_COST = costs.read(
    REFERENCE,
    source=SOURCE,
    extent=costs.Series({each.name: each.value.cost for each in MetricName}, metric="name", where="where"),
)
PERIOD_RULES = " Null before a bucket has begun; at most 15000 buckets."


@strawberry.interface(
    description="What events may be asked for: of a client all its events, of an app those that name it (I6)."
)
class Analytics(Lists, Sticky, Cohorts, Funnels, Rows):
    @strawberry.field(
        description="A metric by bucket, over the events that `event` and `where` choose; of sessions their first event is "
        "tested, of LOGS the records. DAU is distinct users of the bucket, WAU and MAU those of the 7 and 30 days that end "
        "with it. Counts of nothing are 0; SESSION_DURATION and BOUNCE_RATE are null then." + PERIOD_RULES,
        metadata=METRIC_COST,
    )
    def metric(
        self,
        info: Info,
        name: Annotated[MetricName, strawberry.argument(description="What is measured.")],
        event: OnlyEvent = None,
        period: Within = None,
        granularity: By = Granularity.DAY,
        where: Where = None,
        breakdown: BrokenBy = None,
        compare: Compare = None,
    ) -> Metric | None:
        cut = Cut(period, granularity, raw(where), breakdown, compare)
        return self._metric(info, asked_series(name, cut, event=event))

    @strawberry.field(
        description="Users whose first occurrence of the event lies in the bucket, of all history or of that since "
        "`lookbackDays` before the period (H1, H2); each is in one bucket." + PERIOD_RULES,
        metadata=_series_cost(Analysis.FIRST_TIME_USERS),
    )
    def first_time_users(
        self,
        info: Info,
        event: TheEvent,
        match_mode: Annotated[
            bool | None,
            strawberry.argument(
                description="False: the first occurrence is found, then `where` is tested on it. True: the first occurrence "
                "that satisfies `where` (H3)."
            ),
        ] = False,
        lookback_days: Annotated[
            int | None,
            strawberry.argument(
                description="Days before the period at which history begins, 0 to 3650; absent: all history (H2)."
            ),
        ] = None,
        period: Within = None,
        granularity: By = Granularity.DAY,
        where: Where = None,
        breakdown: BrokenBy = None,
        compare: Compare = None,
    ) -> Metric | None:
        asked = asked_series(
            Analysis.FIRST_TIME_USERS,
            Cut(period, granularity, raw(where), breakdown, compare),
            event=event,
            match_mode=bool(match_mode),
            lookback_days=lookback_days,
        )
        return self._metric(info, asked)

    @strawberry.field(
        description="For each user with such an event in the bucket how many they have, or what their numeric values of "
        "`property` sum to; then `aggregate` over these users. Null without users, also for SUM (P1)." + PERIOD_RULES,
        metadata=_series_cost(Analysis.PER_ACTOR),
    )
    def per_actor(
        self,
        info: Info,
        event: TheEvent,
        aggregate: Annotated[
            PerActorAggregate | None, strawberry.argument(description="How the users' numbers become one.")
        ] = PerActorAggregate.AVG,
        property: Annotated[
            str | None,
            strawberry.argument(
                description="Event property that is summed up for each user; absent: events are counted."
            ),
        ] = None,
        period: Within = None,
        granularity: By = Granularity.DAY,
        where: Where = None,
        breakdown: BrokenBy = None,
        compare: Compare = None,
    ) -> Metric | None:
        asked = asked_series(
            Analysis.PER_ACTOR,
            Cut(period, granularity, raw(where), breakdown, compare),
            event=event,
            function=Function[(aggregate or PerActorAggregate.AVG).name],
            property=property,
        )
        return self._metric(info, asked)

    @strawberry.field(
        description="A function of the numeric values that a property has on the events: numbers, and texts that are wholly "
        "a decimal number. SUM and COUNT of none are 0, all others null (P3)." + PERIOD_RULES,
        metadata=_series_cost(Analysis.PROPERTY_AGGREGATE),
    )
    def property_aggregate(
        self,
        info: Info,
        event: TheEvent,
        property: Annotated[str, strawberry.argument(description="Event property whose values are taken.")],
        function: Annotated[
            AggregateFunction | None, strawberry.argument(description="How the values become one.")
        ] = AggregateFunction.SUM,
        period: Within = None,
        granularity: By = Granularity.DAY,
        where: Where = None,
        breakdown: BrokenBy = None,
        compare: Compare = None,
    ) -> Metric | None:
        asked = asked_series(
            Analysis.PROPERTY_AGGREGATE,
            Cut(period, granularity, raw(where), breakdown, compare),
            event=event,
            function=Function[(function or AggregateFunction.SUM).name],
            property=property,
        )
        return self._metric(info, asked)

    @strawberry.field(
        description="A formula over series, bucket by bucket; `total` is the formula over their totals. Null where a series "
        "is null, and where it is not defined, as a division by 0 (X). Its `breakdown` is that of the series that have one: "
        "the 1000 largest values of each are told apart.",
        metadata=_series_cost(Analysis.FORMULA, each_of="series"),
        graphql_type=Metric | None,
    )
    def formula(
        self,
        info: Info,
        series: Annotated[
            list[FormulaSeriesInput], strawberry.argument(description="The series A, B and so on, 1 to 26.")
        ],
        formula: Annotated[
            str,
            strawberry.argument(
                description='As "A / B * 100": capitals name the series by position; + - * / % ^, parentheses, abs, floor, '
                "ceil, sqrt, round, min, max. At most 500 characters."
            ),
        ],
        period: Within = None,
        granularity: By = Granularity.DAY,
        compare: Compare = None,
    ) -> Later[Metric]:
        ground = self.ground(info.context)
        asked = asked_formula(ground.client, formula, series, period, granularity, compare)
        info.context.hints.named(info.path.as_list, ground.client, (each.event for each in series))
        if any(each.measure for each in series):
            return formula_of_apps(At.of(info), ground, asked)
        return formula_metric(At.of(info), ground, asked)

    def _metric(self, info: Info, asked: AskedSeries) -> Metric:
        ground = self.ground(info.context)
        info.context.hints.named(info.path.as_list, ground.client, [asked.event])
        return series_metric(info.context, ground, asked)
