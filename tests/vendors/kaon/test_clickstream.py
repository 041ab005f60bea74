"""What one person did: read forward call by call, for who may see rows alone, and never kept."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import orjson
import pytest

from parallax.sandbox import kaon_data
from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.server import Sandbox
from tests.clusters import Cluster
from tests.gateways import Gateway
from tests.plainly import plainly
from tests.seeds import EDITOR, VIEWER
from tests.vendors.asking import missing, of_app
from tests.vendors.conftest import TODAY
from tests.vendors.kaon.conftest import APP, error, kaon

PERSON, CROWDED = "crm-5521", "crm-5599"
SHOWN = "edges { cursor node { id name at properties } } pageInfo { hasNextPage hasPreviousPage endCursor }"


def records(person: str) -> list[dict[str, Any]]:
    """As the source has them; equal ones once."""
    found = kaon_data.clickstream(APP, person, TODAY)
    return list({orjson.dumps(record): record for record in found}.values())


async def page(gateway: Gateway, arguments: str, person: str = PERSON, shown: str = SHOWN) -> Any:
    return (await kaon(gateway, f'clickstream(externalId: "{person}", {arguments}) {{ {shown} }}'))["clickstream"]


async def everything(gateway: Gateway, person: str, size: int) -> list[dict[str, Any]]:
    found, after = [], "null"
    while after:
        answer = await page(gateway, f"first: {size}, after: {after}", person)
        found += [edge["node"] for edge in answer["edges"]]
        assert answer["pageInfo"]["hasPreviousPage"] == (after != "null")
        after = f'"{answer["pageInfo"]["endCursor"]}"' if answer["pageInfo"]["hasNextPage"] else ""
    return found


# ---------------------------------------------------------------- what is shown
async def test_a_hit_is_an_event_of_nobody(hosted: Gateway) -> None:
    shown = "totalCount nodes { __typename externalId name at user { id } userId session app { name } properties }"
    found = await page(hosted, "first: 1", shown=shown)
    first = records(PERSON)[0]
    at = datetime.fromtimestamp(first["timestamp"], UTC)
    [event] = found["nodes"]
    assert datetime.fromisoformat(event.pop("at")) == at
    assert event == {
        "__typename": "Event", "externalId": None, "name": unquote(first["path"]), "user": None, "userId": None,
        "session": None, "app": {"name": "Notes"}, "properties": first,
    }  # fmt: skip
    assert found["totalCount"] is None


@pytest.mark.parametrize("size", [1, 7, 25, 1000])
@pytest.mark.parametrize("person", [PERSON, CROWDED])
async def test_pages_repeat_and_leave_out_nothing(hosted: Gateway, person: str, size: int) -> None:
    """Z2. The source's own pages repeat the last second; one of its seconds has more records than a page."""
    if (person, size) == (CROWDED, 1):
        size = 3
    found = await everything(hosted, person, size)
    assert [event["properties"] for event in found] == records(person)
    assert len({event["id"] for event in found}) == len(found)


async def test_a_page_takes_no_more_calls_than_the_sources_pages(hosted: Gateway, vendors: Sandbox) -> None:
    vendors.kaon.switches = replace(vendors.kaon.switches, page=1000)
    await page(hosted, "first: 10")
    [call] = vendors.kaon.calls
    assert call.parameters == {"client": [APP.kaon], "id": [PERSON]}


async def test_the_bound_is_the_last_second_and_the_limit_the_sources_own(hosted: Gateway, vendors: Sandbox) -> None:
    await page(hosted, "first: 40")
    told = kaon_data.clickstream(APP, PERSON, TODAY)
    first, second, *_ = vendors.kaon.calls
    assert first.value("start") is None
    assert second.value("start") == str(told[24]["timestamp"])
    assert all(call.value("limit") is None for call in vendors.kaon.calls)


async def test_a_second_with_more_than_a_page_raises_the_limit(hosted: Gateway, vendors: Sandbox) -> None:
    await page(hosted, "first: 1000", CROWDED)
    assert {call.value("limit") for call in vendors.kaon.calls} == {None, "50"}


async def test_it_begins_where_it_is_asked_to(hosted: Gateway, vendors: Sandbox) -> None:
    tenth = records(PERSON)[10]["timestamp"]
    since = datetime.fromtimestamp(tenth, UTC).isoformat()
    found = await page(hosted, f'since: "{since}", first: 1000')
    assert [edge["node"]["properties"] for edge in found["edges"]] == [
        record for record in records(PERSON) if record["timestamp"] >= tenth
    ]
    assert vendors.kaon.calls[0].value("start") == str(tenth)


async def test_a_fraction_of_a_second_is_not_before_it(hosted: Gateway, vendors: Sandbox) -> None:
    await page(hosted, 'since: "2025-02-01T00:00:00.250+00:00", first: 1')
    assert vendors.kaon.calls[0].value("start") == "1738368001"


