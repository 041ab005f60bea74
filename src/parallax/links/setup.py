"""Links and unlinks apps: for mutations and commands alike. Whether the caller may is asked before."""

from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from parallax.access.sealing import loaded, of_link
from parallax.access.viewer import Maker
from parallax.db import Database
from parallax.errors import InvalidParameter, NotFound
from parallax.ids import uuid7
from parallax.links.keys import VendorKey
from parallax.links.loaders import LINKS_OF_APPS, LinkKey, LinkRecord, link_of
from parallax.names import checked_name
from parallax.scopes import Scope, statement
from parallax.vendors.credentials import Credentials

HERE = str(Path(__file__).parent / "writing" / "_")
LINKS_OF_CLIENT = statement(__file__, "links_of_client")
APP_HELD = statement(HERE, "app_held")
LINK_ADD = statement(HERE, "link_add")
LINK_CHANGE = statement(HERE, "link_change")
LINK_REMOVE = statement(HERE, "link_remove")
MOST: Final = 20
"""Links of one app."""


async def link_app(
    db: Database,
    app: tuple[UUID, UUID],
    to: VendorKey,
    by: Maker,
    now: datetime,
    *,
    label: str | None = None,
    own: Credentials | None = None,
) -> LinkRecord:
    """The link, the one that is there already if there is: then a label, or credentials of its own, replace its.

    Raises NotFound (app), InvalidParameter (label; app, for one link too many).
    """
    client, id = app
    label = None if label is None else checked_name(label, "label")

    def sealed(link: UUID) -> bytes | None:
        return None if own is None else own.sealed(db.settings, of_link(client, to.system.value, link))

    if own is not None:
        await loaded()
    async with db.writing(Scope.of(client)) as transaction:
        if not await transaction.rows(APP_HELD, client, id):
            raise NotFound(f"There is no app {id}.", details={"app": str(id)})
        links = [link_of(row) for row in await transaction.rows(LINKS_OF_APPS, [client], [id])]
        held = next((link for link in links if link.to == to), None)
        if held is not None:
            anew = sealed(held.key.id)
            await transaction.run(LINK_CHANGE, *held.key, label, anew)
            return held._replace(label=label or held.label, sealed=anew or held.sealed)
        if len(links) >= MOST:
            raise InvalidParameter("app", str(id), f"has {MOST} links, the most that there may be: take one away")
        key = LinkKey(client, uuid7(now))
        link = LinkRecord(key, id, to, label, sealed(key.id), now, by.name)
        store = None if to.store is None else to.store.value
        values = (to.system.value, store, to.key, label, link.sealed, now, by.name, by.id)
        await transaction.run(LINK_ADD, *key, id, *values)
    return link


async def unlink_app(db: Database, link: LinkKey) -> UUID:
    """The app that it was of. Raises NotFound."""
    async with db.writing(Scope.of(link.client)) as transaction:
        rows = await transaction.rows(LINK_REMOVE, *link)
    if not rows:
        raise missing(link.id)
    app: UUID = rows[0]["application_id"]
    return app


async def links_of(db: Database, app: tuple[UUID, UUID]) -> list[LinkRecord]:
    """Oldest first."""
    client, id = app
    return [link_of(row) for row in await db.rows(Scope.of(client), LINKS_OF_APPS, [client], [id])]


async def links_of_client(db: Database, client: UUID) -> list[LinkRecord]:
    """Of all of its apps, oldest first."""
    return [link_of(row) for row in await db.rows(Scope.of(client), LINKS_OF_CLIENT, client)]


def missing(link: UUID) -> NotFound:
    return NotFound(f"There is no link {link}.", details={"link": str(link)})
