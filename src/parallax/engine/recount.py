"""What is derived of folded events, made anew from their rows: some hundred thousand at a time, whatever their number."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np

from parallax.db import Transaction
from parallax.engine import counted
from parallax.engine import sessions as facts
from parallax.engine.bitmaps import BitMap, union
from parallax.engine.days import Day, Key, plus
from parallax.engine.derived import BLOCKS_AT_ONCE, Derived, ScopeAndEvent
from parallax.engine.fold import EVER, moves
from parallax.engine.frames import DAY_US, EVENTS, LOGS, Frame
from parallax.engine.rolling import EPOCH_ORDINAL, day_edges, local_days, rolled
from parallax.engine.segments import Place, Segments
from parallax.engine.sessions import Sessions, Starts
from parallax.engine.standing import People
from parallax.engine.tails import living
from parallax.scopes import statement

HERE = str(Path(__file__).parent / "writing" / "_")
MONTHS_THERE = statement(HERE, "months_there")
SCOPES_HELD = statement(HERE, "scopes_held")
SESSIONS_BLOCKS = statement(HERE, "sessions_blocks")
STREAMS: Final = (EVENTS, LOGS)
MOST_EVENTS: Final = 500_000
MOST_DAYS: Final = 31
REACH: Final = 2
"""A zone's day has no instant of a UTC day that is more than this away."""


class Window(NamedTuple):
    """Days of the client's zone, both included."""

    first: int
    last: int


