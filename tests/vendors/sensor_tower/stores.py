"""How tests ask for apps of the stores."""

from typing import Any

from parallax.ids import GlobalId, canonical, encode
from parallax.sandbox.accounts import SENSOR_TOWER
from parallax.sandbox.products import BY_IOS, BY_UNIFIED, Product
from parallax.sandbox.server import Sandbox
from parallax.sandbox.wire import Call
from tests.gateways import Answer, Gateway
from tests.seeds import NORDLYS

ACME: Product = BY_UNIFIED["65a1b2c3d4e5f60718293a4b"]
PAYROLL: Product = BY_IOS[1500004001]
"""With three editions in each store."""
IOS, ANDROID = str(ACME.ios[0]), ACME.android[0]
UNKNOWN = "999999999"
"""No app of the App Store."""
TOKENS = {account.name: account.token for account in SENSOR_TOWER}


def product(key: str = f'unified: "{ACME.unified}"', shown: str = "id") -> str:
    """As `market.app`."""
    return f"app(key: {{{key}}}) {{ {shown} }}"


def edition(shown: str, store: str = "ios", key: str = IOS) -> str:
    """By its id, so that nothing has to be called to come by it."""
    id = encode(GlobalId("StoreApp", NORDLYS, (canonical({store: key}),)))
    return f'{{ node(id: "{id}") {{ ... on StoreApp {{ {shown} }} }} }}'


def market(shown: str) -> str:
    return f'{{ client(id: "{NORDLYS}") {{ market {{ {shown} }} }} }}'


async def of_market(gateway: Gateway, shown: str) -> Any:
    return (await gateway.ask(market(shown))).data["client"]["market"]


async def of_edition(gateway: Gateway, shown: str, store: str = "ios", key: str = IOS) -> Any:
    return (await gateway.ask(edition(shown, store, key))).data["node"]


def calls(sandbox: Sandbox) -> list[Call]:
    return sandbox.sensor_tower.calls


def paths(sandbox: Sandbox) -> list[str]:
    return sorted(call.path for call in calls(sandbox))


def refused(answer: Answer) -> tuple[str, str]:
    """Code and message of the one error."""
    return answer.error["extensions"]["code"], answer.error["message"]
