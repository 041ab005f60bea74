"""What `extensions.explain` tells of questions to events: what would be read of them, and what was."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from parallax import db as database
from parallax.db import Database
from parallax.engine.fold import fold
from parallax.engine.settling import settle
from parallax.ids import GlobalId, encode
from tests.conftest import cloned
from tests.gateways import NOW, Gateway, running
from tests.seeds import ADMIN, EDITOR, NORDLYS, STRANGER, VIEWER, seed_events

DAYS = 'period: {start: "2026-03-02", end: "2026-03-08"}'
PLAIN = f"metric(name: DAU, {DAYS}) {{ values }}"
CONDITION = f'metric(name: EVENTS, {DAYS}, where: [{{field: "country", value: "NO"}}]) {{ values }}'
UNCOUNTED = f'metric(name: DAU, {DAYS}, where: [{{field: "country", value: "NO"}}]) {{ values }}'
NAMED = UNCOUNTED.replace("DAU,", 'DAU, event: "open",')
ROWS = f"events({DAYS}, first: 2) {{ nodes {{ name }} }}"
TRACK = 'mutation { eventsTrack(client: "%s", events: [{name: "open", user: "ada"}]) { accepted } }'


@pytest.fixture(scope="module")
async def folded(cluster: Any, settings: Any, template: str) -> AsyncIterator[Gateway]:
    """Nordlys' events are folded."""
    async with cloned(cluster, settings, template) as urls:
        async with Database(settings, urls.reading, urls.writing) as db:
            await seed_events(db)
            await fold(db, NORDLYS)
        async with running(settings, urls) as gateway:
            yield gateway


async def answered(gateway: Gateway, text: str, token: str = VIEWER, explain: Any = True) -> Any:
    query = text if text.startswith("mutation") else f'{{ client(id: "{NORDLYS}") {{ {text} }} }}'
    headers = {
        "accept": "application/graphql-response+json",
        "authorization": f"Bearer {token}",
        "parallax-now": NOW,
    }
    body = {"query": query, "extensions": {"explain": explain}}
    return (await gateway.http.post("/graphql", json=body, headers=headers)).json()


async def explained(gateway: Gateway, text: str, token: str = VIEWER, explain: Any = True) -> Any:
    return (await answered(gateway, text, token, explain))["extensions"]["explain"]


async def engine(gateway: Gateway, text: str, token: str = VIEWER, explain: Any = True) -> Any:
    """The one question of a text."""
    [question] = (await explained(gateway, text, token, explain))["engine"]
    return question


# ---------------------------------------------------------------- what would be read
async def test_a_plain_series_is_read_from_roll_ups(folded: Gateway) -> None:
    told = await engine(folded, PLAIN)

    assert told["from"] == "ROLL_UPS"
    assert told["question"] == "DAU, DAY"
    assert told["client"] == encode(GlobalId("Client", NORDLYS))
    assert told["days"] > 0
    assert told["rows"] == 0
    assert told["bytes"] > 0
    assert told["folded"] == told["position"] > 0


async def test_a_condition_on_a_counted_field_needs_no_row(folded: Gateway) -> None:
    assert (await engine(folded, CONDITION))["from"] == "ROLL_UPS"


async def test_what_no_counter_tells_is_read_from_rows(folded: Gateway) -> None:
    told = await engine(folded, UNCOUNTED)

    assert (told["from"], told["question"]) == ("ROWS", "DAU, 1 condition, DAY")
    assert told["rows"] > 0
    assert told["bytes"] > 0


async def test_of_a_named_event_only_the_planes_that_are_named_are_read(folded: Gateway) -> None:
    every = await engine(folded, UNCOUNTED)
    named = await engine(folded, NAMED)
    plain = await engine(folded, NAMED.replace("country", "nothing"))

    assert (named["from"], named["question"]) == ("PLANES", "DAU of open, 1 condition, DAY")
    assert 0 < named["rows"] < every["rows"]
    assert 0 < plain["bytes"] < named["bytes"] < every["bytes"]


async def test_a_page_of_events_is_rows_of_the_newest_days(folded: Gateway) -> None:
    told = await engine(folded, ROWS, EDITOR)
    assert (told["from"], told["question"]) == ("ROWS", "rows of events")
    assert told["rows"] > 0


