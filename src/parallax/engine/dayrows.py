"""Days of events as columns, out of the stored rows and the tail: as if everything were folded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np

from parallax.db import Record
from parallax.engine import days as coding
from parallax.engine.bitmaps import BitMap
from parallax.engine.caches import Kept
from parallax.engine.columns import Numbers
from parallax.engine.days import Day
from parallax.engine.requests import AllDays, Days

DAYS: tuple[int, int] = (-(2**31), 2**31 - 1)
"""All days that there can be."""
WIDTHS = {"events": 8, "users": 4, "sessions": 4, "firsts": 4, "starts": 4, "bounces": 4, "session_us": 8}
# A tally is how many users did it how often: numbers, ascending, and the users of each.
SETS = {
    "users": "user_bits",
    "counts": "user_counts",
    "sessions": "session_bits",
    "firsts": "first_bits",
    "counters": "counters",
    "tally": "user_counts",
}
DECODED: Mapping[str, Any] = {
    "users": coding.users_of,
    "counts": coding.counts_of,
    "sessions": coding.sessions_of,
    "firsts": coding.firsts_of,
    "counters": coding.counters_of,
    "tally": lambda block: tally(coding.counts_of(block)),
}
EMPTY: Mapping[str, Any] = {
    "users": BitMap(),
    "counts": np.zeros(0, np.uint32),
    "sessions": BitMap(),
    "firsts": BitMap(),
    "counters": {},
    "tally": (np.zeros(0, np.int64), np.zeros(0, np.int64)),
}
ADDED = frozenset({"users", "counts", "sessions", "counters"})
"""Sets to which the tail adds; those of firsts move."""
SMALL: Mapping[str, Any] = {
    "counts": lambda counts: counts.nbytes,
    "tally": lambda tally: sum(column.nbytes for column in tally),
    "counters": lambda counters: sum(100 + column.nbytes for columns in counters.values() for column in columns),
}
"""How many bytes a value has of the kinds that are kept by the column too: asked for again, all its days are one look-up."""
Key = tuple[UUID, int, int]
"""Client, scope, event."""


@dataclass(slots=True)
class DayRows:
    """Columns of one length, in the order of the days; days without any such event are absent.

    `sets` holds, by name, one set for each row. `fresh` are rows that are not wholly folded.
    """

    day: Numbers
    version: Numbers
    numbers: dict[str, Numbers]
    sets: dict[str, list[Any]] = field(default_factory=dict)
    fresh: frozenset[int] = frozenset()

    @property
    def state(self) -> tuple[bytes, bytes]:
        """Equal for columns of the same stored days in the same versions."""
        return self.day.tobytes(), self.version.tobytes()

    def own(self) -> None:
        """Makes the numbers these rows' own, to be changed."""
        self.numbers = {name: column.copy() for name, column in self.numbers.items()}

    def between(self, first: int, last: int) -> slice:
        return slice(int(np.searchsorted(self.day, first)), int(np.searchsorted(self.day, last, "right")))


def tally(counts: Numbers) -> tuple[Numbers, Numbers]:
    many = np.bincount(counts) if len(counts) else np.zeros(0, np.int64)
    numbers = np.flatnonzero(many)
    return numbers, many[numbers]


def stored_rows(row: Record | None, columns: Sequence[str]) -> DayRows:
    if row is None:
        nothing = np.zeros(0, np.int64)
        return DayRows(nothing, nothing, dict.fromkeys(columns, nothing))
    return DayRows(
        np.frombuffer(row["day"], ">i4").astype(np.int64),
        np.frombuffer(row["version"], ">i8").astype(np.int64),
        {name: np.frombuffer(row[name], f">i{WIDTHS[name]}").astype(np.int64) for name in columns},
    )


