"""What a token may still spend: a bucket of cost units for each, refilled evenly. Pure: the time is handed in."""

import math
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MINUTE_S: Final = 60.0
MOST_BUCKETS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Budget:
    """In units of cost; both are infinite without a limit. By `resets_at` all of it is there again."""

    limit: float
    remaining: float
    resets_at: datetime


class Buckets:
    """`rate` units a minute for each key, of which a whole minute's may be spent at once; `math.inf` grants everything.

    `at` is seconds of one steady clock. A bucket that is not held is full, so the least recently used may be let go.
    """

    def __init__(self, rate: float, most: int = MOST_BUCKETS) -> None:
        self._size, self._per_s, self._most = rate, rate / MINUTE_S, most
        self._held: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable, cost: float, at: float) -> float:
        """Takes `cost` and answers 0; or takes nothing and answers the seconds until there will be enough."""
        if self._size == math.inf:
            return 0.0
        wait_s = self.wait(key, cost, at)
        if wait_s == 0:
            self._held[key] = self._level(key, at) - cost, at
            self._held.move_to_end(key)
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        return wait_s

    def wait(self, key: Hashable, cost: float, at: float) -> float:
        """The seconds until `cost` could be taken.

        What costs more than a bucket holds is granted by a full one, which then owes: else it never would be.
        """
        missing = min(cost, self._size) - self._level(key, at)
        return missing / self._per_s if missing > 0 else 0.0

    def spent(self, key: Hashable, at: float) -> bool:
        """Whether there is not a single unit: told before any work is done."""
        return key in self._held and self._level(key, at) < 1

    def left(self, key: Hashable, at: float, now: datetime) -> Budget:
        """`now` is the instant that `at` stands for."""
        level = self._level(key, at)
        missing_s = 0.0 if level == self._size else (self._size - level) / self._per_s
        return Budget(self._size, max(0.0, level), now + timedelta(seconds=missing_s))

    def _level(self, key: Hashable, at: float) -> float:
        held = self._held.get(key)
        if held is None:
            return self._size
        level, since = held
        return min(self._size, level + max(0.0, at - since) * self._per_s)
