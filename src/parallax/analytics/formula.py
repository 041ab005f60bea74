"""A formula as it was asked (X): checked, and as its id says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parallax import formulas
from parallax.analyses.questions import Function
from parallax.analytics.asked import AskedSeries, Cut, asked_series, read_compare, read_period, read_series, shown
from parallax.analytics.inputs import FormulaSeriesInput, raw
from parallax.errors import InvalidParameter
from parallax.filters.fields import PROPERTIES
from parallax.formulas import Formula
from parallax.metrics.catalog import Analysis, MetricName
from parallax.metrics.shapes import PeriodInput
from parallax.periods import DEFAULT_LAST, Comparison, Granularity

_WHOLE = ("period", "granularity", "compare")


@dataclass(frozen=True, slots=True)
class AskedFormula:
    """Checked. `own` are the periods that series have to themselves; `series` have the whole's in place of none."""

    text: str
    formula: Formula
    series: tuple[AskedSeries, ...]
    own: tuple[PeriodInput | None, ...]
    period: PeriodInput
    granularity: Granularity
    compare: Comparison | None

    def said(self) -> dict[str, Any]:
        return {
            "formula": self.text,
            "series": [
                {name: value for name, value in each.said().items() if name not in _WHOLE}
                | ({"period": own.as_asked()} if own else {})
                for each, own in zip(self.series, self.own, strict=True)
            ],
            "period": self.period.as_asked(),
            "granularity": self.granularity.name,
            **({"compare": self.compare.name} if self.compare else {}),
        }


def asked_formula(
    text: str,
    series: Sequence[FormulaSeriesInput],
    period: PeriodInput | None,
    granularity: Granularity | None,
    compare: Comparison | None,
) -> AskedFormula:
    """InvalidParameter names the argument, with the series' place and the formula's position (X8)."""
    formula = formulas.parsed(text, len(series))
    whole = PeriodInput(last=DEFAULT_LAST) if period is None else period
    by = granularity or Granularity.DAY
    asked = [_series(each, f"series[{place}].", whole, by, compare) for place, each in enumerate(series)]
    return _checked(text, formula, asked, [each.period for each in series], whole, by, compare)


def _series(
    each: FormulaSeriesInput, place: str, whole: PeriodInput, granularity: Granularity, compare: Comparison | None
) -> AskedSeries:
    metric: MetricName | Analysis = each.metric or MetricName.EVENTS
    function: Function | None = None
    if each.property is not None:
        if metric is not MetricName.EVENTS:
            problem = "does not go with metric: a property is aggregated over events"
            raise InvalidParameter(f"{place}property", shown(each.property), problem, ("property with metric: EVENTS",))
        metric, function = Analysis.PROPERTY_AGGREGATE, Function[each.function.name if each.function else "SUM"]
    own = each.period is not None
    cut = Cut(
        each.period if own else whole, granularity, raw(each.where), each.breakdown, None if own else compare, place
    )
    return asked_series(metric, cut, event=each.event, function=function, property=each.property)


def _checked(
    text: str,
    formula: Formula,
    series: Sequence[AskedSeries],
    own: Sequence[PeriodInput | None],
    period: PeriodInput,
    granularity: Granularity,
    compare: Comparison | None,
) -> AskedFormula:
    """Those of its series that are broken down are so by one field (X6)."""
    first: str | None = None
    for place, each in enumerate(series):
        if each.dimension is not None:
            name = each.dimension.name.removeprefix(PROPERTIES)  # `level` is a field of logs and a property of events
            if first is not None and name != first:
                raise InvalidParameter(
                    f"series[{place}].breakdown", shown(name), "is not the field of the series before", (first, "none")
                )
            first = name
    return AskedFormula(text, formula, tuple(series), tuple(own), period, granularity, compare)


def read_formula(said: Mapping[str, Any]) -> AskedFormula:
    """The formula that an id says; raises as `read_series`."""
    whole = {name: said[name] for name in _WHOLE if name in said}
    own = [read_period(each["period"]) if "period" in each else None for each in said["series"]]
    series = []
    for place, (each, period) in enumerate(zip(said["series"], own, strict=True)):
        cut = {**whole, **each}
        if period is not None:
            cut.pop("compare", None)
        series.append(read_series(cut, f"series[{place}]."))
    text = said["formula"]
    return _checked(
        text,
        formulas.parsed(text, len(series)),
        series,
        own,
        read_period(said["period"]),
        Granularity[said["granularity"]],
        read_compare(said),
    )
