"""Puts the example data into a database, and later the days since: what users added or changed stays."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from parallax.access.tokens import TOKEN_BY_HASH, hashed, new_secret
from parallax.access.viewer import Maker, Role
from parallax.apps.setup import create_app
from parallax.clients.loaders import CLIENTS_BY_ID
from parallax.clients.setup import create_client
from parallax.clients.tokens import create_token
from parallax.db import Database
from parallax.demo.batches import batches_of, declared_of
from parallax.demo.cast import CLIENTS, Client
from parallax.demo.folder import Memory
from parallax.demo.reports import reports_of
from parallax.engine.fold import fold
from parallax.engine.ingest import store
from parallax.errors import Conflict, NotFound
from parallax.events.instants import microseconds
from parallax.links.keys import VendorKey
from parallax.links.setup import link_app
from parallax.periods import today
from parallax.scopes import Scope
from parallax.usage.track import track
from parallax.users.identify import identify

DAYS = 400
EVENT_DAYS = 120


Links = Mapping[UUID, Sequence[VendorKey]]


async def filled(
    db: Database, memory: Memory, now: datetime, remember: Callable[[Memory], None], links: Links
) -> Memory:
    """Brings the example data up to today, and sees to a token that is valid; `remember` is told after each step.

    `links`: what each app is at the vendors, said once: a link that its user takes away stays away.
    """
    for client in CLIENTS:
        last = today(now, client.time_zone)
        before = memory.filled.get(client.id)
        if before is None:
            await _make(db, client, now)
        if before is None or before < last:
            first = last - timedelta(days=DAYS - 1)
            await _track(db, client, max(first, before + timedelta(days=1)) if before else first, last)
            memory = replace(memory, filled={**memory.filled, client.id: last})
            remember(memory)
        await _events(db, client, memory.events.get(client.id), last, now)
        memory = replace(memory, events={**memory.events, client.id: last})
        remember(memory)
        if client.id not in memory.linked:
            await _link(db, client, links, now)
            memory = replace(memory, linked=memory.linked | {client.id})
            remember(memory)
    if memory.secret is None or not await db.rows(None, TOKEN_BY_HASH, hashed(memory.secret)):
        memory = replace(memory, secret=await _token(db, now))
        remember(memory)
    return memory


async def _make(db: Database, client: Client, now: datetime) -> None:
    """Some of it may be there: of a start that was cut off."""
    with suppress(Conflict):
        await create_client(db, client.name, client.time_zone, now, client.id)
    for app in client.apps:
        with suppress(Conflict):
            await create_app(db, client.id, app.name, now, app.id)


async def _track(db: Database, client: Client, first: date, last: date) -> None:
    with suppress(NotFound):  # its user has deleted it
        await track(db, Scope.of(client.id), client.id, list(reports_of(client, first, last)))


async def _events(db: Database, client: Client, before: date | None, last: date, now: datetime) -> None:
    """Events and logs up to now, folded. The day that was the last is there in part, and sent again: its ids say so.

    So is the day before it: what began on that goes on behind midnight.
    """
    start = last - timedelta(days=EVENT_DAYS - 1)
    first = max(start, before - timedelta(days=1)) if before else start
    scope, now_us = Scope.of(client.id), microseconds(now)
    with suppress(NotFound):  # its user has deleted it
        users = declared_of(client, first, last, before=before is None)
        await identify(db, scope, client.id, users, now)
        for batch in batches_of(client, first, last, now_us):
            await store(db, scope, client.id, batch)
            while (await fold(db, client.id)).events:
                pass


async def _link(db: Database, client: Client, links: Links, now: datetime) -> None:
    for app in client.apps:
        with suppress(NotFound):  # its user has deleted it
            for to in links[app.id]:
                await link_app(db, (client.id, app.id), to, Maker("demo"), now)


async def _token(db: Database, now: datetime) -> str:
    """The secret of a new token: ADMIN of those example clients that are still there."""
    clients: list[UUID] = [client.id for client in CLIENTS]
    there = await db.rows(Scope.of(*clients), CLIENTS_BY_ID, clients)
    if not there:
        return new_secret()  # their user has deleted them all: there is nothing to open
    made = await create_token(db, {row["id"]: Role.ADMIN for row in there}, "demo", now)
    return made.secret
