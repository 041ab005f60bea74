"""Who is new, who came back and who stayed away, bucket by bucket (L1 to L3). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise

import numpy as np

from parallax.analyses.buckets import first_days, instants, users_between, users_of, whole_spans
from parallax.analyses.counted import first_of_each
from parallax.analyses.matching import matched
from parallax.analyses.questions import Question
from parallax.engine.bitmaps import BitMap
from parallax.engine.columns import Numbers
from parallax.engine.known import Known
from parallax.engine.requests import Made, Steps, Unions


class State(Enum):
    NEW = "NEW"
    RETURNING = "RETURNING"
    RESURRECTED = "RESURRECTED"
    DORMANT = "DORMANT"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Asks for how many users are in each state: an array with a row for each bucket that has begun, a column for each
    state in the order of `State`. The question's axis is of whole buckets.
    """

    question: Question


@dataclass(frozen=True, slots=True)
class LifecycleUsers:
    """Asks for the users that one of the numbers counts: a bitmap of actors."""

    question: Question
    bucket: int
    state: State


Sets = tuple[Sequence[BitMap], Sequence[BitMap]]
"""Who is active in the bucket before the first and in each from there on, and who is born in each of the latter."""


def lifecycle(known: Known, ask: Lifecycle) -> Steps[Numbers]:
    question, last = ask.question, ask.question.axis.begun - 1
    if last < 0:
        return np.zeros((0, len(State)), np.int64)
    if known.standing.is_derived and not question.where:
        counts: Numbers = yield Made(_of_days(known, question, 0, last), counted)
        return counts
    return counted(*(yield from _sets(known, question, 0, last)))


def lifecycle_users(known: Known, ask: LifecycleUsers) -> Steps[BitMap]:
    (before, active), (born,) = yield from _sets(known, ask.question, ask.bucket, ask.bucket)
    match ask.state:
        case State.NEW:
            return active & born
        case State.RETURNING:
            return (active & before) - born
        case State.RESURRECTED:
            return active - before - born
        case State.DORMANT:
            return before - active


def counted(active: Sequence[BitMap], born: Sequence[BitMap]) -> Numbers:
    """By bucket and state; nobody who is born in a bucket was active before."""
    counts = np.zeros((len(born), len(State)), np.int64)
    for bucket, ((before, now), new) in enumerate(zip(pairwise(active), born, strict=True)):
        news, stayed = now.intersection_cardinality(new), now.intersection_cardinality(before)
        counts[bucket] = news, stayed, len(now) - news - stayed, len(before) - stayed
    return counts


def _of_days(known: Known, question: Question, first: int, last: int) -> tuple[Unions, Unions]:
    axis = question.axis
    return (
        users_of(known, question, whole_spans(axis, first - 1, last)),
        users_of(known, replace(question, event=None), whole_spans(axis, first, last), "firsts"),
    )


def _sets(known: Known, question: Question, first: int, last: int) -> Steps[Sets]:
    """Of the buckets `first` to `last`."""
    active, born = _of_days(known, question, first, last)
    if known.standing.is_derived and not question.where:
        sets: Sets = yield active, born
        return sets
    edges = instants(question, first_days(question.axis, first - 1, last + 1))
    rows = yield from matched(known, question, int(edges[0]), int(edges[-1]))
    if known.standing.is_derived:
        return users_between(rows, edges), (yield born)
    every = yield from matched(known, replace(question, event=None, where=()), 0, int(edges[-1]))
    return users_between(rows, edges), users_between(first_of_each(every), edges[1:])
