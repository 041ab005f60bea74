"""What a series looks like in the graph: one shape for every source."""

from asyncio import gather
from collections.abc import Awaitable, Callable, Sequence
from math import isfinite
from typing import Annotated, TypeAlias, TypeVar

import strawberry

from parallax.connections import Node
from parallax.costs import BUCKETS, TOTAL, First, listed, of
from parallax.metrics.alignment import Agreement, Alignment
from parallax.metrics.catalog import Unit
from parallax.metrics.series import ComparedSeries, Series, Total, Value, made_of, measured, seen
from parallax.metrics.shapes import Columns, DataPoint, Dimension, points
from parallax.metrics.shapes import Period as Period
from parallax.metrics.shapes import PeriodInput as PeriodInput
from parallax.metrics.shapes import SourceInfo as SourceInfo
from parallax.pages import checked_first
from parallax.periods import Granularity

T = TypeVar("T")
Later: TypeAlias = T | Awaitable[T]
"""At hand, or asked for in this turn of the loop: resolvers that give it are no coroutines, which would ask a turn later."""

SLICES = 25
MOST_SLICES = 100
SLICED, SLICE, COMPARED_SLICE, AGREED = 100.0, 5.0, 5.0, 100.0  # units


@strawberry.type(description="The same measure over another period, bucket beside bucket (C3).")
class MetricComparison:
    period: Period = strawberry.field(description="The days that are compared with.")
    main: strawberry.Private[Series]
    series: strawberry.Private[ComparedSeries]

    @strawberry.field(
        description="The measure over the comparison period; null when not defined.",
        metadata=TOTAL,
        graphql_type=float | None,
    )
    def total(self) -> Awaitable[Value]:
        return self.series.total()

    @strawberry.field(
        description="Total of the series minus this total; null when one of them is.",
        metadata=TOTAL,
        graphql_type=float | None,
    )
    def change(self) -> Awaitable[Value]:
        return _of_both(
            self.main.total(), self.series.total(), lambda mine, other: None if other is None else mine - other
        )

    @strawberry.field(
        description="Change divided by this total: 0.1 is ten percent more; null when that total is 0 or null.",
        metadata=TOTAL,
        graphql_type=float | None,
    )
    def change_ratio(self) -> Awaitable[Value]:
        return _of_both(
            self.main.total(), self.series.total(), lambda mine, other: ratio(mine - other, other) if other else None
        )

    @strawberry.field(
        description="One point for each point of the series, in order; value null where none corresponds.",
        metadata=BUCKETS,
        graphql_type=list[DataPoint],
    )
    def data(self) -> Later[Columns[DataPoint]]:
        return made_of(self.series.values, lambda values: points(self.series.compared, values))

    @strawberry.field(description="The values of `data` alone.", metadata=BUCKETS, graphql_type=list[float | None])
    def values(self) -> Later[list[Value]]:
        return made_of(self.series.values, list)


async def _of_both(mine: Awaitable[Value], other: Awaitable[Value], make: Callable[[float, Value], Value]) -> Value:
    """Of two totals that were asked for together; None without the first."""
    both = await gather(mine, other)
    return None if both[0] is None else make(both[0], both[1])


def ratio(part: float, whole: float) -> float | None:
    """None where it is no number of JSON (V2)."""
    quotient = part / whole
    return quotient if isfinite(quotient) else None


@strawberry.type(
    description="The part of a series that one value of its breakdown has, or all values that are not kept."
)
class MetricSlice:
    dimension: str | None = strawberry.field(
        description="The value, as text; null for what has none, and where `isOther` (B2)."
    )
    is_other: bool = strawberry.field(description="Whether it holds all values that the list does not name (B3).")
    total: float | None = strawberry.field(
        description="The measure over the whole period, of the events with the value (B5); null when not defined."
    )
    series: strawberry.Private[Series]
    whole: strawberry.Private[Total]
    compared: strawberry.Private[Callable[[], MetricComparison | None]]

    @strawberry.field(
        description="Its total divided by that of the metric; null when that is 0 or null. Shares of users may add up to "
        "more than 1: a user may be in several slices (B6).",
        metadata=TOTAL,
        graphql_type=float | None,
    )
    def share(self) -> Awaitable[Value]:
        return _of_both(self.series.total(), self.whole(), lambda mine, whole: ratio(mine, whole) if whole else None)

    @strawberry.field(
        description="Every bucket of the period, in order.", metadata=BUCKETS, graphql_type=list[DataPoint]
    )
    def data(self) -> Later[Columns[DataPoint]]:
        return made_of(self.series.values, lambda values: points(self.series.axis, values))

    @strawberry.field(description="The values of `data` alone.", metadata=BUCKETS, graphql_type=list[float | None])
    def values(self) -> Later[list[Value]]:
        return made_of(self.series.values, list)

    @strawberry.field(
        description="The same value over the comparison period; of `isOther` all values that are not kept. Null unless "
        "`compare` was given.",
        metadata=of(COMPARED_SLICE),
    )
    def comparison(self) -> MetricComparison | None:
        return self.compared()


