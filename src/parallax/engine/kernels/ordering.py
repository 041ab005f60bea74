"""Rows put in the order of their users."""

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.kernels.compiling import compiled, place

FEW = 32
"""Rows of a user that are put in order one by one."""


@compiled
def order_by_user(user: Numbers, at: Numbers, position: Numbers, starts: Numbers, order: Numbers) -> None:
    """`order` gets the rows by user, then instant, then position. `starts` has where each user's begin, and where the last
    one's end; users count from 0.

    Rows are dealt out to their users as they come, which is nearly in order of time: what is left to do is little.
    """
    cursor = starts.copy()
    for row in range(len(user)):
        order[place(cursor[user[row]])] = row
        cursor[user[row]] += 1
    for each in range(len(starts) - 1):
        begin, end = starts[each], starts[each + 1]
        if end - begin > FEW:
            mine = order[begin:end]
            mine = mine[np.argsort(position[mine], kind="mergesort")]
            order[begin:end] = mine[np.argsort(at[mine], kind="mergesort")]
            continue
        for row in range(begin + 1, end):
            moved = order[row]
            now, accepted = at[moved], position[moved]
            to = row
            while to > begin and (
                at[order[to - 1]] > now or (at[order[to - 1]] == now and position[order[to - 1]] > accepted)
            ):
                order[to] = order[to - 1]
                to -= 1
            order[to] = moved
