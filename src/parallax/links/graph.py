"""Links, as the graph shows them."""

from datetime import datetime

import strawberry

from parallax.connections import Node
from parallax.context import Context
from parallax.ids import GlobalId, encode
from parallax.links.keys import Store
from parallax.links.loaders import LinkKey, LinkRecord
from parallax.metrics.catalog import SourceSystem


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
        )


async def link_again(context: Context, key: LinkKey) -> AppLink | None:
    record = await context.app_link.load(key)
    return None if record is None else AppLink.of(record)
