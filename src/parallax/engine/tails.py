"""The tail: what is accepted and not folded yet, derived in memory by the very functions that the fold uses."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from parallax.engine import counted, rolling
from parallax.engine.days import Day, plus
from parallax.engine.frames import EVENTS, LOGS, Frame, joined
from parallax.engine.standing import ERASED, People, Standing

ScopeAndEvent = tuple[int, int]
Fields = Mapping[int, counted.Fields]
"""By stream."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Batches up to `known`, by stream, and what they add to the days of each scope and event.

    `fields`: the counted ones with the tail's values, as the fold will have them.
    """

    standing: Standing
    known: int
    fields: Fields
    frames: tuple[tuple[int, Frame], ...] = ()  # stream, rows
    days: Mapping[ScopeAndEvent, Mapping[int, Day]] = field(default_factory=dict)

    @property
    def events(self) -> int:
        return sum(len(frame) for _, frame in self.frames)

    def of(self, stream: int) -> list[Frame]:
        return [frame for its, frame in self.frames if its == stream]

    def touched(self, scope: int, event: int, first: int, last: int) -> dict[int, Day]:
        days = self.days.get((scope, event), {})
        return {day: delta for day, delta in days.items() if first <= day <= last}

    def continues(self, standing: Standing) -> bool:
        """Whether a later snapshot's tail is this one and what came after."""
        mine = self.standing
        return self.known <= standing.position and (mine.generation, mine.links, mine.zone) == (
            standing.generation,
            standing.links,
            standing.zone,
        )


def longer(tail: Tail, standing: Standing, rows: Sequence[tuple[int, Frame]], people: People) -> Tail:
    """The tail with batches that came after it."""
    if not rows:
        return Tail(standing, standing.position, tail.fields, tail.frames, tail.days)
    days: dict[ScopeAndEvent, dict[int, Day]] = defaultdict(dict, {key: dict(held) for key, held in tail.days.items()})
    fields = dict(tail.fields)
    for stream in EVENTS, LOGS:
        frames = [frame for its, frame in rows if its == stream]
        if not frames:
            continue
        frame = living(joined(frames), people)
        fields[stream] = counted.grown(fields.get(stream, {}), frame)
        users, local = people.of(frame.actor), rolling.local_days(frame.at, standing.zone)
        codes = counted.code_columns(fields[stream], frame)
        for (scope, event, day), delta in rolling.rolled(frame, users, local, codes, stream).items():
            before = days[scope, event].get(day)
            days[scope, event][day] = delta if before is None else plus(before, delta)
    return Tail(standing, standing.position, fields, (*tail.frames, *rows), days)


def living(frame: Frame, people: People) -> Frame:
    """The rows that are not of erased users."""
    gone = people.of(frame.actor) == ERASED
    return frame.taken(~gone) if gone.any() else frame
