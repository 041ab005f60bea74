"""Days of events when ids turn out to be another user's: what was counted for them is that user's from now on (I1).

The tail needs nothing: its readers ask who an id is by now. All of the ids of one call are one pass over the days on
which any of them did something.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np

from parallax.db import Transaction
from parallax.engine.bitmaps import BitMap, deserialized, numbers_in, of_numbers, serialized
from parallax.engine.columns import Numbers
from parallax.engine.days import ANY, Day, counts_of, encoded, users_of
from parallax.engine.frames import EVENTS, LOGS
from parallax.scopes import statement

HERE = str(Path(__file__).parent / "writing" / "_")
FOLDING = statement(HERE, "folding")
FIRSTS_OF_EVENTS = statement(HERE, "firsts_of_events")
USERS_OF_ANY = statement(HERE, "users_of_any")
USERS_OF_DAYS = statement(HERE, "users_of_days")
USERS_PUT = statement(HERE, "users_put")
FIRSTS_PUT = statement(HERE, "firsts_put")
DAYS_AT_ONCE: Final = 16


async def folding(transaction: Transaction, client: UUID) -> None:
    """Waits for the client's fold, and keeps out the next until the transaction ends. Comes before the writer's lock."""
    await transaction.rows(FOLDING, client)


async def days_with(transaction: Transaction, client: UUID, stream: int, actors: Collection[int]) -> list[int]:
    """Folded days on which any of these users did something, ascending."""
    wanted = BitMap(actors)
    days: list[int] = []
    since = min(
        (day for day, bits in await _firsts(transaction, client, stream, ANY) if bits.intersect(wanted)), default=None
    )
    while since is not None:
        rows = await transaction.rows(USERS_OF_ANY, client, stream, since, DAYS_AT_ONCE)
        days += [row["day"] for row in rows if users_of(row["user_bits"]).intersect(wanted)]
        since = rows[-1]["day"] + 1 if len(rows) == DAYS_AT_ONCE else None
    return days


async def merge_days(transaction: Transaction, client: UUID, moved: Mapping[int, int], version: int) -> bool:
    """Rewrites the folded days of users who are another's by now: `moved` says whose. Whether there were any.

    The caller holds `folding`; `version` is that of what is rewritten.
    """
    changed = False
    for stream in EVENTS, LOGS:
        days = await days_with(transaction, client, stream, moved)
        touched: set[tuple[int, int]] = set()
        for start in range(0, len(days), DAYS_AT_ONCE):
            touched |= await _merge_users(
                transaction, client, stream, days[start : start + DAYS_AT_ONCE], moved, version
            )
        for scope, event in sorted(touched):
            await _merge_firsts(transaction, client, scope, event, moved, version)
        changed |= bool(touched)
    return changed


async def _merge_users(
    transaction: Transaction, client: UUID, stream: int, days: Sequence[int], moved: Mapping[int, int], version: int
) -> set[tuple[int, int]]:
    """Scopes and events that any of them did on these days."""
    gone, columns = BitMap(moved), []
    for scope, event, day, bits, counts in await transaction.rows(USERS_OF_DAYS, client, stream, list(days)):
        users = users_of(bits)
        if users.intersect(gone):
            users, merged = merged_users(users, counts_of(counts), moved)
            blocks = encoded(Day(day, users=users, counts=merged, counters={}))
            columns.append((scope, event, day, len(users), blocks["user_bits"], blocks["user_counts"]))
    if columns:
        await transaction.run(USERS_PUT, client, version, *map(list, zip(*columns, strict=True)))
    return {(scope, event) for scope, event, *_ in columns}


async def _merge_firsts(
    transaction: Transaction, client: UUID, scope: int, event: int, moved: Mapping[int, int], version: int
) -> None:
    sets = dict(await _firsts(transaction, client, scope, event))
    changes = merged_firsts(sets, moved)
    if changes:
        days = list(changes)
        await transaction.run(
            FIRSTS_PUT,
            client,
            version,
            scope,
            event,
            days,
            [len(changes[day]) for day in days],
            [serialized(changes[day]) for day in days],
        )


async def _firsts(transaction: Transaction, client: UUID, scope: int, event: int) -> list[tuple[int, BitMap]]:
    rows = await transaction.rows(FIRSTS_OF_EVENTS, client, scope, event)
    return [(row["day"], deserialized(row["first_bits"])) for row in rows]


# ---------------------------------------------------------------- pure


def merged_users(users: BitMap, counts: Numbers, moved: Mapping[int, int]) -> tuple[BitMap, Numbers]:
    """A day's users with those that moved as who they are by now, and how often each did it."""
    ids = numbers_in(users).astype(np.int64)
    gone = list(BitMap(moved) & users)
    ids[np.searchsorted(ids, gone)] = [moved[actor] for actor in gone]
    merged, places = np.unique(ids, return_inverse=True)
    summed = np.zeros(len(merged), np.uint32)
    np.add.at(summed, places, counts)
    return of_numbers(merged), summed


def merged_firsts(sets: Mapping[int, BitMap], moved: Mapping[int, int]) -> dict[int, BitMap]:
    """The days whose first-seen set becomes another, with that set: a user's first day is the first of all its ids."""
    concerned = BitMap(moved) | BitMap(moved.values())
    first: dict[int, int] = {}
    for day in sorted(sets):
        for actor in sets[day] & concerned:
            first.setdefault(moved.get(actor, actor), day)
    users: dict[int, list[int]] = defaultdict(list)
    for user, day in first.items():
        users[day].append(user)
    becomes = {day: (bits - concerned) | BitMap(users[day]) for day, bits in sets.items()}
    return {day: bits for day, bits in becomes.items() if bits != sets[day]}
