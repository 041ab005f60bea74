"""Takes the rows of users out of the truth, and the texts that only they had. Nothing that is answered changes by it.

For users who are out of all that is derived already (`forgetting`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np

from parallax.db import Transaction
from parallax.engine import sessions
from parallax.engine.columns import Numbers
from parallax.engine.counted import Fields, columns
from parallax.engine.days import counters_of
from parallax.engine.derived import SESSIONS_HELD, Derived
from parallax.engine.frames import EVENTS, LOGS, Frame, loaded
from parallax.engine.frames import stored as blocks_of
from parallax.engine.merging import folding
from parallax.engine.planes import frame_of, laid
from parallax.scopes import statement

HERE = str(Path(__file__).parent / "writing" / "_")
DAYS_OF_SEGMENTS = statement(HERE, "days_of_segments")
SEGMENTS_OF_DAY = statement(HERE, "segments_of_day")
SEGMENT_WHOLE = statement(HERE, "segment_whole")
SEGMENT_CHANGE = statement(HERE, "segment_change")
SEGMENT_REMOVE = statement(HERE, "segment_remove")
GENERATION_NEXT = statement(HERE, "generation_next")
SESSION_IDS_REMOVE = statement(HERE, "session_ids_remove")
COUNTERS_OF_ANY = statement(HERE, "counters_of_any")
VALUE_FORGET = statement(HERE, "value_forget")
TAIL_HELD = statement(HERE, "tail_held")
TAIL_CHANGE = statement(HERE, "tail_change")
TAIL_REMOVE = statement(HERE, "tail_remove")
TAIL_EMPTY = statement(HERE, "tail_empty")
DAYS_AT_ONCE: Final = 64


async def days_stored(transaction: Transaction, client: UUID) -> list[tuple[int, date]]:
    """Streams and UTC days that have folded rows."""
    return [(row["stream"], row["day"]) for row in await transaction.rows(DAYS_OF_SEGMENTS, client)]


async def events_of_day(transaction: Transaction, client: UUID, stream: int, day: date, ids: Collection[int]) -> int:
    """Folded events of a UTC day that were sent with these ids."""
    wanted = _sorted(ids)
    rows = await transaction.rows(SEGMENTS_OF_DAY, client, stream, day)
    return sum(int(_has(frame_of(row["chunks"], row["core"]), wanted).sum()) for row in rows)


async def events_waiting(transaction: Transaction, client: UUID, ids: Collection[int]) -> int:
    """Events that are not folded yet and were sent with these ids."""
    wanted = _sorted(ids)
    return sum(int(_has(loaded(row["core"]), wanted).sum()) for row in await transaction.rows(TAIL_HELD, client))


async def purge_day(transaction: Transaction, client: UUID, stream: int, day: date, ids: Collection[int]) -> None:
    if await events_of_day(transaction, client, stream, day, ids):
        await folding(transaction, client)
        await _Day(transaction, client, stream, day, _sorted(ids)).purge()


async def purge_tail(transaction: Transaction, client: UUID, ids: Collection[int]) -> int:
    """Takes their rows out of what is not folded yet; how many there were. The caller is the client's one writer."""
    wanted, found, numbers = _sorted(ids), 0, []
    for position, *blocks in map(tuple, await transaction.rows(TAIL_HELD, client)):
        gone = _has(loaded(blocks[0]), wanted)
        if gone.any():
            frame = loaded(*blocks)
            found += int(gone.sum())
            numbers.append(frame.session[gone])
            if gone.all():
                await transaction.run(TAIL_REMOVE, client, position)
            else:
                left = frame.taken(~gone)
                less = blocks_of(left)
                await transaction.run(TAIL_CHANGE, client, position, *_span(left), less.core, less.ids, less.fields)
    if found:
        await _forget_sessions(transaction, client, np.concatenate(numbers))
        await transaction.run(TAIL_EMPTY, client)
    return found


class _Day:
    """The folded rows of a UTC day."""

    def __init__(self, transaction: Transaction, client: UUID, stream: int, day: date, ids: Numbers) -> None:
        self._transaction, self._client, self._ids = transaction, client, ids
        self._place = (client, stream, day)

    async def purge(self) -> None:
        transaction, client = self._transaction, self._client
        [[version]] = await transaction.rows(GENERATION_NEXT, client)
        fields = (await Derived(transaction, client, version).fields()).get(self._place[1], {})
        numbers: list[Numbers] = []
        codes: dict[int, set[int]] = defaultdict(set)
        for position, *blocks in map(tuple, await transaction.rows(SEGMENTS_OF_DAY, *self._place)):
            gone = _has(frame_of(*blocks), self._ids)
            if not gone.any():
                continue
            [whole] = await transaction.rows(SEGMENT_WHOLE, *self._place, position)
            frame = frame_of(*whole)
            if gone.all():
                await transaction.run(SEGMENT_REMOVE, *self._place, position)
            else:
                left = frame.taken(~gone)
                await transaction.run(SEGMENT_CHANGE, *self._place, position, version, *_span(left), *laid(left))
            went = frame.taken(gone)
            numbers.append(went.session)
            for field, its in _codes(fields, went).items():
                codes[field] |= its
        await _forget_sessions(transaction, client, np.concatenate(numbers))
        await self._forget_values(codes)

    async def _forget_values(self, codes: Mapping[int, set[int]]) -> None:
        """Of values that went with rows, those that no event has any more."""
        _, stream, _ = self._place
        left = {field: set(its) for field, its in codes.items()}
        since = -(2**31)
        while any(left.values()):
            rows = await self._transaction.rows(COUNTERS_OF_ANY, self._client, stream, since, DAYS_AT_ONCE)
            for row in rows:
                for field, (used, _) in counters_of(row["counters"]).items():
                    left.get(field, set()).difference_update(used.tolist())
            if len(rows) < DAYS_AT_ONCE:
                break
            since = rows[-1]["day"] + 1
        unused = sorted((field, code) for field, its in left.items() for code in its)
        if unused:
            await self._transaction.run(
                VALUE_FORGET, self._client, stream, *(list(column) for column in zip(*unused, strict=True))
            )


def _codes(fields: Fields, frame: Frame) -> dict[int, set[int]]:
    """Of the counted fields, by number, the codes of values that the frame has."""
    found: dict[int, set[int]] = defaultdict(set)
    for name, coded in columns(frame):
        held = fields.get(name)
        if held is not None and held.counted:
            found[held.number] |= {held.codes[value] for value in coded.values if value in held.codes}
    return found


async def _forget_sessions(transaction: Transaction, client: UUID, numbers: Numbers) -> None:
    """Ids of those of the sessions that have no event any more."""
    left = np.unique(numbers[numbers > 0]).astype(np.int64)
    for stream in EVENTS, LOGS:
        blocks = np.unique(left // sessions.BLOCK).tolist()
        for row in await transaction.rows(SESSIONS_HELD, client, stream, blocks):
            left = np.setdiff1d(left, sessions.decoded(row["data"]).number)
    for row in await transaction.rows(TAIL_HELD, client) if len(left) else ():
        left = np.setdiff1d(left, loaded(row["core"]).session)
    if len(left):
        await transaction.run(SESSION_IDS_REMOVE, client, left.tolist())


def _sorted(ids: Collection[int]) -> Numbers:
    return np.array(sorted(ids), np.int64)


def _has(frame: Frame, ids: Numbers) -> Any:
    return np.isin(frame.actor, ids)


def _span(frame: Frame) -> tuple[int, int, int]:
    """What a row of a batch is told to be: events, first and last instant."""
    return len(frame), int(frame.at.min()), int(frame.at.max())
