"""Product events out of a seed, a day at a time: the same ones at every run, on every machine, as many as are wanted.

People come and go, some are much busier than others; what they do comes in sessions, less at the weekend and most in the
afternoon. Columns are numbers, so that twenty million events lie in memory as comfortably as their files on disk.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeAlias

import numpy as np

FIRST_DAY: Final = date(2025, 1, 1)
"""In the past whenever a bench runs: every bucket is whole."""
DAY_US: Final = 86_400_000_000
# How often each name comes, in a thousand; a few are frequent, most are rare.
NAMES: Final = {
    "page_view": 270.0, "scroll": 120.0, "product_view": 110.0, "click": 100.0, "search": 75.0, "add_to_cart": 50.0,
    "login": 40.0, "notification": 33.0, "checkout": 30.0, "api_call": 28.0, "video_play": 24.0, "logout": 20.0,
    "purchase": 18.0, "video_end": 15.0, "like": 14.0, "comment": 9.0, "download": 8.0, "error": 7.0, "upload": 6.0,
    "signup": 5.0, "share": 4.0, "settings": 3.0, "export": 2.5, "profile_edit": 2.2, "invite": 2.0, "subscribe": 1.6,
    "support": 1.2, "import": 0.8, "cancel": 0.5, "refund": 0.4,
}  # fmt: skip
# fmt: off
COUNTRIES: Final = (
    "US", "IN", "DE", "BR", "GB", "FR", "JP", "CA", "MX", "ES", "IT", "NL", "PL", "SE", "KR", "AU", "TR", "ID", "ZA", "NO",
)
# fmt: on
PLATFORMS: Final = ("web", "ios", "android", "desktop")
PLANS: Final = ("free", "pro", "team")
PATHS: Final = 2_000
PAID: Final = ("checkout", "purchase", "refund", "subscribe")
"""Events with an amount."""
Column: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Population:
    """About `events` events of at most `users` users over `days` days."""

    events: int
    users: int = 200_000
    days: int = 180
    seed: int = 11
    session_events: float = 6.0

    def day(self, number: int) -> date:
        return FIRST_DAY + timedelta(days=number)

    def resized(self, events: int) -> "Population":
        return replace(self, events=events)

    @property
    def last_day(self) -> date:
        return self.day(self.days - 1)


@dataclass(frozen=True, slots=True)
class Events:
    """Columns of one length, in order of time. Users and sessions are numbered from 1, the others are places in the
    tuples above; `amount` is in cents, -1 where there is none. `id` are 16 bytes each."""

    at: Column  # microseconds since 1970
    user: Column
    session: Column
    name: Column
    country: Column
    platform: Column
    plan: Column
    path: Column
    amount: Column
    id: Column

    def __len__(self) -> int:
        return len(self.at)


class _People:
    """What stays the same of each user."""

    def __init__(self, shape: Population, random: np.random.Generator) -> None:
        users = shape.users
        self.weight = random.permutation(1 / np.arange(1, users + 1) ** 0.7)
        came = np.where(random.random(users) < 0.3, 0.0, random.random(users) * shape.days * 0.95)
        self.first = came.astype(np.int32)
        self.last = (came + 1 + random.exponential(80, users)).astype(np.int32)
        self.country = _picked(random, len(COUNTRIES), users, 1.0)
        self.platform = _picked(random, len(PLATFORMS), users, 0.6)
        self.plan = _picked(random, len(PLANS), users, 1.5)

    def active(self, day: int) -> tuple[Column, Column]:
        """Who is there on a day, and how the day's sessions are shared out among them (cumulated)."""
        there = np.flatnonzero((self.first <= day) & (day <= self.last))
        return there, np.cumsum(self.weight[there])


def generated(shape: Population) -> Iterator[Events]:
    """Day after day. A session that begins before midnight may end behind it: its day is the one it began on."""
    random = np.random.default_rng(shape.seed)
    people = _People(shape, random)
    share = _shares(shape, people)
    sessions = 0
    for day in range(shape.days):
        # Each day by its own seed: a day is the same whatever came before it.
        random = np.random.default_rng((shape.seed, day))
        there, cumulated = people.active(day)
        count = round(shape.events * share[day] / shape.session_events)
        if count and len(there):
            yield _day(shape, people, random, day, there, cumulated, count, sessions)
        sessions += count


