"""The App Activity report through the whole stack (rules U, with T and C where they show)."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from parallax.usage.reports import Report
from tests.gateways import Gateway
from tests.seeds import BOTH, MAPS, NOTES, SILENT, maps_reports

MARCH = {"start": "2026-03-02", "end": "2026-03-04"}


async def asked(gateway: Gateway, app: object = NOTES, **variables: Any) -> Any:
    """The series; with every field of it."""
    given = {"metric": "USER_COUNT", "period": MARCH, **variables}
    answer = await gateway.ask("activity.graphql", app=str(app), **given)
    return answer.data["client"]["app"]["activity"]


async def test_the_worked_example_of_the_rules_comes_out(gateway: Gateway) -> None:
    """U1 to U3: sums and distinct users of 2 to 4 March, by day and by week."""
    answer = await gateway.ask("activity_example.graphql", app=str(NOTES))

    notes = answer.data["client"]["app"]
    assert notes["time"]["values"] == [5_400_000, 0, 0]
    assert notes["sessions"]["values"] == [3, 0, 1]
    assert notes["users"]["values"] == [2, 0, 1]
    assert notes["users"]["total"] == 2
    assert notes["weekly"]["values"] == [2]
    assert answer.statements == ["clients_by_id", "apps_by_key", "usage_days", "usage_users"]


@pytest.mark.parametrize(
    ("metric", "label", "unit", "basis"),
    [
        ("ACTIVE_TIME", "Active Time", "MILLISECONDS", None),
        ("SESSION_COUNT", "Sessions", "COUNT", None),
        ("USER_COUNT", "Daily Users", "COUNT", "PERSON"),
    ],
)
async def test_a_series_says_what_it_is_and_where_it_comes_from(
    gateway: Gateway, metric: str, label: str, unit: str, basis: str | None
) -> None:
    series = await asked(gateway, metric=metric)

    assert (series["name"], series["label"], series["unit"], series["granularity"]) == (metric, label, unit, "DAY")
    assert series["dimensions"] == []
    source = series["source"]
    assert source["system"] == "APP_USAGE"
    assert source["reference"] == "app_usage_reports"
    assert source["userBasis"] == basis
    assert (source["isEstimate"], source["isStale"], source["settledUntil"]) == (False, False, None)
    assert source["asOf"] == "2026-03-11T12:00:00+00:00"
    assert series["period"] == {
        "start": "2026-03-02",
        "end": "2026-03-04",
        "from": "2026-03-02T00:00:00+01:00",
        "to": "2026-03-05T00:00:00+01:00",
        "timeZone": "Europe/Berlin",
    }


async def test_points_are_dated_in_the_clients_zone_across_a_clock_change(gateway: Gateway) -> None:
    """T1, T8: Berlin moves its clocks in the night to 29 March 2026."""
    series = await asked(gateway, MAPS, metric="SESSION_COUNT", period={"start": "2026-03-28", "end": "2026-03-30"})

    assert [point["at"] for point in series["data"]] == [
        "2026-03-28T00:00:00+01:00",
        "2026-03-29T00:00:00+01:00",
        "2026-03-30T00:00:00+02:00",
    ]


async def test_buckets_to_come_are_null_and_today_is_partial(gateway: Gateway) -> None:
    """T9, T10: the clock stands at noon of 11 March."""
    series = await asked(gateway, metric="SESSION_COUNT", period={"start": "2026-03-10", "end": "2026-03-13"})

    assert series["values"] == [0, 0, None, None]
    assert [point["isPartial"] for point in series["data"]] == [False, True, True, True]
    assert (series["min"], series["max"], series["average"], series["total"]) == (0, 0, 0, 0)


async def test_an_app_without_a_report_is_zero_every_day(gateway: Gateway) -> None:
    """U3: a silent day is measured, and there was nothing."""
    for metric in ("ACTIVE_TIME", "SESSION_COUNT", "USER_COUNT"):
        series = await asked(gateway, SILENT, metric=metric, compare="PREVIOUS")
        assert series["values"] == series["comparison"]["values"] == [0, 0, 0]
        assert series["total"] == series["comparison"]["total"] == 0
        assert series["comparison"]["changeRatio"] is None


@pytest.mark.parametrize("granularity", ["DAY", "WEEK", "MONTH", "QUARTER"])
@pytest.mark.parametrize(
    "period",
    [("2026-01-01", "2026-03-31"), ("2026-01-07", "2026-03-11"), ("2026-02-28", "2026-03-01"), ("2026-03-08", "2026-03-08"),
     ("2026-01-05", "2026-01-11"), ("2026-02-01", "2026-02-28")],
)  # fmt: skip
async def test_every_granularity_counts_what_the_rows_say(
    gateway: Gateway, granularity: str, period: tuple[str, str]
) -> None:
    """U2, T7: distinct users of a bucket and of the whole, clipped to the period, against a count over the rows."""
    start, end = map(date.fromisoformat, period)
    rows = [report for report in maps_reports() if start <= report.date <= end]
    expected: dict[date, list[Report]] = defaultdict(list)
    for report in rows:
        expected[_bucket(report.date, granularity)].append(report)
    listed = sorted({_bucket(start + timedelta(days=n), granularity) for n in range((end - start).days + 1)})
    counts: dict[str, Callable[[list[Report]], int]] = {
        "ACTIVE_TIME": lambda reports: sum(report.active_ms for report in reports),
        "SESSION_COUNT": lambda reports: sum(report.sessions for report in reports),
        "USER_COUNT": lambda reports: len({report.user for report in reports}),
    }
    asking: dict[str, Any] = {"period": {"start": period[0], "end": period[1]}, "granularity": granularity}

    for metric, count in counts.items():
        answer = await gateway.ask(
            "activity.graphql", now="2026-06-01T00:00:00Z", app=str(MAPS), metric=metric, **asking
        )
        series = answer.data["client"]["app"]["activity"]
        assert [point["date"] for point in series["data"]] == [day.isoformat() for day in listed]
        assert series["values"] == [count(expected[day]) for day in listed]
        assert series["total"] == count(rows)


async def test_previous_pairs_by_position_and_tells_the_change(gateway: Gateway) -> None:
    """C1, C3, C4."""
    series = await asked(
        gateway, metric="SESSION_COUNT", period={"start": "2026-03-04", "end": "2026-03-05"}, compare="PREVIOUS"
    )

    comparison = series["comparison"]
    assert comparison["period"] == {"start": "2026-03-02", "end": "2026-03-03"}
    assert comparison["values"] == [3, 0]
    assert [point["date"] for point in comparison["data"]] == ["2026-03-02", "2026-03-03"]
    assert (series["total"], comparison["total"], comparison["change"]) == (1, 3, -2)
    assert comparison["changeRatio"] == pytest.approx(-2 / 3)


async def test_distinct_users_are_compared_as_distinct_users(gateway: Gateway) -> None:
    """U2 in the comparison period: two users on one day are two, not the sum over days."""
    period = {"start": "2026-03-05", "end": "2026-03-07"}
    series = await asked(gateway, period=period, compare="PREVIOUS", granularity="WEEK")

    assert series["comparison"]["total"] == 2
    assert series["comparison"]["values"] == [2]
    assert series["comparison"]["change"] == -2


async def test_year_over_year_of_29_february_alone_has_nothing_to_compare_with(gateway: Gateway) -> None:
    """C2: all values null, the total that of nothing."""
    answer = await gateway.ask(
        "activity.graphql", now="2028-06-01T00:00:00Z", app=str(NOTES), metric="USER_COUNT", compare="YEAR_OVER_YEAR",
        period={"start": "2028-02-29", "end": "2028-02-29"},
    )  # fmt: skip
    comparison = answer.data["client"]["app"]["activity"]["comparison"]

    assert comparison["values"] == [None]
    assert comparison["total"] == 0
    assert comparison["changeRatio"] is None


async def test_a_comparison_comes_out_of_the_same_statement(gateway: Gateway) -> None:
    answer = await gateway.ask(
        "activity.graphql", app=str(NOTES), metric="ACTIVE_TIME", period=MARCH, compare="PREVIOUS"
    )
    assert answer.statements == ["clients_by_id", "apps_by_key", "usage_days"]


async def test_the_apps_of_several_clients_with_several_series_are_one_statement(gateway: Gateway) -> None:
    """Each client's periods end on its own today; still every series of the answer is read at once."""
    answer = await gateway.ask("every_app.graphql", token=BOTH)

    clients = {client["name"]: client for client in answer.data["viewer"]["clients"]["nodes"]}
    assert [app["name"] for app in clients["Nordlys"]["apps"]["nodes"]] == ["Maps", "Notes", "Silent"]
    assert clients["Himal"]["apps"]["nodes"][0]["time"]["total"] == 2000
    assert answer.statements == ["clients_page", "apps_of_clients", "usage_days"]


