"""What the three fakes have in common."""

import httpx

from parallax.sandbox.products import OF_APP, PRODUCTS
from parallax.sandbox.server import Sandbox


def test_there_are_enough_products_for_a_query_of_fifty_apps() -> None:
    assert len(PRODUCTS) >= 60
    for ids in ("unified", "cohort", "stream", "kaon"):
        assert len({getattr(product, ids) for product in PRODUCTS}) == len(PRODUCTS)
    assert len(OF_APP) == 12


async def test_every_vendor_has_its_own_port(vendors: Sandbox, http: httpx.AsyncClient) -> None:
    assert len({vendor.url for vendor in vendors.vendors}) == 3
    for vendor in vendors.vendors:
        assert (await http.get(f"{vendor.url}/control/calls")).json() == {"count": 0, "by_path": {}, "calls": []}
