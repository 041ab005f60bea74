"""The operations of `bench serve`, and how each is sent."""

from dataclasses import dataclass
from typing import Any, Final

import orjson

from parallax.bench.ground import CLIENT, TOKEN, app_id
from parallax.bench.rows import Shape
from parallax.metrics.catalog import ActivityMetric

SHAPE: Final = Shape(rows=200_000, apps=60, days=120, users=5000, skew=0.5)
"""Small, since serving is measured: 60 apps of which each has reports every day."""
PERIOD_DAYS: Final = 90
SERIES: Final = 10
APPS: Final = 50
REPORTS: Final = 1000
METRICS: Final = tuple(metric.name for metric in ActivityMetric)


@dataclass(frozen=True, slots=True)
class Operation:
    """`goal` is the least ratio of stock Strawberry's CPU time per request to ours."""

    name: str
    what: str
    text: str
    variables: dict[str, Any]
    goal: float | None

    @property
    def body(self) -> bytes:
        return orjson.dumps({"operationName": self.name, "query": self.text, "variables": self.variables})

    def request(self, host: str = "bench", **extensions: Any) -> bytes:
        """The bytes of an HTTP request with the operation."""
        body = orjson.dumps({**orjson.loads(self.body), "extensions": extensions}) if extensions else self.body
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
            f"Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def _dash(name: str, shown: str) -> str:
    """Ten series under aliases; the metrics take turns."""
    parameters = "".join(f", $a{n}: ID!" for n in range(SERIES))
    series = " ".join(
        f"s{n}: app(id: $a{n}) {{ activity(metric: {METRICS[n % 3]}, period: $period) {{ {shown} }} }}"
        for n in range(SERIES)
    )
    return f"query {name}($client: ID!, $period: PeriodInput!{parameters}) {{ client(id: $client) {{ {series} }} }}"


POINTS = "data { date at value isPartial }"
SMALL = "query Small($client: ID!) { client(id: $client) { id name timeZone } }"
SMALL_APP = "query SmallApp($client: ID!, $app: ID!) { client(id: $client) { timeZone app(id: $app) { id name } } }"
NODES = """query Nodes($client: ID!, $app: ID!, $period: PeriodInput!, $first: Int!) {
  client(id: $client) { app(id: $app) { usageReports(period: $period, first: $first) {
    nodes { id date activeMs sessions user { externalId } }
  } } }
}"""
APPS_TEXT = f"""query Apps($client: ID!, $period: PeriodInput!, $first: Int!) {{
  client(id: $client) {{ name apps(first: $first) {{
    nodes {{ name activity(metric: ACTIVE_TIME, period: $period) {{ {POINTS} }} }}
  }} }}
}}"""


def operations(shape: Shape = SHAPE) -> list[Operation]:
    period = {"start": shape.day(shape.days - PERIOD_DAYS).isoformat(), "end": shape.last_day.isoformat()}
    client, app = {"client": str(CLIENT)}, {"app": str(app_id(0))}
    dash = {**client, "period": period, **{f"a{n}": str(app_id(n)) for n in range(SERIES)}}
    return [
        Operation("Small", "a client, 3 fields", SMALL, client, 6),
        Operation("SmallApp", "an app of a client, 3 fields", SMALL_APP, {**client, **app}, None),
        Operation("Dash", f"{SERIES} series x {PERIOD_DAYS} points, data", _dash("Dash", POINTS), dash, 1.5),
        # Its goal is what a client gains that asks for these instead of `data` (serve._small_form).
        Operation(
            "DashValues", f"{SERIES} series x {PERIOD_DAYS} points, values", _dash("DashValues", "values"), dash, None
        ),
        Operation(
            "Nodes",
            f"{REPORTS} reports x 5 fields",
            NODES,
            {**client, **app, "period": period, "first": REPORTS},
            1.1,
        ),
        Operation(
            "Apps",
            f"{APPS} apps x {PERIOD_DAYS} points, data",
            APPS_TEXT,
            {**client, "period": period, "first": APPS},
            1.1,
        ),
    ]
