"""Clients that others wrote, from their own packages, unchanged: what they are told is what they show."""

import json
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from parallax.db import connected
from parallax.installation import Urls
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.seeds import maps_reports
from tests.standard_clients.conftest import Clients, free_port, serving

pytestmark = pytest.mark.slow

MULTIPART = "multipart/mixed"
RESPONSE = "application/graphql-response+json"
SESSIONS = len(maps_reports())
"""Each of them tells one."""
CODES = {"argument": ["INVALID_PARAMETER"], "document": ["INVALID_PARAMETER"], "token": ["UNAUTHENTICATED"]}
BY = [("byPost", "POST"), ("byGet", "GET")]


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


async def test_every_audit_of_graphql_over_http_is_passed(clients: Clients, port: int) -> None:
    audits = await clients.result("audit.mjs", port)

    assert [audit for audit in audits if audit["status"] != "ok"] == []
    assert len(audits) == 61


@pytest.fixture(scope="module")
async def apollo(clients: Clients, port: int) -> Any:
    return await clients.result("apollo.mjs", port)


async def test_apollo_asks_and_sends(apollo: Any) -> None:
    assert apollo["total"] == 1
    assert apollo["accepted"] == 1


@pytest.mark.parametrize(("way", "method"), BY)
async def test_apollo_sends_a_text_once_and_its_hash_from_then_on(apollo: Any, way: str, method: str) -> None:
    first, text, again = apollo[way]["sent"]

    assert (first["method"], first["hasText"]) == (method, False)
    assert (text["hasText"], text["status"]) == (True, 200)
    assert (again["method"], again["hasText"], again["status"]) == (method, False, 200)
    assert apollo[way]["total"] == 1


@pytest.mark.parametrize("format_", ["streamed20220824", "streamed"])
async def test_apollo_gets_the_rest_of_a_list_after_its_first_row(apollo: Any, format_: str) -> None:
    [kind] = apollo[format_]["types"]
    first, *_, last = apollo[format_]["seen"]

    assert kind.startswith(MULTIPART)
    assert first == ["Maps"]
    assert last == ["Maps", "Notes", "Silent"]


async def test_apollo_reaches_the_code_of_an_error(apollo: Any) -> None:
    assert apollo["codes"] == CODES


async def test_apollo_is_told_of_a_change_over_its_socket(apollo: Any) -> None:
    before, after = apollo["live"]
    assert after == before + 1


@pytest.fixture(scope="module")
async def urql(clients: Clients, port: int) -> Any:
    return await clients.result("urql.mjs", port)


async def test_urql_asks_by_get_and_is_answered_in_one_piece(urql: Any) -> None:
    [sent] = urql["query"]["sent"]

    assert (sent["method"], sent["status"]) == ("GET", 200)
    assert sent["type"].startswith(RESPONSE)
    assert urql["query"]["total"] == 1
    assert urql["accepted"] == 1


@pytest.mark.parametrize(("way", "method"), BY)
async def test_urql_sends_a_text_once_and_its_hash_from_then_on(urql: Any, way: str, method: str) -> None:
    first, text, again = urql[way]["sent"]

    assert (first["method"], first["hasText"]) == (method, False)
    assert (text["hasText"], text["status"]) == (True, 200)
    assert (again["method"], again["hasText"], again["status"]) == (method, False, 200)
    assert urql[way]["total"] == 1


async def test_urql_is_told_of_a_change_over_an_event_stream(urql: Any) -> None:
    before, after = urql["live"]["totals"]
    [kind] = urql["live"]["types"]

    assert after == before + 1
    assert kind.startswith("text/event-stream")


async def test_urql_reaches_the_code_of_an_error(urql: Any) -> None:
    assert urql["codes"] == {**CODES, "subscription": ["NOT_FOUND"]}


@pytest.mark.parametrize("client", ["apollo", "apollo20220824", "urql"])
async def test_what_is_there_is_shown_while_the_deferred_part_is_still_to_come(
    clients: Clients, port: int, shared_urls: Urls, cluster: Cluster, client: str
) -> None:
    assert shared_urls.owner is not None
    database = shared_urls.owner.partition("?")[0].rpartition("/")[2]
    async with connected(cluster.superuser_url_of(database)) as superuser, AsyncExitStack() as stack:
        async with superuser.transaction():
            await superuser.script("lock table parallax.app_usage_day in access exclusive mode")
            said = await stack.enter_async_context(clients.running("deferred.mjs", client, port=port))
            first = await said.next("shown")
        last = await said.next("shown")

    assert first == {"name": "Maps", "total": None, "isLast": False}
    assert last == {"name": "Maps", "total": SESSIONS, "isLast": True}


async def test_graphql_sse_gets_results_and_refusals_over_one_stream_each(clients: Clients, port: int) -> None:
    sse = await clients.result("graphql-sse.mjs", port)

    before, after = sse["live"]
    [query], [document], [subscription] = sse["query"], sse["document"], sse["subscription"]
    assert after == before + 1
    assert query["data"]["client"]["app"]["activity"]["total"] == 1
    assert codes(document) == ["INVALID_PARAMETER"]
    assert codes(subscription) == ["NOT_FOUND"]


async def test_graphql_sse_goes_on_by_itself_after_a_restart(
    clients: Clients, own_urls: Urls, settings: Settings, tmp_path: Path
) -> None:
    port = free_port()
    async with (
        serving(own_urls, settings, tmp_path, port) as gateway,
        clients.running("following.mjs", port=port) as said,
    ):
        assert await said.next("total") == 0
        assert await gateway.ends(signal.SIGTERM) == 0
        async with serving(own_urls, settings, tmp_path, port):
            assert await said.next("connected") == "again"
            assert await said.next("total") == 0
            await clients.result("track.mjs", port)
            assert await said.next("total") == 1


async def test_graphql_ws_goes_on_by_itself_after_a_restart(
    clients: Clients, own_urls: Urls, settings: Settings, tmp_path: Path
) -> None:
    port = free_port()
    async with (
        serving(own_urls, settings, tmp_path, port) as gateway,
        clients.running("graphql-ws.mjs", port=port) as said,
    ):
        assert await said.next("stranger") == 4403
        assert await said.next("query") == 1
        assert await said.next("refused") == ["NOT_FOUND"]
        assert await said.next("total") == 0
        assert await said.next("pong")
        assert await gateway.ends(signal.SIGTERM) == 0
        assert await said.next("closed") == 1012
        async with serving(own_urls, settings, tmp_path, port):
            assert await said.next("connected") == "again"
            assert await said.next("total") == 0
            await clients.result("track.mjs", port)
            assert await said.next("total") == 1


async def test_relay_compiles_its_operations_and_merges_the_second_page(
    clients: Clients, own_urls: Urls, settings: Settings, tmp_path: Path
) -> None:
    clients.tool("relay-compiler")
    stored = tmp_path / "operations"
    stored.mkdir()
    for digest, text in json.loads((clients.folder / "relay" / "persisted.json").read_text()).items():
        (stored / f"{digest}.graphql").write_text(text)

    port, strict = free_port(), {"PARALLAX_OPERATIONS": str(stored), "PARALLAX_STORED_ONLY": "1"}
    async with serving(own_urls, settings, tmp_path, port, **strict):
        relay = await clients.result("relay.mjs", port)

    assert relay["name"] == "Maps"
    assert (relay["first"], relay["both"], relay["different"]) == (100, 200, 200)
    assert relay["keepsTheFirst"] is True
    assert relay["hasNextPage"] is True
    assert [(sent["hasText"], sent["status"]) for sent in relay["sent"]] == [(False, 200), (False, 200)]
