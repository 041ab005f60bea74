"""The vendors there are: a new one is its file, and a line here."""

from typing import Final

from parallax.vendors.vendor import Vendor

VENDORS: Final[tuple[Vendor, ...]] = ()
