"""Where a client's data stand at one instant, and what of them is the same for all questions: names, who is who.

Everything here is as of one snapshot. What is kept between requests is kept by version, and never changed in place: two
requests with snapshots of different instants may be on their way at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.counted import column_of
from parallax.engine.frames import Frame

ERASED = -1


@dataclass(frozen=True, slots=True)
class Standing:
    """`kept_from`: months of rows before it are dropped, of all clients."""

    client: UUID
    zone: str
    position: int
    folded: int
    generation: int
    folded_zone: str | None
    links: int
    traits: int
    kept_from: date

    @property
    def is_derived(self) -> bool:
        """Whether days are cut as the client's zone has them now; else only the rows themselves can be read (T11)."""
        return self.folded_zone == self.zone or self.folded == 0


@dataclass(frozen=True, slots=True)
class People:
    """Who an id stands for, as of one version of the links: the same but where somebody declared something."""

    links: int
    canonical: Numbers  # int32, by actor; those beyond its end stand for themselves
    any_erased: bool = False

    def of(self, actors: Numbers) -> Numbers:
        """The users of ids; ERASED where they are erased."""
        if not len(self.canonical):
            return actors
        inside = actors < len(self.canonical)
        return np.where(inside, self.canonical[np.where(inside, actors, 0)], actors)

    def others(self, actors: Numbers) -> Numbers:
        """All ids that stand for one of these users."""
        found = np.flatnonzero(np.isin(self.canonical, actors))
        return np.union1d(found, actors)

    def since(self, links: int, changes: Mapping[int, int | None]) -> "People":
        """With later declarations; None is an erasure."""
        if not changes:
            return People(links, self.canonical, self.any_erased)
        canonical = np.arange(max(len(self.canonical), max(changes) + 1), dtype=np.int32)
        canonical[: len(self.canonical)] = self.canonical
        for actor, user in changes.items():
            canonical[actor] = ERASED if user is None else user
        return People(links, canonical, self.any_erased or None in changes.values())


NOBODY = People(0, np.zeros(0, np.int32))


@dataclass(frozen=True, slots=True)
class NameList:
    """Event names by stream, and by number; only ever added to."""

    numbers: dict[tuple[int, str], int]
    names: dict[int, str]

    def number(self, stream: int, name: str) -> int | None:
        return self.numbers.get((stream, name))

    @property
    def last(self) -> int:
        return max(self.names, default=0)


@dataclass(slots=True)
class Scanned:
    """Rows of a frame that are in the span asked for, of users that are not erased; `users` are who they are by now."""

    frame: Frame
    users: Numbers

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def event(self) -> Numbers:
        return self.frame.event

    @property
    def session(self) -> Numbers:
        return self.frame.session

    @property
    def app(self) -> Numbers:
        return self.frame.app

    def valued(self, name: str) -> tuple[Numbers, list[Any]]:
        """A field's codes, and the value that each code stands for."""
        coded = column_of(self.frame.fields, name)
        return (self.frame.event * 0, [None]) if coded is None else (coded.codes, coded.loaded())

    @classmethod
    def of(cls, frame: Frame, people: People, from_us: int, to_us: int, app: int | None) -> Any:
        """None when no row is left."""
        keep = (frame.at >= from_us) & (frame.at < to_us)
        if app is not None:
            keep &= frame.app == app
        users = people.of(frame.actor)
        keep &= users != ERASED
        if keep.all():
            return cls(frame, users) if len(frame) else None
        if not keep.any():
            return None
        which = np.flatnonzero(keep)
        return cls(frame.taken(which), users[which])
