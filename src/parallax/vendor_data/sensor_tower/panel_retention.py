"""How the users of an app in the panel come back, in the shape of our own retention."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from parallax.cohorts.retention import Cohort, CohortCell, Retention, RetentionSlice
from parallax.context import Info
from parallax.metrics.catalog import SourceSystem, Unit, UserBasis
from parallax.metrics.series import Value
from parallax.metrics.shapes import Period, PeriodInput, SourceInfo
from parallax.periods import Granularity, bucket_number, bucket_start, checked
from parallax.scalars import DayText
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.asked import DAYS_IN
from parallax.vendor_data.sensor_tower.buckets import absent_buckets, buckets
from parallax.vendor_data.sensor_tower.keys import account
from parallax.vendor_data.series import Measured, source_info
from parallax.vendors.sensor_tower.panel import RETENTION
from parallax.vendors.sensor_tower.vendor import VENDOR

LAST: Final = "90d"
MOST_OFFSETS: Final = 52
MEASURED: Final = Measured(
    "PANEL_RETENTION",
    "Retention",
    Unit.RATIO,
    "Of the panel's users who came to the app in a bucket, the share that uses it so many buckets later.",
    is_additive=False,
    users=UserBasis.DEVICE,
)


@dataclass(frozen=True, slots=True)
class Rates:
    """`rows`: by cohort the share of it in its own bucket and in those after."""

    rows: Sequence[tuple[date, Sequence[Value]]]
    periods: int
    told: SourceInfo

    def source(self, _: Info) -> SourceInfo:
        return self.told

    def cohorts(self, _: Info) -> list[Cohort]:
        return [
            Cohort(
                start=DayText(str(start)),
                size=None,
                cells=[
                    CohortCell(offset=offset, count=None, rate=rate, is_complete=True)
                    for offset, rate in enumerate(rates)
                ],
            )
            for start, rates in self.rows
        ]

    def averages(self, _: Info) -> list[Value]:
        """They are weighted by sizes, which nobody tells (R7): known where it does not matter, for all have one rate."""
        columns = [{rates[k] for _, rates in self.rows if k < len(rates)} for k in range(self.periods)]
        return [column.pop() if len(column) == 1 else None for column in columns]

    def slices(self, _: Info, __: int) -> Awaitable[list[RetentionSlice]] | None:
        return None


async def panel_retention(
    at: At, client: UUID, cohort: str, period: PeriodInput | None, granularity: Granularity
) -> Retention | None:
    """None where little is left of the quota. Raises InvalidParameter for what the vendor cannot tell."""
    checked(granularity, RETENTION.widths)
    span = buckets(at, period, granularity, RETENTION.since, LAST)
    # Whoever came in the period is followed up to today: to the end of the last bucket that is over.
    today = bucket_number(at.context.today(DAYS_IN), granularity)
    until = date.fromordinal(bucket_start(today, granularity) - 1)
    pieces = RETENTION.pieces(cohort, granularity, span.known, end_date=str(until))
    found = await read(at, await account(at, client), RETENTION, pieces)
    if found is None:
        return None
    of_cohorts = zip(span.known, pieces, strict=True)
    rows = [(day, (found.kept[piece].part or [])[:MOST_OFFSETS]) for day, piece in of_cohorts if piece in found.kept]
    absent_buckets(at, sum(not rates for _, rates in rows), len(span.axis.dates))
    source = source_info(SourceSystem.SENSOR_TOWER, VENDOR.label, MEASURED, RETENTION.path, found, is_estimate=True)
    periods = max((len(rates) for _, rates in rows), default=0) or 1
    return Retention(
        period=Period.of(span.period, None),
        granularity=granularity,
        periods=periods,
        told=Rates(rows, periods, source),
    )
