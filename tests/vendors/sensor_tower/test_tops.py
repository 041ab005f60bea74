"""What the apps of a category do, through the whole graph, asked of the sandbox."""

from typing import Any

import pytest

from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.server import Sandbox
from tests.gateways import Gateway
from tests.seeds import NORDLYS, STRANGER
from tests.vendors.sensor_tower.acme import parameters, paths

WEEK = 'period: {start: "2026-02-02", end: "2026-02-08"}'
TOP = "position value unit app { id name unifiedId }"


async def market(gateway: Gateway, shown: str) -> Any:
    return (await gateway.ask(f'{{ client(id: "{NORDLYS}") {{ market {{ {shown} }} }} }}')).data["client"]["market"]


async def test_the_largest_apps_of_a_category_come_first(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    told = await market(
        vendor_gateway,
        f"""downloads: topApps(store: IOS, category: "6007", first: 3, {WEEK}) {{ {TOP} }}
            revenue: topApps(store: ANDROID, category: "productivity", by: REVENUE, country: "US", {WEEK}) {{ {TOP} }}""",
    )
    downloads, revenue = told["downloads"], told["revenue"]
    assert [each["position"] for each in downloads] == [1, 2, 3]
    assert [each["value"] for each in downloads] == sorted((each["value"] for each in downloads), reverse=True)
    here = {product.unified: product.name for product in PRODUCTS if product.ios_category == 6007}
    assert all(here[each["app"]["unifiedId"]] == each["app"]["name"] for each in downloads)
    assert {each["unit"] for each in downloads} == {"COUNT"}
    assert {each["unit"] for each in revenue} == {"USD_CENTS"}
    assert paths(vendors) == {
        "/v1/ios/compact_sales_report_estimates": 1,
        "/v1/android/compact_sales_report_estimates": 1,
        "/v1/unified/apps": 1,
    }


async def test_whole_months_are_asked_for_as_months(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    winter = 'period: {start: "2026-01-01", end: "2026-02-28"}'
    told = await market(vendor_gateway, f'topApps(store: IOS, category: "6007", {winter}) {{ {TOP} }}')
    assert told["topApps"]
    assert [call.parameters["date_granularity"] for call in vendors.sensor_tower.calls if "compact" in call.path] == [
        ["monthly"]
    ]


async def test_a_category_is_the_sum_of_its_apps(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    fields = "name unit values total dimensions { name value } source { reference isEstimate settledUntil }"
    told = await market(
        vendor_gateway,
        f"""all: categoryEstimate(store: IOS, category: "6007", name: DOWNLOADS, country: "US", {WEEK}) {{ {fields} }}
            top: topApps(store: IOS, category: "6007", country: "US", first: 100, {WEEK}) {{ value }}""",
    )
    assert told["all"]["total"] == pytest.approx(sum(each["value"] for each in told["top"]), rel=0.02)
    assert told["all"]["total"] == sum(told["all"]["values"])
    assert told["all"]["dimensions"] == [
        {"name": "store", "value": "IOS"},
        {"name": "category", "value": "6007"},
        {"name": "country", "value": "US"},
    ]
    assert told["all"]["source"] == {
        "reference": "/v1/ios/compact_sales_report_estimates", "isEstimate": True, "settledUntil": "2026-03-07",
    }  # fmt: skip


async def test_countries_of_a_category_share_a_call(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    aliases = (
        f'{code}: categoryEstimate(store: IOS, category: "6007", name: REVENUE, country: "{code}", {WEEK}) {{ total }}'
        for code in ("US", "NO", "WW")
    )
    told = await market(vendor_gateway, " ".join(aliases))
    assert told["WW"]["total"] > told["US"]["total"] + told["NO"]["total"]
    assert len(vendors.sensor_tower.calls) == 1


async def test_a_model_of_a_category_is_asked_for_by_name(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    of = f'store: IOS, category: "6007", name: DOWNLOADS, granularity: WEEK, model: LEGACY, {WEEK}'
    told = await market(vendor_gateway, f"categoryEstimate({of}) {{ total }}")
    assert told["categoryEstimate"]["total"] > 0
    assert (parameters(vendors)["data_model"], parameters(vendors)["date_granularity"]) == ("DM_2025_Q1", "weekly")


async def test_a_category_s_series_is_found_again_by_its_id(vendor_gateway: Gateway) -> None:
    of = f'store: IOS, category: "6007", name: DOWNLOADS, country: "US", model: CURRENT, {WEEK}'
    told = (await market(vendor_gateway, f"categoryEstimate({of}) {{ id name values }}"))["categoryEstimate"]
    again = "query($id: ID!) { node(id: $id) { ... on Metric { id name values } } }"
    assert (await vendor_gateway.ask(again, id=told["id"])).data["node"] == told
    assert (await vendor_gateway.ask(again, token=STRANGER, id=told["id"])).data["node"] is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            'topApps(store: UNIFIED, category: "6007") { value }',
            "store: must be one store. Allowed: IOS, ANDROID.",
        ),
        (
            'topApps(store: IOS, category: "tools") { value }',
            "category: there is no category 'tools'. Allowed: 0, 36, 6000, 6001, 6002, …, "
            "all are in market.terms(kind: CATEGORY).",
        ),
        (
            'topApps(store: IOS, category: "6007", by: ACTIVE_USERS) { value }',
            "by: is not estimated of categories. Allowed: DOWNLOADS, REVENUE.",
        ),
        ('topApps(store: IOS, category: "6007", first: 101) { value }', "first: must be from 1 to 100."),
        (
            'categoryEstimate(store: IOS, category: "6007", name: ACTIVE_USERS) { total }',
            "name: is not estimated of categories. Allowed: DOWNLOADS, REVENUE.",
        ),
        (
            'categoryEstimate(store: IOS, category: "6007", name: REVENUE, granularity: HOUR) { total }',
            "granularity: HOUR does not fit this question. Allowed: DAY, WEEK, MONTH, QUARTER.",
        ),
    ],
)
async def test_what_is_not_told_of_categories_is_refused(
    vendor_gateway: Gateway, vendors: Sandbox, asked: str, said: str
) -> None:
    error = (await vendor_gateway.ask(f'{{ client(id: "{NORDLYS}") {{ market {{ {asked} }} }} }}')).error
    assert (error["extensions"]["code"], error["message"]) == ("INVALID_PARAMETER", said)
    assert not vendors.sensor_tower.calls
