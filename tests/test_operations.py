"""What each stored operation costs: the names of its statements. A longer list is a question for the review."""

from typing import Any

import pytest

from parallax.engine.caches import everywhere
from tests.gateways import OPERATIONS, Gateway
from tests.seeds import BOTH, EDITOR, MAPS, NOTES

MARCH = {"start": "2026-03-01", "end": "2026-03-31"}

ALL = {"period": MARCH}
SIGNUPS = [{"event": "signup", "breakdown": "country"}, {"metric": "DAU", "breakdown": "country"}]
PAID = [{"event": "pay", "property": "amount"}, {"metric": "SESSIONS"}]
READERS = {"event_rows.graphql": EDITOR, "user_page.graphql": EDITOR}
"""Who asks for single rows."""


def often(names: str) -> list[str]:
    """Names of statements; `name*2` is one that is asked twice."""
    return [name for each in names.split() for name, _, times in [each.partition("*")] for _ in range(int(times or 1))]


COSTS: dict[str, list[tuple[dict[str, Any], list[str]]]] = {
    "activity.graphql": [
        (
            {"app": str(NOTES), "metric": "ACTIVE_TIME", "period": MARCH, "compare": "PREVIOUS"},
            ["clients_by_id", "apps_by_key", "usage_days"],
        ),
        (
            {"app": str(NOTES), "metric": "USER_COUNT", "period": MARCH, "compare": "YEAR_OVER_YEAR"},
            ["clients_by_id", "apps_by_key", "usage_days", "usage_users"],
        ),
        (
            {"app": str(NOTES), "metric": "USER_COUNT", "period": MARCH, "granularity": "WEEK", "compare": "PREVIOUS"},
            ["clients_by_id", "apps_by_key", "usage_users", "usage_users"],  # buckets, then the totals that were asked
        ),
    ],
    "activity_example.graphql": [
        ({"app": str(NOTES)}, ["clients_by_id", "apps_by_key", "usage_days", "usage_users"]),
    ],
    "every_app.graphql": [({}, ["clients_page", "apps_of_clients", "usage_days"])],
    "usage_reports.graphql": [
        ({"app": str(MAPS), "period": MARCH}, ["clients_by_id", "apps_by_key", "usage_reports", "usage_report_count"]),
        (
            {"app": str(MAPS), "period": MARCH, "user": "user-60"},
            ["clients_by_id", "apps_by_key", "users_by_external_id", "usage_reports", "usage_report_count"],
        ),
    ],
    "sources.graphql": [
        (
            {**ALL, "app": str(MAPS), "measure": "ACTIVE_USERS", "granularity": "WEEK"},
            often("clients_by_id apps_by_key links_of_apps usage_users days_at_standing"),
        ),
        (
            {**ALL, "app": str(NOTES), "measure": "RETURNING_USERS", "country": "NO", "sources": ["EVENTS"]},
            often("clients_by_id apps_by_key client_standings segments_between*2 days_of_events"),
        ),
    ],
    "store_estimates.graphql": [({"period": MARCH, "first": 2}, often("clients_by_id apps_of_clients links_of_apps"))],
    "assistant.graphql": [({"app": str(NOTES), "period": MARCH}, often("clients_by_id apps_by_key links_of_apps"))],
    "showroom.graphql": [({"app": str(NOTES), "period": MARCH}, often("clients_by_id apps_by_key links_of_apps"))],
    "dashboard.graphql": [
        (
            {**ALL, "months": {"last": "90d"}, "app": str(NOTES)},
            often(
                "clients_by_id apps_by_key client_standings*2 days_at_standing days_of_events*2 session_blocks*4 "
                "segments_between"
            ),
        )
    ],
    "breakdown.graphql": [
        (
            {**ALL, "name": "DAU", "by": "country", "first": 2, "compare": "PREVIOUS"},
            often("clients_by_id client_standings*2 days_at_standing days_of_events segments_between*2"),
        ),
        ({**ALL, "name": "EVENTS", "by": "plan"}, often("clients_by_id days_at_standing")),
    ],
    "formula.graphql": [
        (
            {**ALL, "series": SIGNUPS, "formula": "A / B"},
            often("clients_by_id client_standings*2 days_at_standing*2 days_of_events*3 segments_between*2"),
        ),
        (
            {**ALL, "series": PAID, "formula": "A / B", "granularity": "HOUR"},
            often("clients_by_id client_standings segments_between*2 session_blocks"),
        ),
    ],
    "event_rows.graphql": [
        (
            ALL,
            often(
                "clients_by_id client_standings days_at_standing days_of_events*2 segments_between*3 session_blocks*2 "
                "apps_by_key persons_by_actor sessions_by_number users_by_id"
            ),
        ),
    ],
    "user_page.graphql": [
        (
            {"id": "ada"},
            often(
                "clients_by_id persons_by_external_id aliases_of_users traits_of_users client_standings*2 days_at_standing*5 "
                "days_of_events*4 segments_between*4 session_blocks*2 sessions_by_number"
            ),
        ),
    ],
    "user_lists.graphql": [
        (
            ALL,
            often(
                "clients_by_id client_standings days_at_standing*3 days_of_events*2 segments_between session_blocks "
                "traits_of_users user_count users_among"
            ),
        ),
    ],
    "cohorts.graphql": [
        (ALL, often("clients_by_id days_at_standing")),
        (
            {**ALL, "where": [{"field": "country", "value": "NO"}], "by": "country"},
            often("clients_by_id client_standings days_of_events*2 segments_between*2"),
        ),
    ],
    "funnel.graphql": [(ALL, often("clients_by_id client_standings segments_between users_among*3"))],
    "top_lists.graphql": [
        (ALL, often("clients_by_id client_standings days_of_scopes segments_between*2 session_blocks")),
    ],
}