class Part:
    """The rows of one scope and event on their way to being complete."""

    def __init__(self, key: Key, request: Days | AllDays, rows: DayRows) -> None:
        self.key, self.rows = key, rows
        self.wanted = request.numbers | request.sets
        self._request = request
        self.last = request.last
        self._sets: dict[tuple[int, str], Any] = {}
        self._columns: dict[str, list[Any]] = {}
        self.touched: dict[int, Day] = {}

    def touch(self, tail: Any) -> None:
        """Makes room for the days that only the tail has."""
        request = self._request
        self.touched = tail.touched(*self.key[1:], request.first, request.last)
        if not self.touched:
            return
        rows = self.rows
        rows.own()
        absent = np.setdiff1d(np.fromiter(self.touched, np.int64), rows.day)
        if len(absent):
            order = np.argsort(np.concatenate([rows.day, absent]), kind="stable")
            rows.day = np.concatenate([rows.day, absent])[order]
            for held in (rows.numbers, {"version": rows.version}):
                for name, column in held.items():
                    wide = np.concatenate([column, np.zeros(len(absent), np.int64)])[order]
                    if name == "version":
                        rows.version = wide
                    else:
                        held[name] = wide
        rows.fresh = frozenset(np.flatnonzero(np.isin(rows.day, list(self.touched))).tolist())

    def needs(self) -> Iterable[tuple[int, int, str]]:
        """Day, version and name of the stored sets that it takes; days that are not stored (version 0) have none."""
        sets = self._request.sets - self._columns.keys()
        if not sets and not self.rows.fresh:
            return
        for place, (day, version) in enumerate(zip(self.rows.day.tolist(), self.rows.version.tolist(), strict=True)):
            if not version:
                continue
            names = set(sets)
            if place in self.rows.fresh:
                names |= self._request.numbers & {"users", "sessions"}
                if self._request.sets & {"counts", "tally"}:
                    names |= {"counts", "users"}
            for name in names:
                if (day, name) not in self._sets and name not in self._columns:
                    yield day, version, name

    def have(self, day: int, name: str, value: Any) -> None:
        self._sets[day, name] = value

    def take_columns(self, kept: Kept) -> None:
        """Those whose days are all as they were when somebody asked for them last."""
        small = SMALL.keys() & self._request.sets
        state = self.rows.state if small else None
        for name in small:
            column = kept.get((*self.key, name), state)
            if column is not None:
                self._columns[name] = column

    def keep_columns(self, kept: Kept) -> None:
        for name in SMALL.keys() & (self._request.sets - self._columns.keys()):
            column = self._columns[name] = [self._sets.get((day, name), EMPTY[name]) for day in self.rows.day.tolist()]
            kept.put((*self.key, name), self.rows.state, column, 500 + sum(map(SMALL[name], column)))

    def _stored(self, place: int, name: str) -> Any:
        column = self._columns.get(name)
        return self._sets.get((int(self.rows.day[place]), name), EMPTY[name]) if column is None else column[place]

    def combine(self) -> None:
        rows, wanted = self.rows, self.wanted
        for name in self._request.sets:
            column = self._columns.get(name)
            if column is None:
                column = [self._sets.get((day, name), EMPTY[name]) for day in rows.day.tolist()]
            rows.sets[name] = list(column) if rows.fresh else column
        for place in rows.fresh:
            day = int(rows.day[place])
            names = {name for name in ADDED if name in wanted}
            if wanted & {"counts", "tally"}:
                names |= {"counts", "users"}
            sets = {name: self._stored(place, name) for name in names}
            both = coding.plus(Day(day, **sets), self.touched[day])
            if "events" in rows.numbers:
                rows.numbers["events"][place] += both.events
            for name, number in (("users", both.n_users), ("sessions", both.n_sessions)):
                if name in rows.numbers and name in wanted:
                    rows.numbers[name][place] = number
            for name in ADDED.intersection(rows.sets):
                rows.sets[name][place] = getattr(both, name)
            if "tally" in rows.sets and both.counts is not None:
                rows.sets["tally"][place] = tally(both.counts)

    def move_firsts(self, moved: Mapping[int, BitMap]) -> None:
        """`moved`: the new sets of the days whose set is another with the tail; a day may be one that has no events."""
        rows = self.rows
        rows.own()
        for place, day in enumerate(rows.day.tolist()):
            if day in moved:
                if "firsts" in rows.numbers:
                    rows.numbers["firsts"][place] = len(moved[day])
                if "firsts" in rows.sets:
                    rows.sets["firsts"][place] = moved[day]
