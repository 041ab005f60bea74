"""Callers as the gateway looks them up, with settings of a test's own."""

from collections.abc import AsyncIterator, Callable

import pytest

from parallax.access.callers import Callers
from parallax.db import Database
from parallax.settings import Settings
from tests.access.providers import Clock
from tests.gateways import Gateway

MakeCallers = Callable[..., Callers]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def callers_with(gateway: Gateway, settings: Settings, clock: Clock) -> AsyncIterator[MakeCallers]:
    """`callers_with(jwt_secret=…)`; several may be made."""
    made: list[Callers] = []
    async with Database(settings, gateway.urls.reading, gateway.urls.writing) as db:

        def make(**given: object) -> Callers:
            made.append(Callers(db, settings.model_copy(update=given), clock))
            return made[-1]

        yield make
        for callers in made:
            await callers.settled()
