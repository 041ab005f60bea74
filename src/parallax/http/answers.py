"""Answers as bytes, and errors as callers may see them."""

import traceback
from collections.abc import Sequence
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError

from parallax.errors import ErrorCode, ParallaxError
from parallax.telemetry import ERRORS, logger

MOST_ERRORS = 100
log = logger("parallax.errors")


def encoded(answer: dict[str, Any]) -> bytes:
    return orjson.dumps(answer, default=str)


def executed(result: ExecutionResult, request_id: str) -> dict[str, Any]:
    """`data`, and `errors` where there are any."""
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = shown(result.errors, request_id)
    return answer


def refused(errors: Sequence[GraphQLError], request_id: str) -> dict[str, Any]:
    """An answer without `data`: nothing was run."""
    return {"errors": shown(errors, request_id)}


def refusal(error: ParallaxError, request_id: str) -> dict[str, Any]:
    return refused([GraphQLError(error.message, extensions=error.extensions)], request_id)


def shown(errors: Sequence[GraphQLError], request_id: str) -> list[dict[str, Any]]:
    return [_shown(error, request_id) for error in errors[:MOST_ERRORS]]


def _shown(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """What a person can act on; a failure that nobody foresaw is masked, and logged whole."""
    told = error.formatted
    cause = error.original_error
    if isinstance(cause, ParallaxError):
        told = {**told, "message": cause.message, "extensions": cause.extensions}
    elif cause is not None and not isinstance(cause, GraphQLError) and "code" not in (error.extensions or {}):
        log.error("unforeseen", request_id=request_id, path=error.path, stack=_stack(cause))
        told = {**told, "message": "Something went wrong inside of the gateway.", "extensions": {"code": "INTERNAL"}}
    extensions = dict(told.get("extensions") or {})
    extensions.setdefault("code", ErrorCode.INVALID_PARAMETER.value)
    extensions["requestId"] = request_id
    ERRORS.labels(extensions["code"]).inc()
    return {**told, "extensions": extensions}


def _stack(cause: BaseException) -> str:
    """The frames without the messages: those may hold a row's or a variable's value."""
    frames = traceback.format_list(traceback.extract_tb(cause.__traceback__))
    return f"{type(cause).__module__}.{type(cause).__qualname__}\n{''.join(frames)}"
