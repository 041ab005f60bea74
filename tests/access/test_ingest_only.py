"""Tokens for sending alone: made, shown, and refused everything that would tell them anything."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from parallax.http.operations.sent import SENDING
from parallax.installation import Urls
from parallax.schema import schema
from parallax.settings import Settings
from tests.gateways import Gateway, listening, running
from tests.seeds import ADMIN, INGEST, NORDLYS, NOTES, STRANGER
from tests.verbs import on, run

CREATE = """mutation MakeToken($input: TokenCreateInput!) {
  tokenCreate(input: $input) { token { name role ingestOnly storedOnly } secret userErrors { field code message } }
}"""
REPORT = {"app": str(NOTES), "user": "zoe", "date": "2026-03-10", "activeMs": 1000, "sessions": 1}
SEND = """mutation ($c: ID!, $r: [UsageReportInput!]!) {
  usageTrack(client: $c, reports: $r) { __typename accepted duplicates userErrors { code } }
}"""
ALIEN = [
    "{ viewer { name } }",
    "{ clients { nodes { id } } }",
    "{ __schema { queryType { name } } }",
    '{ __type(name: "Client") { name } }',
    "{ metricCatalog { name } }",
    f'{{ node(id: "{NORDLYS}") {{ id }} }}',
    "{ ...all __typename } fragment all on Query { viewer { name } }",
    "query ($no: Boolean = false) { __typename viewer @include(if: $no) { name } }",
    f'mutation {{ appCreate(input: {{client: "{NORDLYS}", name: "New"}}) {{ app {{ id }} }} }}',
    f'mutation {{ usageTrack(client: "{NORDLYS}", reports: []) {{ accepted }} '
    f'clientUpdate(input: {{id: "{NORDLYS}", name: "Mine"}}) {{ client {{ name }} }} }}',
    'subscription { metricChanged(id: "none") { id } }',
    "{ viewr { name } }",
    "mutation { usageTrak { accepted } }",
    "{ not a text",
]
"""What such a token may not run; the last three are no operation at all."""


async def made(gateway: Gateway, token: str = ADMIN, **given: Any) -> dict[str, Any]:
    asked = {"client": str(NORDLYS), "role": "EDITOR", "name": "page", "ingestOnly": True, **given}
    payload: dict[str, Any] = (await gateway.ask(CREATE, token=token, input=asked)).data["tokenCreate"]
    return payload


# ---------------------------------------------------------------- made and shown
async def test_a_token_says_whether_it_only_sends(own_gateway: Gateway) -> None:
    for given, flag in ((True, True), (False, False), (None, False)):
        payload = await made(own_gateway, ingestOnly=given, name=f"page {given}")
        told = {"name": f"page {given}", "role": "EDITOR", "ingestOnly": flag, "storedOnly": False}
        assert payload["token"] == told
    query = "query ($c: ID!) { client(id: $c) { tokens { name ingestOnly } } }"
    listed = (await own_gateway.ask(query, token=ADMIN, c=str(NORDLYS))).data["client"]["tokens"]
    assert {token["name"] for token in listed if token["ingestOnly"]} == {"page True", "ingest"}


@pytest.mark.parametrize("role", ["VIEWER", "ADMIN"])
async def test_its_role_is_to_send_and_no_other(own_gateway: Gateway, role: str) -> None:
    payload = await made(own_gateway, role=role)
    assert (payload["token"], payload["secret"]) == (None, None)
    [error] = payload["userErrors"]
    assert (error["field"], error["code"]) == (["input", "role"], "INVALID_PARAMETER")
    assert "EDITOR" in error["message"]


async def test_the_shell_makes_and_lists_them(own_urls: Urls, settings: Settings, tmp_path: Path) -> None:
    env = on(own_urls, settings, tmp_path)
    done = run("token", "create", "--client", str(NORDLYS), "--ingest-only", "--name", "shop", env=env)
    assert done.code == 0, done.err
    [listed] = [token for token in json.loads(run("token", "list", "--json", env=env).out) if token["name"] == "shop"]
    assert (listed["ingestOnly"], listed["opens"]) == (True, {str(NORDLYS): "EDITOR"})
    async with running(settings, own_urls) as gateway:
        refused = await gateway.ask("{ viewer { name } }", token=done.out.strip(), now=None)
    assert refused.error["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("more", [("--operator",), ("--client", str(NORDLYS), "--role", "admin"), ()])
def test_the_shell_makes_none_that_may_do_more(
    own_urls: Urls, settings: Settings, tmp_path: Path, more: tuple[str, ...]
) -> None:
    done = run("token", "create", "--ingest-only", *more, env=on(own_urls, settings, tmp_path))
    assert done.code == 2
    assert "--ingest-only" in done.err


# ---------------------------------------------------------------- what it may
async def test_it_sends_and_is_told_what_became_of_that(own_gateway: Gateway) -> None:
    answer = await own_gateway.ask(SEND, token=INGEST, c=str(NORDLYS), r=[REPORT])
    told = {"__typename": "UsageTrackPayload", "accepted": 1, "duplicates": 0, "userErrors": []}
    assert answer.data["usageTrack"] == told
    assert (await own_gateway.ask("{ __typename }", token=INGEST)).data == {"__typename": "Query"}


@pytest.mark.parametrize("text", ALIEN)
async def test_it_runs_nothing_else_and_learns_nothing(gateway: Gateway, text: str) -> None:
    answer = await gateway.ask(text, token=INGEST)
    assert answer.status == 403
    assert set(answer.body) == {"errors"}
    assert answer.error["extensions"]["code"] == "FORBIDDEN"
    assert "only sends" in answer.error["message"]
    assert answer.statements == []


async def test_of_several_operations_the_one_that_runs_decides(own_gateway: Gateway) -> None:
    text = SEND.replace("mutation", "mutation Send") + " query Read { viewer { name } }"
    for name, status in (("Send", 200), ("Read", 403)):
        body = {"query": text, "operationName": name, "variables": {"c": str(NORDLYS), "r": [REPORT]}}
        assert (await post(own_gateway, body)).status_code == status


async def test_a_stored_operation_is_no_way_around(gateway: Gateway, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "who_am_i.graphql").write_text("query WhoAmI { viewer { name } }")
    async with running(settings.model_copy(update={"operations": tmp_path}), gateway.urls) as storing:
        answer = await post(storing, {"documentId": "WhoAmI"})
    assert answer.status_code == 403


async def test_a_batch_is_no_way_around(own_gateway: Gateway, settings: Settings) -> None:
    send = {"query": SEND, "variables": {"c": str(NORDLYS), "r": [REPORT]}}
    async with running(settings.model_copy(update={"batch": 10}), own_gateway.urls) as batching:
        sent, read = (await post(batching, [send, {"query": "{ viewer { name } }"}])).json()
    assert sent["data"]["usageTrack"]["accepted"] == 1
    assert "data" not in read
    assert read["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_get_an_event_stream_and_an_explanation_are_no_way_around(gateway: Gateway) -> None:
    headers = {"authorization": f"Bearer {INGEST}"}
    got = await gateway.http.get("/graphql", params={"query": "{ viewer { name } }"}, headers=headers)
    assert got.status_code == 403
    text = 'subscription { metricChanged(id: "none") { id } }'
    streamed = await gateway.http.post(
        "/graphql", json={"query": text}, headers=headers | {"accept": "text/event-stream"}
    )
    assert "FORBIDDEN" in streamed.text
    explained = await post(gateway, {"query": "{ viewer { name } }", "extensions": {"explain": True}})
    assert explained.status_code == 403


async def test_a_socket_is_no_way_around(gateway: Gateway, settings: Settings) -> None:
    from websockets.asyncio.client import connect
    from websockets.typing import Subprotocol

    async with (
        listening(settings, gateway.urls) as address,
        connect(
            address.replace("http", "ws") + "/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]
        ) as socket,
    ):
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {INGEST}"}}))
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}
        for key, text in (("a", "{ viewer { name } }"), ("b", 'subscription { metricChanged(id: "none") { id } }')):
            await socket.send(json.dumps({"id": key, "type": "subscribe", "payload": {"query": text}}))
            message = json.loads(await socket.recv())
            assert (message["id"], message["type"]) == (key, "error")
            assert message["payload"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_another_tenants_client_is_not_there_for_it(own_gateway: Gateway) -> None:
    for token in (STRANGER, INGEST):
        client = str(NORDLYS) if token == STRANGER else "018f0000-0000-7000-8000-000000000002"
        answer = await own_gateway.ask(SEND.replace("{ code }", "{ code message }"), token=token, c=client, r=[REPORT])
        [error] = answer.data["usageTrack"]["userErrors"]
        assert error == {"code": "NOT_FOUND", "message": "There is no such client."}


def test_what_it_is_told_holds_nothing_of_the_clients() -> None:
    """Whatever may be asked below a sending mutation says what became of the rows that were sent."""
    mutations = schema._schema.type_map["Mutation"]
    assert isinstance(mutations, GraphQLObjectType)
    seen, rest = set[str](), [get_named_type(mutations.fields[name].type) for name in SENDING]
    while rest:
        each = rest.pop()
        if not is_leaf_type(each) and each.name not in seen:
            seen.add(each.name)
            assert isinstance(each, GraphQLObjectType)
            rest += [get_named_type(field.type) for field in each.fields.values()]
    assert {name for name in seen if not name.endswith("Payload")} == {"RejectedRow", "UserError"}


# ---------------------------------------------------------------- how much
async def test_it_has_a_rate_of_its_own_in_rows(own_gateway: Gateway, settings: Settings) -> None:
    chosen = settings.model_copy(update={"ingest_rate": 5, "rate_limit": 1})
    async with running(chosen, own_gateway.urls) as narrow:
        first = await narrow.ask(SEND, token=INGEST, c=str(NORDLYS), r=[REPORT] * 3)
        assert first.status == 200
        second = await narrow.ask(SEND, token=INGEST, c=str(NORDLYS), r=[REPORT] * 3)
        assert second.status == 429
        assert "PARALLAX_INGEST_RATE" in second.error["message"]
        assert 0 < second.error["extensions"]["retryAfterSeconds"] <= 60
        assert int(second.headers["retry-after"]) >= 1


async def test_a_call_that_sends_nothing_counts_as_a_row(gateway: Gateway, settings: Settings) -> None:
    async with running(settings.model_copy(update={"ingest_rate": 3}), gateway.urls) as narrow:
        assert [(await narrow.ask("{ __typename }", token=INGEST)).status for _ in range(5)] == [200] * 3 + [429] * 2


async def test_it_stops_to_work_when_it_is_revoked(own_gateway: Gateway) -> None:
    payload = await made(own_gateway, name="lost")
    query = "query ($c: ID!) { client(id: $c) { tokens { id name } } }"
    listed = (await own_gateway.ask(query, token=ADMIN, c=str(NORDLYS))).data["client"]["tokens"]
    [id] = [token["id"] for token in listed if token["name"] == "lost"]
    assert (await own_gateway.ask("{ __typename }", token=payload["secret"])).status == 200
    await own_gateway.ask("mutation ($id: ID!) { tokenRevoke(id: $id) { token { id } } }", token=ADMIN, id=id)
    assert (await own_gateway.ask("{ __typename }", token=payload["secret"])).status == 401


async def post(gateway: Gateway, body: Any) -> httpx.Response:
    return await gateway.http.post("/graphql", json=body, headers={"authorization": f"Bearer {INGEST}"})
