"""Event streams on real connections: what comes when, who ends them, and how a gateway stops under way."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from parallax.installation import Urls
from parallax.settings import Settings
from tests.gateways import listening
from tests.seeds import EDITOR, NORDLYS, NOTES, REVOKED, VIEWER

QUESTION = """query ($c: ID!, $a: ID!) { client(id: $c) { app(id: $a) {
    activity(metric: SESSION_COUNT, period: {last: "30d"}) { id total } } } }"""
FOLLOW = "subscription ($id: ID!) { metricChanged(id: $id) { total } }"
TRACK = """mutation ($c: ID!, $r: [UsageReportInput!]!) { usageTrack(client: $c, reports: $r) { accepted } }"""
NOW = {"parallax-now": "2026-03-11T12:00:00Z"}


@asynccontextmanager
async def caller(url: str, token: str = VIEWER) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {token}", **NOW}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as http:
        yield http


async def metric(http: httpx.AsyncClient) -> dict[str, Any]:
    body = {"query": QUESTION, "variables": {"c": str(NORDLYS), "a": str(NOTES)}}
    answer = (await http.post("/graphql", json=body)).json()
    found: dict[str, Any] = answer["data"]["client"]["app"]["activity"]
    return found


async def track(url: str, user: str, sessions: int) -> None:
    report = {"app": str(NOTES), "user": user, "date": "2026-03-10", "activeMs": 1, "sessions": sessions}
    async with caller(url, EDITOR) as http:
        body = {"query": TRACK, "variables": {"c": str(NORDLYS), "r": [report]}}
        assert (await http.post("/graphql", json=body)).json()["data"]["usageTrack"]["accepted"] == 1


class Stream:
    """The events of one answer."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def next(self) -> tuple[str, Any]:
        """Name and data of the next event; pings are passed over. StopAsyncIteration at the end."""
        name = ""
        async with asyncio.timeout(20):
            while True:
                line = await anext(self._lines)
                kind, _, value = line.partition(":")
                value = value.strip()
                if kind == "event":
                    name = value
                elif kind == "data":
                    return name, json.loads(value) if value else None


@asynccontextmanager
async def following(http: httpx.AsyncClient, metric_id: str, query: str = FOLLOW) -> AsyncIterator[Stream]:
    body = {"query": query, "variables": {"id": metric_id}}
    async with http.stream("POST", "/graphql", json=body, headers={"accept": "text/event-stream"}) as answer:
        yield Stream(answer)


async def test_a_followed_metric_is_sent_at_once_and_when_it_changed(settings: Settings, own_urls: Urls) -> None:
    async with listening(settings, own_urls) as url, caller(url) as http:
        found = await metric(http)
        async with following(http, found["id"]) as stream:
            assert stream.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert await stream.next() == ("next", {"data": {"metricChanged": {"total": found["total"]}}})
            await track(url, "newcomer", 5)
            assert await stream.next() == ("next", {"data": {"metricChanged": {"total": found["total"] + 5}}})


@pytest.mark.parametrize(("id", "code"), [("none", "NOT_FOUND"), ("", "NOT_FOUND")])
async def test_what_cannot_be_followed_is_told_and_ended(
    settings: Settings, own_urls: Urls, id: str, code: str
) -> None:
    async with listening(settings, own_urls) as url, caller(url) as http, following(http, id) as stream:
        name, answer = await stream.next()
        assert (name, answer["errors"][0]["extensions"]["code"]) == ("next", code)
        assert await stream.next() == ("complete", None)


async def test_a_faulty_subscription_is_refused_before_a_stream_begins(settings: Settings, own_urls: Urls) -> None:
    async with listening(settings, own_urls) as url, caller(url) as http:
        async with following(http, "x", "subscription { nothing }") as stream:
            name, answer = await stream.next()
            assert (name, answer["errors"][0]["extensions"]["code"]) == ("next", "INVALID_PARAMETER")
            assert await stream.next() == ("complete", None)
        async with caller(url, REVOKED) as stranger, following(stranger, "x") as stream:
            assert stream.answer.status_code == 401
        answer = await http.post("/graphql", json={"query": FOLLOW, "variables": {"id": "x"}})
        assert answer.status_code == 406
        assert "text/event-stream" in answer.json()["errors"][0]["message"]


async def test_a_stopping_gateway_says_so_ends_streams_and_closes_lines(settings: Settings, own_urls: Urls) -> None:
    """At SIGTERM, before the server stops to listen: nobody is told by a broken connection."""
    chosen = settings.model_copy(update={"drain_notice": 0.5})
    async with listening(chosen, own_urls) as url, caller(url) as http:
        found = await metric(http)
        assert (await http.get("/readyz")).status_code == 200
        async with following(http, found["id"]) as stream:
            await stream.next()
            signal.raise_signal(signal.SIGTERM)
            with pytest.raises(StopAsyncIteration):
                await stream.next()  # no `complete`: the client may take it up elsewhere
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "not serving\n")
        late = await http.post("/graphql", json={"query": "{ viewer { name } }"})
        assert late.json() == {"data": {"viewer": {"name": "viewer"}}}
        assert late.headers["connection"] == "close"
