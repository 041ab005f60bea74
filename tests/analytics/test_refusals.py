"""What a series cannot be asked for: the error names the argument and what is allowed (Y1)."""

import pytest

from tests.analytics.asking import WORKED, answered, told
from tests.gateways import Gateway

MANY = ", ".join('{field: "country", value: "NO"}' for _ in range(51))
REFUSED = {
    "E2 an event for new users": ('metric(name: USERS, event: "open")', "event", "firstTimeUsers"),
    "E3 an event for logs": ('metric(name: LOGS, event: "open")', "event", "where"),
    "A3 weekly users by the hour": ("metric(name: WAU, granularity: HOUR)", "granularity", "DAY, WEEK, MONTH, QUARTER"),
    "A3 monthly users by the minute": ("metric(name: MAU, granularity: MINUTE)", "granularity", "DAY, WEEK"),
    "T6 nothing in the period": ("metric(name: DAU, period: {})", "period", "needs last"),
    "T6 last and start": (
        'metric(name: DAU, period: {last: "7d", start: "2026-03-01"})',
        "period",
        "does not go together",
    ),
    "T6 a span nobody knows": ('metric(name: DAU, period: {last: "7 days"})', "period.last", "30d"),
    "T6 minutes of a year": ('metric(name: DAU, period: {last: "1y"}, granularity: MINUTE)', "period", "HOUR has 8,7"),
    "Q9 an empty field": ('metric(name: DAU, where: [{field: "", value: 1}])', "where[0].field", "properties.<path>"),
    "Q9 no value": ('metric(name: DAU, where: [{field: "country"}])', "where[0].value", "EQ needs one"),
    "Q9 a scalar for IN": (
        'metric(name: DAU, where: [{field: "country", operator: IN, value: "NO"}])',
        "where[0].value",
        "an array",
    ),
    "Q8 what RE2 refuses": (
        'metric(name: DAU, where: [{field: "country", operator: REGEX, value: "(?=a)"}])',
        "where[0].value",
        "",
    ),
    "Y6 too many conditions": (f"metric(name: DAU, where: [{MANY}])", "where", "at most 50"),
    "B an empty breakdown": ('metric(name: DAU, breakdown: "")', "breakdown", "names a field"),
    "Q1 audience is for conditions": ('metric(name: DAU, breakdown: "audience")', "breakdown", "trait:<name>"),
    "H2 a lookback before the period": ('firstTimeUsers(event: "open", lookbackDays: -1)', "lookbackDays", "0 to 3650"),
    "H2 a lookback of ages": ('firstTimeUsers(event: "open", lookbackDays: 3651)', "lookbackDays", "0 to 3650"),
    "P1 an empty property": ('perActor(event: "open", property: "")', "property", "names a field"),
    "X8 no series": ('formula(series: [], formula: "1")', "series", "1 to 26"),
    "X8 a letter beyond": ('formula(series: [{}], formula: "A / B")', "formula", "position 5"),
    "X8 a parenthesis": ('formula(series: [{}], formula: "(A")', "formula", "position 1"),
    "X8 ten thousand parentheses": (f'formula(series: [{{}}], formula: "{"(" * 10_000}")', "formula", "500"),
    "X6 two fields": (
        'formula(series: [{breakdown: "country"}, {breakdown: "plan"}], formula: "A / B")',
        "series[1].breakdown",
        "country",
    ),
    "X1 a property of users": (
        'formula(series: [{metric: DAU, property: "amount"}], formula: "A")',
        "series[0].property",
        "EVENTS",
    ),
    "E2 in a formula": (
        'formula(series: [{}, {metric: USERS, event: "open"}], formula: "A")',
        "series[1].event",
        "firstTimeUsers",
    ),
    "Q9 in a formula": ('formula(series: [{where: [{field: ""}]}], formula: "A")', "series[0].where[0].field", ""),
    "T6 in a formula": ('formula(series: [{period: {last: "x"}}], formula: "A")', "series[0].period.last", "30d"),
}


