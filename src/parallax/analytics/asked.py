"""One series as it was asked, checked: what the engine is asked for it, and what its id says (E4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from parallax.analyses.questions import Function, Ground, Measure, Question
from parallax.engine.frames import EVENTS, LOGS
from parallax.errors import InvalidParameter
from parallax.filters.conditions import ORDERING, Condition, Operator, RawCondition
from parallax.filters.conditions import checked as checked_conditions
from parallax.filters.fields import (
    EVENT_FIELDS,
    LOG_FIELDS,
    PROPERTIES,
    Field,
    checked_dimension,
    checked_field,
    field_of,
)
from parallax.filters.values import is_storable
from parallax.metrics.catalog import Analysis, EventMetric, MetricName
from parallax.metrics.shapes import PeriodInput
from parallax.periods import DEFAULT_LAST, Axis, Comparison, Granularity, checked

MOST_LOOKBACK_DAYS: Final = 3650
_EVENTLESS: Final = {
    MetricName.USERS: "goes by each user's first event of any kind; ask firstTimeUsers for that of one name",
    MetricName.LOGS: "counts log records, which have no event; narrow them by where",
}
_MEASURE: Final = {
    MetricName.LOGS: Measure.EVENTS,
    Analysis.FIRST_TIME_USERS: Measure.FIRST_TIME,
    Analysis.PER_ACTOR: Measure.PER_ACTOR,
    Analysis.PROPERTY_AGGREGATE: Measure.PROPERTY,
}


@dataclass(frozen=True, slots=True)
class Cut:
    """What the fields of series share, as sent but for defaults. `place` stands before the names of a formula's series."""

    period: PeriodInput | None = None
    granularity: Granularity | None = None
    where: Sequence[RawCondition] = ()
    breakdown: str | None = None
    compare: Comparison | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class AskedSeries:
    """Checked, defaults filled in. `period` stays as asked."""

    metric: MetricName | Analysis
    period: PeriodInput
    granularity: Granularity
    event: str | None
    where: tuple[Condition, ...]
    dimension: Field | None
    compare: Comparison | None
    function: Function | None
    numbers_of: Field | None
    match_mode: bool
    lookback_days: int | None

    @property
    def means(self) -> EventMetric:
        means: EventMetric = self.metric.value
        return means

    @property
    def stream(self) -> int:
        return LOGS if self.metric is MetricName.LOGS else EVENTS

    @property
    def measure(self) -> Measure:
        return _MEASURE.get(self.metric) or Measure[self.metric.name]

    @property
    def empty(self) -> float | None:
        """What it is where there is nothing (V1, P3)."""
        if self.metric is Analysis.PROPERTY_AGGREGATE and self.function in (Function.SUM, Function.COUNT):
            return 0.0
        return self.means.empty

    def question(self, ground: Ground, axis: Axis) -> Question:
        return Question(
            replace(ground, stream=self.stream),
            self.measure,
            axis,
            self.event,
            self.where,
            self.function,
            self.numbers_of,
            self.match_mode,
            self.lookback_days,
            self.dimension,
        )

    def plain(self, ground: Ground, axis: Axis) -> Question:
        """Who does it, without groups."""
        return replace(self.question(ground, axis), measure=Measure.DAU, dimension=None)

    def said(self) -> dict[str, Any]:
        """For an id: equal questions say the same. What was not asked is left out."""
        asked: dict[str, Any] = {
            "event": self.event,
            "where": [_said(condition) for condition in self.where] or None,
            "breakdown": self.dimension and self.dimension.name,
            "compare": self.compare and self.compare.name,
            "function": self.function and self.function.name,
            "property": self.numbers_of and self.numbers_of.name,
            "matchMode": self.match_mode or None,
            "lookbackDays": self.lookback_days,
        }
        return {
            "metric": self.metric.name,
            "period": self.period.as_asked(),
            "granularity": self.granularity.name,
            **{name: value for name, value in asked.items() if value is not None},
        }


