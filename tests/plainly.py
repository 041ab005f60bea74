"""What is in a database, whatever row-level security lets through: to compare answers with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import UUID

from parallax.db import Owner, connected
from parallax.installation import Urls
from tests.clusters import Cluster

OF_CLIENTS = """
select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'client_id'
where c.relnamespace = 'parallax'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  and not a.attisdropped
order by 1
"""


@asynccontextmanager
async def plainly(cluster: Cluster, urls: Urls) -> AsyncIterator[Owner]:
    """A superuser's connection to the database of `urls`."""
    assert urls.owner is not None
    name = urlsplit(urls.owner).path.removeprefix("/")
    async with connected(cluster.superuser_url_of(name), search_path="parallax") as superuser:
        yield superuser


async def rows_of_client(superuser: Owner, client: UUID) -> dict[str, int]:
    """How many rows each table has of a client, tables without any left out."""
    counts = {"client": await superuser.value("select count(*) from client where id = $1", client)}
    for table in await superuser.rows(OF_CLIENTS):
        count = f"select count(*) from {table['name']} where client_id = $1"
        counts[table["name"]] = await superuser.value(count, client)
    return {table: count for table, count in counts.items() if count}


async def everything(superuser: Owner) -> dict[str, int]:
    """How many rows each table has; what a request leaves by itself (the last use of a token) changes none."""
    tables = await superuser.rows("select tablename as name from pg_tables where schemaname = 'parallax' order by 1")
    return {table["name"]: await superuser.value(f"select count(*) from {table['name']}") for table in tables}
