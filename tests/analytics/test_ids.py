"""E4: an id stands for the question, and answers it again."""

from itertools import combinations
from typing import Any

import pytest

from parallax.ids import GlobalId, canonical, encode
from tests.analytics.asking import answered, told
from tests.gateways import Gateway
from tests.seeds import HIMAL, NORDLYS, NOTES, STRANGER

EQUAL = [
    ["metric(name: EVENTS)", 'metric(name: EVENTS, period: {last: "30d"}, granularity: DAY)'],
    ["metric(name: EVENTS)", "metric(name: EVENTS, where: [])"],
    [
        'metric(name: DAU, where: [{field: "country", value: "NO"}, {field: "plan", operator: IS_SET}])',
        'metric(where: [{operator: IS_SET, field: "properties.plan"}, {value: "NO", field: "properties.country"}], name: DAU)',
        'metric(name: DAU, where: [{field: "plan", operator: IS_SET, value: 7}, {field: "country", value: "NO"}])',
    ],
    [
        'metric(name: DAU, where: [{field: "age", operator: IN, value: [2, 1]}])',
        'metric(name: DAU, where: [{field: "age", operator: IN, value: ["1", "2.0", 2]}])'.replace('"2.0", ', ""),
    ],
    ['metric(name: DAU, breakdown: "country")', 'metric(name: DAU, breakdown: "properties.country")'],
    ['firstTimeUsers(event: "open")', 'firstTimeUsers(event: "open", matchMode: false, lookbackDays: null)'],
    ['perActor(event: "pay", property: "amount")', 'perActor(event: "pay", property: "properties.amount", aggregate: AVG)'],
    [
        'propertyAggregate(event: "pay", property: "amount")',
        'propertyAggregate(event: "pay", property: "amount", function: SUM)',
    ],
    [
        'formula(series: [{event: "pay"}, {metric: DAU}], formula: "A / B")',
        'formula(series: [{metric: EVENTS, event: "pay", where: []}, {metric: DAU}], formula: "A / B", granularity: DAY)',
    ],
]  # fmt: skip
OTHERS = [
    "metric(name: DAU)",
    'metric(name: DAU, event: "open")',
    'metric(name: DAU, period: {last: "7d"})',
    'metric(name: DAU, period: {start: "2026-03-05", end: "2026-03-11"})',
    "metric(name: DAU, granularity: WEEK)",
    "metric(name: DAU, granularity: HOUR)",
    "metric(name: DAU, compare: PREVIOUS)",
    "metric(name: DAU, compare: YEAR_OVER_YEAR)",
    "metric(name: LOGS)",
    'metric(name: LOGS, where: [{field: "level", value: "ERROR"}], breakdown: "service")',
    'metric(name: EVENTS, where: [{field: "level", value: "ERROR"}])',
    'metric(name: EVENTS, where: [{field: "amount", operator: GT, value: true}])',
    'metric(name: EVENTS, where: [{field: "amount", operator: GT, value: "2026-03"}])',
    'metric(name: EVENTS, where: [{field: "amount", operator: GT, value: 9.5}])',
    'metric(name: EVENTS, where: [{field: "trait:a.b", operator: REGEX, value: "^x"}])',
    'metric(name: EVENTS, where: [{field: "properties.properties.a", value: ""}])',
    'firstTimeUsers(event: "open", matchMode: true)',
    'firstTimeUsers(event: "open", lookbackDays: 0)',
    'perActor(event: "open", aggregate: P99)',
    'propertyAggregate(event: "pay", property: "amount", function: COUNT)',
    'formula(series: [{event: "pay"}], formula: "A")',
    'formula(series: [{event: "pay", property: "amount", function: AVG}], formula: "A")',
    'formula(series: [{property: "amount"}], formula: "A")',
    'formula(series: [{event: "pay", period: {last: "7d"}}, {metric: WAU, breakdown: "country"}], formula: "A + B")',
    'formula(series: [{metric: LOGS, breakdown: "level"}, {breakdown: "level"}], formula: "A", compare: PREVIOUS)',
    'formula(series: [{event: "pay", period: {last: "7d"}}], formula: "A", compare: PREVIOUS, granularity: MONTH)',
]
SHOWN = """id name label unit granularity period { start end } values total source { definition reference userBasis }
    comparison { period { start } values total } breakdown { dimension isOther total values } inputs { id name }"""


@pytest.mark.parametrize("fields", EQUAL, ids=lambda fields: fields[0])
async def test_equal_questions_have_equal_ids(asked: Gateway, fields: list[str]) -> None:
    client = await told(asked, " ".join(f"a{at}: {field} {{ id }}" for at, field in enumerate(fields)))

    assert len({each["id"] for each in client.values()}) == 1


async def test_other_questions_have_other_ids(asked: Gateway) -> None:
    fields = [*OTHERS, *{same[0] for same in EQUAL}]
    text = " ".join(f"a{at}: {field} {{ id }}" for at, field in enumerate(fields))
    client = await told(asked, f'{text} app(id: "{NOTES}") {{ {text} }}')
    ids = {name: each["id"] for name, each in client.items() if name != "app"}
    ids |= {f"app {name}": each["id"] for name, each in client["app"].items()}

    assert [(one, other) for one, other in combinations(ids, 2) if ids[one] == ids[other]] == []


