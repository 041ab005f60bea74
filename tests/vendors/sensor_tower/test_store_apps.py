"""Apps of the stores, as the graph shows them: by link, by id, by what they are called elsewhere."""

from typing import Any

from parallax.ids import GlobalId, canonical, encode
from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.server import Sandbox
from tests.gateways import Gateway
from tests.seeds import ADMIN, MAPS, NORDLYS, NOTES, STRANGER
from tests.vendors.asking import LINK, linked, missing, of_app
from tests.vendors.sensor_tower.stores import (
    ACME,
    ANDROID,
    IOS,
    PAYROLL,
    UNKNOWN,
    calls,
    edition,
    of_edition,
    of_market,
    paths,
    product,
    refused,
)

MAPPING = "/v1/unified/apps"


async def test_an_app_is_what_the_first_of_its_links_says(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    """An unlinked one is nothing, and no error. A link needs no call to be shown."""
    unlinked = await vendor_gateway.ask(of_app("sensorTower { id }"))
    assert unlinked.data["client"]["app"]["sensorTower"] is None
    await linked(vendor_gateway, {"sensorTower": {"unified": ACME.unified}})
    later = {"app": str(NOTES), "to": {"sensorTower": {"ios": str(PAYROLL.ios[0])}}}
    assert (await vendor_gateway.ask(LINK, token=ADMIN, now="2026-03-11T13:00:00Z", **later)).data
    found = (await vendor_gateway.ask(of_app("sensorTower { id unifiedId }"))).data["client"]["app"]["sensorTower"]
    assert found["unifiedId"] == ACME.unified
    assert found["id"] == encode(GlobalId("SensorTowerApp", NORDLYS, (canonical({"unified": ACME.unified}),)))
    assert calls(vendors) == []


async def test_a_product_has_its_editions_in_both_stores(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    """One iOS id leads to all others, by one call."""
    shown = (
        "name unifiedId editions { store key } apple: editions(store: IOS) { key } three: editions(first: 3) { key }"
    )
    await linked(vendor_gateway, {"sensorTower": {"ios": str(PAYROLL.ios[1])}})
    answer = await vendor_gateway.ask(of_app(f"sensorTower {{ {shown} }}"))
    found = answer.data["client"]["app"]["sensorTower"]
    keys = [*map(str, PAYROLL.ios), *PAYROLL.android]
    assert (found["name"], found["unifiedId"]) == (PAYROLL.name, PAYROLL.unified)
    assert found["editions"] == [{"store": "IOS" if key.isdecimal() else "ANDROID", "key": key} for key in keys]
    assert [each["key"] for each in found["apple"]] == [each["key"] for each in found["three"]] == keys[:3]
    assert missing(answer.body) == [
        ("SENSOR_TOWER", None, "3 of 6 editions are shown: ask for more of them by `first`.")
    ]
    assert paths(vendors) == [MAPPING]


async def test_fifty_apps_of_two_kinds_of_ids_are_two_calls(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    both = [each for each in PRODUCTS if each.ios][:50]
    keys = [f'{{unified: "{each.unified}"}}' if n % 2 else f'{{ios: "{each.ios[0]}"}}' for n, each in enumerate(both)]
    found = await of_market(vendor_gateway, f"apps(keys: [{', '.join(keys)}]) {{ name unifiedId }}")
    assert found["apps"] == [{"name": each.name, "unifiedId": each.unified} for each in both]
    assert paths(vendors) == [MAPPING, MAPPING]
    again = await of_market(vendor_gateway, product(f'ios: "{both[0].ios[0]}"', "name"))
    assert again["app"]["name"] == both[0].name
    assert len(calls(vendors)) == 2


async def test_everything_is_found_again_by_its_id(vendor_gateway: Gateway) -> None:
    await linked(vendor_gateway, {"sensorTower": {"android": ANDROID}})
    of_publisher = "id key store name country email address url"
    page = f"listing {{ publisher {{ {of_publisher} }} }}"
    shown = f"id publisher {{ {of_publisher} }} editions {{ id key {page} product {{ id unifiedId }} }}"
    app = (await vendor_gateway.ask(of_app(f"sensorTower {{ {shown} }}"))).data["client"]["app"]["sensorTower"]
    first = app["editions"][0]
    for found, type_name, fields in [
        (app["publisher"], "StorePublisher", of_publisher),
        (first["listing"]["publisher"], "StorePublisher", of_publisher),
        (first["product"], "SensorTowerApp", "id unifiedId"),
        ({"id": first["id"], "key": first["key"]}, "StoreApp", "id key"),
        ({"id": app["id"]}, "SensorTowerApp", "id"),
    ]:
        text = f'{{ node(id: "{found["id"]}") {{ ... on {type_name} {{ {fields} }} }} }}'
        assert (await vendor_gateway.ask(text)).data["node"] == found
        assert (await vendor_gateway.ask(text, token=STRANGER)).data["node"] is None
    assert (await vendor_gateway.ask(edition("product { id }"))).data["node"]["product"]["id"] == first["product"]["id"]


async def test_an_id_that_was_never_given_is_nothing(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("StoreApp", {"unified": ACME.unified}),
        ("StoreApp", {"ios": "notes"}),
        ("StoreApp", {"ios": IOS, "more": "x"}),
        ("SensorTowerApp", {"ios": IOS, "android": ANDROID}),
        ("SensorTowerApp", {"ios": [IOS]}),
        ("SensorTowerApp", {}),
        ("StorePublisher", {"ios": "1400000009", "app": {"ios": IOS}, "country": "XX"}),
        ("StorePublisher", {"ios": "1400000009", "app": IOS}),
        ("StorePublisher", {"unified": "Acme"}),
    ]
    for type_name, said in wrong:
        id = encode(GlobalId(type_name, NORDLYS, (canonical(said),)))
        answer = await vendor_gateway.ask(f'{{ node(id: "{id}") {{ id }} }}')
        assert answer.data["node"] is None, (type_name, said)
    assert calls(vendors) == []


async def test_who_publishes_stands_on_the_page_of_an_app(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    """Over both stores by its unified id, in a store by that store's."""
    shown = (
        "publisher { key store name country email address url } editions { listing { publisher { key store name } } }"
    )
    app = (await of_market(vendor_gateway, product(shown=shown)))["app"]
    assert app["publisher"] == {
        "key": ACME.publisher.unified,
        "store": "UNIFIED",
        "name": "Acme Inc",
        "country": "US",
        "email": "hello@ex.test",
        "address": "1 Example Street",
        "url": "https://store.ex.test/ios/publisher/1400000009",
    }
    assert [each["listing"]["publisher"] for each in app["editions"]] == [
        {"key": "1400000009", "store": "IOS", "name": "Acme Inc"},
        {"key": "Acme+Inc", "store": "ANDROID", "name": "Acme Inc"},
    ]
    assert paths(vendors) == ["/v1/android/apps", "/v1/ios/apps", MAPPING]


async def test_an_app_that_the_vendor_does_not_know_says_so(vendor_gateway: Gateway) -> None:
    await linked(vendor_gateway, {"sensorTower": {"ios": UNKNOWN}}, MAPS)
    answer = await vendor_gateway.ask(of_app("name sensorTower { id name }", MAPS))
    assert answer.body["data"]["client"]["app"]["name"] == "Maps"
    assert answer.body["data"]["client"]["app"]["sensorTower"]["name"] is None
    code, message = refused(answer)
    assert code == "SOURCE_REJECTED"
    assert message == f"Sensor Tower knows no app whose ios id is {UNKNOWN}."
    assert answer.error["extensions"]["source"] == "SENSOR_TOWER"


# ---------------------------------------------------------------- 3.1 the page
EVERY = """country name humanizedName subtitle description shortDescription promoText bundleId contentRating advisories isActive
    version hasInAppPurchases rating ratingCount globalRatingCount currentVersionRating currentVersionRatingCount
    lastMonthDownloads countries topCountries canonicalCountry languages releasedAt countryReleasedAt updatedAt permissions
    flags url storeUrl iconUrl featureGraphicUrl screenshotUrls tabletScreenshotUrls websiteUrl supportUrl privacyPolicyUrl
    licenseUrl publisherProfileUrl price { cents currency } lastMonthRevenue { cents currency } categories { key label }"""


async def test_a_page_shows_all_that_the_store_tells(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    ios = (await of_edition(vendor_gateway, f'name listing(country: "NO") {{ {EVERY} }}'))["listing"]
    android = (await of_edition(vendor_gateway, f"listing {{ {EVERY} }}", "android", ANDROID))["listing"]
    assert (ios["country"], android["country"]) == ("NO", "US")
    assert ios["categories"] == [{"key": "6007", "label": "Productivity"}]
    assert android["categories"] == [{"key": "productivity", "label": "Productivity"}]
    assert ios["price"] == {"cents": 0, "currency": None}
    assert ios["lastMonthRevenue"]["currency"] == "USD"
    assert ios["lastMonthRevenue"]["cents"] % 100 == 0
    assert ios["flags"].keys() == {"watch", "iMessage"}
    assert ios["releasedAt"] == f"{ACME.since}T07:00:00+00:00"
    assert ios["countries"] == list(ACME.countries)
    assert android["permissions"] == ["android.permission.INTERNET", "android.permission.CAMERA"]
    never = {name for name in ios if ios[name] is None and android[name] is None}
    assert never == {"promoText", "licenseUrl"}  # the sandbox has none of any app
    assert {(call.path, call.value("country"), call.value("include_sdk_data")) for call in calls(vendors)} == {
        ("/v1/ios/apps", "US", None),  # its name
        ("/v1/ios/apps", "NO", None),
        ("/v1/android/apps", "US", None),
    }


async def test_pages_of_all_apps_of_a_question_are_one_call(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    keys = " ".join(f"e{n}: editions(store: IOS) {{ name listing {{ version }} }}" for n in range(3))
    await of_market(vendor_gateway, product(shown=keys) + f' other: {product(f"""ios: "{PAYROLL.ios[0]}" """, keys)}')
    assert [(call.path, len((call.value("app_ids") or "").split(","))) for call in calls(vendors)][-1] == (
        "/v1/ios/apps",
        4,
    )
    assert paths(vendors).count("/v1/ios/apps") == 1


async def test_libraries_are_asked_for_where_they_are_wanted_and_fail_alone(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    found = await of_edition(vendor_gateway, "listing { version sdks }")
    assert all(each["name"] for each in found["listing"]["sdks"])
    assert [call.value("include_sdk_data") for call in calls(vendors)] == [None, "true"]


async def test_an_app_without_a_page_in_a_country_has_none_there(vendor_gateway: Gateway) -> None:
    shown = 'listing(country: "NO") { version } inAppPurchases { key }'
    answer = await vendor_gateway.ask(edition(shown, key=UNKNOWN))
    assert answer.data["node"] == {"listing": None, "inAppPurchases": None}
    assert missing(answer.body) == [
        (
            "SENSOR_TOWER",
            None,
            f"Sensor Tower has no page of {UNKNOWN} in NO: there is no such app, or it is not sold there.",
        ),
        ("SENSOR_TOWER", None, f"Sensor Tower knows no app {UNKNOWN} in US."),
    ]
    code, message = refused(await vendor_gateway.ask(edition("name", key=UNKNOWN)))
    assert (code, message) == ("SOURCE_REJECTED", f"Sensor Tower knows no app whose ios id is {UNKNOWN}.")


# ---------------------------------------------------------------- 3.2 what is bought
async def test_what_is_bought_is_told_of_the_app_store_alone(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    shown = 'inAppPurchases(country: "DE") { key name price duration }'
    found = (await of_edition(vendor_gateway, shown))["inAppPurchases"]
    assert found[0] == {"key": "77", "name": "Pro yearly", "price": "$19.99", "duration": "P1Y"}
    assert {each["duration"] for each in found if each["name"] == "Coins"} <= {None}
    assert [call.value("country") for call in calls(vendors)] == ["DE"]

    answer = await vendor_gateway.ask(edition(shown, "android", ANDROID))
    assert answer.data["node"]["inAppPurchases"] is None
    assert missing(answer.body) == [("SENSOR_TOWER", None, "What is bought in an app is told of the App Store alone.")]
    assert len(calls(vendors)) == 1


# ---------------------------------------------------------------- 12 updates, versions
async def test_updates_go_back_as_many_days_as_are_asked_for(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    shown = 'few: updates { at } many: updates(days: 60, country: "NO") { at changes { kind before after } }'
    found = await of_edition(vendor_gateway, shown)
    assert len(found["few"]) < len(found["many"])
    newest = found["many"][0]
    assert newest["at"] == max(each["at"] for each in found["many"])
    version = next(change for change in newest["changes"] if change["kind"] == "version")
    assert version["before"] < version["after"]
    asked = {(call.value("date_limit"), call.value("country")) for call in calls(vendors)}
    assert asked == {("10", "US"), ("60", "NO")}
    assert {call.path for call in calls(vendors)} == {"/v1/ios/app_update/get_app_update_history"}


async def test_versions_are_newest_first(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    shown = "all: versions(first: 500) { at version previous notes } versions(first: 2) { version }"
    found = await of_edition(vendor_gateway, shown, "android", ANDROID)
    assert [each["at"] for each in found["all"]] == sorted((each["at"] for each in found["all"]), reverse=True)
    assert found["versions"] == [{"version": each["version"]} for each in found["all"][:2]]
    assert found["all"][0]["previous"] == found["all"][1]["version"]
    assert any(each["notes"] for each in found["all"])
    assert paths(vendors) == ["/v1/android/apps/version_history"]


async def test_updates_and_versions_of_an_unknown_app_are_refused_in_the_vendors_words(vendor_gateway: Gateway) -> None:
    for field in ("updates { at }", "versions { at }"):
        code, message = refused(await vendor_gateway.ask(edition(field, key=UNKNOWN)))
        assert code == "SOURCE_REJECTED"
        assert 'It says: "Invalid value for parameter: app_id"' in message


async def test_what_cannot_be_asked_is_refused_before_anything_is_called(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    for field, says in [
        ("updates(days: 0) { at }", "days: must be from 1 to 3660."),
        ("updates(days: 4000) { at }", "days: must be from 1 to 3660."),
        ("versions(first: 501) { at }", "first: must be from 1 to 500."),
        ('listing(country: "XX") { version }', "country: there is no country 'XX'."),
        ('listing(country: "WW") { version }', "country: must be one country: this is not told worldwide."),
        ('inAppPurchases(country: "Norway") { key }', "country: there is no country 'NORWAY'."),
    ]:
        code, message = refused(await vendor_gateway.ask(edition(field)))
        assert code == "INVALID_PARAMETER", field
        assert message.startswith(says), message
    assert calls(vendors) == []
