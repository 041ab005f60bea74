"""Users, as the graph shows them: who they are, what is known of them, what they did."""

from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from parallax import costs
from parallax.connections import Connection, Node, connection
from parallax.context import Context, Info
from parallax.engine.bitmaps import serialized
from parallax.ids import GlobalId, encode
from parallax.metrics.catalog import SourceSystem
from parallax.moments import instant_text
from parallax.pages import MOST, checked_first
from parallax.references import actor_of
from parallax.scalars import InstantText
from parallax.users.loaders import MOST_ALIASES, AliasRecord, Person, SeenKey, UserKey, UsersKey

if TYPE_CHECKING:
    from parallax.events.shown import EventConnection, SessionConnection

USERS = "actor"
USERS_COST = costs.read(USERS, 45, extent=costs.Page(row=3), once=0)
"""Each page is a statement of its own."""
USERS_WITH_EVENTS_COST = costs.read(
    "events", 400, source=SourceSystem.EVENTS.name, extent=costs.Page(row=6), once=costs.STATEMENT
)
USER_COST = costs.read(USERS, 5)
SEEN_COST = costs.read("events", 60, source=SourceSystem.EVENTS.name, once=400)
SESSIONS_COST = costs.read("sessions", 120, source=SourceSystem.EVENTS.name, once=400)
PAGE = 100
NOBODY: Final = b""
"""As a serialized set."""

GivenUser = Annotated[
    strawberry.ID, strawberry.argument(description="Global id, the client's own id of the user, or an alias of it.")
]
First = Annotated[int | None, strawberry.argument(description="Rows in the page, 1 to 1000.")]
After = Annotated[str | None, strawberry.argument(description="Cursor of the last row before the page.")]


@strawberry.type(description="Another id of a user: what it did under that one, earlier too, is the user's (I1).")
class UserAlias:
    value: str = strawberry.field(description="The id, as the client sent it.")
    linked_at: InstantText = strawberry.field(description="When it was declared to be the user's.")

    @classmethod
    def of(cls, record: AliasRecord) -> "UserAlias":
        return cls(value=record.external_id, linked_at=InstantText(record.linked_at.isoformat()))


@strawberry.type(
    description="A user of a client: whoever its events, its reports and what it says of users tell of. Ids that were "
    "declared to be one person's are one user (I1)."
)
class User(Node):
    external_id: str = strawberry.field(description="The client's own id for the user; of several the identified one.")
    key: strawberry.Private[UserKey]

    @classmethod
    def of(cls, key: UserKey, external_id: str) -> "User":
        return cls(id=user_global_id(key), external_id=external_id, key=key)

    @strawberry.field(
        description="What was said of the user, by name, with types as sent: the latest value of each name. A user's own "
        "values win over those that were set for its aliases (I8). Empty when nothing was said.",
        metadata=costs.read(USERS, 5),
    )
    async def traits(self, info: Info) -> JSON:
        traits: Any = await info.context.user_traits.load(self.key)
        return JSON(traits)

    @strawberry.field(
        description="Other ids that mean the same person, as anonymous or device ids: the 100 that were declared first.",
        metadata=costs.read(USERS, 5, extent=costs.Many(MOST_ALIASES)),
    )
    async def aliases(self, info: Info) -> list[UserAlias]:
        return [UserAlias.of(record) for record in await info.context.user_aliases.load(self.key)]

    @strawberry.field(
        description="Instant of the first event of any kind and of any app, aliases included (I7); null: there is none, or "
        "the rows of that day are not kept any more.",
        metadata=SEEN_COST,
    )
    async def first_seen(self, info: Info) -> InstantText | None:
        key = await _seen_key(info.context, self.key)
        seen = await info.context.user_seen.load(key)
        return None if seen is None or seen.first is None else InstantText(instant_text(seen.first, key.zone))

    @strawberry.field(
        description="Instant of the last event of any kind and of any app, aliases included (I7); null: there is none, or "
        "the rows of that day are not kept any more.",
        metadata=SEEN_COST,
    )
    async def last_seen(self, info: Info) -> InstantText | None:
        key = await _seen_key(info.context, self.key)
        seen = await info.context.user_seen.load(key)
        return None if seen is None or seen.last is None else InstantText(instant_text(seen.last, key.zone))

    @strawberry.field(
        description="How many sessions are the user's, as `sessions` lists them: those whose first event is (S1).",
        metadata=SESSIONS_COST,
    )
    async def session_count(self, info: Info) -> int | None:
        key = await _seen_key(info.context, self.key)
        return await info.context.user_session_count.load(key)

    @strawberry.field(
        description="The user's events in all apps, aliases included, newest first; of equal instants the one accepted last "
        "comes first (Z1). Needs EDITOR.",
        metadata=costs.read("events", 300, source=SourceSystem.EVENTS.name, extent=costs.Page(row=12), once=0),
    )
    async def events(
        self, info: Info, first: First = PAGE, after: After = None
    ) -> Annotated["EventConnection", strawberry.lazy("parallax.events.shown")]:
        from parallax.events.again import events_of_user  # the two types name each other

        return await events_of_user(info.context, self.key, PAGE if first is None else first, after)

    @strawberry.field(
        description="The user's sessions, those whose first event is the user's (S1), newest first. Needs EDITOR.",
        metadata=costs.read("sessions", 300, source=SourceSystem.EVENTS.name, extent=costs.Page(row=12), once=0),
    )
    async def sessions(
        self, info: Info, first: First = PAGE, after: After = None
    ) -> Annotated["SessionConnection", strawberry.lazy("parallax.events.shown")] | None:
        from parallax.events.again import sessions_of_user

        return await sessions_of_user(info.context, self.key, PAGE if first is None else first, after)


