"""Every path of Sensor Tower that the sandbox answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from parallax.sandbox.sensor_tower import (
    ads,
    catalogue,
    overlap,
    panel,
    ranks,
    retention,
    sales,
    sessions,
    store,
    updates,
)
from parallax.sandbox.sensor_tower.asking import Asking
from parallax.sandbox.sensor_tower.given import Given

STORES: Final = ("ios", "android")
ALL: Final = (*STORES, "unified")
SYSTEMS: Final = (*ALL, "both_stores")


@dataclass(frozen=True, slots=True)
class Route:
    """`systems` are those that it takes in its path; a path without one counts as unified."""

    answer: Callable[[Given, Asking], Any]
    systems: tuple[str, ...]


USAGE: Final = Route(catalogue.api_usage, ("unified",))
PANEL: Final = {
    "churn_analysis": panel.churn_analysis,
    "cohort_retention": panel.cohort_retention,
    "engagement_insights": panel.engagement_insights,
    "time_of_day": panel.time_of_day,
    "power_user_curve": panel.power_user_curve,
    "cohort_engagement": panel.cohort_engagement,
}
ROUTES: Final[dict[str, Route]] = {
    "/v1/unified/apps": Route(catalogue.unified_apps, ("unified",)),
    "/v1/{os}/search_entities": Route(catalogue.search_entities, SYSTEMS),
    "/v1/api_usage": USAGE,
    "/v1/{os}/apps": Route(store.apps, STORES),
    "/v1/{os}/apps/top_in_app_purchases": Route(store.top_in_app_purchases, ("ios",)),
    "/v1/{os}/apps/version_history": Route(updates.version_history, STORES),
    "/v1/{os}/app_update/get_app_update_history": Route(updates.get_app_update_history, STORES),
    "/v1/{os}/sales_report_estimates": Route(sales.sales_report_estimates, ALL),
    "/v1/{os}/compact_sales_report_estimates": Route(sales.compact_sales_report_estimates, STORES),
    "/v1/{os}/usage/active_users": Route(sales.active_users, ALL),
    "/v1/{os}/usage/retention": Route(retention.retention, STORES),
    "/v1/{os}/usage/demographics": Route(retention.demographics, STORES),
    "/v1/{os}/category/category_history": Route(ranks.category_history, STORES),
    "/v1/{os}/category/category_ranking_summary": Route(ranks.category_ranking_summary, STORES),
    "/v1/{os}/ad_intel/creatives": Route(ads.creatives, ALL),
    "/v1/{os}/ad_intel/network_analysis": Route(ads.network_analysis, ALL),
    "/v1/{os}/ad_intel/network_analysis/rank": Route(ads.network_analysis_rank, ALL),
    "/api/{os}/ad_intel/creative_networks.json": Route(ads.creative_networks, ALL),
    "/api/{os}/ad_intel/networks.json": Route(ads.creative_networks, ("unified",)),
    "/v1/{os}/downloads_by_sources": Route(sessions.downloads_by_sources, ALL),
    "/v1/apps/timeseries": Route(sessions.timeseries, ("unified",)),
    "/v1/apps/timeseries/unified_apps": Route(sessions.timeseries_unified_apps, ("unified",)),
    **{f"/v1/{{os}}/consumer_intel/{name}": Route(answer, ("android",)) for name, answer in PANEL.items()},
    **{f"/v1/{{os}}/consumer_intel/{name}/cohorts": Route(panel.cohorts, ("android",)) for name in PANEL},
    "/v1/unified/app_overlap": Route(overlap.app_overlap, ("unified",)),
}


def route_of(path: str) -> tuple[Route | None, str]:
    """With the system in the path; None for a path that does not exist."""
    if path in ROUTES:
        return ROUTES[path], "unified"
    match path.split("/"):
        case ["", version, os, *rest] if os in SYSTEMS:
            return ROUTES.get("/".join(("", version, "{os}", *rest))), os
    return None, ""
