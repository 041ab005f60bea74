"""R4: a fold that is killed half-way is redone, and comes to what a rebuild makes of the rows, byte for byte."""

import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parallax.db import Database
from parallax.engine.fold import Folded, fold
from parallax.engine.ingest import store
from parallax.engine.rebuild import rebuild
from parallax.engine.verify import verify
from parallax.errors import SourceUnavailable
from parallax.events.inputs import events_read, logs_read
from parallax.installation import Urls
from parallax.scopes import Scope, Statement
from parallax.settings import Settings
from tests.seeds import NORDLYS, NOTES
from tests.verbs import around

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
POINTS = ("read", "segments", "days", "state")
SCOPE = Scope.of(NORDLYS)
STATE = Statement("state", "select position, folded, generation from client_state where client_id = $1")
BACKEND = Statement("backend", "select pg_backend_pid() as pid")
DERIVED = [
    Statement(
        "days_whole",
        """select scope, event, day, events, users, sessions, firsts, starts, bounces, session_us,
                  user_bits, user_counts, session_bits, first_bits, counters
           from event_day where client_id = $1 and events > 0 order by scope, event, day""",
    ),
    Statement(
        "blocks_whole", "select stream, block, sessions, data from session_block where client_id = $1 order by 1, 2"
    ),
]
DYING = """
import asyncio, os, signal, sys, threading
from uuid import UUID
from parallax.db import Database
from parallax.engine.fold import fold
from parallax.settings import Settings

reading, writing, client, point, delay = sys.argv[1:]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def reached(here):
    if here == point and float(delay):
        threading.Timer(float(delay), die).start()
    elif here == point:
        die()

async def main():
    async with Database(Settings(), reading, writing) as db:
        await fold(db, UUID(client), reached=reached)

asyncio.run(main())
die()
"""


def rows(many: int, lot: random.Random) -> list[dict[str, Any]]:
    """Late and new ones over two weeks, of a few hundred users; some with an app, some in sessions."""
    found: list[dict[str, Any]] = []
    for _ in range(many):
        at = NOW - timedelta(seconds=lot.randrange(14 * 86_400))
        row: dict[str, Any] = {"at": at.isoformat(), "properties": {"country": lot.choice(["NO", "SE", 7, None])}}
        row |= {"user": f"u-{lot.randrange(300)}"} if lot.random() < 0.9 else {}
        row |= {"session": f"s-{lot.randrange(900)}"} if lot.random() < 0.7 else {}
        row |= {"app": str(NOTES)} if lot.random() < 0.4 else {}
        found.append(row)
    return found


async def send(db: Database, many: int, lot: random.Random) -> None:
    events = [{**row, "name": lot.choice(["open", "pay", "close"])} for row in rows(many, lot)]
    logs = [{**row, "message": "m", "level": lot.choice(["INFO", "ERROR"])} for row in rows(many // 10, lot)]
    for batch in events_read(NORDLYS, events, NOW), logs_read(NORDLYS, logs, NOW):
        assert (await store(db, SCOPE, NORDLYS, batch)).accepted == len(batch)


async def state(db: Database) -> tuple[int, int, int]:
    [row] = await db.rows(SCOPE, STATE, NORDLYS)
    return tuple(row)


async def derived(db: Database) -> list[list[tuple[Any, ...]]]:
    return [[tuple(row) for row in await db.rows(SCOPE, each, NORDLYS)] for each in DERIVED]


def dies(urls: Urls, settings: Settings, point: str, delay_s: float = 0.0) -> None:
    """A process of its own folds, and is killed with -9 so long after that point; at the latest when it is done."""
    assert settings.secret_key is not None
    env = around(PARALLAX_SECRET_KEY=settings.secret_key.get_secret_value())
    words = [sys.executable, "-c", DYING, urls.reading, urls.writing, str(NORDLYS), point, str(delay_s)]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr


async def loses_its_connection(settings: Settings, urls: Urls, point: str) -> None:
    """The server's process that works for the fold ends at that point."""
    narrow = settings.model_copy(update={"ingest_pool_size": 1})
    async with Database(narrow, urls.reading, urls.writing) as own:
        async with own.writing(SCOPE) as transaction:
            [row] = await transaction.rows(BACKEND)

        def cut(here: str) -> None:
            if here == point:
                os.kill(row["pid"], signal.SIGTERM)

        with pytest.raises(SourceUnavailable):
            await fold(own, NORDLYS, reached=cut)


async def equal_to_a_rebuild(db: Database) -> None:
    folded = await derived(db)
    assert all(folded)
    assert (await verify(db, NORDLYS)).differences == []
    await rebuild(db, NORDLYS)
    assert await derived(db) == folded


@pytest.mark.parametrize("point", POINTS)
async def test_r4_a_process_that_dies_in_its_fold_leaves_it_to_the_next(
    settings: Settings, own_urls: Urls, point: str
) -> None:
    lot = random.Random(point)
    async with Database(settings, own_urls.reading, own_urls.writing) as db:
        await send(db, 300, lot)
        await fold(db, NORDLYS)
        await send(db, 200, lot)
        before = await state(db), await derived(db)
        dies(own_urls, settings, point)
        assert (await state(db), await derived(db)) == before
        await send(db, 50, lot)  # what died holds up nobody
        assert await fold(db, NORDLYS) == Folded(275, 605)
        await equal_to_a_rebuild(db)


@pytest.mark.parametrize("point", POINTS)
async def test_r4_a_fold_that_loses_its_connection_changes_nothing(
    settings: Settings, own_urls: Urls, point: str
) -> None:
    lot = random.Random(point)
    async with Database(settings, own_urls.reading, own_urls.writing) as db:
        await send(db, 300, lot)
        await fold(db, NORDLYS)
        await send(db, 200, lot)
        before = await state(db), await derived(db)
        for _ in range(2):
            await loses_its_connection(settings, own_urls, point)
            assert (await state(db), await derived(db)) == before
        await fold(db, NORDLYS)
        await equal_to_a_rebuild(db)


@pytest.mark.slow
async def test_r4_a_hundred_folds_are_killed_at_any_moment(settings: Settings, own_urls: Urls) -> None:
    lot = random.Random(4)
    async with Database(settings, own_urls.reading, own_urls.writing) as db:
        for turn in range(100):
            await send(db, 500, lot)
            position, folded, generation = await state(db)
            if turn % 2:
                await loses_its_connection(settings, own_urls, lot.choice(POINTS))
            else:
                dies(own_urls, settings, "read", lot.uniform(0.0001, 0.12))
            # Its commit may have come first.
            now = await state(db)
            assert now in ((position, folded, generation), (position, position, generation + 1))
            if lot.random() < 0.3:
                await fold(db, NORDLYS)
            if turn % 10 == 9:
                assert (await verify(db, NORDLYS)).differences == []
        await fold(db, NORDLYS)
        await equal_to_a_rebuild(db)
