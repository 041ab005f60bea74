"""Who gets in, and what one may not see: it looks like what does not exist, everywhere."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from parallax.ids import GlobalId, encode
from parallax.settings import Settings
from tests.gateways import Gateway, running
from tests.seeds import (
    ADMIN,
    BOTH,
    EDITOR,
    EXPIRED,
    HIMAL,
    NORDLYS,
    NOTES,
    OPERATOR,
    REVOKED,
    STRANGER,
    TREK,
    VIEWER,
    VOID,
)  # fmt: skip

UNKNOWN = UUID("018f0000-0000-7000-8000-00000000dead")
WHO = "{ viewer { name clients { totalCount nodes { name } } } }"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        f"Bearer {VIEWER[:-1]}x",
        f"Bearer {VIEWER[:-1]}",
        f"Bearer {VIEWER}{VIEWER}",
        f"Bearer {EXPIRED}",
        f"Bearer {REVOKED}",
        "Bearer plx_" + "é" * 43,
        "Bearer " + "x" * 20_000,
        VIEWER,
    ],
)
async def test_without_a_valid_token_nothing_is_told(gateway: Gateway, header: str | None) -> None:
    headers = {"authorization": header.encode("utf-8")} if header is not None else {}
    response = await gateway.http.post("/graphql", json={"query": WHO}, headers=headers)  # type: ignore[arg-type]

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in response.json()


async def test_a_token_elsewhere_than_in_its_header_is_no_token(gateway: Gateway) -> None:
    parameters = {"query": WHO, "token": VIEWER, "access_token": VIEWER}
    response = await gateway.http.get("/graphql", params=parameters, headers={"cookie": f"token={VIEWER}"})
    assert response.status_code == 401


@pytest.mark.parametrize(
    ("token", "name", "clients"),
    [
        (VIEWER, "viewer", ["Nordlys"]),
        (STRANGER, "stranger", ["Himal"]),
        (BOTH, "both", ["Himal", "Nordlys"]),
        (OPERATOR, "operator", ["Himal", "Nordlys", "Void"]),
    ],
)
async def test_a_token_sees_its_clients_and_no_other(
    gateway: Gateway, token: str, name: str, clients: list[str]
) -> None:
    viewer = (await gateway.ask(WHO, token=token)).data["viewer"]
    assert viewer["name"] == name
    assert [client["name"] for client in viewer["clients"]["nodes"]] == clients
    assert viewer["clients"]["totalCount"] == len(clients)


@pytest.mark.parametrize(
    ("token", "client", "role"),
    [
        (VIEWER, NORDLYS, "VIEWER"), (EDITOR, NORDLYS, "EDITOR"), (ADMIN, NORDLYS, "ADMIN"), (ADMIN, HIMAL, None),
        (BOTH, HIMAL, "ADMIN"), (BOTH, NORDLYS, "VIEWER"), (OPERATOR, VOID, "ADMIN"), (OPERATOR, UNKNOWN, None),
    ],
)  # fmt: skip
async def test_a_role_is_of_a_token_and_a_client(gateway: Gateway, token: str, client: UUID, role: str | None) -> None:
    for name in (str(client), encode(GlobalId("Client", client))):
        answer = await gateway.ask("query ($c: ID!) { viewer { role(client: $c) } }", token=token, c=name)
        assert answer.data["viewer"]["role"] == role


async def test_a_foreign_client_looks_like_one_that_does_not_exist(gateway: Gateway) -> None:
    """By bare UUID and by global id, for the client, its apps and everything below."""
    query = """query ($c: ID!, $a: ID!, $ids: [ID!]!) {
        client(id: $c) { id name tokens { id } apps { totalCount } app(id: $a) { id } }
        nodes(ids: $ids) { id __typename } }"""

    def variables(client: UUID, app: UUID, bare: bool) -> dict[str, Any]:
        return {
            "c": str(client) if bare else encode(GlobalId("Client", client)),
            "a": str(app) if bare else encode(GlobalId("App", client, (app,))),
            "ids": [
                encode(GlobalId("Client", client)),
                encode(GlobalId("App", client, (app,))),
                encode(GlobalId("User", client, (1,))),
                encode(GlobalId("ApiToken", client, (UUID(int=4),))),
            ],
        }

    for bare in (True, False):
        foreign = await gateway.ask(query, **variables(HIMAL, TREK, bare))
        unknown = await gateway.ask(query, **variables(UNKNOWN, UNKNOWN, bare))
        assert foreign.body == unknown.body == {"data": {"client": None, "nodes": [None] * 4}}
        assert foreign.statements == unknown.statements == []


async def test_a_foreign_app_under_an_own_client_is_not_there(gateway: Gateway) -> None:
    query = "query ($c: ID!, $a: ID!) { client(id: $c) { app(id: $a) { name } } }"
    for app in (str(TREK), encode(GlobalId("App", HIMAL, (TREK,))), encode(GlobalId("App", NORDLYS, (TREK,))), "x", ""):
        assert (await gateway.ask(query, c=str(NORDLYS), a=app)).data == {"client": {"app": None}}


@pytest.mark.parametrize(
    "name", ["", "x", "018f0000", "null", "' or 1=1 --", "\u0000", "018F0000-0000-7000-8000-00000000000g"]
)
async def test_a_malformed_id_is_nobodys(gateway: Gateway, name: str) -> None:
    answer = await gateway.ask("query ($c: ID!) { client(id: $c) { id } node(id: $c) { id } }", c=name)
    assert answer.data == {"client": None, "node": None}


async def test_a_text_that_no_row_can_hold_is_told_so(gateway: Gateway) -> None:
    answer = await gateway.ask("query ($s: String) { clients { nodes { apps(search: $s) { totalCount } } } }", s="\0")
    assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"
    assert "NUL" in answer.error["message"]


@pytest.mark.parametrize("question", ["{}", "[]", "1", '{"activity":"X"}', '{"app":1,"period":[]}'])
async def test_an_id_of_a_question_nobody_asked_is_null(gateway: Gateway, question: str) -> None:
    forged = encode(GlobalId("Metric", NORDLYS, (question,)))
    assert (await gateway.ask("query ($id: ID!) { node(id: $id) { id } }", id=forged)).data == {"node": None}


async def test_tokens_are_for_admins(gateway: Gateway) -> None:
    query = "query ($c: ID!) { client(id: $c) { name tokens { name role revokedAt expiresAt } } }"
    for token in (VIEWER, EDITOR):
        answer = await gateway.ask(query, token=token, c=str(NORDLYS))
        assert answer.body["data"]["client"] == {"name": "Nordlys", "tokens": None}
        error = answer.error_at("client", "tokens")
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert "ADMIN" in error["message"]

    mine = (await gateway.ask(query, token=ADMIN, c=str(NORDLYS))).data["client"]["tokens"]
    assert {token["name"] for token in mine} == {"viewer", "editor", "admin", "both", "expired", "revoked", "ingest"}


async def test_a_token_of_another_client_is_not_found_by_its_id(gateway: Gateway) -> None:
    query = "query ($id: ID!) { node(id: $id) { ... on ApiToken { name } } }"
    stranger = UUID(int=4)
    for client in (HIMAL, NORDLYS):
        answer = await gateway.ask(query, token=ADMIN, id=encode(GlobalId("ApiToken", client, (stranger,))))
        assert answer.data == {"node": None}
    own = await gateway.ask(query, token=STRANGER, id=encode(GlobalId("ApiToken", HIMAL, (stranger,))))
    assert own.data == {"node": {"name": "stranger"}}


async def test_cursors_hold_only_in_their_own_list(gateway: Gateway) -> None:
    apps = """query ($after: String, $search: String) { clients { nodes {
        apps(first: 1, after: $after, search: $search) { pageInfo { endCursor } nodes { name } } } } }"""
    mine = (await gateway.ask(apps)).data["clients"]["nodes"][0]["apps"]
    cursor = mine["pageInfo"]["endCursor"]
    onward = (await gateway.ask(apps, after=cursor)).data["clients"]["nodes"][0]["apps"]
    assert mine["nodes"] != onward["nodes"]

    for answer in (
        await gateway.ask(apps, token=STRANGER, after=cursor),
        await gateway.ask(apps, after=cursor, search="o"),
        await gateway.ask(apps, after=cursor[:-1] + ("A" if cursor[-1] != "A" else "B")),
        await gateway.ask(apps, after=cursor[:8]),
        await gateway.ask(apps, after=""),
        await gateway.ask("query ($after: String) { clients(after: $after) { nodes { name } } }", after=cursor),
    ):
        assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"
        assert answer.error["message"].startswith("after: ")


async def test_many_requests_of_two_tenants_at_once_never_mix(gateway: Gateway, settings: Settings) -> None:
    """By the limits that are on by default: such a burst is served whole."""
    limits = {"rate_limit": Settings.model_fields["rate_limit"].default}
    query = '{ clients { nodes { name apps { nodes { name usageReports(period: {last: "90d"}) { totalCount } } } } } }'

    async def asked(token: str) -> tuple[str, Any]:
        return token, (await limited.ask(query, token=token)).data

    async with running(settings.model_copy(update=limits), gateway.urls) as limited:
        answers = await asyncio.gather(*(asked((VIEWER, STRANGER)[number % 2]) for number in range(400)))
    names = {token: {str(answer) for asker, answer in answers if asker == token} for token in (VIEWER, STRANGER)}
    assert all(len(each) == 1 for each in names.values())
    assert "Himal" not in str(names[VIEWER])
    assert "Nordlys" not in str(names[STRANGER])


async def test_what_a_request_says_of_itself_holds_no_secret(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log has a line for a request: neither the token nor a variable's value is in it."""
    await gateway.ask("query Look($c: ID!) { client(id: $c) { id } }", c="a-value-of-a-variable")
    await gateway.ask(WHO, token=REVOKED)
    logged = "".join(capsys.readouterr())
    assert "Look" in logged
    assert "a-value-of-a-variable" not in logged
    assert VIEWER not in logged
    assert REVOKED not in logged


