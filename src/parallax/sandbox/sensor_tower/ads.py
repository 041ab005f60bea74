"""Advertising: what is shown, where, and how much of all."""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from parallax.sandbox.products import Product
from parallax.sandbox.seeded import chosen, fraction, hexed, number, wobble
from parallax.sandbox.sensor_tower import reference
from parallax.sandbox.sensor_tower.asking import Asking
from parallax.sandbox.sensor_tower.given import Given, refuse
from parallax.sandbox.sensor_tower.market import Asset, assets, weight
from parallax.sandbox.sensor_tower.sales import PERIODS
from parallax.sandbox.spans import spans

EARLIEST: Final = date(2018, 1, 1)
MOST_APPS: Final = 5
LIMITS: Final = (10, 50, 100)
UNITS: Final = 140
"""Of a product, over all time."""
BANNERS: Final = ("image-banner", "banner")
SIZES: Final = {
    "9:16": (720, 1280), "4:5": (1080, 1350), "1:1": (1080, 1080), "1.91:1": (1200, 628), "16:9": (1280, 720),
    "2:3": (800, 1200), "other": (640, 500),
}  # fmt: skip


def creatives(given: Given, asking: Asking) -> Any:
    ids = given.ids("app_ids", None)
    first, last = given.period(end=asking.today)
    countries = given.countries(required=True)
    networks = given.listed("networks", reference.NETWORKS)
    types = given.listed("ad_types", reference.AD_TYPES)
    limit, page = given.whole("limit", 10, LIMITS), given.whole("page", 1)
    with_breakdown = given.flag("display_breakdown", default=True)
    placements = given.listed("placements", reference.PLACEMENTS, required=False)
    durations = [_range(text) for text in given.listed("video_durations", required=False)]
    ratios = given.listed("aspect_ratios", reference.ASPECT_RATIOS, required=False)
    dimensions = given.listed("banner_dimensions", reference.BANNER_DIMENSIONS, required=False)
    is_new = given.flag("new_creative")
    given.end()
    if page < 1:
        refuse("Invalid value for parameter: page", "page")
    found = []
    for app in assets(given.os, ids):
        for unit in _units(app, asking.today):
            is_banner = unit["ad_type"] in BANNERS
            fits = (
                unit["network"] in networks
                and unit["ad_type"] in types
                and unit["last_seen_at"][:10] >= str(first)
                and unit["first_seen_at"][:10] <= str(last)
                and any(weight(app.product, country) for country in countries)
                and (not placements or unit["placement"] in placements)
                and (not durations or any(low < (unit["seconds"] or 0) <= high for low, high in durations))
                and (not ratios or is_banner or unit["ratio"] in ratios)
                and (not dimensions or not is_banner or unit["ratio"] in dimensions)
                and (not is_new or unit["first_seen_at"][:10] >= str(first))
            )
            if fits:
                found.append(unit)
    shown = found[(page - 1) * limit : page * limit]
    return {
        "count": len(found),
        "available_networks": sorted({unit["network"] for unit in found}),
        "ad_units": [_shown(unit, with_breakdown) for unit in shown],
    }


def _range(text: str) -> tuple[float, float]:
    """`a:b`: above a, up to b."""
    low, colon, high = text.partition(":")
    if not colon or not (low or high) or not all(each.isdecimal() for each in (low, high) if each):
        refuse("Invalid value for parameter: video_durations", "video_durations")
    return float(low or -1), float(high or math.inf)


