"""Puts the example data into a database, and later the days since: what users added or changed stays."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from parallax.access.tokens import TOKEN_BY_HASH, hashed, new_secret
from parallax.clients.loaders import CLIENTS_BY_ID
from parallax.db import Database
from parallax.demo.cast import CLIENTS, Client
from parallax.demo.folder import Memory
from parallax.demo.reports import reports_of
from parallax.errors import NotFound
from parallax.ids import uuid7
from parallax.periods import today
from parallax.scopes import Scope, statement
from parallax.usage.track import track

CLIENT_PUT = statement(__file__, "demo_client_put")
STATE_PUT = statement(__file__, "demo_state_put")
APPS_PUT = statement(__file__, "demo_apps_put")
TOKEN_PUT = statement(__file__, "demo_token_put")
GRANTS_PUT = statement(__file__, "demo_grants_put")
DAYS = 400


async def filled(db: Database, memory: Memory, now: datetime, remember: Callable[[Memory], None]) -> Memory:
    """Brings the example data up to today, and sees to a token that is valid; `remember` is told after each step."""
    for client in CLIENTS:
        last = today(now, client.time_zone)
        before = memory.filled.get(client.id)
        if before is None:
            await _make(db, client)
        if before is None or before < last:
            first = last - timedelta(days=DAYS - 1)
            await _track(db, client, max(first, before + timedelta(days=1)) if before else first, last)
            memory = replace(memory, filled={**memory.filled, client.id: last})
            remember(memory)
    if memory.secret is None or not await db.rows(None, TOKEN_BY_HASH, hashed(memory.secret)):
        memory = replace(memory, secret=await _token(db, now))
        remember(memory)
    return memory


async def _make(db: Database, client: Client) -> None:
    async with db.writing(Scope.of(client.id)) as transaction:
        await transaction.run(CLIENT_PUT, client.id, client.name, client.time_zone)
        await transaction.run(STATE_PUT, client.id)
        await transaction.run(APPS_PUT, client.id, [app.id for app in client.apps], [app.name for app in client.apps])


async def _track(db: Database, client: Client, first: date, last: date) -> None:
    with suppress(NotFound):  # its user has deleted it
        await track(db, Scope.of(client.id), client.id, list(reports_of(client, first, last)))


async def _token(db: Database, now: datetime) -> str:
    """The secret of a new token: ADMIN of those example clients that are still there."""
    secret, id = new_secret(), uuid7(now)
    clients: list[UUID] = [client.id for client in CLIENTS]
    there = await db.rows(Scope.of(*clients), CLIENTS_BY_ID, clients)
    async with db.writing(Scope.of(*clients)) as transaction:
        await transaction.run(TOKEN_PUT, id, "demo", hashed(secret))
        await transaction.run(GRANTS_PUT, id, [row["id"] for row in there])
    return secret
