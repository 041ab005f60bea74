"""A receipt sent back: the answer of any gateway holds what was written, or says in time that it does not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parallax.installation import Urls
from parallax.receipts import Receipt, Receipts
from parallax.settings import Settings
from tests.gateways import NOW, Answer, Gateway, running
from tests.seeds import EDITOR, HIMAL, NORDLYS, VIEWER

DAY = 'period: {start: "2026-03-02", end: "2026-03-02"}'
AT = "2026-03-02T09:00:00Z"
COUNT = f"""query ($event: String) {{ client(id: "{NORDLYS}") {{
  metric(name: EVENTS, event: $event, {DAY}) {{ total }} }} }}"""
TRACK = """mutation ($client: ID!, $events: [EventInput!]!) {
  eventsTrack(client: $client, events: $events) { accepted receipt } }"""


def event(name: str) -> dict[str, Any]:
    return {"name": name, "at": AT, "user": "ada"}


async def asked(
    gateway: Gateway, text: str = COUNT, token: str = VIEWER, sealed: Any = None, by: str = "after", **given: Any
) -> Answer:
    """With a receipt: as the extension `after`, or as the `header`."""
    sent: dict[str, Any] = {"query": text, "variables": given}
    headers = {"authorization": f"Bearer {token}", "parallax-now": NOW, "accept": "application/graphql-response+json"}
    if by == "header" and sealed is not None:
        headers["parallax-after"] = sealed
    elif sealed is not None:
        sent["extensions"] = {"after": sealed}
    response = await gateway.http.post("/graphql", json=sent, headers=headers)
    return Answer(response.status_code, response.json(), [], response.headers)


async def written(gateway: Gateway, *events: dict[str, Any]) -> str:
    """The receipt."""
    answer = await asked(gateway, TRACK, token=EDITOR, client=str(NORDLYS), events=list(events))
    assert answer.data["eventsTrack"]["accepted"] == len(events)
    return str(answer.data["eventsTrack"]["receipt"])


def total(answer: Answer) -> float:
    return float(answer.data["client"]["metric"]["total"])


def receipt(gateway: Gateway, position: int, client: Any = NORDLYS) -> str:
    """As if the client had come so far."""
    return Receipts(gateway.settings.derived("receipt")).make(Receipt(client, position))


@pytest.fixture
async def hasty(settings: Settings, own_urls: Urls) -> AsyncIterator[Gateway]:
    """Gives up after a short while."""
    async with running(settings.model_copy(update={"deadline": 0.4}), own_urls) as gateway:
        yield gateway


# ---------------------------------------------------------------- it is there
@pytest.mark.parametrize("pairs", [300, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_what_one_gateway_wrote_is_in_the_next_answer_of_the_other(
    settings: Settings, own_urls: Urls, pairs: int
) -> None:
    """R1: both fold meanwhile, so that an answer is made of what waits, of what is derived and of what is remembered."""
    folding = settings.model_copy(update={"fold": True, "fold_events": 20, "fold_seconds": 0.3, "queue_wait": 30})
    async with running(folding, own_urls) as one, running(folding, own_urls) as two:

        async def work(name: str) -> int:
            missed = 0
            for turn in range(pairs // 6):
                here, there = (one, two) if turn % 2 else (two, one)
                sealed = await written(here, event(name))
                by = "header" if turn % 3 else "after"
                missed += total(await asked(there, sealed=sealed, by=by, event=name)) != turn + 1
            return missed

        assert await asyncio.gather(*(work(f"worker {number}") for number in range(6))) == [0] * 6


async def test_an_answer_waits_for_what_its_receipt_stands_for(own_gateway: Gateway) -> None:
    sealed = await written(own_gateway, event("open"))
    assert total(await asked(own_gateway, sealed=sealed, event="open")) == 1
    waiting = asyncio.create_task(asked(own_gateway, sealed=receipt(own_gateway, 2), event="open"))
    for _ in range(5):
        assert total(await asked(own_gateway, event="open")) == 1
    assert not waiting.done()
    await written(own_gateway, event("open"))
    async with asyncio.timeout(10):
        assert total(await waiting) == 2


async def test_each_operation_of_a_batch_waits(settings: Settings, own_urls: Urls) -> None:
    async with running(settings.model_copy(update={"batch": 5, "deadline": 0.4}), own_urls) as gateway:
        own: dict[str, Any] = {"query": COUNT, "extensions": {"after": receipt(gateway, 0)}}
        plain: dict[str, Any] = {"query": COUNT}
        headers = {"authorization": f"Bearer {VIEWER}", "parallax-after": receipt(gateway, 7)}
        answers = (await gateway.http.post("/graphql", json=[plain, own], headers=headers)).json()
        codes = [each["errors"][0]["extensions"]["code"] if "errors" in each else None for each in answers]
        # What an operation says itself goes before what is said of all.
        assert codes == ["TIMEOUT", None]


@pytest.mark.parametrize("by", ["after", "header"])
async def test_a_receipt_of_a_mixture_stands_for_all_kinds(settings: Settings, own_urls: Urls, by: str) -> None:
    """Events, logs and who is who, sent to one gateway; the other has remembered how it was before."""
    text = f"""{{ client(id: "{NORDLYS}") {{
      events: metric(name: EVENTS, {DAY}) {{ total }} logs: metric(name: LOGS, {DAY}) {{ total }}
      users: metric(name: DAU, {DAY}) {{ total }} }} }}"""

    def totals(answer: Answer) -> list[float]:
        return [answer.data["client"][name]["total"] for name in ("events", "logs", "users")]

    async with running(settings, own_urls) as here, running(settings, own_urls) as there:
        for user in "ada", "x7":
            await written(here, {**event("open"), "user": user})
        assert totals(await asked(there, text)) == [2, 0, 2]
        rows = [event("open"), {"log": {"message": "m", "at": AT}}, {"identify": {"id": "ada", "aliases": ["x7"]}}]
        headers = {"authorization": f"Bearer {EDITOR}", "parallax-now": NOW}
        sent = (await here.http.post("/v1/events", json=rows, headers=headers)).json()
        assert totals(await asked(there, text, sealed=sent["receipt"], by=by)) == [3, 1, 1]


# ---------------------------------------------------------------- it is not
@pytest.mark.parametrize("by", ["after", "header"])
async def test_a_receipt_of_what_never_comes_times_out_at_the_deadline(hasty: Gateway, by: str) -> None:
    sealed = await written(hasty, event("open"))
    position = Receipts(hasty.settings.derived("receipt")).read(sealed).position
    answer = await asked(hasty, sealed=receipt(hasty, position + 1000), by=by)
    assert answer.status == 504
    assert answer.error["extensions"]["code"] == "TIMEOUT"
    assert "after" in answer.error["message"]
    assert "data" not in answer.body or answer.body["data"] is None
    # Who asks without it is answered.
    assert total(await asked(hasty, event="open")) == 1


async def test_a_write_after_a_receipt_that_never_comes_changes_nothing(hasty: Gateway) -> None:
    sent: dict[str, Any] = {"client": str(NORDLYS), "events": [event("open")]}
    answer = await asked(hasty, TRACK, token=EDITOR, sealed=receipt(hasty, 1000), **sent)
    assert answer.error["extensions"]["code"] == "TIMEOUT"
    assert total(await asked(hasty, event="open")) == 0


@pytest.mark.parametrize("by", ["after", "header"])
@pytest.mark.parametrize("fault", ["another key", "cut", "longer", "nothing", "words"])
async def test_what_is_no_receipt_is_refused_and_nothing_runs(own_gateway: Gateway, by: str, fault: str) -> None:
    sealed = receipt(own_gateway, 0)
    forged = {
        "another key": Receipts(b"another").make(Receipt(NORDLYS)),
        "cut": sealed[:-4],
        "longer": sealed + "AAAA",
        "nothing": "",
        "words": "the last one, please",
    }[fault]
    answer = await asked(own_gateway, sealed=forged, by=by)
    assert answer.status == 400
    assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"
    assert list(answer.error["extensions"]["details"]) == ["after"]


@pytest.mark.parametrize("after", [7, True, [], {"receipt": "x"}])
async def test_a_receipt_is_a_text(own_gateway: Gateway, after: Any) -> None:
    answer = await asked(own_gateway, sealed=after)
    assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"


async def test_a_receipt_of_another_tenant_looks_like_none_and_is_not_waited_for(hasty: Gateway) -> None:
    """Whether it has come or never will: nothing is learnt of another's data."""
    told = [await asked(hasty, sealed=receipt(hasty, position, HIMAL)) for position in (0, 10**9)]
    assert [answer.error["extensions"]["code"] for answer in told] == ["INVALID_PARAMETER"] * 2
    assert told[0].error["message"] == told[1].error["message"]
