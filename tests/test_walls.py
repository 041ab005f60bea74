"""Two locks on every customer's row, each tried with the other one taken away; and nothing passes over a connection."""

import time
from datetime import date
from uuid import UUID

import pytest

from parallax.access.viewer import Role, Viewer
from parallax.db import Database, connected
from parallax.errors import SetupError
from parallax.installation import Urls
from parallax.migrations import check_serving
from parallax.periods import Period
from parallax.scopes import EVERYBODY, Scope, Statement, sealed, statement
from parallax.settings import Settings
from parallax.usage.loaders import DaysKey, UsersKey, days_loader, users_loader
from tests.clusters import Cluster
from tests.gateways import Gateway
from tests.seeds import HIMAL, NORDLYS, NOTES, TREK

TABLES = (
    "client", "client_state", "app", "api_token", "api_token_grant",
    "actor", "app_usage_reports", "app_usage_day", "app_usage_users",
)  # fmt: skip
KEY_COLUMN = {"client": "id", "api_token": "id"}


def counted(table: str) -> Statement:
    return Statement("counted", f"select count(*) from {table}")


async def seen(db: Database, scope: Scope, table: str) -> int:
    [row] = await db.rows(scope, counted(table))
    return int(row[0])


@pytest.mark.parametrize("table", TABLES)
async def test_row_level_security_alone_keeps_tenants_apart(
    settings: Settings, gateway: Gateway, cluster: Cluster, table: str
) -> None:
    """The first lock taken away: statements that name no client at all."""
    async with connected(_super(cluster, gateway.urls)) as superuser:
        whole = await superuser.value(f"select count(*) from parallax.{table}")
    async with Database(settings, gateway.urls.reading, gateway.urls.writing) as db:
        nobody = await seen(db, Scope(), table)
        nordlys, himal = await seen(db, Scope.of(NORDLYS), table), await seen(db, Scope.of(HIMAL), table)
        both = await seen(db, Scope.of(NORDLYS, HIMAL), table)

    assert nobody == 0
    assert 0 < himal < whole
    assert 0 < nordlys < whole
    shared = 1 if table == "api_token" else 0  # one token opens both clients
    assert both == nordlys + himal - shared


async def test_the_statements_alone_keep_tenants_apart(settings: Settings, gateway: Gateway, cluster: Cluster) -> None:
    """The second lock taken away: the same loaders on a connection that row-level security does not bind."""
    url = _super(cluster, gateway.urls)
    nordlys = Viewer(UUID(int=1), "viewer", {NORDLYS: Role.VIEWER})
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    async with Database(settings, url, url) as db:
        days, users = days_loader(db, nordlys), users_loader(db, nordlys)
        own = await days.load(DaysKey(NORDLYS, NOTES, march, "sessions"))
        foreign = await days.load(DaysKey(HIMAL, TREK, march, "sessions"))
        mixed = await days.load(DaysKey(NORDLYS, TREK, march, "sessions"))
        foreign_users = await users.load(UsersKey(HIMAL, TREK, march))

    assert own.total == 4
    assert foreign.total == mixed.total == 0
    assert foreign_users == 0


@pytest.mark.parametrize(
    "forge",
    [
        lambda text: text.replace(str(NORDLYS), str(HIMAL)),
        lambda text: "*" + text[36:],
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text.rpartition("|")[0] + "|",
        lambda text: text.partition("|")[0],
        lambda text: text + "|x",
        lambda text: f"{NORDLYS}|9999999999|" + text.rpartition("|")[2],
        lambda text: f"{NORDLYS}|x|{text}",
        lambda text: "",
        lambda text: str(NORDLYS),
        lambda text: "*",
    ],
)
async def test_a_forged_scope_opens_nothing(settings: Settings, gateway: Gateway, forge) -> None:  # type: ignore[no-untyped-def]
    """Whoever can run SQL can set the setting, but not seal it."""
    true = sealed(Scope.of(NORDLYS), settings.derived("scope"), time.time())
    assert await _rows_under(gateway, true) > 0
    assert await _rows_under(gateway, forge(true)) == 0


async def test_a_seal_runs_out(settings: Settings, gateway: Gateway) -> None:
    assert await _rows_under(gateway, sealed(Scope.of(NORDLYS), settings.derived("scope"), time.time() - 3700)) == 0


async def test_an_operators_scope_lists_clients_and_apps_but_opens_no_numbers(
    settings: Settings, gateway: Gateway
) -> None:
    async with Database(settings, gateway.urls.reading, gateway.urls.writing) as db:
        assert await seen(db, EVERYBODY, "client") == 3
        assert await seen(db, EVERYBODY, "app") == 4
        assert await seen(db, EVERYBODY, "app_usage_day") == 0
        assert await seen(db, EVERYBODY, "actor") == 0


@pytest.mark.parametrize(
    "hostile",
    [
        "set role parallax_owner",
        "set session authorization parallax_owner",
        "create temporary table app (id int)",
        "select key from parallax_private.signing",
        "alter table app disable row level security",
        "set row_security = off; select count(*) from app",
        "insert into app (client_id, id, name) select id, id, 'x' from client",
        "select parallax.ensure_usage_month('2026-01-01')",
        "copy (select 1) to program 'true'",
        "truncate app_usage_day",
    ],
)
async def test_the_reading_role_can_do_nothing_but_read(gateway: Gateway, hostile: str) -> None:
    async with _raw(gateway.urls.reading) as reader:
        await reader.script("set default_transaction_read_only = off")
        with pytest.raises(Exception, match=r"denied|policy|permission|must be|cannot|query would be affected"):
            await reader.script(hostile)


