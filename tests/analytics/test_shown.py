"""How series, slices, comparisons and formulas are laid out."""

from datetime import date

import pytest

from parallax import periods
from parallax.metrics.shapes import Period
from tests.analytics.asking import WORKED, answered, told
from tests.gateways import Gateway
from tests.seeds import NORDLYS, NOTES


# ---------------------------------------------------------------- series
def test_the_period_of_a_source_that_tells_no_zone_has_its_instants_by_utc() -> None:
    period = Period.of(periods.Period(date(2026, 3, 2), date(2026, 3, 4)), None)
    assert (period.start, period.end, period.time_zone) == ("2026-03-02", "2026-03-04", None)
    assert (period.from_, period.to) == ("2026-03-02T00:00:00+00:00", "2026-03-05T00:00:00+00:00")


async def test_a_series_tells_what_it_is(asked: Gateway) -> None:
    client = await told(
        asked,
        f"""duration: metric(name: SESSION_DURATION, {WORKED}) {{ name label unit values total dimensions {{ name }}
                source {{ system label definition reference isEstimate userBasis asOf isStale settledUntil }} }}
            bounced: metric(name: BOUNCE_RATE, {WORKED}) {{ unit values total }}
            users: metric(name: DAU, {WORKED}) {{ source {{ userBasis reference }} }}
            logs: metric(name: LOGS, {WORKED}) {{ source {{ userBasis reference }} }}""",
    )

    assert client["duration"] == {
        "name": "SESSION_DURATION",
        "label": "Session duration",
        "unit": "SECONDS",
        "values": [1200, 0, 0],
        "total": 600,
        "dimensions": [],
        "source": {
            "system": "EVENTS",
            "label": "Events",
            "definition": "Mean duration, in seconds, of the sessions that start in the bucket; null when none does (S4).",
            "reference": "events",
            "isEstimate": False,
            "userBasis": None,
            "asOf": "2026-03-11T12:00:00+00:00",
            "isStale": False,
            "settledUntil": None,
        },
    }
    assert client["bounced"] == {"unit": "RATIO", "values": [0, 1, 1], "total": 0.5}
    assert client["users"]["source"] == {"userBasis": "PERSON", "reference": "events"}
    assert client["logs"]["source"] == {"userBasis": None, "reference": "logs"}


async def test_points_and_values_are_one_series(asked: Gateway) -> None:
    client = await told(
        asked,
        """metric(name: EVENTS, period: {start: "2026-03-03", end: "2026-03-13"}, granularity: WEEK) {
             values min max average data { date at value isPartial } }""",
    )

    assert client["metric"] == {
        "values": [3, 3],
        "min": 3,
        "max": 3,
        "average": 3,
        "data": [
            {"date": "2026-03-02", "at": "2026-03-02T00:00:00+01:00", "value": 3, "isPartial": True},
            {"date": "2026-03-09", "at": "2026-03-09T00:00:00+01:00", "value": 3, "isPartial": True},
        ],
    }


async def test_hours_are_listed_to_the_last_and_null_before_they_begin(asked: Gateway) -> None:
    client = await told(
        asked, 'metric(name: EVENTS, period: {last: "today"}, granularity: HOUR) { values data { at isPartial } }'
    )

    values = client["metric"]["values"]
    assert values == [0] * 10 + [2] + [0] * 3 + [None] * 10
    assert client["metric"]["data"][13] == {"at": "2026-03-11T13:00:00+01:00", "isPartial": True}


async def test_an_app_has_the_events_that_name_it(asked: Gateway) -> None:
    client = await told(
        asked, f'app(id: "{NOTES}") {{ metric(name: EVENTS, {WORKED}) {{ values }} topEvents {{ name count users }} }}'
    )

    assert client["app"] == {
        "metric": {"values": [0, 0, 1]},
        "topEvents": [{"name": "open", "count": 1, "users": 1}],
    }


