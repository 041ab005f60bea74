"""What an operator sees: counters that cannot be made to grow, and a log in which no secret stands."""

import asyncio
import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from parallax import telemetry
from parallax.settings import Settings
from parallax.telemetry import Refusal
from parallax.telemetry.redaction import excerpt
from tests.gateways import Gateway
from tests.seeds import NORDLYS, NOTES, REVOKED, STRANGER, VIEWER

MAIL = "somebody@example.org"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSJ9.c2lnbmF0dXJlLW9mLWl0"


def counted() -> dict[str, float]:
    """Every line of /metrics by name and labels."""
    lines = telemetry.exposition().decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def since(before: dict[str, float], name: str) -> float:
    return counted().get(name, 0) - before.get(name, 0)


# ---------------------------------------------------------------- counters
async def test_a_request_is_counted_where_its_time_goes(gateway: Gateway) -> None:
    look = "query ($c: ID!, $a: ID!) { client(id: $c) { app(id: $a) { name } } }"
    before = counted()
    for _ in range(2):
        await gateway.ask(look, c=str(NORDLYS), a=str(NOTES))

    assert since(before, 'parallax_requests_total{status="200"}') == 2
    assert since(before, 'parallax_request_seconds_count{operation=""}') == 2
    assert since(before, 'parallax_operations_total{cache="hit"}') >= 1
    assert since(before, 'parallax_statement_seconds_count{statement="apps_by_key"}') == 2
    assert since(before, 'parallax_statement_seconds_sum{statement="apps_by_key"}') > 0
    assert since(before, 'parallax_loader_keys_count{loader="app"}') == 2
    assert since(before, 'parallax_loader_keys_sum{loader="app"}') == 2
    assert counted()['parallax_pool{pool="reading",state="size"}'] == gateway.settings.pool_size
    assert counted()['parallax_pool{pool="reading",state="busy"}'] == 0
    assert any(name.startswith('parallax_build_info{python="3.') for name in counted())


async def test_an_error_is_counted_by_its_code(gateway: Gateway) -> None:
    before = counted()
    await gateway.ask("{ clients { totalCount } }", token=REVOKED)
    await gateway.ask("{ nothing }")
    assert since(before, 'parallax_errors_total{code="UNAUTHENTICATED"}') == 1
    assert since(before, 'parallax_errors_total{code="INVALID_PARAMETER"}') == 1


async def test_who_waits_for_a_connection_is_seen(gateway: Gateway) -> None:
    """A page of reports is a statement for each key: two questions at once on all connections but none is lost."""
    before = counted()
    text = '{ clients { nodes { apps { nodes { usageReports(period: {last: "90d"}) { totalCount } } } } } }'
    await asyncio.gather(*(gateway.ask(text) for _ in range(40)))
    assert since(before, 'parallax_statement_seconds_count{statement="usage_report_count"}') >= 40
    assert counted()['parallax_pool{pool="reading",state="waiting"}'] == 0


async def test_a_thousand_names_of_operations_add_no_line(gateway: Gateway) -> None:
    async def ask(number: int) -> None:
        await gateway.ask(f"query Name{number} {{ a{number}: __typename }}")
        await gateway.http.post("/graphql", json={"query": f"query Name{number} {{ no_{number} }}"})

    await ask(0)
    before = len(counted())
    for start in range(1, 1001, 50):
        await asyncio.gather(*(ask(number) for number in range(start, start + 50)))
    assert len(counted()) == before


@pytest.mark.parametrize(
    "count",
    [
        lambda value: telemetry.answered(200, 0.1, value),
        telemetry.erred,
        telemetry.deprecated,
        lambda value: telemetry.asked_at_once(value, 1),
        lambda value: telemetry.answered(int(value.removeprefix("value-")), 0.1),
    ],
)
def test_no_label_takes_more_values_than_it_has_room_for(count: Callable[[str], None]) -> None:
    for number in range(1000):
        count(f"value-{number}")
    before = len(counted())
    for number in range(1000, 3000):
        count(f"value-{number}")
    assert len(counted()) == before


