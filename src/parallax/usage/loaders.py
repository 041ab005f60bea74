"""Usage by key: daily sums, distinct users, reports. One statement for all keys of a tick."""

from collections import defaultdict
from datetime import date
from functools import cache
from typing import NamedTuple
from uuid import UUID

from parallax.access.viewer import Viewer
from parallax.analyses.usage import Days
from parallax.db import Database, Record
from parallax.engine.bitmaps import union_size
from parallax.engine.cover import Block, cover
from parallax.loading import DataLoader, batched, by_key
from parallax.periods import Period
from parallax.scopes import Statement, statement
from parallax.users.loaders import UserKey

USAGE_USERS = statement(__file__, "usage_users")
USAGE_REPORTS = statement(__file__, "usage_reports")
USAGE_REPORT_COUNT = statement(__file__, "usage_report_count")
USAGE_REPORT_BY_KEY = statement(__file__, "usage_report_by_key")
USERS_BY_ID = statement(__file__, "users_by_id")
USERS_BY_EXTERNAL_ID = statement(__file__, "users_by_external_id")


class DaysKey(NamedTuple):
    """`column` of the daily sums of an app over a period."""

    client: UUID
    app: UUID
    period: Period
    column: str


class UsersKey(NamedTuple):
    """Distinct users of an app over a span of days."""

    client: UUID
    app: UUID
    period: Period


class ReportKey(NamedTuple):
    client: UUID
    app: UUID
    day: date
    actor: int


class ReportRecord(NamedTuple):
    """`key.actor` is the id as it was sent, `user` and `owner` whose it is by now: external id and actor (I1)."""

    key: ReportKey
    active_ms: int
    sessions: int
    user: str
    owner: int


class ReportsKey(NamedTuple):
    """A page of an app's reports: `before` is the last row of the page before. `actor`: of all ids that belong to it."""

    client: UUID
    app: UUID
    period: Period
    actor: int | None
    before: tuple[date, int] | None
    limit: int


@cache
def usage_days(columns: tuple[str, ...]) -> Statement:
    """Daily sums with just these columns."""
    parts = (f"array_agg(day.{name}) as {name}" for name in columns)
    return statement(__file__, "usage_days", columns=", ".join(parts))


def days_loader(db: Database, viewer: Viewer) -> DataLoader[DaysKey, Days]:
    async def load(keys: list[DaysKey]) -> list[Days]:
        columns = tuple(sorted({key.column for key in keys}))
        asked = list(dict.fromkeys(key[:3] for key in keys if viewer.sees(key.client)))
        clients = [client for client, _, _ in asked]
        rows = await db.rows(
            viewer.scope(clients),
            usage_days(columns),
            clients,
            [app for _, app, _ in asked],
            [period.start for _, _, period in asked],
            [period.end for _, _, period in asked],
        )
        found: dict[tuple[UUID, UUID, Period], Record] = {asked[row["number"] - 1]: row for row in rows}
        return [_days(found.get(key[:3]), key.column) for key in keys]

    return batched(load)


def _days(row: Record | None, column: str) -> Days:
    if row is None or row["offsets"] is None:
        return Days((), ())
    return Days(row["offsets"], row[column])


def users_loader(db: Database, viewer: Viewer) -> DataLoader[UsersKey, int]:
    async def load(keys: list[UsersKey]) -> list[int]:
        covers = {key: cover(key.period) for key in keys if viewer.sees(key.client)}
        # A span that is one block needs the block's count alone, one of several needs who is in them.
        needs_bits: dict[tuple[UUID, UUID, Block], bool] = defaultdict(bool)
        for key, blocks in covers.items():
            for block in blocks:
                needs_bits[key.client, key.app, block] |= len(blocks) > 1
        asked = list(needs_bits)
        clients = [client for client, _, _ in asked]
        rows = await db.rows(
            viewer.scope(clients),
            USAGE_USERS,
            clients,
            [app for _, app, _ in asked],
            [block.span.value for _, _, block in asked],
            [block.bucket for _, _, block in asked],
            list(needs_bits.values()),
        )
        found = {asked[row["number"] - 1]: row for row in rows}

        def counted(key: UsersKey) -> int:
            held = [found[each] for block in covers.get(key, ()) if (each := (key.client, key.app, block)) in found]
            return held[0]["users"] if len(held) == 1 else union_size([row["bits"] for row in held])

        return [counted(key) for key in keys]

    return batched(load)


def reports_loader(db: Database, viewer: Viewer) -> DataLoader[ReportsKey, list[ReportRecord]]:
    """Pages of reports; each is a statement of its own, since a page reads along its app's index."""

    async def load(keys: list[ReportsKey]) -> list[list[ReportRecord]]:
        return [await page(key) for key in keys]

    async def page(key: ReportsKey) -> list[ReportRecord]:
        if not viewer.sees(key.client):
            return []
        day, actor = key.before or (None, None)
        rows = await db.rows(
            viewer.scope([key.client]),
            USAGE_REPORTS,
            key.client,
            key.app,
            key.period.start,
            key.period.end,
            key.actor,
            day,
            actor,
            key.limit,
        )
        return [
            ReportRecord(ReportKey(key.client, key.app, day, actor), active_ms, sessions, user, owner)
            for day, actor, active_ms, sessions, user, owner in rows
        ]

    return batched(load)


def report_counts_loader(db: Database, viewer: Viewer) -> DataLoader[ReportsKey, float]:
    async def load(keys: list[ReportsKey]) -> list[float]:
        return [await count(key) for key in keys]

    async def count(key: ReportsKey) -> float:
        if not viewer.sees(key.client):
            return 0.0
        scope, period = viewer.scope([key.client]), key.period
        [row] = await db.rows(scope, USAGE_REPORT_COUNT, key.client, key.app, period.start, period.end, key.actor)
        return float(row["reports"])

    return batched(load)


def report_loader(db: Database, viewer: Viewer) -> DataLoader[ReportKey, ReportRecord | None]:
    async def load(keys: list[ReportKey]) -> dict[ReportKey, ReportRecord]:
        asked = [key for key in keys if viewer.sees(key.client)]
        rows = (
            await db.rows(
                viewer.scope([key.client for key in asked]), USAGE_REPORT_BY_KEY, *map(list, zip(*asked, strict=True))
            )
            if asked
            else []
        )
        records = (ReportRecord(ReportKey(*row[:4]), *row[4:]) for row in map(tuple, rows))
        return {record.key: record for record in records}

    return by_key(load)


def user_loader(db: Database, viewer: Viewer) -> DataLoader[UserKey, str | None]:
    """External id by actor."""

    async def load(keys: list[UserKey]) -> dict[UserKey, str]:
        rows = await _users(db, viewer, USERS_BY_ID, keys)
        return {UserKey(row["client_id"], row["actor_id"]): row["external_id"] for row in rows}

    return by_key(load)


def actor_loader(db: Database, viewer: Viewer) -> DataLoader[tuple[UUID, str], int | None]:
    """Actor by client and external id."""

    async def load(keys: list[tuple[UUID, str]]) -> dict[tuple[UUID, str], int]:
        rows = await _users(db, viewer, USERS_BY_EXTERNAL_ID, keys)
        return {(row["client_id"], row["external_id"]): row["actor_id"] for row in rows}

    return by_key(load)


async def _users(
    db: Database, viewer: Viewer, asked: Statement, keys: list[UserKey] | list[tuple[UUID, str]]
) -> list[Record]:
    seen = [key for key in keys if viewer.sees(key[0])]
    clients = [key[0] for key in seen]
    return await db.rows(viewer.scope(clients), asked, clients, [key[1] for key in seen]) if seen else []
