"""Distinct users of apps when ids turn out to be another user's, or a user is erased (U1, I9).

A report keeps the id that it was sent with; who is counted is who that id belongs to by now.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from uuid import UUID

from parallax.db import Transaction
from parallax.engine.bitmaps import BitMap
from parallax.scopes import statement

HERE = str(Path(__file__).parent / "writing" / "_")
BLOCKS_OF_CLIENT = statement(HERE, "blocks_of_client")
BLOCKS_OF_MONTH = statement(HERE, "blocks_of_month")
BLOCKS_CHANGE = statement(HERE, "blocks_change")
BLOCKS_DROP_EMPTY = statement(HERE, "blocks_drop_empty")
DAY_USERS_CHANGE = statement(HERE, "day_users_change")
REPORTS_OF_USERS_REMOVE = statement(HERE, "reports_of_users_remove")


async def merge_usage(transaction: Transaction, client: UUID, moved: Mapping[int, int], version: int) -> bool:
    """Counts users who are another's by now as those: `moved` says whose. Whether any had a report."""
    months = await _months_with(transaction, client, moved)
    for app, firsts in months.items():
        for first in firsts:
            await _change(transaction, client, app, first, moved, version)
    return bool(months)


async def erase_usage(
    transaction: Transaction, client: UUID, users: Collection[int], ids: Collection[int], version: int
) -> int:
    """Takes away all reports of users, whose ids are `ids`, and counts them nowhere. How many reports there were."""
    reports = 0
    for app, firsts in (await _months_with(transaction, client, users)).items():
        for first in firsts:
            days = await _change(transaction, client, app, first, dict.fromkeys(users), version)
            [row] = await transaction.rows(REPORTS_OF_USERS_REMOVE, client, app, days, list(ids))
            reports += row["reports"]
        await transaction.run(BLOCKS_DROP_EMPTY, client, app)
    return reports


async def _months_with(transaction: Transaction, client: UUID, users: Collection[int]) -> dict[UUID, list[date]]:
    """By app, first days of the months in which any of the users is counted."""
    wanted, months = BitMap(users), defaultdict(list)
    for app, first, bits in await transaction.rows(BLOCKS_OF_CLIENT, client):
        if BitMap.deserialize(bits).intersect(wanted):
            months[app].append(first)
    return months


async def _change(
    transaction: Transaction, client: UUID, app: UUID, first: date, moved: Mapping[int, int | None], version: int
) -> list[date]:
    """Puts others (None: nobody) in the place of users in the blocks of a month. The days of it that they were in."""
    gone, changed, days = BitMap(moved), [], []
    for span, bucket, block in await transaction.rows(BLOCKS_OF_MONTH, client, app, first):
        bits = BitMap.deserialize(block)
        hit = bits & gone
        if hit:
            becomes = (bits - gone) | BitMap(user for user in map(moved.get, hit) if user is not None)
            becomes.run_optimize()
            changed.append((span, bucket, len(becomes), becomes.serialize()))
            if span == "day":
                days.append((bucket, len(becomes) - len(bits)))
    if changed:
        await transaction.run(BLOCKS_CHANGE, client, version, app, *map(list, zip(*changed, strict=True)))
    if days:
        await transaction.run(DAY_USERS_CHANGE, client, app, *map(list, zip(*days, strict=True)))
    return [day for day, _ in days]
