"""What holds when something breaks underneath (docs/promises.md)."""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from parallax.db import Database, connected
from parallax.embedded import Embedded
from parallax.errors import SourceUnavailable, Timeout
from parallax.installation import Urls, prepare
from parallax.migrations import Roles
from parallax.scopes import Scope, Statement
from parallax.settings import Settings
from parallax.usage.reports import Report
from parallax.usage.track import track
from tests.clusters import Cluster
from tests.gateways import listening, running
from tests.seeds import NORDLYS, NOTES, VIEWER, seed

HELLO = "{ clients { nodes { name } } }"
SEEN = {"clients": {"nodes": [{"name": "Nordlys"}]}}


@asynccontextmanager
async def locked(cluster: Cluster, urls: Urls, table: str = "client") -> AsyncIterator[None]:
    """While it lasts every statement that reads `table` waits."""
    async with connected(_superuser(cluster, urls)) as superuser, superuser.transaction():
        await superuser.script(f"lock table parallax.{table} in access exclusive mode")
        yield


def _superuser(cluster: Cluster, urls: Urls) -> str:
    assert urls.owner is not None
    return cluster.superuser_url_of(urls.owner.partition("?")[0].rpartition("/")[2])


async def test_an_exhausted_pool_is_told_at_once_and_the_process_stays_alive(
    settings: Settings, own_urls: Urls, cluster: Cluster
) -> None:
    """R10: not a hang, but an error that says when to come back."""
    narrow = settings.model_copy(update={"pool_size": 1, "pool_wait": 0.3})
    async with running(narrow, own_urls) as gateway:
        async with locked(cluster, own_urls):
            holder = asyncio.create_task(gateway.ask(HELLO))
            await _waiting(cluster, own_urls, 1)
            answer = await gateway.ask(HELLO)
            assert answer.status == 503
            assert answer.error["extensions"]["code"] == "SOURCE_UNAVAILABLE"
            assert answer.error["extensions"]["retryAfterSeconds"] >= 1
            assert int(answer.headers["retry-after"]) >= 1
            assert (await gateway.http.get("/livez")).status_code == 200
            assert (await gateway.http.get("/readyz")).status_code == 503
        assert (await holder).data == SEEN
        assert (await gateway.ask(HELLO)).data == SEEN
        assert (await gateway.http.get("/readyz")).status_code == 200


async def test_a_statement_past_the_deadline_ends_with_its_request(
    settings: Settings, own_urls: Urls, cluster: Cluster
) -> None:
    """R16: the field is null with TIMEOUT, and nothing goes on in the database."""
    hasty = settings.model_copy(update={"deadline": 0.5})
    async with running(hasty, own_urls) as gateway:
        async with locked(cluster, own_urls):
            answer = await gateway.ask(HELLO)
            assert answer.errors[0]["extensions"]["code"] == "TIMEOUT"
            await _waiting(cluster, own_urls, 0)
        assert (await gateway.ask(HELLO)).data == SEEN


