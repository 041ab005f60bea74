"""Links by app and by id."""

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from parallax.access.viewer import Viewer
from parallax.db import Database, Record
from parallax.links.keys import Store, VendorKey
from parallax.loading import DataLoader, batched, by_key
from parallax.metrics.catalog import SourceSystem
from parallax.scopes import statement
from parallax.vendors.credentials import Own

LINKS_OF_APPS = statement(__file__, "links_of_apps")
LINKS_BY_ID = statement(__file__, "links_by_id")


class LinkKey(NamedTuple):
    client: UUID
    id: UUID


class LinkRecord(NamedTuple):
    """`sealed` is a credential of its own (see access/sealing); None: the client's is used."""

    key: LinkKey
    app: UUID
    to: VendorKey
    label: str | None
    sealed: bytes | None
    created_at: datetime
    created_by: str

    @property
    def own(self) -> Own | None:
        return None if self.sealed is None else Own(self.key.id, self.sealed)


def app_links_loader(db: Database, viewer: Viewer) -> DataLoader[tuple[UUID, UUID], list[LinkRecord]]:
    """Links of an app, by client and app, oldest first: the first of a vendor is the one that is asked."""

    async def load(apps: list[tuple[UUID, UUID]]) -> list[list[LinkRecord]]:
        asked = [app for app in apps if viewer.sees(app[0])]
        clients, ids = [client for client, _ in asked], [app for _, app in asked]
        found: dict[tuple[UUID, UUID], list[LinkRecord]] = defaultdict(list)
        rows = await db.rows(viewer.scope(clients), LINKS_OF_APPS, clients, ids) if asked else []
        for link in map(link_of, rows):
            found[link.key.client, link.app].append(link)
        return [found[app] for app in apps]

    return batched(load)


def app_link_loader(db: Database, viewer: Viewer) -> DataLoader[LinkKey, LinkRecord | None]:
    async def load(keys: list[LinkKey]) -> dict[LinkKey, LinkRecord]:
        asked = [key for key in keys if viewer.sees(key.client)]
        clients, ids = [key.client for key in asked], [key.id for key in asked]
        rows = await db.rows(viewer.scope(clients), LINKS_BY_ID, clients, ids) if asked else []
        return {link.key: link for link in map(link_of, rows)}

    return by_key(load)


def link_of(row: Record) -> LinkRecord:
    store = None if row["store"] is None else Store(row["store"])
    return LinkRecord(
        LinkKey(row["client_id"], row["id"]),
        row["application_id"],
        VendorKey(SourceSystem(row["system"]), row["key"], store),
        row["label"],
        row["sealed"],
        row["created_at"],
        row["created_by"],
    )
