"""The roots of the graph, put together from its parts. `schema.graphql` is printed from here."""

from collections.abc import AsyncGenerator
from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.schema.config import StrawberryConfig

from parallax import costs
from parallax.analytics.again import metric_again
from parallax.apps.graph import App, app_again
from parallax.apps.loaders import AppKey
from parallax.apps.mutations import AppMutations
from parallax.clients.graph import (
    CLIENTS_COST,
    PAGE,
    After,
    ApiToken,
    Client,
    First,
    GivenId,
    ViewerInfo,
    client_again,
    clients_of_viewer,
    token_again,
)
from parallax.clients.mutations import ClientMutations
from parallax.connections import Connection, Node
from parallax.context import Context, Info
from parallax.errors import InvalidParameter, NotFound
from parallax.events.again import event_again, log_again, session_again
from parallax.events.live import RowSubscriptions, shows_what_is_told
from parallax.events.mutations import EventMutations
from parallax.events.shown import Event, Log, Session
from parallax.ids import parse
from parallax.links.graph import AppLink, link_again
from parallax.links.loaders import LinkKey
from parallax.links.mutations import LinkMutations
from parallax.live.following import Seen, checked_every, followed
from parallax.metrics.catalog import catalog
from parallax.metrics.graph import Metric
from parallax.metrics.shapes import MetricInfo
from parallax.references import client_of
from parallax.scalars import SCALARS
from parallax.sources.mutations import SourceMutations
from parallax.usage.graph import UsageReport, report_again
from parallax.usage.loaders import ReportKey
from parallax.usage.mutations import UsageMutations
from parallax.users.erasures import ErasureKey
from parallax.users.graph import User, user_again
from parallax.users.loaders import UserKey
from parallax.users.mutations import ErasureReceipt, UserMutations, receipt_again
from parallax.vendor_data.again import OBJECTS, object_again
from parallax.vendor_data.kaon.devices import KaonDevice
from parallax.vendor_data.kaon.graph import KaonApp, of_kaon_again
from parallax.vendor_data.kore_ai.graph import KoreAiApp, kore_ai_app_again
from parallax.vendor_data.measures import entries
from parallax.vendor_data.reading import At
from parallax.vendor_data.sensor_tower.ad_units import AdUnit
from parallax.vendor_data.sensor_tower.apps import SensorTowerApp, StoreApp
from parallax.vendor_data.sensor_tower.panel import PanelCohort
from parallax.vendor_data.sensor_tower.publishers import StorePublisher

MOST_NODES = 100
CATALOG = [MetricInfo.of(entry) for entry in (*catalog(), *entries())]
BY_ID = "what the id names"
ONE_BY_ID = 70.0  # units: it may be a series, and each is looked up by itself


@strawberry.type(description="What can be asked.")
class Query:
    @strawberry.field(
        description="Anything that has an id, by it; null when it is absent or not visible.",
        metadata=costs.read(BY_ID, 0, once=0, extent=costs.Named("id", ONE_BY_ID)),
    )
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Global id.")]
    ) -> Node | None:
        return await again(At.of(info), id)

    @strawberry.field(
        description="As many as ids, in their order; null for what is absent or not visible. At most 100.",
        metadata=costs.read(BY_ID, once=0, extent=costs.Named("ids", ONE_BY_ID, MOST_NODES)),
    )
    async def nodes(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Global ids.")]
    ) -> list[Node | None]:
        if len(ids) > MOST_NODES:
            raise InvalidParameter("ids", len(ids), f"are more than {MOST_NODES}")
        path = tuple(info.path.as_list())
        # Each is awaited for itself: what they need is asked together, and one that fails is null alone.
        return [again(At(info.context, (*path, place)), id) for place, id in enumerate(ids)]  # type: ignore[misc]

    @strawberry.field(description="Who the token belongs to, and its role per client.")
    def viewer(self, info: Info) -> ViewerInfo:
        return ViewerInfo(name=info.context.viewer.name, viewer=info.context.viewer)

    @strawberry.field(
        description="A client by global id or bare UUID; null when it is absent or not visible.",
        metadata=costs.read("client", 5),
    )
    async def client(self, info: Info, id: GivenId) -> Client | None:
        return await client_again(info.context, client_of(id))

    @strawberry.field(description="The clients that the token opens, by name.", metadata=CLIENTS_COST)
    async def clients(self, info: Info, first: First = PAGE, after: After = None) -> Connection[Client]:
        return await clients_of_viewer(info.context, PAGE if first is None else first, after)

    @strawberry.field(
        description="Every metric by name: what it counts, its unit, its sources. At most 200.",
        metadata=costs.listed(len(CATALOG)),
    )
    def metric_catalog(self) -> list[MetricInfo]:
        return CATALOG


