"""Who talks with an app's bot: every parameter, every member of the answer and every error of the contract, as asked of
the graph."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from pydantic import SecretStr

from parallax.ids import GlobalId, canonical, encode, parse
from parallax.sandbox.accounts import KORE_AI
from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.kore_ai_data import CHANNELS, Question, trend
from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.server import Sandbox
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Answer, Gateway, running
from tests.seeds import ADMIN, HIMAL, MAPS, NORDLYS, NOTES, STRANGER, TREK, VIEWER
from tests.vendors.asking import connected, linked, missing, of_app
from tests.vendors.conftest import TODAY

BOT, OTHER = PRODUCTS[0], PRODUCTS[5]
TO = {"koreAi": {"streamId": BOT.stream}}
SERIES = "name total values dimensions { name value }"
ALL = (
    "period { start end timeZone } dayCount averageUniqueUsersPerDay averageNewUsersPerDay averageReturningUsersPerDay "
    f"uniqueUsers {{ {SERIES} }} newUsers {{ {SERIES} }} returningUsers {{ {SERIES} }}"
)
ZONE = "Europe/Berlin"
"""Nordlys'."""


@pytest.fixture
async def asked(vendor_gateway: Gateway, vendors: Sandbox) -> Gateway:
    await linked(vendor_gateway, TO)
    vendors.clock.set(TODAY, stands=True)
    return vendor_gateway


def engagement(arguments: str = "", shown: str = ALL) -> str:
    return of_app(f"koreAi {{ engagement{f'({arguments})' if arguments else ''} {{ {shown} }} }}")


async def shown(gateway: Gateway, arguments: str = "", fields: str = ALL) -> Any:
    answer = await gateway.ask(engagement(arguments, fields))
    return answer.data["client"]["app"]["koreAi"]["engagement"]


def error(answer: Answer) -> dict[str, Any]:
    assert answer.body["data"]["client"]["app"]["koreAi"] == {"engagement": None}
    told = answer.error_at("client", "app", "koreAi", "engagement")
    return {"message": told["message"], **told["extensions"]}


def expected(first: str, last: str, **more: Any) -> dict[str, Any]:
    """What the vendor itself says."""
    asked: dict[str, Any] = {"aggregation": "daily", "kind": "all", "status": "all"}
    asked |= {"channels": frozenset(CHANNELS), "zone": ZoneInfo(ZONE)} | more
    question = Question(first=date.fromisoformat(first), last=date.fromisoformat(last), **asked)
    return trend(BOT, question, drop_zero_dates=False, now=TODAY)


def days(body: dict[str, Any], name: str = "unique") -> list[float]:
    return [point["users"] for point in body[f"{name}UsersTrend"]["dataPoints"]]


def hours(body: dict[str, Any], name: str = "unique") -> list[float]:
    points = body[f"{name}UsersTrend"]["dataPoints"]
    return [point[f"{hour} - {(hour + 1) % 24}"] for point in points for hour in range(24)]


def parameters(vendors: Sandbox) -> list[dict[str, str]]:
    return [{name: value for name, [value] in call.parameters.items()} for call in vendors.kore_ai.calls]


# ---------------------------------------------------------------- what is shown
async def test_every_member_of_the_answer_is_shown(asked: Gateway, vendors: Sandbox) -> None:
    found = await shown(asked, 'period: {start: "2026-03-02", end: "2026-03-08"}')

    told = expected("2026-03-02", "2026-03-08")
    assert sum(days(told)) > told["summary"]["uniqueUsers"] > 0
    assert found["period"] == {"start": "2026-03-02", "end": "2026-03-08", "timeZone": ZONE}
    assert found["dayCount"] == told["filters"]["dataPointsCount"] == 7
    for name in ("unique", "new", "returning"):
        series = found[f"{name}Users"]
        assert series["values"] == days(told, name)
        assert series["total"] == told["summary"][f"{name}Users"]
        assert (series["name"], series["dimensions"]) == (f"{name.upper()}_USERS", [])
        assert found[f"average{name.title()}UsersPerDay"] == told["summary"][f"avg{name.title()}UsersPerDay"]
    [call] = vendors.kore_ai.calls
    assert (call.method, call.status, call.account) == ("POST", 200, "first")


