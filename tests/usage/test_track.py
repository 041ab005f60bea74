"""usageTrack: whatever comes late, again or corrected, every number stays what the rows say (rules U)."""

import asyncio
import random
from collections import defaultdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from pyroaring import BitMap

from parallax.ids import GlobalId, encode
from tests.clusters import Cluster
from tests.gateways import Answer, Gateway
from tests.plainly import everything, plainly
from tests.seeds import EDITOR, HIMAL, MAPS, NORDLYS, NOTES, SILENT, STRANGER, TREK

TRACK = """mutation($client: ID!, $reports: [UsageReportInput!]!) { usageTrack(client: $client, reports: $reports) {
  accepted duplicates replaced rejected { index field code message } userErrors { field code message } } }"""
ACTIVITY = """query($client: ID!, $app: ID!, $period: PeriodInput!, $by: Granularity!) { client(id: $client) { app(id: $app) {
  time: activity(metric: ACTIVE_TIME, period: $period, granularity: $by) { data { date value } total }
  sessions: activity(metric: SESSION_COUNT, period: $period, granularity: $by) { data { date value } total }
  users: activity(metric: USER_COUNT, period: $period, granularity: $by) { data { date value } total } } } }"""
FIELDS = ("time", "sessions", "users")
PLAINLY = """
select case when grouping(date_trunc('{by}', activity_date)) = 0 then date_trunc('{by}', activity_date)::date end as bucket,
       sum(total_active_ms)::float8 as time, sum(total_session_count)::float8 as sessions,
       count(distinct user_id)::float8 as users
from app_usage_reports
where client_id = $1 and application_id = $2 and activity_date between $3 and $4
group by grouping sets ((date_trunc('{by}', activity_date)), ())
"""
TODAY = date(2026, 3, 11)


def row(app: object, user: str, day: object, active_ms: float = 1000, sessions: int = 1) -> dict[str, Any]:
    return {"app": str(app), "user": user, "date": str(day), "activeMs": active_ms, "sessions": sessions}


async def track(
    gateway: Gateway, reports: list[dict[str, Any]], client: UUID = NORDLYS, token: str = EDITOR, **named: Any
) -> dict[str, Any]:
    answer: Answer = await gateway.ask(TRACK, token=token, client=str(client), reports=reports, **named)
    payload: dict[str, Any] = answer.data["usageTrack"]
    return payload


def counts(payload: dict[str, Any]) -> tuple[int, int, int, int]:
    assert payload["userErrors"] == []
    return payload["accepted"], payload["duplicates"], payload["replaced"], len(payload["rejected"])


async def agrees_with_the_rows(gateway: Gateway, cluster: Cluster, app: UUID, first: date, last: date) -> None:
    """The report of `app` at every granularity is what plain SQL on the rows says."""
    period = {"start": str(first), "end": str(last)}
    async with plainly(cluster, gateway.urls) as superuser:
        for by in ("DAY", "WEEK", "MONTH", "QUARTER"):
            rows = await superuser.rows(PLAINLY.format(by=by.lower()), NORDLYS, app, first, last)
            truth = {row["bucket"]: row for row in rows}
            answer = await gateway.ask(ACTIVITY, client=str(NORDLYS), app=str(app), period=period, by=by)
            for name in FIELDS:
                shown = answer.data["client"]["app"][name]
                assert shown["total"] == (truth[None][name] or 0), (by, name)
                listed = {date.fromisoformat(point["date"]): point["value"] for point in shown["data"]}
                assert truth.keys() - {None} <= listed.keys()
                for bucket, value in listed.items():
                    expected = truth[bucket][name] if bucket in truth else 0 if bucket <= TODAY else None
                    assert value == expected, (by, name, bucket)


