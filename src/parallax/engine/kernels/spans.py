"""The usual funnel, straight over a span of users' events as they are stored: those of the steps are put together in a
scratch that stays in the processor's cache, a user at a time.
"""

from parallax.engine.columns import Numbers
from parallax.engine.kernels.compiling import compiled, place, whole
from parallax.engine.kernels.quick import deepest_of


@compiled
def deepest_in_span(
    starts: Numbers, names: Numbers, times: Numbers, base_us: int, unit_us: int, marks_of: Numbers, left_out: Numbers,
    window_us: int, from_us: int, to_us: int, scratch_times: Numbers, scratch_marks: Numbers,
    depth: Numbers, reached_at: Numbers,
) -> None:  # fmt: skip
    """Fills in `depth` by user, and when each step was reached. See `quick` for what may be asked so.

    `marks_of` has by name the bit of its step. The scratches have room for a user's rows and
    one more.
    """
    for user in range(len(starts) - 1):
        if left_out[user]:
            continue
        many = place(0)
        for row in range(place(starts[user]), place(starts[user + 1])):
            mark = marks_of[names[row]]
            # Written always, kept if it is of a step: a branch would be guessed wrongly every other time.
            scratch_times[many] = base_us + whole(times[row]) * unit_us
            scratch_marks[many] = mark
            many += place(mark != 0)
        theirs = scratch_times[:many], scratch_marks[:many]
        depth[user], _ = deepest_of(theirs[0], theirs[1], window_us, from_us, to_us, reached_at[user])
