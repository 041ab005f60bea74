"""The one door to structlog and prometheus-client: counters, and log lines. No secret and no variable's value gets in."""

from parallax.telemetry.counters import (
    CONTENT_TYPE,
    ERRORS,
    OPERATIONS,
    answered,
    asked_at_once,
    deprecated,
    erred,
    exposition,
    fetched_keys,
    refused,
    socket_open,
    spared,
    stored_operations,
    stream_open,
    timed_statement,
    watch_operation_cache,
    watch_pool,
    watch_queue,
)
from parallax.telemetry.logs import configure_logs, logger, request_line, slow_line
from parallax.telemetry.redaction import hide, hide_settings
from parallax.telemetry.refusals import Refusal

__all__ = [
    "CONTENT_TYPE",
    "ERRORS",
    "OPERATIONS",
    "Refusal",
    "answered",
    "asked_at_once",
    "configure_logs",
    "deprecated",
    "erred",
    "exposition",
    "fetched_keys",
    "hide",
    "hide_settings",
    "logger",
    "refused",
    "request_line",
    "slow_line",
    "socket_open",
    "spared",
    "stored_operations",
    "stream_open",
    "timed_statement",
    "watch_operation_cache",
    "watch_pool",
    "watch_queue",
]
