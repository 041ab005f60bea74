"""What HTTP carries: media types, methods, bodies that are none, and errors that a person can act on."""

import gzip
import json

import pytest

from tests.gateways import Gateway
from tests.seeds import NORDLYS, VIEWER

AUTHORIZED = {"authorization": f"Bearer {VIEWER}"}
HELLO = "{ viewer { name } }"


async def test_a_post_with_json_is_answered_as_json(gateway: Gateway) -> None:
    response = await gateway.http.post("/graphql", json={"query": HELLO}, headers=AUTHORIZED)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == {"data": {"viewer": {"name": "viewer"}}}


async def test_who_asks_for_the_newer_media_type_gets_it(gateway: Gateway) -> None:
    accept = {"accept": "application/graphql-response+json, application/json;q=0.9"}
    response = await gateway.http.post("/graphql", json={"query": HELLO}, headers=AUTHORIZED | accept)
    assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"


async def test_a_query_may_come_by_get(gateway: Gateway) -> None:
    parameters = {
        "query": "query A { viewer { name } } query B($c: ID!) { client(id: $c) { name } }",
        "operationName": "B",
        "variables": json.dumps({"c": str(NORDLYS)}),
    }
    response = await gateway.http.get("/graphql", params=parameters, headers=AUTHORIZED)
    assert response.json() == {"data": {"client": {"name": "Nordlys"}}}


async def test_a_mutation_by_get_is_refused_before_it_runs(gateway: Gateway) -> None:
    mutation = 'mutation { clientUpdate(input: {id: "x", name: "y"}) { userErrors { code } } }'
    response = await gateway.http.get("/graphql", params={"query": mutation}, headers=AUTHORIZED)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
async def test_other_methods_are_refused(gateway: Gateway, method: str) -> None:
    response = await gateway.http.request(method, "/graphql", headers=AUTHORIZED)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql", ""],
)
async def test_a_body_that_a_foreign_page_could_send_is_refused(gateway: Gateway, kind: str) -> None:
    """What a browser sends across origins without asking first never runs."""
    response = await gateway.http.post(
        "/graphql", content=json.dumps({"query": HELLO}), headers=AUTHORIZED | {"content-type": kind}
    )
    assert response.status_code == 415
    assert response.json()["errors"][0]["message"] == "Content-Type: send application/json."


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b'{"query":', b"null", b"[]", b"1", b'"x"', b"\xff\xfe", b"{}", b'{"query": 1}', b'{"query": ""}',
        b'{"query": "{ viewer { name } }", "variables": []}', b'{"query": "{ viewer { name } }", "operationName": 1}',
        b'{"query": "{ viewer { name } }", "extensions": "x"}', b"[" * 100_000, b'{"a":' * 100_000,
    ],
)  # fmt: skip
async def test_a_body_that_is_no_request_is_told_so(gateway: Gateway, body: bytes) -> None:
    headers = AUTHORIZED | {"content-type": "application/json"}
    response = await gateway.http.post("/graphql", content=body, headers=headers)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "INVALID_PARAMETER"
    assert error["message"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Syntax Error"),
        ("{ viewer { nam } }", "nam"),
        ("{ nothing }", "nothing"),
        ("query A { viewer { name } } query B { viewer { name } }", "operationName"),
        ("fragment F on Query { viewer { name } }", "F"),
        ("{ client(id: 1.5) { id } }", "id"),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "fragment"),
        ("{ viewer { name } }" + "{" * 20_000, "Syntax Error"),
        ("{" + " a" * 20_000 + "}", "token"),
        ("{ clients(first: " + "9" * 5000 + ") { nodes { id } } }", "5000 characters"),
        ("{ clients(first: 1e999999) { nodes { id } } }", "1e999999"),
        ("subscription { x }", "subscription"),
    ],
)
async def test_a_text_that_cannot_run_is_refused_whole(gateway: Gateway, text: str, said: str) -> None:
    answer = await gateway.ask(text)
    assert answer.status == 400
    assert "data" not in answer.body
    code = "TOO_COSTLY" if "token" in said else "INVALID_PARAMETER"
    assert {error["extensions"]["code"] for error in answer.errors} == {code}
    assert said.lower() in answer.errors[0]["message"].lower()
    assert len(json.dumps(answer.body)) < 20_000


async def test_variables_of_the_wrong_type_are_named(gateway: Gateway) -> None:
    answer = await gateway.ask("query ($n: Int) { clients(first: $n) { nodes { id } } }", n="many")
    assert answer.status == 400
    assert answer.error["message"].startswith("n: ")
    assert answer.error["extensions"]["details"] == {"n": "many"}


