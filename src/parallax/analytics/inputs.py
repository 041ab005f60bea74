"""What the Analytics fields take: enums, inputs, and arguments that many of them share."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, TypeAlias

import strawberry
from strawberry.scalars import JSON

from parallax.analyses.questions import Intensity, Order, Size
from parallax.filters.conditions import Operator, RawCondition
from parallax.metrics.catalog import MetricName, SourceSystem
from parallax.metrics.measures import Measure
from parallax.metrics.shapes import PeriodInput
from parallax.periods import Comparison, Granularity


class PerActorAggregate(Enum):
    """Named as `questions.Function` names them."""

    AVG = "AVG"
    MEDIAN = "MEDIAN"
    P50 = "P50"
    P75 = "P75"
    P90 = "P90"
    P95 = "P95"
    P99 = "P99"
    MIN = "MIN"
    MAX = "MAX"
    SUM = "SUM"


class AggregateFunction(Enum):
    """Named as `questions.Function` names them."""

    SUM = "SUM"
    AVG = "AVG"
    MIN = "MIN"
    MAX = "MAX"
    COUNT = "COUNT"
    MEDIAN = "MEDIAN"
    P75 = "P75"
    P90 = "P90"
    P95 = "P95"
    P99 = "P99"


class LogProperty(Enum):
    LEVEL = "LEVEL"
    SERVICE = "SERVICE"
    SOURCE = "SOURCE"


strawberry.enum(
    PerActorAggregate,
    description="How the numbers of a bucket's users become one (P1). AVG: their mean; MEDIAN and P50: the middle one; P75, "
    "P90, P95 and P99: quantiles, between two users in proportion (V4); MIN, MAX and SUM: of all of them.",
)
strawberry.enum(
    AggregateFunction,
    description="How numeric values become one (P3). SUM, AVG, MIN, MAX: of all of them; COUNT: how many there are; MEDIAN, "
    "P75, P90, P95, P99: quantiles, between two values in proportion (V4).",
)
strawberry.enum(
    Measure,
    description="What several sources measure, each in its own way: `source` of a series says how. "
    + " ".join(f"{measure.name}: {measure.value.definition}" for measure in Measure),
)
strawberry.enum(LogProperty, description="What log records are counted by: their LEVEL, SERVICE or SOURCE.")
strawberry.enum(
    Operator,
    description="How a condition compares the text form of a value (Q4 to Q8). EQ, NE: equal or not, case and all; GT, GTE, "
    "LT, LTE: as numbers where the condition's value is one, else as texts; CONTAINS, NOT_CONTAINS, STARTS_WITH, ENDS_WITH: "
    "parts of the text; IN, NOT_IN: one of an array; IS_SET, IS_NOT_SET: there at all, and not empty; REGEX: RE2 syntax, "
    "anywhere in the text. A missing value satisfies NE, NOT_CONTAINS, NOT_IN and IS_NOT_SET alone (Q2).",
)
strawberry.enum(
    Size,
    name="GroupSizeType",
    description="How large a group is (M1). COUNT: its events; UNIQUE_ACTORS: its distinct users; SUM: of a property.",
)
strawberry.enum(
    Intensity,
    name="GroupIntensityType",
    description="How much a group does (M1). AVG_PER_ACTOR: events by users, per distinct user; PERCENTILE_PER_ACTOR: a "
    "quantile of the users' numbers of events; UNIQUE_ACTORS: distinct users; AVG: mean of a property.",
)
strawberry.enum(
    Order, name="TopOrder", description="What a top list is ordered by. COUNT: events; USERS: distinct users."
)


@strawberry.input(description="A condition on an event or a log record. Those of a list are joined by AND.")
class ConditionInput:
    field: str = strawberry.field(
        description="event, user, session, app, audience (its id), properties.<path> or trait:<name>; any other name is "
        "short for properties.<name>. Of logs: level, service, source, message, user, session, app or properties.<path>."
    )
    operator: Operator | None = strawberry.field(default=Operator.EQ, description="How it compares; EQ unless given.")
    value: JSON | None = strawberry.field(
        default=None,
        description="A text, a number, true or false; for IN and NOT_IN an array of at most 1000 of these; IS_SET and "
        "IS_NOT_SET need none.",
    )

    @property
    def raw(self) -> RawCondition:
        return RawCondition(self.field, self.operator or Operator.EQ, self.value)


def raw(conditions: Sequence[ConditionInput] | None) -> list[RawCondition]:
    return [condition.raw for condition in conditions or ()]


@strawberry.input(description="What one source measures of an app, as `compareSources` does.")
class MeasureInput:
    app: strawberry.ID = strawberry.field(description="An app of the client: global id or bare UUID.")
    measure: Measure = strawberry.field(description="What is measured.")
    source: SourceSystem = strawberry.field(description="The system that measures it; it must have the measure.")
    country: str | None = strawberry.field(
        default=None, description="Only this country, by its ISO code; WW and absent: everywhere."
    )


@strawberry.input(
    description="One series of a formula: a metric, or with `property` an aggregate of that property of its events, or "
    "(`measure`) what a vendor, the usage reports or the events of an app measure."
)
class FormulaSeriesInput:
    metric: MetricName | None = strawberry.field(
        default=MetricName.EVENTS, description="What is measured; EVENTS where `property` is given."
    )
    event: str | None = strawberry.field(default=None, description="Only events of this name.")
    property: str | None = strawberry.field(
        default=None, description="The event property whose numeric values are aggregated."
    )
    function: AggregateFunction | None = strawberry.field(
        default=AggregateFunction.SUM, description="How the values of `property` become one."
    )
    measure: MeasureInput | None = strawberry.field(
        default=None,
        description="A measure of one source, laid on the formula's buckets (Y4); it goes with `period` alone, and by DAY, "
        "WEEK, MONTH or QUARTER.",
    )
    where: list[ConditionInput] | None = strawberry.field(
        default=None, description="Only what satisfies all of these, at most 50."
    )
    breakdown: str | None = strawberry.field(
        default=None,
        description="Field by which the formula is broken down: the same for all series that have one. A series without one "
        "gives its plain value to each group (X6).",
    )
    period: PeriodInput | None = strawberry.field(
        default=None,
        description="Days of its own, laid position by position on the buckets of the whole; it is not moved by `compare`.",
    )


@strawberry.input(description="How large a group is.")
class GroupSizeInput:
    type: Size = strawberry.field(description="What is counted.")
    property: str | None = strawberry.field(
        default=None, description="The event property that SUM adds up; it needs one."
    )


@strawberry.input(description="How much a group does.")
class GroupIntensityInput:
    type: Intensity = strawberry.field(description="What is measured.")
    property: str | None = strawberry.field(default=None, description="The event property of AVG; it needs one.")
    percentile: float | None = strawberry.field(
        default=None, description="The quantile of PERCENTILE_PER_ACTOR, from 0 to 1; it needs one."
    )


# ---------------------------------------------------------------- arguments
OnlyEvent: TypeAlias = Annotated[
    str | None, strawberry.argument(description="Only events of this name; USERS and LOGS take none (E2, E3).")
]
TheEvent: TypeAlias = Annotated[str, strawberry.argument(description="Name of the event.")]
AnyEvent: TypeAlias = Annotated[str | None, strawberry.argument(description="Only events of this name; absent: all.")]
Within: TypeAlias = Annotated[
    PeriodInput | None, strawberry.argument(description="Days to count; absent: the last 30, today included.")
]
By: TypeAlias = Annotated[Granularity | None, strawberry.argument(description="Width of a bucket.")]
Where: TypeAlias = Annotated[
    list[ConditionInput] | None,
    strawberry.argument(description="Only what satisfies all of these conditions, at most 50."),
]
BrokenBy: TypeAlias = Annotated[
    str | None,
    strawberry.argument(description="Field, named as in conditions but for audience, by which `breakdown` groups."),
]
Compare: TypeAlias = Annotated[
    Comparison | None, strawberry.argument(description="Also measure the period before, or a year earlier.")
]
Entries: TypeAlias = Annotated[int | None, strawberry.argument(description="Entries to list, 1 to 1000.")]
