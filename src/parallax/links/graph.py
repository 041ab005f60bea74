"""Links, as the graph shows them."""

from datetime import datetime
from typing import Annotated, TypeAlias

import strawberry

from parallax import costs
from parallax.apps.loaders import AppKey
from parallax.connections import Node
from parallax.context import Context, Info
from parallax.ids import GlobalId, encode
from parallax.links.keys import Store
from parallax.links.loaders import LinkKey, LinkRecord
from parallax.metrics.catalog import SourceSystem
from parallax.vendor_data.kaon.graph import KaonApp
from parallax.vendor_data.kaon.weeks import Hosted
from parallax.vendor_data.kore_ai.graph import KoreAiApp
from parallax.vendor_data.sensor_tower.apps import SensorTowerApp, linked_app

VendorApp: TypeAlias = Annotated[
    SensorTowerApp | KoreAiApp | KaonApp,
    strawberry.union("VendorApp", description="An app as a vendor knows it."),
]


@strawberry.type(description="Which object of a vendor an app is. An app may have several, also of one vendor.")
class AppLink(Node):
    system: SourceSystem = strawberry.field(description="The vendor.")
    key: str = strawberry.field(
        description="What the vendor calls it: the store's or the product's id (Sensor Tower), the stream (Kore.ai), the "
        "client key (Kaon)."
    )
    store: Store | None = strawberry.field(description="The store whose id it is; null but for Sensor Tower.")
    label: str | None = strawberry.field(description="What the link was called when it was made; null: nothing.")
    has_own_credentials: bool = strawberry.field(
        description="Whether it has an API key of its own, instead of the client's. The key is never shown."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    created_by: str = strawberry.field(description="Name of the token that made it, as it was then.")
    record: strawberry.Private[LinkRecord]

    @classmethod
    def of(cls, record: LinkRecord) -> "AppLink":
        return cls(
            id=strawberry.ID(encode(GlobalId("AppLink", record.key.client, (record.key.id,)))),
            system=record.to.system,
            key=record.to.key,
            store=record.to.store,
            label=record.label,
            has_own_credentials=record.sealed is not None,
            created_at=record.created_at,
            created_by=record.created_by,
            record=record,
        )

    @strawberry.field(
        description="What the vendor tells of the object; null once the app is gone. The vendor is asked when "
        "fields of it are.",
        metadata=costs.read("app", 5),
    )
    async def target(self, info: Info) -> VendorApp | None:
        link = self.record
        key = AppKey(link.key.client, link.app)
        app = await info.context.app.load(key)
        if app is None:
            return None
        match link.to.system:
            case SourceSystem.SENSOR_TOWER:
                return linked_app(key.client, [link])
            case SourceSystem.KORE_AI:
                return KoreAiApp.of(key, link.to.key, app.time_zone)
        return KaonApp.of(Hosted(key, link, app.time_zone))


async def link_again(context: Context, key: LinkKey) -> AppLink | None:
    record = await context.app_link.load(key)
    return None if record is None else AppLink.of(record)
