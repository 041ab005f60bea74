"""The rows that are derived of a client's events, read and written by whoever holds its fold (`merging.folding`)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias
from uuid import UUID

import numpy as np

from parallax.db import Record, Transaction
from parallax.engine import days as coding
from parallax.engine import sessions as facts
from parallax.engine.bitmaps import BitMap
from parallax.engine.columns import Numbers
from parallax.engine.counted import Fields
from parallax.engine.days import Day, Key
from parallax.engine.known import CLIENT_STANDINGS, COUNTED_FIELDS, LINKS_SINCE, fields_of
from parallax.engine.merging import folding
from parallax.engine.sessions import Sessions
from parallax.engine.standing import NOBODY, People, Standing
from parallax.errors import NotFound
from parallax.scopes import statement

HERE = str(Path(__file__).parent / "writing" / "_")
FOLDING_TRIED = statement(HERE, "folding_tried")
DAYS_HELD = statement(HERE, "days_held")
DAYS_BETWEEN = statement(HERE, "days_between")
DAYS_PUT = statement(HERE, "days_put")
FIRSTS_HELD = statement(HERE, "firsts_held")
SESSIONS_HELD = statement(HERE, "sessions_held")
SESSIONS_PUT = statement(HERE, "sessions_put")
FIELDS_PUT = statement(HERE, "fields_put")
VALUES_PUT = statement(HERE, "values_put")
VALUES_DROP = statement(HERE, "values_drop")
FOLDED_MOVED = statement(HERE, "folded_moved")
AT_ONCE: Final = 1_000
"""Days that are written together: some megabytes at most."""
BLOCKS_AT_ONCE: Final = 64

ScopeAndEvent: TypeAlias = tuple[int, int]


async def begun(transaction: Transaction, client: UUID) -> tuple[Standing, People]:
    """Makes this transaction the one that changes what is derived; where the client stands, and who is who.

    Raises NotFound for a client that is not there.
    """
    await folding(transaction, client)
    return await standing_of(transaction, client)


async def tried(transaction: Transaction, client: UUID) -> bool:
    """Whether this transaction is the one now that changes what is derived: it does not wait for another."""
    [row] = await transaction.rows(FOLDING_TRIED, client)
    return bool(row["ours"])


async def standing_of(transaction: Transaction, client: UUID) -> tuple[Standing, People]:
    rows = await transaction.rows(CLIENT_STANDINGS, [client])
    if not rows:
        raise NotFound("There is no such client.")
    standing = Standing(*rows[0])
    changes = await transaction.rows(LINKS_SINCE, [client], [0]) if standing.links else []
    return standing, NOBODY.since(standing.links, {actor: user for _, actor, user in changes})


class Derived:
    """Days, sessions and counted fields of one client; `version` is that of what is written."""

    def __init__(self, transaction: Transaction, client: UUID, version: int) -> None:
        self._transaction, self._client, self._version = transaction, client, version

    # ------------------------------------------------------------ days
    async def days(self, keys: Collection[Key]) -> dict[Key, Day]:
        """Those that are stored, whole."""
        rows = await self._transaction.rows(DAYS_HELD, self._client, *_columns(keys, 3)) if keys else []
        return dict(map(_day, rows))

    async def days_between(self, scopes: Collection[int], first: int, last: int) -> dict[Key, Day]:
        rows = await self._transaction.rows(DAYS_BETWEEN, self._client, list(scopes), first, last)
        return dict(map(_day, rows))

    async def firsts(self, since: Mapping[ScopeAndEvent, int]) -> dict[ScopeAndEvent, dict[int, BitMap]]:
        """First-seen sets that are not empty, of each scope and event from a day on."""
        asked = [(*key, day) for key, day in since.items()]
        found: dict[ScopeAndEvent, dict[int, BitMap]] = defaultdict(dict)
        if asked:
            for scope, event, day, bits in await self._transaction.rows(FIRSTS_HELD, self._client, *_columns(asked, 3)):
                found[scope, event][day] = coding.firsts_of(bits)
        return found

    async def put(self, days: Mapping[Key, Day]) -> None:
        keys = sorted(days)
        for start in range(0, len(keys), AT_ONCE):
            rows = [_row(key, days[key]) for key in keys[start : start + AT_ONCE]]
            await self._transaction.run(DAYS_PUT, self._client, self._version, *_columns(rows, 15))

    # ------------------------------------------------------------ sessions
    async def sessions(self, stream: int, blocks: Collection[int]) -> Sessions:
        rows = await self._transaction.rows(SESSIONS_HELD, self._client, stream, list(blocks))
        return facts.merged(*(facts.decoded(row["data"]) for row in rows))

    async def put_sessions(self, stream: int, sessions: Sessions) -> None:
        """Whole blocks of them."""
        await self.put_blocks(
            stream, [(block, len(np.unique(its.number)), facts.encoded(its)) for block, its in facts.blocks(sessions)]
        )

    async def put_blocks(self, stream: int, blocks: Sequence[tuple[int, int, bytes]]) -> None:
        """Number, how many sessions, facts."""
        for start in range(0, len(blocks), BLOCKS_AT_ONCE):
            rows = blocks[start : start + BLOCKS_AT_ONCE]
            await self._transaction.run(SESSIONS_PUT, self._client, stream, self._version, *_columns(rows, 3))

    # ------------------------------------------------------------ counted fields
    async def fields(self) -> dict[int, Fields]:
        """By stream."""
        return dict(fields_of(await self._transaction.rows(COUNTED_FIELDS, [self._client])))

    async def put_fields(self, stream: int, before: Fields, after: Fields) -> None:
        """What differs between the two."""
        fields = [(each.number, name, each.counted) for name, each in after.items() if before.get(name) != each]
        if not fields:
            return
        await self._transaction.run(FIELDS_PUT, self._client, stream, *_columns(fields, 3))
        values = [
            (each.number, code, value.decode())
            for name, each in after.items()
            for value, code in each.codes.items()
            if each.counted and value not in (before[name].codes if name in before else ())
        ]
        if values:
            await self._transaction.run(VALUES_PUT, self._client, stream, *_columns(values, 3))
        ended = [number for number, _, counted in fields if not counted]
        if ended:
            await self._transaction.run(VALUES_DROP, self._client, stream, ended)

    # ------------------------------------------------------------ where it stands
    async def folded(self, position: int, zone: str, all_of_it: bool = True) -> None:
        """The end of each change: its version becomes the client's."""
        await self._transaction.run(FOLDED_MOVED, self._client, position, zone, all_of_it)


