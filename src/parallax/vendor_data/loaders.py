"""Vendors by key: who we are to them, and what is wanted of them in one turn."""

from parallax.access.viewer import Viewer
from parallax.db import Database
from parallax.errors import ParallaxError
from parallax.loading import DataLoader, batched, by_key
from parallax.vendors.credentials import AccountKey, of_environment
from parallax.vendors.gate import Gate
from parallax.vendors.gathering import Asked, Foretold, Pending
from parallax.vendors.keeping import Place
from parallax.vendors.vendor import Account


def account_loader(db: Database, viewer: Viewer) -> DataLoader[AccountKey, Account | None]:
    async def load(keys: list[AccountKey]) -> dict[AccountKey, Account]:
        found = {key: of_environment(db.settings, key.system) for key in keys if viewer.sees(key.client)}
        return {key: account for key, account in found.items() if account is not None}

    return by_key(load)


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
        there = [all((key.account.id, piece) in look.known for piece in key.pieces) for key in keys]
        pending = gate.pending(keys, look)
        return [each if known else OnlyForetold() for each, known in zip(pending, there, strict=True)]  # type: ignore[misc]

    return batched(load)


def vendor_loader(gate: Gate, viewer: Viewer) -> DataLoader[Asked, Pending]:
    async def load(keys: list[Asked]) -> list[Pending]:
        return await gate.ask(keys, viewer.when_low)

    return batched(load)
