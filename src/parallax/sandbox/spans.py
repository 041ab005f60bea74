"""Days, and the weeks, months and quarters that vendors put them in. Pure."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

ONE_DAY: Final = timedelta(days=1)
GRANULARITIES: Final = ("daily", "weekly", "monthly", "quarterly")


def days(first: date, last: date) -> Iterator[date]:
    """Both included."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def span_of(day: date, granularity: str) -> tuple[date, date]:
    """First and last day of the span that the day is in; weeks begin on Mondays."""
    match granularity:
        case "daily":
            return day, day
        case "weekly":
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=6)
        case "monthly":
            return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
        case _:
            first = day.month - (day.month - 1) % 3
            return date(day.year, first, 1), date(day.year, first + 2, monthrange(day.year, first + 2)[1])


def spans(first: date, last: date, granularity: str) -> Iterator[tuple[date, date]]:
    """Every span that is touched, whole."""
    at = first
    while at <= last:
        begin, end = span_of(at, granularity)
        yield begin, end
        at = end + ONE_DAY
