"""What the apps of a category do: the largest of them, and all together."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from parallax import costs
from parallax.context import Info
from parallax.errors import InvalidParameter
from parallax.links.keys import Store
from parallax.metrics.catalog import Unit
from parallax.metrics.graph import Metric
from parallax.metrics.shapes import PeriodInput
from parallax.pages import checked_first
from parallax.periods import DEFAULT_LAST, FROM_DAY, Granularity, Period, widened
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.apps import SensorTowerApp
from parallax.vendor_data.sensor_tower.asked import DAYS_IN, ONE_CALL, SOURCE, PeriodGiven, period_told
from parallax.vendor_data.sensor_tower.keys import StoreKey, account
from parallax.vendor_data.sensor_tower.laid import absent, laid, tell_gaps, told
from parallax.vendor_data.sensor_tower.measures import SALES, EstimateModel, StoreEstimate
from parallax.vendor_data.series import Part, sum_of
from parallax.vendors.sensor_tower.compact import COMPACT_REPORTS, CUT
from parallax.vendors.sensor_tower.sales import CENTS, UNITS
from parallax.vendors.sensor_tower.stores import OS, WORLD, known_store
from parallax.vendors.sensor_tower.terms import TermKind, checked_country, checked_term

FAMILY: Final = "sensor_tower.category_estimate"
REFERENCE: Final = "/v1/{os}/compact_sales_report_estimates"
MOST_TOP: Final = 100
FIRST: Final = 10


@dataclass(frozen=True, slots=True)
class OfCategory:
    """A question."""

    client: UUID
    store: Store
    category: str
    name: StoreEstimate
    country: str = WORLD
    period: PeriodInput | None = None
    granularity: Granularity = Granularity.DAY
    model: EstimateModel | None = None

    def said(self) -> dict[str, Any]:
        return {
            "vendor": FAMILY,
            "store": self.store.name,
            "category": self.category,
            "name": self.name.name,
            "country": self.country,
            "period": self.period.as_asked() if self.period else {},
            "granularity": self.granularity.name,
            **({} if self.model is None else {"model": self.model.name}),
        }

    @property
    def place(self) -> int:
        return CENTS if self.name is StoreEstimate.REVENUE else UNITS

    def checked(self, argument: str) -> "OfCategory":
        """`argument` names the measure. Raises InvalidParameter."""
        known_store(self.store)
        category = checked_term("category", self.category, TermKind.CATEGORY, self.store)
        if self.name not in SALES:
            names = [measure.name for measure in SALES]
            raise InvalidParameter(argument, self.name.name, "is not estimated of categories", names)
        return replace(self, category=category, country=checked_country("country", self.country, worldwide=True))


async def category_estimated(at: At, given: OfCategory) -> Metric | None:
    """None where little is left of the quota and the caller wants nothing then. Raises InvalidParameter."""
    asked, measured = given.checked("name"), given.name.value
    line = laid(at, asked.period, asked.granularity, FROM_DAY)
    model = None if asked.model is None else asked.model.value
    where = (asked.store, asked.category, asked.country, asked.granularity, line.buckets, model)
    pieces = COMPACT_REPORTS.pieces(*where)
    found = await read(at, await account(at, asked.client), COMPACT_REPORTS, pieces)
    if found is None:
        return None
    parts = {piece.bucket: kept.part or {} for piece, kept in found.kept.items()}
    values = line.column(lambda bucket: sum_of([app[asked.place] for app in parts.get(bucket, {}).values()]))
    tell_gaps(at, line, values, measured)
    dimensions = {"store": asked.store.name, "category": asked.category}
    return told(
        asked.client,
        asked.said(),
        measured,
        line,
        Part(None, values, None if found.failed else sum_of(values)),
        found,
        f"/v1/{OS[asked.store]}/compact_sales_report_estimates",
        at.context.today(DAYS_IN) - CUT.settles_after,
        dimensions if asked.country == WORLD else dimensions | {"country": asked.country},
    )


async def category_again(at: At, client: UUID, said: Mapping[str, Any]) -> Metric | None:
    asked = OfCategory(
        client,
        Store[said["store"]],
        said["category"],
        StoreEstimate[said["name"]],
        said["country"],
        period_told(said["period"]),
        Granularity[said["granularity"]],
        EstimateModel[said["model"]] if "model" in said else None,
    )
    return await category_estimated(at, asked)


@strawberry.type(description="An app among the largest of a category.")
class StoreTopApp:
    position: int = strawberry.field(description="1 is the largest.")
    app: SensorTowerApp = strawberry.field(description="The product; its editions in the store are taken together.")
    value: float | None = strawberry.field(description="What it was ordered by, over the period.")
    unit: Unit = strawberry.field(description="What the value is a number of.")


def fewest_buckets(period: Period) -> Granularity:
    """The widest buckets that the period is made of: they are the fewest calls."""
    wide = (Granularity.QUARTER, Granularity.MONTH, Granularity.WEEK)
    return next((each for each in wide if widened(period, each) == period), Granularity.DAY)


async def top_apps(at: At, given: OfCategory, first: int) -> list[StoreTopApp] | None:
    """The largest first, equal ones by id. None where little is left of the quota and the caller wants nothing then."""
    asked = given.checked("by")
    period = (asked.period or PeriodInput(last=DEFAULT_LAST)).resolved(at.context.today(DAYS_IN))
    width = fewest_buckets(period)
    line = laid(at, asked.period, width, FROM_DAY)
    pieces = COMPACT_REPORTS.pieces(asked.store, asked.category, asked.country, width, line.buckets)
    found = await read(at, await account(at, asked.client), COMPACT_REPORTS, pieces)
    if found is None:
        return None
    silent = sum(not kept.part for kept in found.kept.values())
    if silent:
        absent(at, f"It has no estimate of any app in {silent} of {len(pieces)} buckets.")
    totals = defaultdict[StoreKey, float](float)
    for kept in found.kept.values():
        for key, app in (kept.part or {}).items():
            product = app[2]
            named = (asked.store, key) if product is None else (Store.UNIFIED, product)
            totals[StoreKey(asked.client, *named)] += app[asked.place]
    largest = sorted(totals, key=lambda named: (-totals[named], named.key))[:first]
    return [
        StoreTopApp(position=place, app=SensorTowerApp.of(named), value=totals[named], unit=asked.name.value.unit)
        for place, named in enumerate(largest, 1)
    ]


Category = Annotated[str, strawberry.argument(description="As `terms(kind: CATEGORY)` of the store has it.")]
OneStore = Annotated[Store, strawberry.argument(description="IOS or ANDROID.")]
Country = Annotated[str | None, strawberry.argument(description="ISO code; WW: the sum of all countries.")]


@strawberry.type
class MarketEstimates:
    client: strawberry.Private[UUID]

    @strawberry.field(
        description="The apps of a category with the most downloads or revenue in the period, largest first. At most 100. "
        "Costs a call for each week, or where the period is made of whole weeks, months or quarters, for 13, 12 or 8 of "
        "them. One call has all countries, and those that were asked for are kept.",
        metadata=costs.read(REFERENCE, ONE_CALL, source=SOURCE, extent=costs.First("first", MOST_TOP)),
    )
    async def top_apps(
        self,
        info: Info,
        store: OneStore,
        category: Category,
        by: Annotated[
            StoreEstimate | None, strawberry.argument(description="DOWNLOADS or REVENUE.")
        ] = StoreEstimate.DOWNLOADS,
        country: Country = WORLD,
        period: PeriodGiven = None,
        first: Annotated[int | None, strawberry.argument(description="How many, 1 to 100.")] = FIRST,
    ) -> list[StoreTopApp] | None:
        most = checked_first(FIRST if first is None else first, MOST_TOP)
        name = by or StoreEstimate.DOWNLOADS
        asked = OfCategory(self.client, store, category, name, WORLD if country is None else country, period)
        return await top_apps(At.of(info), asked, most)

    @strawberry.field(
        description="Downloads or revenue of all apps of a category together, by DAY, WEEK, MONTH or QUARTER; a period is "
        "widened to whole buckets. Null: no estimate of any of them.",
        metadata=costs.read(
            REFERENCE,
            source=SOURCE,
            extent=costs.Series(
                {measure.name: costs.Measure(series=ONE_CALL) for measure in StoreEstimate},
                400 * 92,
                "name",
                compare=None,
            ),
        ),
    )
    async def category_estimate(
        self,
        info: Info,
        store: OneStore,
        category: Category,
        name: Annotated[StoreEstimate, strawberry.argument(description="DOWNLOADS or REVENUE.")],
        country: Country = WORLD,
        period: PeriodGiven = None,
        granularity: Annotated[
            Granularity | None, strawberry.argument(description="Width of a bucket; weeks begin on Mondays.")
        ] = Granularity.DAY,
        model: Annotated[
            EstimateModel | None, strawberry.argument(description="Of which model; absent: the account's own.")
        ] = None,
    ) -> Metric | None:
        asked = OfCategory(
            self.client, store, category, name, WORLD if country is None else country, period,
            granularity or Granularity.DAY, model,
        )  # fmt: skip
        return await category_estimated(At.of(info), asked)
