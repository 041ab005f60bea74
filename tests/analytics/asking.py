"""What these tests ask of Nordlys."""

from typing import Any

from tests.gateways import Answer, Gateway
from tests.seeds import NORDLYS

WORKED = 'period: {start: "2026-03-02", end: "2026-03-04"}'


async def told(gateway: Gateway, text: str, **variables: Any) -> Any:
    """What the client answers to a selection of its fields."""
    return (await answered(gateway, text, **variables)).data["client"]


async def answered(gateway: Gateway, text: str, **variables: Any) -> Answer:
    given = variables.pop("given", "")
    head = f"query ({given}) " if given else ""
    return await gateway.ask(f'{head}{{ client(id: "{NORDLYS}") {{ {text} }} }}', **variables)