async def test_the_use_of_a_token_is_kept_to_the_minute(own_gateway: Gateway) -> None:
    query = "query ($c: ID!) { client(id: $c) { tokens { name lastUsedAt } } }"

    async def last_used() -> Any:
        tokens = (await own_gateway.ask(query, token=ADMIN, c=str(NORDLYS))).data["client"]["tokens"]
        return {token["name"]: token["lastUsedAt"] for token in tokens}

    await own_gateway.ask(WHO, now="2026-03-11T12:00:00Z")
    await own_gateway.ask(WHO, now="2026-03-11T12:00:30Z")
    async with asyncio.timeout(5):
        while (await last_used())["viewer"] is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # the row is written beside the request
    assert (await last_used())["viewer"] == "2026-03-11T12:00:00+00:00"
    assert (await last_used())["both"] is None


async def test_notes_is_visible_to_whom_it_belongs(gateway: Gateway) -> None:
    for token in (VIEWER, EDITOR, ADMIN, BOTH, OPERATOR):
        answer = await gateway.ask(
            "query ($c: ID!, $a: ID!) { client(id: $c) { app(id: $a) { name client { name } } } }",
            token=token, c=str(NORDLYS), a=str(NOTES),
        )  # fmt: skip
        assert answer.data["client"]["app"] == {"name": "Notes", "client": {"name": "Nordlys"}}
