"""eventsTrack and logsTrack: what is acknowledged is kept as it was sent, and each row is told what became of it."""

import asyncio
import time
from typing import Any
from uuid import UUID

import pytest

from parallax.access.viewer import Role, Viewer
from parallax.db import Database
from parallax.engine.dictionaries import MOST_NAMES
from parallax.engine.ingest import store
from parallax.errors import InvalidParameter, RateLimited, Timeout
from parallax.events.inputs import events_read
from parallax.events.waiting import held
from parallax.ids import GlobalId, encode
from parallax.receipts import Receipt, Receipts
from parallax.scalars import read_instant
from parallax.scopes import Scope
from tests.clusters import Cluster
from tests.events.kept import Kept, kept
from tests.gateways import NOW, Gateway
from tests.plainly import everything, plainly
from tests.seeds import EDITOR, HIMAL, NORDLYS, NOTES, STRANGER, TREK, VIEWER

EVENTS_TRACK = """mutation($client: ID!, $events: [EventInput!]!) { eventsTrack(client: $client, events: $events) {
  accepted duplicates rejected { index field code message } receipt userErrors { field code message } } }"""
LOGS_TRACK = """mutation($client: ID!, $logs: [LogInput!]!) { logsTrack(client: $client, logs: $logs) {
  accepted duplicates rejected { index field code message } receipt userErrors { field code message } } }"""
NOON_US = int(read_instant(NOW).timestamp()) * 1_000_000


def event(name: str = "open", **fields: Any) -> dict[str, Any]:
    return {"name": name, **fields}


async def track(
    gateway: Gateway, events: list[dict[str, Any]], client: UUID = NORDLYS, token: str = EDITOR, **named: Any
) -> dict[str, Any]:
    answer = await gateway.ask(EVENTS_TRACK, token=token, client=str(client), events=events, **named)
    payload: dict[str, Any] = answer.data["eventsTrack"]
    return payload


def counts(payload: dict[str, Any]) -> tuple[int, int, int]:
    assert payload["userErrors"] == []
    return payload["accepted"], payload["duplicates"], len(payload["rejected"])


async def rows(gateway: Gateway, cluster: Cluster, client: UUID = NORDLYS) -> list[Kept]:
    async with plainly(cluster, gateway.urls) as superuser:
        return await kept(superuser, client)


# ---------------------------------------------------------------- what is kept
async def test_an_event_is_kept_as_it_was_sent(own_gateway: Gateway, cluster: Cluster) -> None:
    properties = {"amount": 95.0, "plan": "free", "tags": ["a", {"b": None}], "big": 2**63, "tiny": -0.0}
    app = encode(GlobalId("App", NORDLYS, (NOTES,)))
    sent = [
        event(
            "signup", id="e-1", at="2026-03-02T09:10:00.000001+01:00", user="ada", session="s1", properties=properties
        ),
        event("open", at="2026-03-01T00:00:00Z", user="x7", app=app),
        event("open", app=str(NOTES), properties={}),
    ]
    assert counts(await track(own_gateway, sent)) == (3, 0, 0)
    first, second, third = await rows(own_gateway, cluster)
    at_us = 1772439000_000_001
    assert first == Kept(1, 0, "e-1", "signup", at_us, "ada", "s1", None, properties, None)
    assert (second.position, second.name, second.user, second.app, second.properties) == (2, "open", "x7", NOTES, {})
    assert (third.at_us, third.user, third.session, third.id) == (NOON_US, None, None, None)


async def test_a_text_keeps_its_number_from_call_to_call(own_gateway: Gateway, cluster: Cluster) -> None:
    for names in (["open", "pay"], ["pay", "close", "open"]):
        await track(own_gateway, [event(name, user=f"u-{name}", session=f"s-{name}") for name in names])
    assert [(row.name, row.user, row.session) for row in await rows(own_gateway, cluster)] == [
        (name, f"u-{name}", f"s-{name}") for name in ("open", "pay", "pay", "close", "open")
    ]
    async with plainly(cluster, own_gateway.urls) as superuser:
        for table, count in (("event_name", 3), ("session_id", 3)):
            assert await superuser.value(f"select count(*) from {table} where client_id = $1", NORDLYS) == count


async def test_logs_and_events_share_one_order_and_keep_their_own_names(own_gateway: Gateway, cluster: Cluster) -> None:
    await track(own_gateway, [event("ERROR", user="ada")])
    logs = [{"message": "no disk", "level": "ERROR", "service": "api"}, {"message": "fine", "user": "ada"}]
    answer = await own_gateway.ask(LOGS_TRACK, token=EDITOR, client=str(NORDLYS), logs=logs)
    assert counts(answer.data["logsTrack"]) == (2, 0, 0)
    found = [(row.position, row.stream, row.name, row.properties) for row in await rows(own_gateway, cluster)]
    assert found == [
        (1, 0, "ERROR", {}),
        (2, 1, "ERROR", {":message": "no disk", ":service": "api"}),
        (3, 1, "INFO", {":message": "fine"}),
    ]


