"""Writers and readers of Nordlys's events over HTTP. A call that broke may be kept or not: it is sent again as it was (R2)."""

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import orjson

from tests.seeds import EDITOR, NORDLYS

TRACK = """mutation ($client: ID!, $events: [EventInput!]!) { eventsTrack(client: $client, events: $events) {
  accepted duplicates receipt rejected { message } userErrors { code } } }"""
ALL = '{start: "2026-03-01", end: "2026-03-20"}'
SEEN = f"""{{ client(id: "{NORDLYS}") {{
  events: metric(name: EVENTS, period: {ALL}) {{ values total }}
  users: metric(name: DAU, period: {ALL}) {{ values total }}
}} }}"""
PAGE = f"""query ($after: String) {{ client(id: "{NORDLYS}") {{
  events(period: {ALL}, first: 1000, after: $after) {{ nodes {{ externalId }} pageInfo {{ hasNextPage endCursor }} }}
}} }}"""
ANALYSES = f"""{{ client(id: "{NORDLYS}") {{
  inOrder: funnel(period: {ALL}, order: STRICT, steps: [{{}}, {{}}]) {{ steps {{ count }} }}
  byName: funnel(period: {ALL}, steps: [{{event: "open"}}, {{event: "never"}}]) {{ steps {{ count }} }}
  byCountry: funnel(period: {ALL}, steps: [{{event: "open"}}, {{}}], breakdown: "country") {{
    breakdown {{ steps {{ count }} }} }}
  retention(period: {ALL}, granularity: DAY, periods: 3) {{ cohorts {{ size cells {{ count }} }} }}
  lifecycle(period: {ALL}, granularity: DAY) {{ data {{ new returning resurrected }} }}
  stickiness(period: {ALL}) {{ histogram {{ days users }} }}
  segments(period: {ALL}) {{ category count }}
  small: metric(name: EVENTS, period: {ALL}, where: [{{field: "amount", operator: LT, value: 100}}]) {{ total }}
}} }}"""
PASSING = {"SOURCE_UNAVAILABLE", "TIMEOUT"}
PAUSE_S = 0.05

Door = Callable[[], httpx.AsyncClient]
"""A gateway to ask; it may be another the next time, or not be there."""


class Broken(Exception):
    """No answer, or one that says to come back."""


def event(id: str) -> dict[str, Any]:
    """Each has a user of its own, and lies on one of twenty days: users and events are as many, by day and in all."""
    lot = random.Random(id)
    at = datetime(2026, 3, 1, 6, tzinfo=UTC) + timedelta(days=lot.randrange(20), seconds=lot.randrange(36_000))
    properties = {"country": lot.choice(["NO", "SE", "DE"]), "amount": lot.randrange(100)}
    session = f"s-{lot.randrange(200)}"
    return {"id": id, "name": "open", "at": at.isoformat(), "user": id, "session": session, "properties": properties}


# ---------------------------------------------------------------- calls
async def asked(http: httpx.AsyncClient, text: str, **variables: Any) -> Any:
    """What an operation answers. Raises Broken."""
    sent = {"query": text, "variables": variables}
    body = await _posted(http, "/graphql", orjson.dumps(sent), "application/json")
    codes = {error["extensions"]["code"] for error in body.get("errors", ())}
    assert codes <= PASSING, body
    if codes:
        raise Broken(str(body))
    return body["data"]


async def sent(http: httpx.AsyncClient, events: list[dict[str, Any]], as_lines: bool = False) -> dict[str, Any]:
    """What became of events, by the mutation or `/v1/events`. Raises Broken."""
    if as_lines:
        lines = b"\n".join(map(orjson.dumps, events))
        told = await _posted(http, "/v1/events", lines, "application/x-ndjson")
        if "errors" in told:
            assert {error["extensions"]["code"] for error in told["errors"]} <= PASSING, told
            raise Broken(str(told))
    else:
        told = (await asked(http, TRACK, client=str(NORDLYS), events=events))["eventsTrack"]
        assert told["userErrors"] == []
    assert told["rejected"] == []
    assert told["accepted"] + told["duplicates"] == len(events)
    return dict(told)


async def _posted(http: httpx.AsyncClient, path: str, body: bytes, kind: str) -> Any:
    headers = {"authorization": f"Bearer {EDITOR}", "content-type": kind}
    try:
        return (await http.post(path, content=body, headers=headers)).json()
    except httpx.TransportError as error:
        raise Broken(repr(error)) from error


