"""A database of its own for a bench: the embedded server in a folder that is thrown away, filled by seed.

The rows come in by bulk, since sending millions of them through the writing path would take the most of a run. What is
derived from them is derived as the writing path does it; a test compares the tables with what that path leaves.
"""

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid5

import numpy as np

from parallax.access.tokens import hashed
from parallax.bench import processes
from parallax.bench.rows import FIRST_DAY, Column, Rows, Shape, generated
from parallax.db import Owner, connected
from parallax.embedded import Embedded
from parallax.engine.bitmaps import added
from parallax.engine.cover import Block, blocks_of
from parallax.installation import Urls
from parallax.migrations import Roles, migrate
from parallax.settings import Settings

CLIENT = UUID("018f0000-0000-7000-8000-00000000be0c")
TOKEN = f"plx_{'bench':-<43}"
ZONE = "Europe/Berlin"
PIECE = 200_000

APPS = "insert into app (client_id, id, name) select $1, * from unnest($2::uuid[], $3::text[])"
ACTORS = "insert into actor select $1, n, 'user-' || n from generate_series(1, $2::integer) as n"
REPORTS = """
insert into app_usage_reports
select $1, ($2::uuid[])[app + 1], actor, $3::date + day, ms, sessions
from unnest($4::integer[], $5::integer[], $6::integer[], $7::bigint[], $8::bigint[]) as row (app, day, actor, ms, sessions)
"""
DAYS = """
insert into app_usage_day
select client_id, application_id, activity_date, sum(total_active_ms), sum(total_session_count), count(*)
from app_usage_reports group by 1, 2, 3
"""
USERS = """
insert into app_usage_users (client_id, version, application_id, span, bucket, users, bits)
select $1, 1, * from unnest($2::uuid[], $3::text[], $4::date[], $5::integer[], $6::bytea[])
"""


def app_id(number: int) -> UUID:
    return uuid5(CLIENT, f"app-{number}")


@dataclass(frozen=True, slots=True)
class Ground:
    """A running server; `superuser_url` passes row-level security by, for peers on plain rows."""

    settings: Settings
    urls: Urls
    superuser_url: str
    postmaster: int
    shape: Shape


@contextmanager
def served(shape: Shape, core: int | None = None) -> Iterator[Ground]:
    """A server with nothing in it, pinned to a core; gone afterwards."""
    with (
        TemporaryDirectory(prefix="plx-bench-", ignore_cleanup_errors=True) as folder,
        Embedded(Path(folder)) as server,
    ):
        settings = Settings(data_dir=Path(folder), database_url=None, secret_key=None, app_url=None, ingest_url=None)
        postmaster = processes.postmaster(Path(folder))
        if core is not None:
            processes.pin(postmaster, core)
        urls = Urls(server.dsn, *Roles.of(settings).urls(server.dsn))
        yield Ground(settings, urls, server.superuser_dsn, postmaster, shape)


async def fill(ground: Ground, *, empty: bool = False) -> Rows:
    """Migrates, writes the rows of `ground.shape` and what is derived from them; answers with the rows.

    With `empty` only the client, its apps and the token are there: for a bench that writes the rows itself.
    """
    assert ground.urls.owner is not None
    await migrate(ground.urls.owner, Roles.of(ground.settings))
    rows = generated(ground.shape)
    async with connected(ground.superuser_url, search_path="parallax", jit="off") as database:
        async with database.transaction():
            await _set_up(database, ground.shape)
            if not empty:
                await database.rows(ACTORS, CLIENT, ground.shape.users)
                await database.rows("update client_state set next_actor = $1", ground.shape.users + 1)
                await _reports(database, ground.shape, rows)
                await database.rows(DAYS)
                await _users(database, rows)
        await database.script("vacuum (analyze)")
        await database.script("checkpoint")
    return rows


async def _set_up(database: Owner, shape: Shape) -> None:
    """The client with its apps, and a token that may read it."""
    await database.rows("insert into client (id, name, time_zone) values ($1, 'Bench', $2)", CLIENT, ZONE)
    await database.rows("insert into client_state (client_id) values ($1)", CLIENT)
    numbers = range(shape.apps)
    await database.rows(APPS, CLIENT, [app_id(n) for n in numbers], [f"App {n:03}" for n in numbers])
    await database.rows("insert into api_token (id, name, secret_hash) values ($1, 'bench', $2)", CLIENT, hashed(TOKEN))
    await database.rows("insert into api_token_grant values ($1, $1, 'VIEWER')", CLIENT)


async def _reports(database: Owner, shape: Shape, rows: Rows) -> None:
    months = sorted({shape.day(n).replace(day=1) for n in range(shape.days)})
    await database.rows("select ensure_usage_month(day) from unnest($1::date[]) as day", months)
    apps = [app_id(n) for n in range(shape.apps)]
    for start in range(0, len(rows), PIECE):
        piece = slice(start, start + PIECE)
        columns = (rows.app, rows.day, rows.user, rows.active_ms, rows.sessions)
        await database.rows(REPORTS, CLIENT, apps, FIRST_DAY, *(column[piece].tolist() for column in columns))


async def _users(database: Owner, rows: Rows) -> None:
    """Blocks of distinct users: those of a day, of an ISO week and of a month."""
    days = [FIRST_DAY + timedelta(days=n) for n in range(int(rows.day.max()) + 1)]
    for number in range(3):
        starts = np.array([(blocks_of(day)[number].bucket - FIRST_DAY).days for day in days])
        span = blocks_of(FIRST_DAY)[number].span
        found = list(_grouped(rows, starts))
        for start in range(0, len(found), 5000):
            piece = found[start : start + 5000]
            blocks = [added(None, users) for _, _, users in piece]
            await database.rows(
                USERS,
                CLIENT,
                [app_id(app) for app, _, _ in piece],
                [Block(span, bucket).span.value for _, bucket, _ in piece],
                [bucket for _, bucket, _ in piece],
                [size for _, size in blocks],
                [bits for bits, _ in blocks],
            )


def _grouped(rows: Rows, starts: Column) -> Iterator[tuple[int, date, "array[int]"]]:
    """App, first day of the bucket and users; rows of one app and bucket lie together, since they are in order."""
    bucket = starts[rows.day]
    edges = np.flatnonzero((np.diff(rows.app) != 0) | (np.diff(bucket) != 0)) + 1
    users = rows.user.astype(np.uint32)
    for first, last in zip([0, *edges], [*edges, len(rows)], strict=True):
        start = FIRST_DAY + timedelta(days=int(bucket[first]))
        yield int(rows.app[first]), start, array("I", users[first:last].tobytes())
