"""The chain of one attempt, by each of the three orders (F3, F7, F9, F10). Rows are those of one user, from 0.

A `Table` says for row i and step k which row from i on is the next that serves k; behind the last row, and where there is
none, it says how many rows there are.
"""

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.kernels.compiling import compiled

Table = Numbers
ONE = np.uintp(1)  # without a sign: see `quick`


@compiled
def fill(table: Table, masks: Numbers) -> None:
    """The next occurrence of each bit."""
    rows, bits = len(masks), table.shape[1]
    table[rows, :] = rows
    row = np.uintp(rows)
    while row:
        row -= ONE
        mask = np.int64(masks[row])
        for bit in range(bits):
            table[row, bit] = np.int64(row) if mask >> bit & 1 else table[row + ONE, bit]


@compiled
def run_of(table: Table, first: int, last: int, depth: int, but: int, work: Numbers) -> int:
    """The depth after an instant, of rows `first` up to `last` without the row `but`, that an attempt had reached `depth`
    before: the longest run of steps from there on that different rows serve (Kuhn's matching, in the order of steps).

    `work` is 5 by steps, whatever is in it: the first three for this, the others for `strict`.
    """
    many: int = table.shape[1]
    owned, queue, came = work[0], work[1], work[2]
    for step in range(depth, many):
        queue[0], came[step], seen = step, -1, 1 << step
        size, place, found = 1, 0, False
        while place < size and not found:
            here = queue[place]
            place += 1
            row, tried = table[first, here], 0
            while row < last and tried < many:  # of as many rows as there are steps one is free
                if row != but:
                    tried += 1
                    owner = -1
                    for other in range(depth, step):
                        if owned[other] == row:
                            owner = other
                    if owner < 0:
                        found = True
                        while here >= 0:  # each step on the way takes the row of the one before
                            row, owned[here] = owned[here], row
                            here = came[here]
                        break
                    if not seen >> owner & 1:
                        seen |= 1 << owner
                        came[owner] = here
                        queue[size] = owner
                        size += 1
                row = table[row + 1, here]
        if not found:
            return step
    return many


@compiled
def depth_after(
    table: Table, firsts: Numbers, lasts: Numbers, row: int, depth: int, known: Numbers, work: Numbers
) -> int:
    """As `run_of`, of the whole instant of a row. `known` keeps what was found out (rows by steps, 0: not yet)."""
    first, last = firsts[row], lasts[row]
    if last - first == 1:
        return depth + int(table[first, depth] == first)
    if known[first, depth] == 0:
        known[first, depth] = run_of(table, first, last, depth, -1, work)
    return int(known[first, depth])


@compiled
def ordered(
    entry: int, at: Numbers, table: Table, firsts: Numbers, lasts: Numbers, window_us: int,
    known: Numbers, work: Numbers, served: Numbers,
) -> int:  # fmt: skip
    """The depth of the attempt; `served` gets the row, or one of the same instant, of each step that it reaches (F3).

    To go as far as an instant lets it at once is both the deepest and the earliest: who is further can do whatever the
    other could.
    """
    rows, many = len(at), table.shape[1]
    first, last = firsts[entry], lasts[entry]
    depth = 1 if last - first == 1 else run_of(table, first, last, 1, entry, work)
    served[:depth] = entry
    while depth < many:
        row = table[last, depth]
        if row == rows or at[row] - at[entry] > window_us:
            break
        further = depth_after(table, firsts, lasts, row, depth, known, work)
        served[depth:further] = row
        depth, last = further, lasts[row]
    return depth


@compiled
def strict(
    entry: int, at: Numbers, table: Table, firsts: Numbers, lasts: Numbers, window_us: int,
    known: Numbers, work: Numbers, served: Numbers,
) -> int:  # fmt: skip
    """As `ordered`, but each instant after the entry's has to serve a step (F9): which depths it can be left with is found
    out forwards, which of them lead to the greatest backwards, and of these the furthest is the earliest.
    """
    rows, many = len(at), table.shape[1]
    first, last = firsts[entry], lasts[entry]
    run = 1 if last - first == 1 else run_of(table, first, last, 1, entry, work)
    can, row_of = work[3], work[4]  # by instant: a bit for each depth that it can be left with
    can[:] = 0
    can[0], row_of[0] = (1 << run + 1) - 2, entry
    instants, deepest, row = 1, run, last
    while instants < many and row < rows and at[row] - at[entry] <= window_us:
        for depth in range(1, many):
            if can[instants - 1] >> depth & 1:
                further = depth_after(table, firsts, lasts, row, depth, known, work)
                can[instants] |= (1 << further + 1) - (1 << depth + 1)
                deepest = max(deepest, further)
        if can[instants] == 0:
            break
        row_of[instants] = row
        row = lasts[row]
        instants += 1
    for instant in range(instants - 1, -1, -1):
        for depth in range(1, deepest):
            if can[instant] >> depth & 1:
                leads = False
                if instant + 1 < instants:
                    further = depth_after(table, firsts, lasts, row_of[instant + 1], depth, known, work)
                    leads = can[instant + 1] & ((1 << further + 1) - (1 << depth + 1)) != 0
                if not leads:
                    can[instant] &= ~(1 << depth)
    before = 0
    for instant in range(instants):
        further = run
        if instant:
            further = depth_after(table, firsts, lasts, row_of[instant], before, known, work)
        while not can[instant] >> further & 1:
            further -= 1
        served[before:further] = row_of[instant]
        before = further
        if before == deepest:
            break
    return deepest


@compiled
def unordered(
    entry: int, at: Numbers, masks: Numbers, table: Table, firsts: Numbers, window_us: int, work: Numbers,
    served: Numbers,
) -> int:  # fmt: skip
    """The depth of the attempt; `served` gets the row at which each position is reached (F10).

    Events are taken in one by one, each if with it one step more is served. Which can be: those that serve a step that is
    free, or whose event could move to one that is, and so on. The next of them is looked up for each such step.
    """
    rows, many = len(at), table.shape[1]
    holds, moves = work[0], work[1]
    taken, depth, row = 0, 0, entry
    event = entry
    while True:
        open_ = ~taken & ((1 << many) - 1)  # a free step moves nowhere
        grown = True
        while grown:
            grown = False
            for step in range(many):
                if not open_ >> step & 1 and holds[step] & open_:
                    moves[step] = holds[step] & open_
                    open_ |= 1 << step
                    grown = True
        if depth:
            event = rows
            for step in range(many):
                if open_ >> step & 1:
                    found = table[row, step]
                    event = min(event, table[entry + 1, step] if found == entry else found)
            if event == rows or at[event] - at[entry] > window_us:
                return depth
        mask = np.int64(masks[event])
        choice = mask & ~taken if mask & ~taken else mask & open_
        while True:
            step = 0
            while not choice >> step & 1:
                step += 1
            mask, holds[step] = holds[step], mask
            if not taken >> step & 1:
                break
            choice = moves[step]
        taken |= 1 << step
        served[depth] = event
        depth += 1
        if depth == many:
            return depth
        row = firsts[entry] if depth == 1 else event + 1
