"""What stands in the way of statements: locks that are held, and server processes that do not move."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from parallax.installation import Urls
from tests.clusters import Cluster
from tests.plainly import plainly
from tests.seeds import NORDLYS


@asynccontextmanager
async def locked(cluster: Cluster, urls: Urls, lock: str) -> AsyncIterator[None]:
    """`lock` is a statement; what needs the same waits while it lasts."""
    async with plainly(cluster, urls) as superuser, superuser.transaction():
        await superuser.rows(lock) if lock.startswith("select") else await superuser.script(lock)
        yield


ROW_OF_CLIENT = f"select from parallax.client_state where client_id = '{NORDLYS}' for update"


def table(name: str) -> str:
    return f"lock table parallax.{name} in access exclusive mode"


async def waiting(cluster: Cluster, urls: Urls, wanted: int) -> None:
    """Returns when so many statements wait for a lock; fails when that does not come about."""
    ends = time.monotonic() + 10
    async with plainly(cluster, urls) as superuser:
        while True:
            found = await superuser.value(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            if found == wanted:
                return
            assert time.monotonic() < ends, f"{found} statements wait, not {wanted}"
            await asyncio.sleep(0.02)


async def backends(cluster: Cluster, urls: Urls) -> list[int]:
    """The server's processes that work for the gateway."""
    async with plainly(cluster, urls) as superuser:
        rows = await superuser.rows(
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() "
            "and application_name = 'parallax' and usename <> 'postgres' and query not ilike 'lock%'"
        )
    return [row["pid"] for row in rows]


@contextmanager
def frozen(pids: list[int]) -> Iterator[None]:
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
