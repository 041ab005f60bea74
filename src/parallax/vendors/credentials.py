"""Who we are to a vendor: by a link's own credentials, by those that a client connected, or by the environment's for all."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final, NamedTuple
from uuid import UUID

import orjson
from pydantic import SecretStr

from parallax.access.sealing import Seals, Unopened, of_credential, of_link
from parallax.errors import SourceRejected
from parallax.metrics.catalog import SourceSystem
from parallax.settings import Settings
from parallax.telemetry import hide
from parallax.vendors.hosts import allowed
from parallax.vendors.vendor import Account

LABELS: Final = {
    SourceSystem.SENSOR_TOWER: "Sensor Tower",
    SourceSystem.KORE_AI: "Kore.ai",
    SourceSystem.KAON: "Kaon Insights",
}


class Own(NamedTuple):
    """Credentials of a link alone."""

    link: UUID
    sealed: bytes


class AccountKey(NamedTuple):
    client: UUID
    system: SourceSystem
    own: Own | None = None

    @property
    def about(self) -> bytes:
        """What credentials are sealed for: they open for no other."""
        of_client = of_credential(self.client, self.system.value)
        return of_client if self.own is None else of_link(self.client, self.system.value, self.own.link)


class Credentials(NamedTuple):
    """`secrets` by the contract's names; `host` is Kore.ai's, None for those whose host is a setting."""

    secrets: Mapping[str, str]
    host: str | None = None

    def sealed(self, settings: Settings, about: bytes) -> bytes:
        hide(*self.secrets.values())
        return Seals(settings.secrets).seal(orjson.dumps(self._asdict()).decode(), about)


def opened(settings: Settings, key: AccountKey, sealed: bytes) -> Account:
    """What `Credentials.sealed` gave for this key; an account with a problem where that cannot be."""
    try:
        told = Seals(settings.secrets).open(sealed, key.about)
    except Unopened:
        return _unusable(
            key.system,
            "is not asked, for its credentials cannot be opened with this key (PARALLAX_SECRET_KEY): connect it anew, or add "
            "the key that sealed them",
        )
    return account(settings, key.system, Credentials(**orjson.loads(told)))


def account(settings: Settings, system: SourceSystem, given: Credentials) -> Account:
    """Equal credentials make equal accounts, which share what is kept and counted."""
    hide(*given.secrets.values())
    urls = {SourceSystem.SENSOR_TOWER: settings.sensor_tower_url, SourceSystem.KAON: settings.kaon_url}
    try:
        base = allowed(system, settings.vendor_allow_hosts).base(given.host or urls[system])
    except ValueError as error:
        return _unusable(system, f"is not asked, for its host {error} (PARALLAX_VENDOR_ALLOW_HOSTS)")
    what = orjson.dumps([system.name, base, given.secrets], option=orjson.OPT_SORT_KEYS)
    told = hmac.digest(settings.derived("vendor account"), what, hashlib.sha256).hex()[:32]
    return Account(system, told, base, {name: SecretStr(value) for name, value in given.secrets.items()})


def of_environment(settings: Settings, system: SourceSystem) -> Account | None:
    """None where the environment has none, or not all that the vendor needs."""
    identity, host = settings.kore_ai_client_id, None
    match system:
        case SourceSystem.SENSOR_TOWER:
            told = {"auth_token": settings.sensor_tower_auth_token}
        case SourceSystem.KAON:
            told = {"apikey": settings.kaon_api_key}
        case SourceSystem.KORE_AI:
            told = {
                "client_id": SecretStr(identity) if identity else None,
                "client_secret": settings.kore_ai_client_secret,
            }
            host = settings.kore_ai_host
        case _:
            return None
    secrets = {name: value.get_secret_value() for name, value in told.items() if value is not None}
    if len(secrets) < len(told) or (system is SourceSystem.KORE_AI and not host):
        return None
    return account(settings, system, Credentials(secrets, host))


def _unusable(system: SourceSystem, problem: str) -> Account:
    why = SourceRejected(f"{LABELS[system]} {problem}.", source=system.name)
    return Account(system, "", "", {}, problem=why)
