"""Who came back, by the bucket in which they entered (R1 to R9). Pure.

However they are found, in days or in rows, cohorts and returns are sets of users by bucket; all numbers are counts of what
two of these have in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import accumulate
from typing import Any

import numpy as np

from parallax.analyses import cells
from parallax.analyses.buckets import first_days, instants, users_between, users_by, users_of, whole_spans
from parallax.analyses.counted import firsts_by
from parallax.analyses.grounds import Spans
from parallax.analyses.groups import Groups, kept_of
from parallax.analyses.matching import matched
from parallax.analyses.questions import Question
from parallax.engine.bitmaps import BitMap, numbers_in, union
from parallax.engine.columns import Numbers
from parallax.engine.dayrows import DAYS
from parallax.engine.known import Known
from parallax.engine.requests import Made, Steps, Unions
from parallax.periods import Axis, bucket_number


class Entry(Enum):
    FIRST_TIME = "FIRST_TIME"
    FIRST_IN_PERIOD = "FIRST_IN_PERIOD"
    RECURRING = "RECURRING"


class Returning(Enum):
    ON = "ON"
    ON_OR_AFTER = "ON_OR_AFTER"


@dataclass(frozen=True, slots=True)
class Retention:
    """Asks for how many of each cohort came back: an array with a row for each bucket of the axis that has begun, and a
    column for each offset; what has not begun is 0.

    The start's axis is of whole buckets; its `dimension` is what is broken down by. Of `back` the axis plays no part.
    """

    start: Question
    back: Question
    periods: int
    entry: Entry = Entry.FIRST_TIME
    returning: Returning = Returning.ON

    @property
    def question(self) -> Question:
        return self.start

    @property
    def axis(self) -> Axis:
        return self.start.axis

    @property
    def last(self) -> int:
        """The last bucket that is looked at for returns, in steps from the first: it has begun (R6)."""
        today = bucket_number(self.start.ground.today, self.axis.granularity)
        begun = today - bucket_number(self.axis.period.start, self.axis.granularity)
        return min(self.axis.begun - 1 + self.periods - 1, begun)


@dataclass(frozen=True, slots=True)
class RetentionSlices:
    """Asks for the same by value of the start's dimension (R9): a list of `RetentionSlice`, ordered and folded by B3, B4."""

    of: Retention
    first: int

    @property
    def question(self) -> Question:
        return self.of.question


@dataclass(frozen=True, slots=True)
class RetentionSlice:
    dimension: str | None
    is_other: bool
    counts: Numbers


@dataclass(frozen=True, slots=True)
class RetentionUsers:
    """Asks for the users that one of the numbers counts: a bitmap of actors.

    `values`: of those who entered with one of these, or if `is_other` with none of them; None: of all.
    """

    of: Retention
    cohort: int = 0
    offset: int = 0
    values: tuple[str | None, ...] | None = None
    is_other: bool = False

    @property
    def question(self) -> Question:
        return self.of.question


# ---------------------------------------------------------------- asks
def retention(known: Known, ask: Retention) -> Steps[Numbers]:
    if not ask.axis.begun:
        return np.zeros((0, ask.periods), np.int64)
    if _is_of_days(known, ask.start) and _is_of_days(known, ask.back):
        unions = _started(known, ask), _returned(known, ask)
        counts: Numbers = yield Made(unions, counted, (ask.entry, ask.returning, ask.periods))
        return counts
    entered = yield from _entered(known, RetentionUsers(ask))
    return met(entered, (yield from _returns(known, ask)), ask.periods)


def retention_slices(known: Known, ask: RetentionSlices) -> Steps[list[RetentionSlice]]:
    if not ask.of.axis.begun:
        return []
    starts = yield from _start_rows(known, ask.of)
    returns = yield from _returns(known, ask.of)
    kept, rest = kept_of(starts.ranks(), ask.first)
    groups: list[tuple[str | None, bool, Groups]] = [(name, False, [name]) for name in kept]
    return [
        RetentionSlice(name, is_other, met(starts.sets(values, is_other), returns, ask.of.periods))
        for name, is_other, values in [*groups, *([(None, True, kept)] if rest else [])]
    ]


def retention_users(known: Known, ask: RetentionUsers) -> Steps[BitMap]:
    entered = yield from _entered(known, ask)
    if not ask.offset:
        return entered[ask.cohort]
    returns = yield from _returns(known, ask.of)
    return entered[ask.cohort] & returns[ask.cohort + ask.offset]


# ---------------------------------------------------------------- sets by bucket
def entries(started: Sequence[BitMap], entry: Entry) -> list[BitMap]:
    """The cohorts, of who did a start event in each bucket (of FIRST_TIME: for the first time)."""
    if entry is not Entry.FIRST_IN_PERIOD:
        return list(started)
    before = accumulate(started, lambda seen, users: seen | users, initial=BitMap())
    return [users - seen for users, seen in zip(started, before, strict=False)]


