"""What an operation is told to cost before it runs."""

import math
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
    is_introspection_type,
    parse,
    validate,
)

from parallax import costs
from parallax.costs import Buckets, Cut, First, Many, Named, Page, Parts, Rows, Sent, Series, Spanned, Total
from parallax.http.operations.cost import Costing
from parallax.http.operations.estimates import Estimate, estimated_ms
from parallax.http.operations.pricing import declared
from parallax.ids import GlobalId, canonical, encode
from parallax.metrics.catalog import ActivityMetric
from parallax.schema import schema
from parallax.settings import Settings
from parallax.vendor_data.compare import COMPARE_COST
from tests.gateways import OPERATIONS, Gateway
from tests.seeds import NORDLYS

GRAPH = schema._schema
TODAY = date(2026, 3, 11)
MOST = Settings().max_cost
POINTS = "data { date at value isPartial }"


def costing(text: str) -> Costing:
    document = parse(text)
    assert validate(GRAPH, document) == []
    [definition] = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return Costing.of(GRAPH, document, definition)


def estimate(text: str, clients: float = math.inf, **variables: Any) -> Estimate:
    return costing(text).estimate(variables, TODAY, clients)


def cost(text: str, clients: float = math.inf, **variables: Any) -> float:
    return estimate(text, clients, **variables).cost


def series(shown: str, metric: str = "ACTIVE_TIME", period: str = '{last: "90d"}', more: str = "") -> str:
    return f"activity(metric: {metric}, period: {period}{more}) {{ {shown} }}"


def app(shown: str) -> str:
    return f'{{ client(id: "a") {{ app(id: "b") {{ {shown} }} }} }}'


def apps(shown: str, first: object = 50) -> str:
    return f'{{ client(id: "a") {{ apps(first: {first}) {{ nodes {{ {shown} }} }} }} }}'


# ---------------------------------------------------------------- the defaults
THREE_SERIES = " ".join(f"{metric.name}: {series(POINTS, metric.name)}" for metric in ActivityMetric)
REPORTS = "usageReports(first: 1000) { nodes { date } }"
PASS = {
    "50 apps x 3 series x 90 points": apps(THREE_SERIES),
    "a dashboard of 30 series": '{ client(id: "a") {'
    + " ".join(f"s{n}: app(id: {n}) {{ {series(POINTS, 'USER_COUNT')} }}" for n in range(30))
    + "} }",
    "1,000 reports x 5 fields": app(
        "usageReports(first: 1000) { nodes { id date activeMs sessions user { externalId } } }"
    ),
    "introspection": get_introspection_query(),
}
REFUSED = {
    "50 clients x 50 apps x 90 points": "{ clients { nodes { apps { nodes { "
    + series("data { date value }")
    + " } } } } }",
    "1,000 apps x 1,000 reports": apps(REPORTS, 1000),
    "100 aliases of 90 points of 50 apps": '{ client(id: "a") {'
    + " ".join(f"p{n}: apps {{ nodes {{ {series(POINTS)} }} }}" for n in range(100))
    + "} }",
}


@pytest.mark.parametrize("text", PASS.values(), ids=PASS.keys())
def test_what_a_dashboard_asks_passes_sixty_times_a_minute(text: str) -> None:
    assert cost(text) <= MOST
    assert cost(text) * 60 <= Settings().rate_limit


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_what_would_hurt_others_is_too_costly(text: str) -> None:
    assert cost(text) > MOST


def test_the_largest_call_of_usage_track_passes() -> None:
    text = """mutation ($r: [UsageReportInput!]!) {
        usageTrack(client: "a", reports: $r) { accepted rejected { index code message } } }"""
    assert cost(text, r=[{}] * 10_000) <= MOST


