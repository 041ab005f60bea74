"""What users did, in order: by blocks of 16,384 users, and weeks. Pure. How it is stored: `weeks`.

A week is 7 UTC days since 1970, so that no change of a zone moves one. Events without a user are in none.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.frames import DAY_US, Frame
from parallax.engine.standing import ERASED, People

BLOCK_BITS: Final = 14
USERS: Final = 1 << BLOCK_BITS
WEEK_DAYS: Final = 7
WEEK_US: Final = WEEK_DAYS * DAY_US


@dataclass(slots=True)
class Rows:
    """Events of users as columns (int64) of one length; their order is by user, then instant, then acceptance (I3)."""

    user: Numbers
    at: Numbers
    event: Numbers
    app: Numbers

    def __len__(self) -> int:
        return len(self.user)

    def taken(self, which: Numbers) -> "Rows":
        return Rows(self.user[which], self.at[which], self.event[which], self.app[which])


def none() -> Rows:
    return Rows(*(np.zeros(0, np.int64) for _ in range(4)))


def together(parts: Sequence[Rows]) -> Rows:
    """All rows in their order; of equal instants of a user those of an earlier part come first."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return none()
    if len(parts) == 1:
        return parts[0]
    whole = Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in Rows.__slots__))
    return whole.taken(np.lexsort((whole.at, whole.user)))


def rows_of(frame: Frame, people: People, after: int, upto: int | None = None) -> Rows:
    """The events accepted after a position (and up to one), of users who are there by now."""
    users = people.of(frame.actor).astype(np.int64)
    keep = (users > 0) & (frame.position > after)
    if upto is not None:
        keep &= frame.position <= upto
    which = np.flatnonzero(keep)
    order = which[np.lexsort((frame.position[which], frame.at[which], users[which]))]
    return Rows(*(column[order].astype(np.int64) for column in (users, frame.at, frame.event, frame.app)))


def as_of(rows: Rows, people: People) -> Rows:
    """Rows (in their order) as those of the users that their users are by now, in order again; of nobody who is erased.

    Where ids that became one have rows of one instant, these are in the order of the ids. Nobody is another: the same rows.
    """
    users = people.of(rows.user).astype(np.int64)
    if bool((users == rows.user).all()):
        return rows
    its = Rows(users, rows.at, rows.event, rows.app).taken(users != ERASED)
    return its.taken(np.lexsort((its.at, its.user)))


def in_order(rows: Rows) -> bool:
    """Whether users ascend, and the instants of each."""
    users, instants = np.diff(rows.user), np.diff(rows.at)
    return bool(((users > 0) | ((users == 0) & (instants >= 0))).all())


def by_block(rows: Rows) -> Iterator[tuple[int, int, Rows]]:
    """Block, week and rows of each pair that has any."""
    weeks, blocks = rows.at // WEEK_US, rows.user >> BLOCK_BITS
    order = np.lexsort((weeks, blocks))  # stable: within a pair the order stays
    keys = blocks[order] << 32 | weeks[order]
    begins = np.flatnonzero(np.diff(keys, prepend=-1))
    for part in np.split(order, begins[1:]) if len(order) else ():
        yield int(blocks[part[0]]), int(weeks[part[0]]), rows.taken(part)


def tied(rows: Rows, users: Numbers) -> Numbers:
    """Instants at which one of these users has several rows."""
    same = np.zeros(len(rows), bool)
    same[1:] = (rows.user[1:] == rows.user[:-1]) & (rows.at[1:] == rows.at[:-1])
    same &= np.isin(rows.user, users)
    return np.unique(rows.at[same])


def put_in_order(rows: Rows, truth: Rows) -> None:
    """Rows of equal instants of a user become what `truth` has there; instants that it does not have stay."""
    mine, its = (_places(each, np.isin(each.user, truth.user) & np.isin(each.at, truth.at)) for each in (rows, truth))
    for instant, places in mine.items():
        there = its.get(instant, [])
        if len(there) == len(places):
            rows.event[places], rows.app[places] = truth.event[there], truth.app[there]


def _places(rows: Rows, which: Numbers) -> dict[tuple[int, int], list[int]]:
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place in np.flatnonzero(which).tolist():
        found[int(rows.user[place]), int(rows.at[place])].append(place)
    return found
