"""Downloads, revenue and active users."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from parallax.sandbox.accounts import DataSet
from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.sensor_tower.asking import Asking
from parallax.sandbox.sensor_tower.given import Failed, Given, refuse
from parallax.sandbox.sensor_tower.market import DEVICES, OLDER_MODEL, Asset, active, assets, edition, is_absent, total
from parallax.sandbox.sensor_tower.reference import WORLD
from parallax.sandbox.spans import GRANULARITIES, ONE_DAY, days, spans

MODELS: Final = ("DM_2025_Q1", "DM_2025_Q2")
WINDOWS: Final = {"daily": 7, "weekly": 92, "monthly": 366, "quarterly": 731}
"""Days that are answered at once."""
PERIODS: Final = {"day": "daily", "week": "weekly", "month": "monthly"}
KEYS: Final = {
    "ios": {"app": "aid", "country": "cc", "date": "d", "iphone": ("iu", "ir"), "ipad": ("au", "ar")},
    "android": {"app": "aid", "country": "c", "date": "d", "android": ("u", "r")},
    "unified": {
        "app": "app_id", "country": "country", "date": "date", "android": ("android_units", "android_revenue"),
        "ipad": ("ipad_units", "ipad_revenue"), "iphone": ("iphone_units", "iphone_revenue"),
    },
}  # fmt: skip


def sales_report_estimates(given: Given, asking: Asking) -> Any:
    ids = given.ids("app_ids", None, required=False)
    publishers = given.listed("publisher_ids", required=False) + given.repeated("publisher_ids")
    if not ids and not publishers:
        refuse("Required parameter: app_ids is missing", "app_ids")
    countries = given.countries(required=False)
    granularity = given.one_of("date_granularity", GRANULARITIES)
    first, last = given.period()
    factor = model(given, asking)
    given.end()
    check_window(asking, granularity, first, last)
    rows = []
    for asset in assets(given.os, ids) + published(given.os, publishers):
        for country in countries or asset.product.countries:
            rows += [
                _row(asset, country, begin, units, asking.switches.text_numbers)
                for begin, units in estimates(asset, country, granularity, first, last, asking.today, factor)
            ]
    return rows


Units = dict[str, tuple[int, int]]
"""Downloads and cents by kind of device."""


def estimates(
    asset: Asset, country: str, granularity: str, first: date, last: date, today: date, factor: float = 1.0
) -> Iterator[tuple[date, Units]]:
    """Buckets that have an estimate, as far as days have passed, each with its first day."""
    for begin, end in spans(first, last, granularity):
        until = min(end, today - ONE_DAY)
        if all(is_absent(asset.product, country, day) for day in days(begin, until)):
            continue
        units = {
            device: (
                round(total(asset, device, country, begin, until, today, money=False) * factor),
                round(total(asset, device, country, begin, until, today, money=True) * factor),
            )
            for device in DEVICES[asset.os]
        }
        if any(any(pair) for pair in units.values()):
            yield begin, units


def _row(asset: Asset, country: str, begin: date, units: Units, as_text: bool) -> dict[str, Any]:
    """Keys of zeros are left out, but from the unified totals."""
    keys: dict[str, Any] = KEYS[asset.os]
    numbers: dict[str, int] = {}
    for device, pair in units.items():
        numbers |= {name: number for name, number in zip(keys[device], pair, strict=True) if number}
    if asset.os == "unified":
        numbers["unified_units"], numbers["unified_revenue"] = (sum(each) for each in zip(*units.values(), strict=True))
    values = {name: str(number) for name, number in numbers.items()} if as_text else numbers
    return {keys["app"]: asset.id, keys["country"]: country, keys["date"]: f"{begin}T00:00:00Z", **values}


def published(os: str, publishers: tuple[str, ...]) -> list[Asset]:
    """All that a publisher has in the store."""
    return [each for each in everything(os) if str(each.product.publisher.id(os)) in publishers]


def everything(os: str) -> list[Asset]:
    return [edition(product, os, key) for product in PRODUCTS for key in product.ids(os)]


def model(given: Given, asking: Asking) -> float:
    """What the asked model makes of the figures; only some accounts may ask for one."""
    name = given.maybe_of("data_model", MODELS)
    if name is not None and not asking.has(DataSet.MODELS):
        refuse("data_model is not available for your organization", "data_model")
    return OLDER_MODEL if name == MODELS[0] else 1.0


def check_window(asking: Asking, granularity: str, first: date, last: date) -> None:
    factor = asking.switches.window_factor
    if factor is not None and (last - first).days + 1 > WINDOWS[granularity] * factor:
        raise Failed(500, "")


def compact_sales_report_estimates(given: Given, asking: Asking) -> Any:
    """Of all countries; at least one way to say which apps."""
    ids = given.ids("app_ids", None, required=False)
    unified = given.ids("unified_app_ids", None, "unified", required=False)
    publishers = given.repeated("publisher_ids")
    houses = given.listed("unified_publisher_ids", required=False)
    categories = given.listed("categories", required=False)
    granularity = given.one_of("date_granularity", GRANULARITIES, "daily")
    first, last = given.period()
    factor = model(given, asking)
    given.end()
    if not (ids or unified or publishers or houses or categories):
        refuse("Required parameter: app_ids is missing", "app_ids")
    check_window(asking, granularity, first, last)
    os = given.os
    chosen = [
        asset
        for asset in everything(os)
        if str(asset.id) in ids
        or asset.product.unified in unified
        or str(asset.product.publisher.id(os)) in publishers
        or asset.product.publisher.unified in houses
        or str(asset.product.category(os)) in categories
    ]
    asked_for = [asset.product.publisher for asset in chosen if str(asset.product.publisher.id(os)) in publishers]
    rows = [[asset.id, list(_positional(asset, granularity, first, last, asking.today, factor))] for asset in chosen]
    return {
        "lookup_table": {str(asset.id): asset.product.unified for asset in chosen}
        | {str(publisher.id(os)): publisher.unified for publisher in asked_for},
        "publisher_lookup_table": {str(asset.id): asset.product.publisher.id(os) for asset in chosen},
        "unified_publisher_lookup_table": {str(asset.id): asset.product.publisher.unified for asset in chosen},
        "serialized_sales_reports": [1, rows],
    }


def _positional(
    asset: Asset, granularity: str, first: date, last: date, today: date, factor: float
) -> Iterator[list[Any]]:
    """Revenue stands before downloads."""
    for country in asset.product.countries:
        for begin, units in estimates(asset, country, granularity, first, last, today, factor):
            seconds = (begin - date(1970, 1, 1)).days * 86_400
            pairs = (units[device] for device in DEVICES[asset.os])
            yield [seconds, country, *(number for count, money in pairs for number in (money, count))]


def active_users(given: Given, asking: Asking) -> Any:
    ids = given.ids("app_ids", 500)
    period = given.one_of("time_period", tuple(PERIODS))
    first, last = given.period()
    countries = given.countries(required=False) or (WORLD,)
    factor = model(given, asking)
    given.end()
    rows = []
    for asset in assets(given.os, ids):
        for country in () if asset.is_small else countries:
            for begin, end in spans(first, last, PERIODS[period]):
                if begin < asking.today and not is_absent(asset.product, country, begin):
                    until = min(end, asking.today)
                    users = {
                        _users(asset.os, device): active(asset, device, country, begin, until, factor)
                        for device in DEVICES[asset.os]
                    }
                    rows.append({"app_id": asset.id, "country": country, "date": f"{begin}T00:00:00Z", **users})
    return rows


def _users(os: str, device: str) -> str:
    return "users" if os == "android" else f"{device}_users"
