"""How many sessions each user has an event in (G2): counted over the facts of all sessions, with what the tail adds.

Of each block the process keeps the four columns that matter, by its version; a fold changes few of them. What is counted
over all blocks stands until the next fold, or until somebody's ids become another's.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np

from parallax.db import Transaction
from parallax.engine import sessions as facts
from parallax.engine.caches import Kept
from parallax.engine.columns import Numbers
from parallax.engine.known import Known
from parallax.engine.requests import SessionsByUser
from parallax.engine.sessionfacts import SESSION_BLOCKS, SessionReader
from parallax.engine.standing import People
from parallax.scopes import statement

SESSION_BLOCKS_LISTED = statement(__file__, "session_blocks_listed")
INLINE_BLOCKS: Final = 16
"""More are decoded, or counted, beside the event loop."""


class Began(NamedTuple):
    """When each user first had an event in a session: a row for each session, app and id, in the order of the sessions."""

    number: Numbers
    app: Numbers
    actor: Numbers
    first_at: Numbers

    def users(self, people: People, request: SessionsByUser) -> tuple[Numbers, Numbers]:
        """A session and a user for each pair that began before the instant: who they are by now, each pair once."""
        users = people.of(self.actor)
        mine = (users > 0) & (self.first_at < request.before_us)
        if request.scope >> 1:
            mine &= self.app == request.scope >> 1
        number, users = self.number[mine], users[mine]
        if (number[1:] == number[:-1]).any():  # several apps, several users, or two ids of one user
            pairs = np.unique(number.astype(np.int64) << 32 | users)
            number, users = pairs >> 32, pairs & 0xFFFFFFFF
        return number, users


class UserSessionReader:
    def __init__(
        self, transaction: Transaction, kept: Kept, known: Mapping[UUID, Known], sessions: SessionReader
    ) -> None:
        self._transaction, self._kept, self._known, self._sessions = transaction, kept, known, sessions

    async def counts(self, asked: Sequence[tuple[UUID, SessionsByUser]]) -> list[Numbers | None]:
        """For each request the numbers by user; None where the sessions' users are not told apart."""
        found: list[Numbers | None] = [self._kept.get(each, self._known[each[0]].standing) for each in asked]
        for place, (client, request) in enumerate(asked):
            if found[place] is None and (folded := await self._folded(client, request)) is not None:
                counts = found[place] = await self._with_tail(client, request, folded)
                self._kept.put(asked[place], self._known[client].standing, counts, 500 + counts.nbytes)
        return found

    async def _folded(self, client: UUID, request: SessionsByUser) -> Numbers | None:
        people = self._known[client].people
        key, version = ("folded", client, request), (self._known[client].standing.generation, people.links)
        counts: Numbers | None = self._kept.get(key, version)
        if counts is None:
            blocks = await self._blocks(client, request.scope & 1)
            if blocks is None:
                return None

            def counted() -> Numbers:
                users = [each.users(people, request)[1] for each in blocks]
                return np.bincount(np.concatenate([*users, np.zeros(0, np.int32)]))

            counts = await asyncio.to_thread(counted) if len(blocks) > INLINE_BLOCKS else counted()
            self._kept.put(key, version, counts, 500 + counts.nbytes)
        return counts

    async def _with_tail(self, client: UUID, request: SessionsByUser, counts: Numbers) -> Numbers:
        """A pair counts anew when it is among the tail's alone; or not before the instant, among those that are stored."""
        tail, people = self._sessions.tail(client, request.scope & 1), self._known[client].people
        number, users = _began(tail).users(people, request)
        if not len(number):
            return counts
        [stored] = await self._sessions.stored([(client, request.scope & 1, np.unique(number))])
        before, its = _began(stored).users(people, request)
        fresh = np.setdiff1d(number.astype(np.int64) << 32 | users, before.astype(np.int64) << 32 | its)
        added = np.bincount(fresh & 0xFFFFFFFF, minlength=len(counts))
        added[: len(counts)] += counts
        return added

    async def _blocks(self, client: UUID, stream: int) -> list[Began] | None:
        [row] = await self._transaction.rows(SESSION_BLOCKS_LISTED, client, stream)
        if not row["sessions_by_user"]:
            return None
        versions = dict(zip(row["blocks"] or (), row["versions"] or (), strict=True))
        keys = {block: ("began", client, stream, block) for block in versions}
        found = {block: self._kept.get(keys[block], version) for block, version in versions.items()}
        missing = [block for block, held in found.items() if held is None]
        if missing:
            many = len(missing)
            rows = await self._transaction.rows(SESSION_BLOCKS, [client] * many, [stream] * many, missing)

            def decoded() -> list[Began]:
                return [Began(**facts.columns(data, Began._fields)) for _, _, data in rows]

            read = await asyncio.to_thread(decoded) if many > INLINE_BLOCKS else decoded()
            for (number, _, _), began in zip(rows, read, strict=True):
                block = missing[number - 1]
                found[block] = began
                size = 500 + sum(column.nbytes for column in began)
                self._kept.put(keys[block], versions[block], began, size)
        return list(found.values())


def _began(sessions: facts.Sessions) -> Began:
    return Began(*(getattr(sessions, name) for name in Began._fields))
