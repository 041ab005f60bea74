"""How the users of a store's app come back, as the graph shows it."""

from typing import Final

import strawberry

from parallax import costs
from parallax.context import Info
from parallax.metrics.catalog import Unit, UserBasis
from parallax.metrics.shapes import SourceInfo
from parallax.scalars import DayText
from parallax.vendor_data.reading import At
from parallax.vendor_data.sensor_tower.keys import Named
from parallax.vendor_data.sensor_tower.quarters import Place, Quarters, by_quarter, cost
from parallax.vendor_data.series import Measured
from parallax.vendors.sensor_tower.retention import RETENTION

DAYS: Final = 90
MEASURED: Final = Measured(
    "RETENTION",
    "Retention",
    Unit.RATIO,
    "Of the devices on which the app was first used in the quarter, or at any time, the share on which it is used so many "
    "days later; corrected by Sensor Tower.",
    is_additive=False,
    users=UserBasis.DEVICE,
)


@strawberry.type(description="Of those who began to use an app of a store, the share that uses it so many days later.")
class RetentionCurve:
    start: DayText = strawberry.field(description="First day of the quarter; of all time the day that the vendor says.")
    end: DayText | None = strawberry.field(description="Last day of the quarter; null for all time.")
    country: str | None = strawberry.field(description="Code of the country or region; WW is worldwide.")
    rates: list[float | None] = strawberry.field(
        description="Ratios, the first of day 1 and the last of day 90; day 0 would be 1. Null: the vendor tells none.",
        metadata=costs.listed(DAYS),
    )
    baseline: list[float | None] = strawberry.field(
        description="The same of all apps on average, as it came with the rates.",
        metadata=costs.listed(DAYS),
    )
    source: SourceInfo = strawberry.field(description="Where the numbers come from, and how sure the vendor is.")


@strawberry.type
class RetentionFields(Named):
    @strawberry.field(
        description="How its users come back, by quarter, oldest first: quarters that the vendor has no estimate of are left "
        "out. Null where it has none at all, as of apps that few use; `extensions.missing` says why.",
        metadata=cost(RETENTION),
    )
    async def retention(
        self, info: Info, period: Quarters = None, country: Place = None
    ) -> list[RetentionCurve] | None:
        told = await by_quarter(At.of(info), self.named, RETENTION, MEASURED, period, country)
        if told is None:
            return None
        return [
            RetentionCurve(
                start=each.start,
                end=each.end,
                country=each.part["country"],
                rates=each.part["rates"],
                baseline=each.part["baseline"],
                source=each.source,
            )
            for each in told
        ]
