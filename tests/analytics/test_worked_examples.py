"""Each worked example of docs/semantics.md that is about events, through the whole graph: waiting, folded, and in between."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from parallax.db import Database
from parallax.engine.fold import fold
from parallax.settings import Settings
from tests.analytics.example import EVENTS, NORDLYS, NOW, TRACK
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Gateway, running
from tests.seeds import EDITOR


@pytest.fixture(scope="module", params=["waiting", "half folded", "folded"])
async def told(
    request: pytest.FixtureRequest, cluster: Cluster, settings: Settings, template: str
) -> AsyncIterator[Gateway]:
    async with (
        cloned(cluster, settings, template) as urls,
        running(settings, urls) as gateway,
        Database(settings, urls.reading, urls.writing) as db,
    ):
        for part in (EVENTS[:5], EVENTS[5:]):
            answer = await gateway.ask(TRACK, token=EDITOR, now=NOW, client=NORDLYS, events=part)
            assert answer.data["eventsTrack"]["accepted"] == 5
            if request.param == "folded" or (request.param == "half folded" and part == EVENTS[:5]):
                await fold(db, UUID(NORDLYS))
        yield gateway


async def ask(gateway: Gateway, field: str, now: str = NOW) -> Any:
    """What a field of the client answers."""
    text = f'{{ client(id: "{NORDLYS}") {{ asked: {field} }} }}'
    return (await gateway.ask(text, token=EDITOR, now=now)).data["client"]["asked"]


def days(start: int, end: int) -> str:
    return f'period: {{start: "2026-03-{start:02}", end: "2026-03-{end:02}"}}'


async def series(gateway: Gateway, question: str, now: str = NOW) -> Any:
    """Values and total."""
    asked = await ask(gateway, f"{question} {{ values total }}", now)
    return asked["values"], asked["total"]


async def test_t_buckets_are_clipped_to_the_period(told: Gateway) -> None:
    asked = await ask(
        told, f"metric(name: EVENTS, granularity: WEEK, {days(3, 10)}) {{ data {{ date value isPartial }} }}"
    )
    assert asked["data"] == [
        {"date": "2026-03-02", "value": 3, "isPartial": True},
        {"date": "2026-03-09", "value": 1, "isPartial": True},
    ]


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ('field: "country", operator: EQ, value: "NO"', 5),
        ('field: "country", operator: NE, value: "NO"', 5),
        ('field: "country", operator: NOT_IN, value: ["NO", "SE"]', 1),
        ('field: "country", operator: IS_NOT_SET', 1),
        ('field: "amount", operator: GT, value: 9', 2),
        ('field: "amount", operator: EQ, value: "25"', 1),
        ('field: "country", operator: EQ, value: "no"', 0),
    ],
)
async def test_q_conditions(told: Gateway, condition: str, count: int) -> None:
    _, total = await series(told, f"metric(name: EVENTS, {days(2, 22)}, where: [{{{condition}}}])")
    assert total == count


SLICES = "breakdown{first} {{ dimension isOther total values }}"


async def test_b_breakdown(told: Gateway) -> None:
    question = f'metric(name: EVENTS, breakdown: "country", {days(2, 4)})'
    asked = await ask(told, f"{question} {{ {SLICES.format(first='')} }}")
    assert asked["breakdown"] == [
        {"dimension": "NO", "isOther": False, "values": [2, 1, 0], "total": 3},
        {"dimension": "SE", "isOther": False, "values": [1, 1, 0], "total": 2},
        {"dimension": None, "isOther": False, "values": [0, 0, 1], "total": 1},
    ]
    asked = await ask(told, f"{question} {{ {SLICES.format(first='(first: 1)')} }}")
    assert asked["breakdown"] == [
        {"dimension": "NO", "isOther": False, "values": [2, 1, 0], "total": 3},
        {"dimension": None, "isOther": True, "values": [1, 1, 1], "total": 3},
    ]


async def test_c_comparison(told: Gateway) -> None:
    asked = await ask(
        told,
        f"metric(name: EVENTS, compare: PREVIOUS, {days(10, 11)}) {{ values total comparison "
        "{ values total change changeRatio period { start end } } }",
    )
    assert (asked["values"], asked["total"]) == ([1, 2], 3)
    assert asked["comparison"] == {
        "values": [0, 0],
        "total": 0,
        "change": 3,
        "changeRatio": None,
        "period": {"start": "2026-03-08", "end": "2026-03-09"},
    }


@pytest.mark.parametrize(
    ("question", "values", "total"),
    [
        (f"metric(name: DAU, {days(2, 4)})", [2, 2, 1], 3),
        (f"metric(name: DAU, granularity: WEEK, {days(2, 15)})", [3, 2], 3),
        (f"metric(name: WAU, {days(2, 4)})", [2, 2, 3], 3),
        (f"metric(name: WAU, {days(10, 10)})", [2], 1),
        (f"metric(name: MAU, {days(4, 4)})", [3], 1),
        (f"metric(name: USERS, {days(2, 4)})", [2, 0, 1], 3),
        (f'metric(name: EVENTS, event: "pay", granularity: WEEK, {days(2, 15)})', [1, 2], 3),
        (f"metric(name: SESSIONS, {days(2, 4)})", [2, 1, 1], 4),
        (f"metric(name: UNIQUE_SESSIONS, {days(2, 4)})", [2, 2, 1], 4),
        (f"metric(name: SESSION_DURATION, {days(2, 4)})", [1200, 0, 0], 600),
        (f"metric(name: BOUNCE_RATE, {days(2, 4)})", [0, 1, 1], 0.5),
        (f'firstTimeUsers(event: "open", granularity: QUARTER, {days(9, 22)})', [0], 0),
        (f'perActor(event: "pay", aggregate: SUM, property: "amount", granularity: WEEK, {days(2, 15)})', [10, 30], 40),
        (f'propertyAggregate(event: "pay", property: "amount", granularity: WEEK, {days(2, 15)})', [10, 30], 40),
        (f'propertyAggregate(event: "pay", property: "amount", {days(12, 12)})', [0], 0),
        (f'propertyAggregate(event: "pay", property: "amount", function: AVG, {days(12, 12)})', [None], None),
    ],
)
async def test_a_e_s_p_series(told: Gateway, question: str, values: list[float | None], total: float | None) -> None:
    assert await series(told, question) == (values, total)


async def test_h_first_times(told: Gateway) -> None:
    async def counted(more: str) -> dict[str, float]:
        asked = await ask(told, f'firstTimeUsers(event: "open", {days(9, 22)}{more}) {{ data {{ date value }} }}')
        return {point["date"]: point["value"] for point in asked["data"] if point["value"]}

    where = ', where: [{field: "country", value: "NO"}]'
    assert await counted("") == {}
    assert await counted(", lookbackDays: 5") == {"2026-03-10": 1}
    assert await counted(f", matchMode: false{where}") == {}
    assert await counted(f", matchMode: true{where}") == {"2026-03-19": 1}


async def test_p_per_actor(told: Gateway) -> None:
    question = f'perActor(event: "open", granularity: MONTH, {days(2, 22)}, aggregate: '
    assert await series(told, question + "AVG)") == ([pytest.approx(5 / 3)], pytest.approx(5 / 3))
    assert await series(told, question + "P75)") == ([2], 2)
    amount = f'perActor(event: "pay", property: "amount", granularity: WEEK, {days(2, 15)})'
    assert (await series(told, amount))[0] == [10, 30]
    average = f'propertyAggregate(event: "pay", property: "amount", function: AVG, granularity: WEEK, {days(2, 15)})'
    assert await series(told, average) == ([10, 15], pytest.approx(40 / 3))


async def test_w_top_events(told: Gateway) -> None:
    assert await ask(told, f"topEvents({days(2, 22)}) {{ name count users }}") == [
        {"name": "open", "count": 5, "users": 3},
        {"name": "pay", "count": 3, "users": 2},
        {"name": "signup", "count": 2, "users": 2},
    ]


async def test_x_formula(told: Gateway) -> None:
    series_ = '[{metric: EVENTS, event: "signup"}, {metric: DAU}]'
    question = f'formula(series: {series_}, formula: "A / B", {days(2, 5)})'
    assert await series(told, question) == ([0.5, 0.5, 0, None], pytest.approx(2 / 3))


async def test_m_grouped(told: Gateway) -> None:
    asked = await ask(
        told,
        f'grouped(groupBy: "country", size: {{type: COUNT}}, intensity: {{type: AVG_PER_ACTOR}}, {days(2, 22)}) '
        "{ totalSize groups { dimension isOther size intensity } }",
    )
    assert asked["totalSize"] == 10
    assert [(each["dimension"], each["size"], each["intensity"]) for each in asked["groups"]] == [
        ("NO", 5, 2.5),
        ("SE", 4, 4),
        (None, 1, 1),
    ]


FUNNEL = """
funnel(steps: [{{event: "open"}}, {{event: "signup"}}, {{event: "pay"}}], {days}{more}) {{
  period {{ start end }} windowSeconds overallConversion
  steps {{
    position event label count overallRate stepRate dropOff averageSecondsFromPrevious medianSecondsFromPrevious
    users {{ totalCount nodes {{ externalId }} }} droppedUsers {{ nodes {{ externalId }} }}
  }}
  breakdown(first: 5) {{ dimension isOther overallConversion steps {{ count users {{ nodes {{ externalId }} }} }}
    trend {{ date entered converted }} }}
  trend {{ date at entered converted rate isPartial }}
}}"""


async def test_f_funnel(told: Gateway) -> None:
    asked = await ask(told, FUNNEL.format(days=days(2, 8), more=', breakdown: "country"'))
    steps = asked["steps"]
    assert (asked["period"], asked["windowSeconds"]) == ({"start": "2026-03-02", "end": "2026-03-08"}, 604_800)
    assert asked["overallConversion"] == pytest.approx(1 / 3)
    assert [(each["position"], each["event"], each["label"]) for each in steps] == [
        (1, "open", "open"), (2, "signup", "signup"), (3, "pay", "pay"),
    ]  # fmt: skip
    assert [each["count"] for each in steps] == [3, 2, 1]
    assert [each["dropOff"] for each in steps] == [0, 1, 1]
    assert [each["stepRate"] for each in steps] == pytest.approx([1, 2 / 3, 1 / 2])
    assert [each["overallRate"] for each in steps] == pytest.approx([1, 2 / 3, 1 / 3])
    assert [each["averageSecondsFromPrevious"] for each in steps] == [None, 1200, 82_200]
    assert [each["medianSecondsFromPrevious"] for each in steps] == [None, 1200, 82_200]
    assert [names(each["users"]) for each in steps] == [["ada", "bob", "cyd"], ["ada", "bob"], ["ada"]]
    assert [each["users"]["totalCount"] for each in steps] == [3, 2, 1]
    assert [names(each["droppedUsers"]) for each in steps] == [[], ["cyd"], ["bob"]]
    assert [
        (each["dimension"], each["isOther"], [step["count"] for step in each["steps"]]) for each in asked["breakdown"]
    ] == [("NO", False, [1, 1, 1]), ("SE", False, [1, 1, 0]), (None, False, [1, 0, 0])]
    assert [names(each["steps"][0]["users"]) for each in asked["breakdown"]] == [["ada"], ["bob"], ["cyd"]]
    assert [[sum(point[of] for point in each["trend"]) for of in ("entered", "converted")] for each in asked["breakdown"]] == [
        [1, 1], [1, 0], [1, 0],
    ]  # fmt: skip
    assert [(each["date"][-2:], each["entered"], each["converted"], each["rate"]) for each in asked["trend"]] == [
        ("02", 2, 1, 0.5), ("03", 0, 0, None), ("04", 1, 0, 0), *((f"0{day}", 0, 0, None) for day in (5, 6, 7, 8)),
    ]  # fmt: skip
    assert not any(each["isPartial"] for each in asked["trend"])
    excluded = ', exclusions: [{event: "open", afterStep: 1, beforeStep: 3}]'
    asked = await ask(told, FUNNEL.format(days=days(2, 8), more=excluded))
    assert [each["count"] for each in asked["steps"]] == [3, 2, 1]
    assert asked["breakdown"] is None


def names(page: Any) -> list[str]:
    return [user["externalId"] for user in page["nodes"]]


async def test_t_periods_of_a_day_in_march(told: Gateway) -> None:
    async def spans(last: str) -> tuple[str, str]:
        text = f'metric(name: EVENTS, period: {{last: "{last}"}}) {{ period {{ start end }} }}'
        asked = (await ask(told, text, "2026-03-11T12:00:00+01:00"))["period"]
        return asked["start"], asked["end"]

    assert await spans("7d") == ("2026-03-05", "2026-03-11")
    assert await spans("2w") == ("2026-02-26", "2026-03-11")
    assert await spans("1m") == ("2026-02-12", "2026-03-11")
    assert await spans("wtd") == ("2026-03-09", "2026-03-11")
    assert await spans("qtd") == ("2026-01-01", "2026-03-11")


async def test_i_an_anonymous_id_becomes_a_user_after_the_fact(
    own_gateway: Gateway,
) -> None:
    async def send(*events: dict[str, Any]) -> None:
        answer = await own_gateway.ask(TRACK, token=EDITOR, now=NOW, client=NORDLYS, events=list(events))
        assert not answer.data["eventsTrack"]["rejected"]

    await send({"name": "open", "at": "2026-03-01T10:00:00Z", "user": "x7"})
    dau = f"metric(name: DAU, {days(1, 1)})"
    assert (await series(own_gateway, dau))[0] == [1]
    answer = await own_gateway.ask(
        'mutation ($client: ID!) { usersIdentify(client: $client, users: [{id: "ada", aliases: ["x7"]}]) '
        "{ accepted rejected { message } } }",
        token=EDITOR,
        now="2026-03-05T10:00:00Z",
        client=NORDLYS,
    )
    assert answer.data["usersIdentify"] == {"accepted": 1, "rejected": []}
    assert (await series(own_gateway, dau))[0] == [1]
    await send({"name": "open", "at": "2026-03-01T11:00:00Z", "user": "ada"})
    assert (await series(own_gateway, dau))[0] == [1]
    await send({"name": "open", "at": "2026-03-01T12:00:00Z", "user": "bob"})
    assert (await series(own_gateway, dau))[0] == [2]
