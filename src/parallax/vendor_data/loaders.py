"""Vendors by key: who we are to them, and what is wanted of them in one turn."""

from parallax.access.sealing import loaded
from parallax.access.viewer import Viewer
from parallax.db import Database
from parallax.errors import ParallaxError
from parallax.loading import DataLoader, batched, by_key
from parallax.metrics.catalog import SourceSystem
from parallax.scopes import statement
from parallax.vendors.credentials import AccountKey, of_environment, opened
from parallax.vendors.gate import Gate
from parallax.vendors.gathering import Asked, Foretold, Pending
from parallax.vendors.keeping import Place
from parallax.vendors.vendor import Account

CREDENTIALS_OF_CLIENTS = statement(__file__, "credentials_of_clients")


def account_loader(db: Database, viewer: Viewer) -> DataLoader[AccountKey, Account | None]:
    """By a link's own credentials where the key has some, else by the client's, else by the environment's."""

    async def load(keys: list[AccountKey]) -> dict[AccountKey, Account]:
        seen = [key for key in keys if viewer.sees(key.client)]
        sealed = await _connected(db, viewer, [key for key in seen if key.own is None])
        sealed |= {key: key.own.sealed for key in seen if key.own is not None}
        if sealed:
            await loaded()
        found = {
            key: opened(db.settings, key, sealed[key]) if key in sealed else of_environment(db.settings, key.system)
            for key in seen
        }
        return {key: account for key, account in found.items() if account is not None}

    return by_key(load)


async def _connected(db: Database, viewer: Viewer, keys: list[AccountKey]) -> dict[AccountKey, bytes]:
    """What clients connected, as it is sealed."""
    if not keys:
        return {}
    clients, systems = [key.client for key in keys], [key.system.value for key in keys]
    rows = await db.rows(viewer.scope(clients), CREDENTIALS_OF_CLIENTS, clients, systems)
    return {AccountKey(row["client_id"], SourceSystem(row["system"])): row["sealed"] for row in rows}


class OnlyForetold(ParallaxError):
    """In the place of what a vendor has: it was not called."""

    def __init__(self) -> None:
        super().__init__("This was asked what it would call, and not called.")


def foretelling_loader(gate: Gate, viewer: Viewer, found: list[Foretold]) -> DataLoader[Asked, Pending]:
    """Adds to `found` what would be called; what is kept is answered, for more calls may follow from it."""
    foretold: set[Place] = set()

    async def load(keys: list[Asked]) -> list[Pending]:
        told, look = await gate.foretell(keys, foretold, viewer.when_low)
        found.extend(told)
        pending = zip(keys, gate.pending(keys, look), strict=True)
        return [each if key in look.ready else OnlyForetold() for key, each in pending]  # type: ignore[misc]

    return batched(load)


def vendor_loader(gate: Gate, viewer: Viewer) -> DataLoader[Asked, Pending]:
    async def load(keys: list[Asked]) -> list[Pending]:
        return await gate.ask(keys, viewer.when_low)

    return batched(load)