async def test_a_series_tells_where_it_comes_from(asked: Gateway) -> None:
    source = (
        "system label reference isEstimate userBasis isStale asOf settledUntil confidence confidenceScore definition"
    )
    found = (await shown(asked, "", f"uniqueUsers {{ unit source {{ {source} }} }}"))["uniqueUsers"]
    assert found["unit"] == "COUNT"
    told = found["source"]
    assert told.pop("asOf")
    assert "who talked with the bot" in told.pop("definition")
    assert told == {
        "system": "KORE_AI", "label": "Kore.ai", "reference": "userEngagementTrend", "isEstimate": False,
        "userBasis": "CHANNEL_USER", "isStale": False, "settledUntil": "2026-03-08", "confidence": None,
        "confidenceScore": None,
    }  # fmt: skip


async def test_without_arguments_it_is_thirty_days_of_the_clients_zone(asked: Gateway, vendors: Sandbox) -> None:
    """T5; the vendor's own default of hours is never left to it."""
    found = await shown(asked)
    assert found["period"] == {"start": "2026-02-10", "end": "2026-03-11", "timeZone": ZONE}
    assert parameters(vendors) == [
        {
            "aggregation_type": "daily", "start_date": "2026-02-10", "end_date": "2026-03-11", "conversationType": "All",
            "conversationStatus": "All", "timeZoneOffset": ZONE,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "sent", "told", "dimensions"),
    [
        ("conversationType: INTERACTIVE", {"conversationType": "Interactive"}, {"kind": "interactive"}, "INTERACTIVE"),
        (
            "conversationType: NON_INTERACTIVE",
            {"conversationType": "Non Interactive"},
            {"kind": "non interactive"},
            "NON_INTERACTIVE",
        ),
        ("status: ACTIVE", {"conversationStatus": "Active"}, {"status": "active"}, "ACTIVE"),
        ("status: CLOSED", {"conversationStatus": "Closed"}, {"status": "closed"}, "CLOSED"),
        (
            'channels: ["rtm", " MSTeams ", "rtm"]',
            {"channels": "msteams,rtm"},
            {"channels": frozenset({"rtm", "msteams"})},
            "msteams,rtm",
        ),
        ("conversationType: ALL, status: ALL", {}, {}, None),
        ("conversationType: null, status: null, channels: null, timeZone: null, granularity: null", {}, {}, None),
        ('timeZone: "Asia/Kolkata"', {"timeZoneOffset": "Asia/Kolkata"}, {"zone": ZoneInfo("Asia/Kolkata")}, None),
    ],
)
async def test_every_parameter_is_respected(
    asked: Gateway, vendors: Sandbox, arguments: str, sent: dict[str, str], told: dict[str, Any], dimensions: str | None
) -> None:
    found = await shown(asked, f'period: {{start: "2026-03-02", end: "2026-03-08"}}, {arguments}')

    body = expected("2026-03-02", "2026-03-08", **told)
    assert found["uniqueUsers"]["values"] == days(body)
    assert found["uniqueUsers"]["total"] == body["summary"]["uniqueUsers"]
    [call] = parameters(vendors)
    assert (
        call.items()
        >= ({"conversationType": "All", "conversationStatus": "All", "timeZoneOffset": ZONE} | sent).items()
    )
    assert [each["value"] for each in found["newUsers"]["dimensions"]] == ([dimensions] if dimensions else [])
    assert found["period"]["timeZone"] == call["timeZoneOffset"]