@strawberry.type(description="A series: a measure by bucket over a period, from one source. Its id is the question.")
class Metric(Node):
    name: str = strawberry.field(description="Name in the metric catalogue.")
    label: str = strawberry.field(description="Name for people.")
    unit: Unit = strawberry.field(description="What the values are numbers of.")
    dimensions: list[Dimension] = strawberry.field(
        description="What the series is cut to; empty: everything. At most 10.", metadata=listed(10)
    )
    period: Period = strawberry.field(description="The days that were counted.")
    granularity: Granularity = strawberry.field(description="Width of the buckets.")
    comparison: MetricComparison | None = strawberry.field(
        description="The same over the period that `compare` names; null unless it was given."
    )
    series: strawberry.Private[Series]

    # Told when asked: most operations want numbers alone.
    told_id: strawberry.Private[Callable[[], str]]
    told_source: strawberry.Private[Callable[[], SourceInfo]]
    told_slices: strawberry.Private[Callable[[int], Awaitable[list[MetricSlice]]] | None] = None
    told_inputs: strawberry.Private[Callable[[], Sequence["Later[Metric]"]] | None] = None
    told_agreement: strawberry.Private[Callable[[], Awaitable[Agreement | None]] | None] = None

    alignment: Alignment | None = strawberry.field(
        default=None,
        description="How a vendor's series was laid on the axis; null where the source measures on that very axis, as our "
        "own do.",
    )

    def seen(self) -> Awaitable[object]:
        """What differs when the series has changed, its slices included: as many as may be shown."""
        more = [] if self.told_slices is None else [_seen_slices(self.told_slices(MOST_SLICES))]
        return seen(self.series, self.comparison.series if self.comparison else None, *more)

    # A resolver takes the place of the interface's attribute.
    @strawberry.field(description="The question, encoded: the same question has the same id.")  # type: ignore[misc]
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.told_id())

    @strawberry.field(description="Where the numbers come from.")
    def source(self) -> SourceInfo:
        return self.told_source()

    @strawberry.field(
        description="The measure over the whole period as one bucket, by the source; distinct users are counted once, "
        "so it need not be the sum of the points (V5).",
        metadata=TOTAL,
        graphql_type=float | None,
    )
    def total(self) -> Awaitable[Value]:
        return self.series.total()

    @strawberry.field(
        description="Smallest of the points that are not null; null when there are none.", graphql_type=float | None
    )
    def min(self) -> Later[Value]:
        return made_of(self.series.values, lambda values: min(measured(values), default=None))

    @strawberry.field(
        description="Largest of the points that are not null; null when there are none.", graphql_type=float | None
    )
    def max(self) -> Later[Value]:
        return made_of(self.series.values, lambda values: max(measured(values), default=None))

    @strawberry.field(
        description="Mean of the points that are not null; null when there are none.", graphql_type=float | None
    )
    def average(self) -> Later[Value]:
        return made_of(self.series.values, lambda values: mean(measured(values)))

    @strawberry.field(
        description="Every bucket of the period, in order, those without data included. At most 15000.",
        metadata=BUCKETS,
        graphql_type=list[DataPoint],
    )
    def data(self) -> Later[Columns[DataPoint]]:
        return made_of(self.series.values, lambda values: points(self.series.axis, values))

    @strawberry.field(
        description="The values of `data` alone, in the same order: the small form of the series.",
        metadata=BUCKETS,
        graphql_type=list[float | None],
    )
    def values(self) -> Later[list[Value]]:
        return made_of(self.series.values, list)

    @strawberry.field(
        description="The series by value of its `breakdown`: the largest first, equal ones by value, all that are not kept "
        "as one last slice with `isOther` (B1 to B5). Null unless the series has a breakdown. At most 100 and that slice.",
        metadata=of(SLICED, extent=First("first", MOST_SLICES, row=SLICE)),
        graphql_type=list[MetricSlice] | None,
    )
    def breakdown(
        self, first: Annotated[int | None, strawberry.argument(description="Values to keep, 1 to 100.")] = SLICES
    ) -> Later[list[MetricSlice] | None]:
        kept = checked_first(SLICES if first is None else first, MOST_SLICES)
        return None if self.told_slices is None else self.told_slices(kept)

    @strawberry.field(
        description="The series A, B and so on of a formula, in order; null elsewhere. At most 26.",
        metadata=listed(26),
    )
    def inputs(self) -> list["Metric"] | None:
        return None if self.told_inputs is None else self.told_inputs()  # type: ignore[return-value]  # or in this turn

    @strawberry.field(
        description="How far a vendor's series agrees with our own measurement; null for our own series, and where neither "
        "events nor usage reports have the measure.",
        metadata=of(AGREED),
        graphql_type=Agreement | None,
    )
    def agreement(self) -> Awaitable[Agreement | None] | None:
        return None if self.told_agreement is None else self.told_agreement()


def mean(values: Sequence[float]) -> Value:
    return ratio(sum(values), len(values)) if values else None


async def _seen_slices(slices: Awaitable[list[MetricSlice]]) -> object:
    return [(each.dimension, each.is_other, each.total, each.series.values) for each in await slices]
