"""Reads the rows themselves: folded segments and the tail, only the columns that a question names."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from parallax.db import Transaction
from parallax.engine.caches import Kept
from parallax.engine.columns import Block
from parallax.engine.frames import DAY_US, EVENTS, Coded, Frame, Ids, loaded, loaded_fields, loaded_ids
from parallax.engine.known import Known
from parallax.engine.requests import Scan
from parallax.engine.standing import Scanned
from parallax.scopes import Statement, statement

SEGMENTS_BETWEEN = statement(__file__, "segments_between")
EPOCH = date(1970, 1, 1)
LAST_DAY = 30_000  # nothing is accepted that lies behind it
AT_ONCE = 64
"""Segments whose blocks are read by one statement."""
INLINE_EVENTS = 20_000
NAMES = "names"
Place = tuple[UUID, int, date, int]
"""Client, stream, day, position."""


@cache
def _blocks_of_segments(columns: tuple[str, ...]) -> Statement:
    return statement(__file__, "blocks_of_segments", columns=", ".join(f"row.{name}" for name in columns))


class Scanner:
    def __init__(self, transaction: Transaction, kept: Kept, known: Mapping[UUID, Known]) -> None:
        self._transaction, self._kept, self._known = transaction, kept, known

    async def scan(self, asked: Sequence[tuple[UUID, Scan]]) -> list[list[Scanned]]:
        """Rows of each request, oldest segments first, the tail last."""
        heads = await self._heads(asked)
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

    async def _heads(self, asked: Sequence[tuple[UUID, Scan]]) -> list[list[tuple[Place, int]]]:
        """Place and version of the segments that reach into each request's span."""
        rows = await self._transaction.rows(
            SEGMENTS_BETWEEN,
            [client for client, _ in asked],
            [request.stream for _, request in asked],
            [_day(request.from_us) for _, request in asked],
            [_day(request.to_us - 1) for _, request in asked],
            [request.from_us for _, request in asked],
            [request.to_us for _, request in asked],
        )
        heads: list[list[tuple[Place, int]]] = [[] for _ in asked]
        for number, day, position, version, _ in rows:
            client, request = asked[number - 1]
            heads[number - 1].append(((client, request.stream, day, position), version))
        return heads

    async def cores(self, segments: Sequence[tuple[Place, int]]) -> list[Frame]:
        """The rows of segments, by place and version, without ids and fields."""
        return await self._frames(Scan(EVENTS, 0, 0), segments)

    async def _frames(self, request: Scan, segments: Sequence[tuple[Place, int]]) -> list[Frame]:
        frames: list[Frame] = []
        for start in range(0, len(segments), AT_ONCE):
            some = segments[start : start + AT_ONCE]
            raw = await self._missing(request, some)

            def decoded(some: Sequence[tuple[Place, int]] = some, raw: dict[Place, Any] = raw) -> list[Frame]:
                return [self._frame(request, place, version, raw.get(place)) for place, version in some]

            frames += await asyncio.to_thread(decoded) if raw else decoded()
        return frames

    async def _missing(self, request: Scan, segments: Sequence[tuple[Place, int]]) -> dict[Place, Any]:
        """Blocks of the segments of which something is not kept."""
        places: list[Place] = []
        columns: set[str] = set()
        for place, version in segments:
            lacks = self._lacks(request, place, version)
            if lacks:
                places.append(place)
                columns |= lacks
        if not places:
            return {}
        rows = await self._transaction.rows(
            _blocks_of_segments(tuple(sorted(columns))), *map(list, zip(*places, strict=True))
        )
        return {places[row["number"] - 1]: row for row in rows}

    def _lacks(self, request: Scan, place: Place, version: int) -> set[str]:
        lacks = set()
        if self._kept.get((*place, "core"), version) is None:
            lacks.add("core")
        if request.ids and self._kept.get((*place, "ids"), version) is None:
            lacks.add("ids")
        if request.fields is None or request.fields:
            names = self._kept.get((*place, NAMES), version)
            wanted = names if request.fields is None or names is None else names.intersection(request.fields)
            if names is None or any(self._kept.get((*place, "field", name), version) is None for name in wanted):
                lacks.add("fields")
        return lacks

    def _frame(self, request: Scan, place: Place, version: int, raw: Any) -> Frame:
        core: Frame | None = self._kept.get((*place, "core"), version)
        if core is None:
            core = loaded(raw["core"])
            self._kept.put((*place, "core"), version, core, 200 + 32 * len(core))
        ids: Ids | None = None
        if request.ids:
            ids = self._kept.get((*place, "ids"), version)
            if ids is None:
                ids = loaded_ids(raw["ids"])
                self._kept.put((*place, "ids"), version, ids, 200 + 17 * len(core) + 60 * len(ids.texts))
        return Frame(
            core.at,
            core.position,
            core.event,
            core.actor,
            core.app,
            core.session,
            self._fields(request, place, version, raw),
            ids,
        )

    def _fields(self, request: Scan, place: Place, version: int, raw: Any) -> dict[str, Coded]:
        if request.fields is not None and not request.fields:
            return {}
        names: frozenset[str] | None = self._kept.get((*place, NAMES), version)
        block = None
        if names is None:
            block = Block(raw["fields"])
            names = frozenset(name.removeprefix("codes:") for name in block.names if name.startswith("codes:"))
            self._kept.put((*place, NAMES), version, names, 100 + sum(60 + len(name) for name in names))
        wanted = names if request.fields is None else names.intersection(request.fields)
        found: dict[str, Coded] = {}
        missing = []
        for name in wanted:
            coded = self._kept.get((*place, "field", name), version)
            if coded is None:
                missing.append(name)
            else:
                found[name] = coded
        if missing:
            for name, coded in loaded_fields(block or Block(raw["fields"]), missing).items():
                size = 200 + coded.codes.nbytes + sum(60 + len(value) for value in coded.values)
                self._kept.put((*place, "field", name), version, coded, size)
                found[name] = coded
        return found


def _cut(frame: Frame, request: Scan) -> Frame:
    fields = (
        frame.fields
        if request.fields is None
        else {name: coded for name, coded in frame.fields.items() if name in request.fields}
    )
    ids = frame.ids if request.ids else None
    return Frame(frame.at, frame.position, frame.event, frame.actor, frame.app, frame.session, fields, ids)


def _day(at_us: int) -> date:
    return EPOCH + timedelta(days=min(max(at_us // DAY_US, 0), LAST_DAY))
