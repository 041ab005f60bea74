"""Tokens for stored operations alone: made, shown and refused what else there is."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parallax.installation import Urls
from parallax.settings import Settings
from tests.gateways import Gateway, running
from tests.seeds import ADMIN, NORDLYS
from tests.verbs import on, run

STORED = """query WhoAmI { viewer { name } }"""
STORED_CREATE = """mutation MakeToken($input: TokenCreateInput!) {
  tokenCreate(input: $input) { token { name role storedOnly } secret userErrors { code message } }
}"""


@pytest.fixture
async def storing(own_urls: Urls, settings: Settings, tmp_path: Path) -> AsyncIterator[Gateway]:
    (tmp_path / "who_am_i.graphql").write_text(STORED)
    (tmp_path / "make_token.graphql").write_text(STORED_CREATE)
    async with running(settings.model_copy(update={"operations": tmp_path}), own_urls) as gateway:
        yield gateway


async def made(gateway: Gateway, token: str = ADMIN, **given: Any) -> dict[str, Any]:
    asked = {"client": str(NORDLYS), "role": "ADMIN", "name": "page", **given}
    payload: dict[str, Any] = (await gateway.ask(STORED_CREATE, token=token, input=asked)).data["tokenCreate"]
    return payload


@pytest.mark.parametrize(("given", "flag"), [({}, False), ({"storedOnly": None}, False), ({"storedOnly": False}, False),
                                             ({"storedOnly": True}, True)])  # fmt: skip
async def test_a_token_says_whether_it_is_for_stored_operations(
    storing: Gateway, given: dict[str, Any], flag: bool
) -> None:
    assert (await made(storing, **given))["token"] == {"name": "page", "role": "ADMIN", "storedOnly": flag}

    query = "query ($c: ID!) { client(id: $c) { tokens { name storedOnly id } } }"
    listed = (await storing.ask(query, token=ADMIN, c=str(NORDLYS))).data["client"]["tokens"]
    assert {token["name"]: token["storedOnly"] for token in listed} | {"page": flag} == {
        token["name"]: token["name"] == "page" and flag for token in listed
    }
    node = "query ($id: ID!) { node(id: $id) { ... on ApiToken { storedOnly } } }"
    assert (await storing.ask(node, token=ADMIN, id=listed[0]["id"])).data == {"node": {"storedOnly": flag}}


async def test_such_a_token_runs_stored_operations_and_nothing_else(storing: Gateway) -> None:
    secret = (await made(storing, storedOnly=True))["secret"]

    assert (await storing.ask(STORED, token=secret)).data == {"viewer": {"name": "page"}}
    for text in (
        "{ viewer { name } }",
        STORED.replace("name", "name __typename"),
        "{ __schema { queryType { name } } }",
    ):
        answer = await storing.ask(text, token=secret)
        assert answer.error["extensions"]["code"] == "FORBIDDEN"
        assert not answer.body.get("data")
        assert (await storing.ask(text, token=ADMIN)).status == 200


async def test_such_a_token_makes_only_such_tokens(storing: Gateway) -> None:
    secret = (await made(storing, storedOnly=True))["secret"]

    wider = await made(storing, token=secret, name="wider")
    assert (wider["token"], wider["secret"]) == (None, None)
    [error] = wider["userErrors"]
    assert error["code"] == "FORBIDDEN"
    assert "storedOnly" in error["message"]
    assert (await made(storing, token=secret, storedOnly=True))["token"]["storedOnly"] is True


@pytest.mark.parametrize("whose", [("--client", str(NORDLYS), "--role", "viewer"), ("--operator",)])
async def test_the_shell_makes_and_lists_them(
    own_urls: Urls, settings: Settings, tmp_path: Path, whose: tuple[str, ...]
) -> None:
    env = on(own_urls, settings, tmp_path)
    made_ones = {}
    for name, flags in (("bound", ("--stored-only",)), ("free", ())):
        done = run("token", "create", *whose, "--name", name, *flags, env=env)
        assert done.code == 0, done.err
        made_ones[name] = done.out.strip()
    listed = {token["name"]: token for token in json.loads(run("token", "list", "--json", env=env).out)}
    assert (listed["bound"]["storedOnly"], listed["free"]["storedOnly"]) == (True, False)

    async with running(settings, own_urls) as gateway:
        assert (await gateway.ask(STORED, token=made_ones["free"], now=None)).status == 200
        bound = await gateway.ask(STORED, token=made_ones["bound"], now=None)
        assert bound.error["extensions"]["code"] == "FORBIDDEN"