@pytest.mark.parametrize("field", [*OTHERS, *(same[0] for same in EQUAL)])
async def test_an_id_answers_the_question_again(asked: Gateway, field: str) -> None:
    client = await told(asked, f'it: {field} {{ {SHOWN} }} app(id: "{NOTES}") {{ it: {field} {{ {SHOWN} }} }}')

    for metric in (client["it"], client["app"]["it"]):
        again = await asked.ask(
            f"query ($id: ID!) {{ node(id: $id) {{ ... on Metric {{ {SHOWN} }} }} }}", id=metric["id"]
        )
        assert again.data["node"] == metric


async def test_the_inputs_of_a_formula_are_metrics_by_themselves(asked: Gateway) -> None:
    client = await told(
        asked,
        """formula(series: [{event: "pay", property: "amount"}, {metric: DAU, breakdown: "country"}], formula: "A / B",
                   compare: PREVIOUS) { inputs { id values } }
           pay: propertyAggregate(event: "pay", property: "amount", compare: PREVIOUS) { id values }
           dau: metric(name: DAU, breakdown: "country", compare: PREVIOUS) { id values }""",
    )

    assert client["formula"]["inputs"] == [client["pay"], client["dau"]]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"metric": "EVENTS"},
        {"metric": "NONE", "period": {"last": "7d"}, "granularity": "DAY"},
        {"metric": "USERS", "event": "open", "period": {"last": "7d"}, "granularity": "DAY"},
        {"metric": "EVENTS", "function": "SUM", "period": {"last": "7d"}, "granularity": "DAY"},
        {"metric": "PER_ACTOR", "event": "open", "period": {"last": "7d"}, "granularity": "DAY"},
        {"metric": "PER_ACTOR", "event": "a", "function": "COUNT", "period": {"last": "7d"}, "granularity": "DAY"},
        {"metric": "FORMULA", "period": {"last": "7d"}, "granularity": "DAY"},
        {"metric": "EVENTS", "period": {"last": "7d"}, "granularity": "DAY", "where": []},
        {"metric": "EVENTS", "period": {"last": "7d"}, "granularity": "DAY", "where": [["country", "EQ", "NO"]]},
        {"metric": "EVENTS", "period": {"last": "7d"}, "granularity": "DAY", "where": [[1, "EQ", "NO"]]},
        {"metric": "EVENTS", "period": {"last": "7d"}, "granularity": "DAY", "event": 7},
        {"metric": "EVENTS", "period": {"last": "7d"}, "granularity": "DAY", "app": "notes"},
        {"metric": "EVENTS", "period": {"last": 7}, "granularity": "DAY"},
        {"metric": "EVENTS", "period": "7d", "granularity": "DAY"},
        {"formula": "A", "series": [], "period": {"last": "7d"}, "granularity": "DAY"},
        {"formula": 5, "series": [{"metric": "EVENTS"}], "period": {"last": "7d"}, "granularity": "DAY"},
        {"formula": "A", "series": {"metric": "EVENTS"}, "period": {"last": "7d"}, "granularity": "DAY"},
        {"formula": "A", "series": [7], "period": {"last": "7d"}, "granularity": "DAY"},
    ],
    ids=str,
)
async def test_an_id_that_nobody_was_given_is_of_nothing(asked: Gateway, said: dict[str, Any]) -> None:
    answer = await asked.ask(
        "query ($id: ID!) { node(id: $id) { id } }", id=encode(GlobalId("Metric", NORDLYS, (canonical(said),)))
    )

    assert answer.data["node"] is None


async def test_an_id_opens_nothing_to_who_may_not_see_the_client(asked: Gateway) -> None:
    client = await told(asked, f'metric(name: DAU) {{ id }} app(id: "{NOTES}") {{ metric(name: DAU) {{ id }} }}')
    moved = encode(
        GlobalId("Metric", HIMAL, (canonical({"metric": "DAU", "period": {"last": "7d"}, "granularity": "DAY"}),))
    )

    for id in (client["metric"]["id"], client["app"]["metric"]["id"]):
        assert (await asked.ask("query ($id: ID!) { node(id: $id) { id } }", id=id, token=STRANGER)).data[
            "node"
        ] is None
    assert (await asked.ask("query ($id: ID!) { node(id: $id) { id } }", id=moved)).data["node"] is None


async def test_a_question_too_long_for_an_id_still_has_its_answer(asked: Gateway) -> None:
    values = [f"{'x' * 100}{n}" for n in range(1000)]
    text = (
        'metric(name: EVENTS, where: [{field: "country", operator: NOT_IN, value: $v}], period: {last: "30d"}) { %s }'
    )

    client = await told(asked, text % "total", given="$v: JSON!", v=values)
    refused = await answered(asked, text % "total id", given="$v: JSON!", v=values)

    assert client["metric"]["total"] == 9
    assert refused.error["extensions"]["code"] == "TOO_COSTLY"
