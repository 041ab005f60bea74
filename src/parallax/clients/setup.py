"""Makes, changes, lists and deletes clients: for mutations and commands alike. Whether the caller may is asked before."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from parallax.clients.loaders import CLIENTS_BY_ID, CLIENTS_PAGE, ClientRecord
from parallax.clients.zones import checked_zone
from parallax.db import Database
from parallax.errors import Conflict, NotFound
from parallax.events.removal import remove_events
from parallax.ids import uuid7
from parallax.names import checked_name
from parallax.scopes import EVERYBODY, Scope, statement
from parallax.usage.removal import BATCH, Tally, Told, apps_with_usage, remove_usage, to_nobody

HERE = str(Path(__file__).parent / "writing" / "_")
CLIENT_ADD = statement(HERE, "client_add")
CLIENT_STATE_ADD = statement(HERE, "client_state_add")
CLIENT_CHANGE = statement(HERE, "client_change")
CLIENT_REMOVAL = statement(HERE, "client_removal")
CLIENT_APPS_REMOVE = statement(HERE, "client_apps_remove")
CLIENT_REMOVE = statement(HERE, "client_remove")
REMOVAL_OF_CLIENT = statement(HERE, "removal_of_client")
REMOVALS_OF_CLIENT_DONE = statement(HERE, "removals_of_client_done")
ORPHANS_REMOVE = statement(HERE, "orphans_remove")
ACTOR_COUNT = statement(HERE, "actor_count")
ACTORS_REMOVE = statement(HERE, "actors_remove")
NIL = UUID(int=0)
"""In `removal` it stands for the client itself."""
PAGE = 1000


class RemovedClient(NamedTuple):
    """`name` is None when an earlier call had begun and did not come to its end; `rows` are reports and users."""

    name: str | None
    rows: int


async def create_client(
    db: Database, name: str, time_zone: str, now: datetime, chosen_id: UUID | None = None
) -> ClientRecord:
    """The new client. `chosen_id` is for data that is always the same, as a demonstration's.

    Raises InvalidParameter (name, timeZone), Conflict for an id that is taken.
    """
    client = ClientRecord(chosen_id or uuid7(now), checked_name(name), checked_zone(time_zone))
    async with db.writing(Scope.of(client.id)) as transaction:
        if not await transaction.run(CLIENT_ADD, *client, now):
            raise Conflict(f"There is a client {client.id} already.", details={"id": str(client.id)})
        if await transaction.rows(REMOVAL_OF_CLIENT, client.id, NIL):
            raise Conflict(
                f"The client {client.id} is still being deleted: `parallax client delete {client.id} --yes` brings that "
                "to its end.",
                details={"id": str(client.id)},
            )
        await transaction.run(CLIENT_STATE_ADD, client.id)
    return client


async def update_client(
    db: Database, client: UUID, now: datetime, name: str | None = None, time_zone: str | None = None
) -> ClientRecord:
    """The client as it is then; None keeps. Usage is by day already: a new zone only moves what is today (U1).

    Raises InvalidParameter (name, timeZone), NotFound.
    """
    name = None if name is None else checked_name(name)
    time_zone = None if time_zone is None else checked_zone(time_zone)
    async with db.writing(Scope.of(client)) as transaction:
        rows = await transaction.rows(CLIENT_CHANGE, client, name, time_zone, now)
    if not rows:
        raise missing(client)
    return ClientRecord(*rows[0])


async def delete_client(db: Database, client: UUID, now: datetime, told: Told = to_nobody) -> RemovedClient:
    """Deletes a client with its apps, reports, events, users, and the tokens that open nothing else.

    The first transaction takes the client, its apps and its grants from everybody, so that no half of it is ever read;
    the rows follow in batches. Stopped half-way, it may be called again. Raises NotFound.
    """
    scope = Scope.of(client)
    async with db.writing(scope) as transaction:
        rows = await transaction.rows(CLIENT_REMOVAL, client, NIL, now)
        if not rows and not await transaction.rows(REMOVAL_OF_CLIENT, client, NIL):
            raise missing(client)
        await transaction.run(CLIENT_APPS_REMOVE, client)
        await transaction.run(CLIENT_REMOVE, client)
    # Only an operator's scope sees what else a token opens.
    async with db.writing(EVERYBODY) as transaction:
        await transaction.run(ORPHANS_REMOVE, client)
    apps = await apps_with_usage(db, client)
    async with db.writing(scope) as transaction:
        [count] = await transaction.rows(ACTOR_COUNT, client)
    tally = Tally(sum(apps.values()) + count["actors"], told)
    for app in apps:
        await remove_usage(db, client, app, tally)
    await remove_events(db, client)
    await _remove_actors(db, client, count["last"], tally)
    async with db.writing(scope) as transaction:
        await transaction.run(REMOVALS_OF_CLIENT_DONE, client)
    return RemovedClient(rows[0]["name"] if rows else None, tally.done)


async def _remove_actors(db: Database, client: UUID, last: int, tally: Tally) -> None:
    for after in range(0, last, BATCH):
        async with db.writing(Scope.of(client)) as transaction:
            rows = await transaction.run(ACTORS_REMOVE, client, after, after + BATCH)
        tally.add(rows)


async def all_clients(db: Database) -> list[ClientRecord]:
    """Every client by name: for an operator."""
    found: list[ClientRecord] = []
    while True:
        name, last = (found[-1].name, found[-1].id) if found else (None, None)
        rows = await db.rows(EVERYBODY, CLIENTS_PAGE, None, name, last, PAGE)
        found += [ClientRecord(*row) for row in rows]
        if len(rows) < PAGE:
            return found


async def client_by_id(db: Database, client: UUID) -> ClientRecord:
    """Raises NotFound."""
    rows = await db.rows(Scope.of(client), CLIENTS_BY_ID, [client])
    if not rows:
        raise missing(client)
    return ClientRecord(*rows[0])


def missing(client: UUID, argument: str = "id") -> NotFound:
    return NotFound(f"There is no client {client}.", details={argument: str(client)})
