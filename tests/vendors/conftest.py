"""The vendors as the tests meet them: the sandbox, over real sockets."""

from collections.abc import AsyncIterator, Generator, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from parallax import telemetry
from parallax.sandbox import accounts
from parallax.sandbox.options import Options
from parallax.sandbox.server import Sandbox, running
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import HEARD, Gateway
from tests.gateways import running as running_gateway
from tests.vendors.asking import connected

pytest.register_assert_rewrite("tests.vendors.contract")

TODAY = datetime(2026, 3, 11, 12, tzinfo=UTC)
"""The same instant as `tests.gateways.NOW`."""
SECRETS = (
    *(account.token for account in accounts.SENSOR_TOWER),
    *(account.client_secret for account in accounts.KORE_AI),
    *(account.api_key for account in accounts.KAON),
)
SHOWN = 12
"""Characters of a secret that would be too many already."""


# ---------------------------------------------------------------- nothing tells a secret
def told_in(text: str) -> list[str]:
    return [f"{secret[:4]}…" for secret in SECRETS if secret[:SHOWN] in text]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Whatever a test of vendors made the gateway log or print, no secret is in it."""
    report = yield
    if found := told_in("".join(text for _, text in report.sections)):
        report.outcome, report.longrepr = "failed", f"Secrets stand in what was logged: {found}"
        report.sections.clear()
    return report


@pytest.fixture(scope="session", autouse=True)
def unheard() -> Iterator[None]:
    """Nor is one in any answer of the whole run, but of what the caller sent with that very request, nor in the metrics."""
    found: list[tuple[str, str]] = []

    async def hear(response: httpx.Response) -> None:
        sent = response.request.content.decode("utf-8", "replace")
        text = (await response.aread()).decode("utf-8", "replace")
        found.extend((secret, text[:500]) for secret in told_in(text) if secret not in told_in(sent))

    HEARD.append(hear)
    yield
    HEARD.remove(hear)
    assert found == []
    assert told_in(telemetry.exposition().decode()) == []


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
