"""Whatever is stored, folded or not, and however large the pages: the rows of a list are those of plain sorting (Z1)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings as chosen
from hypothesis import strategies as st

from parallax.analyses.rows import day_windows
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.events.given import given
from tests.events.test_rows import walked
from tests.gateways import Gateway, running

START = datetime(2026, 2, 20, tzinfo=UTC)


def made() -> list[dict[str, Any]]:
    """Events of a month in any order, many at one instant, a quarter of an hour on both sides of each midnight too."""
    random = Random(7)
    found = []
    for number in range(400):
        at = START + timedelta(days=random.randrange(29), minutes=random.choice([0, 720, 1375, 1385, 1390]))
        found.append(
            {
                "name": random.choice(["open", "pay", "close"]),
                "at": at.isoformat(),
                "user": random.choice(["ada", "bob", None, "cyd"]),
                "session": random.choice([None, *(f"s{k}" for k in range(40))]),
                "properties": {"number": number, "rare": number % 97 == 0},
            }
        )
    return found


EVENTS = made()


@pytest.fixture(scope="module")
async def rows(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Gateway]:
    async with cloned(cluster, settings, template) as urls:
        async with given(settings, urls) as client:
            for start in range(0, 400, 50):
                await client.events(*EVENTS[start : start + 50])
                if start in (100, 250):
                    await client.folded()
        async with running(settings, urls) as gateway:
            yield gateway


def newest_first(events: list[dict[str, Any]]) -> list[int]:
    ordered = sorted(events, key=lambda event: (event["at"], event["properties"]["number"]), reverse=True)
    return [event["properties"]["number"] for event in ordered]


@pytest.mark.parametrize("size", [7, 60, 1000])
@pytest.mark.parametrize(
    ("arguments", "fits"),
    [
        ("", lambda event: True),
        ('event: "pay",', lambda event: event["name"] == "pay"),
        ('where: [{field: "rare", value: true}],', lambda event: event["properties"]["rare"]),
        ('event: "open", where: [{field: "user", value: "ada"}],', lambda e: (e["name"], e["user"]) == ("open", "ada")),
        ('where: [{field: "user", operator: IS_NOT_SET}],', lambda event: event["user"] is None),
    ],
)
async def test_pages_of_events_are_those_of_plain_sorting(rows: Gateway, arguments: str, fits: Any, size: int) -> None:
    period = 'period: {start: "2026-02-01", end: "2026-03-31"},'
    found = await walked(rows, "events", period + arguments, "properties", size)
    assert [node["properties"]["number"] for node in found] == newest_first([each for each in EVENTS if fits(each)])


@pytest.mark.parametrize("size", [7, 1000])
async def test_pages_of_sessions_are_those_of_plain_sorting(rows: Gateway, size: int) -> None:
    firsts: dict[str, dict[str, Any]] = {}
    for event in sorted(EVENTS, key=lambda event: (event["at"], event["properties"]["number"])):
        if event["session"] is not None:
            firsts.setdefault(event["session"], event)
    period = 'period: {start: "2026-02-01", end: "2026-03-31"},'
    found = await walked(rows, "sessions", period, "externalId properties", size)
    assert [node["properties"]["number"] for node in found] == newest_first(list(firsts.values()))
    assert {node["externalId"] for node in found} == set(firsts)


@drawn(st.dictionaries(st.integers(-1, 20_000), st.integers(1, 1_000), max_size=50), st.integers(1, 2_000))
@chosen(max_examples=50)
def test_windows_hold_each_day_once_from_the_newest_on(busy: dict[int, int], enough: int) -> None:
    windows = list(day_windows(sorted(busy.items()), enough))
    assert [day for first, last in windows for day in sorted(busy, reverse=True) if first <= day <= last] == sorted(
        busy, reverse=True
    )
