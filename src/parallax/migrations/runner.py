"""Applies `NNNN_what.sql`. Each file is one transaction, so a database is always at a whole version."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from parallax.db import Owner, connected
from parallax.errors import SetupError
from parallax.migrations.roles import Roles

FOLDER = Path(__file__).parent
LOCK = "select pg_advisory_lock(hashtext('parallax.migrate'))"
FIRST = """
create schema if not exists parallax;
create table if not exists parallax.schema_version (
    version integer primary key, name text not null, applied_at timestamptz not null default now()
);
"""
STRANGERS = """
select distinct relowner::regrole::text as role
from pg_class where relnamespace = to_regnamespace('parallax') and not pg_has_role(current_user, relowner, 'usage')
"""
TRANSLATED = {"42501", "55P03", "57014"}
"""No privilege, a lock not had, a time-out: `connected` has words for them."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.version:04} {self.name}"


def known(folder: Path = FOLDER) -> list[Migration]:
    """Migrations of this release, in order."""
    found = []
    for path in sorted(folder.glob("[0-9]*_*.sql")):
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


async def migrate(
    url: str, roles: Roles, upto: int | None = None, folder: Path = FOLDER, lock_timeout_s: int = 10
) -> list[str]:
    """Brings the database at `url` (as its owner) to the release in `folder`; names what it applied.

    Waits for another process that does the same. Repeating it changes nothing. Roles and grants are made anew each
    time, so that a restored dump serves as soon as it is migrated. What is lacking is said before anything is changed.
    With `upto` it stops at that version, without roles: a state that an earlier release left.
    """
    session = {"lock_timeout": "60s", "statement_timeout": "0", "search_path": "parallax"}
    async with connected(url, **session) as owner:
        await check_server(owner)
        await owner.script(LOCK)
        await owner.script(f"set lock_timeout = '{lock_timeout_s}s'")
        release = known(folder)
        current = await applied(owner)
        refuse_newer(current, release[-1].version)
        await check_owner(owner, current)
        await roles.check(owner)
        done = await apply(owner, [each for each in release if current < each.version <= (upto or each.version)])
        if upto is None:
            await roles.make(owner)
        return done


async def check_server(owner: Owner) -> None:
    version = int(await owner.value("show server_version_num"))
    if version < 150000:
        raise SetupError(f"PostgreSQL {version // 10000} is too old: Parallax needs 15 or newer.")
    if await owner.value("show server_encoding") != "UTF8":
        raise SetupError("The database is not encoded in UTF8: create one with `create database … encoding 'UTF8'`.")


async def check_owner(owner: Owner, current: int) -> None:
    """Whether this role may make, or change, what migrations make."""
    role = await owner.value("select current_user::regrole::text")
    if current == 0 and not await owner.value("select has_database_privilege(current_database(), 'create')"):
        database = await owner.value("select quote_ident(current_database())")
        raise SetupError(
            f"Role {role} may not make a schema: as the database's owner run `grant create on database {database} "
            f"to {role}`."
        )
    strangers = [row["role"] for row in await owner.rows(STRANGERS)]
    if strangers:
        raise SetupError(
            f"The tables in schema parallax belong to {', '.join(strangers)}, not to {role}: give that role's "
            f"DATABASE_URL, or as a superuser run `grant {strangers[0]} to {role}`."
        )


def refuse_newer(current: int, newest: int) -> None:
    if current > newest:
        raise SetupError(
            f"The database is of a newer Parallax (version {current}; this one knows {newest}): install that release."
        )


async def apply(owner: Owner, wanted: Sequence[Migration]) -> list[str]:
    """One transaction each; names what it applied."""
    for migration in wanted:
        try:
            async with owner.transaction():
                await owner.script(FIRST)
                await owner.script(migration.text)
                await owner.rows(
                    "insert into parallax.schema_version (version, name) values ($1, $2)",
                    migration.version,
                    migration.name,
                )
        except Exception as error:
            if getattr(error, "sqlstate", None) is None or getattr(error, "sqlstate", None) in TRANSLATED:
                raise
            raise SetupError(
                f"Migration {migration} failed, and the database is at version {migration.version - 1} as before: {error}"
            ) from error
    return [str(migration) for migration in wanted]
