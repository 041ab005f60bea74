"""Every attempt of every user, and which of them counts (F4, F8, F11)."""

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.kernels.chains import ONE, Table, fill, ordered, strict, unordered
from parallax.engine.kernels.compiling import compiled
from parallax.engine.kernels.funnel import ORDERED, UNORDERED

MASKS = 1 << 10
"""As many as ten steps have."""


@compiled
def deepest(
    starts: Numbers, at: Numbers, steps: Numbers, excluded: Numbers,
    order: int, many: int, window_us: int, after: Numbers, before: Numbers, edges: Numbers,
    depth: Numbers, entry: Numbers, times: Numbers,
    in_bucket: Numbers, in_depth: Numbers, in_entry: Numbers,
) -> int:  # fmt: skip
    """Fills in `depth`, `entry` and `times` by user. And, if there is room for it, by user and bucket of `edges`
    `in_bucket`, `in_depth` and `in_entry`, whose length in use is the answer.
    """
    users, most = len(starts) - 1, 0
    for user in range(users):
        most = max(most, starts[user + 1] - starts[user])
    served_by = np.empty((most + 1, many), np.int64)
    excluded_by = np.empty((most + 1, len(after)), np.int64)
    firsts, lasts = np.empty(most, np.int64), np.empty(most, np.int64)
    known, work = np.empty((most, many), np.int8), np.zeros((5, many), np.int64)
    served, met = np.empty(many, np.int64), np.full(MASKS, -1)
    by_bucket, used = len(in_bucket) > 0, 0
    entries = (1 << many) - 1 if order == UNORDERED else 1
    for user in range(users):
        begin, rows = starts[user], starts[user + 1] - starts[user]
        now, masks = at[begin : begin + rows], steps[begin : begin + rows]
        next_served, next_excluded = served_by[: rows + 1], excluded_by[: rows + 1]
        fill(next_served, masks)
        fill(next_excluded, excluded[begin : begin + rows])
        _instants(now, firsts, lasts)
        known[:rows] = 0
        bucket, is_open = 0, False
        for row in range(rows):
            if not masks[row] & entries or now[row] < edges[0]:
                continue
            if now[row] >= edges[-1]:
                break
            while edges[bucket + 1] <= now[row]:
                bucket, is_open = bucket + 1, False
            if by_bucket:
                if is_open and in_depth[used - 1] == many:
                    continue
            elif depth[user] == many:
                break
            if lasts[row] - firsts[row] > 1:  # of rows of one instant that serve the same the first stands for all
                if met[masks[row]] == begin + firsts[row]:
                    continue
                met[masks[row]] = begin + firsts[row]
            if order == ORDERED:
                reached = ordered(row, now, next_served, firsts, lasts, window_us, known, work, served)
            elif order == UNORDERED:
                reached = unordered(row, now, masks, next_served, firsts, window_us, work, served)
            else:
                reached = strict(row, now, next_served, firsts, lasts, window_us, known, work, served)
            if _is_void(now, next_excluded, lasts, after, before, window_us, reached, served):
                continue
            if by_bucket:
                if not is_open:
                    in_bucket[used], in_depth[used], is_open = bucket, 0, True
                    used += 1
                if reached > in_depth[used - 1]:
                    in_depth[used - 1], in_entry[used - 1] = reached, begin + row
            elif reached > depth[user]:
                depth[user], entry[user] = reached, begin + row
                for step in range(reached):
                    times[user, step] = now[served[step]]
    return used


@compiled
def _instants(at: Numbers, firsts: Numbers, lasts: Numbers) -> None:
    """By row the first row of its instant, and the first of the next one."""
    rows, first = np.uintp(len(at)), np.uintp(0)
    while first < rows:
        last = first + ONE
        while last < rows and at[last] == at[first]:
            last += ONE
        firsts[first:last], lasts[first:last] = first, last
        first = last


@compiled
def _is_void(
    at: Numbers, table: Table, lasts: Numbers, after: Numbers, before: Numbers, window_us: int,
    depth: int, served: Numbers,
) -> bool:  # fmt: skip
    """Whether an excluded event lies where it voids the attempt (F8)."""
    rows = len(at)
    for exclusion in range(len(after)):
        if after[exclusion] < depth:
            row = table[lasts[served[after[exclusion]]], exclusion]
            if row == rows:
                continue
            if before[exclusion] < depth:
                if at[row] < at[served[before[exclusion]]]:
                    return True
            elif at[row] - at[served[0]] <= window_us:
                return True
    return False