async def test_days_that_the_source_leaves_out_had_nobody(asked: Gateway, vendors: Sandbox) -> None:
    vendors.kore_ai.switches = replace(vendors.kore_ai.switches, drop_zero_dates=True)
    arguments = 'period: {start: "2026-03-02", end: "2026-03-11"}, conversationType: NON_INTERACTIVE, status: ACTIVE'
    found = await shown(asked, arguments)
    told = days(expected("2026-03-02", "2026-03-11", kind="non interactive", status="active"))
    assert found["uniqueUsers"]["values"] == told
    assert found["newUsers"]["values"].count(0) > 5
    assert found["dayCount"] == 10


async def test_what_is_to_come_is_null_and_not_asked_for(asked: Gateway, vendors: Sandbox) -> None:
    """T10. The averages are over the days that were."""
    found = await shown(asked, 'period: {start: "2026-03-09", end: "2026-03-13"}')
    assert found["uniqueUsers"]["values"] == [*days(expected("2026-03-09", "2026-03-11")), None, None]
    assert found["dayCount"] == 3
    assert parameters(vendors)[0]["end_date"] == "2026-03-11"


# ---------------------------------------------------------------- hours
async def test_hours_are_those_of_the_zone(asked: Gateway, vendors: Sandbox) -> None:
    arguments = 'period: {start: "2026-03-10", end: "2026-03-11"}, granularity: HOUR, timeZone: "Asia/Kathmandu"'
    point = "uniqueUsers { total values data { date at value isPartial } }"
    found = (await shown(asked, arguments, point))["uniqueUsers"]

    told = expected("2026-03-10", "2026-03-11", aggregation="hourly", zone=ZoneInfo("Asia/Kathmandu"))
    begun = 24 + 18  # it is 17:45 there
    assert found["values"] == [*hours(told)[:begun], *[None] * 6]
    assert found["total"] == told["summary"]["uniqueUsers"] < sum(found["values"][:begun])
    assert found["data"][0] | {"value": 0} == {
        "date": "2026-03-10", "at": "2026-03-10T00:00:00+05:45", "value": 0, "isPartial": False
    }  # fmt: skip
    assert found["data"][begun - 1]["isPartial"]
    assert parameters(vendors)[0]["aggregation_type"] == "hourly"


async def test_where_the_clock_skips_an_hour_there_is_no_bucket_for_it(asked: Gateway) -> None:
    """29 March 2026 has 23 hours in Berlin; the source tells 24."""
    answer = await asked.ask(
        engagement(
            'period: {start: "2026-03-29", end: "2026-03-29"}, granularity: HOUR', "uniqueUsers { data { at } }"
        ),
        now="2026-04-11T12:00:00Z",
    )
    points = answer.data["client"]["app"]["koreAi"]["engagement"]["uniqueUsers"]["data"]
    assert len(points) == 23
    assert [point["at"][11:13] for point in points[:4]] == ["00", "01", "03", "04"]
    assert missing(answer.body) == []


async def test_an_hour_that_the_clock_shows_twice_is_told_of_neither(asked: Gateway) -> None:
    arguments = 'period: {start: "2025-10-26", end: "2025-10-26"}, granularity: HOUR'
    answer = await asked.ask(engagement(arguments, "uniqueUsers { total values data { at } }"))
    found = answer.data["client"]["app"]["koreAi"]["engagement"]["uniqueUsers"]
    told = hours(expected("2025-10-26", "2025-10-26", aggregation="hourly"))
    assert found["values"] == [*told[:2], None, None, *told[3:]]
    assert [point["at"] for point in found["data"][2:4]] == ["2025-10-26T02:00:00+02:00", "2025-10-26T02:00:00+01:00"]
    [(source, code, reason)] = missing(answer.body)
    assert (source, code) == ("KORE_AI", None)
    assert "On 2025-10-26 the clock shows an hour twice" in reason


