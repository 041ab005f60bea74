"""metricChanged follows every Metric of events by its id."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import ExecutionResult, experimental_execute_incrementally, parse

from parallax.engine.ingest import store
from parallax.events.inputs import events_read
from parallax.installation import Urls
from parallax.schema import schema
from parallax.scopes import Scope
from parallax.settings import Settings
from tests.seeds import NORDLYS, OPERATOR
from tests.test_live import Live, watched

AT = "2026-03-10T09:00:00Z"
NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)


@pytest.fixture
async def live(settings: Settings, own_urls: Urls) -> AsyncIterator[Live]:
    async with watched(settings, own_urls) as live:
        yield live


async def id_of(live: Live, field: str) -> str:
    text = f'{{ client(id: "{NORDLYS}") {{ it: {field} {{ id }} }} }}'
    context = await live.context(OPERATOR)
    result = await experimental_execute_incrementally(schema._schema, parse(text), context_value=context)  # type: ignore[misc]
    assert isinstance(result, ExecutionResult)
    assert result.data is not None, result.errors
    return str(result.data["client"]["it"]["id"])


async def sent(live: Live, *events: dict[str, Any]) -> None:
    batch = events_read(NORDLYS, [{"at": AT, **event} for event in events], NOW)
    await store(live.db, Scope.of(NORDLYS), NORDLYS, batch)


@pytest.mark.parametrize(
    ("field", "totals"),
    [
        ('metric(name: EVENTS, event: "open", period: {last: "7d"})', [0, 1, 3]),
        ('metric(name: DAU, event: "open", period: {last: "7d"}, granularity: HOUR)', [0, 1, 2]),
        ('formula(series: [{event: "open"}, {metric: DAU}], formula: "A * 10 + B", period: {last: "7d"})', [0, 11, 32]),
    ],
)
async def test_a_metric_is_told_at_once_and_again_when_events_come_in(
    live: Live, field: str, totals: list[float]
) -> None:
    async with live.following(await id_of(live, field)) as events:
        assert (await events.next())["total"] == totals[0]
        await sent(live, {"name": "open", "user": "ada"})
        assert (await events.next())["total"] == totals[1]
        await sent(live, {"name": "open", "user": "ada"}, {"name": "open", "user": "bob"})
        assert (await events.next())["total"] == totals[2]


async def test_a_new_slice_is_a_change_although_the_series_is_as_it_was(live: Live) -> None:
    """The same user on the same day, now from another country too."""
    await sent(live, {"name": "open", "user": "ada", "properties": {"country": "NO"}})
    async with live.following(
        await id_of(live, 'metric(name: DAU, period: {last: "7d"}, breakdown: "country")')
    ) as events:
        assert (await events.next())["total"] == 1
        await sent(live, {"name": "open", "user": "ada", "properties": {"country": "SE"}})
        assert (await events.next())["total"] == 1
