"""How tests ask what vendors tell: a gateway whose vendors are the sandbox, and apps that are linked to its products."""

from typing import Any
from uuid import UUID

from pydantic import SecretStr

from parallax.sandbox.accounts import KAON, KORE_AI, SENSOR_TOWER
from parallax.sandbox.server import Sandbox
from parallax.settings import Settings
from tests.gateways import NOW, Gateway
from tests.seeds import ADMIN, NORDLYS, NOTES

LINK = """mutation($app: ID!, $to: VendorKeyInput!) {
  appLink(input: {app: $app, to: $to}) { link { id } userErrors { code message } } }"""


def connected(settings: Settings, sandbox: Sandbox, **more: Any) -> Settings:
    """With the sandbox's first accounts for every client."""
    return settings.model_copy(
        update={
            "sensor_tower_url": sandbox.sensor_tower.url,
            "sensor_tower_auth_token": SecretStr(SENSOR_TOWER[0].token),
            "kaon_url": sandbox.kaon.url,
            "kaon_api_key": SecretStr(KAON[0].api_key),
            "kore_ai_host": sandbox.kore_ai.url,
            "kore_ai_client_id": KORE_AI[0].client_id,
            "kore_ai_client_secret": SecretStr(KORE_AI[0].client_secret),
            "vendor_allow_hosts": sandbox.hosts,
            "vendor_deadline_seconds": 9.0,  # the sandbox shares a busy processor with the tests
            **more,
        }
    )


async def linked(
    gateway: Gateway, to: dict[str, Any], app: UUID = NOTES, token: str = ADMIN, now: str | None = NOW
) -> str:
    """The id of the link. `now` is when it is made: the first of an app counts."""
    made = (await gateway.ask(LINK, token=token, now=now, app=str(app), to=to)).data["appLink"]
    assert made["userErrors"] == []
    return str(made["link"]["id"])


def of_app(shown: str, app: UUID = NOTES, client: UUID = NORDLYS) -> str:
    return f'{{ client(id: "{client}") {{ app(id: "{app}") {{ {shown} }} }} }}'


def missing(body: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    """Source, code and reason of what is told to be missing."""
    told = body.get("extensions", {}).get("missing", [])
    return [(each["source"], each["code"], each["reason"]) for each in told]
