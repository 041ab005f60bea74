"""How many sessions each user has an event in (G2): counted over the facts of all sessions, with what the tail adds.

Of each block the process keeps the four columns that matter, by its version; a fold changes few of them. What is counted
over all blocks stands until the next fold, or until somebody's ids become another's.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
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
Stream = tuple[UUID, int]


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
        missing = [place for place, counts in enumerate(found) if counts is None]
        blocks: dict[Stream, list[Began] | None] = {}
        if missing:
            blocks = await self._blocks({(asked[place][0], asked[place][1].scope & 1): None for place in missing})
        for place in missing:
            client, request = asked[place]
            its = blocks[client, request.scope & 1]
            if its is not None:
                counts = found[place] = await self._with_tail(client, request, self._stored(client, request, its))
                self._kept.put(asked[place], self._known[client].standing, counts, 500 + counts.nbytes)
        return found

    def _stored(self, client: UUID, request: SessionsByUser, blocks: Sequence[Began]) -> Numbers:
        known = self._known[client]
        key, version = ("folded", client, request), (known.standing.generation, known.people.links)
        counts: Numbers | None = self._kept.get(key, version)
        if counts is None:
            users = [each.users(known.people, request)[1] for each in blocks]
            counts = np.bincount(np.concatenate(users)) if users else np.zeros(1, np.int64)
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

    async def _blocks(self, streams: Mapping[Stream, None]) -> dict[Stream, list[Began] | None]:
        found: dict[Stream, list[Began] | None] = {}
        missing: list[tuple[tuple[UUID, int, int], int]] = []
        rows = await self._transaction.rows(SESSION_BLOCKS_LISTED, *map(list, zip(*streams, strict=True)))
        for client, stream, is_told, blocks, versions in map(tuple, rows):
            its = found[client, stream] = [] if is_told else None
            for key in (
                ((client, stream, block), version) for block, version in zip(blocks or (), versions or (), strict=True)
            ):
                held = self._kept.get(("began", *key[0]), key[1])
                if held is None:
                    missing.append(key)
                elif its is not None:
                    its.append(held)
        if missing:
            keys = [key for key, _ in missing]
            for number, _, data in await self._transaction.rows(SESSION_BLOCKS, *map(list, zip(*keys, strict=True))):
                key, version = missing[number - 1]
                began = Began(**facts.columns(data, Began._fields))
                self._kept.put(("began", *key), version, began, 500 + sum(column.nbytes for column in began))
                its = found[key[:2]]
                if its is not None:
                    its.append(began)
        return found


def _began(sessions: facts.Sessions) -> Began:
    return Began(*(getattr(sessions, name) for name in Began._fields))