async def listed(http: httpx.AsyncClient) -> list[str]:
    """The ids of all rows, page by page."""
    ids: list[str] = []
    after = None
    while True:
        page = (await asked(http, PAGE, after=after))["client"]["events"]
        ids += [row["externalId"] for row in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return ids
        after = page["pageInfo"]["endCursor"]


# ---------------------------------------------------------------- traffic
@dataclass
class Ledger:
    """Ids that were sent, and those of them that were acknowledged: what a right answer counts lies between the two."""

    sent: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    batches: int = 0
    broken: int = 0
    accepted: int = 0


@dataclass
class Traffic:
    """Until `stopped`, each writer ends the batch that it is at, however often it breaks."""

    door: Door
    ledger: Ledger = field(default_factory=Ledger)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, name: str, most: int = 30, common: Iterator[int] | None = None) -> None:
        """Batches of random size with ids of one's own, or `common` to several writers; some are sent once more."""
        lot, numbers, before = random.Random(name), count(), list[str]()
        while not self.stopped.is_set():
            own = [f"{name}-{next(numbers)}" for _ in range(lot.randint(1, most))]
            shared = [] if common is None else [f"common-{next(common) // 2}" for _ in range(lot.randint(0, 5))]
            again = lot.sample(before, min(len(before), lot.choice((0, 0, 0, 10))))
            ids = own + shared + again
            lot.shuffle(ids)
            await self._until_kept(ids, as_lines=lot.random() < 0.5)
            before = (before + own)[-200:]

    async def _until_kept(self, ids: list[str], as_lines: bool) -> None:
        known = self.ledger.kept & set(ids)
        self.ledger.sent |= set(ids)
        while True:
            try:
                told = await sent(self.door(), [event(id) for id in ids], as_lines)
                break
            except Broken:
                self.ledger.broken += 1
                await asyncio.sleep(PAUSE_S)
        assert told["accepted"] <= len(set(ids) - known), "what was acknowledged is accepted once more"
        self.ledger.kept |= set(ids)
        self.ledger.batches += 1
        self.ledger.accepted += told["accepted"]

    async def read(self) -> None:
        """Nothing acknowledged is missing, nothing is counted twice, and what was seen stays."""
        seen = 0
        while not self.stopped.is_set():
            least = max(len(self.ledger.kept), seen)
            try:
                client = (await asked(self.door(), SEEN))["client"]
            except Broken:
                await asyncio.sleep(PAUSE_S)
                continue
            events, users = client["events"], client["users"]
            assert least <= events["total"] <= len(self.ledger.sent)
            assert events["total"] == sum(events["values"]) == sum(users["values"]) == users["total"]
            seen = int(events["total"])

    async def check(self, http: httpx.AsyncClient) -> None:
        """After the end: every way to count says what was acknowledged."""
        ids = sorted(self.ledger.kept)
        client = (await asked(http, SEEN))["client"]
        for told in client["events"], client["users"]:
            assert (told["total"], sum(told["values"])) == (len(ids), len(ids))
        assert sorted(await listed(http)) == ids
        await self._check_analyses(http, len(ids))

    async def _check_analyses(self, http: httpx.AsyncClient, users: int) -> None:
        """Each event has a user of its own: who did something did one thing, on one day, for the first time."""
        client = (await asked(http, ANALYSES))["client"]
        for funnel in client["inOrder"], client["byName"]:
            assert [step["count"] for step in funnel["steps"]] == [users, 0]
        assert sum(each["steps"][0]["count"] for each in client["byCountry"]["breakdown"]) == users
        cohorts = client["retention"]["cohorts"]
        assert sum(cohort["size"] for cohort in cohorts) == users
        assert sum(cell["count"] for cohort in cohorts for cell in cohort["cells"]) == users
        points = client["lifecycle"]["data"]
        assert sum(point["new"] for point in points) == users
        assert {(point["returning"], point["resurrected"]) for point in points} == {(0, 0)}
        assert {bar["days"]: bar["users"] for bar in client["stickiness"]["histogram"] if bar["users"]} == {1: users}
        for category in "LIFECYCLE", "ENGAGEMENT":
            assert sum(each["count"] for each in client["segments"] if each["category"] == category) == users
        assert client["small"]["total"] == users
