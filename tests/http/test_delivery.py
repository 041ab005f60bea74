"""How answers come: media types, packings, tags for caches, lists, parts."""

import gzip
import json
from typing import Any

import brotli
import httpx
import pytest
from backports import zstd

from parallax.settings import Settings
from tests.gateways import Gateway, running
from tests.seeds import NORDLYS, NOTES, STRANGER, VIEWER

AUTHORIZED = {"authorization": f"Bearer {VIEWER}"}
HELLO = "{ viewer { name } }"
LONG = """{ clients(first: 1) { nodes { apps(first: 5) { nodes { name activity(metric: SESSION_COUNT, period: {last: "90d"}) {
    data { date at value isPartial } } } } } } }"""
NEWER, OLDER = "application/graphql-response+json", "application/json"
EVENTS = "text/event-stream"


async def post(gateway: Gateway, query: str, **headers: str) -> httpx.Response:
    return await gateway.http.post("/graphql", json={"query": query}, headers=AUTHORIZED | headers)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", OLDER),
        ("application/*", OLDER),
        (f"{NEWER}, {OLDER};q=0.9", NEWER),
        (f"{NEWER};q=0.5, {OLDER}", OLDER),
        (f"{NEWER}, */*", NEWER),
        (f"{OLDER}, {EVENTS}, multipart/mixed", OLDER),
        (f"text/html;q=0.9, {NEWER}; charset=utf-8", NEWER),
    ],
)
async def test_accept_chooses_the_media_type(gateway: Gateway, accept: str, kind: str) -> None:
    answer = await post(gateway, HELLO, accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{kind}; charset=utf-8")


@pytest.mark.parametrize("accept", ["text/plain", f"{OLDER};q=0", "image/*"])
async def test_what_nobody_can_read_is_not_sent(gateway: Gateway, accept: str) -> None:
    answer = await post(gateway, HELLO, accept=accept)
    assert answer.status_code == 406
    assert NEWER in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("query", ["{", "{ nothing }", "query ($id: ID!) { client(id: $id) { id } }"])
async def test_a_fault_of_the_document_is_an_answer_to_some_and_an_error_to_others(
    gateway: Gateway, query: str
) -> None:
    older, newer = await post(gateway, query, accept=OLDER), await post(gateway, query, accept=NEWER)
    assert (older.status_code, newer.status_code) == (200, 400)
    assert "data" not in newer.json()
    assert older.json()["errors"][0]["message"] == newer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("asked", "coding", "unpacked"),
    [
        ("gzip", "gzip", gzip.decompress),
        ("br", "br", brotli.decompress),
        ("zstd", "zstd", zstd.decompress),
        ("gzip, deflate, br, zstd", "zstd", zstd.decompress),
        ("gzip, br;q=0.5", "gzip", gzip.decompress),
    ],
)
async def test_a_long_answer_is_packed_as_asked(gateway: Gateway, asked: str, coding: str, unpacked: Any) -> None:
    plain = (await post(gateway, LONG, **{"accept-encoding": "identity"})).content
    request = gateway.http.build_request(
        "POST", "/graphql", json={"query": LONG}, headers=AUTHORIZED | {"accept-encoding": asked}
    )
    answer = await gateway.http.send(request, stream=True)
    raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == coding
    assert int(answer.headers["content-length"]) == len(raw) < len(plain) / 3
    assert unpacked(raw) == plain
    assert "Accept-Encoding" in answer.headers["vary"]


@pytest.mark.parametrize("asked", ["identity", "gzip;q=0", "snappy"])
async def test_who_asks_for_no_packing_gets_none(gateway: Gateway, asked: str) -> None:
    answer = await post(gateway, LONG, **{"accept-encoding": asked})
    assert "content-encoding" not in answer.headers
    assert "content-encoding" not in (await post(gateway, HELLO, **{"accept-encoding": "gzip"})).headers


async def test_an_answer_by_get_has_a_tag_and_is_not_sent_twice(gateway: Gateway) -> None:
    first = await gateway.http.get("/graphql", params={"query": HELLO}, headers=AUTHORIZED)
    assert first.headers["cache-control"] == "private, no-cache"
    assert {"Authorization", "Accept"} <= {each.strip() for each in first.headers["vary"].split(",")}
    held = {"if-none-match": f'"other", {first.headers["etag"]}'}
    again = await gateway.http.get("/graphql", params={"query": HELLO}, headers=AUTHORIZED | held)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


async def test_the_tag_of_another_caller_is_no_proof(gateway: Gateway) -> None:
    """Even where the two answers are the same bytes."""
    query = "{ metricCatalog { name } }"
    first = await gateway.http.get("/graphql", params={"query": query}, headers=AUTHORIZED)
    other = {"authorization": f"Bearer {STRANGER}", "if-none-match": first.headers["etag"]}
    answer = await gateway.http.get("/graphql", params={"query": query}, headers=other)
    assert (answer.status_code, answer.content) == (200, first.content)
    assert answer.headers["etag"] != first.headers["etag"]


async def test_a_failure_is_kept_by_no_cache(gateway: Gateway) -> None:
    for query in ("{", "{ client(id: $c) { id } }", "{ clients(first: 0) { nodes { id } } }"):
        answer = await gateway.http.get("/graphql", params={"query": query}, headers=AUTHORIZED)
        assert "errors" in answer.json()
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


# ---------------------------------------------------------------- lists
async def test_a_list_of_operations_is_refused_unless_it_is_on(gateway: Gateway) -> None:
    answer = await gateway.http.post("/graphql", json=[{"query": HELLO}], headers=AUTHORIZED)
    assert answer.status_code == 400
    assert "PARALLAX_BATCH" in answer.json()["errors"][0]["message"]


