"""Logs and counters: the one door to structlog and prometheus-client. No secret and no variable's value gets in."""

import logging
import sys
from typing import Any

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
REQUESTS = Counter("parallax_requests", "Requests to /graphql by HTTP status.", ["status"], registry=REGISTRY)
DURATION = Histogram(
    "parallax_request_seconds",
    "Time from a request's first byte to its answer's last.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
OPERATIONS = Counter(
    "parallax_operations",
    "Operations by what the operation cache had: hit, miss or refused.",
    ["cache"],
    registry=REGISTRY,
)
ERRORS = Counter("parallax_errors", "Errors in answers by code.", ["code"], registry=REGISTRY)
STATEMENTS = Counter("parallax_statements", "SQL statements that operations caused.", registry=REGISTRY)
CONNECTIONS = Gauge("parallax_connections_busy", "Reading connections that are lent out.", registry=REGISTRY)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


_BY_STATUS: dict[int, Any] = {}


def count_request(status: int, took_s: float, statements: int) -> None:
    counter = _BY_STATUS.get(status)
    if counter is None:
        counter = _BY_STATUS[status] = REQUESTS.labels(status)
    counter.inc()
    DURATION.observe(took_s)
    STATEMENTS.inc(statements)


def exposition() -> bytes:
    """All counters in Prometheus' text format."""
    return generate_latest(REGISTRY)


def configure_logs(level: str) -> None:
    """One JSON line an entry, on standard error: standard output belongs to commands' answers.

    What libraries log by the standard way is told too, from warnings on.
    """
    common: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    of_libraries = logging.StreamHandler(sys.stderr)
    of_libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(
        level=max(logging.WARNING, getattr(logging, level.upper())), handlers=[of_libraries], force=True
    )
    logging.getLogger("asyncpg").setLevel(logging.ERROR)  # of a lost connection it warns with a stack; db.py asks again
    structlog.configure(
        processors=[*common, structlog.processors.JSONRenderer(serializer=_line)],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def _line(entry: Any, **_: Any) -> bytes:
    return orjson.dumps(entry, default=str)


def logger(name: str) -> Any:
    return structlog.get_logger(name)
