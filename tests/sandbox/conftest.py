"""The sandbox itself under test."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from parallax.sandbox.server import Sandbox
from tests.sandbox.asking import Asking
from tests.vendors.conftest import sandbox, vendors

__all__ = ["sandbox", "vendors"]


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def asking(http: httpx.AsyncClient, vendors: Sandbox) -> Asking:
    return Asking(http, vendors)


@pytest.fixture
def unhurried(vendors: Sandbox) -> Sandbox:
    """Sensor Tower lets a test ask as fast as it can."""
    vendors.sensor_tower.switches = replace(vendors.sensor_tower.switches, per_second=None)
    return vendors