class Recount:
    """The rows of one stream of a client, as whoever holds its fold finds them, or a snapshot.

    `fields` are the counted ones; they grow where the rows have more. Days before `since` have no rows any more.
    """

    def __init__(
        self,
        transaction: Transaction,
        client: UUID,
        stream: int,
        people: People,
        zone: str,
        fields: counted.Fields,
        since: int,
    ) -> None:
        self.client, self.stream, self.zone, self.fields, self.since = client, stream, zone, fields, since
        self._segments = Segments(transaction, client, stream)
        self._people = people
        self._places: list[Place] = []

    async def look(self) -> None:
        """Which segments there are."""
        self._places = await self._segments.listed()

    @property
    def places(self) -> Sequence[Place]:
        return self._places

    def windows(self, days: Collection[int] | None = None) -> Iterator[Window]:
        """These days, or all that may have rows, in order: some at a time."""
        held: dict[int, int] = {}
        for place in self._places:
            for day in range(place.day - REACH, place.day + REACH + 1):
                held[day] = held.get(day, 0) + (place.events if day == place.day else 0)
        wanted = sorted(day for day in (held if days is None else days) if day >= self.since)
        window, events = None, 0
        for day in wanted:
            if window is not None and (
                day != window.last + 1 or events >= MOST_EVENTS or day - window.first >= MOST_DAYS
            ):
                yield window
                window, events = None, 0
            window = Window(day if window is None else window.first, day)
            events += held.get(day, 0)
        if window is not None:
            yield window

    async def days(self, window: Window) -> dict[Key, Day]:
        """All days of the window; without firsts and starts, which do not come of a day alone."""
        edges = day_edges(window.first, window.last, self.zone)
        begins, ends = int(edges[0]), int(edges[-1])
        found: dict[Key, Day] = {}
        async for frame in self._frames(begins, ends):
            await asyncio.to_thread(self._add, frame, found)
        return found

    def _add(self, frame: Frame, found: dict[Key, Day]) -> None:
        self.fields = counted.grown(self.fields, frame)
        codes = counted.code_columns(self.fields, frame)
        days = local_days(frame.at, self.zone)
        for key, day in rolled(frame, self._people.of(frame.actor), days, codes, self.stream).items():
            found[key] = plus(found[key], day) if key in found else day

    async def sessions(self, begins: int | None = None, ends: int | None = None) -> AsyncIterator[Sessions]:
        """Facts of the rows of a span (or of all), in parts that may be of the same sessions."""
        async for frame in self._frames(begins, ends, fields=False):
            part = await asyncio.to_thread(facts.of_frame, frame)
            if len(part):
                yield part

    async def _frames(self, begins: int | None, ends: int | None, fields: bool = True) -> AsyncIterator[Frame]:
        first, last = (None if edge is None else edge // DAY_US for edge in (begins, ends))
        places = [
            place
            for place in self._places
            if (first is None or place.day >= first) and (last is None or place.day <= last)
        ]
        async for frame in self._segments.frames(places, fields):
            frame = living(frame, self._people)
            inside = np.ones(len(frame), bool)
            if begins is not None:
                inside &= frame.at >= begins
            if ends is not None:
                inside &= frame.at < ends
            if inside.any():
                yield frame if inside.all() else frame.taken(inside)


class Blocks:
    """Facts of all sessions of a stream, packed as they are stored: some twenty bytes each."""

    def __init__(self) -> None:
        self._held: dict[int, bytes] = {}

    def add(self, part: Sessions) -> None:
        for block, its in facts.blocks(part):
            self._held[block] = facts.encoded(facts.merged(facts.decoded(self._held.get(block)), its))

    def replace(self, part: Sessions) -> None:
        """These as they are, whatever was added of them."""
        for block, its in facts.blocks(part):
            others = facts.decoded(self._held.get(block))
            others = others.taken(~np.isin(others.number, its.number))
            self._held[block] = facts.encoded(facts.merged(others, its))

    def each(self) -> Iterator[tuple[int, Sessions]]:
        for block in sorted(self._held):
            yield block, facts.decoded(self._held[block])

    def packed(self) -> Iterator[tuple[int, int, bytes]]:
        """As `Derived.put_blocks` takes them."""
        for block, its in self.each():
            yield block, len(np.unique(its.number)), self._held[block]

    def packed_by_number(self) -> Mapping[int, bytes]:
        return self._held

    def starts(self, stream: int, zone: str) -> dict[Key, Starts]:
        """What the sessions add to the days of all scopes."""
        found: dict[Key, Starts] = {}
        for _, its in self.each():
            for key, more in moves(stream, facts.none(), its, zone).items():
                found[key] = Starts(*(a + b for a, b in zip(found.get(key, Starts()), more, strict=True)))
        return found


async def kept_firsts(transaction: Transaction, derived: Derived, count: Recount) -> dict[ScopeAndEvent, BitMap]:
    """Who did something on the days before `count.since`, by what is stored: their rows are dropped."""
    rows = await transaction.rows(SCOPES_HELD, count.client)
    its = {(scope, event): EVER for scope, event in map(tuple, rows) if scope & 1 == count.stream}
    stored = await derived.firsts(its)
    return {key: union(bits for day, bits in sets.items() if day < count.since) for key, sets in stored.items()}


async def keep_old_sessions(transaction: Transaction, derived: Derived, count: Recount, blocks: Blocks) -> None:
    """Facts of sessions that began before `count.since` become those that are stored: they are known from these alone."""
    before_us = int(day_edges(count.since, count.since, count.zone)[0])
    numbers = [row["block"] for row in await transaction.rows(SESSIONS_BLOCKS, count.client, count.stream)]
    for start in range(0, len(numbers), BLOCKS_AT_ONCE):
        held = await derived.sessions(count.stream, numbers[start : start + BLOCKS_AT_ONCE])
        blocks.replace(facts.among(held, held.number[held.first_at < before_us]))


async def raw_since(transaction: Transaction, client: UUID, zone: str) -> int | None:
    """The first day (the client's) from which on all rows are kept; None if all are.

    Days are derived of a month that has no rows any more: it was dropped, with all months before it.
    """
    [(kept, derived)] = map(tuple, await transaction.rows(MONTHS_THERE, client))
    if kept is None or derived is None:
        return None
    first = kept.toordinal() - EPOCH_ORDINAL
    if int(day_edges(derived, derived, zone)[1]) > first * DAY_US:
        return None
    days = range(first - REACH, first + REACH + 1)
    edges = day_edges(days[0], days[-1], zone)
    return next(day for day, begins in zip(days, edges.tolist(), strict=False) if begins >= first * DAY_US)
