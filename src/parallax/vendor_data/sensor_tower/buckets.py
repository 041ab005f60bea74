"""Which buckets of a period the vendor can be asked for: whole ones, from its first day on."""

from datetime import date
from typing import NamedTuple

from parallax.errors import InvalidParameter
from parallax.metrics.catalog import SourceSystem
from parallax.metrics.shapes import PeriodInput
from parallax.periods import DEFAULT_LAST, Axis, Granularity, Period, axis, widened
from parallax.vendor_data.reading import At
from parallax.vendor_data.sensor_tower.asked import DAYS_IN


class Buckets(NamedTuple):
    """`period` is the one asked for; `axis` has all buckets that overlap it, whole; `known` are those that can be asked for."""

    period: Period
    axis: Axis
    known: list[date]


def buckets(
    at: At, asked: PeriodInput | None, width: Granularity, first_day: date, last: str = DEFAULT_LAST
) -> Buckets:
    """Without a period the days of `last`. Says of which buckets the vendor tells nothing.

    Raises InvalidParameter for days that lie before all that it tells of, or in the future.
    """
    today = at.context.today(DAYS_IN)
    period = (asked or PeriodInput(last=last)).resolved(today)
    line = axis(widened(period, width), width, DAYS_IN, today)
    over = [day for day, partial in zip(line.dates, line.partial, strict=True) if not partial]
    known = [day for day in over if day >= first_day]
    if line.dates[-1] < first_day or period.start > today:
        sent = {"start": str(period.start), "end": str(period.end)}
        problem = f"holds no {width.name.lower()} that Sensor Tower tells of"
        raise InvalidParameter("period", sent, problem, [f"days from {first_day} to {today}"])
    early, late = len(over) - len(known), len(line.dates) - len(over)
    if early:
        absent(at, f"{early} of {len(line.dates)} buckets begin before {first_day}, the first day that it tells of.")
    if late:
        absent(at, f"{late} of {len(line.dates)} buckets are not over, and it tells of whole ones alone.")
    return Buckets(period, line, known)


def absent(at: At, reason: str) -> None:
    at.context.absences.note(at.path, SourceSystem.SENSOR_TOWER.name, reason)


def absent_buckets(at: At, count: int, of: int) -> None:
    if count:
        absent(at, f"It has nothing of {count} of {of} buckets.")
