"""What the stores show of an app: its page, and what can be bought in it."""

from datetime import date, timedelta
from typing import Any, Final

from parallax.sandbox.accounts import DataSet
from parallax.sandbox.products import Product, Quirk
from parallax.sandbox.seeded import chosen, fraction, number
from parallax.sandbox.sensor_tower.asking import Asking
from parallax.sandbox.sensor_tower.given import Failed, Given
from parallax.sandbox.sensor_tower.market import DEVICES, Asset, assets, total
from parallax.sandbox.sensor_tower.reference import WORLD
from parallax.sandbox.spans import span_of

MOST_APPS: Final = 100
SDKS: Final = ("Firebase", "Sentry", "OneSignal", "Adjust", "RevenueCat")
PURCHASES: Final = (
    ("Pro yearly", 1999, "P1Y"),
    ("Pro monthly", 299, "P1M"),
    ("Coins", 99, None),
    ("Lifetime", 4999, None),
)
RELEASE_EVERY: Final = 21
"""Days between two versions."""


def apps(given: Given, asking: Asking) -> Any:
    ids = given.ids("app_ids", MOST_APPS)
    country = given.country()
    with_sdks = given.flag("include_sdk_data")
    given.end()
    if with_sdks and not asking.has(DataSet.SDK):
        raise Failed(401, "Invalid authentication token.")
    return {"apps": [listing(asset, country, asking.today, with_sdks) for asset in assets(given.os, ids)]}


def top_in_app_purchases(given: Given, _: Asking) -> Any:
    ids = given.ids("app_ids", MOST_APPS)
    given.country()
    given.end()
    return {
        "apps": [
            {"app_id": asset.id, "top_in_app_purchases": _purchases(asset.product)} for asset in assets("ios", ids)
        ]
    }


def _purchases(product: Product) -> list[dict[str, Any]]:
    if Quirk.FREE in product.quirks:
        return []
    known = PURCHASES[: 2 + number(3, product.unified, "purchases")]
    return [
        {"iap_id": 77 + place, "name": name, "price": f"${cents / 100:.2f}", "duration": duration}
        for place, (name, cents, duration) in enumerate(known)
    ]


def headed(asset: Asset) -> dict[str, Any]:
    """What every answer about one app begins with."""
    publisher = asset.product.publisher
    return {
        "app_id": asset.id,
        "name": asset.product.name,
        "humanized_name": asset.product.name,
        "os": asset.os,
        "publisher_name": publisher.name,
        "publisher_id": publisher.id(asset.os),
        "icon_url": f"https://media.ex.test/{asset.id}.png",
    }


def listing(asset: Asset, country: str, today: date, with_sdks: bool) -> dict[str, Any]:
    """An app's page in the store of a country; where it is not sold it has no price and no date there."""
    product, is_ios = asset.product, asset.os == "ios"
    is_sold = country in product.countries
    rating = round(3.2 + 1.7 * fraction(product.unified, "rating"), 2)
    ratings = product.users // (20 if is_ios else 12)
    latest = released(product, today)
    told = headed(asset) | {
        "bundle_id": product.android[0] if product.android else f"com.{asset.id}",
        "unified_app_id": product.unified,
        "canonical_country": next(iter(product.countries)),
        "url": f"https://store.ex.test/{asset.os}/{country.lower()}/{asset.id}",
        "app_view_url": f"/{asset.os}/{country}/app/{asset.id}/",
        "publisher_profile_url": f"https://store.ex.test/{asset.os}/publisher/{product.publisher.ios}",
        "publisher_email": "hello@ex.test",
        "publisher_address": "1 Example Street",
        "publisher_country": next(iter(product.countries)),
        "categories": [product.category(asset.os)],
        "valid_countries": list(product.countries),
        "top_countries": sorted(product.countries, key=lambda code: -product.countries[code])[:3],
        "active": product.users > 0,
        "price": (0 if fraction(product.unified, "price") < 0.8 else 2.99) if is_sold else None,
        "in_app_purchases": Quirk.FREE not in product.quirks,
        "content_rating": "4+" if is_ios else "Everyone",
        "advisories": ["Infrequent/Mild Simulated Gambling"] if product.ios_category == 6014 else [],
        "version": version_at(product, latest),
        "release_date": f"{product.since}T07:00:00Z",
        "updated_date": f"{latest}T00:00:00Z",
        "country_release_date": f"{product.since + timedelta(days=30)}T07:00:00Z" if is_sold else None,
        "supported_languages": ["EN", "DE", "PT"][: 1 + number(3, product.unified, "languages")],
        "rating": rating if ratings else None,
        "rating_count": round(ratings * product.countries.get(country, 0)),
        "global_rating_count": ratings,
        "rating_for_current_version": rating if is_ios and ratings else None,
        "rating_count_for_current_version": ratings // 50 if is_ios else None,
        "description": f"{product.name} does what it says, and a little more.",
        "short_description": None if is_ios else f"{product.name} for teams",
        "subtitle": "Does what it says" if is_ios else None,
        "promo_text": None,
        "support_url": "https://ex.test/support",
        "website_url": "https://ex.test",
        "privacy_policy_url": "https://ex.test/privacy",
        "eula_url": None,
        "feature_graphic": None if is_ios else f"https://media.ex.test/{asset.id}-wide.png",
        "screenshot_urls": [f"https://media.ex.test/{asset.id}-{n}.png" for n in range(3)],
        "tablet_screenshot_urls": []
        if Quirk.NO_IPAD in product.quirks
        else [f"https://media.ex.test/{asset.id}-t.png"],
        "apple_watch_enabled": is_ios and number(4, product.unified, "watch") == 0,
        "imessage_enabled": False if is_ios else None,
        "imessage_icon": None,
        "permissions": None if is_ios else ["android.permission.INTERNET", "android.permission.CAMERA"],
        **_last_month(asset, today),
    }
    if with_sdks:
        told["sdk_data"] = [{"name": name} for name in SDKS if fraction(product.unified, name) < 0.5]
    return told


def _last_month(asset: Asset, today: date) -> dict[str, Any]:
    """Rounded, and in whole dollars: the only money that is not in cents."""
    first, last = span_of(today.replace(day=1) - timedelta(days=1), "monthly")
    counts = [
        sum(total(asset, device, WORLD, first, last, today, money=money) for device in DEVICES[asset.os])
        for money in (False, True)
    ]
    return {
        "humanized_worldwide_last_month_downloads": {**_humanized("downloads", counts[0]), "prefix": None},
        "humanized_worldwide_last_month_revenue": {**_humanized("revenue", counts[1] // 100, "$"), "prefix": "$"},
    }


def _humanized(name: str, count: int, sign: str = "") -> dict[str, Any]:
    """40,123 is 40,000: 40, "40k", "k"."""
    size, unit = next(((size, unit) for size, unit in ((10**6, "m"), (10**3, "k")) if count >= size), (1, None))
    rounded = round(count / size)
    text = f"{sign}{rounded}{unit or ''}"
    return {name: rounded * size, f"{name}_rounded": rounded, "string": text, "units": unit}


def released(product: Product, day: date) -> date:
    """When the version of a day came out."""
    passed = max(0, (day - product.since).days)
    return product.since + timedelta(days=passed - passed % RELEASE_EVERY)


def version_at(product: Product, day: date) -> str:
    count = (day - product.since).days // RELEASE_EVERY
    return f"{1 + count // 10}.{count % 10}"


def note_at(product: Product, day: date) -> str:
    return chosen(("Fixes", "Dark mode", "Faster start", "New widgets", "Better search"), product.unified, day, "note")
