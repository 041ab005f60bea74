"""What a store's app is known by, quarter by quarter or over all time."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import strawberry

from parallax import costs
from parallax.metrics.catalog import SourceSystem
from parallax.metrics.shapes import PeriodInput, SourceInfo
from parallax.periods import Granularity
from parallax.scalars import DayText
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.buckets import absent, absent_buckets, buckets
from parallax.vendor_data.sensor_tower.keys import StoreKey, account
from parallax.vendor_data.series import Measured, source_info
from parallax.vendors.gathering import Gathered
from parallax.vendors.sensor_tower.quarterly import FIRST_DAY, FIRST_DAY_OF_A_COUNTRY, ByQuarter, confidence_of
from parallax.vendors.sensor_tower.stores import OS, WORLD
from parallax.vendors.sensor_tower.terms import REGIONS, checked_country
from parallax.vendors.sensor_tower.vendor import VENDOR

Quarters = Annotated[
    PeriodInput | None,
    strawberry.argument(
        description="Every quarter that it touches and that is over; absent: all time as one. Quarters are known from October "
        "2015 on, those of a country or region from 2021 on."
    ),
]
Place = Annotated[
    str | None,
    strawberry.argument(
        description="An ISO code, or LATIN_AM, SE_ASIA, TIER_1 or US for a region; absent or WW: worldwide."
    ),
]


def cost(endpoint: ByQuarter) -> dict[str, Any]:
    """Of a list of what is told of each quarter."""
    extent = costs.Series(
        {endpoint.what: costs.Measure(series=60)},
        metric=None,
        compare=None,
        granularity=Granularity.QUARTER,
        last="today",
    )
    return costs.read(f"/v1/{{os}}/usage/{endpoint.what}", source=SourceSystem.SENSOR_TOWER.name, extent=extent)


class Told(NamedTuple):
    """A part as the endpoint's file has it."""

    part: Mapping[str, Any]
    source: SourceInfo

    @property
    def start(self) -> DayText:
        return DayText(self.part["start"])

    @property
    def end(self) -> DayText | None:
        return None if self.part["end"] is None else DayText(self.part["end"])


async def by_quarter(
    at: At, app: StoreKey, endpoint: ByQuarter, measured: Measured, period: PeriodInput | None, country: str | None
) -> list[Told] | None:
    """None where there is nothing at all: `extensions.missing` says why. Raises InvalidParameter."""
    place = _checked_place(country)
    quarters = None
    if period is not None:
        first_day = FIRST_DAY_OF_A_COUNTRY if place else FIRST_DAY
        quarters = buckets(at, period, Granularity.QUARTER, first_day).known
    pieces = endpoint.pieces(OS[app.store], app.key, place, quarters)
    found = await read(at, await account(at, app.client), endpoint, pieces)
    if found is None:
        return None
    there = {piece: found.kept[piece] for piece in pieces if piece in found.kept}
    if any(kept.part == {"disabled": True} for kept in there.values()):
        absent(at, "The app is below the minimum of users from which on Sensor Tower estimates.")
    absent_buckets(at, sum(kept.part is None for kept in there.values()), len(pieces))
    return [
        Told(
            kept.part,
            source_info(
                SourceSystem.SENSOR_TOWER,
                VENDOR.label,
                measured,
                endpoint.path(OS[app.store]),
                Gathered({piece: kept}),
                is_estimate=True,
                confidence=confidence_of(kept.part["confidence"]),
                score=kept.part["confidence"],
            ),
        )
        for piece, kept in there.items()
        if kept.part is not None and "start" in kept.part
    ] or None


def _checked_place(country: str | None) -> str:
    """As the vendor wants it: "" is the whole world. Raises InvalidParameter."""
    code = (country or WORLD).strip().upper()
    if code == WORLD:
        return ""
    return code if code in REGIONS else checked_country("country", code)
