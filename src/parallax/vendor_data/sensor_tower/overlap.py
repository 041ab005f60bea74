"""Which other apps an app's users use, as the graph shows it."""

from typing import TYPE_CHECKING, Annotated, Final

import strawberry

from parallax import costs
from parallax.context import Info
from parallax.errors import InvalidParameter
from parallax.links.keys import Store
from parallax.metrics.shapes import PeriodInput
from parallax.periods import Granularity, Period, widened
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.asked import DAYS_IN, ONE_CALL, SOURCE
from parallax.vendor_data.sensor_tower.buckets import absent
from parallax.vendor_data.sensor_tower.keys import Named, StoreKey, account, ids_in
from parallax.vendors.sensor_tower.overlap import OVERLAP
from parallax.vendors.sensor_tower.terms import OVERLAP_COUNTRIES

if TYPE_CHECKING:
    from parallax.vendor_data.sensor_tower.apps import SensorTowerApp

MOST: Final = 1000


@strawberry.type(
    description="Another app that the app's users use. Estimates of Sensor Tower over the months that were asked for."
)
class AppOverlap:
    app: Annotated["SensorTowerApp", strawberry.lazy("parallax.vendor_data.sensor_tower.apps")] = strawberry.field(
        description="The other app."
    )
    share: float | None = strawberry.field(
        description="Of the app's users those who use the other app too, a ratio; null: the vendor tells none."
    )
    previous_share: float | None = strawberry.field(
        description="The same in the span as long before the months; null: the vendor tells none."
    )
    share_change: float | None = strawberry.field(
        description="`share` minus `previousShare`; null: the vendor tells none."
    )
    multiplier: float | None = strawberry.field(
        description="How many times as likely as others the app's users are to use the other app; null: the vendor tells none."
    )
    inverse_multiplier: float | None = strawberry.field(
        description="How many times as likely as others the other app's users are to use the app; null: the vendor tells none."
    )


@strawberry.type
class OverlapFields(Named):
    @strawberry.field(
        description="Other apps that the app's users use as well, those of most of them first, by Sensor Tower's estimate of "
        "people; one call of the vendor each. At most 1000. Refused by the vendor for an app that too few use.",
        metadata=costs.read("/v1/unified/app_overlap", ONE_CALL, source=SOURCE, extent=costs.Many(100)),
    )
    async def overlap(
        self,
        info: Info,
        country: Annotated[str, strawberry.argument(description=f"One country: {', '.join(OVERLAP_COUNTRIES)}.")],
        period: Annotated[PeriodInput, strawberry.argument(description="Whole months that are over.")],
        category: Annotated[
            str | None,
            strawberry.argument(
                description="Only other apps of this category, by the id of a UNIFIED one; absent: all."
            ),
        ] = None,
    ) -> list[AppOverlap] | None:
        from parallax.vendor_data.sensor_tower.apps import SensorTowerApp  # the two types name each other

        at, place = At.of(info), country.strip().upper()
        if place not in OVERLAP_COUNTRIES:
            raise InvalidParameter("country", country, "is none of which overlaps are told", OVERLAP_COUNTRIES)
        months = _months(at, period)
        found_ids = await ids_in(at, self.named, Store.UNIFIED)
        if not found_ids:
            return None
        piece = OVERLAP.piece(found_ids[0], place, months.start, months.end, _checked_category(category))
        found = await read(at, await account(at, self.named.client), OVERLAP, [piece])
        if found is None:
            return None
        rows = sorted(found.kept[piece].part, key=lambda row: -(row["share"] or 0))
        if len(rows) > MOST:
            absent(at, f"{len(rows) - MOST} of {len(rows)} apps are left out: {MOST} are shown.")
        return [
            AppOverlap(
                app=SensorTowerApp.of(StoreKey(self.named.client, Store.UNIFIED, row["app"])),
                share=row["share"],
                previous_share=row["previous"],
                share_change=row["change"],
                multiplier=row["multiplier"],
                inverse_multiplier=row["inverse"],
            )
            for row in rows[:MOST]
        ]


def _months(at: At, asked: PeriodInput) -> Period:
    """Raises InvalidParameter for what is none, or not over."""
    today = at.context.today(DAYS_IN)
    period = asked.resolved(today)
    sent, whole = {"start": str(period.start), "end": str(period.end)}, widened(period, Granularity.MONTH)
    if whole != period:
        raise InvalidParameter("period", sent, "must be whole months", [f"{whole.start} to {whole.end}"])
    if period.end >= today:
        over = f"months that end before {today}"
        raise InvalidParameter("period", sent, "is not over, and only whole months are told", [over])
    return period


def _checked_category(category: str | None) -> str:
    key = (category or "").strip()
    if len(key) > 100 or not key.isprintable():
        raise InvalidParameter("category", None, "must be the id of a category: at most 100 printable characters")
    return key
