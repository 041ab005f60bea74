"""`POST /v1/events`: rows of all kinds in one body, and what a caller is told of each."""

import asyncio
import gzip
import zlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from backports import zstd

from parallax.db import Database
from parallax.http.sending import MOST_ROWS
from parallax.scopes import Scope, Statement
from parallax.settings import Settings
from parallax.telemetry import exposition
from tests.gateways import NOW, Gateway, listening, running
from tests.hostile.wires import connection, held, said
from tests.seeds import ADMIN, BOTH, EDITOR, HIMAL, INGEST, NORDLYS, NOTES, OPERATOR, STRANGER, TREK, VIEWER
from tests.verbs import eventually

JSON, LINES, TEXT = "application/json", "application/x-ndjson", "text/plain;charset=UTF-8"
KEPT = Statement(
    "kept_of_client",
    "select stream, sum(events)::int as events from event_tail where client_id = $1 group by 1 order by 1",
)


def event(**more: Any) -> dict[str, Any]:
    return {"name": "opened", "at": "2026-03-11T09:00:00Z", "user": "ada", **more}


MIXTURE: list[dict[str, Any]] = [
    event(id="e-1", session="s-1", app=str(NOTES), properties={"plan": "pro", "size": 7}),
    {"log": {"id": "l-1", "at": "2026-03-11T09:00:01Z", "level": "ERROR", "message": "it broke", "user": "ada"}},
    {"identify": {"id": "ada", "aliases": ["anon-1"], "traits": {"plan": "pro"}}},
    {"usage": {"app": str(NOTES), "user": "ada", "date": "2026-03-10", "activeMs": 60_000, "sessions": 1}},
    event(id="e-2"),
]


def lines(rows: list[Any]) -> bytes:
    return b"\n".join(row if isinstance(row, bytes) else orjson.dumps(row) for row in rows)


async def send(
    gateway: Gateway,
    body: bytes | list[Any],
    kind: str = LINES,
    *,
    token: str | None = EDITOR,
    path: str = "/v1/events",
    **more: str,
) -> httpx.Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body) if kind == JSON else lines(body)
    headers = {"content-type": kind, "parallax-now": NOW, **more}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return await gateway.http.post(path, content=content, headers=headers)


async def taken(gateway: Gateway, *given: Any, **more: Any) -> dict[str, Any]:
    response = await send(gateway, *given, **more)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    assert set(answer) == {"accepted", "duplicates", "replaced", "rejected", "receipt"}
    return answer


async def kept(gateway: Gateway, client: UUID = NORDLYS) -> dict[int, int]:
    """Events by stream."""
    async with Database(gateway.settings, gateway.urls.reading, gateway.urls.writing) as db:
        return {row["stream"]: row["events"] for row in await db.rows(Scope.of(client), KEPT, client)}


def counts(answer: Mapping[str, Any]) -> tuple[int, int, int, int]:
    return answer["accepted"], answer["duplicates"], answer["replaced"], len(answer["rejected"])


# ---------------------------------------------------------------- what is taken
@pytest.mark.parametrize("kind", [JSON, LINES, "application/ndjson", TEXT])
async def test_rows_of_all_kinds_are_kept_and_a_repeat_changes_nothing(own_gateway: Gateway, kind: str) -> None:
    assert counts(await taken(own_gateway, MIXTURE, kind)) == (5, 0, 0, 0)
    assert await kept(own_gateway) == {0: 2, 1: 1}
    again = await taken(own_gateway, MIXTURE, kind)
    # Who is who may be said as often as one likes: saying it again is accepted, and changes nothing.
    assert counts(again) == (1, 4, 0, 0)
    assert await kept(own_gateway) == {0: 2, 1: 1}


async def test_a_text_may_also_be_an_array_and_json_one_row(own_gateway: Gateway) -> None:
    assert counts(await taken(own_gateway, b" \n" + orjson.dumps(MIXTURE), TEXT)) == (5, 0, 0, 0)
    assert counts(await taken(own_gateway, orjson.dumps(event(id="e-9"), option=orjson.OPT_INDENT_2), JSON)) == (
        1,
        0,
        0,
        0,
    )
    assert counts(await taken(own_gateway, b"[]", JSON)) == (0, 0, 0, 0)
    assert counts(await taken(own_gateway, b"\xef\xbb\xbf" + lines([event(id="e-10")]), LINES)) == (1, 0, 0, 0)


