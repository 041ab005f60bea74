"""How use rises and falls with the calendar: factors around 1 for a day. Pure, and tied to no particular year."""

import math
from calendar import monthrange
from collections.abc import Callable, Collection
from datetime import date

Rhythm = Callable[[date], float]

SATURDAY, SUNDAY = 5, 6
BEGINNING = date(2024, 1, 1)


def week(rest: Collection[int] = (SATURDAY, SUNDAY), at_rest: float = 0.08) -> Rhythm:
    """Work on weekdays, Fridays a little less, and `at_rest` on the days of rest."""
    return lambda day: at_rest if day.weekday() in rest else 0.9 if day.weekday() == 4 else 1.0


def growth(per_year: float, most: float = 2.5) -> Rhythm:
    """Grows evenly from year to year, up to `most`."""
    return lambda day: min(most, 0.5 + per_year * (day - BEGINNING).days / 365)


def season(*months: int, off: float = 0.35) -> Rhythm:
    """Full in `months`, `off` outside of them."""
    return lambda day: 1.0 if day.month in months else off


def releases(lift: float = 0.8) -> Rhythm:
    """A release on the 12th of each quarter's second month: curiosity that wears off within two weeks."""

    def factor(day: date) -> float:
        since = day.day - 12
        return 1 + lift * math.exp(-since / 5) if day.month % 3 == 2 and since >= 0 else 1.0

    return factor


def outages(left: float = 0.04) -> Rhythm:
    """The second Wednesday of each quarter's first month: hardly anything works."""
    return lambda day: left if day.month % 3 == 1 and day.weekday() == 2 and 8 <= day.day <= 14 else 1.0


def month_end(rest_of_month: float = 0.25) -> Rhythm:
    """Busy on the last four days of a month."""
    return lambda day: 1.0 if day.day > monthrange(day.year, day.month)[1] - 4 else rest_of_month


def closed(month: int, first: int, last: int) -> Rhythm:
    """Days of a year without any use."""
    return lambda day: 0.0 if day.month == month and first <= day.day <= last else 1.0