async def test_one_fragment_serves_a_client_and_its_apps(asked: Gateway) -> None:
    fragment = "fragment A on Analytics { metric(name: DAU) { total } }"
    answer = await asked.ask(f'{{ client(id: "{NORDLYS}") {{ ...A app(id: "{NOTES}") {{ ...A }} }} }} {fragment}')

    assert answer.data["client"] == {"metric": {"total": 3}, "app": {"metric": {"total": 1}}}


async def test_the_same_question_under_25_names_has_one_answer(asked: Gateway) -> None:
    names = " ".join(f"a{n}: metric(name: DAU, {WORKED}) {{ values total }}" for n in range(25))
    await answered(asked, names)  # so that the process knows the client for both
    many, one = await answered(asked, names), await answered(asked, f"metric(name: DAU, {WORKED}) {{ values total }}")

    assert [*many.data["client"].values()] == [one.data["client"]["metric"]] * 25
    assert many.statements == one.statements


# ---------------------------------------------------------------- slices and comparisons
async def test_slices_are_folded_and_have_their_share(asked: Gateway) -> None:
    client = await told(
        asked,
        f"""metric(name: EVENTS, breakdown: "country", {WORKED}) {{
              all: breakdown {{ dimension isOther total share values data {{ date value }} }}
              one: breakdown(first: 1) {{ dimension isOther total share values comparison {{ total }} }} }}""",
    )

    assert [[s["dimension"], s["isOther"], s["total"], s["values"]] for s in client["metric"]["all"]] == [
        ["NO", False, 3, [2, 1, 0]],
        ["SE", False, 2, [1, 1, 0]],
        [None, False, 1, [0, 0, 1]],
    ]
    assert [s["share"] for s in client["metric"]["all"]] == [3 / 6, 2 / 6, 1 / 6]
    assert client["metric"]["all"][0]["data"][1] == {"date": "2026-03-03", "value": 1}
    assert client["metric"]["one"] == [
        {"dimension": "NO", "isOther": False, "total": 3, "share": 0.5, "values": [2, 1, 0], "comparison": None},
        {"dimension": None, "isOther": True, "total": 3, "share": 0.5, "values": [1, 1, 1], "comparison": None},
    ]


async def test_a_series_without_a_breakdown_has_no_slices(asked: Gateway) -> None:
    client = await told(asked, f"metric(name: EVENTS, {WORKED}) {{ breakdown {{ total }} inputs {{ id }} }}")

    assert client["metric"] == {"breakdown": None, "inputs": None}


async def test_a_comparison_stands_beside_the_series(asked: Gateway) -> None:
    client = await told(
        asked,
        """metric(name: EVENTS, period: {start: "2026-03-10", end: "2026-03-11"}, compare: PREVIOUS) {
             comparison { period { start end } values total change changeRatio data { date value isPartial } } }""",
    )

    assert client["metric"]["comparison"] == {
        "period": {"start": "2026-03-08", "end": "2026-03-09"},
        "values": [0, 0],
        "total": 0,
        "change": 3,
        "changeRatio": None,
        "data": [
            {"date": "2026-03-08", "value": 0, "isPartial": False},
            {"date": "2026-03-09", "value": 0, "isPartial": False},
        ],
    }


async def test_b6_a_slice_is_compared_with_its_own_value_and_the_rest_with_the_rest(asked: Gateway) -> None:
    client = await told(
        asked,
        """metric(name: EVENTS, period: {start: "2026-03-04", end: "2026-03-11"}, breakdown: "country", compare: PREVIOUS) {
             breakdown(first: 1) { dimension isOther total comparison { total change values } } }""",
    )

    [se, rest] = client["metric"]["breakdown"]
    assert (se["dimension"], se["isOther"], se["total"]) == ("SE", False, 2)
    assert se["comparison"] == {"total": 2, "change": 0, "values": [0, 0, 0, 0, 0, 0, 1, 1]}
    assert (rest["dimension"], rest["isOther"], rest["total"]) == (None, True, 2)
    assert rest["comparison"] == {"total": 3, "change": -1, "values": [0, 0, 0, 0, 0, 0, 2, 1]}


