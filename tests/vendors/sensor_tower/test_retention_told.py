"""Retention and demographics as the contract's samples have them (8.1, 8.2)."""

from datetime import date
from typing import Any

import pytest

from parallax.metrics.catalog import Confidence
from parallax.vendors.pieces import SETTLED, STATIC, Malformed, Piece, Planned
from parallax.vendors.sensor_tower.demographics import DEMOGRAPHICS
from parallax.vendors.sensor_tower.quarterly import ByQuarter, confidence_of
from parallax.vendors.sensor_tower.retention import RETENTION

Q4 = date(2025, 10, 1)
CURVE: dict[str, Any] = {
    "app_data": [
        {
            "app_id": 1500000001,
            "confidence": 8,
            "country": "WW",
            "date_granularity": "quarterly",
            "date": "2025-10-01T00:00:00Z",
            "end_date": "2025-12-31T00:00:00Z",
            "corrected_retention": [0.41, 0.33, 0.29],
        }
    ],
    "baseline_data": [0.03, 0.02, 0.017],
    "disabled_app_ids": [1500000002],
}
TOLD = {
    "start": "2025-10-01",
    "end": "2025-12-31",
    "country": "WW",
    "confidence": 8,
    "baseline": [0.03, 0.02, 0.017],
    "rates": [0.41, 0.33, 0.29],
}


def asked(endpoint: ByQuarter, *apps: str, os: str = "ios", country: str = "", quarters: Any = (Q4,)) -> Planned:
    [planned] = endpoint.planned([piece for app in apps for piece in endpoint.pieces(os, app, country, quarters)])
    return planned


@pytest.mark.parametrize("body", [CURVE, [CURVE]], ids=["plain", "in a list of one"])
def test_an_answer_comes_plain_or_in_a_list_of_one(body: Any) -> None:
    planned = asked(RETENTION, "1500000001", "1500000002", "1500000003")
    parts = {piece.of[0]: part for piece, part in RETENTION.parts(planned, body).items()}
    assert parts == {"1500000001": TOLD, "1500000002": {"disabled": True}}


def test_a_row_of_all_time_has_a_day_of_its_own() -> None:
    row = CURVE["app_data"][0] | {
        "date_granularity": "all_time",
        "date": "2015-08-01T00:00:00Z",
        "end_date": None,
    }
    planned = asked(RETENTION, "1500000001", quarters=None)
    [part] = RETENTION.parts(planned, CURVE | {"app_data": [row]}).values()
    assert (part["start"], part["end"]) == ("2015-08-01", None)
    assert planned.request.parameters == (
        ("app_ids", "1500000001"),
        ("date_granularity", "all_time"),
        ("start_date", "2015-10-01"),  # required, and of no meaning
    )


def test_apps_and_quarters_share_a_call_and_places_do_not() -> None:
    quarters = [date(2025, 4, 1), Q4]
    pieces = [
        piece
        for country in ("", "NO")
        for app in ("com.acme.notes", "com.acme.tasks")
        for piece in RETENTION.pieces("android", app, country, quarters)
    ]
    world, norway = RETENTION.planned(pieces)
    assert world.request.path == "/v1/android/usage/retention"
    assert dict(world.request.parameters) == {
        "app_ids": "com.acme.notes,com.acme.tasks",
        "date_granularity": "quarterly",
        "start_date": "2025-04-01",
        "end_date": "2025-12-31",
    }
    assert dict(norway.request.parameters)["country"] == "NO"
    assert {piece.bucket for piece in world.pieces} == {date(2025, 4, 1), date(2025, 7, 1), Q4}


def test_more_than_five_hundred_apps_are_asked_for_in_several_calls() -> None:
    pieces = [RETENTION.pieces("ios", str(app), "", None)[0] for app in range(1, 502)]
    assert [len(planned.pieces) for planned in RETENTION.planned(pieces)] == [500, 1]


def test_many_quarters_are_asked_for_in_several_calls() -> None:
    quarters = [date(year, month, 1) for year in range(2016, 2026) for month in (1, 4, 7, 10)]
    calls = RETENTION.planned(RETENTION.pieces("ios", "1500000001", "", quarters))
    assert [dict(call.request.parameters)["start_date"] for call in calls] == ["2016-01-01", "2021-01-01"]


@pytest.mark.parametrize("name", ["normalized_demographics", "grouped_normalized_demographics"])
def test_demographics_are_read_under_both_of_their_names(name: str) -> None:
    shares = {"female_18": 0.1, "female_55": 0.35, "male_25": 0.55}
    body = {
        "app_data": [
            {
                "app_id": "com.acme.notes", "country": "WW", "confidence": 5, "date": "2025-10-01", "end_date": None,
                "date_granularity": "quarterly", name: shares, "female": 0.45, "male": 0.55, "average_age_total": 33.2,
            }
        ],
        "baseline_data": {"female_0": 0.05, "female_18": 0.1, "male_0": 0.05},
        "disabled_app_ids": [],
    }  # fmt: skip
    [part] = DEMOGRAPHICS.parts(asked(DEMOGRAPHICS, "com.acme.notes", os="android"), [body]).values()
    assert part == {
        "start": "2025-10-01",
        "end": "2025-12-31",
        "country": "WW",
        "confidence": 5,
        "baseline": {"female_0": 0.05, "female_18": 0.1, "male_0": 0.05},
        "shares": shares,
        "female": 0.45,
        "male": 0.55,
        "age": 33.2,
    }


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        None,
        {"app_data": None, "baseline_data": [], "disabled_app_ids": []},
        CURVE | {"baseline_data": "0.03"},
        CURVE | {"app_data": [CURVE["app_data"][0] | {"corrected_retention": ["x"]}]},
    ],
)
def test_another_shape_is_none(body: Any) -> None:
    with pytest.raises((Malformed, KeyError, TypeError, ValueError, AttributeError, IndexError)):
        RETENTION.parts(asked(RETENTION, "1500000001"), body)


@pytest.mark.parametrize(
    ("score", "shown"),
    [
        (None, None),
        (0, Confidence.LOW),
        (3, Confidence.LOW),
        (4, Confidence.MEDIUM),
        (6, Confidence.MEDIUM),
        (7, Confidence.HIGH),
        (12, Confidence.HIGH),
    ],
)
def test_a_score_is_red_yellow_or_green(score: int | None, shown: Confidence | None) -> None:
    assert confidence_of(score) is shown


def test_what_is_long_over_is_kept_for_long() -> None:
    piece: Piece = RETENTION.pieces("ios", "1", "", [Q4])[0]
    assert RETENTION.life(piece, date(2026, 3, 11)) is STATIC
    assert RETENTION.life(piece, date(2026, 5, 11)) is SETTLED
    assert RETENTION.life(RETENTION.pieces("ios", "1", "", None)[0], date(2030, 1, 1)) is STATIC
