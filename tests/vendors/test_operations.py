"""What stored operations call is foretold exactly (`extensions: {explain: true}`)."""

from collections import Counter
from typing import Any

import pytest

from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.server import Sandbox
from tests.gateways import NOW, OPERATIONS, Gateway
from tests.seeds import EDITOR, MAPS, NOTES
from tests.test_restore import questions
from tests.vendors.asking import linked

WITH_VENDORS = {"sources.graphql", "store_estimates.graphql", "assistant.graphql", "showroom.graphql"}
MARCH = {"start": "2026-02-02", "end": "2026-03-01"}


@pytest.fixture
async def everywhere(vendor_gateway: Gateway) -> Gateway:
    """Two apps that are linked to every vendor."""
    for app, product in ((NOTES, PRODUCTS[0]), (MAPS, PRODUCTS[5])):
        await linked(vendor_gateway, {"sensorTower": {"unified": product.unified}}, app)
        await linked(vendor_gateway, {"koreAi": {"streamId": product.stream}}, app)
        await linked(vendor_gateway, {"kaon": {"clientKey": product.kaon}}, app)
    return vendor_gateway


def counted(vendors: Sandbox) -> dict[str, int]:
    names = {"Sensor Tower": "SENSOR_TOWER", "Kore.ai": "KORE_AI", "Kaon Insights": "KAON"}
    return {names[vendor.name]: len(vendor.calls) for vendor in vendors.vendors if vendor.calls}


async def foretold(gateway: Gateway, name: str, variables: dict[str, Any]) -> dict[str, int]:
    text = (OPERATIONS / name).read_text()
    body = {"query": text, "variables": variables, "extensions": {"explain": True}}
    headers = {"authorization": f"Bearer {EDITOR}", "parallax-now": NOW}
    told = (await gateway.http.post("/graphql", json=body, headers=headers)).json()["extensions"]["explain"]["vendors"]
    assert all(each["isComplete"] for each in told)
    calls = Counter[str]()
    for each in told:
        calls[each["vendor"]] += each["calls"]
    return {vendor: made for vendor, made in calls.items() if made}


@pytest.mark.parametrize("name", questions())
async def test_a_stored_operation_makes_the_calls_that_were_foretold_and_none_the_next_time(
    everywhere: Gateway, vendors: Sandbox, name: str
) -> None:
    variables = questions()[name]
    if "period" in variables and name in WITH_VENDORS:
        variables["period"] = MARCH
    told = await foretold(everywhere, name, variables)
    assert counted(vendors) == {}
    assert bool(told) == (name in WITH_VENDORS)
    first = await everywhere.ask(name, token=EDITOR, **variables)
    assert "errors" not in first.body
    assert counted(vendors) == told
    assert await foretold(everywhere, name, variables) == {}
    assert (await everywhere.ask(name, token=EDITOR, **variables)).data == first.data
    assert counted(vendors) == told
