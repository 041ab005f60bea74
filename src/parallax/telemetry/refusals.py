"""Why requests are refused, in few words: the label of a counter, and a word in the log."""

from enum import Enum, unique
from typing import Final


@unique
class Refusal(Enum):
    """Why a request, or an operation of it, was not run."""

    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    RATE_LIMITED = "rate_limited"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    DRAINING = "draining"
    METHOD = "method"
    MEDIA_TYPE = "media_type"
    ACCEPT = "accept"
    CROSS_SITE = "cross_site"
    UNREADABLE = "unreadable"
    BODY_BYTES = "body_bytes"
    OPERATION_BYTES = "operation_bytes"
    TOKENS = "tokens"
    DEPTH = "depth"
    ALIASES = "aliases"
    DIRECTIVES = "directives"
    FIELDS = "fields"
    COST = "cost"
    BATCH = "batch"
    ANSWER_BYTES = "answer_bytes"
    INVALID = "invalid"
    VARIABLES = "variables"
    NOT_STORED = "not_stored"
    UNKNOWN_HASH = "unknown_hash"
    WRONG_HASH = "wrong_hash"
    SOCKETS = "sockets"
    SUBSCRIPTIONS = "subscriptions"
    OTHER = "other"

    @classmethod
    def of(cls, code: str, status: int) -> "Refusal":
        """The usual reason behind an error's code and HTTP's status; who knows better says so."""
        return BY_CODE.get(code) or BY_STATUS.get(status) or cls.OTHER


BY_CODE: Final = {
    "UNAUTHENTICATED": Refusal.UNAUTHENTICATED,
    "FORBIDDEN": Refusal.FORBIDDEN,
    "RATE_LIMITED": Refusal.RATE_LIMITED,
    "TOO_COSTLY": Refusal.COST,
    "TIMEOUT": Refusal.TIMEOUT,
    "SOURCE_UNAVAILABLE": Refusal.UNAVAILABLE,
}
BY_STATUS: Final = {
    400: Refusal.INVALID,
    405: Refusal.METHOD,
    406: Refusal.ACCEPT,
    408: Refusal.TIMEOUT,
    413: Refusal.BODY_BYTES,
    415: Refusal.MEDIA_TYPE,
}
