"""How long and how often products and editions are used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from parallax import costs
from parallax.context import Info
from parallax.errors import InvalidParameter
from parallax.links.keys import Store
from parallax.metrics.graph import Metric
from parallax.metrics.shapes import PeriodInput
from parallax.periods import Granularity, checked
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.asked import (
    DAYS_IN,
    JOINED,
    SOURCE,
    PeriodGiven,
    StoreDimension,
    checked_dimension,
    period_told,
)
from parallax.vendor_data.sensor_tower.keys import Named, StoreKey, account, ids_in, key_told
from parallax.vendor_data.sensor_tower.laid import laid, tell_gaps, told
from parallax.vendor_data.sensor_tower.measures import StoreUsage
from parallax.vendor_data.series import Part
from parallax.vendors.gathering import Gathered
from parallax.vendors.pieces import Piece
from parallax.vendors.sensor_tower.buckets import PER_DAY, last_complete
from parallax.vendors.sensor_tower.stores import STORES
from parallax.vendors.sensor_tower.terms import REGIONS, TermKind, terms
from parallax.vendors.sensor_tower.timeseries import ALL_TOGETHER, EARLIEST, EVERY, MOST_REGIONS, TIME_SERIES

FAMILY: Final = "sensor_tower.usage"
COST: Final = costs.read(
    "/v1/apps/timeseries",
    source=SOURCE,
    extent=costs.Series(
        {measure.name: costs.Measure(series=JOINED) for measure in StoreUsage},
        400 * 31,
        "name",
        granularity="per",
        compare=None,
    ),
)


@dataclass(frozen=True, slots=True)
class Usage:
    """A question. `regions` is empty for all of them together; `store` is the part of a product that is looked at."""

    named: StoreKey
    is_product: bool
    name: StoreUsage
    per: Granularity = Granularity.MONTH
    period: PeriodInput | None = None
    regions: tuple[str, ...] = ()
    store: Store = Store.UNIFIED
    breakdown: StoreDimension | None = None

    def said(self) -> dict[str, Any]:
        return {
            "vendor": FAMILY,
            "of": self.named.told(),
            "product": self.is_product,
            "name": self.name.name,
            "per": self.per.name,
            "period": self.period.as_asked() if self.period else {},
            "granularity": Granularity.MONTH.name,
            "regions": list(self.regions),
            "store": self.store.name,
            **({} if self.breakdown is None else {"breakdown": self.breakdown.name}),
        }


def checked_regions(values: tuple[str, ...]) -> tuple[str, ...]:
    """Regions of the vendor, or countries. Raises InvalidParameter."""
    known = terms(TermKind.COUNTRY).keys() | REGIONS.keys()
    codes = tuple(sorted({value.strip().upper() for value in values}))
    for code in codes:
        if code not in known:
            where = [f"all are in market.terms(kind: {kind.name})" for kind in (TermKind.REGION, TermKind.COUNTRY)]
            raise InvalidParameter("regions", code, f"there is no region {code[:40]!r}", where)
    if len(codes) > MOST_REGIONS:
        raise InvalidParameter("regions", len(codes), f"are more than {MOST_REGIONS}")
    return codes


async def used(at: At, given: Usage) -> Metric | None:
    """None where little is left of the quota and the caller wants nothing then. Raises InvalidParameter."""
    checked(given.per, PER_DAY, "per")
    asked, measured = replace(given, regions=checked_regions(given.regions)), given.name.value
    is_whole = asked.is_product and asked.store is Store.UNIFIED
    checked_dimension(
        asked.breakdown, [StoreDimension.REGION, StoreDimension.STORE] if is_whole else [StoreDimension.REGION]
    )
    line = laid(at, asked.period, Granularity.MONTH, (Granularity.MONTH,), EARLIEST)
    ids = await ids_in(at, asked.named, Store.UNIFIED) if asked.is_product else (asked.named.key,)
    if not ids:
        return None
    of = (Store.UNIFIED if asked.is_product else asked.named.store, ids[0])
    granular = at.context.db.settings.sensor_tower_date_granularity

    def pieces(only: Store, regions: tuple[str, ...], together: tuple[str, ...] = ()) -> list[Piece]:
        name = measured.name.lower()
        return TIME_SERIES.pieces(of, name, asked.per, line.buckets, regions, together, only, granular)

    def over(only: Store) -> list[Piece]:
        """One region is asked for by its name: others of the question share the call. Several the vendor takes as one."""
        if len(asked.regions) == 1:
            return pieces(only, asked.regions)
        return pieces(only, (ALL_TOGETHER,), asked.regions)

    whole, split = over(asked.store), dict[str | None, list[Piece]]()
    if asked.breakdown is StoreDimension.STORE:
        split = {store.name: over(store) for store in STORES}
    elif asked.breakdown is StoreDimension.REGION:
        split = {None: pieces(asked.store, asked.regions or (EVERY,))}
    wanted = [*whole, *(piece for each in split.values() for piece in each)]
    found = await read(at, await account(at, asked.named.client), TIME_SERIES, wanted)
    if found is None:
        return None
    sums = measured.is_additive and asked.per is Granularity.MONTH and not found.failed

    def shown(name: str | None, column: Mapping[date, float]) -> Part:
        values = line.column(column.get)
        return Part(name, values, line.total(values, sums))

    main = shown(None, next(_columns(whole, found, None), (None, {}))[1])
    tell_gaps(at, line, main.values, measured)
    parts = [shown(*each) for name, pieces in split.items() for each in _columns(pieces, found, name)]
    return told(
        asked.named.client,
        asked.said(),
        replace(measured, definition=measured.definition.replace("`per`", asked.per.name)),
        line,
        main,
        found,
        "/v1/apps/timeseries/unified_apps" if asked.is_product else "/v1/apps/timeseries",
        last_complete(at.context.today(DAYS_IN), Granularity.MONTH),
        _dimensions(asked),
        None if asked.breakdown is None else parts,
    )


def _columns(pieces: list[Piece], found: Gathered, name: str | None) -> Iterator[tuple[str | None, dict[date, float]]]:
    """Values by month of each region that the pieces tell apart, under their own names where they have no `name`."""
    columns: dict[str, dict[date, float]] = {}
    for piece in pieces:
        part = found.kept[piece].part if piece in found.kept else None
        region = piece.of[2]
        for of, value in (part or {}).items() if region == EVERY else [(region, part)]:
            column = columns.setdefault(of, {})
            if value is not None and piece.bucket is not None:
                column[piece.bucket] = value
    yield from ((name or region, column) for region, column in columns.items())


def _dimensions(asked: Usage) -> dict[str, str]:
    cut = {"per": asked.per.name}
    if asked.regions:
        cut["region"] = ", ".join(asked.regions)
    return cut if asked.store is Store.UNIFIED else cut | {"store": asked.store.name}


async def usage_again(at: At, client: UUID, said: Mapping[str, Any]) -> Metric | None:
    asked = Usage(
        key_told(client, said["of"]),
        bool(said["product"]),
        StoreUsage[said["name"]],
        Granularity[said["per"]],
        period_told(said["period"]),
        tuple(said["regions"]),
        Store[said["store"]],
        StoreDimension[said["breakdown"]] if "breakdown" in said else None,
    )
    return await used(at, asked)


MEANING: Final = (
    "By month from 2021 on: a period is widened to whole months. Averages have a total only of a single month; a sum over all "
    "users is summed where it is told per MONTH."
)
Name = Annotated[StoreUsage, strawberry.argument(description="What is measured.")]
Per = Annotated[
    Granularity | None,
    strawberry.argument(
        description="What the averages are over: a DAY, a WEEK or a MONTH. The series itself is monthly."
    ),
]
Regions = Annotated[
    list[str] | None,
    strawberry.argument(
        description="Countries or the vendor's regions, at most 50, taken together as one; absent: all of them."
    ),
]


@strawberry.type
class ProductUsage(Named):
    @strawberry.field(
        description=f"How long and how often its users use it, over its editions. Split by REGION or STORE. {MEANING}",
        metadata=COST,
    )
    async def usage(
        self,
        info: Info,
        name: Name,
        per: Per = Granularity.MONTH,
        period: PeriodGiven = None,
        regions: Regions = None,
        store: Annotated[
            Store | None, strawberry.argument(description="Only the editions of a store; UNIFIED: all.")
        ] = Store.UNIFIED,
        breakdown: Annotated[StoreDimension | None, strawberry.argument(description="By what it is split.")] = None,
    ) -> Metric | None:
        whole, chosen = per or Granularity.MONTH, store or Store.UNIFIED
        asked = Usage(self.named, True, name, whole, period, tuple(regions or ()), chosen, breakdown)
        return await used(At.of(info), asked)


@strawberry.type
class EditionUsage(Named):
    @strawberry.field(
        description=f"How long and how often its users use this edition. Split by REGION. {MEANING}", metadata=COST
    )
    async def usage(
        self,
        info: Info,
        name: Name,
        per: Per = Granularity.MONTH,
        period: PeriodGiven = None,
        regions: Regions = None,
        breakdown: Annotated[StoreDimension | None, strawberry.argument(description="By what it is split.")] = None,
    ) -> Metric | None:
        asked = Usage(
            self.named, False, name, per or Granularity.MONTH, period, tuple(regions or ()), breakdown=breakdown
        )
        return await used(At.of(info), asked)
