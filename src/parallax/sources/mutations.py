"""Connecting vendors, as the graph offers it."""

from typing import Annotated

import strawberry

from parallax.access.viewer import Role
from parallax.context import Info
from parallax.metrics.catalog import SourceSystem
from parallax.naming import client_named
from parallax.payloads import WANTED, Payload, Refusals
from parallax.sources import setup
from parallax.sources.described import BY_SYSTEM
from parallax.sources.graph import DataSource
from parallax.sources.inputs import VendorCredentialsInput


@strawberry.input(description="A vendor to connect.")
class VendorConnectInput:
    client: strawberry.ID = strawberry.field(description="The client, by global id or bare UUID.")
    credentials: VendorCredentialsInput = strawberry.field(description="What the vendor gave the client.")


@strawberry.type(description="What became of vendorConnect.")
class VendorConnectPayload(Payload):
    source: DataSource | None = strawberry.field(
        default=None, description="The vendor as a source of the client's; null when refused."
    )


@strawberry.input(description="A vendor to part from.")
class VendorDisconnectInput:
    client: strawberry.ID = strawberry.field(description="The client, by global id or bare UUID.")
    system: SourceSystem = strawberry.field(description="The vendor: SENSOR_TOWER, KORE_AI or KAON.")


@strawberry.type(description="What became of vendorDisconnect.")
class VendorDisconnectPayload(Payload):
    source: DataSource | None = strawberry.field(
        default=None,
        description="The vendor as it is then: not connected, or by credentials that the gateway's operator has for all. Null "
        "when refused.",
    )


@strawberry.type
class SourceMutations:
    @strawberry.mutation(
        description="Keeps a client's credentials for a vendor, in place of those before. They are kept encrypted, and never "
        "shown again; whether the vendor takes them shows when it is asked. Needs ADMIN.",
        extensions=[Refusals()],
    )
    async def vendor_connect(self, info: Info, input: Annotated[VendorConnectInput, WANTED]) -> VendorConnectPayload:
        context = info.context
        client = await client_named(context, input.client, Role.ADMIN, "Connecting a vendor")
        system, given = input.credentials.given(context.db.settings)
        await setup.connect(context.db, client.id, system, given, context.viewer.maker, context.now)
        return VendorConnectPayload(source=DataSource.of(client.id, BY_SYSTEM[system]))

    @strawberry.mutation(
        description="Forgets a client's credentials for a vendor, and those of no link. Repeating it changes nothing. Needs "
        "ADMIN.",
        extensions=[Refusals()],
    )
    async def vendor_disconnect(
        self, info: Info, input: Annotated[VendorDisconnectInput, WANTED]
    ) -> VendorDisconnectPayload:
        context = info.context
        client = await client_named(context, input.client, Role.ADMIN, "Disconnecting a vendor")
        system = setup.checked_vendor("system", input.system)
        await setup.disconnect(context.db, client.id, system)
        return VendorDisconnectPayload(source=DataSource.of(client.id, BY_SYSTEM[system]))