async def test_a_usage_report_that_differs_is_replaced(own_gateway: Gateway) -> None:
    report = {**MIXTURE[3]["usage"], "activeMs": 5}
    await taken(own_gateway, MIXTURE)
    assert counts(await taken(own_gateway, [{"usage": report}])) == (0, 0, 1, 0)


async def test_a_bad_line_never_hides_its_neighbours(own_gateway: Gateway) -> None:
    sent = [
        event(id="good-1"),
        b"{",
        b"",
        {"log": {"message": 7}},
        {"usage": {"app": str(TREK), "user": "ada", "date": "2026-03-10", "activeMs": 1, "sessions": 1}},
        {"identify": {"id": ""}},
        {"log": {"message": "x"}, "name": "both"},
        b"[1, 2]",
        event(id="no time", at=None),
        {"name": "\0"},
        event(nme="typo"),
        event(app=str(TREK)),
        event(app=[str(NOTES)]),
        event(id="good-2"),
    ]
    answer = await taken(own_gateway, sent)
    assert counts(answer) == (2, 0, 0, 11)
    told = {row["index"]: (row["field"], row["code"]) for row in answer["rejected"]}
    assert told == {
        1: (None, "INVALID_PARAMETER"),
        3: (["log", "message"], "INVALID_PARAMETER"),
        4: (["usage", "app"], "NOT_FOUND"),
        5: (["identify", "id"], "INVALID_PARAMETER"),
        6: (["log"], "INVALID_PARAMETER"),
        7: (None, "INVALID_PARAMETER"),
        8: (["at"], "INVALID_PARAMETER"),
        9: (["name"], "INVALID_PARAMETER"),
        10: (["nme"], "INVALID_PARAMETER"),
        11: (["app"], "NOT_FOUND"),
        12: (["app"], "NOT_FOUND"),
    }
    assert [row["index"] for row in answer["rejected"]] == sorted(told)
    assert all(row["message"] for row in answer["rejected"])


@pytest.mark.parametrize("where", ["name", "user", "id", "properties", "key"])
@pytest.mark.parametrize("half", ["\\ud800", "\\uDFFF", "\\ud83d\\ud83d"])
async def test_half_a_character_in_an_array_is_told_by_its_place(own_gateway: Gateway, where: str, half: str) -> None:
    bad = {
        "properties": event(properties={"a": ["HALF"]}),
        "key": event(HALF="x"),
    }.get(where) or event(**{where: "HALF"})
    body = orjson.dumps([event(id="a"), bad, event(id="b", properties={"note": "😀 is whole"})]).replace(
        b"HALF", half.encode()
    )
    answer = await taken(own_gateway, body, JSON)
    assert counts(answer) == (2, 0, 0, 1)
    assert answer["rejected"][0]["index"] == 1


async def test_16_callers_with_the_same_ids_are_counted_once(own_gateway: Gateway) -> None:
    """Row 39."""
    rows = [event(id=str(uuid4())) for _ in range(50)]
    answers = await asyncio.gather(*(taken(own_gateway, rows) for _ in range(16)))
    assert sum(answer["accepted"] for answer in answers) == 50
    assert sum(answer["duplicates"] for answer in answers) == 15 * 50
    assert await kept(own_gateway) == {0: 50}


async def test_a_page_that_closes_does_not_lose_what_it_sent(own_gateway: Gateway, settings: Settings) -> None:
    async with listening(settings, own_gateway.urls) as address:
        async with connection(address) as (_, writer):
            writer.write(raw(lines([event(id="last")])))
            await writer.drain()

        async def is_kept() -> bool:
            return await kept(own_gateway) == {0: 1}

        await eventually(is_kept)


# ---------------------------------------------------------------- packed
@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("zstd", zstd.compress), ("GZIP", gzip.compress)]
)
async def test_a_body_may_be_packed(own_gateway: Gateway, coding: str, pack: Any) -> None:
    answer = await taken(own_gateway, pack(lines(MIXTURE)), **{"content-encoding": coding})
    assert counts(answer) == (5, 0, 0, 0)


def bomb(coding: str) -> bytes:
    if coding == "gzip":
        stream = zlib.compressobj(9, zlib.DEFLATED, 31)
        return b"".join(stream.compress(b"\n" * 2**20) for _ in range(100)) + stream.flush()
    return zstd.compress(b"\n" * 100 * 2**20)


def long_memory() -> bytes:
    stream = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    return stream.compress(lines(MIXTURE)) + stream.flush()


PACKED = gzip.compress(lines(MIXTURE))


