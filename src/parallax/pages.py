"""Key-set pages: how many are asked for, and after which position. Pure.

A cursor is the position of a row in one list, sealed: one of another list, another caller's or a forged one is refused.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from parallax.errors import InvalidParameter

MOST = 1000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of one page with their cursors, and whether more follow."""

    rows: list[T]
    cursors: list[str]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Cursors:
    """Makes and reads cursors with one key."""

    key: bytes

    def make(self, of_list: str, position: Sequence[Any]) -> str:
        """The cursor of `position` in the list that `of_list` names (its field, parent and filters)."""
        body = orjson.dumps(list(position))
        return base64.urlsafe_b64encode(self._seal(of_list, body) + body).rstrip(b"=").decode()

    def read(self, of_list: str, cursor: str | None, argument: str = "after") -> list[Any] | None:
        """The position, or None without a cursor; InvalidParameter for one that is not of this list."""
        if cursor is None:
            return None
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        seal, body = raw[:12], raw[12:]
        if not body or not hmac.compare_digest(seal, self._seal(of_list, body)):
            raise InvalidParameter(argument, cursor[:200], "is not a cursor of this list; use pageInfo.endCursor of it")
        position: list[Any] = orjson.loads(body)
        return position

    def page(
        self, of_list: str, rows: Sequence[T], first: int, position: Callable[[T], Sequence[Any]], continued: bool
    ) -> Page[T]:
        """A page of at most `first` out of rows that were read with one more."""
        shown = list(rows[:first])
        return Page(shown, [self.make(of_list, position(row)) for row in shown], len(rows) > first, continued)

    def _seal(self, of_list: str, body: bytes) -> bytes:
        return hmac.digest(self.key, of_list.encode() + b"\0" + body, "sha256")[:12]


def checked_first(first: int, most: int = MOST, argument: str = "first") -> int:
    """A page's size within its bounds (Y6); never cut silently."""
    if not 1 <= first <= most:
        raise InvalidParameter(argument, first, f"must be from 1 to {most}")
    return first
