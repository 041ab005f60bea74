"""The time of an event as it is sent: RFC 3339 to microseconds since 1970. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT_WANTED: Final = "an instant with its offset (RFC 3339), as 2026-03-02T09:00:00.123Z"
# Stricter than Python, which takes week dates, blanks and hours alone; a leap second has no microsecond of its own.
_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
).fullmatch


def instant_of(text: str) -> int | None:
    """Microseconds since 1970, finer fractions cut off; None for what is no instant."""
    if len(text) > 60 or not _RFC_3339(text):
        return None
    try:
        return microseconds(datetime.fromisoformat(text.upper()))
    except ValueError:  # 30 February
        return None


def microseconds(at: datetime) -> int:
    """Since 1970, of an aware instant: exact, which a float of seconds would not be."""
    since: timedelta = at - EPOCH
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds
