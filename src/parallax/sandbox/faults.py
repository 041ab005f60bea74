"""Everything that can go wrong with an answer, to be had on demand."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import orjson

from parallax.sandbox.wire import HTML, PAGE, Answer


class Kind(StrEnum):
    STATUS = "status"
    LATENCY = "latency"
    HANG = "hang"
    HTML = "html"
    TRUNCATED = "truncated"
    WRONG_TYPES = "wrong_types"
    ERROR_INSIDE = "error_inside"
    EMPTY = "empty"
    HUGE = "huge"
    HALF_OPEN = "half_open"
    REDIRECT = "redirect"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to calls whose path begins with `path` and whose query, without the secret, holds `query`.

    `next_calls`: it ends after so many of them; None: it stays. `status` and `retry_after` (seconds) belong to STATUS,
    `ms` to LATENCY, `size` (bytes) to HUGE, `location` to REDIRECT.
    Latencies add up and go before whatever else; of the other faults the one that was set first comes first.
    """

    kind: Kind
    path: str = ""
    query: str = ""
    next_calls: int | None = None
    status: int = 500
    retry_after: float | None = None
    ms: float = 1_000
    size: int = 50 * 2**20
    location: str = "https://elsewhere.invalid/"

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot be."""
        object.__setattr__(self, "kind", Kind(self.kind))
        checks = {
            "path": isinstance(self.path, str),
            "query": isinstance(self.query, str),
            "next_calls": self.next_calls is None or (type(self.next_calls) is int and self.next_calls > 0),
            "status": type(self.status) is int and 200 <= self.status <= 599,
            "retry_after": self.retry_after is None or (_is_number(self.retry_after) and self.retry_after >= 0),
            "ms": _is_number(self.ms) and self.ms >= 0,
            "size": type(self.size) is int and self.size > 0,
            "location": isinstance(self.location, str),
        }
        wrong = [name for name, is_well in checks.items() if not is_well]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: not a value that it can have.")


class Faults:
    """Those that are set for one vendor."""

    def __init__(self) -> None:
        self.left: list[Fault] = []

    def add(self, *faults: Fault) -> None:
        self.left += faults

    def clear(self) -> None:
        self.left.clear()

    def of(self, path: str, query: str) -> tuple[float, Fault | None]:
        """Milliseconds to wait, and what then goes wrong; each that is met is used once."""
        wait, met = 0.0, None
        kept: list[Fault] = []
        for fault in self.left:
            is_latency = fault.kind is Kind.LATENCY
            if not (path.startswith(fault.path) and fault.query in query) or (met is not None and not is_latency):
                kept.append(fault)
                continue
            if is_latency:
                wait += fault.ms
            else:
                met = fault
            if fault.next_calls is None:
                kept.append(fault)
            elif fault.next_calls > 1:
                kept.append(replace(fault, next_calls=fault.next_calls - 1))
        self.left = kept
        return wait, met


def spoiled(fault: Fault, true: Answer, error: Answer) -> Answer:
    """What comes instead of the true answer; `error` is how the vendor says that something failed."""
    match fault.kind:
        case Kind.STATUS:
            retry = {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after:g}"}
            return Answer(fault.status, error.body, error.kind, retry)
        case Kind.HTML:
            return Answer(200, PAGE, HTML)
        case Kind.TRUNCATED:
            return Answer(true.status, true.body[: len(true.body) * 2 // 3], true.kind, true.headers)
        case Kind.WRONG_TYPES:
            return Answer(
                true.status, orjson.dumps(_twisted(orjson.loads(true.body or b"null"))), true.kind, true.headers
            )
        case Kind.ERROR_INSIDE:
            return Answer(
                200, b'{"error":"Internal error.","errors":[{"title":"Internal error.","msg":"Internal error."}]}'
            )
        case Kind.EMPTY:
            return Answer(200, b"", true.kind)
        case Kind.REDIRECT:
            return Answer(302, b"", HTML, {"location": fault.location})
        case _:
            return true


def _twisted(value: Any) -> Any:
    """The same shape, with no value of the type that it had."""
    match value:
        case dict():
            return {name: _twisted(each) for name, each in value.items()}
        case list():
            return [_twisted(each) for each in value]
        case str():
            return {"text": value}
        case None:
            return None
        case _:
            return f"about {value}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
