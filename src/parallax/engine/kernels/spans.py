"""The usual funnel, straight over a span of users' events: ORDERED, no exclusions, a name serves one step at most.

What `quick` is for rows that were picked, this is for rows as they are stored: those of the steps are put together in a
scratch that stays in the processor's cache, a user at a time.
"""

from typing import Any

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.kernels.compiling import compiled, place, whole

NONE = 255
"""Of a name that serves no step."""
NEVER = -(1 << 62)


@compiled
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
        many = place(0)
        for row in range(place(starts[user]), place(starts[user + 1])):
            step = step_of[names[row]]
            # Written always, kept if it is of a step: a branch would be guessed wrongly every other time.
            scratch_times[many] = times[row]
            scratch_steps[many] = step
            many += place(step != NONE)
        reached[:] = NEVER
        deepest = whole(0)
        done_at = whole(0)
        row = place(0)
        scratch_times[many] = 0
        while row < many:
            now = whole(scratch_times[row])
            enters = now if (now >= first) & (now < last) else whole(NEVER)
            if whole(scratch_times[row + place(1)]) == now:  # equal instants have no order (F7)
                served = place(0)
                while row < many and whole(scratch_times[row]) == now:
                    served |= place(1) << place(scratch_steps[row])
                    row += place(1)
                reached[0] = enters
                for step in range(steps):
                    if served >> place(step) & place(1) and now - reached[step] <= window:
                        reached[step + 1] = reached[step]
                        if step >= deepest:
                            deepest, done_at = whole(step) + 1, now
                continue
            step = place(scratch_steps[row])
            row += place(1)
            reached[0] = enters
            began, before = reached[step], reached[step + place(1)]
            is_served = now - began <= window
            reached[step + place(1)] = began if is_served else before
            if is_served & (whole(step) >= deepest):
                deepest, done_at = whole(step) + 1, now
        depth[user] = deepest
        if not deepest:
            continue
        since = max(whole(first), done_at - window)
        row = place(0)
        while (whole(scratch_times[row]) < since) | (scratch_steps[row] != 0):
            row += place(1)
        reached_at[user, 0] = scratch_times[row]
        step = 1
        while step < deepest:
            while row > place(0) and scratch_times[row - place(1)] == scratch_times[row]:
                row -= place(1)
            while scratch_steps[row] != step:
                row += place(1)
            reached_at[user, step] = scratch_times[row]
            step += 1
