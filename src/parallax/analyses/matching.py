"""The rows that a question counts, as columns: an event's, on which all conditions hold, each with its group.

A condition is tested once for each distinct value of a batch, then looked up by code; which users or sessions satisfy
one is found out once for the whole question.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parallax.analyses.grounds import app_of
from parallax.analyses.questions import Ground, Question
from parallax.engine.bitmaps import numbers_in
from parallax.engine.columns import Numbers
from parallax.engine.counted import columns
from parallax.engine.frames import OTHER_FIELDS, Coded, Frame
from parallax.engine.known import Known
from parallax.engine.requests import ExternalIds, Scan, SessionIds, Steps, Trait
from parallax.engine.standing import Scanned
from parallax.filters import (
    EVENT_FIELDS,
    LOG_FIELDS,
    Condition,
    Field,
    at_path,
    dimension_of,
    field_of,
    number_of,
    predicate,
)
from parallax.ids import GlobalId, bare_uuid, encode

PSEUDO = {"service": ":service", "source": ":source", "message": ":message"}
"""Fields of logs that are stored like properties."""
MISSING: Any = None


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

    def grouped_as(self, group: Numbers, groups: list[str | None]) -> "Matched":
        return replace(self, group=group, groups=groups)


Lookup = Callable[[Scanned], tuple[Numbers, list[Any]]]
"""Codes of the rows, and the value that each code stands for."""
COLUMNS = ("at", "position", "event", "user", "session", "group", "number")


def matched(known: Known, question: Question, from_us: int, to_us: int, *, tested: bool = True) -> Steps[Matched]:
    """The rows of a span. Not `tested`: all rows of the ground, whatever the question's event and conditions."""
    if not tested:
        question = replace(question, event=None, where=())
    fields = [*_tested(question), *(each for each in (question.dimension, question.property) if each is not None)]
    app = app_of(known, question.ground)
    scanned: list[Scanned] = yield Scan(question.ground.stream, from_us, to_us, _names(fields), app=app)
    lookups = yield from _lookups(known, fields, scanned)
    parts = []
    groups: dict[str | None, int] = {}
    for each in scanned:
        which = np.flatnonzero(_mask(known, question, lookups, each))
        if len(which):
            parts.append(_part(each, which, question, lookups, groups))
    return _whole(parts, list(groups))


def holding(known: Known, question: Question, scanned: Sequence[Scanned]) -> Steps[list[Numbers]]:
    """For each part a mask of the rows that the question's event and conditions choose."""
    lookups = yield from _lookups(known, _tested(question), scanned)
    return [_mask(known, question, lookups, each) for each in scanned]


def _tested(question: Question) -> list[Field]:
    return [_field(question.ground, condition.field) for condition in question.where]


def _mask(known: Known, question: Question, lookups: dict[Field, Lookup], each: Scanned) -> Numbers:
    keep = np.ones(len(each.frame), bool)
    if question.event is not None:
        number = known.names.number(question.ground.stream, question.event)
        keep = each.frame.event == (-1 if number is None else number)
    for condition, field in zip(question.where, _tested(question), strict=True):
        if keep.any():
            keep &= _holds(_with_app_ids(known, condition) if field.kind == "app" else condition, lookups[field], each)
    return keep


def _field(ground: Ground, name: str) -> Field:
    return field_of(name, LOG_FIELDS if ground.stream else EVENT_FIELDS)


def _names(fields: Iterable[Field]) -> tuple[str, ...]:
    """Columns of a frame that the fields are read from."""
    names = {name for field in fields if (name := _column(field)) is not None}
    return (*sorted(names), OTHER_FIELDS) if names else ()


def _column(field: Field) -> str | None:
    return field.path[0] if field.kind == "property" else PSEUDO.get(field.kind)


# ---------------------------------------------------------------- the values of a field, by code


