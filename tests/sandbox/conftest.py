"""The sandbox itself under test."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.vendors.conftest import sandbox, vendors

__all__ = ["sandbox", "vendors"]


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client