@strawberry.type(description="What can be changed. A refusal is data: see `userErrors` of each payload.")
class Mutation(
    EventMutations, UserMutations, UsageMutations, ClientMutations, AppMutations, LinkMutations, SourceMutations
):
    pass


@strawberry.type(
    description="What can be followed as it changes. An event is executed as a query would be at that moment; the caller's "
    "rights are looked at before each event and at least once a minute. A token that was revoked ends the "
    "subscription with UNAUTHENTICATED."
)
class Subscription(RowSubscriptions):
    @strawberry.subscription(
        description="A series: sent at once, then whenever its days, values, total or comparison have become others, as by new "
        "data or because the client's day is over. Changes that come close together make one event, the newest state. "
        "Refused with NOT_FOUND when there is no such metric or it is not visible; null, and then the end, when that becomes "
        "so later. While the database does not answer, nothing is sent.",
        metadata=costs.read(BY_ID, 0, once=0, extent=costs.Named("id", 2 * ONE_BY_ID)),
    )
    async def metric_changed(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Global id of a Metric.")],
        every_seconds: Annotated[
            int | None, strawberry.argument(description="Least time between two events, 1 to 3600 seconds.")
        ] = 1,
    ) -> AsyncGenerator[Metric | None, None]:
        every_s = checked_every(every_seconds)
        found, first = parse(id), await metric_seen(info.context, id)
        if found is None or first is None:
            raise NotFound("id: there is no such metric; give the `id` of a Metric, as App.activity answers it.")
        return followed(info.context, found.client, first, lambda: metric_seen(info.context, id), every_s)


async def metric_seen(context: Context, id: str) -> Seen[Metric] | None:
    """A series by its id, and what differs when it has changed; None when the id is no visible Metric's."""
    metric = await again(At(context, ("metricChanged",)), id)
    if not isinstance(metric, Metric):
        return None
    return Seen(metric, await metric.seen())


async def again(at: At, text: str) -> Node | None:
    """The object of a global id."""
    found = parse(text)
    if found is None:
        return None
    context, client = at.context, found.client
    match found.type_name, found.key:
        case "Client", ():
            return await client_again(context, client)
        case "App", (UUID() as app,):
            return await app_again(context, AppKey(client, app))
        case "ApiToken", (UUID() as token,):
            return await token_again(context, client, token)
        case "User", (int() as actor,):
            return await user_again(context, UserKey(client, actor))
        case "Event", (date() as day, int() as position):
            return await event_again(context, client, day, position)
        case "Log", (date() as day, int() as position):
            return await log_again(context, client, day, position)
        case "Session", (int() as number, UUID() as app):
            return await session_again(context, client, number, app)
        case "AppLink", (UUID() as link,):
            return await link_again(context, LinkKey(client, link))
        case "ErasureReceipt", (UUID() as erasure,):
            return await receipt_again(context, ErasureKey(client, erasure))
        case "UsageReport", (UUID() as app, date() as day, int() as actor):
            return await report_again(context, ReportKey(client, app, day, actor))
        case "KoreAiApp", (str() as key,):
            return await kore_ai_app_again(context, client, key)
        case ("KaonApp" | "KaonDevice" | "KaonEvent") as type_name, (str() as key,):
            return await of_kaon_again(at, type_name, client, key)
        case "Metric", (str() as question,):
            return await metric_again(at, client, question)
        case type_name, (str() as told,) if type_name in OBJECTS:
            return await object_again(at, client, type_name, told)
    return None


schema = strawberry.Schema(
    Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[
        App,
        AppLink,
        Metric,
        UsageReport,
        User,
        Event,
        Log,
        Session,
        ErasureReceipt,
        ApiToken,
        KoreAiApp,
        KaonApp,
        KaonDevice,
        SensorTowerApp,
        StoreApp,
        StorePublisher,
        AdUnit,
        PanelCohort,
    ],
    config=StrawberryConfig(scalar_map=SCALARS, enable_experimental_incremental_execution=True),
)
shows_what_is_told(schema._schema)
