"""Vendors are connected by those who may; what they are connected with is sealed, and opens for that client alone."""

from typing import Any

import pytest
from pydantic import SecretStr

from parallax.clients.setup import delete_client
from parallax.db import Database
from parallax.ids import parse
from parallax.metrics.catalog import SourceSystem
from parallax.vendors.credentials import Own
from tests.clusters import Cluster
from tests.gateways import Gateway
from tests.plainly import plainly, rows_of_client
from tests.seeds import ADMIN, EDITOR, HIMAL, NORDLYS, NOTES, STRANGER, VIEWER
from tests.seeds import NOW as NOON
from tests.sources.accounts import account_of, secrets_of

SENSOR_TOWER, KORE_AI, KAON = SourceSystem.SENSOR_TOWER, SourceSystem.KORE_AI, SourceSystem.KAON
CONNECT = """mutation($client: ID!, $credentials: VendorCredentialsInput!) {
  vendorConnect(input: {client: $client, credentials: $credentials}) {
    source { name system } userErrors { field code message } } }"""
DISCONNECT = """mutation($client: ID!, $system: SourceSystem!) {
  vendorDisconnect(input: {client: $client, system: $system}) {
    source { name health { state message checkedAt quotaUsed } } userErrors { field code message } } }"""
HEALTH = "query($client: ID!) { client(id: $client) { sources { name table health { state message } } } }"
TOKEN, OTHER_TOKEN, KEY, CLIENT_SECRET = "st-token/of+nordlys", "another-token-of-it", "kaon=key&1234", "kore.ai s3cret"
API_APP = "cs-018f0000-0000-7000-8000-0000000000c1"
GIVEN: dict[SourceSystem, dict[str, Any]] = {
    SENSOR_TOWER: {"sensorTower": {"authToken": f" {TOKEN}\n"}},
    KORE_AI: {"koreAi": {"host": "platform.kore.ai", "clientId": API_APP, "clientSecret": CLIENT_SECRET}},
    KAON: {"kaon": {"apiKey": KEY}},
}
KEPT = {
    SENSOR_TOWER: {"auth_token": TOKEN},
    KORE_AI: {"client_id": API_APP, "client_secret": CLIENT_SECRET},
    KAON: {"apikey": KEY},
}


async def connected(gateway: Gateway, credentials: dict[str, Any], token: str = ADMIN, client: Any = NORDLYS) -> Any:
    answer = await gateway.ask(CONNECT, token=token, client=str(client), credentials=credentials)
    return answer.data["vendorConnect"]


def refusal(payload: Any) -> dict[str, Any]:
    [error] = payload["userErrors"]
    assert payload["source"] is None
    return dict(error)


# ---------------------------------------------------------------- connecting
@pytest.mark.parametrize("system", GIVEN)
async def test_a_vendor_is_connected_for_one_client_alone(own_gateway: Gateway, system: SourceSystem) -> None:
    settings, urls = own_gateway.settings, own_gateway.urls

    made = await connected(own_gateway, GIVEN[system])

    assert made == {"source": {"name": system.name.lower(), "system": system.name}, "userErrors": []}
    assert secrets_of(await account_of(settings, urls, NORDLYS, system)) == KEPT[system]
    assert await account_of(settings, urls, HIMAL, system) is None
    for other in GIVEN.keys() - {system}:
        assert await account_of(settings, urls, NORDLYS, other) is None


async def test_what_is_connected_again_takes_the_place_of_what_was(own_gateway: Gateway, cluster: Cluster) -> None:
    await connected(own_gateway, GIVEN[SENSOR_TOWER])
    before = await account_of(own_gateway.settings, own_gateway.urls, NORDLYS, SENSOR_TOWER)
    await connected(own_gateway, {"sensorTower": {"authToken": OTHER_TOKEN}})

    after = await account_of(own_gateway.settings, own_gateway.urls, NORDLYS, SENSOR_TOWER)

    assert secrets_of(after) == {"auth_token": OTHER_TOKEN}
    assert before != after
    async with plainly(cluster, own_gateway.urls) as superuser:
        [row] = await superuser.rows("select connected_by, connected_at, connector from vendor_credential")
    assert row["connected_by"] == "admin"
    assert row["connected_at"].isoformat() == "2026-03-11T12:00:00+00:00"
    assert row["connector"] is not None


