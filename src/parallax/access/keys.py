"""Keys that JWTs are verified with, each pinned to one algorithm; signing of ours; and the one door to joserfc.

A token never chooses how it is verified: its `alg` only has to name the algorithm that the key is pinned to.
"""

import base64
import contextlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import orjson
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import JWSRegistry, deserialize_compact, serialize_compact

from parallax.errors import SetupError

Key: TypeAlias = OctKey | RSAKey | ECKey
KINDS: Final[dict[str, type[Key]]] = {"HS256": OctKey, "RS256": RSAKey, "ES256": ECKey}
SHORTEST_SECRET: Final = 32
MOST_KEYS: Final = 100
_ONE_ALGORITHM: Final = {name: JWSRegistry(algorithms=[name], strict_check_header=False) for name in KINDS}


@dataclass(frozen=True, slots=True)
class PinnedKey:
    """`id` is None for a key that is meant for every token of its algorithm."""

    algorithm: str
    key: Key
    id: str | None = None

    def fits(self, algorithm: str, key_id: str | None) -> bool:
        return self.algorithm == algorithm and (key_id is None or self.id is None or self.id == key_id)

    def opened(self, token: str) -> bytes | None:
        """The payload of a token that this key signed; None for any other."""
        try:
            return deserialize_compact(token, self.key, registry=_ONE_ALGORITHM[self.algorithm]).payload
        except (JoseError, ValueError):
            return None


def secret_key(text: str) -> PinnedKey:
    """For HS256. Raises SetupError for a secret that can be guessed, and for what is no secret."""
    if len(text.encode()) < SHORTEST_SECRET:
        raise SetupError(
            f"PARALLAX_JWT_SECRET is shorter than {SHORTEST_SECRET} bytes: use `openssl rand -hex 32`, there and where "
            "the tokens are signed."
        )
    try:
        return PinnedKey("HS256", _imported(OctKey, text))
    except ValueError:
        raise SetupError("PARALLAX_JWT_SECRET is a public key: set PARALLAX_JWT_PUBLIC_KEY instead.") from None


def signed(claims: Mapping[str, Any], secret: str) -> str:
    """A JWT of ours, by HS256, for whoever gave us the secret: how long that is was theirs to choose."""
    text = base64.urlsafe_b64encode(secret.encode()).rstrip(b"=").decode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        key = OctKey.import_key({"kty": "oct", "k": text})
    return serialize_compact({"alg": "HS256", "typ": "JWT"}, orjson.dumps(claims), key)


def public_key(given: str) -> PinnedKey:
    """For RS256 or ES256, from PEM, a JWK, or a file with either. Raises SetupError."""
    try:
        text = _text_of(given).strip()
        return _from_jwk(orjson.loads(text)) if text.startswith("{") else _from_pem(text)
    except orjson.JSONDecodeError:
        problem = "is no JSON"
    except ValueError as error:
        problem = str(error)
    raise SetupError(
        f"PARALLAX_JWT_PUBLIC_KEY {problem}: give a public key, RSA of 2048 bits or more, or EC with the curve P-256, "
        "as PEM or JWK, or the path of a file with it."
    )


def keys_of_set(document: bytes) -> tuple[PinnedKey, ...]:
    """The keys of a JWK Set that verify RS256 or ES256; others are left out. Raises ValueError for what is no set.

    A shared secret in a set is left out as well: sets are published.
    """
    held = orjson.loads(document)
    listed = held.get("keys") if isinstance(held, dict) else None
    if not isinstance(listed, list):
        raise ValueError("it is no JWK Set: it has no list of keys")
    if len(listed) > MOST_KEYS:
        raise ValueError(f"it has more than {MOST_KEYS} keys")
    found = []
    for jwk in listed:
        with contextlib.suppress(ValueError):
            found.append(_from_jwk(jwk))
    return tuple(found)


def _text_of(given: str) -> str:
    if given.lstrip().startswith("-----BEGIN"):
        return given.replace("\\n", "\n")  # as it comes out of many an environment file
    if given.lstrip().startswith("{"):
        return given
    try:
        return Path(given).read_text()
    except (OSError, ValueError):  # ValueError: NUL, or no UTF-8; a text that is too long for a path is an OSError
        raise ValueError("is no file that can be read") from None


def _from_pem(text: str) -> PinnedKey:
    if "PRIVATE" in text:
        raise ValueError("is a private key")
    for algorithm in ("RS256", "ES256"):
        with contextlib.suppress(ValueError):
            return PinnedKey(algorithm, _checked(_imported(KINDS[algorithm], text)))
    raise ValueError("cannot be used")


def _from_jwk(jwk: Any) -> PinnedKey:
    """Raises ValueError for a key that is none of ours, and says why."""
    if not isinstance(jwk, dict):
        raise ValueError("is no JWK")
    if "d" in jwk or "k" in jwk:
        raise ValueError("is a private key")
    parts: tuple[str, ...]
    match jwk.get("kty"):
        case "RSA":
            algorithm, parts = "RS256", ("kty", "n", "e")
        case "EC":
            algorithm, parts = "ES256", ("kty", "crv", "x", "y")
        case _:
            raise ValueError("is of another kind")
    if jwk.get("alg", algorithm) != algorithm:
        raise ValueError(f"is not for {algorithm}")
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise ValueError("is not for signatures")
    key_id = jwk.get("kid")
    if not isinstance(key_id, str | None):
        raise ValueError("has a kid that is no text")
    # Only what makes the key: certificates and addresses beside it are nobody's business here.
    key = _imported(KINDS[algorithm], {part: jwk[part] for part in parts if part in jwk})
    return PinnedKey(algorithm, _checked(key), key_id)


def _imported(kind: type[Key], value: Any) -> Key:
    with warnings.catch_warnings():
        warnings.simplefilter("error", SecurityWarning)  # of an RSA key that is too short
        try:
            return kind.import_key(value)
        except Exception as error:  # of three libraries below; whichever it is, this is no key
            raise ValueError("cannot be used") from error


def _checked(key: Key) -> Key:
    if isinstance(key, ECKey) and key.raw_value.curve.name != "secp256r1":  # that is P-256
        raise ValueError("has another curve")
    return key