@pytest.mark.parametrize("path", sorted(OPERATIONS.glob("*.graphql")), ids=lambda path: path.stem)
def test_the_operations_of_these_tests_pass_for_a_token_of_one_client(path: Any) -> None:
    variables = {"metric": "USER_COUNT", "period": {"last": "90d"}, "granularity": "WEEK", "compare": "PREVIOUS"}
    assert cost(path.read_text(), clients=1, **variables) <= MOST


# ---------------------------------------------------------------- how it is added up
def test_a_value_more_costs_a_unit_for_every_row() -> None:
    assert cost(apps("name id")) - cost(apps("name")) == 50
    assert cost(apps("name id", 7)) - cost(apps("name", 7)) == 7


def test_rows_count_whether_they_are_nodes_or_edges() -> None:
    nodes = app("usageReports(first: 100) { nodes { date } }")
    edges = app("usageReports(first: 100) { edges { node { date } } }")
    assert cost(edges) > cost(nodes) > 600


def test_a_page_without_first_is_as_long_as_the_schema_says() -> None:
    assert cost(apps("name").replace("(first: 50)", "")) == cost(apps("name"))
    assert cost(apps("name", "null")) == cost(apps("name"))


def test_rows_are_read_whether_they_are_shown_or_not() -> None:
    empty = '{ client(id: "a") { apps(first: %s) { pageInfo { hasNextPage } } } }'
    assert cost(empty % 1000) > cost(empty % 1)


def test_points_count_by_the_buckets_of_the_period() -> None:
    point = [cost(app(series("data { value }", period=f'{{last: "{days}d"}}'))) for days in (1, 2, 30)]
    assert point[2] - point[0] == pytest.approx(29 * (point[1] - point[0]))
    by_week = cost(app(series("data { value }", period='{last: "28d"}', more=", granularity: WEEK")))
    assert by_week == cost(app(series("data { value }", period='{last: "5d"}')))


def test_values_cost_far_less_than_points() -> None:
    assert cost(apps(series("values"))) < cost(apps(series("data { value }"))) / 3


def test_distinct_users_by_week_cost_more_than_a_sum() -> None:
    week = ", granularity: WEEK"
    assert cost(app(series("values", "USER_COUNT", more=week))) > cost(app(series("values", more=week)))
    assert cost(app(series("total", "USER_COUNT"))) > cost(app(series("total")))


def test_a_comparison_is_a_series_of_its_own() -> None:
    compared = cost(app(series("comparison { values }", more=", compare: PREVIOUS")))
    assert compared > cost(app(series("values"))) + 20
    assert cost(app(series("values", more=", compare: null"))) == cost(app(series("values")))


def client(shown: str) -> str:
    return f'{{ client(id: "a") {{ {shown} }} }}'


def test_series_of_events_count_by_their_buckets_whatever_the_granularity() -> None:
    def values(period: str, granularity: str) -> float:
        return cost(
            client(f'metric(name: EVENTS, period: {{last: "{period}"}}, granularity: {granularity}) {{ {POINTS} }}')
        )

    assert values("30d", "DAY") < values("30d", "HOUR") < values("7d", "MINUTE")
    assert values("1y", "MINUTE") < values("1d", "DAY")  # refused: nothing is below it


def test_a_slice_is_a_series_of_its_own() -> None:
    def sliced(first: int, shown: str = POINTS) -> float:
        return cost(client(f'metric(name: DAU, breakdown: "country") {{ breakdown(first: {first}) {{ {shown} }} }}'))

    assert sliced(100) > 5 * sliced(10) > 5 * sliced(1)
    assert sliced(101) < sliced(1)
    assert sliced(25, "comparison { values }") > sliced(25, "values")