def _shares(shape: Population, people: _People) -> Column:
    """Of all events, by day: more as people come, less at the weekend."""
    there = np.array([len(people.active(day)[0]) for day in range(shape.days)], float)
    weekday = (np.arange(shape.days) + FIRST_DAY.weekday()) % 7
    share = there * np.where(weekday >= 5, 0.6, 1.0)
    shared: Column = share / max(share.sum(), 1e-9)
    return shared


def _day(
    shape: Population,
    people: _People,
    random: np.random.Generator,
    day: int,
    there: Column,
    cumulated: Column,
    count: int,
    sessions: int,
) -> Events:
    who = there[np.searchsorted(cumulated, random.random(count) * cumulated[-1]).clip(0, len(there) - 1)]
    long = 1 + random.poisson(shape.session_events - 1, count)
    began = (random.normal(14.5, 4.2, count).clip(0, 23.99) * 3_600_000_000).astype(np.int64)
    events = int(long.sum())
    first = np.cumsum(long) - long
    steps = (random.exponential(40_000_000, events) + 1).astype(np.int64)
    steps[first] = 0
    passed = np.cumsum(steps)
    since = passed - np.repeat(passed[first], long)
    midnight = (datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC).timestamp() + day * 86_400) * 1e6
    at = (int(midnight) + np.repeat(began, long) + since) // 1000 * 1000
    order = np.argsort(at, kind="stable")
    user = np.repeat(who, long)
    chances = np.array(list(NAMES.values()))
    name = random.choice(len(NAMES), events, p=chances / chances.sum()).astype(np.uint8)
    paid = np.isin(name, [list(NAMES).index(each) for each in PAID])
    amount = np.where(paid, (random.lognormal(3.3, 1, events) * 100).astype(np.int32) + 1, -1).astype(np.int32)
    elsewhere = random.random(events) < 0.12
    platform = np.where(elsewhere, random.integers(0, len(PLATFORMS), events), people.platform[user]).astype(np.uint8)
    ids = random.integers(0, 256, (events, 16), np.uint8)
    ids[:, 6], ids[:, 8] = ids[:, 6] & 0x0F | 0x40, ids[:, 8] & 0x3F | 0x80  # a UUID of version 4
    return Events(
        at[order],
        (user + 1).astype(np.int32)[order],
        (np.repeat(np.arange(count), long) + sessions + 1).astype(np.int32)[order],
        name[order],
        people.country[user][order],
        platform[order],
        people.plan[user][order],
        (random.zipf(1.3, events) % PATHS).astype(np.uint16)[order],
        amount[order],
        ids[order],
    )


def _picked(random: np.random.Generator, choices: int, count: int, skew: float) -> Column:
    weights = 1 / np.arange(1, choices + 1) ** skew
    return random.choice(choices, count, p=weights / weights.sum()).astype(np.uint8)


# ---------------------------------------------------------------- as lines


def lines(events: Events) -> list[bytes]:
    """NDJSON, an EventInput a line, without line ends: what `parallax load` and the peers read alike."""
    names = list(NAMES)
    at = [f"{text}Z" for text in np.datetime_as_string(events.at.astype("datetime64[us]"), unit="ms").tolist()]
    paid = ["" if amount < 0 else f',"amount":{amount / 100}' for amount in events.amount.tolist()]
    columns = (events.user, events.session, events.name, events.country, events.platform, events.plan, events.path)
    return [
        (
            f'{{"id":"{id}","name":"{names[name]}","at":"{at}","user":"user-{user}","session":"s-{session}",'
            f'"properties":{{"country":"{COUNTRIES[country]}","platform":"{PLATFORMS[platform]}","plan":"{PLANS[plan]}",'
            f'"path":"/p/{path}"{amount}}}}}'
        ).encode()
        for id, at, amount, user, session, name, country, platform, plan, path in zip(
            uuids(events.id), at, paid, *(column.tolist() for column in columns), strict=True
        )
    ]


def uuids(ids: Column) -> list[str]:
    text = ids.tobytes().hex()
    starts = range(0, len(text), 32)
    return [
        f"{text[n : n + 8]}-{text[n + 8 : n + 12]}-{text[n + 12 : n + 16]}-{text[n + 16 : n + 20]}-{text[n + 20 : n + 32]}"
        for n in starts
    ]
