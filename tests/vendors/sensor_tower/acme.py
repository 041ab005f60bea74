"""An app that is linked to Acme Notes, whose ids are those of the contract's samples."""

from collections import Counter
from typing import Any

from parallax.sandbox.products import BY_UNIFIED
from parallax.sandbox.server import Sandbox
from tests.gateways import Answer, Gateway
from tests.vendors.asking import linked, of_app

ACME = BY_UNIFIED["65a1b2c3d4e5f60718293a4b"]
TO_ACME = {"sensorTower": {"unified": ACME.unified}}


def of_acme(shown: str) -> str:
    return of_app(f"sensorTower {{ {shown} }}")


async def acme(gateway: Gateway, shown: str) -> Any:
    """What an app that is linked to Acme Notes shows."""
    await linked(gateway, TO_ACME)
    return (await gateway.ask(of_acme(shown))).data["client"]["app"]["sensorTower"]


def paths(vendors: Sandbox) -> Counter[str]:
    return Counter(call.path for call in vendors.sensor_tower.calls)


def parameters(vendors: Sandbox, place: int = -1) -> dict[str, str]:
    return {name: ",".join(values) for name, values in vendors.sensor_tower.calls[place].parameters.items()}


def shown(answer: Answer) -> Any:
    return answer.data["client"]["app"]["sensorTower"]
