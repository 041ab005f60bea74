"""Where a product's downloads come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from parallax import costs
from parallax.context import Info
from parallax.links.keys import Store
from parallax.metrics.graph import Metric
from parallax.metrics.series import Value
from parallax.metrics.shapes import PeriodInput
from parallax.periods import Granularity
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.asked import DAYS_IN, JOINED, SOURCE, PeriodGiven, period_told
from parallax.vendor_data.sensor_tower.keys import Named, StoreKey, account, ids_in, key_told
from parallax.vendor_data.sensor_tower.laid import laid, tell_gaps, told
from parallax.vendor_data.sensor_tower.measures import DOWNLOADS_BY_SOURCE
from parallax.vendor_data.series import Part, sum_of
from parallax.vendors.sensor_tower.buckets import last_complete
from parallax.vendors.sensor_tower.sources import DOWNLOADS_BY_SOURCES
from parallax.vendors.sensor_tower.stores import OS, WORLD
from parallax.vendors.sensor_tower.terms import checked_country

FAMILY: Final = "sensor_tower.downloads_by_source"
CUTS: Final = (Granularity.DAY, Granularity.MONTH)
COST: Final = costs.read(
    "/v1/{os}/downloads_by_sources",
    source=SOURCE,
    extent=costs.Series({"": costs.Measure(series=JOINED)}, 400 * 31, None, compare=None),
)


@dataclass(frozen=True, slots=True)
class BySource:
    """A question."""

    named: StoreKey
    period: PeriodInput | None
    granularity: Granularity
    country: str
    store: Store

    def said(self) -> dict[str, Any]:
        return {
            "vendor": FAMILY,
            "of": self.named.told(),
            "period": self.period.as_asked() if self.period else {},
            "granularity": self.granularity.name,
            "country": self.country,
            "store": self.store.name,
        }


async def by_source(at: At, given: BySource) -> Metric | None:
    """None where little is left of the quota and the caller wants nothing then. Raises InvalidParameter."""
    asked = replace(given, country=checked_country("country", given.country, worldwide=True))
    line = laid(at, asked.period, asked.granularity, CUTS)
    ids = await ids_in(at, asked.named, Store.UNIFIED)
    if not ids:
        return None
    pieces = DOWNLOADS_BY_SOURCES.pieces(asked.store, ids, asked.country, asked.granularity, line.buckets)
    found = await read(at, await account(at, asked.named.client), DOWNLOADS_BY_SOURCES, pieces)
    if found is None:
        return None
    parts = {piece.bucket: found.kept[piece].part or {} for piece in pieces if piece in found.kept}

    def total(values: Sequence[Value]) -> Value:
        return None if found.failed else sum_of(values)

    def shown(source: str) -> Part:
        values = line.column(lambda bucket: parts.get(bucket, {}).get(source))
        return Part(source, values, total(values))

    values = line.column(lambda bucket: sum_of(list(parts.get(bucket, {}).values())))
    tell_gaps(at, line, values, DOWNLOADS_BY_SOURCE)
    country = {} if asked.country == WORLD else {"country": asked.country}
    return told(
        asked.named.client,
        asked.said(),
        DOWNLOADS_BY_SOURCE,
        line,
        Part(None, values, total(values)),
        found,
        f"/v1/{OS[asked.store]}/downloads_by_sources",
        last_complete(at.context.today(DAYS_IN), Granularity.MONTH),
        country if asked.store is Store.UNIFIED else country | {"store": asked.store.name},
        [shown(source) for source in dict.fromkeys(source for part in parts.values() for source in part)],
    )


async def by_source_again(at: At, client: UUID, said: Mapping[str, Any]) -> Metric | None:
    granularity, store = Granularity[said["granularity"]], Store[said["store"]]
    named, period = key_told(client, said["of"]), period_told(said["period"])
    return await by_source(at, BySource(named, period, granularity, said["country"], store))


@strawberry.type
class ProductSources(Named):
    @strawberry.field(
        description="Downloads by what led to them: `breakdown` has a slice for each source that the vendor tells (organic, "
        "browser, paid; of some accounts organic_browse, organic_search and paid_search as well), `share` of it is its part. "
        "By DAY or MONTH; a period is widened to whole months then. Null: no estimate.",
        metadata=COST,
    )
    async def downloads_by_source(
        self,
        info: Info,
        period: PeriodGiven = None,
        granularity: Annotated[
            Granularity | None, strawberry.argument(description="DAY or MONTH.")
        ] = Granularity.MONTH,
        country: Annotated[
            str | None,
            strawberry.argument(
                description="ISO code; WW is worldwide: the countries of Google Play, and thus not China."
            ),
        ] = WORLD,
        store: Annotated[
            Store | None, strawberry.argument(description="Only the editions of a store; UNIFIED: all.")
        ] = Store.UNIFIED,
    ) -> Metric | None:
        width = granularity or Granularity.MONTH
        asked = BySource(self.named, period, width, WORLD if country is None else country, store or Store.UNIFIED)
        return await by_source(At.of(info), asked)
