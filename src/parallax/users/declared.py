"""What may be sent of a user: its id, other ids that are its, its traits; and why a row is refused. Pure."""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, Final, NamedTuple

import orjson

from parallax.usage.reports import LONGEST_USER, Refused, Rejected

FIELDS: Final = ("id", "aliases", "traits")
KNOWN: Final = frozenset(FIELDS)
MOST_ALIASES: Final = 1000
MOST_BYTES: Final = 64 * 2**10
MOST_LEVELS: Final = 20
LONGEST_NAME: Final = 200
NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""In JSON; `\\\\u0000` is a backslash and some letters."""


class Declared(NamedTuple):
    """`place` is the row's in what was sent, from 0. A trait that is None is removed."""

    place: int
    id: str
    aliases: tuple[str, ...] = ()
    traits: Mapping[str, Any] = {}


def read(place: int, row: Mapping[str, Any]) -> Declared | Rejected:
    try:
        if not KNOWN.issuperset(row):
            unknown = min(set(row) - KNOWN)
            raise Refused(unknown, f"unknown field {unknown!r}: allowed are {', '.join(FIELDS)}")
        return Declared(place, _id(row.get("id"), "id"), _aliases(row.get("aliases")), _traits(row.get("traits")))
    except Refused as refused:
        return Rejected(place, refused.field, str(refused))


def _id(value: Any, field: str) -> str:
    if not isinstance(value, str) or not value:
        raise Refused(field, f"{field}: must be a text that is not empty")
    if len(value) > LONGEST_USER:
        raise Refused(field, f"{field}: is longer than {LONGEST_USER} characters")
    if not _storable(value):
        raise Refused(field, f"{field}: holds a character that no text may hold (NUL or half a surrogate pair)")
    return value


def _aliases(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_ALIASES:
        raise Refused("aliases", f"aliases: must be a list of at most {MOST_ALIASES} ids")
    return tuple(dict.fromkeys(_id(alias, "aliases") for alias in value))


def _traits(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused("traits", "traits: must be a JSON object")
    _check_levels(value)
    try:
        text = orjson.dumps(value)
    except (TypeError, ValueError) as error:
        raise Refused("traits", f"traits: cannot be kept as JSON ({error})") from None
    if len(text) > MOST_BYTES:
        raise Refused("traits", f"traits: are {len(text)} bytes as JSON; a user has at most {MOST_BYTES}")
    if NUL.search(text):
        raise Refused("traits", "traits: hold a character that no text may hold (NUL)")
    return value


def _check_levels(value: dict[str, Any]) -> None:
    """The object itself is the first level. Not by recursion, which ends at a depth of its own."""
    level: list[Any] = [value]
    for _ in range(MOST_LEVELS):
        inner: list[Any] = []
        for held in level:
            if isinstance(held, dict):
                if any(not isinstance(name, str) or len(name) > LONGEST_NAME for name in held):
                    raise Refused("traits", f"traits: a name is longer than {LONGEST_NAME} characters")
                held = held.values()
            inner += held
        if any(isinstance(each, float) and not isfinite(each) for each in inner):
            raise Refused("traits", "traits: a number must be finite")
        level = [each for each in inner if isinstance(each, dict | list)]
        if not level:
            return
    raise Refused("traits", f"traits: are nested more than {MOST_LEVELS} levels deep")


def _storable(value: str) -> bool:
    if "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
