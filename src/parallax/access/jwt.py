"""JWTs of an identity provider: who the caller is, and the roles that a claim gives by client.

Nothing in a token says how to verify it: not its algorithm, and no key or address in its header.
"""

import hashlib
import math
import time
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

import orjson

from parallax.access.jwks import KeySet
from parallax.access.keys import PinnedKey, public_key, secret_key
from parallax.access.tokens import REFUSED
from parallax.access.viewer import Role, Viewer
from parallax.errors import Unauthenticated
from parallax.ids import bare_uuid
from parallax.settings import Settings

LEEWAY_S: Final = 60
MOST_BYTES: Final = 8192
MOST_CHARACTERS: Final = 500
MOST_OF_NAME: Final = 200
REMEMBERED: Final = 2000
NEVER_FOLLOWED: Final = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"})
TYPES: Final = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
"""What `typ` may be, if it is there: not one of the other things that are signed with the same keys."""
CALLERS: Final = UUID("4529630e-06a1-455a-928d-a6387d5918a1")
"""Namespace of the ids of JWTs' callers."""
NOBODY: Final = UUID(int=0)
"""In a scope it stands for an operator who lists everything (see scope() in the database): no token may name it."""
LAST: Final = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


class Malformed(ValueError):
    """A token that says something else than what it has to, or in another way."""


class Header(NamedTuple):
    algorithm: str
    key_id: str | None


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token says whose signature holds. Instants are epoch seconds."""

    viewer: Viewer
    starts: float
    ends: float

    def holds(self, at: float) -> bool:
        return self.starts - LEEWAY_S <= at < self.ends + LEEWAY_S


@dataclass(frozen=True, slots=True)
class Wanted:
    """What tokens must say."""

    issuer: str | None
    audience: str | None
    claim: str


class Jwts:
    """Looks callers up in their own tokens."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises SetupError for keys that cannot be used."""
        self._wanted = Wanted(settings.jwt_issuer, settings.jwt_audience, settings.jwt_claim)
        self._fixed: list[PinnedKey] = []
        if settings.jwt_secret:
            self._fixed.append(secret_key(settings.jwt_secret.get_secret_value()))
        if settings.jwt_public_key:
            self._fixed.append(public_key(settings.jwt_public_key))
        self._set = KeySet.at(settings.jwt_jwks, clock) if settings.jwt_jwks else None
        self._verified: OrderedDict[bytes, Verified] = OrderedDict()
        self._readings = 0

    async def viewer(self, token: str, now: datetime) -> Viewer:
        """Raises Unauthenticated, in the same words for every reason; SourceUnavailable while a key set is missing."""
        try:
            found = await self._known(token)
        except Malformed as error:
            raise Unauthenticated(REFUSED) from error
        if not found.holds(now.timestamp()):
            raise Unauthenticated(REFUSED)
        return found.viewer

    async def closed(self) -> None:
        if self._set is not None:
            await self._set.closed()

    async def _known(self, token: str) -> Verified:
        """A signature is checked once, until the keys are read anew; whether the token holds, at each request."""
        if len(token) > MOST_BYTES:
            raise Malformed("too long")
        digest = hashlib.sha256(token.encode()).digest()
        if self._set is not None:
            if digest in self._verified:
                await self._set.keys()
            if self._set.readings != self._readings:
                self._readings = self._set.readings
                self._verified.clear()
        found = self._verified.get(digest)
        if found is not None:
            self._verified.move_to_end(digest)
            return found
        # Nothing is awaited between the signature and the keeping: what is kept was seen with the keys of now.
        payload = await self._payload(token)
        found = self._verified[digest] = verified(payload, self._wanted)
        if len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)
        return found

    async def _payload(self, token: str) -> bytes:
        header = header_of(token)
        payload = _opened(token, header, self._fixed)
        if payload is None and self._set is not None and header.algorithm != "HS256":
            keys = await self._set.keys()
            if not any(key.fits(*header) for key in keys):
                keys = await self._set.newer()
            payload = _opened(token, header, keys)
        if payload is None:
            raise Malformed("no key of ours signed it")
        return payload


def _opened(token: str, header: Header, keys: Iterable[PinnedKey]) -> bytes | None:
    fitting = (key for key in keys if key.fits(*header))
    return next((payload for key in fitting if (payload := key.opened(token)) is not None), None)


def header_of(token: str) -> Header:
    """What is looked at before the signature is. Raises Malformed."""
    encoded, _, rest = token.partition(".")
    header = _object(encoded)
    if rest.count(".") != 1:
        raise Malformed("not in three parts")
    if not NEVER_FOLLOWED.isdisjoint(header):
        raise Malformed("the header wants something done")
    algorithm, key_id, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if algorithm not in ("HS256", "RS256", "ES256"):
        raise Malformed("alg")
    if not isinstance(key_id, str | None):
        raise Malformed("kid")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise Malformed("typ")
    return Header(algorithm, key_id)


def verified(payload: bytes, wanted: Wanted) -> Verified:
    """What the payload of a token says whose signature holds. Raises Malformed."""
    claims = _loaded(payload)
    issuer, subject = _text(claims, "iss"), _text(claims, "sub")
    if subject is None:
        raise Malformed("sub is missing")
    if wanted.issuer is not None and issuer != wanted.issuer:
        raise Malformed("iss")
    audience = claims.get("aud")
    if wanted.audience is not None and wanted.audience not in (audience if isinstance(audience, list) else [audience]):
        raise Malformed("aud")
    ends, starts = _instant(claims, "exp"), _instant(claims, "nbf")
    _instant(claims, "iat")
    if ends is None:
        raise Malformed("exp is missing")
    name = claims.get("name")
    if not isinstance(name, str) or not name.isprintable() or not 1 <= len(name) <= MOST_OF_NAME:
        name = subject
    viewer = Viewer(
        uuid5(CALLERS, f"{issuer or ''}\n{subject}"),
        name,
        _roles(claims.get(wanted.claim)),
        expires_at=datetime.fromtimestamp(ends, UTC),
    )
    return Verified(viewer, -math.inf if starts is None else starts, ends)


def _roles(claim: Any) -> Mapping[UUID, Role]:
    """Of {client's UUID: role}. One that opens nothing is refused, like an API token that opens nothing."""
    if not isinstance(claim, dict) or not claim:
        raise Malformed("the claim with the roles")
    roles: dict[UUID, Role] = {}
    for text, role in claim.items():
        client = bare_uuid(text)
        if client is None or client == NOBODY or client in roles or not isinstance(role, str):
            raise Malformed("a client in the claim with the roles")
        try:
            roles[client] = Role(role)
        except ValueError:
            raise Malformed("a role") from None
    return roles


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    """Without control characters: NUL is in no text, and iss and sub must not flow into each other."""
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= MOST_CHARACTERS or any(ord(each) < 32 for each in value):
        raise Malformed(name)
    return value


def _instant(claims: Mapping[str, Any], name: str) -> float | None:
    """Epoch seconds; a whole number or not, but a number."""
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LAST:
        raise Malformed(name)
    return float(value)


def _object(encoded: str) -> dict[str, Any]:
    try:
        return _loaded(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError as error:
        raise Malformed("not base64url") from error


def _loaded(text: bytes) -> dict[str, Any]:
    """orjson knows no infinity, no number that is one, no half of a surrogate pair, and bounds the depth."""
    try:
        held = orjson.loads(text)
    except ValueError as error:
        raise Malformed("no JSON") from error
    if not isinstance(held, dict):
        raise Malformed("no object")
    return held
