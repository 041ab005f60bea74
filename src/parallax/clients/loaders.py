"""Clients and tokens by key."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from parallax.access.viewer import Role, Viewer
from parallax.db import Database
from parallax.loading import DataLoader, batched, by_key
from parallax.scopes import statement

CLIENTS_BY_ID = statement(__file__, "clients_by_id")
CLIENTS_PAGE = statement(__file__, "clients_page")
CLIENT_COUNT = statement(__file__, "client_count")
TOKENS_OF_CLIENTS = statement(__file__, "tokens_of_clients")


class ClientRecord(NamedTuple):
    id: UUID
    name: str
    time_zone: str


class ClientsKey(NamedTuple):
    """A page of the caller's clients: `after` is name and id of the last row of the page before."""

    after: tuple[str, UUID] | None
    limit: int


class TokenRecord(NamedTuple):
    client: UUID
    id: UUID
    name: str
    role: Role
    stored_only: bool
    ingest_only: bool
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


def client_loader(db: Database, viewer: Viewer) -> DataLoader[UUID, ClientRecord | None]:
    async def load(ids: list[UUID]) -> dict[UUID, ClientRecord]:
        seen = viewer.visible(ids)
        rows = await db.rows(viewer.scope(seen), CLIENTS_BY_ID, seen) if seen else []
        return {row["id"]: ClientRecord(*row) for row in rows}

    return by_key(load)


def clients_loader(db: Database, viewer: Viewer) -> DataLoader[ClientsKey, list[ClientRecord]]:
    async def load(keys: list[ClientsKey]) -> list[list[ClientRecord]]:
        return [await page(key) for key in keys]

    async def page(key: ClientsKey) -> list[ClientRecord]:
        name, last = key.after or (None, None)
        rows = await db.rows(viewer.listing, CLIENTS_PAGE, _mine(viewer), name, last, key.limit)
        return [ClientRecord(*row) for row in rows]

    return batched(load)


def client_count_loader(db: Database, viewer: Viewer) -> DataLoader[UUID, int]:
    """How many clients the caller sees; the key is the caller."""

    async def load(keys: list[UUID]) -> list[int]:
        [row] = await db.rows(viewer.listing, CLIENT_COUNT, _mine(viewer))
        return [row["clients"]] * len(keys)

    return batched(load)


def tokens_loader(db: Database, viewer: Viewer) -> DataLoader[UUID, list[TokenRecord]]:
    """Tokens of a client, newest first."""

    async def load(clients: list[UUID]) -> list[list[TokenRecord]]:
        seen = viewer.visible(clients)
        found: dict[UUID, list[TokenRecord]] = {client: [] for client in clients}
        for row in await db.rows(viewer.scope(seen), TOKENS_OF_CLIENTS, seen) if seen else []:
            client, token, name, role, *rest = row
            found[client].append(TokenRecord(client, token, name, Role(role), *rest))
        return [found[client] for client in clients]

    return batched(load)


def _mine(viewer: Viewer) -> list[UUID] | None:
    return None if viewer.is_operator else list(viewer.roles)
