"""Callers who are not who they say, or ask for what is another's (rows 15, 27)."""

import hashlib
import json
from pathlib import Path

import httpx
import pytest

from tests.gateways import Gateway, running
from tests.hostile.asking import asked, sound
from tests.seeds import ADMIN, STRANGER, VIEWER

MINE = "query Mine { clients { nodes { name } } }"
HASH = hashlib.sha256(MINE.encode()).hexdigest()
NORDLYS = {"data": {"clients": {"nodes": [{"name": "Nordlys"}]}}}
HIMAL = {"data": {"clients": {"nodes": [{"name": "Himal"}]}}}
JSON = ("content-type", "application/json")


def by(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


# ---------------------------------------------------------------- who asks (row 15)
@pytest.mark.parametrize(
    "sent",
    [
        [f"Bearer {VIEWER}", f"Bearer {VIEWER}"],
        [f"Bearer {VIEWER}", f"Bearer {STRANGER}"],
        [f"Bearer {STRANGER}", "Basic dXNlcjpwYXNz"],
        ["", f"Bearer {VIEWER}"],
        [f"Bearer {VIEWER}, Bearer {STRANGER}"],
        [f"Bearer {VIEWER} {STRANGER}"],
        [f"Bearer {VIEWER}\t{STRANGER}"],
        [f"Bearer={VIEWER}"],
        [f"Token {VIEWER}"],
        [f'Bearer "{VIEWER}"'],
        [f"Bearer {VIEWER.upper()}"],
        [f"Bearer {VIEWER}%00"],
        [f"Bearer \ufeff{VIEWER}"],
        ["Bearer plx_" + "_" * 43],
        ["Bearer plx_' or 1=1 --" + "-" * 29],
    ],
    ids=str,
)
async def test_row_15_what_is_not_one_good_token_is_none(gateway: Gateway, sent: list[str]) -> None:
    headers = [JSON, *(("authorization", each.encode()) for each in sent)]
    told = sound(await gateway.http.post("/graphql", content=json.dumps({"query": MINE}), headers=headers))  # type: ignore[arg-type]
    assert told.status == 401
    assert told.codes == {"UNAUTHENTICATED"}
    assert told.headers["www-authenticate"] == "Bearer"


async def test_row_15_a_token_in_the_body_is_no_token(gateway: Gateway) -> None:
    body = {"query": MINE, "token": VIEWER, "authorization": f"Bearer {VIEWER}", "headers": by(VIEWER)}
    body |= {"extensions": {"token": VIEWER, "headers": by(VIEWER)}, "variables": by(VIEWER)}
    assert (await asked(gateway, body, token=None)).status == 401


# ---------------------------------------------------------------- what is another's (row 27)
async def persisted(gateway: Gateway, token: str, digest: str, text: str | None = None) -> httpx.Response:
    body: dict[str, object] = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
    if text is not None:
        body["query"] = text
    response = await gateway.http.post("/graphql", json=body, headers=by(token))
    sound(response)
    return response


@pytest.mark.parametrize("digest", ["0" * 64, HASH[:-1], HASH + "0", "", "x", HASH[:32], "../" + HASH], ids=str)
async def test_row_27_a_hash_that_is_not_of_its_text_is_refused_and_never_kept(gateway: Gateway, digest: str) -> None:
    answer = await persisted(gateway, VIEWER, digest, MINE)
    assert answer.status_code == 400
    assert "data" not in answer.json()
    for wanted in (digest, HASH):
        assert "data" not in (await persisted(gateway, VIEWER, wanted)).json()


@pytest.mark.parametrize(
    "persisted_query", [1, "x", [], {"sha256Hash": 1}, {"sha256Hash": {}}, {"version": 9}, None], ids=str
)
async def test_row_27_what_is_no_persisted_query_is_refused_or_left_alone(
    gateway: Gateway, persisted_query: object
) -> None:
    told = await asked(gateway, {"extensions": {"persistedQuery": persisted_query}})
    told.is_refused("INVALID_PARAMETER")
    told = await asked(gateway, {"query": MINE, "extensions": {"persistedQuery": persisted_query}})
    assert told.body == NORDLYS or told.codes == {"INVALID_PARAMETER"}


async def test_row_27_a_stored_operation_is_everybodys_and_its_answer_is_not(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "Mine.graphql").write_text(MINE)
    stored = gateway.settings.model_copy(update={"operations": tmp_path, "stored_only": True})
    async with running(stored, gateway.urls) as strict:
        for token, own in ((VIEWER, NORDLYS), (STRANGER, HIMAL), (VIEWER, NORDLYS)):
            for body in ({"documentId": "Mine"}, {"documentId": f"sha256:{HASH}"}, {"query": MINE}):
                told = await found(strict, body, token)
                assert told.json() == own
        for wrong in (
            {"query": MINE + " "},
            {"documentId": "../Mine"},
            {"documentId": "Mine.graphql"},
            {"documentId": ""},
        ):
            told = await found(strict, wrong, VIEWER)
            assert 400 <= told.status_code < 500
            assert "data" not in told.json()


async def found(gateway: Gateway, body: dict[str, str], token: str) -> httpx.Response:
    response = await gateway.http.post("/graphql", json=body, headers=by(token))
    sound(response)
    return response


async def test_row_27_a_tag_of_ones_answer_is_no_tag_of_anothers(gateway: Gateway) -> None:
    """Of the very same answer too: who holds a tag must not learn that another got the same."""

    async def got(token: str, query: str, tag: str | None = None) -> httpx.Response:
        held = {"if-none-match": tag} if tag else {}
        return await gateway.http.get("/graphql", params={"query": query}, headers=by(token) | held)

    for query in (MINE, "{ metricCatalog { name } }"):
        mine = await got(VIEWER, query)
        tag = mine.headers["etag"]
        assert "private" in mine.headers["cache-control"]
        assert "authorization" in mine.headers["vary"].lower()
        assert (await got(VIEWER, query, tag)).status_code == 304
        for other in (STRANGER, ADMIN):
            theirs = await got(other, query, tag)
            assert theirs.status_code == 200
            assert theirs.headers["etag"] != tag
    assert (await got(STRANGER, MINE, tag)).json() == HIMAL
    for wild in ("*", '"*"', 'W/"', ",,,", '"' + "x" * 10_000 + '"', tag + ", *"):
        assert (await got(STRANGER, MINE, wild)).status_code in (200, 304)
    nobody = await gateway.http.get("/graphql", params={"query": MINE}, headers={"if-none-match": tag})
    assert nobody.status_code == 401
