"""Facts of sessions (S1, S2): when each began and ended, with what, how many events; and what they add to days. Pure.

A session is told by its number and the app of its events: below an app only the app's own count (I6), below the client
the session is one. Facts can be merged in any order; they are kept in blocks of session numbers.
"""

from collections.abc import Iterator, Mapping
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
    """Columns (int64) of one length, ascending by number and app. Instants are microseconds since 1970.

    `actor` is the user of the first event as it was sent, 0 for none; of equal instants the lower position is first (I3).
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
    wide = {
        name: getattr(frame, name)[which].astype(np.int64) for name in ("session", "app", "at", "position", "event")
    }
    key = wide["session"] * APPS + wide["app"]
    order = np.lexsort((wide["position"], wide["at"], key))
    begins, ends = _groups(key[order])
    first, last = order[begins], order[ends - 1]
    return Sessions(
        number=wide["session"][first],
        app=wide["app"][first],
        first_at=wide["at"][first],
        first_position=wide["position"][first],
        last_at=wide["at"][last],
        last_position=wide["position"][last],
        events=ends - begins,
        actor=frame.actor[which][first].astype(np.int64),
        first_event=wide["event"][first],
        last_event=wide["event"][last],
    )


def merged(*parts: Sessions) -> Sessions:
    """Facts of the same sessions from different rows, as one: no row may be in two of them."""
    parts = tuple(part for part in parts if len(part))
    if len(parts) < 2:
        return parts[0] if parts else none()
    return _merged(Sessions(*(np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS)))


def of_scope(sessions: Sessions, scope: int) -> Sessions:
    """Those of an app; or, of the whole client, with their apps as one, which then is 0."""
    app = scope >> 1
    if app:
        return sessions.taken(sessions.app == app)
    columns = {name: getattr(sessions, name) for name in COLUMNS}
    return _merged(Sessions(**{**columns, "app": np.zeros(len(sessions), np.int64)}))


def _merged(facts: Sessions) -> Sessions:
    key = facts.number * APPS + facts.app
    order = np.lexsort((facts.first_position, facts.first_at, key))
    begins, ends = _groups(key[order])
    if len(begins) == len(key):
        return facts.taken(order)
    first = order[begins]
    last = np.lexsort((facts.last_position, facts.last_at, key))[ends - 1]
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


def _groups(keys: Numbers) -> tuple[Numbers, Numbers]:
    """Where each run of equal keys begins, and where it is over."""
    if not len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    begins = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    return begins, np.append(begins[1:], len(keys))


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
    block = Block(data)
    columns: Mapping[str, Any] = {name: block.numbers(name).astype(np.int64, copy=False) for name in COLUMNS}
    columns = {name: np.cumsum(column) if name in STEPS else column for name, column in columns.items()}
    lasts = {f"last_{each}": columns[f"last_{each}"] + columns[f"first_{each}"] for each in SPANS}
    return Sessions(**{**columns, **lasts})


STEPS: Final = ("number", "first_at", "first_position")
SPANS: Final = ("at", "position")
