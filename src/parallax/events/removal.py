"""Takes all events of a client away for good, in batches: each a short transaction, so that it may be taken up again.

Only for a client that nobody sees any more (see the table `removal`).
"""

from pathlib import Path
from typing import Final
from uuid import UUID

from parallax.db import Database
from parallax.engine.merging import folding
from parallax.scopes import Scope, statement

HERE = str(Path(__file__).parent / "writing" / "_")
SEGMENTS_REMOVE = statement(HERE, "segments_remove")
# What is derived goes before what it is derived from, and the names of things at last.
ROWS_REMOVE = [
    statement(HERE, "rows_remove", table=table)
    for table in (
        "event_day",
        "session_block",
        "timeline",
        "timeline_state",
        "trait",
        "counted_value",
        "counted_field",
        "event_tail",
        "erasure",
        "event_load",
        "session_id",
        "event_name",
        "app_number",
    )
]
DAYS: Final = 7
ROWS: Final = 5_000


async def remove_events(db: Database, client: UUID) -> None:
    """Batches, days, sessions, traits, loads, erasures and names; the users' ids are not among them."""
    scope = Scope.of(client)
    async with db.writing(scope) as transaction:
        await folding(transaction, client)  # one that is under way ends, another finds no client
    for remove in ROWS_REMOVE:
        left = True
        while left:
            async with db.writing(scope) as transaction:
                left = bool(await transaction.run(remove, client, ROWS))
    left = True
    while left:
        async with db.writing(scope) as transaction:
            left = bool(await transaction.run(SEGMENTS_REMOVE, client, DAYS))
