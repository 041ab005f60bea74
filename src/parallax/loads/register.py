"""Loads: each file that is loaded has an id, by which it can be taken back, and how far it is stored."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from parallax.db import Database
from parallax.errors import Conflict, NotFound
from parallax.ids import uuid7
from parallax.scopes import Scope, statement

HERE = str(Path(__file__).parent / "_")
WRITING = str(Path(__file__).parent / "writing" / "_")
LOADS_OF_FILE = statement(HERE, "loads_of_file")
LOAD_BY_ID = statement(HERE, "load_by_id")
LOAD_ADD = statement(WRITING, "load_add")
LOAD_LINES_KEPT = statement(WRITING, "load_lines_kept")
LOAD_FINISHED = statement(WRITING, "load_finished")


@dataclass(frozen=True, slots=True)
class Load:
    """`lines` of the file are stored, those of an earlier start included. `finished_before`: the load that had it whole."""

    client: UUID
    id: UUID
    name: str
    lines: int = 0
    finished_before: UUID | None = None


async def begun(db: Database, client: UUID, name: str, fingerprint: bytes, now: datetime, *, anew: bool) -> Load:
    """A new load, or the one of the same file that was cut off. An empty fingerprint is no other's."""
    scope, finished = Scope.of(client), None
    if fingerprint and not anew:
        for row in await db.rows(scope, LOADS_OF_FILE, client, fingerprint):
            if row["finished_at"] is None and row["lines"]:
                return Load(client, row["id"], name, row["lines"])
            finished = row["id"] if row["finished_at"] else None
    load = Load(client, uuid7(now), name, finished_before=finished)
    async with db.writing(scope) as transaction:
        await transaction.run(LOAD_ADD, client, load.id, name[-500:], fingerprint)
    return load


async def lines_kept(db: Database, load: Load) -> int:
    """Raises Conflict for a load that somebody takes back meanwhile, NotFound for one that is gone with its client."""
    rows = await db.rows(Scope.of(load.client), LOAD_BY_ID, load.client, load.id)
    if not rows:
        raise NotFound(f"There is no load {load.id} of this client.")
    if rows[0]["undone_at"] is not None:
        raise Conflict(f"The load {load.id} was taken back.")
    lines: int = rows[0]["lines"]
    return lines


async def keep_lines(db: Database, load: Load, lines: int) -> None:
    async with db.writing(Scope.of(load.client)) as transaction:
        await transaction.run(LOAD_LINES_KEPT, load.client, load.id, lines)


async def finished(db: Database, load: Load) -> None:
    async with db.writing(Scope.of(load.client)) as transaction:
        await transaction.run(LOAD_FINISHED, load.client, load.id)
