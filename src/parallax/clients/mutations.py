"""Set-up of clients and tokens, as the graph offers it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from parallax.access.viewer import Role
from parallax.clients import setup, tokens
from parallax.clients.graph import ApiToken, Client
from parallax.clients.loaders import TokenRecord
from parallax.context import Context, Info
from parallax.errors import Forbidden, NotFound
from parallax.ids import bare_uuid, parse
from parallax.naming import client_named
from parallax.payloads import WANTED, Payload, Refusals, not_null


@strawberry.input(description="A client to make.")
class ClientCreateInput:
    name: str = strawberry.field(description="1 to 200 characters, not counting blanks around it; need not be unique.")
    time_zone: str | None = strawberry.field(
        default="UTC", description="IANA name, as Europe/Berlin: every Date of the client is a day in this zone."
    )


@strawberry.type(description="What became of clientCreate.")
class ClientCreatePayload(Payload):
    client: Client | None = strawberry.field(default=None, description="The new client; null when refused.")


@strawberry.input(description="What to change of a client. What is left out stays as it is.")
class ClientUpdateInput:
    id: strawberry.ID = strawberry.field(description="The client, by global id or bare UUID.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its new name, 1 to 200 characters; not null."
    )
    time_zone: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Its new zone, an IANA name; not null. Days of events are cut anew, old ones too (T11); usage reports are "
        "by day already and keep their days.",
    )


@strawberry.type(description="What became of clientUpdate.")
class ClientUpdatePayload(Payload):
    client: Client | None = strawberry.field(default=None, description="The client as it is now; null when refused.")


@strawberry.input(description="A token to make.")
class TokenCreateInput:
    client: strawberry.ID = strawberry.field(description="The client that it opens, by global id or bare UUID.")
    role: Role = strawberry.field(description="What it may do for the client.")
    name: str = strawberry.field(description="What it is for, 1 to 200 characters.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it stops to work, an instant to come; null: never."
    )
    stored_only: bool | None = strawberry.field(
        default=False,
        description="Whether it runs the operations stored with the gateway, and no others. Who asks with such a token "
        "makes only such tokens.",
    )
    ingest_only: bool | None = strawberry.field(
        default=False,
        description="Whether it may send and read nothing, so that it can stand in a page or a mobile app for all to see: it "
        "runs eventsTrack, logsTrack, usageTrack and usersIdentify, and opens POST /v1/events. Its role is EDITOR. Who has "
        "it may also declare ids to be one user's (usersIdentify).",
    )


@strawberry.type(description="What became of tokenCreate.")
class TokenCreatePayload(Payload):
    token: ApiToken | None = strawberry.field(default=None, description="The new token; null when refused.")
    secret: str | None = strawberry.field(
        default=None,
        description="What to send as `Authorization: Bearer …`. Shown this once: it is stored hashed. Null when refused.",
    )


@strawberry.type(description="What became of tokenRevoke.")
class TokenRevokePayload(Payload):
    token: ApiToken | None = strawberry.field(default=None, description="The token as it is now; null when refused.")


@strawberry.type
class ClientMutations:
    @strawberry.mutation(description="Makes a client. Needs an operator's token.", extensions=[Refusals()])
    async def client_create(self, info: Info, input: Annotated[ClientCreateInput, WANTED]) -> ClientCreatePayload:
        context = info.context
        context.viewer.needs_operator("Making a client")
        zone = "UTC" if input.time_zone is None else input.time_zone
        made = await setup.create_client(context.db, input.name, zone, context.now)
        return ClientCreatePayload(client=Client.of(made))

    @strawberry.mutation(description="Changes a client's name or time zone. Needs ADMIN.", extensions=[Refusals()])
    async def client_update(self, info: Info, input: Annotated[ClientUpdateInput, WANTED]) -> ClientUpdatePayload:
        context = info.context
        client = await client_named(context, input.id, Role.ADMIN, "Changing a client", "id")
        changed = await setup.update_client(
            context.db, client.id, context.now, not_null("name", input.name), not_null("timeZone", input.time_zone)
        )
        return ClientUpdatePayload(client=Client.of(changed))

    @strawberry.mutation(
        description="Makes a token that opens one client. Needs ADMIN of that client.", extensions=[Refusals()]
    )
    async def token_create(self, info: Info, input: Annotated[TokenCreateInput, WANTED]) -> TokenCreatePayload:
        context = info.context
        client = await client_named(context, input.client, Role.ADMIN, "Making a token")
        stored_only = bool(input.stored_only)
        if context.viewer.stored_only and not stored_only:
            raise Forbidden("A token that runs stored operations alone makes only such tokens: set storedOnly to true.")
        made = await tokens.create_token(
            context.db,
            {client.id: input.role},
            input.name,
            context.now,
            input.expires_at,
            stored_only=stored_only,
            ingest_only=bool(input.ingest_only),
        )
        record = TokenRecord(
            client.id,
            made.id,
            made.name,
            input.role,
            made.stored_only,
            made.ingest_only,
            made.created_at,
            made.expires_at,
            None,
            None,
        )
        return TokenCreatePayload(token=ApiToken.of(record), secret=made.secret)

    @strawberry.mutation(
        description="Revokes a token: from the next request on it does not open what it opened. Needs ADMIN. Of a token "
        "that opens several clients it takes away those of which the caller is ADMIN; the others stay until their ADMIN "
        "revokes it as well. An operator revokes it for all. A token that opens nothing any more is refused. Repeating it "
        "changes nothing: revokedAt keeps the first time.",
        extensions=[Refusals()],
    )
    async def token_revoke(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The token, by global id or bare UUID.")],
    ) -> TokenRevokePayload:
        context = info.context
        mine = _administered(context)
        token, client = _token_of(id)
        if client is not None and context.viewer.sees(client):
            context.viewer.needs(Role.ADMIN, client, "Revoking a token")
        found = await tokens.token_in(context.db, token, mine) if token is not None else []
        if token is None or not any(client in (None, record.client) for record in found):
            raise NotFound("There is no such token.", details={"id": id})
        await tokens.revoke_token(context.db, token, context.now, mine)
        after = await tokens.token_in(context.db, token, mine)
        shown = next((record for record in after if client in (None, record.client)), None)
        return TokenRevokePayload(token=None if shown is None else ApiToken.of(shown))


def _administered(context: Context) -> list[UUID] | None:
    """The clients of which the caller is ADMIN; None for an operator, who is of all."""
    if context.viewer.is_operator:
        return None
    mine = [client for client, role in context.viewer.roles.items() if role.covers(Role.ADMIN)]
    if not mine:
        raise Forbidden("Revoking a token needs the role ADMIN.")
    return mine


def _token_of(text: str) -> tuple[UUID | None, UUID | None]:
    """The token of its global id, with the client that sees it so, or of its bare UUID, which names no client."""
    found = parse(text)
    if found is not None and found.type_name == "ApiToken" and isinstance(found.key[0], UUID):
        return found.key[0], found.client
    return bare_uuid(text), None
