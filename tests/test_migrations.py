"""From nothing and from every earlier version to this release; and what stands in the way says how to remove it."""

import asyncio
import hashlib
import os
import re
import secrets
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from pydantic import SecretStr

from parallax.db import Database, connected
from parallax.errors import SetupError
from parallax.installation import Urls, prepare
from parallax.migrations import Roles, applied, known, migrate
from parallax.migrations.runner import FOLDER, check_server
from parallax.scopes import EVERYBODY, Scope, Statement
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.gateways import running
from tests.seeds import NORDLYS, NOTES, VIEWER, seed

NEWEST = known()[-1].version

# What an installation of each version held, as its release wrote it: each version adds to those before it.
HELD = {
    1: """
        insert into client (id, name, time_zone) values ('018f0000-0000-7000-8000-000000000001', 'Nordlys', 'Europe/Berlin');
        insert into client_state (client_id) select id from client;
        insert into app (client_id, id, name) select id, '018f0000-0000-7000-8000-0000000000a1', 'Notes' from client;
        insert into api_token (id, name, secret_hash) values
            ('00000000-0000-0000-0000-000000000001', 'viewer', sha256('plx_viewer-------------------------------------'));
        insert into api_token_grant (client_id, token_id, role) select c.id, t.id, 'VIEWER' from client c, api_token t;
    """,
    2: """
        select ensure_usage_month('2026-03-02');
        insert into actor (client_id, actor_id, external_id) select id, 1, 'ada' from client;
        insert into app_usage_reports select client_id, id, 1, '2026-03-02', 60000, 2 from app;
        insert into app_usage_day select client_id, id, '2026-03-02', 60000, 2, 1 from app;
        insert into app_usage_users select client_id, id, span, bucket, 1, 1, '\\x3a3000000100000000000000100000000100'
            from app, (values ('day', date '2026-03-02'), ('week', '2026-03-02'), ('month', '2026-03-01')) as of (span, bucket);
        update client_state set next_actor = 2, usage_version = 1;
    """,
    3: """
        insert into api_token (id, name, secret_hash, stored_only) values
            ('00000000-0000-0000-0000-000000000002', 'board', sha256('plx_board--------------------------------------'), true);
    """,
    4: """
        insert into event_name (client_id, number, stream, name) select id, 1, 0, 'open' from client;
        insert into session_id (client_id, number, external_id) select id, 1, 's1' from client;
        insert into event_day (client_id, scope, event, day, version, events, users, sessions, firsts, starts, bounces,
                session_us)
            select id, 0, event, 20514, 1, 1, 0, 0, 0, 0, 0, 0 from client, (values (0), (1)) as any_or (event);
        update client_state set position = 1, folded = 1, generation = 1, folded_zone = 'Europe/Berlin', next_session = 2;
    """,
    5: "select 1;",
    6: "update client_state set sessions_by_user = true;",
    7: "insert into timeline_state (client_id, version, position, generation, links) select id, 1, 1, 1, 0 from client;",
    8: "insert into vendor_allowance values ('a', 100, 1, now());",
}


async def held(superuser: Any) -> dict[str, list[Any]]:
    """Every row of every table that holds some, whatever columns came later."""
    names = [
        row["name"]
        for row in await superuser.rows(
            "select relname as name from pg_class where relnamespace = 'parallax'::regnamespace"
            " and relkind in ('r', 'p') and not relispartition and relname <> 'schema_version' order by 1"
        )
    ]
    return {
        name: [dict(row) for row in await superuser.rows(f"select * from parallax.{name} order by 1, 2")]
        for name in names
    }


def superuser_of(cluster: Cluster, urls: Urls) -> str:
    assert urls.owner is not None
    return cluster.superuser_url_of(urlsplit(urls.owner).path.removeprefix("/"))


async def test_from_nothing_to_a_database_that_serves(settings: Settings, empty_urls: Urls) -> None:
    assert await prepare(settings, empty_urls) == [str(migration) for migration in known()]

    async with Database(settings, empty_urls.reading, empty_urls.writing) as db:
        await seed(db)
    async with running(settings, empty_urls) as gateway:
        answer = await gateway.ask("activity_example.graphql", app=str(NOTES))
    assert answer.data["client"]["app"]["sessions"]["values"] == [3, 0, 1]


