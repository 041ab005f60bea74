"""Users by when they were seen first and last, and by how many sessions they have (G1 to G3). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np

from parallax.analyses import cells
from parallax.analyses.buckets import instants, users_between, users_of
from parallax.analyses.counted import first_of_each
from parallax.analyses.grounds import Spans, days_of, scope_of
from parallax.analyses.matched import Matched
from parallax.analyses.matching import matched
from parallax.analyses.questions import Question
from parallax.engine.bitmaps import BitMap, of_numbers
from parallax.engine.columns import Numbers
from parallax.engine.known import Known
from parallax.engine.requests import Made, SessionsByUser, Steps, Unions
from parallax.moments import FIRST_DAY


class SegmentName(Enum):
    NEW = "NEW"
    RETURNING = "RETURNING"
    DORMANT = "DORMANT"
    CHURNED = "CHURNED"
    ONE_TIMER = "ONE_TIMER"
    CASUAL = "CASUAL"
    REGULAR = "REGULAR"
    POWER_USER = "POWER_USER"


BY_DAYS: Final = tuple(SegmentName)[:4]
"""The lifecycle family; the others are told by the number of sessions."""
LEAST: Final = {SegmentName.ONE_TIMER: 0, SegmentName.CASUAL: 2, SegmentName.REGULAR: 5, SegmentName.POWER_USER: 15}
"""Sessions that a user of the engagement family has at least."""
RECENT, SILENT = 7, 30
"""Days of NEW and RETURNING, and of DORMANT."""


@dataclass(frozen=True, slots=True)
class Segments:
    """Asks for how many users are in each segment at the end of the question's period, which does not lie after today: an
    array, in the order of `SegmentName`. The question has neither event nor conditions.
    """

    question: Question


@dataclass(frozen=True, slots=True)
class SegmentUsers:
    """Asks for the users of a segment: a bitmap of actors."""

    question: Question
    name: SegmentName


def segments(known: Known, ask: Segments) -> Steps[Numbers]:
    question = ask.question
    if known.standing.is_derived:
        by_days, sessions = yield Made(_of_days(known, question), counted), _sessions(known, question)
    else:
        sets, sessions = yield from _of_rows(known, question)
        by_days = counted(*sets)
    if sessions is None:
        sessions = _sessions_of((yield from _rows(known, question)))
    reached = [int(np.count_nonzero(sessions >= least)) for least in list(LEAST.values())[1:]]
    return np.concatenate([by_days, -np.diff([int(by_days.sum()), *reached, 0])])


def segment_users(known: Known, ask: SegmentUsers) -> Steps[BitMap]:
    question = ask.question
    if known.standing.is_derived:
        firsts, active, sessions = yield *_of_days(known, question), _sessions(known, question)
    else:
        (firsts, active), sessions = yield from _of_rows(known, question)
    if ask.name in BY_DAYS:
        return of_days(firsts, active)[BY_DAYS.index(ask.name)]
    if sessions is None:
        sessions = _sessions_of((yield from _rows(known, question)))
    least = LEAST[ask.name]
    most = min((other for other in LEAST.values() if other > least), default=None)
    beyond = of_numbers(np.flatnonzero(sessions >= most)) if most is not None else BitMap()
    return (of_numbers(np.flatnonzero(sessions >= least)) if least else firsts[0] | firsts[1]) - beyond


# ---------------------------------------------------------------- the lifecycle family
def counted(firsts: Sequence[BitMap], active: Sequence[BitMap]) -> Numbers:
    return np.array([len(users) for users in of_days(firsts, active)], np.int64)


def of_days(firsts: Sequence[BitMap], active: Sequence[BitMap]) -> list[BitMap]:
    """NEW, RETURNING, DORMANT, CHURNED, of those seen first before and in the last 7 days, and of those active in the days
    before and in the last 7 days."""
    (earlier, new), (before, lately) = firsts, active
    return [new, lately - new, before - lately, earlier - lately - before]


def _of_days(known: Known, question: Question) -> tuple[Unions, Unions]:
    begins, middle = _spans(question)
    return users_of(known, question, begins, "firsts"), users_of(known, question, middle)


def _spans(question: Question) -> tuple[Spans, Spans]:
    """All days before the last 7 and these, as days are counted by differences: so 7 days ago is the last; the like of 30."""
    _, day = days_of(question.axis)
    lately = (day - RECENT, day)
    return ((FIRST_DAY, day - RECENT - 1), lately), ((day - SILENT, day - RECENT - 1), lately)


# ---------------------------------------------------------------- out of rows
def _of_rows(known: Known, question: Question) -> Steps[Any]:
    rows = yield from _rows(known, question)
    sessions = yield _sessions(known, question)
    sets = []
    for spans, of in zip(_spans(question), (first_of_each(rows), rows), strict=True):
        edges = instants(question, [*(first for first, _ in spans), spans[-1][1] + 1])
        sets.append(users_between(of, edges))
    return sets, sessions


def _rows(known: Known, question: Question) -> Steps[Matched]:
    return (yield from matched(known, question, 0, _end_us(question)))


def _end_us(question: Question) -> int:
    return int(instants(question, [days_of(question.axis)[1] + 1])[0])


def _sessions(known: Known, question: Question) -> SessionsByUser:
    return SessionsByUser(scope_of(known, question.ground), _end_us(question))


def _sessions_of(rows: Matched) -> Numbers:
    rows = rows.taken(np.flatnonzero(rows.session))
    _, users, _ = cells.pairs(rows.session, rows.user)
    return np.bincount(users)
