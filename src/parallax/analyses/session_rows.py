"""Sessions as rows, newest first (Z1): those that start in a period, those of a user, and single ones. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np

from parallax.analyses.grounds import app_of, days_of, scope_of
from parallax.analyses.matching import matched
from parallax.analyses.questions import Ground, Question
from parallax.analyses.rows import Place, day_at_most, day_windows, days_us
from parallax.engine.bitmaps import BitMap
from parallax.engine.columns import Numbers
from parallax.engine.dayrows import DayRows
from parallax.engine.days import ANY
from parallax.engine.frames import EVENTS, properties
from parallax.engine.known import Known
from parallax.engine.requests import Days, Scan, Sessions, Steps
from parallax.engine.sessions import Sessions as Facts
from parallax.engine.standing import People, Scanned
from parallax.moments import FIRST_DAY, last_day

AT_ONCE: Final = 100_000


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session of the scope (S1, S2). `user` is who its first event's actor is by now, 0 for none; `properties` are
    those of its first event.
    """

    client: UUID
    app: UUID | None
    number: int
    first_at: int  # microseconds since 1970
    first_position: int
    last_at: int
    events: int
    user: int
    entry: str
    exit: str
    properties: Mapping[str, Any]

    @property
    def place(self) -> Place:
        return self.first_at, self.first_position


@dataclass(frozen=True, slots=True)
class SessionsPage:
    """Asks for sessions that start in the question's period and whose first event satisfies its conditions (S5): a list
    of at most `limit` `SessionRow`s. `user`: only those that are this actor's.
    """

    question: Question
    limit: int
    user: int | None = None
    before: Place | None = None

    @property
    def ground(self) -> Ground:
        return self.question.ground


@dataclass(frozen=True, slots=True)
class SessionOf:
    """Asks for the session of that number: a `SessionRow`, or None when it is not there (any more)."""

    ground: Ground
    number: int


@dataclass(frozen=True, slots=True)
class SessionCounts:
    """Asks for how many sessions are each user's: a dict by actor."""

    ground: Ground
    users: tuple[int, ...]


def sessions_page(known: Known, ask: SessionsPage) -> Steps[list[SessionRow]]:
    scope = scope_of(known, ask.ground)
    days = yield from _days(scope, ask)
    found: list[SessionRow] = []
    for window in day_windows(days, ask.limit):
        facts = yield from _starting(scope, window, ask.ground.zone)
        facts = facts.taken(_fits(facts, ask, known.people))
        if ask.question.where:
            facts = yield from _satisfying(known, ask.question, facts)
        order = np.lexsort((facts.first_position, facts.first_at))[::-1][: ask.limit - len(found)]
        found += yield from _shown(known, ask.ground, facts.taken(order))
        if len(found) >= ask.limit:
            break
    return found


def session_of(known: Known, ask: SessionOf) -> Steps[SessionRow | None]:
    facts = yield Sessions(scope_of(known, ask.ground), (ask.number,))
    found = yield from _shown(known, ask.ground, facts)
    return found[0] if found else None


def session_counts(known: Known, ask: SessionCounts) -> Steps[dict[int, int]]:
    """Looks at the days on which one of the users did something: a session that is theirs begins on one."""
    days = yield Days(EVENTS, ANY, FIRST_DAY, last_day(ask.ground.today), frozenset({"events"}), frozenset({"users"}))
    asked = BitMap(ask.users)
    busy = [each for each, users in zip(_numbered(days), days.sets["users"], strict=True) if asked.intersect(users)]
    counts = dict.fromkeys(ask.users, 0)
    for window in day_windows(busy, AT_ONCE):
        facts = yield from _starting(EVENTS, window, ask.ground.zone)
        users = known.people.of(facts.actor)
        theirs, sessions = np.unique(users[np.isin(users, ask.users)], return_counts=True)
        for user, count in zip(theirs.tolist(), sessions.tolist(), strict=True):
            counts[user] += count
    return counts


# ---------------------------------------------------------------- parts of these
def _days(scope: int, ask: SessionsPage) -> Steps[list[tuple[int, int]]]:
    """Days with how many sessions start, or of a user those with an event of theirs."""
    first, last = days_of(ask.question.axis)
    if ask.before is not None:
        last = min(last, day_at_most(ask.before[0]))
    if ask.user is None:
        days = yield Days(scope, ANY, first, last, frozenset({"starts"}))
        numbers = zip(days.day.tolist(), days.numbers["starts"].tolist(), strict=True)
        return [(day, starts) for day, starts in numbers if starts]
    days = yield Days(scope, ANY, first, last, frozenset({"events"}), frozenset({"users"}))
    return [(day, 1) for (day, _), users in zip(_numbered(days), days.sets["users"], strict=True) if ask.user in users]


def _numbered(days: DayRows) -> Iterator[tuple[int, int]]:
    return zip(days.day.tolist(), days.numbers["events"].tolist(), strict=True)


def _starting(scope: int, window: tuple[int, int], zone: str) -> Steps[Facts]:
    """Those that start on these days: of all that have an event then, the ones whose first is among them."""
    days = yield Days(scope, ANY, *window, frozenset({"sessions"}), frozenset({"sessions"}))
    met = BitMap.union(*days.sets["sessions"]) if days.sets["sessions"] else BitMap()
    facts: Facts = yield Sessions(scope, tuple(met))
    from_us, to_us = days_us(*window, zone)
    return facts.taken((facts.first_at >= from_us) & (facts.first_at < to_us))


def _fits(facts: Facts, ask: SessionsPage, people: People) -> Numbers:
    fits: Numbers = np.ones(len(facts), bool)
    if ask.user is not None:
        fits &= people.of(facts.actor) == ask.user
    if ask.before is not None:
        at, position = ask.before
        fits &= (facts.first_at < at) | ((facts.first_at == at) & (facts.first_position < position))
    return fits


def _satisfying(known: Known, question: Question, facts: Facts) -> Steps[Facts]:
    if not len(facts):
        return facts
    span = int(facts.first_at.min()), int(facts.first_at.max()) + 1
    rows = yield from matched(known, question, *span, frozenset({"position"}))
    return facts.taken(np.isin(facts.first_position, rows.position))


def _shown(known: Known, ground: Ground, facts: Facts) -> Steps[list[SessionRow]]:
    """The rows of these facts, in their order, with what came with their first events."""
    if not len(facts):
        return []
    span = int(facts.first_at.min()), int(facts.first_at.max()) + 1
    parts: Sequence[Scanned] = yield Scan(ground.stream, *span, None, app=app_of(known, ground))
    entries: dict[int, Mapping[str, Any]] = {}
    for part in parts:
        frame = part.frame.taken(np.isin(part.frame.position, facts.first_position))
        entries |= {position: properties(frame, row) for row, position in enumerate(frame.position.tolist())}
    users = known.people.of(facts.actor).tolist()
    return [
        SessionRow(
            ground.client,
            ground.app,
            int(facts.number[place]),
            int(facts.first_at[place]),
            int(facts.first_position[place]),
            int(facts.last_at[place]),
            int(facts.events[place]),
            users[place],
            known.names.names[int(facts.first_event[place])],
            known.names.names[int(facts.last_event[place])],
            entries.get(int(facts.first_position[place]), {}),
        )
        for place in range(len(facts))
    ]
