"""How far a source agrees with our own measurement, bucket by bucket (Y3). Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

from parallax.metrics.series import Value
from parallax.periods import Axis

FEWEST = 3
"""Buckets below which an error or a correlation says nothing."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Over `buckets` that both have, complete and not null. Ratios; None where the divisor is 0 or buckets are too few."""

    buckets: int
    bias: Value
    mean_absolute_percentage_error: Value
    rank_correlation: Value


def agreement(axis: Axis, theirs: Sequence[Value], ours: Sequence[Value]) -> Agreement:
    pairs = [
        (their, our)
        for their, our, is_partial in zip(theirs, ours, axis.partial, strict=True)
        if their is not None and our is not None and not is_partial
    ]
    enough = len(pairs) >= FEWEST
    return Agreement(
        buckets=len(pairs),
        bias=_ratio(sum(their for their, _ in pairs), sum(our for _, our in pairs)),
        mean_absolute_percentage_error=_error(pairs) if enough else None,
        rank_correlation=_rank_correlation(pairs) if enough else None,
    )


def _ratio(part: float, whole: float) -> Value:
    quotient = part / whole if whole else None
    return quotient if quotient is not None and isfinite(quotient) else None


def _error(pairs: Sequence[tuple[float, float]]) -> Value:
    errors = [abs(their - our) / our for their, our in pairs if our]
    return _ratio(sum(errors), len(errors))


def _rank_correlation(pairs: Sequence[tuple[float, float]]) -> Value:
    """Spearman's: the correlation of ranks. They are counted twofold, and so whole, from their mean."""
    theirs, ours = (_ranks(column) for column in zip(*pairs, strict=True))
    spread = sum(rank * rank for rank in theirs) * sum(rank * rank for rank in ours)
    return sum(their * our for their, our in zip(theirs, ours, strict=True)) / sqrt(spread) if spread else None


def _ranks(values: Sequence[float]) -> list[int]:
    """Twice the distance of each one's rank from the middle rank; equal ones share the mean of theirs."""
    order = sorted(values)
    return [bisect_left(order, value) + bisect_right(order, value) - len(order) for value in values]
