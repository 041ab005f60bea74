"""Applies `NNNN_what.sql`. Each file is one transaction, so a database is always at a whole version."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from parallax.db import Owner, connected
from parallax.errors import SetupError
from parallax.migrations.roles import Roles

LOCK = "select pg_advisory_lock(hashtext('parallax.migrate'))"
FIRST = """
create schema if not exists parallax;
create table if not exists parallax.schema_version (
    version integer primary key, name text not null, applied_at timestamptz not null default now()
);
"""


class Behind(SetupError):
    """The database has not all migrations, and this process was told not to apply them."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    text: str


def known() -> list[Migration]:
    """Migrations of this release, in order."""
    found = []
    for path in sorted(Path(__file__).parent.glob("[0-9]*_*.sql")):
        match = re.fullmatch(r"(\d{4})_(\w+)", path.stem)
        if match is None:
            raise SetupError(f"{path.name} is not named NNNN_what.sql.")
        found.append(Migration(int(match[1]), match[2], path.read_text()))
    return found


async def applied(owner: Owner) -> int:
    """Version of the database; 0 when it has none."""
    if await owner.value("select to_regclass('parallax.schema_version')") is None:
        return 0
    return int(await owner.value("select coalesce(max(version), 0) from parallax.schema_version"))


async def migrate(url: str, roles: Roles, upto: int | None = None) -> list[str]:
    """Brings the database at `url` (as its owner) to this release, or to version `upto`; names what it applied.

    Waits for another process that does the same. Repeating it changes nothing. Roles and grants are made anew each
    time, so that a restored dump serves as soon as it is migrated.
    """
    session = {"lock_timeout": "10s", "statement_timeout": "0", "search_path": "parallax"}
    async with connected(url, **session) as owner:
        await check_server(owner)
        await owner.script("set lock_timeout = '60s'")
        await owner.script(LOCK)
        await owner.script("set lock_timeout = '10s'")
        done = await apply(owner, [each for each in known() if upto is None or each.version <= upto])
        await roles.make(owner)
        return done


async def check_server(owner: Owner) -> None:
    version = int(await owner.value("show server_version_num"))
    if version < 150000:
        raise SetupError(f"PostgreSQL {version // 10000} is too old: Parallax needs 15 or newer.")
    if await owner.value("show server_encoding") != "UTF8":
        raise SetupError("The database is not encoded in UTF8: create one with `create database … encoding 'UTF8'`.")


async def apply(owner: Owner, wanted: Sequence[Migration]) -> list[str]:
    current = await applied(owner)
    newest = known()[-1].version
    if current > newest:
        raise SetupError(
            f"The database is of a newer Parallax (version {current}; this one knows {newest}): install that release."
        )
    done = []
    for migration in wanted:
        if migration.version <= current:
            continue
        async with owner.transaction():
            await owner.script(FIRST)
            await owner.script(migration.text)
            await owner.rows(
                "insert into parallax.schema_version (version, name) values ($1, $2)", migration.version, migration.name
            )
        done.append(f"{migration.version:04} {migration.name}")
    return done