def test_every_stored_operation_has_its_cost() -> None:
    assert sorted(COSTS) == sorted(path.name for path in OPERATIONS.glob("*.graphql"))


@pytest.mark.parametrize(
    ("operation", "variables", "statements"),
    [(name, variables, statements) for name, costs in COSTS.items() for variables, statements in costs],
)
async def test_a_stored_operation_causes_just_these_statements(
    gateway: Gateway, operation: str, variables: dict[str, Any], statements: list[str]
) -> None:
    """Once the process knows the client: who its users are, what its events are called, and what waits."""
    token = READERS.get(operation, BOTH)
    first = await gateway.ask(operation, token=token, **variables)
    for kept in everywhere():
        kept.forget("answer")  # which would be given again after one look whether anything has changed
    answer = await gateway.ask(operation, token=token, **variables)
    assert answer.data == first.data
    assert sorted(answer.statements) == sorted(statements)


async def test_fifty_apps_with_a_series_each_are_one_statement(own_gateway: Gateway) -> None:
    from uuid import uuid4

    from parallax.db import Database
    from parallax.scopes import Scope
    from tests.seeds import MADE_APP, NORDLYS

    urls = own_gateway.urls
    async with (
        Database(own_gateway.settings, urls.reading, urls.writing) as db,
        db.writing(Scope.of(NORDLYS)) as transaction,
    ):
        for number in range(50):
            await transaction.run(MADE_APP, NORDLYS, uuid4(), f"More {number:02}")
    query = """{ clients { nodes { apps(first: 53) { nodes {
        a: activity(metric: ACTIVE_TIME, period: {last: "90d"}) { values total }
        b: activity(metric: USER_COUNT, period: {last: "30d"}, compare: PREVIOUS) { values }
        c: activity(metric: USER_COUNT, period: {last: "90d"}, granularity: MONTH) { values total } } } } } }"""

    answer = await own_gateway.ask(query)

    assert len(answer.data["clients"]["nodes"][0]["apps"]["nodes"]) == 53
    assert sorted(answer.statements) == ["apps_of_clients", "clients_page", "usage_days", "usage_users", "usage_users"]
