"""A vendor's series by its id (E4): the question is asked again by whoever asked it first."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

from parallax.errors import InvalidParameter
from parallax.ids import GlobalId, canonical, encode
from parallax.metrics.graph import Metric
from parallax.vendor_data.kaon import graph as kaon
from parallax.vendor_data.kaon.series import FAMILY as KAON
from parallax.vendor_data.kore_ai import graph as kore_ai
from parallax.vendor_data.kore_ai.trend import FAMILY as KORE_AI
from parallax.vendor_data.reading import At

Again = Callable[[At, UUID, Mapping[str, Any]], Awaitable[Metric | None]]
"""Raises KeyError, ValueError, TypeError, AttributeError or InvalidParameter for what nobody asked."""

FAMILIES: Final[dict[str, Again]] = {KORE_AI: kore_ai.engagement_again, KAON: kaon.series_again}
"""By what a question says under "vendor"."""


async def vendor_again(at: At, client: UUID, said: Mapping[str, Any]) -> Metric | None:
    """None for a question that nobody asked."""
    try:
        found = await FAMILIES[said["vendor"]](at, client, said)
    except (KeyError, ValueError, TypeError, AttributeError, InvalidParameter):  # an id that we never gave out
        return None
    same = encode(GlobalId("Metric", client, (canonical(said),)))
    return found if found is not None and found.told_id() == same else None