@pytest.mark.parametrize(
    ("coding", "body", "status"),
    [
        ("gzip", bomb("gzip"), 413),
        ("zstd", bomb("zstd"), 413),
        ("zstd", long_memory(), 400),
        ("gzip", PACKED[:-9], 400),
        ("zstd", zstd.compress(lines(MIXTURE))[:-3], 400),
        ("gzip", PACKED + PACKED, 400),
        ("zstd", zstd.compress(lines(MIXTURE)) + b"more", 400),
        ("gzip", lines(MIXTURE), 400),
        ("zstd", PACKED, 400),
        ("gzip", b"", 400),
        ("br", PACKED, 415),
        ("gzip, gzip", gzip.compress(PACKED), 415),
    ],
)
async def test_of_a_body_that_is_packed_wrongly_nothing_is_taken(
    own_gateway: Gateway, coding: str, body: bytes, status: int
) -> None:
    """Row 4. Half of a body is none: whoever sent it would believe that all of it is there."""
    response = await send(own_gateway, body, **{"content-encoding": coding})
    assert response.status_code == status
    assert response.json()["errors"][0]["extensions"]["code"] == "INVALID_PARAMETER"
    assert await kept(own_gateway) == {}


# ---------------------------------------------------------------- refused as a whole
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[{]",
        b'[{"name": "a"}',
        b"[" * 100_000,
        b"nonsense",
        b"\xff\xfe[]",
        b'["\\ud800',
        b'["\\ud800", NaN]',
    ],
)
async def test_what_is_no_json_is_refused_whole(gateway: Gateway, body: bytes) -> None:
    response = await send(gateway, body, JSON)
    assert response.status_code == 400
    assert "not JSON" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "kind", ["", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html"]
)
async def test_other_media_types_are_refused_with_those_that_are_taken(gateway: Gateway, kind: str) -> None:
    response = await send(gateway, lines(MIXTURE), kind)
    assert response.status_code == 415
    assert LINES in response.json()["errors"][0]["message"]


async def test_other_methods_are_refused(gateway: Gateway) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        response = await gateway.http.request(method, "/v1/events", headers={"accept": "text/html"})
        assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("kind", [JSON, LINES])
async def test_more_rows_than_a_call_takes_are_refused_whole(own_gateway: Gateway, kind: str) -> None:
    """Row 41."""
    rows = [{"name": "a"}] * (MOST_ROWS + 1)
    response = await send(own_gateway, rows, kind)
    assert response.status_code == 413
    assert str(MOST_ROWS) in response.json()["errors"][0]["message"]
    assert await kept(own_gateway) == {}
    assert counts(await taken(own_gateway, rows[1:], kind)) == (MOST_ROWS, 0, 0, 0)


@pytest.mark.parametrize("row", [b"{}", b"[]", b'{"":0}', b"0"])
async def test_what_would_grow_as_it_is_read_is_refused_whole(gateway: Gateway, row: bytes) -> None:
    """Row 4: a body within its bound whose values would not be."""
    many = b"[" + b",".join([row] * 600_000) + b"]"
    for kind, body in ((JSON, many), (LINES, b'{"name": "a", "properties": {"a": ' + many + b"}}")):
        response = await send(gateway, body, kind)
        assert response.status_code == 413
        assert "fewer rows" in response.json()["errors"][0]["message"]


async def test_a_larger_body_than_is_read_is_refused(gateway: Gateway, settings: Settings) -> None:
    async with running(settings.model_copy(update={"max_body_bytes": 1000}), gateway.urls) as narrow:
        response = await send(narrow, [event(properties={"x": "y" * 1000})])
    assert response.status_code == 413
    assert "PARALLAX_MAX_BODY_BYTES" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("token", [None, "plx_" + "x" * 43, "nonsense"])
async def test_without_a_token_nothing_is_read(gateway: Gateway, token: str | None) -> None:
    for body in (lines(MIXTURE), b"x" * 100_000):
        response = await send(gateway, body, token=token)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"


async def test_a_token_stands_in_the_header_alone(gateway: Gateway) -> None:
    """Row 15."""
    response = await send(gateway, MIXTURE, token=None, path=f"/v1/events?token={EDITOR}", cookie=f"token={EDITOR}")
    assert response.status_code == 401


async def test_who_only_reads_sends_nothing(own_gateway: Gateway) -> None:
    response = await send(own_gateway, MIXTURE, token=VIEWER)
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await kept(own_gateway) == {}


