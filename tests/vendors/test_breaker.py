"""A vendor that keeps failing is left alone, and retries are a part of what is asked."""

import pytest

from parallax.vendors.breaker import FAILURES, Breaker, Retries, State


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def broken(clock: Clock) -> Breaker:
    breaker = Breaker(10.0, clock)
    for _ in range(FAILURES):
        assert breaker.admits()
        breaker.failed()
    return breaker


def test_it_opens_after_failures_in_a_row_and_one_call_tries_it() -> None:
    clock = Clock()
    breaker = broken(clock)
    assert breaker.state.value == State.OPEN.value
    assert not breaker.admits()
    clock.now += 9.9
    assert not breaker.admits()
    assert breaker.retry_after_s > 0
    clock.now += 0.2
    assert breaker.state.value == State.TRYING.value
    assert [breaker.admits() for _ in range(3)] == [True, False, False]


def test_a_trial_that_succeeds_closes_it_and_one_that_fails_opens_it_anew() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += 10
    assert breaker.admits()
    breaker.failed()
    assert breaker.state.value == State.OPEN.value
    clock.now += 10
    assert breaker.admits()
    breaker.succeeded()
    assert breaker.state.value == State.CLOSED.value
    assert all(breaker.admits() for _ in range(3))


def test_a_success_in_between_begins_the_count_anew() -> None:
    clock = Clock()
    breaker = Breaker(10.0, clock)
    for _ in range(FAILURES - 1):
        breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.state.value == State.CLOSED.value


@pytest.mark.parametrize("calls", [10, 40, 100, 1000])
def test_retries_are_no_more_than_one_in_ten_calls(calls: int) -> None:
    """R6. Of the first call that fails there is one, though nothing was called before."""
    retries = Retries()
    assert retries.take()
    taken = 1
    for _ in range(calls):
        retries.wanted()
        while retries.take():
            taken += 1
    assert 0.08 * calls <= taken <= 0.1 * calls
