"""The properties of an event: any JSON object within bounds, as columns of coded values. Pure."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

import orjson

from parallax.engine.batches import Values
from parallax.engine.frames import MOST_FIELDS, OTHER_FIELDS
from parallax.usage.reports import Refused

LARGEST: Final = 2**16
DEEPEST: Final = 20
LONGEST_KEY: Final = 200
NULS: Final = "holds a character that no text may hold (NUL or half a surrogate pair)"
SURELY_SMALL: Final = 25
SHORT: Final = 200
"""An object of so few properties, each a number or a text so short, is smaller than LARGEST however it is escaped."""


class Properties:
    """Adds the properties of rows to the columns of a batch."""

    def __init__(self, fields: dict[str, Values]) -> None:
        self._fields = fields
        self._columns: dict[str, Values] = {}  # those of `fields` that are one property each

    def add(self, row: int, properties: Any) -> None:
        """Raises Refused; what was added until then is for the caller to take back."""
        if type(properties) is not dict:
            raise Refused("properties", "properties: must be an object")
        columns = self._columns
        measured = len(properties) <= SURELY_SMALL
        others: dict[str, Any] = {}
        for name, value in properties.items():
            column = columns.get(name)
            if column is None and (column := self._new(name)) is None:
                others[name] = value
                continue
            kind = type(value)
            if kind is str:
                code = column.of_texts.get(value)
                if code is None:
                    if len(value) > SHORT:
                        measured = False
                    code = _new_text(column, value)
            elif kind is int:  # true and false are of another type
                code = column.of_whole.get(value)
                if code is None:
                    code = column.of_whole[value] = _added(column, _json(value))
            elif kind is float:
                if not isfinite(value):
                    raise Refused("properties", "properties: a number must be finite")
                code = _code_of(column, value)  # not by itself: 0.0 and -0.0 are equal
            else:
                if kind is dict or kind is list:
                    _check(value, 2)
                    measured = False
                code = _code_of(column, value)
            column.rows.append(row)
            column.codes.append(code)
        if others or not measured:
            self._whole(row, properties, others)

    def put(self, row: int, name: str, value: str) -> None:
        """A field of its own, of a text that was checked."""
        column = self._fields.get(name)
        if column is None:
            column = self._fields[name] = Values()
        column.rows.append(row)
        column.codes.append(column.of_texts.get(value) or _new_text(column, value))

    def _new(self, name: Any) -> Values | None:
        """The column of a name that comes for the first time; None for what goes with the others."""
        if type(name) is not str:
            raise Refused("properties", "properties: a name must be a text")
        _check_key(name)
        # Names that stand for something else in a frame, and those beyond the number of columns.
        if name == OTHER_FIELDS or name.startswith(":") or len(self._fields) >= MOST_FIELDS:
            return None
        self._fields[name] = self._columns[name] = column = Values()
        return column

    def _whole(self, row: int, properties: Mapping[str, Any], others: dict[str, Any]) -> None:
        _check(properties, 1)
        if len(_json(properties)) > LARGEST:
            raise Refused("properties", f"properties: are larger than {LARGEST} bytes as JSON")
        if others:
            column = self._fields.get(OTHER_FIELDS)
            if column is None:
                column = self._fields[OTHER_FIELDS] = Values()
            column.rows.append(row)
            column.codes.append(_code_of(column, others))


def is_text(value: str) -> bool:
    """Whether a record can hold it: no NUL, no half of a surrogate pair."""
    if "\0" in value:
        return False
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _new_text(column: Values, value: str) -> int:
    if "\0" in value:
        raise Refused("properties", f"properties: {NULS}")
    if len(value) > SHORT:  # hardly comes twice, and is to be measured each time that it does
        return _code_of(column, value)
    code = column.of_texts[value] = _added(column, _json(value))
    return code


def _code_of(column: Values, value: Any) -> int:
    text = _json(value)
    code = column.of_others.get(text)
    if code is None:
        code = _added(column, text)
        column.of_others[column.values[-1]] = code
    return code


def _added(column: Values, text: bytes) -> int:
    # A copy: what orjson gives still has the room in which it was written, a kilobyte.
    column.values.append(b"%b" % text)
    return len(column.values)


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError as error:
        if "64-bit" in str(error):
            raise Refused("properties", "properties: a whole number has more than 64 bits: send it as a text") from None
        raise Refused("properties", f"properties: {NULS}") from None


def _check(value: Any, depth: int) -> None:
    """What is inside of an object or a list; `depth` is its own."""
    if depth > DEEPEST:
        raise Refused("properties", f"properties: are nested deeper than {DEEPEST}")
    kind = type(value)
    if kind is dict:
        for name in value:
            _check_key(name)
    for inner in value.values() if kind is dict else value:
        kind = type(inner)
        if kind is dict or kind is list:
            _check(inner, depth + 1)
        elif kind is str and "\0" in inner:
            raise Refused("properties", f"properties: {NULS}")
        elif kind is float and not isfinite(inner):
            raise Refused("properties", "properties: a number must be finite")


def _check_key(name: Any) -> None:
    if type(name) is not str or len(name) > LONGEST_KEY:
        raise Refused("properties", f"properties: a name is longer than {LONGEST_KEY} characters")
    if not is_text(name):
        raise Refused("properties", f"properties: {NULS}")