@pytest.mark.parametrize("version", range(1, NEWEST))
async def test_what_an_earlier_version_held_is_kept(
    settings: Settings, empty_urls: Urls, cluster: Cluster, version: int
) -> None:
    assert empty_urls.owner is not None
    await migrate(empty_urls.owner, Roles.of(settings), upto=version)
    async with connected(superuser_of(cluster, empty_urls), search_path="parallax") as superuser:
        for number in range(1, version + 1):
            assert number in HELD, f"say what a database of version {number} held"
            await superuser.script(HELD[number])
        before = await held(superuser)
        assert before["app"]

        assert await prepare(settings, empty_urls) == [str(each) for each in known() if each.version > version]

        after = await held(superuser)
        for table, rows in before.items():
            assert [{name: row[name] for name in old} for old, row in zip(rows, after[table], strict=True)] == rows
    async with running(settings, empty_urls) as gateway:
        answer = await gateway.ask("{ viewer { clients { nodes { name apps { nodes { name } } } } } }", token=VIEWER)
    assert answer.data["viewer"]["clients"]["nodes"] == [{"name": "Nordlys", "apps": {"nodes": [{"name": "Notes"}]}}]


async def test_a_token_of_before_may_run_any_operation(settings: Settings, empty_urls: Urls, cluster: Cluster) -> None:
    assert empty_urls.owner is not None
    await migrate(empty_urls.owner, Roles.of(settings), upto=2)
    async with connected(superuser_of(cluster, empty_urls), search_path="parallax") as superuser:
        await superuser.script(HELD[1])
        await prepare(settings, empty_urls)
        assert await superuser.value("select array_agg(stored_only) from api_token") == [False]


async def test_only_the_reading_role_may_look_tokens_up(settings: Settings, empty_urls: Urls) -> None:
    """Also after the function was made anew, which lets everybody call it at first."""
    assert empty_urls.owner is not None
    await migrate(empty_urls.owner, Roles.of(settings), upto=2)
    await prepare(settings, empty_urls)
    async with connected(empty_urls.owner) as owner:
        allowed = {
            part: await owner.value(
                "select has_function_privilege($1, 'parallax.token_by_hash(bytea)', 'execute')", name
            )
            for part, name in Roles.of(settings).names.items()
        }
    assert allowed == {"app": True, "ingest": False, "sql": False}


async def test_a_gateway_of_before_looks_tokens_up_while_and_after_it_is_migrated(
    settings: Settings, empty_urls: Urls, cluster: Cluster
) -> None:
    """Its statement as it stands in the connections that it holds, asked without a pause."""
    assert empty_urls.owner is not None
    await migrate(empty_urls.owner, Roles.of(settings), upto=2)
    async with connected(superuser_of(cluster, empty_urls), search_path="parallax") as superuser:
        await superuser.script(HELD[1])
    asked = "select id, name, is_operator, expires_at, last_used_at, clients, roles from token_by_hash($1)"
    digest = hashlib.sha256(VIEWER.encode()).digest()
    answers: list[Any] = []

    async with connected(empty_urls.owner, search_path="parallax") as running_one:

        async def go_on(asking: asyncio.Event) -> None:
            while not asking.is_set():
                answers.append(await running_one.rows(asked, digest))

        answers.append(await running_one.rows(asked, digest))
        done = asyncio.Event()
        asking = asyncio.create_task(go_on(done))
        await prepare(settings, empty_urls)
        done.set()
        await asking
        answers.append(await running_one.rows(asked, digest))

    assert len(answers) > 2
    assert all(answer == answers[0] and answer[0]["clients"] == [NORDLYS] for answer in answers)