async def test_hostile_requests_leave_nothing_of_theirs_in_the_metrics(gateway: Gateway) -> None:
    name = VIEWER.replace("-", "_")
    bodies: list[Any] = [
        {"query": f"query {name} {{ {name}: __typename }}"},
        {"query": "{ __typename }", "operationName": VIEWER},
        {"query": f'{{ node(id: "{NORDLYS}") {{ id }} }}'},
        {"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": MAIL}},
        {"query": f'{{ node(id: "{MAIL}") {{ {name} }} }}'},
        {"query": f'{{ clients(after: "{MAIL}") {{ nodes {{ id }} }} }}'},
        {"query": MAIL},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": VIEWER}}},
        {"documentId": MAIL},
        [{"query": MAIL}],
        MAIL,
    ]
    for token in (VIEWER, STRANGER, REVOKED, MAIL):
        headers = {"authorization": f"Bearer {token}", "x-request-id": VIEWER, "x-forwarded-for": MAIL, "accept": "*/*"}
        for body in bodies:
            await gateway.http.post("/graphql", json=body, headers=headers)
        await gateway.http.request(name.upper()[:30], "/graphql", headers=headers)
        await gateway.http.get(f"/{VIEWER}/{MAIL}", headers=headers)
        await gateway.http.get("/graphql", params={"query": MAIL, "token": VIEWER}, headers=headers)
        await gateway.http.post("/graphql", content=MAIL, headers={**headers, "content-type": MAIL})

    told = (await gateway.http.get("/metrics", params={"token": VIEWER, "name": MAIL})).text
    assert "parallax_requests_total" in told
    for secret in (VIEWER, STRANGER, REVOKED, name, name.upper()[:30], MAIL, str(NORDLYS), str(NOTES), "plx_"):
        assert secret not in told
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-|@", told)


def test_stored_operations_have_a_histogram_of_their_own_and_other_texts_share_one() -> None:
    telemetry.stored_operations(["Dashboard"])
    before = counted()
    for name in ("Dashboard", "NeverStored", None):
        telemetry.answered(200, 0.02, name)
    assert since(before, 'parallax_request_seconds_count{operation="Dashboard"}') == 1
    assert since(before, 'parallax_request_seconds_count{operation=""}') == 2
    assert 'parallax_request_seconds_count{operation="NeverStored"}' not in counted()


def test_refusals_are_counted_by_reason_and_all_reasons_are_there_from_the_start() -> None:
    before = counted()
    assert all(f'parallax_refusals_total{{reason="{reason.value}"}}' in before for reason in Refusal)
    telemetry.refused(Refusal.DEPTH)
    telemetry.refused(Refusal.BUSY)
    telemetry.spared(Refusal.COST)
    assert since(before, 'parallax_refusals_total{reason="depth"}') == 1
    assert since(before, 'parallax_refusals_total{reason="cost"}') == 0
    assert since(before, 'parallax_refusals_spared_total{reason="cost"}') == 1
    assert since(before, "parallax_queue_shed_total") == 1


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("UNAUTHENTICATED", 401, Refusal.UNAUTHENTICATED),
        ("TOO_COSTLY", 200, Refusal.COST),
        ("INVALID_PARAMETER", 415, Refusal.MEDIA_TYPE),
        ("INVALID_PARAMETER", 400, Refusal.INVALID),
        ("INTERNAL", 500, Refusal.OTHER),
    ],
)
def test_the_usual_reason_follows_from_code_and_status(code: str, status: int, reason: Refusal) -> None:
    assert Refusal.of(code, status) is reason


