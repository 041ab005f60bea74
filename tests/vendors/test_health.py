"""What `Client.sources` tells of vendors: as the gate has seen them, by each client's own credentials."""

from datetime import UTC, datetime
from typing import Any

from parallax.sandbox.accounts import KORE_AI, SENSOR_TOWER
from parallax.sandbox.faults import Fault, Kind
from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.server import Sandbox
from tests.gateways import Gateway, running
from tests.seeds import ADMIN, HIMAL, NORDLYS, STRANGER
from tests.vendors.asking import linked, of_app

PRODUCT = PRODUCTS[0]
HEALTH = """query($client: ID!, $name: String!) { client(id: $client) { source(name: $name) { health {
  state message checkedAt lastSuccessAt quotaLimit quotaUsed quotaResetsAt } } } }"""
CONNECT = """mutation($client: ID!, $credentials: VendorCredentialsInput!) {
  vendorConnect(input: {client: $client, credentials: $credentials}) { source { health { state checkedAt } } } }"""


async def health(gateway: Gateway, name: str, client: Any = NORDLYS, token: str = ADMIN) -> Any:
    answer = await gateway.ask(HEALTH, token=token, client=str(client), name=name)
    return answer.data["client"]["source"]["health"]


async def talked(gateway: Gateway, days: int = 7) -> Any:
    """Asks Kore.ai about so many days."""
    field = f'koreAi {{ engagement(period: {{last: "{days}d"}}) {{ uniqueUsers {{ total }} }} }}'
    return (await gateway.ask(of_app(field), token=ADMIN)).body


async def test_a_vendor_that_was_not_asked_has_nothing_known_to_be_wrong(vendor_gateway: Gateway) -> None:
    told = await health(vendor_gateway, "kore_ai")
    now = datetime.now(UTC)
    assert (told["state"], told["message"]) == ("HEALTHY", None)
    assert (told["checkedAt"], told["lastSuccessAt"], told["quotaLimit"], told["quotaUsed"]) == (None, None, None, 0)
    assert datetime.fromisoformat(told["quotaResetsAt"]) > now
    assert datetime.fromisoformat(told["quotaResetsAt"]).day == 1


async def test_an_answer_and_a_failure_are_told_with_their_times(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    await linked(vendor_gateway, {"koreAi": {"streamId": PRODUCT.stream}})
    assert "errors" not in await talked(vendor_gateway)
    well = await health(vendor_gateway, "kore_ai")
    assert (well["state"], well["message"], well["quotaUsed"]) == ("HEALTHY", None, 1)
    assert well["checkedAt"] == well["lastSuccessAt"] is not None

    vendors.kore_ai.faults(Fault(Kind.STATUS, status=500))
    assert "errors" in await talked(vendor_gateway, 8)
    ill = await health(vendor_gateway, "kore_ai")

    assert (ill["state"], ill["lastSuccessAt"], ill["quotaUsed"]) == ("DEGRADED", well["lastSuccessAt"], 2)
    assert ill["checkedAt"] > well["checkedAt"]
    assert ill["message"].startswith("Kore.ai ")
    assert KORE_AI[0].client_secret not in ill["message"]


async def test_a_vendor_that_fails_too_often_is_down_until_it_answers(
    vendor_gateway: Gateway, vendors: Sandbox
) -> None:
    hasty = vendor_gateway.settings.model_copy(update={"vendor_breaker_seconds": 0.001})
    async with running(hasty, vendor_gateway.urls) as gateway:
        await linked(gateway, {"koreAi": {"streamId": PRODUCT.stream}})
        vendors.kore_ai.faults(Fault(Kind.STATUS, status=500))
        for days in range(1, 6):
            await talked(gateway, days)
        assert (await health(gateway, "kore_ai"))["state"] == "DOWN"
        assert (await health(gateway, "kaon"))["state"] == "HEALTHY"

        vendors.kore_ai.reset()
        assert "errors" not in await talked(gateway, 9)
        assert (await health(gateway, "kore_ai"))["state"] == "HEALTHY"


async def test_the_quota_is_that_of_the_credentials(vendor_gateway: Gateway, vendors: Sandbox) -> None:
    """Equal ones share it; a client with its own has its own."""
    given = {"sensorTower": {"authToken": SENSOR_TOWER[1].token}}
    made = await vendor_gateway.ask(CONNECT, token=STRANGER, client=str(HIMAL), credentials=given)
    assert made.data["vendorConnect"]["source"]["health"] == {"state": "HEALTHY", "checkedAt": None}
    await linked(vendor_gateway, {"sensorTower": {"ios": str(PRODUCT.ios[0])}})

    answer = await vendor_gateway.ask(of_app("sensorTower { name }"), token=ADMIN)

    assert answer.data["client"]["app"]["sensorTower"]["name"] == PRODUCT.name
    calls = len(vendors.sensor_tower.calls)
    ours, theirs = (
        await health(vendor_gateway, "sensor_tower"),
        await health(vendor_gateway, "sensor_tower", HIMAL, STRANGER),
    )
    assert (ours["quotaLimit"], ours["quotaUsed"]) == (SENSOR_TOWER[0].monthly_limit, calls)
    assert (theirs["quotaLimit"], theirs["quotaUsed"], theirs["checkedAt"]) == (None, 0, None)


async def test_little_left_of_a_quota_is_told(vendor_gateway: Gateway) -> None:
    sparing = vendor_gateway.settings.model_copy(update={"vendor_reserve": 1.0})
    async with running(sparing, vendor_gateway.urls) as gateway:
        await linked(gateway, {"sensorTower": {"ios": str(PRODUCT.ios[0])}})
        await gateway.ask(of_app("sensorTower { name }"), token=ADMIN)
        told = await health(gateway, "sensor_tower")
    assert told["state"] == "DEGRADED"
    assert "calls are left of the month's quota" in told["message"]
