"""What was done as batches of events and logs, and who turned out to be whom: what the writing path takes. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import orjson

from parallax.demo.cast import Client
from parallax.demo.events import (
    BROKEN,
    EPOCH,
    LEVELS,
    MESSAGES,
    NAMES,
    SERVICES,
    SOURCES,
    STORIES,
    Doings,
    Logs,
    days,
    doings,
    logs,
)
from parallax.demo.people import COUNTRIES, MEMORY_DAYS, PLANS, PLATFORMS, Column, cohort, unknown_id, user_id
from parallax.engine.batches import Batch, Named, Values
from parallax.engine.frames import EVENTS, LOGS
from parallax.users.declared import Declared

AT_ONCE: Final = 100_000


def batches_of(client: Client, first: date, last: date, now_us: int) -> Iterator[Batch]:
    """Events and logs of the days, both included, up to now, in batches of AT_ONCE or so."""
    done: list[Doings] = []
    told: list[tuple[int, Logs]] = []
    for day in days(first, last):
        done.append(doings(client, day))
        told.append(((day - EPOCH).days, logs(client, day)))
        if day == last or sum(map(len, done)) >= AT_ONCE:
            yield _events(client, done, now_us)
            yield _logs(client, told, now_us)
            done, told = [], []


def declared_of(client: Client, first: date, last: date, *, before: bool) -> list[Declared]:
    """Who came on these days; with `before` also who came earlier, of whom some are still around."""
    story, apps = STORIES[client.name], sum(app.users > 0 for app in client.apps)
    found: list[Declared] = []
    start = (first - EPOCH).days - (MEMORY_DAYS - 1 if before else 0)
    for day in range(start, (last - EPOCH).days + 1):
        people = cohort(client.id, day, story.newcomers, story.countries, apps)
        columns = (people.number, people.country, people.plan, people.was_unknown, people.keen)
        for number, country, plan, was_unknown, keen in zip(*(column.tolist() for column in columns), strict=True):
            traits = {"plan": PLANS[plan], "country": COUNTRIES[country], "seats": int(keen * 12)}
            aliases = (unknown_id(day, number),) if was_unknown and day >= (first - EPOCH).days else ()
            found.append(Declared(len(found), user_id(day, number), aliases, traits))
    return found


def _events(client: Client, done: Sequence[Doings], now_us: int) -> Batch:
    at = np.concatenate([each.at for each in done])
    keep = np.flatnonzero(at <= now_us)

    def column(of: Any) -> Column:
        joined: Column = np.concatenate([of(each) for each in done])[keep]
        return joined

    cohorts, numbers = column(lambda each: each.people.cohort), column(lambda each: each.people.number)
    unknown = column(lambda each: each.people.was_unknown & (each.age == 0) & (each.name <= 0))
    day, place = column(lambda each: np.full(len(each), each.day)), column(lambda each: np.arange(len(each)))
    session = column(lambda each: each.session)
    used = [app.id for app in client.apps if app.users > 0]
    batch = Batch(EVENTS, places=list(range(len(keep))), ids=_ids(client, 1, day, place), at=at[keep].tolist())
    batch.names = _named(column(lambda each: each.name), list(NAMES))
    batch.users = _users(cohorts, numbers, unknown)
    batch.sessions = _texts([f"{d}-{s}" for d, s in zip(day.tolist(), session.tolist(), strict=True)])
    batch.apps = _named(column(lambda each: each.people.app), used)
    versions = column(lambda each: np.full(len(each), each.version))
    amount = column(lambda each: each.amount)
    batch.fields = {
        "country": _values(column(lambda each: each.people.country), COUNTRIES),
        "platform": _values(column(lambda each: each.people.platform), PLATFORMS),
        "plan": _values(column(lambda each: each.people.plan), PLANS),
        "version": _values(versions, {v: f"{v // 4 - 2020}.{v % 4}" for v in np.unique(versions).tolist()}),
        "amount": _values(amount, {cents: cents / 100 for cents in np.unique(amount).tolist()}, np.flatnonzero(amount)),
    }
    return batch


def _users(cohorts: Column, numbers: Column, unknown: Column) -> Named[str]:
    columns = (cohorts.tolist(), numbers.tolist(), unknown.tolist())
    return _texts([(unknown_id if u else user_id)(c, n) for c, n, u in zip(*columns, strict=True)])


def _logs(client: Client, told: Sequence[tuple[int, Logs]], now_us: int) -> Batch:
    at = np.concatenate([each.at for _, each in told])
    keep = np.flatnonzero(at <= now_us)
    day = np.concatenate([np.full(len(each.at), day) for day, each in told])[keep]
    place = np.concatenate([np.arange(len(each.at)) for _, each in told])[keep]
    level, service, source, message = (
        np.concatenate([getattr(each, name) for _, each in told])[keep]
        for name in ("level", "service", "source", "message")
    )
    batch = Batch(LOGS, places=list(range(len(keep))), ids=_ids(client, 2, day, place), at=at[keep].tolist())
    none = [0] * len(keep)
    batch.names = _named(level, list(LEVELS))
    batch.users, batch.sessions, batch.apps = Named(list(none)), Named(list(none)), Named(list(none))
    batch.fields = {
        ":message": _values(message, MESSAGES + BROKEN),
        ":service": _values(service, SERVICES),
        ":source": _values(source, SOURCES),
    }
    return batch


def _ids(client: Client, kind: int, day: Column, place: Column) -> list[str]:
    """The same for the same event at every start: a day that was cut off at `now` is sent again, whole."""
    head = client.id.hex[:8]
    return [f"{head}-{d:04x}-4{kind:03x}-8000-{p:012x}" for d, p in zip(day.tolist(), place.tolist(), strict=True)]


def _named(column: Column, texts: Sequence[Any]) -> Named[Any]:
    """Of places among the texts: numbers of those that occur."""
    used, codes = np.unique(column, return_inverse=True)
    return Named((codes + 1).tolist(), {texts[place]: number for number, place in enumerate(used.tolist(), 1)})


def _texts(column: list[str]) -> Named[str]:
    numbers = {text: number for number, text in enumerate(dict.fromkeys(column), 1)}
    return Named(list(map(numbers.__getitem__, column)), numbers)


def _values(column: Column, values: Any, rows: Column | None = None) -> Values:
    """Of places among the values, in all rows or in these."""
    if rows is not None:
        column = column[rows]
    used, codes = np.unique(column, return_inverse=True)
    found = [orjson.dumps(values[place]) for place in used.tolist()]
    return Values(list(range(len(codes))) if rows is None else rows.tolist(), (codes + 1).tolist(), found)