async def test_two_clients_share_an_account_only_by_the_same_credentials(own_gateway: Gateway) -> None:
    """What is kept of a vendor, and counted, goes by the account: never shared between different credentials."""
    settings, urls = own_gateway.settings, own_gateway.urls
    await connected(own_gateway, {"sensorTower": {"authToken": TOKEN}})
    await connected(own_gateway, {"sensorTower": {"authToken": OTHER_TOKEN}}, STRANGER, HIMAL)
    ours, theirs = [await account_of(settings, urls, client, SENSOR_TOWER) for client in (NORDLYS, HIMAL)]
    assert ours is not None
    assert theirs is not None
    assert ours.id != theirs.id
    assert not any(secret in f"{ours!r}{theirs!r}" for secret in (TOKEN, OTHER_TOKEN))

    await connected(own_gateway, {"sensorTower": {"authToken": TOKEN}}, STRANGER, HIMAL)

    assert await account_of(settings, urls, HIMAL, SENSOR_TOWER) == ours


async def test_the_environments_credentials_are_for_who_has_connected_none(own_gateway: Gateway) -> None:
    for_all = own_gateway.settings.model_copy(update={"kaon_api_key": SecretStr("the key for all")})
    await connected(own_gateway, GIVEN[KAON])
    ours, theirs = [await account_of(for_all, own_gateway.urls, client, KAON) for client in (NORDLYS, HIMAL)]
    assert secrets_of(ours) == KEPT[KAON]
    assert secrets_of(theirs) == {"apikey": "the key for all"}


async def test_an_environment_that_lacks_a_part_has_no_credentials(own_gateway: Gateway) -> None:
    part = own_gateway.settings.model_copy(update={"kore_ai_host": "platform.kore.ai", "kore_ai_client_id": API_APP})
    assert await account_of(part, own_gateway.urls, NORDLYS, KORE_AI) is None
    whole = part.model_copy(update={"kore_ai_client_secret": SecretStr(CLIENT_SECRET)})
    account = await account_of(whole, own_gateway.urls, NORDLYS, KORE_AI)
    assert account is not None
    assert account.base == "https://platform.kore.ai"


async def test_disconnecting_forgets_and_may_be_repeated(own_gateway: Gateway, cluster: Cluster) -> None:
    await connected(own_gateway, GIVEN[KAON])
    for _ in range(2):
        answer = await own_gateway.ask(DISCONNECT, token=ADMIN, client=str(NORDLYS), system="KAON")
        health = {"state": "NOT_CONNECTED", "message": "Kaon Insights is not connected.", "checkedAt": None}
        assert answer.data["vendorDisconnect"] == {
            "source": {"name": "kaon", "health": health | {"quotaUsed": None}},
            "userErrors": [],
        }
    async with plainly(cluster, own_gateway.urls) as superuser:
        assert await superuser.value("select count(*) from vendor_credential") == 0


@pytest.mark.parametrize("system", ["EVENTS", "APP_USAGE", "COMBINED"])
async def test_what_is_no_vendor_cannot_be_disconnected(gateway: Gateway, system: str) -> None:
    answer = await gateway.ask(DISCONNECT, token=ADMIN, client=str(NORDLYS), system=system)
    error = refusal(answer.data["vendorDisconnect"])
    assert (error["code"], error["field"]) == ("INVALID_PARAMETER", ["input", "system"])
    assert "Allowed: SENSOR_TOWER, KORE_AI, KAON" in error["message"]


async def test_a_deleted_client_leaves_no_credentials_behind(own_gateway: Gateway, cluster: Cluster) -> None:
    for credentials in GIVEN.values():
        await connected(own_gateway, credentials)
    await connected(own_gateway, GIVEN[KAON], STRANGER, HIMAL)
    settings, urls = own_gateway.settings, own_gateway.urls
    async with Database(settings, urls.reading, urls.writing) as db, plainly(cluster, urls) as superuser:
        await delete_client(db, NORDLYS, NOON)
        assert await rows_of_client(superuser, NORDLYS) == {}
        assert (await rows_of_client(superuser, HIMAL))["vendor_credential"] == 1


# ---------------------------------------------------------------- what is refused
REFUSED: list[tuple[dict[str, Any], list[str], str]] = [
    ({"sensorTower": {"authToken": "short"}}, ["sensorTower", "authToken"], "8 to 500 printable characters"),
    ({"sensorTower": {"authToken": "with a\nline break"}}, ["sensorTower", "authToken"], "printable"),
    ({"kaon": {"apiKey": "schlüsselwörter"}}, ["kaon", "apiKey"], "of ASCII"),
    ({"kaon": {"apiKey": "x" * 501}}, ["kaon", "apiKey"], "8 to 500"),
    ({"koreAi": {"host": "platform.kore.ai", "clientId": "st-018f", "clientSecret": "x" * 20}}, ["koreAi", "clientId"], "cs-"),
    ({"koreAi": {"host": "platform.kore.ai", "clientId": API_APP, "clientSecret": ""}}, ["koreAi", "clientSecret"], "8 to"),
]  # fmt: skip


