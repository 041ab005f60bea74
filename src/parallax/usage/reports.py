"""One usage report: what may be sent, and why a row is refused. Pure."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from parallax.references import app_of

FIRST_DAY = date(1970, 1, 1)
MOST_ACTIVE_MS = 10**12
MOST_SESSIONS = 2**31 - 1
LONGEST_USER = 500
FIELDS = ("app", "user", "date", "activeMs", "sessions")
KNOWN = frozenset(FIELDS)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Report(NamedTuple):
    """`place` is the row's in what was sent, from 0."""

    place: int
    app: UUID
    user: str
    date: date
    active_ms: int
    sessions: int


class Rejected(NamedTuple):
    place: int
    field: str
    message: str


class Refused(ValueError):
    """A value that cannot be a report's; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Reader:
    """Reads rows of one client; remembers the apps and days it has read, since most rows repeat them."""

    def __init__(self, client: UUID, today: date) -> None:
        self._client = client
        self._last_day = today + timedelta(days=1)
        self._apps: dict[str, UUID] = {}
        self._days: dict[str, date] = {}

    def read(self, place: int, row: Mapping[str, Any]) -> Report | Rejected:
        try:
            if not KNOWN.issuperset(row):
                unknown = set(row) - KNOWN
                raise Refused(min(unknown), f"unknown field {min(unknown)!r}: allowed are {', '.join(FIELDS)}")
            return Report(
                place,
                self._app(row.get("app")),
                user_id(row.get("user")),
                self._day(row.get("date")),
                whole(row.get("activeMs"), "activeMs", MOST_ACTIVE_MS),
                whole(row.get("sessions"), "sessions", MOST_SESSIONS),
            )
        except Refused as refused:
            return Rejected(place, refused.field, str(refused))

    def _app(self, value: Any) -> UUID:
        known = self._apps.get(value) if isinstance(value, str) else None
        if known is None:
            known = app_of(value, self._client) if isinstance(value, str) else None
            if known is None:
                raise Refused("app", "app: must be the global id or the UUID of an app of this client")
            if len(self._apps) < 100_000:
                self._apps[value] = known
        return known

    def _day(self, value: Any) -> date:
        if isinstance(value, date):
            day = value
        else:
            known = self._days.get(value) if isinstance(value, str) else None
            if known is not None:
                return known
            try:
                if not isinstance(value, str) or not DAY.fullmatch(value):
                    raise ValueError
                day = date.fromisoformat(value)
            except ValueError:
                raise Refused("date", f"date: {_shown(value)} is not a day as YYYY-MM-DD") from None
        if not FIRST_DAY <= day <= self._last_day:
            raise Refused("date", f"date: {day} must be from {FIRST_DAY} to {self._last_day} (the client's tomorrow)")
        if isinstance(value, str) and len(self._days) < 100_000:
            self._days[value] = day
        return day


def user_id(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise Refused("user", "user: must be a text that is not empty")
    if len(value) > LONGEST_USER:
        raise Refused("user", f"user: is longer than {LONGEST_USER} characters")
    if "\0" in value or not (value.isascii() or _encodes(value)):
        raise Refused("user", "user: holds a character that no text may hold (NUL or half a surrogate pair)")
    return value


def whole(value: Any, field: str, most: int) -> int:
    """A whole number from 0 to `most`, also as `3.0`."""
    if type(value) is int and 0 <= value <= most:
        return value
    number = value
    if isinstance(value, float) and value.is_integer():
        number = int(value)
    if type(number) is not int or not 0 <= number <= most:
        raise Refused(field, f"{field}: {_shown(value)} is not a whole number from 0 to {most}")
    return number


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
