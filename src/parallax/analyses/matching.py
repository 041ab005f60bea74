"""The rows that a question counts, as columns: an event's, on which all conditions hold, each with its group.

A condition is tested once for each distinct value of a batch, then looked up by code; which users or sessions satisfy
one is found out once for the whole question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parallax.analyses.grounds import app_of
from parallax.analyses.lookups import Lookup, column_names, field_named, lookups, with_app_ids
from parallax.analyses.questions import Question
from parallax.engine.columns import Numbers
from parallax.engine.known import Known
from parallax.engine.requests import Scan, Steps
from parallax.engine.standing import Scanned
from parallax.filters import (
    Condition,
    Field,
    dimension_of,
    number_of,
    predicate,
)


@dataclass(slots=True)
class Matched:
    """Columns of one length, in no order. `group` is a place in `groups`; `number` is NaN where there is none (V3)."""

    at: Numbers
    position: Numbers
    event: Numbers
    user: Numbers
    session: Numbers
    group: Numbers
    number: Numbers
    groups: list[str | None]

    def __len__(self) -> int:
        return len(self.at)

    def taken(self, which: Numbers) -> "Matched":
        columns_: Any = {name: getattr(self, name)[which] for name in COLUMNS}
        return Matched(**columns_, groups=self.groups)


COLUMNS = ("at", "position", "event", "user", "session", "group", "number")


def matched(known: Known, question: Question, from_us: int, to_us: int) -> Steps[Matched]:
    """The rows of a span (microseconds since 1970) that the question's event and conditions choose."""
    fields = [*tested_of(question), *(each for each in (question.dimension, question.property) if each is not None)]
    app = app_of(known, question.ground)
    scanned: list[Scanned] = yield Scan(question.ground.stream, from_us, to_us, column_names(fields), app=app)
    found = yield from lookups(known, fields, scanned)
    parts = []
    groups: dict[str | None, int] = {}
    for each in scanned:
        which = np.flatnonzero(mask_of(known, question, found, each))
        if len(which):
            parts.append(_part(each, which, question, found, groups))
    return _whole(parts, list(groups))


def holding(known: Known, question: Question, scanned: Sequence[Scanned]) -> Steps[list[Numbers]]:
    """For each part a mask of the rows that the question's event and conditions choose."""
    found = yield from lookups(known, tested_of(question), scanned)
    return [mask_of(known, question, found, each) for each in scanned]


def tested_of(question: Question) -> list[Field]:
    """The fields of its conditions, in their order."""
    return [field_named(question.ground, condition.field) for condition in question.where]


def mask_of(known: Known, question: Question, found: dict[Field, Lookup], each: Scanned) -> Numbers:
    """Which rows of a part the question's event and conditions choose."""
    keep = np.ones(len(each.frame), bool)
    if question.event is not None:
        number = known.names.number(question.ground.stream, question.event)
        keep = each.frame.event == (-1 if number is None else number)
    for condition, field in zip(question.where, tested_of(question), strict=True):
        if keep.any():
            keep &= _holds(with_app_ids(known, condition) if field.kind == "app" else condition, found[field], each)
    return keep


# ---------------------------------------------------------------- conditions, groups, numbers


def _holds(condition: Condition, lookup: Lookup, each: Scanned) -> Numbers:
    """Which rows satisfy a condition."""
    codes, values = lookup(each)
    satisfied = predicate(condition)
    if len(values) > 4 * len(codes):  # more values than rows: only those that occur are worth a test
        used, place = np.unique(codes, return_inverse=True)
        return np.array([satisfied(values[code]) for code in used.tolist()], bool)[place]
    return np.array([satisfied(value) for value in values], bool)[codes]


def _part(
    each: Scanned, which: Numbers, question: Question, lookups: dict[Field, Lookup], groups: dict[str | None, int]
) -> list[Numbers]:
    frame = each.frame
    group = np.zeros(len(which), np.int64)
    if question.dimension is not None:
        group = group_of(lookups[question.dimension], each, which, groups)
    number = np.zeros(0)
    if question.property is not None:
        codes, values = lookups[question.property](each)
        used, place = np.unique(codes[which], return_inverse=True)
        found = (number_of(values[code]) for code in used.tolist())
        number = np.array([np.nan if value is None else value for value in found], np.float64)[place]
    else:
        number = np.full(len(which), np.nan)
    rows = (column[which] for column in (frame.at, frame.position, frame.event, each.users, frame.session))
    return [*(row.astype(np.int64, copy=False) for row in rows), group, number]


def group_of(lookup: Lookup, each: Scanned, which: Numbers, groups: dict[str | None, int]) -> Numbers:
    """The place in `groups`, which may get longer, of the value that each of these rows has (B1, B2)."""
    codes, values = lookup(each)
    used, place = np.unique(codes[which], return_inverse=True)
    named = (dimension_of(values[code]) for code in used.tolist())
    return np.array([groups.setdefault(name, len(groups)) for name in named], np.int64)[place]


def _whole(parts: Sequence[Sequence[Numbers]], groups: list[str | None]) -> Matched:
    nothing = [np.zeros(0, np.int64)] * 6 + [np.zeros(0)]
    whole = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else nothing
    columns_: Any = dict(zip(COLUMNS, whole, strict=True))
    return Matched(**columns_, groups=groups or [None])
