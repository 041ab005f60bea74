"""A breaker: a vendor that keeps failing is left alone for a while, then one call tries it."""

from collections.abc import Callable
from enum import Enum
from typing import Final

FAILURES: Final = 5
"""In a row, after which it opens."""


class State(Enum):
    CLOSED = "closed"
    OPEN = "open"
    TRYING = "half-open"


class Breaker:
    """Of one account. `clock` is monotonic seconds."""

    def __init__(self, open_s: float, clock: Callable[[], float]) -> None:
        self._open_s, self._clock = open_s, clock
        self._failed, self._opened_at, self._tries = 0, 0.0, False

    @property
    def state(self) -> State:
        if self._failed < FAILURES:
            return State.CLOSED
        return State.TRYING if self._tries or self.retry_after_s <= 0 else State.OPEN

    @property
    def retry_after_s(self) -> float:
        """Until the next call may try it."""
        return max(0.0, self._opened_at + self._open_s - self._clock())

    def admits(self) -> bool:
        """Whether a call may be made now; the one that tries an open breaker is admitted once."""
        if self._failed < FAILURES:
            return True
        if self._tries or self.retry_after_s > 0:
            return False
        self._tries = True
        return True

    def succeeded(self) -> None:
        self._failed, self._tries = 0, False

    def failed(self) -> None:
        """A failure that is the vendor's: a refused question is none."""
        self._failed += 1
        self._tries = False
        if self._failed >= FAILURES:
            self._opened_at = self._clock()


class Retries:
    """A budget: one at first, and then fewer than one for every ten calls that are wanted, so that a vendor in trouble is
    not asked much more than before."""

    def __init__(self, most: float = 10.0, first: float = 1.0) -> None:
        self._most, self._held = most, first

    def wanted(self) -> None:
        """A call that is no retry."""
        self._held = min(self._most, self._held + 0.09)

    def take(self) -> bool:
        if self._held < 1:
            return False
        self._held -= 1
        return True
