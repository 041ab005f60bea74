"""Makes, lists and revokes API tokens: for mutations and commands alike. Whether the caller may is asked before."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from parallax.access.tokens import hashed, new_secret, wishes
from parallax.access.viewer import Role, WhenLow
from parallax.clients.loaders import TokenRecord
from parallax.clients.setup import missing
from parallax.db import Database, Transaction
from parallax.errors import InvalidParameter, NotFound
from parallax.ids import uuid7
from parallax.names import checked_name
from parallax.scopes import EVERYBODY, Scope, statement

HERE = str(Path(__file__).parent / "writing" / "_")
TOKENS_BY_ID = statement(__file__, "tokens_by_id")
TOKENS_LISTED = statement(__file__, "tokens_listed")
CLIENTS_HELD = statement(HERE, "clients_held")
TOKEN_ADD = statement(HERE, "token_add")
GRANTS_ADD = statement(HERE, "grants_add")
TOKEN_REVOKE = statement(HERE, "token_revoke")
GRANTS_REVOKE = statement(HERE, "grants_revoke")
NO_WISHES: Final[Mapping[str, WhenLow]] = {}


class NewToken(NamedTuple):
    """`secret` is nowhere else: what is stored is its hash. `when_low` by vendor; STALE for one that is not named."""

    id: UUID
    name: str
    secret: str
    stored_only: bool
    ingest_only: bool
    when_low: Mapping[str, WhenLow]
    created_at: datetime
    expires_at: datetime | None


class ListedToken(NamedTuple):
    """`roles` by client; none for an operator's."""

    id: UUID
    name: str
    is_operator: bool
    stored_only: bool
    ingest_only: bool
    when_low: Mapping[str, WhenLow]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    roles: Mapping[UUID, Role]


async def create_token(
    db: Database,
    roles: Mapping[UUID, Role],
    name: str,
    now: datetime,
    expires_at: datetime | None = None,
    *,
    stored_only: bool = False,
    ingest_only: bool = False,
    when_low: Mapping[str, WhenLow] = NO_WISHES,
) -> NewToken:
    """A token that opens these clients. Raises InvalidParameter (name, expiresAt, client, role), NotFound (client)."""
    if not roles:
        raise InvalidParameter("client", None, "a token opens one client or more")
    other = next((role for role in roles.values() if ingest_only and role is not Role.EDITOR), None)
    if other is not None:  # it is made to be public: a role that says more than it may do would mislead
        raise InvalidParameter("role", other.value, "must be EDITOR for a token that only sends")
    token = _new(name, now, expires_at, when_low, stored_only=stored_only, ingest_only=ingest_only)
    async with db.writing(Scope(frozenset(roles))) as transaction:
        held = {row["id"] for row in await transaction.rows(CLIENTS_HELD, list(roles))}
        for client in roles:
            if client not in held:
                raise missing(client, "client")
        await _add(transaction, token, is_operator=False)
        await transaction.run(GRANTS_ADD, token.id, list(roles), [role.value for role in roles.values()])
    return token


async def create_operator(
    db: Database,
    name: str,
    now: datetime,
    expires_at: datetime | None = None,
    *,
    stored_only: bool = False,
    when_low: Mapping[str, WhenLow] = NO_WISHES,
) -> NewToken:
    """A token that is ADMIN of all clients, those to come included. Raises InvalidParameter (name, expiresAt)."""
    token = _new(name, now, expires_at, when_low, stored_only=stored_only, ingest_only=False)
    async with db.writing(EVERYBODY) as transaction:
        await _add(transaction, token, is_operator=True)
    return token


def _new(
    name: str,
    now: datetime,
    expires_at: datetime | None,
    when_low: Mapping[str, WhenLow],
    *,
    stored_only: bool,
    ingest_only: bool,
) -> NewToken:
    ends = _to_come(expires_at, now)
    return NewToken(uuid7(now), checked_name(name), new_secret(), stored_only, ingest_only, when_low, now, ends)


async def _add(transaction: Transaction, token: NewToken, *, is_operator: bool) -> None:
    await transaction.run(
        TOKEN_ADD,
        token.id,
        token.name,
        hashed(token.secret),
        is_operator,
        token.created_at,
        token.expires_at,
        token.stored_only,
        token.ingest_only,
        orjson.dumps({vendor: wish.value for vendor, wish in token.when_low.items()}).decode(),
    )


def _to_come(expires_at: datetime | None, now: datetime) -> datetime | None:
    """The instant as the database gives it back: in UTC."""
    if expires_at is None:
        return None
    if expires_at <= now:
        told = now.isoformat(timespec="seconds")
        raise InvalidParameter("expiresAt", expires_at.isoformat(), f"must be later than now ({told})")
    try:
        return expires_at.astimezone(UTC)
    except OverflowError:
        raise InvalidParameter("expiresAt", expires_at.isoformat(), "must be in the year 9999 at the latest") from None


async def revoke_token(db: Database, token: UUID, now: datetime, clients: Collection[UUID] | None = None) -> None:
    """From the next request on it opens none of `clients`; without them none at all. The first time is kept.

    A token that opens no client any more is no token. Raises NotFound.
    """
    if clients is None:
        async with db.writing(EVERYBODY) as transaction:
            changed = await transaction.run(TOKEN_REVOKE, token, now)
    else:
        async with db.writing(Scope(frozenset(clients))) as transaction:
            changed = await transaction.run(GRANTS_REVOKE, token, list(clients), now)
    if not changed:
        raise NotFound(f"There is no token {token}.", details={"id": str(token)})


async def token_in(db: Database, token: UUID, clients: Collection[UUID] | None) -> list[TokenRecord]:
    """The token as each of these clients sees it, or all of them: empty for an operator's, and for none."""
    scope = EVERYBODY if clients is None else Scope(frozenset(clients))
    rows = await db.rows(scope, TOKENS_BY_ID, token, None if clients is None else list(clients))
    return [TokenRecord(client, id, name, Role(role), *rest) for client, id, name, role, *rest in rows]


async def list_tokens(db: Database, client: UUID | None = None) -> list[ListedToken]:
    """Every token, or those that open `client`, newest first: for an operator. Revoked and expired ones are among them."""
    rows = await db.rows(EVERYBODY, TOKENS_LISTED, client)
    return [
        ListedToken(
            row["id"],
            row["name"],
            row["is_operator"],
            row["stored_only"],
            row["ingest_only"],
            wishes(row["when_low"]),
            row["created_at"],
            row["expires_at"],
            row["last_used_at"],
            row["revoked_at"],
            dict(zip(row["clients"], map(Role, row["roles"]), strict=True)),
        )
        for row in rows
    ]