def test_what_is_open_is_told_until_it_ends_however_that_is() -> None:
    before = counted()

    def fails() -> None:
        with telemetry.socket_open(), telemetry.stream_open("sse"):
            assert since(before, "parallax_sockets_open") == 1
            assert since(before, 'parallax_streams_open{transport="sse"}') == 1
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        fails()
    assert since(before, "parallax_sockets_open") == 0
    assert since(before, 'parallax_streams_open{transport="sse"}') == 0


def test_the_queue_the_cache_and_the_keys_are_told_as_they_are() -> None:
    telemetry.watch_queue(lambda: 7, lambda: 20)
    telemetry.watch_operation_cache(lambda: 3)
    before = counted()
    telemetry.fetched_keys(ok=False)
    assert before['parallax_queue{state="waiting"}'] == 7
    assert before['parallax_queue{state="running"}'] == 20
    assert before["parallax_operation_cache_size"] == 3
    assert since(before, 'parallax_jwks_fetches_total{outcome="failed"}') == 1


# ---------------------------------------------------------------- the log
class Log:
    """Standard error while a test runs."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys, self._text = capsys, ""

    @property
    def text(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def entry(self) -> dict[str, Any]:
        [entry] = self.entries
        return entry


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Iterator[Log]:
    """The log as `serve` sets it up."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    telemetry.configure_logs("info")
    try:
        yield Log(capsys)
    finally:
        telemetry.configure_logs("info")
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.getLogger("asyncpg").setLevel(logging.NOTSET)
        structlog.reset_defaults()


def test_a_request_is_one_line(log: Log) -> None:
    telemetry.request_line(
        request_id="r-1",
        status=200,
        took_s=0.01234,
        statements=2,
        token="a-token-s-id",
        operation="Look",
        errors=1,
        trace="ab",
    )
    entry = log.entry
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", entry.pop("timestamp"))
    assert entry == {
        "event": "request", "level": "info", "request_id": "r-1", "status": 200, "ms": 12.34, "statements": 2,
        "token": "a-token-s-id", "operation": "Look", "errors": 1, "trace": "ab",
    }  # fmt: skip


def test_a_request_named_like_a_token_is_not_told_by_that_name(log: Log) -> None:
    telemetry.request_line(request_id=VIEWER, status=200, took_s=0.1, operation=REVOKED.replace("-", "_"))
    telemetry.request_line(request_id=JWT, status=200, took_s=0.1, operation="L" * 5000)
    text = log.text
    assert "plx_" not in text
    assert "eyJ" not in text
    assert [entry["request_id"] for entry in log.entries] == ["[hidden]", "[hidden]"]
    assert log.entries[1]["operation"] == "L" * 100


def test_lines_of_requests_can_be_switched_off(log: Log) -> None:
    telemetry.configure_logs("warning")
    telemetry.request_line(request_id="r", status=200, took_s=0.1)
    assert log.entries == []


def test_a_slow_operation_says_what_it_was_and_what_it_asked_for(log: Log) -> None:
    telemetry.slow_line(
        request_id="r", took_s=2.5, statements=["usage_days", "usage_days", "apps_by_key"],
        operation="Dashboard", digest="0123456789abcdef" * 4, cost=1200,
    )  # fmt: skip
    entry = log.entry
    assert (entry["event"], entry["level"], entry["ms"], entry["cost"]) == ("slow", "warning", 2500, 1200)
    assert entry["statements"] == {"usage_days": 2, "apps_by_key": 1}
    assert entry["sha256"] == "0123456789ab"
    assert (entry["operation"], entry["request_id"]) == ("Dashboard", "r")


def test_what_is_called_a_secret_is_hidden_at_any_depth(log: Log) -> None:
    telemetry.logger("x").warning(
        "said",
        authorization="one",
        nested=[{"api_key": "two", "kept": "three"}],
        variables={"id": "four"},
        apps_by_token=6,
        token_id="five",
    )
    text = log.text
    assert all(secret not in text for secret in ("one", "two", "four"))
    assert all(kept in text for kept in ("three", "five"))


