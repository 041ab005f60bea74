"""What is known beyond a client's own apps: search, lookups, words; and how refusals are told."""

import pytest
from pydantic import SecretStr

from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.server import Sandbox
from parallax.settings import Settings
from parallax.vendors.sensor_tower.terms import TermKind
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Gateway, running
from tests.seeds import HIMAL, NORDLYS, STRANGER
from tests.vendors.asking import connected, missing
from tests.vendors.sensor_tower.stores import (
    ACME,
    ANDROID,
    IOS,
    TOKENS,
    UNKNOWN,
    calls,
    edition,
    market,
    of_market,
    paths,
    product,
    refused,
)


async def test_without_credentials_there_is_no_market(own_gateway: Gateway) -> None:
    """Null, and no error; what an app's link shows is refused, and says what to do."""
    assert await of_market(own_gateway, "terms(kind: CHART) { key }") is None
    code, message = refused(await own_gateway.ask(edition("listing { version }")))
    assert code == "SOURCE_REJECTED"
    assert "is not connected: give its credentials by vendorConnect" in message


async def test_apps_are_found_by_name_over_the_stores_and_in_each(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    shown = "{ ... on SensorTowerApp { name unifiedId } }"
    found = await of_market(vendor_gateway, f'search(term: " acme notes ") {shown}')
    assert found["search"] == [{"name": "Acme Notes", "unifiedId": ACME.unified}]
    assert [(call.path, call.parameters) for call in calls(vendors)] == [
        ("/v1/unified/search_entities", {"entity_type": ["app"], "term": ["acme notes"], "limit": ["250"]})
    ]
    both = await of_market(
        vendor_gateway, 'search(term: "acme notes", store: null) { ... on SensorTowerApp { editions { key } } }'
    )
    assert len(both["search"]) == 2
    assert {edition["key"] for app in both["search"] for edition in app["editions"]} == {IOS, ANDROID}
    one = await of_market(vendor_gateway, 'search(term: "acme notes", store: ANDROID) { __typename }')
    assert one["search"] == [{"__typename": "SensorTowerApp"}]


async def test_publishers_are_found_by_name(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    shown = "{ ... on StorePublisher { id key store name country } }"
    found = (await of_market(vendor_gateway, f'search(term: "Acme", kind: PUBLISHER, store: ANDROID) {shown}'))[
        "search"
    ]
    assert {each["name"] for each in found} == {"Acme Inc"}
    assert {(each["store"], each["country"]) for each in found} == {("ANDROID", None)}
    assert "Acme+Inc" in {each["key"] for each in found}
    text = f'{{ node(id: "{found[0]["id"]}") {shown} }}'
    assert (await vendor_gateway.ask(text)).data["node"] == found[0]
    assert [call.value("entity_type") for call in calls(vendors)] == ["publisher"]


async def test_a_longer_list_of_the_same_words_is_no_call_more(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    one, more = [
        len((await of_market(vendor_gateway, f'search(term: "not", first: {first}) {{ __typename }}'))["search"])
        for first in (1, 250)
    ]
    assert one == 1 < more
    assert len(calls(vendors)) == 1


async def test_lookups_are_null_for_what_nobody_knows_and_say_why(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    keys = f'[{{unified: "{ACME.unified.upper()}"}}, {{ios: "{UNKNOWN}"}}, {{android: "{ANDROID}"}}, {{ios: "{IOS}"}}]'
    answer = await vendor_gateway.ask(
        market(f'apps(keys: {keys}) {{ name }} {product(f"""ios: "{UNKNOWN}" """, "name")}')
    )
    named = {"name": "Acme Notes"}
    assert answer.data["client"]["market"] == {"apps": [named, None, named, named], "app": None}
    reason = f"Sensor Tower knows no app whose ios id is {UNKNOWN}."
    assert missing(answer.body) == [("SENSOR_TOWER", None, reason)] * 2
    assert paths(vendors) == ["/v1/unified/apps"] * 3


async def test_a_publisher_is_named_by_its_store_and_key(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    shown = "{ id key store name }"
    found = await of_market(vendor_gateway, f'publisher(store: ANDROID, key: "Acme, Inc") {shown}')
    assert found["publisher"].items() >= {"key": "Acme, Inc", "store": "ANDROID", "name": None}.items()
    assert calls(vendors) == []


async def test_words_are_told_without_a_call(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    kinds = [kind.name for kind in TermKind]
    found = await of_market(vendor_gateway, " ".join(f"{kind}: terms(kind: {kind}) {{ key label }}" for kind in kinds))
    assert all(found.values())
    assert {"key": "WW", "label": "Worldwide"} in found["COUNTRY"]
    assert {"key": "Admob", "label": None} in found["NETWORK"]
    by_store = await of_market(
        vendor_gateway,
        " ".join(
            f"{store}: terms(kind: CATEGORY, store: {store}) {{ key }}" for store in ("IOS", "ANDROID", "UNIFIED")
        ),
    )
    assert [each["key"].isdecimal() for each in by_store["IOS"]] == [True] * len(by_store["IOS"])
    assert by_store["UNIFIED"] == by_store["IOS"] + by_store["ANDROID"]
    assert calls(vendors) == []


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ('search(term: "ab") { __typename }', "term: must have 3 Latin letters or 2 others at least, and 100 at most."),
        ('search(term: "微") { __typename }', "term: must have"),
        ('search(term: "acme", first: 251) { __typename }', "first: must be from 1 to 250."),
        ('search(term: "acme", first: 0) { __typename }', "first: must be from 1 to 250."),
        ('app(key: {ios: "com.acme.notes"}) { id }', "key.ios: must be a number of up to 10 digits"),
        ('app(key: {android: "1500000001"}) { id }', "key.android: must be a package name"),
        ('apps(keys: [{ios: "1"}, {unified: "1"}]) { id }', "keys[1].unified: must be 24 hexadecimal digits"),
        ("apps(keys: [" + '{ios: "1"}, ' * 101 + "]) { id }", "keys: are more than 100."),
        ('publisher(store: IOS, key: "Acme") { id }', "key: must be a number."),
        ('publisher(store: UNIFIED, key: "Acme") { id }', "key: must be 24 hexadecimal digits."),
        ('publisher(store: ANDROID, key: "") { id }', "key: must be 1 to 200 printable characters."),
    ],
)
async def test_bad_input_is_refused_with_what_is_allowed(
    vendor_gateway: Gateway, vendors: Sandbox, field: str, says: str
) -> None:
    code, message = refused(await vendor_gateway.ask(market(field)))
    assert code == "INVALID_PARAMETER"
    assert message.startswith(says), message
    assert calls(vendors) == []


async def test_the_market_of_a_client_that_is_not_seen_is_nothing(vendor_gateway: Gateway) -> None:
    text = f'{{ client(id: "{NORDLYS}") {{ market {{ terms(kind: CHART) {{ key }} }} }} }}'
    assert (await vendor_gateway.ask(text, token=STRANGER)).data["client"] is None
    own = text.replace(str(NORDLYS), str(HIMAL))
    assert (await vendor_gateway.ask(own, token=STRANGER)).data["client"]["market"]["terms"]


# ---------------------------------------------------------------- refusals and failures
@pytest.mark.parametrize(
    ("token", "field", "code", "says"),
    [
        (
            "a token that nobody has",
            "listing { version }",
            "SOURCE_REJECTED",
            "it is wrong, or the organisation has no",
        ),
        (TOKENS["expired"], "listing { version }", "SOURCE_REJECTED", "it has expired or was withdrawn"),
        (TOKENS["second"], "listing { sdks }", "SOURCE_REJECTED", "the organisation has no subscription to these data"),
    ],
)
async def test_each_refusal_of_credentials_has_its_own_message(
    cluster: Cluster,
    settings: Settings,
    template: str,
    vendors: Sandbox,
    token: str,
    field: str,
    code: str,
    says: str,
) -> None:
    """And none of them shows the token. Only what needs the data set fails: its page is there."""
    given = connected(settings, vendors, sensor_tower_auth_token=SecretStr(token))
    async with cloned(cluster, settings, template) as urls, running(given, urls) as gateway:
        answer = await gateway.ask(edition(f"{field} key"))
    assert refused(answer)[0] == code
    assert says in refused(answer)[1]
    assert answer.body["data"]["node"]["key"] == IOS
    assert token not in str(answer.body)


@pytest.mark.parametrize(
    "kind", [kind for kind in Kind if kind not in (Kind.LATENCY, Kind.HANG, Kind.STATUS, Kind.HUGE)]
)
async def test_a_vendor_in_trouble_leaves_the_rest_of_an_answer_alone(
    vendor_gateway: Gateway, vendors: Sandbox, kind: Kind
) -> None:
    vendors.sensor_tower.faults(Fault(kind, path="/v1/ios/apps"))
    answer = await vendor_gateway.ask(edition('key listing { version } currentRanks(country: "NO") { rank }'))
    node = answer.body["data"]["node"]
    assert (node["key"], node["listing"]) == (IOS, None)
    assert node["currentRanks"]
    error = answer.error_at("node", "listing")
    assert error["extensions"]["code"] == "SOURCE_UNAVAILABLE"
    assert error["extensions"]["source"] == "SENSOR_TOWER"
    assert TOKENS["first"] not in str(answer.body)


async def test_an_older_page_stands_in_for_a_vendor_that_fails(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox
) -> None:
    """And is said to be old."""
    given = connected(settings, vendors, vendor_cache_seconds=0)
    async with cloned(cluster, settings, template) as urls, running(given, urls) as gateway:
        first = (await gateway.ask(edition("listing { version }"))).data
        vendors.sensor_tower.faults(Fault(Kind.STATUS, status=503))
        answer = await gateway.ask(edition("listing { version }"))
    assert answer.data == first
    assert missing(answer.body) == [("SENSOR_TOWER", None, "An older answer is shown, for the vendor does not answer.")]
