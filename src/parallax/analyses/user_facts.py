"""What the rows tell of users (I7): when they were seen first and last, how many events are theirs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from parallax.analyses.questions import Ground
from parallax.analyses.rows import day_windows, days_us
from parallax.engine.bitmaps import BitMap, numbers_in
from parallax.engine.days import ANY
from parallax.engine.frames import EVENTS
from parallax.engine.known import Known
from parallax.engine.parts import Rows
from parallax.engine.requests import Columns, Days, Steps
from parallax.engine.rolling import local_days
from parallax.moments import FIRST_DAY, last_day

AT_ONCE: Final = 200_000


@dataclass(frozen=True, slots=True)
class Seen:
    """Instants of a user's first and last event of any kind, in microseconds since 1970; None where the rows of that
    day are not kept any more.
    """

    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class SeenUsers:
    """Asks for when users were seen: a dict from actor to `Seen`; one without an event is absent.

    Merged ids included. `ground` has no app: a user is the client's.
    """

    ground: Ground
    users: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EventsOfUser:
    """Asks for how many events are a user's, by whatever id: a float."""

    ground: Ground
    user: int


def seen_users(_: Known, ask: SeenUsers) -> Steps[dict[int, Seen]]:
    days = yield Days(EVENTS, ANY, FIRST_DAY, last_day(ask.ground.today), frozenset({"events"}), frozenset({"users"}))
    rows = list(zip(days.day.tolist(), days.numbers["events"].tolist(), days.sets["users"], strict=True))
    asked = BitMap(ask.users)
    firsts, lasts = _met(rows, asked), _met(rows[::-1], asked)
    met = set(firsts.values()) | set(lasts.values())
    ends: dict[int, tuple[int, int]] = {}
    for window in day_windows([(day, events) for day, events, _ in rows if day in met], AT_ONCE):
        span = days_us(*window, ask.ground.zone)
        parts: Sequence[Rows] = yield Columns(ask.ground.stream, *span, core=frozenset({"at", "actor"}))
        for part in parts:
            _widen(ends, part, ask.users)
    found = list(ends)
    told = [local_days(np.array([ends[user][end] for user in found]), ask.ground.zone).tolist() for end in (0, 1)]
    kept = {user: each for user, *each in zip(found, *told, strict=True)}
    seen = {}
    for user in firsts:
        first, last = ends.get(user, (0, 0))
        is_first, is_last = (
            day == its[user] for day, its in zip(kept.get(user, (None, None)), (firsts, lasts), strict=True)
        )
        seen[user] = Seen(first if is_first else None, last if is_last else None)
    return seen


def _met(rows: Sequence[tuple[int, int, BitMap]], asked: BitMap) -> dict[int, int]:
    """By user the day on which it is met first, going through the rows in this order."""
    left, met = asked.copy(), dict[int, int]()
    for day, _, users in rows:
        if not left:
            break
        here = left & users
        met |= dict.fromkeys(here, day)
        left -= here
    return met


def _widen(ends: dict[int, tuple[int, int]], part: Rows, users: Sequence[int]) -> None:
    found = part.users
    which = np.isin(found, users)
    theirs, at = found[which], part.at[which]
    order = np.argsort(theirs, kind="stable")
    theirs, at = theirs[order], at[order]
    found, begins = np.unique(theirs, return_index=True)
    if not len(found):
        return
    firsts, lasts = np.minimum.reduceat(at, begins), np.maximum.reduceat(at, begins)
    for user, first, last in zip(found.tolist(), firsts.tolist(), lasts.tolist(), strict=True):
        before = ends.get(user, (first, last))
        ends[user] = min(before[0], first), max(before[1], last)


def events_of_user(_: Known, ask: EventsOfUser) -> Steps[float]:
    days = yield Days(
        EVENTS, ANY, FIRST_DAY, last_day(ask.ground.today), frozenset({"events"}), frozenset({"users", "counts"})
    )
    total = 0
    for users, counts in zip(days.sets["users"], days.sets["counts"], strict=True):
        if ask.user in users:
            total += int(counts[users.rank(ask.user) - 1])
    return float(total)


def as_bits(users: BitMap) -> bytes:
    """A bit for each actor, as PostgreSQL's get_bit counts them."""
    if not users:
        return b""
    marks = np.zeros(users.max() + 1, bool)
    marks[numbers_in(users)] = True
    return np.packbits(marks, bitorder="little").tobytes()
