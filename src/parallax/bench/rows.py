"""Usage reports out of a seed: the same rows at every run, on every machine."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

FIRST_DAY = date(2025, 1, 1)
"""In the past whenever a bench runs: every bucket is whole."""
Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shape:
    """How many rows over how many apps, days and users. Apps are as unlike as in life: the first has the most rows."""

    rows: int
    apps: int
    days: int
    users: int
    skew: float = 0.9
    seed: int = 3

    def day(self, number: int) -> date:
        return FIRST_DAY + timedelta(days=number)

    def resized(self, rows: int) -> "Shape":
        return replace(self, rows=rows)

    @property
    def last_day(self) -> date:
        return self.day(self.days - 1)


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of one length, in order of app, day and user; days are counted from FIRST_DAY, users from 1."""

    app: Column
    day: Column
    user: Column
    active_ms: Column
    sessions: Column

    def __len__(self) -> int:
        return len(self.app)


def generated(shape: Shape) -> Rows:
    """About `shape.rows` rows: a user whom chance names twice on a day for an app has one report."""
    random = np.random.default_rng(shape.seed)
    weights = 1 / np.arange(1, shape.apps + 1) ** shape.skew
    app = random.choice(shape.apps, shape.rows, p=weights / weights.sum()).astype(np.int64)
    day = random.integers(0, shape.days, shape.rows)
    user = (shape.users * random.random(shape.rows) ** 2).astype(np.int64)
    key = np.unique((app * shape.days + day) * shape.users + user)
    place, user = np.divmod(key, shape.users)
    app, day = np.divmod(place, shape.days)
    return Rows(
        app, day, user + 1, random.integers(1000, 3_600_000, len(key)), random.integers(1, 9, len(key)).astype(np.int64)
    )
