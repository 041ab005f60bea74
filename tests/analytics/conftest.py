"""Nordlys has the events of the worked examples, waiting in the tail."""

import pytest

from tests.gateways import Gateway


@pytest.fixture(scope="session")
def asked(gateway: Gateway) -> Gateway:
    """For tests that only read. Its clock stands at noon of Wednesday, 11 March 2026."""
    return gateway
