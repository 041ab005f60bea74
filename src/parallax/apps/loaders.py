"""Apps by key."""

from collections import defaultdict
from typing import NamedTuple
from uuid import UUID

from parallax.access.viewer import Viewer
from parallax.db import Database, Record
from parallax.loading import DataLoader, batched, by_key
from parallax.scopes import statement

APPS_BY_KEY = statement(__file__, "apps_by_key")
APPS_BY_UUID = statement(__file__, "apps_by_uuid")
APPS_OF_CLIENTS = statement(__file__, "apps_of_clients")
APP_COUNTS = statement(__file__, "app_counts")


class AppKey(NamedTuple):
    client: UUID
    id: UUID


class AppRecord(NamedTuple):
    key: AppKey
    name: str
    time_zone: str
    """The client's: what every day of the app is cut in."""


class AppsKey(NamedTuple):
    """A page of a client's apps: `after` is name and id of the last row of the page before."""

    client: UUID
    after: tuple[str, UUID] | None
    search: str | None
    limit: int


class AppCountKey(NamedTuple):
    client: UUID
    search: str | None


def app_loader(db: Database, viewer: Viewer) -> DataLoader[AppKey, AppRecord | None]:
    async def load(keys: list[AppKey]) -> dict[AppKey, AppRecord]:
        asked = [key for key in keys if viewer.sees(key.client)]
        clients = [key.client for key in asked]
        rows = await db.rows(viewer.scope(clients), APPS_BY_KEY, clients, [key.id for key in asked]) if asked else []
        return {record.key: record for record in map(_record, rows)}

    return by_key(load)


def apps_by_uuid_loader(db: Database, viewer: Viewer) -> DataLoader[UUID, list[AppRecord]]:
    """The apps with this UUID that the caller may see: nearly always one or none, of two clients if both chose it."""

    async def load(ids: list[UUID]) -> list[list[AppRecord]]:
        found: dict[UUID, list[AppRecord]] = defaultdict(list)
        mine = None if viewer.is_operator else list(viewer.roles)
        for record in map(_record, await db.rows(viewer.listing, APPS_BY_UUID, ids, mine)):
            found[record.key.id].append(record)
        return [found[app] for app in ids]

    return batched(load)


def apps_loader(db: Database, viewer: Viewer) -> DataLoader[AppsKey, list[AppRecord]]:
    """Pages of apps: the clients that are asked alike share a statement."""

    async def load(keys: list[AppsKey]) -> list[list[AppRecord]]:
        found: dict[AppsKey, list[AppRecord]] = {key: [] for key in keys}
        alike: dict[tuple[str | None, int], list[AppsKey]] = defaultdict(list)
        for key in found:
            if viewer.sees(key.client):
                alike[key.search, key.limit].append(key)
        for (search, limit), asked in alike.items():
            clients = [key.client for key in asked]
            names = [key.after[0] if key.after else None for key in asked]
            ids = [key.after[1] if key.after else None for key in asked]
            rows = await db.rows(viewer.scope(clients), APPS_OF_CLIENTS, clients, names, ids, search, limit)
            for row in rows:
                found[asked[row["number"] - 1]].append(_record(row))
        return [found[key] for key in keys]

    return batched(load)


def app_count_loader(db: Database, viewer: Viewer) -> DataLoader[AppCountKey, int]:
    async def load(keys: list[AppCountKey]) -> list[int]:
        found: dict[AppCountKey, int] = {}
        for search in {key.search for key in keys}:
            clients = viewer.visible(key.client for key in keys if key.search == search)
            for client, apps in await db.rows(viewer.scope(clients), APP_COUNTS, clients, search):
                found[AppCountKey(client, search)] = apps
        return [found.get(key, 0) for key in keys]

    return batched(load)


def _record(row: Record) -> AppRecord:
    return AppRecord(AppKey(row["client_id"], row["id"]), row["name"], row["time_zone"])
