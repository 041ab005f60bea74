"""What retention, lifecycle and segments are asked by, checked; and what the cursors of their users are of."""

from collections.abc import Sequence
from typing import Any

from parallax.analyses.questions import Ground, Measure, Question
from parallax.analytics.inputs import ConditionInput, raw
from parallax.filters import EVENT_FIELDS, Condition, checked
from parallax.metrics.shapes import PeriodInput
from parallax.periods import DEFAULT_LAST, Granularity, Period, axis, widened


def resolved(ground: Ground, period: PeriodInput | None, last: str = DEFAULT_LAST) -> Period:
    """The days that are asked about. InvalidParameter for what is no period (T6)."""
    return (period or PeriodInput(last=last)).resolved(ground.today)


def active(
    ground: Ground, days: Period, granularity: Granularity, event: str | None, where: tuple[Condition, ...]
) -> Question:
    """Who does it in the whole buckets that overlap the days (L1, R2). InvalidParameter for more than 15,000 of them."""
    buckets = axis(widened(days, granularity), granularity, ground.zone, ground.today)
    return Question(ground, Measure.DAU, buckets, event, where)


def conditions(given: Sequence[ConditionInput] | None, argument: str = "where") -> tuple[Condition, ...]:
    return checked(raw(given), argument, EVENT_FIELDS)


def of_list(field: str, question: Question, *more: Any) -> str:
    """What a cursor is of: the list as it was asked, on the days that `last` meant then."""
    ground, axis_ = question.ground, question.axis
    asked = (axis_.period, axis_.granularity.name, question.event, question.where, question.dimension, *more)
    return "|".join(map(str, (field, ground.client, ground.app, *asked)))
