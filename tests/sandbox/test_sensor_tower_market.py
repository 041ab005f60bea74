"""What Sensor Tower's fake says of charts, advertising, sessions, panels, updates and overlap (contract section 14)."""

from collections import Counter
from typing import Any

import pytest

from parallax.sandbox.products import PRODUCTS, Quirk
from parallax.sandbox.server import Sandbox
from tests.sandbox.asking import ACME, Asking, switched, with_quirk
from tests.sandbox.samples import DAY, IOS, MONTHS, PANEL, UNIFIED

pytestmark = pytest.mark.usefixtures("unhurried")


async def test_ranks_may_be_null_and_what_is_in_no_chart_is_absent(asking: Asking) -> None:
    product = with_quirk(Quirk.OUTSIDE_CHARTS)
    country, category = next(iter(product.countries)), str(product.ios_category)
    asked = {"app_ids": str(product.ios[0]), "chart_type_ids": "topfreeapplications,unheard_of"}
    answer = await asking.tower("/v1/ios/category/category_history", **asked, category=category, countries=country)
    charts = answer.json()[str(product.ios[0])][country][category]
    assert charts.keys() == {"topfreeapplications"}
    ranks = [rank for _, rank, *_ in charts["topfreeapplications"]["graphData"]]
    assert len(ranks) == 91, "ninety days ago to today"
    assert None in ranks
    assert any(ranks)
    none = await asking.tower("/v1/ios/category/category_history", **asked, category="7004", countries=country)
    assert none.json()[str(product.ios[0])] == {}


async def test_ranks_come_by_the_hour_on_ios(asking: Asking) -> None:
    asked = {"category": "0", "chart_type_ids": "topfreeapplications", "countries": "US", "is_hourly": "true", **DAY}
    body = (await asking.tower("/v1/ios/category/category_history", app_ids=IOS, **asked)).json()
    assert len(body[IOS]["US"]["0"]["topfreeapplications"]["graphData"]) == 24