async def derived_agrees_with_the_rows(gateway: Gateway, cluster: Cluster) -> None:
    """Daily sums and blocks hold what the rows hold: no more, no less."""
    days: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    users: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    async with plainly(cluster, gateway.urls) as superuser:
        for client, app, user, day, active_ms, sessions in await superuser.rows(
            "select client_id, application_id, user_id, activity_date, total_active_ms, total_session_count "
            "from app_usage_reports"
        ):
            sums = days[client, app, day]
            sums[0], sums[1], sums[2] = sums[0] + active_ms, sums[1] + sessions, sums[2] + 1
            users[client, app, "day", day].add(user)
            users[client, app, "week", day - timedelta(days=day.weekday())].add(user)
            users[client, app, "month", day.replace(day=1)].add(user)
        held = await superuser.rows(
            "select client_id, application_id, activity_date, active_ms, sessions, users from app_usage_day"
        )
        assert {tuple(row)[:3]: list(row)[3:] for row in held} == days
        blocks = await superuser.rows(
            "select client_id, application_id, span, bucket, users, bits from app_usage_users"
        )
        assert {tuple(row)[:4]: set(BitMap.deserialize(row["bits"])) for row in blocks} == users
        assert all(row["users"] == len(users[tuple(row)[:4]]) for row in blocks)


# ---------------------------------------------------------------- exactness
@pytest.mark.parametrize("seed", [1, 2])
async def test_late_repeated_and_corrected_rows_keep_every_number_exact(
    own_gateway: Gateway, cluster: Cluster, seed: int
) -> None:
    """Batches of rows out of order over a turn of the year; after each the sums are those of the last row of each key."""
    lots = random.Random(seed)
    sent: dict[tuple[str, str, str], tuple[float, int]] = {}
    for _ in range(6):
        batch = []
        for _ in range(lots.randint(1, 250)):
            if sent and lots.random() < 0.4:
                app, user, day = lots.choice(list(sent))
                same = lots.random() < 0.5
                active_ms, sessions = sent[app, user, day] if same else (lots.randint(0, 10**7), lots.randint(0, 20))
            else:
                app, user = str(lots.choice([NOTES, SILENT])), f"user-{lots.randint(0, 60)}"
                day = str(TODAY - timedelta(days=lots.randint(0, 130)))
                active_ms, sessions = lots.randint(0, 10**7), lots.randint(0, 20)
            batch.append((app, user, day, active_ms, sessions))
        known = {**sent}
        expected = [0, 0, 0, 0]
        for app, user, day, active_ms, sessions in batch:
            before = known.get((app, user, day))
            expected[0 if before is None else 1 if before == (active_ms, sessions) else 2] += 1
            known[app, user, day] = active_ms, sessions
        # The seeds hold three rows of Notes, of users that are not drawn here.
        tracked = await track(own_gateway, [row(*each) for each in batch])
        assert list(counts(tracked)) == expected
        sent = known
    async with plainly(cluster, own_gateway.urls) as superuser:
        rows = await superuser.rows(
            "select application_id, external_id, activity_date, total_active_ms, total_session_count "
            "from app_usage_reports join actor on actor.client_id = app_usage_reports.client_id and actor_id = user_id "
            "where app_usage_reports.client_id = $1 and external_id like 'user-%' and application_id <> $2",
            NORDLYS,
            MAPS,
        )
    assert {(str(app), user, str(day)): (ms, sessions) for app, user, day, ms, sessions in rows} == sent
    await derived_agrees_with_the_rows(own_gateway, cluster)
    for asked in (NOTES, SILENT):
        await agrees_with_the_rows(own_gateway, cluster, asked, TODAY - timedelta(days=89), TODAY)
        await agrees_with_the_rows(own_gateway, cluster, asked, date(2025, 12, 17), date(2026, 3, 3))
        await agrees_with_the_rows(own_gateway, cluster, asked, date(2026, 1, 1), date(2026, 3, 31))


