"""What questions about Sensor Tower's numbers have in common."""

from collections.abc import Collection, Mapping
from datetime import date
from enum import Enum
from typing import Annotated, Any, Final

import strawberry

from parallax.errors import InvalidParameter
from parallax.metrics.shapes import PeriodInput

SOURCE: Final = "SENSOR_TOWER"
DAYS_IN: Final = "UTC"
"""The vendor tells no zone, and labels its days at midnight UTC."""
ONE_CALL: Final = 300.0
"""Units of a field that costs a call of the vendor for each object."""
JOINED: Final = 60.0
"""Units of a field whose objects share calls."""


@strawberry.enum(
    description="What a series of a store may be split by; each field says which of them fit. COUNTRY and REGION: those that "
    "were asked for; STORE: App Store and Google Play; DEVICE: iPhone, iPad and Android; NETWORK: of advertising; APP: apps, "
    "or editions of one."
)
class StoreDimension(Enum):
    COUNTRY = "COUNTRY"
    REGION = "REGION"
    STORE = "STORE"
    DEVICE = "DEVICE"
    NETWORK = "NETWORK"
    APP = "APP"


PeriodGiven = Annotated[
    PeriodInput | None, strawberry.argument(description="Days to look at, both ends included; absent: 30d.")
]


def checked_dimension(
    breakdown: StoreDimension | None, allowed: Collection[StoreDimension], argument: str = "breakdown"
) -> StoreDimension | None:
    """Raises InvalidParameter for a dimension that the data do not have."""
    if breakdown is not None and breakdown not in allowed:
        names = [each.name for each in allowed]
        raise InvalidParameter(argument, breakdown.name, f"{breakdown.name} is none that these data have", names)
    return breakdown


def period_told(said: Mapping[str, Any]) -> PeriodInput | None:
    """Out of a series' id, as `PeriodInput.as_asked` put it there. Raises ValueError, TypeError, AttributeError."""
    if not said:
        return None
    days = {name: date.fromisoformat(said[name]) for name in ("start", "end") if name in said}
    return PeriodInput(last=said.get("last"), **days)
