"""Events, logs and users of Nordlys as a test needs them, through what the product itself stores them with."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from parallax.db import Database
from parallax.engine.fold import fold
from parallax.engine.ingest import store
from parallax.events.inputs import events_read, logs_read
from parallax.installation import Urls
from parallax.scopes import Scope, Statement
from parallax.settings import Settings
from parallax.users.declared import Declared
from parallax.users.identify import identify
from tests.seeds import NORDLYS

NOW = datetime(2026, 3, 23, 12, tzinfo=UTC)
EXAMPLE: list[dict[str, Any]] = [
    {
        "name": "open",
        "at": "2026-03-02T09:00:00+01:00",
        "user": "ada",
        "session": "s1",
        "properties": {"country": "NO"},
    },
    {
        "name": "signup",
        "at": "2026-03-02T09:10:00+01:00",
        "user": "ada",
        "session": "s1",
        "properties": {"country": "NO", "plan": "free"},
    },
    {
        "name": "open",
        "at": "2026-03-02T23:50:00+01:00",
        "user": "bob",
        "session": "s2",
        "properties": {"country": "SE"},
    },
    {
        "name": "signup",
        "at": "2026-03-03T00:20:00+01:00",
        "user": "bob",
        "session": "s2",
        "properties": {"country": "SE", "plan": "pro"},
    },
    {
        "name": "pay",
        "at": "2026-03-03T08:00:00+01:00",
        "user": "ada",
        "session": "s3",
        "properties": {"country": "NO", "amount": 10},
    },
    {"name": "open", "at": "2026-03-04T12:00:00+01:00", "user": "cyd", "session": "s4"},
    {
        "name": "open",
        "at": "2026-03-10T10:00:00+01:00",
        "user": "ada",
        "session": "s5",
        "properties": {"country": "NO"},
    },
    {
        "name": "pay",
        "at": "2026-03-11T10:00:00+01:00",
        "user": "bob",
        "session": "s6",
        "properties": {"country": "SE", "amount": "25"},
    },
    {
        "name": "pay",
        "at": "2026-03-11T10:05:00+01:00",
        "user": "bob",
        "session": "s6",
        "properties": {"country": "SE", "amount": 5},
    },
    {
        "name": "open",
        "at": "2026-03-19T09:00:00+01:00",
        "user": "cyd",
        "session": "s7",
        "properties": {"country": "NO"},
    },
]
"""The table of semantics.md."""

CLEARED = [
    Statement(f"cleared_{table}", f"delete from {table} where client_id = $1")
    for table in (
        *("event_tail", "event_segment", "event_day", "session_block", "counted_field", "counted_value", "event_load"),
        *("trait", "erasure"),
    )
] + [
    Statement("cleared_links", "update actor set canonical = null, link = null, traits = null where client_id = $1"),
    Statement(
        "cleared_state",
        "update client_state set folded = position, generation = generation + 1, links = links + 1, traits = traits + 1"
        " where client_id = $1",
    ),
]


class Given:
    """A database, and what a test puts into it."""

    def __init__(self, db: Database, client: UUID = NORDLYS) -> None:
        self.db, self.client = db, client

    async def cleared(self) -> None:
        """Whatever events, aliases and traits the seeds have are gone."""
        async with self.db.writing(Scope.of(self.client)) as transaction:
            for each in CLEARED:
                await transaction.run(each, self.client)

    async def events(self, *rows: dict[str, Any]) -> None:
        await self._stored(events_read(self.client, rows, NOW), len(rows))

    async def logs(self, *rows: dict[str, Any]) -> None:
        await self._stored(logs_read(self.client, rows, NOW), len(rows))

    async def _stored(self, batch: Any, rows: int) -> None:
        stored = await store(self.db, Scope.of(self.client), self.client, batch)
        assert stored.accepted == rows, stored

    async def user(self, id: str, aliases: Sequence[str] = (), **traits: Any) -> None:
        done = await identify(
            self.db, Scope.of(self.client), self.client, [Declared(0, id, tuple(aliases), traits)], NOW
        )
        assert not done.rejected, done.rejected

    async def folded(self) -> None:
        await fold(self.db, self.client)


@asynccontextmanager
async def given(settings: Settings, urls: Urls, client: UUID = NORDLYS) -> AsyncIterator[Given]:
    """A client without events, to be filled before its gateway runs."""
    async with Database(settings, urls.reading, urls.writing) as db:
        found = Given(db, client)
        await found.cleared()
        yield found
