"""Every failure that a caller may see, in one tree. What is not in it is masked and logged (see http/encode)."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, ClassVar


class ErrorCode(Enum):
    """What `extensions.code` of a failed field, and `userErrors.code` of a refused mutation, may say."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    INVALID_PARAMETER = "INVALID_PARAMETER"
    RATE_LIMITED = "RATE_LIMITED"
    TOO_COSTLY = "TOO_COSTLY"
    TIMEOUT = "TIMEOUT"
    SOURCE_UNAVAILABLE = "SOURCE_UNAVAILABLE"
    SOURCE_REJECTED = "SOURCE_REJECTED"
    SOURCE_QUOTA = "SOURCE_QUOTA"
    INTERNAL = "INTERNAL"


class ParallaxError(Exception):
    """A failure with a code and a message fit to show.

    `details` is {argument: value as sent}; `retry_after_s` is given where waiting helps; `source` names the vendor whose
    failure it is.
    """

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL

    def __init__(
        self,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        retry_after_s: float | None = None,
        source: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = dict(details) if details else {}
        self.retry_after_s = retry_after_s
        self.source = source

    @property
    def extensions(self) -> dict[str, Any]:
        """What the GraphQL error carries beside its message."""
        shown: dict[str, Any] = {"code": self.code.value}
        if self.details:
            shown["details"] = self.details
        if self.retry_after_s is not None:
            shown["retryAfterSeconds"] = self.retry_after_s
        if self.source is not None:
            shown["source"] = self.source
        return shown


class InvalidParameter(ParallaxError):
    """An argument that cannot be used: the message names it and what is allowed (Y1)."""

    code = ErrorCode.INVALID_PARAMETER

    def __init__(self, argument: str, value: Any, problem: str, allowed: Iterable[str] = ()) -> None:
        allowed = list(allowed)
        choice = f" Allowed: {', '.join(allowed)}." if allowed else ""
        super().__init__(f"{argument}: {problem}.{choice}", details={argument: value})
        self.argument = argument


class Unauthenticated(ParallaxError):
    code = ErrorCode.UNAUTHENTICATED


class Forbidden(ParallaxError):
    code = ErrorCode.FORBIDDEN


class NotFound(ParallaxError):
    """The object is missing or invisible to this caller: the two look the same."""

    code = ErrorCode.NOT_FOUND


class Conflict(ParallaxError):
    code = ErrorCode.CONFLICT


class RateLimited(ParallaxError):
    """The token's budget is spent: `retry_after_s` says when it holds enough again."""

    code = ErrorCode.RATE_LIMITED


class TooCostly(ParallaxError):
    code = ErrorCode.TOO_COSTLY


class Timeout(ParallaxError):
    code = ErrorCode.TIMEOUT


class SourceUnavailable(ParallaxError):
    """The database (or a vendor) does not answer; the same question may succeed later."""

    code = ErrorCode.SOURCE_UNAVAILABLE


class SourceRejected(ParallaxError):
    """A vendor refuses the question, or whoever asks it: the same question fails again."""

    code = ErrorCode.SOURCE_REJECTED


class SourceQuota(ParallaxError):
    """A vendor's allowance is used up, or so low that it is kept: `retry_after_s` says when there is more."""

    code = ErrorCode.SOURCE_QUOTA


class SetupError(ParallaxError):
    """The gateway or a command cannot start: the message says what is wrong and how to mend it."""
