"""Whole buckets of the calendar, which lifecycle and retention do not clip (T7), and who did something in each. Pure."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import numpy as np

from parallax.analyses import cells
from parallax.analyses.counted import instant_of
from parallax.analyses.grounds import EPOCH, Spans, event_of, scope_of
from parallax.analyses.matched import Matched
from parallax.analyses.questions import Question
from parallax.engine.bitmaps import BitMap, of_numbers
from parallax.engine.columns import Numbers
from parallax.engine.known import Known
from parallax.engine.requests import Unions
from parallax.moments import FIRST_DAY
from parallax.periods import Axis, bucket_number, bucket_start

NO_EVENT = -1
"""Stands for a name that never occurred: there are no days of it (E5)."""


def users_of(known: Known, question: Question, spans: Spans, of: str = "users") -> Unions:
    """Asks the days for who did it."""
    event = event_of(known, question)
    return Unions(scope_of(known, question.ground), NO_EVENT if event is None else event, spans, of)


def first_days(axis: Axis, first: int, last: int) -> list[int]:
    """The days (since 1970) on which the buckets `first` to `last` begin, as steps from the axis' first one; before the
    calendar's first day they are no dates."""
    number, granularity = bucket_number(axis.period.start, axis.granularity), axis.granularity
    return [bucket_start(number + step, granularity) - EPOCH for step in range(first, last + 1)]


def whole_spans(axis: Axis, first: int, last: int) -> Spans:
    """The days of these buckets."""
    return tuple((begins, ends - 1) for begins, ends in pairwise(first_days(axis, first, last + 1)))


def instants(question: Question, days: Sequence[int]) -> Numbers:
    """The instants (microseconds since 1970) at which days begin; no event lies before `FIRST_DAY`."""
    last = date.max.toordinal() - 1
    named = (date.fromordinal(min(max(day, FIRST_DAY) + EPOCH, last)) for day in days)
    return np.array([instant_of(day, question) for day in named], np.int64)


def users_by(cell: Numbers, users: Numbers, many: int) -> list[BitMap]:
    """The users of each cell; rows without one are nobody's."""
    at, who, _ = cells.pairs(cell, users)
    edges = np.searchsorted(at, np.arange(many + 1))
    return [of_numbers(who[begin:end]) for begin, end in pairwise(edges.tolist())]


def users_between(rows: Matched, edges: Numbers) -> list[BitMap]:
    """The users of the rows between each edge and the next."""
    inside = (rows.at >= edges[0]) & (rows.at < edges[-1])
    return users_by(np.searchsorted(edges, rows.at[inside], "right") - 1, rows.user[inside], len(edges) - 1)
