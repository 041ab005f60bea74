"""Places in the stores' charts."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from parallax.sandbox.products import Product, Quirk
from parallax.sandbox.seeded import fraction, number, wobble
from parallax.sandbox.sensor_tower.asking import Asking
from parallax.sandbox.sensor_tower.given import Given, refuse
from parallax.sandbox.sensor_tower.market import Asset, asset, assets
from parallax.sandbox.sensor_tower.reference import CHARTS
from parallax.sandbox.spans import days

OVERALL: Final = {"ios": ("0", "36"), "android": ("all", "application")}
CHART_ENDS_AT: Final = 200
DEFAULT_DAYS: Final = 90


def category_history(given: Given, asking: Asking) -> Any:
    """App -> country -> category -> chart -> series; what is in no such chart is left out."""
    ids = given.ids("app_ids", None)
    category = given.required("category")
    charts = given.listed("chart_type_ids")
    countries = given.countries(required=True, world=False)
    first, last = given.period(asking.today - timedelta(days=DEFAULT_DAYS), asking.today)
    is_hourly = given.flag("is_hourly")
    given.end()
    if not (category.isdecimal() if given.os == "ios" else category.replace("_", "").isalnum()):
        refuse("Invalid value for parameter: category", "category")
    if is_hourly and given.os != "ios":
        refuse("is_hourly is for iOS only", "is_hourly")
    answer: dict[str, Any] = {"lines": []}  # clients are to pass over what is no app
    for app in assets(given.os, ids):
        answer[str(app.id)] = {
            country: {category: series}
            for country in countries
            if (series := _charts(app, country, category, charts, first, min(last, asking.today), asking, is_hourly))
        }
    return answer


def _charts(
    app: Asset,
    country: str,
    category: str,
    charts: tuple[str, ...],
    first: date,
    last: date,
    asking: Asking,
    hourly: bool,
) -> dict[str, Any]:
    if category not in _categories(app.product, app.os) or country not in app.product.countries:
        return {}
    return {
        chart: {
            "graphData": [
                [_seconds(day, hour), rank(app.product, country, category, chart, day, hour)]
                for day in days(max(first, app.product.since), last)
                for hour in (range(24) if hourly else (None,))
            ],
            "todays_rank": rank(app.product, country, category, chart, asking.today),
            "name": app.product.name,
            "humanized_app_name": app.product.name,
        }
        for chart in charts
        if chart in CHARTS[app.os]
    }


def category_ranking_summary(given: Given, asking: Asking) -> Any:
    key, country = given.id("app_id"), given.country()
    given.end()
    app = asset(given.os, key)
    if app is None or country not in app.product.countries:
        return []
    return [
        {
            "chart_type_id": chart,
            "category_id": int(category) if given.os == "ios" else category,
            "rank": rank(app.product, country, category, chart, asking.today),
        }
        for category in _categories(app.product, given.os)
        for chart in CHARTS[given.os]
    ]


def _categories(product: Product, os: str) -> tuple[str, ...]:
    return (str(product.category(os)), *OVERALL[os])


def rank(product: Product, country: str, category: str, chart: str, day: date, hour: int | None = None) -> int | None:
    """None: not in the chart."""
    if "paid" in chart or ("grossing" in chart and Quirk.FREE in product.quirks):
        return None
    usual = 1 + number(120, product.unified, country, category, chart)
    swing = 0.5 if Quirk.OUTSIDE_CHARTS in product.quirks else 0.15
    place = round(
        usual * (1.0 if fraction(product.unified, day.month) < 0.5 else 1.4) * wobble(swing, usual, day, hour)
    )
    return place if 1 <= place <= CHART_ENDS_AT and not _is_out(product, chart, day) else None


def _is_out(product: Product, chart: str, day: date) -> bool:
    every = 3 if Quirk.OUTSIDE_CHARTS in product.quirks else 17
    return number(every, product.unified, chart, day, "out") == 0


def _seconds(day: date, hour: int | None) -> int:
    """Days are not marked at midnight alone."""
    at = (7 if day.weekday() == 1 else 0) if hour is None else hour
    return int(datetime.combine(day, time(at), UTC).timestamp())
