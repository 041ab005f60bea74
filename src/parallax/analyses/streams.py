"""What users did, as funnels take it: of each user the events that matter to one, in order. Pure.

A funnel knows its events by what they serve: a bit for each step, and one for each exclusion that they match.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from parallax.analyses.grounds import app_of, edges_of
from parallax.analyses.lookups import Lookup, column_names, lookups
from parallax.analyses.matching import group_of, mask_of, tested_of
from parallax.analyses.questions import Question
from parallax.engine.columns import Numbers
from parallax.engine.known import Known
from parallax.engine.requests import Pause, Scan, Steps
from parallax.engine.standing import Scanned
from parallax.filters import Field

ROWS_AT_ONCE: Final = 100_000
"""Between so many there is time to look at the clock; a user is never cut."""


class Served(Protocol):
    """`whole` has the period, the conditions that all events have to satisfy, and the dimension. `served` and `excluded`
    are of its ground. Rows are wanted until `after_us` behind the period; `entering` are the bits of which an entry has
    one. `every`: rows that serve nothing count too.
    """

    @property
    def whole(self) -> Question: ...
    @property
    def served(self) -> Sequence[Question]: ...
    @property
    def excluded(self) -> Sequence[Question]: ...
    @property
    def after_us(self) -> int: ...
    @property
    def entering(self) -> int: ...
    @property
    def every(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Streams:
    """Users, ascending; rows `starts[i]` up to `starts[i + 1]` are those of `users[i]`, by instant, then by acceptance."""

    users: Numbers  # int64
    starts: Numbers  # int64, one more than users
    at: Numbers  # int64, microseconds since 1970
    steps: Numbers  # uint16, a bit for each step that the event can serve
    excluded: Numbers  # uint16, a bit for each exclusion that it matches
    group: Numbers  # int32, of what may be an entry the place of its value in the dimension


@dataclass(frozen=True, slots=True)
class Streamed:
    parts: list[Streams]  # of some 100,000 rows each
    groups: list[str | None]


def streamed(known: Known, asked: Served) -> Steps[Streamed]:
    """Out of the rows of the period and of what follows."""
    whole = asked.whole
    edges = edges_of(whole.axis)
    fields = [field for each in (whole, *asked.served, *asked.excluded) for field in tested_of(each)]
    fields += [] if whole.dimension is None else [whole.dimension]
    app = app_of(known, whole.ground)
    scanned: list[Scanned] = yield Scan(
        whole.ground.stream, int(edges[0]), int(edges[-1]) + asked.after_us, column_names(fields), app=app
    )
    found = yield from lookups(known, fields, scanned)
    groups: dict[str | None, int] = {}
    columns = []
    for each in scanned:
        columns.append(_columns(known, asked, found, each, groups))
        yield Pause()
    return Streamed(list(_parts(columns)), list(groups) or [None])


def _columns(
    known: Known, asked: Served, found: dict[Field, Lookup], each: Scanned, groups: dict[str | None, int]
) -> tuple[Numbers, ...]:
    """Of the rows that matter: user, at, position, steps, excluded, group."""
    keep = each.users > 0
    if asked.whole.where:
        keep &= mask_of(known, asked.whole, found, each)
    steps, excluded = (_bits(known, those, found, each) for those in (asked.served, asked.excluded))
    which = np.flatnonzero(keep if asked.every else keep & ((steps | excluded) != 0))
    group = np.zeros(len(which), np.int32)
    if asked.whole.dimension is not None:
        enters = np.flatnonzero(steps[which] & asked.entering)
        group[enters] = group_of(found[asked.whole.dimension], each, which[enters], groups)
    rows = (column[which].astype(np.int64, copy=False) for column in (each.users, each.frame.at, each.frame.position))
    return *rows, steps[which], excluded[which], group


def _bits(known: Known, those: Sequence[Question], found: dict[Field, Lookup], each: Scanned) -> Numbers:
    bits = np.zeros(len(each.frame), np.uint16)
    for place, question in enumerate(those):
        bits |= mask_of(known, question, found, each).astype(np.uint16) << np.uint16(place)
    return bits


def _parts(columns: Sequence[tuple[Numbers, ...]]) -> Iterator[Streams]:
    if not columns:
        return
    user, at, position, *more = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.lexsort((position, at, user))
    rows = [column[order] for column in (at, *more)]
    firsts = np.flatnonzero(np.diff(user[order], prepend=-1))
    users = user[order][firsts]
    starts = np.append(firsts, len(order))
    first = 0
    while first < len(users):
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + ROWS_AT_ONCE, "right")) - 1)
        span = slice(starts[first], starts[last])
        named: Any = dict(zip(("at", "steps", "excluded", "group"), (column[span] for column in rows), strict=True))
        yield Streams(users=users[first:last], starts=starts[first : last + 1] - starts[first], **named)
        first = last
