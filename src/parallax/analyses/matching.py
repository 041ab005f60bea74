"""The rows that a question counts, as columns: an event's, on which all conditions hold, each with its group.

A condition on a property leaves masks of rows, without a look at any other column (engine/parts); which users or sessions
satisfy one is found out of the rows that are left, once for the whole question.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from parallax.analyses.grounds import app_of, event_of
from parallax.analyses.lookups import Lookup, column_names, column_of, field_named, lookups, with_app_ids
from parallax.analyses.matched import Column, Matched
from parallax.analyses.questions import Question
from parallax.engine.columns import Numbers
from parallax.engine.days import ANY
from parallax.engine.known import Known
from parallax.engine.parts import Part, Rows
from parallax.engine.requests import Columns, Pause, Steps
from parallax.engine.standing import Scanned
from parallax.engine.values import Interned, check_of
from parallax.filters import Condition, Field, dimension_of, number_of, predicate

READ_FROM: Final = {
    "user": "actor",
    "trait": "actor",
    "session": "session",
    "app": "app",
    "event": "event",
    "level": "event",
}
"""The column that a field of no column of its own is read from."""
CORE: Final = {"at": "at", "position": "position", "event": "event", "user": "actor", "session": "session"}
"""Columns of `Matched` and those that they are read from."""
ALL: Final = frozenset(CORE)
PARTS_AT_ONCE: Final = 64
"""Between so many there is time to look at the clock."""


def matched(
    known: Known,
    question: Question,
    from_us: int,
    to_us: int,
    wanted: frozenset[str] = ALL,
    cuts: tuple[int, ...] = (),
) -> Steps[Matched]:
    """The rows of a span (microseconds since 1970) that the question's event and conditions choose.

    `wanted`: which of at, position, event, user, session there are to be. With `cuts`, instants in order, rows can be laid
    into what lies between them also without `at`.
    """
    event = event_of(known, question)
    if event is None:
        return _whole(question, [], {})
    fields = [*tested_of(question), *(each for each in (question.dimension, question.property) if each is not None)]
    core = {CORE[name] for name in wanted} | read_from(fields)
    scanned: Sequence[Rows] = yield Columns(
        question.ground.stream,
        from_us,
        to_us,
        None if event == ANY else (event,),
        frozenset(core),
        column_names(fields),
        app_of(known, question.ground),
        cuts,
    )
    rows = yield from chosen(known, question, [each.copied() for each in scanned])
    others = [
        field for field in (question.dimension, question.property) if field is not None and column_of(field) is None
    ]
    found = yield from lookups(known, others, rows)
    return _whole(question, rows, found, wanted)


def holding(known: Known, question: Question, scanned: Sequence[Scanned]) -> Steps[list[Numbers]]:
    """For each part the places of the rows that the question's event and conditions choose."""
    event = event_of(known, question)
    names = column_names(tested_of(question))
    rows = [Rows(Part.of(each.frame, (*CORE.values(), "app"), names), known.people) for each in scanned]
    if event != ANY:
        for each in rows:
            each.keep_rows(each.event == (-1 if event is None else event))
    yield from chosen(known, question, rows)
    return [each.which for each in rows]


def read_from(fields: Iterable[Field]) -> set[str]:
    """Core columns that the fields are read from."""
    return {READ_FROM[field.kind] for field in fields if field.kind in READ_FROM}


def tested_of(question: Question) -> list[Field]:
    """The fields of its conditions, in their order."""
    return [field_named(question.ground, condition.field) for condition in question.where]


def chosen(known: Known, question: Question, rows: Sequence[Rows]) -> Steps[list[Rows]]:
    """Leaves the rows on which all conditions hold; parts of which some are left."""
    later, checks = [], []
    for condition, field in zip(question.where, tested_of(question), strict=True):
        name = column_of(field)
        if name is None:
            later.append((condition, field))
        else:
            checks.append((name, check_of(condition, _path(field))))
    if checks:
        of_all = tuple(checks)
        for place, each in enumerate(rows):
            each.narrow(of_all)
            if not place % PARTS_AT_ONCE:
                yield Pause()
    left = [each for each in rows if len(each)]
    found = yield from lookups(known, [field for _, field in later], left)
    for condition, field in later:
        named = with_app_ids(known, condition) if field.kind == "app" else condition
        for each in left:
            each.keep_rows(_holds(named, found[field], each))
    return [each for each in left if len(each)] if later else left


