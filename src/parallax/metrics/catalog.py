"""The catalogue: every metric by name, with what it means. A new metric is an entry here."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, unique

from parallax.costs import Measure
from parallax.periods import FROM_DAY, Granularity


class Unit(Enum):
    COUNT = "COUNT"
    MILLISECONDS = "MILLISECONDS"
    SECONDS = "SECONDS"
    RATIO = "RATIO"
    PERCENT = "PERCENT"
    USD_CENTS = "USD_CENTS"
    RANK = "RANK"


class SourceSystem(Enum):
    EVENTS = "EVENTS"
    APP_USAGE = "APP_USAGE"
    SENSOR_TOWER = "SENSOR_TOWER"
    KORE_AI = "KORE_AI"
    KAON = "KAON"
    COMBINED = "COMBINED"


class UserBasis(Enum):
    PERSON = "PERSON"
    DEVICE = "DEVICE"
    DEVICE_SUM = "DEVICE_SUM"
    CHANNEL_USER = "CHANNEL_USER"


class Confidence(Enum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


SUMS = Measure()


@dataclass(frozen=True, slots=True)
class UsageMetric:
    """A measure of the usage reports: `column` of the daily sums; distinct ones are users, never a sum of days (U2)."""

    label: str
    unit: Unit
    column: str
    definition: str
    distinct: bool = False
    cost: Measure = SUMS


@unique
class ActivityMetric(Enum):
    ACTIVE_TIME = UsageMetric(
        "Active Time",
        Unit.MILLISECONDS,
        "active_ms",
        "Sum of the active milliseconds that the app's daily reports tell.",
    )
    SESSION_COUNT = UsageMetric(
        "Sessions", Unit.COUNT, "sessions", "Sum of the sessions that the app's daily reports tell."
    )
    USER_COUNT = UsageMetric(
        "Daily Users",
        Unit.COUNT,
        "users",
        "Distinct users with a report for the app in the bucket, a report of 0 ms included.",
        distinct=True,
        cost=Measure(series=30, bucket=5, total=15),
    )


COUNTED = Measure(series=60, bucket=0.2, total=20)


@dataclass(frozen=True, slots=True)
class EventMetric:
    """A measure of events or logs. `users`: counts people, each once, so that buckets cannot be summed.

    `empty` is what it is where there is nothing (V1). `granularities` are those of A3 and Y2.
    """

    label: str
    definition: str
    unit: Unit = Unit.COUNT
    users: bool = False
    additive: bool = False
    empty: float | None = 0.0
    granularities: tuple[Granularity, ...] = tuple(Granularity)
    cost: Measure = COUNTED


DISTINCT = Measure(series=90, bucket=0.5, total=40)
TRAILING = Measure(series=150, bucket=1.5, total=40)


def _share_of_month(label: str, days: str) -> EventMetric:
    definition = f"Users of {days} divided by those of the 30 days that end with it; null without any (K1)."
    cost = Measure(series=250, bucket=2)
    return EventMetric(label, definition, Unit.RATIO, users=True, empty=None, granularities=FROM_DAY, cost=cost)


@unique
class MetricName(Enum):
    """What `Analytics.metric` measures."""

    DAU = EventMetric(
        "Active users",
        "Distinct users with a counted event in the bucket, whatever the bucket's length (A1).",
        users=True,
        cost=DISTINCT,
    )
    WAU = EventMetric(
        "Active users of 7 days",
        "Distinct users with a counted event in the 7 days that end with the bucket (A2).",
        users=True,
        granularities=FROM_DAY,
        cost=TRAILING,
    )
    MAU = EventMetric(
        "Active users of 30 days",
        "Distinct users with a counted event in the 30 days that end with the bucket (A2).",
        users=True,
        granularities=FROM_DAY,
        cost=TRAILING,
    )
    EVENTS = EventMetric("Events", "Number of counted events (E1).", additive=True)
    SESSIONS = EventMetric("Sessions", "Sessions that start in the bucket, by their first event (S3).", additive=True)
    UNIQUE_SESSIONS = EventMetric(
        "Sessions with an event", "Distinct sessions with a counted event in the bucket (S3).", cost=DISTINCT
    )
    SESSION_DURATION = EventMetric(
        "Session duration",
        "Mean duration, in seconds, of the sessions that start in the bucket; null when none does (S4).",
        Unit.SECONDS,
        empty=None,
    )
    BOUNCE_RATE = EventMetric(
        "Bounce rate",
        "Share of the sessions that start in the bucket which have exactly one event; null when none starts (S4).",
        Unit.RATIO,
        empty=None,
    )
    USERS = EventMetric(
        "New users", "Users whose first event of any kind ever lies in the bucket (E2).", users=True, additive=True
    )
    LOGS = EventMetric("Log records", "Number of log records in the bucket (E3).", additive=True)


@unique
class Analysis(Enum):
    """Series that have a field of their own."""

    FIRST_TIME_USERS = EventMetric(
        "First-time users",
        "Users whose first occurrence of the event lies in the bucket (H1).",
        users=True,
        additive=True,
        cost=DISTINCT,
    )
    PER_ACTOR = EventMetric(
        "Per user",
        "An aggregate over the users of the bucket of how many counted events each has, or of what their property sums "
        "to; null without users (P1).",
        users=True,
        empty=None,
        cost=Measure(series=200, bucket=2, total=100),
    )
    PROPERTY_AGGREGATE = EventMetric(
        "Property aggregate",
        "A function of the numeric values of the property of the counted events; null without such values, but for SUM "
        "and COUNT (P3).",
        empty=None,
        cost=Measure(series=200, bucket=2, total=100),
    )
    DAILY_STICKINESS = _share_of_month("Daily stickiness", "the last day of the bucket")
    WEEKLY_STICKINESS = _share_of_month("Weekly stickiness", "the 7 days that end with the bucket")
    FORMULA = EventMetric(
        "Formula",
        "The formula over the values of its series, bucket by bucket; null where it is not defined (X1 to X5).",
        empty=None,
        cost=Measure(series=80, bucket=2, total=60),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """A metric as `metricCatalog` tells it."""

    name: str
    label: str
    description: str
    unit: Unit
    sources: tuple[SourceSystem, ...]
    field: str
    arguments: tuple[str, ...]
    granularities: tuple[Granularity, ...]
    is_additive: bool


def catalog() -> Iterator[Entry]:
    """Every metric of this release, by name within its field."""
    for metric in ActivityMetric:
        yield Entry(
            name=metric.name,
            label=metric.value.label,
            description=metric.value.definition,
            unit=metric.value.unit,
            sources=(SourceSystem.APP_USAGE,),
            field=f"App.activity(metric: {metric.name})",
            arguments=("metric", "period", "granularity", "compare"),
            granularities=FROM_DAY,
            is_additive=not metric.value.distinct,
        )
    for name in MetricName:
        yield _entry(name.name, name.value, f"metric(name: {name.name})", _METRIC[name in EVENTLESS])
    for analysis, (field, arguments) in _OWN_FIELD.items():
        yield _entry(analysis.name, analysis.value, field, arguments)


EVENTLESS = frozenset({MetricName.USERS, MetricName.LOGS})
"""Refuse `event` (E2, E3)."""
_METRIC = (
    ("name", "event", "period", "granularity", "where", "breakdown", "compare"),
    ("name", "period", "granularity", "where", "breakdown", "compare"),
)
_CUT = ("period", "granularity", "where", "breakdown", "compare")
_OWN_FIELD = {
    Analysis.FIRST_TIME_USERS: ("firstTimeUsers", ("event", "matchMode", "lookbackDays", *_CUT)),
    Analysis.PER_ACTOR: ("perActor", ("event", "aggregate", "property", *_CUT)),
    Analysis.PROPERTY_AGGREGATE: ("propertyAggregate", ("event", "property", "function", *_CUT)),
    Analysis.DAILY_STICKINESS: ("stickiness(ratio: DAILY)", ("ratio", "event", *_CUT)),
    Analysis.WEEKLY_STICKINESS: ("stickiness(ratio: WEEKLY)", ("ratio", "event", *_CUT)),
    Analysis.FORMULA: ("formula", ("series", "formula", "period", "granularity", "compare")),
}


def _entry(name: str, metric: EventMetric, field: str, arguments: tuple[str, ...]) -> Entry:
    return Entry(
        name=name,
        label=metric.label,
        description=metric.definition,
        unit=metric.unit,
        sources=(SourceSystem.EVENTS,),
        field=f"Analytics.{field}",
        arguments=arguments,
        granularities=metric.granularities,
        is_additive=metric.additive,
    )
