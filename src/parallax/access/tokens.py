"""API tokens: made once, stored hashed, looked up at each request, so that a revoked one opens nothing any more."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from parallax.access.viewer import Role, Viewer
from parallax.db import Database, Record, deadline, statements
from parallax.errors import ParallaxError, Unauthenticated
from parallax.scopes import EVERYBODY, Scope, statement

TOKEN_BY_HASH = statement(__file__, "token_by_hash")
TOKEN_USED = statement(__file__, "token_used")
SHAPE = re.compile(r"plx_[A-Za-z0-9_-]{43}")
USED_EVERY = timedelta(minutes=1)
REFUSED = "The token is unknown, expired or revoked: send `Authorization: Bearer <token>` with one that is valid."


def new_secret() -> str:
    """256 random bits; shown once, never stored."""
    return "plx_" + secrets.token_urlsafe(32)


def hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def bearer(header: str | None) -> str:
    """The token of an Authorization header; Unauthenticated for anything else."""
    if not header:
        raise Unauthenticated("No token: send `Authorization: Bearer <token>` (`parallax token create` makes one).")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not SHAPE.fullmatch(token.strip()):
        raise Unauthenticated(REFUSED)
    return token.strip()


class Tokens:
    """Looks callers up; tells the database now and then that a token was used."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._telling: set[asyncio.Task[None]] = set()
        self._told: dict[UUID, datetime] = {}

    async def viewer(self, token: str, now: datetime) -> Viewer:
        """The caller that a bearer token stands for."""
        rows = await self._db.rows(None, TOKEN_BY_HASH, hashed(token))
        if not rows or (rows[0]["expires_at"] is not None and rows[0]["expires_at"] <= now):
            raise Unauthenticated(REFUSED)
        row = rows[0]
        self._used(row, now)
        roles = {client: Role(role) for client, role in zip(row["clients"], row["roles"], strict=True)}
        return Viewer(row["id"], row["name"], roles, row["is_operator"], row["expires_at"])

    def _used(self, row: Record, now: datetime) -> None:
        last = max(filter(None, (row["last_used_at"], self._told.get(row["id"]))), default=None)
        if last is not None and now - last < USED_EVERY:
            return
        if len(self._told) > 10_000:
            self._told.clear()
        self._told[row["id"]] = now
        task = asyncio.create_task(self._tell(row["id"], row["clients"], row["is_operator"], now))
        self._telling.add(task)  # a task that nobody holds may be collected before it ran
        task.add_done_callback(self._telling.discard)

    async def _tell(self, token: UUID, clients: Sequence[UUID], is_operator: bool, now: datetime) -> None:
        # A task inherits its maker's context; this one is no part of the request any more.
        statements.set(None)
        deadline.set(None)
        scope = EVERYBODY if is_operator else Scope(frozenset(clients))
        try:
            async with self._db.writing(scope) as transaction:
                await transaction.run(TOKEN_USED, token, now)
        except ParallaxError:
            self._told.pop(token, None)  # told again at the next request

    async def settled(self) -> None:
        """Returns when everything is told: before the database is closed."""
        await asyncio.gather(*self._telling)
