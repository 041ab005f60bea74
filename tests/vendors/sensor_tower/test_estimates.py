"""Downloads, revenue and active users through the whole graph, asked of the sandbox."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from parallax.sandbox.accounts import SENSOR_TOWER
from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.products import PRODUCTS, Quirk
from parallax.sandbox.server import Sandbox
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Gateway, running
from tests.seeds import NORDLYS, STRANGER
from tests.vendors.asking import connected, linked, missing
from tests.vendors.sensor_tower.acme import ACME, TO_ACME, acme, of_acme, parameters, paths, shown

BIG = [product for product in PRODUCTS if product.users > 30_000]
WEEK = 'period: {start: "2026-02-02", end: "2026-02-08"}'
SERIES = "name label unit values total dimensions { name value } period { start end }"
SLICES = "breakdown { dimension total share values }"


# ---------------------------------------------------------------- what comes of it
async def test_downloads_and_revenue_of_a_product_are_one_set_of_calls(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    asked = f"""downloads: estimate(name: DOWNLOADS, {WEEK}) {{ {SERIES} source {{ system isEstimate userBasis reference
                settledUntil confidence isStale }} }} revenue: estimate(name: REVENUE, {WEEK}) {{ {SERIES} }}"""
    told = await acme(vendor_gateway, asked)
    downloads, revenue = told["downloads"], told["revenue"]
    assert downloads["unit"] == "COUNT"
    assert revenue["unit"] == "USD_CENTS"
    assert len(downloads["values"]) == len(revenue["values"]) == 7
    assert downloads["total"] == sum(downloads["values"]) > 0
    assert downloads["dimensions"] == []  # worldwide, over both stores
    assert downloads["source"] == {
        "system": "SENSOR_TOWER", "isEstimate": True, "userBasis": None, "reference": "/v1/unified/sales_report_estimates",
        "settledUntil": "2026-03-08", "confidence": None, "isStale": False,
    }  # fmt: skip
    assert paths(vendors) == {"/v1/unified/sales_report_estimates": 1}
    assert "data_model" not in parameters(vendors)


async def test_users_are_of_devices_and_not_added_up(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    asked = f"""days: estimate(name: ACTIVE_USERS, {WEEK}) {{ {SERIES} source {{ userBasis settledUntil }} }}
                week: estimate(name: ACTIVE_USERS, granularity: WEEK, {WEEK}) {{ values total }}
                month: estimate(name: ACTIVE_USERS, granularity: MONTH, {WEEK}) {{ values total period {{ start end }} }}"""
    told = await acme(vendor_gateway, asked)
    assert told["days"]["total"] is None
    assert told["days"]["source"] == {"userBasis": "DEVICE_SUM", "settledUntil": "2026-03-10"}
    [week] = told["week"]["values"]
    [month] = told["month"]["values"]
    assert max(told["days"]["values"]) < week < month
    assert week < sum(told["days"]["values"])  # who came twice is one of the week
    assert told["week"]["total"] == week
    assert told["month"]["period"] == {"start": "2026-02-01", "end": "2026-02-28"}  # widened to whole months
    assert paths(vendors) == {"/v1/unified/usage/active_users": 3}


async def test_quarters_of_downloads_are_whole_ones(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    told = await acme(vendor_gateway, f"estimate(name: DOWNLOADS, granularity: QUARTER, {WEEK}) {{ {SERIES} }}")
    assert told["estimate"]["period"] == {"start": "2026-01-01", "end": "2026-03-31"}
    assert parameters(vendors)["date_granularity"] == "quarterly"


async def test_several_countries_are_added_up_and_told_apart(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    countries = f'countries: ["NO", "DE"], breakdown: COUNTRY, {WEEK}'
    told = await acme(
        vendor_gateway,
        f"sum: estimate(name: DOWNLOADS, {countries}) {{ {SERIES} {SLICES} }} "
        f"users: estimate(name: ACTIVE_USERS, {countries}) {{ values total {SLICES} }}",
    )
    slices = {each["dimension"]: each for each in told["sum"]["breakdown"]}
    assert slices.keys() == {"NO", "DE"}
    columns = zip(*(each["values"] for each in slices.values()), strict=True)
    assert told["sum"]["values"] == [sum(column) for column in columns]
    assert sum(each["share"] for each in slices.values()) == pytest.approx(1)
    assert told["sum"]["dimensions"] == [{"name": "country", "value": "DE, NO"}]
    assert told["users"]["values"] == [None] * 7
    assert told["users"]["total"] is None
    assert all(None not in each["values"] for each in told["users"]["breakdown"])
    assert parameters(vendors)["countries"] == "DE,NO"


async def test_a_sum_of_users_over_countries_is_told_to_be_missing(vendor_gateway: Gateway) -> None:
    await linked(vendor_gateway, TO_ACME)
    answer = await vendor_gateway.ask(
        of_acme(f'estimate(name: ACTIVE_USERS, countries: ["NO", "DE"], {WEEK}) {{ total }}')
    )
    assert missing(answer.body) == [
        (
            "SENSOR_TOWER",
            None,
            "Users of several countries are not added up: each country is in the breakdown by COUNTRY.",
        )
    ]


async def test_a_store_and_its_devices_are_parts_of_the_product(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    told = await acme(
        vendor_gateway,
        f"""stores: estimate(name: DOWNLOADS, breakdown: STORE, {WEEK}) {{ total {SLICES} }}
            devices: estimate(name: DOWNLOADS, breakdown: DEVICE, {WEEK}) {{ total {SLICES} }}
            ios: estimate(name: DOWNLOADS, store: IOS, {WEEK}) {{ {SERIES} }}
            android: estimate(name: ACTIVE_USERS, store: ANDROID, {WEEK}) {{ source {{ userBasis }} {SERIES} }}""",
    )
    stores = {each["dimension"]: each["total"] for each in told["stores"]["breakdown"]}
    devices = {each["dimension"]: each["total"] for each in told["devices"]["breakdown"]}
    assert stores.keys() == {"IOS", "ANDROID"}
    assert devices.keys() == {"IPHONE", "IPAD", "ANDROID"}
    assert stores["IOS"] == devices["IPHONE"] + devices["IPAD"] == told["ios"]["total"]
    assert told["ios"]["dimensions"] == [{"name": "store", "value": "IOS"}]
    assert told["android"]["source"]["userBasis"] == "DEVICE"
    assert paths(vendors) == {"/v1/unified/sales_report_estimates": 1, "/v1/unified/usage/active_users": 1}


async def test_an_edition_is_asked_for_in_its_own_store(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    asked = f"""editions {{ store
        estimate(name: REVENUE, {WEEK}) {{ total }}
        users: estimate(name: ACTIVE_USERS, breakdown: DEVICE, {WEEK}) {{ values {SLICES} }} }}"""
    told = await acme(vendor_gateway, asked)
    assert [each["store"] for each in told["editions"]] == ["IOS", "ANDROID"]
    assert all(each["estimate"]["total"] > 0 for each in told["editions"])
    ios, android = ([part["dimension"] for part in each["users"]["breakdown"]] for each in told["editions"])
    assert (sorted(ios), android) == (["IPAD", "IPHONE"], ["ANDROID"])
    assert paths(vendors) == {
        "/v1/unified/apps": 1,
        **{
            f"/v1/{os}/{path}": 1
            for os in ("ios", "android")
            for path in ("sales_report_estimates", "usage/active_users")
        },
    }


async def test_a_product_that_is_linked_by_an_edition_is_looked_up_first(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    await linked(vendor_gateway, {"sensorTower": {"ios": str(ACME.ios[0])}})
    told = shown(await vendor_gateway.ask(of_acme(f"estimate(name: DOWNLOADS, {WEEK}) {{ total }}")))
    assert told["estimate"]["total"] > 0
    assert paths(vendors) == {"/v1/unified/apps": 1, "/v1/unified/sales_report_estimates": 1}
    assert parameters(vendors)["app_ids"] == ACME.unified


async def test_a_publisher_earns_what_its_apps_do(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    key = ACME.publisher
    asked = f"""query($ios: String!, $android: String!, $unified: String!) {{ client(id: "{NORDLYS}") {{ market {{
        ios: publisher(store: IOS, key: $ios) {{ estimate(name: REVENUE, breakdown: APP, {WEEK}) {{ total {SLICES} }} }}
        android: publisher(store: ANDROID, key: $android) {{ estimate(name: DOWNLOADS, {WEEK}) {{ total }} }}
        all: publisher(store: UNIFIED, key: $unified) {{
          estimate(name: REVENUE, breakdown: STORE, {WEEK}) {{ total {SLICES} }} }} }} }} }}"""
    answer = await vendor_gateway.ask(asked, ios=str(key.ios), android=key.android, unified=key.unified)
    told = answer.data["client"]["market"]
    apps = {each["dimension"]: each["total"] for each in told["ios"]["estimate"]["breakdown"]}
    assert str(ACME.ios[0]) in apps
    assert sum(apps.values()) == pytest.approx(told["ios"]["estimate"]["total"])
    stores = {each["dimension"]: each["total"] for each in told["all"]["estimate"]["breakdown"]}
    assert sum(stores.values()) == pytest.approx(told["all"]["estimate"]["total"])
    assert told["android"]["estimate"]["total"] > 0
    assert all("publisher_ids[]" in call.parameters for call in vendors.sensor_tower.calls)


async def test_a_model_is_asked_for_by_name(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    told = await acme(
        vendor_gateway,
        f"""plain: estimate(name: DOWNLOADS, {WEEK}) {{ total }}
            now: estimate(name: DOWNLOADS, model: CURRENT, {WEEK}) {{ total dimensions {{ name value }} }}
            before: estimate(name: DOWNLOADS, model: LEGACY, {WEEK}) {{ total }}
            users: estimate(name: ACTIVE_USERS, model: LEGACY, {WEEK}) {{ values }}""",
    )
    assert told["before"]["total"] < told["now"]["total"] == told["plain"]["total"]
    assert told["now"]["dimensions"] == [{"name": "model", "value": "CURRENT"}]
    models = [call.parameters.get("data_model") for call in vendors.sensor_tower.calls]
    assert sorted(models, key=str) == [None, ["DM_2025_Q1"], ["DM_2025_Q1"], ["DM_2025_Q2"]]


# ---------------------------------------------------------------- what is not there
async def test_an_app_without_a_link_is_null(vendor_gateway: Gateway) -> None:
    assert shown(await vendor_gateway.ask(of_acme(f"estimate(name: DOWNLOADS, {WEEK}) {{ total }}"))) is None


async def test_zeros_are_zeros_and_what_is_not_estimated_is_null(vendor_gateway: Gateway) -> None:
    """A free app earns nothing; of a country without an estimate nothing is known."""
    free = next(product for product in BIG if product.quirks & {Quirk.FREE, Quirk.ABSENT_DAYS} == {Quirk.FREE})
    nowhere = next(country for country in ("US", "NO", "FR", "JP", "IN") if country not in free.countries)
    await linked(vendor_gateway, {"sensorTower": {"unified": free.unified}})
    answer = await vendor_gateway.ask(
        of_acme(
            f"""free: estimate(name: REVENUE, {WEEK}) {{ values total }}
                nowhere: estimate(name: DOWNLOADS, countries: ["{nowhere}"], {WEEK}) {{ values total }}"""
        )
    )
    assert shown(answer) == {
        "free": {"values": [0.0] * 7, "total": 0.0},
        "nowhere": {"values": [None] * 7, "total": None},
    }
    assert missing(answer.body) == [("SENSOR_TOWER", None, "It has no downloads of 7 of 7 buckets.")]


async def test_an_app_below_the_vendor_s_minimum_has_no_users(vendor_gateway: Gateway) -> None:
    """It is left out without a word."""
    small = next(product for product in PRODUCTS if Quirk.BELOW_MINIMUM in product.quirks)
    await linked(vendor_gateway, {"sensorTower": {"unified": small.unified}})
    answer = await vendor_gateway.ask(of_acme(f"estimate(name: ACTIVE_USERS, {WEEK}) {{ values }}"))
    assert shown(answer)["estimate"]["values"] == [None] * 7
    assert missing(answer.body) == [("SENSOR_TOWER", None, "It has no active users of 7 of 7 buckets.")]


async def test_numbers_that_are_texts_are_numbers(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    vendors.sensor_tower.switches = replace(vendors.sensor_tower.switches, text_numbers=True)
    told = await acme(vendor_gateway, f"estimate(name: REVENUE, {WEEK}) {{ total }}")
    assert told["estimate"]["total"] > 0


async def test_days_to_come_are_null_and_not_asked_for(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    told = await acme(
        vendor_gateway,
        'estimate(name: DOWNLOADS, period: {start: "2026-03-09", end: "2026-03-15"}) { data { date value isPartial } }',
    )
    assert [each["value"] is None for each in told["estimate"]["data"]] == [False, False, True, True, True, True, True]
    assert parameters(vendors)["end_date"] == "2026-03-11"


async def test_a_sum_of_which_a_part_failed_is_null(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    """What came of it is shown by itself, and what did not is told."""
    await linked(vendor_gateway, TO_ACME)
    await vendor_gateway.ask(of_acme(f'estimate(name: DOWNLOADS, countries: ["NO"], {WEEK}) {{ total }}'))
    vendors.sensor_tower.faults(Fault(Kind.STATUS, status=403))
    answer = await vendor_gateway.ask(
        of_acme(
            f'estimate(name: DOWNLOADS, countries: ["NO", "DE"], breakdown: COUNTRY, {WEEK}) {{ values total {SLICES} }}'
        )
    )
    told = shown(answer)["estimate"]
    assert (told["values"], told["total"]) == ([None] * 7, None)
    assert {each["dimension"]: each["total"] is None for each in told["breakdown"]} == {"NO": False, "DE": True}
    assert ("SENSOR_TOWER", "SOURCE_REJECTED") in {(source, code) for source, code, _ in missing(answer.body)}


# ---------------------------------------------------------------- what is refused
PUBLISHER = 'publisher(store: IOS, key: "1400000009")'


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            "name: ACTIVE_USERS, granularity: QUARTER",
            "granularity: QUARTER does not fit this question. Allowed: DAY, WEEK, MONTH.",
        ),
        (
            "name: DOWNLOADS, granularity: HOUR",
            "granularity: HOUR does not fit this question. Allowed: DAY, WEEK, MONTH, QUARTER.",
        ),
        (
            "name: DOWNLOADS, breakdown: NETWORK",
            "breakdown: NETWORK is none that these data have. Allowed: COUNTRY, STORE, DEVICE.",
        ),
        (
            "name: DOWNLOADS, store: IOS, breakdown: STORE",
            "breakdown: STORE is none that these data have. Allowed: COUNTRY, DEVICE.",
        ),
        (
            'name: ACTIVE_USERS, countries: ["NO", "SE"], breakdown: DEVICE',
            "breakdown: DEVICE is none that these data have. Allowed: COUNTRY.",
        ),
        ('name: DOWNLOADS, countries: ["WW", "NO"]', "countries: WW holds all others: name it alone, or leave it out."),
        (
            'name: DOWNLOADS, countries: ["XX"]',
            "countries: there is no country 'XX'. Allowed: ISO 3166 codes of two letters, as US, "
            "all are in market.terms(kind: COUNTRY).",
        ),
        (
            "name: DOWNLOADS, countries: []",
            "countries: is empty: name at least one country. Allowed: ISO 3166 codes of two letters, as US, "
            "all are in market.terms(kind: COUNTRY).",
        ),
        (
            'name: DOWNLOADS, period: {last: "2y"}',
            "period: has 730 buckets by DAY. Allowed: at most 400 buckets of a vendor's series.",
        ),
        (
            'name: DOWNLOADS, period: {start: "2026-03-12", end: "2026-03-14"}',
            "period: lies after today, 2026-03-11.",
        ),
    ],
)
async def test_what_cannot_be_estimated_is_refused_with_what_can(
    vendor_gateway: Gateway, vendors: Sandbox, asked: str, said: str
) -> None:
    await linked(vendor_gateway, TO_ACME)
    answer = await vendor_gateway.ask(of_acme(f"estimate({asked}) {{ total }}"))
    error = answer.error_at("client", "app", "sensorTower", "estimate")
    assert (error["extensions"]["code"], error["message"]) == ("INVALID_PARAMETER", said)
    assert not vendors.sensor_tower.calls


async def test_users_of_publishers_are_not_estimated(vendor_gateway: Gateway) -> None:
    asked = (
        f'{{ client(id: "{NORDLYS}") {{ market {{ {PUBLISHER} {{ estimate(name: ACTIVE_USERS) {{ total }} }} }} }} }}'
    )
    error = (await vendor_gateway.ask(asked)).error
    assert error["message"] == "name: is not estimated of publishers. Allowed: DOWNLOADS, REVENUE."


async def test_an_id_that_the_vendor_does_not_know_has_a_message_of_its_own(vendor_gateway: Gateway) -> None:
    await linked(vendor_gateway, {"sensorTower": {"ios": "999"}})
    error = (await vendor_gateway.ask(of_acme(f"estimate(name: DOWNLOADS, {WEEK}) {{ total }}"))).error
    assert error["extensions"]["code"] == "SOURCE_REJECTED"
    assert error["message"] == "Sensor Tower knows no app whose ios id is 999."


async def test_a_model_that_the_account_may_not_choose_is_the_vendor_s_to_refuse(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox
) -> None:
    second = SecretStr(SENSOR_TOWER[1].token)
    async with (
        cloned(cluster, settings, template) as urls,
        running(connected(settings, vendors, sensor_tower_auth_token=second), urls) as gateway,
    ):
        await linked(gateway, TO_ACME)
        answer = await gateway.ask(
            of_acme(
                f"a: estimate(name: DOWNLOADS, model: LEGACY, {WEEK}) {{ total }} "
                f"b: estimate(name: DOWNLOADS, {WEEK}) {{ total }}"
            )
        )
    error = answer.error_at("client", "app", "sensorTower", "a")
    assert error["extensions"]["code"] == "SOURCE_REJECTED"
    assert "data_model is not available for your organization" in error["message"]
    assert answer.body["data"]["client"]["app"]["sensorTower"]["b"]["total"] > 0


async def test_without_a_subscription_the_data_set_is_named_in_the_refusal(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox
) -> None:
    narrow = SecretStr(SENSOR_TOWER[2].token)
    async with (
        cloned(cluster, settings, template) as urls,
        running(connected(settings, vendors, sensor_tower_auth_token=narrow), urls) as gateway,
    ):
        await linked(gateway, TO_ACME)
        answer = await gateway.ask(
            of_acme(
                f"a: estimate(name: ACTIVE_USERS, {WEEK}) {{ total }} b: estimate(name: DOWNLOADS, {WEEK}) {{ total }}"
            )
        )
    assert "no subscription" in answer.error_at("client", "app", "sensorTower", "a")["message"]
    assert answer.body["data"]["client"]["app"]["sensorTower"]["b"]["total"] > 0


async def test_a_range_that_is_too_long_for_the_vendor_is_halved(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    vendors.sensor_tower.switches = replace(vendors.sensor_tower.switches, window_factor=0.6)
    told = await acme(vendor_gateway, f"estimate(name: DOWNLOADS, {WEEK}) {{ values }}")
    assert None not in told["estimate"]["values"]
    assert [call.status for call in vendors.sensor_tower.calls] == [500, 200, 200]


# ---------------------------------------------------------------- by its id
@pytest.mark.parametrize(
    "asked",
    [
        f"estimate(name: DOWNLOADS, {WEEK}) {{ id name total values }}",
        f'estimate(name: REVENUE, countries: ["NO"], breakdown: DEVICE, model: LEGACY, {WEEK}) {{ id name total values }}',
        f"estimate(name: ACTIVE_USERS, granularity: WEEK, store: IOS, {WEEK}) {{ id name total values }}",
        "estimate(name: DOWNLOADS) { id name total values }",
    ],
)
async def test_a_series_is_found_again_by_its_id(vendor_gateway: Gateway, asked: str) -> None:
    """E4. Whoever does not see the client finds nothing."""
    told = (await acme(vendor_gateway, asked))["estimate"]
    again = "query($id: ID!) { node(id: $id) { ... on Metric { id name total values } } }"
    assert (await vendor_gateway.ask(again, id=told["id"])).data["node"] == told
    assert (await vendor_gateway.ask(again, token=STRANGER, id=told["id"])).data["node"] is None


async def test_a_publisher_s_series_is_found_again_too(vendor_gateway: Gateway) -> None:
    fields = "id total"
    asked = f'{{ client(id: "{NORDLYS}") {{ market {{ {PUBLISHER} {{ estimate(name: REVENUE, {WEEK}) {{ {fields} }} }} }} }} }}'
    told = (await vendor_gateway.ask(asked)).data["client"]["market"]["publisher"]["estimate"]
    again = f"query($id: ID!) {{ node(id: $id) {{ ... on Metric {{ {fields} }} }} }}"
    assert (await vendor_gateway.ask(again, id=told["id"])).data["node"] == told
