"""T and C where the buckets are hours and minutes: through the whole graph, in zones with hard clocks."""

from typing import Any

from parallax.db import Database
from tests.analytics.owning import Own, days, event
from tests.gateways import Gateway
from tests.seeds import OPERATOR

UPDATE = "mutation ($input: ClientUpdateInput!) { clientUpdate(input: $input) { userErrors { message } } }"


async def made(ground: tuple[Gateway, Database], folds: bool, zone: str, *instants: str) -> Own:
    """A client with one event, of one user, at each instant."""
    own = await Own.made(*ground, folds, zone)
    own.now = "2026-05-01T12:00:00Z"
    return await own.has(*(event(at, user="ada") for at in instants))


def hours(day: str, end: str | None = None, more: str = "", granularity: str = "HOUR") -> str:
    period = f'period: {{start: "{day}", end: "{end or day}"}}'
    return f"metric(name: EVENTS, granularity: {granularity}, {period}{more})"


async def filled(own: Own, question: str) -> dict[str, float]:
    """The buckets with a value other than 0, by their first instant."""
    data = (await own.ask(f"{question} {{ data {{ at value }} }}"))["data"]
    return {point["at"]: point["value"] for point in data if point["value"]}


async def test_t3_the_day_of_the_spring_change_has_23_hours(ground: Any, folds: bool) -> None:
    own = await made(ground, folds, "Europe/Berlin", "2026-03-29T01:59:59.999999+01:00", "2026-03-29T03:00:00+02:00")
    values, total = await own.values(hours("2026-03-29"))
    assert len(values) == 23
    assert (values[1], values[2], sum(v or 0 for v in values), total) == (1, 1, 2, 2)


async def test_t3_the_hour_shown_twice_in_autumn_is_two_buckets(ground: Any, folds: bool) -> None:
    own = await made(ground, folds, "Europe/Berlin", "2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00")
    assert await filled(own, hours("2025-10-26")) == {"2025-10-26T02:00:00+02:00": 1, "2025-10-26T02:00:00+01:00": 1}
    assert len((await own.values(hours("2025-10-26")))[0]) == 25


async def test_t3_hours_begin_where_the_local_clock_says_so(ground: Any, folds: bool) -> None:
    own = await made(
        ground, folds, "Asia/Kathmandu", "2026-03-03T10:14:59Z", "2026-03-03T10:15:00Z", "2026-03-03T11:14:59Z"
    )
    assert await filled(own, hours("2026-03-03")) == {"2026-03-03T15:00:00+05:45": 1, "2026-03-03T16:00:00+05:45": 2}


async def test_t3_where_a_clock_moves_by_30_minutes_one_hour_has_90(ground: Any, folds: bool) -> None:
    own = await made(ground, folds, "Australia/Lord_Howe", "2026-04-05T01:45:00+11:00", "2026-04-05T01:45:00+10:30")
    assert await filled(own, hours("2026-04-05")) == {"2026-04-05T01:00:00+11:00": 2}


async def test_t3_minutes_are_cut_to_the_microsecond(ground: Any, folds: bool) -> None:
    own = await made(ground, folds, "Europe/Berlin", "2026-03-03T09:00:59.999999+01:00", "2026-03-03T09:01:00+01:00")
    question = hours("2026-03-03", granularity="MINUTE")
    assert len((await own.values(question))[0]) == 1440
    assert await filled(own, question) == {"2026-03-03T09:00:00+01:00": 1, "2026-03-03T09:01:00+01:00": 1}


async def test_t2_a_day_that_the_zone_left_out_is_listed_and_empty(ground: Any, folds: bool) -> None:
    own = await made(ground, folds, "Pacific/Apia", "2011-12-29T23:59:59-10:00", "2011-12-31T00:00:00+14:00")
    question = 'metric(name: DAU, period: {start: "2011-12-29", end: "2011-12-31"})'
    assert await own.values(question) == ([1, 0, 1], 1)
    assert len((await own.values(hours("2011-12-29", "2011-12-31")))[0]) == 48


async def test_t7_to_t10_a_minute_is_partial_until_it_is_over_and_null_until_it_begins(own: Own) -> None:
    own.now = "2026-03-02T09:10:30+01:00"
    await own.has(event("02T09:10", user="ada"), event("02T09:11", user="ada"))
    found = await own.ask(
        f"metric(name: EVENTS, granularity: MINUTE, {days(2, 2)}) {{ total data {{ date at value isPartial }} }}"
    )
    data = found["data"]
    assert [(each["value"], each["isPartial"]) for each in data[549:552]] == [(0, False), (1, True), (None, True)]
    assert data[550] == {"date": "2026-03-02", "at": "2026-03-02T09:10:00+01:00", "value": 1, "isPartial": True}
    assert found["total"] == 2  # I4: what lies ahead counts at its time


