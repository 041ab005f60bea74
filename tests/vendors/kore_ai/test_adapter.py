"""What is asked of Kore.ai and what its answers mean, by the contract's own samples; no call is made."""

import base64
import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from parallax.errors import SourceQuota, SourceRejected, SourceUnavailable
from parallax.metrics.catalog import SourceSystem
from parallax.vendors.calling import MISSHAPEN
from parallax.vendors.kore_ai import (
    RUNNING,
    TREND,
    VENDOR,
    Question,
    Told,
    day_of,
    failure,
    hour_key,
    sign,
    stream_of,
)
from parallax.vendors.pieces import SETTLED
from parallax.vendors.vendor import Account, Reply

STREAM = "st-018f0000-0000-7000-8000-0000000000f1"
DAILY = orjson.loads(
    b'{"summary":{"uniqueUsers":3,"newUsers":2,"returningUsers":1,"avgUniqueUsersPerDay":1.5,"avgNewUsersPerDay":1,'
    b'"avgReturningUsersPerDay":0.5},"uniqueUsersTrend":{"dataPoints":[{"date":"Feb 09 2026","users":3},'
    b'{"date":"Feb 10 2026","users":0}]},"newUsersTrend":{"dataPoints":[{"date":"Feb 09 2026","users":2},'
    b'{"date":"Feb 10 2026","users":0}]},"returningUsersTrend":{"dataPoints":[{"date":"Feb 09 2026","users":1},'
    b'{"date":"Feb 10 2026","users":0}]},"filters":{"start":"Feb 09 2026","end":"Feb 10 2026","conversationType":"all",'
    b'"conversationStatus":"all","aggregationType":"daily","dataPointsCount":2}}'
)
FIRST, LAST = date(2026, 2, 9), date(2026, 2, 10)


def question(aggregation: str = "daily", **more: Any) -> Question:
    told = {"kind": "All", "status": "All", "channels": (), "zone": "UTC"} | more
    return Question(STREAM, aggregation, **told)


def told(body: Any, aggregation: str = "daily") -> Told:
    [piece] = question(aggregation).pieces(FIRST, LAST)
    [planned] = TREND.planned([piece])
    return Told.of(TREND.parts(planned, body)[piece])


def changed(**members: Any) -> dict[str, Any]:
    return {**DAILY, **members}


# ---------------------------------------------------------------- what is asked
def test_a_question_is_a_post_whose_parameters_all_stand_in_the_query() -> None:
    asked = question(kind="Non Interactive", status="Closed", channels=("msteams", "rtm"), zone="Asia/Kolkata")
    [planned] = TREND.planned(asked.pieces(FIRST, LAST))
    assert (planned.request.method, planned.request.path) == (
        "POST",
        f"/api/public/bot/{STREAM}/v2/userEngagementTrend",
    )
    assert dict(planned.request.parameters) == {
        "aggregation_type": "daily",
        "start_date": "2026-02-09",
        "end_date": "2026-02-10",
        "conversationType": "Non Interactive",
        "conversationStatus": "Closed",
        "channels": "msteams,rtm",
        "timeZoneOffset": "Asia/Kolkata",
    }


def test_all_channels_are_asked_by_no_parameter() -> None:
    [piece] = question().pieces(FIRST, LAST)
    assert "channels" not in dict(piece.shared)


@pytest.mark.parametrize(("aggregation", "longest"), [("daily", 366), ("hourly", 31)])
def test_a_range_is_as_many_calls_as_its_longest_ones_need(aggregation: str, longest: int) -> None:
    def spans(days: int) -> list[tuple[str, str]]:
        pieces = question(aggregation).pieces(FIRST, FIRST + timedelta(days=days - 1))
        assert len(TREND.planned(pieces)) == len(pieces)
        return [(dict(piece.shared)["start_date"], dict(piece.shared)["end_date"]) for piece in pieces]

    assert len(spans(longest)) == 1
    first, second = spans(longest + 1)
    assert first == (FIRST.isoformat(), (FIRST + timedelta(days=longest - 1)).isoformat())
    assert second == ((FIRST + timedelta(days=longest)).isoformat(),) * 2
    assert len(spans(3 * longest)) == 3


def test_ended_days_are_kept_long_and_the_last_ones_shortly() -> None:
    [piece] = question().pieces(FIRST, LAST)
    assert TREND.life(piece, LAST + timedelta(days=3)) is SETTLED
    assert TREND.life(piece, LAST + timedelta(days=2)) is RUNNING


# ---------------------------------------------------------------- what is answered
def test_days_and_totals_and_averages_are_the_sources_own() -> None:
    found = told(DAILY)
    assert [found.on("unique", day) for day in (FIRST, LAST)] == [3, 0]
    assert [found.on(measure, FIRST) for measure in ("new", "returning")] == [2, 1]
    assert found.total == {"unique": 3, "new": 2, "returning": 1}
    assert found.average == {"unique": 1.5, "new": 1, "returning": 0.5}
    assert found.days == 2


def test_a_day_that_is_left_out_had_nobody() -> None:
    """The list may be shorter than dataPointsCount says."""
    found = told(changed(uniqueUsersTrend={"dataPoints": []}))
    assert (found.on("unique", FIRST), found.days) == (0, 2)


def test_hours_are_keys_of_which_the_last_wraps() -> None:
    hours = {hour_key(hour): 0 for hour in range(24)} | {"1 - 2": 1, "23 - 0": 2}
    trend = {"dataPoints": [{"date": "Feb 09 2026", **hours}]}
    trends = {f"{name}UsersTrend": trend for name in ("unique", "new", "returning")}
    found = told(changed(**trends, filters=DAILY["filters"] | {"aggregationType": "hourly"}), "hourly")
    assert [found.at("unique", FIRST, hour) for hour in (0, 1, 2, 23)] == [0, 1, 0, 2]
    assert found.at("unique", LAST, 1) == 0


