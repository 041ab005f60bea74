"""How much work the rows that a question reads will be, for whoever is told beforehand. Pure.

1 is a row that is taken, and laid into a bucket takes half as much again.
"""

from collections.abc import Sequence
from typing import Any, Final

from parallax.analyses.funnels import OF_FUNNEL
from parallax.analyses.questions import OF_FIRSTS, OF_SESSIONS, WINDOWS, Grouped, Measure, Question, Slices

CHOSEN: Final = 0.3
"""Of the rows that are looked at, those that an event's name or conditions leave: nobody knows before."""
SORTED: Final = frozenset({Measure.DAU, *WINDOWS, Measure.UNIQUE_SESSIONS, Measure.PER_ACTOR})
"""Their rows are sorted by user, or by session; of groups more than once."""


def effort(asks: Sequence[Any]) -> float:
    """For each row that is read, of asks that are answered together."""
    first = asks[0]
    if isinstance(first, OF_FUNNEL):
        return 1.0 + 0.5 * len(first.question.steps) + 10.0 * (1.0 if first.question.every else CHOSEN)
    question: Question | None = getattr(first, "question", None)
    if question is None:
        return 1.0
    share = CHOSEN if question.event is not None or question.where else 1.0
    if isinstance(first, Grouped):
        return 5.0 * share
    if question.measure in SORTED:
        return share * (9.0 if any(isinstance(ask, Slices) for ask in asks) else 1.5)
    if question.measure in OF_FIRSTS:  # conditions choose among these, not before
        return 3.0 * (CHOSEN if question.event is not None else 1.0)
    if question.measure in OF_SESSIONS:  # every row is read, then those that stand for a session are looked for
        return 7.5
    return 1.5 * share
