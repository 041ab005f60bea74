"""R15: an instant at an edge is in the right bucket, whatever the clocks of the client's zone do, and the server's too."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from parallax.db import Database
from parallax.engine.fold import fold
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Gateway, running
from tests.seeds import EDITOR, HIMAL, NORDLYS, STRANGER

LAST = timedelta(microseconds=1)
NOW = "2026-04-10T12:00:00Z"
BERLIN, KATHMANDU = NORDLYS, HIMAL
TOKENS = {BERLIN: EDITOR, KATHMANDU: STRANGER}
EDGES = {
    BERLIN: [
        "2024-12-31T23:00:00Z",  # the year
        "2025-10-25T22:00:00Z",  # the day of 25 hours
        "2025-10-26T00:00:00Z",  # two o'clock
        "2025-10-26T01:00:00Z",  # two o'clock once more
        "2025-10-26T02:00:00Z",
        "2025-10-26T23:00:00Z",
        "2025-12-31T23:00:00Z",
        "2026-03-28T23:00:00Z",  # the day of 23 hours
        "2026-03-29T01:00:00Z",  # two o'clock is three o'clock
        "2026-03-29T22:00:00Z",
    ],
    KATHMANDU: ["2024-12-31T18:15:00Z", "2025-12-31T18:15:00Z", "2025-12-31T19:15:00Z", "2026-03-28T18:15:00Z"],
}
TRACK = """mutation ($client: ID!, $events: [EventInput!]!) {
  eventsTrack(client: $client, events: $events) { accepted rejected { field } } }"""


@dataclass(frozen=True, slots=True)
class Zoned:
    gateway: Gateway
    client: UUID

    async def buckets(
        self, granularity: str, start: str, end: str, name: str = "EVENTS", now: str = NOW
    ) -> dict[str, Any]:
        """Those with events, by the day or the instant that they begin with."""
        key = "at" if granularity == "HOUR" else "date"
        text = f"""{{ client(id: "{self.client}") {{ metric(name: {name}, granularity: {granularity},
          period: {{start: "{start}", end: "{end}"}}) {{ data {{ {key} value }} total }} }} }}"""
        answer = await self.gateway.ask(text, token=TOKENS[self.client], now=now)
        series = answer.data["client"]["metric"]
        found = {point[key]: point["value"] for point in series["data"] if point["value"]}
        assert series["total"] == sum(found.values())  # each event has a user of its own
        return found


async def track(gateway: Gateway, client: UUID, events: list[dict[str, Any]], now: str = NOW) -> Any:
    answer = await gateway.ask(TRACK, token=TOKENS[client], now=now, client=str(client), events=events)
    return answer.data["eventsTrack"]


@pytest.fixture(scope="module", params=["waiting", "folded"])
async def gateway(
    request: pytest.FixtureRequest, cluster: Cluster, settings: Settings, template: str
) -> AsyncIterator[Gateway]:
    """At each edge two events: the last instant before it, and the edge itself."""
    async with cloned(cluster, settings, template) as urls, running(settings, urls) as gateway:
        for client, edges in EDGES.items():
            instants = [datetime.fromisoformat(edge) - before for edge in edges for before in (LAST, timedelta())]
            events = [{"name": "open", "at": at.isoformat(), "user": at.isoformat()} for at in instants]
            assert (await track(gateway, client, events))["accepted"] == len(events)
            if request.param == "folded":
                async with Database(settings, urls.reading, urls.writing) as db:
                    await fold(db, client)
        yield gateway


@pytest.fixture
def berlin(gateway: Gateway) -> Zoned:
    return Zoned(gateway, BERLIN)


@pytest.fixture
def kathmandu(gateway: Gateway) -> Zoned:
    return Zoned(gateway, KATHMANDU)


# ---------------------------------------------------------------- buckets
@pytest.mark.parametrize("name", ["EVENTS", "DAU"])
async def test_r15_a_day_of_23_and_one_of_25_hours_hold_what_happened_in_them(berlin: Zoned, name: str) -> None:
    assert await berlin.buckets("DAY", "2026-03-27", "2026-03-31", name) == {
        "2026-03-28": 1,
        "2026-03-29": 4,
        "2026-03-30": 1,
    }
    assert await berlin.buckets("DAY", "2025-10-24", "2025-10-28", name) == {
        "2025-10-25": 1,
        "2025-10-26": 8,
        "2025-10-27": 1,
    }


async def test_r15_an_hour_that_is_left_out_is_none_and_one_that_comes_twice_is_two(berlin: Zoned) -> None:
    """T3."""
    assert await berlin.buckets("HOUR", "2026-03-29", "2026-03-29") == {
        "2026-03-29T00:00:00+01:00": 1,
        "2026-03-29T01:00:00+01:00": 1,
        "2026-03-29T03:00:00+02:00": 1,
        "2026-03-29T23:00:00+02:00": 1,
    }
    assert await berlin.buckets("HOUR", "2025-10-26", "2025-10-26") == {
        "2025-10-26T00:00:00+02:00": 1,
        "2025-10-26T01:00:00+02:00": 1,
        "2025-10-26T02:00:00+02:00": 2,
        "2025-10-26T02:00:00+01:00": 2,
        "2025-10-26T03:00:00+01:00": 1,
        "2025-10-26T23:00:00+01:00": 1,
    }


async def test_r15_the_year_ends_at_local_midnight(berlin: Zoned, kathmandu: Zoned) -> None:
    days = {"2024-12-31": 1, "2025-01-01": 1}
    assert await berlin.buckets("DAY", "2024-12-30", "2025-01-02") == days
    assert await kathmandu.buckets("DAY", "2024-12-30", "2025-01-02") == days
    for granularity in "MONTH", "QUARTER":
        first = "2024-12-01" if granularity == "MONTH" else "2024-10-01"
        assert await berlin.buckets(granularity, "2024-12-01", "2025-01-31") == {first: 1, "2025-01-01": 1}
        assert await kathmandu.buckets(granularity, "2024-12-01", "2025-01-31") == {first: 1, "2025-01-01": 1}
    # The last week of a year goes on into the next.
    assert await berlin.buckets("WEEK", "2024-12-23", "2025-01-12") == {"2024-12-30": 2}
    assert await berlin.buckets("WEEK", "2025-12-22", "2026-01-11") == {"2025-12-29": 2}


async def test_r15_a_zone_of_three_quarters_of_an_hour_has_its_own_days_and_hours(kathmandu: Zoned) -> None:
    assert await kathmandu.buckets("DAY", "2026-03-27", "2026-03-30") == {"2026-03-28": 1, "2026-03-29": 1}
    assert await kathmandu.buckets("HOUR", "2025-12-31", "2026-01-01") == {
        "2025-12-31T23:00:00+05:45": 1,
        "2026-01-01T00:00:00+05:45": 2,
        "2026-01-01T01:00:00+05:45": 1,
    }


@pytest.mark.parametrize("hours", [-1, 1])
async def test_r15_a_server_whose_clock_is_an_hour_off_puts_nothing_elsewhere(berlin: Zoned, hours: int) -> None:
    """Asked at the very edges, and an hour before and after them."""
    for edge in EDGES[BERLIN]:
        right = datetime.fromisoformat(edge) + timedelta(days=2)
        off = right + timedelta(hours=hours)
        for granularity in ("DAY", "HOUR"):
            given = granularity, f"{right - timedelta(days=3):%Y-%m-%d}", f"{right - timedelta(days=2):%Y-%m-%d}"
            asked_right, asked_off = [await berlin.buckets(*given, now=now.isoformat()) for now in (right, off)]
            assert asked_right == asked_off != {}


# ---------------------------------------------------------------- what arrives
async def test_i4_the_edge_is_24_hours_ahead_to_the_microsecond(own_gateway: Gateway) -> None:
    noon = datetime.fromisoformat(NOW)
    edge = noon + timedelta(hours=24)
    ahead = [{"name": "open", "at": at.isoformat()} for at in (edge, edge + LAST, edge - LAST)]
    told = await track(own_gateway, BERLIN, ahead)
    assert (told["accepted"], told["rejected"]) == (2, [{"field": ["at"]}])
    headers = {"authorization": f"Bearer {EDITOR}", "content-type": "application/json", "parallax-now": NOW}
    sent = (await own_gateway.http.post("/v1/events", content=orjson.dumps(ahead), headers=headers)).json()
    assert (sent["accepted"], [row["index"] for row in sent["rejected"]]) == (2, [1])
    # An hour later, or by a clock that is an hour ahead, it is none any more.
    later = (noon + timedelta(hours=1)).isoformat()
    assert (await track(own_gateway, BERLIN, ahead, later))["accepted"] == 3
    earlier = (noon - timedelta(hours=1)).isoformat()
    assert (await track(own_gateway, BERLIN, ahead, earlier))["rejected"] == [{"field": ["at"]}] * 3


async def test_i4_what_is_ahead_counts_on_its_day_once_that_has_come(own_gateway: Gateway) -> None:
    berlin = Zoned(own_gateway, BERLIN)
    at = datetime.fromisoformat(NOW) + timedelta(hours=23)
    assert (await track(own_gateway, BERLIN, [{"name": "open", "at": at.isoformat(), "user": "ada"}]))["accepted"] == 1
    period = "2026-04-09", "2026-04-12"
    next_day = (datetime.fromisoformat(NOW) + timedelta(days=1)).isoformat()
    assert await berlin.buckets("DAY", *period, now=next_day) == {"2026-04-11": 1}
    # That its day has begun is enough: it need not have come itself.
    assert await berlin.buckets("DAY", *period, now="2026-04-11T00:00:00+02:00") == {"2026-04-11": 1}


async def test_i4_without_a_time_it_is_the_day_of_its_arrival(own_gateway: Gateway) -> None:
    midnight = datetime.fromisoformat("2025-12-31T23:00:00Z")
    for now in midnight - LAST, midnight:
        await track(own_gateway, BERLIN, [{"name": "open", "user": str(now)}], now.isoformat())
    found = await Zoned(own_gateway, BERLIN).buckets("DAY", "2025-12-30", "2026-01-02")
    assert found == {"2025-12-31": 1, "2026-01-01": 1}