async def _seen_key(context: Context, user: UserKey) -> SeenKey:
    record = await context.client.load(user.client)
    zone = "UTC" if record is None else record.time_zone
    return SeenKey(user.client, zone, context.today(zone), user.actor)


def user_global_id(key: UserKey) -> strawberry.ID:
    return strawberry.ID(encode(GlobalId("User", key.client, (key.actor,))))


async def user_again(context: Context, key: UserKey) -> User | None:
    """The user that an actor is by now."""
    person = await context.person.load(key)
    return None if person is None else User.of(*person)


async def user_named(context: Context, client: UUID, text: str) -> User | None:
    """The user of a global id, of the client's own id, or of an alias."""
    actor = actor_of(text, client)
    if actor is not None:
        return await user_again(context, UserKey(client, actor))
    person = await context.person_named.load((client, text))
    return None if person is None else User.of(*person)


async def users_counted(
    context: Context,
    client: UUID,
    of_list: str,
    search: str | None,
    asked: Any,
    first: int | None,
    after: str | None,
    most: int = MOST,
) -> Connection[User]:
    """A page of the users in the set that `asked` of the events is answered with."""
    checked_first(PAGE if first is None else first, most)
    context.cursors.read(of_list, after)  # refused before anything is read for it
    among = serialized(await context.asked.load(asked)) or NOBODY
    return await users_page(context, client, of_list, search, among, first, after)


async def users_page(
    context: Context,
    client: UUID,
    of_list: str,
    search: str | None,
    among: bytes | None,
    first: int | None,
    after: str | None,
) -> Connection[User]:
    """A page of users by external id, ascending by code point (Z2). `among`: only those of a set."""
    size = checked_first(PAGE if first is None else first)
    place = context.cursors.read(of_list, after)
    key = UsersKey(client, search, place[0] if place else "", size + 1, among)
    page = context.cursors.page(
        of_list,
        await context.users.load(key),
        size,
        lambda person: (person.external_id,),
        continued=place is not None,
    )

    async def counted() -> float:
        return await context.user_count.load(key._replace(after="", limit=0))

    def shown(person: Person) -> User:
        return User.of(*person)

    return connection(page, shown, counted)
