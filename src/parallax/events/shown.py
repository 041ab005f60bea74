"""Events, sessions and log records as the graph shows them, with the pages that they come in."""

from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from parallax import costs
from parallax.analyses.questions import Ground
from parallax.analyses.rows import Row, RowsOfSession
from parallax.analyses.session_rows import SessionRow
from parallax.apps.loaders import AppKey
from parallax.connections import Connected, Node
from parallax.context import Info
from parallax.events.inputs import MESSAGE, SERVICE, SOURCE
from parallax.events.levels import LogLevel
from parallax.events.pages import ROWS_COST, SYSTEM, every_event, needs_editor, paged, session_name, user_of
from parallax.ids import NO_APP, GlobalId, encode
from parallax.moments import instant_text
from parallax.scalars import InstantText
from parallax.users.graph import PAGE, After, First, User
from parallax.users.loaders import UserKey

if TYPE_CHECKING:
    from parallax.apps.graph import App

COUNT_COST = costs.read("events", 200, source=SYSTEM, once=0)
USER_COST = costs.read("actor", 2)
SESSION_NAME_COST = costs.read("session_id", 2)
OWN_FIELDS = frozenset((SERVICE, SOURCE, MESSAGE))
"""Of log records: kept beside their properties."""


@strawberry.type(description="Something that a user did, or that happened, as it was sent.")
class Event(Node):
    external_id: str | None = strawberry.field(
        description="The id that it was sent with, by which duplicates are told (I2); null: it came without one."
    )
    name: str = strawberry.field(description="What happened.")
    at: InstantText = strawberry.field(description="When, with the client's offset then; microseconds are kept.")
    row: strawberry.Private[Row]

    @classmethod
    def of(cls, row: Row, zone: str) -> "Event":
        return cls(
            id=strawberry.ID(encode(GlobalId("Event", row.client, (row.day, row.position)))),
            external_id=row.external_id,
            name=row.name,
            at=InstantText(instant_text(row.at, zone)),
            row=row,
        )

    @strawberry.field(
        description="Whose it is by now: a user who was known by another id then, too (I1). Null: nobody's (I5).",
        metadata=USER_COST,
    )
    async def user(self, info: Info) -> User | None:
        return await user_of(info.context, self.row.client, self.row.user)

    @strawberry.field(
        description="The user's id as it was sent, which may be an alias; null: none was.", metadata=USER_COST
    )
    async def user_id(self, info: Info) -> str | None:
        row = self.row
        return None if row.actor == 0 else await info.context.user.load(UserKey(row.client, row.actor))

    @strawberry.field(
        description="The session's id as it was sent; null: it belongs to none.", metadata=SESSION_NAME_COST
    )
    async def session(self, info: Info) -> str | None:
        return await session_name(info.context, self.row.client, self.row.session)

    @strawberry.field(description="The app that it came from; null: none was named.", metadata=costs.read("app", 5))
    async def app(self, info: Info) -> Annotated["App", strawberry.lazy("parallax.apps.graph")] | None:
        from parallax.apps.graph import app_again  # the two types name each other

        row = self.row
        return None if row.app is None else await app_again(info.context, AppKey(row.client, row.app))

    @strawberry.field(description="What was sent with it, by name, with types as sent; {} when nothing was.")
    def properties(self) -> JSON:
        return JSON(self.row.properties)


@strawberry.type(description="A page of events, newest first unless its field says otherwise. Forward only.")
class EventConnection(Connected[Event]):
    @strawberry.field(
        description="How many events there are over all pages; costs a reading of its own. Null where the source does not "
        "tell.",
        metadata=COUNT_COST,
    )
    async def total_count(self) -> float | None:
        return await self.counted()