async def test_exactly_90_days_are_allowed_and_91_are_not(gateway: Gateway) -> None:
    """U4, with the example's dates."""
    series = await asked(gateway, period={"start": "2026-01-01", "end": "2026-03-31"})
    assert len(series["values"]) == 90

    answer = await gateway.ask(
        "activity.graphql", app=str(NOTES), metric="USER_COUNT", period={"start": "2026-01-01", "end": "2026-04-01"}
    )
    assert answer.body["data"]["client"]["app"]["activity"] is None
    error = answer.error_at("client", "app", "activity")
    assert error["extensions"]["code"] == "INVALID_PARAMETER"
    assert "90" in error["message"]
    assert "period" in error["extensions"]["details"]
    assert error["locations"]


@pytest.mark.parametrize(
    ("variables", "named", "allowed"),
    [
        ({"metric": "USERS"}, "metric", "ACTIVE_TIME, SESSION_COUNT, USER_COUNT"),
        ({"granularity": "FORTNIGHT"}, "granularity", "DAY, WEEK, MONTH, QUARTER"),
        ({"granularity": "HOUR"}, "granularity", "DAY, WEEK, MONTH, QUARTER"),
        ({"period": {"start": "2026-03-05", "end": "2026-03-04"}}, "period", "start"),
        ({"period": {"start": "2026-02-31", "end": "2026-03-04"}}, "period.start", "YYYY-MM-DD"),
        ({"period": {"last": "7 days"}}, "period.last", "30d"),
        ({"period": {"last": "7d", "start": "2026-03-05"}}, "period", "last"),
        ({"period": {"start": "2026-03-05"}}, "period", "end"),
        ({"period": {}}, "period", "last"),
        ({"period": {"last": "0d"}}, "period.last", "30d"),
        ({"period": {"last": "٣d"}}, "period.last", "30d"),
        ({"compare": "LAST_YEAR"}, "compare", "PREVIOUS, YEAR_OVER_YEAR"),
    ],
)
async def test_what_cannot_be_asked_is_named_with_what_can(
    gateway: Gateway, variables: dict[str, Any], named: str, allowed: str
) -> None:
    """Y1, T6, Y2: code, argument, allowed values; never a silent cut."""
    given = {"metric": "USER_COUNT", "period": MARCH, **variables}
    answer = await gateway.ask("activity.graphql", app=str(NOTES), **given)

    error = answer.error
    assert error["extensions"]["code"] == "INVALID_PARAMETER"
    assert error["message"].startswith(named)
    assert allowed in error["message"]
    assert [name for name in error["extensions"]["details"] if name.startswith(named.partition(".")[0])]


