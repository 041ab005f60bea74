"""Rows that a question counts, as columns that are made when somebody asks for them. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.parts import Rows
from parallax.engine.rolling import day_edges, local_days

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
        """The place of the last edge that is not after each row; -1 before the first."""
        return self._after(edges) - 1

    def days(self, zone: str) -> Numbers:
        """The local day of each row."""
        if not self._many:
            return np.zeros(0, np.int64)
        ends = [(rows.part.first_at, rows.part.last_at) for rows in self._parts] or [(self.at.min(), self.at.max())]
        first, last = local_days(np.array((min(ends)[0], max(end for _, end in ends))), zone).tolist()
        days: Numbers = self._after(day_edges(first, last, zone)) + (first - 1)
        return days

    def tally(self, edges: Numbers) -> Numbers:
        """How many rows there are from each edge up to the next; an edge less than there are."""
        counts = np.zeros(len(edges) + 1, np.int64)
        for first, inner in self._inner(edges):
            if isinstance(inner, int):
                counts[first] += inner
            else:
                counts += np.bincount(inner, minlength=len(counts))
        return counts[1:-1]

    def _after(self, edges: Numbers) -> Numbers:
        """How many of the edges, which ascend, are not after each row."""
        found = [np.zeros(0, np.int64)]
        for first, inner in self._inner(edges):
            found.append(np.full(inner, first, np.int64) if isinstance(inner, int) else inner)
        return np.concatenate(found)

    def _inner(self, edges: Numbers) -> Iterator[tuple[int, int | Numbers]]:
        """Of each part how many edges are not after its first row and, where that is so of all its rows, how many these are;
        else how many edges are not after each of them. No instant is looked at where hours tell as much.
        """
        if not self._parts and self._many:
            yield 0, np.searchsorted(edges, self.at, "right")
        listed: list[int] = edges.tolist()
        for rows in self._parts:
            first, last = (bisect_right(listed, at) for at in (rows.part.first_at, rows.part.last_at))
            if first == last:
                yield first, len(rows)
                continue
            bounds = rows.part.bounds(listed[first:last])
            if bounds is None:
                yield first, np.searchsorted(edges, rows.at, "right")
            else:
                yield first, np.searchsorted(np.array(bounds), rows.which, "right") + first
