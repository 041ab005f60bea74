"""What `bench explain` asks: an operation of each kind, of a client with four months of events."""

from datetime import timedelta
from typing import Final

from parallax.bench.ground import CLIENT
from parallax.bench.operations import Operation
from parallax.bench.population import FIRST_DAY

DAYS: Final = 120


def _last(days: int) -> str:
    last = FIRST_DAY + timedelta(DAYS - 1)
    return f'period: {{start: "{last - timedelta(days - 1)}", end: "{last}"}}'


QUARTER, MONTH, WEEK = _last(90), _last(30), _last(7)
IOS = 'where: [{field: "platform", value: "ios"}]'
EVENTS: Final = ("page_view", "search", "purchase", "login", "product_view")
DASHBOARD: Final = " ".join(
    f's{place}: metric(name: {("DAU", "EVENTS")[place % 2]}, event: "{EVENTS[place // 2]}", {QUARTER}) {{ values }}'
    for place in range(10)
)
TEXTS: Final = {
    "DAU, 90 days": f"metric(name: DAU, {QUARTER}) {{ values }}",
    "DAU, 90 points and total": f"metric(name: DAU, {QUARTER}) {{ total data {{ date at value isPartial }} }}",
    "events of a name, 30 days": f'metric(name: EVENTS, event: "page_view", {MONTH}) {{ values total }}',
    "users by week": f"metric(name: DAU, {QUARTER}, granularity: WEEK) {{ values }}",
    "trailing MAU, 90 points": f"metric(name: MAU, {QUARTER}) {{ values }}",
    "sessions and their length": f"a: metric(name: SESSIONS, {QUARTER}) {{ values }} "
    f"b: metric(name: SESSION_DURATION, {QUARTER}) {{ values }}",
    "new users": f"metric(name: USERS, {QUARTER}) {{ values }}",
    "first-time users": f'firstTimeUsers(event: "add_to_cart", {QUARTER}) {{ values }}',
    "trend by country": f'metric(name: EVENTS, event: "product_view", {QUARTER}, breakdown: "country") '
    "{ breakdown { dimension isOther total values } }",
    "trend, one condition": f'metric(name: EVENTS, event: "product_view", {QUARTER}, {IOS}) {{ values }}',
    "DAU, one condition, 30 days": f"metric(name: DAU, {MONTH}, {IOS}) {{ values }}",
    "DAU, one condition, 90 days": f"metric(name: DAU, {QUARTER}, {IOS}) {{ values }}",
    "DAU by country, 30 days": f'metric(name: DAU, {MONTH}, breakdown: "country") {{ breakdown {{ dimension values }} }}',
    "events by country, one condition": f'metric(name: EVENTS, {MONTH}, {IOS}, breakdown: "country") '
    "{ breakdown { dimension values } }",
    "sessions by plan": f'metric(name: SESSIONS, {MONTH}, breakdown: "plan") {{ breakdown {{ dimension values }} }}',
    "first-time users, one condition": f'firstTimeUsers(event: "page_view", {MONTH}, {IOS}) {{ values }}',
    "MAU by plan": f'metric(name: MAU, {MONTH}, breakdown: "plan") {{ breakdown {{ dimension values }} }}',
    "DAU beside the month before": f"metric(name: DAU, {MONTH}, compare: PREVIOUS) "
    "{ values comparison { values change } }",
    "events by hour, a month": f"metric(name: EVENTS, {MONTH}, granularity: HOUR) {{ values }}",
    "events by hour, a week": f"metric(name: EVENTS, {WEEK}, granularity: HOUR) {{ values }}",
    "per-actor p90 by week": f'perActor(event: "page_view", aggregate: P90, {MONTH}, granularity: WEEK) {{ values }}',
    "average amount by day": f'propertyAggregate(event: "purchase", property: "amount", function: AVG, {MONTH}) '
    "{ values total }",
    "top events": f"topEvents({MONTH}, first: 10) {{ name count users }}",
    "top countries": f'topProperties(event: "page_view", property: "country", {MONTH}) {{ name count users }}',
    "formula of two": f'formula(formula: "A / B", {QUARTER}, series: [{{event: "purchase"}}, {{event: "page_view"}}]) '
    "{ values }",
    "dashboard of ten": DASHBOARD,
    "page of events": f"events({WEEK}, first: 100) {{ nodes {{ id name at user {{ externalId }} }} }}",
    "page of sessions": f"sessions({WEEK}, first: 50) {{ nodes {{ id startedAt durationSeconds eventCount }} }}",
    "active users": f"activeUsers({WEEK}, first: 100) {{ nodes {{ externalId }} }}",
}


def operation(what: str) -> Operation:
    return Operation("Asked", what, f'query Asked {{ client(id: "{CLIENT}") {{ {TEXTS[what]} }} }}', {}, None)
