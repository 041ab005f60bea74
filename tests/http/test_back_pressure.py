"""Who sends faster than is folded is told when to come back, and nothing of it is stored."""

from collections.abc import AsyncIterator

import pytest

from parallax.installation import Urls
from parallax.settings import Settings
from tests.gateways import Gateway, running
from tests.seeds import EDITOR, NORDLYS

TRACK = """
mutation ($client: ID!, $events: [EventInput!]!) {
  eventsTrack(client: $client, events: $events) { accepted }
}
"""
EVENT = {"name": "open", "at": "2026-03-10T10:00:00Z"}


@pytest.fixture
async def narrow(settings: Settings, own_urls: Urls) -> AsyncIterator[Gateway]:
    async with running(settings.model_copy(update={"max_waiting": 3}), own_urls) as gateway:
        yield gateway


async def send(gateway: Gateway, count: int) -> int:
    answer = await gateway.ask(TRACK, token=EDITOR, client=str(NORDLYS), events=[EVENT] * count)
    if answer.status == 429:
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.error["extensions"]["code"] == "RATE_LIMITED"
        assert answer.error["extensions"]["retryAfterSeconds"] >= 1
        return 0
    return int(answer.data["eventsTrack"]["accepted"])


async def test_more_than_may_wait_is_turned_away_with_when_to_come_back(narrow: Gateway) -> None:
    assert await send(narrow, 4) == 4
    assert await send(narrow, 1) == 0
    text = f'{{ client(id: "{NORDLYS}") {{ metric(name: EVENTS) {{ total }} }} }}'
    assert (await narrow.ask(text)).data["client"]["metric"]["total"] == 4
