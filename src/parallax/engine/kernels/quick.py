"""The usual funnel: ORDERED, without exclusions, and no event serves two steps. One pass, whatever the window."""

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.kernels.compiling import compiled

NEVER = -(1 << 62)
LOWEST = np.array([0] + [(mask & -mask).bit_length() - 1 for mask in range(1, 1 << 10)], np.uint8)
"""Place of the lowest bit."""


@compiled
def deepest_quickly(
    starts: Numbers,
    at: Numbers,
    steps: Numbers,
    window_us: int,
    from_us: int,
    to_us: int,
    depth: Numbers,
    entry: Numbers,
    times: Numbers,
) -> None:
    """Fills in `depth`, `entry` and `times`.

    Of each depth the latest entry that has reached it is kept: no other stays in its window longer. The first instant at
    which the greatest depth is reached ends the attempt that counts: no chain overtakes one that began before it. So that
    attempt began with the first entry that the window, looking back from there, still holds.
    """
    many = times.shape[1]
    reached = np.empty(many + 1, np.int64)
    for user in range(len(starts) - 1):
        begin, end = starts[user], starts[user + 1]
        row = begin
        reached[:] = NEVER
        deepest, done_at = 0, 0
        while row < end and deepest < many:
            now, served = at[row], steps[row]
            row += 1
            while row < end and at[row] == now:  # equal instants have no order (F7)
                served |= steps[row]
                row += 1
            reached[0] = now if from_us <= now < to_us else NEVER
            while served:
                step = LOWEST[served]
                served &= served - np.uint16(1)
                began = reached[step]
                if now - began <= window_us:
                    reached[step + 1] = began
                    if step >= deepest:
                        deepest, done_at = step + 1, now
        if deepest:
            depth[user] = deepest
            since = max(from_us, done_at - window_us)
            while at[begin] < since:
                begin += 1
            row = begin
            while not steps[row] & 1:
                row += 1
            entry[user] = row
            now = at[row]
            while row > begin and at[row - 1] == now:
                row -= 1
            times[user, 0] = now
            step = 1
            while step < deepest:
                now, served = at[row], steps[row]
                row += 1
                while row < end and at[row] == now:
                    served |= steps[row]
                    row += 1
                while step < deepest and served >> step & 1:
                    times[user, step] = now
                    step += 1
