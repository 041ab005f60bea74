"""Rows in the order in which they were accepted (I3), from a position on: for whoever follows them. Pure.

Mostly they are in the tail, which is at hand. What was folded since the last look is on the days that a fold has changed
since, which their versions tell.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from parallax.analyses.grounds import app_of, event_of
from parallax.analyses.matching import holding
from parallax.analyses.questions import Ground, Question
from parallax.analyses.rows import Row, days_us, rows_of
from parallax.engine.columns import Numbers
from parallax.engine.dayrows import DAYS
from parallax.engine.days import ANY
from parallax.engine.known import Known
from parallax.engine.requests import Days, Scan, Steps
from parallax.engine.standing import Scanned

ALWAYS = -(2**62), 2**62


@dataclass(frozen=True, slots=True)
class Mark:
    """How far somebody has read: all rows up to `position`, when the days' versions were up to `generation`."""

    position: int
    generation: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Asks for the mark of what is there: a `Mark`."""

    ground: Ground


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Asks for rows that the question counts, whatever its period, accepted after `since`: `Arrived`, of at most `limit`."""

    question: Question
    since: Mark
    limit: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """`rows` in order of acceptance. `until`: everything up to there has been looked at; `more` may be there."""

    rows: list[Row]
    until: Mark
    more: bool


def standing(known: Known, _: Standing) -> Steps[Mark]:
    return _now(known)
    yield  # a generator, as all analyses are


def _now(known: Known) -> Mark:
    return Mark(known.standing.position, known.standing.generation)


def arrivals(known: Known, ask: Arrivals) -> Steps[Arrived]:
    question, since = ask.question, ask.since
    if known.standing.position <= since.position or event_of(known, question) is None:
        return Arrived([], _now(known), more=False)
    parts = list(_tail(known, question.ground, since.position))
    if known.standing.folded > since.position:
        parts = (yield from _folded(known, question.ground, since)) + parts
    masks = yield from holding(known, question, parts)
    positions = [part.frame.position[mask] for part, mask in zip(parts, masks, strict=True)]
    found = np.sort(np.concatenate(positions)) if positions else np.zeros(0, np.int64)
    more = len(found) > ask.limit
    found = found[: ask.limit]
    rows = sorted(rows_of(known, question.ground.stream, parts, found.tolist()), key=lambda row: row.position)
    # The next look goes by the versions of this one's start: days of the rest of its rows are found again.
    return Arrived(rows, Mark(int(found[-1]), since.generation) if more else _now(known), more)


def _tail(known: Known, ground: Ground, after: int) -> Iterator[Scanned]:
    for frame in known.tail.of(ground.stream):
        if len(frame) and int(frame.position.max()) > after:
            part = Scanned.of(frame, known.people, *ALWAYS, app_of(known, ground))
            yield from _after(part, after)


def _after(part: Scanned | None, after: int) -> Iterable[Scanned]:
    if part is None:
        return
    which: Numbers = np.flatnonzero(part.frame.position > after)
    if len(which):
        yield part if len(which) == len(part.frame) else Scanned(part.frame.taken(which), part.users[which])


def _folded(known: Known, ground: Ground, since: Mark) -> Steps[list[Scanned]]:
    days = yield Days(ground.stream, ANY, *DAYS)
    changed = days.day if not known.standing.is_derived else days.day[days.version > since.generation]
    found: list[Scanned] = []
    for first, last in _runs(changed.tolist()):
        parts: Sequence[Scanned] = yield Scan(
            ground.stream, *days_us(first, last, ground.zone), None, ids=True, app=app_of(known, ground)
        )
        for part in parts:
            if int(part.frame.position.min()) <= known.standing.folded:  # the tail is at hand
                found += _after(part, since.position)
    return found


def _runs(days: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Days that follow one another, as first and last; at most a week at a time."""
    begin = 0
    for at in range(1, len(days) + 1):
        if at == len(days) or days[at] != days[at - 1] + 1 or at - begin == 7:
            yield days[begin], days[at - 1]
            begin = at
