"""How apps are used and where their downloads come from, through the whole graph, asked of the sandbox."""

from dataclasses import replace

import pytest

from parallax.sandbox.server import Sandbox
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Gateway, running
from tests.seeds import STRANGER
from tests.vendors.asking import connected, linked, missing
from tests.vendors.sensor_tower.acme import TO_ACME, acme, of_acme, parameters, paths, shown

WINTER = 'period: {start: "2025-12-01", end: "2026-02-28"}'
JANUARY = 'period: {start: "2026-01-10", end: "2026-01-20"}'
SLICES = "breakdown { dimension total share values }"
AGAIN = "query($id: ID!) { node(id: $id) { ... on Metric { id name total values } } }"


# ---------------------------------------------------------------- sessions
async def test_sessions_are_told_by_month(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    fields = "unit values total granularity period { start end } source { reference isEstimate userBasis settledUntil }"
    told = await acme(
        vendor_gateway,
        f"""spent: usage(name: TIME_SPENT, per: DAY, {WINTER}) {{ {fields} dimensions {{ name value }} }}
            sessions: usage(name: TOTAL_SESSION_COUNT, {WINTER}) {{ {fields} }}
            daily: usage(name: TOTAL_SESSION_COUNT, per: DAY, {JANUARY}) {{ {fields} }}""",
    )
    spent, sessions, daily = told["spent"], told["sessions"], told["daily"]
    assert (spent["unit"], sessions["unit"], spent["granularity"]) == ("SECONDS", "COUNT", "MONTH")
    assert len(spent["values"]) == 3
    assert spent["total"] is None  # a mean of means is none
    assert spent["dimensions"] == [{"name": "per", "value": "DAY"}]
    assert spent["source"] == {
        "reference": "/v1/apps/timeseries/unified_apps", "isEstimate": True, "userBasis": None, "settledUntil": "2026-02-28",
    }  # fmt: skip
    assert sessions["total"] == sum(sessions["values"])
    assert daily["period"] == {"start": "2026-01-01", "end": "2026-01-31"}
    assert daily["total"] == daily["values"][0] < sessions["values"][1]
    assert paths(vendors) == {"/v1/apps/timeseries/unified_apps": 2}  # per DAY and per MONTH
    assert all("date_granularity" not in call.parameters for call in vendors.sensor_tower.calls)


async def test_all_measures_of_sessions_are_one_call(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    names = ("TIME_SPENT", "TOTAL_TIME_SPENT", "SESSION_DURATION", "SESSION_COUNT", "TOTAL_SESSION_COUNT")
    told = await acme(vendor_gateway, " ".join(f"{name}: usage(name: {name}, {WINTER}) {{ values }}" for name in names))
    assert all(None not in each["values"] for each in told.values())
    assert len(vendors.sensor_tower.calls) == 1
    assert len(parameters(vendors)["timeseries"].split(",")) == 5


async def test_regions_are_told_apart_and_taken_together_by_the_vendor(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    told = await acme(
        vendor_gateway,
        f"""split: usage(name: TIME_SPENT, regions: ["NO", "DE"], breakdown: REGION, {WINTER}) {{ values {SLICES} }}
            every: usage(name: TIME_SPENT, breakdown: REGION, {WINTER}) {{ values {SLICES} }}
            alone: usage(name: TIME_SPENT, regions: ["TIER_1"], {WINTER}) {{ values dimensions {{ name value }} }}""",
    )
    assert {each["dimension"] for each in told["split"]["breakdown"]} == {"NO", "DE"}
    assert {each["dimension"] for each in told["every"]["breakdown"]} == {"US", "NO", "DE", "GB"}
    assert None not in [*told["split"]["values"], *told["every"]["values"], *told["alone"]["values"]]
    assert told["alone"]["dimensions"] == [{"name": "per", "value": "MONTH"}, {"name": "region", "value": "TIER_1"}]
    asked = sorted(
        (call.parameters["breakdown"][0], call.parameters.get("regions", [""])[0])
        for call in vendors.sensor_tower.calls
    )
    assert asked == [
        ("unified_app_id", ""),
        ("unified_app_id", "DE,NO"),  # as one, by the vendor: averages cannot be added up
        ("unified_app_id,region", ""),  # every region that the vendor has
        ("unified_app_id,region", "DE,NO,TIER_1"),
    ]


async def test_other_regions_share_a_call(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    aliases = (f'{code}: usage(name: TIME_SPENT, regions: ["{code}"], {WINTER}) {{ values }}' for code in ("NO", "DE"))
    told = await acme(vendor_gateway, " ".join(aliases))
    assert told["NO"] != told["DE"]
    assert len(vendors.sensor_tower.calls) == 1


async def test_a_store_of_a_product_is_a_filter_of_the_vendor_s(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    told = await acme(
        vendor_gateway,
        f"""all: usage(name: TOTAL_TIME_SPENT, breakdown: STORE, {WINTER}) {{ total {SLICES} }}
            ios: usage(name: TOTAL_TIME_SPENT, store: IOS, {WINTER}) {{ total }}""",
    )
    stores = {each["dimension"]: each["total"] for each in told["all"]["breakdown"]}
    assert stores.keys() == {"IOS", "ANDROID"}
    assert stores["IOS"] == told["ios"]["total"]
    assert sorted(call.parameters.get("os", [""])[0] for call in vendors.sensor_tower.calls) == ["", "android", "ios"]


@pytest.mark.parametrize("naming", [False, True])
async def test_editions_of_both_stores_share_a_call(vendor_gateway: Gateway, vendors: Sandbox, naming: bool) -> None:
    """The vendor's newer servers want the granularity, and call ids by other names."""
    vendors.sensor_tower.switches = replace(
        vendors.sensor_tower.switches, store_naming=naming, granular_sessions=naming
    )
    asked = f"editions {{ usage(name: SESSION_DURATION, breakdown: REGION, {WINTER}) {{ values {SLICES} }} }}"
    told = (await acme(vendor_gateway, asked))["editions"]
    assert len(told) == 2
    assert all(None not in each["usage"]["values"] and len(each["usage"]["breakdown"]) == 4 for each in told)
    assert paths(vendors) == {"/v1/unified/apps": 1, "/v1/apps/timeseries": 2}  # as one, and by region
    assert parameters(vendors)["date_granularity"] == "monthly"


async def test_a_setting_leaves_the_granularity_out(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox
) -> None:
    without = connected(settings, vendors, sensor_tower_date_granularity=False)
    async with cloned(cluster, settings, template) as urls, running(without, urls) as gateway:
        await acme(gateway, f"editions {{ usage(name: SESSION_DURATION, {WINTER}) {{ values }} }}")
    assert "date_granularity" not in parameters(vendors)


async def test_sessions_before_the_vendor_s_first_are_null_with_a_reason(vendor_gateway: Gateway) -> None:
    await linked(vendor_gateway, TO_ACME)
    autumn = 'period: {start: "2020-11-01", end: "2021-01-31"}'
    answer = await vendor_gateway.ask(of_acme(f"usage(name: TIME_SPENT, {autumn}) {{ values }}"))
    assert [value is None for value in shown(answer)["usage"]["values"]] == [True, True, False]
    assert missing(answer.body) == [("SENSOR_TOWER", None, "2 of 3 buckets lie before 2021-01-01, its first day.")]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("name: TIME_SPENT, per: QUARTER", "per: QUARTER does not fit this question. Allowed: DAY, WEEK, MONTH."),
        (
            'name: TIME_SPENT, regions: ["MARS"]',
            "regions: there is no region 'MARS'. Allowed: all are in market.terms(kind: REGION), "
            "all are in market.terms(kind: COUNTRY).",
        ),
        (
            "name: TIME_SPENT, breakdown: COUNTRY",
            "breakdown: COUNTRY is none that these data have. Allowed: REGION, STORE.",
        ),
        (
            "name: TIME_SPENT, store: IOS, breakdown: STORE",
            "breakdown: STORE is none that these data have. Allowed: REGION.",
        ),
        (
            'name: TIME_SPENT, period: {start: "2020-01-01", end: "2020-12-31"}',
            "period: lies before the vendor's first day. Allowed: days from 2021-01-01 on.",
        ),
    ],
)
async def test_what_is_not_told_of_sessions_is_refused(
    vendor_gateway: Gateway, vendors: Sandbox, asked: str, said: str
) -> None:
    await linked(vendor_gateway, TO_ACME)
    error = (await vendor_gateway.ask(of_acme(f"usage({asked}) {{ total }}"))).error
    assert (error["extensions"]["code"], error["message"]) == ("INVALID_PARAMETER", said)
    assert not vendors.sensor_tower.calls


# ---------------------------------------------------------------- sources of downloads
async def test_downloads_are_told_by_source(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    fields = f"unit values total granularity dimensions {{ name value }} {SLICES}"
    told = await acme(vendor_gateway, f'downloadsBySource(country: "NO", store: IOS, {WINTER}) {{ {fields} }}')
    found = told["downloadsBySource"]
    slices = {each["dimension"]: each for each in found["breakdown"]}
    assert slices.keys() == {"organic", "browser", "paid"}
    assert found["granularity"] == "MONTH"
    assert found["values"] == [
        sum(column) for column in zip(*(each["values"] for each in slices.values()), strict=True)
    ]
    assert sum(each["share"] for each in slices.values()) == pytest.approx(1)
    assert found["dimensions"] == [{"name": "country", "value": "NO"}, {"name": "store", "value": "IOS"}]
    assert paths(vendors) == {"/v1/ios/downloads_by_sources": 1}


async def test_of_five_sources_organic_is_not_counted_twice(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    await linked(vendor_gateway, TO_ACME)
    asked = of_acme(f"downloadsBySource({WINTER}) {{ total {SLICES} source {{ definition }} }}")
    vendors.sensor_tower.switches = replace(vendors.sensor_tower.switches, five_sources=True)
    found = shown(await vendor_gateway.ask(asked))["downloadsBySource"]
    names = {each["dimension"] for each in found["breakdown"]}
    assert names == {"organic_browse", "organic_search", "browser", "paid", "paid_search"}
    assert sum(each["share"] for each in found["breakdown"]) == pytest.approx(1)
    assert "without China" in found["source"]["definition"]


async def test_days_of_downloads_by_source_are_as_many_as_asked_for(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    told = await acme(vendor_gateway, f"downloadsBySource(granularity: DAY, {JANUARY}) {{ values total {SLICES} }}")
    assert len(told["downloadsBySource"]["values"]) == 11
    assert parameters(vendors)["date_granularity"] == "daily"


async def test_countries_of_downloads_by_source_are_a_call_each(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    """The vendor would answer several countries as one."""
    aliases = (f'{code}: downloadsBySource(country: "{code}", {WINTER}) {{ total }}' for code in ("NO", "DE", "WW"))
    told = await acme(vendor_gateway, " ".join(aliases))
    assert len({each["total"] for each in told.values()}) == 3
    assert len(vendors.sensor_tower.calls) == 3


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("granularity: WEEK", "granularity: WEEK does not fit this question. Allowed: DAY, MONTH."),
        (
            'country: "Norway"',
            "country: there is no country 'NORWAY'. Allowed: ISO 3166 codes of two letters, as US, "
            "all are in market.terms(kind: COUNTRY).",
        ),
    ],
)
async def test_what_is_not_told_of_sources_is_refused(vendor_gateway: Gateway, asked: str, said: str) -> None:
    await linked(vendor_gateway, TO_ACME)
    error = (await vendor_gateway.ask(of_acme(f"downloadsBySource({asked}) {{ total }}"))).error
    assert (error["extensions"]["code"], error["message"]) == ("INVALID_PARAMETER", said)


# ---------------------------------------------------------------- by its id
@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("usage", f'usage(name: TIME_SPENT, regions: ["NO", "DE"], breakdown: REGION, {WINTER})'),
        ("usage", "usage(name: TOTAL_TIME_SPENT, per: WEEK, store: ANDROID)"),
        ("downloadsBySource", f'downloadsBySource(country: "NO", granularity: DAY, store: IOS, {JANUARY})'),
    ],
)
async def test_a_series_is_found_again_by_its_id(vendor_gateway: Gateway, field: str, asked: str) -> None:
    """E4. Whoever does not see the client finds nothing."""
    told = (await acme(vendor_gateway, f"{asked} {{ id name total values }}"))[field]
    assert (await vendor_gateway.ask(AGAIN, id=told["id"])).data["node"] == told
    assert (await vendor_gateway.ask(AGAIN, token=STRANGER, id=told["id"])).data["node"] is None


async def test_a_series_of_an_edition_is_found_again_too(vendor_gateway: Gateway) -> None:
    asked = f"editions(store: IOS) {{ usage(name: TIME_SPENT, {WINTER}) {{ id name total values }} }}"
    [edition] = (await acme(vendor_gateway, asked))["editions"]
    assert (await vendor_gateway.ask(AGAIN, id=edition["usage"]["id"])).data["node"] == edition["usage"]
