"""How many users of a store's app come back, day by day (contract 8.1)."""

from collections.abc import Mapping
from typing import Any, Final

from parallax.vendors.sensor_tower.quarterly import ByQuarter
from parallax.vendors.sensor_tower.stores import numbers


def _read(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"rates": numbers(row["corrected_retention"])}


RETENTION: Final = ByQuarter("retention", _read, numbers)
"""`rates` and `baseline`: ratios of those who came on day 0, of whom there are as many on day 1, 2 … 90."""
