"""Counters of what is asked of vendors. Neither accounts nor addresses are labels: both would tell of credentials."""

from collections.abc import Callable
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from parallax.telemetry.counters import REGISTRY

VENDOR_CALLS: Final = Counter(
    "parallax_vendor_calls",
    "Calls to vendors by outcome: ok, or the code of the failure.",
    ["vendor", "outcome"],
    registry=REGISTRY,
)
VENDOR_SECONDS: Final = Histogram(
    "parallax_vendor_call_seconds",
    "Time that a vendor took to answer a call, or to fail.",
    ["vendor"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30),
    registry=REGISTRY,
)
VENDOR_PIECES: Final = Counter(
    "parallax_vendor_pieces",
    "Pieces of vendors' data that were wanted: kept, stored, called or shared.",
    ["vendor", "from"],
    registry=REGISTRY,
)
VENDOR_BREAKERS: Final = Gauge(
    "parallax_vendor_breakers_open",
    "Accounts whose breaker does not let every call through.",
    ["vendor"],
    registry=REGISTRY,
)


def vendor_called(vendor: str, outcome: str, took_s: float) -> None:
    VENDOR_CALLS.labels(vendor, outcome).inc()
    VENDOR_SECONDS.labels(vendor).observe(took_s)


def vendor_pieces(vendor: str, source: str, pieces: int) -> None:
    if pieces:
        VENDOR_PIECES.labels(vendor, source).inc(pieces)


def watch_breakers(vendor: str, open_now: Callable[[], int]) -> None:
    VENDOR_BREAKERS.labels(vendor).set_function(open_now)
