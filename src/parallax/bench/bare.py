"""The answers of `bench serve` without GraphQL: the same statements through `db.py`, dicts out.

It takes every right short cut that a handler for just these operations could take, and none of the gateway's columns.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from parallax.apps.loaders import APPS_BY_KEY, APPS_OF_CLIENTS
from parallax.bench.operations import METRICS, SERIES
from parallax.clients.loaders import CLIENTS_BY_ID
from parallax.context import Context
from parallax.ids import GlobalId, encode
from parallax.metrics.catalog import ActivityMetric
from parallax.periods import Axis, Granularity, Period, axis
from parallax.usage.loaders import USAGE_REPORTS, usage_days


async def answer(context: Context, operation: str, variables: dict[str, Any]) -> dict[str, Any]:
    client = UUID(variables["client"])
    [(_, name, zone)] = await context.db.rows(context.viewer.scope([client]), CLIENTS_BY_ID, [client])
    if operation == "Small":
        return {"client": {"id": encode(GlobalId("Client", client)), "name": name, "timeZone": zone}}
    if operation == "SmallApp":
        app = UUID(variables["app"])
        [(_, _, app_name, _)] = await _apps(context, client, [app])
        app_id = encode(GlobalId("App", client, (app,)))
        return {"client": {"timeZone": zone, "app": {"id": app_id, "name": app_name}}}
    period = Period(date.fromisoformat(variables["period"]["start"]), date.fromisoformat(variables["period"]["end"]))
    if operation == "Nodes":
        return {"client": {"app": {"usageReports": {"nodes": await _reports(context, client, period, variables)}}}}
    shown = axis(period, Granularity.DAY, zone, context.today(zone))
    if operation == "Apps":
        found = await context.db.rows(
            context.viewer.scope([client]), APPS_OF_CLIENTS, [client], [None], [None], None, variables["first"] + 1
        )
        apps = [(row["id"], row["name"]) for row in found[: variables["first"]]]
        series = await _series(context, client, [app for app, _ in apps], shown, ["ACTIVE_TIME"])
        nodes = [
            {"name": app, "activity": {"data": _points(shown, columns[0])}}
            for (_, app), columns in zip(apps, series, strict=True)
        ]
        return {"client": {"name": name, "apps": {"nodes": nodes}}}
    asked = [UUID(variables[f"a{n}"]) for n in range(SERIES)]
    await _apps(context, client, asked)
    series = await _series(context, client, asked, shown, METRICS)
    if operation == "Dash":
        return {"client": {f"s{n}": {"activity": {"data": _points(shown, series[n][n % 3])}} for n in range(SERIES)}}
    return {"client": {f"s{n}": {"activity": {"values": series[n][n % 3]}} for n in range(SERIES)}}


async def _apps(context: Context, client: UUID, apps: Sequence[UUID]) -> list[Any]:
    return await context.db.rows(context.viewer.scope([client]), APPS_BY_KEY, [client] * len(apps), apps)


async def _series(
    context: Context, client: UUID, apps: Sequence[UUID], shown: Axis, metrics: Sequence[str]
) -> list[list[list[float]]]:
    """By app, by metric: a value for each day."""
    columns = {name: ActivityMetric[name].value.column for name in metrics}
    rows = await context.db.rows(
        context.viewer.scope([client]),
        usage_days(tuple(sorted(columns.values()))),
        [client] * len(apps),
        apps,
        [shown.period.start] * len(apps),
        [shown.period.end] * len(apps),
    )
    found: list[list[list[float]]] = [[[0.0] * len(shown.dates) for _ in metrics] for _ in apps]
    for row in rows:
        for values, name in zip(found[row["number"] - 1], metrics, strict=True):
            for day, value in zip(row["offsets"] or (), row[columns[name]] or (), strict=True):
                values[day] = float(value)
    return found


def _points(shown: Axis, values: Sequence[float]) -> list[dict[str, Any]]:
    return [
        {"date": day, "at": at, "value": value, "isPartial": partial}
        for day, at, value, partial in zip(shown.date_texts, shown.at_texts, values, shown.partial, strict=True)
    ]


async def _reports(context: Context, client: UUID, period: Period, variables: dict[str, Any]) -> list[dict[str, Any]]:
    app, first = UUID(variables["app"]), variables["first"]
    await _apps(context, client, [app])
    scope = context.viewer.scope([client])
    rows = await context.db.rows(
        scope, USAGE_REPORTS, client, app, period.start, period.end, None, None, None, first + 1
    )
    return [
        {
            "id": encode(GlobalId("UsageReport", client, (app, day, actor))),
            "date": day,
            "activeMs": float(active_ms),
            "sessions": sessions,
            "user": {"externalId": user},
        }
        for day, actor, active_ms, sessions, user in rows[:first]
    ]
