"""A series out of rows: its values, its total, its groups (V5, B1 to B6). What roll-ups answer is in `rollups`. Pure."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from parallax.analyses import cells, rollups
from parallax.analyses.counted import counted
from parallax.analyses.grounds import begun, day_number, edges_of
from parallax.analyses.groups import Groups, kept_of
from parallax.analyses.matched import Matched
from parallax.analyses.questions import (
    AVERAGED,
    OF_FIRSTS,
    OF_SESSIONS,
    PARTS,
    WINDOWS,
    Function,
    Measure,
    Question,
    Slice,
    Slices,
    Total,
    Values,
)
from parallax.edges import windows
from parallax.engine.columns import Numbers
from parallax.engine.known import Known
from parallax.engine.requests import Steps
from parallax.periods import Period

COUNTED = (Measure.EVENTS, Measure.SESSIONS, *OF_FIRSTS)
BY_USERS = (Measure.DAU, *WINDOWS)
ADDED = (Function.SUM, Function.COUNT)


def series(known: Known, question: Question, asks: Sequence[Values | Total | Slices]) -> Steps[list[Any]]:
    """Answers to asks about one question, in order; rows are read at most once for all of them."""
    answers = []
    rows: Matched | None = None
    for ask in asks:
        quick = rollups.answer(known, ask)
        if quick is not None:
            answers.append((yield from quick))
            continue
        if rows is None:
            rows = yield from counted(known, question)
        work = Cut(rows, question)
        if isinstance(ask, Values):
            answers.append(begun(question.axis, work.values(None, 1)[0]))
        elif isinstance(ask, Total):
            answers.append(None if question.measure in PARTS else work.totals(None, 1)[0])
        else:
            answers.append(sliced(work, ask))
    return answers


class Cut:
    """Rows laid into the buckets of a question's axis."""

    def __init__(self, rows: Matched, question: Question) -> None:
        self.rows, self.question = rows, question
        self.edges = edges_of(question.axis)
        self.many = len(question.axis.dates)

    @cached_property
    def bucket(self) -> Numbers:
        return self.rows.buckets(self.edges)

    @cached_property
    def inside(self) -> Numbers:
        return (self.bucket >= 0) & (self.bucket < len(self.edges) - 1)

    @cached_property
    def mine(self) -> Any:
        """The rows that are in some bucket: their places, or the slice of all."""
        return slice(None) if self.inside.all() else np.flatnonzero(self.inside)

    def values(self, group: Numbers | None, groups: int) -> list[list[cells.Cell]]:
        """By group (of None there is one), then by bucket."""
        if group is None and self.question.measure in COUNTED:
            return [self.rows.tally(self.edges).astype(np.float64).tolist()]
        group = self.rows.group * 0 if group is None else group
        measure = self.question.measure
        if measure in WINDOWS:
            whole = self._trailing(group, groups, WINDOWS[measure])
            if measure not in PARTS:
                return whole
            return list(map(cells.ratios, self._trailing(group, groups, PARTS[measure]), whole))
        if not self.many:
            return [[] for _ in range(groups)]
        mine = self.mine
        found = self._reduced(mine, group[mine] * self.many + self.bucket[mine], groups * self.many)
        return [found[at * self.many : (at + 1) * self.many] for at in range(groups)]

    def totals(self, group: Numbers | None, groups: int) -> list[float | None]:
        if group is None and self.question.measure in COUNTED:
            return [float(self.rows.tally(self.edges).sum())]
        group = self.rows.group * 0 if group is None else group
        return self._reduced(self.mine, group[self.mine], groups)

    def _reduced(self, mine: Any, cell: Numbers, many: int) -> list[float | None]:
        rows, question = self.rows, self.question
        if question.measure in COUNTED:
            return cells.counted(cell, many)
        if question.measure in BY_USERS:
            return cells.distinct(cell, rows.user[mine], many)
        if question.measure is Measure.UNIQUE_SESSIONS:
            return cells.distinct(cell, rows.session[mine], many)
        number = rows.number[mine]
        if question.measure in OF_SESSIONS:  # not how many: their durations, or which of them bounced
            return cells.aggregated(cell, number, Function.AVG, many)
        assert question.function is not None
        if question.measure is Measure.PROPERTY:
            return cells.aggregated(cell, number, question.function, many)
        return cells.per_actor(cell, rows.user[mine], number if question.property else None, question.function, many)

    def _trailing(self, group: Numbers, groups: int, length: int) -> list[list[cells.Cell]]:
        """Users with a row in the days that end with each bucket's (A2): each is counted while a window reaches them."""
        spans, day = self._windows()
        if not spans:
            return [[] for _ in range(groups)]
        first, last = (day_number(edge) for edge in (spans[0].start, spans[-1].end))
        mine = np.flatnonzero((self.rows.user > 0) & (day >= first) & (day <= last))
        order = np.lexsort((day[mine], self.rows.user[mine], group[mine]))
        g, u, d = group[mine][order], self.rows.user[mine][order], day[mine][order] - first
        same = np.zeros(len(g), bool)
        same[1:] = (g[1:] == g[:-1]) & (u[1:] == u[:-1])
        before = np.zeros(len(g), np.int64)
        before[1:] = np.where(same[1:], d[:-1] + length, 0)
        steps = np.zeros((groups, last - first + length + 2), np.int64)
        np.add.at(steps, (g, np.maximum(d, before)), 1)
        np.add.at(steps, (g, d + length), -1)
        counts = np.cumsum(steps, axis=1)
        ends = [day_number(span.end) - first for span in spans]
        return [[float(count) for count in counts[at, ends]] for at in range(groups)]

    def _windows(self) -> tuple[list[Period], Numbers]:
        """The days that each bucket counts, and the day of each row."""
        question = self.question
        spans = windows(question.axis, WINDOWS[question.measure], question.ground.today)
        return spans, self.rows.days(question.ground.zone)

    def looked_at(self) -> Numbers:
        """Which rows some point counts: of groups they are what makes one (B5)."""
        rows, measure = self.rows, self.question.measure
        counts: Numbers = self.inside.copy()
        if measure in WINDOWS:
            spans, day = self._windows()
            starts = np.array([day_number(span.start) for span in spans], np.int64)
            ends = np.array([day_number(span.end) for span in spans], np.int64)
            place = np.searchsorted(ends, day)
            counts = (place < len(ends)) & (np.append(starts, 0)[place] <= day)
        if measure in BY_USERS or measure is Measure.PER_ACTOR:
            counts &= rows.user > 0
        elif measure is Measure.UNIQUE_SESSIONS:
            counts &= rows.session > 0
        return counts

    def behind(self, group: Numbers, groups: int) -> Numbers:
        """What lies behind each group in the period (X6)."""
        counts = self.inside & self.looked_at()
        return np.bincount(group[counts], minlength=groups)