def asked_series(
    metric: MetricName | Analysis,
    cut: Cut,
    *,
    event: str | None = None,
    function: Function | None = None,
    property: str | None = None,
    match_mode: bool = False,
    lookback_days: int | None = None,
) -> AskedSeries:
    """InvalidParameter names the argument that a series cannot have."""
    place = cut.place
    if event is not None and metric in _EVENTLESS:
        raise InvalidParameter(f"{place}event", shown(event), f"is refused: {metric.name} {_EVENTLESS[metric]}")
    granularity = checked(cut.granularity or Granularity.DAY, metric.value.granularities)
    if lookback_days is not None and not 0 <= lookback_days <= MOST_LOOKBACK_DAYS:
        raise InvalidParameter("lookbackDays", lookback_days, f"must be from 0 to {MOST_LOOKBACK_DAYS}")
    fields = LOG_FIELDS if metric is MetricName.LOGS else EVENT_FIELDS
    return AskedSeries(
        metric=metric,
        period=PeriodInput(last=DEFAULT_LAST) if cut.period is None else cut.period,
        granularity=granularity,
        event=checked_event(event, f"{place}event"),
        where=checked_conditions(cut.where, f"{place}where", fields),
        dimension=None if cut.breakdown is None else checked_dimension(cut.breakdown, f"{place}breakdown", fields),
        compare=cut.compare,
        function=function,
        numbers_of=None if property is None else checked_property(property, f"{place}property"),
        match_mode=match_mode,
        lookback_days=lookback_days,
    )


def checked_event(name: str | None, argument: str = "event") -> str | None:
    """A name that no event has is none's (E5); one that none could have is refused."""
    if name is not None and not is_storable(name):
        raise InvalidParameter(argument, None, "holds NUL or half a surrogate pair, which no name may")
    return name


def checked_property(name: str, argument: str = "property") -> Field:
    """The property of a name, with or without `properties.` before it: here no name means anything else."""
    checked_field(name, argument)
    return field_of(PROPERTIES + name.removeprefix(PROPERTIES))


def shown(text: str) -> str | None:
    """A text as an error may show it."""
    return text[:200] if is_storable(text) else None


# ---------------------------------------------------------------- as an id says it
def _said(condition: Condition) -> list[Any]:
    value: Any = condition.value
    if value is None and condition.operator in ORDERING:
        value = True  # stands for what is neither number nor text, which null does not
    return [condition.field, condition.operator.value, list(value) if isinstance(value, tuple) else value]


_SAYS: Final[dict[MetricName | Analysis, tuple[set[str], set[str]]]] = {
    Analysis.FIRST_TIME_USERS: ({"event"}, {"matchMode", "lookbackDays"}),
    Analysis.PER_ACTOR: ({"event", "function"}, {"property"}),
    Analysis.PROPERTY_AGGREGATE: ({"function", "property"}, {"event"}),  # without event as a formula's series
}
"""What beside a cut an id must and may say of a series."""


def read_series(said: Mapping[str, Any], place: str = "") -> AskedSeries:
    """The series that an id says. KeyError, ValueError, TypeError, AttributeError, InvalidParameter for what is none."""
    name = said["metric"]
    metric = MetricName[name] if name in MetricName.__members__ else Analysis[name]
    must, may = _SAYS.get(metric, (set(), {"event"}))
    if metric is Analysis.FORMULA or not must <= said.keys() <= must | may | {
        "metric",
        "period",
        "granularity",
        "where",
        "breakdown",
        "compare",
    }:
        raise ValueError(name)
    function = Function[said["function"]] if "function" in said else None
    if function is (Function.COUNT if metric is Analysis.PER_ACTOR else Function.P50):
        raise ValueError(function)
    return asked_series(
        metric,
        Cut(
            PeriodInput.read(said["period"]),
            Granularity[said["granularity"]],
            [RawCondition(field, Operator(operator), value) for field, operator, value in said.get("where", ())],
            said.get("breakdown"),
            read_compare(said),
            place,
        ),
        event=said.get("event"),
        function=function,
        property=said.get("property"),
        match_mode=said.get("matchMode") is True,
        lookback_days=said.get("lookbackDays"),
    )


def read_compare(said: Mapping[str, Any]) -> Comparison | None:
    return Comparison[said["compare"]] if "compare" in said else None