def test_conditions_and_long_lists_of_series_cost_more() -> None:
    def total(arguments: str) -> float:
        return cost(client(f"metric(name: DAU{arguments}) {{ total }}"))

    def formula(count: int, each: str = "{}") -> float:
        return cost(client(f'formula(series: [{", ".join([each] * count)}], formula: "A") {{ total }}'))

    assert total(', where: [{field: "a", value: 1}]') > total(", where: []") == total("")
    assert formula(26) > formula(2) > formula(1) > formula(27)
    assert formula(2, '{where: [{field: "a", value: 1}]}') > formula(2)
    text = "query ($w: [ConditionInput!]) " + client("metric(name: DAU, where: $w) { total }")
    assert cost(text, w=[{"field": "a", "value": 1}]) == total(', where: [{field: "a", value: 1}]')
    assert cost(text) == cost(text, w=None) == cost(text, w=[]) == total("")


def funnel(shown: str, steps: int = 2, period: str = '{last: "30d"}') -> str:
    return f"funnel(steps: [{', '.join(['{}'] * steps)}], period: {period}) {{ {shown} }}"


def test_a_funnel_counts_by_its_steps_its_slices_and_the_buckets_of_its_trend() -> None:
    assert cost(client(funnel("steps { count }", 10))) > cost(client(funnel("steps { count }", 3)))
    assert cost(client(funnel("steps { count }", 11))) < cost(client(funnel("steps { count }")))
    trend = "trend(granularity: %s) { entered }"
    assert cost(client(funnel(trend % "HOUR"))) > 2 * cost(client(funnel(trend % "DAY")))
    by_day = [cost(client(funnel(trend % "DAY", period=f'{{last: "{days}d"}}'))) for days in (1, 2, 30)]
    assert by_day[2] - by_day[0] == pytest.approx(29 * (by_day[1] - by_day[0]))
    assert by_day[0] < by_day[1]
    assert cost(client(funnel(trend % "MINUTE", period='{last: "1y"}'))) < by_day[0]
    sliced = "breakdown(first: %d) { trend { entered } }"
    assert cost(client(funnel(sliced % 100))) > 3 * cost(client(funnel(sliced % 10)))
    text = 'query ($s: [FunnelStepInput!]!, $g: Granularity) { client(id: "a") { funnel(steps: $s) '
    text += "{ steps { count } trend(granularity: $g) { entered } } } }"
    assert cost(text, s=[{}] * 9) > cost(text, s=[{}] * 2)
    assert cost(text, s=[{}] * 2, g="HOUR") > cost(text, s=[{}] * 2)


def test_top_lists_and_groups_count_by_their_length() -> None:
    for field in ("topEvents(first: %d) { name count }", 'grouped(groupBy: "a", maxGroups: %d, ' + GROUPED):
        assert cost(client(field % 1000)) > 2 * cost(client(field % 10)) > 2 * cost(client(field % 1001))


GROUPED = "size: {type: COUNT}, intensity: {type: AVG_PER_ACTOR}) { groups { dimension size intensity } }"


def test_a_statement_of_many_parents_is_one_and_a_page_of_each_is_its_own() -> None:
    one, ten = (cost(apps(series("total"), first)) for first in (1, 10))
    assert ten < 10 * one
    reports_of_one, reports_of_ten = (cost(apps("usageReports(first: 1) { nodes { date } }", n)) for n in (1, 10))
    assert reports_of_ten - reports_of_one > 9 * 45


def test_equal_fields_are_run_once_and_counted_once() -> None:
    twice = '{ client(id: "a") { ...f name ... on Client { name } } } fragment f on Client { name }'
    assert cost(twice) == cost('{ client(id: "a") { name } }')


def test_fragments_cost_what_they_hold_and_only_where_they_fit() -> None:
    held = "fragment f on App { name } "
    assert cost(apps("...f ...f") + held) == cost(apps("name"))
    assert cost(apps("... on Node { id }")) == cost(apps("id"))


def test_of_an_interface_the_dearest_type_counts() -> None:
    def node(*shown: str) -> float:
        return cost(f'{{ node(id: "a") {{ {" ".join(shown)} }} }}')

    dear, cheap = "... on Metric { data { value at } }", "... on App { name }"
    assert node(dear, cheap) == node(dear) > node(cheap)
    assert node("id", "... on App { a: name }", "... on Client { b: name }") == node("id", cheap)


