"""Writes usage reports and everything that is derived from them, in one transaction: exact at the next question."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from parallax.db import Database, Transaction
from parallax.engine.bitmaps import added
from parallax.engine.cover import Block, Span, blocks_of
from parallax.engine.dictionaries import actors
from parallax.errors import NotFound
from parallax.scopes import Scope, statement
from parallax.usage.reports import Rejected, Report

HERE = str(Path(__file__).parent / "writing" / "_")
WRITER = statement(HERE, "writer")
APPS_OF_IDS = statement(HERE, "apps_of_ids")
MONTHS_ENSURE = statement(HERE, "months_ensure")
REPORTS_HELD = statement(HERE, "reports_held")
REPORTS_PUT = statement(HERE, "reports_put")
DAYS_ADD = statement(HERE, "days_add")
USERS_OF_IDS = statement(HERE, "users_of_ids")
BLOCKS_HELD = statement(HERE, "blocks_held")
BLOCKS_PUT = statement(HERE, "blocks_put")

Key = tuple[int, date, int]
"""App by its place among those of the call (a UUID would be hashed anew for every row), day, user."""
Sums = tuple[int, int]
"""Active milliseconds, sessions."""


@dataclass(slots=True)
class Tracked:
    """What became of the rows sent: the four add up to them. `version` is that of the client's usage with them."""

    accepted: int = 0
    duplicates: int = 0
    replaced: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    version: int = 0


async def track(db: Database, scope: Scope, client: UUID, reports: Sequence[Report]) -> Tracked:
    """Stores reports; a report of the same user, app and day replaces the earlier one (U1). All are kept, or none.

    Raises NotFound for a client that is not there, SourceUnavailable and Timeout with nothing changed.
    """
    async with db.writing(scope) as transaction:
        state = await transaction.rows(WRITER, client)
        if not state:
            raise NotFound("There is no such client.")
        asked = {report.app for report in reports}
        apps = [row["id"] for row in await transaction.rows(APPS_OF_IDS, client, list(asked))]
        missing = asked.difference(apps)
        kept = [report for report in reports if report.app not in missing] if missing else reports
        tracked = Tracked(
            rejected=[
                Rejected(report.place, "app", "app: there is no such app of this client")
                for report in (reports if missing else ())
                if report.app in missing
            ],
            version=state[0]["usage_version"],
        )
        if not kept:
            return tracked
        users = dict.fromkeys(report.user for report in kept)
        numbers = await actors(transaction, client, users, state[0]["next_actor"])
        batch = _Batch(transaction, client, state[0]["usage_version"], apps)
        await batch.store(kept, numbers, tracked)
    return tracked


class _Batch:
    """The reports of one call on their way into rows, sums and blocks."""

    def __init__(self, transaction: Transaction, client: UUID, version: int, apps: Sequence[UUID]) -> None:
        self._transaction, self._client, self._version, self._apps = transaction, client, version, apps

    async def store(self, reports: Sequence[Report], actors: dict[str, int], tracked: Tracked) -> None:
        places = {app: place for place, app in enumerate(self._apps)}
        keys: list[Key] = [(places[report.app], report.date, actors[report.user]) for report in reports]
        held = await self._held(sorted(set(keys)))
        final: dict[Key, Sums] = {}
        for key, report in zip(keys, reports, strict=True):
            sums = (report.active_ms, report.sessions)
            before = final.get(key) or held.get(key)
            if before is None:
                tracked.accepted += 1
            elif before == sums:
                tracked.duplicates += 1
            else:
                tracked.replaced += 1
            final[key] = sums
        changed = [key for key in sorted(final) if held.get(key) != final[key]]
        if not changed:
            return
        await self._transaction.rows(MONTHS_ENSURE, list({day.replace(day=1) for _, day, _ in changed}))
        await self._transaction.run(
            REPORTS_PUT, self._client, *self._columns(changed), *_columns([final[key] for key in changed])
        )
        more = await self._add_blocks([key for key in changed if key not in held])
        await self._add_days(changed, final, held, more)

    async def _held(self, keys: Sequence[Key]) -> dict[Key, Sums]:
        rows = await self._transaction.rows(REPORTS_HELD, self._client, *self._columns(keys))
        return {keys[number - 1]: (active_ms, sessions) for number, active_ms, sessions in rows}

    async def _add_days(
        self,
        changed: Sequence[Key],
        final: dict[Key, Sums],
        held: dict[Key, Sums],
        more: Mapping[tuple[int, date], int],
    ) -> None:
        """`more`: by app and day, how many users it has that it did not have."""
        moved: dict[tuple[int, date], list[int]] = {}
        for key in changed:
            active_ms, sessions = final[key]
            before = held.get(key)
            by = moved.setdefault(key[:2], [0, 0, more.get(key[:2], 0)])
            by[0] += active_ms - (before[0] if before else 0)
            by[1] += sessions - (before[1] if before else 0)
        await self._transaction.run(DAYS_ADD, self._client, *self._columns(moved), *_columns(moved.values()))

    async def _add_blocks(self, fresh: Sequence[Key]) -> dict[tuple[int, date], int]:
        """Who is counted is whom the id belongs to by now (I1): two reports of a day may be of one user."""
        if not fresh:
            return {}
        ids = list({actor for _, _, actor in fresh})
        others = dict(map(tuple, await self._transaction.rows(USERS_OF_IDS, self._client, ids)))
        users: dict[tuple[int, Block], list[int]] = defaultdict(list)
        days: dict[tuple[int, date], list[int]] = defaultdict(list)
        for app, day, actor in fresh:
            days[app, day].append(others.get(actor, actor))
        for (app, day), its in days.items():
            for block in blocks_of(day):
                users[app, block] += its
        asked = self._columns([(app, block.span.value, block.bucket) for app, block in users])
        rows = await self._transaction.rows(BLOCKS_HELD, self._client, *asked)
        held = {row["number"] - 1: row for row in rows}
        written = [
            added(held[place]["bits"] if place in held else None, its) for place, its in enumerate(users.values())
        ]
        sizes = [size for _, size in written]
        await self._transaction.run(
            BLOCKS_PUT, self._client, self._version, *asked, sizes, [block for block, _ in written]
        )
        return {
            (app, block.bucket): sizes[place] - (held[place]["users"] if place in held else 0)
            for place, (app, block) in enumerate(users)
            if block.span is Span.DAY
        }

    def _columns(self, rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
        """The rows as columns, with the apps' ids in place of their places."""
        places, *others = _columns(rows)
        return [[self._apps[place] for place in places], *others]


def _columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """At least one row, as columns."""
    return [list(column) for column in zip(*rows, strict=True)]
