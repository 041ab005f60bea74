"""Counters for `/metrics`. What a caller chooses is never a label: each label has a small set of values, known before.

One counts without a look-up in the library: the children of a label are kept.
"""

import platform
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import Any, Final, Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    Summary,
    disable_created_metrics,
    generate_latest,
)

from parallax.telemetry.refusals import Refusal

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SENDING: Final = "/v1/events"
"""What stands for an operation's name where rows are sent without one."""
MOST_OPERATIONS: Final = 200
"""Stored operations with a latency histogram of their own: each is eighteen lines of `/metrics`."""


class Lending(Protocol):
    """What is told of a pool."""

    size: int
    lent: int
    waiting: int


class Children(dict[str, Any]):
    """Children of a metric's one label by its value, made when first asked for; beyond `most` they are one, OTHER."""

    def __init__(self, metric: Any, most: int, *first: str) -> None:
        super().__init__((value, metric.labels(value)) for value in first)
        self._metric, self._most = metric, most

    def __missing__(self, value: str) -> Any:
        if len(self) >= self._most:
            value = "OTHER"
        made = self[value] = self._metric.labels(value)
        return made


disable_created_metrics()  # type: ignore[no-untyped-call]  # a second line for each, that says when the process began
REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)


def _counter(name: str, told: str, *labels: str) -> Counter:
    return Counter(name, told, labels, registry=REGISTRY)


def _gauge(name: str, told: str, *labels: str) -> Gauge:
    return Gauge(name, told, labels, registry=REGISTRY)


def _release() -> str:
    try:
        return version("parallax")
    except PackageNotFoundError:
        return "unknown"


