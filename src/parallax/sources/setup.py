"""Connects vendors and parts from them: for mutations and commands alike. Whether the caller may is asked before."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

from parallax.access.sealing import loaded
from parallax.access.viewer import Maker
from parallax.db import Database
from parallax.errors import InvalidParameter, NotFound
from parallax.links.keys import VENDORS
from parallax.metrics.catalog import SourceSystem
from parallax.scopes import Scope, statement
from parallax.vendors.credentials import AccountKey, Credentials

HERE = str(Path(__file__).parent / "writing" / "_")
CREDENTIAL_KEEP = statement(HERE, "credential_keep")
CREDENTIAL_REMOVE = statement(HERE, "credential_remove")


async def connect(
    db: Database, client: UUID, system: SourceSystem, given: Credentials, by: Maker, now: datetime
) -> None:
    """In place of the client's credentials for the vendor before. Raises NotFound (client)."""
    await loaded()
    sealed = given.sealed(db.settings, AccountKey(client, system).about)
    async with db.writing(Scope.of(client)) as transaction:
        if not await transaction.run(CREDENTIAL_KEEP, client, system.value, sealed, now, by.name, by.id):
            raise NotFound(f"There is no client {client}.", details={"client": str(client)})


async def disconnect(db: Database, client: UUID, system: SourceSystem) -> bool:
    """Whether the client had credentials of its own."""
    async with db.writing(Scope.of(client)) as transaction:
        return bool(await transaction.run(CREDENTIAL_REMOVE, client, system.value))


def checked_vendor(argument: str, system: SourceSystem) -> SourceSystem:
    """Raises InvalidParameter for a system that is none."""
    if system not in VENDORS:
        raise InvalidParameter(argument, system.name, "is no vendor", [vendor.name for vendor in VENDORS])
    return system
