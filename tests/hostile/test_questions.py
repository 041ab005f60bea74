"""Hostile questions to events (rows 30 to 32 and 38, T6, Y6): refused by name, or answered soundly and soon."""

from collections.abc import AsyncIterator

import pytest

from parallax.db import Database
from parallax.settings import Settings
from tests.analytics.owning import Own, event
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Gateway, running
from tests.hostile.asking import REFUSED, run
from tests.hostile.series import CUT, client
from tests.seeds import EDITOR, NORDLYS


@pytest.fixture(scope="module")
async def ground(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[tuple[Gateway, Database]]:
    """What is sent here stays here."""
    async with (
        cloned(cluster, settings, template) as urls,
        running(settings, urls) as gateway,
        Database(settings, urls.reading, urls.writing) as db,
    ):
        yield gateway, db


# ---------------------------------------------------------------- rows 31 and 32: patterns and formulas
BOMBS = [
    "(a+)+$",
    "^(a|a)*$",
    "(a|aa)+$",
    "(.*a){25}$",
    "([a-z]+)*z",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(a*)*b",
    "(x+x+)+y",
    "(?:a?){60}a{60}z",
    "(.*)*z",
    "((a*)*)*z",
]


@pytest.mark.parametrize("pattern", BOMBS)
async def test_row_31_a_pattern_that_would_stall_others_finds_nothing_in_4000_letters(
    ground: tuple[Gateway, Database], pattern: str
) -> None:
    own = await Own.made(ground[0], ground[1], False, "UTC")
    await own.has(event("02T09:00", v="a" * 4_000 + "!"))
    text = client(
        "JSON!", f'metric(name: EVENTS, {CUT}, where: [{{field: "v", operator: REGEX, value: $x}}]) {{ total }}'
    )
    told = await run(ground[0], "query" + text.replace(str(NORDLYS), own.id), token=EDITOR, x=pattern)
    assert told.codes <= {"INVALID_PARAMETER"}
    assert await own.names('field: "v", operator: REGEX, value: $x', pattern) == set()


@pytest.mark.parametrize(
    "pattern", ["\\1", "(?=a)", "(?<=a)b", "(?!a)", "(", "[", "a{2,1}", "*", "(?P<a>", "a{100000}", "x" * 501, ""]
)
async def test_row_31_what_re2_does_not_take_is_refused(gateway: Gateway, pattern: str) -> None:
    text = "query" + client(
        "JSON!", f'metric(name: EVENTS, {CUT}, where: [{{field: "v", operator: REGEX, value: $x}}]) {{ total }}'
    )
    told = await run(gateway, text, x=pattern)
    assert told.codes == (set() if pattern == "" else {"INVALID_PARAMETER"}), told.text


FORMULAS = [
    "__import__('os')",
    "A.__class__",
    "A**9",
    "A" + "+A" * 20_000,
    "(" * 5_000 + "A" + ")" * 5_000,
    "(" * 10_000,
    "A)",
    "(A",
    "B",
    "a",
    "A B",
    "1e",
    "A=1",
    "A;A",
    "lambda: A",
    "A if A else A",
    "round(A, 1, 2)",
    "min()",
    "eval(A)",
    "Α",
    "A\0",
    "٣",
    "",
    " ",
    "-" * 500 + "A",
    "^A",
    "2^",
]


@pytest.mark.parametrize("text", FORMULAS, ids=lambda text: text[:20])
async def test_row_32_what_is_no_formula_is_refused_with_its_place(gateway: Gateway, text: str) -> None:
    told = await run(
        gateway, "query" + client("String!", f"formula(series: [{{}}], formula: $x, {CUT}) {{ total }}"), x=text
    )
    assert told.codes == {"INVALID_PARAMETER"}, told.text
    [error] = told.errors
    assert list(error["extensions"]["details"]) == ["formula"]
    assert len(error["message"]) < 400


@pytest.mark.parametrize(
    "text", ["A / 0", "A % 0", "9^9^9^9^9^9", "sqrt(-A)", "1e308 * 1e308", "A / (A - A)", "0 / 0", "(-1) ^ .5"]
)
async def test_row_32_what_is_not_defined_is_null(gateway: Gateway, text: str) -> None:
    told = await run(
        gateway, "query" + client("String!", f"formula(series: [{{}}], formula: $x, {CUT}) {{ total values }}"), x=text
    )
    assert told.data["client"]["formula"] == {"total": None, "values": [None] * 3}


# ---------------------------------------------------------------- row 38 and Y6: numbers and lists at their edges
@pytest.mark.parametrize("conditions", [50, 51, 200, 2_000])
async def test_row_30_fifty_conditions_and_not_one_more(gateway: Gateway, conditions: int) -> None:
    text = "query" + client("[ConditionInput!]", f"metric(name: EVENTS, {CUT}, where: $x) {{ total }}")
    told = await run(gateway, text, x=[{"field": "country", "value": "NO"}] * conditions)
    assert told.codes == (set() if conditions == 50 else {"INVALID_PARAMETER"})
    if conditions == 50:
        assert told.data["client"]["metric"] == {"total": 3}


@pytest.mark.parametrize("values", [1_000, 1_001, 10_000])
@pytest.mark.parametrize("operator", ["IN", "NOT_IN"])
async def test_row_30_a_thousand_values_and_not_one_more(gateway: Gateway, values: int, operator: str) -> None:
    text = "query" + client(
        "JSON",
        f'metric(name: EVENTS, {CUT}, where: [{{field: "country", operator: {operator}, value: $x}}]) {{ total }}',
    )
    told = await run(gateway, text, x=["NO", *(f"x{n}" for n in range(values - 1))])
    assert told.codes == (set() if values == 1_000 else {"INVALID_PARAMETER"})


@pytest.mark.parametrize("percentile", [-0.001, 1.001, 90, -1, 1e308])
async def test_row_38_a_percentile_is_from_0_to_1(gateway: Gateway, percentile: float) -> None:
    grouped = (
        'grouped(groupBy: "country", size: {type: COUNT}, intensity: {type: PERCENTILE_PER_ACTOR, percentile: $x})'
    )
    told = await run(gateway, "query" + client("Float", f"{grouped} {{ totalSize }}"), x=percentile)
    assert told.codes == {"INVALID_PARAMETER"}


@pytest.mark.parametrize("count", [0, 27, 1_000])
async def test_row_38_a_formula_has_one_to_26_series(gateway: Gateway, count: int) -> None:
    text = "query" + client("[FormulaSeriesInput!]!", f'formula(series: $x, formula: "1", {CUT}) {{ total }}')
    told = await run(gateway, text, x=[{}] * count)
    assert told.codes <= REFUSED
    assert told.codes


MISSPELLED = [
    "7days",
    "7 d",
    "d7",
    "-7d",
    "0d",
    "1.5d",
    "7D7",
    "lastweek",
    "last 7d",
    "yesterdays",
    "mtdd",
    "w",
    "30",
    "1h",
    "60m m",
    "٧d",
    "7d;",
    "",
    " ",
]


@pytest.mark.parametrize("token", MISSPELLED)
@pytest.mark.parametrize(
    "field",
    [
        "metric(name: DAU, period: {last: $x}) { total }",
        "events(period: {last: $x}) { totalCount }",
        "topEvents(period: {last: $x}) { name }",
    ],
)
async def test_t6_a_misspelled_period_is_refused_with_the_forms(gateway: Gateway, token: str, field: str) -> None:
    told = await run(gateway, "query" + client("String", field), token=EDITOR, x=token)
    [error] = told.errors
    assert error["extensions"]["code"] == "INVALID_PARAMETER"
    assert all(form in error["message"] for form in ("30d", "today", "yesterday", "mtd")), error["message"]


@pytest.mark.parametrize(
    "field",
    [
        "metric(name: EVENTS",
        'perActor(event: "open"',
        'firstTimeUsers(event: "open"',
        'formula(series: [{}], formula: "A"',
    ],
)
async def test_t6_minutes_of_a_year_are_refused_with_the_nearest_granularity(gateway: Gateway, field: str) -> None:
    told = await run(
        gateway,
        f'{{ client(id: "{NORDLYS}") {{ it: {field}, period: {{last: "1y"}}, granularity: MINUTE) {{ total }} }} }}',
    )
    [error] = told.errors
    assert error["extensions"]["code"] == "INVALID_PARAMETER"
    assert "15,000" in error["message"]
    assert "HOUR has 8,7" in error["message"]
