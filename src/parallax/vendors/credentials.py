"""Who we are to a vendor: by credentials of a client, or of the environment for all."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

import orjson
from pydantic import SecretStr

from parallax.metrics.catalog import SourceSystem
from parallax.settings import Settings
from parallax.telemetry import hide
from parallax.vendors.vendor import Account


class AccountKey(NamedTuple):
    client: UUID
    system: SourceSystem


def account(settings: Settings, system: SourceSystem, base: str, secrets: Mapping[str, str]) -> Account:
    """Equal credentials make equal accounts, which share what is kept and counted. `secrets` by the contract's names."""
    hide(*secrets.values())
    what = orjson.dumps([system.name, base, secrets], option=orjson.OPT_SORT_KEYS)
    told = hmac.digest(settings.derived("vendor account"), what, hashlib.sha256).hex()[:32]
    return Account(system, told, base, {name: SecretStr(value) for name, value in secrets.items()})


def of_environment(settings: Settings, system: SourceSystem) -> Account | None:
    """None where the environment has none, or not all that the vendor needs."""
    match system:
        case SourceSystem.SENSOR_TOWER:
            base, told = settings.sensor_tower_url, {"auth_token": settings.sensor_tower_auth_token}
        case SourceSystem.KAON:
            base, told = settings.kaon_url, {"apikey": settings.kaon_api_key}
        case SourceSystem.KORE_AI:
            identity = settings.kore_ai_client_id
            base = settings.kore_ai_host or ""
            told = {
                "client_id": SecretStr(identity) if identity else None,
                "client_secret": settings.kore_ai_client_secret,
            }
        case _:
            return None
    secrets = {name: value.get_secret_value() for name, value in told.items() if value is not None}
    if not base or len(secrets) < len(told):
        return None
    return account(settings, system, base.rstrip("/"), secrets)