async def test_creatives_come_in_pages_and_by_every_filter(asking: Asking) -> None:
    path = "/v1/unified/ad_intel/creatives"
    every = "image,image-banner,banner,video,video-rewarded,video-other,playable,full_screen"
    networks = ",".join((await asking.tower("/api/unified/ad_intel/networks.json")).json())
    asked = {"app_ids": UNIFIED, "countries": "US", "networks": networks, "ad_types": every, "start_date": "2025-01-01"}
    first = (await asking.tower(path, **asked)).json()
    seen = []
    for page in range(1, -(-first["count"] // 10) + 1):
        seen += (await asking.tower(path, **asked, page=page)).json()["ad_units"]
    assert len({unit["id"] for unit in seen}) == first["count"] > 20
    assert set(first["available_networks"]) == {unit["network"] for unit in seen}

    async def found(**more: str) -> list[dict[str, Any]]:
        return list((await asking.tower(path, **{**asked, "limit": "100", **more})).json()["ad_units"])

    videos = await found(video_durations="10:20,60:")
    assert videos
    assert all(
        10 < unit["creatives"][0]["video_duration"] <= 20 or unit["creatives"][0]["video_duration"] > 60
        for unit in videos
    )
    banners = await found(ad_types="banner", banner_dimensions="320x50")
    assert all(unit["creatives"][0]["width"] == 320 for unit in banners)
    tall = await found(aspect_ratios="9:16")
    assert tall
    assert all(unit["creatives"][0]["height"] == 1280 for unit in tall if "banner" not in unit["ad_type"])
    assert 0 < len(await found(placements="feed,story")) < first["count"]
    fresh = await found(new_creative="true", start_date="2026-02-01")
    assert fresh
    assert all(unit["first_seen_at"] >= "2026-02-01" for unit in fresh)
    assert len(fresh) < len(await found(start_date="2026-02-01"))
    assert not {"breakdown", "top_publishers"} & (await found(display_breakdown="false"))[0].keys()


async def test_share_of_voice_is_a_ratio_and_may_be_zero(asking: Asking) -> None:
    rows = (await asking.tower("/v1/unified/ad_intel/network_analysis", app_ids=UNIFIED, period="day", **MONTHS)).json()
    assert all(0 <= row["sov"] < 1 for row in rows)
    assert 0 in {row["sov"] for row in rows}
    assert {row["country"] for row in rows} == ACME.countries.keys()


async def test_sources_of_downloads_come_by_three_or_by_five(asking: Asking, vendors: Sandbox) -> None:
    asked = {"app_ids": UNIFIED, "countries": "US,DE", "date_granularity": "daily", **DAY}
    for five, parts in (
        (False, ("organic", "browser", "paid")),
        (True, ("organic_browse", "organic_search", "browser", "paid", "paid_search")),
    ):
        switched(vendors, five_sources=five)
        for os in ("ios", "android", "unified"):
            [app] = (await asking.tower(f"/v1/{os}/downloads_by_sources", **asked)).json()["data"]
            [entry] = app["breakdown"]
            assert entry.keys() == {
                "date",
                *(f"{part}_{kind}" for part in {*parts, "organic"} for kind in ("abs", "frac")),
            }
            assert sum(entry[f"{part}_frac"] for part in parts) == pytest.approx(1)


async def test_session_series_have_two_versions_and_two_namings(asking: Asking, vendors: Sandbox) -> None:
    asked = {"app_ids": IOS, "timeseries": "time_spent", "time_period": "week", "breakdown": "app_id", **MONTHS}
    old = (await asking.tower("/v1/apps/timeseries", **asked)).json()
    [app] = old["unified_apps"]
    assert [row["date"] for row in app["timeseries"]] == ["2026-01-01", "2026-02-01"]
    assert (await asking.tower("/v1/apps/timeseries", **asked, date_granularity="weekly")).json() == old, (
        "not known yet"
    )
    switched(vendors, granular_sessions=True, store_naming=True)
    assert (await asking.tower("/v1/apps/timeseries", **asked)).status_code == 422
    [app] = (await asking.tower("/v1/apps/timeseries", **asked, date_granularity="weekly")).json()["apps"]
    assert app["app_id"] == ACME.ios[0]
    assert len(app["timeseries"]) == 9


async def test_session_series_of_products_take_a_system_and_regions(asking: Asking) -> None:
    asked = {"app_ids": UNIFIED, "timeseries": "total_session_count", "time_period": "day", **MONTHS}
    path = "/v1/apps/timeseries/unified_apps"
    totals = []
    for os in ("ios", "android"):
        [app] = (await asking.tower(path, **asked, os=os, breakdown="unified_app_id")).json()["unified_apps"]
        totals.append(app["timeseries"][0]["total_session_count"])
    [whole] = (await asking.tower(path, **asked, breakdown="unified_app_id")).json()["unified_apps"]
    assert sum(totals) == pytest.approx(whole["timeseries"][0]["total_session_count"], rel=1e-4)
    split = (await asking.tower(path, **asked, breakdown="unified_app_id,region")).json()["data"]
    assert {row["region"] for row in split} == ACME.countries.keys()


async def test_panels_have_gaps_triangles_and_whole_shares(asking: Asking) -> None:
    year = {"start_date": "2025-03-01", "end_date": "2026-02-28"}
    path = "/v1/android/consumer_intel/"
    ids = ",".join(product.cohort for product in PRODUCTS[1:6])
    churn = (
        await asking.tower(f"{path}churn_analysis", selection_cohort_ids=ids, granularity="monthly", **year)
    ).json()
    rows = [row for entry in churn["data"] for row in entry["active_user_breakdown"]]
    made = ("new_users_ratio", "resurrected_users_ratio", "retained_users_ratio")
    assert Counter(row["churned_users_ratio"] is None for row in rows)[True] > 0
    assert all(sum(row[name] for name in made) == pytest.approx(1) for row in rows if row[made[0]] is not None)
    assert [entry["selection_cohort_id"] for entry in churn["data"]] == ids.split(",")

    kept = (await asking.tower(f"{path}cohort_retention", **PANEL, granularity="monthly", **year)).json()["data"][0][
        "cohort_retention"
    ]
    assert [len(row["retention"]) for row in kept] == list(range(12, 0, -1))
    curve = (await asking.tower(f"{path}power_user_curve", **PANEL, granularity="monthly", **year)).json()["data"][0][
        "power_user_curve"
    ]
    assert all(sum(row["days_used_histogram"]) == pytest.approx(1) for row in curve)
    assert [row["total_days"] for row in curve][-1] == 28
    hours = (await asking.tower(f"{path}time_of_day", **PANEL, granularity="all_time", country="LATIN_AM")).json()
    assert len(hours["data"][0]["time_spent_hourly"]) == 24


async def test_a_cohort_that_is_unknown_has_no_entry(asking: Asking) -> None:
    answer = await asking.tower(
        "/v1/android/consumer_intel/time_of_day", selection_cohort_ids="cohort_" + "0" * 24, granularity="all_time"
    )
    assert answer.json() == {"data": []}


async def test_updates_are_a_list_of_the_last_days_and_versions_an_object(asking: Asking) -> None:
    updates = "/v1/ios/app_update/get_app_update_history"
    few, many = [
        (await asking.tower(updates, app_id=IOS, date_limit=limit)).json()["update_data"] for limit in ("10", "100")
    ]
    assert len(few) <= 1 < len(many)
    assert all(isinstance(text, str) and "version" in changes for text, changes in many)
    versions = (await asking.tower("/v1/ios/apps/version_history", app_id=IOS)).json()["update_data"]
    assert isinstance(versions, dict)
    assert [text for text, _ in many] == list(versions)[: len(many)]
    assert {text[-1] for text in versions} == {"C", "Z"}, "both ways to write an instant"
    assert any("version_summary" not in entry for entry in versions.values())


async def test_overlap_compares_with_the_months_before(asking: Asking) -> None:
    asked = {"app_id": UNIFIED, "countries[]": "US", **MONTHS}
    rows = (await asking.tower("/v1/unified/app_overlap", **asked, include_inverse_multiplier="true")).json()["data"]
    share = "app_a_users_using_app_b_share"
    assert all(
        row[f"{share}_previous_period_diff"] == pytest.approx(row[share] - row[f"{share}_previous_period"])
        for row in rows
    )
    assert all("app_b_users_likelihood_multiplier" in row and 0 <= row[share] <= 1 for row in rows)
    fewer = (await asking.tower("/v1/unified/app_overlap", **asked, category="6014")).json()["data"]
    assert len(fewer) < len(rows)


async def test_sdks_need_a_subscription_of_their_own(asking: Asking) -> None:
    [app] = (await asking.tower("/v1/ios/apps", app_ids=IOS, include_sdk_data="true")).json()["apps"]
    assert app["sdk_data"]
    assert (await asking.tower("/v1/ios/apps", "second", app_ids=IOS, include_sdk_data="true")).status_code == 401
