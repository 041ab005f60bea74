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
