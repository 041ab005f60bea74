"""Who uses a store's app, as the graph shows it."""

from typing import Final

import strawberry

from parallax import costs
from parallax.context import Info
from parallax.metrics.catalog import Unit, UserBasis
from parallax.metrics.shapes import SourceInfo
from parallax.scalars import DayText
from parallax.vendor_data.reading import At
from parallax.vendor_data.sensor_tower.keys import Named
from parallax.vendor_data.sensor_tower.quarters import Place, Quarters, Told, by_quarter, cost
from parallax.vendor_data.series import Measured
from parallax.vendors.sensor_tower.demographics import AGES, BANDS, DEMOGRAPHICS

MEASURED: Final = Measured(
    "DEMOGRAPHICS",
    "Demographics",
    Unit.RATIO,
    "Of the people who use the app in the quarter, or at any time, the share of each gender and age.",
    is_additive=False,
    users=UserBasis.PERSON,
)


@strawberry.type(description="The part of an app's users that is of one gender and age.")
class DemographicBand:
    gender: str = strawberry.field(description="female or male.")
    ages: str = strawberry.field(description="Years of age: 0-17, 18-24, 25-34, 35-44, 45-54 or 55+.")
    share: float | None = strawberry.field(
        description="Of the app's users, a ratio; the bands add up to 1. Null: the vendor tells none, as of 0-17."
    )
    baseline_share: float | None = strawberry.field(
        description="The same of all apps on average. Null: the vendor tells none."
    )


@strawberry.type(description="Who uses an app of a store, by gender and age.")
class Demographics:
    start: DayText = strawberry.field(description="First day of the quarter; of all time the day that the vendor says.")
    end: DayText | None = strawberry.field(description="Last day of the quarter; null for all time.")
    country: str | None = strawberry.field(description="Code of the country or region; WW is worldwide.")
    female_share: float | None = strawberry.field(
        description="Women and girls among its users, a ratio; null: the vendor tells none."
    )
    male_share: float | None = strawberry.field(
        description="Men and boys among its users, a ratio; null: the vendor tells none."
    )
    average_age: float | None = strawberry.field(description="Of its users, in years; null: the vendor tells none.")
    bands: list[DemographicBand] = strawberry.field(
        description="By gender and then age. At most 12.", metadata=costs.listed(len(BANDS))
    )
    source: SourceInfo = strawberry.field(description="Where the numbers come from, and how sure the vendor is.")

    @classmethod
    def of(cls, told: Told) -> "Demographics":
        part = told.part
        return cls(
            start=told.start,
            end=told.end,
            country=part["country"],
            female_share=part["female"],
            male_share=part["male"],
            average_age=part["age"],
            bands=[
                DemographicBand(
                    gender=gender,
                    ages=AGES[int(age)],
                    share=part["shares"].get(band),
                    baseline_share=part["baseline"].get(band),
                )
                for band in BANDS
                if band in part["shares"] or band in part["baseline"]
                for gender, _, age in (band.partition("_"),)
            ],
            source=told.source,
        )


@strawberry.type
class DemographicsFields(Named):
    @strawberry.field(
        description="Who its users are, by quarter, oldest first: quarters that the vendor has no estimate of are left out. "
        "Null where it has none at all, as of apps that few use; `extensions.missing` says why.",
        metadata=cost(DEMOGRAPHICS),
    )
    async def demographics(
        self, info: Info, period: Quarters = None, country: Place = None
    ) -> list[Demographics] | None:
        told = await by_quarter(At.of(info), self.named, DEMOGRAPHICS, MEASURED, period, country)
        return None if told is None else [Demographics.of(each) for each in told]
