"""Saying who users are, and forgetting them, as the graph offers it."""

from contextlib import suppress
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from parallax import costs
from parallax.access.viewer import Role
from parallax.connections import Node
from parallax.context import Context, Info
from parallax.errors import InvalidParameter, SourceUnavailable, Timeout
from parallax.ids import GlobalId, encode
from parallax.naming import client_named
from parallax.payloads import Payload, Refusals, RejectedRow, rejected_rows
from parallax.receipts import Receipt
from parallax.scalars import InstantText
from parallax.scopes import Scope
from parallax.usage.reports import Rejected
from parallax.users.declared import MOST_ALIASES, Declared, read
from parallax.users.erasure import erase
from parallax.users.erasures import ErasureKey, ErasureRecord, erasure_loader
from parallax.users.identify import NotTaken, identify
from parallax.users.layers import LAYERS
from parallax.users.purging import purge_if_small

MOST_ROWS = 10_000
ROW_COST = 8.0
MOST_ERASED = 1000
ERASED_COST = 50.0


@strawberry.input(
    description="Who a user is: other ids of theirs, and what is said of them. Of each only what is given changes."
)
class UserIdentifyInput:
    id: str = strawberry.field(description="The client's own id of the user, 1 to 500 characters.")
    aliases: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Other ids (anonymous, of devices) whose events, earlier ones too, are this user's (I1). An id belongs "
        f"to one user for good; declarations chain. At most {MOST_ALIASES}.",
    )
    traits: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="An object, merged key by key into what was set for this id; null removes a key (I8). At most 64 KiB "
        "and 20 deep; types are kept.",
    )


@strawberry.type(
    description="What became of the rows of usersIdentify: the two add up to what was sent. All 0 and empty when the call "
    "was refused as a whole."
)
class UsersIdentifyPayload(Payload):
    accepted: int = strawberry.field(default=0, description="Rows that were taken, also those that changed nothing.")
    rejected: list[RejectedRow] = rejected_rows()
    receipt: str | None = strawberry.field(
        default=None,
        description="Stands for these rows: sent back as `extensions.after`, or as the header Parallax-After, the answer "
        "holds them, on any gateway, or fails with TIMEOUT. Null when the call was refused as a whole.",
    )


@strawberry.type(
    description="A place where something of erased users was, counted when they were erased and when they were purged."
)
class ErasureLayer:
    name: str = strawberry.field(
        description=f"What was counted: rows of a table, or events in it. One of {', '.join(LAYERS)}."
    )
    before: float = strawberry.field(description="How many were of the users when they were erased.")
    after: float | None = strawberry.field(description="How many there are still, counted anew; null: not purged yet.")


@strawberry.type(
    description="Proof of an erasure. It names nobody. The database's write-ahead log and your backups are not counted: "
    "they age out by their own clock."
)
class ErasureReceipt(Node):
    accepted_at: InstantText = strawberry.field(description="When it was asked for.")
    invisible_at: InstantText = strawberry.field(description="From when on no answer holds the users.")
    purged_at: InstantText | None = strawberry.field(description="From when on no row holds them; null: not yet.")
    layers: list[ErasureLayer] = strawberry.field(description="Layer by layer.", metadata=costs.listed(len(LAYERS)))

    @classmethod
    def of(cls, record: ErasureRecord) -> "ErasureReceipt":
        return cls(
            id=strawberry.ID(encode(GlobalId("ErasureReceipt", record.key.client, (record.key.id,)))),
            accepted_at=InstantText(record.accepted_at.isoformat()),
            invisible_at=InstantText(record.invisible_at.isoformat()),
            purged_at=None if record.purged_at is None else InstantText(record.purged_at.isoformat()),
            layers=[
                ErasureLayer(
                    name=layer.name,
                    before=float(layer.before),
                    after=None if layer.after is None else float(layer.after),
                )
                for layer in record.layers
            ],
        )


