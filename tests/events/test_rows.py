"""The rows behind the numbers: events, sessions and logs, newest first, page by page (Z1, I6, S1, S2)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from parallax.ids import GlobalId, encode
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.events.given import EXAMPLE, given
from tests.gateways import Answer, Gateway, running
from tests.seeds import EDITOR, MAPS, NORDLYS, NOTES, STRANGER, VIEWER

NOW = "2026-03-22T12:00:00Z"
MARCH = '{start: "2026-03-01", end: "2026-03-31"}'
LOGS: list[dict[str, Any]] = [
    {"at": "2026-03-05T10:00:00Z", "level": "ERROR", "service": "mail", "source": "smtp", "message": "No 100% (a+b)?"},
    {"at": "2026-03-05T10:00:00Z", "message": "Started", "user": "ada", "session": "s1", "properties": {"ms": 12}},
    {"at": "2026-03-06T10:00:00Z", "level": "ERROR", "service": "web", "message": "ÄRGER"},
]
TWO_APPS: list[dict[str, Any]] = [
    {"id": "e-1", "name": "boot", "at": "2026-02-10T10:00:00Z", "user": "eve", "session": "two", "app": str(NOTES)},
    {"name": "ping", "at": "2026-02-10T10:00:01.5Z", "user": "fay", "session": "two", "app": str(MAPS)},
    {"name": "exit", "at": "2026-02-10T10:00:02.25Z", "user": "eve", "session": "two", "app": str(NOTES)},
]


@pytest.fixture(scope="module", params=["waiting", "folded", "half folded"])
async def rows(
    request: pytest.FixtureRequest, cluster: Cluster, settings: Settings, template: str
) -> AsyncIterator[Gateway]:
    """The worked example with logs, before and after the fold, and with a part of it folded."""
    async with cloned(cluster, settings, template) as urls:
        async with given(settings, urls) as client:
            await client.events(*EXAMPLE[:5], *TWO_APPS)
            await client.logs(*LOGS[:2])
            if request.param == "half folded":
                await client.folded()
            await client.events(*EXAMPLE[5:])
            await client.logs(*LOGS[2:])
            if request.param == "folded":
                await client.folded()
        async with running(settings, urls) as gateway:
            yield gateway


async def asked(gateway: Gateway, selection: str, token: str = EDITOR) -> Any:
    answer = await gateway.ask(f'{{ client(id: "{NORDLYS}") {{ {selection} }} }}', token=token, now=NOW)
    return answer.data["client"]


async def refused(gateway: Gateway, selection: str, token: str = EDITOR) -> Answer:
    return await gateway.ask(f'{{ client(id: "{NORDLYS}") {{ {selection} }} }}', token=token, now=NOW)


async def walked(gateway: Gateway, field: str, arguments: str, node: str, size: int) -> list[Any]:
    """All rows of a list, page by page."""
    found: list[Any] = []
    after = "null"
    while True:
        page = (
            await asked(
                gateway,
                f"page: {field}({arguments} first: {size}, after: {after})"
                f" {{ nodes {{ {node} }} pageInfo {{ hasNextPage endCursor }} }}",
            )
        )["page"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = f'"{page["pageInfo"]["endCursor"]}"'


# ---------------------------------------------------------------- Z1 events
async def test_events_come_newest_first_and_with_all_that_was_sent(rows: Gateway) -> None:
    page = (
        await asked(
            rows,
            f"events(period: {MARCH}, first: 2) {{ totalCount nodes {{ name at externalId userId session properties"
            " user { externalId } app { name } } pageInfo { hasNextPage hasPreviousPage } }",
        )
    )["events"]
    assert page["totalCount"] == 10
    assert page["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False}
    assert page["nodes"] == [
        {
            "name": "open",
            "at": "2026-03-19T09:00:00+01:00",
            "externalId": None,
            "userId": "cyd",
            "session": "s7",
            "properties": {"country": "NO"},
            "user": {"externalId": "cyd"},
            "app": None,
        },
        {
            "name": "pay",
            "at": "2026-03-11T10:05:00+01:00",
            "externalId": None,
            "userId": "bob",
            "session": "s6",
            "properties": {"country": "SE", "amount": 5},
            "user": {"externalId": "bob"},
            "app": None,
        },
    ]


@pytest.mark.parametrize("size", [1, 3, 10, 1000])
async def test_pages_of_any_size_make_up_the_same_list(rows: Gateway, size: int) -> None:
    found = await walked(rows, "events", f"period: {MARCH},", "at", size)
    assert [row["at"] for row in found] == [row["at"] for row in reversed(EXAMPLE)]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ('event: "pay"', ["pay", "pay", "pay"]),
        ('event: "never"', []),
        ('where: [{field: "country", value: "SE"}]', ["pay", "pay", "signup", "open"]),
        ('where: [{field: "country", operator: IS_NOT_SET}]', ["open"]),
        ('event: "pay", where: [{field: "amount", operator: GT, value: 9}]', ["pay", "pay"]),
        ('where: [{field: "user", value: "cyd"}]', ["open", "open"]),
        ('where: [{field: "session", operator: IN, value: ["s1", "s4"]}]', ["open", "signup", "open"]),
    ],
)
async def test_events_are_those_that_satisfy_the_arguments(rows: Gateway, arguments: str, names: list[str]) -> None:
    page = (await asked(rows, f"events(period: {MARCH}, {arguments}) {{ totalCount nodes {{ name }} }}"))["events"]
    assert [node["name"] for node in page["nodes"]] == names
    assert page["totalCount"] == len(names)


async def test_a_filter_that_finds_little_still_fills_its_pages(rows: Gateway) -> None:
    found = await walked(rows, "events", f'period: {MARCH}, where: [{{field: "plan", operator: IS_SET}}],', "at", 1)
    assert [row["at"] for row in found] == ["2026-03-03T00:20:00+01:00", "2026-03-02T09:10:00+01:00"]


async def test_a_day_is_the_clients(rows: Gateway) -> None:
    """23:50 of 2 March in Berlin is on it, 00:20 of the next day is not."""
    period = '{start: "2026-03-02", end: "2026-03-02"}'
    page = (await asked(rows, f"events(period: {period}) {{ totalCount nodes {{ at }} }}"))["events"]
    assert [node["at"][11:16] for node in page["nodes"]] == ["23:50", "09:10", "09:00"]
    assert page["totalCount"] == 3


async def test_without_a_period_it_is_the_last_thirty_days(rows: Gateway) -> None:
    assert len((await asked(rows, "events { nodes { name } }"))["events"]["nodes"]) == 10
    everything = await asked(rows, 'events(period: {last: "90d"}) { nodes { name } }')
    assert len(everything["events"]["nodes"]) == 13


async def test_of_equal_instants_the_one_accepted_last_comes_first(own_gateway: Gateway) -> None:
    async with given(own_gateway.settings, own_gateway.urls) as client:
        await client.events(*({"name": f"n{k}", "at": "2026-03-10T10:00:00Z"} for k in range(3)))
        await client.folded()
        await client.events(*({"name": f"n{k}", "at": "2026-03-10T10:00:00Z"} for k in range(3, 6)))
    for size in (1, 4):
        found = await walked(own_gateway, "events", "", "name", size)
        assert [row["name"] for row in found] == ["n5", "n4", "n3", "n2", "n1", "n0"]


async def test_rows_that_come_in_between_neither_repeat_nor_hide_one(own_gateway: Gateway) -> None:
    async with given(own_gateway.settings, own_gateway.urls) as client:
        await client.events(*EXAMPLE)
        first = (await asked(own_gateway, "events(first: 4) { nodes { id } pageInfo { endCursor } }"))["events"]
        await client.events(
            {"name": "new", "at": "2026-03-21T10:00:00Z"}, {"name": "late", "at": "2026-03-05T10:00:00Z"}
        )
        await client.folded()
        rest = (
            await asked(own_gateway, f'events(after: "{first["pageInfo"]["endCursor"]}") {{ nodes {{ id name }} }}')
        )["events"]["nodes"]
    assert len(rest) == 7
    assert [node["name"] for node in rest].count("late") == 1
    assert not {node["id"] for node in first["nodes"]} & {node["id"] for node in rest}


async def test_a_cursor_of_another_list_is_refused(rows: Gateway) -> None:
    cursor = (await asked(rows, "events(first: 1) { pageInfo { endCursor } }"))["events"]["pageInfo"]["endCursor"]
    answer = await refused(rows, f'events(event: "open", after: "{cursor}") {{ nodes {{ id }} }}')
    assert answer.error_at("client", "events")["extensions"]["code"] == "INVALID_PARAMETER"


@pytest.mark.parametrize("field", ["events", "sessions", "logs", "users", "activeUsers"])
@pytest.mark.parametrize("first", [0, 1001, 1_000_000])
async def test_a_page_beyond_its_bounds_is_refused(rows: Gateway, field: str, first: int) -> None:
    answer = await refused(rows, f"{field}(first: {first}) {{ nodes {{ id }} }}")
    assert answer.error_at("client", field)["extensions"]["details"] == {"first": first}


# ---------------------------------------------------------------- I6 apps, S1 S2 sessions
async def test_below_an_app_there_are_its_own_events_and_sessions_alone(rows: Gateway) -> None:
    session = "nodes { startedAt endedAt durationSeconds eventCount isBounce entryEvent exitEvent externalId"
    session += " user { externalId } events { totalCount nodes { name } } }"
    asked_of = 'events(period: {last: "90d"}) { nodes { name } }'
    asked_of += f' sessions(period: {{last: "90d"}}, first: 5) {{ totalCount {session} }}'
    found = await asked(rows, f'notes: app(id: "{NOTES}") {{ {asked_of} }} maps: app(id: "{MAPS}") {{ {asked_of} }}')
    assert [node["name"] for node in found["notes"]["events"]["nodes"]] == ["exit", "boot"]
    assert [node["name"] for node in found["maps"]["events"]["nodes"]] == ["ping"]
    assert found["notes"]["sessions"] == {
        "totalCount": 1,
        "nodes": [
            {
                "startedAt": "2026-02-10T11:00:00+01:00",
                "endedAt": "2026-02-10T11:00:02.250000+01:00",
                "durationSeconds": 2.25,
                "eventCount": 2,
                "isBounce": False,
                "entryEvent": "boot",
                "exitEvent": "exit",
                "externalId": "two",
                "user": {"externalId": "eve"},
                "events": {"totalCount": 2, "nodes": [{"name": "exit"}, {"name": "boot"}]},
            }
        ],
    }
    assert found["maps"]["sessions"]["nodes"][0]["user"] == {"externalId": "fay"}
    assert found["maps"]["sessions"]["nodes"][0]["isBounce"] is True


async def test_a_session_of_the_client_is_one_whatever_its_apps(rows: Gateway) -> None:
    day = '{start: "2026-02-10", end: "2026-02-10"}'
    [node] = (
        await asked(
            rows, f"sessions(period: {day}, first: 5) {{ nodes {{ id eventCount events {{ nodes {{ name }} }} }} }}"
        )
    )["sessions"]["nodes"]
    assert node["eventCount"] == 3
    assert [event["name"] for event in node["events"]["nodes"]] == ["exit", "ping", "boot"]


async def test_sessions_are_listed_on_the_day_that_they_start(rows: Gateway) -> None:
    """s2 crosses midnight: it is of 2 March, and whole."""
    node = "externalId startedAt durationSeconds eventCount properties"
    second = '{start: "2026-03-02", end: "2026-03-02"}'
    third = '{start: "2026-03-03", end: "2026-03-03"}'
    found = await asked(
        rows,
        f"a: sessions(period: {second}) {{ nodes {{ {node} }} }} b: sessions(period: {third}) {{ nodes {{ {node} }} }}",
    )
    assert [row["externalId"] for row in found["a"]["nodes"]] == ["s2", "s1"]
    assert found["a"]["nodes"][0] == {
        "externalId": "s2",
        "startedAt": "2026-03-02T23:50:00+01:00",
        "durationSeconds": 1800,
        "eventCount": 2,
        "properties": {"country": "SE"},
    }
    assert [row["externalId"] for row in found["b"]["nodes"]] == ["s3"]


async def test_sessions_are_chosen_by_their_first_event(rows: Gateway) -> None:
    """s1 and s2 hold a signup, and begin with another event (S5)."""
    where = 'where: [{field: "event", value: "signup"}]'
    assert (await asked(rows, f"sessions({where}) {{ totalCount nodes {{ id }} }}"))["sessions"] == {
        "totalCount": 0,
        "nodes": [],
    }
    where = 'where: [{field: "country", value: "SE"}]'
    page = (await asked(rows, f"sessions({where}) {{ totalCount nodes {{ externalId }} }}"))["sessions"]
    assert page == {"totalCount": 2, "nodes": [{"externalId": "s6"}, {"externalId": "s2"}]}


@pytest.mark.parametrize("size", [1, 2, 5])
async def test_pages_of_sessions_make_up_their_list(rows: Gateway, size: int) -> None:
    found = await walked(rows, "sessions", f"period: {MARCH},", "externalId", size)
    assert [row["externalId"] for row in found] == ["s7", "s6", "s5", "s4", "s3", "s2", "s1"]


async def test_the_events_of_a_session_come_page_by_page(rows: Gateway) -> None:
    session = "nodes { externalId events(first: 1%s) { nodes { name } pageInfo { endCursor hasNextPage } } }"
    period = 'first: 5, period: {start: "2026-03-11", end: "2026-03-11"}'
    first = (await asked(rows, f"sessions({period}) {{ {session % ''} }}"))["sessions"]["nodes"][0]["events"]
    assert first["pageInfo"]["hasNextPage"]
    after = f', after: "{first["pageInfo"]["endCursor"]}"'
    second = (await asked(rows, f"sessions({period}) {{ {session % after} }}"))["sessions"]["nodes"][0]["events"]
    assert (len(second["nodes"]), second["pageInfo"]["hasNextPage"]) == (1, False)


# ---------------------------------------------------------------- logs
async def test_logs_come_newest_first_with_what_was_sent(rows: Gateway) -> None:
    node = "at level service source message session properties user { externalId }"
    page = (await asked(rows, f"logs {{ totalCount nodes {{ {node} }} }}"))["logs"]
    assert page["totalCount"] == 3
    assert [row["message"] for row in page["nodes"]] == ["ÄRGER", "Started", "No 100% (a+b)?"]
    assert page["nodes"][1] == {
        "at": "2026-03-05T11:00:00+01:00",
        "level": "INFO",
        "service": None,
        "source": None,
        "message": "Started",
        "session": "s1",
        "properties": {"ms": 12},
        "user": {"externalId": "ada"},
    }
    assert page["nodes"][2]["properties"] == {}


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        ("level: ERROR", ["ÄRGER", "No 100% (a+b)?"]),
        ("level: DEBUG", []),
        ('service: "mail"', ["No 100% (a+b)?"]),
        ('service: "MAIL"', []),
        ('source: "smtp", level: ERROR', ["No 100% (a+b)?"]),
        ('search: "ärg"', ["ÄRGER"]),
        ('search: "100% (A+B)?"', ["No 100% (a+b)?"]),
        ('search: "."', []),
    ],
)
async def test_logs_are_those_that_satisfy_the_arguments(rows: Gateway, arguments: str, messages: list[str]) -> None:
    page = (await asked(rows, f"logs({arguments}) {{ totalCount nodes {{ message }} }}"))["logs"]
    assert [node["message"] for node in page["nodes"]] == messages
    assert page["totalCount"] == len(messages)


# ---------------------------------------------------------------- by id
async def test_a_row_is_found_again_by_its_id(rows: Gateway) -> None:
    event = "... on Event { id externalId name at properties user { externalId } app { name } }"
    log = "... on Log { id message level }"
    session = "... on Session { id externalId eventCount }"
    found = await asked(
        rows,
        f'events(period: {{last: "90d"}}) {{ nodes {{ {event} }} }} logs {{ nodes {{ {log} }} }}'
        f" sessions {{ nodes {{ {session} }} }}"
        f' app(id: "{NOTES}") {{ sessions(period: {{last: "90d"}}) {{ nodes {{ {session} }} }} }}',
    )
    nodes = [
        *found["events"]["nodes"],
        *found["logs"]["nodes"],
        *found["sessions"]["nodes"],
        *found["app"]["sessions"]["nodes"],
    ]
    assert len({node["id"] for node in nodes}) == len(nodes) == 13 + 3 + 7 + 1
    again = await rows.ask(
        f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {event} {log} {session} }} }}",
        token=EDITOR,
        now=NOW,
        ids=[node["id"] for node in nodes],
    )
    assert again.data["nodes"] == nodes


@pytest.mark.parametrize("token", [VIEWER, STRANGER])
async def test_who_may_not_see_rows_finds_none_by_its_id(rows: Gateway, token: str) -> None:
    found = await asked(rows, "events(first: 1) { nodes { id } } sessions(first: 1) { nodes { id } }")
    ids = [found[field]["nodes"][0]["id"] for field in ("events", "sessions")]
    again = await rows.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", token=token, now=NOW, ids=ids)
    assert again.data["nodes"] == [None, None]


async def test_an_id_of_a_row_that_never_was_finds_nothing(rows: Gateway) -> None:
    from datetime import date

    day = date(2026, 3, 2)
    ids = [encode(GlobalId(kind, NORDLYS, (day, 999))) for kind in ("Event", "Log")]
    ids += [encode(GlobalId("Session", NORDLYS, (999, NOTES)))]
    again = await rows.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", token=EDITOR, now=NOW, ids=ids)
    assert again.data["nodes"] == [None, None, None]


# ---------------------------------------------------------------- who may
@pytest.mark.parametrize("field", ["events", "sessions", "logs"])
async def test_rows_are_refused_to_who_only_reads_and_the_rest_is_answered(rows: Gateway, field: str) -> None:
    answer = await refused(rows, f"name {field} {{ nodes {{ id }} }} users {{ totalCount }}", VIEWER)
    assert answer.error_at("client", field)["extensions"]["code"] == "FORBIDDEN"
    assert answer.body["data"]["client"][field] is None
    assert answer.body["data"]["client"]["name"] == "Nordlys"
    assert answer.body["data"]["client"]["users"]["totalCount"] > 0


async def test_a_page_of_events_with_all_its_objects_is_a_handful_of_statements(rows: Gateway) -> None:
    answer = await refused(
        rows,
        "events { nodes { name userId session properties user { externalId } app { name } } }"
        " sessions { nodes { externalId user { externalId } } } logs { nodes { message session } }",
    )
    assert len(answer.data["client"]["events"]["nodes"]) == 10
    assert len(answer.statements) <= 20, answer.statements
