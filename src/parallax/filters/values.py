"""JSON values as filters, breakdowns and sums see them (Q4, Q7, B2, V3). None stands for missing, as null does (Q2)."""

import re
from collections.abc import Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, Final

UNSIGNED: Final = r"(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE][+-]?+[0-9]++)?+"
"""A decimal number without sign and blanks. Nothing in it is tried twice, so that a long text costs one walk."""

_BLANKS: Final = r"[ \t\r\n]*+"
_DECIMAL: Final = re.compile(rf"{_BLANKS}[+-]?+{UNSIGNED}{_BLANKS}")
_LEAST, _MOST = -(2**63), 2**64 - 1
"""The integers that a JSON reader keeps whole; it makes doubles of all others."""


def at_path(value: Any, path: Sequence[str]) -> Any:
    """What a path of keys leads to; None where it leads to nothing, or through something that is no object (Q2)."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text_form(value: Any) -> str | None:
    """The text by which a value is compared (Q4); None of what has none: missing, objects, arrays."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and _LEAST <= value <= _MOST:
        return str(value)
    if isinstance(value, int | float):
        number = number_of(value)
        return None if number is None else _plain(number)
    return None


def dimension_of(value: Any) -> str | None:
    """The group that a value falls into (B1); None is the group of what is not set (B2)."""
    return text_form(value) or None


def number_of(value: Any) -> float | None:
    """The numeric value (V3): of a number, or of a text that is wholly a decimal number. Always finite."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if not _DECIMAL.fullmatch(value):
            return None
    elif not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None


def is_storable(text: str) -> bool:
    """Whether a record could hold the text: no NUL, no half of a surrogate pair."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(number: float) -> str:
    """The shortest decimal that reads back as the same double, without an exponent."""
    text = repr(number)
    if "e" in text:
        text = format(Decimal(text), "f")
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text
