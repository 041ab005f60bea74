"""Nordlys has the events of the worked examples, waiting in the tail."""

from collections.abc import AsyncIterator

import pytest

from parallax.db import Database
from parallax.settings import Settings
from tests.analytics.owning import Own
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Gateway, running


@pytest.fixture(scope="session")
def asked(gateway: Gateway) -> Gateway:
    """For tests that only read. Its clock stands at noon of Wednesday, 11 March 2026."""
    return gateway


@pytest.fixture(scope="module")
async def ground(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[tuple[Gateway, Database]]:
    """A database for the clients of a file's tests."""
    async with (
        cloned(cluster, settings, template) as urls,
        running(settings, urls) as gateway,
        Database(settings, urls.reading, urls.writing) as db,
    ):
        yield gateway, db


@pytest.fixture(params=["waiting", "folded"])
def folds(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "folded")


@pytest.fixture
async def own(ground: tuple[Gateway, Database], folds: bool) -> Own:
    """An empty client in Berlin; what it sends waits, or is folded at once."""
    return await Own.made(*ground, folds, "Europe/Berlin")
