"""Apps, as the graph shows them."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from parallax import costs
from parallax.analyses.questions import Ground
from parallax.analytics.graph import Analytics
from parallax.apps.loaders import AppCountKey, AppKey, AppRecord, AppsKey
from parallax.connections import Connection, Node, connection
from parallax.context import Context, Info
from parallax.engine.frames import EVENTS
from parallax.errors import NotFound
from parallax.ids import GlobalId, encode
from parallax.links.graph import AppLink
from parallax.links.setup import MOST as MOST_LINKS
from parallax.metrics.catalog import ActivityMetric
from parallax.metrics.graph import Metric, PeriodInput
from parallax.pages import checked_first
from parallax.periods import Comparison, Granularity
from parallax.usage.graph import REPORTS_COST, SERIES_COST, UsageReportConnection, activity, usage_reports
from parallax.vendor_data.compare import ComparedSources
from parallax.vendor_data.kaon.graph import KaonApp, kaon_app
from parallax.vendor_data.kore_ai.graph import KoreAiApp, kore_ai_app
from parallax.vendor_data.sensor_tower.apps import SensorTowerApp, linked_app

if TYPE_CHECKING:
    from parallax.clients.graph import Client


@strawberry.type(description="One of a client's products.")
class App(Node, Analytics, ComparedSources):
    name: str = strawberry.field(description="Its name, as the client calls it.")
    key: strawberry.Private[AppKey]
    zone: strawberry.Private[str]

    @classmethod
    def of(cls, record: AppRecord) -> "App":
        return cls(id=app_global_id(record.key), name=record.name, key=record.key, zone=record.time_zone)

    def ground(self, context: Context, stream: int = EVENTS) -> Ground:
        return Ground(self.key.client, self.key.id, stream, self.zone, context.today(self.zone))

    @strawberry.field(description="The client that the app belongs to.")
    async def client(self, info: Info) -> Annotated["Client", strawberry.lazy("parallax.clients.graph")]:
        from parallax.clients.graph import Client  # the two types name each other

        record = await info.context.client.load(self.key.client)
        if record is None:
            raise NotFound("There is no such client.")
        return Client.of(record)

    @strawberry.field(
        description="Which objects of which vendors it is, oldest first: what a vendor tells is of its first. At most 20.",
        metadata=costs.read("app_link", extent=costs.Many(MOST_LINKS)),
    )
    async def links(self, info: Info) -> list[AppLink]:
        return [AppLink.of(link) for link in await info.context.app_links.load(self.key)]

    @strawberry.field(
        description="What Kore.ai tells of the first of its bots that the app is linked to; null when it is linked to none.",
        metadata=costs.read("app_link"),
    )
    async def kore_ai(self, info: Info) -> KoreAiApp | None:
        return await kore_ai_app(info.context, self.key, self.zone)

    @strawberry.field(
        description="What Kaon Insights tell of the first app of theirs that this one is linked to; null when it is linked "
        "to none.",
        metadata=costs.read("app_link"),
    )
    async def kaon(self, info: Info) -> KaonApp | None:
        return await kaon_app(info.context, self.key, self.zone)

    @strawberry.field(
        description="What Sensor Tower knows of it, by the first of its links to that vendor; null when it has none.",
        metadata=costs.read("app_link"),
    )
    async def sensor_tower(self, info: Info) -> SensorTowerApp | None:
        return linked_app(self.key.client, await info.context.app_links.load(self.key))

    @strawberry.field(
        description="Daily usage reports of this app: the App Activity report. Buckets without reports are 0, buckets "
        "to come are null. At most 90 days; DAY, WEEK, MONTH or QUARTER (U1 to U4).",
        metadata=SERIES_COST,
    )
    async def activity(
        self,
        info: Info,
        metric: Annotated[ActivityMetric, strawberry.argument(description="What is measured.")],
        period: Annotated[PeriodInput, strawberry.argument(description="At most 90 days, both ends included.")],
        granularity: Annotated[
            Granularity | None, strawberry.argument(description="Width of a bucket.")
        ] = Granularity.DAY,
        compare: Annotated[
            Comparison | None, strawberry.argument(description="Also measure the period before, or a year earlier.")
        ] = None,
    ) -> Metric | None:
        return await activity(
            info.context, self.key, self.zone, metric, period, granularity or Granularity.DAY, compare
        )

    @strawberry.field(
        description="The rows behind the report: one per user, app and day, newest first; of one day the user known "
        "last comes first. Without a period the last 30 days.",
        metadata=REPORTS_COST,
    )
    async def usage_reports(
        self,
        info: Info,
        period: Annotated[PeriodInput | None, strawberry.argument(description="Days to list; absent: 30d.")] = None,
        user: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this user: global id, or the client's own.")
        ] = None,
        first: Annotated[int | None, strawberry.argument(description="Rows in the page, 1 to 1000.")] = 100,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last row before the page.")] = None,
    ) -> UsageReportConnection | None:
        return await usage_reports(info, self.key, self.zone, period, user, 100 if first is None else first, after)


def app_global_id(key: AppKey) -> strawberry.ID:
    return strawberry.ID(encode(GlobalId("App", key.client, (key.id,))))


async def apps_of_client(
    context: Context, client: UUID, first: int, after: str | None, search: str | None
) -> Connection[App]:
    """A page of a client's apps by name; `search` is a part of the name, in either case."""
    search = search.lower() if search else None
    of_list = f"apps|{client}|{search}"
    place = context.cursors.read(of_list, after)
    key = AppsKey(client, (place[0], UUID(place[1])) if place else None, search, checked_first(first) + 1)
    page = context.cursors.page(
        of_list,
        await context.apps.load(key),
        first,
        lambda record: (record.name, str(record.key.id)),
        continued=place is not None,
    )
    return connection(page, App.of, lambda: context.app_count.load(AppCountKey(client, search)))


async def app_again(context: Context, key: AppKey) -> App | None:
    record = await context.app.load(key)
    return None if record is None else App.of(record)
