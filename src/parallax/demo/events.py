"""What the people of the example data do: for a client and a day always the same events and logs. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import prod
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from parallax.demo.cast import Client
from parallax.demo.people import MEMORY_DAYS, Column, People, active, cohort
from parallax.demo.rhythms import Rhythm, growth, outages, week

EPOCH: Final = date(1970, 1, 1)
# How often each comes, but for the first of a session, and what a release or an outage makes of them.
NAMES: Final = {
    "app_opened": 0.0, "signed_up": 0.0, "order_paid": 0.0,
    "shipment_viewed": 300.0, "search": 190.0, "quote_requested": 120.0, "order_placed": 75.0, "label_printed": 70.0,
    "document_uploaded": 45.0, "invoice_downloaded": 40.0, "tracking_shared": 30.0, "settings_changed": 14.0,
    "support_contacted": 9.0, "error_shown": 12.0,
}  # fmt: skip
PLACES: Final = {name: place for place, name in enumerate(NAMES)}
LEVELS: Final = ("DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL")
SERVICES: Final = ("api", "billing", "tracking", "web")
SOURCES: Final = ("eu-1", "eu-2", "ap-1")
MESSAGES: Final = (
    "carrier answered late", "retrying the label printer", "invoice rendered", "cache was cold", "rate table reloaded",
    "session renewed", "webhook delivered", "queue is longer than usual",
)  # fmt: skip
BROKEN: Final = (
    "connection to the order database refused",
    "payment provider does not answer",
    "no route to tracking-2",
)


@dataclass(frozen=True, slots=True)
class Story:
    """What a client's year is like. `newcomers` a day, `countries` their shares, `logs` a day."""

    newcomers: float
    countries: tuple[float, ...]
    rhythms: tuple[Rhythm, ...]
    logs: float


@dataclass(frozen=True, slots=True)
class Doings:
    """Events in order of time, as columns; -1 in `app` is none, 0 in `amount` (cents) too. `session` counts from 0."""

    day: int  # since 1970: that of the sessions' beginning
    at: Column  # microseconds since 1970
    people: People  # a row for each event
    age: Column  # days since they came
    session: Column
    name: Column  # places in NAMES
    amount: Column
    version: int

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, slots=True)
class Logs:
    at: Column
    level: Column
    service: Column
    source: Column
    message: Column  # places in MESSAGES, those beyond in BROKEN


STORIES: Final = {
    "Nordwind Logistik": Story(
        43, (40, 16, 12, 12, 9, 4, 0, 3, 0, 4), (week(at_rest=0.4), growth(0.12), outages(0.3)), 110
    ),
    "Sagarmatha Treks": Story(6, (3, 1, 1, 0, 1, 20, 60, 0, 0, 14), (week(rest=(5,), at_rest=0.5),), 12),
    "Porto Azul Comércio": Story(6, (1, 0, 0, 0, 1, 0, 0, 70, 18, 10), (week(at_rest=0.8), outages(0.3)), 12),
}
broken = outages(0.0)


def release_of(day: date) -> int:
    """Which release is out: one on the 12th of each quarter's second month."""
    return day.year * 4 + (day.month - 1) // 3 - (day < date(day.year, (day.month - 1) // 3 * 3 + 2, 12))


def paid_share(day: date) -> float:
    """Of the orders: every other release makes paying easier, and the one after it harder again."""
    return 0.46 if release_of(day) % 2 else 0.68


