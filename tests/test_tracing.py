"""Traces: what a request did, as an operator's collector gets it, and nothing that a caller sent."""

import re
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import pytest

from parallax import tracing
from parallax.db import Database
from parallax.errors import SetupError
from parallax.installation import Urls
from parallax.scopes import Statement
from parallax.settings import Settings
from tests.collectors import Collector, Told, collecting
from tests.gateways import Gateway, running
from tests.seeds import ADMIN, NORDLYS, NOTES, VIEWER

CALLER = "0af7651916cd43dd8448eb211c80319c"
CALLERS_SPAN = "b7ad6b7169203331"
TRACEPARENT = f"00-{CALLER}-{CALLERS_SPAN}-01"
LOOK = "query Look($c: ID!, $a: ID!) { client(id: $c) { app(id: $a) { name } } }"
SERVER, CLIENT = 2, 3  # kinds of spans, in OpenTelemetry's numbers


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> AsyncIterator[Collector]:
    """Traces on, for this test, and to this collector."""
    tracing.close()
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        tracing.configure(settings.model_copy(update={"traces": True}))
        try:
            yield collector
        finally:
            tracing.close()
    monkeypatch.undo()
    tracing.configure(settings)


async def look(gateway: Gateway, **headers: str) -> httpx.Response:
    variables = {"c": str(NORDLYS), "a": str(NOTES)}
    headers = {"authorization": f"Bearer {VIEWER}", **headers}
    response = await gateway.http.post("/graphql", json={"query": LOOK, "variables": variables}, headers=headers)
    tracing.flush()
    return response


def named(spans: list[Told], name: str) -> Told:
    [span] = [span for span in spans if span.name == name]
    return span


async def test_a_request_is_a_tree_below_the_callers_own_span(gateway: Gateway, collector: Collector) -> None:
    assert (await look(gateway, traceparent=TRACEPARENT)).status_code == 200

    spans = collector.of_trace(CALLER)
    request = named(spans, "POST /graphql")
    assert request.parent == CALLERS_SPAN
    assert request.kind == SERVER
    assert request.attributes["http.request.method"] == "POST"
    assert request.attributes["http.route"] == "/graphql"
    assert request.attributes["http.response.status_code"] == 200

    assert named(spans, "look-up").parent == request.id
    execution = named(spans, "query")
    assert execution.parent == request.id
    assert execution.attributes["graphql.operation.type"] == "query"
    assert execution.attributes["graphql.operation.name"] == "Look"

    loader = named(spans, "load app")
    assert loader.parent == execution.id
    assert loader.attributes == {"parallax.loader.name": "app", "parallax.loader.keys": 1}

    statement = named(spans, "apps_by_key")
    assert statement.parent == loader.id
    assert statement.kind == CLIENT
    assert statement.attributes == {"db.system.name": "postgresql", "db.query.summary": "apps_by_key"}
    assert not any(span.failed for span in spans)
    assert collector.resource["service.name"] == "parallax"


async def test_what_a_caller_sent_is_in_no_span(gateway: Gateway, collector: Collector) -> None:
    text = 'query ($c: ID!) { client(id: $c) { apps(search: "a-literal-value") { totalCount } } }'
    for variables in ({"c": str(NORDLYS)}, {"c": "a-value-of-a-variable"}, {"c": 3}):
        await gateway.http.post(
            "/graphql",
            json={"query": text, "variables": variables},
            headers={
                "authorization": f"Bearer {VIEWER}",
                "user-agent": "a-browser",
                "baggage": "who=a-mail@example.org",
            },
        )
    await gateway.http.get("/graphql", params={"query": "{ a_field }", "variables": '{"x": "a-parameter"}'})
    tracing.flush()

    told = b"".join(collector.bodies)
    assert b"/graphql" in told
    for secret in (VIEWER, NORDLYS, "a-literal", "a-value", "a-browser", "a-mail", "a_field", "a-parameter"):
        assert str(secret).encode() not in told