REQUESTS: Final = _counter("parallax_requests", "Requests to /graphql and /v1/events by HTTP status.", "status")
SECONDS: Final = Histogram(
    "parallax_request_seconds",
    "Time from a request's first byte to its answer's last; `operation` is empty for what is no stored operation, and a "
    "path for what is no operation at all.",
    ["operation"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
REFUSALS: Final = _counter("parallax_refusals", "What was not run, by reason.", "reason")
SPARED: Final = _counter("parallax_refusals_spared", "What PARALLAX_LIMITS=enforce would have refused.", "reason")
ERRORS: Final = _counter("parallax_errors", "Errors in answers by code.", "code")
OPERATIONS: Final = _counter("parallax_operations", "What the operation cache had: hit, miss or refused.", "cache")
OPERATIONS_KEPT: Final = _gauge("parallax_operation_cache_size", "Operations that are kept parsed.")
QUEUE: Final = _gauge("parallax_queue", "Requests that wait for their turn, and that have it.", "state")
SHED: Final = _counter("parallax_queue_shed", "Requests that were turned away since too many waited.")
POOL: Final = _gauge("parallax_pool", "Database connections: busy, waited for, and at most.", "pool", "state")
BLOCKS: Final = _gauge(
    "parallax_block_cache_bytes",
    "Decoded blocks and answers that the process keeps, and how much that may be.",
    "state",
)
STATEMENTS: Final = Summary(
    "parallax_statement_seconds", "SQL statements, by file, and the time they took.", ["statement"], registry=REGISTRY
)
BATCHES: Final = Histogram(
    "parallax_loader_keys",
    "Keys that a loader was asked for at once.",
    ["loader"],
    buckets=(1, 2, 5, 10, 25, 50, 100, 250, 1000),
    registry=REGISTRY,
)
DEPRECATED: Final = _counter("parallax_deprecated_fields", "Operations run that ask for a deprecated field.", "field")
EVENTS: Final = _counter(
    "parallax_events", "Rows sent to /v1/events: accepted, duplicate, replaced or rejected.", "outcome"
)
SOCKETS: Final = _gauge("parallax_sockets_open", "WebSockets that are open.")
STREAMS: Final = _gauge("parallax_streams_open", "Operations whose answers come in parts, by transport.", "transport")
KEY_SETS: Final = _counter("parallax_jwks_fetches", "Fetches of the JWK Set: ok or failed.", "outcome")
WAITING: Final = _gauge(
    "parallax_events_waiting", "Events and logs that are accepted and not folded yet, of all clients."
)
WAITING_S: Final = _gauge("parallax_events_waiting_seconds", "How long the oldest of them has waited.")
FOLDS: Final = _counter("parallax_folds", "Folds of waiting events into roll-ups that were kept.")
FOLD_FAILURES: Final = _counter("parallax_fold_failures", "Folds, and other work of the worker, that failed.")
FOLD_SECONDS: Final = Histogram(
    "parallax_fold_seconds",
    "Time that a fold took.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
    registry=REGISTRY,
)
_gauge("parallax_build_info", "Release that runs.", "version", "python").labels(
    _release(), platform.python_version()
).set(1)

_status = Children(REQUESTS, 40, "200")
_refusal = {reason: REFUSALS.labels(reason.value) for reason in Refusal}
_spared = {reason: SPARED.labels(reason.value) for reason in (Refusal.COST, Refusal.RATE_LIMITED)}
_error = Children(ERRORS, 40)
_statement = Children(STATEMENTS, 500)
_loader = Children(BATCHES, 200)
_field = Children(DEPRECATED, 500)
_transport = Children(STREAMS, 10, "websocket", "sse", "multipart")
_key_set = Children(KEY_SETS, 2, "ok", "failed")
_outcome = {outcome: EVENTS.labels(outcome) for outcome in ("accepted", "duplicate", "replaced", "rejected")}
_any_operation = SECONDS.labels("")
_operation: dict[str, Any] = {SENDING: SECONDS.labels(SENDING)}


def answered(status: int, took_s: float | None, stored: str | None = None) -> None:
    """A request came to its end. `stored` is the name of the stored operation that ran or SENDING, None for any other text.

    `took_s` is None for what lasts as long as its caller likes.
    """
    _status[str(status)].inc()
    if took_s is not None:
        (_operation.get(stored, _any_operation) if stored else _any_operation).observe(took_s)


def stored_operations(names: Iterable[str]) -> None:
    """Announces the names that `answered` tells apart."""
    for name in sorted(names):
        if len(_operation) < MOST_OPERATIONS and name not in _operation:
            _operation[name] = SECONDS.labels(name)


def refused(reason: Refusal) -> None:
    _refusal[reason].inc()
    if reason is Refusal.BUSY:
        SHED.inc()


def spared(reason: Refusal) -> None:
    """A limit that is measured only was exceeded: COST or RATE_LIMITED."""
    _spared[reason].inc()


def erred(code: str) -> None:
    """An error in an answer."""
    _error[code].inc()


class timed_statement:
    """Counts a statement and the time that it is entered: the server's, and the way there and back."""

    __slots__ = ("_began", "_name")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._began = perf_counter()

    def __exit__(self, *_: object) -> None:
        _statement[self._name].observe(perf_counter() - self._began)


def asked_at_once(loader: str, keys: int) -> None:
    _loader[loader].observe(keys)


def deprecated(field: str) -> None:
    """`field` is the schema's coordinate of it, as `App.sessions`."""
    _field[field].inc()


def sent(accepted: int, duplicates: int, replaced: int, rejected: int) -> None:
    """What became of rows."""
    for outcome, rows in zip(_outcome.values(), (accepted, duplicates, replaced, rejected), strict=True):
        outcome.inc(rows)


def socket_open() -> AbstractContextManager[Any]:
    """Counts a WebSocket as open for as long as it is entered."""
    return SOCKETS.track_inprogress()


def stream_open(transport: str) -> AbstractContextManager[Any]:
    """Counts an operation over `websocket`, `sse` or `multipart` as running for as long as it is entered."""
    tracker: AbstractContextManager[Any] = _transport[transport].track_inprogress()
    return tracker


def fetched_keys(ok: bool) -> None:
    """The JWK Set was fetched, or could not be."""
    _key_set["ok" if ok else "failed"].inc()


def events_waiting(events: int, oldest_s: float) -> None:
    """What is not folded yet, of all clients."""
    WAITING.set(events)
    WAITING_S.set(oldest_s)


def folded(took_s: float) -> None:
    FOLDS.inc()
    FOLD_SECONDS.observe(took_s)


def fold_failed() -> None:
    FOLD_FAILURES.inc()


def watch_queue(waiting: Callable[[], int], running: Callable[[], int]) -> None:
    QUEUE.labels("waiting").set_function(waiting)
    QUEUE.labels("running").set_function(running)


def watch_operation_cache(size: Callable[[], int]) -> None:
    OPERATIONS_KEPT.set_function(size)


def watch_pool(name: str, pool: Lending) -> None:
    POOL.labels(name, "busy").set_function(lambda: pool.lent)
    POOL.labels(name, "waiting").set_function(lambda: pool.waiting)
    POOL.labels(name, "size").set(pool.size)


def watch_blocks(held: Callable[[], float], most: float) -> None:
    BLOCKS.labels("held").set_function(held)
    BLOCKS.labels("limit").set(most)


def exposition() -> bytes:
    """All of it in Prometheus' text format."""
    return generate_latest(REGISTRY)
