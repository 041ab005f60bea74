"""A stored day without some users. Pure."""

from dataclasses import replace

import numpy as np

from parallax.engine.bitmaps import BitMap, numbers_in
from parallax.engine.days import Counters, Day
from parallax.engine.sessions import Starts


def without(held: Day, users: BitMap, gone: Day | None, stay: Day | None, starts: Starts) -> Day | None:
    """A stored day without some users; None if it is as it was.

    `gone` is what their rows had added to it, `stay` what the other rows of their sessions have; None: no such rows.
    """
    assert held.users is not None
    assert held.counts is not None
    assert held.sessions is not None
    assert held.firsts is not None
    assert held.counters is not None
    if not held.users.intersect(users) and gone is None and starts == Starts():
        return None
    kept = ~np.isin(numbers_in(held.users), numbers_in(users))
    left = held.users - users
    sessions_left, counters = held.sessions, held.counters
    if gone is not None:
        assert gone.sessions is not None
        assert gone.counters is not None
        others = BitMap() if stay is None or stay.sessions is None else stay.sessions
        sessions_left = held.sessions - (gone.sessions - others)
        counters = less_counters(held.counters, gone.counters)
    firsts = held.firsts - users
    return replace(
        held,
        events=held.events - int(held.counts[~kept].sum()),
        users=left,
        counts=held.counts[kept],
        sessions=sessions_left,
        firsts=firsts,
        counters=counters,
        n_users=len(left),
        n_sessions=len(sessions_left),
        n_firsts=len(firsts),
        starts=held.starts + starts.starts,
        bounces=held.bounces + starts.bounces,
        session_us=held.session_us + starts.session_us,
    )


def less_counters(held: Counters, gone: Counters) -> Counters:
    """A field that has been counted no longer since is in neither."""
    left = dict(held)
    for number, (codes, counts) in gone.items():
        if number in held:
            mine, many = held[number]
            rest = many.copy()
            rest[np.searchsorted(mine, codes)] -= counts
            left[number] = (mine[rest > 0], rest[rest > 0])
            if not len(left[number][0]):
                del left[number]
    return left
