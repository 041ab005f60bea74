"""Vendors by key: who we are to them, and what is wanted of them in one turn."""

from parallax.access.viewer import Viewer
from parallax.db import Database
from parallax.loading import DataLoader, batched, by_key
from parallax.vendors.credentials import AccountKey, of_environment
from parallax.vendors.gate import Gate
from parallax.vendors.gathering import Asked, Pending
from parallax.vendors.vendor import Account


def account_loader(db: Database, viewer: Viewer) -> DataLoader[AccountKey, Account | None]:
    async def load(keys: list[AccountKey]) -> dict[AccountKey, Account]:
        found = {key: of_environment(db.settings, key.system) for key in keys if viewer.sees(key.client)}
        return {key: account for key, account in found.items() if account is not None}

    return by_key(load)


def vendor_loader(gate: Gate, viewer: Viewer) -> DataLoader[Asked, Pending]:
    async def load(keys: list[Asked]) -> list[Pending]:
        return await gate.ask(keys, viewer.when_low)

    return batched(load)