async def test_a_scope_does_not_reach_the_next_borrower_of_a_connection(settings: Settings, gateway: Gateway) -> None:
    """One connection, tenants in turn, a statement that names no client: each sees its own rows and no other's."""
    narrow = settings.model_copy(update={"pool_size": 1})
    async with Database(narrow, gateway.urls.reading, gateway.urls.writing) as db:
        for client, other in [(NORDLYS, HIMAL), (HIMAL, NORDLYS)] * 3:
            rows = await db.rows(Scope.of(client), Statement("clients", "select distinct client_id from app"))
            assert [row[0] for row in rows] == [client] != [other]
        assert await db.rows(Scope(), Statement("clients", "select client_id from app")) == []


async def test_a_cancelled_change_of_scope_leaves_no_old_scope_behind(settings: Settings, gateway: Gateway) -> None:
    narrow = settings.model_copy(update={"pool_size": 1, "deadline": 0.2})
    slow = Statement("slow", "select client_id, pg_sleep(5) from app")
    clients = Statement("clients", "select distinct client_id from app")
    async with Database(narrow, gateway.urls.reading, gateway.urls.writing) as db:
        assert [row[0] for row in await db.rows(Scope.of(NORDLYS), clients)] == [NORDLYS]
        with pytest.raises(Exception, match="deadline"):
            await db.rows(Scope.of(HIMAL), slow)
        assert [row[0] for row in await db.rows(Scope.of(NORDLYS), clients)] == [NORDLYS]


async def test_a_written_scope_ends_with_its_transaction(settings: Settings, gateway: Gateway) -> None:
    narrow = settings.model_copy(update={"ingest_pool_size": 1})
    setting = Statement("setting", "select current_setting('parallax.scope', true)")
    async with Database(narrow, gateway.urls.reading, gateway.urls.writing) as db:
        async with db.writing(Scope.of(NORDLYS)) as transaction:
            assert (await transaction.rows(setting))[0][0].startswith(str(NORDLYS))
        async with db.writing(Scope.of(HIMAL)) as transaction:
            assert NORDLYS.hex not in (await transaction.rows(setting))[0][0].replace("-", "")


async def test_serving_as_a_superuser_or_as_the_owner_is_refused(gateway: Gateway, cluster: Cluster) -> None:
    assert gateway.urls.owner is not None
    with pytest.raises(SetupError, match="owner of the tables"):
        await check_serving(gateway.urls.owner)
    with pytest.raises(SetupError, match="superuser"):
        await check_serving(_super(cluster, gateway.urls))


@pytest.mark.parametrize(
    "opening",
    ["alter table parallax.app no force row level security", "drop policy of_scope on parallax.app_usage_day",
     "alter table parallax.actor disable row level security", "create table parallax.extra (client_id uuid)"],
)  # fmt: skip
async def test_serving_a_table_that_is_not_walled_is_refused(own_urls: Urls, opening: str) -> None:
    assert own_urls.owner is not None
    async with connected(own_urls.owner) as owner:
        await owner.script(opening)
    with pytest.raises(SetupError, match=r"Without forced row-level security: .*(app|actor|extra)"):
        await check_serving(own_urls.reading, own_urls.writing)


async def test_the_owner_is_bound_as_well(gateway: Gateway) -> None:
    assert gateway.urls.owner is not None
    async with connected(gateway.urls.owner, search_path="parallax") as owner:
        assert await owner.value("select count(*) from app_usage_reports") == 0


async def test_the_role_for_free_sql_may_touch_no_table(settings: Settings, gateway: Gateway) -> None:
    from parallax.migrations.roles import Roles, _as_role

    roles = Roles.of(settings)
    assert gateway.urls.owner is not None
    async with _raw(_as_role(gateway.urls.owner, "parallax_sql", roles.sql_password)) as free:
        with pytest.raises(Exception, match="permission denied"):
            await free.script("select * from parallax.client")


def test_no_statement_of_the_package_changes_its_session() -> None:
    """What makes it safe to hand a reading connection on without a reset."""
    import re
    from pathlib import Path

    import parallax

    package = Path(parallax.__file__).parent
    files = [path for path in package.rglob("*.sql") if path.parent.name != "migrations"]
    assert len(files) > 10
    for path in files:
        text = re.sub(r"--.*", "", path.read_text()).lower()
        statement_texts = text if "writing" in path.parts else text.replace("update set", "")
        assert not re.search(
            r"\b(set_config|set role|set session|prepare|temp|temporary|discard|reset)\b", statement_texts
        )


def test_a_statement_is_a_file_with_its_slots_filled() -> None:
    with pytest.raises(FileNotFoundError):
        statement(__file__, "no_such")


def _super(cluster: Cluster, urls: Urls) -> str:
    assert urls.owner is not None
    name = urls.owner.partition("?")[0].rpartition("/")[2]
    return cluster.superuser_url_of(name)


def _raw(url: str):  # type: ignore[no-untyped-def]
    return connected(url, search_path="parallax")


async def _rows_under(gateway: Gateway, setting: str) -> int:
    async with _raw(gateway.urls.reading) as reader:
        await reader.value("select set_config('parallax.scope', $1, false)", setting)
        return int(await reader.value("select count(*) from app_usage_reports"))
