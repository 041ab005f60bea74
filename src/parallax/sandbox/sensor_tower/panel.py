"""Consumer intelligence: what a panel of people with Android phones does, by cohorts."""

import math
from calendar import monthrange
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from parallax.sandbox.products import BY_COHORT, PRODUCTS, Product
from parallax.sandbox.seeded import fraction, number, wobble
from parallax.sandbox.sensor_tower.asking import Asking
from parallax.sandbox.sensor_tower.given import Given
from parallax.sandbox.sensor_tower.reference import REGIONS
from parallax.sandbox.spans import spans

MOST_COHORTS: Final = 5
EARLIEST: Final = date(2020, 3, 30)
EARLIEST_CHURN: Final = date(2020, 5, 1)
HOURS: Final = (12, 6, 3, 2, 2, 4, 9, 15, 20, 22, 21, 23, 25, 24, 22, 21, 23, 26, 30, 34, 36, 33, 27, 18)


def cohorts(given: Given, _: Asking) -> Any:
    """An app's users are a cohort; those of small apps are too few."""
    given.end()
    return {
        "data": [
            {"id": product.cohort, "name": f"{product.name} users", "type": "app"}
            for product in PRODUCTS
            if product.users and product.android
        ]
    }


Telling = Callable[[Product, str, list[tuple[date, date]]], dict[str, Any]]


def _answered(
    given: Given,
    granularities: tuple[str, ...],
    earliest: date | None,
    told: Telling,
    asking: Asking,
    *,
    by_region: bool = True,
) -> Any:
    """`earliest` None: it takes no dates."""
    ids = given.ids("selection_cohort_ids", MOST_COHORTS, "cohort")
    granularity = given.one_of("granularity", granularities)
    region = (given.maybe_of("country", REGIONS) if by_region else None) or ""
    touched: list[tuple[date, date]] = []
    if earliest is not None:
        first, last = given.period(earliest=earliest)
        touched = [span for span in spans(first, last, granularity) if span[0] < asking.today]
    given.end()
    products = (BY_COHORT.get(each) for each in ids)
    return {
        "data": [
            {"selection_cohort_id": product.cohort, **told(product, region, touched)}
            for product in products
            if product is not None
        ]
    }


def churn_analysis(given: Given, asking: Asking) -> Any:
    """New, resurrected and retained make up a month; before an app was there, and in gaps, all four are null."""

    def told(product: Product, region: str, touched: list[tuple[date, date]]) -> dict[str, Any]:
        rows = []
        for begin, end in touched:
            new, back, gone = (0.3 * fraction(product.cohort, region, begin, word) for word in ("new", "back", "gone"))
            ratios: dict[str, float | None] = {
                "new_users_ratio": round(new, 4),
                "resurrected_users_ratio": round(back, 4),
                "retained_users_ratio": round(1 - round(new, 4) - round(back, 4), 4),
                "churned_users_ratio": round(gone, 4),
            }
            if end < product.since or number(9, product.cohort, begin, "gap") == 0:
                ratios = dict.fromkeys(ratios)
            rows.append({"date": str(begin), **ratios})
        return {"active_user_breakdown": rows}

    return _answered(given, ("monthly",), EARLIEST_CHURN, told, asking)


def cohort_retention(given: Given, asking: Asking) -> Any:
    """A triangle: whoever came later has been followed for fewer periods. All over the world."""

    def told(product: Product, _: str, touched: list[tuple[date, date]]) -> dict[str, Any]:
        return {
            "cohort_retention": [
                {
                    "date": str(begin),
                    "retention": [1, *(_kept(product, begin, n) for n in range(1, len(touched) - place))],
                }
                for place, (begin, _) in enumerate(touched)
            ]
        }

    return _answered(given, ("weekly", "monthly"), EARLIEST, told, asking, by_region=False)


def _kept(product: Product, begin: date, n: int) -> float:
    return round(min(1.0, 0.55 / math.sqrt(n) * wobble(0.15, product.cohort, begin, n)), 4)


def engagement_insights(given: Given, asking: Asking) -> Any:
    def told(product: Product, region: str, touched: list[tuple[date, date]]) -> dict[str, Any]:
        return {
            "start_date": _first(touched),
            "session_metrics": [_session(product, region, begin) for begin, _ in touched],
        }

    return _answered(given, ("daily", "weekly"), EARLIEST, told, asking)


def cohort_engagement(given: Given, asking: Asking) -> Any:
    """Of those who belong to another cohort too."""
    [other] = given.ids("filter_cohort_id", 1, "cohort")

    def told(product: Product, region: str, touched: list[tuple[date, date]]) -> dict[str, Any]:
        metrics = [
            _session(product, f"{region}{other}", begin)
            | {"pct_dau_growth": round(0.2 * fraction(product.cohort, other, begin) - 0.1, 4)}
            for begin, _ in touched
        ]
        return {"filter_cohort_id": other, "start_date": _first(touched), "session_metrics": metrics}

    return _answered(given, ("weekly",), EARLIEST, told, asking)


def _first(touched: list[tuple[date, date]]) -> str | None:
    return str(touched[0][0]) if touched else None


def _session(product: Product, region: str, begin: date) -> dict[str, Any]:
    noise = wobble(0.1, product.cohort, region, begin)
    often = 1 + 4 * fraction(product.cohort, "often")
    return {
        "date": str(begin),
        "avg_time_spent": round(product.minutes * 60 * noise, 1),
        "avg_session_count": round(often * noise, 2),
    }


def time_of_day(given: Given, asking: Asking) -> Any:
    """24 values, the first of the hour after midnight."""

    def told(product: Product, region: str, _: list[tuple[date, date]]) -> dict[str, Any]:
        return {
            "time_spent_hourly": [
                round(usual * wobble(0.3, product.cohort, region, hour)) for hour, usual in enumerate(HOURS)
            ]
        }

    return _answered(given, ("all_time",), None, told, asking)


def power_user_curve(given: Given, asking: Asking) -> Any:
    """The shares of those who came on one day of the month, on two … on all: they add up to 1."""

    def told(product: Product, region: str, touched: list[tuple[date, date]]) -> dict[str, Any]:
        curve = []
        for begin, _ in touched:
            length = monthrange(begin.year, begin.month)[1]
            drawn = [(n + 1) ** -1.2 * wobble(0.2, product.cohort, region, begin, n) + 0.001 * n for n in range(length)]
            shares = [round(each / sum(drawn), 6) for each in drawn[1:]]
            histogram = [round(1 - sum(shares), 6), *shares]
            curve.append({"date": str(begin), "days_used_histogram": histogram, "total_days": length})
        return {"power_user_curve": curve}

    return _answered(given, ("monthly",), EARLIEST, told, asking)
