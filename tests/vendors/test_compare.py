"""One measure from several sources, vendors among them: over real sockets, against the sandbox."""

import json

from tests.gateways import Gateway
from tests.vendors.asking import linked, of_app
from parallax.sandbox.products import PRODUCTS


async def test_x(vendor_gateway: Gateway) -> None:
    product = PRODUCTS[0]
    await linked(vendor_gateway, {"koreAi": {"streamId": product.stream}})
    for m, g, p in [
        ("ACTIVE_USERS", "DAY", '{start: "2026-03-01", end: "2026-03-11"}'),
        ("ACTIVE_USERS", "WEEK", '{last: "4w"}'),
        ("NEW_USERS", "WEEK", '{last: "4w"}'),
    ]:
        a = await vendor_gateway.ask(
            of_app(f"""compareSources(measure: {m}, period: {p}, granularity: {g}) {{ id name values total source {{ system asOf userBasis isEstimate }}
          alignment {{ method nativeTimeZone nativeWeekStart missing }} agreement {{ against buckets bias meanAbsolutePercentageError rankCorrelation }} }}""")
        )
        print(json.dumps(a.body, indent=1))
    assert 0
