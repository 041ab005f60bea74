"""An edition's place in the charts of its store."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from parallax import costs
from parallax.context import Info
from parallax.errors import InvalidParameter
from parallax.links.keys import Store
from parallax.metrics.catalog import SourceSystem, Unit
from parallax.metrics.graph import Metric
from parallax.metrics.series import Value
from parallax.metrics.shapes import PeriodInput, SourceInfo
from parallax.periods import Axis, Granularity, axis, checked
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.asked import (
    DAYS_IN,
    JOINED,
    ONE_CALL,
    SOURCE,
    PeriodGiven,
    StoreDimension,
    checked_dimension,
    period_told,
)
from parallax.vendor_data.sensor_tower.keys import Named, StoreKey, account, key_told
from parallax.vendor_data.sensor_tower.words import StoreTerm
from parallax.vendor_data.series import Measured, Part, source_info, vendor_metric
from parallax.vendors.gathering import Gathered
from parallax.vendors.pieces import Piece
from parallax.vendors.sensor_tower.ranks import CATEGORY_HISTORY, RANKING_SUMMARY, UNREVISED
from parallax.vendors.sensor_tower.stores import OS
from parallax.vendors.sensor_tower.terms import (
    TermKind,
    checked_chart,
    checked_countries,
    checked_country,
    checked_term,
)

FAMILY: Final = "rank"
RANK: Final = Measured(
    "RANK",
    "Rank",
    Unit.RANK,
    "Place in a chart of a category in the store of a country, by UTC day; 1 is the top, null is outside the chart.",
    is_additive=False,
)
MOST_COUNTRIES: Final = 50
MOST_RANKS: Final = 100
ALLOWED: Final = {Store.IOS: (Granularity.HOUR, Granularity.DAY), Store.ANDROID: (Granularity.DAY,)}
"""A rank of a week is no sum and no mean of ranks; hours are told of the App Store alone."""


@strawberry.type(description="A place in a chart now.")
class StoreRank:
    category: StoreTerm = strawberry.field(description="The category whose chart it is.")
    chart: str = strawberry.field(description="Which of the category's charts.")
    rank: int | None = strawberry.field(description="The place, 1 is the top; null: it is not in the chart.")


@strawberry.type
class RankFields(Named):
    @strawberry.field(
        description="Its place in a chart by UTC day, or by hour of the App Store; null where it was not in the chart. Longer "
        "buckets have no rank: WEEK, MONTH and QUARTER are refused, and `total` is null but of a single bucket. Of several "
        "countries the places stand in the breakdown by COUNTRY, and the series itself is null.",
        metadata=costs.read(
            "/v1/{os}/category/category_history",
            JOINED,
            source=SOURCE,
            extent=costs.Series({RANK.name: costs.Measure()}, metric=None, compare=None),
        ),
    )
    async def rank(
        self,
        info: Info,
        category: Annotated[
            str, strawberry.argument(description="As 6007 (iOS) or productivity (Android): see market.terms.")
        ],
        chart: Annotated[
            str, strawberry.argument(description="As topfreeapplications (iOS) or topselling_free (Android).")
        ],
        countries: Annotated[list[str], strawberry.argument(description="Whose stores, by ISO 3166 code: 1 to 50.")],
        period: PeriodGiven = None,
        granularity: Annotated[
            Granularity | None, strawberry.argument(description="DAY, or HOUR of the App Store.")
        ] = Granularity.DAY,
        breakdown: Annotated[StoreDimension | None, strawberry.argument(description="COUNTRY.")] = None,
    ) -> Metric | None:
        asked = RankAsked(self.named, category, chart, countries, period, granularity or Granularity.DAY, breakdown)
        return await asked.answered(At.of(info))

    @strawberry.field(
        description="Its places in all charts of a country's store now. At most 100; one call.",
        metadata=costs.read(
            "/v1/{os}/category/category_ranking_summary", ONE_CALL, source=SOURCE, extent=costs.Many(MOST_RANKS)
        ),
    )
    async def current_ranks(
        self,
        info: Info,
        country: Annotated[str, strawberry.argument(description="Whose store, by ISO 3166 code.")],
    ) -> list[StoreRank] | None:
        at, store = At.of(info), self.named.store
        piece = RANKING_SUMMARY.piece(store, self.named.key, checked_country("country", country))
        found = await read(at, await account(at, self.named.client), RANKING_SUMMARY, [piece])
        if found is None:
            return None
        return [
            StoreRank(
                category=StoreTerm.of(TermKind.CATEGORY, store, each["category"]),
                chart=each["chart"],
                rank=each["rank"],
            )
            for each in found.kept[piece].part[:MOST_RANKS]
        ]


class RankAsked:
    """A question, checked. Raises InvalidParameter."""

    def __init__(
        self,
        named: StoreKey,
        category: str,
        chart: str,
        countries: Sequence[str],
        period: PeriodInput | None,
        granularity: Granularity,
        breakdown: StoreDimension | None,
    ) -> None:
        self.named, self.period = named, period or PeriodInput()
        self.category = checked_term("category", category, TermKind.CATEGORY, named.store)
        self.chart = checked_chart("chart", chart, named.store)
        self.countries = checked_countries("countries", countries, worldwide=False)
        if len(self.countries) > MOST_COUNTRIES:
            raise InvalidParameter("countries", len(self.countries), f"are more than {MOST_COUNTRIES}")
        self.granularity = checked(granularity, ALLOWED[named.store])
        self.breakdown = checked_dimension(breakdown, (StoreDimension.COUNTRY,))

    @classmethod
    def told(cls, client: UUID, said: Mapping[str, Any]) -> "RankAsked":
        """Out of an id."""
        split = said.get("breakdown")
        return cls(
            key_told(client, said["app"]),
            said["category"],
            said["chart"],
            said["countries"],
            period_told(said["period"]),
            Granularity[said["granularity"]],
            None if split is None else StoreDimension[split],
        )

    @property
    def said(self) -> dict[str, Any]:
        told = {
            "vendor": FAMILY,
            "app": self.named.told(),
            "category": self.category,
            "chart": self.chart,
            "countries": list(self.countries),
            "period": self.period.as_asked(),
            "granularity": self.granularity.name,
        }
        return told if self.breakdown is None else told | {"breakdown": self.breakdown.name}

    async def answered(self, at: At) -> Metric | None:
        """None where little is left of the quota. Raises InvalidParameter."""
        today = at.context.today(DAYS_IN)
        period = self.period.resolved(today)
        if period.start > today:
            raise InvalidParameter("period", self.period.as_asked(), f"begins after {today}, the last day that is told")
        line = axis(period, self.granularity, DAYS_IN, today, at.context.now)
        found = await read(at, await account(at, self.named.client), CATEGORY_HISTORY, self._pieces(line))
        return None if found is None else self._metric(at, line, found)

    @property
    def _hourly(self) -> bool:
        return self.granularity is Granularity.HOUR

    def _pieces(self, line: Axis) -> list[Piece]:
        return [
            CATEGORY_HISTORY.piece(
                self.named.store, self.named.key, country, self.category, self.chart, day, hourly=self._hourly
            )
            for country in self.countries
            for day in dict.fromkeys(line.dates[: line.begun])
        ]

    def _metric(self, at: At, line: Axis, found: Gathered) -> Metric:
        columns = [self._values(line, found, country) for country in self.countries]
        parts = [Part(country, each, _only(each)) for country, each in zip(self.countries, columns, strict=True)]
        values = columns[0]
        if len(columns) > 1:
            values = [None] * len(line.dates)
            if self.breakdown is None:
                reason = "Ranks in several countries are not one rank: ask for breakdown: COUNTRY."
                at.context.absences.note(at.path, SOURCE, reason)
        dimensions = {"store": self.named.store.name, "category": self.category, "chart": self.chart}
        if len(self.countries) == 1:
            dimensions["country"] = self.countries[0]
        return vendor_metric(
            self.named.client,
            self.said,
            RANK,
            line,
            values,
            _only(values),
            self._source(at, found),
            dimensions,
            None if self.breakdown is None else parts,
        )

    def _values(self, line: Axis, found: Gathered, country: str) -> list[Value]:
        by_day = {piece.bucket: kept.part for piece, kept in found.kept.items() if piece.of[1] == country}
        if not self._hourly:
            return [by_day.get(day) for day in line.dates]
        hours = (str(int(text[11:13])) for text in line.at_texts)
        told = [(by_day.get(day) or {}).get(hour) for day, hour in zip(line.dates, hours, strict=True)]
        return [*told[: line.begun], *[None] * (len(told) - line.begun)]

    def _source(self, at: At, found: Gathered) -> SourceInfo:
        return source_info(
            SourceSystem.SENSOR_TOWER,
            "Sensor Tower",
            RANK,
            f"/v1/{OS[self.named.store]}/category/category_history",
            found,
            is_estimate=False,
            settled_until=at.context.today(DAYS_IN) - UNREVISED,
        )


def _only(values: Sequence[Value]) -> Value:
    """Of a single bucket the whole period is that bucket."""
    return values[0] if len(values) == 1 else None


async def rank_again(at: At, client: UUID, said: Mapping[str, Any]) -> Metric | None:
    return await RankAsked.told(client, said).answered(at)
