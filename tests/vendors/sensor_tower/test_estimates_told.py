"""What Sensor Tower's answers about series mean, by the contract's own samples."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from parallax.links.keys import Store
from parallax.periods import Granularity
from parallax.vendors.calling import MISSHAPEN
from parallax.vendors.pieces import RECENT, SETTLED, Endpoint, Piece, Planned
from parallax.vendors.sensor_tower.active_users import ACTIVE_USERS
from parallax.vendors.sensor_tower.ads import RANK, SHARE_OF_VOICE
from parallax.vendors.sensor_tower.buckets import last_complete
from parallax.vendors.sensor_tower.compact import COMPACT_REPORTS
from parallax.vendors.sensor_tower.creatives import CREATIVES
from parallax.vendors.sensor_tower.sales import SALES_REPORTS
from parallax.vendors.sensor_tower.sources import DOWNLOADS_BY_SOURCES
from parallax.vendors.sensor_tower.timeseries import EVERY, TIME_SERIES

ACME = "65a1b2c3d4e5f60718293a4b"
MONDAY = date(2026, 2, 2)
FEBRUARY, JANUARY = date(2026, 2, 1), date(2026, 1, 1)
DAY, WEEK, MONTH = Granularity.DAY, Granularity.WEEK, Granularity.MONTH


def days(count: int, first: date = MONDAY, step: int = 1) -> list[date]:
    return [first + timedelta(step * place) for place in range(count)]


def call(endpoint: Endpoint, pieces: Sequence[Piece]) -> Planned:
    [planned] = endpoint.planned(pieces)
    return planned


def told(endpoint: Endpoint, pieces: Sequence[Piece], body: Any) -> list[Any]:
    parts: Mapping[Piece, Any] = endpoint.parts(call(endpoint, pieces), body)
    return [parts.get(piece) for piece in pieces]


def asked(endpoint: Endpoint, pieces: Sequence[Piece]) -> dict[str, str]:
    return dict(call(endpoint, pieces).request.parameters)


# ---------------------------------------------------------------- sales
IOS_ROW = {"aid": 1500000001, "cc": "NO", "d": "2026-02-02T00:00:00Z", "iu": 120, "ir": 45900, "au": 14, "ar": 2990}
UNIFIED_ROW = {
    "app_id": ACME, "country": "NO", "date": "2026-02-02T00:00:00Z", "android_units": 210, "android_revenue": 18800,
    "ipad_units": 14, "ipad_revenue": 2990, "iphone_units": 120, "iphone_revenue": 45900, "unified_units": 344,
    "unified_revenue": 67690,
}  # fmt: skip


def sales(store: Store, ids: Iterable[str], buckets: Sequence[date] = (MONDAY,), **more: Any) -> tuple[Piece, ...]:
    return SALES_REPORTS.pieces(store, ids, more.pop("countries", ("NO",)), more.pop("by", DAY), buckets, **more)


def test_a_row_of_the_app_store_has_phones_and_tablets_and_their_sum() -> None:
    pieces = sales(Store.IOS, ["1500000001"])
    assert told(SALES_REPORTS, pieces, [IOS_ROW]) == [{"iphone": [120, 45900], "ipad": [14, 2990], "all": [134, 48890]}]


def test_numbers_may_be_texts_and_those_of_zeros_missing() -> None:
    row = {"aid": 1500000001, "cc": "NO", "d": "2026-02-02T00:00:00Z", "iu": "120", "ir": "45900"}
    [part] = told(SALES_REPORTS, sales(Store.IOS, ["1500000001"]), [row])
    assert part == {"iphone": [120, 45900], "ipad": [0, 0], "all": [120, 45900]}


def test_a_row_of_google_play_has_other_names() -> None:
    row = {"aid": "com.acme.notes", "c": "NO", "d": "2026-02-02T00:00:00Z", "u": 210, "r": 18800}
    [part] = told(SALES_REPORTS, sales(Store.ANDROID, ["com.acme.notes"]), [row])
    assert part == {"android": [210, 18800], "all": [210, 18800]}


def test_the_total_of_a_product_is_the_vendor_s_own() -> None:
    """It counts who is in two editions once: what the devices add up to is another number."""
    row = UNIFIED_ROW | {"unified_units": 340}
    [part] = told(SALES_REPORTS, sales(Store.UNIFIED, [ACME]), [row])
    assert part == {"android": [210, 18800], "ipad": [14, 2990], "iphone": [120, 45900], "all": [340, 67690]}


def test_a_day_without_a_row_has_no_estimate() -> None:
    pieces = sales(Store.IOS, ["1500000001"], days(2))
    [first, second] = told(SALES_REPORTS, pieces, [IOS_ROW])
    assert first is not None
    assert second is None


def test_apps_and_countries_share_a_call_and_the_path_says_the_store() -> None:
    pieces = sales(Store.ANDROID, ["com.acme.notes", "com.acme.tasks"], days(3), countries=("NO", "WW"))
    planned = call(SALES_REPORTS, pieces)
    assert planned.request.path == "/v1/android/sales_report_estimates"
    assert dict(planned.request.parameters) == {
        "date_granularity": "daily",
        "app_ids": "com.acme.notes,com.acme.tasks",
        "countries": "NO,WW",
        "start_date": "2026-02-02",
        "end_date": "2026-02-04",
    }


def test_a_model_is_named_only_when_it_was_asked_for() -> None:
    assert asked(SALES_REPORTS, sales(Store.IOS, ["1"], model="DM_2025_Q1"))["data_model"] == "DM_2025_Q1"


@pytest.mark.parametrize(
    ("by", "buckets", "calls"),
    [
        (DAY, days(28), 4),
        (WEEK, days(26, MONDAY, 7), 2),
        (MONTH, [date(2024 + n // 12, 1 + n % 12, 1) for n in range(24)], 2),
        (Granularity.QUARTER, [date(2022 + n // 4, 1 + n % 4 * 3, 1) for n in range(16)], 2),
    ],
)
def test_a_range_is_split_into_the_windows_of_the_contract(by: Granularity, buckets: list[date], calls: int) -> None:
    assert len(SALES_REPORTS.planned(sales(Store.IOS, ["1"], buckets, by=by))) == calls


def test_the_last_week_is_asked_for_whole() -> None:
    assert asked(SALES_REPORTS, sales(Store.IOS, ["1"], [MONDAY], by=WEEK))["end_date"] == "2026-02-08"


def test_a_publisher_has_calls_of_its_own_and_its_apps_are_told_apart() -> None:
    """Its id may hold a comma, so that it stands alone in its parameter."""
    pieces = sales(Store.IOS, ["1400000009", "Acme, Inc"], of="publisher_ids")
    first, second = SALES_REPORTS.planned(pieces)
    assert ("publisher_ids[]", "1400000009") in first.request.parameters
    assert ("publisher_ids[]", "Acme, Inc") in second.request.parameters
    found = SALES_REPORTS.parts(first, [IOS_ROW, IOS_ROW | {"aid": 7, "iu": 1}])
    assert {app: part["iphone"][0] for app, part in found[pieces[0]].items()} == {"1500000001": 120, "7": 1}


def test_the_latest_days_may_be_revised() -> None:
    [piece] = sales(Store.IOS, ["1"])
    assert SALES_REPORTS.life(piece, MONDAY + timedelta(3)) == RECENT
    assert SALES_REPORTS.life(piece, MONDAY + timedelta(4)) == SETTLED


# ---------------------------------------------------------------- a category
def test_in_a_compact_row_revenue_stands_before_downloads() -> None:
    body = {
        "lookup_table": {"1500000001": ACME},
        "publisher_lookup_table": {"1500000001": 1400000009},
        "unified_publisher_lookup_table": {"1500000001": "5f0000000000000000000001"},
        "serialized_sales_reports": [
            1,
            [
                [1500000001, [[1769990400, "NO", 45900, 120, 2990, 14], [1769990400, "SE", 100, 1, 0, 0]]],
                [7, [[1769990400, "NO", 0, 5, 0, 0]]],
            ],
        ],
    }
    norway = COMPACT_REPORTS.pieces(Store.IOS, "6007", "NO", DAY, [MONDAY])
    world = COMPACT_REPORTS.pieces(Store.IOS, "6007", "WW", DAY, [MONDAY])
    assert told(COMPACT_REPORTS, [*norway, *world], body) == [
        {"1500000001": [134, 48890, ACME], "7": [5, 0, None]},
        {"1500000001": [135, 48990, ACME], "7": [5, 0, None]},
    ]
    assert asked(COMPACT_REPORTS, [*norway, *world]) == {
        "date_granularity": "daily", "categories": "6007", "start_date": "2026-02-02", "end_date": "2026-02-02",
    }  # fmt: skip


def test_a_row_of_the_world_is_not_added_to_those_of_its_countries() -> None:
    rows = [[1769990400, "NO", 100, 1], [1769990400, "WW", 900, 9]]
    body = {"lookup_table": {}, "serialized_sales_reports": [1, [["com.acme.notes", rows]]]}
    pieces = COMPACT_REPORTS.pieces(Store.ANDROID, "tools", "WW", DAY, [MONDAY])
    assert told(COMPACT_REPORTS, pieces, body) == [{"com.acme.notes": [9, 900, None]}]


# ---------------------------------------------------------------- active users
def users(store: Store, ids: Iterable[str], by: Granularity, buckets: Sequence[date]) -> tuple[Piece, ...]:
    return ACTIVE_USERS.pieces(store, ids, ("WW",), by, buckets)


def test_users_are_told_by_device_and_null_stays_null() -> None:
    row = {"app_id": ACME, "country": "WW", "date": "2026-02-01T00:00:00Z", "android_users": 9100, "ipad_users": None}
    [part] = told(ACTIVE_USERS, users(Store.UNIFIED, [ACME], MONTH, [FEBRUARY]), [row])
    assert part == {"android": 9100, "ipad": None, "iphone": 0}


def test_users_of_google_play_have_one_column() -> None:
    row = {"app_id": "com.acme.notes", "country": "WW", "date": "2026-02-01T00:00:00Z", "users": 9100}
    [part] = told(ACTIVE_USERS, users(Store.ANDROID, ["com.acme.notes"], MONTH, [FEBRUARY]), [row])
    assert part == {"android": 9100}


def test_months_of_users_are_asked_for_as_months() -> None:
    pieces = users(Store.UNIFIED, [ACME], MONTH, [JANUARY, FEBRUARY])
    assert asked(ACTIVE_USERS, pieces) == {
        "time_period": "month", "app_ids": ACME, "countries": "WW", "start_date": "2026-01-01", "end_date": "2026-02-28",
    }  # fmt: skip


def test_more_than_500_apps_are_two_calls() -> None:
    pieces = users(Store.IOS, [str(place) for place in range(501)], DAY, [MONDAY])
    assert len(ACTIVE_USERS.planned(pieces)) == 2


# ---------------------------------------------------------------- sessions
def test_a_product_s_sessions_are_in_its_own_path() -> None:
    body = {
        "unified_apps": [
            {
                "unified_app_id": ACME,
                "timeseries": [{"date": "2026-01-01", "time_spent": 5400.5, "total_time_spent": 81000000.0}],
            }
        ]
    }
    pieces = [
        piece
        for measure in ("time_spent", "total_time_spent")
        for piece in TIME_SERIES.pieces((Store.UNIFIED, ACME), measure, DAY, [JANUARY], only=Store.IOS)
    ]
    assert told(TIME_SERIES, pieces, body) == [5400.5, 81000000.0]
    planned = call(TIME_SERIES, pieces)
    assert planned.request.path == "/v1/apps/timeseries/unified_apps"
    assert dict(planned.request.parameters) == {
        "time_period": "day", "os": "ios", "app_ids": ACME, "timeseries": "time_spent,total_time_spent",
        "breakdown": "unified_app_id", "start_date": "2026-01-01", "end_date": "2026-01-31",
    }  # fmt: skip


@pytest.mark.parametrize(("plural", "single"), [("unified_apps", "unified_app_id"), ("apps", "app_id")])
def test_store_apps_go_by_either_name_and_both_stores_share_a_call(plural: str, single: str) -> None:
    pieces = [
        *TIME_SERIES.pieces((Store.IOS, "1500000001"), "time_spent", DAY, [JANUARY]),
        *TIME_SERIES.pieces((Store.ANDROID, "com.acme.notes"), "time_spent", DAY, [JANUARY]),
    ]
    rows = [{"date": "2026-01-01T00:00:00Z", "time_spent": 7}]
    body = {plural: [{single: 1500000001, "timeseries": rows}, {single: "com.acme.notes", "timeseries": rows}]}
    assert told(TIME_SERIES, pieces, body) == [7, 7]
    parameters = asked(TIME_SERIES, pieces)
    assert parameters["date_granularity"] == "monthly"
    assert parameters["breakdown"] == "app_id"


def test_older_servers_are_not_told_the_granularity() -> None:
    pieces = TIME_SERIES.pieces((Store.IOS, "1"), "time_spent", DAY, [JANUARY], granular=False)
    assert "date_granularity" not in asked(TIME_SERIES, pieces)


def test_regions_are_told_apart() -> None:
    rows = [{"date": "2026-01-01", "time_spent": 5100.0}]
    body = {"data": [{"region": "NO", "unified_app_id": ACME, "timeseries": rows}]}
    some = TIME_SERIES.pieces((Store.UNIFIED, ACME), "time_spent", DAY, [JANUARY], regions=["NO", "SE"])
    assert told(TIME_SERIES, some, body) == [5100.0, None]
    assert asked(TIME_SERIES, some)["regions"] == "NO,SE"
    every = TIME_SERIES.pieces((Store.UNIFIED, ACME), "time_spent", DAY, [JANUARY], regions=[EVERY])
    assert told(TIME_SERIES, every, body) == [{"NO": 5100.0}]
    assert "regions" not in asked(TIME_SERIES, every)
    assert len(TIME_SERIES.planned([*some, *every])) == 2  # what has a name need not be among all


def test_regions_taken_together_are_the_vendor_s_own_average() -> None:
    pieces = TIME_SERIES.pieces((Store.UNIFIED, ACME), "time_spent", DAY, [JANUARY], together=["NO", "SE"])
    parameters = asked(TIME_SERIES, pieces)
    assert (parameters["regions"], parameters["breakdown"]) == ("NO,SE", "unified_app_id")


# ---------------------------------------------------------------- sources of downloads
def test_downloads_have_three_sources() -> None:
    row = {
        "date": "2026-01-01", "organic_abs": 700, "browser_abs": 100, "paid_abs": 200, "organic_frac": 0.7,
        "browser_frac": 0.1, "paid_frac": 0.2,
    }  # fmt: skip
    pieces = DOWNLOADS_BY_SOURCES.pieces(Store.IOS, [ACME], "NO", MONTH, [JANUARY])
    body = {"data": [{"app_id": ACME, "breakdown": [row]}]}
    assert told(DOWNLOADS_BY_SOURCES, pieces, body) == [{"organic": 700, "browser": 100, "paid": 200}]
    assert call(DOWNLOADS_BY_SOURCES, pieces).request.path == "/v1/ios/downloads_by_sources"


def test_of_five_sources_organic_is_no_sixth() -> None:
    row = {
        "date": "2026-01-01", "organic_browse_abs": 300, "organic_search_abs": 400, "organic_abs": 700, "browser_abs": 100,
        "paid_abs": 150, "paid_search_abs": 50,
    }  # fmt: skip
    pieces = DOWNLOADS_BY_SOURCES.pieces(Store.UNIFIED, [ACME], "WW", MONTH, [JANUARY])
    [part] = told(DOWNLOADS_BY_SOURCES, pieces, {"data": [{"app_id": ACME, "breakdown": [row]}]})
    assert part == {"organic_browse": 300, "organic_search": 400, "browser": 100, "paid": 150, "paid_search": 50}


def test_sources_of_two_countries_are_two_calls() -> None:
    pieces = [
        piece
        for country in ("NO", "SE")
        for piece in DOWNLOADS_BY_SOURCES.pieces(Store.UNIFIED, [ACME, "b" * 24], country, MONTH, [JANUARY])
    ]
    found = DOWNLOADS_BY_SOURCES.planned(pieces)
    assert [dict(each.request.parameters)["countries"] for each in found] == ["NO", "SE"]


# ---------------------------------------------------------------- advertising
def test_a_share_of_voice_is_of_a_country_and_a_network() -> None:
    body = [{"app_id": ACME, "country": "NO", "network": "Admob", "date": "2026-02-01", "sov": 0.031}]
    every = SHARE_OF_VOICE.pieces(Store.UNIFIED, [ACME], (), (), MONTH, [FEBRUARY])
    some = SHARE_OF_VOICE.pieces(Store.UNIFIED, [ACME], ["Admob", "Unity"], ["NO"], MONTH, [FEBRUARY])
    there = {"NO": {"Admob": 0.031}}
    assert told(SHARE_OF_VOICE, every, body) == [there]
    assert told(SHARE_OF_VOICE, some, body) == [there, None]
    assert asked(SHARE_OF_VOICE, every).keys() == {"period", "app_ids", "start_date", "end_date"}
    assert asked(SHARE_OF_VOICE, some)["networks"] == "Admob,Unity"
    assert len(SHARE_OF_VOICE.planned([*every, *some])) == 2  # what has a name need not be among all


def test_ranks_have_a_path_of_their_own_and_numbers_as_ids() -> None:
    body = [{"app_id": 1500000001, "country": "NO", "network": "Admob", "date": "2026-02-02", "rank": 3}]
    pieces = RANK.pieces(Store.IOS, ["1500000001"], ["Admob"], ["NO"], DAY, [MONDAY])
    assert told(RANK, pieces, body) == [{"NO": {"Admob": 3}}]
    assert call(RANK, pieces).request.path == "/v1/ios/ad_intel/network_analysis/rank"


def test_six_advertisers_are_two_calls() -> None:
    pieces = RANK.pieces(Store.IOS, [str(place) for place in range(6)], [], [], DAY, [MONDAY])
    assert len(RANK.planned(pieces)) == 2


def test_a_page_of_creatives_is_one_call() -> None:
    piece = CREATIVES.piece(Store.IOS, [("app_ids", "1"), ("countries", "NO")], 50, 2)
    body = {"count": 61, "available_networks": ["Admob"], "ad_units": [{"id": "u1", "network": "Admob"}]}
    assert told(CREATIVES, [piece, piece], body)[0] == {
        "count": 61, "networks": ["Admob"], "units": [{"id": "u1", "network": "Admob"}],
    }  # fmt: skip
    planned = call(CREATIVES, [piece])
    assert planned.request.path == "/v1/ios/ad_intel/creatives"
    assert dict(planned.request.parameters) == {"app_ids": "1", "countries": "NO", "limit": "50", "page": "2"}


# ---------------------------------------------------------------- what is something else
@pytest.mark.parametrize("body", [None, {}, {"error": "Internal error."}, [{}], [[]], [1], "x", {"data": [{}]}])
@pytest.mark.parametrize(
    ("endpoint", "pieces"),
    [
        (SALES_REPORTS, sales(Store.IOS, ["1"])),
        (ACTIVE_USERS, users(Store.IOS, ["1"], DAY, [MONDAY])),
        (COMPACT_REPORTS, COMPACT_REPORTS.pieces(Store.IOS, "6007", "NO", DAY, [MONDAY])),
        (TIME_SERIES, TIME_SERIES.pieces((Store.IOS, "1"), "time_spent", DAY, [JANUARY])),
        (DOWNLOADS_BY_SOURCES, DOWNLOADS_BY_SOURCES.pieces(Store.IOS, ["1"], "NO", MONTH, [JANUARY])),
        (SHARE_OF_VOICE, SHARE_OF_VOICE.pieces(Store.IOS, ["1"], [], [], MONTH, [FEBRUARY])),
        (CREATIVES, [CREATIVES.piece(Store.IOS, [], 10, 1)]),
    ],
)
def test_an_answer_of_another_shape_is_none(endpoint: Endpoint, pieces: list[Piece], body: Any) -> None:
    planned = call(endpoint, pieces)
    with pytest.raises(MISSHAPEN):
        endpoint.parts(planned, body)


def test_the_last_complete_bucket_ends_before_the_running_one() -> None:
    today = date(2026, 3, 11)  # a Wednesday
    assert last_complete(today, DAY) == date(2026, 3, 10)
    assert last_complete(today, WEEK) == date(2026, 3, 8)
    assert last_complete(today, MONTH) == date(2026, 2, 28)
