"""What an answer has not, or has only of old, without a field that failed: `extensions.missing` tells it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

MOST: Final = 200
"""Of one answer."""


@dataclass(frozen=True, slots=True)
class Absence:
    path: tuple[str | int, ...]
    source: str
    code: str | None
    reason: str
    retry_after_s: float | None


class Absences:
    """Of one operation, in the order noted; equal ones once."""

    def __init__(self) -> None:
        self._noted: dict[Absence, None] = {}

    def note(
        self,
        path: Sequence[str | int],
        source: str,
        reason: str,
        code: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        """`code` is that of what failed, None where nothing did."""
        if len(self._noted) < MOST:
            self._noted[Absence(tuple(path), source, code, reason, retry_after_s)] = None

    def told(self) -> list[dict[str, Any]]:
        return [
            {
                "path": list(each.path),
                "source": each.source,
                "code": each.code,
                "reason": each.reason,
                "retryAfterSeconds": each.retry_after_s,
            }
            for each in self._noted
        ]
