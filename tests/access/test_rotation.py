"""Keys of a JWK Set come and go: when it is read again, how often, and what holds while it is down."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from parallax import outbound
from parallax.access.callers import Callers
from parallax.errors import SourceUnavailable, Unauthenticated
from tests.access.conftest import MakeCallers
from tests.access.providers import AT, EC, RSA, SECRET, Clock, Publisher, claims, jwk, publishing, signed

OLD = jwk(RSA, kid="old")
NEXT_KEY = RSAKey.generate_key(2048)
NEXT = jwk(NEXT_KEY, kid="next")
BY_OLD = signed(claims(), "RS256", RSA, kid="old")
BY_NEXT = signed(claims(), "RS256", NEXT_KEY, kid="next")


async def opens(callers: Callers, token: str) -> bool:
    try:
        return bool(await callers.viewer(f"Bearer {token}", AT))
    except Unauthenticated:
        return False


async def test_a_set_is_fetched_once_for_all(callers_with: MakeCallers) -> None:
    async with publishing(OLD) as publisher:
        callers = callers_with(jwt_jwks=publisher.url)
        tokens = [signed(claims(sub=f"user-{number}"), "RS256", kid="old") for number in range(50)]

        assert all(await asyncio.gather(*(opens(callers, token) for token in tokens)))
        assert publisher.fetches == 1


async def test_nothing_is_fetched_before_there_is_a_token_that_could_be_verified(callers_with: MakeCallers) -> None:
    async with publishing(OLD) as publisher:
        callers = callers_with(jwt_jwks=publisher.url, jwt_secret=SecretStr(SECRET))
        for token in ("a.b.c", signed(claims(), alg="none"), signed(claims(), "RS256", jku=publisher.url), "x" * 9000):
            assert not await opens(callers, token)
        assert await opens(callers, signed(claims()))
        assert publisher.fetches == 0


async def test_a_new_key_is_found_at_its_first_token(callers_with: MakeCallers, clock: Clock) -> None:
    async with publishing(OLD) as publisher:
        callers = callers_with(jwt_jwks=publisher.url)
        assert await opens(callers, BY_OLD)
        publisher.publishes(OLD, NEXT)
        clock.passes(60)

        assert await opens(callers, BY_NEXT)
        assert await opens(callers, BY_OLD)
        assert publisher.fetches == 2


async def test_unknown_keys_cause_one_fetch_a_minute_at_most(callers_with: MakeCallers, clock: Clock) -> None:
    async with publishing(OLD) as publisher:
        callers = callers_with(jwt_jwks=publisher.url)
        assert await opens(callers, BY_OLD)
        for second in range(300):
            guesses = [signed(claims(), "RS256", kid=f"../{second}/{number}") for number in range(3)]
            assert not any(await asyncio.gather(*(opens(callers, guess) for guess in guesses)))
            clock.passes(1)
        assert publisher.fetches == 1 + 4
        assert await opens(callers, BY_OLD)


async def test_a_bad_signature_with_a_known_key_fetches_nothing(callers_with: MakeCallers, clock: Clock) -> None:
    async with publishing(OLD) as publisher:
        callers = callers_with(jwt_jwks=publisher.url)
        assert await opens(callers, BY_OLD)
        clock.passes(120)
        assert not await opens(callers, signed(claims(), "RS256", NEXT_KEY, kid="old"))
        assert publisher.fetches == 1


async def test_a_key_that_was_withdrawn_opens_nothing_after_ten_minutes(
    callers_with: MakeCallers, clock: Clock
) -> None:
    """Also for a token whose signature was seen to hold."""
    async with publishing(OLD, NEXT) as publisher:
        callers = callers_with(jwt_jwks=publisher.url)
        assert await opens(callers, BY_OLD)
        publisher.publishes(NEXT)
        clock.passes(599)
        assert await opens(callers, BY_OLD)
        clock.passes(1)
        assert not await opens(callers, BY_OLD)
        assert await opens(callers, BY_NEXT)
        assert publisher.fetches == 2


async def test_a_set_that_was_emptied_opens_nothing(callers_with: MakeCallers, clock: Clock) -> None:
    async with publishing(OLD) as publisher:
        callers = callers_with(jwt_jwks=publisher.url)
        assert await opens(callers, BY_OLD)
        publisher.publishes()
        clock.passes(600)
        assert not await opens(callers, BY_OLD)


FAILURES: dict[str, dict[str, Any]] = {
    "an error": {"body": b"", "status": "500 Oops"},
    "nothing there": {"body": json.dumps({"keys": []}).encode(), "status": "404 Not Found"},
    "a page": {"body": b"<html>maintenance</html>"},
    "no JSON": {"body": b'{"keys": ['},
    "no set": {"body": b'{"key": []}'},
    "a megabyte and more": {"body": json.dumps({"keys": [], "more": "x" * 2**20}).encode()},
    "a packed body": {"body": gzip.compress(b'{"keys": []}'), "content_encoding": "gzip"},
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_while_a_set_is_down_its_last_keys_hold(callers_with: MakeCallers, clock: Clock, failure: str) -> None:
    async with publishing(OLD) as publisher:
        callers = callers_with(jwt_jwks=publisher.url)
        assert await opens(callers, BY_OLD)
        publisher.says(**FAILURES[failure])
        for _ in range(5):
            clock.passes(600)
            assert await opens(callers, BY_OLD)
            assert not await opens(callers, BY_NEXT)
        assert 1 < publisher.fetches <= 6

        publisher.publishes(NEXT)
        clock.passes(60)
        assert await opens(callers, BY_NEXT)
        assert not await opens(callers, BY_OLD)


@pytest.mark.parametrize("failure", FAILURES)
async def test_keys_that_never_were_there_are_told_apart_from_a_token_that_is_wrong(
    callers_with: MakeCallers, clock: Clock, failure: str
) -> None:
    async with publishing() as publisher:
        publisher.says(**FAILURES[failure])
        callers = callers_with(jwt_jwks=publisher.url)
        for _ in range(3):
            with pytest.raises(SourceUnavailable) as told:
                await callers.viewer(f"Bearer {BY_OLD}", AT)
            assert told.value.retry_after_s == 5
        assert publisher.fetches == 1

        publisher.publishes(OLD)
        clock.passes(5)
        assert await opens(callers, BY_OLD)


async def test_a_redirect_is_not_followed(callers_with: MakeCallers) -> None:
    async with publishing(OLD) as elsewhere, publishing() as publisher:
        publisher.says(b"", status="302 Found", location=elsewhere.url)
        with pytest.raises(SourceUnavailable):
            await callers_with(jwt_jwks=publisher.url).viewer(f"Bearer {BY_OLD}", AT)
        assert (publisher.fetches, elsewhere.fetches) == (1, 0)


@pytest.mark.parametrize("slow", ["silent", "a byte now and then"])
async def test_a_slow_set_is_given_up(callers_with: MakeCallers, monkeypatch: pytest.MonkeyPatch, slow: str) -> None:
    monkeypatch.setattr(outbound, "WITHIN_S", 0.2)
    async with publishing(OLD) as publisher:
        if slow == "silent":
            publisher.answer = None
        else:
            publisher.drips = True
        async with asyncio.timeout(10):
            with pytest.raises(SourceUnavailable):
                await callers_with(jwt_jwks=publisher.url).viewer(f"Bearer {BY_OLD}", AT)


async def test_nobody_listens_there(callers_with: MakeCallers) -> None:
    async with publishing() as publisher:
        pass
    with pytest.raises(SourceUnavailable):
        await callers_with(jwt_jwks=publisher.url).viewer(f"Bearer {BY_OLD}", AT)


async def test_a_set_that_hangs_holds_up_nobody_whose_key_is_here(callers_with: MakeCallers, clock: Clock) -> None:
    async with publishing(OLD) as publisher:
        callers = callers_with(jwt_jwks=publisher.url)
        assert await opens(callers, BY_OLD)
        publisher.says(b"", status="500 Oops")
        clock.passes(600)
        assert await opens(callers, BY_OLD)

        publisher.answer = None
        clock.passes(60)
        async with asyncio.timeout(2):
            assert await opens(callers, BY_OLD)
            await reached(publisher, 3)
            assert await opens(callers, BY_OLD)


async def test_who_leaves_ends_the_fetch_for_nobody_else(callers_with: MakeCallers) -> None:
    async with publishing(OLD) as publisher:
        held, publisher.answer = publisher.answer, None
        callers = callers_with(jwt_jwks=publisher.url)
        leaving, staying = (asyncio.create_task(opens(callers, BY_OLD)) for _ in range(2))
        await reached(publisher, 1)
        leaving.cancel()
        await asyncio.wait([leaving])
        assert not staying.done()

        publisher.answer = held
        publisher.hang_up()
        with pytest.raises(SourceUnavailable):  # as the fetch it waited for ended; it was not cancelled
            await staying
        assert leaving.cancelled()


async def test_a_gateway_that_stops_ends_its_fetch(callers_with: MakeCallers) -> None:
    async with publishing(OLD) as publisher:
        publisher.answer = None
        callers = callers_with(jwt_jwks=publisher.url)
        waiting = asyncio.create_task(opens(callers, BY_OLD))
        await reached(publisher, 1)
        async with asyncio.timeout(2):
            await callers.settled()
            await asyncio.wait([waiting])
        assert waiting.cancelled() or waiting.exception() is not None


async def test_a_file_is_read_again_like_an_address(callers_with: MakeCallers, clock: Clock, tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [OLD]}))
    callers = callers_with(jwt_jwks=str(file))
    assert await opens(callers, BY_OLD)

    file.write_text(json.dumps({"keys": [NEXT, jwk(EC, kid="curve")]}))
    assert not await opens(callers, BY_NEXT)
    clock.passes(60)
    assert await opens(callers, BY_NEXT)
    assert await opens(callers, signed(claims(), "ES256", kid="curve"))
    assert not await opens(callers, BY_OLD)

    file.unlink()
    clock.passes(600)
    assert await opens(callers, BY_NEXT)


async def reached(publisher: Publisher, fetches: int) -> None:
    async with asyncio.timeout(5):
        while publisher.fetches < fetches:  # noqa: ASYNC110 - it is told by this number alone
            await asyncio.sleep(0.01)
