"""Who talked with a bot: every user is drawn, so that uniques, newcomers and zones hang together as in life. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from parallax.sandbox.levels import people
from parallax.sandbox.products import Product
from parallax.sandbox.seeded import chosen, fraction, number
from parallax.sandbox.spans import ONE_DAY, days

MOST_USERS: Final = 120
STAY_DAYS: Final = 400
TALKS: Final = 0.85
"""Of those who use the product on a day: so many talk with its bot."""
CHANNELS: Final = ("rtm", "msteams", "slack", "facebook", "ivr")
HOURS: Final = (8, 9, 9, 10, 10, 11, 11, 13, 13, 14, 14, 15, 16, 17, 19, 22, 23, 1)
SERIES: Final = ("unique", "new", "returning")


@dataclass(frozen=True, slots=True)
class Talk:
    at: datetime
    user: int
    is_first: bool
    channel: str
    kind: str
    status: str


@dataclass(frozen=True, slots=True)
class Question:
    """`aggregation` is daily or hourly, `kind` and `status` may be all; days are those of the zone, both included."""

    aggregation: str
    first: date
    last: date
    kind: str
    status: str
    channels: frozenset[str]
    zone: ZoneInfo

    def fits(self, talk: Talk) -> bool:
        return self.kind in ("all", talk.kind) and self.status in ("all", talk.status) and talk.channel in self.channels


def trend(product: Product, asked: Question, drop_zero_dates: bool, now: datetime) -> dict[str, Any]:
    """The body of the answer; nothing has happened after `now`."""
    by_day: dict[date, list[tuple[int, Talk]]] = {day: [] for day in days(asked.first, asked.last)}
    for talk in _talks_between(product, asked.first - ONE_DAY, asked.last + ONE_DAY):
        local = talk.at.astimezone(asked.zone)
        if asked.fits(talk) and local.date() in by_day and talk.at <= now:
            by_day[local.date()].append((local.hour, talk))
    everyone = [pair for talks in by_day.values() for pair in talks]
    counts = [len(_users(everyone, which)) for which in range(len(SERIES))]
    summary: dict[str, Any] = {f"{name}Users": count for name, count in zip(SERIES, counts, strict=True)}
    for name, count in zip(SERIES, counts, strict=True):
        average = round(count / len(by_day), 4)
        summary[f"avg{name.title()}UsersPerDay"] = int(average) if average == int(average) else average
    points = {day: talks for day, talks in by_day.items() if talks or not drop_zero_dates}
    shown = _by_hour if asked.aggregation == "hourly" else _whole_day
    return {
        "summary": summary,
        **{
            f"{name}UsersTrend": {
                "dataPoints": [{"date": _written(day), **shown(talks, which)} for day, talks in points.items()]
            }
            for which, name in enumerate(SERIES)
        },
        "filters": {
            "start": _written(asked.first),
            "end": _written(asked.last),
            "conversationType": asked.kind,
            "conversationStatus": asked.status,
            "aggregationType": asked.aggregation,
            "dataPointsCount": len(by_day),
        },
    }


def _users(talks: list[tuple[int, Talk]], which: int) -> set[int]:
    """All, the new ones, or those who were seen before their talks here."""
    new = {talk.user for _, talk in talks if talk.is_first}
    everyone = {talk.user for _, talk in talks}
    return (everyone, new, everyone - new)[which]


def _whole_day(talks: list[tuple[int, Talk]], which: int) -> dict[str, int]:
    return {"users": len(_users(talks, which))}


def _by_hour(talks: list[tuple[int, Talk]], which: int) -> dict[str, int]:
    counted = _users(talks, which)
    in_hour: list[set[int]] = [set() for _ in range(24)]
    for hour, talk in talks:
        if talk.user in counted:
            in_hour[hour].add(talk.user)
    return {f"{hour} - {(hour + 1) % 24}": len(users) for hour, users in enumerate(in_hour)}


MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _written(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.day:02} {day.year}"


def _talks_between(product: Product, first: date, last: date) -> Iterator[Talk]:
    for day in days(max(first, product.since), last):
        yield from _talks(product, day)


@lru_cache(maxsize=4096)
def _talks(product: Product, day: date) -> tuple[Talk, ...]:
    """Of a day of UTC."""
    users = min(MOST_USERS, product.users)
    if not users:
        return ()
    # One comes every so often and stays for STAY_DAYS, so that about as many as there are users are there at a time.
    age, every = (day - product.since).days, STAY_DAYS / users
    chance = TALKS * people(product, day) / product.users
    found = []
    for user in range(max(0, int((age - STAY_DAYS) / every)), int(age / every) + 1):
        came = int(user * every)
        if came == age or (came < age and fraction(product.stream, user, day) < chance):
            found += _talks_of(product, day, user, came == age)
    return tuple(found)


def _talks_of(product: Product, day: date, user: int, came: bool) -> list[Talk]:
    """One or two, the earlier first."""
    often = range(1 + number(2, product.stream, user, day, "often"))
    words = (product.stream, user, day)
    instants = sorted(
        datetime.combine(day, time(chosen(HOURS, *words, n), number(60, *words, n, "minute")), UTC) for n in often
    )
    channels = CHANNELS[: 2 + number(4, product.stream)]
    return [
        Talk(
            at,
            user,
            is_first=came and n == 0,
            channel=chosen(channels, *words, n, "channel"),
            kind="interactive" if fraction(*words, n, "kind") < 0.8 else "non interactive",
            status="closed" if fraction(*words, n, "status") < 0.7 else "active",
        )
        for n, at in enumerate(instants)
    ]