async def test_who_runs_stored_operations_alone_sends_by_those(own_gateway: Gateway) -> None:
    for more, status in (({"storedOnly": True}, 403), ({"storedOnly": True, "ingestOnly": True}, 200)):
        asked = {"client": str(NORDLYS), "role": "EDITOR", "name": "page", **more}
        text = "mutation ($input: TokenCreateInput!) { tokenCreate(input: $input) { secret } }"
        made = (await own_gateway.ask(text, token=ADMIN, input=asked)).data["tokenCreate"]["secret"]
        assert (await send(own_gateway, b"[]", JSON, token=made)).status_code == status


async def test_a_gateway_that_is_busy_says_when_to_come_back(own_gateway: Gateway, settings: Settings) -> None:
    async with running(settings.model_copy(update={"pool_size": 1, "queue": 1}), own_gateway.urls) as narrow:
        answers = await asyncio.gather(*(send(narrow, [event(id="e")]) for _ in range(30)))
        away = [answer for answer in answers if answer.status_code == 503]
        assert away
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in away)
        assert {answer.status_code for answer in answers} == {200, 503}
    assert await kept(own_gateway) == {0: 1}


async def test_a_body_that_does_not_come_is_not_waited_for(own_gateway: Gateway, settings: Settings) -> None:
    async with listening(settings.model_copy(update={"deadline": 0.2}), own_gateway.urls) as address:
        heard = await said(address, raw(b"", length=500), until=b"408")
    assert heard.statuses == [408]


async def test_who_sends_large_bodies_slowly_keeps_no_other_token_waiting(
    own_gateway: Gateway, settings: Settings
) -> None:
    large = lines([event(id=f"{number}", properties={"note": "x" * 300}) for number in range(400)])
    async with (
        listening(settings, own_gateway.urls) as address,
        held(address, 8, raw(b"{", length=16 * 2**20)),
        httpx.AsyncClient(base_url=address) as http,
    ):
        headers = {"content-type": LINES, "parallax-now": NOW}
        for _ in range(5):  # by the time that small ones are answered the slow ones are let in
            small = await http.post("/v1/events", content=b"", headers=headers | {"authorization": f"Bearer {EDITOR}"})
            assert small.status_code == 200
        async with asyncio.timeout(5):
            answer = await http.post(
                "/v1/events", content=large, headers=headers | {"authorization": f"Bearer {INGEST}"}
            )
    assert answer.json()["accepted"] == 400


def raw(body: bytes, length: int | None = None) -> bytes:
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: gateway\r\nContent-Type: {LINES}\r\nAuthorization: Bearer {EDITOR}\r\n"
        f"Parallax-Now: {NOW}\r\nContent-Length: {len(body) if length is None else length}\r\n\r\n"
    )
    return head.encode() + body


# ---------------------------------------------------------------- whose rows
async def test_who_opens_several_clients_names_one(own_gateway: Gateway) -> None:
    rows = [event(id="e")]
    for token in (BOTH, OPERATOR):
        response = await send(own_gateway, rows, token=token)
        assert response.status_code == 400
        assert "client" in response.json()["errors"][0]["message"]
    by_query = await taken(own_gateway, rows, token=BOTH, path=f"/v1/events?client={HIMAL}")
    by_header = await taken(own_gateway, rows, token=OPERATOR, **{"parallax-client": str(HIMAL)})
    assert (counts(by_query), counts(by_header)) == ((1, 0, 0, 0), (0, 1, 0, 0))
    assert (await kept(own_gateway), await kept(own_gateway, HIMAL)) == ({}, {0: 1})
    assert (await send(own_gateway, rows, token=BOTH, path=f"/v1/events?client={NORDLYS}")).status_code == 403


