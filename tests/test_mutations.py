"""Set-up through the whole schema: what is refused is data, changes nothing, and tells nobody of others' objects."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from parallax.ids import GlobalId, encode
from parallax.installation import Urls
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.gateways import Gateway, running
from tests.plainly import everything, plainly
from tests.seeds import (
    ADMIN,
    BOTH,
    EDITOR,
    HIMAL,
    NORDLYS,
    NOTES,
    OPERATOR,
    STRANGER,
    TOKENS,
    TREK,
    VIEWER,
)

ERRORS = "userErrors { field code message }"
CLIENT = "client { id name timeZone }"
APP = "app { id name client { name } }"
TOKEN = "token { id name role createdAt expiresAt lastUsedAt revokedAt }"
OPERATIONS = {
    "clientCreate": f"mutation($input: ClientCreateInput!) {{ clientCreate(input: $input) {{ {CLIENT} {ERRORS} }} }}",
    "clientUpdate": f"mutation($input: ClientUpdateInput!) {{ clientUpdate(input: $input) {{ {CLIENT} {ERRORS} }} }}",
    "appCreate": f"mutation($input: AppCreateInput!) {{ appCreate(input: $input) {{ {APP} {ERRORS} }} }}",
    "appUpdate": f"mutation($input: AppUpdateInput!) {{ appUpdate(input: $input) {{ {APP} {ERRORS} }} }}",
    "tokenCreate": f"mutation($input: TokenCreateInput!) {{ tokenCreate(input: $input) {{ {TOKEN} secret {ERRORS} }} }}",
    "tokenRevoke": f"mutation($id: ID!) {{ tokenRevoke(id: $id) {{ {TOKEN} {ERRORS} }} }}",
    "usageTrack": "mutation($client: ID!, $reports: [UsageReportInput!]!) { usageTrack(client: $client, reports: $reports) "
    f"{{ accepted rejected {{ code }} {ERRORS} }} }}",
}
OBJECTS = {
    "clientCreate": "client",
    "clientUpdate": "client",
    "appCreate": "app",
    "appUpdate": "app",
    "tokenCreate": "token",
    "tokenRevoke": "token",
}
NOBODY = "018f0000-0000-7000-8000-00000000dead"


def token_id(secret: str) -> UUID:
    return UUID(int=list(TOKENS).index(secret) + 1)


def token_of(secret: str, client: UUID) -> str:
    return encode(GlobalId("ApiToken", client, (token_id(secret),)))


def client_id(client: UUID) -> str:
    return encode(GlobalId("Client", client))


def app_id(client: UUID, app: UUID) -> str:
    return encode(GlobalId("App", client, (app,)))


async def change(gateway: Gateway, name: str, token: str, **variables: Any) -> dict[str, Any]:
    payload: dict[str, Any] = (await gateway.ask(OPERATIONS[name], token=token, **variables)).data[name]
    return payload


def refusal(payload: dict[str, Any]) -> tuple[list[str] | None, str]:
    """Field and code of the one reason; the object is null."""
    assert all(payload.get(name) is None for name in ("client", "app", "token", "secret"))
    [error] = payload["userErrors"]
    assert error["message"]
    return error["field"], error["code"]


def asked_of(name: str, client: str, app: str, token: str) -> dict[str, Any]:
    """Variables of a mutation that would be good, on these objects."""
    report = {"app": app, "user": "ada", "date": "2026-03-02", "activeMs": 1, "sessions": 1}
    asked: dict[str, dict[str, Any]] = {
        "clientCreate": {"input": {"name": "New"}},
        "clientUpdate": {"input": {"id": client, "name": "New"}},
        "appCreate": {"input": {"client": client, "name": "New"}},
        "appUpdate": {"input": {"id": app, "name": "New"}},
        "tokenCreate": {"input": {"client": client, "role": "VIEWER", "name": "new"}},
        "tokenRevoke": {"id": token},
        "usageTrack": {"client": client, "reports": [report]},
    }
    return asked[name]


# ---------------------------------------------------------------- the whole way
async def test_a_client_is_set_up_and_measured_through_the_graph_alone(own_gateway: Gateway) -> None:
    made = await change(own_gateway, "clientCreate", OPERATOR, input={"name": " Fjell ", "timeZone": "Europe/Oslo"})
    assert made == {
        "client": {"id": made["client"]["id"], "name": "Fjell", "timeZone": "Europe/Oslo"},
        "userErrors": [],
    }
    client = made["client"]["id"]
    app = (await change(own_gateway, "appCreate", OPERATOR, input={"client": client, "name": "Tur"}))["app"]
    assert app["client"] == {"name": "Fjell"}
    token = await change(
        own_gateway,
        "tokenCreate",
        OPERATOR,
        input={"client": client, "role": "EDITOR", "name": "loader", "expiresAt": "2026-04-01T00:00:00+02:00"},
    )
    assert token["token"]["expiresAt"] == "2026-03-31T22:00:00+00:00"
    assert token["token"]["createdAt"] == "2026-03-11T12:00:00+00:00"
    asked = asked_of("usageTrack", client, app["id"], "")
    assert (await change(own_gateway, "usageTrack", token["secret"], **asked))["accepted"] == 1

    answer = await own_gateway.ask(
        """query($app: ID!) { node(id: $app) { ... on App { client { timeZone }
             activity(metric: USER_COUNT, period: {start: "2026-03-02", end: "2026-03-02"}) { total } } }
           viewer { name clients { nodes { name } } } }""",
        token=token["secret"],
        app=app["id"],
    )
    assert answer.data["node"] == {"client": {"timeZone": "Europe/Oslo"}, "activity": {"total": 1}}
    assert answer.data["viewer"] == {"name": "loader", "clients": {"nodes": [{"name": "Fjell"}]}}


async def test_a_client_without_a_zone_is_in_utc(own_gateway: Gateway) -> None:
    for given in ({}, {"timeZone": None}):
        made = await change(own_gateway, "clientCreate", OPERATOR, input={"name": "Plain", **given})
        assert made["client"]["timeZone"] == "UTC"


# ---------------------------------------------------------------- who may
SETUP = ("clientUpdate", "appCreate", "appUpdate", "tokenCreate", "tokenRevoke")


@pytest.mark.parametrize(
    ("name", "token"),
    [("clientCreate", token) for token in (VIEWER, EDITOR, ADMIN, BOTH)]
    + [(name, token) for name in SETUP for token in (VIEWER, EDITOR, BOTH)]
    + [("usageTrack", token) for token in (VIEWER, BOTH)],
)
async def test_a_role_that_does_not_reach_is_forbidden(gateway: Gateway, name: str, token: str) -> None:
    """BOTH is ADMIN of another client, which helps nothing with this one."""
    asked = asked_of(name, client_id(NORDLYS), app_id(NORDLYS, NOTES), token_of(EDITOR, NORDLYS))
    assert refusal(await change(gateway, name, token, **asked)) == (None, "FORBIDDEN")


@pytest.mark.parametrize(
    ("name", "token"),
    [(name, token) for name in SETUP for token in (ADMIN, OPERATOR)]
    + [("usageTrack", token) for token in (EDITOR, ADMIN, OPERATOR)],
)
async def test_a_role_that_reaches_may_by_global_id_and_by_uuid(own_gateway: Gateway, name: str, token: str) -> None:
    bare = asked_of(name, str(NORDLYS), str(NOTES), str(token_id(EDITOR)))
    long = asked_of(name, client_id(NORDLYS), app_id(NORDLYS, NOTES), token_of(EDITOR, NORDLYS))
    for asked in (bare, long):
        payload = await change(own_gateway, name, token, **asked)
        assert payload["userErrors"] == []
        assert name == "usageTrack" or payload[OBJECTS[name]] is not None


@pytest.mark.parametrize("name", [*SETUP, "usageTrack"])
async def test_what_is_another_clients_looks_like_what_is_not_there(
    gateway: Gateway, cluster: Cluster, name: str
) -> None:
    """Byte by byte, in every way to name it; and nothing is changed by trying."""
    nobody = UUID(NOBODY)
    named = [
        asked_of(name, str(NORDLYS), str(NOTES), str(token_id(EDITOR))),
        asked_of(name, client_id(NORDLYS), app_id(NORDLYS, NOTES), token_of(EDITOR, NORDLYS)),
        asked_of(name, NOBODY, NOBODY, NOBODY),
        asked_of(name, client_id(nobody), app_id(nobody, nobody), encode(GlobalId("ApiToken", nobody, (nobody,)))),
        asked_of(name, client_id(NORDLYS), app_id(NORDLYS, nobody), encode(GlobalId("ApiToken", NORDLYS, (nobody,)))),
        asked_of(name, "rubbish", "rubbish", "rubbish"),
        asked_of(name, app_id(HIMAL, TREK), client_id(HIMAL), client_id(HIMAL)),
    ]
    async with plainly(cluster, gateway.urls) as superuser:
        before = await everything(superuser)
        payloads = [await change(gateway, name, STRANGER, **asked) for asked in named]
        assert await everything(superuser) == before
    assert len({orjson.dumps(payload) for payload in payloads}) == 1
    assert refusal(payloads[0])[1] == "NOT_FOUND"


async def test_an_admin_makes_tokens_of_its_own_clients_alone(gateway: Gateway) -> None:
    asked = {"client": str(NORDLYS), "role": "VIEWER", "name": "spy"}
    assert refusal(await change(gateway, "tokenCreate", STRANGER, input=asked)) == (["input", "client"], "NOT_FOUND")
    assert refusal(await change(gateway, "tokenCreate", BOTH, input=asked)) == (None, "FORBIDDEN")


# ---------------------------------------------------------------- what cannot be used
@pytest.mark.parametrize(
    ("name", "given", "field"),
    [
        ("clientCreate", {"name": " "}, "name"),
        ("clientCreate", {"name": "x" * 201}, "name"),
        ("clientCreate", {"name": "a\u0000b"}, "name"),
        ("clientCreate", {"name": "New", "timeZone": "Europe/Berln"}, "timeZone"),
        ("clientCreate", {"name": "New", "timeZone": ""}, "timeZone"),
        ("clientUpdate", {"id": str(NORDLYS), "name": None}, "name"),
        ("clientUpdate", {"id": str(NORDLYS), "timeZone": None}, "timeZone"),
        ("clientUpdate", {"id": str(NORDLYS), "name": "Good", "timeZone": "localtime"}, "timeZone"),
        ("appCreate", {"client": str(NORDLYS), "name": "\n"}, "name"),
        ("appUpdate", {"id": str(NOTES), "name": None}, "name"),
        ("appUpdate", {"id": str(NOTES), "name": "\u001b[31m"}, "name"),
        ("tokenCreate", {"client": str(NORDLYS), "role": "VIEWER", "name": ""}, "name"),
        *(
            ("tokenCreate", {"client": str(NORDLYS), "role": "VIEWER", "name": "late", "expiresAt": at}, "expiresAt")
            for at in ("2026-03-11T12:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00")
        ),
    ],
)
async def test_a_value_that_cannot_be_used_is_named_and_nothing_is_changed(
    gateway: Gateway, cluster: Cluster, name: str, given: dict[str, Any], field: str
) -> None:
    whole = "select (select json_agg(client) from client)::text || (select json_agg(app) from app)::text"
    async with plainly(cluster, gateway.urls) as superuser:
        before = await everything(superuser), await superuser.value(whole)
        payload = await change(gateway, name, OPERATOR, input=given)
        assert (await everything(superuser), await superuser.value(whole)) == before
    assert refusal(payload) == (["input", field], "INVALID_PARAMETER")
    assert payload["userErrors"][0]["message"].startswith(f"{field}: ")


async def test_a_uuid_that_two_visible_clients_gave_asks_for_the_global_id(
    own_gateway: Gateway, cluster: Cluster
) -> None:
    async with plainly(cluster, own_gateway.urls) as superuser:
        await superuser.script(f"insert into app (client_id, id, name) values ('{HIMAL}', '{NOTES}', 'Their notes')")
    asked = {"id": str(NOTES), "name": "Mine"}

    ambiguous = await change(own_gateway, "appUpdate", OPERATOR, input=asked)
    assert refusal(ambiguous) == (["input", "id"], "INVALID_PARAMETER")
    assert "global id" in ambiguous["userErrors"][0]["message"]
    # To who sees one of the two there is nothing to choose.
    assert (await change(own_gateway, "appUpdate", ADMIN, input=asked))["app"]["client"] == {"name": "Nordlys"}
    theirs = await change(own_gateway, "appUpdate", OPERATOR, input={"id": app_id(HIMAL, NOTES), "name": "Theirs"})
    assert theirs["app"]["client"] == {"name": "Himal"}


# ---------------------------------------------------------------- the state afterwards
async def test_what_an_update_leaves_out_stays(own_gateway: Gateway) -> None:
    first = await change(own_gateway, "clientUpdate", ADMIN, input={"id": str(NORDLYS), "name": "Nord"})
    assert first["client"] == {"id": client_id(NORDLYS), "name": "Nord", "timeZone": "Europe/Berlin"}
    second = await change(own_gateway, "clientUpdate", ADMIN, input={"id": str(NORDLYS), "timeZone": "Asia/Tokyo"})
    assert second["client"] == {"id": client_id(NORDLYS), "name": "Nord", "timeZone": "Asia/Tokyo"}
    third = await change(own_gateway, "appUpdate", ADMIN, input={"id": str(NOTES)})
    assert third["app"]["name"] == "Notes"


async def test_each_mutation_of_an_operation_shows_the_state_that_it_left(own_gateway: Gateway) -> None:
    answer = await own_gateway.ask(
        """mutation($client: ID!, $notes: ID!) {
          a: appUpdate(input: {id: $notes, name: "First"}) { app { name client { name } } userErrors { code } }
          b: clientUpdate(input: {id: $client, name: "Nord"}) { client { name app(id: $notes) { name } } userErrors { code } }
          c: appUpdate(input: {id: $notes, name: ""}) { app { name } userErrors { code } }
          d: appUpdate(input: {id: $notes, name: "Second"}) { app { name client { name } } userErrors { code } }
          e: clientUpdate(input: {id: $client}) { client { apps(search: "se") { totalCount nodes { name } } } }
        }""",
        token=ADMIN,
        client=str(NORDLYS),
        notes=str(NOTES),
    )
    done = answer.data
    assert done["a"]["app"] == {"name": "First", "client": {"name": "Nordlys"}}
    assert done["b"]["client"] == {"name": "Nord", "app": {"name": "First"}}
    assert done["c"] == {"app": None, "userErrors": [{"code": "INVALID_PARAMETER"}]}
    assert done["d"]["app"] == {"name": "Second", "client": {"name": "Nord"}}
    assert done["e"]["client"]["apps"] == {"totalCount": 1, "nodes": [{"name": "Second"}]}


async def test_a_new_zone_moves_today_and_leaves_the_reports_on_their_days(own_gateway: Gateway) -> None:
    activity = """query($client: ID!, $notes: ID!) { client(id: $client) { app(id: $notes) {
      activity(metric: USER_COUNT, period: {start: "2026-03-02", end: "2026-03-04"}) { values } } } }"""
    asked = {"client": str(NORDLYS), "notes": str(NOTES)}
    before = (await own_gateway.ask(activity, **asked)).data
    await change(own_gateway, "clientUpdate", ADMIN, input={"id": str(NORDLYS), "timeZone": "Pacific/Kiritimati"})
    assert (await own_gateway.ask(activity, **asked)).data == before


async def test_a_search_finds_letters_of_every_alphabet_in_either_case(own_gateway: Gateway) -> None:
    await change(own_gateway, "appUpdate", ADMIN, input={"id": str(NOTES), "name": "ÅPNE Notater"})
    answer = await own_gateway.ask(
        'query($client: ID!) { client(id: $client) { apps(search: "Åpne") { totalCount nodes { name } } } }',
        client=str(NORDLYS),
    )
    assert answer.data["client"]["apps"] == {"totalCount": 1, "nodes": [{"name": "ÅPNE Notater"}]}


# ---------------------------------------------------------------- tokens
LISTED = "query($client: ID!) { client(id: $client) { tokens { id name revokedAt } } }"
ME = "{ viewer { name clients { nodes { name } } } }"


async def test_a_revoked_token_is_refused_from_the_next_request_on(own_gateway: Gateway) -> None:
    asked = {"client": str(NORDLYS), "role": "ADMIN", "name": "short"}
    made = await change(own_gateway, "tokenCreate", ADMIN, input=asked)
    secret, id = made["secret"], made["token"]["id"]
    assert (await own_gateway.ask(ME, token=secret)).data["viewer"]["name"] == "short"

    revoked = await change(own_gateway, "tokenRevoke", secret, id=id)  # it may revoke itself

    assert revoked["token"]["revokedAt"] == "2026-03-11T12:00:00+00:00"
    assert (await own_gateway.ask(ME, token=secret)).status == 401
    again = await own_gateway.ask(OPERATIONS["tokenRevoke"], token=ADMIN, now="2026-03-12T12:00:00Z", id=id)
    assert again.data["tokenRevoke"]["token"]["revokedAt"] == "2026-03-11T12:00:00+00:00"
    listed = (await own_gateway.ask(LISTED, token=ADMIN, client=str(NORDLYS))).data["client"]["tokens"]
    assert {"id": id, "name": "short", "revokedAt": "2026-03-11T12:00:00+00:00"} in listed
    assert secret not in str(listed)


async def test_an_admin_revokes_a_shared_token_for_its_own_client_alone(own_gateway: Gateway) -> None:
    id = str(token_id(BOTH))
    revoked = await change(own_gateway, "tokenRevoke", ADMIN, id=id)

    assert revoked["token"]["id"] == token_of(BOTH, NORDLYS)
    assert revoked["token"]["revokedAt"] is not None
    viewer = (await own_gateway.ask(ME, token=BOTH)).data["viewer"]
    assert viewer["clients"]["nodes"] == [{"name": "Himal"}]
    theirs = (await own_gateway.ask(LISTED, token=STRANGER, client=str(HIMAL))).data["client"]["tokens"]
    assert next(token for token in theirs if token["name"] == "both")["revokedAt"] is None

    await change(own_gateway, "tokenRevoke", STRANGER, id=id)
    assert (await own_gateway.ask(ME, token=BOTH)).status == 401


async def test_an_operator_revokes_for_every_client(own_gateway: Gateway) -> None:
    revoked = await change(own_gateway, "tokenRevoke", OPERATOR, id=token_of(BOTH, HIMAL))
    assert revoked["token"]["id"] == token_of(BOTH, HIMAL)
    assert (await own_gateway.ask(ME, token=BOTH)).status == 401


async def test_an_operators_token_is_no_clients_to_revoke(gateway: Gateway) -> None:
    for token in (ADMIN, OPERATOR):
        assert refusal(await change(gateway, "tokenRevoke", token, id=str(token_id(OPERATOR)))) == (["id"], "NOT_FOUND")
    assert (await gateway.ask(ME, token=OPERATOR)).status == 200


# ---------------------------------------------------------------- failures
async def test_a_failure_that_nobody_foresaw_is_an_error_and_says_nothing(
    own_gateway: Gateway, cluster: Cluster
) -> None:
    async with plainly(cluster, own_gateway.urls) as superuser:
        await superuser.script("revoke insert on app from public; revoke insert on app from parallax_ingest")
        before = await everything(superuser)
        asked = asked_of("appCreate", str(NORDLYS), "", "")
        answer = await own_gateway.ask(OPERATIONS["appCreate"], token=ADMIN, **asked)
        assert await everything(superuser) == before
    assert answer.body["data"] is None
    assert answer.error["path"] == ["appCreate"]
    assert answer.error["extensions"]["code"] == "INTERNAL"
    assert "permission" not in str(answer.body)
    assert "parallax_ingest" not in str(answer.body)


async def test_an_outage_is_an_error_and_no_refusal(own_urls: Urls, settings: Settings, cluster: Cluster) -> None:
    async with (
        running(settings.model_copy(update={"deadline": 0.5}), own_urls) as gateway,
        plainly(cluster, own_urls) as superuser,
    ):
        before = await everything(superuser)
        async with superuser.transaction():
            await superuser.script("lock table app in exclusive mode")  # reads go on, writes wait
            asked = asked_of("appCreate", str(NORDLYS), "", "")
            answer = await gateway.ask(OPERATIONS["appCreate"], token=ADMIN, **asked)
        assert await everything(superuser) == before
    assert answer.error["extensions"]["code"] == "TIMEOUT"
    assert not answer.body.get("data")
