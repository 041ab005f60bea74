"""Reads the rows themselves: folded segments and the tail, only the columns that a question names."""

import asyncio
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from parallax.db import Record, Transaction
from parallax.engine.caches import Kept
from parallax.engine.frames import DAY_US, EVENTS, Frame
from parallax.engine.known import Known
from parallax.engine.planes import frame_of
from parallax.engine.requests import Columns, Scan
from parallax.engine.standing import Scanned
from parallax.scopes import Statement, statement

SEGMENTS_BETWEEN = statement(__file__, "segments_between")
EPOCH = date(1970, 1, 1)
LAST_DAY = 30_000  # nothing is accepted that lies behind it
AT_ONCE = 4_000_000
"""Events of segments whose blocks are read by one statement, and one segment's more."""
INLINE_EVENTS = 20_000
Place = tuple[UUID, int, date, int]
"""Client, stream, day, position."""


class Head(NamedTuple):
    """A segment that reaches into a span, as it is now. Instants are those of its first and its last row."""

    place: Place
    version: int
    events: int
    first_at: int
    last_at: int

    def parted_at(self, instants: Sequence[int]) -> Sequence[int]:
        """Those of some instants (ascending) at which its rows do not all lie on the same side."""
        return instants[bisect_right(instants, self.first_at) : bisect_right(instants, self.last_at)]


async def heads_of(transaction: Transaction, asked: Sequence[tuple[UUID, Scan | Columns]]) -> list[list[Head]]:
    """The segments that reach into each request's span, oldest first."""
    rows = await transaction.rows(
        SEGMENTS_BETWEEN,
        [client for client, _ in asked],
        [request.stream for _, request in asked],
        [_day(request.from_us) for _, request in asked],
        [_day(request.to_us - 1) for _, request in asked],
        [request.from_us for _, request in asked],
        [request.to_us for _, request in asked],
    )
    heads: list[list[Head]] = [[] for _ in asked]
    for number, day, position, *rest in rows:
        client, request = asked[number - 1]
        heads[number - 1].append(Head((client, request.stream, day, position), *rest))
    return heads


@cache
def blocks_of_segments(columns: tuple[str, ...]) -> Statement:
    return statement(__file__, "blocks_of_segments", columns=", ".join(f"row.{name}" for name in columns))


class Scanner:
    def __init__(self, transaction: Transaction, kept: Kept, known: Mapping[UUID, Known]) -> None:
        self._transaction, self._kept, self._known = transaction, kept, known

    async def scan(self, asked: Sequence[tuple[UUID, Scan]]) -> list[list[Scanned]]:
        """Rows of each request, oldest segments first, the tail last."""
        heads = await heads_of(self._transaction, asked)
        answers: list[list[Scanned]] = []
        for (client, request), segments in zip(asked, heads, strict=True):
            known = self._known[client]
            frames = await self._frames(request, segments)
            frames += [_cut(frame, request) for frame in known.tail.of(request.stream)]

            def narrowed(frames: list[Frame] = frames, known: Known = known, request: Scan = request) -> list[Scanned]:
                found = (
                    Scanned.of(frame, known.people, request.from_us, request.to_us, request.app) for frame in frames
                )
                return [each for each in found if each is not None]

            large = sum(map(len, frames)) > INLINE_EVENTS
            answers.append(await asyncio.to_thread(narrowed) if large else narrowed())
        return answers

    async def cores(self, heads: Sequence[Head]) -> list[Frame]:
        """Segments whole, without ids and fields."""
        return await self._frames(Scan(EVENTS, 0, 0), heads)

    async def _frames(self, request: Scan, heads: Sequence[Head]) -> list[Frame]:
        """Of whole segments, some at a time."""
        frames: list[Frame] = []
        for some in _portions(heads):
            found = {head.place: self._kept.get(frame_key(head.place, request), head.version) for head in some}
            missing = [head for head in some if found[head.place] is None]
            if missing:
                raw = await self._raw(request, [head.place for head in missing])
                for head, frame in zip(missing, await asyncio.to_thread(_opened, raw, request), strict=True):
                    self._kept.put(frame_key(head.place, request), head.version, frame, frame.nbytes)
                    found[head.place] = frame
            frames += found.values()
        return frames

    async def _raw(self, request: Scan, places: Sequence[Place]) -> list[Record]:
        columns = ["chunks", "core"] + ["ids"] * request.ids + ["fields"] * (request.fields != ())
        rows = await self._transaction.rows(blocks_of_segments(tuple(columns)), *map(list, zip(*places, strict=True)))
        return sorted(rows, key=lambda row: row["number"])


def frame_key(place: Place, request: Scan) -> tuple[Any, ...]:
    """By which the rows of a segment are kept, as a request has them."""
    return (*place, request.fields, request.ids, request.event)


def _portions(heads: Sequence[Head]) -> Iterator[list[Head]]:
    some: list[Head] = []
    for head in heads:
        some.append(head)
        if sum(each.events for each in some) >= AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _opened(rows: Sequence[Record], request: Scan) -> list[Frame]:
    blocks = ((row["chunks"], row["core"], row.get("ids"), row.get("fields")) for row in rows)
    return [frame_of(*each, request.fields, request.event) for each in blocks]


def _cut(frame: Frame, request: Scan) -> Frame:
    fields = (
        frame.fields
        if request.fields is None
        else {name: coded for name, coded in frame.fields.items() if name in request.fields}
    )
    ids = frame.ids if request.ids else None
    cut = Frame(frame.at, frame.position, frame.event, frame.actor, frame.app, frame.session, fields, ids)
    return cut if request.event is None else cut.taken(cut.event == request.event)


def _day(at_us: int) -> date:
    return EPOCH + timedelta(days=min(max(at_us // DAY_US, 0), LAST_DAY))
