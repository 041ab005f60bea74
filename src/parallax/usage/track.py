"""Writes usage reports and everything that is derived from them, in one transaction: exact at the next question."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

from parallax.db import Database, Transaction
from parallax.engine.bitmaps import added
from parallax.engine.cover import Block, blocks_of
from parallax.errors import NotFound
from parallax.scopes import Scope, statement
from parallax.usage.reports import Rejected, Report

HERE = str(Path(__file__).parent / "writing" / "_")
WRITER = statement(HERE, "writer")
APPS_OF_IDS = statement(HERE, "apps_of_ids")
ACTORS_OF_IDS = statement(HERE, "actors_of_ids")
ACTORS_ADD = statement(HERE, "actors_add")
ACTORS_NEXT = statement(HERE, "actors_next")
MONTHS_ENSURE = statement(HERE, "months_ensure")
REPORTS_HELD = statement(HERE, "reports_held")
REPORTS_PUT = statement(HERE, "reports_put")
DAYS_ADD = statement(HERE, "days_add")
BLOCKS_HELD = statement(HERE, "blocks_held")
BLOCKS_PUT = statement(HERE, "blocks_put")

Key = tuple[UUID, date, int]
"""App, day, user."""
Sums = tuple[int, int]
"""Active milliseconds, sessions."""


@dataclass(slots=True)
class Tracked:
    """What became of the rows sent: the four add up to them."""

    accepted: int = 0
    duplicates: int = 0
    replaced: int = 0
    rejected: list[Rejected] = field(default_factory=list)


async def track(db: Database, scope: Scope, client: UUID, reports: Sequence[Report]) -> Tracked:
    """Stores reports; a report of the same user, app and day replaces the earlier one (U1). All are kept, or none.

    Raises NotFound for a client that is not there, SourceUnavailable and Timeout with nothing changed.
    """
    async with db.writing(scope) as transaction:
        state = await transaction.rows(WRITER, client)
        if not state:
            raise NotFound("There is no such client.")
        known = await transaction.rows(APPS_OF_IDS, client, list({report.app for report in reports}))
        apps = {row["id"] for row in known}
        kept = [report for report in reports if report.app in apps]
        tracked = Tracked(
            rejected=[
                Rejected(report.place, "app", "app: there is no such app of this client")
                for report in reports
                if report.app not in apps
            ]
        )
        if not kept:
            return tracked
        actors = await _actors(
            transaction, client, dict.fromkeys(report.user for report in kept), state[0]["next_actor"]
        )
        await _store(transaction, client, state[0]["usage_version"], kept, actors, tracked)
    return tracked


async def _actors(transaction: Transaction, client: UUID, users: Collection[str], following: int) -> dict[str, int]:
    """Numbers of the users; those never seen before get the next ones, in order of appearance."""
    rows = await transaction.rows(ACTORS_OF_IDS, client, list(users))
    numbers = {row["external_id"]: row["actor_id"] for row in rows}
    fresh = [user for user in users if user not in numbers]
    if fresh:
        given = range(following, following + len(fresh))
        await transaction.run(ACTORS_ADD, client, fresh, list(given))
        await transaction.run(ACTORS_NEXT, client, given.stop)
        numbers.update(zip(fresh, given, strict=True))
    return numbers


async def _store(
    transaction: Transaction,
    client: UUID,
    version: int,
    reports: Sequence[Report],
    actors: dict[str, int],
    tracked: Tracked,
) -> None:
    sent = [((report.app, report.date, actors[report.user]), (report.active_ms, report.sessions)) for report in reports]
    held = await _held(transaction, client, {key for key, _ in sent})
    final: dict[Key, Sums] = {}
    for key, sums in sent:
        before = final.get(key) or held.get(key)
        if before is None:
            tracked.accepted += 1
        elif before == sums:
            tracked.duplicates += 1
        else:
            tracked.replaced += 1
        final[key] = sums
    changed = {key: sums for key, sums in final.items() if held.get(key) != sums}
    if not changed:
        return
    await transaction.rows(MONTHS_ENSURE, list({day.replace(day=1) for _, day, _ in changed}))
    keys, sums_of = sorted(changed), changed
    await transaction.run(
        REPORTS_PUT,
        client,
        *_columns(keys, 3),
        [sums_of[key][0] for key in keys],
        [sums_of[key][1] for key in keys],
    )
    await _add_days(transaction, client, changed, held)
    await _add_blocks(transaction, client, version, [key for key in keys if key not in held])


async def _held(transaction: Transaction, client: UUID, keys: Iterable[Key]) -> dict[Key, Sums]:
    rows = await transaction.rows(REPORTS_HELD, client, *_columns(keys, 3))
    return {(app, day, user): (active_ms, sessions) for app, day, user, active_ms, sessions in rows}


async def _add_days(transaction: Transaction, client: UUID, changed: dict[Key, Sums], held: dict[Key, Sums]) -> None:
    moved: dict[tuple[UUID, date], list[int]] = defaultdict(lambda: [0, 0, 0])
    for key, (active_ms, sessions) in changed.items():
        before = held.get(key)
        by = moved[key[0], key[1]]
        by[0] += active_ms - (before[0] if before else 0)
        by[1] += sessions - (before[1] if before else 0)
        by[2] += before is None
    await transaction.run(DAYS_ADD, client, *_columns([(*key, *by) for key, by in sorted(moved.items())], 5))


async def _add_blocks(transaction: Transaction, client: UUID, version: int, fresh: Sequence[Key]) -> None:
    users: dict[tuple[UUID, Block], list[int]] = defaultdict(list)
    for app, day, user in fresh:
        for block in blocks_of(day):
            users[app, block].append(user)
    if not users:
        return
    asked = [(app, block.span.value, block.bucket) for app, block in users]
    rows = await transaction.rows(BLOCKS_HELD, client, *_columns(asked, 3))
    bits = {row["number"] - 1: row["bits"] for row in rows}
    written = [added(bits.get(place), ids) for place, ids in enumerate(users.values())]
    await transaction.run(
        BLOCKS_PUT, client, version, *_columns(asked, 3), [size for _, size in written], [block for block, _ in written]
    )


def _columns(rows: Iterable[Sequence[object]], width: int) -> list[list[object]]:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in range(width)]