async def test_who_was_never_seen_has_an_empty_list(hosted: Gateway, vendors: Sandbox) -> None:
    found = await page(hosted, "first: 10", "nobody")
    assert found == {"edges": [], "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "endCursor": None}}
    assert len(vendors.kaon.calls) == 1


# ---------------------------------------------------------------- who may
async def test_who_only_reads_may_not_see_it(hosted: Gateway, vendors: Sandbox) -> None:
    answer = await hosted.ask(
        of_app(f'kaon {{ clickstream(externalId: "{PERSON}") {{ edges {{ cursor }} }} }}'), token=VIEWER
    )
    assert error(answer, "clickstream")["code"] == "FORBIDDEN"
    assert vendors.kaon.calls == []


NODE = "query($id: ID!) { node(id: $id) { __typename id ... on Event { name at properties } } }"


@pytest.mark.parametrize("person", [PERSON, CROWDED])
async def test_a_hit_is_had_by_its_id_by_who_may_see_it(hosted: Gateway, vendors: Sandbox, person: str) -> None:
    for place in (0, 25):
        event = (await page(hosted, "first: 26", person))["edges"][place]["node"]
        again = (await hosted.ask(NODE, id=event["id"], token=EDITOR)).data["node"]
        assert again == {"__typename": "Event", **event}
    vendors.kaon.calls.clear()
    assert (await hosted.ask(NODE, id=event["id"], token=VIEWER)).data["node"] is None
    assert vendors.kaon.calls == []


# ---------------------------------------------------------------- nothing is kept
async def test_it_is_asked_anew_each_time_and_written_nowhere(
    hosted: Gateway, vendors: Sandbox, cluster: Cluster
) -> None:
    for _ in range(2):
        await page(hosted, "first: 5")
    assert len(vendors.kaon.calls) == 2
    await kaon(hosted, "items { path }")
    await hosted.gate.settled()
    async with plainly(cluster, hosted.urls) as superuser:
        rows = await superuser.rows("select part from vendor_answer")
    assert len(rows) == 1
    assert b"timestamp" not in rows[0]["part"]


async def test_equal_ones_at_once_are_one_call(hosted: Gateway, vendors: Sandbox) -> None:
    shown = f'clickstream(externalId: "{PERSON}", first: 3) {{ edges {{ cursor }} }}'
    found = await kaon(hosted, f"a: {shown} b: {shown}")
    assert found["a"] == found["b"]
    assert len(vendors.kaon.calls) == 1


# ---------------------------------------------------------------- what goes wrong
async def test_what_came_before_a_failure_is_shown_and_more_follows(hosted: Gateway, vendors: Sandbox) -> None:
    vendors.kaon.faults(Fault(Kind.STATUS, query="start=", status=500))
    answer = await hosted.ask(
        of_app(f'kaon {{ clickstream(externalId: "{PERSON}", first: 100) {{ {SHOWN} }} }}'), token=EDITOR
    )
    found = answer.data["client"]["app"]["kaon"]["clickstream"]
    assert found["pageInfo"]["hasNextPage"]
    assert [edge["node"]["properties"] for edge in found["edges"]] == [
        record for record in records(PERSON) if record in kaon_data.clickstream(APP, PERSON, TODAY)[:25]
    ]
    [(source, code, reason)] = missing(answer.body)
    assert (source, code) == ("KAON", "SOURCE_UNAVAILABLE")
    assert reason.startswith("The list ends early")


async def test_a_failure_at_once_is_told(hosted: Gateway, vendors: Sandbox) -> None:
    vendors.kaon.faults(Fault(Kind.STATUS, status=500))
    answer = await hosted.ask(of_app(f'kaon {{ clickstream(externalId: "{PERSON}") {{ {SHOWN} }} }}'), token=EDITOR)
    assert error(answer, "clickstream")["code"] == "SOURCE_UNAVAILABLE"


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ('externalId: ""', "externalId"),
        (f'externalId: "{"a" * 501}"', "externalId"),
        ('externalId: "a\\u0007"', "externalId"),
        (f'externalId: "{PERSON}", first: 0', "first"),
        (f'externalId: "{PERSON}", after: "none"', "after"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_its_name(
    hosted: Gateway, vendors: Sandbox, arguments: str, argument: str
) -> None:
    """Y1. What was given as the id of a person is not shown again."""
    answer = await hosted.ask(of_app(f"kaon {{ clickstream({arguments}) {{ edges {{ cursor }} }} }}"), token=EDITOR)
    refused = error(answer, "clickstream")
    assert (refused["code"], list(refused["details"])) == ("INVALID_PARAMETER", [argument])
    assert "aaaa" not in str(refused)
    assert vendors.kaon.calls == []


async def test_a_cursor_of_one_person_is_none_of_another(hosted: Gateway) -> None:
    after = (await page(hosted, "first: 1"))["pageInfo"]["endCursor"]
    text = f'kaon {{ clickstream(externalId: "{CROWDED}", after: "{after}") {{ edges {{ cursor }} }} }}'
    assert error(await hosted.ask(of_app(text), token=EDITOR), "clickstream")["code"] == "INVALID_PARAMETER"
