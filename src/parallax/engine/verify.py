"""Recomputes everything that is derived of a client's events from their rows, and compares. Changes nothing.

It reads one snapshot, some hundred thousand rows at a time: ingest and folds go on.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np

from parallax.db import Database, Transaction
from parallax.engine import counted
from parallax.engine import sessions as facts
from parallax.engine.bitmaps import BitMap, BitMap64, deserialized
from parallax.engine.columns import Numbers
from parallax.engine.days import ANY, Day, Key, nothing
from parallax.engine.derived import Derived, ScopeAndEvent, standing_of, without_ended
from parallax.engine.examined import unlike_timelines
from parallax.engine.fold import EVER, zone_of
from parallax.engine.frames import DAY_US, Frame, loaded
from parallax.engine.known import NAMES_SINCE
from parallax.engine.planes import frame_of
from parallax.engine.rebuild import completed
from parallax.engine.recount import (
    SCOPES_HELD,
    SESSIONS_BLOCKS,
    STREAMS,
    Blocks,
    Recount,
    keep_old_sessions,
    kept_firsts,
    raw_since,
)
from parallax.engine.rolling import EPOCH_ORDINAL
from parallax.engine.segments import as_date
from parallax.engine.standing import People, Standing
from parallax.engine.traits import trait_bitmaps_of
from parallax.engine.unlike import differing, unlike, unlike_fields
from parallax.scopes import Scope, statement

HERE = str(Path(__file__).parent / "writing" / "_")
SEGMENTS_EXAMINED = statement(HERE, "segments_examined")
TAIL_EXAMINED = statement(HERE, "tail_examined")
STATE_EXAMINED = statement(HERE, "state_examined")
DAYS_HELD_ANY = statement(HERE, "days_held_any")
TRAITS_HELD = statement(HERE, "traits_held")
ACTORS_WITH_TRAITS = statement(HERE, "actors_with_traits")
MOST_TOLD: Final = 100
AT_ONCE: Final = 32


@dataclass(frozen=True, slots=True)
class Difference:
    """`where` it is, and what is `said` there against what the rows say."""

    where: str
    said: str


@dataclass(slots=True)
class Verified:
    """What was compared, and what differs: the first of the differences, and how many they are."""

    events: int = 0
    waiting: int = 0
    days: int = 0
    sessions: int = 0
    differences: list[Difference] = field(default_factory=list)
    count: int = 0
    notes: list[str] = field(default_factory=list)

    def differs(self, where: str, said: str) -> None:
        self.count += 1
        if len(self.differences) < MOST_TOLD:
            self.differences.append(Difference(where, said))


async def verify(db: Database, client: UUID) -> Verified:
    """Raises NotFound for a client that is not there. The deadline must leave it some two seconds for a million events."""

    async def within(transaction: Transaction) -> Verified:
        standing, people = await standing_of(transaction, client)
        return await _Comparing(transaction, standing, people).all()

    return await db.snapshot(Scope.of(client), within)


class _Comparing:
    def __init__(self, transaction: Transaction, standing: Standing, people: People) -> None:
        self._transaction, self._standing, self._people = transaction, standing, people
        self._client, self._zone = standing.client, zone_of(standing)
        self._derived = Derived(transaction, standing.client, 0)
        self._found = Verified()
        self._names: dict[int, str] = {}
        self._positions = BitMap64()
        self._most = {"actor": 0, "session": 0}

    async def all(self) -> Verified:
        standing, found = self._standing, self._found
        rows = await self._transaction.rows(NAMES_SINCE, [self._client], [0])
        self._names = {row["number"]: row["name"] for row in rows}
        since = await raw_since(self._transaction, self._client, self._zone)
        if since is not None:
            found.notes.append(f"Rows before {as_date(since)} are dropped: days before it are not compared.")
        if standing.folded and standing.folded_zone != standing.zone:
            found.notes.append(f"Days are cut in {standing.folded_zone}; they wait to be made anew in {standing.zone}.")
        fields = await self._derived.fields()
        for stream in STREAMS:
            its = fields.get(stream, {})
            cut = EVER if since is None else since
            count = Recount(self._transaction, self._client, stream, self._people, self._zone, its, cut)
            await count.look()
            await self._segments(count)
            await self._sessions_and_days(count, its, since)
            for said in unlike_fields(its, count.fields):
                found.differs(f"counted fields of stream {stream}", said)
        async for where, said in unlike_timelines(self._transaction, standing, self._people):
            found.differs(where, said)
        await self._state()
        await self._traits()
        return found

    # ------------------------------------------------------------ the truth
    async def _segments(self, count: Recount) -> None:
        for start in range(0, len(count.places), AT_ONCE):
            places = count.places[start : start + AT_ONCE]
            keys = [as_date(place.day) for place in places], [place.position for place in places]
            for row in await self._transaction.rows(SEGMENTS_EXAMINED, self._client, count.stream, *keys):
                frame = frame_of(row["chunks"], row["core"])
                where = f"segment {row['position']} of {row['day']}"
                self._examine(where, row, frame)
                if not (_in_order(frame.position) if row["chunks"] is None else _by_event(frame)):
                    self._found.differs(where, "is not in its order")
                if (frame.at // DAY_US != row["day"].toordinal() - EPOCH_ORDINAL).any():
                    self._found.differs(where, "has rows of another day")
                if int(frame.position.max()) > self._standing.folded:
                    self._found.differs(where, f"has rows beyond what is folded, {self._standing.folded}")
                for name, most in self._most.items():
                    self._most[name] = max(most, int(getattr(frame, name).max()))
                for event in set(np.unique(frame.event).tolist()) - self._names.keys():
                    self._found.differs(where, f"has events of number {event}, which has no name")
                self._found.events += len(frame)

    def _examine(self, where: str, row: Mapping[str, int], frame: Frame) -> None:
        position, at = frame.position, frame.at
        said = (row["events"], row["first_at"], row["last_at"])
        are = (len(at), int(at.min()), int(at.max()))
        if said != are:
            self._found.differs(where, f"is said to hold {said} events, from, to; it holds {are}")
        before = len(self._positions)
        self._positions |= BitMap64(position.tolist())
        if len(self._positions) - before != len(position):
            self._found.differs(where, "has events that are stored twice")

    async def _state(self) -> None:
        [state] = await self._transaction.rows(STATE_EXAMINED, self._client)
        waiting = 0
        for row in await self._transaction.rows(TAIL_EXAMINED, self._client):
            frame = loaded(row["core"])
            where = f"waiting batch {row['position']}"
            self._examine(where, row, frame)
            if not _in_order(frame.position):
                self._found.differs(where, "is not in the order of acceptance")
            if not state["folded"] < int(frame.position.min()) <= int(frame.position.max()) <= state["position"]:
                self._found.differs(where, f"lies outside of {state['folded']} to {state['position']}")
            waiting += len(frame)
        self._found.waiting = waiting
        where = "the client's state"
        if state["folded"] > state["position"]:
            self._found.differs(where, f"folded {state['folded']} is beyond the last position, {state['position']}")
        if waiting and not state["waits"]:
            self._found.differs(where, "says that nothing waits; a fold would never come")
        for name, most in self._most.items():
            if most >= state[f"next_{name}"]:
                self._found.differs(where, f"would give {name} {state[f'next_{name}']} anew; {most} is taken")

    # ------------------------------------------------------------ what is derived
    async def _sessions_and_days(self, count: Recount, fields: counted.Fields, since: int | None) -> None:
        blocks = Blocks()
        async for part in count.sessions():
            await asyncio.to_thread(blocks.add, part)
        if since is not None:
            await keep_old_sessions(self._transaction, self._derived, count, blocks)
        await self._compare_sessions(count.stream, blocks)
        starts = await asyncio.to_thread(blocks.starts, count.stream, self._zone)
        if since is not None:
            starts = {key: its for key, its in starts.items() if key[2] >= since}
        ever: dict[ScopeAndEvent, BitMap] = {}
        if since is not None:
            ever = await kept_firsts(self._transaction, self._derived, count)
        held = {row["day"] for row in await self._transaction.rows(DAYS_HELD_ANY, self._client, count.stream)}
        natural = {day for window in count.windows() for day in range(window.first, window.last + 1)}
        rows = await self._transaction.rows(SCOPES_HELD, self._client)
        scopes = {row["scope"] for row in rows if row["scope"] & 1 == count.stream}
        for window in count.windows(held | natural):
            fresh = await count.days(window)
            made = await asyncio.to_thread(completed, fresh, window, starts, ever, count.fields)
            stored = await self._derived.days_between(scopes, window.first, window.last)
            await asyncio.to_thread(self._compare_days, stored, made, fields)

    def _compare_days(self, stored: Mapping[Key, Day], made: Mapping[Key, Day], fields: counted.Fields) -> None:
        for key in sorted(stored.keys() | made.keys()):
            held = stored.get(key) or nothing(key[2])
            its = made.get(key) or nothing(key[2])
            self._found.days += key in stored
            if held.version > self._standing.generation:
                self._found.differs(self._place(key), f"has version {held.version}, beyond {self._standing.generation}")
            for said in unlike(without_ended(held, fields), its):
                self._found.differs(self._place(key), said)

    async def _compare_sessions(self, stream: int, blocks: Blocks) -> None:
        made = blocks.packed_by_number()
        numbers = {row["block"] for row in await self._transaction.rows(SESSIONS_BLOCKS, self._client, stream)}
        for number in sorted(made.keys() | numbers):
            held = await self._derived.sessions(stream, [number])
            its = facts.decoded(made.get(number))
            self._found.sessions += len(np.unique(its.number))
            unlike_numbers = differing(held, its)
            for session in unlike_numbers[:MOST_TOLD]:
                self._found.differs(f"session {session} of stream {stream}", "is not what its rows say")
            self._found.count += max(0, len(unlike_numbers) - MOST_TOLD)

    async def _traits(self) -> None:
        ids = [tuple(row) for row in await self._transaction.rows(ACTORS_WITH_TRAITS, self._client)]
        made = await asyncio.to_thread(trait_bitmaps_of, ids)
        held = {}
        for name, value, users, bits in map(tuple, await self._transaction.rows(TRAITS_HELD, self._client)):
            held[name, value] = deserialized(bits)
            if users != len(held[name, value]):
                self._found.differs(f"trait {name} = {value}", f"is said to be of {users} users; its set has others")
        for key in sorted(held.keys() | made.keys()):
            if held.get(key, BitMap()) != made.get(key, BitMap()):
                said = (
                    f"is of {len(held.get(key, ()))} users; the ids' own traits say {len(made.get(key, ()))}, or others"
                )
                self._found.differs(f"trait {key[0]} = {key[1]}", said)

    def _place(self, key: Key) -> str:
        scope, event, day = key
        of = f"app {scope >> 1}" if scope > 1 else "the client"
        what = "log" if scope & 1 else "event"
        name = f"any {what}" if event == ANY else f"{what} {self._names.get(event, event)!r}"
        return f"{as_date(day)}, {name} of {of}"


def _in_order(numbers: Numbers) -> bool:
    return bool((np.diff(numbers) > 0).all())


def _by_event(frame: Frame) -> bool:
    """Whether rows are in the order of (event, at, position)."""
    order = np.lexsort((frame.position, frame.at, frame.event))
    return _in_order(order)