def test_nodes_count_by_the_ids() -> None:
    text = "query ($i: [ID!]!) { nodes(ids: $i) { id } }"
    assert cost(text, i=["x"] * 100) > 20 * cost(text, i=["x"]) / 2
    assert cost('{ nodes(ids: ["a", "b"]) { id } }') == cost(text, i=["a", "b"])


def test_a_series_by_its_id_costs_what_it_is_long() -> None:
    def by_id(period: str, granularity: str) -> float:
        question = {"metric": "EVENTS", "period": {"last": period}, "granularity": granularity}
        id = encode(GlobalId("Metric", NORDLYS, (canonical(question),)))
        one = cost("query ($i: ID!) { node(id: $i) { ... on Metric { values } } }", i=id)
        assert cost("query ($i: [ID!]!) { nodes(ids: $i) { ... on Metric { values } } }", i=["x", id]) > one
        return one

    assert by_id("7d", "DAY") < by_id("90d", "DAY") < by_id("90d", "HOUR") < by_id("10d", "MINUTE")


def test_skip_and_include_are_obeyed() -> None:
    with_it, without = cost(app("name id")), cost(app("name"))
    assert cost(app("name id @skip(if: true)")) == cost(app("name id @include(if: false)")) == without
    assert cost(app("name id @skip(if: false)")) == with_it
    text = f"query ($on: Boolean!) {app('name ... @include(if: $on) { id }')}"
    assert cost(text, on=True) == with_it
    assert cost(text, on=False) == without
    twice = f"query ($on: Boolean!) {app('name id @include(if: $on) id @skip(if: $on)')}"
    assert cost(twice, on=True) == cost(twice, on=False) == with_it
    assert cost(text.replace("Boolean!", "Boolean! = false")) == without


def test_defer_and_stream_make_no_difference() -> None:
    assert cost(app("... @defer { name }")) == cost(app("name"))
    assert cost(apps("name").replace("nodes {", "nodes @stream {")) == cost(apps("name"))


def test_variables_count_as_values_do() -> None:
    text = """query ($f: Int = 7, $p: PeriodInput!, $last: String, $m: ActivityMetric!, $g: Granularity) {
        client(id: "a") { apps(first: $f) { nodes {
            a: activity(metric: $m, period: $p, granularity: $g) { data { value } }
            b: activity(metric: $m, period: {last: $last}) { values } } } } }"""
    period = {"start": "2026-01-01", "end": "2026-01-31"}

    def written(first: int, granularity: str) -> float:
        return cost(
            apps(
                "a: " + series("data { value }", "USER_COUNT", '{start: "2026-01-01", end: "2026-01-31"}', granularity)
                + " b: " + series("values", "USER_COUNT", '{last: "9d"}'),
                first,
            )
        )  # fmt: skip

    assert cost(text, p=period, m="USER_COUNT", last="9d") == written(7, "")
    assert cost(text, p=period, m="USER_COUNT", last="9d", f=20, g="WEEK") == written(20, ", granularity: WEEK")
    assert cost(text, p=period, m="USER_COUNT", last="9d", f=None) == written(50, "")


def test_each_request_is_added_up_with_its_own_variables() -> None:
    """What was added up is kept; of another request it is nothing."""
    asked = costing(apps("name").replace("first: 50", "first: $f").replace("{ client", "query ($f: Int) { client", 1))
    first = {n: asked.estimate({"f": n}, TODAY).cost for n in range(1, 200)}
    assert sorted(first.values()) == list(first.values())
    assert {n: asked.estimate({"f": n}, TODAY).cost for n in range(1, 200)} == first
    assert asked.estimate({"f": 2.0}, TODAY).cost == first[2]
    assert asked.estimate({}, TODAY).cost == asked.estimate({"f": 50}, TODAY).cost


