"""The values of a field over the rows of a frame: a code by row, and what each code stands for. Pure.

A property stands in a column of its own; who a user is, what a session or an event is called and what a trait says is
looked up once for all rows of a question.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from parallax.analyses.questions import Ground
from parallax.engine.bitmaps import numbers_in
from parallax.engine.columns import Numbers
from parallax.engine.frames import OTHER_FIELDS
from parallax.engine.known import Known
from parallax.engine.parts import Rows
from parallax.engine.requests import ExternalIds, SessionIds, Steps, Trait
from parallax.engine.standing import Scanned
from parallax.filters import EVENT_FIELDS, LOG_FIELDS, Condition, Field, at_path, field_of
from parallax.ids import GlobalId, bare_uuid, encode

PSEUDO = {"service": ":service", "source": ":source", "message": ":message"}
"""Fields of logs that are stored like properties."""
Looked: TypeAlias = Scanned | Rows
Lookup = Callable[[Looked], tuple[Numbers, list[Any]]]
"""Codes of the rows, and the value that each code stands for."""


def field_named(ground: Ground, name: str) -> Field:
    return field_of(name, LOG_FIELDS if ground.stream else EVENT_FIELDS)


def column_names(fields: Iterable[Field]) -> tuple[str, ...]:
    """Columns of a frame that the fields are read from."""
    names = {name for field in fields if (name := column_of(field)) is not None}
    return (*sorted(names), OTHER_FIELDS) if names else ()


def column_of(field: Field) -> str | None:
    """The column of a frame that a field is read from, if it is one."""
    return field.path[0] if field.kind == "property" else PSEUDO.get(field.kind)


def lookups(known: Known, fields: Sequence[Field], scanned: Sequence[Looked]) -> Steps[dict[Field, Lookup]]:
    """How to look up each of the fields in each of the parts."""
    found: dict[Field, Lookup] = {}
    for field in dict.fromkeys(fields):
        if field.kind == "user":
            users = _distinct(each.users for each in scanned)
            names = yield ExternalIds(tuple(users.tolist()))
            found[field] = _by_number(lambda each: each.users, users, names)
        elif field.kind == "session":
            sessions = _distinct(each.session for each in scanned)
            names = yield SessionIds(tuple(sessions.tolist()))
            found[field] = _by_number(lambda each: each.session, sessions, names)
        elif field.kind == "trait":
            values = yield Trait(field.path[0])
            found[field] = _by_trait(values)
        elif field.kind == "app":
            apps = {number: _app_id(known, app) for app, number in known.apps.items()}
            found[field] = _by_number(lambda each: each.app, np.array(sorted(apps), np.int64), apps)
        elif field.kind in ("event", "level"):
            numbers = np.array(sorted(known.names.names), np.int64)
            found[field] = _by_number(lambda each: each.event, numbers, known.names.names)
        elif field.kind == "audience":
            found[field] = lambda each: (np.zeros(len(each), np.int64), [None])
        else:
            found[field] = _by_column(field)
    return found


def with_app_ids(known: Known, condition: Condition) -> Condition:
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


def _by_number(column: Callable[[Looked], Numbers], numbers: Numbers, names: Any) -> Lookup:
    values = [None, *(names.get(number) for number in numbers.tolist())]

    def looked_up(each: Looked) -> tuple[Numbers, list[Any]]:
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

    def looked_up(each: Looked) -> tuple[Numbers, list[Any]]:
        inside = each.users <= last
        return np.where(inside, table[np.where(inside, each.users, 0)], 0), listed

    return looked_up


def _by_column(field: Field) -> Lookup:
    name, path = column_of(field), field.path[1:] if field.kind == "property" else ()
    assert name is not None

    def looked_up(each: Looked) -> tuple[Numbers, list[Any]]:
        codes, values = each.valued(name)
        return codes, [at_path(value, path) for value in values] if path else values

    return looked_up
