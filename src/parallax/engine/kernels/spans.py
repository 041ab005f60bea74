"""The usual funnel, straight over a span of users' events: ORDERED, no exclusions, a name serves one step at most.

What `quick` is for rows that were picked, this is for rows as they are stored: those of the steps are put together in a
scratch that stays in the processor's cache, a user at a time.
"""

from typing import Any

import numpy as np
from numba import int64, njit, uint64

from parallax.engine.columns import Numbers

NONE = 255
"""Of a name that serves no step."""
NEVER = -(1 << 62)


@njit(nogil=True, cache=True)
def deepest_in_span(
    starts: Numbers,
    names: Numbers,
    times: Numbers,
    step_of: Numbers,
    left_out: Numbers,
    window: Any,
    first: Any,
    last: Any,
    scratch_times: Numbers,
    scratch_steps: Numbers,
    depth: Numbers,
    reached_at: Numbers,
) -> None:  # pragma: no cover - compiled
    """Fills in `depth` by user, and when each step was reached; entries lie from `first` up to, not at, `last`.

    All in the span's own units. The scratches have room for a user's rows and one more. See `quick` for why one pass and a
    look back are enough.
    """
    steps = reached_at.shape[1]
    reached = np.empty(steps + 1, np.int64)
    for user in range(len(starts) - 1):
        if left_out[user]:
            continue
        many = uint64(0)
        for row in range(uint64(starts[user]), uint64(starts[user + 1])):
            step = step_of[names[row]]
            # Written always, kept if it is of a step: a branch would be guessed wrongly every other time.
            scratch_times[many] = times[row]
            scratch_steps[many] = step
            many += uint64(step != NONE)
        reached[:] = NEVER
        deepest, done_at = int64(0), int64(0)
        row = uint64(0)
        scratch_times[many] = 0
        while row < many:
            now = int64(scratch_times[row])
            enters = now if (now >= first) & (now < last) else int64(NEVER)
            if int64(scratch_times[row + uint64(1)]) == now:  # equal instants have no order (F7)
                served = uint64(0)
                while row < many and int64(scratch_times[row]) == now:
                    served |= uint64(1) << uint64(scratch_steps[row])
                    row += uint64(1)
                reached[0] = enters
                for step in range(steps):
                    if served >> uint64(step) & uint64(1) and now - reached[step] <= window:
                        reached[step + 1] = reached[step]
                        if step >= deepest:
                            deepest, done_at = int64(step) + 1, now
                continue
            step = uint64(scratch_steps[row])
            row += uint64(1)
            reached[0] = enters
            began, before = reached[step], reached[step + uint64(1)]
            is_served = now - began <= window
            reached[step + uint64(1)] = began if is_served else before
            if is_served & (int64(step) >= deepest):
                deepest, done_at = int64(step) + 1, now
        depth[user] = deepest
        if not deepest:
            continue
        since = max(int64(first), done_at - window)
        row = uint64(0)
        while (int64(scratch_times[row]) < since) | (scratch_steps[row] != 0):
            row += uint64(1)
        reached_at[user, 0] = scratch_times[row]
        step = 1
        while step < deepest:
            while row > uint64(0) and scratch_times[row - uint64(1)] == scratch_times[row]:
                row -= uint64(1)
            while scratch_steps[row] != step:
                row += uint64(1)
            reached_at[user, step] = scratch_times[row]
            step += 1