async def test_migrating_twice_changes_nothing(settings: Settings, own_urls: Urls, cluster: Cluster) -> None:
    assert own_urls.owner is not None
    async with connected(superuser_of(cluster, own_urls)) as superuser:
        before = await held(superuser)
        assert await migrate(own_urls.owner, Roles.of(settings)) == []
        assert await held(superuser) == before


async def test_processes_that_migrate_at_once_apply_each_migration_once(settings: Settings, empty_urls: Urls) -> None:
    assert settings.secret_key is not None
    assert empty_urls.owner is not None
    given = {"DATABASE_URL": empty_urls.owner, "PARALLAX_SECRET_KEY": settings.secret_key.get_secret_value()}
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "parallax", "migrate"),
            env=os.environ | given,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    said = [await process.communicate() for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0], said
    lines = [line for out, _ in said for line in out.decode().splitlines()]
    assert sorted(line for line in lines if line != "up to date") == [f"applied {each}" for each in known()]
    await prepare(settings.model_copy(update={"migrate": "off"}), empty_urls)


# ---------------------------------------------------------------- versions that do not fit
@pytest.mark.parametrize("choice", ["on", "off"])
async def test_a_database_of_a_newer_release_is_refused(settings: Settings, own_urls: Urls, choice: str) -> None:
    async with connected(own_urls.owner or "") as owner:
        await owner.script(f"insert into parallax.schema_version (version, name) values ({NEWEST + 1}, 'of_tomorrow')")

    with pytest.raises(SetupError, match=rf"version {NEWEST + 1}.*install that release"):
        await prepare(settings.model_copy(update={"migrate": choice}), own_urls)


@pytest.mark.parametrize("version", range(NEWEST))
async def test_with_migrations_off_a_database_that_is_behind_is_refused(
    settings: Settings, own_urls: Urls, empty_urls: Urls, version: int
) -> None:
    off = settings.model_copy(update={"migrate": "off"})
    if version == 0:
        urls = empty_urls
    else:
        urls = own_urls
        async with connected(urls.owner or "") as owner:
            await owner.script(f"delete from parallax.schema_version where version > {version}")

    with pytest.raises(SetupError, match=rf"at version {version}, this release needs {NEWEST}: run `parallax migrate`"):
        await prepare(off, urls)


async def test_an_old_server_is_refused() -> None:
    class Old:
        async def value(self, asked: str) -> str:
            return {"show server_version_num": "140009"}[asked]

    with pytest.raises(SetupError, match="PostgreSQL 14 is too old: Parallax needs 15 or newer"):
        await check_server(Old())  # type: ignore[arg-type]


# ---------------------------------------------------------------- what goes wrong half-way
def release(folder: Path, text: str) -> Path:
    """This release's migrations and one more."""
    for path in FOLDER.glob("[0-9]*.sql"):
        shutil.copy(path, folder)
    (folder / f"{NEWEST + 1:04}_next.sql").write_text(text)
    return folder


async def test_a_migration_that_fails_leaves_the_version_before(
    settings: Settings, own_urls: Urls, tmp_path: Path
) -> None:
    assert own_urls.owner is not None
    broken = release(tmp_path, "create table parallax.half (number int); select 1 / 0;")

    with pytest.raises(
        SetupError, match=rf"{NEWEST + 1:04} next failed.* at version {NEWEST} as before: division by zero"
    ):
        await migrate(own_urls.owner, Roles.of(settings), folder=broken)

    async with connected(own_urls.owner) as owner:
        assert await applied(owner) == NEWEST
        assert await owner.value("select to_regclass('parallax.half')") is None
    assert await prepare(settings, own_urls) == []


async def test_a_table_that_is_held_is_not_waited_for_without_end(
    settings: Settings, own_urls: Urls, cluster: Cluster, tmp_path: Path
) -> None:
    assert own_urls.owner is not None
    next_release = release(
        tmp_path, "create table parallax.half (number int); alter table parallax.app add column colour text;"
    )
    async with connected(superuser_of(cluster, own_urls)) as superuser:
        async with superuser.transaction():
            await superuser.rows("select from parallax.app")
            with pytest.raises(SetupError, match=r"busy.*Try again when its long transactions are over"):
                await migrate(own_urls.owner, Roles.of(settings), folder=next_release, lock_timeout_s=1)
            assert await superuser.value("select to_regclass('parallax.half')") is None
        assert await applied(superuser) == NEWEST
        done = await migrate(own_urls.owner, Roles.of(settings), folder=next_release, lock_timeout_s=1)
    assert done == [f"{NEWEST + 1:04} next"]