@strawberry.type(description="Who was erased. 0, empty and null when the call was refused.")
class UsersErasePayload(Payload):
    erased: int = strawberry.field(default=0, description="Users that were erased, each with all of their ids.")
    unknown: list[str] = strawberry.field(
        default_factory=list, description="Those asked for that nobody is.", metadata=costs.listed(10)
    )
    receipt: ErasureReceipt | None = strawberry.field(
        default=None, description="Its proof, for `node(id)` later; null when nobody was erased."
    )


Given = Annotated[strawberry.ID, strawberry.argument(description="Whose users they are, by global id or bare UUID.")]


@strawberry.type
class UserMutations:
    @strawberry.mutation(
        description="Says whose ids are whose, and keeps traits. Rows are taken one after the other, each whole or not at "
        "all: CONFLICT for an id that is another user's already, or would close a circle. From the next answer on all "
        "counts as if it had always been known. Safe to repeat. At most 10000 rows. Needs EDITOR, or a token that only "
        "sends.",
        metadata=costs.of(costs.CHANGE, extent=costs.Sent("users", MOST_ROWS, ROW_COST)),
        extensions=[Refusals()],
    )
    async def users_identify(
        self,
        info: Info,
        client: Given,
        users: Annotated[list[UserIdentifyInput], strawberry.argument(description="The rows, at most 10000.")],
    ) -> UsersIdentifyPayload:
        context = info.context
        held = await client_named(context, client, Role.EDITOR, "Identifying users")
        if len(users) > MOST_ROWS:
            raise InvalidParameter("users", len(users), f"are {len(users)} rows; one call takes at most {MOST_ROWS}")
        told = [read(place, _row(user)) for place, user in enumerate(users)]
        declared = [row for row in told if isinstance(row, Declared)]
        refused = [RejectedRow.of(row) for row in told if isinstance(row, Rejected)]
        done = await identify(context.db, Scope.of(held.id), held.id, declared, context.now)
        receipt = Receipt(held.id, done.position, done.usage_version, done.links, done.traits)
        return UsersIdentifyPayload(
            accepted=done.accepted,
            rejected=sorted(refused + list(map(_rejected, done.rejected)), key=lambda row: row.index),
            receipt=context.receipts.make(receipt),
        )

    @strawberry.mutation(
        description="Erases users with all of their ids, events, logs, reports and traits: out of every answer from the "
        "next on, and then out of every row (`purgedAt`). For good: an id that comes again is a new user. At most 1000. "
        "Needs ADMIN.",
        metadata=costs.of(costs.CHANGE, extent=costs.Sent("users", MOST_ERASED, ERASED_COST)),
        extensions=[Refusals()],
    )
    async def users_erase(
        self,
        info: Info,
        client: Given,
        users: Annotated[
            list[str],
            strawberry.argument(
                description="Any id of each: the client's own, an alias, or a User's global id. At most 1000."
            ),
        ],
    ) -> UsersErasePayload:
        context = info.context
        held = await client_named(context, client, Role.ADMIN, "Erasing users")
        if len(users) > MOST_ERASED:
            raise InvalidParameter("users", len(users), f"are {len(users)}; one call takes at most {MOST_ERASED}")
        done = await erase(context.db, Scope.of(held.id), held.id, users, context.now)
        if done.erasure is None:
            return UsersErasePayload(unknown=done.unknown)
        with suppress(Timeout, SourceUnavailable):  # they are erased: the rest is for whoever purges next
            await purge_if_small(context.db, held.id)
        key = ErasureKey(held.id, done.erasure)
        return UsersErasePayload(erased=done.users, unknown=done.unknown, receipt=await receipt_again(context, key))


async def receipt_again(context: Context, key: ErasureKey) -> ErasureReceipt | None:
    """An erasure by its key, for those who may erase."""
    record = await erasure_loader(context.db, context.viewer).load(key)
    return None if record is None else ErasureReceipt.of(record)


def _row(user: UserIdentifyInput) -> dict[str, object]:
    given = {"id": user.id, "aliases": user.aliases, "traits": user.traits}
    return {name: value for name, value in given.items() if value is not strawberry.UNSET}


def _rejected(row: NotTaken) -> RejectedRow:
    return RejectedRow(index=row.place, field=[row.field], code=row.code, message=row.message)
