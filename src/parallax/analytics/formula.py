"""A formula as it was asked (X): checked, and as its id says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from parallax import formulas
from parallax.analyses.questions import Function
from parallax.analytics.asked import AskedSeries, Cut, asked_series, read_compare, read_series, shown
from parallax.analytics.inputs import FormulaSeriesInput, MeasureInput, raw
from parallax.errors import InvalidParameter
from parallax.filters.fields import PROPERTIES
from parallax.formulas import Formula
from parallax.metrics.catalog import Analysis, MetricName
from parallax.metrics.shapes import PeriodInput
from parallax.periods import DEFAULT_LAST, FROM_DAY, Comparison, Granularity, checked
from parallax.references import app_of
from parallax.vendor_data.asked import AskedMeasure, checked_country, read_measure
from parallax.vendor_data.measures import way_of

_WHOLE = ("period", "granularity", "compare")
AskedLetter: TypeAlias = AskedSeries | AskedMeasure


@dataclass(frozen=True, slots=True)
class AskedFormula:
    """Checked. `own` are the periods that series have to themselves; `series` have the whole's in place of none."""

    text: str
    formula: Formula
    series: tuple[AskedLetter, ...]
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
    client: UUID,
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
    asked = [
        _series(each, f"series[{place}].", whole, by, compare)
        if each.measure is None
        else _measure(client, each, each.measure, f"series[{place}].", whole, by)
        for place, each in enumerate(series)
    ]
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


def _measure(
    client: UUID, each: FormulaSeriesInput, sent: MeasureInput, place: str, whole: PeriodInput, granularity: Granularity
) -> AskedMeasure:
    beside = {"event": each.event, "property": each.property, "where": each.where, "breakdown": each.breakdown}
    for name, value in beside.items():
        if value:
            raise InvalidParameter(f"{place}{name}", None, "does not go with measure", ("period",))
    if each.metric not in (None, MetricName.EVENTS):
        raise InvalidParameter(f"{place}metric", each.metric.name, "does not go with measure", ("period",))
    app = app_of(sent.app, client)
    if app is None:
        raise InvalidParameter(f"{place}measure.app", shown(sent.app), "is no app of this client")
    country = checked_country(sent.country, f"{place}measure.country")
    way_of(sent.measure, sent.source, country, f"{place}measure.")
    return AskedMeasure(sent.measure, sent.source, app, country, each.period or whole, checked(granularity, FROM_DAY))


def _checked(
    text: str,
    formula: Formula,
    series: Sequence[AskedLetter],
    own: Sequence[PeriodInput | None],
    period: PeriodInput,
    granularity: Granularity,
    compare: Comparison | None,
) -> AskedFormula:
    """Those of its series that are broken down are so by one field (X6)."""
    first: str | None = None
    for place, each in enumerate(series):
        if isinstance(each, AskedSeries) and each.dimension is not None:
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
    own = [PeriodInput.read(each["period"]) if "period" in each else None for each in said["series"]]
    series: list[AskedLetter] = []
    for place, (each, period) in enumerate(zip(said["series"], own, strict=True)):
        cut = {**whole, **each}
        if period is not None:
            cut.pop("compare", None)
        series.append(read_measure(cut) if "measure" in each else read_series(cut, f"series[{place}]."))
    text = said["formula"]
    return _checked(
        text,
        formulas.parsed(text, len(series)),
        series,
        own,
        PeriodInput.read(said["period"]),
        Granularity[said["granularity"]],
        read_compare(said),
    )
