"""Where estimates stand in the graph: at products, at editions, at publishers."""

from typing import Annotated, Final

import strawberry

from parallax import costs
from parallax.context import Info
from parallax.links.keys import Store
from parallax.metrics.graph import Metric
from parallax.metrics.shapes import PeriodInput
from parallax.periods import Granularity
from parallax.vendor_data.reading import At
from parallax.vendor_data.sensor_tower.asked import JOINED, SOURCE, PeriodGiven, StoreDimension
from parallax.vendor_data.sensor_tower.estimates import Estimate, Whose, estimated
from parallax.vendor_data.sensor_tower.keys import Named
from parallax.vendor_data.sensor_tower.measures import EstimateModel, StoreEstimate
from parallax.vendors.sensor_tower.stores import WORLD

LONGEST_DAYS: Final = 400 * 92
COST: Final = costs.read(
    "/v1/{os}/sales_report_estimates, /v1/{os}/usage/active_users",
    source=SOURCE,
    extent=costs.Series(
        {measure.name: costs.Measure(series=JOINED) for measure in StoreEstimate}, LONGEST_DAYS, "name", compare=None
    ),
)
MEANING: Final = (
    "Buckets without an estimate are null, those to come as well; a period is widened to whole buckets, of which there are at "
    "most 400. Downloads and revenue by DAY, WEEK, MONTH or QUARTER, whose total is the sum of what is estimated; of users "
    "there are DAY, WEEK and MONTH, and a total only of a single bucket, for they cannot be added up."
)

Name = Annotated[StoreEstimate, strawberry.argument(description="What is estimated.")]
Width = Annotated[Granularity | None, strawberry.argument(description="Width of a bucket; weeks begin on Mondays.")]
Countries = Annotated[
    list[str] | None,
    strawberry.argument(
        description="ISO codes, at most 50; absent: WW, worldwide. Of several the sum is told, but of users."
    ),
]
Split = Annotated[StoreDimension | None, strawberry.argument(description="By what it is split, if it is to be.")]
Model = Annotated[
    EstimateModel | None, strawberry.argument(description="Of which model; absent: the account's own. Few may choose.")
]


async def _estimate(
    info: Info,
    whose: Whose,
    named: Named,
    name: StoreEstimate,
    period: PeriodInput | None,
    granularity: Granularity | None,
    countries: list[str] | None,
    breakdown: StoreDimension | None,
    model: EstimateModel | None,
    store: Store | None = Store.UNIFIED,
) -> Metric | None:
    asked = Estimate(
        whose,
        named.named,
        name,
        period,
        granularity or Granularity.DAY,
        (WORLD,) if countries is None else tuple(countries),
        store or Store.UNIFIED,
        breakdown,
        model,
    )
    return await estimated(At.of(info), asked)


@strawberry.type
class ProductEstimates(Named):
    @strawberry.field(
        description="Downloads, revenue or users over all editions, as the vendor counts them: who uses two editions counts "
        f"once. Split by COUNTRY, STORE or DEVICE. {MEANING}",
        metadata=COST,
    )
    async def estimate(
        self,
        info: Info,
        name: Name,
        period: PeriodGiven = None,
        granularity: Width = Granularity.DAY,
        countries: Countries = None,
        store: Annotated[
            Store | None, strawberry.argument(description="Only the editions of a store; UNIFIED: all.")
        ] = Store.UNIFIED,
        breakdown: Split = None,
        model: Model = None,
    ) -> Metric | None:
        return await _estimate(info, Whose.PRODUCT, self, name, period, granularity, countries, breakdown, model, store)


@strawberry.type
class EditionEstimates(Named):
    @strawberry.field(
        description=f"Downloads, revenue or users of this edition. Split by COUNTRY or DEVICE. {MEANING}", metadata=COST
    )
    async def estimate(
        self,
        info: Info,
        name: Name,
        period: PeriodGiven = None,
        granularity: Width = Granularity.DAY,
        countries: Countries = None,
        breakdown: Split = None,
        model: Model = None,
    ) -> Metric | None:
        return await _estimate(info, Whose.EDITION, self, name, period, granularity, countries, breakdown, model)


@strawberry.type
class PublisherEstimates(Named):
    @strawberry.field(
        description="Downloads or revenue over all its apps; users are not told. Split by COUNTRY, DEVICE or APP, and STORE "
        f"where it is one over both. {MEANING}",
        metadata=COST,
    )
    async def estimate(
        self,
        info: Info,
        name: Name,
        period: PeriodGiven = None,
        granularity: Width = Granularity.DAY,
        countries: Countries = None,
        breakdown: Split = None,
        model: Model = None,
    ) -> Metric | None:
        return await _estimate(info, Whose.PUBLISHER, self, name, period, granularity, countries, breakdown, model)