async def test_a_week_over_the_turn_of_the_year_counts_its_users_once(own_gateway: Gateway, cluster: Cluster) -> None:
    """29 December 2025 is a Monday: one ISO week in two months, two quarters and two years."""
    days = [date(2025, 12, 29) + timedelta(days=n) for n in range(7)]
    assert counts(await track(own_gateway, [row(SILENT, "ada", day) for day in days])) == (7, 0, 0, 0)
    assert counts(await track(own_gateway, [row(SILENT, "bob", days[0]), row(SILENT, "cyd", days[6])])) == (2, 0, 0, 0)

    period = {"start": "2025-12-29", "end": "2026-01-04"}
    asked: dict[str, Any] = {"client": str(NORDLYS), "app": str(SILENT), "period": period}
    users = {
        by: (await own_gateway.ask(ACTIVITY, by=by, **asked)).data["client"]["app"]["users"]
        for by in ("WEEK", "MONTH", "QUARTER")
    }
    assert [point["value"] for point in users["WEEK"]["data"]] == [3]
    assert [point["value"] for point in users["MONTH"]["data"]] == [2, 2]
    assert [point["value"] for point in users["QUARTER"]["data"]] == [2, 2]
    assert [each["total"] for each in users.values()] == [3, 3, 3]
    await agrees_with_the_rows(own_gateway, cluster, SILENT, date(2025, 12, 1), date(2026, 2, 28))


async def test_the_same_row_thrice_in_one_call_is_one_row(own_gateway: Gateway, cluster: Cluster) -> None:
    assert counts(await track(own_gateway, [row(SILENT, "ada", "2026-03-02")] * 3)) == (1, 2, 0, 0)
    # The last one sent holds, whatever the order of the numbers.
    changing = [row(SILENT, "bob", "2026-03-02", ms) for ms in (5000, 9000, 7000)]
    assert counts(await track(own_gateway, changing)) == (1, 0, 2, 0)
    assert counts(await track(own_gateway, changing[-1:])) == (0, 1, 0, 0)
    await derived_agrees_with_the_rows(own_gateway, cluster)
    await agrees_with_the_rows(own_gateway, cluster, SILENT, date(2026, 3, 2), date(2026, 3, 2))


async def test_concurrent_callers_with_the_same_rows_count_once(own_gateway: Gateway, cluster: Cluster) -> None:
    rows = [row(SILENT, f"user-{n}", "2026-03-02", n, 1) for n in range(500)]
    orders = [rows, rows[::-1], rows[250:] + rows[:250], rows]

    payloads = await asyncio.gather(*(track(own_gateway, order) for order in orders))

    assert sum(payload["accepted"] for payload in payloads) == 500
    assert sum(payload["duplicates"] for payload in payloads) == 1500
    await derived_agrees_with_the_rows(own_gateway, cluster)


async def test_a_month_is_made_when_its_first_report_comes(own_gateway: Gateway, cluster: Cluster) -> None:
    days = ["1970-01-01", "1999-05-31", "2000-02-29", "2026-03-12"]
    assert counts(await track(own_gateway, [row(SILENT, "ada", day) for day in days])) == (4, 0, 0, 0)
    await agrees_with_the_rows(own_gateway, cluster, SILENT, date(2000, 2, 1), date(2000, 3, 31))
    async with plainly(cluster, own_gateway.urls) as superuser:
        months = await superuser.rows("select distinct tableoid::regclass::text as name from app_usage_reports")
    assert {"app_usage_reports_197001", "app_usage_reports_199905"} <= {month["name"] for month in months}


async def test_a_report_counts_in_the_very_next_question(own_gateway: Gateway) -> None:
    period = {"start": "2026-03-02", "end": "2026-03-02"}
    for sent in range(1, 4):
        await track(own_gateway, [row(SILENT, f"user-{sent}", "2026-03-02")])
        answer = await own_gateway.ask(ACTIVITY, client=str(NORDLYS), app=str(SILENT), period=period, by="DAY")
        assert answer.data["client"]["app"]["users"]["total"] == sent


