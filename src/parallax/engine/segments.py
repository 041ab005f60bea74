"""The truth: folded batches, a UTC day each. Small ones are put together, so that a day is few rows however it came."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np

from parallax.db import Transaction
from parallax.engine.columns import Numbers
from parallax.engine.frames import DAY_US, Frame, joined
from parallax.engine.planes import frame_of, laid
from parallax.engine.rolling import EPOCH_ORDINAL
from parallax.scopes import statement

HERE = str(Path(__file__).parent / "writing" / "_")
MONTHS_ENSURE_EVENTS = statement(HERE, "months_ensure_events")
SEGMENTS_LISTED = statement(HERE, "segments_listed")
SEGMENTS_READ = statement(HERE, "segments_read")
SEGMENTS_TAKEN = statement(HERE, "segments_taken")
SEGMENTS_ADD = statement(HERE, "segments_add")
MOST_EVENTS: Final = 262_144
"""Of one segment."""
SMALLEST, GROWTH = 256, 4
"""Segments of a like size are put together when they are GROWTH: an event is written anew some five times in all."""
READ_AT_ONCE: Final = 100_000


class Place(NamedTuple):
    """A segment; `day` is since 1970, UTC."""

    day: int
    position: int
    events: int
    load: UUID | None


def as_date(day: int) -> date:
    return date.fromordinal(day + EPOCH_ORDINAL)


class Segments:
    """Those of one stream of a client, by whoever holds its fold."""

    def __init__(self, transaction: Transaction, client: UUID, stream: int) -> None:
        self._transaction, self._client, self._stream = transaction, client, stream

    async def listed(self, first: int = 0, last: int = 3_000_000 - EPOCH_ORDINAL) -> list[Place]:
        """Of these UTC days, by day and position."""
        rows = await self._transaction.rows(SEGMENTS_LISTED, self._client, self._stream, as_date(first), as_date(last))
        return [Place(row[0].toordinal() - EPOCH_ORDINAL, *row[1:]) for row in map(tuple, rows)]

    async def frames(self, places: Sequence[Place], fields: bool = True) -> AsyncIterator[Frame]:
        """Their rows without ids, some hundred thousand at a time."""
        batch: list[Place] = []
        for place in places:
            batch.append(place)
            if sum(each.events for each in batch) >= READ_AT_ONCE:
                yield await self._read(batch, fields)
                batch = []
        if batch:
            yield await self._read(batch, fields)

    async def _read(self, places: Sequence[Place], fields: bool) -> Frame:
        rows = await self._transaction.rows(SEGMENTS_READ, self._client, self._stream, *_keys(places))
        return joined([frame_of(row["chunks"], row["core"], fields=row["fields"] if fields else None) for row in rows])

    async def add(self, version: int, parts: Iterable[tuple[UUID | None, Frame]]) -> None:
        """Rows with their ids, of a load or of none, in order of acceptance; later than all that are there."""
        fresh = [(load, day, frame) for load, part in parts for day, frame in by_day(part)]
        if not fresh:
            return
        days = {day for _, day, _ in fresh}
        await self._transaction.rows(MONTHS_ENSURE_EVENTS, sorted({as_date(day).replace(day=1) for day in days}))
        held: dict[tuple[UUID | None, int], list[Place]] = defaultdict(list)
        for place in await self.listed(min(days), max(days)):
            held[place.load, place.day].append(place)
        merged = {
            (load, day): joining(held[load, day], len(frame)) for load, day, frame in fresh if (load, day) in held
        }
        taken = await self.taken([place for places in merged.values() for place in places])
        rows = []
        for load, day, frame in fresh:
            before = [taken[place.day, place.position] for place in merged.get((load, day), ())]
            whole = joined([*before, frame])
            for start in range(0, len(whole), MOST_EVENTS):
                piece = (
                    whole
                    if len(whole) <= MOST_EVENTS
                    else whole.taken(np.arange(start, min(start + MOST_EVENTS, len(whole))))
                )
                rows.append((load, day, piece))
        await self.put(version, rows)

    async def taken(self, places: Sequence[Place]) -> dict[tuple[int, int], Frame]:
        """Takes segments away; their rows with ids by day and position."""
        if not places:
            return {}
        rows = await self._transaction.rows(SEGMENTS_TAKEN, self._client, self._stream, *_keys(places))
        return {
            (row["day"].toordinal() - EPOCH_ORDINAL, row["position"]): frame_of(
                row["chunks"], row["core"], row["ids"], row["fields"]
            )
            for row in rows
        }

    async def put(self, version: int, rows: Sequence[tuple[UUID | None, int, Frame]]) -> None:
        """Segments: load, day, rows of that day."""
        for start in range(0, len(rows), 64):
            columns: list[tuple[Any, ...]] = []
            for load, day, frame in rows[start : start + 64]:
                span = (int(frame.position.min()), len(frame), int(frame.at.min()), int(frame.at.max()))
                columns.append((as_date(day), *span, load, *laid(frame)))
            await self._transaction.run(
                SEGMENTS_ADD, self._client, version, self._stream, *map(list, zip(*columns, strict=True))
            )


def _keys(places: Sequence[Place]) -> tuple[list[date], list[int]]:
    return [as_date(place.day) for place in places], [place.position for place in places]


# ---------------------------------------------------------------- pure


def by_day(frame: Frame) -> list[tuple[int, Frame]]:
    """The rows of each UTC day, in the order in which they are."""
    days = frame.at // DAY_US
    if not len(days) or days.min() == days.max():
        return [(int(days[0]), frame)] if len(days) else []
    order = np.argsort(days, kind="stable")
    begins: Numbers = np.flatnonzero(np.diff(days[order], prepend=-1))
    parts = np.split(order, begins[1:])
    return [(int(days[part[0]]), frame.taken(part)) for part in parts]


def joining(held: Sequence[Place], events: int) -> list[Place]:
    """Which of a day's segments, the last ones, become one with a new one of so many events."""
    joined: list[Place] = []
    total = events
    while True:
        rest = held[: len(held) - len(joined)]
        alike: list[Place] = []
        for place in reversed(rest):
            if _tier(place.events) > _tier(total):
                break
            alike.append(place)
        if len(alike) < GROWTH - 1 or total + sum(place.events for place in alike) > MOST_EVENTS:
            return joined
        joined = [*reversed(alike), *joined]
        total += sum(place.events for place in alike)


def _tier(events: int) -> int:
    tier = 0
    while events >= SMALLEST * GROWTH**tier:
        tier += 1
    return tier
