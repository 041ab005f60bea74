"""`parallax token …`: what callers of the API show."""

from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from cyclopts import App, Parameter

from parallax.commands.arguments import ClientId, ClientIds, Instant, Json, TokenId, Wishes
from parallax.commands.listing import show
from parallax.commands.running import run, say

if TYPE_CHECKING:
    from datetime import datetime

    from parallax.clients.tokens import ListedToken
    from parallax.db import Database

app = App(name="token", help="Make, list and revoke API tokens.", help_format="plaintext")
COLUMNS = (
    "id",
    "name",
    "state",
    "opens",
    "storedOnly",
    "ingestOnly",
    "quotaLow",
    "createdAt",
    "expiresAt",
    "lastUsedAt",
)


def _whose(
    client: tuple[UUID, ...] = (),
    role: str | None = None,
    operator: bool = False,
    ingest_only: bool = False,
    **_: object,
) -> None:
    if ingest_only:
        if operator or not client:
            raise ValueError("--ingest-only opens the clients of --client: give one or more, without --operator")
        if role not in (None, "editor"):
            raise ValueError("--ingest-only is for sending alone: give it without --role")
        return
    if operator and (client or role is not None):
        raise ValueError("--operator opens every client as ADMIN: give it without --client and --role")
    if not operator and not client:
        raise ValueError("give --client (once or more often) with --role, or --operator")
    if not operator and role is None:
        raise ValueError("--client needs --role viewer, editor or admin")


@app.command(validator=_whose)
def create(
    *,
    client: Annotated[
        ClientIds, Parameter(help="UUID or global id of a client that it opens; may be given several times.")
    ] = (),
    role: Annotated[
        Literal["viewer", "editor", "admin"] | None,
        Parameter(help="viewer reads; editor also sends data; admin also sets up and makes tokens."),
    ] = None,
    operator: Annotated[
        bool,
        Parameter(
            negative=(), show_default=False, help="ADMIN of every client, those to come included; may make clients."
        ),
    ] = False,
    stored_only: Annotated[
        bool,
        Parameter(
            negative=(), show_default=False, help="It runs operations of the folder PARALLAX_OPERATIONS and no others."
        ),
    ] = False,
    ingest_only: Annotated[
        bool,
        Parameter(
            negative=(), show_default=False, help="It sends and reads nothing: to be public in a page or a mobile app."
        ),
    ] = False,
    quota_low: Annotated[
        Wishes,
        Parameter(
            help="VENDOR=stale, null or refuse: what it gets of that vendor while little is left of its quota; may be given "
            "several times. Absent: stale, an older answer where there is one."
        ),
    ] = (),
    name: Annotated[str, Parameter(help="What it is for.")] = "token",
    expires: Annotated[
        Instant | None,
        Parameter(help="An instant (2027-01-31T18:00:00Z), a day (to its end in UTC) or a span (36h, 90d, 12w)."),
    ] = None,
) -> None:
    """Make a token and print it once, on the last line: it is stored hashed and cannot be shown again.

    Example: parallax token create --client 018f0000-0000-7000-8000-000000000001 --role viewer --name dashboard --expires 90d

    Exit codes: 0 done, 1 failed or refused, 2 wrong usage.
    """
    from datetime import UTC, datetime

    from parallax.access.viewer import Role
    from parallax.clients.tokens import create_operator, create_token

    async def verb(db: "Database") -> None:
        now = datetime.now(UTC)
        if operator:
            made = await create_operator(db, name, now, expires, stored_only=stored_only, when_low=dict(quota_low))
        else:
            roles = dict.fromkeys(client, Role[(role or "editor").upper()])
            made = await create_token(
                db,
                roles,
                name,
                now,
                expires,
                stored_only=stored_only,
                ingest_only=ingest_only,
                when_low=dict(quota_low),
            )
        until = (
            "never expires"
            if made.expires_at is None
            else f"expires at {made.expires_at.isoformat(timespec='seconds')}"
        )
        say(f"Made the token {made.name}, id {made.id}; it {until}. Keep it safe: it is not shown again.")
        print(made.secret)

    run(verb)


@app.command(name="list")
def list_(
    *,
    client: Annotated[ClientId | None, Parameter(help="Only those that open this client.")] = None,
    as_json: Json = False,
) -> None:
    """List tokens, newest first: revoked and expired ones too, never their secrets.

    Example: parallax token list --client 018f0000-0000-7000-8000-000000000001

    Exit codes: 0 done, 1 failed or no such client, 2 wrong usage.
    """
    from datetime import UTC, datetime

    from parallax.clients.setup import client_by_id
    from parallax.clients.tokens import list_tokens

    async def verb(db: "Database") -> None:
        if client is not None:
            await client_by_id(db, client)
        now = datetime.now(UTC)
        show(COLUMNS, [_row(token, now) for token in await list_tokens(db, client)], as_json=as_json)

    run(verb)


@app.command
def revoke(id: Annotated[TokenId, Parameter(help="Id of the token, as `token list` shows it.")]) -> None:
    """Revoke a token for all that it opens: it is refused from the next request on. Repeating it changes nothing.

    Example: parallax token revoke 018f0000-0000-7000-8000-00000000000f

    Exit codes: 0 done, 1 failed or no such token, 2 wrong usage.
    """
    from datetime import UTC, datetime

    from parallax.clients.tokens import revoke_token

    async def verb(db: "Database") -> None:
        await revoke_token(db, id, datetime.now(UTC))
        say(f"Revoked the token {id}.")

    run(verb)


def _row(token: "ListedToken", now: "datetime") -> dict[str, object]:
    opens: object = {str(client): role.value for client, role in token.roles.items()}
    return {
        "id": token.id,
        "name": token.name,
        "state": "revoked"
        if token.revoked_at
        else "expired"
        if token.expires_at and token.expires_at <= now
        else "valid",
        "opens": "every client" if token.is_operator else opens,
        "storedOnly": token.stored_only,
        "ingestOnly": token.ingest_only,
        "quotaLow": {vendor.lower(): wish.name.lower() for vendor, wish in token.when_low.items()},
        "createdAt": token.created_at,
        "expiresAt": token.expires_at,
        "lastUsedAt": token.last_used_at,
        "revokedAt": token.revoked_at,
    }
