"""Notes is Acme's app at Kaon."""

from typing import Any

import pytest

from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.server import Sandbox
from tests.gateways import Answer, Gateway
from tests.seeds import EDITOR
from tests.vendors.asking import linked, of_app
from tests.vendors.conftest import TODAY

APP, OTHER = PRODUCTS[0], PRODUCTS[5]
TO = {"kaon": {"clientKey": APP.kaon}}


@pytest.fixture
async def hosted(vendor_gateway: Gateway, vendors: Sandbox) -> Gateway:
    await linked(vendor_gateway, TO)
    vendors.clock.set(TODAY, stands=True)
    return vendor_gateway


async def kaon(gateway: Gateway, shown: str, token: str = EDITOR) -> Any:
    return (await gateway.ask(of_app(f"kaon {{ {shown} }}"), token=token)).data["client"]["app"]["kaon"]


def error(answer: Answer, field: str) -> dict[str, Any]:
    assert answer.body["data"]["client"]["app"]["kaon"] == {field: None}
    told = answer.error_at("client", "app", "kaon", field)
    return {"message": told["message"], **told["extensions"]}


def weeks_asked(vendors: Sandbox, path: str) -> list[str]:
    return sorted(call.parameters["week"][0] for call in vendors.kaon.calls if call.path == path)