def doings(client: Client, day: date) -> Doings:
    story, number = STORIES[client.name], (day - EPOCH).days
    random = np.random.default_rng((client.id.int % 2**32, number, 1))
    apps = sum(app.users > 0 for app in client.apps)
    known = [
        cohort(client.id, each, story.newcomers, story.countries, apps)
        for each in range(number - MEMORY_DAYS + 1, number + 1)
    ]
    people = active(known, day, prod(rhythm(day) for rhythm in story.rhythms), random)
    often = 1 + (random.random(len(people)) < 0.22 * people.keen).astype(np.int64)
    people = people.taken(np.repeat(np.arange(len(people)), often))
    long = 1 + random.poisson(np.where(people.cohort == number, 9.0, 6.6))
    first = np.cumsum(long) - long
    session = np.repeat(np.arange(len(long)), long)
    people = people.taken(session)
    age = number - people.cohort
    name, amount = _what(random, first, session, age, day)
    at = _when(random, client, day, long, first)
    order = np.argsort(at, kind="stable")
    return Doings(
        number, at[order], people.taken(order), age[order], session[order], name[order], amount[order], release_of(day)
    )


def _what(random: np.random.Generator, first: Column, session: Column, age: Column, day: date) -> tuple[Column, Column]:
    weights = np.array(list(NAMES.values()))
    if broken(day) == 0:
        weights[PLACES["error_shown"]] *= 30
    name = random.choice(len(weights), len(session), p=weights / weights.sum())
    name[first] = PLACES["app_opened"]
    second = first[np.flatnonzero(age[first] == 0)] + 1
    second = second[second < len(session)]
    second = second[session[second] == session[second - 1]]
    name[second] = PLACES["signed_up"]
    amount = np.zeros(len(name), np.int64)
    placed = np.flatnonzero(name == PLACES["order_placed"])
    amount[placed] = (random.lognormal(4.2, 0.8, len(placed)) * 100).astype(np.int64) + 90
    paid = placed[(placed + 1 < len(name)) & (random.random(len(placed)) < paid_share(day))]
    paid = paid[session[paid + 1] == session[paid]]
    name[paid + 1], amount[paid + 1] = PLACES["order_paid"], amount[paid]
    amount[~np.isin(name, [PLACES["order_placed"], PLACES["order_paid"]])] = 0
    return name, amount


def _when(random: np.random.Generator, client: Client, day: date, long: Column, first: Column) -> Column:
    """Office hours, and some late in the evening, whose sessions go on behind midnight."""
    office, evening = random.normal(13.5, 3.0, len(long)), random.normal(22.8, 0.9, len(long))
    hour = np.where(random.random(len(long)) < 0.12, evening, office).clip(0.05, 23.95)
    steps = (random.exponential(55e6, int(long.sum())) + 1e5).astype(np.int64)
    steps[first] = 0
    passed = np.cumsum(steps)
    since = passed - np.repeat(passed[first], long)
    at: Column = midnight_us(client, day) + np.repeat((hour * 3_600_000_000).astype(np.int64), long) + since
    return at // 1000 * 1000


def logs(client: Client, day: date) -> Logs:
    story = STORIES[client.name]
    random = np.random.default_rng((client.id.int % 2**32, (day - EPOCH).days, 2))
    is_broken = story.rhythms[-1](day) < 0.5 and broken(day) == 0
    count = int(random.poisson(story.logs * (6 if is_broken else 1)))
    shares = (0.01, 0.06, 0.05, 0.18, 0.6, 0.1) if is_broken else (0.22, 0.55, 0.08, 0.11, 0.038, 0.002)
    level = random.choice(len(LEVELS), count, p=shares)
    grave = level >= LEVELS.index("ERROR")
    message = np.where(
        grave, len(MESSAGES) + random.integers(0, len(BROKEN), count), random.integers(0, len(MESSAGES), count)
    )
    at = midnight_us(client, day) + np.sort(random.integers(0, 86_400_000, count)) * 1000
    return Logs(at, level, random.choice(len(SERVICES), count, p=(0.5, 0.15, 0.2, 0.15)),
                random.integers(0, len(SOURCES), count), message)  # fmt: skip


def midnight_us(client: Client, day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(client.time_zone)).timestamp()) * 1_000_000


def days(first: date, last: date) -> Iterator[date]:
    """Both included."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
