"""Rows as they were sent, newest first (Z1): pages of events and logs, and single ones. Pure.

A page reads days from the newest on until it is full. How many events a day has is known before its rows are read, so
that a page of a busy client reads a day and one of a quiet client a year.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
import orjson

from parallax.analyses.grounds import app_of, day_number, days_of, event_of, scope_of
from parallax.analyses.matched import Matched
from parallax.analyses.matching import matched
from parallax.analyses.questions import Ground, Question
from parallax.edges import day_edges_us
from parallax.engine.columns import Numbers
from parallax.engine.days import ANY
from parallax.engine.frames import DAY_US, TEXT_ID, UUID_ID, Ids, properties
from parallax.engine.known import Known
from parallax.engine.requests import Days, Scan, Steps
from parallax.engine.standing import Scanned
from parallax.moments import EPOCH_DAY

WIDER: Final = 4
MOST_AT_ONCE: Final = 500_000
"""Rows that are looked through in one step, but for a day that has more."""
Place = tuple[int, int]
"""Instant and position of a row: pages go down by it."""


@dataclass(frozen=True, slots=True)
class Row:
    """An event, or a log record, whose `name` is its level. `actor` is the id as sent, `user` who that is by now; 0: none."""

    client: UUID
    stream: int
    at: int  # microseconds since 1970
    position: int
    name: str
    actor: int
    user: int
    session: int
    app: UUID | None
    external_id: str | None
    properties: Mapping[str, Any]

    @property
    def place(self) -> Place:
        return self.at, self.position

    @property
    def day(self) -> date:
        """The UTC day, by which the row is found again."""
        return EPOCH_DAY + timedelta(days=self.at // DAY_US)


@dataclass(frozen=True, slots=True)
class RowsPage:
    """Asks for rows that the question counts, in its period: a list of at most `limit` `Row`s.

    `user`: only that actor's, by whatever id. `before`: the last row of the page before.
    """

    question: Question
    limit: int
    user: int | None = None
    before: Place | None = None

    @property
    def ground(self) -> Ground:
        return self.question.ground


@dataclass(frozen=True, slots=True)
class RowsOfSession:
    """Asks for the events of a session that the question counts, newest first: a list of at most `limit` `Row`s.

    `span`: the instants of its first and its last event.
    """

    question: Question
    session: int
    span: tuple[int, int]
    limit: int
    before: Place | None = None

    @property
    def ground(self) -> Ground:
        return self.question.ground


@dataclass(frozen=True, slots=True)
class RowAt:
    """Asks for the row of that position, which lies in that UTC day: a `Row`, or None when it is not there (any more)."""

    ground: Ground
    day: date
    position: int


# ---------------------------------------------------------------- asks
def rows_page(known: Known, ask: RowsPage) -> Steps[list[Row]]:
    event = event_of(known, ask.question)
    if event is None:
        return []
    first, last = days_of(ask.question.axis)
    if ask.before is not None:
        last = min(last, day_at_most(ask.before[0]))
    sets = frozenset({"users"}) if ask.user is not None else frozenset[str]()
    days = yield Days(scope_of(known, ask.ground), event, first, last, frozenset({"events"}), sets)
    busy = list(zip(days.day.tolist(), days.numbers["events"].tolist(), strict=True))
    if ask.user is not None:
        busy = [each for each, users in zip(busy, days.sets["users"], strict=True) if ask.user in users]
    spans = (days_us(*window, ask.ground.zone) for window in day_windows(busy, ask.limit))

    def fits(rows: Matched) -> Numbers:
        return np.ones(len(rows), bool) if ask.user is None else rows.user == ask.user

    return (yield from _newest(known, ask.question, spans, fits, ask.limit, ask.before))


def rows_of_session(known: Known, ask: RowsOfSession) -> Steps[list[Row]]:
    spans = iter([(ask.span[0], ask.span[1] + 1)])
    return (
        yield from _newest(known, ask.question, spans, lambda rows: rows.session == ask.session, ask.limit, ask.before)
    )


def row_at(known: Known, ask: RowAt) -> Steps[Row | None]:
    from_us = day_number(ask.day) * DAY_US
    parts = yield Scan(ask.ground.stream, from_us, from_us + DAY_US, None, ids=True)
    found = rows_of(known, ask.ground.stream, parts, [ask.position])
    return found[0] if found else None


# ---------------------------------------------------------------- reading
def _newest(
    known: Known,
    question: Question,
    spans: Iterator[tuple[int, int]],
    fits: Callable[[Matched], Numbers],
    limit: int,
    before: Place | None,
) -> Steps[list[Row]]:
    """The newest rows in `spans`, which come from the newest on, half-open. First it is found out which they are, then
    those alone are read with all that they hold."""
    found: list[Row] = []
    for from_us, to_us in spans:
        if before is not None:
            to_us = min(to_us, before[0] + 1)
        if from_us >= to_us:
            continue
        rows = yield from matched(known, question, from_us, to_us)
        mask = fits(rows)
        if before is not None:
            mask &= (rows.at < before[0]) | ((rows.at == before[0]) & (rows.position < before[1]))
        rows = rows.taken(np.flatnonzero(mask))
        rows = rows.taken(np.lexsort((rows.position, rows.at))[::-1][: limit - len(found)])
        if not len(rows):
            continue
        oldest, newest = int(rows.at[-1]), int(rows.at[0])
        event = event_of(known, question)
        parts = yield Scan(
            question.ground.stream,
            oldest,
            newest + 1,
            None,
            ids=True,
            app=app_of(known, question.ground),
            event=None if event == ANY else event,
        )
        found += rows_of(known, question.ground.stream, parts, rows.position.tolist())
        if len(found) >= limit:
            break
    return found


def rows_of(known: Known, stream: int, parts: Sequence[Scanned], positions: Sequence[int]) -> list[Row]:
    """The rows of these positions, newest first. The frames must hold ids and all fields."""
    wanted = np.array(positions, np.int64)
    apps = {number: app for app, number in known.apps.items()}
    rows: list[Row] = []
    for part in parts:
        which = np.flatnonzero(np.isin(part.frame.position, wanted))
        if not len(which):
            continue
        frame, users = part.frame.taken(which), part.users[which]
        ids = external_ids(frame.ids) if frame.ids is not None else [None] * len(frame)
        rows += (
            Row(
                known.standing.client,
                stream,
                int(frame.at[place]),
                int(frame.position[place]),
                known.names.names[int(frame.event[place])],
                int(frame.actor[place]),
                int(users[place]),
                int(frame.session[place]),
                apps.get(int(frame.app[place])),
                ids[place],
                properties(frame, place),
            )
            for place in range(len(frame))
        )
    return sorted(rows, key=lambda row: row.place, reverse=True)


def external_ids(ids: Ids) -> list[str | None]:
    """The ids that came with the rows; None where none did."""
    texts = iter(ids.texts)
    found: list[str | None] = []
    for kind, high, low in zip(ids.kinds.tolist(), ids.high.tolist(), ids.low.tolist(), strict=True):
        if kind == TEXT_ID:
            found.append(orjson.loads(next(texts)))
        else:
            found.append(str(UUID(int=high << 64 | low)) if kind == UUID_ID else None)
    return found


# ---------------------------------------------------------------- days and numbers
def day_windows(busy: Sequence[tuple[int, int]], enough: int) -> Iterator[tuple[int, int]]:
    """First and last days of spans that hold all of these days (day, rows), from the newest on.

    The first has about `enough` rows, each further one more than the one before: few of its rows seem to fit.
    """
    rest = list(busy)
    while rest:
        first, rows = rest.pop()
        last = first
        while rest and rows < enough:
            first, more = rest.pop()
            rows += more
        yield first, last
        enough = min(enough * WIDER, MOST_AT_ONCE)


def days_us(first: int, last: int, zone: str) -> tuple[int, int]:
    """The span of time, half-open, of days since 1970."""
    edges = day_edges_us(EPOCH_DAY + timedelta(days=first), EPOCH_DAY + timedelta(days=last), zone)
    return edges[0], edges[-1]


def day_at_most(at_us: int) -> int:
    """A local day, in any zone, that an instant lies in or before."""
    return at_us // DAY_US + 1
