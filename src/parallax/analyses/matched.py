"""Rows that a question counts, as columns that are made when somebody asks for them. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.parts import Rows
from parallax.engine.rolling import local_days

Column: TypeAlias = Numbers | Callable[[], Numbers]


class Matched:
    """Columns of one length, in no order; those that were asked for. `group` is a place in `groups`; `number` is NaN where
    there is none (V3).
    """

    def __init__(
        self,
        many: int,
        columns: Mapping[str, Column],
        groups: Sequence[str | None] = (None,),
        parts: Sequence[Rows] = (),
    ) -> None:
        """Columns may be made when somebody asks for them. `parts`: what all the rows are of, if they are whole parts."""
        self._many, self._columns, self.groups, self._parts = many, dict(columns), list(groups), parts

    def __len__(self) -> int:
        return self._many

    def _column(self, name: str) -> Numbers:
        column = self._columns[name]
        if callable(column):
            column = self._columns[name] = column()
        return column

    @property
    def at(self) -> Numbers:
        return self._column("at")

    @property
    def position(self) -> Numbers:
        return self._column("position")

    @property
    def event(self) -> Numbers:
        return self._column("event")

    @property
    def user(self) -> Numbers:
        return self._column("user")

    @property
    def session(self) -> Numbers:
        return self._column("session")

    @property
    def group(self) -> Numbers:
        return self._column("group")

    @property
    def number(self) -> Numbers:
        return self._column("number")

    def taken(self, which: Numbers) -> "Matched":
        many = int(np.count_nonzero(which)) if which.dtype == bool else len(which)
        return Matched(many, {name: partial(self._taken, name, which) for name in self._columns}, self.groups)

    def _taken(self, name: str, which: Numbers) -> Numbers:
        return self._column(name)[which]

    def with_numbers(self, numbers: Numbers) -> "Matched":
        return Matched(self._many, {**self._columns, "number": numbers}, self.groups, self._parts)

    # ------------------------------------------------------------ when they were
    def buckets(self, edges: Numbers) -> Numbers:
        """The place of the last edge that is not after each row; -1 before the first. No look at rows that no edge parts."""
        return self._by_instant(lambda at: np.searchsorted(edges, at, "right") - 1)

    def days(self, zone: str) -> Numbers:
        """The local day of each row."""
        return self._by_instant(lambda at: local_days(at, zone))

    def _by_instant(self, of: Callable[[Numbers], Numbers]) -> Numbers:
        """What ascends with the instant: where a part's ends have the same, so have all of its rows."""
        if not self._parts:
            return of(self.at)
        found = []
        for rows in self._parts:
            first, last = of(np.array((rows.part.first_at, rows.part.last_at))).tolist()
            found.append(np.full(len(rows), first, np.int64) if first == last else of(rows.at))
        return np.concatenate(found)

    def tally(self, edges: Numbers) -> Numbers:
        """How many rows there are from each edge up to the next; an edge less than there are."""
        counts = np.zeros(len(edges) + 1, np.int64)
        listed: list[int] = edges.tolist()
        rest = []
        for rows in self._parts:
            first, last = (bisect_right(listed, at) for at in (rows.part.first_at, rows.part.last_at))
            if first == last:
                counts[first] += len(rows)
            else:
                rest.append(rows.at)
        if not self._parts and self._many:
            rest = [self.at]
        for at in rest:
            counts += np.bincount(np.searchsorted(edges, at, "right"), minlength=len(counts))
        return counts[1:-1]
