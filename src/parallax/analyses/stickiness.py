"""On how many days users were active (K2). The ratio (K1) is a series like others. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parallax.analyses.buckets import users_between, users_of
from parallax.analyses.grounds import edges_of, span_of
from parallax.analyses.matching import matched
from parallax.analyses.questions import Question
from parallax.engine.bitmaps import BitMap, numbers_in
from parallax.engine.columns import Numbers
from parallax.engine.known import Known
from parallax.engine.requests import Made, Steps


@dataclass(frozen=True, slots=True)
class Histogram:
    """Asks for how many users were active in how many buckets of the period: an array, at 0 those active in one."""

    question: Question


def histogram(known: Known, ask: Histogram) -> Steps[Numbers]:
    question = ask.question
    if known.standing.is_derived and not question.where:
        spans = tuple(map(span_of, question.axis.spans))
        counts: Numbers = yield Made((users_of(known, question, spans),), counted)
        return counts
    edges = edges_of(question.axis)
    rows = yield from matched(known, question, int(edges[0]), int(edges[-1]))
    return counted(users_between(rows, edges))


def counted(active: Sequence[BitMap]) -> Numbers:
    times = np.zeros(max((users.max() + 1 for users in active if users), default=1), np.int32)
    for users in active:
        times[numbers_in(users)] += 1
    return np.bincount(times, minlength=len(active) + 1)[1:]
