"""What users did, as funnels take it: of each user the events that matter to one, in order. Pure.

A funnel knows its events by what they serve: a bit for each step, and one for each exclusion that they match.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from parallax.analyses.grounds import app_of, edges_of, event_of
from parallax.analyses.lookups import column_names, column_of, lookups
from parallax.analyses.matching import chosen, grouped, read_from, tested_of
from parallax.analyses.questions import Question
from parallax.engine.columns import Numbers
from parallax.engine.days import ANY
from parallax.engine.known import Known
from parallax.engine.parts import Rows
from parallax.engine.requests import Columns, Pause, Steps
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
    """Out of the rows of the period and of what follows: of the events that serve or are excluded, if not every one counts."""
    whole, those = asked.whole, (*asked.served, *asked.excluded)
    edges = edges_of(whole.axis)
    fields = [field for each in (whole, *those) for field in tested_of(each)]
    fields += [] if whole.dimension is None else [whole.dimension]
    events = {event for each in those if (event := event_of(known, each)) is not None}
    scanned: Sequence[Rows] = yield Columns(
        whole.ground.stream,
        int(edges[0]),
        int(edges[-1]) + asked.after_us,
        None if asked.every or ANY in events else tuple(sorted(events)),
        frozenset({"actor", "at", "position", "event"} | read_from(fields)),
        column_names(fields),
        app_of(known, whole.ground),
    )
    rows = yield from chosen(known, whole, [each.copied() for each in scanned])
    marks = [(np.zeros(each.part.rows, np.uint16), np.zeros(each.part.rows, np.uint16)) for each in rows]
    for side, questions in enumerate((asked.served, asked.excluded)):
        for place, question in enumerate(questions):
            event, mine = event_of(known, question), [each.copied() for each in rows]
            for each in mine:
                if event != ANY:
                    each.keep_rows(each.event == (-1 if event is None else event))
            yield from chosen(known, question, mine)
            for each, both in zip(mine, marks, strict=True):
                both[side][each.which] |= np.uint16(1 << place)
            yield Pause()
    columns = []
    for each, both in zip(rows, marks, strict=True):
        steps, excluded = (side[each.which] for side in both)
        matters = each.users > 0 if asked.every else (each.users > 0) & ((steps | excluded) != 0)
        each.keep_rows(matters)
        wide = (column.astype(np.int64, copy=False) for column in (each.users, each.at, each.position))
        columns.append((*wide, steps[matters], excluded[matters]))
        yield Pause()
    groups, group = yield from _groups(known, whole.dimension, rows, columns, asked.entering)
    return Streamed(list(_parts([(*each, its) for each, its in zip(columns, group, strict=True)])), groups)


def _groups(
    known: Known, dimension: Field | None, rows: Sequence[Rows], columns: Sequence[tuple[Numbers, ...]], entering: int
) -> Steps[tuple[list[str | None], list[Numbers]]]:
    """The values that entries have, and by part the place of each row's among them."""
    group = [np.zeros(len(each), np.int32) for each in rows]
    if dimension is None or not rows:
        return [None], group
    enters = [np.flatnonzero(steps & entering) for _, _, _, steps, _ in columns]
    entries = [each.copied() for each in rows]
    for each, which in zip(entries, enters, strict=True):
        each.keep_rows(which)
    found = yield from lookups(known, [dimension] if column_of(dimension) is None else [], entries)
    groups, places = grouped(dimension, found, entries)
    ends = np.cumsum([len(each) for each in enters])[:-1]
    for its, which, values in zip(group, enters, np.split(places, ends), strict=True):
        its[which] = values
    return groups, group


def _parts(columns: Sequence[tuple[Numbers, ...]]) -> Iterator[Streams]:
    if not columns:
        return
    from parallax.engine.kernels.ordering import order_by_user

    user, at, position, *more = (np.concatenate(column) for column in zip(*columns, strict=True))
    many, order = np.bincount(user), np.empty(len(user), np.int64)
    ends = np.concatenate(([0], np.cumsum(many)))
    order_by_user(user, at, position, ends, order)
    rows = [column[order] for column in (at, *more)]
    users = np.flatnonzero(many)
    starts = np.append(ends[users], len(order))
    first = 0
    while first < len(users):
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + ROWS_AT_ONCE, "right")) - 1)
        span = slice(starts[first], starts[last])
        named: Any = dict(zip(("at", "steps", "excluded", "group"), (column[span] for column in rows), strict=True))
        yield Streams(users=users[first:last], starts=starts[first : last + 1] - starts[first], **named)
        first = last
