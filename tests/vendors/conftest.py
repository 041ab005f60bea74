"""The vendors as the tests meet them: the sandbox, over real sockets."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from parallax.sandbox.options import Options
from parallax.sandbox.server import Sandbox, running
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Gateway
from tests.gateways import running as running_gateway
from tests.vendors.asking import connected

pytest.register_assert_rewrite("tests.vendors.contract")

TODAY = datetime(2026, 3, 11, 12, tzinfo=UTC)
"""The same instant as `tests.gateways.NOW`."""


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    """One for the run. Its clock starts at TODAY and runs on."""
    async with running(Options(now=TODAY)) as sandbox:
        yield sandbox


@pytest.fixture
def vendors(sandbox: Sandbox) -> Iterator[Sandbox]:
    """Without faults, calls, counted limits, or switches and a clock that another test set."""
    sandbox.reset()
    yield sandbox
    sandbox.reset()


@pytest.fixture
async def vendor_gateway(
    cluster: Cluster, settings: Settings, template: str, vendors: Sandbox
) -> AsyncIterator[Gateway]:
    """A seeded database of its own, and the sandbox's first account at each vendor for every client."""
    async with (
        cloned(cluster, settings, template) as urls,
        running_gateway(connected(settings, vendors), urls) as gateway,
    ):
        yield gateway