@pytest.mark.parametrize(
    ("name", "nothing"), [("EVENTS", 0), ("DAU", 0), ("SESSION_DURATION", None), ("BOUNCE_RATE", None)]
)
async def test_c2_a_leap_day_has_no_days_a_year_earlier(asked: Gateway, name: str, nothing: float | None) -> None:
    client = await told(
        asked,
        f"""metric(name: {name}, period: {{start: "2024-02-29", end: "2024-02-29"}}, breakdown: "country",
                   compare: YEAR_OVER_YEAR) {{ comparison {{ values total }} }}""",
    )

    assert client["metric"]["comparison"] == {"values": [None], "total": nothing}


# ---------------------------------------------------------------- formulas
RATE = 'series: [{event: "signup"}, {metric: DAU}], formula: "A / B"'


async def test_x_the_worked_example(asked: Gateway) -> None:
    client = await told(
        asked,
        f"""formula({RATE}, period: {{start: "2026-03-02", end: "2026-03-05"}}) {{
              name unit values total min max inputs {{ name values }} breakdown {{ total }} }}""",
    )

    assert client["formula"] == {
        "name": "FORMULA",
        "unit": "COUNT",
        "values": [0.5, 0.5, 0, None],
        "total": pytest.approx(2 / 3),
        "min": 0,
        "max": 0.5,
        "inputs": [{"name": "EVENTS", "values": [1, 1, 0, 0]}, {"name": "DAU", "values": [2, 2, 1, 0]}],
        "breakdown": None,
    }


async def test_x5_a_formula_of_numbers_alone_is_null_where_nothing_has_begun(asked: Gateway) -> None:
    client = await told(
        asked,
        'formula(series: [{}], formula: "6 * 7", period: {start: "2026-03-10", end: "2026-03-13"}) { values total }',
    )

    assert client["formula"] == {"values": [42, 42, None, None], "total": 42}


async def test_x6_groups_are_ranked_by_what_lies_behind_them(asked: Gateway) -> None:
    """NO has five events by users in both series, SE four, the group without a country two."""
    client = await told(
        asked,
        f"""formula(series: [{{event: "signup", breakdown: "country"}}, {{metric: DAU, breakdown: "properties.country"}}],
                    formula: "A / B", {WORKED}) {{
              total all: breakdown {{ dimension isOther values total share }}
              one: breakdown(first: 1) {{ dimension isOther values total }} }}""",
    )

    all_ = client["formula"]["all"]
    assert [[s["dimension"], s["isOther"], s["values"], s["total"]] for s in all_] == [
        ["NO", False, [1, 0, None], 1],
        ["SE", False, [0, 1, None], 1],
        [None, False, [None, None, 0], 0],
    ]
    assert all_[0]["share"] == pytest.approx(1.5)
    assert client["formula"]["one"][1] == {"dimension": None, "isOther": True, "values": [0, 1, 0], "total": 0.5}


async def test_x6_a_series_without_breakdown_gives_its_plain_value_to_each_group(asked: Gateway) -> None:
    client = await told(
        asked,
        f"""formula(series: [{{breakdown: "country"}}, {{}}], formula: "A / B", {WORKED}) {{
              breakdown {{ dimension values total }} }}""",
    )

    assert client["formula"]["breakdown"][0] == {"dimension": "NO", "values": [2 / 3, 1 / 2, 0], "total": 0.5}


async def test_x1_a_period_of_its_own_is_laid_position_by_position(asked: Gateway) -> None:
    client = await told(
        asked,
        f"""formula(series: [{{}}, {{period: {{start: "2026-03-10", end: "2026-03-11"}}}}], formula: "A + B * 10", {WORKED},
                    compare: PREVIOUS) {{ values total comparison {{ values total }} inputs {{ values }} }}""",
    )

    assert client["formula"] == {
        "values": [13, 22, None],
        "total": 36,
        "comparison": {"values": [10, 20, None], "total": 30},  # X7: it keeps its period
        "inputs": [{"values": [3, 2, 1]}, {"values": [1, 2]}],
    }