async def test_a_frozen_server_is_told_while_it_is_frozen(settings: Settings, own_urls: Urls, cluster: Cluster) -> None:
    """R16: nothing waits for a cancel that a frozen server does not answer either."""
    hasty = settings.model_copy(update={"deadline": 0.5})
    async with running(hasty, own_urls) as gateway:
        assert (await gateway.ask(HELLO)).data == SEEN
        async with connected(_superuser(cluster, own_urls)) as superuser:
            pids = [
                row["pid"]
                for row in await superuser.rows(
                    "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                )
            ]
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            answer = await gateway.ask(HELLO)
            assert answer.errors[0]["extensions"]["code"] == "TIMEOUT"
            # Another connection is another process of the server, and that one moves.
            assert (await gateway.ask(HELLO)).data == SEEN
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


async def test_the_statements_of_a_caller_who_left_are_cancelled(
    settings: Settings, own_urls: Urls, cluster: Cluster
) -> None:
    """R11: within a second of the hang-up, long before the deadline."""
    patient = settings.model_copy(update={"deadline": 60})
    async with listening(patient, own_urls) as url, locked(cluster, own_urls):
        async with httpx.AsyncClient(base_url=url) as http:
            headers = {"authorization": f"Bearer {VIEWER}"}
            request = asyncio.create_task(http.post("/graphql", json={"query": HELLO}, headers=headers))
            await _waiting(cluster, own_urls, 1)
            request.cancel()
            await asyncio.gather(request, return_exceptions=True)
        await _waiting(cluster, own_urls, 0)


async def test_a_read_survives_that_its_connection_is_killed(
    settings: Settings, own_urls: Urls, cluster: Cluster
) -> None:
    async with running(settings, own_urls) as gateway:
        assert (await gateway.ask(HELLO)).data == SEEN
        async with connected(_superuser(cluster, own_urls)) as superuser:
            killed = await superuser.value(
                """select count(pg_terminate_backend(pid)) from pg_stat_activity
                   where datname = current_database() and pid <> pg_backend_pid()"""
            )
        assert killed >= 1
        assert (await gateway.ask(HELLO)).data == SEEN


async def test_a_write_whose_connection_is_killed_changes_nothing(
    settings: Settings, own_urls: Urls, cluster: Cluster
) -> None:
    rows = [Report(0, NOTES, f"user-{n}", date(2026, 5, 4), 1, 1) for n in range(100)]
    async with Database(settings, own_urls.reading, own_urls.writing) as db:
        async with locked(cluster, own_urls, "app_usage_day"):
            writing = asyncio.create_task(track(db, Scope.of(NORDLYS), NORDLYS, rows))
            await _waiting(cluster, own_urls, 1)
            async with connected(_superuser(cluster, own_urls)) as superuser:
                await superuser.script("select pg_terminate_backend(pid) from pg_locks where not granted")
            with pytest.raises(SourceUnavailable, match="Nothing was changed"):
                await writing
        assert await _counted(db, "app_usage_reports", date(2026, 5, 4)) == 0
        assert (await track(db, Scope.of(NORDLYS), NORDLYS, rows)).accepted == 100


async def test_writers_of_one_client_take_turns_and_give_up_at_their_deadline(
    settings: Settings, own_urls: Urls
) -> None:
    hasty = settings.model_copy(update={"deadline": 0.5})
    row = Report(0, NOTES, "ada", date(2026, 3, 9), 1, 1)
    lock = Statement("lock", "select from client_state where client_id = $1 for update")
    async with (
        Database(settings, own_urls.reading, own_urls.writing) as db,
        Database(hasty, own_urls.reading, own_urls.writing) as hurried,
    ):
        async with db.writing(Scope.of(NORDLYS)) as first:
            await first.rows(lock, NORDLYS)
            with pytest.raises(Timeout, match="Nothing was changed"):
                await track(hurried, Scope.of(NORDLYS), NORDLYS, [row])
        assert (await track(db, Scope.of(NORDLYS), NORDLYS, [row])).accepted == 1


async def test_postgresql_killed_under_load_comes_back_and_nothing_acknowledged_is_lost() -> None:
    """R1, R2, R3: every answer is right or an error that says to come back; each acknowledged report counts once."""
    with tempfile.TemporaryDirectory(prefix="plx-", ignore_cleanup_errors=True) as folder:
        settings = Settings(data_dir=Path(folder), secret_key="a key for tests alone", deadline=15)
        with Embedded(settings.data_dir) as embedded:
            urls = Urls(embedded.dsn, *Roles.of(settings).urls(embedded.dsn), embedded)
            await prepare(settings, urls)
            async with Database(settings, urls.reading, urls.writing) as db:
                await seed(db)
                before = await _counted(db, "app_usage_reports")
            async with running(settings, urls) as gateway:
                await _killed_while_written(settings, urls, before)
                assert (await gateway.ask(HELLO, now=None)).data == SEEN


async def _killed_while_written(settings: Settings, urls: Urls, before: int) -> None:
    assert urls.embedded is not None
    postmaster = urls.embedded.data_dir / "postgres" / "data" / "postmaster.pid"
    day, sent = date(2026, 4, 1), 0
    async with asyncio.timeout(60), Database(settings, urls.reading, urls.writing) as db:
        for _ in range(3):
            written = 0
            pid = int(postmaster.read_text().split()[0])
            while True:
                rows = [Report(0, NOTES, f"user-{n}", day + timedelta(days=sent), 1, 1) for n in range(20)]
                try:
                    tracked = await track(db, Scope.of(NORDLYS), NORDLYS, rows)
                except SourceUnavailable:
                    await asyncio.sleep(0.05)  # not acknowledged: sent again, as a caller would
                    continue
                assert tracked.accepted + tracked.duplicates == 20  # a batch whose answer was lost may be repeated
                assert tracked.duplicates in (0, 20)
                sent += 1
                written += 1
                if written == 3:
                    os.kill(pid, signal.SIGKILL)
                if written == 8:
                    break
                assert await _counted(db, "app_usage_reports") == before + sent * 20
        sums = await _sum(db)
        assert sums == (before + sent * 20)


async def _sum(db: Database) -> int:
    [row] = await db.rows(Scope.of(NORDLYS, *_others()), Statement("sum", "select sum(users)::int from app_usage_day"))
    return int(row[0])


async def _counted(db: Database, table: str, day: date | None = None) -> int:
    where = f"where activity_date = '{day}'" if day else ""
    scope = Scope.of(NORDLYS, *_others())
    [row] = await db.rows(scope, Statement("counted", f"select count(*)::int from {table} {where}"))
    return int(row[0])


def _others() -> list:  # type: ignore[type-arg]
    from tests.seeds import HIMAL

    return [HIMAL]


async def _waiting(cluster: Cluster, urls: Urls, wanted: int) -> None:
    """Returns when so many statements of the gateway wait for a lock; fails when that is not so within five seconds."""
    ends = time.monotonic() + 5
    async with connected(_superuser(cluster, urls)) as superuser:
        while True:
            waiting = await superuser.value(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            if waiting == wanted:
                return
            assert time.monotonic() < ends, f"{waiting} statements wait, not {wanted}"
            await asyncio.sleep(0.02)
