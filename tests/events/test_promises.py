"""When something is full, frozen or gone: what is written is there whole or not at all (R1, R2, R10, R11, R16)."""

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from parallax.db import Database
from parallax.engine.fold import fold
from parallax.engine.verify import verify
from parallax.installation import Urls
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.events.obstacles import ROW_OF_CLIENT, backends, frozen, locked, table, waiting
from tests.gateways import Answer, Gateway, listening, running
from tests.plainly import plainly
from tests.seeds import EDITOR, HIMAL, NORDLYS, STRANGER, VIEWER

COUNT = f"""{{ client(id: "{NORDLYS}") {{
  metric(name: EVENTS, period: {{start: "2026-03-02", end: "2026-03-04"}}) {{ total values }} }} }}"""
NAMES = "{ clients { nodes { name } } }"
TRACK = """mutation ($client: ID!, $events: [EventInput!]!) {
  eventsTrack(client: $client, events: $events) { accepted duplicates userErrors { code } } }"""
EVENTS = [
    {"id": f"e-{n}", "name": "open", "at": f"2026-03-0{n % 3 + 2}T09:00:00Z", "user": f"u-{n}", "session": f"s-{n}"}
    for n in range(30)
]


async def track(gateway: Gateway, client: Any = NORDLYS, token: str = EDITOR) -> Answer:
    return await gateway.ask(TRACK, token=token, client=str(client), events=EVENTS)


async def counted(gateway: Gateway) -> float:
    series = (await gateway.ask(COUNT)).data["client"]["metric"]
    assert sum(series["values"]) == series["total"]
    return float(series["total"])


def codes(answer: Answer) -> list[str]:
    return [error["extensions"]["code"] for error in answer.errors]


async def whole(gateway: Gateway, accepted: int = 30) -> None:
    """All events are there once after a repeat of the batch, of which so many were new; folded, they are as the rows say."""
    told = (await track(gateway)).data["eventsTrack"]
    assert (told["accepted"], told["duplicates"]) == (accepted, 30 - accepted)
    assert await counted(gateway) == 30
    async with Database(gateway.settings, gateway.urls.reading, gateway.urls.writing) as db:
        await fold(db, NORDLYS)
        assert (await verify(db, NORDLYS)).differences == []
    assert await counted(gateway) == 30


# ---------------------------------------------------------------- R10: every connection is lent out
async def test_r10_a_write_that_gets_no_connection_says_when_to_come_back(
    settings: Settings, own_urls: Urls, cluster: Cluster
) -> None:
    narrow = settings.model_copy(update={"ingest_pool_size": 1, "pool_wait": 0.2})
    async with running(narrow, own_urls) as gateway:
        async with locked(cluster, own_urls, ROW_OF_CLIENT):
            holder = asyncio.create_task(track(gateway))
            await waiting(cluster, own_urls, 1)
            told = await track(gateway, HIMAL, STRANGER)
            assert codes(told) == ["SOURCE_UNAVAILABLE"]
            assert told.error["extensions"]["retryAfterSeconds"] >= 1
            headers = {"authorization": f"Bearer {STRANGER}", "content-type": "application/json"}
            sent = await gateway.http.post("/v1/events", content=orjson.dumps(EVENTS), headers=headers)
            assert (sent.status_code, sent.json()["errors"][0]["extensions"]["code"]) == (503, "SOURCE_UNAVAILABLE")
            assert int(sent.headers["retry-after"]) >= 1
            # Those who read are not those who write.
            assert await counted(gateway) == 0
        assert (await holder).data["eventsTrack"]["accepted"] == 30
        assert (await track(gateway, HIMAL, STRANGER)).data["eventsTrack"]["accepted"] == 30


async def test_r10_writers_of_one_client_leave_the_connections_to_the_others(
    settings: Settings, own_urls: Urls, cluster: Cluster
) -> None:
    async with running(settings.model_copy(update={"ingest_pool_size": 2}), own_urls) as gateway:
        async with locked(cluster, own_urls, ROW_OF_CLIENT):
            held = [asyncio.create_task(track(gateway)) for _ in range(6)]
            await waiting(cluster, own_urls, 1)
            async with asyncio.timeout(5):
                assert (await track(gateway, HIMAL, STRANGER)).data["eventsTrack"]["accepted"] == 30
        told = [(await each).data["eventsTrack"] for each in held]
        assert sorted(each["accepted"] for each in told) == [0] * 5 + [30]


async def test_r10_a_metric_that_gets_no_connection_says_when_to_come_back(
    settings: Settings, own_urls: Urls, cluster: Cluster
) -> None:
    narrow = settings.model_copy(update={"pool_size": 1, "pool_wait": 0.2})
    async with running(narrow, own_urls) as gateway:
        await track(gateway)
        assert await counted(gateway) == 30
        async with locked(cluster, own_urls, table("client_state")):
            holder = asyncio.create_task(counted(gateway))
            await waiting(cluster, own_urls, 1)
            answer = await gateway.ask(COUNT)
            assert codes(answer) == ["SOURCE_UNAVAILABLE"]
            assert answer.error["extensions"]["retryAfterSeconds"] >= 1
            assert (await gateway.http.get("/livez")).status_code == 200
            assert (await gateway.http.get("/readyz")).status_code == 503
        assert await holder == 30
        assert (await gateway.http.get("/readyz")).status_code == 200


