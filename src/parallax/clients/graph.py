"""Clients, their tokens and the caller, as the graph shows them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from parallax import costs
from parallax.access import budget
from parallax.access.viewer import Role, Viewer
from parallax.analyses.questions import Ground
from parallax.analytics.graph import Analytics
from parallax.apps.graph import App, apps_of_client
from parallax.apps.loaders import AppKey
from parallax.clients.loaders import ClientRecord, ClientsKey, TokenRecord
from parallax.connections import Connection, Node, connection
from parallax.context import Context, Info
from parallax.engine.frames import EVENTS
from parallax.ids import GlobalId, encode
from parallax.pages import checked_first
from parallax.references import app_of, client_of
from parallax.sources.described import SOURCES
from parallax.sources.graph import DataSource, source_named, sources_of
from parallax.users.graph import User, user_named
from parallax.vendor_data.sensor_tower.market import StoreMarket, market_of

strawberry.enum(
    Role,
    description="VIEWER reads; EDITOR also sends data, and reads events, sessions and logs one by one; ADMIN also sets up, "
    "makes tokens and erases users.",
)

First = Annotated[int | None, strawberry.argument(description="Rows in the page, 1 to 1000.")]
After = Annotated[str | None, strawberry.argument(description="Cursor of the last row before the page.")]
GivenId = Annotated[strawberry.ID, strawberry.argument(description="Global id, or bare UUID.")]
PAGE = 50
CLIENTS_COST = costs.read("client", extent=costs.Page(of_caller=True))


@strawberry.type(description="A token of the API, without its secret: that is shown once, when the token is made.")
class ApiToken(Node):
    name: str = strawberry.field(description="What it is for.")
    role: Role = strawberry.field(description="What it may do for this client.")
    stored_only: bool = strawberry.field(
        description="Whether it runs the operations stored with the gateway, and no others."
    )
    ingest_only: bool = strawberry.field(
        description="Whether it may send and read nothing: made to be public, in a browser or a mobile app."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it stops to work; null: never.")
    last_used_at: datetime | None = strawberry.field(
        description="When a request came with it last, to the minute; null: never."
    )
    revoked_at: datetime | None = strawberry.field(description="When it was revoked; null: it was not.")

    @classmethod
    def of(cls, record: TokenRecord) -> "ApiToken":
        return cls(
            id=strawberry.ID(encode(GlobalId("ApiToken", record.client, (record.id,)))),
            name=record.name,
            role=record.role,
            stored_only=record.stored_only,
            ingest_only=record.ingest_only,
            created_at=record.created_at,
            expires_at=record.expires_at,
            last_used_at=record.last_used_at,
            revoked_at=record.revoked_at,
        )


@strawberry.type(description="An organisation whose apps are measured.")
class Client(Node, Analytics):
    name: str = strawberry.field(description="Its name.")
    time_zone: str = strawberry.field(description="IANA name; every Date below is a day in this zone.")
    key: strawberry.Private[UUID]

    @classmethod
    def of(cls, record: ClientRecord) -> "Client":
        global_id = strawberry.ID(encode(GlobalId("Client", record.id)))
        return cls(id=global_id, name=record.name, time_zone=record.time_zone, key=record.id)

    def ground(self, context: Context, stream: int = EVENTS) -> Ground:
        return Ground(self.key, None, stream, self.time_zone, context.today(self.time_zone))

    @strawberry.field(
        description="One of its apps by global id or bare UUID; null when there is none.", metadata=costs.read("app", 5)
    )
    async def app(self, info: Info, id: GivenId) -> App | None:
        app = app_of(id, self.key)
        record = None if app is None else await info.context.app.load(AppKey(self.key, app))
        return None if record is None else App.of(record)

    @strawberry.field(
        description="A user by global id, by the client's own id for it, or by an alias of that; null when there is none.",
        metadata=costs.read("actor", 5),
    )
    async def user(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Global id, or an id as it is sent.")],
    ) -> User | None:
        return await user_named(info.context, self.key, id)

    @strawberry.field(description="Its apps by name.", metadata=costs.read("app", extent=costs.Page()))
    async def apps(
        self,
        info: Info,
        first: First = PAGE,
        after: After = None,
        search: Annotated[
            str | None, strawberry.argument(description="A part of the name, in upper or lower case.")
        ] = None,
    ) -> Connection[App]:
        return await apps_of_client(info.context, self.key, PAGE if first is None else first, after, search)

    @strawberry.field(
        description="What Sensor Tower knows beyond its own apps; null when the vendor is connected neither for the client nor "
        "for the gateway.",
        metadata=costs.read("vendor_credential"),
    )
    async def market(self, info: Info) -> StoreMarket | None:
        return await market_of(info, self.key)

    @strawberry.field(
        description="Its tokens, newest first, revoked ones included; needs ADMIN. At most 500.",
        metadata=costs.read("api_token", extent=costs.Many(500)),
    )
    async def tokens(self, info: Info) -> list[ApiToken] | None:
        info.context.viewer.needs(Role.ADMIN, self.key, "Reading tokens")
        return [ApiToken.of(record) for record in await info.context.tokens.load(self.key)]

    @strawberry.field(
        description="What can be asked: its own tables with their columns, and vendors with what they measure and how they do. "
        "At most 20.",
        metadata=costs.listed(len(SOURCES)),
    )
    def sources(self) -> list[DataSource]:
        return sources_of(self.key)

    @strawberry.field(description="One of its sources; null when there is none of the name.")
    def source(
        self, name: Annotated[str, strawberry.argument(description="As `sources` tell it, such as sensor_tower.")]
    ) -> DataSource | None:
        return source_named(self.key, name)


LARGEST = 2.0**53 - 1


@strawberry.type(
    description="What the token may spend. A request costs about one unit for each value of its answer; tell "
    "`extensions: {cost: true}` or `{explain: true}` with it to see how many."
)
class Budget:
    limit: float = strawberry.field(
        description="Units that it may spend in a minute, and at once; 2^53 - 1 where there is no limit."
    )
    remaining: float = strawberry.field(description="Units that are left of them, this request's taken off.")
    resets_at: datetime = strawberry.field(
        description="When all of them are there again if nothing is spent till then."
    )

    @classmethod
    def of(cls, left: budget.Budget) -> "Budget":
        return cls(limit=min(left.limit, LARGEST), remaining=min(left.remaining, LARGEST), resets_at=left.resets_at)


@strawberry.type(name="Viewer", description="Who the token belongs to, and what it opens.")
class ViewerInfo:
    name: str = strawberry.field(description="Name of the token.")
    viewer: strawberry.Private[Viewer]

    @strawberry.field(
        description="Its role for a client, by global id or bare UUID; null when it does not open it.",
        metadata=costs.read("client", 5),
    )
    async def role(self, info: Info, client: GivenId) -> Role | None:
        found = await client_again(info.context, client_of(client))
        return None if found is None else self.viewer.role(found.key)

    @strawberry.field(description="The clients that it opens, by name.", metadata=CLIENTS_COST)
    async def clients(self, info: Info, first: First = PAGE, after: After = None) -> Connection[Client]:
        return await clients_of_viewer(info.context, PAGE if first is None else first, after)

    @strawberry.field(description="What it may still spend on requests.")
    def budget(self, info: Info) -> Budget:
        return Budget.of(info.context.budget)


async def clients_of_viewer(context: Context, first: int, after: str | None) -> Connection[Client]:
    of_list = f"clients|{context.viewer.id}"
    place = context.cursors.read(of_list, after)
    key = ClientsKey((place[0], UUID(place[1])) if place else None, checked_first(first) + 1)
    records = await context.clients.load(key)
    for record in records:
        context.client.prime(record.id, record)
    page = context.cursors.page(
        of_list,
        records,
        first,
        lambda record: (record.name, str(record.id)),
        continued=place is not None,
    )
    return connection(page, Client.of, lambda: context.client_count.load(context.viewer.id))


async def client_again(context: Context, client: UUID | None) -> Client | None:
    record = None if client is None else await context.client.load(client)
    return None if record is None else Client.of(record)


async def token_again(context: Context, client: UUID, token: UUID) -> ApiToken | None:
    """A token by its id, for an ADMIN of the client; to everybody else there is none."""
    role = context.viewer.role(client)
    if role is None or not role.covers(Role.ADMIN):
        return None
    found = (record for record in await context.tokens.load(client) if record.id == token)
    return next((ApiToken.of(record) for record in found), None)