async def test_a_level_that_is_none_runs_nothing(own_gateway: Gateway) -> None:
    answer = await own_gateway.ask(
        LOGS_TRACK, token=EDITOR, client=str(NORDLYS), logs=[{"message": "m", "level": "FATAL"}]
    )
    assert answer.status == 400
    assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"
    assert "logs[0].level" in answer.error["message"]


async def test_the_clients_of_one_gateway_are_not_mixed(own_gateway: Gateway, cluster: Cluster) -> None:
    same = [event(id="a", at="2026-03-02T09:00:00Z", user="ada")]
    assert counts(await track(own_gateway, same)) == (1, 0, 0)
    assert counts(await track(own_gateway, same, HIMAL, STRANGER)) == (1, 0, 0)
    assert [row.position for row in await rows(own_gateway, cluster, HIMAL)] == [1]


# ---------------------------------------------------------------- what is not
async def test_a_bad_row_never_stops_the_good_ones(own_gateway: Gateway, cluster: Cluster) -> None:
    foreign = encode(GlobalId("App", HIMAL, (TREK,)))
    unknown = "018f0000-0000-7000-8000-00000000dead"
    sent = [
        event("first", user="ada"),
        event(""),
        event("x" * 100_000),
        event("nul\0"),
        event(user="nul\0"),
        event(at="0001-01-01T00:00:00Z"),
        event(at="9999-12-31T23:59:59Z"),
        event(at="1969-12-31T23:59:59Z"),
        event(id="no-time"),
        event(properties={"a": "x" * 5_000_000}),
        event(properties="text"),
        event(app=foreign),
        event(app=str(TREK)),
        event(app=unknown, user="never-seen"),
        event("last", user="ada"),
    ]
    payload = await track(own_gateway, sent)
    assert counts(payload) == (2, 0, 13)
    told = [(row["index"], row["field"], row["code"]) for row in payload["rejected"]]
    fields = ["name"] * 3 + ["user"] + ["at"] * 4 + ["properties"] * 2 + ["app"] * 3
    codes = ["INVALID_PARAMETER"] * 10 + ["NOT_FOUND"] * 3
    assert told == [(place + 1, [field], code) for place, (field, code) in enumerate(zip(fields, codes, strict=True))]
    assert payload["rejected"][-1]["message"] == payload["rejected"][-2]["message"]
    assert [row.name for row in await rows(own_gateway, cluster)] == ["first", "last"]
    async with plainly(cluster, own_gateway.urls) as superuser:
        assert not await superuser.value("select count(*) from actor where external_id = 'never-seen'")


async def test_more_rows_than_one_call_takes_are_refused_as_a_whole(own_gateway: Gateway, cluster: Cluster) -> None:
    many = [event() for _ in range(10_001)]
    async with plainly(cluster, own_gateway.urls) as superuser:
        before = await everything(superuser)
        payload = await track(own_gateway, many)
        assert await everything(superuser) == before
    [error] = payload["userErrors"]
    assert (error["field"], error["code"]) == (["events"], "INVALID_PARAMETER")
    assert error["message"] == "events: are 10001 rows; one call takes at most 10000."
    assert payload["receipt"] is None
    answer = await own_gateway.ask(EVENTS_TRACK, token=EDITOR, client=str(NORDLYS), events=[event()] * 100_000)
    assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"


@pytest.mark.parametrize(("token", "client", "code"), [(VIEWER, NORDLYS, "FORBIDDEN"), (EDITOR, HIMAL, "NOT_FOUND")])
async def test_who_may_not_send_changes_nothing(own_gateway: Gateway, token: str, client: UUID, code: str) -> None:
    payload = await track(own_gateway, [event()], client, token)
    assert [error["code"] for error in payload["userErrors"]] == [code]
    assert (payload["accepted"], payload["receipt"]) == (0, None)


async def test_nothing_sent_is_no_mistake(own_gateway: Gateway) -> None:
    payload = await track(own_gateway, [])
    assert counts(payload) == (0, 0, 0)
    assert payload["receipt"] is None


async def test_a_client_has_at_most_2000_event_names(own_gateway: Gateway, cluster: Cluster) -> None:
    assert counts(await track(own_gateway, [event(f"name-{n}") for n in range(MOST_NAMES - 1)])) == (
        MOST_NAMES - 1,
        0,
        0,
    )
    payload = await track(own_gateway, [event("one"), event("two"), event("name-0"), event("one"), event("three")])
    assert counts(payload) == (3, 0, 2)
    assert [(row["index"], row["field"]) for row in payload["rejected"]] == [(1, ["name"]), (4, ["name"])]
    assert "2000 event names" in payload["rejected"][0]["message"]
    logs = [{"message": "logs have levels", "level": "ALERT"}]
    answer = await own_gateway.ask(LOGS_TRACK, token=EDITOR, client=str(NORDLYS), logs=logs)
    assert counts(answer.data["logsTrack"]) == (1, 0, 0)


