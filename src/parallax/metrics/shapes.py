"""The parts of a series that the graph shows: periods, points, sources. And the catalogue of metrics."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar

import strawberry

from parallax import periods
from parallax.comparison import Compared
from parallax.costs import listed
from parallax.metrics.catalog import (
    ActivityMetric,
    Confidence,
    Entry,
    MetricName,
    SourceSystem,
    Unit,
    UserBasis,
)
from parallax.metrics.series import Value
from parallax.periods import Axis, Comparison, Granularity
from parallax.scalars import DayText, InstantText

T = TypeVar("T")

strawberry.enum(Granularity, description="Width of a bucket, in the client's calendar (T3).")
strawberry.enum(
    Comparison,
    description="What a series is compared with. PREVIOUS: the span as long just before it (C1); YEAR_OVER_YEAR: the same "
    "span a year earlier (C2).",
)
strawberry.enum(Unit, description="What a value is a number of. Ratios run from 0 to 1.")
strawberry.enum(
    SourceSystem,
    description="Where numbers come from. EVENTS: events sent to Parallax; APP_USAGE: usage reports of a client's apps; "
    "SENSOR_TOWER, KORE_AI and KAON: the vendor of that name; COMBINED: several of these.",
)
strawberry.enum(
    UserBasis,
    description="What one user is to a source. PERSON: a person, whatever they use; DEVICE: a device; DEVICE_SUM: devices, "
    "so that two of a person count twice; CHANNEL_USER: a person within one channel.",
)
strawberry.enum(Confidence, description="How far a source trusts its own estimate: LOW, MEDIUM or HIGH, in its words.")
strawberry.enum(
    ActivityMetric,
    description="What the usage reports of an app measure (U1). "
    + " ".join(f"{metric.name}: {metric.value.definition}" for metric in ActivityMetric),
)

strawberry.enum(
    MetricName,
    description="What is measured over the events, or the logs, of a client or an app. "
    + " ".join(f"{metric.name}: {metric.value.definition}" for metric in MetricName),
)


@strawberry.input(
    description="Either `last` (7d, 12w, 3m, 1y, today, yesterday, wtd, mtd, qtd, ytd), or `start` and `end`, both included."
)
class PeriodInput:
    last: str | None = strawberry.field(default=None, description="A span that ends today, today included (T4).")
    start: date | None = strawberry.field(default=None, description="First day; needs `end`.")
    end: date | None = strawberry.field(default=None, description="Last day, included; needs `start`.")

    def resolved(self, today: date) -> periods.Period:
        """InvalidParameter for a combination that is none of the allowed forms (T6)."""
        return periods.resolve(self.last, self.start, self.end, today)

    def as_asked(self) -> dict[str, str]:
        """For the id of a question: `last` kept as asked (E4)."""
        given = {"last": self.last, "start": self.start, "end": self.end}
        return {name: str(value) for name, value in given.items() if value is not None}

    @classmethod
    def read(cls, said: Mapping[str, str]) -> "PeriodInput":
        """What `as_asked` said. ValueError, TypeError or AttributeError for what it never says."""
        days = {name: date.fromisoformat(said[name]) for name in ("start", "end") if name in said}
        return cls(last=said.get("last"), **days)


@strawberry.type(description="The days that were counted, and their instants.")
class Period:
    start: DayText = strawberry.field(description="First day.")
    end: DayText = strawberry.field(description="Last day, included.")
    from_: InstantText = strawberry.field(name="from", description="First instant of the first day.")
    to: InstantText = strawberry.field(description="The instant at which the last day is over: excluded.")
    time_zone: str | None = strawberry.field(
        description="IANA name of the zone in which the days were cut; null when the source tells none: the instants are "
        "then by UTC."
    )

    @classmethod
    @lru_cache(maxsize=256)  # the series of a page are nearly always of one period
    def of(cls, period: periods.Period, zone: str | None) -> "Period":
        """Of a source that tells no zone the instants are by UTC."""
        cut_in = "UTC" if zone is None else zone
        return cls(
            start=DayText(period.start.isoformat()),
            end=DayText(period.end.isoformat()),
            from_=InstantText(periods.starts_at(period.start, cut_in).isoformat()),
            to=InstantText(periods.ends_at(period.end, cut_in).isoformat()),
            time_zone=zone,
        )


@strawberry.type(
    description="One bucket of a series. Zero: measured, there were none. Null: not measured, or not begun."
)
class DataPoint:
    date: DayText = strawberry.field(description="The local day on which the bucket begins (T8).")
    at: InstantText = strawberry.field(description="The bucket's first instant, with the client's offset.")
    value: float | None = strawberry.field(description="The measure in the part of the bucket that the period holds.")
    is_partial: bool = strawberry.field(
        description="Whether a part of the bucket lies outside the period, or it is not over yet (T9)."
    )


class Columns(Sequence[T]):
    """Objects as columns, by the names that the graph gives their fields: whoever shows columns makes no object.

    `made` makes one, of its place. `measured` is a column whose numbers JSON may not be able to say.
    """

    __slots__ = ("columns", "made", "measured")

    def __init__(
        self, columns: dict[str, Sequence[Any]], made: Callable[[int], T], measured: Sequence[Value] = ()
    ) -> None:
        self.columns, self.made, self.measured = columns, made, measured

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, place: Any) -> Any:
        return list(self)[place]

    def __iter__(self) -> Iterator[T]:
        return map(self.made, range(len(self)))


def points(axis: Axis | Compared, values: Sequence[Value]) -> Columns[DataPoint]:
    """The points of a series."""
    columns: dict[str, Sequence[Any]] = {
        "date": axis.date_texts,
        "at": axis.at_texts,
        "value": values,
        "isPartial": axis.partial,
    }

    def made(place: int) -> DataPoint:
        day, at, value, partial = (column[place] for column in columns.values())
        return DataPoint(date=DayText(day), at=InstantText(at), value=value, is_partial=partial)

    return Columns(columns, made, values)


@strawberry.type(description="What a series is cut to, as country or store.")
class Dimension:
    name: str = strawberry.field(description="What is cut by.")
    value: str | None = strawberry.field(description="The part that is shown; null for what has no value.")


@strawberry.type(description="Where a series comes from, and how far it may be trusted.")
class SourceInfo:
    system: SourceSystem = strawberry.field(description="The system that measured.")
    label: str = strawberry.field(description="Its name for people.")
    definition: str = strawberry.field(description="What this source counts, in one sentence.")
    reference: str | None = strawberry.field(
        description="Table or endpoint that was read; null when there is no one place."
    )
    is_estimate: bool = strawberry.field(description="Whether the source estimates instead of counting.")
    user_basis: UserBasis | None = strawberry.field(description="What one user is; null when no users are counted.")
    as_of: InstantText | None = strawberry.field(description="When the source was read; null when it does not tell.")
    is_stale: bool = strawberry.field(description="Whether it is an older answer, shown because the source was silent.")
    settled_until: DayText | None = strawberry.field(
        description="Buckets after this day may still be revised; null: all of them may."
    )
    confidence: Confidence | None = strawberry.field(description="How sure the source is; null when it does not say.")
    confidence_score: int | None = strawberry.field(
        description="The score as the vendor gives it; null when it gives none."
    )


def of_events(now: datetime, definition: str, reference: str | None, counts_users: bool) -> SourceInfo:
    """What is counted over events, as of `now`."""
    return SourceInfo(
        system=SourceSystem.EVENTS,
        label="Events",
        definition=definition,
        reference=reference,
        is_estimate=False,
        user_basis=UserBasis.PERSON if counts_users else None,
        as_of=InstantText(now.isoformat()),
        is_stale=False,
        settled_until=None,
        confidence=None,
        confidence_score=None,
    )


@strawberry.type(description="A metric that can be asked for, and where.")
class MetricInfo:
    name: str = strawberry.field(description="Name of the metric.")
    label: str = strawberry.field(description="Name for people.")
    description: str = strawberry.field(description="What is counted.")
    unit: Unit = strawberry.field(description="What its values are numbers of.")
    sources: list[SourceSystem] = strawberry.field(
        description="Systems that can answer it.", metadata=listed(len(SourceSystem))
    )
    field: str = strawberry.field(description='The field that answers it, as "App.activity(metric: USER_COUNT)".')
    arguments: list[str] = strawberry.field(description="Arguments that the field takes.", metadata=listed(10))
    granularities: list[Granularity] = strawberry.field(
        description="Widths of buckets that it can be cut into.", metadata=listed(len(Granularity))
    )
    is_additive: bool = strawberry.field(description="Whether its points may be summed to that of a longer bucket.")

    @classmethod
    def of(cls, entry: Entry) -> "MetricInfo":
        return cls(
            name=entry.name,
            label=entry.label,
            description=entry.description,
            unit=entry.unit,
            sources=list(entry.sources),
            field=entry.field,
            arguments=list(entry.arguments),
            granularities=list(entry.granularities),
            is_additive=entry.is_additive,
        )
