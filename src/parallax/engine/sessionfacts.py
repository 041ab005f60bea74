"""Facts of sessions as stored, and with what the tail adds to them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import numpy as np

from parallax.db import Transaction
from parallax.engine import sessions as facts
from parallax.engine.caches import Kept
from parallax.engine.columns import Numbers
from parallax.engine.dayrows import DayRows
from parallax.engine.frames import joined
from parallax.engine.known import Known
from parallax.engine.requests import Sessions
from parallax.scopes import statement

SESSION_BLOCKS = statement(__file__, "session_blocks")
Moves = Mapping[tuple[int, int], facts.Starts]


class SessionReader:
    def __init__(self, transaction: Transaction, kept: Kept, known: Mapping[UUID, Known]) -> None:
        self._transaction, self._kept, self._known = transaction, kept, known

    async def sessions(self, asked: Sequence[tuple[UUID, Sessions]]) -> list[facts.Sessions]:
        """Facts of the sessions that each request names, within its scope."""
        wanted = [
            (client, request.scope & 1, np.unique(np.asarray(request.numbers, np.int64))) for client, request in asked
        ]
        answers = []
        for (client, request), (_, stream, numbers), stored in zip(
            asked, wanted, await self.stored(wanted), strict=True
        ):
            tail = facts.among(self.tail(client, stream), numbers)
            answers.append(facts.of_scope(facts.merged(stored, tail), request.scope))
        return answers

    async def add_starts(self, asked: Sequence[tuple[UUID, int, int, DayRows]]) -> None:
        """Adds to the rows of (client, scope, event) what the tail's events make of sessions' starts."""
        clients = {(client, scope & 1): None for client, scope, _, _ in asked if self._known[client].tail.of(scope & 1)}
        wanted = [(client, stream, np.unique(self.tail(client, stream).number)) for client, stream in clients]
        before = dict(zip(clients, await self.stored(wanted), strict=True))
        moves: dict[tuple[UUID, int], Moves] = {}
        for client, scope, event, rows in asked:
            if (client, scope & 1) not in before:
                continue
            if (client, scope) not in moves:
                moves[client, scope] = self._moves(client, scope, before[client, scope & 1])
            rows.own()
            for place, day in enumerate(rows.day.tolist()):
                move = moves[client, scope].get((event, day))
                if move is not None:
                    for name, by in zip(("starts", "bounces", "session_us"), move, strict=True):
                        rows.numbers[name][place] += by

    def _moves(self, client: UUID, scope: int, stored: facts.Sessions) -> Moves:
        known = self._known[client]
        after = facts.merged(stored, self.tail(client, scope & 1))
        return facts.moved_starts(facts.of_scope(stored, scope), facts.of_scope(after, scope), known.standing.zone)

    def tail(self, client: UUID, stream: int) -> facts.Sessions:
        known = self._known[client]
        key, version = ("tail sessions", client, stream), (known.standing, known.tail.known)
        held: facts.Sessions | None = self._kept.get(key, version)
        if held is None:
            frames = known.tail.of(stream)
            held = facts.of_frame(known.living(joined(frames))) if frames else facts.none()
            self._kept.put(key, version, held, 200 + 80 * len(held))
        return held

    async def stored(self, wanted: Sequence[tuple[UUID, int, Numbers]]) -> list[facts.Sessions]:
        keys = dict.fromkeys(
            (client, stream, block)
            for client, stream, numbers in wanted
            for block in np.unique(numbers // facts.BLOCK).tolist()
        )
        blocks: dict[tuple[UUID, int, int], facts.Sessions] = {}
        missing = []
        for key in keys:
            held = self._kept.get(("sessions", *key), self._known[key[0]].standing.generation)
            if held is None:
                missing.append(key)
            else:
                blocks[key] = held
        if missing:
            rows = await self._transaction.rows(SESSION_BLOCKS, *map(list, zip(*missing, strict=True)))
            for number, _, data in rows:
                key = missing[number - 1]
                blocks[key] = facts.decoded(data)
                size = 200 + 80 * len(blocks[key])
                self._kept.put(("sessions", *key), self._known[key[0]].standing.generation, blocks[key], size)
        return [
            facts.merged(
                *(
                    facts.among(blocks[client, stream, block], numbers)
                    for block in np.unique(numbers // facts.BLOCK).tolist()
                    if (client, stream, block) in blocks
                )
            )
            for client, stream, numbers in wanted
        ]
