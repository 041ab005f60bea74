"""Apps hosted by Kaon, as the graph shows them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
import strawberry

from parallax import costs
from parallax.apps.loaders import AppKey
from parallax.connections import Connection, Node
from parallax.context import Context, Info
from parallax.events.shown import EventConnection
from parallax.ids import GlobalId, canonical, encode
from parallax.metrics.graph import Metric, PeriodInput
from parallax.periods import Granularity
from parallax.vendor_data.kaon import clicks, devices, lists
from parallax.vendor_data.kaon.devices import FrequencyBar, KaonDevice
from parallax.vendor_data.kaon.lists import DurationBucket, KaonItem, KaonWeek
from parallax.vendor_data.kaon.series import MOST_DEVICE_WEEKS, Asked, KaonDimension, kaon_metric
from parallax.vendor_data.kaon.weeks import Hosted
from parallax.vendor_data.linked import first_link, link_to
from parallax.vendor_data.reading import At
from parallax.vendors.kaon import SYSTEM
from parallax.vendors.kaon_names import MOST_BUCKETS

CALL: Final = 300.0
"""Units."""
USUAL_WEEKS: Final = 6
"""Of the 30 days that are asked where no period is given."""
PAGE: Final = 100
strawberry.enum(KaonDimension, description="What engagements are cut by: COUNTRY, or LANGUAGE of the app.")


def _costs(reference: str, calls: float = 1, once: float = 0) -> dict[str, Any]:
    """Of a series by week: calls for each week, and for all together."""
    measure = costs.Measure(CALL * once, bucket=CALL * calls)
    extent = costs.Series({"": measure}, metric=None, granularity=Granularity.WEEK, compare=None)
    return costs.read(reference, source=SYSTEM.name, extent=extent, once=0)


def _listed(reference: str, calls: int, extent: costs.Extent) -> dict[str, Any]:
    return costs.read(reference, CALL * calls, source=SYSTEM.name, extent=extent, once=0)


WeeksOf = Annotated[
    PeriodInput | None,
    strawberry.argument(description="Days, widened to whole weeks from Sunday to Saturday; absent: 30d."),
]
WeekOf = Annotated[date | None, strawberry.argument(description="Any day of the week; absent: the running week.")]


@strawberry.type(
    description="An app that Kaon hosts, with what its Insights count by week. Weeks run from Sunday to Saturday; the zone in "
    "which they are cut the source does not tell: days are taken as of UTC. Of a running week everything is partial. There "
    "are weeks from 2019-12-29 on, and hits from the app's first day on, 2012-01-01 at the earliest."
)
class KaonApp(Node):
    client_key: str = strawberry.field(description="What Kaon calls the app.")
    hosted: strawberry.Private[Hosted]

    @classmethod
    def of(cls, hosted: Hosted) -> "KaonApp":
        key = canonical(hosted.named())
        return cls(
            id=strawberry.ID(encode(GlobalId("KaonApp", hosted.client, (key,)))), client_key=hosted.key, hosted=hosted
        )

    @strawberry.field(
        description="Weeks of which the source has full data, in order. One call. At most 2000.",
        metadata=_listed("weeks", 1, costs.Many(lists.MOST_WEEKS)),
    )
    async def weeks(self, info: Info) -> list[KaonWeek] | None:
        return await lists.weeks(At.of(info), self.hosted)

    @strawberry.field(
        description="Spells of use by week, idle time left out: visits with less than 30 minutes between them are one. One "
        "call a week, and one more a week with a breakdown, whose counts the source makes by themselves.",
        metadata=_costs("engagement", 2),
    )
    async def engagements(
        self,
        info: Info,
        period: WeeksOf = None,
        breakdown: Annotated[
            KaonDimension | None,
            strawberry.argument(description="Slices by country code, or by language as BCP 47; absent: none."),
        ] = None,
    ) -> Metric | None:
        return await kaon_metric(At.of(info), self.hosted, Asked("engagements", period, breakdown))

    @strawberry.field(
        description="Distinct devices by week; the total is those of all weeks, each once, and null where a week is missing. "
        "Browsers tend to be new devices every week. One call a week, shared with `devices`. At most 106 weeks.",
        metadata=_costs("uid"),
    )
    async def device_count(self, info: Info, period: WeeksOf = None) -> Metric | None:
        return await kaon_metric(At.of(info), self.hosted, Asked("devices", period))

    @strawberry.field(
        description="How long the engagements of a week were: one bucket for each length that the source knows, in order, and "
        "those that it names anew as `bucket N`. One call. At most 20.",
        metadata=_listed("engagement", 1, costs.Many(MOST_BUCKETS)),
    )
    async def durations(self, info: Info, week: WeekOf = None) -> list[DurationBucket] | None:
        return await lists.durations(At.of(info), self.hosted, week)

    @strawberry.field(
        description="How many devices came in 1, 2 … of the weeks, those that the source told. Calls as of `deviceCount`. At "
        "most 106.",
        metadata=_listed("uid", USUAL_WEEKS, costs.Many(MOST_DEVICE_WEEKS)),
    )
    async def device_frequency(self, info: Info, period: WeeksOf = None) -> list[FrequencyBar] | None:
        return await devices.device_frequency(info, self.hosted, period)

    @strawberry.field(
        description="The devices of the weeks, by uid. Calls as of `deviceCount`, however many pages. At most 106 weeks.",
        metadata=_listed("uid", USUAL_WEEKS, costs.Page()),
    )
    async def devices(
        self,
        info: Info,
        period: WeeksOf = None,
        first: Annotated[int | None, strawberry.argument(description="Devices in the page, 1 to 1000.")] = PAGE,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last device before it.")] = None,
    ) -> Connection[KaonDevice] | None:
        return await devices.devices(info, self.hosted, period, PAGE if first is None else first, after)

    @strawberry.field(
        description="Items of the app that had hits in a week, most hits first, equal ones by path. One call.",
        metadata=_listed("hits", 1, costs.First()),
    )
    async def items(
        self,
        info: Info,
        week: WeekOf = None,
        first: Annotated[int | None, strawberry.argument(description="Items to list, 1 to 1000.")] = PAGE,
    ) -> list[KaonItem] | None:
        return await lists.items(At.of(info), self.hosted, week, PAGE if first is None else first)

    @strawberry.field(
        description="Hits of one item by week: 0 where the source has no record. Without a period from the first week with "
        "hits on. By COUNTRY the source approximates: the slices need not add up to the hits. One call.",
        metadata=_costs("hits", 0, once=1),
    )
    async def item_hits(
        self,
        info: Info,
        path: Annotated[str, strawberry.argument(description="Its path as `items` writes it, percent signs included.")],
        period: Annotated[
            PeriodInput | None,
            strawberry.argument(description="Days, widened to whole weeks from Sunday to Saturday; absent: all time."),
        ] = None,
        breakdown: Annotated[
            KaonDimension | None, strawberry.argument(description="COUNTRY: slices by country code; absent: none.")
        ] = None,
    ) -> Metric | None:
        return await kaon_metric(At.of(info), self.hosted, Asked("hits", period, breakdown, path))

    @strawberry.field(
        description="What one person did in the app, oldest first: hits as events whose name is the item's decoded path, and "
        "whose properties are the record as the source has it. They are nobody's (`user` and `userId` are null): the source "
        "does not know who an external id is. Equal records of one second are one. Personal data: it is never kept, and read "
        "anew for every page and `node`, by as many calls as the source's own pages take; where time runs out the page is "
        "shorter, and more follow. Needs EDITOR.",
        metadata=_listed("externalid", 4, costs.Page(row=6)),
    )
    async def clickstream(
        self,
        info: Info,
        external_id: Annotated[str, strawberry.argument(description="The id that the customer gave to the person.")],
        since: Annotated[
            datetime | None, strawberry.argument(description="Only what happened then or later; absent: all.")
        ] = None,
        first: Annotated[int | None, strawberry.argument(description="Events in the page, 1 to 1000.")] = PAGE,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last event before it.")] = None,
    ) -> EventConnection | None:
        size = PAGE if first is None else first
        return await clicks.clickstream(info, self.hosted, external_id, since, size, after)


# ---------------------------------------------------------------- by app and by id
async def kaon_app(context: Context, app: AppKey, zone: str) -> KaonApp | None:
    """The first that an app is linked to."""
    link = await first_link(context, app, SYSTEM)
    return None if link is None else KaonApp.of(Hosted(app, link, zone))


async def of_kaon_again(at: At, type_name: str, client: UUID, key: str) -> Node | None:
    """A KaonApp, KaonDevice or KaonEvent by its id; None for what is not linked to the app that the id names (any more)."""
    try:
        told = orjson.loads(key)
        hosted = await _hosted(at.context, client, told)
        if hosted is None:
            return None
        found: Any
        match type_name:
            case "KaonApp":
                found = KaonApp.of(hosted)
            case "KaonDevice":
                found = await devices.device_again(at, hosted, told)
            case _:
                found = await clicks.click_again(at, hosted, told)
    except (KeyError, ValueError, TypeError, AttributeError):  # an id that we never gave out
        return None
    return found if found is not None and found.id == encode(GlobalId(type_name, client, (key,))) else None


async def _hosted(context: Context, client: UUID, told: Mapping[str, Any]) -> Hosted | None:
    app, key = AppKey(client, UUID(told["app"])), str(told["client"])
    record, link = await context.app.load(app), await link_to(context, app, SYSTEM, key)
    return None if record is None or link is None else Hosted(app, link, record.time_zone)


async def series_again(at: At, client: UUID, said: Mapping[str, Any]) -> Metric | None:
    """See vendor_data/again."""
    hosted, asked = await _hosted(at.context, client, said), Asked.read(said)
    return None if hosted is None else await kaon_metric(at, hosted, asked)