@pytest.mark.parametrize(("credentials", "path", "told"), REFUSED)
async def test_credentials_that_can_be_none_are_refused_and_not_shown(
    gateway: Gateway, credentials: dict[str, Any], path: list[str], told: str
) -> None:
    error = refusal(await connected(gateway, credentials))
    assert (error["code"], error["field"]) == ("INVALID_PARAMETER", ["input", "credentials", *path])
    assert told in error["message"]
    given = next(iter(credentials.values()))[path[-1]]
    assert not given or given not in error["message"]


HOSTS = [
    "127.0.0.1", "http://127.0.0.1:8080", "localhost", "[::1]", "10.0.0.7", "192.168.1.1", "169.254.169.254",
    "http://169.254.169.254/latest/meta-data", "2130706433", "0x7f.1", "file:///etc/passwd", "platform.kore.ai\r\nx: y",
    "me:secret@platform.kore.ai", "platform.kore.ai/api", "platform.kore.ai?x=1", "platform.kore.ai#x", "platform.kore.ai:22",
    "kore.ai.example.org", "notkore.ai", "gopher://platform.kore.ai", "", "https://", "plätform.kore.ai", "a" * 400,
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
async def test_a_host_that_is_not_the_vendors_is_refused(gateway: Gateway, host: str) -> None:
    credentials = {"koreAi": {"host": host, "clientId": API_APP, "clientSecret": CLIENT_SECRET}}
    error = refusal(await connected(gateway, credentials))
    assert (error["code"], error["field"]) == ("INVALID_PARAMETER", ["input", "credentials", "koreAi", "host"])
    assert "*.kore.ai" in error["message"]
    assert "secret" not in error["message"]


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("platform.kore.ai", "https://platform.kore.ai"),
        (" HTTPS://https://EU-Platform.kore.ai/ ", "https://eu-platform.kore.ai"),
        ("http://platform.kore.ai:443", "https://platform.kore.ai"),
    ],
)
async def test_a_host_is_kept_as_scheme_and_host(own_gateway: Gateway, host: str, base: str) -> None:
    credentials = {"koreAi": {"host": host, "clientId": API_APP, "clientSecret": CLIENT_SECRET}}
    assert (await connected(own_gateway, credentials))["userErrors"] == []
    account = await account_of(own_gateway.settings, own_gateway.urls, NORDLYS, KORE_AI)
    assert account is not None
    assert account.base == base


async def test_the_operator_allows_other_hosts_and_takes_them_back(own_gateway: Gateway) -> None:
    """Held against the list when it is connected, and again whenever it is used."""
    allowing = own_gateway.settings.model_copy(update={"vendor_allow_hosts": "127.0.0.1:8081, kore.example"})
    given = {"host": "http://127.0.0.1:8081", "clientId": API_APP, "clientSecret": CLIENT_SECRET}
    from tests.gateways import running

    async with running(allowing, own_gateway.urls) as gateway:
        assert (await connected(gateway, {"koreAi": given}))["userErrors"] == []
        error = refusal(await connected(gateway, {"koreAi": given | {"host": "http://127.0.0.1:8082"}}))
        assert error["field"][-1] == "host"
    account = await account_of(allowing, own_gateway.urls, NORDLYS, KORE_AI)
    assert account is not None
    assert (account.base, account.problem) == ("http://127.0.0.1:8081", None)

    barred = await account_of(own_gateway.settings, own_gateway.urls, NORDLYS, KORE_AI)

    assert barred is not None
    assert barred.problem is not None
    assert "PARALLAX_VENDOR_ALLOW_HOSTS" in barred.problem.message


@pytest.mark.parametrize("token", [VIEWER, EDITOR, STRANGER])
async def test_only_an_admin_of_the_client_connects_it(gateway: Gateway, token: str) -> None:
    error = refusal(await connected(gateway, GIVEN[KAON], token))
    assert error["code"] == ("NOT_FOUND" if token == STRANGER else "FORBIDDEN")
    answer = await gateway.ask(DISCONNECT, token=token, client=str(NORDLYS), system="KAON")
    assert refusal(answer.data["vendorDisconnect"])["code"] == error["code"]


# ---------------------------------------------------------------- at rest
LINK = (
    'mutation($app: ID!) { appLink(input: {app: $app, to: {kaon: {clientKey: "acme", apiKey: "%s"}}}) { link { id } } }'
)