@pytest.mark.parametrize("said", [VIEWER, VIEWER[:25], JWT, "Bearer abc.def", "postgresql://me:pass-word-1@host/db"])
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(log: Log, said: str) -> None:
    telemetry.logger("x").warning("said", reason=f"because of {said}, it seems", also={said: [said]})
    logging.getLogger("library").warning("it said %s", said)
    secret = "pass-word-1" if "://" in said else said.removeprefix("Bearer ")
    assert secret not in log.text
    assert len(log.entries) == 2
    assert log.entries[0]["reason"].startswith("because of ")


def test_every_secret_of_the_settings_is_known(log: Log) -> None:
    settings = Settings(
        secret_key=SecretStr('the "key" of it all'),
        jwt_secret=SecretStr("a shared secret of thirty-two bytes"),
        app_url=SecretStr("postgresql://app:p%40ss-word-2@host/db"),
    )
    telemetry.hide_settings(settings)
    telemetry.logger("x").warning("said", a='the "key" of it all', b="p@ss-word-2", c=["p%40ss-word-2"])
    logging.getLogger("library").error("it fails with a shared secret of thirty-two bytes")
    text = log.text
    assert "of it all" not in text
    assert "ss-word-2" not in text
    assert "thirty-two" not in text


def test_each_of_several_keys_is_known(log: Log) -> None:
    telemetry.hide_settings(Settings(secret_key=SecretStr("the key of tomorrow, the key of yesterday")))
    telemetry.logger("x").warning("said", a="with the key of yesterday", b="with the key of tomorrow")
    assert "yesterday" not in log.text
    assert "tomorrow" not in log.text


def test_a_secret_is_hidden_as_a_url_or_json_writes_it(log: Log) -> None:
    telemetry.hide('a "key" & more/of+it')
    for text in ("a%20%22key%22%20%26%20more%2Fof%2Bit", "a+%22key%22+%26+more%2Fof%2Bit", 'a "key" & more/of+it'):
        telemetry.logger("x").warning("said", at=f"https://vendor.example/v1?auth_token={text}&x=1")
    assert "more" not in log.text
    assert len(log.entries) == 3


SECRETS = (
    "the-word-that-opens-everything",
    "plx_0123456789abcdefghijklmnop",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_an_excerpt_shows_no_part_of_a_secret_wherever_it_is_cut(secret: str) -> None:
    telemetry.hide(SECRETS[0])
    for space, before in product(("<b>", " ", "a "), range(400)):
        said = (space * 400)[:before] + " " + secret + " and more" * 9
        assert secret[:6] not in excerpt(said, 90), (space, before)


def test_an_excerpt_is_one_short_line_without_tags() -> None:
    assert excerpt("<p>No such\n\tapp</p>\x00 é", 90) == "No such app é"
    assert excerpt("a" * 91, 90) == "a" * 89 + "…"


def test_a_failure_is_told_by_its_place_and_not_by_its_words(log: Log) -> None:
    of_a_row, of_a_variable = f"{20} apples", f"{30} pears"
    try:
        try:
            raise KeyError(of_a_row)
        except KeyError as error:
            raise ValueError(of_a_variable) from error
    except ValueError:
        logging.getLogger("library").exception("it failed")
        telemetry.logger("x").error("failed", exc_info=True)
    assert len(log.entries) == 2
    for entry in log.entries:
        assert all(
            told in entry["exception"] for told in ("builtins.ValueError", "builtins.KeyError", "test_telemetry.py")
        )
    assert of_a_row not in log.text
    assert of_a_variable not in log.text


def test_a_log_that_nobody_reads_ends_no_request(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.BytesIO):
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", SimpleNamespace(buffer=Closed()))
    telemetry.request_line(request_id="r", status=200, took_s=0.1)
    telemetry.logger("x").warning("said")
    monkeypatch.setattr(sys, "stderr", None)
    telemetry.request_line(request_id="r", status=200, took_s=0.1)
