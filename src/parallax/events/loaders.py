"""What rows name by number, by key."""

from uuid import UUID

from parallax.access.viewer import Viewer
from parallax.db import Database
from parallax.loading import DataLoader, by_key
from parallax.scopes import statement

SESSIONS_BY_NUMBER = statement(__file__, "sessions_by_number")


def session_name_loader(db: Database, viewer: Viewer) -> DataLoader[tuple[UUID, int], str | None]:
    """The id that a session's events carry, by client and number."""

    async def load(keys: list[tuple[UUID, int]]) -> dict[tuple[UUID, int], str]:
        seen = [key for key in keys if viewer.sees(key[0])]
        clients = [client for client, _ in seen]
        if not seen:
            return {}
        rows = await db.rows(viewer.scope(clients), SESSIONS_BY_NUMBER, clients, [number for _, number in seen])
        return {(row["client_id"], row["number"]): row["external_id"] for row in rows}

    return by_key(load)