# ---------------------------------------------------------------- long ranges
async def test_totals_of_several_ranges_are_not_added_up(asked: Gateway, vendors: Sandbox) -> None:
    answer = await asked.ask(engagement('period: {start: "2025-02-01", end: "2026-03-08"}'))
    found = answer.data["client"]["app"]["koreAi"]["engagement"]

    assert [(call["start_date"], call["end_date"]) for call in parameters(vendors)] == [
        ("2025-02-01", "2026-02-01"),
        ("2026-02-02", "2026-03-08"),
    ]
    told = days(expected("2025-02-01", "2026-02-01")) + days(expected("2026-02-02", "2026-03-08"))
    assert found["uniqueUsers"]["values"] == told
    assert found["dayCount"] == len(told) == 401
    nulls = [found[f"{name}Users"]["total"] for name in ("unique", "new", "returning")]
    nulls += [found[f"average{name}UsersPerDay"] for name in ("Unique", "New", "Returning")]
    assert nulls == [None] * 6
    [(source, code, reason)] = missing(answer.body)
    assert (source, code) == ("KORE_AI", None)
    assert "of more than 366 days by DAY" in reason
    assert "cannot be added up" in reason


async def test_what_came_of_a_long_range_is_shown_when_a_part_of_it_fails(asked: Gateway, vendors: Sandbox) -> None:
    vendors.kore_ai.faults(Fault(Kind.STATUS, query="start_date=2026-02-01", status=500))
    answer = await asked.ask(engagement('period: {start: "2026-01-01", end: "2026-02-03"}, granularity: HOUR'))
    found = answer.data["client"]["app"]["koreAi"]["engagement"]
    told = hours(expected("2026-01-01", "2026-01-31", aggregation="hourly"))
    assert found["uniqueUsers"]["values"] == told + [None] * 72
    assert found["dayCount"] == 31
    assert [(source, code) for source, code, _ in missing(answer.body)] == [
        ("KORE_AI", "SOURCE_UNAVAILABLE"),
        ("KORE_AI", None),
    ]
    assert "1 of 2 parts are missing" in missing(answer.body)[0][2]


# ---------------------------------------------------------------- calls
async def test_everything_of_a_question_is_one_call_and_another_question_another(
    asked: Gateway, vendors: Sandbox
) -> None:
    text = of_app(
        "koreAi { a: engagement { dayCount } b: engagement { uniqueUsers { total } } "
        "c: engagement(status: CLOSED) { dayCount } d: engagement(granularity: HOUR) { dayCount } "
        'e: engagement(channels: ["slack", "rtm"]) { dayCount } f: engagement(channels: ["rtm", "slack"]) { dayCount } }'
    )
    await asked.ask(text)
    assert len(vendors.kore_ai.calls) == 4
    await asked.ask(text)
    assert len(vendors.kore_ai.calls) == 4


async def test_a_token_is_for_one_call(asked: Gateway, vendors: Sandbox) -> None:
    vendors.kore_ai.switches = replace(vendors.kore_ai.switches, jti_once=True)
    answer = await asked.ask(of_app("koreAi { a: engagement { dayCount } b: engagement(status: CLOSED) { dayCount } }"))
    assert answer.data["client"]["app"]["koreAi"]["a"] == {"dayCount": 30}
    assert len(vendors.kore_ai.calls) == 2


async def test_a_bot_that_two_apps_are_is_asked_once(asked: Gateway, vendors: Sandbox) -> None:
    await linked(asked, TO, MAPS)
    await linked(asked, {"koreAi": {"streamId": OTHER.stream}}, MAPS, now="2026-03-11T12:01:00Z")
    shown = "koreAi { streamId engagement { uniqueUsers { total } } }"
    answer = await asked.ask(
        f'{{ client(id: "{NORDLYS}") {{ a: app(id: "{NOTES}") {{ {shown} }} b: app(id: "{MAPS}") {{ {shown} }} }} }}'
    )
    assert answer.data["client"]["a"] == answer.data["client"]["b"]
    assert answer.data["client"]["b"]["koreAi"]["streamId"] == BOT.stream  # the first link
    assert len(vendors.kore_ai.calls) == 1


