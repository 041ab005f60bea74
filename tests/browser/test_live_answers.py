"""Answers that come in more than one piece, in the browser: subscriptions, and what is deferred."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from parallax.ids import uuid7
from tests.browser.explorer_visit import Visit

if TYPE_CHECKING:
    from playwright.async_api import Request, Route

pytestmark = pytest.mark.browser

SERIES = """{ viewer { clients { nodes { id apps { nodes { id
    activity(metric: SESSION_COUNT, period: { last: "7d" }) { id total }
} } } } } }"""
SEND = """mutation ($client: ID!, $reports: [UsageReportInput!]!) {
    usageTrack(client: $client, reports: $reports) { accepted userErrors { message } }
}"""

SEND_EVENTS = """mutation ($client: ID!, $events: [EventInput!]!) {
    eventsTrack(client: $client, events: $events) { accepted userErrors { message } }
}"""


async def some_app(visit: Visit) -> tuple[str, dict[str, Any]]:
    """The id of a client, and one of its apps with a series."""
    clients = (await visit.asked(SERIES))["data"]["viewer"]["clients"]["nodes"]
    client = next(client for client in clients if client["apps"]["nodes"])
    return client["id"], client["apps"]["nodes"][0]


async def send_sessions(visit: Visit, client: str, app: str, sessions: int) -> None:
    now = datetime.now(UTC)
    report = {
        "app": app,
        "user": str(uuid7(now)),
        "date": str((now - timedelta(days=2)).date()),
        "activeMs": 1000,
        "sessions": sessions,
    }
    sent = (await visit.asked(SEND, {"client": client, "reports": [report]}))["data"]["usageTrack"]
    assert (sent["accepted"], sent["userErrors"]) == (1, [])


def is_stream(request: Request) -> bool:
    return bool(request.headers.get("accept", "").startswith("text/event-stream"))


async def test_a_watched_number_changes_once_usage_was_sent_until_it_is_stopped(visit: Visit) -> None:
    await visit.open_with_schema()
    client, app = await some_app(visit)
    before = app["activity"]["total"] or 0
    await visit.open_example("Watch a number change", METRIC_ID=app["activity"]["id"])

    await visit.run()
    await visit.answers(f'"total": {before:.0f}')
    await send_sessions(visit, client, app["id"], 7)
    await visit.answers(f'"total": {before + 7:.0f}')

    async with visit.page.expect_event("requestfailed", is_stream):  # closed, so that the gateway stops too
        await visit.page.click("button[aria-label^='Stop']")
    await visit.page.wait_for_selector("button[aria-label^='Execute']")
    assert f'"total": {before + 7:.0f}' in await visit.answer()
    assert visit.complaints == []


async def test_an_event_is_told_when_it_arrives(visit: Visit) -> None:
    await visit.open_with_schema()
    [client, *_] = (await visit.asked(SERIES))["data"]["viewer"]["clients"]["nodes"]
    await visit.open_example("Watch events arrive", CLIENT_ID=client["id"])

    async with visit.page.expect_request(is_stream):
        await visit.page.click("button[aria-label^='Execute']")
    # What came before it was watched is not told: so one is sent after the other until one is.
    sent = 0
    async with asyncio.timeout(30):
        while '"name": "kettle_boiled"' not in await visit.answer():
            sent += 1
            event = {"id": f"kettle-{sent}", "name": "kettle_boiled", "at": "2026-03-02T09:00:00Z"}
            events = [{**event, "properties": {"country": "NO"}}]
            told = (await visit.asked(SEND_EVENTS, {"client": client["id"], "events": events}))["data"]["eventsTrack"]
            assert told == {"accepted": 1, "userErrors": []}
            await visit.page.wait_for_timeout(500)

    await visit.page.click("button[aria-label^='Stop']")
    await visit.page.wait_for_selector("button[aria-label^='Execute']")
    assert visit.complaints == []


async def test_a_stream_that_breaks_off_is_taken_up_again(visit: Visit) -> None:
    await visit.open_with_schema()
    _, app = await some_app(visit)
    broken: list[Route] = []

    async def breaks_once(route: Route) -> None:
        if is_stream(route.request) and not broken:
            broken.append(route)
            event = {"data": {"metricChanged": {"label": "before it broke"}}}
            await route.fulfill(
                content_type="text/event-stream", body=f":\n\nevent: next\ndata: {json.dumps(event)}\n\nevent: next\nda"
            )
        else:
            await route.continue_()

    await visit.page.route("**/graphql", breaks_once)
    await visit.open_example("Watch a number change", METRIC_ID=app["activity"]["id"])

    assert "before it broke" in await visit.run()
    await visit.answers(f'"total": {app["activity"]["total"]:.0f}')
    await visit.page.click("button[aria-label^='Stop']")


async def test_an_id_that_is_none_is_told_where_the_answer_would_be(visit: Visit) -> None:
    await visit.open_with_schema()
    await visit.open_example("Watch a number change", METRIC_ID="nobody")

    assert '"errors"' in await visit.run()
    await visit.page.wait_for_selector("button[aria-label^='Execute']")  # it is over: nothing is tried again


async def test_deferred_numbers_join_the_list_that_came_first(visit: Visit) -> None:
    await visit.open_with_schema()
    example = await visit.open_example("First the list, then the numbers")
    whole = await visit.asked(example["query"])

    async with visit.page.expect_response(
        lambda response: response.headers["content-type"].startswith("multipart/mixed")
    ) as streamed:
        await visit.run()
    response = await streamed.value
    await visit.page.wait_for_selector("button[aria-label^='Execute']")

    assert "multipart/mixed" in response.request.headers["accept"]
    drawn = re.sub(r"\s", "", await visit.answer())
    assert '"values":[' in drawn, "the numbers are not in sight: nothing was proven"
    expected = json.dumps(whole, ensure_ascii=False)
    assert re.sub(r"\s|\.0\b", "", expected).startswith(drawn)
