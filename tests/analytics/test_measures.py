"""What our own sources have of the measures that vendors have: side by side, and as series of a formula."""

from typing import Any

import pytest

from tests.analytics.example import EVENTS
from tests.analytics.owning import Own, days
from tests.gateways import Answer
from tests.seeds import HIMAL, NOTES, OPERATOR, TREK

MARCH = days(2, 4)
TRACK = """mutation ($client: ID!, $reports: [UsageReportInput!]!) {
  usageTrack(client: $client, reports: $reports) { accepted } }"""
REPORTS = [("ada", 2, 3_600_000, 2), ("bob", 2, 1_800_000, 1), ("ada", 4, 0, 1)]


@pytest.fixture
async def app(own: Own) -> str:
    """An app with the events of the worked examples, and with the first three reports of that of App Activity."""
    app = await own.app("Notes")
    await own.has(*({**event, "app": app} for event in EVENTS))
    rows = [
        {"app": app, "user": user, "date": f"2026-03-{day:02}", "activeMs": active_ms, "sessions": sessions}
        for user, day, active_ms, sessions in REPORTS
    ]
    await own.gateway.ask(TRACK, token=OPERATOR, now=own.now, client=own.id, reports=rows)
    return app


async def sources(own: Own, app: str, measure: str, more: str = MARCH) -> dict[str, Any]:
    """Values and total by source."""
    field = f"compareSources(measure: {measure}, {more}) {{ source {{ system }} values total }}"
    found = await own.ask(field, app)
    return {each["source"]["system"]: (each["values"], each["total"]) for each in found}


# ---------------------------------------------------------------- side by side
async def test_events_and_reports_stand_on_one_axis(own: Own, app: str) -> None:
    """A1 and U1: ada and bob on 2 March, bob and ada on 3 March, cyd on 4 March; reports of the 2nd and the 4th."""
    assert await sources(own, app, "ACTIVE_USERS") == {"EVENTS": ([2, 2, 1], 3), "APP_USAGE": ([2, 0, 1], 2)}
    assert await sources(own, app, "SESSIONS") == {"EVENTS": ([2, 1, 1], 4), "APP_USAGE": ([3, 0, 1], 4)}


async def test_weeks_count_users_once(own: Own, app: str) -> None:
    by_week = days(2, 15) + ", granularity: WEEK"
    assert await sources(own, app, "ACTIVE_USERS", by_week) == {"EVENTS": ([3, 2], 3), "APP_USAGE": ([2, 0], 2)}


async def test_new_and_returning_users_are_the_active_ones_taken_apart(own: Own, app: str) -> None:
    """E2: ada and bob were first seen on 2 March, cyd on the 4th. Over all of it all are new, and nobody returns."""
    assert await sources(own, app, "NEW_USERS") == {"EVENTS": ([2, 0, 1], 3)}
    assert await sources(own, app, "RETURNING_USERS") == {"EVENTS": ([0, 2, 0], 0)}
    by_week = days(2, 22) + ", granularity: WEEK"
    assert await sources(own, app, "RETURNING_USERS", by_week) == {"EVENTS": ([0, 2, 1], 0)}


async def test_returning_users_are_those_of_all_history_not_of_the_bucket_before(own: Own, app: str) -> None:
    """Lifecycle calls cyd of the third week resurrected (L2): last seen in the first."""
    assert await sources(own, app, "RETURNING_USERS", days(16, 22)) == {"EVENTS": ([0, 0, 0, 1, 0, 0, 0], 1)}


async def test_time_spent_is_told_by_reports_alone(own: Own, app: str) -> None:
    """Events tell when something was done, not for how long somebody was there."""
    assert await sources(own, app, "TIME_SPENT") == {"APP_USAGE": ([5_400_000, 0, 0], 5_400_000)}


@pytest.mark.parametrize("measure", ["DOWNLOADS", "REVENUE"])
async def test_what_only_stores_know_has_no_source_of_ours(own: Own, app: str, measure: str) -> None:
    assert await sources(own, app, measure) == {}


async def test_retention_is_that_of_the_day_after_the_first(own: Own, app: str) -> None:
    """Both of 2 March came back on the 3rd; nobody is new on the 3rd; cyd of the 4th did not. Weighted by users (R7)."""
    assert await sources(own, app, "RETENTION") == {"EVENTS": ([1, None, 0], pytest.approx(2 / 3))}
    by_week = days(2, 22) + ", granularity: WEEK"
    assert await sources(own, app, "RETENTION", by_week) == {
        "EVENTS": ([pytest.approx(2 / 3), None, None], pytest.approx(2 / 3))
    }


