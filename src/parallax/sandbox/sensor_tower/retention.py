"""Retention and demographics, per store app."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from parallax.sandbox.products import COUNTRIES, Product
from parallax.sandbox.seeded import fraction, number, wobble
from parallax.sandbox.sensor_tower.asking import Asking
from parallax.sandbox.sensor_tower.given import Given
from parallax.sandbox.sensor_tower.market import Asset, assets
from parallax.sandbox.sensor_tower.reference import REGIONS, WORLD
from parallax.sandbox.spans import span_of, spans

MOST_APPS: Final = 500
DAYS: Final = 90
ALL_TIME: Final = "2015-08-01"
EARLIEST: Final = {True: date(2015, 10, 1), False: date(2021, 1, 1)}
"""By whether it is the world's."""
BANDS: Final = ("18", "25", "35", "45", "55")
GENDERS: Final = ("female", "male")
AGES: Final = (21.0, 29.5, 39.5, 49.5, 62.0)

Describe = Callable[[Asset, str, date], dict[str, Any]]


def retention(given: Given, asking: Asking) -> Any:
    def described(app: Asset, country: str, begin: date) -> dict[str, Any]:
        return {
            "corrected_retention": _curve(0.25 + 0.3 * fraction(app.product.unified, "day 1"), app.id, country, begin)
        }

    baseline = _curve(0.22, "everybody")
    return _answered(given, asking, described, baseline, ends=True, suffix="T00:00:00Z")


def demographics(given: Given, asking: Asking) -> Any:
    name = "grouped_normalized_demographics" if asking.switches.grouped_demographics else "normalized_demographics"

    def described(app: Asset, country: str, begin: date) -> dict[str, Any]:
        shares = _bands(app.product, country, begin)
        female = round(sum(share for band, share in shares.items() if band.startswith("female")), 4)
        age = sum(share * AGES[BANDS.index(band[-2:])] for band, share in shares.items())
        return {name: shares, "female": female, "male": round(1 - female, 4), "average_age_total": round(age, 1)}

    baseline = {"female_0": 0.05, "male_0": 0.05} | {f"{gender}_{band}": 0.09 for gender in GENDERS for band in BANDS}
    return _answered(given, asking, described, baseline, ends=False, suffix="")


def _answered(given: Given, asking: Asking, described: Describe, baseline: object, *, ends: bool, suffix: str) -> Any:
    """Small apps are named apart; unknown ones, and countries without data, are left out."""
    ids = given.ids("app_ids", MOST_APPS)
    granularity = given.one_of("date_granularity", ("all_time", "quarterly"))
    start = given.day("start_date")
    last = given.day("end_date", start)
    country = given.maybe_of("country", (*COUNTRIES, *REGIONS, WORLD)) or WORLD
    given.end()
    rows = []
    found = assets(given.os, ids)
    for app in found:
        if app.is_small or (country in COUNTRIES and country not in app.product.countries):
            continue
        head = {"app_id": app.id, "confidence": 1 + number(12, app.id, country), "country": country}
        if granularity == "all_time":
            row = {"date_granularity": granularity, "date": ALL_TIME + suffix, "end_date": None}
            rows.append(head | row | described(app, country, app.product.since))
            continue
        for begin, end in spans(start, last, granularity):
            if max(EARLIEST[country == WORLD], span_of(app.product.since, granularity)[0]) <= begin <= asking.today:
                row = {
                    "date_granularity": granularity,
                    "date": f"{begin}{suffix}",
                    "end_date": f"{end}{suffix}" if ends else None,
                }
                rows.append(head | row | described(app, country, begin))
    small = [app.id for app in found if app.is_small]
    answer = {"app_data": rows, "baseline_data": baseline, "disabled_app_ids": small}
    return [answer] if asking.switches.list_wrapped else answer


def _curve(first: float, *words: object) -> list[float]:
    """Shares that come back on the days 1 to 90, falling."""
    return [round(first * (day + 1) ** -0.45 * wobble(0.02, *words, day), 4) for day in range(DAYS)]


def _bands(product: Product, country: str, begin: date) -> dict[str, float]:
    """Ten shares that add up to 1."""
    names = [f"{gender}_{band}" for gender in GENDERS for band in BANDS]
    drawn = [0.3 + fraction(product.unified, name) * wobble(0.1, country, begin, name) for name in names]
    shares = [round(each / sum(drawn), 4) for each in drawn[:-1]]
    return dict(zip(names, [*shares, round(1 - sum(shares), 4)], strict=True))
