"""Events by the values of one field that is counted by day: its conditions, and its groups. Pure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from parallax.analyses.grounds import begun, buckets_of_days, days_of, event_of, scope_of
from parallax.analyses.groups import kept_of
from parallax.analyses.lookups import column_of, field_named
from parallax.analyses.questions import Measure, Question, Slice, Slices, Total, Values
from parallax.engine.columns import Numbers
from parallax.engine.counted import Counted
from parallax.engine.dayrows import DayRows
from parallax.engine.known import Known
from parallax.engine.requests import Days, Steps
from parallax.filters import Field, at_path, dimension_of, predicate


def answer(known: Known, ask: Values | Total | Slices) -> Steps[Any] | None:
    """The steps to the answer; None where a question is not of events by a single counted field."""
    question = ask.question
    fields = {condition.field for condition in question.where}
    if isinstance(ask, Slices) and question.dimension is not None:
        fields.add(question.dimension.name)
    if question.measure is not Measure.EVENTS or len(fields) != 1:
        return None
    field = field_named(question.ground, fields.pop())
    counted = known.tail.fields.get(question.ground.stream, {}).get(column_of(field) or "")
    if counted is None or not counted.counted or event_of(known, question) is None:
        return None
    return _answered(known, ask, field, counted)


def _answered(known: Known, ask: Values | Total | Slices, field: Field, counted: Counted) -> Steps[Any]:
    question = ask.question
    event = event_of(known, question)
    assert event is not None
    days = days_of(question.axis)
    sets = frozenset({"counters"})
    rows: DayRows = yield Days(scope_of(known, question.ground), event, *days, frozenset({"events"}), sets)
    values = _values(field, counted)
    table = _table(rows, counted, len(values))
    satisfying = _satisfying(question, values)
    if isinstance(ask, Slices):
        return _sliced(ask, rows, table * satisfying, [dimension_of(value) for value in values])
    numbers = table[:, satisfying].sum(axis=1)
    if isinstance(ask, Total):
        return float(numbers.sum())
    return begun(question.axis, _by_bucket(question, rows, numbers[:, None])[:, 0].tolist())


def _values(field: Field, counted: Counted) -> list[Any]:
    """What each code stands for; code 0: the event has no such field."""
    values: list[Any] = [None] * (len(counted.codes) + 1)
    path = field.path[1:] if field.kind == "property" else ()
    for text, code in counted.codes.items():
        values[code] = at_path(orjson.loads(text), path)
    return values


def _table(rows: DayRows, counted: Counted, many: int) -> Numbers:
    """Events by day and code."""
    table = np.zeros((len(rows.day), many), np.int64)
    for place, counters in enumerate(rows.sets["counters"]):
        if counted.number in counters:
            codes, counts = counters[counted.number]
            table[place, codes] = counts
    table[:, 0] = rows.numbers["events"] - table.sum(axis=1)
    return table


def _satisfying(question: Question, values: Sequence[Any]) -> Numbers:
    tests = [predicate(condition) for condition in question.where]
    return np.array([all(test(value) for test in tests) for value in values], bool)


def _by_bucket(question: Question, rows: DayRows, table: Numbers) -> Numbers:
    sums = np.zeros((len(question.axis.dates), table.shape[1]), np.int64)
    np.add.at(sums, buckets_of_days(question.axis, rows.day), table)
    return sums


def _sliced(ask: Slices, rows: DayRows, table: Numbers, dimensions: list[str | None]) -> list[Slice]:
    """One group for each dimension that has an event; what is not kept is the rest (B3)."""
    totals: dict[str | None, int] = {}
    for name, total in zip(dimensions, table.sum(axis=0).tolist(), strict=True):
        if total:
            totals[name] = totals.get(name, 0) + total
    kept, rest = kept_of(totals.items(), ask.first) if ask.kept is None else (list(ask.kept), ask.rest)
    place = {name: at for at, name in enumerate(kept)}
    groups = np.zeros((len(rows.day), len(kept) + 1), np.int64)
    for code, name in enumerate(dimensions):
        groups[:, place.get(name, len(kept))] += table[:, code]
    values, sums = _by_bucket(ask.question, rows, groups), groups.sum(axis=0).tolist()
    named: list[tuple[str | None, bool]] = [(name, False) for name in kept] + ([(None, True)] if rest else [])
    return [
        Slice(name, is_other, float(sums[at]), begun(ask.question.axis, values[:, at].tolist()), float(sums[at]))
        for at, (name, is_other) in enumerate(named)
    ]