async def test_a_period_is_required_by_the_schema(gateway: Gateway) -> None:
    """U4."""
    answer = await gateway.ask("activity.graphql", app=str(NOTES), metric="USER_COUNT")
    assert answer.status == 400
    assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"
    assert "period" in answer.error["message"]


async def test_the_id_of_a_series_asks_the_same_question_again(gateway: Gateway) -> None:
    """E4: equal questions have equal ids, `last` is kept as asked, and node(id) answers."""
    spoken = await asked(gateway, period={"last": "30d"}, compare="PREVIOUS")
    default = await asked(gateway, period={"last": "30d"}, compare="PREVIOUS", granularity="DAY")
    dated = await asked(gateway, period={"start": "2026-02-10", "end": "2026-03-11"}, compare="PREVIOUS")
    assert spoken["id"] == default["id"] != dated["id"]
    assert spoken["values"] == dated["values"]

    again = await gateway.ask(
        "query ($id: ID!) { node(id: $id) { id ... on Metric { values total comparison { values } } } }",
        id=spoken["id"],
    )
    assert again.data["node"] == {
        "id": spoken["id"],
        "values": spoken["values"],
        "total": spoken["total"],
        "comparison": {"values": spoken["comparison"]["values"]},
    }

    later = await gateway.ask(
        "query ($id: ID!) { node(id: $id) { ... on Metric { period { end } } } }",
        id=spoken["id"],
        now="2026-03-20T00:00:00Z",
    )
    assert later.data["node"]["period"]["end"] == "2026-03-20"


