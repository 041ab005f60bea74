"""What vendors know, by its id (E4): a series' question is asked again, an object is found by its name."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from parallax.connections import Node
from parallax.errors import InvalidParameter
from parallax.ids import GlobalId, canonical, encode
from parallax.metrics.graph import Metric
from parallax.vendor_data.kaon import graph as kaon
from parallax.vendor_data.kaon.series import FAMILY as KAON
from parallax.vendor_data.kore_ai import graph as kore_ai
from parallax.vendor_data.kore_ai.trend import FAMILY as KORE_AI
from parallax.vendor_data.reading import At
from parallax.vendor_data.sensor_tower import advertising, estimates, sources, tops, usage
from parallax.vendor_data.sensor_tower.ad_units import ad_unit_again
from parallax.vendor_data.sensor_tower.apps import edition_again, product_again
from parallax.vendor_data.sensor_tower.panel import panel_cohort_again
from parallax.vendor_data.sensor_tower.panel_series import FAMILY as PANEL
from parallax.vendor_data.sensor_tower.panel_series import panel_again
from parallax.vendor_data.sensor_tower.publishers import publisher_again
from parallax.vendor_data.sensor_tower.ranks import FAMILY as RANK
from parallax.vendor_data.sensor_tower.ranks import rank_again

Again = Callable[[At, UUID, Mapping[str, Any]], Awaitable[Metric | None]]
"""Raises KeyError, ValueError, TypeError, AttributeError or InvalidParameter for what nobody asked."""

ObjectAgain = Callable[[At, UUID, Mapping[str, Any]], Awaitable[Node | None]]
"""Likewise."""

FAMILIES: Final[dict[str, Again]] = {
    RANK: rank_again,
    PANEL: panel_again,
    KORE_AI: kore_ai.engagement_again,
    KAON: kaon.series_again,
    estimates.FAMILY: estimates.estimate_again,
    usage.FAMILY: usage.usage_again,
    sources.FAMILY: sources.by_source_again,
    advertising.FAMILY: advertising.advertising_again,
    tops.FAMILY: tops.category_again,
}
"""By what a question says under "vendor"."""
OBJECTS: Final[dict[str, ObjectAgain]] = {
    "SensorTowerApp": product_again,
    "StoreApp": edition_again,
    "StorePublisher": publisher_again,
    "AdUnit": ad_unit_again,
    "PanelCohort": panel_cohort_again,
}
"""By type: found again by what its id says."""
STRANGE: Final = (KeyError, ValueError, TypeError, AttributeError, InvalidParameter)
"""Of an id that we never gave out."""


async def vendor_again(at: At, client: UUID, said: Mapping[str, Any]) -> Metric | None:
    """None for a question that nobody asked, and of a client that is not there (any more)."""
    if await at.context.client.load(client) is None:
        return None
    try:
        found = await FAMILIES[said["vendor"]](at, client, said)
    except STRANGE:
        return None
    same = encode(GlobalId("Metric", client, (canonical(said),)))
    return found if found is not None and found.told_id() == same else None


async def object_again(at: At, client: UUID, type_name: str, told: str) -> Node | None:
    """None for what nobody was shown, and of a client that is not there (any more)."""
    if await at.context.client.load(client) is None:
        return None
    try:
        found = await OBJECTS[type_name](at, client, orjson.loads(told))
    except STRANGE:
        return None
    same = encode(GlobalId(type_name, client, (told,)))
    return found if found is not None and found.id == same else None
