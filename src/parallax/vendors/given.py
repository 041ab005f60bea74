"""Credentials as somebody gives them: checked before they are sealed, and not shown where they are refused."""

import re
from typing import Final

from parallax.errors import InvalidParameter
from parallax.metrics.catalog import SourceSystem
from parallax.settings import Settings
from parallax.vendors.credentials import Credentials
from parallax.vendors.hosts import OWN, allowed

SHORTEST, LONGEST = 8, 500
"""Characters of a secret: shorter ones could be guessed, and are not hidden in logs."""
API_APP: Final = re.compile(r"cs-[A-Za-z0-9-]{1,100}")


def sensor_tower(argument: str, auth_token: str) -> Credentials:
    return Credentials({"auth_token": _secret(argument, auth_token)})


def kaon(argument: str, api_key: str) -> Credentials:
    return Credentials({"apikey": _secret(argument, api_key)})


def kore_ai(within: str, host: str, client_id: str, client_secret: str, settings: Settings) -> Credentials:
    """`within` is what stands before the names of the arguments."""
    if not API_APP.fullmatch(client_id.strip()):
        told = "must be that of an API app: cs- and letters, digits and -; the id of a stream (st-…) goes into a link"
        raise InvalidParameter(f"{within}clientId", None, told)
    secrets = {"client_id": client_id.strip(), "client_secret": _secret(f"{within}clientSecret", client_secret)}
    return Credentials(secrets, _host(f"{within}host", host, settings))


def _secret(argument: str, text: str) -> str:
    """Without blanks around it."""
    secret = text.strip()
    if not (SHORTEST <= len(secret) <= LONGEST and secret.isascii() and secret.isprintable()):
        raise InvalidParameter(argument, None, f"must be {SHORTEST} to {LONGEST} printable characters of ASCII")
    return secret


def _host(argument: str, text: str, settings: Settings) -> str:
    """Scheme and host."""
    try:
        return allowed(SourceSystem.KORE_AI, settings.vendor_allow_hosts).base(text)
    except ValueError as error:
        shown = text[:60] if text.isprintable() and "@" not in text else None  # a password may stand before it
        hosts = [*OWN[SourceSystem.KORE_AI], "those of PARALLAX_VENDOR_ALLOW_HOSTS"]
        raise InvalidParameter(argument, shown, str(error), hosts) from None
