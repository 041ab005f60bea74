"""What Kore.ai's fake says and refuses (contract sections 3 and 5)."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from parallax.sandbox.products import OF_APP, PRODUCTS
from parallax.sandbox.server import Sandbox
from tests.sandbox.asking import ACME, BOT, Asking, lacking, shape_of
from tests.sandbox.samples import KORE_AI

LEDGER = next(product for product in OF_APP.values() if product.name == "Ledger")
HOURS = {f"{hour} - {(hour + 1) % 24}" for hour in range(24)}


def switched(sandbox: Sandbox, **switches: Any) -> None:
    sandbox.kore_ai.switches = replace(sandbox.kore_ai.switches, **switches)


async def test_a_daily_answer_has_the_shape_of_the_sample(asking: Asking) -> None:
    answer = await asking.kore()
    assert answer.status_code == 200
    assert lacking(shape_of(KORE_AI), shape_of(answer.json())) == []
    assert answer.json()["filters"] == KORE_AI["filters"]


async def test_uniques_of_the_range_are_not_the_sum_of_its_days(asking: Asking) -> None:
    body = (await asking.kore(stream=LEDGER.stream, start_date="2026-01-01", end_date="2026-01-31")).json()
    summary, points = body["summary"], body["uniqueUsersTrend"]["dataPoints"]
    assert max(point["users"] for point in points) < summary["uniqueUsers"] < sum(point["users"] for point in points)
    assert summary["uniqueUsers"] == summary["newUsers"] + summary["returningUsers"]
    assert summary["avgUniqueUsersPerDay"] == pytest.approx(summary["uniqueUsers"] / 31, abs=1e-4)


async def test_averages_that_are_whole_have_no_decimals(asking: Asking) -> None:
    text = (await asking.kore(start_date="2026-02-09", end_date="2026-02-09")).text
    assert '"avgNewUsersPerDay":0' in text or ".0" not in text
    assert ".0," not in text


async def test_a_user_is_new_on_one_day_of_all(asking: Asking) -> None:
    """The newcomers of two halves are those of the whole."""
    halves = [("2025-01-01", "2025-06-30"), ("2025-07-01", "2025-12-31"), ("2025-01-01", "2025-12-31")]
    counts = [
        (await asking.kore(stream=LEDGER.stream, start_date=start, end_date=end)).json()["summary"]
        for start, end in halves
    ]
    first, second, whole = (each["newUsers"] for each in counts)
    assert first + second == whole > 0
    assert counts[0]["uniqueUsers"] + counts[1]["uniqueUsers"] > counts[2]["uniqueUsers"]


async def test_by_the_hour_is_the_default_and_has_its_own_points(asking: Asking) -> None:
    body = (await asking.kore(aggregation_type=None)).json()
    assert body["filters"]["aggregationType"] == "hourly"
    assert body["filters"]["dataPointsCount"] == 2, "days, by the hour too"
    for name in ("unique", "new", "returning"):
        assert [point.keys() for point in body[f"{name}UsersTrend"]["dataPoints"]] == [HOURS | {"date"}] * 2
    daily = (await asking.kore()).json()["uniqueUsersTrend"]["dataPoints"]
    for point, day in zip(body["uniqueUsersTrend"]["dataPoints"], daily, strict=True):
        assert sum(count for name, count in point.items() if name != "date") >= day["users"]


async def test_capital_letters_are_taken_and_echoed_small(asking: Asking) -> None:
    answer = await asking.kore(
        aggregation_type="Daily", conversationType="Non Interactive", conversationStatus="Closed"
    )
    filters = answer.json()["filters"]
    assert (filters["aggregationType"], filters["conversationType"], filters["conversationStatus"]) == (
        "daily",
        "non interactive",
        "closed",
    )


async def test_kinds_states_and_channels_are_parts_of_all(asking: Asking) -> None:
    async def users(**asked: str) -> int:
        answer = await asking.kore(stream=LEDGER.stream, start_date="2026-01-01", end_date="2026-01-31", **asked)
        return int(answer.json()["summary"]["uniqueUsers"])

    every = await users()
    for name, values in (
        ("conversationType", ("Interactive", "Non Interactive")),
        ("conversationStatus", ("Active", "Closed")),
        ("channels", ("rtm", "msteams,slack,facebook,ivr")),
    ):
        parts = [await users(**{name: value}) for value in values]
        assert all(0 < part <= every for part in parts)
        assert sum(parts) >= every
    assert await users(channels="All") == every


async def test_days_are_those_of_the_zone(asking: Asking) -> None:
    asked: dict[str, Any] = {
        "stream": LEDGER.stream,
        "aggregation_type": None,
        "start_date": "2026-02-09",
        "end_date": "2026-02-11",
    }
    world = (await asking.kore(**asked)).json()["uniqueUsersTrend"]["dataPoints"]
    kolkata = (await asking.kore(**asked, timeZoneOffset="Asia/Kolkata")).json()["uniqueUsersTrend"]["dataPoints"]
    flat, shifted = (
        [count for point in points for name, count in point.items() if name != "date"] for points in (world, kolkata)
    )
    assert flat != shifted
    assert sum(flat[:-6]) <= sum(shifted)


async def test_a_day_of_a_clock_change_has_24_hours(asking: Asking) -> None:
    answer = await asking.kore(
        aggregation_type="hourly", start_date="2025-10-26", end_date="2025-10-26", timeZoneOffset="Europe/Oslo"
    )
    [point] = answer.json()["uniqueUsersTrend"]["dataPoints"]
    assert point.keys() == HOURS | {"date"}


async def test_every_date_is_there_unless_zeros_are_dropped(asking: Asking, vendors: Sandbox) -> None:
    asked = {"start_date": "2019-04-01", "end_date": "2019-05-10"}  # Acme's first day is 2 May
    points = (await asking.kore(**asked)).json()["uniqueUsersTrend"]["dataPoints"]
    assert (len(points), points[0]) == (40, {"date": "Apr 01 2019", "users": 0})
    switched(vendors, drop_zero_dates=True)
    body = (await asking.kore(**asked)).json()
    assert body["filters"]["dataPointsCount"] == 40
    shown = [body[f"{name}UsersTrend"]["dataPoints"] for name in ("unique", "new", "returning")]
    assert 0 < len(shown[0]) < 40
    assert len({tuple(point["date"] for point in points) for points in shown}) == 1, "the three cover the same dates"


async def test_nothing_has_happened_after_now(asking: Asking) -> None:
    points = (await asking.kore(stream=LEDGER.stream, start_date="2026-03-09", end_date="2026-03-14")).json()[
        "uniqueUsersTrend"
    ]
    users = [point["users"] for point in points["dataPoints"]]
    assert users[0] > 0
    assert users[3:] == [0, 0, 0]


@pytest.mark.parametrize(
    "asked",
    [
        {"start_date": None}, {"end_date": None}, {"start_date": "09.02.2026"}, {"start_date": "2026-02-11"},
        {"aggregation_type": "weekly"}, {"conversationType": "NonInteractive"}, {"conversationStatus": "Open"},
        {"channels": "rtm,fax"}, {"timeZoneOffset": "+05:30"}, {"timeZoneOffset": "Mars/Base"}, {"colour": "blue"},
        {"start_date": "2025-02-09", "end_date": "2026-02-10"}, {"aggregation_type": "hourly", "end_date": "2026-03-12"},
    ],
)  # fmt: skip
async def test_a_question_that_cannot_be_is_400(asking: Asking, asked: dict[str, Any]) -> None:
    answer = await asking.kore(**asked)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["code"] == 400
    assert error["msg"]


async def test_only_a_token_signed_by_the_client_opens(
    asking: Asking, http: httpx.AsyncClient, vendors: Sandbox
) -> None:
    soon = int(time.time()) + 300
    for token in (asking.signed(exp=soon, jti="1", aud="https://idproxy.kore.ai/authorize"), asking.signed("second")):
        assert (await asking.kore(token)).status_code == 200
    whole = asking.signed()
    wrong = [
        "", "nonsense", "a.b.c", whole[:-2], f"Bearer {whole}", asking.signed(secret="another"), asking.signed(alg="none"),
        asking.signed("expired"), asking.signed(appId="cs-unknown"), asking.signed(exp=int(time.time()) - 60),
        asking.signed(exp="soon"),
    ]  # fmt: skip
    for token in wrong:
        answer = await asking.kore(token)
        assert (answer.status_code, answer.json()) == (
            401,
            {"errors": [{"msg": "Invalid SDK credentials", "code": 4002}]},
        )
    url = vendors.kore_ai.url + BOT.format(ACME.stream)
    assert (await http.post(url, headers={"authorization": whole})).status_code == 401, (
        "another header is not looked at"
    )


async def test_an_app_may_ask_for_a_new_jti_with_each_call(asking: Asking, vendors: Sandbox) -> None:
    switched(vendors, jti_once=True)
    tokens = [asking.signed(jti="a"), asking.signed(jti="a"), asking.signed(jti="b"), asking.signed()]
    assert [(await asking.kore(token)).status_code for token in tokens] == [200, 401, 200, 401]


async def test_a_scope_that_is_not_granted_is_403_and_an_unknown_bot_404(asking: Asking) -> None:
    for answer, status in (
        (await asking.kore(asking.signed("narrow")), 403),
        (await asking.kore(stream="st-unknown"), 404),
    ):
        assert answer.status_code == status
        assert answer.json()["errors"][0]["code"] == status


async def test_it_is_posted_and_its_body_is_not_read(asking: Asking, http: httpx.AsyncClient, vendors: Sandbox) -> None:
    url, headers = vendors.kore_ai.url + BOT.format(ACME.stream), {"auth": asking.signed()}
    asked = {"start_date": "2026-02-09", "end_date": "2026-02-10"}
    assert (await http.get(url, params=asked, headers=headers)).status_code == 405
    assert (await http.post(url, json=asked, headers=headers)).status_code == 400
    assert (await http.post(url, params=asked, json={"start_date": "nonsense"}, headers=headers)).status_code == 200
    assert (await http.post(url.replace("/v2", ""), params=asked, headers=headers)).status_code == 404


async def test_a_bot_has_sixty_calls_a_minute_and_so_many_an_hour_of_all_callers(
    asking: Asking, vendors: Sandbox
) -> None:
    begin = datetime(2026, 3, 11, 12, tzinfo=UTC)
    switched(vendors, per_minute=3, per_hour=4)
    vendors.clock.set(begin, stands=True)
    callers = ["first", "second", "first", "second"]
    answers = [await asking.kore(asking.signed(caller)) for caller in callers]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    text = "Rate limit for this API has been reached. Please try again after some time."
    assert answers[3].json() == {"errors": [{"msg": text, "code": 429}]}
    assert "retry-after" not in answers[3].headers
    assert (await asking.kore(stream=PRODUCTS[2].stream)).status_code == 200, "each bot has its own"
    vendors.clock.set(begin + timedelta(minutes=1), stands=True)
    assert [(await asking.kore()).status_code for _ in range(2)] == [200, 429]
    vendors.clock.set(begin + timedelta(hours=1), stands=True)
    assert (await asking.kore()).status_code == 200


def test_the_limits_are_those_of_the_contract(vendors: Sandbox) -> None:
    assert (vendors.kore_ai.switches.per_minute, vendors.kore_ai.switches.per_hour) == (60, 1_800)


@pytest.mark.parametrize("status", [400, 403])
async def test_older_servers_say_it_otherwise(asking: Asking, vendors: Sandbox, status: int) -> None:
    switched(vendors, per_minute=0, rate_limit_status=status, old_rate_limit_text=True)
    answer = await asking.kore()
    assert answer.status_code == status
    assert answer.json()["errors"][0]["msg"].endswith("try again later")
