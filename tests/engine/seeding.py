"""Batches that wait, put straight into the tail: what ingest does, without its checks; and what is derived, read back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from parallax.db import Database
from parallax.engine.derived import Derived, begun
from parallax.engine.frames import stored
from parallax.scopes import Scope, Statement
from tests.engine.plain import Row, frame_of, shown_of

TAIL = Statement(
    "batch_put",
    "insert into event_tail (client_id, position, stream, events, first_at, last_at, load_id, core, ids, fields)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
)
MOVED = Statement(
    "position_put",
    "update client_state set position = $2, waiting_since = coalesce(waiting_since, now()) where client_id = $1",
)
NAMED = Statement(
    "names_put",
    "insert into event_name (client_id, number, stream, name)"
    " select $1, number, stream, 'e' || number from unnest($2::integer[], $3::smallint[]) as given (number, stream)"
    " on conflict do nothing",
)
NUMBERED = Statement(
    "numbers_put",
    "update client_state set next_actor = greatest(next_actor, $2 + 1), next_session = greatest(next_session, $3 + 1)"
    " where client_id = $1",
)
STATE = Statement("state_seen", "select * from client_state where client_id = $1")
DAYS = Statement("keys_seen", "select scope, event, day from event_day where client_id = $1")
ZONE = Statement("zone_put", "update client set time_zone = $2 where id = $1")
LOAD = Statement("load_put", "insert into event_load (client_id, id, name, fingerprint) values ($1, $2, 'a', '')")
EMPTIED = [
    Statement(f"emptied_{table}", f"delete from {table} where client_id = $1")
    for table in (
        *("event_tail", "event_segment", "event_day", "session_block", "counted_field", "counted_value", "event_load"),
        *("erasure", "actor", "event_name", "timeline", "timeline_state"),
    )
] + [
    Statement(
        "emptied_state",
        "update client_state set position = 0, folded = 0, generation = generation + 1, folded_zone = null, links = 0,"
        " waiting_since = null where client_id = $1",
    )
]


async def empty(db: Database, client: UUID) -> None:
    """The client as if it never had an event."""
    async with db.writing(Scope.of(client)) as transaction:
        for each in EMPTIED:
            await transaction.run(each, client)


async def wait(db: Database, client: UUID, rows: Sequence[Row], load: UUID | None = None) -> None:
    """One batch per run of rows of one stream; positions are those of the rows, which ascend without a gap."""
    batches: list[list[Row]] = []
    for row in rows:
        if not batches or batches[-1][0].stream != row.stream:
            batches.append([])
        batches[-1].append(row)
    async with db.writing(Scope.of(client)) as transaction:
        for batch in batches:
            frame = frame_of(batch)
            blocks = stored(frame)
            span = (min(row.at for row in batch), max(row.at for row in batch))
            place = (batch[0].position, batch[0].stream, len(batch), *span, load)
            await transaction.run(TAIL, client, *place, blocks.core, blocks.ids, blocks.fields)
        if rows:
            await transaction.run(MOVED, client, rows[-1].position)
            names = sorted({(row.event, row.stream) for row in rows})
            await transaction.run(NAMED, client, [event for event, _ in names], [stream for _, stream in names])
            most = (max(row.actor for row in rows), max(row.session for row in rows))
            await transaction.run(NUMBERED, client, *most)


async def state(db: Database, client: UUID) -> Any:
    [row] = await db.rows(Scope.of(client), STATE, client)
    return row


async def set_zone(db: Database, client: UUID, zone: str) -> None:
    async with db.writing(Scope.of(client)) as transaction:
        await transaction.run(ZONE, client, zone)


async def put_load(db: Database, client: UUID, load: UUID) -> None:
    async with db.writing(Scope.of(client)) as transaction:
        await transaction.run(LOAD, client, load)


async def days_shown(db: Database, client: UUID) -> dict[tuple[int, int, int], dict[str, Any]]:
    """All days that are derived, fields by name: `plain.shown`. Those that have nothing left are absent."""
    async with db.writing(Scope.of(client)) as transaction:
        await begun(transaction, client)
        derived = Derived(transaction, client, 0)
        fields = await derived.fields()
        rows = await transaction.rows(DAYS, client)
        days = await derived.days([tuple(row) for row in rows])
    named: Mapping[int, Any] = defaultdict(
        dict,
        {
            stream: {
                each.number: (name, {code: value.decode() for value, code in each.codes.items()})
                for name, each in its.items()
                if each.counted
            }
            for stream, its in fields.items()
        },
    )
    return {key: shown_of(day, named[key[0] & 1]) for key, day in sorted(days.items()) if day.events}
