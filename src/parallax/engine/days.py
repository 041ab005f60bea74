"""What is kept of a day of one scope and one event (or any): numbers, sets and counters; and their blocks. Pure.

The truth adds up: what is stored of a day and what came since are one `plus`. First-seen sets and starts of sessions do
not: see `firsts` and `sessions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from parallax.engine.bitmaps import BitMap, deserialized, numbers_in, serialized
from parallax.engine.columns import Numbers

ANY: Final = 0
"""Stands for any event."""
Key: TypeAlias = tuple[int, int, int]
"""Scope, event, day."""
Counters: TypeAlias = dict[int, tuple[Numbers, Numbers]]
"""By the counted field's number: codes, ascending and at least one, and how many events had each."""
WIDTHS: Final = (np.uint8, np.uint16, np.uint32)


@dataclass(slots=True)
class Day:
    """The numbers always; a set is None when it was not read.

    `counts` (uint32) is how often each of the users did it, in their ascending order. `starts`, `bounces` and
    `session_us` are of the sessions that begin on this day, with this event.
    """

    day: int  # since 1970-01-01, in the client's zone
    version: int = 0
    events: int = 0
    n_users: int = 0
    n_sessions: int = 0
    n_firsts: int = 0
    starts: int = 0
    bounces: int = 0
    session_us: int = 0
    users: BitMap | None = None
    counts: Numbers | None = None
    sessions: BitMap | None = None
    firsts: BitMap | None = None
    counters: Counters | None = None

    def copied(self) -> "Day":
        """One that may be changed without this being changed. `replace` takes ten times as long."""
        return Day(
            self.day,
            self.version,
            self.events,
            self.n_users,
            self.n_sessions,
            self.n_firsts,
            self.starts,
            self.bounces,
            self.session_us,
            self.users,
            self.counts,
            self.sessions,
            self.firsts,
            self.counters,
        )


def nothing(day: int) -> Day:
    """A day without any event."""
    return Day(day, users=BitMap(), counts=np.zeros(0, np.uint32), sessions=BitMap(), firsts=BitMap(), counters={})


def plus(a: Day, b: Day) -> Day:
    """`a`, as stored, and the events of `b` too; firsts, starts, bounces, session_us and the version stay as `a` has them.

    A set that either of them lacks is lacking: so is what counts it, which then stays as `a` has it.
    """
    users = counts = None
    if a.users is not None and b.users is not None:
        users = a.users | b.users
        if a.counts is not None and b.counts is not None:
            counts = added_counts(a.users, a.counts, b.users, b.counts)
    both = a.copied()
    both.events += b.events
    both.users, both.counts = users, counts
    both.sessions = None if a.sessions is None or b.sessions is None else a.sessions | b.sessions
    if users is not None:
        both.n_users = len(users)
    if both.sessions is not None:
        both.n_sessions = len(both.sessions)
    both.counters = None if a.counters is None or b.counters is None else added_counters(a.counters, b.counters)
    return both


def added_counts(a: BitMap, a_counts: Numbers, b: BitMap, b_counts: Numbers) -> Numbers:
    """Counts of the users of either, in the ascending order of both."""
    users = numbers_in(a | b)
    counts = np.zeros(len(users), np.uint32)
    for bits, each in ((a, a_counts), (b, b_counts)):
        if len(each) == len(users):
            counts += each
        else:
            counts[np.searchsorted(users, numbers_in(bits))] += each
    return counts


def added_counters(a: Counters, b: Counters) -> Counters:
    both = a | b
    for field in a.keys() & b.keys():
        parts = (a[field], b[field])
        table = np.zeros(1 + max(int(codes[-1]) for codes, _ in parts), np.int64)
        for codes, counts in parts:
            table[codes] += counts
        codes = np.flatnonzero(table)
        both[field] = (codes, table[codes])
    return both


def with_firsts(day: Day, firsts: BitMap) -> Day:
    changed = day.copied()
    changed.firsts, changed.n_firsts = firsts, len(firsts)
    return changed


# ---------------------------------------------------------------- as blocks


def encoded(day: Day) -> Mapping[str, bytes | None]:
    """The blocks of all sets by their column; None for what is empty."""
    assert day.counts is not None
    assert day.counters is not None
    return {
        "user_bits": serialized(day.users),
        "user_counts": _encoded_counts(day.counts),
        "session_bits": serialized(day.sessions),
        "first_bits": serialized(day.firsts),
        "counters": _encoded_counters(day.counters),
    }


users_of = sessions_of = firsts_of = deserialized


def _encoded_counts(counts: Numbers) -> bytes | None:
    """Their width in bytes, then they; of a day on which nobody did it twice width 0, then how many they are."""
    if not len(counts):
        return None
    if int(counts.max()) == 1:
        return b"\x00" + len(counts).to_bytes(4, "little")
    return _narrow(counts)


def counts_of(block: bytes | None) -> Numbers:
    if block is None:
        return np.zeros(0, np.uint32)
    if block[0] == 0:
        return np.ones(int.from_bytes(block[1:5], "little"), np.uint32)
    return _wide(block).astype(np.uint32, copy=False)


def _encoded_counters(counters: Counters) -> bytes | None:
    """Number, how many codes, codes, counts; field by field."""
    parts = [
        part
        for field, (codes, counts) in sorted(counters.items())
        if len(codes)
        for part in ([field, len(codes)], codes, counts)
    ]
    return _narrow(np.concatenate(parts)) if parts else None


def counters_of(block: bytes | None) -> Counters:
    """Codes and counts as int64, which may be added without a thought of overflow."""
    counters: Counters = {}
    if block is None:
        return counters
    numbers = _wide(block).astype(np.int64)
    at = 0
    while at < len(numbers):
        field, many = int(numbers[at]), int(numbers[at + 1])
        counters[field] = (numbers[at + 2 : at + 2 + many], numbers[at + 2 + many : at + 2 + 2 * many])
        at += 2 + 2 * many
    return counters


def _narrow(numbers: Numbers) -> bytes:
    most = int(numbers.max())
    width = WIDTHS[0 if most < 2**8 else 1 if most < 2**16 else 2]
    return bytes([np.dtype(width).itemsize]) + numbers.astype(width).tobytes()


def _wide(block: bytes) -> Numbers:
    return np.frombuffer(block, WIDTHS[block[0] >> 1], offset=1)
