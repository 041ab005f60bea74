"""Answers as bytes, and errors as callers may see them."""

import math
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from graphql import GraphQLError

from parallax.errors import (
    ErrorCode,
    Forbidden,
    NotFound,
    ParallaxError,
    RateLimited,
    Timeout,
    TooCostly,
    Unauthenticated,
)
from parallax.http.operations.estimates import Read
from parallax.http.requests import Unreadable
from parallax.telemetry import Refusal, erred, logger, refused

log = logger("parallax.errors")


def encoded(answer: Any) -> bytes:
    return orjson.dumps(answer, default=str)


class Refused(Exception):
    """An answer without `data`: nothing was run. `in_document` where the fault is the operation's, not the request's."""

    def __init__(
        self,
        status: int,
        answer: dict[str, Any],
        headers: Mapping[str, str] | None = None,
        *,
        in_document: bool = False,
        reason: Refusal | None = None,
    ) -> None:
        super().__init__(status)
        self.status, self.answer, self.headers, self.in_document = status, answer, headers or {}, in_document
        self.reason = reason or Refusal.of(answer["errors"][0]["extensions"]["code"], status)
        refused(self.reason)

    @classmethod
    def of(cls, error: ParallaxError, request_id: str) -> "Refused":
        """With the status and the headers that HTTP has for it."""
        headers = {"retry-after": str(math.ceil(error.retry_after_s))} if error.retry_after_s else {}
        if isinstance(error, Unauthenticated):
            headers["www-authenticate"] = "Bearer"
        status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), None)
        if isinstance(error, Unreadable):
            status, headers = error.status, error.headers
        if status is None:
            status = 503 if error.retry_after_s is not None else 400
        answer = {"errors": shown([GraphQLError(error.message, extensions=error.extensions)], request_id)}
        reason = getattr(error, "reason", None)
        return cls(status, answer, headers, in_document=isinstance(error, TooCostly), reason=reason)

    @classmethod
    def by(cls, error: Exception, request_id: str) -> "Refused":
        """Whatever was raised. What nobody foresaw is logged whole, and shown as nothing but a failure."""
        if isinstance(error, cls):
            return error
        if isinstance(error, ParallaxError):
            return cls.of(error, request_id)
        return cls(500, {"errors": shown([GraphQLError(str(error), original_error=error)], request_id)})

    @classmethod
    def of_document(cls, errors: Sequence[GraphQLError], request_id: str, reason: Refusal | None = None) -> "Refused":
        return cls(400, {"errors": shown(errors, request_id)}, in_document=True, reason=reason)


STATUSES: Final[dict[type[ParallaxError], int]] = {
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 400,
    RateLimited: 429,
    Timeout: 504,
}


def shown(errors: Sequence[GraphQLError], request_id: str, most: float = math.inf) -> list[dict[str, Any]]:
    return [_shown(error, request_id) for number, error in enumerate(errors) if number < most]


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
    erred(extensions["code"])
    return {**told, "extensions": extensions}


def _stack(cause: BaseException) -> str:
    """The frames without the messages: those may hold a row's or a variable's value."""
    frames = traceback.format_list(traceback.extract_tb(cause.__traceback__))
    return f"{type(cause).__module__}.{type(cause).__qualname__}\n{''.join(frames)}"


def missing(
    errors: Sequence[Mapping[str, Any]], reads: Sequence[Read], absent: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """`extensions.missing`: what is not in the answer, by path, and why. `errors` as shown; `absent` is what failed
    nowhere, and yet is not whole."""
    found = []
    for error in errors:
        if (path := error.get("path")) is None:
            continue
        told = error["extensions"]
        place = ".".join(key for key in path if isinstance(key, str))
        source = told.get("source") or next(
            (read.source for read in reads if f"{place}.".startswith(f"{read.path}.")), None
        )
        entry = {"path": path, "source": source, "code": told["code"], "reason": error["message"]}
        found.append({**entry, "retryAfterSeconds": told.get("retryAfterSeconds")})
    return [*found, *map(dict, absent)]
