"""A client's history of events put in by bulk, for benches that ask of millions.

Each day of a population becomes one waiting batch, as `parallax load` would leave it but for the JSON that need not be read;
then the product's own fold derives everything from them. Dictionaries are filled by number, since users and sessions of a
population are numbered already.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from parallax.access.tokens import hashed
from parallax.bench.ground import CLIENT, TOKEN, Ground
from parallax.bench.measured import Figures
from parallax.bench.population import COUNTRIES, NAMES, PATHS, PLANS, PLATFORMS, Column, Events, Population, generated
from parallax.db import Database, Owner, connected
from parallax.engine.fold import fold
from parallax.engine.frames import UUID_ID, Coded, Frame, Ids, stored
from parallax.engine.settling import settle
from parallax.migrations import Roles, migrate

ZONE: Final = "UTC"
"""Peers find the day of an instant by a division, which is the quickest way that there is."""
FOLDED_AT: Final = 400_000
TAIL_ADD = """
insert into event_tail (client_id, position, stream, events, first_at, last_at, core, ids, fields)
values ($1, $2, 0, $3, $4, $5, $6, $7, $8)
"""
MOVED = "update client_state set position = $2, waiting_since = coalesce(waiting_since, now()) where client_id = $1"
ACTORS = "insert into actor select $1, n, 'user-' || n from generate_series(1, $2::integer) as n"
SESSIONS = "insert into session_id select $1, n, 's-' || n from generate_series(1, $2::integer) as n"
EVENT_NAMES = "insert into event_name select $1, n, 0, name from unnest($2::text[]) with ordinality as row (name, n)"
# On disk, with indexes and what is stored out of line.
TABLES: Final = {
    "truth: event_segment": "select sum(pg_total_relation_size(inhrelid)) from pg_inherits "
    "where inhparent = 'event_segment'::regclass",
    "truth, of it ids": "select sum(octet_length(ids)) from event_segment",
    "truth, of it properties": "select sum(octet_length(fields)) from event_segment",
    "dictionary: actor": "select pg_total_relation_size('actor')",
    "dictionary: session_id": "select pg_total_relation_size('session_id')",
    "derived: event_day": "select pg_total_relation_size('event_day')",
    "derived, of it users and their counts": "select sum(octet_length(user_bits) + octet_length(user_counts)) from event_day",
    "derived, of it sessions": "select sum(octet_length(session_bits)) from event_day",
    "derived: session_block": "select pg_total_relation_size('session_block')",
    "derived: timeline": "select pg_total_relation_size('timeline')",
}


@dataclass(slots=True)
class Filled:
    """How far the client's history goes: the next number of each."""

    events: int = 0
    sessions: int = 0


async def fill(place: Ground, population: Population, seen: Callable[[Events], Awaitable[None]]) -> Filled:
    """Migrates, writes all events of the population and folds them; `seen` gets each day's events too, for the peers."""
    assert place.urls.owner is not None
    await migrate(place.urls.owner, Roles.of(place.settings))
    async with (
        connected(place.superuser_url, search_path="parallax", jit="off") as database,
        Database(place.settings, place.urls.reading, place.urls.writing) as db,
    ):
        await _set_up(database, population)
        filled, waiting = Filled(), 0
        for events in generated(population):
            await seen(events)
            await add(database, events, filled)
            waiting += len(events)
            if waiting >= FOLDED_AT:
                waiting -= (await fold(db, CLIENT, FOLDED_AT)).events
        while (await fold(db, CLIENT, FOLDED_AT)).events:
            pass
        await settle(db, CLIENT)
        await database.rows(SESSIONS, CLIENT, filled.sessions)
        await database.rows("update client_state set next_session = $1", filled.sessions + 1)
        await database.script("vacuum (analyze)")
        await database.script("checkpoint")
    return filled


async def add(database: Owner, events: Events, filled: Filled) -> None:
    """One more batch that waits."""
    blocks = stored(framed(events, filled.events))
    first, last = int(events.at.min()), int(events.at.max())
    columns = (filled.events + 1, len(events), first, last, blocks.core, blocks.ids, blocks.fields)
    await database.rows(TAIL_ADD, CLIENT, *columns)
    filled.events += len(events)
    filled.sessions = max(filled.sessions, int(events.session.max()))
    await database.rows(MOVED, CLIENT, filled.events)


async def _set_up(database: Owner, population: Population) -> None:
    """The client with its users and event names, and a token that may read it."""
    await database.rows("insert into client (id, name, time_zone) values ($1, 'Bench', $2)", CLIENT, ZONE)
    users = population.users
    await database.rows("insert into client_state (client_id, next_actor) values ($1, $2)", CLIENT, users + 1)
    await database.rows("insert into api_token (id, name, secret_hash) values ($1, 'bench', $2)", CLIENT, hashed(TOKEN))
    await database.rows("insert into api_token_grant values ($1, $1, 'VIEWER')", CLIENT)
    await database.rows(ACTORS, CLIENT, users)
    await database.rows(EVENT_NAMES, CLIENT, list(NAMES))


def framed(events: Events, before: int) -> Frame:
    """The events as a batch that was accepted after `before` others."""
    halves = events.id.view(">u8").astype(np.uint64)
    many = len(events)
    return Frame(
        at=events.at,
        position=np.arange(before + 1, before + many + 1),
        event=events.name.astype(np.int32) + 1,
        actor=events.user,
        app=np.zeros(many, np.int32),
        session=events.session,
        fields={
            "country": _coded(events.country, COUNTRIES),
            "platform": _coded(events.platform, PLATFORMS),
            "plan": _coded(events.plan, PLANS),
            "path": _coded(events.path, [f"/p/{number}" for number in range(PATHS)]),
            "amount": _amounts(events.amount),
        },
        ids=Ids(np.full(many, UUID_ID), halves[:, 0], halves[:, 1], []),
    )


def _coded(column: Column, texts: "tuple[str, ...] | list[str]") -> Coded:
    used, codes = np.unique(column, return_inverse=True)
    return Coded(codes + 1, [f'"{texts[place]}"'.encode() for place in used.tolist()])


def _amounts(cents: Column) -> Coded:
    used, codes = np.unique(cents, return_inverse=True)
    there = used[used >= 0]
    return Coded(codes + 1 - (len(used) - len(there)), [f"{amount / 100}".encode() for amount in there.tolist()])


async def sizes(place: Ground, events: int) -> Figures:
    """Bytes for each event, by what is stored."""
    rows: list[tuple[Any, ...]] = []
    async with connected(place.superuser_url, search_path="parallax") as database:
        for what, asked in TABLES.items():
            size = float(await database.value(asked) or 0)
            rows.append((what, round(size / 2**20, 1), round(size / events, 2)))
    return Figures(f"On disk, of {events:,} events", ("what", "MiB", "bytes an event"), rows)
