"""What a store shows of an app, and what can be bought in it: /v1/{os}/apps and its like. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from parallax.vendors.sensor_tower.of_apps import OfApps
from parallax.vendors.sensor_tower.stores import MOST_APPS, id_text, instant_of, number, text

TEXTS: Final = {
    "name": "name",
    "humanized_name": "humanized_name",
    "subtitle": "subtitle",
    "description": "description",
    "short_description": "short_description",
    "promo_text": "promo_text",
    "bundle_id": "bundle_id",
    "content_rating": "content_rating",
    "version": "version",
    "canonical_country": "canonical_country",
    "url": "url",
    "store_url": "app_view_url",
    "icon_url": "icon_url",
    "feature_graphic_url": "feature_graphic",
    "website_url": "website_url",
    "support_url": "support_url",
    "privacy_policy_url": "privacy_policy_url",
    "license_url": "eula_url",
    "publisher_name": "publisher_name",
    "publisher_profile_url": "publisher_profile_url",
    "publisher_email": "publisher_email",
    "publisher_address": "publisher_address",
    "publisher_country": "publisher_country",
}
"""Our names and the vendor's, as below."""
NUMBERS: Final = {
    "rating": "rating",
    "rating_count": "rating_count",
    "global_rating_count": "global_rating_count",
    "current_version_rating": "rating_for_current_version",
    "current_version_rating_count": "rating_count_for_current_version",
}
FLAGS: Final = {"is_active": "active", "has_in_app_purchases": "in_app_purchases"}
LISTS: Final = {
    "advisories": "advisories",
    "countries": "valid_countries",
    "top_countries": "top_countries",
    "languages": "supported_languages",
    "permissions": "permissions",
    "screenshot_urls": "screenshot_urls",
    "tablet_screenshot_urls": "tablet_screenshot_urls",
    "categories": "categories",
}
INSTANTS: Final = {
    "released_at": "release_date",
    "country_released_at": "country_release_date",
    "updated_at": "updated_date",
}
SHOWN_FLAGS: Final = {"watch": "apple_watch_enabled", "iMessage": "imessage_enabled", "iMessageIcon": "imessage_icon"}


def listing(entry: Mapping[str, Any]) -> dict[str, Any]:
    """By our names; any of them may be None. Money is in hundredths: `price_cents` of the store's currency, revenue of a
    dollar, which the vendor tells in whole dollars here and nowhere else."""
    downloads, revenue = (
        number((entry.get(f"humanized_worldwide_last_month_{name}") or {}).get(name))
        for name in ("downloads", "revenue")
    )
    publisher = entry.get("publisher_id")
    return {
        **{ours: text(entry.get(theirs)) for ours, theirs in TEXTS.items()},
        **{ours: number(entry.get(theirs)) for ours, theirs in NUMBERS.items()},
        **{ours: _flag(entry.get(theirs)) for ours, theirs in FLAGS.items()},
        **{ours: _texts(entry.get(theirs)) for ours, theirs in LISTS.items()},
        **{ours: _instant(entry.get(theirs)) for ours, theirs in INSTANTS.items()},
        "publisher_id": None if publisher is None else id_text(publisher),
        "price_cents": hundredths(number(entry.get("price"))),
        "last_month_downloads": downloads,
        "last_month_revenue_cents": hundredths(revenue),
        "flags": {ours: entry[theirs] for ours, theirs in SHOWN_FLAGS.items() if entry.get(theirs) is not None} or None,
    }


def sdks(entry: Mapping[str, Any]) -> Any:
    """As the vendor has them; the contract leaves their shape open."""
    return entry.get("sdk_data")


def purchases(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Most popular first. The price is what the store shows."""
    return [
        {
            "key": id_text(each["iap_id"]),
            "name": text(each.get("name")),
            "price": text(each.get("price")),
            "duration": text(each.get("duration")),
        }
        for each in entry.get("top_in_app_purchases") or ()
    ]


def hundredths(amount: float | None) -> float | None:
    """19.99 is 1999, not 1998.9999999999998."""
    return None if amount is None else round(amount * 100, 6)


def _texts(value: Any) -> list[str] | None:
    """Raises TypeError for what is no list of texts and numbers."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise TypeError("texts stand in a list")
    return [id_text(each) for each in value if each is not None]


def _flag(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise TypeError("a flag is true or false")
    return value


def _instant(value: Any) -> str | None:
    return None if not value else instant_of(value).isoformat()


LISTINGS: Final = OfApps("sensor_tower.apps", "apps", listing, MOST_APPS)
SDKS: Final = OfApps("sensor_tower.apps_sdks", "apps", sdks, MOST_APPS)
"""The same with `include_sdk_data`, which needs a subscription of its own: without one only this fails."""
PURCHASES: Final = OfApps("sensor_tower.top_in_app_purchases", "apps/top_in_app_purchases", purchases, MOST_APPS)
