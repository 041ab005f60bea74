"""The scalars of the graph. Values are read strictly; texts that are already in their form pass through unchanged."""

import re
from datetime import date, datetime
from typing import Any, NewType

import strawberry

from parallax.errors import InvalidParameter

DayText = NewType("DayText", str)
"""A day as it is shown: YYYY-MM-DD."""
InstantText = NewType("InstantText", str)
"""An instant as it is shown: RFC 3339 with an offset."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def read_day(value: Any) -> date:
    try:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise InvalidParameter("Date", value, f"{shown(value)} is not a day that exists, as YYYY-MM-DD") from None


def read_instant(value: Any) -> datetime:
    try:
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            raise ValueError
        return datetime.fromisoformat(value.upper())
    except ValueError:
        raise InvalidParameter(
            "DateTime",
            value,
            f"{shown(value)} is not an instant with an offset (RFC 3339), as 2026-03-02T09:00:00+01:00",
        ) from None


def shown(value: Any) -> str:
    """A value as an error may show it: short."""
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 100 else text[:97] + "…"


def _text(value: Any) -> str:
    return value if type(value) is str else value.isoformat()


_DATE = strawberry.scalar(
    name="Date",
    description="A calendar day, YYYY-MM-DD, in the client's time zone.",
    specified_by_url="https://scalars.graphql.org/andimarek/local-date",
    serialize=_text,
    parse_value=read_day,
)
_DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="An instant with its offset from UTC, as in RFC 3339.",
    specified_by_url="https://scalars.graphql.org/andimarek/date-time",
    serialize=_text,
    parse_value=read_instant,
)

SCALARS: dict[object, Any] = {date: _DATE, DayText: _DATE, datetime: _DATE_TIME, InstantText: _DATE_TIME}
