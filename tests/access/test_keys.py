"""Which keys are taken, and that each verifies the one algorithm that it is pinned to."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from pydantic import SecretStr

from parallax.access.viewer import Role
from parallax.errors import SetupError, Unauthenticated
from tests.access.conftest import MakeCallers
from tests.access.providers import AT, EC, RSA, SECRET, claims, jwk, pem, publishing, signed
from tests.seeds import NORDLYS, VIEWER

KEYS: dict[str, dict[str, Any]] = {
    "HS256": {"jwt_secret": SecretStr(SECRET)},
    "RS256": {"jwt_public_key": pem(RSA)},
    "ES256": {"jwt_public_key": pem(EC)},
}
# What a token may be signed with: by the owner of the key, or with what everybody knows of it.
SIGNATURES: dict[str, tuple[str, Any]] = {
    "HS256 with the secret": ("HS256", SECRET),
    "RS256 with the key": ("RS256", RSA),
    "ES256 with the key": ("ES256", EC),
    "HS256 with the RSA key's PEM": ("HS256", pem(RSA)),
    "HS256 with the RSA key's PEM, cut": ("HS256", pem(RSA).strip()),
    "HS256 with the EC key's PEM": ("HS256", pem(EC)),
    "HS256 with the RSA key's JWK": ("HS256", json.dumps(jwk(RSA))),
    "HS384 with the secret": ("HS384", SECRET),
    "HS512 with the secret": ("HS512", SECRET),
    "RS384 with the key": ("RS384", RSA),
    "RS512 with the key": ("RS512", RSA),
    "PS256 with the key": ("PS256", RSA),
    "RS256 with another key": ("RS256", RSAKey.generate_key(2048)),
    "ES256 with another key": ("ES256", ECKey.generate_key("P-256")),
    "HS256 with no secret": ("HS256", b""),
    "HS256 with a NUL": ("HS256", b"\0"),
    "HS256 with secret": ("HS256", "secret"),
    "HS256 with a half of the secret": ("HS256", SECRET[:32]),
}
OWN = {"HS256": "HS256 with the secret", "RS256": "RS256 with the key", "ES256": "ES256 with the key"}


@pytest.mark.parametrize("pinned", KEYS)
@pytest.mark.parametrize("signature", SIGNATURES)
async def test_a_key_verifies_its_own_algorithm_and_no_other(
    callers_with: MakeCallers, pinned: str, signature: str
) -> None:
    callers = callers_with(**KEYS[pinned])
    algorithm, key = SIGNATURES[signature]
    for claimed in {algorithm, "HS256", "RS256", "ES256"}:
        token = signed(claims(), algorithm, key, alg=claimed)
        if signature == OWN[pinned] and claimed == algorithm:
            assert (await callers.viewer(f"Bearer {token}", AT)).roles == {NORDLYS: Role.VIEWER}
        else:
            with pytest.raises(Unauthenticated):
                await callers.viewer(f"Bearer {token}", AT)


async def test_keys_of_each_kind_stand_side_by_side(callers_with: MakeCallers) -> None:
    async with publishing(jwk(EC, kid="one")) as publisher:
        callers = callers_with(jwt_secret=SecretStr(SECRET), jwt_public_key=pem(RSA), jwt_jwks=publisher.url)
        for algorithm in ("HS256", "RS256", "ES256"):
            assert await callers.viewer(f"Bearer {signed(claims(), algorithm)}", AT)
        with pytest.raises(Unauthenticated):
            await callers.viewer(f"Bearer {signed(claims(), 'HS256', pem(RSA))}", AT)


async def test_api_tokens_go_on_beside_jwts_and_jwts_need_a_key(callers_with: MakeCallers) -> None:
    assert (await callers_with(**KEYS["HS256"]).viewer(f"Bearer {VIEWER}", AT)).name == "viewer"
    with pytest.raises(Unauthenticated):
        await callers_with().viewer(f"Bearer {signed(claims())}", AT)


# ---------------------------------------------------------------- how a key may be given
@pytest.mark.parametrize("key", [RSA, EC], ids=["RSA", "EC"])
async def test_a_public_key_is_pem_or_jwk_or_a_file_with_either(
    callers_with: MakeCallers, tmp_path: Path, key: RSAKey | ECKey
) -> None:
    token = signed(claims(), "RS256" if key is RSA else "ES256", kid="of no matter")
    as_jwk = json.dumps(jwk(key))
    forms = [pem(key), pem(key).replace("\n", "\\n"), f"\n{pem(key)}\n", as_jwk]
    for name, text in (("key.pem", pem(key)), ("key.jwk", as_jwk)):
        (tmp_path / name).write_text(text)
        forms.append(str(tmp_path / name))
    for each in forms:
        assert await callers_with(jwt_public_key=each).viewer(f"Bearer {token}", AT)


async def test_a_jwk_with_an_id_is_for_tokens_with_that_id_or_none(callers_with: MakeCallers) -> None:
    callers = callers_with(jwt_public_key=json.dumps(jwk(RSA, kid="march")))
    assert await callers.viewer(f"Bearer {signed(claims(), 'RS256', kid='march')}", AT)
    assert await callers.viewer(f"Bearer {signed(claims(), 'RS256')}", AT)
    with pytest.raises(Unauthenticated):
        await callers.viewer(f"Bearer {signed(claims(), 'RS256', kid='april')}", AT)


def weak() -> RSAKey:
    """Of 1,024 bits."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    key = generate_private_key(65537, 1024)
    return RSAKey(key, key)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"jwt_secret": SecretStr("x" * 31)}, "PARALLAX_JWT_SECRET is shorter than 32 bytes"),
        ({"jwt_secret": SecretStr("é" * 15)}, "PARALLAX_JWT_SECRET is shorter than 32 bytes"),
        ({"jwt_secret": SecretStr(pem(RSA))}, "PARALLAX_JWT_SECRET is a public key"),
        ({"jwt_public_key": RSA.as_pem(private=True).decode()}, "PARALLAX_JWT_PUBLIC_KEY is a private key"),
        ({"jwt_public_key": json.dumps(EC.as_dict(private=True))}, "PARALLAX_JWT_PUBLIC_KEY is a private key"),
        ({"jwt_public_key": json.dumps(OctKey.generate_key(256).as_dict())}, "PARALLAX_JWT_PUBLIC_KEY is a private key"),
        ({"jwt_public_key": pem(weak())}, "2048 bits or more"),
        ({"jwt_public_key": json.dumps(jwk(weak()))}, "2048 bits or more"),
        ({"jwt_public_key": pem(ECKey.generate_key("P-384"))}, "the curve P-256"),
        ({"jwt_public_key": json.dumps(jwk(ECKey.generate_key("P-384")))}, "the curve P-256"),
        ({"jwt_public_key": json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=False))}, "is of another kind"),
        ({"jwt_public_key": json.dumps(jwk(RSA, alg="RS512"))}, "is not for RS256"),
        ({"jwt_public_key": json.dumps(jwk(RSA, use="enc"))}, "is not for signatures"),
        ({"jwt_public_key": json.dumps({"kty": "RSA", "n": "AQAB"})}, "cannot be used"),
        ({"jwt_public_key": '{"kty": '}, "is no JSON"),
        ({"jwt_public_key": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}, "cannot be used"),
        ({"jwt_public_key": "/no/such/file.pem"}, "is no file that can be read"),
        ({"jwt_public_key": "x" * 5000}, "is no file that can be read"),
        ({"jwt_jwks": "/no/such/jwks.json"}, "PARALLAX_JWT_JWKS: The file cannot be read"),
        ({"jwt_jwks": "ftp://host/jwks.json"}, "PARALLAX_JWT_JWKS is no address"),
        ({"jwt_jwks": "file:///etc/passwd"}, "PARALLAX_JWT_JWKS is no address"),
        ({"jwt_jwks": "https:///jwks.json"}, "PARALLAX_JWT_JWKS is no address"),
    ],
)  # fmt: skip
def test_a_key_that_cannot_be_used_is_told_at_the_start(
    callers_with: MakeCallers, given: dict[str, Any], named: str
) -> None:
    with pytest.raises(SetupError, match=named) as refused:
        callers_with(**given)
    for value in given.values():
        if isinstance(value, SecretStr):
            assert value.get_secret_value() not in refused.value.message


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"keys": {}}', '{"keys": []}', json.dumps({"keys": [OctKey.generate_key(256).as_dict()]}), "<html>",
      '{"keys": [' + ",".join(["{}"] * 101) + "]}", " " * 2_000_000],
)  # fmt: skip
def test_a_file_without_a_key_for_us_is_told_at_the_start(callers_with: MakeCallers, tmp_path: Path, text: str) -> None:
    (tmp_path / "jwks.json").write_text(text)
    with pytest.raises(SetupError, match="PARALLAX_JWT_JWKS"):
        callers_with(jwt_jwks=str(tmp_path / "jwks.json"))