# ---------------------------------------------------------------- grants that lack
@asynccontextmanager
async def granted_little(cluster: Cluster, attributes: str = "") -> AsyncIterator[tuple[Any, str, str]]:
    """A superuser's connection, the URL of a database of the superuser's as a fresh role, and a prefix for roles."""
    role = f"little_{secrets.token_hex(4)}"
    async with connected(cluster.superuser_url) as superuser:
        await superuser.script(f"create role {role} login password 'little' {attributes}")
        await superuser.script(f"create database {role}")
        place = urlsplit(cluster.superuser_url)
        netloc = f"{role}:little@{place.netloc.rpartition('@')[2]}"
        try:
            async with connected(cluster.superuser_url_of(role)) as of_database:
                yield of_database, urlunsplit(place._replace(netloc=netloc, path=f"/{role}")), f"{role}_x"
        finally:
            await superuser.script(f"drop database {role} with (force)")
            names = await superuser.rows("select rolname from pg_roles where rolname like $1 || '_x%'", role)
            for row in names:
                await superuser.script(f"drop owned by {row['rolname']}; drop role {row['rolname']}")
            await superuser.script(f"drop owned by {role}; drop role {role}")


async def followed(settings: Settings, urls: Urls, superuser: Any) -> list[str]:
    """Prepares, doing what each refusal says in its first `…`: those that it took."""
    steps: list[str] = []
    while True:
        try:
            await prepare(settings, urls)
            return steps
        except SetupError as error:
            refusal = error.message
        quoted = re.search(r"`([^`]+)`", refusal)
        assert quoted, refusal
        assert quoted[1] not in steps, refusal
        steps.append(quoted[1])
        await superuser.script(quoted[1])


async def test_an_owner_without_rights_is_told_each_grant_and_they_suffice(
    settings: Settings, cluster: Cluster
) -> None:
    async with granted_little(cluster) as (superuser, url, prefix):
        own = settings.model_copy(update={"role_prefix": prefix})
        role = prefix.removesuffix("_x")

        steps = await followed(own, Urls(url, *Roles.of(own).urls(url)), superuser)

        assert steps == [
            f"grant create on database {role} to {role}",
            f"alter role {role} createrole",
            f"revoke temporary on database {role} from public",
        ]


async def test_nothing_is_changed_before_all_grants_are_there(settings: Settings, cluster: Cluster) -> None:
    async with granted_little(cluster) as (superuser, url, prefix):
        own = settings.model_copy(update={"role_prefix": prefix})
        await superuser.script(f"grant create on database {prefix.removesuffix('_x')} to {prefix.removesuffix('_x')}")

        with pytest.raises(SetupError, match="may not create roles"):
            await migrate(url, Roles.of(own))

        assert await superuser.value("select to_regnamespace('parallax')") is None


async def test_roles_that_another_made_need_the_admin_option(settings: Settings, cluster: Cluster) -> None:
    async with granted_little(cluster, "createrole") as (superuser, url, prefix):
        own = settings.model_copy(update={"role_prefix": prefix})
        role = prefix.removesuffix("_x")
        await superuser.script(f"grant create on database {role} to {role}")
        for part in ("app", "ingest", "sql"):
            await superuser.script(f"create role {prefix}_{part} login")

        steps = await followed(own, Urls(url, *Roles.of(own).urls(url)), superuser)

        version = int(await superuser.value("show server_version_num"))
        grant = f"grant {prefix}_app, {prefix}_ingest, {prefix}_sql to {role} with admin option"
        revoke = f"revoke temporary on database {role} from public"
        assert steps == ([grant] if version >= 160000 else []) + [revoke]


