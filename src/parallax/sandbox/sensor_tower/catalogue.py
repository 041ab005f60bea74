"""Which ids belong together, search by name, and the use of the quota."""

from typing import Any, Final

from parallax.sandbox.products import BY_ANDROID, BY_COHORT, BY_IOS, BY_UNIFIED, PRODUCTS, Product
from parallax.sandbox.sensor_tower.asking import Asking
from parallax.sandbox.sensor_tower.given import Given, refuse

SPACES: Final = {"unified": "unified", "itunes": "ios", "android": "android", "cohorts": "cohort"}
MOST_APPS: Final = 100


def unified_apps(given: Given, _: Asking) -> Any:
    """One entry per product, however many of its ids were asked; unknown ids are absent."""
    space = SPACES[given.one_of("app_id_type", tuple(SPACES))]
    ids = given.ids("app_ids", MOST_APPS, space)
    given.end()
    found = (_product(space, each) for each in ids)
    return {"apps": [_entry(product) for product in dict.fromkeys(found) if product is not None]}


def _product(space: str, key: str) -> Product | None:
    if space == "ios":
        return BY_IOS.get(int(key))
    return {"unified": BY_UNIFIED, "android": BY_ANDROID, "cohort": BY_COHORT}[space].get(key)


def _entry(product: Product) -> dict[str, Any]:
    editions = (*product.ios, *product.android)
    return {
        "unified_app_id": product.unified,
        "name": product.name,
        "canonical_app_id": editions[0],
        "cohort_id": product.cohort,
        "itunes_apps": [{"app_id": each} for each in product.ios],
        "android_apps": [{"app_id": each} for each in product.android],
        "unified_publisher_ids": [product.publisher.unified],
        "itunes_publisher_ids": [product.publisher.ios],
        "android_publisher_ids": [product.publisher.android],
    }


def search_entities(given: Given, _: Asking) -> Any:
    kind = given.one_of("entity_type", ("app", "publisher"))
    term = given.required("term").strip()
    limit = given.whole("limit", 100, range(1, 251))
    given.end()
    if len(term) < (3 if term.isascii() else 2):
        refuse("term is too short", "term")
    stores = {"both_stores": ("ios", "android")}.get(given.os, (given.os,))
    found = [
        entity
        for os in stores
        for product in PRODUCTS
        if term.casefold() in (product.name if kind == "app" else product.publisher.name).casefold()
        for entity in (_apps(product, os) if kind == "app" else [_publisher(product, os)])
    ]
    return [dict(each) for each in dict.fromkeys(tuple(entity.items()) for entity in found)][:limit]


def _apps(product: Product, os: str) -> list[dict[str, Any]]:
    head = {"name": product.name, "publisher_name": product.publisher.name}
    return [{"app_id": each, **head} for each in product.ids(os)]


def _publisher(product: Product, os: str) -> dict[str, Any]:
    return {"publisher_id": product.publisher.id(os), "publisher_name": product.publisher.name}


def api_usage(given: Given, asking: Asking) -> Any:
    """Of the month of `date`. A person of the organisation is taken to have asked a third."""
    day = given.day("date", asking.today)
    given.end()
    used = asking.usage.get(f"{day:%Y-%m}", 0)
    return {"organization": {"limit": asking.limit, "usage": used, "tier": "standard"}, "user": {"usage": used // 3}}
