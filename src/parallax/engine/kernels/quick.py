"""The usual funnel: ORDERED, without exclusions, and no event serves two steps. One pass, whatever the window.

Of each depth the latest entry that has reached it is kept: no other stays in its window longer. The first instant at which
the greatest depth is reached ends the attempt that counts: no chain overtakes one that began before it. So that attempt
began with the first entry that the window, looking back from there, still holds.

Rows are counted without a sign: of a number that might be negative each look-up would ask whether it is. Bits are tested
by `&`: of comparisons with one number after the other the compiler makes a jump that nobody can predict.
"""

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.kernels.compiling import compiled

NEVER = -(1 << 62)
ONE = np.uintp(1)
REGISTERS = 5
"""Steps of a funnel whose entries are kept in registers."""


@compiled
def deepest_quickly(
    starts: Numbers, at: Numbers, steps: Numbers, window_us: int, from_us: int, to_us: int,
    depth: Numbers, entry: Numbers, times: Numbers,
) -> None:  # fmt: skip
    """Fills in `depth`, `entry` and `times`."""
    for user in range(len(starts) - 1):
        begin, end = starts[user], starts[user + 1]
        reached, first = deepest_of(at[begin:end], steps[begin:end], window_us, from_us, to_us, times[user])
        if reached:
            depth[user], entry[user] = reached, begin + np.int64(first)


@compiled
def deepest_of(at: Numbers, steps: Numbers, window: int, first: int, last: int, times: Numbers) -> tuple[int, int]:
    """How deep one user gets and the row of the entry; `times` gets the instants. Entries lie from `first` up to `last`."""
    many = len(times)
    shared = 0
    for row in range(1, len(at)):
        shared += at[row] == at[row - 1]
    if shared or many > REGISTERS:
        reached, done_at = _by_instant(at, steps, window, first, last, many)
    else:
        reached, done_at = _by_row(at, steps, window, first, last, many)
    if not reached:
        return 0, 0
    return reached, _times(at, steps, max(first, done_at - window), reached, shared > 0, times)


@compiled
def _by_row(at: Numbers, steps: Numbers, window_us: int, from_us: int, to_us: int, many: int) -> tuple[int, int]:
    """The depth, and the instant at which it is reached first, where each row has an instant of its own.

    There is a loop for each depth that is reached so far: who is not deeper has less to keep, and what ends it is rare.
    """
    row, rows = np.uintp(0), np.uintp(len(at))
    while row < rows and ((steps[row] & 1 == 0) | (at[row] < from_us)):
        row += ONE
    if row == rows or at[row] >= to_us:
        return 0, 0
    one = two = three = four = done_at = at[row]
    depth = 1
    row += ONE
    while row < rows:
        now, step, oldest = at[row], np.int64(steps[row]), at[row] - window_us
        row += ONE
        if (step & 2 != 0) & (one >= oldest):
            depth, two, done_at = 2, one, now
            break
        one = now if (step & 1 != 0) & (now < to_us) else one
    if depth == 2 < many:
        while row < rows:
            now, step, oldest = at[row], np.int64(steps[row]), at[row] - window_us
            row += ONE
            if (step & 4 != 0) & (two >= oldest):
                depth, three, done_at = 3, two, now
                break
            two = one if (step & 2 != 0) & (one >= oldest) else two
            one = now if (step & 1 != 0) & (now < to_us) else one
    if depth == 3 < many:
        while row < rows:
            now, step, oldest = at[row], np.int64(steps[row]), at[row] - window_us
            row += ONE
            if (step & 8 != 0) & (three >= oldest):
                depth, four, done_at = 4, three, now
                break
            three = two if (step & 4 != 0) & (two >= oldest) else three
            two = one if (step & 2 != 0) & (one >= oldest) else two
            one = now if (step & 1 != 0) & (now < to_us) else one
    if depth == 4 < many:
        while row < rows:
            now, step, oldest = at[row], np.int64(steps[row]), at[row] - window_us
            row += ONE
            if (step & 16 != 0) & (four >= oldest):
                depth, done_at = 5, now
                break
            four = three if (step & 8 != 0) & (three >= oldest) else four
            three = two if (step & 4 != 0) & (two >= oldest) else three
            two = one if (step & 2 != 0) & (one >= oldest) else two
            one = now if (step & 1 != 0) & (now < to_us) else one
    return depth, done_at


@compiled
def _by_instant(at: Numbers, steps: Numbers, window_us: int, from_us: int, to_us: int, many: int) -> tuple[int, int]:
    """The same, where instants are shared: the rows of one have no order (F7), and any step may follow any other."""
    row, rows, depth, done_at = np.uintp(0), np.uintp(len(at)), 0, 0
    latest = np.full(many + 1, NEVER)
    while row < rows and depth < many:
        now, served = at[row], np.int64(steps[row])
        row += ONE
        while row < rows and at[row] == now:
            served |= np.int64(steps[row])
            row += ONE
        latest[0] = now if from_us <= now < to_us else NEVER
        for step in range(many):
            if served >> step & 1 and now - latest[step] <= window_us:
                latest[step + 1] = latest[step]
                if step >= depth:
                    depth, done_at = step + 1, now
    return depth, done_at


@compiled
def _times(at: Numbers, steps: Numbers, since: int, depth: int, shared: bool, times: Numbers) -> int:
    """The row of the first entry from `since` on, whose chain is known to reach `depth`; `times` gets its instants."""
    row, rows, step = np.uintp(0), np.uintp(len(at)), 1
    while (steps[row] & 1 == 0) | (at[row] < since):
        row += ONE
    entry = row
    times[0] = at[row]
    while step < depth and not shared:
        row += ONE
        if np.int64(steps[row]) == 1 << step:
            times[step] = at[row]
            step += 1
    while shared and row and at[row - ONE] == times[0]:
        row -= ONE
    while step < depth:
        now, served = at[row], np.int64(steps[row])
        row += ONE
        while row < rows and at[row] == now:
            served |= np.int64(steps[row])
            row += ONE
        while step < depth and served >> step & 1:
            times[step] = now
            step += 1
    return int(entry)
