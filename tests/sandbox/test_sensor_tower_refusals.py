"""What Sensor Tower's fake refuses, in the order of its contract: token, rate, quota, subscription, parameters, size."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from parallax.sandbox.products import PRODUCTS, Quirk
from parallax.sandbox.server import Sandbox
from tests.sandbox.asking import Asking, switched, with_quirk
from tests.sandbox.samples import ANDROID, DAY, IOS, MONTHS, SENSOR_TOWER, UNIFIED

SALES = "/v1/ios/sales_report_estimates"
ASKED = {"app_ids": IOS, "countries": "WW", "date_granularity": "daily"}
USAGE, ADS, PANELS = "/v1/ios/usage", "/v1/unified/ad_intel", "/v1/android/consumer_intel"
HISTORY, OVERLAP, SESSIONS = "/v1/ios/category/category_history", "/v1/unified/app_overlap", "/v1/apps/timeseries"
WRONG: list[tuple[str, dict[str, Any], str]] = [
    (SALES, {"app_ids": None}, "app_ids"),
    (SALES, {"app_ids": "12345678901"}, "app_ids"),
    (SALES, {"app_ids": ANDROID}, "app_ids"),
    (SALES, {"app_ids": f"{IOS},"}, "app_ids"),
    (SALES, {"countries": "no"}, "countries"),
    (SALES, {"countries": "ZZ"}, "countries"),
    (SALES, {"date_granularity": None}, "date_granularity"),
    (SALES, {"date_granularity": "hourly"}, "date_granularity"),
    (SALES, {"start_date": None}, "start_date"),
    (SALES, {"start_date": "2026-2-02"}, "start_date"),
    (SALES, {"start_date": "2026-02-30"}, "start_date"),
    (SALES, {"start_date": "2026-02-08"}, "end_date"),
    (SALES, {"data_model": "DM_2020_Q1"}, "data_model"),
    (SALES, {"appids": IOS}, "appids"),
    ("/v1/ios/compact_sales_report_estimates", {"app_ids": None}, "app_ids"),
    ("/v1/unified/apps", {"app_ids": ",".join(f"{n:024x}" for n in range(101))}, "app_ids"),
    ("/v1/unified/apps", {"app_id_type": None}, "app_id_type"),
    ("/v1/unified/apps", {"app_id_type": "itunes"}, "app_ids"),
    ("/v1/unified/search_entities", {"term": "ac"}, "term"),
    ("/v1/unified/search_entities", {"entity_type": "person"}, "entity_type"),
    ("/v1/unified/search_entities", {"limit": "251"}, "limit"),
    ("/v1/ios/apps", {"app_ids": ",".join(map(str, range(1, 102)))}, "app_ids"),
    ("/v1/ios/apps", {"include_sdk_data": "yes"}, "include_sdk_data"),
    (f"{USAGE}/active_users", {"time_period": None}, "time_period"),
    (f"{USAGE}/active_users", {"app_ids": ",".join(map(str, range(1, 502)))}, "app_ids"),
    (f"{USAGE}/retention", {"start_date": None}, "start_date"),
    (f"{USAGE}/retention", {"date_granularity": "monthly"}, "date_granularity"),
    (HISTORY, {"category": "6007,0"}, "category"),
    (HISTORY, {"countries": "WW"}, "countries"),
    ("/v1/ios/category/category_ranking_summary", {"app_id": f"{IOS},7"}, "app_id"),
    (f"{ADS}/network_analysis", {"app_ids": ",".join(product.unified for product in PRODUCTS[:6])}, "app_ids"),
    (f"{ADS}/network_analysis", {"networks": "admob"}, "networks"),
    (f"{ADS}/network_analysis", {"start_date": "2017-12-31"}, "start_date"),
    ("/v1/ios/ad_intel/network_analysis/rank", {"period": "month"}, "period"),
    (f"{ADS}/creatives", {"limit": "20"}, "limit"),
    (f"{ADS}/creatives", {"limit": "1000"}, "limit"),
    (f"{ADS}/creatives", {"page": "0"}, "page"),
    (f"{ADS}/creatives", {"ad_types": "gif"}, "ad_types"),
    (f"{ADS}/creatives", {"networks": "Meta"}, "networks"),
    (f"{ADS}/creatives", {"countries": None}, "countries"),
    (f"{ADS}/creatives", {"placements": "billboard"}, "placements"),
    (f"{ADS}/creatives", {"video_durations": "3"}, "video_durations"),
    (f"{ADS}/creatives", {"video_durations": ":"}, "video_durations"),
    (f"{ADS}/creatives", {"aspect_ratios": "3:2"}, "aspect_ratios"),
    (f"{ADS}/creatives", {"banner_dimensions": "1x1"}, "banner_dimensions"),
    (f"{ADS}/creatives", {"new_creative": "1"}, "new_creative"),
    ("/v1/unified/downloads_by_sources", {"app_ids": IOS}, "app_ids"),
    ("/v1/unified/downloads_by_sources", {"date_granularity": "weekly"}, "date_granularity"),
    (f"{PANELS}/churn_analysis", {"granularity": "weekly"}, "granularity"),
    (f"{PANELS}/churn_analysis", {"country": "NO"}, "country"),
    (f"{PANELS}/churn_analysis", {"start_date": "2020-04-30"}, "start_date"),
    (f"{PANELS}/cohort_retention", {"country": "US"}, "country"),
    (f"{PANELS}/engagement_insights", {"start_date": "2020-03-29"}, "start_date"),
    (f"{PANELS}/time_of_day", {"start_date": "2026-01-01"}, "start_date"),
    (f"{PANELS}/cohort_engagement", {"filter_cohort_id": None}, "filter_cohort_id"),
    (
        f"{PANELS}/power_user_curve",
        {"selection_cohort_ids": ",".join(product.cohort for product in PRODUCTS[:6])},
        "selection_cohort_ids",
    ),
    (OVERLAP, {"countries[]": ["US", "DE"]}, "countries[]"),
    (OVERLAP, {"countries[]": "NO"}, "countries[]"),
    (OVERLAP, {"countries[]": None}, "countries[]"),
    (OVERLAP, {"start_date": "2026-01-02"}, "start_date"),
    (OVERLAP, {"end_date": "2026-02-27"}, "end_date"),
    (OVERLAP, {"app_id": with_quirk(Quirk.BELOW_MINIMUM).unified}, "app_id"),
    ("/v1/ios/app_update/get_app_update_history", {"date_limit": "ten"}, "date_limit"),
    (SESSIONS, {"app_ids": UNIFIED}, "app_ids"),
    (SESSIONS, {"timeseries": "clicks"}, "timeseries"),
    (SESSIONS, {"breakdown": "region"}, "breakdown"),
    (SESSIONS, {"breakdown": None}, "breakdown"),
]
"""What is changed in the question of a sample, and the parameter that is blamed."""


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize(("path", "changed", "parameter"), WRONG, ids=lambda value: str(value)[:60])
async def test_a_wrong_parameter_is_named(asking: Asking, path: str, changed: dict[str, Any], parameter: str) -> None:
    asked = SENSOR_TOWER[path][0] | changed
    answer = await asking.tower(path, **{name: value for name, value in asked.items() if value is not None})
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["parameter"] == parameter
    assert error["title"]


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize(
    "path",
    [
        "/v1/unified/compact_sales_report_estimates", "/v1/unified/apps/top_in_app_purchases", "/v1/unified/usage/retention",
        "/v1/android/apps/top_in_app_purchases", "/v1/unified/category/category_history", "/v1/both_stores/apps",
        "/v1/ios/consumer_intel/churn_analysis", "/v1/unified/consumer_intel/churn_analysis/cohorts",
    ],
)  # fmt: skip
async def test_a_system_that_an_endpoint_does_not_have_is_named(asking: Asking, path: str) -> None:
    answer = await asking.tower(path)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "os"


@pytest.mark.usefixtures("unhurried")
async def test_hours_of_ranks_are_for_ios_alone(asking: Asking) -> None:
    asked = {"app_ids": ANDROID, "category": "all", "chart_type_ids": "topgrossing", "countries": "US", **DAY}
    assert (await asking.tower("/v1/android/category/category_history", **asked)).status_code == 200
    assert (await asking.tower("/v1/android/category/category_history", **asked, is_hourly="true")).status_code == 422


@pytest.mark.usefixtures("unhurried")
async def test_a_missing_parameter_is_said_in_the_vendors_words(asking: Asking, vendors: Sandbox) -> None:
    answer = await asking.tower("/v1/ios/apps")
    assert answer.json()["errors"] == [{"title": "Required parameter: app_ids is missing", "parameter": "app_ids"}]
    switched(vendors, bare_error=True)
    answer = await asking.tower("/v1/unified/app_overlap", app_id=UNIFIED, **MONTHS, **{"countries[]": "NO"})
    assert answer.json()["errors"]["parameter"] == "countries[]", "a bare object instead of a list"


async def test_the_token_is_looked_at_before_anything_else(
    asking: Asking, http: httpx.AsyncClient, vendors: Sandbox
) -> None:
    url = vendors.sensor_tower.url + SALES
    for more in (
        {},
        {"auth_token": ""},
        {"auth_token": "ST0_nobody"},
        {"auth_token": vendors.sensor_tower.accounts["first"].token[:-1]},
    ):
        answer = await http.get(url, params=more)
        assert (answer.status_code, answer.json()) == (401, {"error": "Invalid authentication token."})
    answer = await asking.tower(SALES, "expired")
    assert (answer.status_code, answer.json()) == (403, {"error": "Your API token is not authorized."})


async def test_the_token_may_be_a_bearers_unless_that_is_switched_off(
    http: httpx.AsyncClient, vendors: Sandbox
) -> None:
    url, headers = (
        vendors.sensor_tower.url + "/v1/api_usage",
        {"authorization": f"Bearer {vendors.sensor_tower.accounts['first'].token}"},
    )
    assert (await http.get(url, headers=headers)).status_code == 200
    switched(vendors, bearer=False)
    assert (await http.get(url, headers=headers)).status_code == 401


@pytest.mark.usefixtures("unhurried")
async def test_without_a_subscription_it_is_401_although_the_token_is_valid(asking: Asking) -> None:
    for path, (parameters, _) in SENSOR_TOWER.items():
        status = (await asking.tower(path, "narrow", **parameters)).status_code
        closed = {"ad_intel", "consumer_intel", "usage", "timeseries", "app_overlap"} & set(path.split("/"))
        assert status == (401 if closed else 200), path


async def test_an_unknown_path_and_another_method_are_refused(
    asking: Asking, http: httpx.AsyncClient, vendors: Sandbox
) -> None:
    for path in ("/v1/ios/nothing", "/v2/ios/apps", "/v1/windows/apps", "/", "/v1/apps"):
        assert (await asking.tower(path)).status_code == 404
        vendors.sensor_tower.forget()
    url = f"{vendors.sensor_tower.url}/v1/api_usage"
    answer = await http.post(url, params={"auth_token": vendors.sensor_tower.accounts["first"].token})
    assert answer.status_code == 405


async def test_a_seventh_call_within_a_second_is_too_many(asking: Asking, vendors: Sandbox) -> None:
    vendors.clock.set(datetime(2026, 3, 11, 12, tzinfo=UTC), stands=True)
    statuses = [(await asking.tower("/v1/ios/apps", app_ids=IOS)).status_code for _ in range(7)]
    assert statuses == [200] * 6 + [429]
    assert (await asking.tower("/v1/ios/apps", "second", app_ids=IOS)).status_code == 200, "by token"
    refused = await asking.tower("/v1/ios/apps", app_ids=IOS)
    assert refused.headers["retry-after"] == "1"
    switched(vendors, retry_after=False)
    assert "retry-after" not in (await asking.tower("/v1/ios/apps", app_ids=IOS)).headers
    vendors.clock.set(datetime(2026, 3, 11, 12, 0, 1, tzinfo=UTC), stands=True)
    assert (await asking.tower("/v1/ios/apps", app_ids=IOS)).status_code == 200


@pytest.mark.usefixtures("unhurried")
async def test_every_answer_tells_the_use_of_the_month(asking: Asking, vendors: Sandbox) -> None:
    wrong = {"app_ids": "x"}
    for count, asked in enumerate(({"app_ids": IOS}, wrong, {"app_ids": IOS}), 1):
        answer = await asking.tower("/v1/ios/apps", **asked)
        assert (answer.headers["x-api-usage-count"], answer.headers["x-api-usage-limit"]) == (str(count), "10000")
    told = await asking.tower("/v1/api_usage")
    assert told.json()["organization"] == {"limit": 10000, "usage": 3, "tier": "standard"}
    assert told.headers["x-api-usage-count"] == "3", "to ask for it costs nothing"
    assert (await asking.tower("/v1/api_usage", "second")).json()["organization"]["usage"] == 0
    vendors.clock.set(datetime(2026, 4, 1, tzinfo=UTC))
    assert (await asking.tower("/v1/api_usage")).json()["organization"]["usage"] == 0
    assert (await asking.tower("/v1/api_usage", date="2026-03-31")).json()["organization"]["usage"] == 3


@pytest.mark.usefixtures("unhurried")
async def test_a_month_that_is_used_up_is_429_until_the_next(asking: Asking, vendors: Sandbox) -> None:
    switched(vendors, monthly_limit=2)
    statuses = [(await asking.tower("/v1/ios/apps", app_ids=IOS)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert (await asking.tower("/v1/api_usage")).status_code == 200
    vendors.clock.set(datetime(2026, 4, 1, tzinfo=UTC))
    assert (await asking.tower("/v1/ios/apps", app_ids=IOS)).status_code == 200


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize(
    ("granularity", "fits", "too_far"),
    [
        ("daily", "2026-01-07", "2026-01-08"),
        ("weekly", "2026-04-02", "2026-04-03"),
        ("monthly", "2027-01-01", "2027-01-02"),
        ("quarterly", "2028-01-01", "2028-01-02"),
    ],
)
async def test_a_window_that_is_too_large_is_500(
    asking: Asking, vendors: Sandbox, granularity: str, fits: str, too_far: str
) -> None:
    asked = {**ASKED, "date_granularity": granularity, "start_date": "2026-01-01"}
    compact = {"app_ids": IOS, "date_granularity": granularity, "start_date": "2026-01-01"}
    for path, given in ((SALES, asked), ("/v1/ios/compact_sales_report_estimates", compact)):
        assert (await asking.tower(path, **given, end_date=fits)).status_code == 200
        failed = await asking.tower(path, **given, end_date=too_far)
        assert failed.status_code == 500
        assert failed.headers["content-type"].startswith("text/html")
    switched(vendors, window_factor=0.5)
    assert (await asking.tower(SALES, **asked, end_date=fits)).status_code == 500
    switched(vendors, window_factor=4.0)
    assert (await asking.tower(SALES, **asked, end_date=too_far)).status_code == 200


@pytest.mark.usefixtures("unhurried")
async def test_a_lenient_vendor_passes_over_what_it_does_not_know(asking: Asking, vendors: Sandbox) -> None:
    switched(vendors, strict=False)
    assert (await asking.tower("/v1/ios/apps", app_ids=IOS, colour="blue")).status_code == 200