def _day(row: Record) -> tuple[Key, Day]:
    return (row["scope"], row["event"], row["day"]), Day(
        day=row["day"],
        version=row["version"],
        events=row["events"],
        n_users=row["users"],
        n_sessions=row["sessions"],
        n_firsts=row["firsts"],
        starts=row["starts"],
        bounces=row["bounces"],
        session_us=row["session_us"],
        users=coding.users_of(row["user_bits"]),
        counts=coding.counts_of(row["user_counts"]),
        sessions=coding.sessions_of(row["session_bits"]),
        firsts=coding.firsts_of(row["first_bits"]),
        counters=coding.counters_of(row["counters"]),
    )


def _row(key: Key, day: Day) -> tuple[object, ...]:
    sizes = (day.events, day.n_users, day.n_sessions, day.n_firsts, day.starts, day.bounces, day.session_us)
    blocks = coding.encoded(day)
    bits = ("user_bits", "user_counts", "session_bits", "first_bits", "counters")
    return (*key, *sizes, *(blocks[name] for name in bits))


def _columns(rows: Iterable[tuple[object, ...]], width: int) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


# ---------------------------------------------------------------- pure


def without_ended(day: Day, fields: Fields) -> Day:
    """The counters of fields that are counted still."""
    assert day.counters is not None
    counted = {each.number for each in fields.values() if each.counted}
    if day.counters.keys() <= counted:
        return day
    return replace(day, counters={number: its for number, its in day.counters.items() if number in counted})


def blocks_with(numbers: Numbers) -> list[int]:
    """The blocks that hold these sessions."""
    return [int(block) for block in np.unique(numbers // facts.BLOCK)]