async def test_a_report_is_listed_newest_first_in_pages_that_do_not_skip(gateway: Gateway) -> None:
    period = {"start": "2026-01-01", "end": "2026-03-31"}
    found, after = [], None
    while True:
        page = await gateway.ask("usage_reports.graphql", app=str(MAPS), period=period, first=50, after=after)
        reports = page.data["client"]["app"]["usageReports"]
        assert reports["pageInfo"]["hasPreviousPage"] == (after is not None)
        assert [edge["node"]["id"] for edge in reports["edges"]] == [node["id"] for node in reports["nodes"]]
        found += reports["nodes"]
        after = reports["pageInfo"]["endCursor"]
        if not reports["pageInfo"]["hasNextPage"]:
            break

    rows = maps_reports()
    assert reports["totalCount"] == len(rows) == len(found) == len({node["id"] for node in found})
    assert [node["date"] for node in found] == sorted((node["date"] for node in found), reverse=True)
    expected = {(report.user, str(report.date), report.active_ms, report.sessions) for report in rows}
    assert {(n["user"]["externalId"], n["date"], n["activeMs"], n["sessions"]) for n in found} == expected


async def test_reports_of_one_user_are_found_by_either_id(gateway: Gateway) -> None:
    period = {"start": "2026-03-01", "end": "2026-03-31"}
    mine = await gateway.ask("usage_reports.graphql", app=str(NOTES), period=period, user="ada")
    reports = mine.data["client"]["app"]["usageReports"]
    assert [node["date"] for node in reports["nodes"]] == ["2026-03-04", "2026-03-02"]
    assert reports["totalCount"] == 2

    by_id = await gateway.ask(
        "usage_reports.graphql", app=str(NOTES), period=period, user=reports["nodes"][0]["user"]["id"]
    )
    assert by_id.data == mine.data
    nobody = await gateway.ask("usage_reports.graphql", app=str(NOTES), period=period, user="zoe")
    assert nobody.data["client"]["app"]["usageReports"]["nodes"] == []


async def test_everything_that_has_an_id_is_found_by_it(gateway: Gateway) -> None:
    page = await gateway.ask("usage_reports.graphql", app=str(NOTES), period=MARCH)
    report = page.data["client"]["app"]["usageReports"]["nodes"][0]
    answer = await gateway.ask(
        """query ($ids: [ID!]!) { nodes(ids: $ids) {
             __typename id ... on UsageReport { activeMs user { externalId } } ... on User { externalId } } }""",
        ids=[report["id"], report["user"]["id"], report["id"][:-2]],
    )
    assert answer.data["nodes"] == [
        {"__typename": "UsageReport", "id": report["id"], "activeMs": 0, "user": {"externalId": "ada"}},
        {"__typename": "User", "id": report["user"]["id"], "externalId": "ada"},
        None,
    ]
    assert sorted(answer.statements) == ["persons_by_actor", "usage_report_by_key"]


@pytest.mark.parametrize("first", [0, -1, 1001, 2_147_483_647])
async def test_a_page_beyond_its_bounds_is_refused_not_cut(gateway: Gateway, first: int) -> None:
    """Y6."""
    answer = await gateway.ask("usage_reports.graphql", app=str(NOTES), period=MARCH, first=first)
    error = answer.error
    assert error["extensions"]["details"] == {"first": first}
    assert "1 to 1000" in error["message"]


async def test_the_catalogue_tells_every_metric_and_where_it_is_asked(gateway: Gateway) -> None:
    answer = await gateway.ask(
        "{ metricCatalog { name label unit sources field arguments granularities isAdditive description } }"
    )
    entries = [entry for entry in answer.data["metricCatalog"] if "activity" in entry["field"]]
    catalogue = {entry["name"]: entry for entry in entries}
    assert list(catalogue) == ["ACTIVE_TIME", "SESSION_COUNT", "USER_COUNT"]
    assert catalogue["USER_COUNT"]["isAdditive"] is False
    assert catalogue["ACTIVE_TIME"]["isAdditive"] is True
    for entry in catalogue.values():
        assert entry["field"] == f"App.activity(metric: {entry['name']})"
        assert entry["granularities"] == ["DAY", "WEEK", "MONTH", "QUARTER"]
    assert answer.statements == []


def _bucket(day: date, granularity: str) -> date:
    if granularity == "WEEK":
        return day - timedelta(days=day.weekday())
    if granularity == "MONTH":
        return day.replace(day=1)
    if granularity == "QUARTER":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day
