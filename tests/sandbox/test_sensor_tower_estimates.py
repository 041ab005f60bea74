"""What Sensor Tower's fake says: each endpoint as its contract's sample, and the quirks of what it estimates (section 14)."""

from datetime import UTC, date, datetime

import pytest

from parallax.sandbox.products import PRODUCTS, Quirk
from parallax.sandbox.sensor_tower.routes import ROUTES
from parallax.sandbox.server import Sandbox
from tests.sandbox.asking import ACME, Asking, lacking, shape_of, switched, with_quirk
from tests.sandbox.samples import ANDROID, DAY, IOS, MONTHS, SENSOR_TOWER, UNIFIED

pytestmark = pytest.mark.usefixtures("unhurried")
DAILY = {"date_granularity": "daily"}


def test_every_route_has_a_sample() -> None:
    sampled = {
        path.replace(f"/{os}/", "/{os}/", 1)
        for path in SENSOR_TOWER
        for os in ("ios", "android", "unified", "both_stores")
    }
    assert ROUTES.keys() <= sampled | SENSOR_TOWER.keys()


@pytest.mark.parametrize("path", SENSOR_TOWER)
async def test_an_endpoint_answers_in_the_shape_of_its_sample(asking: Asking, path: str) -> None:
    parameters, sample = SENSOR_TOWER[path]
    answer = await asking.tower(path, **parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    assert lacking(shape_of(sample), shape_of(answer.json())) == []


async def test_two_ids_of_one_product_are_one_entry_and_unknown_ones_none(asking: Asking) -> None:
    product = next(product for product in PRODUCTS if len(product.ios) == 3)
    answer = await asking.tower(
        "/v1/unified/apps", app_id_type="itunes", app_ids=f"{product.ios[0]},{product.ios[2]},7"
    )
    [entry] = answer.json()["apps"]
    assert [each["app_id"] for each in entry["itunes_apps"]] == list(product.ios)
    assert entry["unified_app_id"] == product.unified
    for kind, key in (("android", product.android[0]), ("cohorts", product.cohort), ("unified", product.unified)):
        assert (await asking.tower("/v1/unified/apps", app_id_type=kind, app_ids=key)).json()["apps"] == [entry]


async def test_money_is_in_cents_but_dollars_in_humanized_members(asking: Asking, vendors: Sandbox) -> None:
    switched(vendors, window_factor=None)
    rows = await asking.tower(
        "/v1/ios/sales_report_estimates", app_ids=IOS, countries="WW", date_granularity="monthly",
        start_date="2026-02-01", end_date="2026-02-28",
    )  # fmt: skip
    [row] = rows.json()
    [app] = (await asking.tower("/v1/ios/apps", app_ids=IOS)).json()["apps"]
    shown = app["humanized_worldwide_last_month_revenue"]["revenue"]
    assert shown == pytest.approx((row["ir"] + row["ar"]) / 100, rel=0.05)


async def test_coarse_buckets_are_the_sums_of_days(asking: Asking, vendors: Sandbox) -> None:
    switched(vendors, window_factor=None)
    asked = {"app_ids": UNIFIED, "countries": "WW", "start_date": "2025-10-01", "end_date": "2025-12-31"}
    sums = {}
    for granularity in ("daily", "monthly", "quarterly"):
        rows = (await asking.tower("/v1/unified/sales_report_estimates", **asked, date_granularity=granularity)).json()
        sums[granularity] = sum(row["unified_units"] for row in rows)
        assert all(
            row["unified_units"] == row["android_units"] + row["ipad_units"] + row["iphone_units"] for row in rows
        )
    assert len(set(sums.values())) == 1


async def test_editions_add_up_to_more_than_their_product(asking: Asking) -> None:
    product = next(product for product in PRODUCTS if len(product.ios) == 3 and product.users > 10_000)
    asked = {**DAILY, "countries": "WW", "start_date": "2026-02-02", "end_date": "2026-02-08"}
    ids = {"ios": ",".join(map(str, product.ios)), "android": ",".join(product.android), "unified": product.unified}
    rows = {os: (await asking.tower(f"/v1/{os}/sales_report_estimates", app_ids=ids[os], **asked)).json() for os in ids}
    single = sum(row.get("iu", 0) + row.get("au", 0) for row in rows["ios"]) + sum(row["u"] for row in rows["android"])
    assert single > sum(row["unified_units"] for row in rows["unified"])


async def test_keys_of_zeros_are_left_out(asking: Asking) -> None:
    product = with_quirk(Quirk.NO_IPAD)
    asked = {**DAILY, **DAY, "app_ids": str(product.ios[0]), "countries": "WW"}
    [row] = (await asking.tower("/v1/ios/sales_report_estimates", **asked)).json()
    assert "iu" in row
    assert not {"au", "ar"} & row.keys()


async def test_numbers_come_as_texts_where_that_is_set(asking: Asking, vendors: Sandbox) -> None:
    asked = {**DAILY, **DAY, "app_ids": IOS, "countries": "NO"}
    [plain] = (await asking.tower("/v1/ios/sales_report_estimates", **asked)).json()
    switched(vendors, text_numbers=True)
    [text] = (await asking.tower("/v1/ios/sales_report_estimates", **asked)).json()
    assert text["iu"] == str(plain["iu"])
    assert text["aid"] == plain["aid"]


async def test_a_country_without_data_an_absent_day_and_the_future_have_no_rows(asking: Asking) -> None:
    product = with_quirk(Quirk.ABSENT_DAYS)
    country = next(iter(product.countries))
    asked = {**DAILY, "app_ids": product.unified}
    rows = []
    for start, end in (("2026-02-02", "2026-02-08"), ("2026-02-09", "2026-02-15")):
        answer = await asking.tower(
            "/v1/unified/sales_report_estimates", **asked, countries=country, start_date=start, end_date=end
        )
        rows += answer.json()
    assert 11 <= len(rows) < 14
    for more in ({"countries": "AT", **DAY}, {"countries": "WW", "start_date": "2026-03-11", "end_date": "2026-03-12"}):
        assert "AT" not in ACME.countries
        assert (await asking.tower("/v1/unified/sales_report_estimates", **DAILY, app_ids=UNIFIED, **more)).json() == []


async def test_without_countries_each_has_its_own_rows(asking: Asking) -> None:
    rows = (await asking.tower("/v1/ios/sales_report_estimates", app_ids=IOS, **DAILY, **DAY)).json()
    assert {row["cc"] for row in rows} == ACME.countries.keys()


async def test_publishers_stand_for_their_apps(asking: Asking) -> None:
    publisher = ACME.publisher
    asked = {**DAILY, **DAY, "countries": "US"}
    for os, key, name in (("ios", str(publisher.ios), "aid"), ("unified", publisher.unified, "app_id")):
        rows = (await asking.tower(f"/v1/{os}/sales_report_estimates", **asked, publisher_ids=key)).json()
        assert (ACME.ios[0] if os == "ios" else ACME.unified) in {row[name] for row in rows}
    commas = next(product.publisher.android for product in PRODUCTS if "," in product.publisher.android)
    rows = (await asking.tower("/v1/android/sales_report_estimates", **asked, **{"publisher_ids[]": commas})).json()
    assert rows


async def test_the_compact_report_has_revenue_before_downloads_and_many_ways_to_ask(asking: Asking) -> None:
    asked = {"app_ids": IOS, "countries": "NO", **DAILY, **DAY}
    [row] = (await asking.tower("/v1/ios/sales_report_estimates", **asked)).json()
    path, publisher = "/v1/ios/compact_sales_report_estimates", ACME.publisher
    for way in (
        {"app_ids": IOS},
        {"unified_app_ids": UNIFIED},
        {"publisher_ids[]": str(publisher.ios)},
        {"unified_publisher_ids": publisher.unified},
        {"categories": "6007"},
    ):
        body = (await asking.tower(path, **way, **DAY)).json()
        rows = dict(body["serialized_sales_reports"][1])[ACME.ios[0]]
        [norway] = [each for each in rows if each[1] == "NO"]
        assert norway == [1769990400, "NO", row["ir"], row["iu"], row.get("ar", 0), row.get("au", 0)]
        assert body["lookup_table"][IOS] == UNIFIED
        assert (str(publisher.ios) in body["lookup_table"]) is ("publisher_ids[]" in way)


async def test_the_latest_days_are_revised(asking: Asking, vendors: Sandbox) -> None:
    asked = {**DAILY, "app_ids": ANDROID, "countries": "WW", "start_date": "2026-03-08", "end_date": "2026-03-10"}
    before = (await asking.tower("/v1/android/sales_report_estimates", **asked)).json()
    vendors.clock.set(datetime(2026, 3, 20, tzinfo=UTC))
    after = (await asking.tower("/v1/android/sales_report_estimates", **asked)).json()
    assert before[0] == after[0]
    assert before[2]["u"] < after[2]["u"]


async def test_weeks_are_snapped_to_mondays(asking: Asking) -> None:
    asked = {
        "app_ids": IOS,
        "countries": "WW",
        "time_period": "week",
        "start_date": "2026-02-04",
        "end_date": "2026-02-11",
    }
    rows = (await asking.tower("/v1/ios/usage/active_users", **asked)).json()
    assert [row["date"][:10] for row in rows] == ["2026-02-02", "2026-02-09"]
    assert all(date.fromisoformat(row["date"][:10]).weekday() == 0 for row in rows)


async def test_an_app_below_the_minimum_is_left_out_or_listed(asking: Asking) -> None:
    small = with_quirk(Quirk.BELOW_MINIMUM)
    ids = f"{IOS},{small.ios[0]}"
    rows = await asking.tower("/v1/ios/usage/active_users", app_ids=ids, countries="WW", time_period="day", **DAY)
    assert {row["app_id"] for row in rows.json()} == {ACME.ios[0]}
    for name in ("retention", "demographics"):
        answer = await asking.tower(
            f"/v1/ios/usage/{name}", app_ids=ids, date_granularity="all_time", start_date="2026-01-01"
        )
        body = answer.json()
        assert [row["app_id"] for row in body["app_data"]] == [ACME.ios[0]]
        assert body["disabled_app_ids"] == [small.ios[0]]


async def test_active_users_may_be_null(asking: Asking) -> None:
    product = with_quirk(Quirk.NULLS)
    asked = {"app_ids": product.unified, "countries": "WW", "time_period": "day", **MONTHS}
    rows = (await asking.tower("/v1/unified/usage/active_users", **asked)).json()
    nulls = [row for row in rows if row["android_users"] is None]
    assert 0 < len(nulls) < len(rows)


async def test_an_all_time_row_has_its_own_date_and_other_rows_those_of_quarters(asking: Asking) -> None:
    asked = {"app_ids": IOS, "start_date": "2025-05-01", "end_date": "2025-12-01", "country": "US"}
    [row] = (await asking.tower("/v1/ios/usage/retention", **asked, date_granularity="all_time")).json()["app_data"]
    assert (row["date"], row["end_date"], row["country"]) == ("2015-08-01T00:00:00Z", None, "US")
    rows = (await asking.tower("/v1/ios/usage/retention", **asked, date_granularity="quarterly")).json()["app_data"]
    assert [row["date"][:10] for row in rows] == ["2025-04-01", "2025-07-01", "2025-10-01"]
    assert all(len(row["corrected_retention"]) == 90 and row["confidence"] >= 1 for row in rows)


async def test_quarters_of_a_country_begin_in_2021(asking: Asking) -> None:
    asked = {"app_ids": IOS, "start_date": "2020-01-01", "end_date": "2021-03-31", "date_granularity": "quarterly"}
    for country, count in (("", 5), ("US", 1), ("TIER_1", 1), ("AT", 0)):
        body = (await asking.tower("/v1/ios/usage/demographics", **asked, country=country)).json()
        assert len(body["app_data"]) == count


async def test_demographics_add_up_to_one(asking: Asking) -> None:
    asked = {"app_ids": ANDROID, "date_granularity": "quarterly", "start_date": "2025-10-01"}
    [row] = (await asking.tower("/v1/android/usage/demographics", **asked)).json()["app_data"]
    assert sum(row["normalized_demographics"].values()) == pytest.approx(1)
    assert row["female"] + row["male"] == pytest.approx(1)


async def test_usage_answers_are_wrapped_or_named_otherwise_where_that_is_set(asking: Asking, vendors: Sandbox) -> None:
    asked = {"app_ids": ANDROID, "date_granularity": "all_time", "start_date": "2026-01-01"}
    plain = (await asking.tower("/v1/android/usage/demographics", **asked)).json()
    switched(vendors, list_wrapped=True)
    assert (await asking.tower("/v1/android/usage/demographics", **asked)).json() == [plain]
    switched(vendors, list_wrapped=False, grouped_demographics=True)
    [row] = (await asking.tower("/v1/android/usage/demographics", **asked)).json()["app_data"]
    assert row["grouped_normalized_demographics"] == plain["app_data"][0]["normalized_demographics"]


async def test_an_older_model_estimates_less_and_not_every_account_may_ask_for_it(asking: Asking) -> None:
    asked = {**DAILY, **DAY, "app_ids": IOS, "countries": "WW"}
    rows = [
        (await asking.tower("/v1/ios/sales_report_estimates", **asked, data_model=f"DM_2025_Q{n}")).json()
        for n in (1, 2)
    ]
    assert rows[0][0]["iu"] < rows[1][0]["iu"]
    assert (
        await asking.tower("/v1/ios/sales_report_estimates", "second", **asked, data_model="DM_2025_Q2")
    ).status_code == 422