def returns_of(returned: Sequence[BitMap], returning: Returning) -> list[BitMap]:
    """Who came back, of who did a return event in each bucket; of ON_OR_AFTER `returned` ends with all later days."""
    if returning is Returning.ON:
        return list(returned)
    return list(accumulate(reversed(returned), lambda later, users: later | users))[:0:-1]


def counted(
    started: Sequence[BitMap], returned: Sequence[BitMap], entry: Entry, returning: Returning, periods: int
) -> Numbers:
    return met(entries(started, entry), returns_of(returned, returning), periods)


def met(entered: Sequence[BitMap], returned: Sequence[BitMap], periods: int) -> Numbers:
    """By cohort and offset; offset 0 is the size (R5)."""
    counts = np.zeros((len(entered), periods), np.int64)
    for cohort, users in enumerate(entered):
        counts[cohort, 0] = len(users)
        for offset, back in enumerate(returned[cohort + 1 : cohort + periods] if users else (), 1):
            counts[cohort, offset] = users.intersection_cardinality(back)
    return counts


# ---------------------------------------------------------------- out of days
def _is_of_days(known: Known, question: Question) -> bool:
    return known.standing.is_derived and not question.where


def _started(known: Known, ask: Retention) -> Unions:
    of = "firsts" if ask.entry is Entry.FIRST_TIME else "users"
    return users_of(known, ask.start, whole_spans(ask.axis, 0, ask.axis.begun - 1), of)


def _returned(known: Known, ask: Retention) -> Unions:
    return users_of(known, ask.back, _return_spans(ask))


def _return_spans(ask: Retention) -> Spans:
    spans = whole_spans(ask.axis, 0, ask.last)
    return spans if ask.returning is Returning.ON else (*spans, (spans[-1][1] + 1, DAYS[1]))


# ---------------------------------------------------------------- out of rows
def _entered(known: Known, ask: RetentionUsers) -> Steps[list[BitMap]]:
    if ask.values is None and _is_of_days(known, ask.question):
        started: Any = yield _started(known, ask.of)
        return entries(started, ask.of.entry)
    starts = yield from _start_rows(known, ask.of)
    return starts.sets(ask.values, ask.is_other)


def _returns(known: Known, ask: Retention) -> Steps[list[BitMap]]:
    if _is_of_days(known, ask.back):
        returned: Any = yield _returned(known, ask)
    else:
        spans = _return_spans(ask)
        edges = instants(ask.back, [*(first for first, _ in spans), spans[-1][1] + 1])
        rows = yield from matched(known, replace(ask.back, dimension=None), int(edges[0]), int(edges[-1]))
        returned = users_between(rows, edges)
    return returns_of(returned, ask.returning)


@dataclass(frozen=True, slots=True)
class _Starts:
    """The start events that put users into cohorts: columns of one length."""

    cohort: Numbers
    user: Numbers
    group: Numbers
    groups: Sequence[str | None]
    cohorts: int

    def sets(self, values: Sequence[str | None] | None, is_other: bool = False) -> list[BitMap]:
        """By cohort, those who entered with one of the values, or with none of them; or all."""
        wanted = None if values is None else set(values)
        mine = np.array([wanted is None or (name in wanted) is not is_other for name in self.groups], bool)[self.group]
        return users_by(self.cohort[mine], self.user[mine], self.cohorts)

    def ranks(self) -> list[tuple[str | None, float]]:
        """Each value that some start has, with the distinct users over all cohorts."""
        users = cells.distinct(self.group, self.user, len(self.groups))
        return [(name, many) for name, many in zip(self.groups, users, strict=True) if many]


def _start_rows(known: Known, ask: Retention) -> Steps[_Starts]:
    """R3: of all history, of the period, or of each bucket the first start event of each user."""
    cohorts = ask.axis.begun
    edges = instants(ask.start, first_days(ask.axis, 0, cohorts))
    is_known = ask.entry is Entry.FIRST_TIME and _is_of_days(known, ask.start)
    since = int(edges[0]) if is_known or ask.entry is not Entry.FIRST_TIME else 0
    rows = yield from matched(known, ask.start, since, int(edges[-1]))
    if is_known:
        firsts: Any = yield _started(known, ask)
        rows = rows.taken(np.flatnonzero(np.isin(rows.user, numbers_in(union(firsts)))))
    cohort = np.searchsorted(edges, rows.at, "right") - 1
    first = firsts_by(rows, rows.user * cohorts + cohort if ask.entry is Entry.RECURRING else rows.user)
    first = first[cohort[first] >= 0]
    return _Starts(cohort[first], rows.user[first], rows.group[first], rows.groups, cohorts)