async def test_retention_waits_until_the_next_day_is_over(own: Own, app: str) -> None:
    """R6: on 5 March cyd may still come back."""
    own.now = "2026-03-05T12:00:00+01:00"
    assert await sources(own, app, "RETENTION") == {"EVENTS": ([1, None, None], 1)}
    own.now = "2026-03-02T12:00:00+01:00"
    assert await sources(own, app, "RETENTION") == {"EVENTS": ([None, None, None], None)}


async def test_a_country_is_told_by_the_property_of_events_and_leaves_reports_out(own: Own, app: str) -> None:
    """Of ada alone: bob's country is SE, cyd's first event has none."""
    norway = f'{MARCH}, country: "NO"'
    assert await sources(own, app, "ACTIVE_USERS", norway) == {"EVENTS": ([1, 1, 0], 1)}
    assert await sources(own, app, "NEW_USERS", norway) == {"EVENTS": ([1, 0, 0], 1)}
    assert await sources(own, app, "RETURNING_USERS", norway) == {"EVENTS": ([0, 1, 0], 0)}
    assert await sources(own, app, "RETENTION", norway) == {"EVENTS": ([1, None, None], 1)}
    assert await sources(own, app, "TIME_SPENT", norway) == {}


async def test_worldwide_is_no_country(own: Own, app: str) -> None:
    worldwide = f'{MARCH}, country: "WW"'
    assert await sources(own, app, "ACTIVE_USERS", worldwide) == await sources(own, app, "ACTIVE_USERS")


async def test_the_sources_asked_for_come_in_the_order_of_the_enum(own: Own, app: str) -> None:
    only = f"{MARCH}, sources: [APP_USAGE]"
    assert list(await sources(own, app, "SESSIONS", only)) == ["APP_USAGE"]
    both = f"{MARCH}, sources: [APP_USAGE, EVENTS, EVENTS]"
    assert list(await sources(own, app, "SESSIONS", both)) == ["EVENTS", "APP_USAGE"]


async def test_more_than_90_days_may_be_compared(own: Own, app: str) -> None:
    """U4 is of the report alone."""
    found = await sources(
        own, app, "SESSIONS", 'period: {start: "2025-10-01", end: "2026-03-31"}, granularity: QUARTER'
    )
    assert found == {"EVENTS": ([0, 7], 7), "APP_USAGE": ([0, 4], 4)}


async def test_a_series_says_what_it_is(own: Own, app: str) -> None:
    [events, reports] = await own.ask(
        f"""compareSources(measure: ACTIVE_USERS, {MARCH}) {{ name label unit granularity dimensions {{ name value }}
        period {{ start end timeZone }} alignment {{ method }} agreement {{ buckets }}
        source {{ system definition reference isEstimate userBasis }} }}""",
        app,
    )
    assert events == {
        "name": "ACTIVE_USERS",
        "label": "Active users",
        "unit": "COUNT",
        "granularity": "DAY",
        "dimensions": [],
        "period": {"start": "2026-03-02", "end": "2026-03-04", "timeZone": "Europe/Berlin"},
        "alignment": None,
        "agreement": None,
        "source": {
            "system": "EVENTS",
            "definition": "Distinct users with a counted event in the bucket, whatever the bucket's length (A1).",
            "reference": "events",
            "isEstimate": False,
            "userBasis": "PERSON",
        },
    }
    assert (reports["name"], reports["source"]["reference"]) == ("ACTIVE_USERS", "app_usage_reports")
    [norway] = await own.ask(
        f'compareSources(measure: NEW_USERS, {MARCH}, country: "NO") {{ dimensions {{ name value }} }}', app
    )
    assert norway["dimensions"] == [{"name": "country", "value": "NO"}]


@pytest.mark.parametrize(
    ("arguments", "argument", "allowed"),
    [
        ("measure: SESSIONS, granularity: HOUR", "granularity", "DAY, WEEK, MONTH, QUARTER"),
        ('measure: SESSIONS, country: "Norway"', "country", "two capital letters"),
        ('measure: SESSIONS, country: "no"', "country", "two capital letters"),
        ("measure: NEW_USERS, sources: [EVENTS, APP_USAGE]", "sources", "EVENTS"),
        ("measure: SESSIONS, sources: [COMBINED]", "sources", "EVENTS, APP_USAGE"),
    ],
)
async def test_a_question_that_no_source_can_answer_names_what_may_be_asked(
    own: Own, app: str, arguments: str, argument: str, allowed: str
) -> None:
    answer = await own.answered(f"compareSources({arguments}, {MARCH}) {{ values }}", app)
    assert refused(answer) == argument
    assert allowed in answer.error["message"]