async def test_a_limit_of_one_bot_is_no_limit_of_another(asked: Gateway, vendors: Sandbox) -> None:
    await linked(asked, {"koreAi": {"streamId": OTHER.stream}}, MAPS)
    vendors.kore_ai.faults(Fault(Kind.STATUS, path=f"/api/public/bot/{BOT.stream}", status=429))
    refused = error(await asked.ask(engagement("", "dayCount")))
    assert refused["code"] == "SOURCE_QUOTA"
    assert 50 < refused["retryAfterSeconds"] <= 60
    other = await asked.ask(of_app("koreAi { engagement { dayCount } }", MAPS))
    assert other.data["client"]["app"]["koreAi"]["engagement"] == {"dayCount": 30}


async def test_no_more_is_asked_than_leaves_room_for_the_bots_other_callers(asked: Gateway, vendors: Sandbox) -> None:
    """48 of the 60 calls a minute."""
    spans = [
        f'a{n}: engagement(period: {{start: "2026-01-01", end: "2026-02-{n:02}"}}) {{ dayCount }}' for n in range(1, 29)
    ]
    ways = (spans, [span.replace("dayCount", "dayCount").replace(") {", ", status: CLOSED) {") for span in spans])
    answers = [await asked.ask(of_app(f"koreAi {{ {' '.join(way)} }}")) for way in ways]
    assert len(vendors.kore_ai.calls) == 48
    codes = {told["extensions"]["code"] for answer in answers for told in answer.errors}
    assert codes == {"SOURCE_QUOTA"}
    assert sum(len(answer.errors) for answer in answers) == 8


# ---------------------------------------------------------------- failures
@pytest.mark.parametrize(
    ("account", "words"),
    [
        ("narrow", 'needs the scope "App Builder: User Engagement Trend"'),
        ("expired", "does not accept the client id or the client secret"),
    ],
)
async def test_an_account_that_may_not_ask_is_told_why(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox, account: str, words: str
) -> None:
    [of] = [each for each in KORE_AI if each.name == account]
    more = {"kore_ai_client_id": of.client_id, "kore_ai_client_secret": SecretStr(of.client_secret)}
    async with (
        cloned(cluster, settings, template) as urls,
        running(connected(settings, vendors, **more), urls) as gateway,
    ):
        await linked(gateway, TO)
        refused = error(await gateway.ask(engagement("", "dayCount")))
    assert (refused["code"], refused["source"]) == ("SOURCE_REJECTED", "KORE_AI")
    assert words in refused["message"]


async def test_an_unknown_stream_is_told_of(asked: Gateway) -> None:
    await linked(asked, {"koreAi": {"streamId": "st-018f0000-0000-7000-8000-0000000000f1"}}, MAPS)
    answer = await asked.ask(of_app("koreAi { engagement { dayCount } }", MAPS))
    assert answer.error["extensions"]["code"] == "SOURCE_REJECTED"
    assert "knows no bot with this stream id" in answer.error["message"]


async def test_a_channel_that_the_source_does_not_know_is_refused_in_its_words(asked: Gateway) -> None:
    refused = error(await asked.ask(engagement('channels: ["pigeon"]', "dayCount")))
    assert refused["code"] == "SOURCE_REJECTED"
    assert refused["message"] == 'Kore.ai refuses the question. It says: "Unknown value of channels: pigeon"'


@pytest.mark.parametrize("status", [429, 400, 403])
@pytest.mark.parametrize("old", [False, True])
async def test_a_rate_limit_is_one_under_any_status(asked: Gateway, vendors: Sandbox, status: int, old: bool) -> None:
    vendors.kore_ai.switches = replace(
        vendors.kore_ai.switches, per_minute=0, rate_limit_status=status, old_rate_limit_text=old
    )
    refused = error(await asked.ask(engagement("", "dayCount")))
    assert refused["code"] == "SOURCE_QUOTA"
    assert 50 < refused["retryAfterSeconds"] <= 60
    assert len(vendors.kore_ai.calls) == 1


