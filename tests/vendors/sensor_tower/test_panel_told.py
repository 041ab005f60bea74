"""The panel's answers as the contract's samples have them (11), and overlaps (13)."""

from datetime import date
from typing import Any

import pytest

from parallax.errors import InvalidParameter
from parallax.periods import Granularity
from parallax.vendors.pieces import SETTLED, STATIC, Malformed, Planned
from parallax.vendors.sensor_tower.overlap import OVERLAP
from parallax.vendors.sensor_tower.panel import (
    CHURN,
    CROSS_APP,
    ENGAGEMENT,
    POWER_USERS,
    RETENTION,
    TIME_OF_DAY,
    Analysis,
    PanelAnalysis,
    checked_cohort,
)

COHORT, OTHER = "cohort_0a1b2c3d4e5f60718293a4b5", "cohort_1b2c3d4e5f60718293a4b500"
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
MONDAY, NEXT = date(2026, 1, 5), date(2026, 1, 12)


def asked(of: Analysis, width: Granularity | None, *buckets: date | None, **more: str | None) -> Planned:
    [planned] = of.planned(of.pieces(COHORT, width, buckets, **more))
    return planned


def told(of: Analysis, planned: Planned, *entries: dict[str, Any]) -> dict[date | None, Any]:
    body = {"data": [{"selection_cohort_id": COHORT, **entry} for entry in entries]}
    return {piece.bucket: part for piece, part in of.parts(planned, body).items()}


def test_churn_is_told_by_month_and_null_in_a_gap() -> None:
    names = ("new", "resurrected", "retained", "churned")
    ratios = dict(zip(names, (0.2, 0.1, 0.7, 0.15), strict=True))
    rows = [
        {"date": "2026-01-01", **{f"{name}_users_ratio": ratio for name, ratio in ratios.items()}},
        {"date": "2026-02-01", **{f"{name}_users_ratio": None for name in names}},
    ]
    planned = asked(CHURN, Granularity.MONTH, JANUARY, FEBRUARY, country="US")
    assert planned.request.path == "/v1/android/consumer_intel/churn_analysis"
    assert dict(planned.request.parameters) == {
        "selection_cohort_ids": COHORT,
        "country": "US",
        "granularity": "monthly",
        "start_date": "2026-01-01",
        "end_date": "2026-02-28",
    }
    assert told(CHURN, planned, {"active_user_breakdown": rows}) == {
        JANUARY: ratios,
        FEBRUARY: dict.fromkeys(names),
    }


def test_retention_is_a_ragged_triangle_up_to_one_day() -> None:
    rows = [{"date": "2026-01-05", "retention": [1, 0.5]}, {"date": "2026-01-12", "retention": [1]}]
    planned = asked(RETENTION, Granularity.WEEK, MONDAY, end_date="2026-01-18")
    assert dict(planned.request.parameters) == {
        "selection_cohort_ids": COHORT,
        "granularity": "weekly",
        "start_date": "2026-01-05",
        "end_date": "2026-01-18",
    }
    assert told(RETENTION, planned, {"cohort_retention": rows}) == {MONDAY: [1.0, 0.5]}


def test_engagement_may_be_that_of_another_cohorts_users() -> None:
    alone = {"date": "2026-01-05", "avg_time_spent": 290.0, "avg_session_count": 3.7}
    planned = asked(ENGAGEMENT, Granularity.WEEK, MONDAY, NEXT)
    assert told(ENGAGEMENT, planned, {"start_date": "2026-01-05", "session_metrics": [alone]}) == {
        MONDAY: {"avg_time_spent": 290.0, "avg_session_count": 3.7, "pct_dau_growth": None}
    }
    among = {"date": "2026-01-05", "avg_time_spent": 310.5, "avg_session_count": 4.1, "pct_dau_growth": 0.02}
    planned = asked(CROSS_APP, Granularity.WEEK, MONDAY, filter_cohort_id=OTHER)
    assert dict(planned.request.parameters)["filter_cohort_id"] == OTHER
    assert told(CROSS_APP, planned, {"filter_cohort_id": OTHER, "session_metrics": [among]}) == {
        MONDAY: {"avg_time_spent": 310.5, "avg_session_count": 4.1, "pct_dau_growth": 0.02}
    }


def test_days_of_use_are_told_with_the_length_of_the_month() -> None:
    rows = [{"date": "2026-01-01", "days_used_histogram": [0.4, 0.2, 0.1], "total_days": 31}]
    planned = asked(POWER_USERS, Granularity.MONTH, JANUARY)
    assert told(POWER_USERS, planned, {"power_user_curve": rows}) == {JANUARY: {"shares": [0.4, 0.2, 0.1], "days": 31}}


