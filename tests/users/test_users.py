"""Users as the graph shows them: who they are, when they were seen, what they did, and lists of them (I1, I7, I8, Z2, A5)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from parallax.ids import GlobalId, encode
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.events.given import EXAMPLE, Given, given
from tests.gateways import Gateway, running
from tests.seeds import EDITOR, HIMAL, MAPS, NORDLYS, NOTES, VIEWER

NOW = "2026-03-22T12:00:00Z"
MARCH = '{start: "2026-03-01", end: "2026-03-31"}'
FACTS = "externalId firstSeen lastSeen sessionCount traits aliases { value }"


@pytest.fixture(scope="module", params=["waiting", "folded"])
async def rows(
    request: pytest.FixtureRequest, cluster: Cluster, settings: Settings, template: str
) -> AsyncIterator[Gateway]:
    """The worked example; x7, who did `open` on 1 March, turned out to be ada. Reports tell of user-0 to user-92 too."""
    async with cloned(cluster, settings, template) as urls:
        async with given(settings, urls) as client:
            await _filled(client)
            if request.param == "folded":
                await client.folded()
        async with running(settings, urls) as gateway:
            yield gateway


async def _filled(client: Given) -> None:
    await client.events(*EXAMPLE)
    await client.events(
        {"name": "open", "at": "2026-03-01T10:00:00+01:00", "user": "x7", "session": "s0", "app": str(NOTES)}
    )
    await client.user("x7", plan="free", theme="dark")
    await client.user("ada", ["x7"], plan="pro", age=36)
    await client.user("gil", tags=["a", {"b": None}])


async def asked(gateway: Gateway, selection: str, token: str = EDITOR) -> Any:
    answer = await gateway.ask(f'{{ client(id: "{NORDLYS}") {{ {selection} }} }}', token=token, now=NOW)
    return answer.data["client"]


async def listed(gateway: Gateway, field: str) -> list[str]:
    page = (await asked(gateway, f"page: {field} {{ totalCount nodes {{ externalId }} }}", VIEWER))["page"]
    names = [node["externalId"] for node in page["nodes"]]
    assert page["totalCount"] == len(names) or "first:" in field or len(names) >= 98
    return names


# ---------------------------------------------------------------- one user
async def test_a_user_is_seen_from_the_first_event_of_any_of_its_ids_to_the_last(rows: Gateway) -> None:
    """x7 is ada, so that ada was first seen on 1 March (I1, I7)."""
    found = await asked(rows, f'ada: user(id: "ada") {{ {FACTS} }} bob: user(id: "bob") {{ {FACTS} }}', VIEWER)
    assert found["ada"] == {
        "externalId": "ada",
        "firstSeen": "2026-03-01T10:00:00+01:00",
        "lastSeen": "2026-03-10T10:00:00+01:00",
        "sessionCount": 4,
        "traits": {"age": 36, "plan": "pro", "theme": "dark"},
        "aliases": [{"value": "x7"}],
    }
    assert found["bob"] == {
        "externalId": "bob",
        "firstSeen": "2026-03-02T23:50:00+01:00",
        "lastSeen": "2026-03-11T10:05:00+01:00",
        "sessionCount": 2,
        "traits": {},
        "aliases": [],
    }


async def test_who_did_nothing_is_known_and_was_never_seen(rows: Gateway) -> None:
    assert (await asked(rows, f'user(id: "gil") {{ {FACTS} }}'))["user"] == {
        "externalId": "gil",
        "firstSeen": None,
        "lastSeen": None,
        "sessionCount": 0,
        "traits": {"tags": ["a", {"b": None}]},
        "aliases": [],
    }


async def test_a_user_is_named_by_global_id_by_its_own_and_by_an_alias(rows: Gateway) -> None:
    found = await asked(rows, 'ada: user(id: "ada") { id } x7: user(id: "x7") { id } none: user(id: "nobody") { id }')
    assert found["ada"] == found["x7"]
    assert found["none"] is None
    again = await asked(rows, f'user(id: "{found["ada"]["id"]}") {{ externalId }}')
    assert again["user"] == {"externalId": "ada"}
    node = await rows.ask(f'{{ node(id: "{found["ada"]["id"]}") {{ ... on User {{ externalId }} }} }}', now=NOW)
    assert node.data["node"] == {"externalId": "ada"}


async def test_a_global_id_of_another_client_names_nobody(rows: Gateway) -> None:
    other = encode(GlobalId("User", HIMAL, (1,)))
    assert (await asked(rows, f'user(id: "{other}") {{ id }}'))["user"] is None


async def test_a_users_events_are_those_of_all_its_ids_newest_first(rows: Gateway) -> None:
    events = "events(first: 3) { totalCount nodes { name userId user { externalId } } pageInfo { endCursor } }"
    first = (await asked(rows, f'user(id: "ada") {{ {events} }}'))["user"]["events"]
    assert first["totalCount"] == 5
    assert [node["name"] for node in first["nodes"]] == ["open", "pay", "signup"]
    after = first["pageInfo"]["endCursor"]
    rest = f'events(after: "{after}") {{ nodes {{ name userId user {{ externalId }} app {{ name }} }} }}'
    found = (await asked(rows, f'user(id: "ada") {{ {rest} }}'))["user"]["events"]["nodes"]
    assert found == [
        {"name": "open", "userId": "ada", "user": {"externalId": "ada"}, "app": None},
        {"name": "open", "userId": "x7", "user": {"externalId": "ada"}, "app": {"name": "Notes"}},
    ]


async def test_a_users_sessions_are_those_that_it_began(rows: Gateway) -> None:
    sessions = "sessions { totalCount nodes { externalId user { externalId } } }"
    found = (await asked(rows, f'user(id: "ada") {{ {sessions} }}'))["user"]["sessions"]
    assert found["totalCount"] == 4
    assert [node["externalId"] for node in found["nodes"]] == ["s5", "s3", "s1", "s0"]
    assert {node["user"]["externalId"] for node in found["nodes"]} == {"ada"}


@pytest.mark.parametrize(("field", "shown"), [("events", None), ("sessions", {"externalId": "ada", "sessions": None})])
async def test_what_a_user_did_is_for_editors(rows: Gateway, field: str, shown: object) -> None:
    text = f'{{ client(id: "{NORDLYS}") {{ user(id: "ada") {{ externalId {field} {{ totalCount }} }} }} }}'
    answer = await rows.ask(text, token=VIEWER, now=NOW)
    assert answer.error_at("client", "user", field)["extensions"]["code"] == "FORBIDDEN"
    assert answer.body["data"]["client"]["user"] == shown


async def test_facts_of_a_whole_page_of_users_are_a_handful_of_statements(rows: Gateway) -> None:
    text = f'{{ client(id: "{NORDLYS}") {{ users {{ nodes {{ {FACTS} }} }} }} }}'
    answer = await rows.ask(text, token=VIEWER, now=NOW)
    assert len(answer.data["client"]["users"]["nodes"]) >= 98
    assert len(answer.statements) <= 16, answer.statements


# ---------------------------------------------------------------- lists
async def test_all_known_users_are_listed_once_by_code_point(rows: Gateway) -> None:
    """Those of events, of reports and those that were told of; x7 is not one by itself (Z2)."""
    found: list[str] = []
    after = "null"
    while True:
        page = (
            await asked(
                rows,
                f"users(first: 17, after: {after}) {{ nodes {{ externalId }} pageInfo {{ hasNextPage endCursor }} }}",
            )
        )["users"]
        found += [node["externalId"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = f'"{page["pageInfo"]["endCursor"]}"'
    assert found == sorted(found)
    assert len(found) == len(set(found))
    assert {"ada", "bob", "cyd", "gil", "user-0"} <= set(found)
    assert "x7" not in found
    assert (await asked(rows, "users { totalCount }"))["users"]["totalCount"] == len(found)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ('search: "AD"', ["ada"]),
        ('search: "X7"', ["ada"]),
        ('search: "user-91"', ["user-91"]),
        ('search: "%"', []),
        (f"period: {MARCH}", ["ada", "bob", "cyd"]),
        ('period: {start: "2026-03-01", end: "2026-03-01"}', ["ada"]),
        ('period: {start: "2026-03-05", end: "2026-03-09"}', []),
        ('where: [{field: "event", value: "pay"}]', ["ada", "bob"]),
        ('where: [{field: "event", value: "pay"}], search: "b"', ["bob"]),
        (f'period: {MARCH}, where: [{{field: "trait:plan", value: "pro"}}]', ["ada"]),
    ],
)
async def test_users_are_those_that_the_arguments_name(rows: Gateway, arguments: str, names: list[str]) -> None:
    assert await listed(rows, f"users({arguments})") == names


async def test_below_an_app_they_are_those_with_an_event_of_it(rows: Gateway) -> None:
    notes, maps = f'notes: app(id: "{NOTES}")', f'maps: app(id: "{MAPS}")'
    found = await asked(rows, f"{notes} {{ users {{ nodes {{ externalId }} }} }} {maps} {{ users {{ totalCount }} }}")
    assert found["notes"]["users"]["nodes"] == [{"externalId": "ada"}]
    assert found["maps"]["users"]["totalCount"] == 0


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ('period: {start: "2026-03-02", end: "2026-03-02"}', ["ada", "bob"]),
        ('period: {start: "2026-03-12", end: "2026-03-12"}', []),
        ('window: WAU, period: {start: "2026-03-12", end: "2026-03-12"}', ["ada", "bob"]),
        ('window: MAU, period: {start: "2026-03-12", end: "2026-03-12"}', ["ada", "bob", "cyd"]),
        ('event: "pay"', ["ada", "bob"]),
        ('event: "pay", where: [{field: "amount", value: 5}]', ["bob"]),
        ("first: 1", ["ada"]),
    ],
)
async def test_active_users_are_those_that_some_day_counts(rows: Gateway, arguments: str, names: list[str]) -> None:
    assert await listed(rows, f"activeUsers({arguments})") == names


async def test_a_page_of_active_users_goes_on_where_the_one_before_ended(rows: Gateway) -> None:
    first = (await asked(rows, "activeUsers(first: 2) { totalCount pageInfo { endCursor hasNextPage } }"))[
        "activeUsers"
    ]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    rest = await listed(rows, f'activeUsers(first: 2, after: "{first["pageInfo"]["endCursor"]}")')
    assert rest == ["cyd"]


# ---------------------------------------------------------------- merging
async def test_a_merge_shows_in_the_very_next_answer(own_gateway: Gateway) -> None:
    async with given(own_gateway.settings, own_gateway.urls) as client:
        await client.events(*EXAMPLE)
        await client.folded()
        before = (await asked(own_gateway, 'user(id: "bob") { id events { totalCount } }'))["user"]
        await client.user("cyd", ["bob"])
        found = await asked(
            own_gateway,
            'user(id: "bob") { externalId lastSeen sessionCount aliases { value } events { totalCount nodes { userId } } }',
        )
        await client.folded()
    assert before["events"]["totalCount"] == 4
    assert found["user"]["externalId"] == "cyd"
    assert found["user"]["lastSeen"] == "2026-03-19T09:00:00+01:00"
    assert found["user"]["sessionCount"] == 4
    assert found["user"]["aliases"] == [{"value": "bob"}]
    assert found["user"]["events"]["totalCount"] == 6
    assert {node["userId"] for node in found["user"]["events"]["nodes"]} == {"bob", "cyd"}
    old = await own_gateway.ask(f'{{ node(id: "{before["id"]}") {{ ... on User {{ externalId }} }} }}', now=NOW)
    assert old.data["node"] == {"externalId": "cyd"}
