"""Erases users: at once out of every answer, and out of all that is derived; `purging` then takes their rows away (I9)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from parallax.db import Database, Transaction
from parallax.engine import traits as trait_values
from parallax.engine.forgetting import forget
from parallax.engine.merging import folding
from parallax.engine.purging import purge_tail
from parallax.engine.settling import events_settled
from parallax.errors import NotFound
from parallax.ids import uuid7
from parallax.references import actor_of
from parallax.scopes import Scope, statement
from parallax.usage.merging import erase_usage
from parallax.users.identify import IDS_OF_USERS, USERS_MOVED
from parallax.users.layers import Layer, stored
from parallax.users.traits import write_traits

HERE = str(Path(__file__).parent / "writing" / "_")
WRITER_OF_ERASURE = statement(HERE, "writer_of_erasure")
USERS_NAMED = statement(HERE, "users_named")
IDS_REMOVE = statement(HERE, "ids_remove")
ERASURE_ADD = statement(HERE, "erasure_add")


@dataclass(slots=True)
class Erased:
    """How many users were erased, the ids that nobody has, and the erasure (None: there was nobody to erase)."""

    users: int = 0
    unknown: list[str] = field(default_factory=list)
    erasure: UUID | None = None


async def erase(db: Database, scope: Scope, client: UUID, users: Sequence[str], now: datetime) -> Erased:
    """Erases the users of global ids, external ids or aliases, whole: with all of their ids.

    The client's other writers wait until it is done. Raises NotFound for a client that is not there, SourceUnavailable
    and Timeout with nothing changed.
    """
    async with db.writing(scope) as transaction:
        await folding(transaction, client)
        found = await transaction.rows(WRITER_OF_ERASURE, client)
        if not found:
            raise NotFound("There is no such client.")
        [state] = found
        asked = await _named(transaction, client, users)
        unknown = [text for text in dict.fromkeys(users) if text not in asked]
        gone = sorted(set(asked.values()))
        if not gone:
            return Erased(unknown=unknown)
        rows = await transaction.rows(IDS_OF_USERS, client, gone)
        ids = sorted(row["actor_id"] for row in rows)
        version, usage_version = state["generation"] + 1, state["usage_version"] + 1

        values = trait_values.of_users((actor, user, trait_values.loaded(own)) for actor, user, own in rows)
        had_traits = await write_traits(transaction, client, values, {}, version)
        waited = await purge_tail(transaction, client, ids)
        forgotten = await forget(transaction, client, state["zone"], gone, ids, version)
        reports = await erase_usage(transaction, client, gone, ids, usage_version)
        await transaction.run(IDS_REMOVE, client, ids)

        layers = [
            Layer("actor", len(ids)),
            Layer("trait", sum(map(len, values.values()))),
            Layer("event_tail", waited),
            Layer("event_segment", forgotten.events),
            Layer("timeline", await events_settled(transaction, client, ids)),
            Layer("event_day", forgotten.days),
            Layer("app_usage_reports", reports),
        ]
        erasure, links = uuid7(now), state["links"] + 1
        await transaction.run(ERASURE_ADD, client, erasure, links, ids, now, stored(layers))
        await transaction.run(
            USERS_MOVED,
            client,
            version,
            links,
            state["traits"] + had_traits,
            usage_version if reports else state["usage_version"],
        )
    return Erased(len(gone), unknown, erasure)


async def _named(transaction: Transaction, client: UUID, users: Sequence[str]) -> dict[str, int]:
    """By text, the users that are there. A text may be somebody's own id although it looks like one of ours."""
    actors = {text: actor for text in users if (actor := actor_of(text, client)) is not None}
    rows = await transaction.rows(USERS_NAMED, client, list(dict.fromkeys(users)), list(set(actors.values())))
    by_actor = {row["actor"]: row["user_id"] for row in rows if row["actor"] is not None}
    named = {text: by_actor[actor] for text, actor in actors.items() if actor in by_actor}
    return named | {row["external_id"]: row["user_id"] for row in rows if row["external_id"] is not None}
