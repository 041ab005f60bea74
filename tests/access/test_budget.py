"""Token buckets: a minute's units at once, refilled evenly."""

import math
from datetime import UTC, datetime, timedelta

from parallax.access.budget import Buckets

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)


def test_a_whole_minute_may_be_spent_at_once_and_no_more() -> None:
    buckets = Buckets(600)
    assert [buckets.take("a", 200, at=0) for _ in range(3)] == [0, 0, 0]
    assert buckets.take("a", 1, at=0) > 0


def test_it_is_refilled_evenly() -> None:
    buckets = Buckets(600)
    buckets.take("a", 600, at=0)
    assert buckets.take("a", 100, at=4) == 6  # 10 units a second: 40 are there, 60 are missing
    assert buckets.take("a", 100, at=10) == 0
    assert buckets.take("a", 100, at=10) == 10


def test_after_the_wait_that_was_told_it_is_granted() -> None:
    buckets = Buckets(600)
    buckets.take("a", 590, at=0)
    wait_s = buckets.take("a", 77, at=0)
    assert buckets.take("a", 77, at=wait_s) == 0


def test_what_is_refused_costs_nothing() -> None:
    buckets = Buckets(600)
    buckets.take("a", 600, at=0)
    for _ in range(100):
        buckets.take("a", 50, at=0)
    assert buckets.take("a", 50, at=5) == 0


def test_time_alone_fills_no_more_than_a_minute() -> None:
    buckets = Buckets(600)
    buckets.take("a", 1, at=0)
    assert buckets.take("a", 600, at=1e6) == 0
    assert buckets.take("a", 1, at=1e6) > 0


def test_one_key_does_not_spend_another_ones() -> None:
    buckets = Buckets(600)
    buckets.take("a", 600, at=0)
    assert buckets.take("b", 600, at=0) == 0


def test_what_is_more_than_a_minutes_worth_is_granted_once_the_bucket_is_full_and_is_owed() -> None:
    buckets = Buckets(600)
    assert buckets.take("a", 1200, at=0) == 0
    assert buckets.take("a", 1, at=60) > 0
    assert buckets.take("a", 600, at=120) == 0


def test_an_empty_bucket_is_known_before_any_work() -> None:
    buckets = Buckets(600)
    assert not buckets.spent("a", at=0)
    buckets.take("a", 600, at=0)
    assert buckets.spent("a", at=0)
    assert not buckets.spent("a", at=1)


def test_asking_how_long_takes_nothing() -> None:
    buckets = Buckets(600)
    assert [buckets.wait("a", 600, at=0) for _ in range(3)] == [0, 0, 0]
    buckets.take("a", 600, at=0)
    assert buckets.wait("a", 60, at=0) == 6


def test_what_is_left_and_when_all_of_it_is_there_again() -> None:
    buckets = Buckets(600)
    fresh = buckets.left("a", 0, NOON)
    assert (fresh.limit, fresh.remaining, fresh.resets_at) == (600, 600, NOON)
    buckets.take("a", 150, at=0)
    left = buckets.left("a", 5, NOON)
    assert (left.remaining, left.resets_at) == (500, NOON + timedelta(seconds=10))


def test_what_is_owed_is_shown_as_nothing_left() -> None:
    buckets = Buckets(600)
    buckets.take("a", 1200, at=0)
    left = buckets.left("a", 0, NOON)
    assert (left.remaining, left.resets_at) == (0, NOON + timedelta(seconds=120))


def test_without_a_rate_everything_is_granted() -> None:
    buckets = Buckets(math.inf)
    assert [buckets.take("a", 1e12, at=0) for _ in range(3)] == [0, 0, 0]
    assert not buckets.spent("a", at=0)
    left = buckets.left("a", 0, NOON)
    assert (left.limit, left.remaining, left.resets_at) == (math.inf, math.inf, NOON)


def test_the_least_recently_used_bucket_is_let_go() -> None:
    buckets = Buckets(600, most=2)
    for key in ("a", "b", "a", "c"):
        buckets.take(key, 300, at=0)
    assert buckets.spent("a", at=0)
    assert buckets.left("b", 0, NOON).remaining == 600
    assert buckets.left("c", 0, NOON).remaining == 300


def test_it_holds_the_thousandth_time_as_well() -> None:
    buckets = Buckets(600)
    granted = sum(buckets.take("a", 20, at=n / 100) == 0 for n in range(1000))
    assert granted == (600 + 99) // 20