def refused(answer: Answer) -> str:
    """The argument that was refused."""
    assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"
    [argument] = answer.error["extensions"]["details"]
    return str(argument)


# ---------------------------------------------------------------- as series of a formula
async def test_a_measure_is_a_series_of_a_formula(own: Own, app: str) -> None:
    """Minutes per user of the events, by what the reports tell: 5,400,000 ms of two users, 0 of two, 0 of one."""
    series = f'[{{measure: {{app: "{app}", measure: TIME_SPENT, source: APP_USAGE}}}}, {{metric: DAU}}]'
    question = f'formula(series: {series}, formula: "A / B / 60000", {MARCH})'
    assert await own.values(question) == ([45, 0, 0], 30)
    assert await own.values(question, app) == ([45, 0, 0], 30)
    found = await own.ask(f"{question} {{ inputs {{ name values source {{ system }} }} }}")
    assert found["inputs"] == [
        {"name": "TIME_SPENT", "values": [5_400_000, 0, 0], "source": {"system": "APP_USAGE"}},
        {"name": "DAU", "values": [2, 2, 1], "source": {"system": "EVENTS"}},
    ]


async def test_two_sources_of_a_measure_make_a_ratio(own: Own, app: str) -> None:
    series = ", ".join(f'{{measure: {{app: "{app}", measure: SESSIONS, source: {source}}}}}' for source in OURS)
    assert await own.values(f'formula(series: [{series}], formula: "B / A", {MARCH})') == ([1.5, 0, 1], 1)


OURS = ("EVENTS", "APP_USAGE")


async def test_a_measure_has_a_period_of_its_own_and_is_compared(own: Own, app: str) -> None:
    """X7: position by position; a period of its own is not moved."""
    measure = f'measure: {{app: "{app}", measure: SESSIONS, source: APP_USAGE}}'
    shifted = f'formula(series: [{{{measure}}}, {{{measure}, {days(2, 4)}}}], formula: "A + B", {days(4, 6)})'
    assert await own.values(shifted) == ([4, 0, 1], 5)
    compared = await own.ask(
        f'formula(series: [{{{measure}}}], formula: "A", {days(4, 6)}, compare: PREVIOUS) '
        "{ comparison { values total } }"
    )
    assert compared["comparison"] == {"values": [0, 3, 0], "total": 3}


async def test_a_measure_gives_its_plain_value_to_each_group(own: Own, app: str) -> None:
    """X6."""
    measure = f'{{measure: {{app: "{app}", measure: SESSIONS, source: APP_USAGE}}}}'
    question = f'formula(series: [{{breakdown: "country"}}, {measure}], formula: "A * B", {MARCH})'
    assert await own.slices(question) == [
        ("NO", False, 12, [6, 0, 0]),
        ("SE", False, 8, [3, 0, 0]),
        (None, False, 4, [0, 0, 1]),
    ]


async def test_a_country_goes_with_a_measure(own: Own, app: str) -> None:
    series = f'[{{measure: {{app: "{app}", measure: ACTIVE_USERS, source: EVENTS, country: "NO"}}}}]'
    assert await own.values(f'formula(series: {series}, formula: "A", {MARCH})') == ([1, 1, 0], 1)


@pytest.mark.parametrize(
    ("measure", "argument", "allowed"),
    [
        ("measure: DOWNLOADS, source: EVENTS", "series[0].measure.source", ""),
        ("measure: TIME_SPENT, source: EVENTS", "series[0].measure.source", "APP_USAGE"),
        ('measure: SESSIONS, source: APP_USAGE, country: "NO"', "series[0].measure.source", "EVENTS"),
        ('measure: SESSIONS, source: EVENTS, country: "nowhere"', "series[0].measure.country", "two capital letters"),
    ],
)
async def test_a_measure_that_its_source_does_not_have_is_refused(
    own: Own, app: str, measure: str, argument: str, allowed: str
) -> None:
    answer = await own.answered(
        f'formula(series: [{{measure: {{app: "{app}", {measure}}}}}], formula: "A", {MARCH}) {{ values }}'
    )
    assert refused(answer) == argument
    assert allowed in answer.error["message"]