def _units(app: Asset, today: date) -> Iterator[dict[str, Any]]:
    product = app.product
    for n in range(UNITS if product.users else 0):
        words = (product.unified, "unit", n)
        begin = max(product.since, today.replace(day=1, month=1) - timedelta(days=365)) + timedelta(
            days=number(760, *words)
        )
        kind = chosen(reference.AD_TYPES, *words, "type")
        if begin > today:
            continue
        end = min(today, begin + timedelta(days=3 + number(60, *words, "long")))
        yield {
            "id": hexed(12, *words), "app_id": app.id, "network": chosen(networks_of(product), *words, "network"),
            "phashion_group": f"p{number(40, *words, 'group')}", "ad_type": kind,
            "first_seen_at": f"{begin}T00:00:00Z", "last_seen_at": f"{end}T00:00:00Z",
            "ad_formats": [kind.rpartition("-")[2]], "share": round(0.05 * fraction(*words, "share"), 4),
            "placement": chosen(reference.PLACEMENTS, *words, "placement"),
            "seconds": 5 + number(60, *words, "s") if "video" in kind else None,
            "ratio": chosen(reference.BANNER_DIMENSIONS if kind in BANNERS else reference.ASPECT_RATIOS, *words, "ratio"),
        }  # fmt: skip


def _shown(unit: dict[str, Any], with_breakdown: bool) -> dict[str, Any]:
    told = {name: value for name, value in unit.items() if name not in ("placement", "seconds", "ratio")}
    if with_breakdown:
        told |= {"breakdown": {unit["network"]: unit["share"]}, "top_publishers": [{"name": "Acme Inc", "share": 0.4}]}
    ratio = unit["ratio"]
    width, height = SIZES.get(ratio) or (int(side) for side in ratio.split("x"))
    is_video = unit["seconds"] is not None
    key = unit["id"]
    told["creatives"] = [
        {
            "id": f"c{key}", "creative_url": f"https://media.ex.test/{key}.{'mp4' if is_video else 'png'}", "preview_url": None,
            "thumb_url": f"https://media.ex.test/{key}-small.png", "video_duration": unit["seconds"], "width": width,
            "height": height, "message": chosen(("Write faster", "Try it today", None), key), "button_text": "Install",
        }
    ]  # fmt: skip
    return told


@lru_cache(maxsize=2**10)
def networks_of(product: Product) -> tuple[str, ...]:
    """Where a product advertises."""
    return tuple(name for name in reference.NETWORKS if name == "Admob" or fraction(product.unified, name) < 0.3)


def network_analysis(given: Given, asking: Asking) -> Any:
    """Share of voice: a ratio, 0 below a millionth."""
    return [
        row | {"sov": 0 if sov < 1e-6 else round(sov, 6)}
        for row, sov in _analysed(given, asking, ("day", "week", "month"), "month")
    ]


def network_analysis_rank(given: Given, asking: Asking) -> Any:
    return [
        row | {"rank": 1 + round(0.4 / (sov + 0.002))} for row, sov in _analysed(given, asking, ("day", "week"), "day")
    ]


def _analysed(
    given: Given, asking: Asking, periods: tuple[str, ...], default: str
) -> Iterator[tuple[dict[str, Any], float]]:
    """Without networks or countries: each of those that have something."""
    ids = given.ids("app_ids", MOST_APPS)
    period = given.one_of("period", periods, default)
    networks = given.listed("networks", reference.NETWORKS, required=False)
    countries = given.countries(required=False)
    first, last = given.period(earliest=EARLIEST)
    given.end()
    for app in assets(given.os, ids):
        for country in countries or app.product.countries:
            if not weight(app.product, country):
                continue
            for network in networks or networks_of(app.product):
                for begin, _ in spans(first, last, PERIODS[period]):
                    if app.product.since <= begin < asking.today and network in networks_of(app.product):
                        row = {"app_id": app.id, "country": country, "network": network, "date": str(begin)}
                        yield row, _voice(app.product, country, network, begin)


def _voice(product: Product, country: str, network: str, begin: date) -> float:
    if number(20, product.unified, country, network, begin, "silent") == 0:
        return 0.0
    usual = 0.06 * fraction(product.unified, network, "voice") ** 2
    return (
        usual
        * (1 if country == reference.WORLD else 0.5 + fraction(product.unified, country))
        * wobble(0.3, product.unified, network, begin)
    )


def creative_networks(given: Given, _: Asking) -> Any:
    """The names that are in use; Digital Turbine has none on iOS."""
    given.end()
    return [name for name in reference.NETWORKS if given.os != "ios" or name != "Digital Turbine"]
