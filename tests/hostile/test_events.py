"""Hostile events (rows 39 to 41), and more values than anybody looks at."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from parallax.db import Database
from parallax.settings import Settings
from tests.analytics.owning import Own, days, event
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Gateway, running
from tests.hostile.asking import REFUSED, run, still_answers
from tests.plainly import everything, plainly
from tests.seeds import EDITOR, NORDLYS

TRACK = f"""mutation($e: [EventInput!]!) {{ eventsTrack(client: "{NORDLYS}", events: $e) {{
    accepted duplicates rejected {{ index field code message }} userErrors {{ code field message }} }} }}"""
GOOD = {"name": "neighbour", "at": "2026-03-02T09:00:00Z"}


@pytest.fixture(scope="module")
async def ground(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[tuple[Gateway, Database]]:
    """What is sent here stays here."""
    async with (
        cloned(cluster, settings, template) as urls,
        running(settings, urls) as gateway,
        Database(settings, urls.reading, urls.writing) as db,
    ):
        yield gateway, db


# ---------------------------------------------------------------- rows 40 and 41: what is sent
def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


ROWS: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": ""}, "name"),
    "NUL in a name": ({"name": "a\0b"}, "name"),
    "a long name": ({"name": "x" * 201}, "name"),
    "a name of 100 kB": ({"name": "x" * 100_000}, "name"),
    "NUL in an id": ({"id": "a\0b"}, "id"),
    "a long id": ({"id": "x" * 501}, "id"),
    "NUL in a user": ({"user": "a\0b"}, "user"),
    "a user of 100 kB": ({"user": "x" * 100_000}, "user"),
    "NUL in a session": ({"session": "\0"}, "session"),
    "an app of nobody": ({"app": "none"}, "app"),
    "properties of 5 MB": ({"properties": {"a": "x" * 5_000_000}}, "properties"),
    "properties 500 deep": ({"properties": deep(500)}, "properties"),
    "properties 21 deep": ({"properties": deep(21)}, "properties"),
    "a list as properties": ({"properties": [1]}, "properties"),
    "a text as properties": ({"properties": "x"}, "properties"),
    "a long key": ({"properties": {"x" * 201: 1}}, "properties"),
    "NUL in a key": ({"properties": {"a\0": 1}}, "properties"),
    "NUL in a value": ({"properties": {"a": ["b", {"c": "\0"}]}}, "properties"),
    "the year 1": ({"at": "0001-01-01T00:00:00Z"}, "at"),
    "before 1970": ({"at": "1969-12-31T23:59:59Z"}, "at"),
    "the year 9999": ({"at": "9999-12-31T23:59:59Z"}, "at"),
    "an id without a time": ({"id": "e", "at": None}, "at"),
}


@pytest.mark.parametrize(("bad", "field"), ROWS.values(), ids=ROWS.keys())
async def test_row_40_a_bad_row_is_rejected_with_its_reason_and_its_neighbours_are_kept(
    ground: tuple[Gateway, Database], bad: dict[str, Any], field: str
) -> None:
    told = await run(ground[0], TRACK, token=EDITOR, e=[GOOD, {**GOOD, **bad}, GOOD])
    done = told.data["eventsTrack"]
    assert (done["accepted"], done["duplicates"], done["userErrors"]) == (2, 0, [])
    [row] = done["rejected"]
    assert (row["index"], row["field"]) == (1, [field])
    assert row["code"] == ("NOT_FOUND" if field == "app" else "INVALID_PARAMETER")
    assert row["message"].startswith(field)
    assert len(row["message"]) < 300


@pytest.mark.parametrize(
    "at", ["2016-12-31T23:59:60Z", "2026-02-30T00:00:00Z", "2026-03-02", "2026-03-02T09:00:00", "now", 7, ""]
)
async def test_row_40_what_is_no_instant_is_refused_or_rejected_and_never_kept(
    ground: tuple[Gateway, Database], at: Any
) -> None:
    told = await run(ground[0], TRACK, token=EDITOR, e=[{"name": "no instant", "at": at}])
    done = None if told.data is None else told.data["eventsTrack"]
    assert (
        told.codes == {"INVALID_PARAMETER"} if done is None else [row["field"] for row in done["rejected"]] == [["at"]]
    )


@pytest.mark.parametrize("field", ["name", "user", "session", "id", "properties"])
async def test_row_40_half_a_surrogate_pair_is_refused_or_rejected_and_never_kept(
    ground: tuple[Gateway, Database], field: str
) -> None:
    half = "\ud800"
    told = await run(
        ground[0], TRACK, token=EDITOR, e=[{**GOOD, field: {"a": half} if field == "properties" else half}]
    )
    done = None if told.data is None else told.data["eventsTrack"]
    assert told.codes == {"INVALID_PARAMETER"} if done is None else done["accepted"] == 0


async def test_row_39_the_same_id_thrice_in_a_call_is_once(ground: tuple[Gateway, Database]) -> None:
    row = {**GOOD, "id": "thrice"}
    told = await run(ground[0], TRACK, token=EDITOR, e=[row, {**row, "name": "other"}, row])
    done = told.data["eventsTrack"]
    assert (done["accepted"], done["duplicates"], done["rejected"]) == (1, 2, [])


async def test_row_41_a_hundred_thousand_events_are_refused_whole(
    ground: tuple[Gateway, Database], cluster: Cluster
) -> None:
    async with plainly(cluster, ground[0].urls) as superuser:
        before = await everything(superuser)
        told = await run(ground[0], TRACK, token=EDITOR, e=[{"name": "a"}] * 100_000)
        assert await everything(superuser) == before
    refused = told.codes or {error["code"] for error in told.data["eventsTrack"]["userErrors"]}
    assert refused
    assert refused <= REFUSED


# ---------------------------------------------------------------- many values
async def distinct(ground: tuple[Gateway, Database], folds: bool, count: int) -> None:
    """Each event has a value of its own, but one value has ten."""
    own = await Own.made(ground[0], ground[1], folds, "UTC")
    rows = [event("02T09:00", user=f"u{at % 999}", v=f"v{at:07}") for at in range(count)]
    rows += [event("02T10:00", user="ada", v="often")] * 10
    for at in range(0, len(rows), 10_000):
        await own.has(*rows[at : at + 10_000])
    question = f'metric(name: %s, {days(2, 3)}, breakdown: "v")'
    slices = await own.slices(question % "EVENTS")
    assert len(slices) == 26
    assert slices[0] == ("often", False, 10, [10, 0])
    assert [each[0] for each in slices[1:25]] == [f"v{at:07}" for at in range(24)]
    assert slices[25] == (None, True, count - 24, [count - 24, 0])
    users = await own.slices(question % "DAU", first=1)
    assert users == [("often", False, 1, [1, 0]), (None, True, 999, [999, 0])]
    top = await own.ask(f'topProperties(event: "open", property: "v", {days(2, 3)}, first: 3) {{ name count }}')
    assert [each["name"] for each in top] == ["often", "v0000000", "v0000001"]
    await still_answers(ground[0])


@pytest.mark.parametrize("folds", [False, True], ids=["waiting", "folded"])
async def test_thousands_of_values_are_25_slices_and_the_rest(ground: tuple[Gateway, Database], folds: bool) -> None:
    await distinct(ground, folds, 9_990)


@pytest.mark.slow
async def test_a_million_values_are_25_slices_and_the_rest(ground: tuple[Gateway, Database]) -> None:
    await distinct(ground, True, 1_000_000)
