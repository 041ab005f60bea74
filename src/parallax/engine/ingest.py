"""Batches on their way into the tail: who writes, what is there already, which numbers it gets. All of it, or nothing.

A batch is one row, so that what bounds ingest is the reading of JSON and not the writing of indexes; the fold moves it on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, Self
from uuid import UUID

import numpy as np

from parallax.db import Database, Record, Transaction
from parallax.engine import dictionaries
from parallax.engine.batches import Batch, ids_of, ids_taken
from parallax.engine.columns import Numbers
from parallax.engine.duplicates import Whereabouts
from parallax.engine.frames import Frame, stored
from parallax.engine.memory import Memory, memory_of
from parallax.errors import Conflict, NotFound, RateLimited
from parallax.instants import EPOCH
from parallax.scopes import Scope, statement
from parallax.usage.reports import Rejected

HERE = str(Path(__file__).parent / "writing" / "_")
POSITION_HELD = statement(HERE, "position_held")
POSITION_MOVED = statement(HERE, "position_moved")
TAIL_ADD = statement(HERE, "tail_add")
LOAD_PROGRESS = statement(HERE, "load_progress")
TRUTH_TAKEN = statement(HERE, "truth_taken")
RETRY_S: Final = 5.0


@dataclass(slots=True)
class Stored:
    """What became of the rows of a batch: with `duplicates` they add up. `position` holds all of them, duplicates too."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    position: int = 0


async def store(
    db: Database, scope: Scope, client: UUID, batch: Batch, load: UUID | None = None, max_waiting: float = math.inf
) -> Stored:
    """One batch, as `store_all` has it."""
    [stored] = await store_all(db, scope, client, [batch], load, max_waiting=max_waiting)
    return stored


async def store_all(
    db: Database,
    scope: Scope,
    client: UUID,
    batches: Sequence[Batch],
    load: UUID | None = None,
    progress: tuple[UUID, int] | None = None,
    max_waiting: float = math.inf,
) -> list[Stored]:
    """Accepts what is not there yet (I2), all batches or none. `progress` is a load and how many of its lines are stored
    with them.

    Raises NotFound for a client that is not there, RateLimited when more than `max_waiting` wait to be folded, Conflict
    for a load that was taken back; SourceUnavailable and Timeout: with nothing changed, or (they say so) perhaps all of it.
    """
    if not any(map(len, batches)) and progress is None:
        return [Stored(rejected=list(batch.rejected)) for batch in batches]
    memory = memory_of(db)
    done: list[tuple[_Store, Frame]] = []
    async with memory.turn(client):
        async with db.writing(scope) as transaction:
            for batch in batches:
                store = await _Store.begun(transaction, client, batch, memory, max_waiting)
                frame = await store.run()
                if len(frame):
                    await _add(transaction, client, batch.stream, frame, load)
                    store.stored.position += len(frame)
                done.append((store, frame))
            if progress is not None and not await transaction.run(LOAD_PROGRESS, client, *progress):
                raise Conflict("The load was taken back meanwhile.")
        for store, frame in done:
            store.committed(frame)
    return [store.stored for store, _ in done]


async def _add(transaction: Transaction, client: UUID, stream: int, frame: Frame, load: UUID | None) -> None:
    blocks = stored(frame)
    first, last = int(frame.at.min()), int(frame.at.max())
    place = (int(frame.position[0]), stream, len(frame), first, last, load)
    await transaction.run(TAIL_ADD, client, *place, blocks.core, blocks.ids, blocks.fields)
    await transaction.run(POSITION_MOVED, client, int(frame.position[-1]))


async def _held(transaction: Transaction, client: UUID, max_waiting: float) -> Record:
    rows = await transaction.rows(POSITION_HELD, client)
    if not rows:
        raise NotFound("There is no such client.")
    waiting = rows[0]["position"] - rows[0]["folded"]
    if waiting > max_waiting:
        raise RateLimited(
            f"{waiting} events of this client wait to be folded; at most {max_waiting:.0f} may (PARALLAX_MAX_WAITING). "
            "Nothing was stored: send it again later.",
            retry_after_s=RETRY_S,
        )
    return rows[0]