@pytest.mark.parametrize(
    ("text", "day"), [("Dec 01 2025", date(2025, 12, 1)), ("Feb 29 2024", date(2024, 2, 29)), ("Feb 09 2026", FIRST)]
)
def test_days_are_told_by_english_months(text: str, day: date) -> None:
    assert day_of(text) == day


BROKEN: dict[str, Any] = {
    "no object": [],
    "no members": {},
    "another range": changed(filters=DAILY["filters"] | {"end": "Feb 11 2026"}),
    "hours instead of days": changed(filters=DAILY["filters"] | {"aggregationType": "hourly"}),
    "a number as text": changed(uniqueUsersTrend={"dataPoints": [{"date": "Feb 09 2026", "users": "3"}]}),
    "less than nobody": changed(uniqueUsersTrend={"dataPoints": [{"date": "Feb 09 2026", "users": -1}]}),
    "a truth for a number": changed(uniqueUsersTrend={"dataPoints": [{"date": "Feb 09 2026", "users": True}]}),
    "another form of days": changed(uniqueUsersTrend={"dataPoints": [{"date": "2026-02-09", "users": 3}]}),
    "a month of another language": changed(newUsersTrend={"dataPoints": [{"date": "Mai 09 2026", "users": 3}]}),
    "a trend that is null": changed(newUsersTrend=None),
    "a summary without averages": changed(summary={"uniqueUsers": 3, "newUsers": 2, "returningUsers": 1}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_what_the_contract_says_is_no_answer(name: str) -> None:
    with pytest.raises(MISSHAPEN):
        told(BROKEN[name])


# ---------------------------------------------------------------- tokens
ACCOUNT = Account(
    SourceSystem.KORE_AI,
    "a",
    "https://platform.kore.ai",
    {"client_id": SecretStr("cs-1"), "client_secret": SecretStr("short")},
)
NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)


def unpacked(part: str) -> Any:
    return orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_every_call_has_a_token_of_its_own_for_five_minutes() -> None:
    [planned] = TREND.planned(question().pieces(FIRST, LAST))
    tokens = [sign(ACCOUNT, planned.request, NOW).headers["auth"] for _ in range(2)]
    claims = []
    for token in tokens:
        head, payload, signature = token.split(".")
        assert unpacked(head) == {"alg": "HS256", "typ": "JWT"}
        right = hmac.digest(b"short", f"{head}.{payload}".encode(), hashlib.sha256)
        assert signature == base64.urlsafe_b64encode(right).rstrip(b"=").decode()
        claims.append(unpacked(payload))
    assert claims[0]["appId"] == "cs-1"
    assert claims[0]["sub"]
    assert claims[0]["exp"] - claims[0]["iat"] == 300
    assert claims[0]["iat"] == NOW.timestamp()
    assert claims[0]["jti"] != claims[1]["jti"]


def test_neither_the_token_nor_the_secret_is_in_the_question() -> None:
    [planned] = TREND.planned(question().pieces(FIRST, LAST))
    signed = sign(ACCOUNT, planned.request, NOW)
    assert signed.parameters == planned.request.parameters
    assert "authorization" not in signed.headers
    assert "short" not in f"{signed}{ACCOUNT}".replace("shorter", "")


def test_limits_are_counted_by_bot_and_leave_room_for_others() -> None:
    [planned] = TREND.planned(question().pieces(FIRST, LAST))
    assert stream_of(planned.request) == STREAM
    assert [(window.seconds, window.calls) for window in VENDOR.windows] == [(60, 48), (3600, 1440)]


# ---------------------------------------------------------------- failures
def reply(status: int, message: str = "", code: int = 0, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, headers or {}, orjson.dumps({"errors": [{"msg": message, "code": code}]}))


LIMIT = "Rate limit for this API has been reached. Please try again after some time."


@pytest.mark.parametrize("status", [429, 400, 403, 200])
def test_a_rate_limit_is_told_by_its_words_under_any_status(status: int) -> None:
    found = failure(reply(status, LIMIT))
    assert isinstance(found, SourceQuota)
    assert found.retry_after_s == 60
    assert isinstance(failure(reply(status, LIMIT.replace("after some time", "later").upper())), SourceQuota)


def test_a_429_is_one_whatever_its_body_is() -> None:
    found = failure(Reply(429, {"retry-after": "7"}, b"<html>"))
    assert isinstance(found, SourceQuota)
    assert found.retry_after_s == 7


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (reply(401), "does not accept the client id or the client secret"),
        (reply(401, "Invalid SDK credentials", 4002), "does not accept the client id or the client secret"),
        (reply(400, "Invalid SDK credentials", 4002), "does not accept the client id or the client secret"),
        (reply(403), "App Builder: User Engagement Trend"),
        (reply(404), "knows no bot with this stream id"),
        (reply(400, "Unknown value of channels"), 'refuses the question. It says: "Unknown value of channels"'),
        (Reply(400, {}, b""), "refuses the question"),
    ],
)
def test_each_refusal_has_its_own_message(given: Reply, words: str) -> None:
    found = failure(given)
    assert isinstance(found, SourceRejected)
    assert words in found.message


def test_an_error_inside_of_an_answer_is_one() -> None:
    assert isinstance(failure(reply(200, "Internal error.")), SourceUnavailable)
    assert isinstance(failure(reply(200, "Invalid SDK credentials", 4002)), SourceRejected)
    assert failure(Reply(200, {}, orjson.dumps(DAILY))) is None