@pytest.mark.parametrize(
    "beside",
    [
        'event: "open"',
        'property: "amount"',
        'where: [{field: "country", value: "NO"}]',
        'breakdown: "country"',
        "metric: DAU",
    ],
)
async def test_nothing_but_a_period_goes_with_a_measure(own: Own, app: str, beside: str) -> None:
    series = f'[{{measure: {{app: "{app}", measure: SESSIONS, source: EVENTS}}, {beside}}}]'
    answer = await own.answered(f'formula(series: {series}, formula: "A", {MARCH}) {{ values }}')
    assert refused(answer) == f"series[0].{beside.partition(':')[0]}"


async def test_hours_do_not_go_with_a_measure(own: Own, app: str) -> None:
    series = f'[{{}}, {{measure: {{app: "{app}", measure: SESSIONS, source: EVENTS}}}}]'
    answer = await own.answered(f'formula(series: {series}, formula: "A + B", {MARCH}, granularity: HOUR) {{ values }}')
    assert refused(answer) == "granularity"


@pytest.mark.parametrize("named", [str(NOTES), str(TREK), "nothing", str(HIMAL)])
async def test_the_app_of_a_measure_is_one_of_the_client(own: Own, app: str, named: str) -> None:
    """Another client's app and none at all look the same (Y1), also to whoever sees both."""
    series = f'[{{}}, {{measure: {{app: "{named}", measure: SESSIONS, source: EVENTS}}}}]'
    answer = await own.answered(f'formula(series: {series}, formula: "A + B", {MARCH}) {{ values }}')
    assert refused(answer) == "series[1].measure.app"


# ---------------------------------------------------------------- ids and the catalogue
async def test_an_id_asks_again(own: Own, app: str) -> None:
    """E4: of a compared source, and of a formula over one."""
    series = f'[{{metric: DAU}}, {{measure: {{app: "{app}", measure: SESSIONS, source: APP_USAGE}}, {days(1, 3)}}}]'
    text = f"""[
        compareSources(measure: RETURNING_USERS, {MARCH}, country: "NO", granularity: WEEK),
        compareSources(measure: SESSIONS, period: {{last: "3w"}}),
        formula(series: {series}, formula: "A + B", {MARCH})]"""
    for field in text.strip("[]").split(",\n"):
        found = await own.ask(f"{field.strip()} {{ id name values }}", app)
        for metric in found if isinstance(found, list) else [found]:
            again = await own.gateway.ask(
                "query ($id: ID!) { node(id: $id) { id ... on Metric { name values } } }",
                token=OPERATOR,
                now=own.now,
                id=metric["id"],
            )
            assert again.data["node"] == metric


async def test_equal_questions_have_equal_ids_and_others_do_not(own: Own, app: str) -> None:
    asked = [
        ("measure: SESSIONS, sources: [EVENTS]", "measure: SESSIONS, sources: [EVENTS], granularity: DAY"),
        ("measure: SESSIONS, sources: [EVENTS]", 'measure: SESSIONS, sources: [EVENTS], country: "WW"'),
    ]
    for pair in asked:
        first, second = [await own.ask(f"compareSources({each}, {MARCH}) {{ id }}", app) for each in pair]
        assert first == second
    ids = [each["id"] for each in await own.ask(f"compareSources(measure: SESSIONS, {MARCH}) {{ id }}", app)]
    ids += [each["id"] for each in await own.ask(f"compareSources(measure: ACTIVE_USERS, {MARCH}) {{ id }}", app)]
    assert len(set(ids)) == 4


async def test_the_catalogue_tells_each_measure_and_its_sources(own: Own) -> None:
    answer = await own.gateway.ask("{ metricCatalog { name unit sources field arguments granularities isAdditive } }")
    measures = {each["name"]: each for each in answer.data["metricCatalog"] if "compareSources" in each["field"]}
    assert measures["SESSIONS"] == {
        "name": "SESSIONS",
        "unit": "COUNT",
        "sources": ["EVENTS", "APP_USAGE", "SENSOR_TOWER", "KAON"],
        "field": "App.compareSources(measure: SESSIONS)",
        "arguments": ["measure", "period", "granularity", "country", "sources"],
        "granularities": ["DAY", "WEEK", "MONTH", "QUARTER"],
        "isAdditive": True,
    }
    assert measures["ACTIVE_USERS"]["isAdditive"] is False
    assert len(answer.data["metricCatalog"]) <= 200
