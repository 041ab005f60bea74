"""Which hosts may be called. Pure: names are not looked up."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from parallax.metrics.catalog import SourceSystem

OWN: Final = {
    SourceSystem.SENSOR_TOWER: ("api.sensortower.com", "api.sensortower-china.com"),
    SourceSystem.KORE_AI: ("*.kore.ai",),
    SourceSystem.KAON: ("insights.v-central.com",),
}
"""The vendors' own."""
NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class Allowed:
    """`named` are `host` or `host:port`, to which http may be spoken as well; `own` are vendors', https on its own port:
    names, or `*.` and a domain for all names below it."""

    own: frozenset[str]
    named: frozenset[str]

    @classmethod
    def of(cls, own: Iterable[str], listed: str) -> "Allowed":
        named = (entry.strip().lower() for entry in listed.split(","))
        return cls(frozenset(own), frozenset(entry for entry in named if entry))

    def base(self, text: str) -> str:
        """Scheme and host of an address that may be called; the scheme may be missing, or stand there twice.

        Raises ValueError: what is wrong with it.
        """
        if len(text) > 300 or not text.isascii() or not text.isprintable():
            raise ValueError("is no address")
        rest, scheme = text.strip().lower().rstrip("/"), "https"
        while (found := re.match(r"(https?)://", rest)) is not None:
            scheme, rest = found[1], rest[found.end() :]
        try:
            parts = urlsplit(f"{scheme}://{rest}")
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise ValueError("is no address") from error
        if parts.path or parts.query or parts.fragment or "@" in rest or "\\" in rest:
            raise ValueError("must be a host alone: no path, no user, no query")
        shown = f"[{host}]" if ":" in host else host
        if self.named & {shown, f"{shown}:{port or (443 if scheme == 'https' else 80)}"}:
            return f"{scheme}://{shown}" + (f":{port}" if port else "")
        if _is_number(host):
            raise ValueError("is an address by number, and those must be allowed one by one")
        if not NAME.fullmatch(host) or not self._is_own(host) or port not in (None, 443):
            raise ValueError("is none that may be called")
        return f"https://{host}"

    def _is_own(self, host: str) -> bool:
        return host in self.own or any(each[0] == "*" and host.endswith(each[1:]) for each in self.own)


@cache
def allowed(system: SourceSystem, listed: str) -> Allowed:
    """Of a vendor, with those of PARALLAX_VENDOR_ALLOW_HOSTS."""
    return Allowed.of(OWN[system], listed)


def _is_number(host: str) -> bool:
    """Also in the short and octal forms that some libraries take for an address."""
    try:
        ip_address(host)
    except ValueError:
        return bool(re.fullmatch(r"(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+))*", host))
    return True
