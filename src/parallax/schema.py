"""The roots of the graph, put together from its parts. `schema.graphql` is printed from here."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.schema.config import StrawberryConfig

from parallax.apps.graph import App, app_again
from parallax.apps.loaders import AppKey
from parallax.apps.mutations import AppMutations
from parallax.clients.graph import (
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
from parallax.errors import InvalidParameter
from parallax.ids import parse
from parallax.metrics.graph import Metric, MetricInfo, metric_catalog
from parallax.references import client_of
from parallax.scalars import SCALARS
from parallax.usage.graph import UsageReport, User, activity_again, report_again, user_again
from parallax.usage.loaders import ReportKey, UserKey
from parallax.usage.mutations import UsageMutations

MOST_NODES = 100


@strawberry.type(description="What can be asked.")
class Query:
    @strawberry.field(description="Anything that has an id, by it; null when it is absent or not visible.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Global id.")]
    ) -> Node | None:
        return await again(info.context, id)

    @strawberry.field(
        description="As many as ids, in their order; null for what is absent or not visible. At most 100."
    )
    async def nodes(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Global ids.")]
    ) -> list[Node | None]:
        if len(ids) > MOST_NODES:
            raise InvalidParameter("ids", len(ids), f"are more than {MOST_NODES}")
        return [await again(info.context, id) for id in ids]

    @strawberry.field(description="Who the token belongs to, and its role per client.")
    def viewer(self, info: Info) -> ViewerInfo:
        return ViewerInfo(name=info.context.viewer.name, viewer=info.context.viewer)

    @strawberry.field(description="A client by global id or bare UUID; null when it is absent or not visible.")
    async def client(self, info: Info, id: GivenId) -> Client | None:
        return await client_again(info.context, client_of(id))

    @strawberry.field(description="The clients that the token opens, by name.")
    async def clients(self, info: Info, first: First = PAGE, after: After = None) -> Connection[Client]:
        return await clients_of_viewer(info.context, PAGE if first is None else first, after)

    @strawberry.field(description="Every metric by name: what it counts, its unit, its sources. At most 200.")
    def metric_catalog(self) -> list[MetricInfo]:
        return metric_catalog()


@strawberry.type(description="What can be changed. A refusal is data: see `userErrors` of each payload.")
class Mutation(UsageMutations, ClientMutations, AppMutations):
    pass


async def again(context: Context, text: str) -> Node | None:
    """The object of a global id."""
    found = parse(text)
    if found is None:
        return None
    client = found.client
    match found.type_name, found.key:
        case "Client", ():
            return await client_again(context, client)
        case "App", (UUID() as app,):
            return await app_again(context, AppKey(client, app))
        case "ApiToken", (UUID() as token,):
            return await token_again(context, client, token)
        case "User", (int() as actor,):
            return await user_again(context, UserKey(client, actor))
        case "UsageReport", (UUID() as app, date() as day, int() as actor):
            return await report_again(context, ReportKey(client, app, day, actor))
        case "Metric", (str() as question,):
            return await activity_again(context, client, question)
    return None


schema = strawberry.Schema(
    Query,
    mutation=Mutation,
    types=[App, Metric, UsageReport, User, ApiToken],
    config=StrawberryConfig(scalar_map=SCALARS),
)