async def test_neither_the_database_nor_an_answer_holds_a_secret(
    own_gateway: Gateway, cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    said = [str(await connected(own_gateway, credentials)) for credentials in GIVEN.values()]
    said.append(str((await own_gateway.ask(LINK % "own-key-of-notes", token=ADMIN, app=str(NOTES))).body))
    said.append(str((await own_gateway.ask(HEALTH, token=VIEWER, client=str(HIMAL))).body))
    async with plainly(cluster, own_gateway.urls) as superuser:
        for table in ("vendor_credential", "app_link"):
            said += [row[0] for row in await superuser.rows(f"select to_jsonb({table})::text from {table}")]
            said += [
                row[0].decode("utf-8", "replace")
                for row in await superuser.rows(f"select sealed from {table} where sealed is not null")
            ]
    out, err = capfd.readouterr()
    for secret in (TOKEN, KEY, CLIENT_SECRET, API_APP, "own-key-of-notes"):
        for form in (secret, secret.encode().hex()):
            assert not any(form in text for text in (*said, out, err))


async def test_a_row_that_was_copied_to_another_client_does_not_open(own_gateway: Gateway, cluster: Cluster) -> None:
    await connected(own_gateway, GIVEN[KAON])
    await connected(own_gateway, GIVEN[SENSOR_TOWER])
    async with plainly(cluster, own_gateway.urls) as superuser:
        await superuser.rows(
            "insert into vendor_credential (client_id, system, sealed, connected_by) "
            "select $2, system, sealed, connected_by from vendor_credential where client_id = $1 and system = 'KAON'",
            NORDLYS,
            HIMAL,
        )
        await superuser.rows(
            "update vendor_credential set sealed = (select sealed from vendor_credential where system = 'KAON' limit 1) "
            "where system = 'SENSOR_TOWER'"
        )
    for client, system in ((HIMAL, KAON), (NORDLYS, SENSOR_TOWER)):
        account = await account_of(own_gateway.settings, own_gateway.urls, client, system)
        assert account is not None
        assert account.secrets == {}
        assert account.problem is not None
        assert account.problem.code.value == "SOURCE_REJECTED"
        assert "cannot be opened with this key" in account.problem.message
    answer = await own_gateway.ask(HEALTH, token=STRANGER, client=str(HIMAL))
    [health] = [each["health"] for each in answer.data["client"]["sources"] if each["name"] == "kaon"]
    assert health["state"] == "DOWN"
    assert "cannot be opened with this key" in health["message"]


async def test_a_links_own_key_opens_for_that_link_alone(own_gateway: Gateway, cluster: Cluster) -> None:
    settings, urls = own_gateway.settings, own_gateway.urls
    await connected(own_gateway, GIVEN[KAON])
    answer = await own_gateway.ask(LINK % "own-key-of-notes", token=ADMIN, app=str(NOTES))
    found = parse(answer.data["appLink"]["link"]["id"])
    assert found is not None
    async with plainly(cluster, urls) as superuser:
        [row] = await superuser.rows("select id, sealed from app_link")
    assert found.key == (row["id"],)

    own = await account_of(settings, urls, NORDLYS, KAON, Own(row["id"], row["sealed"]))
    assert secrets_of(own) == {"apikey": "own-key-of-notes"}
    assert secrets_of(await account_of(settings, urls, NORDLYS, KAON)) == KEPT[KAON]
    for client, link in ((NORDLYS, NOTES), (HIMAL, row["id"])):
        other = await account_of(settings, urls, client, KAON, Own(link, row["sealed"]))
        assert other is not None
        assert other.problem is not None


async def test_row_level_security_alone_keeps_credentials_and_links_apart(
    own_gateway: Gateway, cluster: Cluster
) -> None:
    """The first lock taken away: statements that name no client at all."""
    from parallax.scopes import EVERYBODY, Scope, Statement

    for token, client in ((ADMIN, NORDLYS), (STRANGER, HIMAL)):
        await connected(own_gateway, GIVEN[KAON], token, client)
    await own_gateway.ask(LINK % "own-key-of-notes", token=ADMIN, app=str(NOTES))
    settings, urls = own_gateway.settings, own_gateway.urls
    async with Database(settings, urls.reading, urls.writing) as db:

        async def seen(scope: Scope, table: str) -> list[Any]:
            return [row[0] for row in await db.rows(scope, Statement("seen", f"select client_id from {table}"))]

        assert (
            await seen(Scope.of(NORDLYS), "vendor_credential") == await seen(Scope.of(NORDLYS), "app_link") == [NORDLYS]
        )
        assert await seen(Scope.of(HIMAL), "vendor_credential") == [HIMAL]
        assert await seen(Scope.of(HIMAL), "app_link") == []
        assert await seen(EVERYBODY, "vendor_credential") == await seen(EVERYBODY, "app_link") == []
        assert await seen(Scope(), "vendor_credential") == []
