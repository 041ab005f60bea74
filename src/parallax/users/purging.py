"""Takes the rows of erased users away: a day at a time, each a transaction.

Stopped, it is taken up again: what is done is done. What PostgreSQL keeps of a row that is gone goes with its vacuum; its
write-ahead log and your backups age out by their own clock.
"""

from pathlib import Path
from typing import Final
from uuid import UUID

from parallax.db import Database
from parallax.engine.purging import days_stored, purge_day
from parallax.engine.settling import settle
from parallax.scopes import Scope, statement
from parallax.users.layers import Count, loaded_layers, stored

HERE = str(Path(__file__).parent / "writing" / "_")
ERASURES_WAITING = statement(HERE, "erasures_waiting")
ERASURE_DONE = statement(HERE, "erasure_done")
EVENTS_STORED = statement(HERE, "events_stored")
SMALL: Final = 1_000_000
"""Events that are looked through while somebody waits."""


async def purge(db: Database, client: UUID) -> int:
    """Purges all users of the client that are erased and still have rows. How many erasures that were."""
    scope = Scope.of(client)
    async with db.writing(scope) as transaction:
        waiting = await transaction.rows(ERASURES_WAITING, client)
        days = await days_stored(transaction, client) if waiting else []
    ids = {actor for row in waiting for actor in row["actors"]}
    for stream, day in days:
        async with db.writing(scope) as transaction:
            await purge_day(transaction, client, stream, day, ids)
    if waiting:
        await settle(db, client)
    for row in waiting:
        async with db.writing(scope) as transaction:
            count = Count(transaction, client, row["actors"])
            layers = [layer._replace(after=await count.of(layer.name)) for layer in loaded_layers(row["layers"])]
            await transaction.run(ERASURE_DONE, client, row["id"], stored(layers))
    return len(waiting)


async def purge_if_small(db: Database, client: UUID) -> None:
    async with db.writing(Scope.of(client)) as transaction:
        [row] = await transaction.rows(EVENTS_STORED, client)
    if row["events"] <= SMALL:
        await purge(db, client)