# ---------------------------------------------------------------- R16: the database does not move
@pytest.mark.parametrize("folded", [False, True])
async def test_r16_a_metric_that_waits_too_long_is_a_timeout_and_never_a_number(
    settings: Settings, own_urls: Urls, cluster: Cluster, folded: bool
) -> None:
    async with running(settings.model_copy(update={"deadline": 0.5}), own_urls) as gateway:
        await track(gateway)
        if folded:
            await whole(gateway, accepted=0)
        async with locked(cluster, own_urls, table("event_day") + "; " + table("event_tail")):
            answer = await gateway.ask(COUNT)
            if answer.errors:
                assert set(codes(answer)) == {"TIMEOUT"}
                client = (answer.body.get("data") or {}).get("client") or {}
                assert client.get("metric") is None
            else:  # what it remembers of what is folded is still right
                assert answer.data["client"]["metric"]["total"] == 30
            await waiting(cluster, own_urls, 0)
        assert await counted(gateway) == 30


async def test_r16_a_frozen_server_is_told_and_no_batch_is_kept_by_half(
    settings: Settings, own_urls: Urls, cluster: Cluster
) -> None:
    async with running(settings.model_copy(update={"deadline": 0.6}), own_urls) as gateway:
        await track(gateway, HIMAL, STRANGER)  # so that it has a connection that writes
        assert await counted(gateway) == 0
        # That its token was used is written too, once a minute: not while the server is frozen, by the connection above.
        assert codes(await gateway.ask(COUNT, token=EDITOR)) == []
        with frozen(await backends(cluster, own_urls)):
            # A connection that was frozen is given up, and a new one moves: hence one question, then one write.
            assert codes(await gateway.ask(COUNT)) == ["TIMEOUT"]
            assert codes(await track(gateway)) == ["TIMEOUT"]
        assert await counted(gateway) == 0
        await whole(gateway)


@pytest.mark.parametrize("at", ["event_name", "actor", "session_id", "event_tail"])
async def test_r16_a_batch_that_freezes_on_its_way_changes_nothing_when_the_server_moves_again(
    settings: Settings, own_urls: Urls, cluster: Cluster, at: str
) -> None:
    """Stopped at this table, and gone from the caller's point of view, it is not finished behind their back."""
    async with running(settings.model_copy(update={"deadline": 1.5}), own_urls) as gateway:
        async with locked(cluster, own_urls, table(at)):
            writing = asyncio.create_task(track(gateway))
            await waiting(cluster, own_urls, 1)
            pids = await backends(cluster, own_urls)
            with frozen(pids):
                told = await writing
                assert codes(told) == ["TIMEOUT"]
                assert "Nothing was changed" in told.error["message"]
        await waiting(cluster, own_urls, 0)
        await whole(gateway)


# ---------------------------------------------------------------- R11: the caller left
async def test_r11_the_metric_of_a_caller_who_left_is_cancelled(
    settings: Settings, own_urls: Urls, cluster: Cluster
) -> None:
    patient = settings.model_copy(update={"deadline": 60})
    async with listening(patient, own_urls) as url, locked(cluster, own_urls, table("client_state")):
        async with httpx.AsyncClient(base_url=url) as http:
            headers = {"authorization": f"Bearer {VIEWER}"}
            request = asyncio.create_task(http.post("/graphql", json={"query": COUNT}, headers=headers))
            await waiting(cluster, own_urls, 1)
            request.cancel()
            await asyncio.gather(request, return_exceptions=True)
        await waiting(cluster, own_urls, 0)


async def test_r2_a_batch_whose_caller_left_is_kept_whole_or_not_at_all(
    settings: Settings, own_urls: Urls, cluster: Cluster
) -> None:
    async with listening(settings, own_urls) as url, running(settings, own_urls) as gateway:
        async with locked(cluster, own_urls, table("event_tail")), httpx.AsyncClient(base_url=url) as http:
            sent = {"query": TRACK, "variables": {"client": str(NORDLYS), "events": EVENTS}}
            headers = {"authorization": f"Bearer {EDITOR}"}
            request = asyncio.create_task(http.post("/graphql", json=sent, headers=headers))
            await waiting(cluster, own_urls, 1)
            request.cancel()
            await asyncio.gather(request, return_exceptions=True)
        await waiting(cluster, own_urls, 0)
        told = (await track(gateway)).data["eventsTrack"]
        assert sorted((told["accepted"], told["duplicates"])) == [0, 30]
        assert await counted(gateway) == 30


async def test_r1_a_batch_whose_connection_is_killed_changes_nothing(own_gateway: Gateway, cluster: Cluster) -> None:
    async with locked(cluster, own_gateway.urls, table("event_tail")):
        writing = asyncio.create_task(track(own_gateway))
        await waiting(cluster, own_gateway.urls, 1)
        async with plainly(cluster, own_gateway.urls) as superuser:
            await superuser.value("select pg_terminate_backend(pid) from pg_locks where not granted limit 1")
        told = await writing
    assert codes(told) == ["SOURCE_UNAVAILABLE"]
    assert "Nothing was changed" in told.error["message"]
    assert (await own_gateway.ask(NAMES)).data == {"clients": {"nodes": [{"name": "Nordlys"}]}}
    await whole(own_gateway)