def sliced(work: Cut, ask: Slices) -> list[Slice]:
    """The groups by B3 and B4, or those that are named."""
    rows, names = work.rows, work.rows.groups
    present: list[int] = np.flatnonzero(np.bincount(rows.group[work.looked_at()])).tolist()
    if ask.kept is None:
        totals, behind = work.totals(rows.group, len(names)), work.behind(rows.group, len(names))
        ranks = {at: _rank(work.question, totals[at], int(behind[at])) for at in present}
        kept, rest = kept_of([(names[at], rank) for at, rank in ranks.items()], ask.first)
    else:
        kept, rest = list(ask.kept), ask.rest
    return _folded(work, present, kept, rest)


def _rank(question: Question, total: float | None, behind: int) -> float:
    if question.measure in AVERAGED:
        return behind
    if question.measure is Measure.PROPERTY and question.function not in ADDED:
        return behind
    return total or 0.0


def _folded(work: Cut, present: Sequence[int], kept: Groups, rest: bool) -> list[Slice]:
    """The kept groups, then the union of all others that are one; rows of what is none (B5) stand behind these."""
    rows, axis = work.rows, work.question.axis
    table = np.full(len(rows.groups), len(kept) + 1, np.int64)
    table[present] = len(kept)
    place = {name: at for at, name in enumerate(kept)}
    for at, name in enumerate(rows.groups):
        table[at] = place.get(name, table[at])
    group, many = table[rows.group], len(kept) + 2
    totals, values, behind = work.totals(group, many), work.values(group, many), work.behind(group, many)
    if work.question.measure in PARTS:  # they rank by their users, and have no total (V5)
        totals = [None] * many
    slices = [
        Slice(name, False, totals[at], begun(axis, values[at]), float(behind[at])) for at, name in enumerate(kept)
    ]
    if rest:
        at = len(kept)
        slices.append(Slice(None, True, totals[at], begun(axis, values[at]), float(behind[at])))
    return slices
