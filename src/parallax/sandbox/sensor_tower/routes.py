"""Every path of Sensor Tower that the sandbox answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from parallax.sandbox.sensor_tower.asking import Asking
from parallax.sandbox.sensor_tower.catalogue import api_usage, search_entities, unified_apps
from parallax.sandbox.sensor_tower.given import Given
from parallax.sandbox.sensor_tower.sales import active_users, compact_sales_report_estimates, sales_report_estimates

STORES: Final = ("ios", "android")
ALL: Final = (*STORES, "unified")
SYSTEMS: Final = (*ALL, "both_stores")


@dataclass(frozen=True, slots=True)
class Route:
    """`systems` are those that it takes in its path; a path without one counts as unified."""

    answer: Callable[[Given, Asking], Any]
    systems: tuple[str, ...]


USAGE: Final = Route(api_usage, ("unified",))
ROUTES: Final[dict[str, Route]] = {
    "/v1/unified/apps": Route(unified_apps, ("unified",)),
    "/v1/{os}/search_entities": Route(search_entities, SYSTEMS),
    "/v1/api_usage": USAGE,
    "/v1/{os}/sales_report_estimates": Route(sales_report_estimates, ALL),
    "/v1/{os}/compact_sales_report_estimates": Route(compact_sales_report_estimates, STORES),
    "/v1/{os}/usage/active_users": Route(active_users, ALL),
}


def route_of(path: str) -> tuple[Route | None, str]:
    """With the system in the path; None for a path that does not exist."""
    if path in ROUTES:
        return ROUTES[path], "unified"
    _, version, os, *rest = [*path.split("/"), "", ""][: max(4, path.count("/") + 1)]
    return (ROUTES.get("/".join(("", version, "{os}", *rest))), os) if os in SYSTEMS else (None, os)
