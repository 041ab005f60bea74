"""How apps advertise, through the whole graph, asked of the sandbox."""

from typing import Any

import orjson
import pytest

from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.server import Sandbox
from parallax.vendors.sensor_tower.terms import NETWORKS
from tests.gateways import Gateway
from tests.seeds import STRANGER
from tests.vendors.asking import linked, missing
from tests.vendors.sensor_tower.acme import ACME, TO_ACME, acme, of_acme, parameters, paths, shown

WEEKS = 'period: {start: "2026-02-02", end: "2026-02-22"}'
SLICES = "breakdown { dimension total share values }"
AGAIN = "query($id: ID!) { node(id: $id) { ... on Metric { id name total values } } }"
WHERE = f'networks: ["Admob"], countries: ["NO"], {WEEKS}'


# ---------------------------------------------------------------- shares and ranks
async def test_a_share_of_voice_is_a_ratio_of_one_network_in_one_country(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    fields = "unit values total dimensions { name value } source { reference settledUntil }"
    told = (await acme(vendor_gateway, f"advertising(name: SHARE_OF_VOICE, {WHERE}) {{ {fields} }}"))["advertising"]
    assert told["unit"] == "RATIO"
    assert len(told["values"]) == 3
    assert all(0 <= value <= 1 for value in told["values"])
    assert told["total"] is None
    assert told["dimensions"] == [{"name": "network", "value": "Admob"}, {"name": "country", "value": "NO"}]
    assert told["source"] == {"reference": "/v1/unified/ad_intel/network_analysis", "settledUntil": "2026-03-08"}
    assert parameters(vendors)["period"] == "week"


async def test_ranks_and_shares_of_networks_are_told_apart(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    await linked(vendor_gateway, TO_ACME)
    answer = await vendor_gateway.ask(
        of_acme(
            f"""shares: advertising(name: SHARE_OF_VOICE, countries: ["NO"], breakdown: NETWORK, {WEEKS}) {{ values {SLICES} }}
                ranks: advertising(name: RANK, networks: ["Admob"], breakdown: COUNTRY, {WEEKS}) {{ unit values {SLICES} }}"""
        )
    )
    told = shown(answer)
    assert told["shares"]["values"] == told["ranks"]["values"] == [None] * 3
    assert "Admob" in {each["dimension"] for each in told["shares"]["breakdown"]}
    assert all(None not in each["values"] for each in told["shares"]["breakdown"])
    assert {each["dimension"] for each in told["ranks"]["breakdown"]} == {"US", "NO", "DE", "GB"}
    assert all(value >= 1 for each in told["ranks"]["breakdown"] for value in each["values"])
    assert told["ranks"]["unit"] == "RANK"
    reasons = [reason for _, _, reason in missing(answer.body)]
    assert all("which cannot be added up: name one network and country" in reason for reason in reasons)
    assert len(reasons) == 2
    assert paths(vendors) == {
        "/v1/unified/ad_intel/network_analysis": 1,
        "/v1/unified/ad_intel/network_analysis/rank": 1,
    }


async def test_networks_and_countries_of_aliases_share_a_call(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    aliases = (
        f'{network}_{code}: advertising(name: RANK, networks: ["{network}"], countries: ["{code}"], {WEEKS}) {{ values }}'
        for network in ("Admob", "Unity", "Vungle")
        for code in ("NO", "DE", "US")
    )
    await acme(vendor_gateway, " ".join(aliases))
    assert len(vendors.sensor_tower.calls) == 1
    assert parameters(vendors)["networks"] == "Admob,Unity,Vungle"


async def test_editions_of_a_store_are_told_apart(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    several = next(product for product in PRODUCTS if len(product.ios) > 1 and "US" in product.countries)
    await linked(vendor_gateway, {"sensorTower": {"unified": several.unified}})
    where = f'networks: ["Admob"], countries: ["US"], granularity: MONTH, {WEEKS}'
    answer = await vendor_gateway.ask(
        of_acme(f"advertising(name: SHARE_OF_VOICE, store: IOS, breakdown: APP, {where}) {{ values {SLICES} }}")
    )
    told = shown(answer)["advertising"]
    assert {each["dimension"] for each in told["breakdown"]} == {str(id) for id in several.ios}
    assert told["values"] == [None]
    assert paths(vendors) == {"/v1/unified/apps": 1, "/v1/ios/ad_intel/network_analysis": 1}


async def test_a_store_in_which_a_product_is_not_sold_has_no_advertising(vendor_gateway: Gateway) -> None:
    lonely = next(product for product in PRODUCTS if not product.android)
    await linked(vendor_gateway, {"sensorTower": {"unified": lonely.unified}})
    answer = await vendor_gateway.ask(of_acme(f"advertising(name: RANK, store: ANDROID, {WEEKS}) {{ values }}"))
    assert shown(answer) == {"advertising": None}
    assert missing(answer.body) == [("SENSOR_TOWER", None, "It has no edition in the store ANDROID.")]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("name: RANK, granularity: MONTH", "granularity: MONTH does not fit this question. Allowed: DAY, WEEK."),
        (
            "name: SHARE_OF_VOICE, granularity: QUARTER",
            "granularity: QUARTER does not fit this question. Allowed: DAY, WEEK, MONTH.",
        ),
        (
            "name: RANK, breakdown: APP",
            "breakdown: APP is none that these data have. Allowed: NETWORK, COUNTRY.",
        ),
        (
            'name: RANK, period: {start: "2017-01-01", end: "2017-12-31"}',
            "period: lies before the vendor's first day. Allowed: days from 2018-01-01 on.",
        ),
        ("name: RANK, countries: []", "countries: is empty: name at least one country."),
        (
            'name: RANK, networks: ["admob"]',
            "networks: there is no network 'admob'. Allowed: Adcolony, Admob, Applovin,",
        ),
    ],
)
async def test_what_is_not_told_of_advertising_is_refused(
    vendor_gateway: Gateway, vendors: Sandbox, asked: str, said: str
) -> None:
    await linked(vendor_gateway, TO_ACME)
    error = (await vendor_gateway.ask(of_acme(f"advertising({asked}) {{ total }}"))).error
    assert error["extensions"]["code"] == "INVALID_PARAMETER"
    assert error["message"].startswith(said)
    assert not vendors.sensor_tower.calls


@pytest.mark.parametrize(
    "asked",
    [
        f"advertising(name: RANK, {WHERE})",
        f"advertising(name: SHARE_OF_VOICE, store: IOS, breakdown: NETWORK, {WEEKS})",
    ],
)
async def test_a_series_is_found_again_by_its_id(vendor_gateway: Gateway, asked: str) -> None:
    told = (await acme(vendor_gateway, f"{asked} {{ id name total values }}"))["advertising"]
    assert (await vendor_gateway.ask(AGAIN, id=told["id"])).data["node"] == told
    assert (await vendor_gateway.ask(AGAIN, token=STRANGER, id=told["id"])).data["node"] is None


# ---------------------------------------------------------------- creatives
KINDS = "image banner video video-rewarded playable"
LISTS = {"countries": ["US"], "networks": list(NETWORKS), "adTypes": KINDS.split()}
SEEN = 'period: {start: "2025-06-01", end: "2026-03-10"}, ' + ", ".join(
    f"{name}: {orjson.dumps(values).decode()}" for name, values in LISTS.items()
)
UNIT = """id network adType formats firstSeen lastSeen share similarityGroup breakdown topPublishers
  creatives { key url previewUrl thumbnailUrl videoSeconds width height message buttonText }"""
PAGE = f"totalCount networks pageInfo {{ hasNextPage hasPreviousPage endCursor }} nodes {{ {UNIT} }}"


def creatives(more: str, shown: str = PAGE) -> str:
    return f"creatives({SEEN}{more}) {{ {shown} }}"


async def paged(gateway: Gateway, more: str) -> Any:
    return shown(await gateway.ask(of_acme(creatives(more))))["creatives"]


async def test_advertisements_are_paged_through_without_repeats(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    await linked(vendor_gateway, TO_ACME)
    page = await paged(vendor_gateway, "")
    total, ids, pages = page["totalCount"], [each["id"] for each in page["nodes"]], 1
    while page["pageInfo"]["hasNextPage"]:
        page = await paged(vendor_gateway, f', after: "{page["pageInfo"]["endCursor"]}"')
        assert page["pageInfo"]["hasPreviousPage"]
        ids += [each["id"] for each in page["nodes"]]
        pages += 1
    assert total > 10
    assert len(ids) == len(set(ids)) == total
    assert len(vendors.sensor_tower.calls) == pages == -(-total // 10)  # a call a page


async def test_a_page_of_another_length_is_cut_out_of_one_of_the_vendor_s(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    """It has pages of 10, 50 and 100: one of 20 is a part of one of 50, and the next part costs no call."""
    await linked(vendor_gateway, TO_ACME)
    first = await paged(vendor_gateway, ", first: 12")
    second = await paged(vendor_gateway, f', first: 12, after: "{first["pageInfo"]["endCursor"]}"')
    assert len(first["nodes"]) == 12
    assert not {each["id"] for each in first["nodes"]} & {each["id"] for each in second["nodes"]}
    assert [call.parameters["limit"] for call in vendors.sensor_tower.calls] == [["50"]]


async def test_an_advertisement_has_all_that_the_vendor_tells(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    told = (await acme(vendor_gateway, creatives(", first: 100")))["creatives"]
    assert {each["network"] for each in told["nodes"]} <= set(told["networks"])
    unit = next(each for each in told["nodes"] if each["adType"] == "video")
    assert unit["firstSeen"].endswith("T00:00:00+00:00")
    assert 0 <= unit["share"] <= 1
    assert unit["breakdown"] == {unit["network"]: unit["share"]}
    assert unit["topPublishers"] == [{"name": "Acme Inc", "share": 0.4}]
    assert unit["similarityGroup"].startswith("p")
    [creative] = unit["creatives"]
    assert creative["url"].startswith("https://media.ex.test/")
    assert creative["videoSeconds"] > 0
    assert creative["width"] > 0


async def test_every_filter_reaches_the_vendor(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    told = await acme(
        vendor_gateway,
        creatives(
            ', placements: ["feed", "story"], durations: [{over: 5, upTo: 30}, {upTo: 3}, {over: 60}], aspectRatios: ["9:16"],'
            ' bannerDimensions: ["728x90"], newOnly: true, store: IOS',
            "totalCount",
        ),
    )
    assert told["creatives"]["totalCount"] >= 0
    asked = parameters(vendors)
    assert vendors.sensor_tower.calls[-1].path == "/v1/ios/ad_intel/creatives"
    assert asked == {
        "app_ids": str(ACME.ios[0]), "start_date": "2025-06-01", "end_date": "2026-03-10", "countries": "US",
        "networks": ",".join(NETWORKS), "ad_types": KINDS.replace(" ", ","), "placements": "feed,story",
        "aspect_ratios": "9:16", "banner_dimensions": "728x90", "video_durations": "5:30,:3,60:", "new_creative": "true",
        "limit": "10", "page": "1", "display_breakdown": "false",
    }  # fmt: skip


async def test_an_advertisement_is_found_again_by_its_id(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    told = (await acme(vendor_gateway, creatives("")))["creatives"]["nodes"][0]
    again = f"query($id: ID!) {{ node(id: $id) {{ ... on AdUnit {{ {UNIT} }} }} }}"
    assert (await vendor_gateway.ask(again, id=told["id"])).data["node"] == told
    assert (await vendor_gateway.ask(again, token=STRANGER, id=told["id"])).data["node"] is None
    assert len(vendors.sensor_tower.calls) == 1


async def test_what_nobody_shows_is_not_sent_but_found_again(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    [told, *_] = (await acme(vendor_gateway, creatives("", "edges { node { id } }")))["creatives"]["edges"]
    assert parameters(vendors)["display_breakdown"] == "false"
    again = "query($id: ID!) { node(id: $id) { ... on AdUnit { breakdown } } }"
    assert (await vendor_gateway.ask(again, id=told["node"]["id"])).data["node"]["breakdown"]
    assert "display_breakdown" not in parameters(vendors)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (", first: 101", "first: must be from 1 to 100."),
        (', after: "abc"', "after: is not a cursor of this list; use pageInfo.endCursor of it."),
        (", durations: [{}]", "durations[0]: must name over, upTo or both, from 0 to 86400, and upTo the larger one."),
        (", durations: [{over: 9, upTo: 9}]", "durations[0]: must name over, upTo or both"),
        (", durations: []", "durations: must be 1 to 20 ranges."),
        (', placements: ["wall"]', "placements: there is no placement 'wall'. Allowed: ad_on_reel, feed,"),
        (', aspectRatios: ["3:3"]', "aspectRatios: there is no aspect_ratio '3:3'. Allowed: 9:16,"),
        (', bannerDimensions: ["1x1"]', "bannerDimensions: there is no banner_dimension '1x1'. Allowed: 970x250,"),
    ],
)
async def test_what_cannot_be_asked_of_advertisements_is_refused(
    vendor_gateway: Gateway, vendors: Sandbox, more: str, said: str
) -> None:
    await linked(vendor_gateway, TO_ACME)
    error = (await vendor_gateway.ask(of_acme(creatives(more, "totalCount")))).error
    assert error["extensions"]["code"] == "INVALID_PARAMETER"
    assert error["message"].startswith(said)
    assert not vendors.sensor_tower.calls


async def test_a_cursor_of_other_advertisements_is_refused(vendor_gateway: Gateway) -> None:
    told = (await acme(vendor_gateway, creatives("")))["creatives"]["pageInfo"]["endCursor"]
    answer = await vendor_gateway.ask(of_acme(creatives(f', newOnly: true, after: "{told}"', "totalCount")))
    assert "is not a cursor of this list" in answer.error["message"]
