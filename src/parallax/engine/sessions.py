"""Facts of sessions (S1, S2): when each began and ended, with what, how many events; and what they add to days. Pure.

They are kept apart by app and by actor: below an app only the app's own events count (I6), below the client the session is
one, and each user on its events has it among theirs (G2). Facts can be merged in any order; they are kept in blocks of
session numbers.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from parallax.engine.columns import Block, Numbers, packed
from parallax.engine.days import ANY
from parallax.engine.frames import Frame
from parallax.engine.rolling import distinct, local_days

BLOCK: Final = 4096
"""Session numbers of one block."""
APPS: Final = 2**20
"""More than a client has."""


@dataclass(slots=True)
class Sessions:
    """Columns (int64) of one length, ascending by number, app and actor. Instants are microseconds since 1970.

    `actor` is the user as it was sent, 0 for none; of a scope's sessions (`of_scope`) that of the first event. Of equal
    instants the lower position is first (I3).
    """

    number: Numbers
    app: Numbers
    first_at: Numbers
    first_position: Numbers
    last_at: Numbers
    last_position: Numbers
    events: Numbers
    actor: Numbers
    first_event: Numbers
    last_event: Numbers

    def __len__(self) -> int:
        return len(self.number)

    def taken(self, which: Numbers) -> "Sessions":
        """The chosen ones: `which` is a mask or ascending places."""
        return Sessions(*(getattr(self, name)[which] for name in COLUMNS))

    @property
    def durations_us(self) -> Numbers:
        return self.last_at - self.first_at


COLUMNS: Final = tuple(Sessions.__dataclass_fields__)


def none() -> Sessions:
    return Sessions(*(np.zeros(0, np.int64) for _ in COLUMNS))


def of_frame(frame: Frame) -> Sessions:
    """The sessions of these rows alone."""
    which = np.flatnonzero(frame.session)
    number, app, actor, at, position, event = (
        getattr(frame, name)[which].astype(np.int64) for name in ("session", "app", "actor", "at", "position", "event")
    )
    key = number * APPS + app
    order = np.lexsort((position, at, actor, key))
    begins, ends = _groups(key[order], actor[order])
    first, last = order[begins], order[ends - 1]
    return Sessions(
        number=number[first],
        app=app[first],
        first_at=at[first],
        first_position=position[first],
        last_at=at[last],
        last_position=position[last],
        events=ends - begins,
        actor=actor[first],
        first_event=event[first],
        last_event=event[last],
    )


def merged(*parts: Sessions) -> Sessions:
    """Facts of the same sessions from different rows, as one: no row may be in two of them."""
    parts = tuple(part for part in parts if len(part))
    if len(parts) < 2:
        return parts[0] if parts else none()
    facts = Sessions(*(np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS))
    return _merged(facts, facts.number * APPS + facts.app, facts.actor)


def of_scope(sessions: Sessions, scope: int) -> Sessions:
    """Those of an app; or, of the whole client, with their apps as one, which then is 0. Each session is one row."""
    app = scope >> 1
    if app:
        mine = sessions.taken(sessions.app == app)
    else:
        columns = {name: getattr(sessions, name) for name in COLUMNS}
        mine = Sessions(**{**columns, "app": np.zeros(len(sessions), np.int64)})
    return _merged(mine, mine.number)


def _merged(facts: Sessions, *keys: Numbers) -> Sessions:
    """Facts with the same keys as one, in the order of the keys."""
    order = np.lexsort((facts.first_position, facts.first_at, *keys[::-1]))
    begins, ends = _groups(*(key[order] for key in keys))
    if len(begins) == len(order):
        return facts.taken(order)
    first = order[begins]
    last = np.lexsort((facts.last_position, facts.last_at, *keys[::-1]))[ends - 1]
    return Sessions(
        number=facts.number[first],
        app=facts.app[first],
        first_at=facts.first_at[first],
        first_position=facts.first_position[first],
        last_at=facts.last_at[last],
        last_position=facts.last_position[last],
        events=np.add.reduceat(facts.events[order], begins),
        actor=facts.actor[first],
        first_event=facts.first_event[first],
        last_event=facts.last_event[last],
    )


def _groups(*keys: Numbers) -> tuple[Numbers, Numbers]:
    """Where each run of rows with equal keys begins, and where it is over."""
    many = len(keys[0])
    if not many:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    differs = np.ones(many, bool)
    differs[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    begins = np.flatnonzero(differs)
    return begins, np.append(begins[1:], many)


# ---------------------------------------------------------------- what they add to days


class Starts(NamedTuple):
    """Sessions that begin, those of them with one event, and their summed duration."""

    starts: int = 0
    bounces: int = 0
    session_us: int = 0


def starts(sessions: Sessions, zone: str) -> dict[tuple[int, int], Starts]:
    """By (first event, day) and by (ANY, day), of the sessions of one scope (`of_scope`)."""
    if not len(sessions):
        return {}
    days = local_days(sessions.first_at, zone)
    added: dict[tuple[int, int], Starts] = {}
    for events in (np.full(len(days), ANY), sessions.first_event):
        (event_of, day_of), place = distinct(events, days)
        began = np.bincount(place)
        bounced = np.bincount(place, sessions.events == 1).astype(np.int64)
        lasted = np.zeros(len(began), np.int64)
        np.add.at(lasted, place, sessions.durations_us)  # bincount would round: it adds floats
        for event, day, *each in zip(*(c.tolist() for c in (event_of, day_of, began, bounced, lasted)), strict=True):
            added[event, day] = Starts(*each)
    return added


def moved_starts(before: Sessions, after: Sessions, zone: str) -> dict[tuple[int, int], Starts]:
    """What the days' numbers change by when the facts of sessions of one scope become others: add it."""
    was, now = starts(before, zone), starts(after, zone)
    moves = {}
    for key in was.keys() | now.keys():
        old, new = was.get(key, Starts()), now.get(key, Starts())
        if old != new:
            moves[key] = Starts(*(b - a for a, b in zip(old, new, strict=True)))
    return moves


