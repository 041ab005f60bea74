"""Apps of the stores: a product over its editions, and one edition."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from parallax import costs
from parallax.connections import Node
from parallax.context import Info
from parallax.ids import GlobalId, canonical, encode
from parallax.links.keys import Store
from parallax.links.loaders import LinkRecord
from parallax.metrics.catalog import SourceSystem
from parallax.pages import checked_first
from parallax.vendor_data.reading import At
from parallax.vendor_data.sensor_tower.advertising import ProductAdvertising
from parallax.vendor_data.sensor_tower.asked import SOURCE
from parallax.vendor_data.sensor_tower.creatives import ProductCreatives
from parallax.vendor_data.sensor_tower.demographics import DemographicsFields
from parallax.vendor_data.sensor_tower.estimate_fields import EditionEstimates, ProductEstimates
from parallax.vendor_data.sensor_tower.keys import StoreKey, key_told, product_of
from parallax.vendor_data.sensor_tower.listings import ListingFields
from parallax.vendor_data.sensor_tower.overlap import OverlapFields
from parallax.vendor_data.sensor_tower.panels import PanelFields
from parallax.vendor_data.sensor_tower.publishers import LISTING_COST, Page, StorePublisher, page_of
from parallax.vendor_data.sensor_tower.ranks import RankFields
from parallax.vendor_data.sensor_tower.retention import RetentionFields
from parallax.vendor_data.sensor_tower.sources import ProductSources
from parallax.vendor_data.sensor_tower.updates import UpdateFields
from parallax.vendor_data.sensor_tower.usage import EditionUsage, ProductUsage
from parallax.vendors.sensor_tower.mapping import Product
from parallax.vendors.sensor_tower.stores import HOME, STORES

MOST_EDITIONS: Final = 50
EDITIONS_SHOWN: Final = 10
MAPPED: Final = 20.0
"""Units of a field that needs the other names of a product: one call for a hundred products."""
MAPPING: Final = "/v1/unified/apps"
MAPPING_COST: Final = costs.read(MAPPING, MAPPED, source=SOURCE)


def global_id(type_name: str, named: StoreKey) -> strawberry.ID:
    return strawberry.ID(encode(GlobalId(type_name, named.client, (canonical(named.told()),))))


@strawberry.type(
    description="One product over its editions in the stores. Named by the id with which it was linked or asked for; an id "
    "that the vendor does not know shows in the fields that have to ask: they are null with SOURCE_REJECTED."
)
class SensorTowerApp(
    Node,
    ProductEstimates,
    ProductUsage,
    ProductSources,
    ProductAdvertising,
    ProductCreatives,
    OverlapFields,
    PanelFields,
):
    known: strawberry.Private[Product | None] = None
    found: strawberry.Private[str | None] = None

    @classmethod
    def of(cls, named: StoreKey, known: Product | None = None, found: str | None = None) -> "SensorTowerApp":
        """`known`: its names, where they were read before; `found`: what a search said that it is called."""
        return cls(id=global_id("SensorTowerApp", named), named=named, known=known, found=found)

    @strawberry.field(description="What the vendor calls it; null where it has no name.", metadata=MAPPING_COST)
    async def name(self, info: Info) -> str | None:
        if self.found is not None:
            return self.found
        product = await self._product(info)
        return None if product is None else product.name

    @strawberry.field(description="The vendor's id of the product: 24 hexadecimal digits.", metadata=MAPPING_COST)
    async def unified_id(self, info: Info) -> str | None:
        if self.named.store is Store.UNIFIED:
            return self.named.key
        product = await self._product(info)
        return None if product is None else product.unified

    @strawberry.field(
        description="Who publishes it, over both stores; null where the vendor names nobody.", metadata=MAPPING_COST
    )
    async def publisher(self, info: Info) -> StorePublisher | None:
        product = await self._product(info)
        if product is None or not product.unified_publishers:
            return None
        named = StoreKey(self.named.client, Store.UNIFIED, product.unified_publishers[0])
        first = next((edition.named for edition in self._editions(product, STORES)), None)
        return StorePublisher.of(named, None if first is None else Page(first, HOME))

    @strawberry.field(
        description="What it is in each store, the App Store first: several where it has editions for regions. Where there are "
        "more than are shown, `extensions.missing` says so.",
        metadata=costs.read(MAPPING, MAPPED, source=SOURCE, extent=costs.First("first", MOST_EDITIONS)),
    )
    async def editions(
        self,
        info: Info,
        store: Annotated[
            Store | None, strawberry.argument(description="Only of this one; absent or UNIFIED: of both.")
        ] = None,
        first: Annotated[int | None, strawberry.argument(description="How many, 1 to 50.")] = EDITIONS_SHOWN,
    ) -> list["StoreApp"] | None:
        most = checked_first(EDITIONS_SHOWN if first is None else first, MOST_EDITIONS)
        product = await self._product(info)
        if product is None:
            return None
        editions = self._editions(product, STORES if store in (None, Store.UNIFIED) else (store,))
        if len(editions) > most:
            reason = f"{most} of {len(editions)} editions are shown: ask for more of them by `first`."
            info.context.absences.note(info.path.as_list(), SOURCE, reason)
        return editions[:most]

    def _editions(self, product: Product, stores: Sequence[Store]) -> list["StoreApp"]:
        named = (StoreKey(self.named.client, store, key) for store in stores for key in product.ids(store))
        return [StoreApp.of(each, product) for each in named]

    async def _product(self, info: Info) -> Product | None:
        return self.known or await product_of(At.of(info), self.named)


@strawberry.type(description="One edition of an app, in one store.")
class StoreApp(
    Node,
    ListingFields,
    RankFields,
    UpdateFields,
    EditionEstimates,
    EditionUsage,
    RetentionFields,
    DemographicsFields,
):
    store: Store = strawberry.field(description="Where it is had: IOS is the App Store, ANDROID is Google Play.")
    key: str = strawberry.field(description="The store's own id: a number (iOS) or a package name (Android).")
    known: strawberry.Private[Product | None] = None

    @classmethod
    def of(cls, named: StoreKey, known: Product | None = None) -> "StoreApp":
        """`known`: the product, where that was read before."""
        return cls(id=global_id("StoreApp", named), named=named, store=named.store, key=named.key, known=known)

    @strawberry.field(
        description="Its name in the store of the US; where it is not sold there, that of the product.",
        metadata=LISTING_COST,
    )
    async def name(self, info: Info) -> str | None:
        part = await page_of(At.of(info), Page(self.named, HOME), is_wanted=False)
        if part is not None:
            return part["name"]  # type: ignore[no-any-return]
        product = await self._product(info)
        return None if product is None else product.name

    @strawberry.field(description="The product that it is an edition of.", metadata=MAPPING_COST)
    async def product(self, info: Info) -> SensorTowerApp | None:
        product = await self._product(info)
        if product is None:
            return None
        return SensorTowerApp.of(StoreKey(self.named.client, Store.UNIFIED, product.unified), product)

    async def _product(self, info: Info) -> Product | None:
        return self.known or await product_of(At.of(info), self.named)


def linked_app(client: UUID, links: Sequence[LinkRecord]) -> SensorTowerApp | None:
    """Of an app's links the first to this vendor; None where there is none."""
    first = next((link.to for link in links if link.to.system is SourceSystem.SENSOR_TOWER), None)
    if first is None:
        return None
    assert first.store is not None
    return SensorTowerApp.of(StoreKey(client, first.store, first.key))


async def product_again(_: At, client: UUID, said: Mapping[str, Any]) -> SensorTowerApp:
    """Out of an id. Raises ValueError, TypeError, InvalidParameter for one that was never given."""
    return SensorTowerApp.of(key_told(client, said))


async def edition_again(_: At, client: UUID, said: Mapping[str, Any]) -> StoreApp:
    named = key_told(client, said)
    if named.store not in STORES:
        raise ValueError("an edition is in one store")
    return StoreApp.of(named)