async def test_a_body_may_be_packed_but_not_be_a_bomb(gateway: Gateway) -> None:
    headers = AUTHORIZED | {"content-type": "application/json", "content-encoding": "gzip"}
    packed = gzip.compress(json.dumps({"query": HELLO}).encode())
    assert (await gateway.http.post("/graphql", content=packed, headers=headers)).status_code == 200

    bomb = gzip.compress(b" " * 300_000_000, 9)
    assert (await gateway.http.post("/graphql", content=bomb, headers=headers)).status_code == 413
    twice = gzip.compress(packed)
    assert (await gateway.http.post("/graphql", content=twice, headers=headers)).status_code == 400
    torn = packed[: len(packed) // 2]
    assert (await gateway.http.post("/graphql", content=torn, headers=headers)).status_code == 400
    plain = await gateway.http.post("/graphql", content=b"{}", headers=headers)
    assert plain.status_code == 400
    odd = headers | {"content-encoding": "br"}
    assert (await gateway.http.post("/graphql", content=packed, headers=odd)).status_code == 415


async def test_a_body_over_the_limit_is_refused_while_it_comes(gateway: Gateway) -> None:
    large = json.dumps({"query": HELLO, "variables": {"x": "x" * (17 * 2**20)}})
    headers = AUTHORIZED | {"content-type": "application/json"}
    assert (await gateway.http.post("/graphql", content=large, headers=headers)).status_code == 413
    long = {"query": "# " + "x" * 300_000 + "\n" + HELLO}
    assert (await gateway.http.post("/graphql", json=long, headers=AUTHORIZED)).status_code == 413


async def test_a_request_id_goes_through_and_a_hostile_one_does_not(gateway: Gateway) -> None:
    async def echoed(sent: str) -> str:
        headers = AUTHORIZED | {"x-request-id": sent}
        return (await gateway.http.post("/graphql", json={"query": HELLO}, headers=headers)).headers["x-request-id"]

    assert await echoed("trace-42") == "trace-42"
    assert await echoed("a b") != "a b"
    assert len(await echoed("x" * 5000)) < 100

    wrong = await gateway.http.post(
        "/graphql", json={"query": "{ x }"}, headers=AUTHORIZED | {"x-request-id": "trace-43"}
    )
    assert wrong.json()["errors"][0]["extensions"]["requestId"] == "trace-43"


async def test_the_same_text_is_parsed_once_and_a_cache_of_many_texts_forgets(gateway: Gateway) -> None:
    for number in range(1100):
        answer = await gateway.ask(f"query Q{number} {{ viewer {{ name }} }}")
        assert answer.data == {"viewer": {"name": "viewer"}}
    again = await gateway.ask("query Q0 { viewer { name } }")
    assert again.data == {"viewer": {"name": "viewer"}}


async def test_the_clock_of_an_operation_is_the_tests_own(gateway: Gateway) -> None:
    query = """query ($c: ID!) { client(id: $c) { apps(first: 1) { nodes {
        activity(metric: USER_COUNT, period: {last: "today"}) { period { start } source { asOf } } } } } }"""
    answer = await gateway.ask(query, c=str(NORDLYS), now="2026-03-10T23:30:00Z")
    series = answer.data["client"]["apps"]["nodes"][0]["activity"]
    assert series["period"]["start"] == "2026-03-11"  # Berlin is an hour ahead
    assert series["source"]["asOf"] == "2026-03-10T23:30:00+00:00"

    wrong = await gateway.ask(query, c=str(NORDLYS), now="yesterday")
    assert wrong.status == 400
    assert "Parallax-Now" in wrong.error["message"]


async def test_the_page_reflects_nothing_of_its_request(gateway: Gateway) -> None:
    response = await gateway.http.get(
        "/graphql", params={"x": "</script><b>"}, headers={"accept": "text/html", "host": "evil.example"}
    )
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert "evil.example" not in response.text
    assert "</script><b>" not in response.text
    assert "content-security-policy" in response.headers


async def test_health_is_told_to_everybody(gateway: Gateway) -> None:
    assert (await gateway.http.get("/livez")).status_code == 200
    assert (await gateway.http.get("/readyz")).status_code == 200
    metrics = (await gateway.http.get("/metrics")).text
    assert "parallax_requests_total" in metrics
    assert 'parallax_operations_total{cache="hit"}' in metrics
    assert VIEWER not in metrics
