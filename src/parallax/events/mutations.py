"""Sending events and logs, as the graph offers it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, cast

import strawberry
from strawberry.scalars import JSON
from strawberry.types import get_object_definition

from parallax import costs
from parallax.access.viewer import Role
from parallax.context import Info
from parallax.engine.batches import Batch
from parallax.engine.ingest import Stored, store
from parallax.errors import InvalidParameter
from parallax.events.inputs import events_read, logs_read
from parallax.events.levels import LogLevel
from parallax.naming import client_named
from parallax.payloads import Payload, Refusals, RejectedRow, rejected_rows
from parallax.receipts import Receipt
from parallax.scopes import Scope

MOST_ROWS = 10_000
ROW_COST = 5.0
Given = Annotated[strawberry.ID, strawberry.argument(description="Whose rows they are, by global id or bare UUID.")]

ID = "Known to the sender, 1 to 500 characters: the same id on the same UTC day is the same {what} (I2). Needs `at`."
AT = "When it happened, from 1970 to 24 hours ahead; absent: when it arrives (I4)."
USER = "The client's own id of the user, at most 500 characters; absent or empty: nobody's (I5)."
SESSION = "The client's own id of the session, at most 500 characters; absent or empty: in none."
APP = "An app of the client, by global id or bare UUID; absent: of the client alone (I6)."
PROPERTIES = (
    "An object, at most 64 KiB and 20 deep; names at most 200 characters. None needs to be declared; types are kept."
)


@strawberry.input(description="Something that happened.")
class EventInput:
    id: str | None = strawberry.field(default=strawberry.UNSET, description=ID.format(what="event"))
    name: str = strawberry.field(description="What happened, 1 to 200 characters; at most 2000 names of a client.")
    at: datetime | None = strawberry.field(default=strawberry.UNSET, description=AT)
    user: str | None = strawberry.field(default=strawberry.UNSET, description=USER)
    session: str | None = strawberry.field(default=strawberry.UNSET, description=SESSION)
    app: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=APP)
    properties: JSON | None = strawberry.field(default=strawberry.UNSET, description=PROPERTIES)


@strawberry.input(description="A log record.")
class LogInput:
    id: str | None = strawberry.field(default=strawberry.UNSET, description=ID.format(what="record"))
    at: datetime | None = strawberry.field(default=strawberry.UNSET, description=AT)
    level: LogLevel | None = strawberry.field(default=LogLevel.INFO, description="How grave it is.")
    service: str | None = strawberry.field(
        default=strawberry.UNSET, description="What wrote it, at most 500 characters."
    )
    source: str | None = strawberry.field(default=strawberry.UNSET, description="Where in it, at most 500 characters.")
    message: str = strawberry.field(description="What it says, at most 64 KiB.")
    user: str | None = strawberry.field(default=strawberry.UNSET, description=USER)
    session: str | None = strawberry.field(default=strawberry.UNSET, description=SESSION)
    app: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=APP)
    properties: JSON | None = strawberry.field(default=strawberry.UNSET, description=PROPERTIES)


def _as_sent(_type: type, row: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """Rows are read as mappings wherever they come from: an object for each would cost more than all that follows."""
    return row


for each in EventInput, LogInput:
    get_object_definition(each, strict=True).from_input = _as_sent


@strawberry.type
class SentPayload(Payload):
    """What became of rows of a stream."""

    accepted: int = strawberry.field(default=0, description="New rows: committed, and in the next answer.")
    duplicates: int = strawberry.field(
        default=0, description="Rows whose id was there already on their UTC day: ignored, whatever they hold (I2)."
    )
    rejected: list[RejectedRow] = rejected_rows()
    receipt: str | None = strawberry.field(
        default=None,
        description="Stands for these rows: sent back as `extensions.after`, or as the header Parallax-After, the answer "
        "holds them, on any gateway, or fails with TIMEOUT. Null when there were none.",
    )


SUMS = "the three add up to what was sent. All 0 and empty when the call was refused as a whole."


@strawberry.type(description=f"What became of the rows of eventsTrack: {SUMS}")
class EventsTrackPayload(SentPayload):
    pass


@strawberry.type(description=f"What became of the rows of logsTrack: {SUMS}")
class LogsTrackPayload(SentPayload):
    pass


ALIKE = (
    "Each row is accepted, a duplicate or rejected by itself; those accepted are kept together, and count in the next "
    "answer. Safe to repeat where rows have ids. At most 10000 rows. RATE_LIMITED while too many wait to be folded. "
    "Needs EDITOR, or a token that only sends."
)


@strawberry.type
class EventMutations:
    @strawberry.mutation(
        description=f"Stores events of one client. {ALIKE}",
        metadata=costs.of(costs.CHANGE, extent=costs.Sent("events", MOST_ROWS, ROW_COST)),
        extensions=[Refusals()],
    )
    async def events_track(
        self,
        info: Info,
        client: Given,
        events: Annotated[list[EventInput], strawberry.argument(description="The rows, at most 10000.")],
    ) -> EventsTrackPayload:
        rows = cast("list[Mapping[str, Any]]", events)
        stored, receipt = await _sent(info, client, "events", rows, events_read)
        return EventsTrackPayload(**_told(stored), receipt=receipt)

    @strawberry.mutation(
        description=f"Stores log records of one client: events of a stream of their own, by level. {ALIKE}",
        metadata=costs.of(costs.CHANGE, extent=costs.Sent("logs", MOST_ROWS, ROW_COST)),
        extensions=[Refusals()],
    )
    async def logs_track(
        self,
        info: Info,
        client: Given,
        logs: Annotated[list[LogInput], strawberry.argument(description="The rows, at most 10000.")],
    ) -> LogsTrackPayload:
        rows = cast("list[Mapping[str, Any]]", logs)
        stored, receipt = await _sent(info, client, "logs", rows, logs_read)
        return LogsTrackPayload(**_told(stored), receipt=receipt)


async def _sent(
    info: Info, client: str, argument: str, rows: Sequence[Mapping[str, Any]], read: Callable[..., Batch]
) -> tuple[Stored, str | None]:
    context = info.context
    held = await client_named(context, client, Role.EDITOR, f"Sending {argument}")
    if len(rows) > MOST_ROWS:
        raise InvalidParameter(argument, len(rows), f"are {len(rows)} rows; one call takes at most {MOST_ROWS}")
    batch = read(held.id, rows, context.now)
    stored = await store(context.db, Scope.of(held.id), held.id, batch, max_waiting=context.max_waiting)
    if not stored.position:
        return stored, None
    return stored, context.receipts.make(Receipt(held.id, position=stored.position))


def _told(stored: Stored) -> dict[str, Any]:
    return {
        "accepted": stored.accepted,
        "duplicates": stored.duplicates,
        "rejected": [RejectedRow.of(row) for row in sorted(stored.rejected)],
    }
