"""Takes whole users out of what is derived from folded events, exactly, without deriving whole days anew (I9).

How many events a user had is in the days themselves: that is exact even where the rows are not kept any more. Values of
fields and sessions come from the rows of the days on which the users did something.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np

from parallax.db import Record, Transaction
from parallax.engine import counted, sessions
from parallax.engine.bitmaps import BitMap
from parallax.engine.columns import Numbers
from parallax.engine.counted import Fields
from parallax.engine.days import ANY, Day, Key
from parallax.engine.derived import SESSIONS_HELD, Derived
from parallax.engine.frames import EVENTS, LOGS, Frame, joined
from parallax.engine.merging import DAYS_AT_ONCE, days_with
from parallax.engine.planes import frame_of
from parallax.engine.rolling import local_days, rolled
from parallax.engine.sessions import Sessions, Starts
from parallax.engine.subtraction import without
from parallax.scopes import statement

HERE = str(Path(__file__).parent / "writing" / "_")
ERASED_BEFORE = statement(HERE, "erased_before")
SEGMENT_CORES = statement(HERE, "segment_cores")
SEGMENT_FIELDS = statement(HERE, "segment_fields")
SESSION_FACTS_PUT = statement(HERE, "session_facts_put")
KEYS_OF_DAYS = statement(HERE, "keys_of_days")
FIRST_DAY: Final = date(1970, 1, 1)


@dataclass(slots=True)
class Forgotten:
    """Rows of days that held the users, and how many events of theirs these counted (of the whole client)."""

    days: int = 0
    events: int = 0


@dataclass(slots=True)
class Less:
    """What the days of a stream lose: rows that go, rows that stay of the sessions concerned, and sessions that began."""

    gone: Mapping[Key, Day] = field(default_factory=dict)
    stay: Mapping[Key, Day] = field(default_factory=dict)
    starts: dict[Key, Starts] = field(default_factory=dict)


async def forget(
    transaction: Transaction, client: UUID, zone: str, users: Collection[int], ids: Collection[int], version: int
) -> Forgotten:
    """`users` are whom it is about, `ids` all of their ids; `zone` is that in which the days were cut.

    The caller holds `merging.folding`; `version` is that of what is rewritten.
    """
    forgotten, derived = Forgotten(), Derived(transaction, client, version)
    counted_fields = await derived.fields()
    for stream in EVENTS, LOGS:
        days = await days_with(transaction, client, stream, users)
        if days:
            fields = counted_fields.get(stream, {})
            less = await _less(transaction, client, stream, zone, days, ids, version, fields)
            concerned = sorted({*days, *(day for _, _, day in less.starts)})
            for start in range(0, len(concerned), DAYS_AT_ONCE):
                part = concerned[start : start + DAYS_AT_ONCE]
                keys = [tuple(row) for row in await transaction.rows(KEYS_OF_DAYS, client, stream, part)]
                await _change_days(derived, stream, keys, BitMap(users), less, forgotten)
    return forgotten


# ---------------------------------------------------------------- rows
async def _less(
    transaction: Transaction,
    client: UUID,
    stream: int,
    zone: str,
    days: Sequence[int],
    ids: Collection[int],
    version: int,
    fields: Fields,
) -> Less:
    wanted = np.array(sorted(ids), np.int64)
    gone = []
    async for row, frame in _cores(transaction, client, stream, days):
        mask = np.isin(frame.actor, wanted)
        if mask.any():
            [block] = await transaction.rows(SEGMENT_FIELDS, client, stream, row["day"], row["position"])
            gone.append(frame_of(row["chunks"], row["core"], None, block["fields"]).taken(mask))
    if not gone:
        return Less()
    frame = joined(gone)
    numbers = np.unique(frame.session[frame.session > 0]).astype(np.int64)
    erased = [row["actor"] for row in await transaction.rows(ERASED_BEFORE, client)]  # rows that are counted no more
    others = np.union1d(wanted, np.array(erased, np.int64))
    stay, before, after = await _facts(transaction, client, stream, zone, numbers, others, version)
    less = Less(_rolled(frame, zone, stream, fields), {} if stay is None else _rolled(stay, zone, stream, {}))
    for scope in {key[0] for key in less.gone}:
        moves = sessions.moved_starts(sessions.of_scope(before, scope), sessions.of_scope(after, scope), zone)
        less.starts.update(((scope, event, day), move) for (event, day), move in moves.items())
    return less


async def _facts(
    transaction: Transaction,
    client: UUID,
    stream: int,
    zone: str,
    numbers: Numbers,
    ids: Numbers,
    version: int,
) -> tuple[Frame | None, Sessions, Sessions]:
    """Rows that stay of these sessions, the facts of the sessions before and after; what is stored becomes the latter."""
    blocks = np.unique(numbers // sessions.BLOCK).tolist()
    rows = await transaction.rows(SESSIONS_HELD, client, stream, blocks)
    held = {row["block"]: sessions.decoded(row["data"]) for row in rows}
    before = sessions.merged(*(sessions.among(facts, numbers) for facts in held.values()))
    frames = []
    async for _, frame in _cores(transaction, client, stream, _days_of(before, zone)):
        mask = np.isin(frame.session, numbers) & ~np.isin(frame.actor, ids)
        if mask.any():
            frames.append(frame.taken(mask))
    stay = joined(frames) if frames else None
    after = sessions.none() if stay is None else sessions.of_frame(stay)
    for block, facts in held.items():
        mine = after.taken(after.number // sessions.BLOCK == block)
        kept = sessions.merged(facts.taken(~np.isin(facts.number, numbers)), mine)
        many = len(np.unique(kept.number))
        await transaction.run(SESSION_FACTS_PUT, client, stream, block, version, many, sessions.encoded(kept))
    return stay, before, after


def _days_of(facts: Sessions, zone: str) -> list[int]:
    """Days in the zone on which any of the sessions may have rows."""
    if not len(facts):
        return []
    first, last = local_days(facts.first_at, zone), local_days(facts.last_at, zone)
    spans = set(zip(first.tolist(), last.tolist(), strict=True))
    return sorted({day for begin, end in spans for day in range(begin, end + 1)})


async def _cores(
    transaction: Transaction, client: UUID, stream: int, days: Collection[int]
) -> AsyncIterator[tuple[Record, Frame]]:
    """Segments that may have rows of these local days: a zone is less than a day away from UTC."""
    around = sorted({day + step for day in days for step in (-1, 0, 1)})
    for start in range(0, len(around), DAYS_AT_ONCE):
        dates = [FIRST_DAY + timedelta(days=day) for day in around[start : start + DAYS_AT_ONCE]]
        for row in await transaction.rows(SEGMENT_CORES, client, stream, dates):
            yield row, frame_of(row["chunks"], row["core"])


def _rolled(frame: Frame, zone: str, stream: int, fields: Fields) -> dict[Key, Day]:
    nobody = np.zeros(len(frame), np.int64)
    codes = counted.code_columns(fields, frame)
    return rolled(frame, nobody, local_days(frame.at, zone), codes, stream)


# ---------------------------------------------------------------- days
async def _change_days(
    derived: Derived, stream: int, keys: Collection[Key], users: BitMap, less: Less, forgotten: Forgotten
) -> None:
    changed = {}
    for key, held in (await derived.days(keys)).items():
        left = without(held, users, less.gone.get(key), less.stay.get(key), less.starts.get(key, Starts()))
        if left is not None:
            changed[key] = left
            forgotten.days += 1
            if key[:2] == (stream, ANY):
                forgotten.events += held.events - left.events
    await derived.put(changed)
