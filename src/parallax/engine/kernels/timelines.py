"""Weeks of users' events laid one after the other, and the events of some names picked out of them.

Places are unsigned: of a signed one it would be tested each time whether it counts from the end, which costs five times
as much as all the rest.
"""

from typing import Any

from numba import njit, uint64

from parallax.engine.columns import Numbers


@njit(nogil=True, cache=True)
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
    row = uint64(0)
    for place in range(len(offsets)):
        at = uint64(cursor[offsets[place]])
        many = uint64(counts[place])
        for step in range(many):
            out_names[at + step] = names[row + step]
            out_times[at + step] = times[row + step] + add
        row += many


@njit(nogil=True, cache=True)
def pick(
    starts: Numbers,
    names: Numbers,
    times: Numbers,
    table: Numbers,
    keep_all: bool,
    first: Any,
    last: Any,
    out_starts: Numbers,
    out_times: Numbers,
    out_marks: Numbers,
) -> Any:  # pragma: no cover - compiled
    """Rows whose name has a mark in `table` (or all), from `first` to `last`: how many.

    `out_starts` gets where each user's begin. The other outputs have one place more than there are rows.
    """
    at = uint64(0)
    for user in range(len(starts) - 1):
        out_starts[user] = at
        for row in range(uint64(starts[user]), uint64(starts[user + 1])):
            mark = table[names[row]]
            time = times[row]
            # Written always, kept if it is wanted: a branch would be guessed wrongly every other time.
            out_times[at] = time
            out_marks[at] = mark
            at += uint64(((mark != 0) | keep_all) & (time >= first) & (time <= last))
    out_starts[len(starts) - 1] = at
    return at
