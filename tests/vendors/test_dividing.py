"""Of what is asked together one question may be wrong: it fails alone (Y1)."""

from collections import Counter

from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.server import Sandbox
from tests.gateways import Gateway
from tests.vendors.asking import linked, missing
from tests.vendors.sensor_tower.acme import TO_ACME, of_acme, paths

WEEK = 'period: {start: "2026-02-02", end: "2026-02-08"}'
REFUSES_SWEDEN = Fault(Kind.STATUS, query="SE", status=422)
SALES = "/v1/unified/sales_report_estimates"


def of_countries(*countries: str) -> str:
    return of_acme(
        " ".join(
            f"{''.join(each.split(','))}: estimate(name: DOWNLOADS, countries: [{', '.join(map(_quoted, each.split(',')))}], "
            f"{WEEK}) {{ values }}"
            for each in countries
        )
    )


def _quoted(country: str) -> str:
    return f'"{country}"'


async def test_a_value_that_the_vendor_refuses_spoils_no_other_field_of_the_turn(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    """Asked together first, then each by itself: one call more than there are fields."""
    await linked(vendor_gateway, TO_ACME)
    vendors.sensor_tower.faults(REFUSES_SWEDEN)
    answer = await vendor_gateway.ask(of_countries("US", "NO", "SE"))
    told = answer.body["data"]["client"]["app"]["sensorTower"]
    assert told["SE"] is None
    assert all(None not in told[country]["values"] for country in ("US", "NO"))
    assert answer.error["path"] == ["client", "app", "sensorTower", "SE"]
    assert answer.error["extensions"]["code"] == "SOURCE_REJECTED"
    asked = Counter(call.parameters["countries"][0] for call in vendors.sensor_tower.calls)
    assert asked == {"NO,SE,US": 1, "NO": 1, "SE": 1, "US": 1}
    # What came is kept, and what was refused is asked again by whoever asks for it.
    await vendor_gateway.ask(of_countries("US", "NO"))
    assert paths(vendors) == {SALES: 4}


async def test_a_field_that_asks_for_more_than_that_shows_what_others_asked_for_as_well(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    await linked(vendor_gateway, TO_ACME)
    vendors.sensor_tower.faults(REFUSES_SWEDEN)
    answer = await vendor_gateway.ask(of_countries("NO", "NO,SE"))
    told = answer.body["data"]["client"]["app"]["sensorTower"]
    assert None not in told["NO"]["values"]
    assert told["NOSE"]["values"] == [None] * 7  # a sum over two of which one is unknown
    assert ("SENSOR_TOWER", "SOURCE_REJECTED") in [(source, code) for source, code, _ in missing(answer.body)]
    assert paths(vendors) == {SALES: 3}


async def test_a_question_that_stands_alone_is_not_asked_twice(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    await linked(vendor_gateway, TO_ACME)
    vendors.sensor_tower.faults(REFUSES_SWEDEN)
    answer = await vendor_gateway.ask(of_countries("NO,SE"))
    assert answer.error["extensions"]["code"] == "SOURCE_REJECTED"
    assert paths(vendors) == {SALES: 1}
