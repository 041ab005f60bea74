"""API tokens: made once, stored hashed, looked up at each request, so that a revoked one opens nothing any more."""

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from parallax.access.viewer import Role, Viewer, WhenLow
from parallax.db import Database, Record, deadline, statements
from parallax.errors import ParallaxError, Unauthenticated
from parallax.scopes import EVERYBODY, Scope, statement

TOKEN_BY_HASH = statement(__file__, "token_by_hash")
TOKEN_USED = statement(__file__, "token_used")
BEARER = re.compile(r"(?i:bearer) +([A-Za-z0-9._~+/=-]+) *")
SHAPE = re.compile(r"plx_[A-Za-z0-9_-]{43}")
USED_EVERY = timedelta(minutes=1)
UNKNOWN_S = 1.0
MOST_UNKNOWN = 1000
REFUSED = "The token is unknown, expired or revoked: send `Authorization: Bearer <token>` with one that is valid."


def new_secret() -> str:
    """256 random bits; shown once, never stored."""
    return "plx_" + secrets.token_urlsafe(32)


def hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def wishes(stored: str) -> dict[str, WhenLow]:
    """By vendor."""
    return {vendor: WhenLow(wish) for vendor, wish in orjson.loads(stored).items()}


def bearer(header: str | None) -> str:
    """What an Authorization header carries, of whatever kind; Unauthenticated unless it is one thing, by the one scheme.

    A header that was sent twice is joined by a comma, which no token has.
    """
    if not header:
        raise Unauthenticated("No token: send `Authorization: Bearer <token>` (`parallax token create` makes one).")
    found = BEARER.fullmatch(header)
    if found is None:
        raise Unauthenticated(REFUSED)
    return found[1]


class Tokens:
    """Looks callers up; tells the database now and then that a token was used."""

    def __init__(self, db: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._db, self._clock = db, clock
        self._telling: set[asyncio.Task[None]] = set()
        self._told: dict[UUID, datetime] = {}
        self._unknown: dict[bytes, float] = {}

    async def viewer(self, token: str, now: datetime) -> Viewer:
        """The caller that a bearer token stands for."""
        digest = hashed(token)
        if SHAPE.fullmatch(token) is None or self._was_unknown(digest):
            raise Unauthenticated(REFUSED)
        rows = await self._db.rows(None, TOKEN_BY_HASH, digest)
        if not rows:
            self._note_unknown(digest)
            raise Unauthenticated(REFUSED)
        row = rows[0]
        if row["expires_at"] is not None and row["expires_at"] <= now:
            raise Unauthenticated(REFUSED)
        self._used(row, now)
        roles = {client: Role(role) for client, role in zip(row["clients"], row["roles"], strict=True)}
        return Viewer(
            row["id"],
            row["name"],
            roles,
            row["is_operator"],
            row["expires_at"],
            stored_only=row["stored_only"],
            ingest_only=row["ingest_only"],
            when_low=wishes(row["when_low"]),
        )

    def _was_unknown(self, digest: bytes) -> bool:
        """A moment ago, so that one wrong token sent over and over costs the database a question a second.

        A token that is made in that moment was never asked for before: its secret is drawn by lot.
        """
        at = self._unknown.get(digest)
        return at is not None and self._clock() - at < UNKNOWN_S

    def _note_unknown(self, digest: bytes) -> None:
        if len(self._unknown) >= MOST_UNKNOWN:
            self._unknown.clear()
        self._unknown[digest] = self._clock()

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