# ---------------------------------------------------------------- as blocks


def blocks(sessions: Sessions) -> Iterator[tuple[int, Sessions]]:
    """The sessions of each block that has any."""
    numbers = sessions.number // BLOCK
    for begin, end in zip(*_groups(numbers), strict=True):
        yield int(numbers[begin]), sessions.taken(np.arange(begin, end))


def among(sessions: Sessions, numbers: Numbers) -> Sessions:
    """Those whose number is among `numbers`."""
    return sessions.taken(np.isin(sessions.number, numbers))


def encoded(sessions: Sessions) -> bytes:
    """Instants and positions as what is added from row to row, the last ones as what is added to the first."""
    columns: dict[str, Any] = {name: getattr(sessions, name) for name in COLUMNS}
    columns |= {name: np.diff(columns[name], prepend=np.int64(0)) for name in STEPS}
    columns |= {f"last_{each}": columns[f"last_{each}"] - getattr(sessions, f"first_{each}") for each in SPANS}
    return packed(columns)


def decoded(data: bytes | None) -> Sessions:
    if data is None:
        return none()
    its = {name: column.astype(np.int64, copy=False) for name, column in columns(data, COLUMNS).items()}
    lasts = {f"last_{each}": its[f"last_{each}"] + its[f"first_{each}"] for each in SPANS}
    return Sessions(**{**its, **lasts})


def columns(data: bytes, names: Collection[str]) -> dict[str, Numbers]:
    """Some of a block's columns, those of last events as what is added to the first; of any width."""
    block = Block(data)
    return {
        name: np.cumsum(block.numbers(name), dtype=np.int64) if name in STEPS else block.numbers(name) for name in names
    }


STEPS: Final = ("number", "first_at", "first_position")
SPANS: Final = ("at", "position")
