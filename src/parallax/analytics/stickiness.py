"""Stickiness (K): the share of active users in those of a month, and on how many days users are active."""

from collections.abc import Awaitable
from enum import Enum
from typing import Annotated

import strawberry

from parallax import costs
from parallax.analyses.questions import Question
from parallax.analyses.stickiness import Histogram
from parallax.analytics.asked import Cut, asked_series
from parallax.analytics.inputs import AnyEvent, BrokenBy, By, Compare, Where, Within, raw
from parallax.analytics.measured import axis_of
from parallax.analytics.series import series_metric
from parallax.context import Info
from parallax.engine.columns import Numbers
from parallax.events.grounded import Grounded
from parallax.metrics.catalog import Analysis, SourceSystem
from parallax.metrics.graph import Metric
from parallax.metrics.shapes import Columns
from parallax.periods import Granularity


class StickinessRatio(Enum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"


RATIOS = {
    StickinessRatio.DAILY: Analysis.DAILY_STICKINESS,
    StickinessRatio.WEEKLY: Analysis.WEEKLY_STICKINESS,
}
strawberry.enum(
    StickinessRatio,
    description="What is divided by the users of 30 days (K1). "
    + " ".join(f"{ratio.name}: {analysis.value.definition}" for ratio, analysis in RATIOS.items()),
)


@strawberry.type(description="How many users were active in so many buckets of the period (K2).")
class StickinessBar:
    days: int = strawberry.field(description="Buckets with a counted event: days, unless `granularity` says otherwise.")
    users: int = strawberry.field(description="Users who were active in just so many; 0: none.")


@strawberry.type(description="How often the active users of a month come back (K).")
class Stickiness:
    ratio: Metric = strawberry.field(
        description="Users of the bucket's last day, or of the 7 days that end with it, divided by those of 30; a point is "
        "taken at the bucket's last day, or at the period's last day or today where those come first. Null where nobody was "
        "active in the 30 days; its total is null (K1, V5)."
    )
    question: strawberry.Private[Question]

    @strawberry.field(
        description="Users by the number of buckets of the period in which they did something counted: a bar for each number "
        "from 1 to that of all buckets, zeros included (K2). At most 15000.",
        metadata=costs.BUCKETS,
        graphql_type=list[StickinessBar],
    )
    def histogram(self, info: Info) -> Awaitable[Columns[StickinessBar]]:
        asked: Awaitable[Numbers] = info.context.asked.load(Histogram(self.question))

        async def bars() -> Columns[StickinessBar]:
            users = (await asked).tolist()
            columns = {"days": range(1, len(users) + 1), "users": users}
            return Columns(columns, lambda place: StickinessBar(days=place + 1, users=users[place]))

        return bars()


@strawberry.type
class Sticky(Grounded):
    @strawberry.field(
        description="The share of a day's (or a week's) users in those of 30 days, over the events that `event` and `where` "
        "choose, and on how many days of the period users are active (K). At most 15000 buckets.",
        metadata=costs.read(
            "events",
            source=SourceSystem.EVENTS.name,
            extent=costs.Series(
                {ratio.name: analysis.value.cost for ratio, analysis in RATIOS.items()}, metric="ratio", where="where"
            ),
        ),
    )
    def stickiness(
        self,
        info: Info,
        ratio: Annotated[
            StickinessRatio | None, strawberry.argument(description="What is divided by the users of 30 days.")
        ] = StickinessRatio.DAILY,
        event: AnyEvent = None,
        period: Within = None,
        granularity: By = Granularity.DAY,
        where: Where = None,
        breakdown: BrokenBy = None,
        compare: Compare = None,
    ) -> Stickiness | None:
        context, ground = info.context, self.ground(info.context)
        cut = Cut(period, granularity, raw(where), breakdown, compare)
        asked = asked_series(RATIOS[ratio or StickinessRatio.DAILY], cut, event=event)
        axis = axis_of(context, ground.zone, asked.period, asked.granularity)
        return Stickiness(ratio=series_metric(context, ground, asked), question=asked.plain(ground, axis))