# ---------------------------------------------------------------- rows that are not taken
async def test_a_bad_row_never_stops_the_good_ones(own_gateway: Gateway, cluster: Cluster) -> None:
    unknown, foreign = "018f0000-0000-7000-8000-00000000dead", str(TREK)
    rows = [
        row(SILENT, "ada", "2026-03-02"),
        row(unknown, "ada", "2026-03-02"),
        row(foreign, "ada", "2026-03-02"),
        row("rubbish", "ada", "2026-03-02"),
        row(SILENT, "", "2026-03-02"),
        row(SILENT, "x" * 501, "2026-03-02"),
        row(SILENT, "nul\0", "2026-03-02"),
        row(SILENT, "ada", "1969-12-31"),
        row(SILENT, "ada", "2026-03-13"),
        row(SILENT, "ada", "2026-03-03", -1),
        row(SILENT, "ada", "2026-03-03", 0.5),
        row(SILENT, "ada", "2026-03-03", 1e300),
        row(SILENT, "ada", "2026-03-03", 1, -1),
        row(encode(GlobalId("App", HIMAL, (TREK,))), "ada", "2026-03-02"),
        row(encode(GlobalId("App", NORDLYS, (SILENT,))), "bob", "2026-03-02", 3.0),
    ]
    payload = await track(own_gateway, rows)

    assert counts(payload) == (2, 0, 0, 13)
    told = {each["index"]: (each["field"], each["code"]) for each in payload["rejected"]}
    assert list(told) == sorted(told) == list(range(1, 14))
    assert told[1] == told[2] == told[3] == told[13] == (["app"], "NOT_FOUND")
    assert [told[place][0] for place in range(4, 13)] == [["user"]] * 3 + [["date"]] * 2 + [["activeMs"]] * 3 + [
        ["sessions"]
    ]
    assert {told[place][1] for place in range(4, 13)} == {"INVALID_PARAMETER"}
    messages = {each["index"]: each["message"] for each in payload["rejected"]}
    assert messages[1] == messages[2]  # another client's app looks like none
    await derived_agrees_with_the_rows(own_gateway, cluster)


async def test_tomorrow_is_the_clients(own_gateway: Gateway) -> None:
    """At 18:30 UTC it is past midnight in Kathmandu (+05:45) and evening in Berlin."""
    late, day = "2026-03-11T18:30:00Z", "2026-03-13"
    himal = await track(own_gateway, [row(TREK, "ada", day)], HIMAL, STRANGER, now=late)
    nordlys = await track(own_gateway, [row(SILENT, "ada", day)], now=late)
    assert counts(himal) == (1, 0, 0, 0)
    assert counts(nordlys) == (0, 0, 0, 1)
    assert "2026-03-12" in nordlys["rejected"][0]["message"]


async def test_more_rows_than_one_call_takes_are_refused_as_a_whole(own_gateway: Gateway, cluster: Cluster) -> None:
    rows = [row(SILENT, f"user-{n}", "2026-03-02") for n in range(10_001)]
    async with plainly(cluster, own_gateway.urls) as superuser:
        before = await everything(superuser)
        payload = await track(own_gateway, rows)
        assert await everything(superuser) == before
    assert payload["userErrors"] == [
        {
            "field": ["reports"],
            "code": "INVALID_PARAMETER",
            "message": "reports: are 10001 rows; one call takes at most 10000.",
        }
    ]
    assert (payload["accepted"], payload["rejected"]) == (0, [])
    assert counts(await track(own_gateway, rows[1:])) == (10_000, 0, 0, 0)


async def test_no_rows_are_no_mistake(own_gateway: Gateway) -> None:
    assert counts(await track(own_gateway, [])) == (0, 0, 0, 0)


async def test_rows_of_the_wrong_type_run_nothing(own_gateway: Gateway) -> None:
    for wrong in ({"sessions": 1.5}, {"activeMs": "1000"}, {"date": "2026-02-30"}, {"user": None}, {"extra": 1}):
        answer = await own_gateway.ask(
            TRACK, token=EDITOR, client=str(NORDLYS), reports=[{**row(SILENT, "ada", "2026-03-02"), **wrong}]
        )
        assert answer.status == 400
        assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"