async def test_an_answer_says_nothing_of_its_trace(gateway: Gateway, collector: Collector) -> None:
    for headers in ({}, {"authorization": ""}):
        response = await look(gateway, traceparent=TRACEPARENT, **headers)
        assert CALLER not in str(response.headers) + response.text
        assert not {"traceparent", "tracestate", "traceresponse", "server-timing"} & set(response.headers)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "x",
        "00-0-0-01",
        f"00-{'0' * 32}-{CALLERS_SPAN}-01",
        f"ff-{CALLER}-{CALLERS_SPAN}-01",
        "x" * 5000,
        "é",
        "00-" * 99,
    ],
)
async def test_a_parent_that_is_none_begins_a_trace(gateway: Gateway, collector: Collector, sent: str) -> None:
    response = await gateway.http.post(
        "/graphql",
        json={"query": "{ clients { totalCount } }"},
        headers={"authorization": f"Bearer {VIEWER}", "traceparent": sent.encode()},  # type: ignore[arg-type]
    )
    assert response.status_code == 200
    tracing.flush()
    assert named(list(collector.spans), "POST /graphql").parent == ""


async def test_a_caller_may_ask_for_its_trace_not_to_be_kept(gateway: Gateway, collector: Collector) -> None:
    await look(gateway, traceparent=TRACEPARENT.removesuffix("01") + "00")
    assert collector.of_trace(CALLER) == []


async def test_a_failing_statement_is_told_without_its_words(
    own_urls: Urls, settings: Settings, collector: Collector
) -> None:
    broken = Statement("broken", "select ($1::text)::integer")
    async with Database(settings, own_urls.reading, own_urls.writing) as db:
        with pytest.raises(Exception, match="a-value-of-a-row"), tracing.span("asking"):
            await db.rows(None, broken, "a-value-of-a-row")
    tracing.flush()

    span = named(list(collector.spans), "broken")
    assert span.failed
    assert span.attributes["error.type"] == "InvalidTextRepresentationError"
    assert span.events == 0
    assert b"a-value-of-a-row" not in b"".join(collector.bodies)


async def test_statements_of_a_change_are_told(own_urls: Urls, settings: Settings, collector: Collector) -> None:
    text = 'mutation ($c: ID!) { clientUpdate(input: {id: $c, name: "Nordlys AS"}) { userErrors { code } } }'
    async with running(settings.model_copy(update={"traces": True}), own_urls) as gateway:
        answer = await gateway.ask(text, token=ADMIN, c=str(NORDLYS))
    assert answer.data == {"clientUpdate": {"userErrors": []}}
    tracing.flush()

    request = named(list(collector.spans), "POST /graphql")
    spans = collector.of_trace(request.trace)
    execution = named(spans, "mutation")
    assert named(spans, "client_change").parent == execution.id


async def test_the_setting_alone_turns_it_on_and_a_gateway_that_stops_loses_no_span(
    own_urls: Urls, settings: Settings, collector: Collector
) -> None:
    tracing.close()
    async with running(settings.model_copy(update={"traces": True}), own_urls) as gateway:
        await gateway.ask("{ clients { totalCount } }")
    assert named(list(collector.spans), "POST /graphql").attributes["http.response.status_code"] == 200


async def test_without_a_collector_answers_come_all_the_same(
    gateway: Gateway, settings: Settings, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracing.close()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    tracing.configure(settings.model_copy(update={"traces": True}))
    assert (await look(gateway)).json() == {"data": {"client": {"app": {"name": "Notes"}}}}


def python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={"PYTHONPATH": ":".join(sys.path), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_switched_off_the_library_is_not_even_loaded() -> None:
    code = (
        "import sys, parallax.server\n"
        "from parallax import tracing\n"
        "from parallax.settings import Settings\n"
        "tracing.configure(Settings())\n"
        "with tracing.request('POST', {}) as request, tracing.statement('x'): assert request.trace is None\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    assert python(code) == "[]\n"


def test_switched_on_but_not_installed_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from parallax import tracing\n"
        "from parallax.errors import SetupError\n"
        "from parallax.settings import Settings\n"
        "try: tracing.configure(Settings())\n"
        "except SetupError as error: print(error.message)"
    )
    assert "pip install 'parallax[otel]'" in python(code, PARALLAX_TRACES="true")


def test_installed_it_may_be_switched_on(settings: Settings) -> None:
    try:
        tracing.check(settings.model_copy(update={"traces": True}))
    except SetupError as error:  # it is part of what the tests need
        pytest.fail(error.message)


async def test_a_trace_has_an_id_for_the_log(collector: Collector) -> None:
    with tracing.request("POST", {"traceparent": TRACEPARENT}) as request:
        assert request.trace == CALLER
    with tracing.request("GET", {}) as request:
        assert re.fullmatch("[0-9a-f]{32}", request.trace or "")
