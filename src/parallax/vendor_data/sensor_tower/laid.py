"""Series laid on whole buckets of the vendor's."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from parallax.errors import InvalidParameter
from parallax.metrics.catalog import SourceSystem
from parallax.metrics.graph import Metric
from parallax.metrics.series import Value
from parallax.metrics.shapes import PeriodInput
from parallax.periods import DEFAULT_LAST, Axis, Granularity, Period, axis, bucket_count, checked, widened
from parallax.vendor_data.reading import At
from parallax.vendor_data.sensor_tower.asked import DAYS_IN, SOURCE
from parallax.vendor_data.series import Measured, Part, source_info, sum_of, vendor_metric
from parallax.vendors.gathering import Gathered
from parallax.vendors.sensor_tower.buckets import last_day
from parallax.vendors.sensor_tower.vendor import VENDOR

MOST_BUCKETS: Final = 400
"""Of one series: each week of days is a call of its own, and the month has few of them."""


@dataclass(frozen=True, slots=True)
class Laid:
    """`buckets` are those of the axis that have begun and of which the vendor may know something."""

    axis: Axis
    buckets: tuple[date, ...]

    def of_buckets(self, values: list[Value]) -> list[Value]:
        """A value for each bucket of the axis, from one for each of `buckets`."""
        if len(values) == len(self.axis.dates):
            return values
        found = dict(zip(self.buckets, values, strict=True))
        return [found.get(day) for day in self.axis.dates]

    def column(self, told: Callable[[date], Value]) -> list[Value]:
        return self.of_buckets([told(bucket) for bucket in self.buckets])

    def total(self, values: Sequence[Value], is_additive: bool) -> Value:
        """Of what cannot be added up there is one only where the period is one bucket."""
        if is_additive:
            return sum_of(values)
        return values[0] if len(values) == 1 else None


def laid(
    at: At,
    asked: PeriodInput | None,
    granularity: Granularity,
    allowed: Collection[Granularity],
    earliest: date = date.min,
) -> Laid:
    """A period, the last 30 days without one, widened to whole buckets (T3).

    Raises InvalidParameter for one that is too long, and for one that lies before `earliest` or after today as a whole.
    """
    checked(granularity, allowed)
    today = at.context.today(DAYS_IN)
    period = (asked or PeriodInput(last=DEFAULT_LAST)).resolved(today)
    line = _laid(period, granularity, today, earliest)
    if len(line.buckets) < line.axis.begun:
        early = line.axis.begun - len(line.buckets)
        absent(at, f"{early} of {len(line.axis.dates)} buckets lie before {earliest}, its first day.")
    return line


@lru_cache(maxsize=256)  # the series of a page are nearly always of one period
def _laid(asked: Period, granularity: Granularity, today: date, earliest: date) -> Laid:
    sent = {"start": asked.start.isoformat(), "end": asked.end.isoformat()}
    period = widened(asked, granularity)
    if period.start > today:
        raise InvalidParameter("period", sent, f"lies after today, {today}")
    if period.end < earliest:
        raise InvalidParameter("period", sent, "lies before the vendor's first day", [f"days from {earliest} on"])
    if (buckets := bucket_count(period, granularity, DAYS_IN)) > MOST_BUCKETS:
        problem = f"has {buckets:,} buckets by {granularity.name}"
        raise InvalidParameter("period", sent, problem, [f"at most {MOST_BUCKETS} buckets of a vendor's series"])
    line = axis(period, granularity, DAYS_IN, today)
    return Laid(line, tuple(day for day in line.dates[: line.begun] if last_day(day, granularity) >= earliest))


def told(
    client: UUID,
    said: Mapping[str, Any],
    measured: Measured,
    line: Laid,
    whole: Part,
    found: Gathered,
    reference: str,
    settled_until: date,
    dimensions: Mapping[str, str],
    parts: Sequence[Part] | None = None,
) -> Metric:
    """The series of an estimate, as the graph shows it. `parts` are its slices, where it is split."""
    source = source_info(
        SourceSystem.SENSOR_TOWER,
        VENDOR.label,
        measured,
        reference,
        found,
        is_estimate=True,
        settled_until=settled_until,
    )
    return vendor_metric(client, said, measured, line.axis, whole.values, whole.total, source, dimensions, parts)


def absent(at: At, reason: str) -> None:
    """Says why something is null that did not fail."""
    at.context.absences.note(at.path, SOURCE, reason)


def tell_gaps(at: At, line: Laid, values: Sequence[Value], measured: Measured) -> None:
    """Says how many of the buckets that were asked for have nothing."""
    gaps = sum(value is None for value in values) - (len(values) - len(line.buckets))
    if gaps:
        absent(at, f"It has no {measured.label.lower()} of {gaps} of {len(values)} buckets.")