def test_the_day_counts_where_a_period_ends_today() -> None:
    asked = costing(app(series("data { value }", period='{last: "mtd"}')))
    assert asked.estimate({}, date(2026, 3, 31)).cost > asked.estimate({}, date(2026, 3, 1)).cost


def test_a_token_has_no_more_clients_than_it_opens() -> None:
    text = "{ viewer { clients { nodes { name } } } }"
    assert cost(text, clients=1) < cost(text, clients=3) < cost(text, clients=50) == cost(text)


# ---------------------------------------------------------------- limits of one argument come first
@pytest.mark.parametrize("first", [0, -1, 1001, 5000, 2_147_483_647])
def test_a_page_that_will_be_refused_costs_nothing_below_it(first: int) -> None:
    assert cost(apps(REPORTS, first)) < 200


@pytest.mark.parametrize(
    "period",
    [
        '{last: "10y"}',
        '{last: "92d"}',
        '{start: "2016-01-01", end: "2026-01-01"}',
        '{start: "2026-01-02", end: "2026-01-01"}',
        '{last: "never"}',
        "{}",
    ],
)
def test_a_period_that_will_be_refused_costs_nothing_below_it(period: str) -> None:
    assert cost(apps(series(POINTS, period=period))) < 500


@pytest.mark.parametrize(
    "variables",
    [
        {"f": "many", "p": {"last": 5}, "i": 7},
        {"f": [1], "p": "30d", "i": {}},
        {"f": {}, "p": {"last": ["x"], "start": 3}, "i": None},
        {"f": 1e999, "p": {"start": {}, "end": "x" * 10_000}, "i": [["x"] * 9]},
        {},
    ],
)
def test_variables_that_do_not_fit_are_somebody_elses_to_refuse(variables: dict[str, Any]) -> None:
    text = f"""query ($f: Int, $p: PeriodInput!, $i: [ID!]!) {{ nodes(ids: $i) {{ id }}
        client(id: "a") {{ apps(first: $f) {{ nodes {{ activity(metric: ACTIVE_TIME, period: $p) {{ {POINTS} }} }} }} }} }}"""
    asked = costing(text)
    assert 0 < asked.estimate(variables, TODAY).cost == asked.estimate(variables, TODAY).cost


# ---------------------------------------------------------------- what is told
def test_the_reads_have_their_place_and_their_source() -> None:
    reads = {read.path: read for read in estimate(app("mine: " + series("values"))).reads}
    assert set(reads) == {"client", "client.app", "client.app.mine"}
    assert (reads["client.app.mine"].source, reads["client.app.mine"].reference) == ("APP_USAGE", "app_usage_reports")
    assert reads["client.app"].source is None


def test_the_reads_are_part_of_the_cost() -> None:
    told = estimate(apps(THREE_SERIES))
    assert len(told.reads) == 5
    assert 0 < sum(read.cost for read in told.reads) < told.cost


def test_the_milliseconds_grow_with_the_cost() -> None:
    assert estimated_ms(1000) == 5
    assert estimated_ms(100_000) == 500


def test_the_depth_of_nothing_makes_a_figure_that_nobody_can_read() -> None:
    deep = "apps { nodes { client { " * 20 + "name" + " } } }" * 20
    assert cost(f'{{ client(id: "a") {{ {deep} }} }}') == 1e12


# ---------------------------------------------------------------- every field declares
def fields() -> Iterator[tuple[str, GraphQLField]]:
    for type_ in GRAPH.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not is_introspection_type(type_):
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}", field


COMPARED = COMPARE_COST[costs.KEY].extent
"""Series, as many as there are sources."""
LISTS = First | Many | Named | Rows | Buckets | Sent | Parts | Cut | Series


def test_every_list_says_how_long_it_may_be() -> None:
    silent = [
        place
        for place, field in fields()
        if isinstance(get_nullable_type(field.type), GraphQLList)
        and not ((made := declared(field)) and (isinstance(made.extent, LISTS) or made.extent == COMPARED))
    ]
    assert silent == [], "give each its bound: strawberry.field(metadata=costs.…)"


