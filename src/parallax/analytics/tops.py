"""The fields of Analytics that are lists: what is most, and groups."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from parallax import costs
from parallax.analyses.questions import Measure, Order
from parallax.analytics.asked import checked_property
from parallax.analytics.inputs import (
    AnyEvent,
    Entries,
    GroupIntensityInput,
    GroupSizeInput,
    LogProperty,
    TheEvent,
    Where,
    Within,
)
from parallax.analytics.lists import GROUPS, TOP_ENTRIES, GroupedMetric, TopEntry, grouped, log_field, top
from parallax.context import Info
from parallax.engine.frames import LOGS
from parallax.events.grounded import Grounded
from parallax.filters.fields import field_of
from parallax.metrics.catalog import SourceSystem

SOURCE = SourceSystem.EVENTS.name
REFERENCE = "events"
TOP_COST = costs.read(REFERENCE, 150, source=SOURCE, extent=costs.First())
GROUPED_COST = costs.read(REFERENCE, 300, source=SOURCE, extent=costs.Page(row=2, argument="maxGroups"))


@strawberry.type
class Lists(Grounded):
    @strawberry.field(
        description="Names of the period's events, with how many there are of each and of how many users, in the order "
        "asked; ties by name (W1).",
        metadata=TOP_COST,
        graphql_type=list[TopEntry] | None,
    )
    def top_events(
        self,
        info: Info,
        period: Within = None,
        first: Entries = TOP_ENTRIES,
        order_by: Annotated[
            Order | None, strawberry.argument(description="What the largest is largest by.")
        ] = Order.COUNT,
        where: Where = None,
    ) -> Awaitable[list[TopEntry]]:
        order = order_by or Order.COUNT
        return top(info.context, self.ground(info.context), field_of("event"), period, first, where, order=order)

    @strawberry.field(
        description="Values of a property on the events of one name, most events first, ties by value (W2).",
        metadata=TOP_COST,
        graphql_type=list[TopEntry] | None,
    )
    def top_properties(
        self,
        info: Info,
        event: TheEvent,
        property: Annotated[str, strawberry.argument(description="Event property whose values are listed.")],
        period: Within = None,
        first: Entries = TOP_ENTRIES,
        where: Where = None,
    ) -> Awaitable[list[TopEntry]]:
        field = checked_property(property)
        return top(info.context, self.ground(info.context), field, period, first, where, event=event)

    @strawberry.field(
        description="Sessions that start in the period by the value of a property on their first event, most sessions "
        "first, ties by value; `where` is tested on that event (W3).",
        metadata=TOP_COST,
        graphql_type=list[TopEntry] | None,
    )
    def top_sessions(
        self,
        info: Info,
        property: Annotated[
            str | None, strawberry.argument(description="Event property whose values are listed.")
        ] = "device_type",
        period: Within = None,
        first: Entries = TOP_ENTRIES,
        where: Where = None,
    ) -> Awaitable[list[TopEntry]]:
        field = checked_property("device_type" if property is None else property)
        return top(info.context, self.ground(info.context), field, period, first, where, measure=Measure.SESSIONS)

    @strawberry.field(
        description="The period's log records by level, service or source, most records first, ties by value; `users` are "
        "those of the records that name one (W4).",
        metadata=TOP_COST,
        graphql_type=list[TopEntry] | None,
    )
    def top_logs(
        self,
        info: Info,
        property: Annotated[
            LogProperty | None, strawberry.argument(description="What they are counted by.")
        ] = LogProperty.LEVEL,
        period: Within = None,
        first: Entries = TOP_ENTRIES,
        where: Where = None,
    ) -> Awaitable[list[TopEntry]]:
        return top(info.context, self.ground(info.context), log_field(property), period, first, where, stream=LOGS)

    @strawberry.field(
        description="The period's events by value of a field, each group with its size and its intensity, largest first, "
        "ties by value (M).",
        metadata=GROUPED_COST,
        graphql_type=GroupedMetric | None,
    )
    def grouped(
        self,
        info: Info,
        group_by: Annotated[
            str, strawberry.argument(description="Field, named as in conditions but for audience, that groups.")
        ],
        size: Annotated[GroupSizeInput, strawberry.argument(description="How large a group is.")],
        intensity: Annotated[GroupIntensityInput, strawberry.argument(description="How much a group does.")],
        event: AnyEvent = None,
        period: Within = None,
        where: Where = None,
        max_groups: Annotated[
            int | None, strawberry.argument(description="Groups to name, 1 to 1000; the rest is one more.")
        ] = GROUPS,
    ) -> Awaitable[GroupedMetric]:
        return grouped(
            info.context, self.ground(info.context), group_by, size, intensity, event, period, where, max_groups
        )
