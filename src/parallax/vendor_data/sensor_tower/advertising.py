"""How a product advertises: its share of voice and its rank, by network and country."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Final, NamedTuple
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
from parallax.vendor_data.sensor_tower.asked import (
    DAYS_IN,
    JOINED,
    SOURCE,
    PeriodGiven,
    StoreDimension,
    checked_dimension,
    period_told,
)
from parallax.vendor_data.sensor_tower.keys import Named, StoreKey, account, ids_in, key_told, product_of
from parallax.vendor_data.sensor_tower.laid import absent, laid, tell_gaps, told
from parallax.vendor_data.sensor_tower.measures import StoreAdvertising
from parallax.vendor_data.series import Part
from parallax.vendors.sensor_tower.ads import EARLIEST, RANK, SHARE_OF_VOICE
from parallax.vendors.sensor_tower.buckets import PER_DAY, last_complete
from parallax.vendors.sensor_tower.stores import OS
from parallax.vendors.sensor_tower.terms import TermKind, checked_countries, checked_terms

FAMILY: Final = "sensor_tower.advertising"
COST: Final = costs.read(
    "/v1/{os}/ad_intel/network_analysis",
    source=SOURCE,
    extent=costs.Series(
        {measure.name: costs.Measure(series=JOINED) for measure in StoreAdvertising}, 400 * 31, "name", compare=None
    ),
)
CUTS: Final = {
    StoreAdvertising.SHARE_OF_VOICE: tuple(PER_DAY),
    StoreAdvertising.RANK: (Granularity.DAY, Granularity.WEEK),
}


@dataclass(frozen=True, slots=True)
class Advertising:
    """A question. Networks and countries are empty for all of them, each by itself."""

    named: StoreKey
    name: StoreAdvertising
    period: PeriodInput | None = None
    granularity: Granularity = Granularity.WEEK
    networks: tuple[str, ...] | None = None
    countries: tuple[str, ...] | None = None
    store: Store = Store.UNIFIED
    breakdown: StoreDimension | None = None

    def said(self) -> dict[str, Any]:
        lists = {"networks": self.networks, "countries": self.countries}
        return {
            "vendor": FAMILY,
            "of": self.named.told(),
            "name": self.name.name,
            "period": self.period.as_asked() if self.period else {},
            "granularity": self.granularity.name,
            **{name: list(values) for name, values in lists.items() if values is not None},
            "store": self.store.name,
            **({} if self.breakdown is None else {"breakdown": self.breakdown.name}),
        }


class Place(NamedTuple):
    """What one number is of."""

    app: str
    country: str
    network: str


async def advertised(at: At, given: Advertising) -> Metric | None:
    """None where little is left of the quota and the caller wants nothing then. Raises InvalidParameter."""
    networks, countries = given.networks, given.countries
    if networks is not None:
        networks = tuple(sorted(checked_terms("networks", networks, TermKind.NETWORK)))
    if countries is not None:
        countries = tuple(sorted(checked_countries("countries", countries)))
    asked, measured = replace(given, networks=networks, countries=countries), given.name.value
    by_app = [StoreDimension.APP] if asked.store is not Store.UNIFIED else []
    checked_dimension(asked.breakdown, [StoreDimension.NETWORK, StoreDimension.COUNTRY, *by_app])
    line = laid(at, asked.period, asked.granularity, CUTS[asked.name], EARLIEST)
    ids = await editions_in(at, asked.named, asked.store)
    if not ids:
        return None
    endpoint = SHARE_OF_VOICE if asked.name is StoreAdvertising.SHARE_OF_VOICE else RANK
    pieces = endpoint.pieces(asked.store, ids, networks or (), countries or (), asked.granularity, line.buckets)
    found = await read(at, await account(at, asked.named.client), endpoint, pieces)
    if found is None:
        return None
    numbers: dict[Place, dict[date, Value]] = {}
    for piece, kept in found.kept.items():
        for country, by_network in (kept.part or {}).items():
            for network, number in by_network.items():
                if piece.bucket is not None:
                    numbers.setdefault(Place(piece.of[0], country, network), {})[piece.bucket] = number

    def shown(name: str | None, places: list[Place]) -> Part:
        """Of one place alone: neither shares nor ranks can be added up."""
        of = numbers[places[0]] if len(places) == 1 else {}
        values = line.column(of.get)
        return Part(name, values, line.total(values, is_additive=False))

    whole = shown(None, list(numbers))
    if len(numbers) > 1:
        what = measured.label.lower()
        absent(
            at, f"There is a {what} in {len(numbers)} places, which cannot be added up: name one network and country."
        )
    else:
        tell_gaps(at, line, whole.values, measured)
    slices: dict[str, list[Place]] = {}
    if asked.breakdown is not None:
        for place in numbers:
            slices.setdefault(getattr(place, asked.breakdown.name.lower()), []).append(place)
    return told(
        asked.named.client,
        asked.said(),
        measured,
        line,
        whole,
        found,
        f"/v1/{OS[asked.store]}{endpoint.path}",
        last_complete(at.context.today(DAYS_IN), asked.granularity),
        _dimensions(asked),
        None if asked.breakdown is None else [shown(name, places) for name, places in slices.items()],
    )


async def editions_in(at: At, named: StoreKey, store: Store) -> tuple[str, ...]:
    """What the product is called there. Empty where that cannot be looked up, or it is not sold there, which is told."""
    if store is Store.UNIFIED:
        return await ids_in(at, named, store)
    product = await product_of(at, named)
    if product is None:
        return ()
    if not product.ids(store):
        absent(at, f"It has no edition in the store {store.name}.")
    return product.ids(store)


def _dimensions(asked: Advertising) -> dict[str, str]:
    lists = {"network": asked.networks, "country": asked.countries}
    cut = {name: ", ".join(values) for name, values in lists.items() if values}
    return cut if asked.store is Store.UNIFIED else cut | {"store": asked.store.name}


async def advertising_again(at: At, client: UUID, said: Mapping[str, Any]) -> Metric | None:
    asked = Advertising(
        key_told(client, said["of"]),
        StoreAdvertising[said["name"]],
        period_told(said["period"]),
        Granularity[said["granularity"]],
        tuple(said["networks"]) if "networks" in said else None,
        tuple(said["countries"]) if "countries" in said else None,
        Store[said["store"]],
        StoreDimension[said["breakdown"]] if "breakdown" in said else None,
    )
    return await advertised(at, asked)


@strawberry.type
class ProductAdvertising(Named):
    @strawberry.field(
        description="Its share of voice or its rank, by DAY or WEEK, shares by MONTH as well, from 2018 on; a period is "
        "widened to whole buckets. A number is of one network in one country. Of several the series is null, and "
        "`breakdown` has them (NETWORK, COUNTRY, of a single store APP as well). There is a total only of a single bucket. "
        "Null: nothing was seen.",
        metadata=COST,
    )
    async def advertising(
        self,
        info: Info,
        name: Annotated[StoreAdvertising, strawberry.argument(description="What is measured.")],
        period: PeriodGiven = None,
        granularity: Annotated[
            Granularity | None, strawberry.argument(description="Width of a bucket; weeks begin on Mondays.")
        ] = Granularity.WEEK,
        networks: Annotated[
            list[str] | None, strawberry.argument(description="As market.terms has them; absent: all, each by itself.")
        ] = None,
        countries: Annotated[
            list[str] | None, strawberry.argument(description="ISO codes; absent: all, each by itself.")
        ] = None,
        store: Annotated[
            Store | None, strawberry.argument(description="The product, or its editions in a store, each by itself.")
        ] = Store.UNIFIED,
        breakdown: Annotated[StoreDimension | None, strawberry.argument(description="By what it is split.")] = None,
    ) -> Metric | None:
        asked = Advertising(
            self.named,
            name,
            period,
            granularity or Granularity.WEEK,
            None if networks is None else tuple(networks),
            None if countries is None else tuple(countries),
            store or Store.UNIFIED,
            breakdown,
        )
        return await advertised(At.of(info), asked)
