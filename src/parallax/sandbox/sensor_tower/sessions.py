"""Where downloads come from, and how long and how often an app is used."""

from datetime import date
from typing import Any, Final

from parallax.sandbox.levels import people
from parallax.sandbox.products import COUNTRIES, Product
from parallax.sandbox.seeded import fraction, wobble
from parallax.sandbox.sensor_tower.asking import Asking
from parallax.sandbox.sensor_tower.given import IDS, Given, refuse
from parallax.sandbox.sensor_tower.market import DEVICES, Asset, assets, bias, share, total, weight
from parallax.sandbox.sensor_tower.reference import REGIONS, TIMESERIES
from parallax.sandbox.spans import GRANULARITIES, ONE_DAY, days, spans

EARLIEST: Final = date(2021, 1, 1)
MOST_APPS: Final = 100
DAYS_OF: Final = {"day": 1, "week": 7, "month": 30}
PARTS: Final = {"organic_browse": 0.3, "organic_search": 0.35, "browser": 0.1, "paid": 0.15, "paid_search": 0.1}


def downloads_by_sources(given: Given, asking: Asking) -> Any:
    """Ids are unified whatever the path says; several countries are one."""
    ids = given.ids("app_ids", None, "unified")
    countries = given.countries(required=True)
    granularity = given.one_of("date_granularity", ("daily", "monthly"), "monthly")
    first, last = given.period()
    given.end()
    data = []
    for app in assets("unified", ids):
        breakdown = []
        for begin, end in spans(first, last, granularity):
            until = min(end, asking.today - ONE_DAY)
            count = sum(
                total(app, device, country, begin, until, asking.today, money=False)
                for device in DEVICES[given.os]
                for country in countries
            )
            if count:
                breakdown.append(
                    {"date": str(begin), **_sources(app.product, begin, count, asking.switches.five_sources)}
                )
        data.append({"app_id": app.id, "breakdown": breakdown})
    return {"data": data}


def _sources(product: Product, begin: date, count: int, five: bool) -> dict[str, float]:
    drawn = {name: usual * wobble(0.4, product.unified, name, begin) for name, usual in PARTS.items()}
    fractions = {name: round(each / sum(drawn.values()), 4) for name, each in drawn.items()}
    fractions["browser"] = round(fractions["browser"] + 1 - sum(fractions.values()), 4)
    fractions["organic"] = round(fractions["organic_browse"] + fractions["organic_search"], 4)
    if not five:
        paid = round(fractions["paid"] + fractions["paid_search"], 4)
        fractions = {"organic": fractions["organic"], "browser": fractions["browser"], "paid": paid}
    counts = {f"{name}_abs": round(count * each) for name, each in fractions.items()}
    return {**counts, **{f"{name}_frac": each for name, each in fractions.items()}}


def timeseries(given: Given, asking: Asking) -> Any:
    """Of store apps, both stores mixed. The newer version of it wants a granularity, the older one does not know it."""
    granularity = "monthly"
    if asking.switches.granular_sessions:
        granularity = given.one_of("date_granularity", GRANULARITIES[:3])
    else:
        given.ignore("date_granularity")
    ids = given.listed("app_ids")
    if not all(any(IDS[os].fullmatch(each) for os in ("ios", "android")) for each in ids):
        refuse("Invalid value for parameter: app_ids", "app_ids")
    found = [app for each in ids for app in assets("ios" if each.isdecimal() else "android", (each,))]
    return _series(given, asking, len(ids), found, "app_id", granularity)


def timeseries_unified_apps(given: Given, asking: Asking) -> Any:
    ids = given.ids("app_ids", None)
    os = given.maybe_of("os", ("ios", "android"))
    found = [Asset(app.id, app.product, os or "unified") for app in assets("unified", ids)]
    return _series(given, asking, len(ids), found, "unified_app_id", "monthly")


def _series(given: Given, asking: Asking, count: int, found: list[Asset], name: str, granularity: str) -> Any:
    if count > MOST_APPS:
        refuse(f"Too many values for parameter: app_ids, at most {MOST_APPS}", "app_ids")
    metrics = given.listed("timeseries", TIMESERIES)
    period = given.one_of("time_period", tuple(DAYS_OF))
    regions = given.listed("regions", (*COUNTRIES, *REGIONS), required=False)
    breakdown = given.listed("breakdown", (name, "region"))
    first, last = given.period()
    given.end()
    if name not in breakdown:
        refuse("Invalid value for parameter: breakdown", "breakdown")

    def told(app: Asset, among: tuple[str, ...]) -> list[dict[str, Any]]:
        return [
            {"date": str(begin), **_measured(app, among, metrics, period, begin, min(end, asking.today))}
            for begin, end in spans(max(first, EARLIEST), last, granularity)
            if app.product.since <= end and begin < asking.today and not app.is_small
        ]

    key, plural = "unified_app_id", "unified_apps"
    if name == "app_id" and asking.switches.store_naming:
        key, plural = "app_id", "apps"
    if "region" not in breakdown:
        return {plural: [{key: app.id, "timeseries": told(app, regions)} for app in found]}
    return {
        "data": [
            {"region": region, key: app.id, "timeseries": told(app, (region,))}
            for app in found
            for region in regions or app.product.countries
            if _part(app.product, region)
        ]
    }


def _measured(
    app: Asset, among: tuple[str, ...], metrics: tuple[str, ...], period: str, begin: date, end: date
) -> dict[str, float]:
    """Averages over the periods of a bucket; times in seconds, totals over all users."""
    product = app.product
    counted = list(days(max(begin, product.since), end))
    daily = sum(people(product, day) for day in counted) / len(counted)
    part = min(1.0, sum(_part(product, region) for region in among)) if among else 1.0
    users = daily * bias(product) * app.part * part * sum(share(product, device) for device in DEVICES[app.os])
    often = 1 + 4 * fraction(product.unified, "often")
    long = product.minutes * 60 / often
    # Who comes at all in a week or month does not come on each of its days.
    active_days = {"day": 1.0, "week": 3.1, "month": 9.4}[period]
    noise = wobble(0.05, product.unified, among, period, begin)
    values = {
        "time_spent": long * often * active_days * noise,
        "total_time_spent": users * DAYS_OF[period] * long * often * noise,
        "session_duration": long * noise,
        "session_count": often * active_days * noise,
        "total_session_count": users * DAYS_OF[period] * often * noise,
    }
    return {name: round(values[name], 1) for name in metrics}


def _part(product: Product, region: str) -> float:
    if region in COUNTRIES:
        return weight(product, region)
    return REGION_PARTS[region]


REGION_PARTS: Final = {"LATIN_AM": 0.15, "SE_ASIA": 0.2, "TIER_1": 0.5}
