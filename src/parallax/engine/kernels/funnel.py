"""Which attempt of each user counts in a funnel, and when it reached its steps (F1 to F11).

Users are stretches of rows, ordered by instant, of equal instants by acceptance. Steps and exclusions are counted from 0
here. Times are microseconds since 1970. A table of next occurrences is made for each user, so that an attempt costs a few
look-ups for each of its steps, however many events the user has. What is compiled is loaded when it is first called.
"""

from dataclasses import dataclass

import numpy as np

from parallax.engine.columns import Numbers

ORDERED, STRICT, UNORDERED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Rules:
    """`after` and `before` are the steps that each exclusion lies between. Entries lie in `from_us` up to `to_us`."""

    order: int
    steps: int
    window_us: int
    from_us: int
    to_us: int
    after: tuple[int, ...] = ()
    before: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempts:
    """By user: steps reached (0: in none), the row of the entry (-1), the instant of each step that was reached."""

    depth: Numbers  # int8
    entry: Numbers  # int64
    times: Numbers  # int64, users by steps


@dataclass(frozen=True, slots=True)
class Entered:
    """By user and bucket in which one of the user's attempts began: the same of the attempt that counts there (F11)."""

    bucket: Numbers  # int64
    depth: Numbers  # int8
    entry: Numbers  # int64


def warm() -> None:
    """Loads what is compiled, or compiles it: half a second, or some ten where nothing is kept yet."""
    rows = np.array([0, 1]), np.array([0]), np.array([1], np.uint16), np.array([0], np.uint16)
    rules = Rules(ORDERED, 2, 1, 0, 1)
    attempts(rules, *rows)
    entered(rules, *rows, np.array([0, 1]))


def attempts(rules: Rules, starts: Numbers, at: Numbers, steps: Numbers, excluded: Numbers) -> Attempts:
    """The counted attempt of each user (F4): rows of user i are `starts[i]` up to `starts[i + 1]`."""
    from parallax.engine.kernels.deepest import deepest
    from parallax.engine.kernels.quick import deepest_quickly

    users = len(starts) - 1
    found = Attempts(np.zeros(users, np.int8), np.full(users, -1), np.zeros((users, rules.steps), np.int64))
    columns = found.depth, found.entry, found.times
    if rules.order == ORDERED and not rules.after and not (steps & (steps - np.uint16(1))).any():
        span = rules.window_us, rules.from_us, rules.to_us
        deepest_quickly(starts, at, steps, *span, *columns)
    else:
        edges = np.array([rules.from_us, rules.to_us])
        deepest(starts, at, steps, excluded, *_numbers(rules), edges, *columns, *_entered(0))
    return found


def entered(rules: Rules, starts: Numbers, at: Numbers, steps: Numbers, excluded: Numbers, edges: Numbers) -> Entered:
    """`edges` are the instants at which the buckets begin, and the one at which the last is over."""
    from parallax.engine.kernels.deepest import deepest

    entries = steps != 0 if rules.order == UNORDERED else steps & 1
    bucket, depth, entry = _entered(int(np.count_nonzero(entries)))
    users = len(starts) - 1
    unused = np.zeros(users, np.int8), np.zeros(users, np.int64), np.zeros((users, rules.steps), np.int64)
    many = deepest(starts, at, steps, excluded, *_numbers(rules), edges, *unused, bucket, depth, entry)
    return Entered(bucket[:many], depth[:many], entry[:many])


def _numbers(rules: Rules) -> tuple[int, int, int, Numbers, Numbers]:
    return rules.order, rules.steps, rules.window_us, np.array(rules.after, np.int64), np.array(rules.before, np.int64)


def _entered(most: int) -> tuple[Numbers, Numbers, Numbers]:
    return np.zeros(most, np.int64), np.zeros(most, np.int8), np.zeros(most, np.int64)
