"""Users in a database of one's own, and what became of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from parallax.db import Database
from parallax.engine.bitmaps import deserialized
from parallax.engine.traits import trait_bitmaps_of
from parallax.scopes import Scope, Statement
from parallax.users.declared import Declared, read
from parallax.users.identify import Identified, identify
from tests.engine.seeding import empty
from tests.seeds import VOID

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
ADDED = Statement(
    "ids_put",
    "insert into actor (client_id, actor_id, external_id) select $1, * from unnest($2::integer[], $3::text[])",
)
NEXT = Statement("next_put", "update client_state set next_actor = greatest(next_actor, $2) where client_id = $1")
IDS = Statement("ids_seen", "select * from actor where client_id = $1 order by external_id")
TRAITS = Statement("traits_seen", "select name, value, users, bits from trait where client_id = $1")
NO_TRAITS = Statement("traits_emptied", "delete from trait where client_id = $1")


async def people(db: Database, names: Sequence[str], client: UUID = VOID) -> None:
    """An empty client but for ids, numbered from 1 on."""
    await empty(db, client)
    async with db.writing(Scope.of(client)) as transaction:
        await transaction.run(NO_TRAITS, client)
        await transaction.run(ADDED, client, list(range(1, len(names) + 1)), list(names))
        await transaction.run(NEXT, client, len(names) + 1)


async def declare(db: Database, *rows: Mapping[str, Any], client: UUID = VOID) -> Identified:
    """Rows as they are sent."""
    told = [read(place, row) for place, row in enumerate(rows)]
    declared = [row for row in told if isinstance(row, Declared)]
    assert len(declared) == len(told), told
    return await identify(db, Scope.of(client), client, declared, NOW)


async def belongs(db: Database, client: UUID = VOID) -> dict[str, str]:
    """Of each id, whose it is."""
    rows = await db.rows(Scope.of(client), IDS, client)
    names = {row["actor_id"]: row["external_id"] for row in rows}
    return {row["external_id"]: names[row["canonical"] or row["actor_id"]] for row in rows}


async def users_by_trait(db: Database, client: UUID = VOID) -> dict[tuple[str, str], set[str]]:
    """As it is kept; and that is what the ids' own traits come to."""
    ids = await db.rows(Scope.of(client), IDS, client)
    rows = await db.rows(Scope.of(client), TRAITS, client)
    kept = {(row["name"], row["value"]): deserialized(row["bits"]) for row in rows}
    assert kept == trait_bitmaps_of((row["actor_id"], row["canonical"], row["traits"]) for row in ids)
    assert [row["users"] for row in rows] == [len(deserialized(row["bits"])) for row in rows]
    names = {row["actor_id"]: row["external_id"] for row in ids}
    return {key: {names[actor] for actor in bits} for key, bits in kept.items()}