async def test_an_owner_who_makes_no_roles_serves_with_roles_made_for_it(settings: Settings, cluster: Cluster) -> None:
    """The narrow roles' URLs are given, and their passwords are not touched."""
    async with granted_little(cluster) as (superuser, url, prefix):
        role = prefix.removesuffix("_x")
        await superuser.script(
            f"grant create on database {role} to {role}; revoke temporary on database {role} from public"
        )
        for part in ("app", "ingest", "sql"):
            await superuser.script(f"create role {prefix}_{part} login password 'narrow'")
        own = settings.model_copy(update={"role_prefix": prefix})
        reading, writing = (url.replace(f"{role}:little@", f"{prefix}_{part}:narrow@") for part in ("app", "ingest"))

        await prepare(own, Urls(url, reading, writing))

        async with Database(own, reading, writing) as db:
            await seed(db)
            rows = await db.rows(Scope.of(NORDLYS), Statement("apps", "select name from app order by name"))
        assert [row["name"] for row in rows] == ["Maps", "Notes", "Silent"]
        await prepare(own.model_copy(update={"migrate": "off"}), Urls(None, reading, writing))


async def test_roles_get_the_passwords_of_their_own_urls(settings: Settings, cluster: Cluster) -> None:
    """Where `migrate` is given them too: what the gateway logs in with is what was set, at every migration."""
    async with granted_little(cluster, "createrole") as (superuser, url, prefix):
        role = prefix.removesuffix("_x")
        reading, writing = (url.replace(f"{role}:little@", f"{prefix}_{part}:n%40rrow@") for part in ("app", "ingest"))
        own = settings.model_copy(
            update={"role_prefix": prefix, "app_url": SecretStr(reading), "ingest_url": SecretStr(writing)}
        )
        await followed(own, Urls(url, reading, writing), superuser)

        assert await prepare(own, Urls(url, reading, writing)) == []
        await prepare(own.model_copy(update={"migrate": "off"}), Urls(None, reading, writing))


async def test_tables_of_another_owner_are_named(settings: Settings, own_urls: Urls, cluster: Cluster) -> None:
    async with connected(superuser_of(cluster, own_urls)) as superuser:
        await superuser.script("alter table parallax.app owner to current_user")
        name = await superuser.value("select current_user")
    with pytest.raises(SetupError, match=rf"belong to {name}, not to parallax_owner"):
        await prepare(settings, own_urls)


# ---------------------------------------------------------------- the secret key
async def test_another_installations_key_is_refused_and_breaks_nothing(settings: Settings, own_urls: Urls) -> None:
    """With the owner's URL as with the narrow ones, where every answer would be empty."""
    other = Settings(data_dir=settings.data_dir, secret_key="another installation's")

    with pytest.raises(SetupError, match="another PARALLAX_SECRET_KEY"):
        await prepare(other, own_urls)
    with pytest.raises(SetupError, match="another PARALLAX_SECRET_KEY"):
        await prepare(other, Urls(None, own_urls.reading, own_urls.writing))

    assert await prepare(settings, own_urls) == []
    async with Database(settings, own_urls.reading, own_urls.writing) as db:
        assert len(await db.rows(EVERYBODY, Statement("clients", "select from client"))) == 3


async def test_a_lost_key_is_replaced_as_the_refusal_says(settings: Settings, cluster: Cluster) -> None:
    async with granted_little(cluster, "createrole") as (superuser, url, prefix):
        own = settings.model_copy(update={"role_prefix": prefix})
        await followed(own, Urls(url, *Roles.of(own).urls(url)), superuser)
        fresh = Settings(data_dir=settings.data_dir, secret_key="the key that replaces it", role_prefix=prefix)
        urls = Urls(url, *Roles.of(fresh).urls(url))

        assert await followed(fresh, urls, superuser) == ["delete from parallax_private.signing"]

        async with Database(fresh, urls.reading, urls.writing) as db:
            await seed(db)
            assert len(await db.rows(EVERYBODY, Statement("clients", "select from client"))) == 3