def test_the_time_of_day_has_no_dates_and_24_hours() -> None:
    planned = asked(TIME_OF_DAY, None, None)
    assert dict(planned.request.parameters) == {"selection_cohort_ids": COHORT, "granularity": "all_time"}
    hours = [float(hour) for hour in range(24)]
    assert told(TIME_OF_DAY, planned, {"time_spent_hourly": hours}) == {None: hours}
    with pytest.raises(Malformed):
        told(TIME_OF_DAY, planned, {"time_spent_hourly": hours[1:]})


def test_five_cohorts_share_a_call() -> None:
    pieces = [
        piece
        for place in range(6)
        for piece in ENGAGEMENT.pieces(f"cohort_{place:024x}", Granularity.DAY, [MONDAY, NEXT])
    ]
    first, second = ENGAGEMENT.planned(pieces)
    assert len(dict(first.request.parameters)["selection_cohort_ids"].split(",")) == 5
    assert len(dict(second.request.parameters)["selection_cohort_ids"].split(",")) == 1
    assert {piece.bucket for piece in second.pieces} == {date(2026, 1, day) for day in range(5, 13)}


@pytest.mark.parametrize("analysis", PanelAnalysis)
def test_each_analysis_has_a_list_of_cohorts(analysis: PanelAnalysis) -> None:
    cohorts = analysis.value.cohorts
    [planned] = cohorts.planned([cohorts.piece()])
    assert planned.request.path == f"/v1/android/consumer_intel/{analysis.value.what}/cohorts"
    assert planned.request.parameters == ()
    body = {"data": [{"id": COHORT, "name": "Acme Notes users", "type": "app"}]}
    assert list(cohorts.parts(planned, body).values()) == [[{"id": COHORT, "name": "Acme Notes users", "kind": "app"}]]


def test_what_is_followed_up_to_a_day_settles_with_that_day() -> None:
    [early] = RETENTION.pieces(COHORT, Granularity.WEEK, [MONDAY], end_date="2026-03-08")
    assert RETENTION.life(early, date(2026, 4, 1)) is STATIC
    assert RETENTION.life(early, date(2026, 6, 1)) is SETTLED
    [month] = CHURN.pieces(COHORT, Granularity.MONTH, [JANUARY])
    assert CHURN.life(month, date(2026, 2, 1)) is STATIC
    assert CHURN.life(month, date(2026, 4, 1)) is SETTLED


@pytest.mark.parametrize("text", ["", "cohort_", COHORT.upper(), f"{COHORT}0", "65a1b2c3d4e5f60718293a4b"])
def test_what_is_no_id_of_a_cohort_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameter, match="among: must be the id of a cohort"):
        checked_cohort("among", text)


# ---------------------------------------------------------------- overlaps
def test_an_overlap_is_asked_for_by_itself() -> None:
    pieces = [
        OVERLAP.piece(f"{place:024x}", "US", JANUARY, date(2026, 1, 31), category)
        for place, category in enumerate(("", "6007"))
    ]
    plain, narrow = OVERLAP.planned(pieces)
    assert plain.request.path == "/v1/unified/app_overlap"
    assert plain.request.parameters == (
        ("app_id", f"{0:024x}"),
        ("countries[]", "US"),
        ("start_date", "2026-01-01"),
        ("end_date", "2026-01-31"),
        ("include_inverse_multiplier", "true"),
    )
    assert ("category", "6007") in narrow.request.parameters


def test_an_overlap_is_read_with_and_without_the_inverse() -> None:
    share = "app_a_users_using_app_b_share"
    row = {
        "app_id": "65ffffffffffffffffff0001",
        "app_a_users_likelihood_multiplier": 3.2,
        share: 0.08,
        f"{share}_previous_period": 0.07,
        f"{share}_previous_period_diff": 0.01,
    }
    [planned] = OVERLAP.planned([OVERLAP.piece("65a1b2c3d4e5f60718293a4b", "US", JANUARY, date(2026, 1, 31), "")])
    both = [row, row | {"app_b_users_likelihood_multiplier": 2.1}]
    plain = {
        "app": "65ffffffffffffffffff0001", "share": 0.08, "previous": 0.07, "change": 0.01, "multiplier": 3.2, "inverse": None,
    }  # fmt: skip
    assert OVERLAP.parts(planned, {"data": both}) == {planned.pieces[0]: [plain, plain | {"inverse": 2.1}]}