async def test_x7_slices_are_compared_too(asked: Gateway) -> None:
    client = await told(
        asked,
        """formula(series: [{breakdown: "country"}], formula: "A * 2", period: {start: "2026-03-10", end: "2026-03-11"},
                   compare: YEAR_OVER_YEAR) { breakdown { dimension total comparison { total changeRatio values } } }""",
    )

    assert client["formula"]["breakdown"] == [
        {"dimension": "SE", "total": 4, "comparison": {"total": 0, "changeRatio": None, "values": [0, 0]}},
        {"dimension": "NO", "total": 2, "comparison": {"total": 0, "changeRatio": None, "values": [0, 0]}},
    ]


# ---------------------------------------------------------------- lists
async def test_w_the_top_lists(asked: Gateway) -> None:
    client = await told(
        asked,
        """topEvents(period: {start: "2026-03-02", end: "2026-03-22"}) { name count users }
           users: topEvents(orderBy: USERS, first: 1, where: [{field: "country", value: "NO"}]) { name users }
           topProperties(event: "open", property: "country") { name count users }
           topSessions(property: "country") { name count users }
           topLogs(property: SERVICE) { name count users }""",
    )

    assert client == {
        "topEvents": [
            {"name": "open", "count": 4, "users": 3},
            {"name": "pay", "count": 3, "users": 2},
            {"name": "signup", "count": 2, "users": 2},
        ],
        "users": [{"name": "open", "users": 1}],
        "topProperties": [
            {"name": "NO", "count": 2, "users": 1},
            {"name": "SE", "count": 1, "users": 1},
            {"name": None, "count": 1, "users": 1},
        ],
        "topSessions": [
            {"name": "NO", "count": 3, "users": 1},
            {"name": "SE", "count": 2, "users": 1},
            {"name": None, "count": 1, "users": 1},
        ],
        "topLogs": [{"name": "api", "count": 2, "users": 1}],
    }


async def test_m_groups_with_their_size_and_intensity(asked: Gateway) -> None:
    client = await told(
        asked,
        """grouped(groupBy: "country", size: {type: COUNT}, intensity: {type: AVG_PER_ACTOR},
                   period: {start: "2026-03-02", end: "2026-03-11"}, maxGroups: 1) {
             totalSize period { start end } groups { dimension isOther size intensity } }""",
    )

    assert client["grouped"] == {
        "totalSize": 9,
        "period": {"start": "2026-03-02", "end": "2026-03-11"},
        "groups": [
            {"dimension": "NO", "isOther": False, "size": 4, "intensity": 4},
            {"dimension": None, "isOther": True, "size": 5, "intensity": 2.5},
        ],
    }


async def test_the_catalogue_names_every_metric_and_where_it_is_asked(asked: Gateway) -> None:
    answer = await asked.ask(
        "{ metricCatalog { name label description unit sources field arguments granularities isAdditive } }"
    )
    entries = {each["name"]: each for each in answer.data["metricCatalog"]}
    names = await asked.ask('{ __type(name: "MetricName") { enumValues { name } } }')

    assert {each["name"] for each in names.data["__type"]["enumValues"]} <= entries.keys()
    assert {"FIRST_TIME_USERS", "PER_ACTOR", "PROPERTY_AGGREGATE", "FORMULA"} <= entries.keys()
    assert entries["WAU"]["granularities"] == ["DAY", "WEEK", "MONTH", "QUARTER"]
    assert entries["SESSION_DURATION"]["unit"] == "SECONDS"
    assert entries["BOUNCE_RATE"]["unit"] == "RATIO"
    assert "event" not in entries["USERS"]["arguments"]
    fields = await asked.ask('{ __type(name: "Analytics") { fields { name args { name } } } }')
    arguments = {each["name"]: [arg["name"] for arg in each["args"]] for each in fields.data["__type"]["fields"]}
    for each in entries.values():
        if each["field"].startswith("Analytics."):
            field = each["field"].removeprefix("Analytics.").partition("(")[0]
            assert set(each["arguments"]) <= set(arguments[field])
