"""What the truth holds of a client, whatever has been folded: rows as they were sent, in the order of acceptance."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from parallax.db import Owner
from parallax.engine.frames import NO_ID, TEXT_ID, UUID_ID, Frame, Ids, properties
from parallax.engine.planes import frame_of

BLOCKS = """
select position, stream, load_id, null::bytea as chunks, core, ids, fields from event_tail where client_id = $1
union all
select position, stream, load_id, chunks, core, ids, fields from event_segment where client_id = $1
"""


@dataclass(frozen=True, slots=True)
class Kept:
    position: int
    stream: int
    id: str | None
    name: str
    at_us: int
    user: str | None
    session: str | None
    app: UUID | None
    properties: dict[str, Any]
    load: UUID | None


async def kept(superuser: Owner, client: UUID) -> list[Kept]:
    names = {
        row["number"]: row["name"]
        for row in await superuser.rows("select * from event_name where client_id = $1", client)
    }
    users = {
        row["actor_id"]: row["external_id"]
        for row in await superuser.rows("select * from actor where client_id = $1", client)
    }
    sessions = {
        row["number"]: row["external_id"]
        for row in await superuser.rows("select * from session_id where client_id = $1", client)
    }
    apps = {
        row["number"]: row["app_id"]
        for row in await superuser.rows("select * from app_number where client_id = $1", client)
    }
    found = []
    for block in await superuser.rows(BLOCKS, client):
        frame = frame_of(block["chunks"], block["core"], block["ids"], block["fields"])
        ids = texts_of(frame)
        for row in range(len(frame)):
            user, session, app = (int(getattr(frame, name)[row]) for name in ("actor", "session", "app"))
            found.append(
                Kept(
                    int(frame.position[row]),
                    block["stream"],
                    ids[row],
                    names[int(frame.event[row])],
                    int(frame.at[row]),
                    users.get(user) if user else None,
                    sessions[session] if session else None,
                    apps[app] if app else None,
                    dict(properties(frame, row)),
                    block["load_id"],
                )
            )
    return sorted(found, key=lambda row: row.position)


def texts_of(frame: Frame) -> list[str | None]:
    """The ids as they were sent."""
    assert frame.ids is not None
    return ids_as_sent(frame.ids)


def ids_as_sent(ids: Ids) -> list[str | None]:
    import orjson

    texts = iter(ids.texts)
    told: list[str | None] = []
    for kind, high, low in zip(ids.kinds.tolist(), ids.high.tolist(), ids.low.tolist(), strict=True):
        assert kind in (NO_ID, UUID_ID, TEXT_ID)
        if kind == TEXT_ID:
            told.append(orjson.loads(next(texts)))
        else:
            told.append(str(UUID(int=high << 64 | low)) if kind == UUID_ID else None)
    return told
