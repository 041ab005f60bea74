"""Instants as they are counted and as they are shown: microseconds since 1970, and RFC 3339 in a client's zone. Pure."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY: Final = EPOCH.date()
FIRST_DAY: Final = -1
"""The earliest day (since 1970) that an event may lie on: where the clock is behind, it holds the first hours of 1970."""
_MINUTE: Final = timedelta(minutes=1)


def instant_text(at_us: int, zone: str) -> str:
    """RFC 3339 with the zone's offset then. Offsets with seconds, of long ago, are rounded up to the minute."""
    at = (EPOCH + timedelta(microseconds=at_us)).astimezone(ZoneInfo(zone))
    offset = at.utcoffset()
    assert offset is not None
    odd = -offset % _MINUTE
    return at.astimezone(timezone(offset + odd)).isoformat() if odd else at.isoformat()


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH_DAY).days


def last_day(today: date) -> int:
    """The last day that an event may lie on: none is accepted that is more than a day ahead."""
    return day_number(today) + 2