async def test_nothing_that_is_asked_for_is_read_only_to_tell_what_it_takes(folded: Gateway) -> None:
    answer = await answered(folded, f"{UNCOUNTED} other: {CONDITION}")

    assert answer["data"] is None
    assert "errors" not in answer
    assert not {"blocks_of_segments", "planes_of_segments", "sets_of_days"} & set(database.statements.get() or [])


async def test_what_waits_is_read_from_rows_that_no_database_sends(gateway: Gateway) -> None:
    told = await engine(gateway, UNCOUNTED)
    assert (told["from"], told["bytes"], told["folded"]) == ("ROWS", 0, 0)
    assert told["rows"] == told["position"] - 2, "two of them are logs"


async def test_the_position_moves_with_a_write(own_gateway: Gateway) -> None:
    before = await engine(own_gateway, PLAIN)
    await own_gateway.ask(TRACK % NORDLYS, token=EDITOR)
    after = await engine(own_gateway, PLAIN)

    assert after["position"] == before["position"] + 1


async def test_each_question_of_an_operation_is_told_and_equal_ones_once(folded: Gateway) -> None:
    text = f"a: {PLAIN} b: {PLAIN} c: {UNCOUNTED} d: topEvents({DAYS}) {{ count }}"
    told = (await explained(folded, text))["engine"]

    assert [each["from"] for each in told] == ["ROLL_UPS", "ROWS", "ROLL_UPS"]


async def test_more_than_fifty_questions_are_counted_and_not_listed(folded: Gateway) -> None:
    text = " ".join(f'm{n}: metric(name: EVENTS, event: "open {n}", {DAYS}) {{ values }}' for n in range(24))
    apps = f"apps(first: 3) {{ nodes {{ {text} }} }}"
    told = await explained(folded, apps)

    assert (len(told["engine"]), told["engineLeftOff"]) == (50, 22)


async def test_what_asks_nothing_of_events_reads_nothing_of_them(folded: Gateway) -> None:
    told = await explained(folded, "name")
    assert told["engine"] == []
    assert database.statements.get() == ["token_by_hash"]


# ---------------------------------------------------------------- what is never run
async def test_a_mutation_is_not_looked_at_at_all(own_gateway: Gateway) -> None:
    told = await explained(own_gateway, TRACK % NORDLYS, EDITOR)
    assert told["engine"] is None
    assert told["cost"] > 0
    assert (await engine(own_gateway, PLAIN))["position"] == 0


async def test_what_a_limit_refuses_is_not_looked_at(folded: Gateway) -> None:
    text = "apps(first: 1000) { nodes { " + " ".join(f"m{n}: {PLAIN}" for n in range(20)) + " } }"
    told = await explained(folded, text)
    assert told["refused"]["code"] == "TOO_COSTLY"
    assert told["engine"] is None


@pytest.mark.parametrize("explain", [True, "analyze"])
async def test_nobody_is_told_of_what_they_may_not_ask(folded: Gateway, explain: Any) -> None:
    assert (await explained(folded, PLAIN, STRANGER, explain))["engine"] == []
    assert (await explained(folded, ROWS, VIEWER, explain))["engine"] == []
    assert len((await explained(folded, ROWS, ADMIN, explain))["engine"]) == 1


# ---------------------------------------------------------------- what it costs
QUARTER = 'period: {start: "2025-12-12", end: "2026-03-11"}'
SHOWN = "{ total data { date at value isPartial } }"
BREAKDOWN = "{ breakdown(first: 20) { dimension isOther values } }"
WITHIN = {
    "50 apps x 3 series x 90 points": "apps(first: 50) { nodes { "
    + " ".join(
        f"m{n}: metric(name: {name}, {QUARTER}) {{ values }}" for n, name in enumerate(("DAU", "EVENTS", "USERS"))
    )
    + " } }",
    "30 series": " ".join(f"m{n}: metric(name: DAU, {QUARTER}) {SHOWN}" for n in range(25))
    + " ".join(f' f{n}: firstTimeUsers(event: "open", {QUARTER}) {SHOWN}' for n in range(5)),
    "1,000 events": f"events({QUARTER}, first: 1000) "
    "{ totalCount edges { cursor node { id name at properties user { externalId } app { name } } } }",
    "a week of minutes": 'metric(name: EVENTS, granularity: MINUTE, period: {last: "7d"}) { data { date at value } }',
    "a breakdown": f'metric(name: DAU, {QUARTER}, breakdown: "country") {BREAKDOWN}',
    "a formula": f'formula(formula: "A / B", {QUARTER}, series: [{{event: "open"}}, {{event: "pay"}}]) {SHOWN}',
}


