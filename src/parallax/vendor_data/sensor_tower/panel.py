"""Cohorts of the panel, as the graph shows them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
import strawberry

from parallax import costs
from parallax.cohorts.retention import Retention
from parallax.connections import Node
from parallax.context import Info
from parallax.errors import InvalidParameter
from parallax.ids import GlobalId, canonical, encode, parse
from parallax.metrics.graph import Metric
from parallax.metrics.shapes import PeriodInput
from parallax.periods import Granularity
from parallax.scalars import DayText
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.asked import JOINED, SOURCE, PeriodGiven
from parallax.vendor_data.sensor_tower.buckets import absent, absent_buckets, buckets
from parallax.vendor_data.sensor_tower.keys import account
from parallax.vendor_data.sensor_tower.panel_retention import LAST, MOST_OFFSETS, panel_retention
from parallax.vendor_data.sensor_tower.panel_series import AskedSeries, PanelMetric, PanelRegion, panel_series
from parallax.vendors.sensor_tower.panel import PATH, POWER_USERS, TIME_OF_DAY, PanelAnalysis, checked_cohort

HOURS: Final = 24
LONGEST_MONTH: Final = 31

Region = Annotated[
    PanelRegion | None, strawberry.argument(description="Only people there; absent: worldwide. Countries are not told.")
]
strawberry.enum(
    PanelAnalysis,
    description="What is told of cohorts, each of cohorts of its own. CHURN: how users come, stay and go; RETENTION: how they "
    "come back; ENGAGEMENT: how much they use the app; TIME_OF_DAY: when; POWER_USERS: on how many days; CROSS_APP: how much "
    "users of one app use another.",
)


MONTHLY: Final = costs.Series(
    {"MONTH": costs.Measure(series=JOINED)}, metric=None, compare=None, granularity=Granularity.MONTH
)
RETENTION: Final = costs.Series(
    {"RETENTION": costs.Measure(series=JOINED)}, metric=None, compare=None, last=LAST, most_rows=MOST_OFFSETS
)
ENGAGEMENT: Final = costs.Series(
    {each.name: costs.Measure(series=JOINED) for each in PanelMetric}, metric="name", compare=None
)


@strawberry.type(description="What the days of a month see of an app's users.")
class PowerUserCurve:
    date: DayText = strawberry.field(description="First day of the month.")
    days: int = strawberry.field(description="Days of the month.")
    shares: list[float | None] = strawberry.field(
        description="Of the month's users, by how many of its days they were active on: the first is of one day, ratios. Null: "
        "the vendor tells none. At most 31.",
        metadata=costs.listed(LONGEST_MONTH),
    )


@strawberry.type(
    description="The users of an app in Sensor Tower's panel of Android devices. Whatever is told of them is an estimate; "
    "whole buckets that are over are told, from 2020 on. The cohorts of a query share calls, five to a call."
)
class PanelCohort(Node):
    client: strawberry.Private[UUID]
    cohort: strawberry.Private[str]
    listed: strawberry.Private[Mapping[str, Any] | None] = None

    @classmethod
    def of(cls, client: UUID, cohort: str, listed: Mapping[str, Any] | None = None) -> "PanelCohort":
        """`listed`: as a list of cohorts has it."""
        key = canonical({"cohort": cohort})
        return cls(
            id=strawberry.ID(encode(GlobalId("PanelCohort", client, (key,)))),
            client=client,
            cohort=cohort,
            listed=listed,
        )

    @strawberry.field(
        description="What the vendor calls it; null where its list of cohorts has none of this id.",
        metadata=costs.read(f"{PATH}churn_analysis/cohorts", 5, source=SOURCE),
    )
    async def name(self, info: Info) -> str | None:
        return await self._told(info, "name")

    @strawberry.field(
        description="What it is made of in the vendor's words, as app; null where its list of cohorts has none of this id.",
        metadata=costs.read(f"{PATH}churn_analysis/cohorts", 5, source=SOURCE),
    )
    async def kind(self, info: Info) -> str | None:
        return await self._told(info, "kind")

    @strawberry.field(
        description="The share of the month before's users that is gone, by month, ratios. Its slices are new, resurrected and "
        "retained, shares of the month's users that add up to 1, and churned. Null in a month: a gap of the panel. From May "
        "2020 on.",
        metadata=costs.read(f"{PATH}churn_analysis", source=SOURCE, extent=MONTHLY),
    )
    async def churn(self, info: Info, period: PeriodGiven = None, region: Region = None) -> Metric | None:
        asked = AskedSeries(self.cohort, None, period, Granularity.MONTH, region)
        return await panel_series(At.of(info), self.client, asked)

    @strawberry.field(
        description="Of those who came in each bucket, the shares that use the app in it and in those after, up to the last "
        "that is over: rates alone, sizes and counts are null. WEEK or MONTH, worldwide, from 30 March 2020 on.",
        metadata=costs.read(f"{PATH}cohort_retention", source=SOURCE, extent=RETENTION),
    )
    async def retention(
        self,
        info: Info,
        period: Annotated[
            PeriodInput | None, strawberry.argument(description="Days in which users came; absent: the last 90.")
        ] = None,
        granularity: Annotated[
            Granularity | None, strawberry.argument(description="Width of a bucket: WEEK or MONTH.")
        ] = Granularity.WEEK,
    ) -> Retention | None:
        return await panel_retention(At.of(info), self.client, self.cohort, period, granularity or Granularity.WEEK)

    @strawberry.field(
        description="How much its users use the app, by DAY or WEEK; among the users of another cohort by WEEK. Null in a "
        "bucket: the vendor tells none. The total is null unless there is one bucket. From 30 March 2020 on.",
        metadata=costs.read(f"{PATH}engagement_insights", source=SOURCE, extent=ENGAGEMENT),
    )
    async def engagement(
        self,
        info: Info,
        name: Annotated[PanelMetric, strawberry.argument(description="What is measured.")],
        among: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="Only those who are in this cohort too: id of a PanelCohort, or cohort_ and 24 hex digits."
            ),
        ] = None,
        period: PeriodGiven = None,
        granularity: Annotated[
            Granularity | None, strawberry.argument(description="Width of a bucket: DAY or WEEK.")
        ] = Granularity.WEEK,
        region: Region = None,
    ) -> Metric | None:
        if name is PanelMetric.DAU_GROWTH and among is None:
            others = [each.name for each in PanelMetric if each is not name]
            raise InvalidParameter(
                "name", name.name, "is known among the users of another cohort: name it by `among`", others
            )
        other = None if among is None else _cohort_of("among", among, self.client)
        asked = AskedSeries(self.cohort, name, period, granularity or Granularity.WEEK, region, other)
        return await panel_series(At.of(info), self.client, asked)

    @strawberry.field(
        description="On how many days its users use the app, for each month that is over, oldest first; months of which the "
        "vendor has nothing are left out. Every month that the period touches, from April 2020 on.",
        metadata=costs.read(f"{PATH}power_user_curve", source=SOURCE, extent=MONTHLY),
    )
    async def power_users(
        self, info: Info, period: PeriodGiven = None, region: Region = None
    ) -> list[PowerUserCurve] | None:
        at = At.of(info)
        span = buckets(at, period, Granularity.MONTH, POWER_USERS.since)
        pieces = POWER_USERS.pieces(self.cohort, Granularity.MONTH, span.known, country=region and region.name)
        found = await read(at, await account(at, self.client), POWER_USERS, pieces)
        if found is None:
            return None
        told = [(piece.bucket, found.kept[piece].part) for piece in pieces if piece in found.kept]
        absent_buckets(at, sum(part is None for _, part in told), len(span.axis.dates))
        return [
            PowerUserCurve(date=DayText(str(month)), days=part["days"], shares=part["shares"])
            for month, part in told
            if part is not None
        ]

    @strawberry.field(
        description="How the time that its users spend in the app is spread over the hours of a day, over all time: 24 values "
        "from midnight on, in a unit that the vendor does not name, by the clock where the users are. Null: it has none.",
        metadata=costs.read(f"{PATH}time_of_day", JOINED, source=SOURCE, extent=costs.Many(HOURS)),
    )
    async def time_of_day(self, info: Info, region: Region = None) -> list[float] | None:
        at = At.of(info)
        [piece] = TIME_OF_DAY.pieces(self.cohort, None, [None], country=region and region.name)
        found = await read(at, await account(at, self.client), TIME_OF_DAY, [piece])
        if found is None:
            return None
        part: list[float] | None = found.kept[piece].part
        if part is None:
            absent(at, "It has nothing of this cohort.")
        return part

    async def _told(self, info: Info, member: str) -> str | None:
        at = At.of(info)
        listed = [self.listed] if self.listed else await listed_cohorts(at, self.client, PanelAnalysis.CHURN)
        return next((each[member] for each in listed or () if each["id"] == self.cohort), None)


async def listed_cohorts(at: At, client: UUID, analysis: PanelAnalysis) -> list[Mapping[str, Any]] | None:
    cohorts = analysis.value.cohorts
    found = await read(at, await account(at, client), cohorts, [cohorts.piece()])
    return None if found is None else found.kept[cohorts.piece()].part


def _cohort_of(argument: str, id: str, client: UUID) -> str:
    """Raises InvalidParameter."""
    found = parse(id)
    if found is not None and found.type_name == "PanelCohort" and found.client == client:
        id = str(orjson.loads(str(found.key[0])).get("cohort"))
    return checked_cohort(argument, id)


async def panel_cohort_again(_: At, client: UUID, said: Mapping[str, Any]) -> PanelCohort:
    """By its id, without a look at whether there is such a cohort. Raises as `ObjectAgain` says."""
    return PanelCohort.of(client, checked_cohort("id", said["cohort"]))
