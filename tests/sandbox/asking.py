"""How a test asks the sandbox, and compares what it says with the contracts' samples."""

import base64
import hmac
import json
import re
from dataclasses import dataclass, replace
from typing import Any

import httpx

from parallax.sandbox.products import BY_UNIFIED, PRODUCTS, Product, Quirk
from parallax.sandbox.server import Sandbox

ACME: Product = BY_UNIFIED["65a1b2c3d4e5f60718293a4b"]
BOT = "/api/public/bot/{}/v2/userEngagementTrend"


@dataclass(frozen=True, slots=True)
class Asking:
    http: httpx.AsyncClient
    sandbox: Sandbox

    async def tower(self, path: str, account: str = "first", **parameters: Any) -> httpx.Response:
        token = self.sandbox.sensor_tower.accounts[account].token
        url = self.sandbox.sensor_tower.url + path
        return await self.http.get(url, params={"auth_token": token, **parameters})

    async def kaon(
        self, name: str, account: str = "first", client: str = "acme-demo", **parameters: Any
    ) -> httpx.Response:
        key = self.sandbox.kaon.accounts[account].api_key
        url = f"{self.sandbox.kaon.url}/api/{name}"
        return await self.http.get(url, params={"apikey": key, "client": client, **parameters})

    async def kore(self, token: str | None = None, stream: str = ACME.stream, **parameters: Any) -> httpx.Response:
        """The trend of Acme's bot, on 9 and 10 February 2026 by days unless it is asked otherwise."""
        asked = {"aggregation_type": "daily", "start_date": "2026-02-09", "end_date": "2026-02-10", **parameters}
        asked = {name: value for name, value in asked.items() if value is not None}
        url = self.sandbox.kore_ai.url + BOT.format(stream)
        return await self.http.post(url, params=asked, headers={"auth": self.signed() if token is None else token})

    def signed(self, account: str = "first", alg: str = "HS256", secret: str | None = None, **claims: Any) -> str:
        known = self.sandbox.kore_ai.accounts[account]
        head, payload = (
            _packed({"alg": alg, "typ": "JWT"}),
            _packed({"appId": known.client_id, "sub": "test", **claims}),
        )
        key = (secret or known.client_secret).encode()
        return f"{head}.{payload}.{_base64(hmac.digest(key, f'{head}.{payload}'.encode(), 'sha256'))}"


def switched(sandbox: Sandbox, **switches: Any) -> None:
    """Some of Sensor Tower's."""
    sandbox.sensor_tower.switches = replace(sandbox.sensor_tower.switches, **switches)


def with_quirk(quirk: Quirk) -> Product:
    """The first that has it and something to show in both stores."""
    return next(each for each in PRODUCTS if quirk in each.quirks and each.users and each.ios and each.android)


def _packed(value: object) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def shape_of(value: Any) -> Any:
    """Names and types; of a list its first element; texts by what they look like."""
    match value:
        case dict():
            return {name: shape_of(each) for name, each in value.items()}
        case list():
            return [shape_of(value[0])] if value else []
        case bool():
            return "flag"
        case int() | float():
            return "number"
        case str() if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return "day"
        case str() if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", value):
            return "instant"
        case str():
            return "text"
        case _:
            return None


def lacking(sample: Any, found: Any, at: str = "") -> list[str]:
    """Where `found` has not what the sample has; it may have more. Null fits anything."""
    if isinstance(sample, dict) and isinstance(found, dict):
        return [
            problem
            for name, each in sample.items()
            for problem in (
                lacking(each, found[name], f"{at}.{name}") if name in found else [f"{at}.{name} is lacking"]
            )
        ]
    if isinstance(sample, list) and isinstance(found, list):
        return (
            lacking(sample[0], found[0], f"{at}[0]") if sample and found else [] if not sample else [f"{at} is empty"]
        )
    fits = sample is None or found is None or sample == found
    return [] if fits else [f"{at}: {found} instead of {sample}"]