async def test_another_tenants_client_is_not_there(own_gateway: Gateway) -> None:
    """Row 21: the same words as for one that nobody has."""
    messages = set()
    for client in (str(NORDLYS), str(uuid4()), "nonsense"):
        response = await send(own_gateway, MIXTURE, token=STRANGER, path=f"/v1/events?client={client}")
        assert response.status_code == 400
        [error] = response.json()["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"
        messages.add(error["message"])
    assert len(messages) == 1
    nobody = await send(own_gateway, MIXTURE, token=OPERATOR, path=f"/v1/events?client={uuid4()}")
    assert (nobody.status_code, nobody.json()["errors"][0]["extensions"]["code"]) == (400, "NOT_FOUND")
    assert await kept(own_gateway) == {}


# ---------------------------------------------------------------- how much
async def test_a_token_that_only_sends_may_and_has_a_rate_of_its_own(own_gateway: Gateway, settings: Settings) -> None:
    chosen = settings.model_copy(update={"ingest_rate": 6, "rate_limit": 1})
    async with running(chosen, own_gateway.urls) as narrow:
        assert counts(await taken(narrow, MIXTURE, token=INGEST)) == (5, 0, 0, 0)
        refused = await send(narrow, MIXTURE, token=INGEST)
        assert refused.status_code == 429
        [error] = refused.json()["errors"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert "PARALLAX_INGEST_RATE" in error["message"]
        assert int(refused.headers["retry-after"]) >= 1


async def test_other_tokens_spend_what_the_mutations_cost(own_gateway: Gateway, settings: Settings) -> None:
    chosen = settings.model_copy(update={"ingest_rate": 1, "rate_limit": 300})
    async with running(chosen, own_gateway.urls) as narrow:
        await taken(narrow, MIXTURE)
        refused = await send(narrow, MIXTURE)
    assert refused.status_code == 429
    assert "PARALLAX_RATE_LIMIT" in refused.json()["errors"][0]["message"]


async def test_where_too_much_waits_to_be_folded_no_more_is_taken(own_gateway: Gateway, settings: Settings) -> None:
    async with running(settings.model_copy(update={"max_waiting": 1}), own_gateway.urls) as narrow:
        await taken(narrow, [event(id="a"), event(id="b")])
        refused = await send(narrow, [event(id="c")])
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert await kept(own_gateway) == {0: 2}


# ---------------------------------------------------------------- pages of other sites
PAGE = "https://shop.example"
PREFLIGHT = {
    "origin": PAGE,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, content-type, content-encoding",
}


@pytest.mark.parametrize("for_all", ["", "https://dashboards.example"])
async def test_any_page_may_send_by_default_whoever_may_ask(gateway: Gateway, settings: Settings, for_all: str) -> None:
    async with running(settings.model_copy(update={"cors_origins": for_all}), gateway.urls) as shared:
        preflight = await shared.http.options("/v1/events", headers=PREFLIGHT)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == "*"
        assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
        assert (await shared.http.options("/graphql", headers=PREFLIGHT)).status_code in (400, 405)
        for body, status in ((b"[]", 200), (b"[", 400)):
            answer = await send(shared, body, JSON, token=INGEST, origin=PAGE)
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, "*")
            assert "retry-after" in answer.headers["access-control-expose-headers"].lower()
            assert "access-control-allow-credentials" not in answer.headers


async def test_the_operator_may_say_which_pages_send(gateway: Gateway, settings: Settings) -> None:
    async with running(settings.model_copy(update={"ingest_origins": f"{PAGE}/"}), gateway.urls) as narrow:
        for origin, told in ((PAGE, PAGE), ("https://evil.example", None)):
            answer = await send(narrow, b"[]", JSON, token=INGEST, origin=origin)
            assert answer.headers.get("access-control-allow-origin") == told
            preflight = await narrow.http.options("/v1/events", headers=PREFLIGHT | {"origin": origin})
            assert preflight.headers.get("access-control-allow-origin") == told


# ---------------------------------------------------------------- what is told of it
def counted(outcome: str) -> float:
    name = f'parallax_events_total{{outcome="{outcome}"}} '
    [line] = [line for line in exposition().decode().splitlines() if line.startswith(name)]
    return float(line.removeprefix(name))


async def test_rows_are_counted_by_what_became_of_them(own_gateway: Gateway) -> None:
    before = {outcome: counted(outcome) for outcome in ("accepted", "duplicate", "replaced", "rejected")}
    await taken(own_gateway, [*MIXTURE, event(id="e-1"), {"name": ""}])
    after = {outcome: counted(outcome) - was for outcome, was in before.items()}
    assert after == {"accepted": 5, "duplicate": 1, "replaced": 0, "rejected": 1}


async def test_the_log_tells_of_a_call_and_of_nothing_in_it(
    own_gateway: Gateway, capfd: pytest.CaptureFixture[str]
) -> None:
    await taken(own_gateway, MIXTURE)
    log = capfd.readouterr().err
    [line] = [orjson.loads(line) for line in log.splitlines() if "/v1/events" in line]
    assert (line["event"], line["status"], line["operation"]) == ("request", 200, "/v1/events")
    assert line["statements"] > 0
    assert not any(word in log for word in ("ada", "anon-1", "it broke", "e-1", EDITOR))
