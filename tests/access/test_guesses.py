"""Wrong tokens in a row: they open nothing, and harm nobody who has a right one."""

import asyncio
import secrets
from datetime import UTC, datetime

import pytest

from parallax import db as database
from parallax.access.callers import Callers
from parallax.access.tokens import MOST_UNKNOWN, REFUSED, Tokens, new_secret
from parallax.access.viewer import Role
from parallax.clients.tokens import create_token
from parallax.db import Database
from parallax.errors import Unauthenticated
from parallax.installation import Urls
from parallax.settings import Settings
from tests.access.conftest import MakeCallers
from tests.access.providers import AT, Clock
from tests.gateways import Gateway
from tests.seeds import NORDLYS, VIEWER

WHO = "{ viewer { name } }"


async def refused(callers: Callers | Tokens, token: str) -> None:
    with pytest.raises(Unauthenticated, match=REFUSED):
        await callers.viewer(token if isinstance(callers, Tokens) else f"Bearer {token}", AT)


async def test_two_hundred_guesses_open_nothing_and_harm_nobody(gateway: Gateway) -> None:
    async def guess() -> int:
        return (await gateway.ask(WHO, token=new_secret())).status

    async def ask() -> int:
        return (await gateway.ask(WHO)).status

    for _ in range(20):
        statuses = await asyncio.gather(*(guess() for _ in range(10)), ask())
        assert set(statuses[:-1]) <= {401, 429}
        assert statuses[-1] == 200


async def test_a_wrong_token_sent_over_and_over_is_looked_up_once_a_second(
    callers_with: MakeCallers, clock: Clock
) -> None:
    callers, wrong = callers_with(), new_secret()
    names: list[str] = []
    noting = database.statements.set(names)
    try:
        for _ in range(200):
            await refused(callers, wrong)
        assert names.count("token_by_hash") == 1
        clock.passes(1)
        await refused(callers, wrong)
        assert names.count("token_by_hash") == 2
        for _ in range(5):
            assert (await callers.viewer(f"Bearer {VIEWER}", AT)).name == "viewer"
        assert names.count("token_by_hash") == 7, "a right token is looked up each time: it may be revoked"
    finally:
        database.statements.reset(noting)


async def test_a_token_works_from_the_moment_it_is_made_whatever_was_guessed(
    settings: Settings, own_urls: Urls, clock: Clock
) -> None:
    async with Database(settings, own_urls.reading, own_urls.writing) as db:
        tokens = Tokens(db, clock)
        for _ in range(20):
            await refused(tokens, new_secret())
        made = await create_token(db, {NORDLYS: Role.VIEWER}, "new", datetime.now(UTC))
        assert (await tokens.viewer(made.secret, datetime.now(UTC))).name == "new"
        await tokens.settled()


async def test_what_is_kept_of_guesses_is_bounded(callers_with: MakeCallers) -> None:
    tokens = callers_with()._tokens
    for _ in range(MOST_UNKNOWN + 10):
        tokens._note_unknown(secrets.token_bytes(32))
    assert len(tokens._unknown) <= MOST_UNKNOWN


async def test_what_has_not_the_shape_of_a_token_is_not_looked_up(callers_with: MakeCallers) -> None:
    callers = callers_with()
    names: list[str] = []
    noting = database.statements.set(names)
    try:
        for header in ("plx_", "plx_" + "x" * 42, "plx_" + "x" * 44, VIEWER.upper(), f"{VIEWER}.{VIEWER}.{VIEWER}"):
            await refused(callers, header)
    finally:
        database.statements.reset(noting)
    assert names == []
