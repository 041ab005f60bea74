"""JWTs through the whole gateway: what they open, and that every other one is refused in the same words."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from parallax.access.tokens import REFUSED
from parallax.ids import GlobalId, encode
from parallax.installation import Urls
from parallax.settings import Settings
from tests.access.providers import AT_S, EC, RSA, SECRET, claims, jwk, pem, publishing, signed
from tests.gateways import NOW, Gateway, running
from tests.seeds import EXPIRED, HIMAL, NORDLYS, NOTES, STRANGER, TREK, VIEWER

WHO = "{ viewer { name clients { nodes { name } } } }"
UNKNOWN = UUID("018f0000-0000-7000-8000-00000000dead")
KEYS = {
    "jwt_secret": SecretStr(SECRET),
    "jwt_public_key": pem(RSA),
    "jwt_issuer": "https://issuer",
    "jwt_audience": "parallax",
}


@pytest.fixture(scope="module")
async def guarded(gateway: Gateway, settings: Settings) -> AsyncIterator[Gateway]:
    """HS256 and RS256, of one issuer for one audience; over the database that is only read."""
    async with running(settings.model_copy(update=KEYS), gateway.urls) as guarded:
        yield guarded


@pytest.fixture
async def own_guarded(own_urls: Urls, settings: Settings) -> AsyncIterator[Gateway]:
    async with running(settings.model_copy(update=KEYS), own_urls) as guarded:
        yield guarded


async def refusal(gateway: Gateway, authorization: str | bytes | None) -> None:
    """Whatever the reason, the answer is the same."""
    sent = authorization.encode() if isinstance(authorization, str) else authorization
    headers = [(b"parallax-now", NOW.encode())] + ([] if sent is None else [(b"authorization", sent)])
    response = await gateway.http.post("/graphql", json={"query": WHO}, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in response.json()
    if authorization:
        assert error["message"] == REFUSED


# ---------------------------------------------------------------- what a JWT opens
@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
async def test_a_jwt_sees_its_clients_and_no_other(guarded: Gateway, algorithm: str) -> None:
    answer = await guarded.ask(WHO, token=signed(claims(), algorithm))
    assert answer.data["viewer"] == {"name": "ada", "clients": {"nodes": [{"name": "Nordlys"}]}}

    both = {str(NORDLYS): "VIEWER", str(HIMAL).upper(): "ADMIN"}
    answer = await guarded.ask(WHO, token=signed(claims(parallax=both), algorithm))
    assert answer.data["viewer"]["clients"]["nodes"] == [{"name": "Himal"}, {"name": "Nordlys"}]


async def test_a_foreign_client_looks_like_one_that_does_not_exist(guarded: Gateway) -> None:
    query = "query ($c: ID!, $n: ID!) { client(id: $c) { name apps { totalCount } } node(id: $n) { id } }"
    for client, app in ((HIMAL, TREK), (UNKNOWN, UNKNOWN)):
        asked = {"c": str(client), "n": encode(GlobalId("App", client, (app,)))}
        answer = await guarded.ask(query, token=signed(claims(role="ADMIN")), **asked)
        assert answer.body == {"data": {"client": None, "node": None}}


async def test_a_client_that_does_not_exist_shows_nothing_and_takes_nothing(own_guarded: Gateway) -> None:
    token = signed(claims(role="ADMIN", client=UNKNOWN))
    assert (await own_guarded.ask(WHO, token=token)).data["viewer"]["clients"]["nodes"] == []
    asked = "query ($c: ID!) { client(id: $c) { name } viewer { role(client: $c) } }"
    answer = await own_guarded.ask(asked, token=token, c=str(UNKNOWN))
    assert answer.data == {"client": None, "viewer": {"role": None}}

    made = await own_guarded.ask(APP_CREATE, token=token, client=str(UNKNOWN))
    [error] = made.data["appCreate"]["userErrors"]
    assert (made.data["appCreate"]["app"], error["code"]) == (None, "NOT_FOUND")


APP_CREATE = """mutation ($client: ID!) { appCreate(input: {client: $client, name: "New"}) {
    app { name } userErrors { code } } }"""
TRACK = """mutation ($client: ID!, $app: ID!) { usageTrack(client: $client, reports: [
    {app: $app, user: "eve", date: "2026-03-05", activeMs: 1, sessions: 1}]) {
    accepted userErrors { code } } }"""


@pytest.mark.parametrize(
    ("role", "sends", "sets_up"), [("VIEWER", False, False), ("EDITOR", True, False), ("ADMIN", True, True)]
)
async def test_a_role_in_a_jwt_is_worth_what_it_is_in_an_api_token(
    own_guarded: Gateway, role: str, sends: bool, sets_up: bool
) -> None:
    token = signed(claims(role=role), "RS256")

    sent = (await own_guarded.ask(TRACK, token=token, client=str(NORDLYS), app=str(NOTES))).data["usageTrack"]
    made = (await own_guarded.ask(APP_CREATE, token=token, client=str(NORDLYS))).data["appCreate"]
    tokens = await own_guarded.ask(
        "query ($c: ID!) { client(id: $c) { tokens { name } } }", token=token, c=str(NORDLYS)
    )
    operating = await own_guarded.ask(
        'mutation { clientCreate(input: {name: "x"}) { client { name } userErrors { code } } }', token=token
    )
    foreign = (await own_guarded.ask(APP_CREATE, token=token, client=str(HIMAL))).data["appCreate"]

    assert [error["code"] for error in sent["userErrors"]] == ([] if sends else ["FORBIDDEN"])
    assert sent["accepted"] == (1 if sends else 0)
    assert made == {
        "app": {"name": "New"} if sets_up else None,
        "userErrors": [] if sets_up else [{"code": "FORBIDDEN"}],
    }
    assert bool(tokens.errors) is not sets_up
    assert operating.data["clientCreate"]["userErrors"] == [{"code": "FORBIDDEN"}]
    assert foreign["userErrors"] == [{"code": "NOT_FOUND"}]


async def test_another_claim_may_carry_the_roles(gateway: Gateway, settings: Settings) -> None:
    named = settings.model_copy(update={**KEYS, "jwt_claim": "https://nordlys/roles"})
    roles: dict[str, Any] = {"https://nordlys/roles": {str(NORDLYS): "VIEWER"}}
    async with running(named, gateway.urls) as guarded:
        assert (await guarded.ask(WHO, token=signed(claims(parallax=None, **roles)))).status == 200
        await refusal(guarded, f"Bearer {signed(claims())}")


# ---------------------------------------------------------------- when
@pytest.mark.parametrize(
    ("said", "in_time"),
    [
        ({"exp": AT_S + 1}, True), ({"exp": AT_S}, True), ({"exp": AT_S - 59}, True), ({"exp": AT_S - 59.5}, True),
        ({"exp": AT_S - 60}, False), ({"exp": AT_S - 61}, False), ({"exp": 0}, False), ({"exp": AT_S / 1000}, False),
        ({"nbf": AT_S}, True), ({"nbf": AT_S + 60}, True), ({"nbf": AT_S + 61}, False), ({"nbf": AT_S * 1000}, False),
        ({"iat": AT_S}, True), ({"exp": 253402214400}, True),
    ],
)  # fmt: skip
async def test_a_minute_of_difference_between_clocks_is_forgiven(
    guarded: Gateway, said: dict[str, Any], in_time: bool
) -> None:
    token = signed(claims(**said))
    for _ in range(2):  # the second time without a look at the signature
        if in_time:
            assert (await guarded.ask(WHO, token=token)).status == 200
        else:
            await refusal(guarded, f"Bearer {token}")


async def test_a_token_that_was_good_ends_in_time(guarded: Gateway) -> None:
    token = signed(claims(exp=AT_S + 600, nbf=AT_S))
    for now, status in (("12:00", 200), ("12:10", 200), ("12:11", 401), ("11:58", 401), ("11:59", 200), ("12:00", 200)):
        assert (await guarded.ask(WHO, token=token, now=f"2026-03-11T{now}:00Z")).status == status, now


# ---------------------------------------------------------------- rows of the table of hostile input
@pytest.mark.parametrize(
    "header",
    [
        None, "", "Bearer", "Bearer ", "Basic YTpi", VIEWER, f"bearer{VIEWER}", f"Token {VIEWER}", f"Bearer {VIEWER}, x",
        f"Bearer {VIEWER}, Bearer {VIEWER}", f"Bearer Bearer {VIEWER}", f"Bearer {VIEWER} {VIEWER}", f'Bearer "{VIEWER}"',
        f"Bearer {EXPIRED}", f"Bearer {'x' * 20_000}", f"Bearer {'x.y.z' * 4000}", f"Bearer {VIEWER[:-1]}",
        f"Bearer\t{VIEWER}", f"Bearer {VIEWER}\0".encode(), "Bearer plx_é".encode(), "Bearer ①.②.③".encode(),
        b"Bearer \xff\xfe.\xff.\xff", "Bearer .", "Bearer ..", "Bearer a.b", "Bearer a.b.c", "Bearer a.b.c.d.e",
    ],
)  # fmt: skip
async def test_a_header_that_carries_no_token_is_refused(guarded: Gateway, header: str | bytes | None) -> None:
    await refusal(guarded, header)


async def test_one_token_comes_in_one_header(guarded: Gateway) -> None:
    good = f"Bearer {signed(claims())}"
    for one, other in ((good, good), (good, "Bearer x"), (f"Bearer {VIEWER}", f"Bearer {STRANGER}"), ("", good)):
        headers = [("authorization", one), ("authorization", other), ("parallax-now", NOW)]
        response = await guarded.http.post("/graphql", json={"query": WHO}, headers=headers)
        assert response.status_code == 401


@pytest.mark.parametrize("token", [VIEWER, signed(claims())], ids=["an API token", "a JWT"])
async def test_a_token_elsewhere_than_in_its_header_is_no_token(guarded: Gateway, token: str) -> None:
    parameters = {"query": WHO, "token": token, "access_token": token, "authorization": f"Bearer {token}"}
    headers = {"cookie": f"token={token}; authorization=Bearer {token}", "x-authorization": f"Bearer {token}"}
    assert (await guarded.http.get("/graphql", params=parameters, headers=headers)).status_code == 401
    assert (await guarded.http.post("/graphql", json=parameters, headers=headers)).status_code == 401


@pytest.mark.parametrize("claimed", ["none", "None", "nOnE", "NONE", "", "HS256 ", "hs256", None, 0, [], ["HS256"], {}])
@pytest.mark.parametrize("key", [b"", SECRET], ids=["signed with nothing", "signed with the secret"])
async def test_a_token_does_not_choose_its_algorithm(guarded: Gateway, claimed: object, key: str | bytes) -> None:
    token = signed(claims(), "HS256", key, alg=claimed)
    await refusal(guarded, f"Bearer {token}")
    await refusal(guarded, f"Bearer {token.rpartition('.')[0]}.")
    await refusal(guarded, f"Bearer {token.rpartition('.')[0]}.AA")


@pytest.mark.parametrize(
    "key",
    ["", "secret", "password", "changeme", "parallax", "HS256", "0", "\0", " ", SECRET.upper(), SECRET + " ", pem(RSA),
     pem(RSA).strip(), pem(RSA) + "\n", json.dumps(jwk(RSA)), "x" * 32],
)  # fmt: skip
async def test_a_guessed_or_a_public_key_signs_nothing(guarded: Gateway, key: str) -> None:
    await refusal(guarded, f"Bearer {signed(claims(), 'HS256', key)}")


@pytest.mark.parametrize("place", [0, 1, 2], ids=["header", "claims", "signature"])
async def test_a_token_that_was_touched_is_refused(guarded: Gateway, place: int) -> None:
    for algorithm in ("HS256", "RS256"):
        parts = signed(claims(), algorithm).split(".")
        stronger = signed(claims(role="ADMIN"), algorithm, kid="x").split(".")
        for swapped in (stronger[place], parts[place][:-1], parts[place] + "A", parts[place] + "=", ""):
            touched = [swapped if at == place else part for at, part in enumerate(parts)]
            await refusal(guarded, f"Bearer {'.'.join(touched)}")


@pytest.mark.parametrize(
    "kid", ["../../dev/null", "/dev/null", "' or 1=1 --", "http://127.0.0.1/", "a\nb", "\0", "k" * 400]
)
async def test_a_kid_is_a_name_and_nothing_else(guarded: Gateway, kid: str) -> None:
    """Beside fixed keys without a name it says nothing: what an honest provider wrote there does no harm either."""
    for key in (b"", SECRET.encode()[:-1]):
        await refusal(guarded, f"Bearer {signed(claims(), 'HS256', key, kid=kid)}")


@pytest.mark.parametrize("kid", [["a"], {"a": 1}, 1, True, "k" * 10_000])
async def test_a_kid_that_is_no_name_is_refused(guarded: Gateway, kid: object) -> None:
    await refusal(guarded, f"Bearer {signed(claims(), 'HS256', kid=kid)}")


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c", "crit", "b64", "zip", "enc"])
@pytest.mark.parametrize("owner", ["a stranger's key", "our key"])
async def test_nothing_in_the_header_is_followed(gateway: Gateway, settings: Settings, name: str, owner: str) -> None:
    """Not even of a token that our own key signed."""
    key = RSA if owner == "our key" else RSAKey.generate_key(2048)
    async with publishing(jwk(key, kid="k")) as strangers, publishing(jwk(RSA, kid="k")) as ours:
        of_set = settings.model_copy(update={"jwt_jwks": ours.url})
        values: dict[str, Any] = {
            "jku": strangers.url, "x5u": strangers.url, "jwk": jwk(key), "x5c": ["AAAA"],
            "crit": ["exp"], "b64": False, "zip": "DEF", "enc": "A256GCM",
        }  # fmt: skip
        async with running(of_set, gateway.urls) as guarded:
            extra = {name: values[name]} | ({"crit": ["b64"]} if name == "b64" else {})
            await refusal(guarded, f"Bearer {signed(claims(), 'RS256', key, kid='k', **extra)}")
            assert (await guarded.ask(WHO, token=signed(claims(), "RS256", RSA, kid="k"))).status == 200
        assert strangers.fetches == 0
        assert ours.fetches == 1


HOSTILE: dict[str, dict[str, Any] | bytes] = {
    "no exp": {"exp": None},
    "exp as text": {"exp": str(AT_S + 600)},
    "exp as text of a date": {"exp": "2030-01-01T00:00:00Z"},
    "exp true": {"exp": True},
    "exp as list": {"exp": [AT_S + 600]},
    "exp negative": {"exp": -1},
    "exp in the year 10000": {"exp": 253402300800},
    "exp of thirty digits": {"exp": 10**30},
    "exp infinite": json.dumps(claims(exp=float("inf"))).encode(),
    "exp not a number": json.dumps(claims(exp=float("nan"))).encode(),
    "exp 1e999": json.dumps(claims(exp="@")).encode().replace(b'"@"', b"1e999"),
    "exp of 5000 digits": json.dumps(claims(exp="@")).encode().replace(b'"@"', b"1" * 4000),
    "exp null": json.dumps({**claims(), "exp": None}).encode(),
    "nbf as text": {"nbf": str(AT_S)},
    "nbf infinite": json.dumps(claims(nbf=float("-inf"))).encode(),
    "nbf true": {"nbf": True},
    "iat false": {"iat": False},
    "nbf null": json.dumps({**claims(), "nbf": None}).encode(),
    "iat as text": {"iat": "now"},
    "other iss": {"iss": "https://issuer.evil"},
    "iss with a slash more": {"iss": "https://issuer/"},
    "iss as list": {"iss": ["https://issuer"]},
    "no iss": {"iss": None},
    "other aud": {"aud": "parallax2"},
    "other auds": {"aud": ["a", "b"]},
    "no aud": {"aud": None},
    "aud as object": {"aud": {"parallax": 1}},
    "aud as a list of lists": {"aud": [["parallax"]]},
    "aud that only holds it": {"aud": "not parallax"},
    "no sub": {"sub": None},
    "empty sub": {"sub": ""},
    "sub as list": {"sub": ["ada"]},
    "sub as number": {"sub": 1},
    "sub null": json.dumps({**claims(), "sub": None}).encode(),
    "sub with NUL": {"sub": "ada\0"},
    "sub with a new line": {"sub": "a\nb"},
    "sub of 501 characters": {"sub": "a" * 501},
    "sub with half a surrogate pair": json.dumps(claims(sub="@")).encode().replace(b"@", rb"\ud800"),
    "no claim": {"parallax": None},
    "claim null": json.dumps({**claims(), "parallax": None}).encode(),
    "claim empty": {"parallax": {}},
    "claim as text": {"parallax": str(NORDLYS)},
    "claim as list": {"parallax": [str(NORDLYS)]},
    "claim with true": {"parallax": {str(NORDLYS): True}},
    "claim with a list": {"parallax": {str(NORDLYS): ["VIEWER"]}},
    "claim with null": {"parallax": {str(NORDLYS): None}},
    "role in lower case": {"parallax": {str(NORDLYS): "viewer"}},
    "unknown role": {"parallax": {str(NORDLYS): "OPERATOR"}},
    "one role of two unknown": {"parallax": {str(NORDLYS): "VIEWER", str(HIMAL): "ROOT"}},
    "client of every name": {"parallax": {"*": "ADMIN"}},
    "the client that stands for all": {"parallax": {str(UUID(int=0)): "VIEWER"}},
    "client in braces": {"parallax": {f"{{{NORDLYS}}}": "VIEWER"}},
    "client without hyphens": {"parallax": {NORDLYS.hex: "VIEWER"}},
    "client by global id": {"parallax": {encode(GlobalId("Client", NORDLYS)): "VIEWER"}},
    "client twice": {"parallax": {str(UNKNOWN): "VIEWER", str(UNKNOWN).upper(): "ADMIN"}},
    "claims as list": json.dumps([claims()]).encode(),
    "claims as text": b'"claims"',
    "claims nested deeply": b"[" * 5000,
    "claims that are no JSON": b"{'sub': 'ada'}",
    "claims with a byte that is no text": json.dumps(claims()).encode() + b"\xff",
    "more than eight kilobytes": {"more": "x" * 7000},
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_a_token_that_says_something_else_is_refused_though_its_signature_holds(
    guarded: Gateway, hostile: str
) -> None:
    said = HOSTILE[hostile]
    for algorithm in ("HS256", "RS256"):
        token = signed(said if isinstance(said, bytes) else claims(**said), algorithm)
        await refusal(guarded, f"Bearer {token}")


@pytest.mark.parametrize("kind", ["dpop+jwt", "logout+jwt", "JOSE", "", 1, None, ["JWT"]])
async def test_what_is_signed_for_another_purpose_is_no_token(guarded: Gateway, kind: object) -> None:
    await refusal(guarded, f"Bearer {signed(claims(), typ=kind)}")


@pytest.mark.parametrize(
    "said",
    [{"aud": ["other", "parallax"]}, {"sub": "a" * 500}, {"sub": "Ænes ① 🦊"}, {"name": "x\0"}, {"scope": [1, {"a": None}]},
     {"exp": AT_S + 0.5}, {"more": "x" * 4000}],
)  # fmt: skip
async def test_what_is_unusual_but_allowed_is_taken(guarded: Gateway, said: dict[str, Any]) -> None:
    for header in ({}, {"typ": "at+JWT"}, {"x5t": "AAAA", "kid": "k", "own": {"a": 1}}):
        assert (await guarded.ask(WHO, token=signed(claims(**said), **header))).status == 200


async def test_a_gateway_without_keys_takes_no_jwt(gateway: Gateway) -> None:
    for algorithm in ("HS256", "RS256", "ES256"):
        await refusal(gateway, f"Bearer {signed(claims(), algorithm)}")


async def test_neither_answers_nor_logs_hold_a_token_or_why_it_was_refused(
    guarded: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = signed(claims()), signed(claims(exp=None))
    await guarded.ask(WHO, token=good)
    await guarded.ask(WHO, token=bad)
    logged = "".join(capsys.readouterr())
    assert "UNAUTHENTICATED" in logged or "401" in logged
    for token in (good, bad):
        assert not any(part in logged for part in token.split("."))
    assert SECRET not in logged


# ---------------------------------------------------------------- keys that cannot be had
async def test_without_its_keys_a_jwt_waits_and_api_tokens_go_on(gateway: Gateway, settings: Settings) -> None:
    async with publishing() as publisher:
        publisher.says(b"", status="500 Oops")
        down = settings.model_copy(update={"jwt_jwks": publisher.url, "jwt_secret": SecretStr(SECRET)})
        async with running(down, gateway.urls) as guarded:
            answer = await guarded.ask(WHO, token=signed(claims(), "ES256", EC))
            assert answer.status == 503
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.error["extensions"]["code"] == "SOURCE_UNAVAILABLE"
            assert publisher.url not in json.dumps(answer.body)
            assert (await guarded.ask(WHO, token=VIEWER)).status == 200
            assert (await guarded.ask(WHO, token=signed(claims()))).status == 200
            await refusal(guarded, f"Bearer {signed(claims(), 'HS256', 'guessed')}")