@strawberry.type(
    description="All events that carry one session id: of the client, or below an app that app's alone (S1, I6)."
)
class Session(Node):
    started_at: InstantText = strawberry.field(description="Instant of its first event, in whatever period (S2).")
    ended_at: InstantText = strawberry.field(description="Instant of its last event (S2).")
    duration_seconds: float = strawberry.field(
        description="From its first event to its last, in seconds with fractions; 0 for a single event."
    )
    event_count: int = strawberry.field(description="How many events it has.")
    is_bounce: bool = strawberry.field(description="Whether it has exactly one event (S4).")
    entry_event: str | None = strawberry.field(description="Name of its first event.")
    exit_event: str | None = strawberry.field(description="Name of its last event.")
    row: strawberry.Private[SessionRow]
    ground: strawberry.Private[Ground]

    @classmethod
    def of(cls, row: SessionRow, ground: Ground) -> "Session":
        return cls(
            id=strawberry.ID(encode(GlobalId("Session", row.client, (row.number, row.app or NO_APP)))),
            started_at=InstantText(instant_text(row.first_at, ground.zone)),
            ended_at=InstantText(instant_text(row.last_at, ground.zone)),
            duration_seconds=(row.last_at - row.first_at) / 1e6,
            event_count=row.events,
            is_bounce=row.events == 1,
            entry_event=row.entry,
            exit_event=row.exit,
            row=row,
            ground=ground,
        )

    @strawberry.field(description="The id that its events carry.", metadata=SESSION_NAME_COST)
    async def external_id(self, info: Info) -> str | None:
        return await session_name(info.context, self.row.client, self.row.number)

    @strawberry.field(
        description="The user of its first event, who that is by now (S1, I1); null: nobody's.", metadata=USER_COST
    )
    async def user(self, info: Info) -> User | None:
        return await user_of(info.context, self.row.client, self.row.user)

    @strawberry.field(description="What was sent with its first event, by name; {} when nothing was.")
    def properties(self) -> JSON:
        return JSON(self.row.properties)

    @strawberry.field(description="Its events, newest first. Needs EDITOR.", metadata=ROWS_COST)
    async def events(self, info: Info, first: First = PAGE, after: After = None) -> EventConnection | None:
        ground, session = self.ground, self.row
        needs_editor(info.context, ground.client)
        question, span = every_event(ground), (session.first_at, session.last_at)

        async def counted() -> float:
            return float(session.events)

        return await paged(
            info.context,
            EventConnection,
            f"sessionEvents|{ground.client}|{ground.app}|{session.number}",
            lambda limit, before: RowsOfSession(question, session.number, span, limit, before),
            lambda row: Event.of(row, ground.zone),
            counted,
            first,
            after,
        )


@strawberry.type(description="A page of sessions, newest first. Forward only.")
class SessionConnection(Connected[Session]):
    @strawberry.field(
        description="How many sessions there are over all pages; costs a reading of its own.", metadata=COUNT_COST
    )
    async def total_count(self) -> float | None:
        return await self.counted()


@strawberry.type(description="A record of a log, as it was sent.")
class Log(Node):
    at: InstantText = strawberry.field(description="When, with the client's offset then; microseconds are kept.")
    level: LogLevel = strawberry.field(description="How grave it is.")
    service: str | None = strawberry.field(description="The service that wrote it; null: none was named.")
    source: str | None = strawberry.field(description="Where in it; null: none was named.")
    message: str = strawberry.field(description="What it says.")
    row: strawberry.Private[Row]

    @classmethod
    def of(cls, row: Row, zone: str) -> "Log":
        said = row.properties
        return cls(
            id=strawberry.ID(encode(GlobalId("Log", row.client, (row.day, row.position)))),
            at=InstantText(instant_text(row.at, zone)),
            level=LogLevel(row.name),
            service=said.get(SERVICE),
            source=said.get(SOURCE),
            message=said.get(MESSAGE, ""),
            row=row,
        )

    @strawberry.field(
        description="The session's id as it was sent; null: it belongs to none.", metadata=SESSION_NAME_COST
    )
    async def session(self, info: Info) -> str | None:
        return await session_name(info.context, self.row.client, self.row.session)

    @strawberry.field(description="Whose it is by now (I1); null: nobody's.", metadata=USER_COST)
    async def user(self, info: Info) -> User | None:
        return await user_of(info.context, self.row.client, self.row.user)

    @strawberry.field(description="What was sent with it beside the above, by name; {} when nothing was.")
    def properties(self) -> JSON | None:
        return JSON({name: value for name, value in self.row.properties.items() if name not in OWN_FIELDS})


@strawberry.type(description="A page of log records, newest first. Forward only.")
class LogConnection(Connected[Log]):
    @strawberry.field(
        description="How many records there are over all pages; costs a reading of its own.", metadata=COUNT_COST
    )
    async def total_count(self) -> float | None:
        return await self.counted()
