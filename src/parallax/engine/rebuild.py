"""Everything derived of a client's events, made again from the rows: in one transaction, while ingest goes on.

So is a change of the client's zone taken up (T11). Days of months whose rows are dropped stay as they are.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

from parallax.db import Database, Transaction
from parallax.engine import counted, firsts
from parallax.engine.bitmaps import BitMap, union
from parallax.engine.days import ANY, Day, Key, nothing, with_firsts
from parallax.engine.derived import Derived, ScopeAndEvent, begun, without_ended
from parallax.engine.fold import EVER, moved_by
from parallax.engine.recount import STREAMS, Blocks, Recount, Window, keep_old_sessions, kept_firsts, raw_since
from parallax.engine.segments import as_date
from parallax.engine.sessions import Starts
from parallax.engine.settling import Settling
from parallax.engine.standing import People, Standing
from parallax.scopes import Scope, statement

HERE = str(Path(__file__).parent / "writing" / "_")
DAYS_DROP = statement(HERE, "days_drop")
SESSIONS_DROP = statement(HERE, "sessions_drop")
SESSIONS_TOLD_APART = statement(HERE, "sessions_told_apart")

Told: TypeAlias = Callable[[int, int | None], None]
"""Hears of events done and events in all."""


def to_nobody(_done: int, _total: int | None) -> None:
    """For those who need not know how far it is."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many events were read. Days before `kept_before` stay as they were: their rows are dropped."""

    events: int
    kept_before: date | None = None


async def rebuild(db: Database, client: UUID, told: Told = to_nobody) -> Rebuilt:
    """Days, first-seen sets, sessions and counters of all that is folded; what waits goes on waiting.

    One transaction: the deadline must leave it time, some two seconds for a million events. Raises NotFound for a client
    that is not there.
    """
    async with db.writing(Scope.of(client)) as transaction:
        standing, people = await begun(transaction, client)
        made = _Making(transaction, standing, people, told)
        return await made.all()


class _Making:
    def __init__(self, transaction: Transaction, standing: Standing, people: People, told: Told) -> None:
        self._transaction, self._standing, self._people, self._told = transaction, standing, people, told
        self._client, self._zone = standing.client, standing.zone
        self._derived = Derived(transaction, standing.client, standing.generation + 1)
        self._done = self._total = 0

    async def all(self) -> Rebuilt:
        since = await raw_since(self._transaction, self._client, self._zone)
        cut = EVER if since is None else since
        before = await self._derived.fields()
        counts = []
        for stream in STREAMS:
            fields = before.get(stream, {})
            count = Recount(self._transaction, self._client, stream, self._people, self._zone, fields, cut)
            await count.look()
            self._total += sum(place.events for place in count.places)
            counts.append(count)
        starts = [await self._sessions(count, since) for count in counts]
        await self._transaction.run(DAYS_DROP, self._client, cut)
        for count, its in zip(counts, starts, strict=True):
            await self._days(count, its, since)
            await self._derived.put_fields(count.stream, before.get(count.stream, {}), count.fields)
        await self._transaction.run(SESSIONS_TOLD_APART, self._client)
        await (await Settling.begun(self._transaction, self._standing, self._people)).make_all_anew()
        await self._derived.folded(self._standing.folded, self._zone, all_of_it=False)
        return Rebuilt(self._total, None if since is None else as_date(since))

    async def _sessions(self, count: Recount, since: int | None) -> dict[Key, Starts]:
        """Makes the blocks; what they add to the days from `since` on."""
        blocks = Blocks()
        async for part in count.sessions():
            await asyncio.to_thread(blocks.add, part)
        if since is not None:
            await keep_old_sessions(self._transaction, self._derived, count, blocks)
        packed = list(blocks.packed())
        await self._transaction.run(SESSIONS_DROP, self._client, count.stream, [number for number, _, _ in packed])
        await self._derived.put_blocks(count.stream, packed)
        starts = await asyncio.to_thread(blocks.starts, count.stream, self._zone)
        return {key: its for key, its in starts.items() if since is None or key[2] >= since}

    async def _days(self, count: Recount, starts: dict[Key, Starts], since: int | None) -> None:
        ever: dict[ScopeAndEvent, BitMap] = {}
        if since is not None:
            ever = await kept_firsts(self._transaction, self._derived, count)
        for window in count.windows():
            fresh = await count.days(window)
            made = await asyncio.to_thread(completed, fresh, window, starts, ever, count.fields)
            await self._derived.put(made)
            self._done += sum(
                day.events for (scope, event, _), day in made.items() if (scope, event) == (count.stream, ANY)
            )
            self._told(self._done, self._total)


def completed(
    fresh: Mapping[Key, Day],
    window: Window,
    starts: Mapping[Key, Starts],
    ever: dict[ScopeAndEvent, BitMap],
    fields: counted.Fields,
) -> dict[Key, Day]:
    """Days of a window with firsts and starts. `ever`, who came on an earlier day, then has those of the window too."""
    users: dict[ScopeAndEvent, dict[int, BitMap]] = defaultdict(dict)
    for (scope, event, day), its in fresh.items():
        if its.users:
            users[scope, event][day] = its.users
    first_seen: dict[Key, BitMap] = {}
    for its_key, days in users.items():
        for its_day, bits in firsts.moved({}, days, ever.get(its_key)).items():
            first_seen[*its_key, its_day] = bits
        ever[its_key] = union((ever.get(its_key, BitMap()), *days.values()))
    made = {}
    for key in fresh.keys() | {key for key in starts if window.first <= key[2] <= window.last}:
        seen = with_firsts(fresh.get(key) or nothing(key[2]), first_seen.get(key, BitMap()))
        made[key] = without_ended(moved_by(seen, starts.get(key)), fields)
    return made
