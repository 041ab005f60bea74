"""Answers out of what is kept, for which one statement is enough: it reads numbers of days, and where the clients stand.

While they stand as they are known to, whatever else is kept of them is right too (all of it is kept by version), so that no
transaction is needed to see one instant. Most questions of a dashboard are such.
"""

import math
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from parallax.db import Database, Record, Transaction
from parallax.engine.known import Known
from parallax.engine.standing import Standing
from parallax.scopes import Scope, Statement

DAYS_AT_STANDING = "days_at_standing"
"""The one statement that tells both."""


class Elsewhere(Exception):
    """A glance is not enough: a client has moved on, or more than days of events is asked for."""


class Glance(Transaction):
    """Single statements in the place of a transaction's. `seen` are the clients that were found to stand as is known."""

    def __init__(self, db: Database, scope: Scope, known: Mapping[UUID, Known]) -> None:
        super().__init__(None, math.inf)
        self._db, self._scope, self._known = db, scope, known
        self.seen: set[UUID] = set()

    async def rows(self, asked: Statement, *values: Any) -> list[Record]:
        if asked.name != DAYS_AT_STANDING:
            raise Elsewhere
        rows = await self._db.rows(self._scope, asked, *values)
        clients = {row["client_id"]: row for row in rows}
        for client, row in clients.items():
            if Standing(*tuple(row)[1:10]) != self._known[client].standing:
                raise Elsewhere
        self.seen |= clients.keys()
        return [row for row in rows if row["day"] is not None]
