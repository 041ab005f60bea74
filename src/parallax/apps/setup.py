"""Makes, changes, lists and deletes apps: for mutations and commands alike. Whether the caller may is asked before."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from parallax.apps.loaders import APPS_OF_CLIENTS, AppKey, AppRecord
from parallax.db import Database
from parallax.errors import Conflict, InvalidParameter, NotFound
from parallax.ids import uuid7
from parallax.names import checked_name
from parallax.scopes import EVERYBODY, Scope, statement
from parallax.usage.removal import Tally, Told, apps_with_usage, remove_usage, to_nobody

HERE = str(Path(__file__).parent / "writing" / "_")
APPS_NAMED = statement(__file__, "apps_named")
CLIENT_HELD = statement(HERE, "client_held")
APP_ADD = statement(HERE, "app_add")
APP_CHANGE = statement(HERE, "app_change")
REMOVAL_HELD = statement(HERE, "removal_held")
WRITER_HELD = statement(HERE, "writer_held")
APP_REMOVAL = statement(HERE, "app_removal")
REMOVAL_DONE = statement(HERE, "removal_done")
NIL = UUID(int=0)
"""In `removal` it stands for the client itself: no app has it."""
PAGE = 1000


class RemovedApp(NamedTuple):
    """`name` is None when an earlier call had begun and did not come to its end."""

    name: str | None
    reports: int


async def create_app(db: Database, client: UUID, name: str, now: datetime, chosen_id: UUID | None = None) -> AppRecord:
    """The new app. Another client may have an app of the same id.

    Raises InvalidParameter (name, id), NotFound (client), Conflict for an id that the client has given already.
    """
    name = checked_name(name)
    if chosen_id == NIL:
        raise InvalidParameter("id", str(chosen_id), "is the nil UUID, which no app may have")
    app = chosen_id or uuid7(now)
    async with db.writing(Scope.of(client)) as transaction:
        held = await transaction.rows(CLIENT_HELD, client)
        if not held:
            raise NotFound(f"There is no client {client}.", details={"client": str(client)})
        if not await transaction.run(APP_ADD, client, app, name, now):
            raise Conflict(f"The client has an app with the id {app} already.", details={"id": str(app)})
        # After the insertion, which waited for a deletion under way: it is told by what that left behind.
        if await transaction.rows(REMOVAL_HELD, client, app):
            raise Conflict(
                f"The app {app} is still being deleted: `parallax app delete {app} --yes` brings that to its end.",
                details={"id": str(app)},
            )
    return AppRecord(AppKey(client, app), name, held[0]["time_zone"])


async def update_app(db: Database, key: AppKey, now: datetime, name: str | None = None) -> AppRecord:
    """The app as it is then; None keeps the name. Raises InvalidParameter (name), NotFound."""
    name = None if name is None else checked_name(name)
    async with db.writing(Scope.of(key.client)) as transaction:
        rows = await transaction.rows(APP_CHANGE, key.client, key.id, name, now)
    if not rows:
        raise missing(key.id)
    client, app, kept, zone = rows[0]
    return AppRecord(AppKey(client, app), kept, zone)


async def delete_app(db: Database, key: AppKey, now: datetime, told: Told = to_nobody) -> RemovedApp:
    """Deletes an app with all of its reports. From the first moment nobody sees it; stopped half-way, it may be called again.

    The users stay: they are the client's, and its other apps know them. Raises NotFound.
    """
    scope = Scope.of(key.client)
    async with db.writing(scope) as transaction:
        await transaction.rows(WRITER_HELD, key.client)
        rows = await transaction.rows(APP_REMOVAL, *key, now)
        if not rows and (key.id == NIL or not await transaction.rows(REMOVAL_HELD, *key)):
            raise missing(key.id)
    tally = Tally((await apps_with_usage(db, key.client)).get(key.id, 0), told)
    await remove_usage(db, *key, tally)
    async with db.writing(scope) as transaction:
        await transaction.run(REMOVAL_DONE, *key)
    return RemovedApp(rows[0]["name"] if rows else None, tally.done)


async def all_apps(db: Database, client: UUID) -> list[AppRecord]:
    """A client's apps by name."""
    found: list[AppRecord] = []
    while True:
        names, ids = ([found[-1].name], [found[-1].key.id]) if found else ([None], [None])
        rows = await db.rows(Scope.of(client), APPS_OF_CLIENTS, [client], names, ids, None, PAGE)
        found += [AppRecord(AppKey(row["client_id"], row["id"]), row["name"], row["time_zone"]) for row in rows]
        if len(rows) < PAGE:
            return found


async def app_by_uuid(db: Database, app: UUID, client: UUID | None = None) -> AppKey:
    """The one app of this UUID over all clients: for an operator. Raises NotFound, Conflict where several clients have it."""
    clients = [row["client_id"] for row in await db.rows(EVERYBODY, APPS_NAMED, app, client)]
    if not clients:
        raise missing(app)
    if len(clients) > 1:
        raise Conflict(
            f"Several clients have an app {app}: say which with --client, one of {', '.join(map(str, clients))}."
        )
    return AppKey(clients[0], app)


def missing(app: UUID) -> NotFound:
    return NotFound(f"There is no app {app}.", details={"id": str(app)})
