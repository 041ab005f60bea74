"""Takes a load back: its rows go, and what they touched is derived anew. As fresh as any other change."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np

from parallax.db import Database, Transaction
from parallax.engine import sessions as facts
from parallax.engine.bitmaps import BitMap, union
from parallax.engine.columns import Numbers
from parallax.engine.days import Day, Key, nothing, users_of, with_firsts
from parallax.engine.derived import Derived, ScopeAndEvent, begun, blocks_with, without_ended
from parallax.engine.fold import EVER, moved_by, moves, zone_of
from parallax.engine.frames import EVENTS
from parallax.engine.recount import SCOPES_HELD, STREAMS, Blocks, Recount, Window
from parallax.engine.rolling import local_days
from parallax.engine.segments import Place, Segments
from parallax.engine.sessions import Sessions
from parallax.engine.settling import Settling
from parallax.engine.standing import People, Standing
from parallax.engine.timelines import WEEK_DAYS
from parallax.errors import NotFound
from parallax.scopes import Scope, statement

HERE = str(Path(__file__).parent / "writing" / "_")
LOAD_HELD = statement(HERE, "load_held")
LOAD_UNDONE = statement(HERE, "load_undone")
LOAD_WAITING_DROP = statement(HERE, "load_waiting_drop")
WAITING_SETTLED = statement(HERE, "waiting_settled")
USERS_AFTER = statement(HERE, "users_after")
AT_ONCE: Final = 16
"""Segments that are taken away together."""
DAYS_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True)
class Undone:
    """How many events and logs are gone."""

    events: int


async def undo(db: Database, client: UUID, load: UUID) -> Undone:
    """All or nothing, in one transaction. A load that was taken back already has nothing left.

    Raises NotFound for a client or a load that is not there.
    """
    async with db.writing(Scope.of(client)) as transaction:
        standing, people = await begun(transaction, client)
        if not await transaction.rows(LOAD_HELD, client, load):
            raise NotFound("There is no such load of this client.")
        events = 0
        for stream in STREAMS:
            events += await _Taking(transaction, standing, people, stream).all(load)
        # From here on no batch of the load comes in: whoever writes one needs the client's state.
        await Derived(transaction, client, 0).folded(standing.folded, zone_of(standing), all_of_it=False)
        events += sum(row["events"] for row in await transaction.rows(LOAD_WAITING_DROP, client, load))
        await transaction.run(WAITING_SETTLED, client)
        await transaction.run(LOAD_UNDONE, client, load)
    return Undone(events)


class _Taking:
    """The folded rows of one stream of a load on their way out."""

    def __init__(self, transaction: Transaction, standing: Standing, people: People, stream: int) -> None:
        self._transaction, self._standing, self._people, self._stream = transaction, standing, people, stream
        self._zone = zone_of(standing)
        self._derived = Derived(transaction, standing.client, standing.generation + 1)

    async def all(self, load: UUID) -> int:
        segments = Segments(self._transaction, self._standing.client, self._stream)
        places = [place for place in await segments.listed() if place.load == load]
        if not places:
            return 0
        days, numbers = await self._take(segments, places)
        fields = (await self._derived.fields()).get(self._stream, {})
        count = Recount(self._transaction, self._standing.client, self._stream, self._people, self._zone, fields, EVER)
        await count.look()
        before, after = await self._sessions(count, numbers)
        starts = await asyncio.to_thread(moves, self._stream, before, after, self._zone)
        lost: dict[ScopeAndEvent, dict[int, BitMap]] = defaultdict(dict)
        # Sessions may have begun on other days than those of the load.
        for window in count.windows(days | {day for _, _, day in starts}):
            held = await self._held(window)
            fresh = await count.days(window)
            made: dict[Key, Day] = {}
            for key in held.keys() | fresh.keys():
                stored, now = held.get(key) or nothing(key[2]), fresh.get(key) or nothing(key[2])
                made[key], gone = replaced(stored, now)
                if gone:
                    lost[key[0], key[1]][key[2]] = gone
                made[key] = without_ended(moved_by(made[key], starts.get(key)), count.fields)
            await self._derived.put(made)
        if self._stream == EVENTS:
            settling = await Settling.begun(self._transaction, self._standing, self._people)
            await settling.make_anew(sorted({place.day // WEEK_DAYS for place in places}))
        for scope_and_event, by_day in lost.items():
            await self._move_firsts(scope_and_event, by_day)
        return sum(place.events for place in places)

    async def _take(self, segments: Segments, places: list[Place]) -> tuple[set[int], Numbers]:
        """Takes the rows away. The client's days on which they were, and their sessions."""
        days: set[int] = set()
        numbers = [np.zeros(0, np.int64)]
        for start in range(0, len(places), AT_ONCE):
            for frame in (await segments.taken(places[start : start + AT_ONCE])).values():
                days |= set(np.unique(local_days(frame.at, self._zone)).tolist())
                numbers.append(np.unique(frame.session[frame.session > 0]).astype(np.int64))
        return days, np.unique(np.concatenate(numbers))

    async def _sessions(self, count: Recount, numbers: Numbers) -> tuple[Sessions, Sessions]:
        """Facts of the sessions concerned, before and after; what is stored becomes the latter."""
        if not len(numbers):
            return facts.none(), facts.none()
        blocks = blocks_with(numbers)
        held = await self._derived.sessions(self._stream, blocks)
        before, left = facts.among(held, numbers), Blocks()
        async for part in count.sessions(int(before.first_at.min()), int(before.last_at.max()) + 1):
            await asyncio.to_thread(left.add, facts.among(part, numbers))
        after = facts.merged(*(its for _, its in left.each()))
        others = held.taken(~np.isin(held.number, numbers))
        kept = dict(facts.blocks(facts.merged(others, after)))
        whole = ((block, kept.get(block, facts.none())) for block in blocks)
        await self._derived.put_blocks(
            self._stream, [(block, len(np.unique(its.number)), facts.encoded(its)) for block, its in whole]
        )
        return before, after

    async def _held(self, window: Window) -> dict[Key, Day]:
        rows = await self._transaction.rows(SCOPES_HELD, self._standing.client)
        scopes = {row["scope"] for row in rows if row["scope"] & 1 == self._stream}
        return await self._derived.days_between(scopes, window.first, window.last)

    async def _move_firsts(self, key: ScopeAndEvent, lost: dict[int, BitMap]) -> None:
        """Those whose first day was one that they are not on any more: it is the next day on which they are."""
        looking, come = BitMap(), {}
        since: int | None = min(lost)
        while since is not None:
            rows = await self._transaction.rows(USERS_AFTER, self._standing.client, *key, since, DAYS_AT_ONCE)
            for day, bits in map(tuple, rows):
                looking |= lost.get(day, BitMap())
                if found := looking & users_of(bits):
                    come[(*key, day)] = found
                    looking -= found
            since = (
                rows[-1]["day"] + 1 if len(rows) == DAYS_AT_ONCE and (looking or rows[-1]["day"] < max(lost)) else None
            )
        held = await self._derived.days(come)
        await self._derived.put(
            {key: with_firsts(day, union((day.firsts or BitMap(), come[key]))) for key, day in held.items()}
        )


def replaced(stored: Day, now: Day) -> tuple[Day, BitMap]:
    """A day whose rows are others now: with the firsts that still are on it, and those that are not. Starts stay."""
    assert stored.firsts is not None
    assert now.users is not None
    day = replace(
        now, version=stored.version, starts=stored.starts, bounces=stored.bounces, session_us=stored.session_us
    )
    return with_firsts(day, stored.firsts & now.users), stored.firsts - now.users