class _Store:
    """One batch under the client's lock."""

    def __init__(
        self, transaction: Transaction, client: UUID, batch: Batch, memory: Memory, state: Record, before: Whereabouts
    ) -> None:
        self._transaction, self._client, self._batch, self._memory = transaction, client, batch, memory
        self._state, self._before = state, before
        self._actors: dict[str, int] = {}
        self.stored = Stored(rejected=list(batch.rejected), position=before.position)

    @classmethod
    async def begun(
        cls, transaction: Transaction, client: UUID, batch: Batch, memory: Memory, max_waiting: float
    ) -> Self:
        """With the lock taken. What was taken away is asked for after that: it cannot change any more."""
        state = await _held(transaction, client, max_waiting)
        [taken] = await transaction.rows(TRUTH_TAKEN, client)
        before = Whereabouts(state["position"], state["generation"], (state["links"], *taken))
        return cls(transaction, client, batch, memory, state, before)

    def committed(self, frame: Frame) -> None:
        """What came about may be remembered from now on."""
        assert frame.ids is not None
        self._memory.users.keep(self._client, self._before.taken, self._actors)
        seen, place = self._memory.seen, (self._client, self._batch.stream)
        seen.accepted(*place, self._before, self.stored.position, frame.ids, frame.at)

    async def run(self) -> Frame:
        """The frame of what is accepted, numbered and placed."""
        batch, transaction, client = self._batch, self._transaction, self._client
        at, ids = np.array(batch.at, np.int64), ids_of(batch.ids)
        keep = self._since_kept(at)
        keep, apps = await self._with_app(keep)
        fresh = await self._memory.seen.fresh(
            transaction, client, batch.stream, self._before, ids_taken(ids, keep), at[keep]
        )
        keep, apps = keep[fresh], apps[fresh]
        self.stored.duplicates = int(len(fresh) - len(keep))
        keep, apps, events = await self._with_name(keep, apps)
        users, user_codes = batch.users.used(keep)
        known = self._memory.users.of(client, self._before.taken)
        new = [user for user in users if user not in known]
        self._actors = await dictionaries.actors(transaction, client, new, self._state["next_actor"])
        actors = self._actors | {user: known[user] for user in users if user in known}
        ids_used, session_codes = batch.sessions.used(keep)
        sessions = await dictionaries.sessions(transaction, client, ids_used, self._state["next_session"])
        self.stored.accepted = len(keep)
        numbers = {
            "event": events,
            "actor": batch.users.numbered(user_codes, actors),
            "app": apps,
            "session": batch.sessions.numbered(session_codes, sessions),
        }
        return batch.framed(keep, ids, at, numbers, self._before.position)

    def _since_kept(self, at: Numbers) -> Numbers:
        """Those of months whose rows are kept: of others nobody knows any more what is a duplicate."""
        kept = at >= self._state["kept_us"]
        if not kept.all():
            first = EPOCH + timedelta(microseconds=self._state["kept_us"])
            self._reject(np.flatnonzero(~kept), "at", f"at: rows before {first:%Y-%m-%d} are not kept any more")
        return np.flatnonzero(kept)

    async def _with_app(self, keep: Numbers) -> tuple[Numbers, Numbers]:
        """Those whose app is there, and its number."""
        apps, codes = self._batch.apps.used(keep)
        numbers = self._batch.apps.numbered(codes, await dictionaries.apps(self._transaction, self._client, apps))
        there = (numbers > 0) | (codes == 0)
        self._reject(keep[~there], "app", "app: there is no such app of this client")
        return keep[there], numbers[there]

    async def _with_name(self, keep: Numbers, apps: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Those whose name has a number, and that."""
        names, codes = self._batch.names.used(keep)
        given = await dictionaries.event_names(self._transaction, self._client, self._batch.stream, names)
        numbers = self._batch.names.numbered(codes, given)
        there = numbers > 0
        self._reject(
            keep[~there],
            "name",
            f"name: the client has {dictionaries.MOST_NAMES} event names already: put what changes into properties",
        )
        return keep[there], apps[there], numbers[there]

    def _reject(self, rows: Numbers, field: str, message: str) -> None:
        self.stored.rejected += [Rejected(self._batch.places[row], field, message) for row in rows.tolist()]
