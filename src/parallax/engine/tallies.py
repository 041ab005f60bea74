"""How many users did something how often, over spans of days: the sum of the days' counts, made once for each state.

What is kept is of folded days; the tail moves some of its users from one number to another.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from parallax.engine.bitmaps import numbers_in
from parallax.engine.caches import Kept
from parallax.engine.columns import Numbers
from parallax.engine.dayreader import DayReader
from parallax.engine.dayrows import DayRows
from parallax.engine.days import Day
from parallax.engine.requests import Days, Tally

ONLY_NUMBERS = frozenset({"events"})
USERS_AND_COUNTS = frozenset({"users", "counts"})
Asked = tuple[UUID, Tally]


@dataclass(frozen=True, slots=True)
class Times:
    """`times`: by user, how often. `many`: by number, how many users have it; of 0 none are counted."""

    times: Numbers
    many: Numbers

    @classmethod
    def of(cls, rows: DayRows) -> "Times":
        users, counts = rows.sets["users"], rows.sets["counts"]
        times = np.zeros(max((bits.max() + 1 for bits in users if bits), default=1), np.uint32)
        for bits, each in zip(users, counts, strict=True):
            times[numbers_in(bits)] += each
        many = np.bincount(times)
        many[0] = 0
        return cls(times, many)

    def tally(self, waiting: Collection[Day]) -> tuple[Numbers, Numbers]:
        """The numbers, ascending, and how many users have each; with what waits to be folded."""
        many = self.many
        deltas = [(numbers_in(day.users), day.counts) for day in waiting if day.users and day.counts is not None]
        if deltas:
            users, places = np.unique(np.concatenate([users for users, _ in deltas]), return_inverse=True)
            added = np.zeros(len(users), np.int64)
            np.add.at(added, places, np.concatenate([counts for _, counts in deltas]))
            before = np.zeros(len(users), np.int64)
            there = users < len(self.times)
            before[there] = self.times[users[there]]
            after = before + added
            most = max(len(many), int(after.max()) + 1)
            many = np.bincount(after, minlength=most) - np.bincount(before, minlength=most)
            many[: len(self.many)] += self.many
            many[0] = 0
        numbers = np.flatnonzero(many)
        return numbers, many[numbers]


async def tallied(
    folded: DayReader, kept: Kept, asked: Sequence[Asked], waiting: Sequence[Collection[Day]]
) -> list[tuple[Numbers, Numbers]]:
    """For each request its tally. `folded` reads what is folded alone, `waiting` are the days that the tail adds to."""
    rows = await folded.days([(client, days_of(request)) for client, request in asked])
    found: list[Times | None] = [kept.get(_key(one), each.state) for one, each in zip(asked, rows, strict=True)]
    missing = [place for place, times in enumerate(found) if times is None]
    if missing:
        sets = await folded.days([(asked[place][0], days_of(asked[place][1], USERS_AND_COUNTS)) for place in missing])
        for place, each in zip(missing, sets, strict=True):
            times = found[place] = Times.of(each)
            kept.put(_key(asked[place]), each.state, times, 500 + times.times.nbytes + times.many.nbytes)
    return [times.tally(days) for times, days in zip(found, waiting, strict=True) if times is not None]


def days_of(request: Tally, sets: frozenset[str] = frozenset()) -> Days:
    """The days that a tally is of."""
    return Days(request.scope, request.event, request.first, request.last, ONLY_NUMBERS, sets)


def _key(asked: Asked) -> object:
    client, request = asked
    return ("times", client, request.scope, request.event, request.first, request.last)
