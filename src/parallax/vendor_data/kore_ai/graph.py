"""Conversations with an app's bot, as the graph shows them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
import strawberry

from parallax import costs
from parallax.apps.loaders import AppKey
from parallax.clients.zones import checked_zone
from parallax.connections import Node
from parallax.context import Context, Info
from parallax.ids import GlobalId, canonical, encode
from parallax.metrics.graph import Metric, PeriodInput
from parallax.metrics.shapes import Period
from parallax.periods import DEFAULT_LAST, Granularity
from parallax.vendor_data.kore_ai.trend import (
    MEASURES,
    REFERENCE,
    Asked,
    ConversationStatus,
    ConversationType,
    Engagement,
    checked_channels,
    engagement,
)
from parallax.vendor_data.linked import first_link, link_to
from parallax.vendor_data.reading import At
from parallax.vendors.kore_ai import SYSTEM

CALL: Final = 300.0
"""Units."""
strawberry.enum(
    ConversationType,
    description="Which conversations count. ALL: all of them; INTERACTIVE: those in which the user says something; "
    "NON_INTERACTIVE: those in which only the bot does.",
)
strawberry.enum(
    ConversationStatus,
    description="Which conversations count. ALL: however they stand; ACTIVE: those that go on; CLOSED: those that have ended.",
)


@strawberry.type(
    description="Who talked with a bot: distinct users as the channels know them, counted by the source. None of these "
    "numbers can be added up over days or hours."
)
class ConversationEngagement:
    period: Period = strawberry.field(description="The days that were asked for, in the zone that was asked for.")
    day_count: int = strawberry.field(
        description="How many days the source counted, as it says: the period's but those to come. The averages are over them."
    )
    unique_users: Metric = strawberry.field(
        description="Users who talked with the bot. Its total is each of them once over the period; null, with a reason in "
        "`extensions.missing`, where the period takes several calls."
    )
    new_users: Metric = strawberry.field(
        description="Users who talked with the bot for the first time. Totals as of `uniqueUsers`."
    )
    returning_users: Metric = strawberry.field(
        description="Users who talked with the bot and had done so before. Totals as of `uniqueUsers`."
    )
    average_unique_users_per_day: float | None = strawberry.field(
        description="Unique users of the period divided by its days, by the source: not the mean of the days' users. Null "
        "where the period takes several calls."
    )
    average_new_users_per_day: float | None = strawberry.field(
        description="New users of the period divided by its days, by the source; null where it takes several calls."
    )
    average_returning_users_per_day: float | None = strawberry.field(
        description="Returning users of the period divided by its days, by the source; null where it takes several calls."
    )

    @classmethod
    def of(cls, found: Engagement) -> "ConversationEngagement":
        average: Mapping[str, float | None] = {} if found.whole is None else found.whole.average
        return cls(
            period=Period.of(found.axis.period, found.axis.zone),
            day_count=found.day_count,
            unique_users=found.metric("unique"),
            new_users=found.metric("new"),
            returning_users=found.metric("returning"),
            average_unique_users_per_day=average.get("unique"),
            average_new_users_per_day=average.get("new"),
            average_returning_users_per_day=average.get("returning"),
        )


@strawberry.type(description="A conversational app at Kore.ai, of which it counts who talks with it.")
class KoreAiApp(Node):
    stream_id: str = strawberry.field(description="Its stream (App ID) there: st- and a UUID.")
    app: strawberry.Private[AppKey]
    zone: strawberry.Private[str]

    @classmethod
    def of(cls, app: AppKey, stream: str, zone: str) -> "KoreAiApp":
        key = canonical({"app": str(app.id), "stream": stream})
        return cls(
            id=strawberry.ID(encode(GlobalId("KoreAiApp", app.client, (key,)))), stream_id=stream, app=app, zone=zone
        )

    @strawberry.field(
        description="Who talked with the bot, by DAY or HOUR. One call for all below, and for each 366 days by DAY or 31 days "
        "by HOUR. A day that the source leaves out is 0; what is to come is null. An hour of the clock that comes twice is "
        "null, for the source has 24 of them on every day. Null, with an error, when the source is silent.",
        metadata=costs.read(
            REFERENCE,
            source=SYSTEM.name,
            extent=costs.Series({"": costs.Measure(CALL, bucket=CALL / (31 * 24))}, metric=None, compare=None),
            once=0,
        ),
    )
    async def engagement(
        self,
        info: Info,
        period: Annotated[
            PeriodInput | None, strawberry.argument(description="Days to count, in `timeZone`; absent: 30d.")
        ] = None,
        granularity: Annotated[
            Granularity | None, strawberry.argument(description="Width of a bucket: DAY or HOUR.")
        ] = Granularity.DAY,
        conversation_type: Annotated[
            ConversationType | None, strawberry.argument(description="Only conversations of this type.")
        ] = ConversationType.ALL,
        status: Annotated[
            ConversationStatus | None, strawberry.argument(description="Only conversations that stand so.")
        ] = ConversationStatus.ALL,
        channels: Annotated[
            list[str] | None,
            strawberry.argument(
                description="Only these channels, by code, as rtm, msteams, slack, facebook or ivr: 1 to 20; absent: all."
            ),
        ] = None,
        time_zone: Annotated[
            str | None,
            strawberry.argument(description="IANA name of the zone whose days and hours count; absent: the client's."),
        ] = None,
    ) -> ConversationEngagement | None:
        asked = Asked(
            self.app,
            self.stream_id,
            period or PeriodInput(last=DEFAULT_LAST),
            granularity or Granularity.DAY,
            conversation_type or ConversationType.ALL,
            status or ConversationStatus.ALL,
            checked_channels(channels),
            None if time_zone is None else checked_zone(time_zone),
        )
        found = await engagement(At.of(info), asked, self.zone)
        return None if found is None else ConversationEngagement.of(found)


async def kore_ai_app(context: Context, app: AppKey, zone: str) -> KoreAiApp | None:
    """The first that an app is linked to."""
    link = await first_link(context, app, SYSTEM)
    return None if link is None else KoreAiApp.of(app, link.to.key, zone)


async def kore_ai_app_again(context: Context, client: UUID, key: str) -> KoreAiApp | None:
    """None for what is not linked to the app that the id names (any more)."""
    try:
        told = orjson.loads(key)
        app, stream = AppKey(client, UUID(told["app"])), str(told["stream"])
    except (KeyError, ValueError, TypeError, AttributeError):  # an id that we never gave out
        return None
    return await _linked(context, app, stream)


async def _linked(context: Context, app: AppKey, stream: str) -> KoreAiApp | None:
    record, link = await context.app.load(app), await link_to(context, app, SYSTEM, stream)
    return None if record is None or link is None else KoreAiApp.of(app, stream, record.time_zone)


async def engagement_again(at: At, client: UUID, said: Mapping[str, Any]) -> Metric | None:
    """See vendor_data/again."""
    asked, measure = Asked.read(client, said), said["measure"]
    if measure not in MEASURES:
        return None
    linked = await _linked(at.context, asked.app, asked.stream)
    found = None if linked is None else await engagement(at, asked, linked.zone)
    return None if found is None else found.metric(measure)
