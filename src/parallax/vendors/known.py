"""The vendors there are: a new one is its file, and a line here."""

from typing import Final

from parallax.vendors import kaon, kore_ai
from parallax.vendors.sensor_tower.vendor import VENDOR as SENSOR_TOWER
from parallax.vendors.vendor import Vendor

VENDORS: Final[tuple[Vendor, ...]] = (SENSOR_TOWER, kore_ai.VENDOR, kaon.VENDOR)
