"""Weeks of users' events laid one after the other, and the events of some names picked out of them.

Places are unsigned: of a signed one it would be tested each time whether it counts from the end, which costs five times
as much as all the rest.
"""

from typing import Any

from parallax.engine.columns import Numbers
from parallax.engine.kernels.compiling import compiled, place, whole


@compiled
def lay(
    offsets: Numbers,
    counts: Numbers,
    names: Numbers,
    times: Numbers,
    add: Any,
    cursor: Numbers,
    out_names: Numbers,
    out_times: Numbers,
) -> None:  # pragma: no cover - compiled
    """Puts each user's rows of a week, with something added to their times, to where `cursor` says (by offset)."""
    row = place(0)
    for user in range(len(offsets)):
        at = place(cursor[offsets[user]])
        many = place(counts[user])
        for step in range(many):
            out_names[at + step] = names[row + step]
            out_times[at + step] = times[row + step] + add
        row += many


@compiled
def pick(
    starts: Numbers,
    names: Numbers,
    times: Numbers,
    apps: Numbers,
    app: int,
    marks_of: Numbers,
    keep_all: bool,
    left_out: Numbers,
    first: int,
    last: int,
    base: int,
    unit: int,
    out_starts: Numbers,
    out_times: Numbers,
    out_marks: Numbers,
) -> int:
    """Rows whose name has a mark (or all), from `first` to `last` in units, of an app if `apps` are given: how many.

    `out_starts` gets where each user's begin. The other outputs, of times as `base` and so many units, have one place more
    than there are rows.
    """
    at = place(0)
    every_app = len(apps) == 0
    for user in range(len(starts) - 1):
        out_starts[user] = at
        if left_out[user]:
            continue
        for row in range(place(starts[user]), place(starts[user + 1])):
            mark = marks_of[names[row]]
            time = whole(times[row])
            # Written always, kept if it is wanted: a branch would be guessed wrongly every other time.
            out_times[at] = base + time * unit
            out_marks[at] = mark
            wanted = ((mark != 0) | keep_all) & (time >= first) & (time <= last)
            at += place(wanted & (every_app or apps[row] == app))
    out_starts[len(starts) - 1] = at
    many: int = whole(at)
    return many
