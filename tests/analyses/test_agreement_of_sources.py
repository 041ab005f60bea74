"""How far a source agrees with our own measurement (Y3): examples by hand, and what always holds."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import isclose, isfinite
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.analyses.agreement import Agreement, agreement
from parallax.periods import Axis, Granularity, Period, axis

TODAY = date(2026, 4, 16)
Column = Sequence[float | None]


def days(count: int, today: date = TODAY) -> Axis:
    start = date(2026, 3, 2)
    return axis(Period(start, start + timedelta(count - 1)), Granularity.DAY, "Europe/Berlin", today)


def between(theirs: Column, ours: Column) -> Agreement:
    return agreement(days(len(theirs)), theirs, ours)


def test_bias_error_and_rank_correlation_by_hand() -> None:
    """103 of 100; off by 2/10, 2/20, 3/30 and 0; both rise."""
    found = between([12, 18, 33, 40], [10, 20, 30, 40])
    assert found.buckets == 4
    assert found.bias == 1.03
    assert found.mean_absolute_percentage_error == pytest.approx(0.1)
    assert found.rank_correlation == 1


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    """Ranks 1, 2.5, 2.5, 4 against 3, 1, 2, 4: 1.5 / √(4.5 · 5)."""
    found = between([1, 2, 2, 4], [30, 10, 20, 40])
    assert found.rank_correlation == pytest.approx(0.316227766)


def test_only_buckets_count_that_both_have() -> None:
    """A zero is measured, a null is not (V1)."""
    assert between([1, None, 3, 0, None], [1, 2, None, 4, None]) == Agreement(2, 0.2, None, None)


def test_a_bucket_that_is_not_over_or_is_cut_by_the_period_does_not_count() -> None:
    """A week is cut at either end; of days, today is not over (T9)."""
    on = days(4, today=date(2026, 3, 5))
    assert agreement(on, [1, 1, 1, 9], [1, 1, 1, 1]).buckets == 3
    weeks = axis(Period(date(2026, 3, 4), date(2026, 3, 17)), Granularity.WEEK, "Europe/Berlin", TODAY)
    assert agreement(weeks, [7, 8, 9], [1, 2, 3]) == Agreement(1, 4, None, None)


def test_two_buckets_have_a_bias_alone() -> None:
    assert between([3, 1], [1, 1]) == Agreement(2, 2, None, None)


def test_without_a_common_bucket_there_is_no_number() -> None:
    assert between([None, 1], [1, None]) == Agreement(0, None, None, None)


def test_the_error_leaves_out_buckets_where_we_measured_nothing() -> None:
    """Off by 1/2 and 1/4 where we have any: a distance from 0 is no ratio. They count among the buckets."""
    found = between([5, 3, 5], [0, 2, 4])
    assert found.mean_absolute_percentage_error == 0.375
    assert found.buckets == 3


def test_where_we_measured_nothing_at_all_there_is_neither_bias_nor_error() -> None:
    assert between([1, 2, 3], [0, 0, 0]) == Agreement(3, None, None, None)


def test_what_does_not_vary_has_no_rank_correlation() -> None:
    assert between([5, 5, 5], [1, 2, 3]).rank_correlation is None
    assert between([1, 2, 3], [5, 5, 5]).rank_correlation is None


def test_a_quotient_beyond_all_numbers_is_null() -> None:
    assert between([1e300] * 3, [1e-300] * 3).bias is None


numbers = st.integers(0, 1_000_000) | st.floats(0, 1e12)
values = st.none() | numbers


@given(st.lists(st.tuples(values, values), min_size=1, max_size=60))
def test_numbers_stay_in_their_bounds_and_null_is_told_for_its_reasons(pairs: list[tuple[float, float]]) -> None:
    found = between([each for each, _ in pairs], [each for _, each in pairs])
    both = [(their, our) for their, our in pairs if their is not None and our is not None]
    assert found.buckets == len(both)
    for number in (found.bias, found.mean_absolute_percentage_error):
        assert number is None or (isfinite(number) and number >= 0)
    varied = len(both) >= 3 and all(len(set(column)) > 1 for column in zip(*both, strict=True))
    assert (found.rank_correlation is not None) is varied
    assert found.rank_correlation is None or -1 <= found.rank_correlation <= 1


@given(st.lists(st.integers(0, 1_000), min_size=3, max_size=40))
def test_a_source_that_tells_twice_what_we_measured_agrees_in_order_and_differs_by_all_of_it(ours: list[int]) -> None:
    found = between([2 * our for our in ours], ours)
    varied = len(set(ours)) > 1
    assert found.bias == (2 if any(ours) else None)
    assert found.mean_absolute_percentage_error == (1 if any(ours) else None)
    assert found.rank_correlation == (1 if varied else None)


@given(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=40), st.randoms())
def test_the_order_of_buckets_changes_nothing_but_rounding(pairs: list[tuple[float, float]], random: Random) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)
    mine, other = (between([their for their, _ in each], [our for _, our in each]) for each in (pairs, shuffled))
    assert mine.rank_correlation == other.rank_correlation
    assert (mine.bias is None and other.bias is None) or isclose(mine.bias or 0, other.bias or 0, rel_tol=1e-9)