async def test_t10_the_next_days_are_listed_with_null(own: Own) -> None:
    own.now = "2026-03-02T09:00:00+01:00"
    await own.has(event("02T08:00"), event("02T20:00"), event("03T08:00"))
    assert await own.values(f"metric(name: EVENTS, {days(1, 4)})") == ([0, 2, None, None], 3)
    assert await own.values(f"metric(name: EVENTS, granularity: WEEK, {days(1, 15)})") == ([0, 3, None], 3)


async def test_t11_a_change_of_zone_cuts_everything_anew(own: Own) -> None:
    """23:30 in Berlin is the next day in Kathmandu, in DAU, sessions and first times too."""
    await own.has(event("02T23:30", user="ada", session="s"), event("03T10:00", user="ada", session="s"))
    asked = [
        f"metric(name: {name}, {days(2, 3)})" for name in ("EVENTS", "DAU", "USERS", "SESSIONS", "UNIQUE_SESSIONS")
    ] + [f'firstTimeUsers(event: "open", {days(2, 3)})']
    assert [(await own.values(each))[0] for each in asked] == [[1, 1], [1, 1], [1, 0], [1, 0], [1, 1], [1, 0]]
    await own.gateway.ask(UPDATE, token=OPERATOR, input={"id": own.id, "timeZone": "Asia/Kathmandu"})
    assert [(await own.values(each))[0] for each in asked] == [[0, 2], [0, 1], [0, 1], [0, 1], [0, 1], [0, 1]]


# ---------------------------------------------------------------- C
async def test_c2_hours_are_paired_by_position_over_the_moved_period(own: Own) -> None:
    await own.has(event("2025-03-03T05:30:00+01:00"), event("03T05:10"), event("03T05:20"))
    found = await own.ask(
        hours("2026-03-03", more=", compare: YEAR_OVER_YEAR")
        + " { values comparison { values total change period { start } } }"
    )
    assert (found["values"][5], found["comparison"]["values"][5]) == (2, 1)
    assert found["comparison"]["period"] == {"start": "2025-03-03"}
    assert (found["comparison"]["total"], found["comparison"]["change"]) == (1, 1)


async def test_c3_beside_a_longer_day_the_shorter_one_runs_on_with_null(ground: Any, folds: bool) -> None:
    """28 March has 24 hours, the 29th 23: compared backwards one is left over, the other way one is missing."""
    own = await made(ground, folds, "Europe/Berlin", "2026-03-28T23:30:00+01:00", "2026-03-29T23:30:00+02:00")
    shown = " { values comparison { values total data { at value isPartial } } }"
    short = await own.ask(hours("2026-03-29", more=", compare: PREVIOUS") + shown)
    assert len(short["comparison"]["values"]) == 23
    assert (short["comparison"]["values"][-1], short["comparison"]["total"]) == (
        0,
        1,
    )  # the surplus hour is in the total
    long = await own.ask(hours("2026-03-30", more=", compare: PREVIOUS") + shown)
    assert len(long["values"]) == len(long["comparison"]["values"]) == 24
    assert long["comparison"]["data"][-1]["value"] is None
    assert long["comparison"]["data"][-1]["isPartial"] is True
    assert long["comparison"]["total"] == 1


async def test_c1_whole_months_are_compared_with_whole_months(own: Own) -> None:
    await own.has(event("2026-01-31T12:00:00+01:00"), event("2026-02-01T12:00:00+01:00"), event("02T12:00"))
    own.now = "2026-04-02T12:00:00+02:00"
    period = 'period: {start: "2026-03-01", end: "2026-03-31"}'
    for granularity, total in (("MONTH", 1), ("DAY", 2)):
        found = await own.ask(
            f"metric(name: EVENTS, granularity: {granularity}, {period}, compare: PREVIOUS) "
            "{ comparison { total change changeRatio period { start end } } }"
        )
        assert found["comparison"]["total"] == total
        assert found["comparison"]["change"] == 1 - total
        assert found["comparison"]["changeRatio"] == (1 - total) / total


async def test_c4_windows_look_back_in_the_comparison_too(own: Own) -> None:
    await own.has(event("02T09:00", user="ada"), event("05T09:00", user="bob"), event("10T09:00", user="cyd"))
    found = await own.ask(
        f"metric(name: WAU, {days(10, 11)}, compare: PREVIOUS) {{ values total comparison {{ values total }} }}"
    )
    assert found == {"values": [2, 2], "total": 1, "comparison": {"values": [2, 1], "total": 0}}
