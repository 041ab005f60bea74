"""A vendor's series as a Metric: its own buckets, its own unit, and where it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from parallax.ids import GlobalId, canonical, encode
from parallax.metrics.catalog import Confidence, SourceSystem, Unit, UserBasis
from parallax.metrics.graph import Metric, MetricSlice
from parallax.metrics.series import Series, Value, known
from parallax.metrics.shapes import Dimension, Period, SourceInfo
from parallax.periods import Axis
from parallax.scalars import DayText, InstantText
from parallax.vendors.gathering import Gathered

OF_VENDOR = "UTC"
"""What days are cut in that have no zone: vendors label theirs at midnight UTC."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a vendor's series is: of the catalogue."""

    name: str
    label: str
    unit: Unit
    definition: str
    is_additive: bool
    users: UserBasis | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One slice of a breakdown: `values` as long as the axis."""

    dimension: str | None
    values: Sequence[Value]
    total: Value


def vendor_metric(
    client: UUID,
    said: Mapping[str, Any],
    measured: Measured,
    axis: Axis,
    values: Sequence[Value],
    total: Value,
    source: SourceInfo,
    dimensions: Mapping[str, str] | None = None,
    parts: Sequence[Part] | None = None,
    zone: str | None = None,
) -> Metric:
    """`said` is the question for the series' id (E4): it has the key "vendor", and `vendor_data/again` reads it back.

    `parts` are all slices of a breakdown, in any order. `zone`: in which the vendor cuts its days, None where it tells none.
    """
    series = Series(axis, values, known(total))

    async def told_slices(first: int) -> list[MetricSlice]:
        return _slices(series, _folded(parts or (), first, axis, measured.is_additive))

    return Metric(  # type: ignore[call-arg]  # its id is a resolver
        name=measured.name,
        label=measured.label,
        unit=measured.unit,
        dimensions=[Dimension(name=name, value=value) for name, value in (dimensions or {}).items()],
        period=Period.of(axis.period, zone),
        granularity=axis.granularity,
        comparison=None,
        series=series,
        told_id=lambda: encode(GlobalId("Metric", client, (canonical(said),))),
        told_source=lambda: source,
        told_slices=None if parts is None else told_slices,
    )


def source_info(
    system: SourceSystem,
    label: str,
    measured: Measured,
    reference: str,
    found: Gathered,
    *,
    is_estimate: bool,
    settled_until: date | None = None,
    confidence: Confidence | None = None,
    score: int | None = None,
) -> SourceInfo:
    """Read when the oldest of its parts was."""
    return SourceInfo(
        system=system,
        label=label,
        definition=measured.definition,
        reference=reference,
        is_estimate=is_estimate,
        user_basis=measured.users,
        as_of=None if found.read_at is None else InstantText(found.read_at.isoformat()),
        is_stale=found.is_stale,
        settled_until=None if settled_until is None else DayText(settled_until.isoformat()),
        confidence=confidence,
        confidence_score=score,
    )


def sum_of(values: Sequence[Value]) -> Value:
    """Of what is measured; None where nothing is."""
    there = [value for value in values if value is not None]
    return sum(there) if there else None


def _folded(parts: Sequence[Part], first: int, axis: Axis, is_additive: bool) -> list[tuple[Part, bool]]:
    """The largest, and what the others are together: unknown where they cannot be added up (B3, B4)."""
    order = sorted(parts, key=lambda part: (-(part.total or 0), part.dimension is None, part.dimension or ""))
    kept, rest = order[:first], order[first:]
    shown = [(part, False) for part in kept]
    if rest:
        columns = [
            sum_of(column) if is_additive else None for column in zip(*(part.values for part in rest), strict=True)
        ]
        total = sum_of([part.total for part in rest]) if is_additive else None
        shown.append((Part(None, columns or [None] * len(axis.dates), total), True))
    return shown


def _slices(series: Series, parts: Sequence[tuple[Part, bool]]) -> list[MetricSlice]:
    return [
        MetricSlice(
            dimension=part.dimension,
            is_other=is_other,
            total=part.total,
            series=Series(series.axis, part.values, known(part.total)),
            whole=series.total,
            compared=_nothing,
        )
        for part, is_other in parts
    ]


def _nothing() -> None:
    return None