def _lookups(known: Known, fields: Sequence[Field], scanned: Sequence[Scanned]) -> Steps[dict[Field, Lookup]]:
    found: dict[Field, Lookup] = {}
    for field in dict.fromkeys(fields):
        if field.kind == "user":
            users = _distinct(each.users for each in scanned)
            names = yield ExternalIds(tuple(users.tolist()))
            found[field] = _by_number(lambda each: each.users, users, names)
        elif field.kind == "session":
            sessions = _distinct(each.frame.session for each in scanned)
            names = yield SessionIds(tuple(sessions.tolist()))
            found[field] = _by_number(lambda each: each.frame.session, sessions, names)
        elif field.kind == "trait":
            values = yield Trait(field.path[0])
            found[field] = _by_trait(values)
        elif field.kind == "app":
            apps = {number: _app_id(known, app) for app, number in known.apps.items()}
            found[field] = _by_number(lambda each: each.frame.app, np.array(sorted(apps), np.int64), apps)
        elif field.kind in ("event", "level"):
            numbers = np.array(sorted(known.names.names), np.int64)
            found[field] = _by_number(lambda each: each.frame.event, numbers, known.names.names)
        elif field.kind == "audience":
            found[field] = lambda each: (np.zeros(len(each.frame), np.int64), [None])
        else:
            found[field] = _by_column(field)
    return found


def _with_app_ids(known: Known, condition: Condition) -> Condition:
    """An app is named by its global id, or by its bare UUID (Q1): the former stands for both."""

    def named(text: Any) -> Any:
        bare = bare_uuid(text) if isinstance(text, str) else None
        return text if bare is None else _app_id(known, bare)

    value = condition.value
    return replace(condition, value=tuple(map(named, value)) if isinstance(value, tuple) else named(value))


def _app_id(known: Known, app: Any) -> str:
    return encode(GlobalId("App", known.standing.client, (app,)))


def _distinct(columns_: Iterable[Numbers]) -> Numbers:
    parts = [np.unique(column) for column in columns_]
    numbers = np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)
    return numbers[numbers > 0]


def _by_number(column: Callable[[Scanned], Numbers], numbers: Numbers, names: Any) -> Lookup:
    values = [None, *(names.get(number) for number in numbers.tolist())]

    def looked_up(each: Scanned) -> tuple[Numbers, list[Any]]:
        mine = column(each)
        place = np.searchsorted(numbers, mine)
        known = (
            (place < len(numbers)) & (numbers[np.minimum(place, max(len(numbers) - 1, 0))] == mine)
            if len(numbers)
            else mine < 0
        )
        return np.where(known, place + 1, 0), values

    return looked_up


def _by_trait(values: Sequence[tuple[Any, Any]]) -> Lookup:
    last = max((bits.max() for _, bits in values if bits), default=0)
    table = np.zeros(last + 1, np.int64)
    for code, (_, bits) in enumerate(values, 1):
        table[numbers_in(bits)] = code
    listed = [None, *(value for value, _ in values)]

    def looked_up(each: Scanned) -> tuple[Numbers, list[Any]]:
        inside = each.users <= last
        return np.where(inside, table[np.where(inside, each.users, 0)], 0), listed

    return looked_up


def _by_column(field: Field) -> Lookup:
    name, path = _column(field), field.path[1:] if field.kind == "property" else ()
    assert name is not None

    def looked_up(each: Scanned) -> tuple[Numbers, list[Any]]:
        coded = _coded(each.frame, name)
        values = coded.loaded()
        return coded.codes, [at_path(value, path) for value in values] if path else values

    return looked_up


def _coded(frame: Frame, name: str) -> Coded:
    """One field of a frame, wherever its values stand."""
    parts = [coded for each, coded in columns(frame) if each == name]
    if not parts:
        return Coded(np.zeros(len(frame), np.int64), [])
    whole = parts[0]
    for part in parts[1:]:
        codes = np.where(part.codes > 0, part.codes.astype(np.int64) + len(whole.values), whole.codes)
        whole = Coded(codes, whole.values + part.values)
    return whole


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
        codes, values = lookups[question.dimension](each)
        used, place = np.unique(codes[which], return_inverse=True)
        named = (dimension_of(values[code]) for code in used.tolist())
        group = np.array([groups.setdefault(name, len(groups)) for name in named], np.int64)[place]
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


def _whole(parts: Sequence[Sequence[Numbers]], groups: list[str | None]) -> Matched:
    nothing = [np.zeros(0, np.int64)] * 6 + [np.zeros(0)]
    whole = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else nothing
    columns_: Any = dict(zip(COLUMNS, whole, strict=True))
    return Matched(**columns_, groups=groups or [None])
