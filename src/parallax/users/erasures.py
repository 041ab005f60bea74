"""Erasures by key, for those who may erase."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from parallax.access.viewer import Role, Viewer
from parallax.db import Database
from parallax.loading import DataLoader, by_key
from parallax.scopes import statement
from parallax.users.layers import Layer, loaded_layers

ERASURES_BY_ID = statement(__file__, "erasures_by_id")


class ErasureKey(NamedTuple):
    client: UUID
    id: UUID


class ErasureRecord(NamedTuple):
    """`purged_at` None: rows are left."""

    key: ErasureKey
    accepted_at: datetime
    invisible_at: datetime
    purged_at: datetime | None
    layers: list[Layer]


def erasure_loader(db: Database, viewer: Viewer) -> DataLoader[ErasureKey, ErasureRecord | None]:
    async def load(keys: list[ErasureKey]) -> dict[ErasureKey, ErasureRecord]:
        asked = [key for key in keys if (role := viewer.role(key.client)) is not None and role.covers(Role.ADMIN)]
        if not asked:
            return {}
        clients, ids = [key.client for key in asked], [key.id for key in asked]
        found = {}
        for row in await db.rows(viewer.scope(clients), ERASURES_BY_ID, clients, ids):
            key = ErasureKey(row["client_id"], row["id"])
            instants = row["accepted_at"], row["invisible_at"], row["purged_at"]
            found[key] = ErasureRecord(key, *instants, loaded_layers(row["layers"]))
        return found

    return by_key(load)
