"""What rows add to the days of their scopes and events: the one way, for the fold, a rebuild and what waits. Pure."""

from collections.abc import Iterator, Mapping
from math import prod

import numpy as np

from parallax.engine.bitmaps import BitMap, of_numbers
from parallax.engine.columns import Numbers
from parallax.engine.days import ANY, Day, Key
from parallax.engine.frames import DAY_US, Frame
from parallax.instants import EPOCH, day_begins

EPOCH_ORDINAL = EPOCH.toordinal()
SECOND_US = 1_000_000
NONE = np.zeros(0, np.uint32)
DENSE = 8
"""Counting in a table of all that may be costs about an eighth of sorting, for each place of it."""


def local_days(at: Numbers, zone: str) -> Numbers:
    """The day (since 1970-01-01) of each instant in a zone (T1, T2); instants are microseconds."""
    if not len(at):
        return np.zeros(0, np.int64)
    # A clock is less than two days off.
    first, last = int(at.min()) // DAY_US - 2, int(at.max()) // DAY_US + 2
    return np.searchsorted(day_edges(first, last, zone), at, side="right") + np.int64(first - 1)


def day_edges(first: int, last: int, zone: str) -> Numbers:
    """The instants at which the days `first` to `last` begin, and that at which `last` is over."""
    return np.frombuffer(day_begins(first + EPOCH_ORDINAL, last + EPOCH_ORDINAL, zone), np.int64) * SECOND_US


def rolled(frame: Frame, actors: Numbers, days: Numbers, counted: Mapping[int, Numbers], stream: int) -> dict[Key, Day]:
    """By (scope, event, day): events, users with their counts, sessions and counters of these rows alone.

    `actors` are canonical, 0 for none; `days` as `local_days` says; `counted` as `counted.code_columns` says. A row
    counts in its client's scope and in its app's, as its event and as ANY.
    """
    if not len(frame):
        return {}
    keys, rows, groups = _groups(frame, days, stream)
    many = len(keys)
    events = np.bincount(groups, minlength=many)
    users = _tallies(groups, actors[rows], many)
    sessions = _tallies(groups, frame.session[rows], many)
    counters = {field: _tallies(groups, codes[rows], many) for field, codes in counted.items()}
    made = {key: _day(key[2], int(count)) for key, count in zip(keys, events.tolist(), strict=True)}
    order = list(made.values())
    for place, numbers, counts in _split(*users):
        day = order[place]
        day.users, day.counts, day.n_users = of_numbers(numbers), counts.astype(np.uint32), len(numbers)
    for place, numbers, _ in _split(*sessions):
        day = order[place]
        day.sessions, day.n_sessions = of_numbers(numbers), len(numbers)
    for field, tallies in counters.items():
        for place, codes, counts in _split(*tallies):
            held = order[place].counters
            assert held is not None
            held[field] = (codes, counts)
    return made


def _day(day: int, events: int) -> Day:
    return Day(day, events=events, users=BitMap(), counts=NONE, sessions=BitMap(), firsts=BitMap(), counters={})


def _groups(frame: Frame, days: Numbers, stream: int) -> tuple[list[Key], Numbers, Numbers]:
    """The keys, ascending; and each row once for each key that it counts in: its place and the key's."""
    app, event, day = (column.astype(np.int64) for column in (frame.app, frame.event, days))
    cells, cell = distinct(app, event, day)
    places = np.arange(len(cells[0]))
    of_apps = np.flatnonzero(cells[0])
    which = np.concatenate((places, places, of_apps, of_apps))
    scopes = np.concatenate((places * 0, places * 0, *[cells[0][of_apps]] * 2)) * 2 + stream
    events = np.concatenate((places * 0 + ANY, cells[1], of_apps * 0 + ANY, cells[1][of_apps]))
    keys, place = distinct(scopes, events, cells[2][which])
    rows, groups = [], []
    for level in np.split(np.arange(len(which)), np.cumsum((len(places), len(places), len(of_apps)))):
        table = np.full(len(places), -1)
        table[which[level]] = place[level]
        group = table[cell]
        mine = np.flatnonzero(group >= 0)
        rows.append(mine)
        groups.append(group[mine])
    return list(zip(*(key.tolist() for key in keys), strict=True)), np.concatenate(rows), np.concatenate(groups)


def distinct(*columns: Numbers) -> tuple[list[Numbers], Numbers]:
    """The distinct combinations as columns, and the place of each row's among them."""
    least = [int(column.min()) for column in columns]
    sizes = [int(column.max()) - low + 1 for column, low in zip(columns, least, strict=True)]
    packed = columns[0] - least[0]
    for column, low, size in zip(columns[1:], least[1:], sizes[1:], strict=True):
        packed = packed * size + (column - low)
    room = prod(sizes)
    if room <= DENSE * len(packed):
        held = np.zeros(room, bool)
        held[packed] = True
        distinct = np.flatnonzero(held)
        place = (np.cumsum(held) - 1)[packed]
    else:
        distinct, place = np.unique(packed, return_inverse=True)
    parts = []
    rest = distinct
    for low, size in zip(reversed(least), reversed(sizes), strict=True):
        rest, part = np.divmod(rest, size)
        parts.append(part + low)
    return parts[::-1], place


def _tallies(groups: Numbers, numbers: Numbers, many: int) -> tuple[Numbers, Numbers, Numbers]:
    """Each distinct pair but those of number 0, ascending, and how often it comes."""
    which = np.flatnonzero(numbers)
    if not len(which):
        return NONE, NONE, NONE
    width = int(numbers.max()) + 1
    pairs = groups[which] * width + numbers[which]
    if many * width <= DENSE * len(pairs):
        table = np.bincount(pairs, minlength=many * width)
        distinct = np.flatnonzero(table)
        counts = table[distinct]
    else:
        # Half as wide is sorted in half the time.
        pairs = np.sort(pairs.astype(np.uint32) if many * width < 2**32 else pairs)
        begins = np.flatnonzero(np.concatenate(([True], pairs[1:] != pairs[:-1])))
        distinct = pairs[begins]
        counts = np.diff(np.append(begins, len(pairs)))
    return *np.divmod(distinct, width), counts


def _split(groups: Numbers, numbers: Numbers, counts: Numbers) -> Iterator[tuple[int, Numbers, Numbers]]:
    """The numbers and counts of each group that has any."""
    if not len(groups):
        return
    begins = np.flatnonzero(np.concatenate(([True], groups[1:] != groups[:-1])))
    ends = np.append(begins[1:], len(groups))
    for group, begin, end in zip(groups[begins].tolist(), begins.tolist(), ends.tolist(), strict=True):
        yield group, numbers[begin:end], counts[begin:end]