async def test_a_server_that_fails_leaves_the_rest_of_the_answer_alone(asked: Gateway, vendors: Sandbox) -> None:
    vendors.kore_ai.faults(Fault(Kind.STATUS, status=500))
    text = of_app(
        'koreAi { engagement { dayCount } } name activity(metric: USER_COUNT, period: {last: "30d"}) { total }'
    )
    answer = await asked.ask(text)
    app = answer.body["data"]["client"]["app"]
    assert app == {"koreAi": {"engagement": None}, "name": "Notes", "activity": {"total": 2}}
    assert answer.error["extensions"]["code"] == "SOURCE_UNAVAILABLE"


# ---------------------------------------------------------------- bad input
@pytest.mark.parametrize(
    ("arguments", "argument", "words"),
    [
        ("granularity: WEEK", "granularity", "Allowed: HOUR, DAY"),
        ("granularity: MINUTE", "granularity", "Allowed: HOUR, DAY"),
        ('timeZone: "Mars/Phobos"', "timeZone", "is no IANA time zone"),
        ('timeZone: ""', "timeZone", "is no IANA time zone"),
        ("channels: []", "channels", "1 to 20 codes"),
        ('channels: ["rtm,slack"]', "channels", "1 to 20 codes"),
        ('channels: ["All"]', "channels", "absent for all"),
        (f"channels: {[f'c{n}' for n in range(21)]}".replace("'", '"'), "channels", "1 to 20 codes"),
        ('period: {start: "2026-03-12", end: "2026-03-13"}', "period", "begins after today, 2026-03-11"),
        ('period: {start: "2026-03-13", end: "2026-03-12"}', "period.start", "lies after the end"),
        ('period: {last: "800d"}, granularity: HOUR', "period", "at most 15,000 buckets"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_its_name(
    asked: Gateway, vendors: Sandbox, arguments: str, argument: str, words: str
) -> None:
    """Y1, Y2, T6. Nothing is called for it."""
    refused = error(await asked.ask(engagement(arguments, "dayCount")))
    assert refused["code"] == "INVALID_PARAMETER"
    assert argument in refused["details"]
    assert words in refused["message"]
    assert vendors.kore_ai.calls == []


async def test_an_app_that_is_not_linked_has_none(asked: Gateway) -> None:
    assert (await asked.ask(of_app("koreAi { streamId }", MAPS))).data["client"]["app"] == {"koreAi": None}


async def test_without_credentials_it_is_told_how_to_connect(own_gateway: Gateway) -> None:
    await linked(own_gateway, TO)
    refused = error(await own_gateway.ask(engagement("", "dayCount")))
    assert refused["code"] == "SOURCE_REJECTED"
    assert refused["message"] == "Kore.ai is not connected: give its credentials by vendorConnect."


# ---------------------------------------------------------------- by id
NODES = """query($ids: [ID!]!) { nodes(ids: $ids) {
  __typename id ... on KoreAiApp { streamId } ... on Metric { total values } } }"""


async def test_a_bot_and_a_series_are_had_by_their_ids(asked: Gateway, vendors: Sandbox) -> None:
    arguments = (
        'period: {last: "2d"}, granularity: HOUR, conversationType: INTERACTIVE, channels: ["rtm"], timeZone: "UTC"'
    )
    text = of_app(f"koreAi {{ id engagement({arguments}) {{ a: newUsers {{ id total values }} }} }}")
    bot = (await asked.ask(text)).data["client"]["app"]["koreAi"]
    series = bot["engagement"]["a"]

    assert (await asked.ask(NODES, ids=[bot["id"], series["id"]])).data["nodes"] == [
        {"__typename": "KoreAiApp", "id": bot["id"], "streamId": BOT.stream},
        {"__typename": "Metric", **series},
    ]
    assert len(vendors.kore_ai.calls) == 1
    assert (await asked.ask(NODES, ids=[bot["id"], series["id"]], token=STRANGER)).data["nodes"] == [None, None]


async def test_of_several_ids_one_that_fails_is_null_alone(asked: Gateway, vendors: Sandbox) -> None:
    text = of_app("koreAi { engagement { uniqueUsers { id } newUsers { id } } }")
    found = (await asked.ask(text)).data["client"]["app"]["koreAi"]["engagement"]
    unknown = altered(found["uniqueUsers"]["id"], channels=["pigeon"])
    vendors.kore_ai.calls.clear()

    answer = await asked.ask(NODES, ids=[found["newUsers"]["id"], unknown, encode(GlobalId("Client", NORDLYS))])

    assert [node and node["__typename"] for node in answer.body["data"]["nodes"]] == ["Metric", None, "Client"]
    assert answer.error_at("nodes", 1)["extensions"]["code"] == "SOURCE_REJECTED"


def altered(id: str, client: Any = None, **members: Any) -> str:
    found = parse(id)
    assert found is not None
    told = orjson.loads(str(found.key[0])) | members
    return encode(GlobalId(found.type_name, client or found.client, (canonical(told),)))


async def test_an_id_leads_to_nothing_that_is_not_linked(asked: Gateway, vendors: Sandbox) -> None:
    """Whatever it names: the environment's credentials open all streams, the links of a client only its own."""
    await linked(asked, {"koreAi": {"streamId": OTHER.stream}}, TREK, STRANGER)
    text = of_app("koreAi { id engagement { uniqueUsers { id } } }")
    bot = (await asked.ask(text)).data["client"]["app"]["koreAi"]
    ids = [bot["id"], bot["engagement"]["uniqueUsers"]["id"]]
    vendors.kore_ai.calls.clear()

    forged: Iterable[str] = [
        forged
        for id in ids
        for forged in (
            altered(id, stream=OTHER.stream),
            altered(id, app=str(MAPS)),
            altered(id, app=str(TREK), stream=OTHER.stream),
            altered(id, client=HIMAL),
            altered(id, app="none"),
            altered(id, app=None),
        )
    ]
    assert (await asked.ask(NODES, ids=list(forged), token=ADMIN)).data["nodes"] == [None] * 12
    strange = [
        altered(ids[1], measure="none"),
        altered(ids[1], granularity="WEEK"),
        altered(ids[1], type="Interactive"),
        altered(ids[1], channels=["slack", "rtm"]),
        altered(ids[1], channels="rtm"),
        altered(ids[1], zone="Mars/Phobos"),
        altered(ids[1], period={"last": "never"}),
        altered(ids[1], vendor="none"),
        altered(ids[1], more=1),
    ]
    assert (await asked.ask(NODES, ids=strange)).data["nodes"] == [None] * 9
    assert [call.path for call in vendors.kore_ai.calls if OTHER.stream in call.path] == []


async def test_an_unlinked_bot_is_gone_with_its_series(asked: Gateway) -> None:
    text = of_app("links { id } koreAi { id engagement { uniqueUsers { id } } }")
    app = (await asked.ask(text)).data["client"]["app"]
    ids = [app["koreAi"]["id"], app["koreAi"]["engagement"]["uniqueUsers"]["id"]]
    unlink = "mutation($id: ID!) { appUnlink(input: {link: $id}) { userErrors { code } } }"
    await asked.ask(unlink, token=ADMIN, id=app["links"][0]["id"])
    assert (await asked.ask(NODES, ids=ids, token=VIEWER)).data["nodes"] == [None, None]


def test_the_sandbox_and_the_tests_have_one_clock() -> None:
    assert datetime(2026, 3, 11, 12, tzinfo=UTC) == TODAY
    assert timedelta(0) == TODAY.utcoffset()
