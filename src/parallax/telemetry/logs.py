"""Log lines: a JSON object each, on standard error, since standard output belongs to commands' answers.

A line never says why an exception was raised in the exception's own words: those may hold a row's or a variable's value.
"""

import logging
import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import structlog

from parallax.telemetry.redaction import by_name, by_value, may_be_token

LONGEST_NAME: Final = 100
"""Characters of an operation's name that are told: a name may be as long as its text."""
AS_LINE: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z

_tells_requests = True


def configure_logs(level: str) -> None:
    """`level` is the least that is told; of what libraries log by the standard way warnings are the least."""
    global _tells_requests
    least: int = getattr(logging, level.upper())
    _tells_requests = least <= logging.INFO
    common: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _stack_without_words,
        by_name,
    ]
    of_libraries = _ToStandardError()
    of_libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, lambda _, __, entry: _text(entry)],
        )
    )
    logging.basicConfig(level=max(logging.WARNING, least), handlers=[of_libraries], force=True)
    logging.getLogger("asyncpg").setLevel(logging.ERROR)  # of a lost connection it warns with a stack; db.py asks again
    structlog.configure(
        processors=[*common, lambda _, __, entry: _line(entry)],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *_: _LINES,
        cache_logger_on_first_use=True,
    )


def logger(name: str) -> Any:
    return structlog.get_logger(name)


def request_line(
    *,
    request_id: str,
    status: int,
    took_s: float,
    statements: int = 0,
    token: str | None = None,
    operation: str | None = None,
    transport: str | None = None,
    cost: float | None = None,
    errors: int = 0,
    refused: str | None = None,
    trace: str | None = None,
) -> None:
    """One finished request. Nothing but this can be told of one: neither its token (`token` is an id) nor its variables.

    Goes past structlog, whose steps cost as much as a small answer.
    """
    if not _tells_requests:
        return
    entry: dict[str, Any] = {
        "event": "request",
        "level": "info",
        "timestamp": datetime.now(UTC),
        "request_id": request_id,
        "status": status,
        "ms": round(took_s * 1000, 2),
        "statements": statements,
    }
    if token is not None:
        entry["token"] = token
    if operation is not None:
        entry["operation"] = operation[:LONGEST_NAME]
    if transport is not None:
        entry["transport"] = transport
    if cost is not None:
        entry["cost"] = cost
    if errors:
        entry["errors"] = errors
    if refused is not None:
        entry["refused"] = refused
    if trace is not None:
        entry["trace"] = trace
    line = orjson.dumps(entry, str, AS_LINE)
    # The only words in it that are not ours are names of the caller's: those may be a token, not a secret of the gateway.
    _write(by_value(line) if may_be_token(request_id) or may_be_token(operation or "") else line)


def slow_line(
    *,
    request_id: str,
    took_s: float,
    statements: Sequence[str],
    operation: str | None = None,
    digest: str = "",
    cost: float | None = None,
    trace: str | None = None,
) -> None:
    """An operation that took longer than PARALLAX_SLOW. `digest` is the SHA-256 of its text, in hex: by its first twelve
    characters the operation is found again, without a value of its arguments in the log.
    """
    given = {"operation": operation and operation[:LONGEST_NAME], "sha256": digest[:12], "cost": cost, "trace": trace}
    logger("parallax.slow").warning(
        "slow",
        request_id=request_id,
        ms=round(took_s * 1000),
        statements=dict(Counter(statements)),
        **{name: value for name, value in given.items() if value},
    )


def _stack_without_words(_: Any, __: str, entry: Any) -> Any:
    """Of an exception its type and frames, and those of what caused it."""
    told = entry.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    stack: list[str] = []
    while isinstance(error, BaseException) and len(stack) < 5:
        frames = traceback.format_list(traceback.extract_tb(error.__traceback__))
        stack.append(f"{type(error).__module__}.{type(error).__qualname__}\n{''.join(frames)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if stack:
        entry["exception"] = "caused by ".join(stack)
    return entry


def _line(entry: Any) -> bytes:
    return by_value(orjson.dumps(entry, str, AS_LINE))


def _text(entry: Any) -> str:
    return _line(entry).decode().rstrip("\n")


def _write(line: bytes) -> None:
    """To standard error as it is now: somebody may have put another in its place. Nobody reading it harms no request."""
    try:
        stream = getattr(sys.stderr, "buffer", None)
        if stream is None:
            sys.stderr.write(line.decode())
        else:
            stream.write(line)
            stream.flush()
    except (OSError, ValueError, AttributeError):
        pass


class _Lines:
    """What structlog hands finished lines to."""

    def msg(self, line: bytes) -> None:
        _write(line)

    debug = info = warning = error = critical = exception = log = failure = fatal = msg


_LINES: Final = _Lines()


class _ToStandardError(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _write(self.format(record).encode("utf-8", "replace") + b"\n")