@pytest.mark.parametrize("what", WITHIN)
async def test_what_is_usual_passes_the_limit_of_cost(folded: Gateway, what: str) -> None:
    told = await explained(folded, WITHIN[what], EDITOR)
    assert told["refused"] is None
    assert told["cost"] < 100_000


async def test_a_condition_costs_more_and_a_metric_about_as_much_as_usage_does(folded: Gateway) -> None:
    usage = (
        f'app(id: "018f0000-0000-7000-8000-0000000000a1") {{ activity(metric: USER_COUNT, {QUARTER}) {{ values }} }}'
    )
    plain = f"metric(name: DAU, {QUARTER}) {{ values }}"
    chosen = f'metric(name: DAU, {QUARTER}, where: [{{field: "country", value: "NO"}}]) {{ values }}'
    costs = [(await explained(folded, text))["cost"] for text in (usage, plain, chosen)]

    assert costs[0] / 2 < costs[1] < costs[0] * 2
    assert costs[2] > costs[1]


# ---------------------------------------------------------------- what was read
@pytest.mark.parametrize("text", [PLAIN, CONDITION, UNCOUNTED, NAMED])
async def test_analyzed_it_is_answered_and_has_read_what_was_told_before(folded: Gateway, text: str) -> None:
    planned = await engine(folded, text)
    plain = (await answered(folded, text, explain=None))["data"]
    answer = await answered(folded, text, explain="analyze")
    told = answer["extensions"]["explain"]

    assert answer["data"] == plain
    assert told["actualMs"] > 0
    assert told["estimatedMs"] > 0
    assert told["statements"]
    [read] = told["engine"]
    assert {**read, "bytes": 0} == {**planned, "bytes": 0}
    assert read["bytes"] <= planned["bytes"]


async def test_what_a_process_keeps_comes_from_the_database_once(own_gateway: Gateway) -> None:
    async with Database(own_gateway.settings, own_gateway.urls.reading, own_gateway.urls.writing) as db:
        await seed_events(db)
        await fold(db, NORDLYS)
    first = await explained(own_gateway, UNCOUNTED, explain="analyze")
    again = await explained(own_gateway, UNCOUNTED, explain="analyze")

    assert first["engine"][0]["bytes"] > again["engine"][0]["bytes"]
    assert "planes_of_segments" in first["statements"]
    assert "planes_of_segments" not in again["statements"]


async def test_an_analyzed_mutation_is_done(own_gateway: Gateway) -> None:
    answer = await answered(own_gateway, TRACK % NORDLYS, EDITOR, "analyze")
    assert answer["data"]["eventsTrack"]["accepted"] == 1
    assert answer["extensions"]["explain"]["actualMs"] > 0


# ---------------------------------------------------------------- timelines
FUNNEL = f'funnel({DAYS}, steps: [{{event: "open"}}, {{event: "pay"}}], order: STRICT) {{ overallConversion }}'


async def test_a_funnel_without_conditions_goes_by_timelines(cluster: Any, settings: Any, template: str) -> None:
    async with cloned(cluster, settings, template) as urls:
        async with Database(settings, urls.reading, urls.writing) as db:
            await seed_events(db)
            await fold(db, NORDLYS)
        async with running(settings, urls) as gateway:
            before = await engine(gateway, FUNNEL)
            async with Database(settings, urls.reading, urls.writing) as db:
                await settle(db, NORDLYS)
            told = await engine(gateway, FUNNEL)
            analyzed = await engine(gateway, FUNNEL, explain="analyze")
    assert before["from"] != "TIMELINES"
    assert (told["from"], analyzed["from"]) == ("TIMELINES", "TIMELINES")
    assert told["rows"] == analyzed["rows"] > 0
    assert told["bytes"] == analyzed["bytes"] > 0