async def test_keys_of_a_set_that_are_for_something_else_are_left_out(
    callers_with: MakeCallers, tmp_path: Path
) -> None:
    """As providers publish them: for encryption, for other algorithms, of kinds to come; and secrets that should not be."""
    for_us = RSAKey.generate_key(2048)
    others = [
        jwk(RSA, kid="a", use="enc"), jwk(RSA, kid="b", alg="RS512"), jwk(RSA, kid="c", key_ops=["encrypt"]),
        RSA.as_dict(private=True, kid="d"), jwk(RSA, kid=7), jwk(weak(), kid="e"), {**jwk(EC), "x": "AA"},
        {"kty": "oct", "k": OctKey.import_key(SECRET).as_dict()["k"], "kid": "f"}, {"kty": "PQ"}, {}, None, "key", 3,
    ]  # fmt: skip
    held = {"keys": [*others, jwk(for_us, kid="us", alg="RS256", use="sig", x5c=["AAAA"], x5u="http://127.0.0.1:9/")]}
    (tmp_path / "jwks.json").write_text(json.dumps(held))
    callers = callers_with(jwt_jwks=str(tmp_path / "jwks.json"))

    assert await callers.viewer(f"Bearer {signed(claims(), 'RS256', for_us, kid='us')}", AT)
    for kid in (None, "a", "b", "c", "d", "e", "f"):
        for algorithm in ("HS256", "RS256", "ES256"):
            token = signed(claims(), algorithm, **({} if kid is None else {"kid": kid}))
            with pytest.raises(Unauthenticated):
                await callers.viewer(f"Bearer {token}", AT)


async def test_who_the_caller_is_comes_from_issuer_and_subject(callers_with: MakeCallers) -> None:
    callers = callers_with(**KEYS["HS256"])

    async def id_of(**said: Any) -> UUID:
        return (await callers.viewer(f"Bearer {signed(claims(**said))}", AT)).id

    ada = await id_of()
    assert ada == await id_of(exp=AT.timestamp() + 60.5, name="Ada", role="ADMIN")
    assert len({ada, await id_of(sub="bob"), await id_of(iss="https://other"), await id_of(iss=None)}) == 4


@pytest.mark.parametrize(
    ("name", "shown"), [(None, "ada"), ("Ada Lovelace", "Ada Lovelace"), (7, "ada"), ("", "ada"), ("a\nb", "ada")]
)
async def test_a_caller_is_called_by_name_if_the_token_has_one(
    callers_with: MakeCallers, name: Any, shown: str
) -> None:
    viewer = await callers_with(**KEYS["HS256"]).viewer(f"Bearer {signed(claims(name=name))}", AT)
    assert viewer.name == shown
    assert viewer.expires_at == AT + timedelta(seconds=600)
    assert not viewer.is_operator
