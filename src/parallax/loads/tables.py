"""CSV: a header that names the fields, then a row a line. Pure.

A cell is a text. Where any JSON may stand (`properties.…`, `traits.…`) a whole number, a decimal, `true` and `false` are
read as such, as JSON writes them: 10 is a number, 010 and +1 and 1,5 are texts. An empty cell is as if absent.
"""

import csv
import re
from collections.abc import Sequence
from typing import Any, Final

import orjson

from parallax.events.inputs import EVENT_FIELDS, LOG_FIELDS
from parallax.events.mixture import EVENT, IDENTIFY, LOG, USAGE
from parallax.loads.files import LONGEST_LINE, Unusable
from parallax.usage.reports import FIELDS as USAGE_FIELDS
from parallax.usage.reports import Refused
from parallax.users.declared import FIELDS as IDENTIFY_FIELDS

JSON_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?(?:[eE][+-]?[0-9]{1,3})?").fullmatch
"""Whole ones of at most 18 digits: longer ones are ids, and stay texts."""
OPEN: Final = {EVENT: "properties", LOG: "properties", IDENTIFY: "traits"}
"""The field of each kind that is an object: its columns are `properties.plan` and the like."""
FIELDS: Final[dict[str, Sequence[str]]] = {
    EVENT: EVENT_FIELDS,
    LOG: LOG_FIELDS,
    IDENTIFY: IDENTIFY_FIELDS,
    USAGE: USAGE_FIELDS,
}
NEEDED: Final = {EVENT: ("name",), LOG: ("message",), IDENTIFY: ("id",), USAGE: USAGE_FIELDS}

Row = dict[str, Any]


class Table:
    """Rows of one kind below a header; columns stand in any order."""

    def __init__(self, kind: str, header: bytes) -> None:
        """Raises Unusable for a header that says nothing."""
        try:
            columns = [name.strip() for name in cells(header)]
        except Refused as refused:
            raise Unusable(f"the header {refused}") from None
        self._kind, self._open = kind, OPEN.get(kind)
        plain = [name for name in columns if not self._is_inner(name)]
        known = [name for name in FIELDS[kind] if name != self._open]
        if set(plain) - set(known) or len(set(columns)) < len(columns) or set(NEEDED[kind]) - set(plain):
            raise Unusable(_wanted(kind, known, self._open))
        self._columns = columns
        self._inner = {name: name.partition(".")[2] for name in columns if self._is_inner(name)}

    def _is_inner(self, name: str) -> bool:
        return self._open is not None and name.startswith(f"{self._open}.") and len(name) > len(self._open) + 1

    def row(self, line: bytes) -> Row:
        """As an object of NDJSON would be. Raises Refused."""
        values = cells(line)
        if len(values) != len(self._columns):
            raise Refused("", f"has {len(values)} values where the header has {len(self._columns)}")
        row: Row = dict(zip(self._columns, values, strict=True))
        if self._kind == USAGE:
            row["activeMs"], row["sessions"] = _whole(row["activeMs"]), _whole(row["sessions"])
            return row
        inner = {key: typed(value) for name, key in self._inner.items() if (value := row.pop(name))}
        row = {name: value for name, value in row.items() if value}
        if "aliases" in row:
            row["aliases"] = row["aliases"].split()
        if inner and self._open:
            row[self._open] = inner
        return row


def typed(text: str) -> Any:
    """A number or a truth value where JSON would have one, else the text."""
    if JSON_NUMBER(text):
        return orjson.loads(text)
    return {"true": True, "false": False}.get(text, text)


def cells(line: bytes) -> list[str]:
    if len(line) > LONGEST_LINE:
        raise Refused("", f"is longer than {LONGEST_LINE} bytes")
    try:
        text = line.decode().rstrip("\r")
    except UnicodeDecodeError:
        raise Refused("", "is not UTF-8") from None
    if '"' not in text:
        return text.split(",")
    try:
        # Line by line, so that a quote that is never closed spoils its own line and not all that follow.
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise Refused("", f"is not CSV ({error}; a value cannot go on in the next line)") from None


def _wanted(kind: str, known: list[str], inner: str | None) -> str:
    if kind == USAGE:
        return f"the header must be {','.join(known)}, in any order, separated by commas"
    return (
        f"the header of --kind {kind} must have {', '.join(NEEDED[kind])}, and may have {', '.join(known)} and "
        f"{inner}.NAME, each once, in any order, separated by commas"
    )


def _whole(text: str) -> object:
    """A whole number where it is one, also as `3.0`; anything else as it stands, to be refused by its name."""
    whole = text.partition(".")[0] if text.rstrip("0").endswith(".") else text
    return int(whole) if len(whole) < 20 and whole.isascii() and whole.isdecimal() else text