async def test_a_list_is_answered_in_its_order_and_each_by_itself(gateway: Gateway, settings: Settings) -> None:
    asked = [{"query": HELLO}, {"query": "{ nothing }"}, {"query": "{ client(id: 1) { id } }"}]
    async with running(settings.model_copy(update={"batch": 3}), gateway.urls) as batching:
        answer = await batching.http.post("/graphql", json=asked, headers=AUTHORIZED)
        assert answer.status_code == 200
        first, second, third = answer.json()
        assert (first, third) == ({"data": {"viewer": {"name": "viewer"}}}, {"data": {"client": None}})
        assert "data" not in second
        for wrong in ([], [{"query": HELLO}] * 4):
            refused = await batching.http.post("/graphql", json=wrong, headers=AUTHORIZED)
            assert refused.status_code == 400
            assert "1 to 3" in refused.json()["errors"][0]["message"]


async def test_a_list_has_the_budget_of_one_operation(gateway: Gateway, settings: Settings) -> None:
    asked = {"query": LONG, "extensions": {"cost": True}}
    [alone] = await _batched(gateway, settings, [asked])
    cost = alone["extensions"]["cost"]["estimated"]
    first, second = await _batched(gateway, settings, [asked, asked], max_cost=int(cost * 1.5))
    assert "errors" not in first
    assert second["errors"][0]["extensions"]["code"] == "TOO_COSTLY"


async def _batched(gateway: Gateway, settings: Settings, asked: list[Any], **limits: int) -> list[Any]:
    async with running(settings.model_copy(update={"batch": 10, **limits}), gateway.urls) as batching:
        answers: list[Any] = (await batching.http.post("/graphql", json=asked, headers=AUTHORIZED)).json()
        return answers


# ---------------------------------------------------------------- parts
DEFERRED = """query ($c: ID!, $a: ID!) { client(id: $c) { name ... @defer(label: "app") { app(id: $a) { name } } } }"""
STREAMED = """query ($c: ID!) { client(id: $c) { apps { nodes @stream(initialCount: 1) { name } } } }"""


async def parts(gateway: Gateway, query: str, accept: str) -> list[dict[str, Any]]:
    body = {"query": query, "variables": {"c": str(NORDLYS), "a": str(NOTES)}}
    answer = await gateway.http.post("/graphql", json=body, headers=AUTHORIZED | {"accept": accept})
    assert answer.headers["content-type"] == 'multipart/mixed; boundary="-"'
    first, *pieces, last = ("\r\n" + answer.text).split("\r\n---")
    assert (first, last) == ("", "--\r\n")
    return [json.loads(piece.partition("\r\n\r\n")[2]) for piece in pieces]


async def whole(gateway: Gateway, query: str) -> Any:
    return (await gateway.ask(query, c=str(NORDLYS), a=str(NOTES))).data


async def test_a_deferred_part_comes_later(gateway: Gateway) -> None:
    first, last = await parts(gateway, DEFERRED, f"multipart/mixed, {OLDER}")
    assert first["data"] == {"client": {"name": "Nordlys"}}
    assert first["pending"] == [{"id": "0", "path": ["client"], "label": "app"}]
    assert last["incremental"] == [{"id": "0", "data": {"app": {"name": "Notes"}}}]
    assert (first["hasNext"], last["hasNext"]) == (True, False)


async def test_the_first_format_of_parts_has_paths(gateway: Gateway) -> None:
    first, last = await parts(gateway, DEFERRED, f"multipart/mixed;deferSpec=20220824, {OLDER}")
    assert first == {"data": {"client": {"name": "Nordlys"}}, "hasNext": True}
    assert last == {
        "incremental": [{"path": ["client"], "label": "app", "data": {"app": {"name": "Notes"}}}],
        "hasNext": False,
    }
    opening, *rest = await parts(gateway, STREAMED, f"multipart/mixed;deferSpec=20220824, {OLDER}")
    nodes = opening["data"]["client"]["apps"]["nodes"]
    for each in (item for part in rest for item in part.get("incremental", ())):
        assert each["path"] == ["client", "apps", "nodes", len(nodes)]
        nodes += each["items"]
    assert opening["data"] == await whole(gateway, STREAMED)


@pytest.mark.parametrize("query", [DEFERRED, STREAMED])
async def test_who_reads_no_parts_gets_the_same_in_one(gateway: Gateway, query: str) -> None:
    plain = query.replace('... @defer(label: "app")', "...").replace("@stream(initialCount: 1)", "")
    assert "@" not in plain
    assert await whole(gateway, query) == await whole(gateway, plain)


async def test_an_error_of_a_deferred_part_is_told_as_any(gateway: Gateway) -> None:
    query = """query ($c: ID!) { client(id: $c) { name ... @defer { tokens { name } } } }"""
    _, last = await parts(gateway, query, "multipart/mixed")
    [error] = last["incremental"][0]["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("FORBIDDEN", ["client", "tokens"])
    [absent] = last["extensions"]["missing"]
    assert (absent["path"], absent["code"]) == (["client", "tokens"], "FORBIDDEN")


async def test_one_answer_may_be_an_event_stream(gateway: Gateway) -> None:
    answer = await post(gateway, HELLO, accept=EVENTS)
    assert answer.headers["content-type"] == f"{EVENTS}; charset=utf-8"
    assert answer.text == 'event: next\ndata: {"data":{"viewer":{"name":"viewer"}}}\n\nevent: complete\ndata:\n\n'
