"""Takes usage away for good, in batches: each a short transaction, so that it may be stopped and taken up again.

Only for apps that nobody sees any more (see the table `removal`): a half of them must never be read as the whole.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

from parallax.db import Database
from parallax.scopes import Scope, statement

HERE = str(Path(__file__).parent / "writing" / "_")
APPS_WITH_USAGE = statement(HERE, "apps_with_usage")
REPORTS_BATCH = statement(HERE, "reports_batch")
REPORTS_REMOVE = statement(HERE, "reports_remove")
DAYS_REMOVE = statement(HERE, "days_remove")
BLOCKS_REMOVE = statement(HERE, "blocks_remove")
BATCH = 20_000
"""Rows of one transaction."""

FIRST, LAST = (date.min, 0), (date.max, 2**31 - 1)
"""Day and user before and behind every report."""

Told: TypeAlias = Callable[[int, int | None], None]
"""Hears of rows done and rows in all."""


def to_nobody(_done: int, _total: int | None) -> None:
    """For those who need not know how far it is."""


class Tally:
    """Rows that are gone, out of those that shall go."""

    def __init__(self, total: int, told: Told) -> None:
        self.done = 0
        self._total, self._told = total, told

    def add(self, rows: int) -> None:
        self.done += rows
        self._told(self.done, self._total)


async def apps_with_usage(db: Database, client: UUID) -> dict[UUID, int]:
    """How many reports are left of each app, also of those that are apps no longer."""
    async with db.writing(Scope.of(client)) as transaction:
        rows = await transaction.rows(APPS_WITH_USAGE, client)
    return {row["application_id"]: row["reports"] for row in rows}


async def remove_usage(db: Database, client: UUID, app: UUID, tally: Tally) -> None:
    """Reports, daily sums and blocks of one app; the users stay, for they are the client's."""
    scope, place = Scope.of(client), FIRST
    while place != LAST:
        async with db.writing(scope) as transaction:
            batch = await transaction.rows(REPORTS_BATCH, client, app, *place, BATCH)
            ends = (batch[0]["activity_date"], batch[0]["user_id"]) if batch else LAST
            rows = await transaction.run(REPORTS_REMOVE, client, app, *place, *ends)
            if batch:
                # The sums of the days that are done go along: what is left of them tells how many rows are left.
                await transaction.run(DAYS_REMOVE, client, app, ends[0])
            else:
                await transaction.run(DAYS_REMOVE, client, app, None)
                await transaction.run(BLOCKS_REMOVE, client, app)
        place = ends
        tally.add(rows)