def test_every_connection_says_what_a_row_costs() -> None:
    silent = [
        place
        for place, field in fields()
        if get_named_type(field.type).name.endswith("Connection")
        and not ((made := declared(field)) and isinstance(made.extent, Page))
    ]
    assert silent == []


def test_every_field_with_a_period_says_what_it_reads() -> None:
    silent = [
        place
        for place, field in fields()
        if "period" in field.args
        and not ((made := declared(field)) and isinstance(made.extent, Series | Page | First | Many | Spanned))
    ]
    assert silent == []


def test_declarations_name_arguments_that_are_there() -> None:
    wrong = []
    for place, field in fields():
        made = declared(field)
        match made.extent if made else None:
            case (
                Page(argument=argument) | First(argument=argument) | Sent(argument=argument) | Named(argument=argument)
            ):
                wrong += [] if argument in field.args else [place]
            case Spanned(parts=parts, period=period):
                wrong += [] if {parts, period} <= set(field.args) else [place]
            case Cut(granularity=granularity):
                wrong += [] if granularity in field.args else [place]
            case Series() as shape:
                wrong += [] if set(shape.arguments) <= set(field.args) else [place]
                if shape.metric is None:
                    wrong += [] if len(shape.measures) == 1 else [place]
                else:
                    members = getattr(get_named_type(field.args[shape.metric].type), "values", {})
                    wrong += [] if set(shape.measures) == set(members) else [place]
    assert wrong == []


def test_every_root_field_costs_more_than_a_value() -> None:
    """What is asked at the root is read from somewhere, but for what every request has at hand."""
    at_hand = {"Query.viewer", "Query.metricCatalog"}
    cheap = {
        place
        for place, field in fields()
        if place.startswith(("Query.", "Subscription.")) and not ((made := declared(field)) and made.reads)
    }
    assert cheap == at_hand
    assert costs.CHANGE > costs.STATEMENT


def test_totals_are_counted_where_series_are() -> None:
    named = {place for place, field in fields() if (made := declared(field)) and isinstance(made.extent, Total)}
    assert {"Metric.total", "MetricComparison.total"} <= named


# ---------------------------------------------------------------- through HTTP
async def test_a_request_is_refused_by_its_cost_before_anything_runs(gateway: Gateway) -> None:
    text = apps("usageReports(first: 1000) { nodes { date } }", 1000).replace('"a"', f'"{NORDLYS}"')
    answer = await gateway.ask(text)
    assert answer.error["extensions"]["code"] == "TOO_COSTLY"
    assert "PARALLAX_MAX_COST" in answer.error["message"]
    assert answer.statements == []


async def test_an_argument_over_its_limit_is_told_as_that(gateway: Gateway) -> None:
    text = apps("usageReports(first: 5000) { nodes { date } }", 1000).replace('"a"', f'"{NORDLYS}"')
    codes = {error["extensions"]["code"] for error in (await gateway.ask(text)).errors}
    assert codes == {"INVALID_PARAMETER"}


async def test_fifty_apps_of_ninety_points_three_times_are_answered(gateway: Gateway) -> None:
    answer = await gateway.ask(apps(THREE_SERIES).replace('"a"', f'"{NORDLYS}"'))
    assert len(answer.data["client"]["apps"]["nodes"]) == 3


async def test_a_budget_without_a_limit_is_the_largest_number(gateway: Gateway) -> None:
    """Of those that every client reads exactly: the field is not null, since there is a budget."""
    text = "{ viewer { budget { limit remaining resetsAt } } }"
    budget = (await gateway.ask(text)).data["viewer"]["budget"]
    assert budget["limit"] == budget["remaining"] == 2**53 - 1
    assert budget["resetsAt"].startswith("2026-03-11T12:00:00")