async def test_too_many_waiting_events_turn_more_away_with_nothing_stored(
    own_gateway: Gateway, cluster: Cluster
) -> None:
    batch = events_read(NORDLYS, [event()] * 10, read_instant(NOW))
    settings, urls = own_gateway.settings, own_gateway.urls
    async with Database(settings, urls.reading, urls.writing) as db:
        for _ in range(2):
            await store(db, Scope.of(NORDLYS), NORDLYS, batch, max_waiting=15)
        with pytest.raises(RateLimited) as refused:
            await store(db, Scope.of(NORDLYS), NORDLYS, batch, max_waiting=15)
    assert refused.value.retry_after_s
    assert "PARALLAX_MAX_WAITING" in refused.value.message
    assert len(await rows(own_gateway, cluster)) == 20


async def test_what_waits_knows_since_when(own_gateway: Gateway, cluster: Cluster) -> None:
    state = "select position, folded, waiting_since from client_state where client_id = $1"
    async with plainly(cluster, own_gateway.urls) as superuser:
        assert tuple((await superuser.rows(state, NORDLYS))[0]) == (0, 0, None)
        await track(own_gateway, [event()])
        [first] = await superuser.rows(state, NORDLYS)
        await track(own_gateway, [event(), event()])
        [second] = await superuser.rows(state, NORDLYS)
    assert (first["position"], second["position"]) == (1, 3)
    assert first["waiting_since"] == second["waiting_since"] is not None


# ---------------------------------------------------------------- receipts
async def test_a_receipt_stands_for_the_rows_and_repeats_of_them(own_gateway: Gateway) -> None:
    receipts = Receipts(own_gateway.settings.derived("receipt"))
    sent = [event(id="a", at="2026-03-02T09:00:00Z"), event()]
    first = await track(own_gateway, sent)
    assert receipts.read(first["receipt"]) == Receipt(NORDLYS, position=2)
    again = await track(own_gateway, sent[:1])
    assert counts(again) == (0, 1, 0)
    assert receipts.read(again["receipt"]).position == 2


@pytest.mark.parametrize("forged", ["", "x", "plx", None, 7, "A" * 60, "A" * 10_000, "ø", "\ud800"])
async def test_what_is_no_receipt_is_refused(forged: object) -> None:
    with pytest.raises(InvalidParameter, match="after: is not a receipt"):
        Receipts(b"key").read(forged)


async def test_a_receipt_of_another_key_or_altered_is_refused() -> None:
    receipt = Receipts(b"key").make(Receipt(NORDLYS, position=7))
    assert Receipts(b"key").read(receipt) == Receipt(NORDLYS, position=7)
    for forged in (Receipts(b"another").make(Receipt(NORDLYS, position=7)), receipt[:-2] + "AA", receipt + "A"):
        with pytest.raises(InvalidParameter):
            Receipts(b"key").read(forged)


async def test_who_waits_for_a_receipt_goes_on_when_the_rows_are_there(own_gateway: Gateway) -> None:
    settings, urls = own_gateway.settings, own_gateway.urls
    viewer = Viewer(UUID(int=9), "reader", {NORDLYS: Role.VIEWER})
    async with Database(settings, urls.reading, urls.writing) as db, asyncio.timeout(30):
        await held(db, viewer, Receipt(NORDLYS), time.monotonic() + 5)
        waiting = asyncio.create_task(held(db, viewer, Receipt(NORDLYS, position=2), time.monotonic() + 20))
        await track(own_gateway, [event()])
        await held(db, viewer, Receipt(NORDLYS, position=1), time.monotonic() + 5)
        assert not waiting.done()
        await track(own_gateway, [event()])
        await waiting
        with pytest.raises(Timeout):
            await held(db, viewer, Receipt(NORDLYS, position=3), time.monotonic() + 0.02)
        with pytest.raises(InvalidParameter, match="after"):
            await held(db, viewer, Receipt(HIMAL, position=0), time.monotonic() + 5)


async def test_usage_gives_a_receipt_as_well(own_gateway: Gateway) -> None:
    text = """mutation($client: ID!, $reports: [UsageReportInput!]!) {
      usageTrack(client: $client, reports: $reports) { receipt } }"""
    report = {"app": str(NOTES), "user": "ada", "date": "2026-03-03", "activeMs": 1, "sessions": 1}
    answer = await own_gateway.ask(text, token=EDITOR, client=str(NORDLYS), reports=[report])
    receipt = Receipts(own_gateway.settings.derived("receipt")).read(answer.data["usageTrack"]["receipt"])
    assert receipt.client == NORDLYS
    assert receipt.usage_version > 1
