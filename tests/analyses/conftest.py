"""Loops are compiled before anybody asks, as a gateway does it when it starts."""

import pytest

from parallax.engine.kernels.warming import warm


@pytest.fixture(scope="package", autouse=True)
def warmed() -> None:
    warm()