# ---------------------------------------------------------------- conditions, groups, numbers
def _holds(condition: Condition, lookup: Lookup, each: Rows) -> Numbers:
    """Which rows satisfy a condition."""
    codes, values = lookup(each)
    satisfied = predicate(condition)
    if len(values) > 4 * len(codes):  # more values than rows: only those that occur are worth a test
        used, place = np.unique(codes, return_inverse=True)
        return np.array([satisfied(values[code]) for code in used.tolist()], bool)[place]
    return np.array([satisfied(value) for value in values], bool)[codes]


def _whole(
    question: Question,
    rows: Sequence[Rows],
    found: Mapping[Field, Lookup],
    wanted: frozenset[str] = ALL,
) -> Matched:
    counts = [len(each) for each in rows]
    many = sum(counts)

    def column(name: str) -> Numbers:
        parts = [getattr(each, "users" if name == "user" else name) for each in rows]
        return np.concatenate([np.zeros(0, np.int64), *parts])

    def numbers() -> Numbers:
        field = question.property
        if field is None:
            return np.full(many, np.nan)
        return np.concatenate([np.zeros(0), *(_numbers(field, found, each) for each in rows)])

    columns: dict[str, Column] = {name: partial(column, name) for name in wanted | {"at"}}
    groups: list[str | None] = [None]
    group: Column = partial(np.zeros, many, np.int64)
    if question.dimension is not None:
        groups, group = grouped(question.dimension, found, rows)
    return Matched(many, {**columns, "number": numbers, "group": group}, groups, rows)


def _numbers(field: Field, found: Mapping[Field, Lookup], each: Rows) -> Numbers:
    name = column_of(field)
    if name is not None:
        codes, of_field = each.codes(name)
        return of_field.floats(_path(field))[codes]
    codes, values = found[field](each)
    numbers = (number_of(value) for value in values)
    return np.array([np.nan if number is None else number for number in numbers], np.float64)[codes]


def grouped(field: Field, found: Mapping[Field, Lookup], rows: Sequence[Rows]) -> tuple[list[str | None], Numbers]:
    """The groups that rows are in, and each row's place among them."""
    places: dict[str | None, int] = {}

    def table(used: Numbers, names: Iterable[str | None]) -> Numbers:
        made = np.zeros(int(used.max(initial=0)) + 1, np.int64)
        made[used] = [places.setdefault(name, len(places)) for name in names]
        return made

    name, path = column_of(field), _path(field)
    parts, numbered = [np.zeros(0, np.int64)], dict[Interned, list[int]]()
    for each in rows:
        if name is None:
            codes, listed = found[field](each)
            used = _used([codes])
            parts.append(table(used, (dimension_of(listed[code]) for code in used.tolist()))[codes])
            continue
        codes, values = each.codes(name)
        if values.interned is not None:
            numbered.setdefault(values.interned, []).append(len(parts))
            parts.append(values.numbers()[codes])
        else:
            used = _used([codes])
            parts.append(table(used, values.dimensions(path, used))[codes])
    for interned, mine in numbered.items():
        used = _used([parts[at] for at in mine])
        dimensions = interned.dimensions(path)
        of_numbers = table(used, (dimensions[number] for number in used.tolist()))
        for at in mine:
            parts[at] = of_numbers[parts[at]]
    return list(places) or [None], np.concatenate(parts)


def _used(columns: Sequence[Numbers]) -> Numbers:
    """The numbers that occur, ascending."""
    return np.flatnonzero(np.bincount(np.concatenate(columns)))


def _path(field: Field) -> tuple[str, ...]:
    return field.path[1:] if field.kind == "property" else ()
