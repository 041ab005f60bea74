"""Where cohorts of the panel are come by: an app has one, and each analysis has a list."""

from typing import Annotated, Final
from uuid import UUID

import strawberry

from parallax import costs
from parallax.context import Info
from parallax.pages import MOST, checked_first
from parallax.vendor_data.reading import At
from parallax.vendor_data.sensor_tower.asked import JOINED, SOURCE
from parallax.vendor_data.sensor_tower.keys import Named, product_of
from parallax.vendor_data.sensor_tower.panel import PanelCohort, listed_cohorts
from parallax.vendors.sensor_tower.panel import PATH, PanelAnalysis

LISTED: Final = 100


@strawberry.type
class PanelFields(Named):
    @strawberry.field(
        description="Its users in the panel; null where the vendor has no panel of them.",
        metadata=costs.read("/v1/unified/apps", 20, source=SOURCE),
    )
    async def panel(self, info: Info) -> PanelCohort | None:
        product = await product_of(At.of(info), self.named)
        return None if product is None or product.cohort is None else PanelCohort.of(self.named.client, product.cohort)


@strawberry.type
class PanelMarketFields:
    client: strawberry.Private[UUID]

    @strawberry.field(
        description="Cohorts that an analysis is told of, as the vendor orders them; one call for each analysis.",
        metadata=costs.read(f"{PATH}…/cohorts", JOINED, source=SOURCE, extent=costs.First("first", MOST)),
    )
    async def panel_cohorts(
        self,
        info: Info,
        analysis: Annotated[PanelAnalysis, strawberry.argument(description="What is to be told of them.")],
        search: Annotated[
            str | None, strawberry.argument(description="A part of the name, in upper or lower case.")
        ] = None,
        first: Annotated[int | None, strawberry.argument(description="How many, 1 to 1000.")] = LISTED,
    ) -> list[PanelCohort] | None:
        most, part = checked_first(LISTED if first is None else first), (search or "").casefold()
        listed = await listed_cohorts(At.of(info), self.client, analysis)
        if listed is None:
            return None
        named = [each for each in listed if part in (each["name"] or "").casefold()]
        return [PanelCohort.of(self.client, each["id"], each) for each in named[:most]]