@pytest.mark.parametrize(("field", "argument", "hint"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_cannot_be_asked_is_refused_by_name(asked: Gateway, field: str, argument: str, hint: str) -> None:
    answer = await answered(asked, f"it: {field} {{ total }}")

    error = answer.error_at("client", "it")
    assert error["extensions"]["code"] == "INVALID_PARAMETER"
    assert list(error["extensions"]["details"]) == [argument]
    assert error["message"].startswith(f"{argument}: ")
    assert hint in error["message"]
    assert answer.body["data"]["client"]["it"] is None


LISTS = {
    "Y6 no entries": ("topEvents(first: 0) { name }", "first"),
    "Y6 too many entries": ("topEvents(first: 1001) { name }", "first"),
    "M2 too many groups": (
        'grouped(groupBy: "country", size: {type: COUNT}, intensity: {type: UNIQUE_ACTORS}, maxGroups: 1001) { totalSize }',
        "maxGroups",
    ),
    "M1 a sum of nothing": (
        'grouped(groupBy: "country", size: {type: SUM}, intensity: {type: UNIQUE_ACTORS}) { totalSize }',
        "size.property",
    ),
    "M1 an average of nothing": (
        'grouped(groupBy: "country", size: {type: COUNT}, intensity: {type: AVG}) { totalSize }',
        "intensity.property",
    ),
    "M1 no quantile": (
        'grouped(groupBy: "country", size: {type: COUNT}, intensity: {type: PERCENTILE_PER_ACTOR}) { totalSize }',
        "intensity.percentile",
    ),
    "M1 a quantile in percent": (
        'grouped(groupBy: "country", size: {type: COUNT}, intensity: {type: PERCENTILE_PER_ACTOR, percentile: 90})'
        " { totalSize }",
        "intensity.percentile",
    ),
    "Y2 retention by the quarter": ("retention(granularity: QUARTER) { periods }", "granularity"),
    "Y6 no periods": ("retention(periods: 0) { periods }", "periods"),
    "Y6 too many periods": ("retention(periods: 53) { periods }", "periods"),
    "Q9 a condition on starts": ('retention(startWhere: [{field: ""}]) { periods }', "startWhere[0].field"),
    "Q9 a condition on returns": ('retention(returnWhere: [{field: ""}]) { periods }', "returnWhere[0].field"),
    "Q1 retention by audience": ('retention(breakdown: "audience") { periods }', "breakdown"),
    "T6 retention of ages": ('retention(granularity: DAY, period: {last: "50y"}) { periods }', "period"),
    "Y2 lifecycle by the hour": ("lifecycle(granularity: HOUR) { granularity }", "granularity"),
    "T6 lifecycle of ages": ('lifecycle(granularity: DAY, period: {last: "50y"}) { granularity }', "period"),
    "Y2 stickiness by the minute": ("stickiness(granularity: MINUTE) { ratio { name } }", "granularity"),
    "T6 segments of no period": ('segments(period: {last: "x"}) { count }', "period.last"),
    "Q1 groups by audience": (
        'grouped(groupBy: "audience", size: {type: COUNT}, intensity: {type: UNIQUE_ACTORS}) { totalSize }',
        "groupBy",
    ),
}


@pytest.mark.parametrize(("field", "argument"), LISTS.values(), ids=LISTS.keys())
async def test_a_list_that_cannot_be_asked_is_refused_by_name(asked: Gateway, field: str, argument: str) -> None:
    answer = await answered(asked, f"it: {field}")

    assert list(answer.error_at("client", "it")["extensions"]["details"]) == [argument]


@pytest.mark.parametrize("first", [0, 101, -1])
async def test_slices_are_1_to_100_whether_there_is_a_breakdown_or_not(asked: Gateway, first: int) -> None:
    for breakdown in ("", ', breakdown: "country"'):
        answer = await answered(
            asked, f"it: metric(name: DAU{breakdown}) {{ breakdown(first: {first}) {{ dimension }} }}"
        )
        assert answer.error_at("client", "it", "breakdown")["extensions"]["details"] == {"first": first}


async def test_a_refused_series_leaves_its_neighbours_alone(asked: Gateway) -> None:
    answer = await answered(
        asked, f'bad: metric(name: USERS, event: "open") {{ total }} good: metric(name: EVENTS, {WORKED}) {{ total }}'
    )

    assert answer.body["data"]["client"] == {"bad": None, "good": {"total": 6}}


async def test_null_arguments_mean_their_defaults(asked: Gateway) -> None:
    client = await told(
        asked,
        """metric(name: EVENTS, event: null, period: null, granularity: null, where: null, breakdown: null, compare: null) {
             id granularity period { start end } breakdown(first: null) { total } comparison { total } inputs { id } }
           plain: metric(name: EVENTS) { id }
           firstTimeUsers(event: "open", matchMode: null, lookbackDays: null) { total }
           topEvents(first: null, orderBy: null) { name } topSessions(property: null) { name }
           topLogs(property: null) { name }""",
    )

    assert client["metric"] == {
        "id": client["plain"]["id"],
        "granularity": "DAY",
        "period": {"start": "2026-02-10", "end": "2026-03-11"},
        "breakdown": None,
        "comparison": None,
        "inputs": None,
    }
    assert client["topLogs"] == [{"name": "ERROR"}, {"name": "INFO"}]


async def test_names_that_nobody_ever_sent_are_no_errors(asked: Gateway) -> None:
    client = await told(
        asked,
        f"""events: metric(name: EVENTS, event: "fly", {WORKED}) {{ total values }}
            mean: propertyAggregate(event: "fly", property: "height", function: AVG, {WORKED}) {{ total values }}
            by: metric(name: EVENTS, breakdown: "planet", {WORKED}) {{ breakdown {{ dimension isOther total share }} }}""",
    )

    assert client["events"] == {"total": 0, "values": [0, 0, 0]}
    assert client["mean"] == {"total": None, "values": [None, None, None]}
    assert client["by"]["breakdown"] == [{"dimension": None, "isOther": False, "total": 6, "share": 1}]
