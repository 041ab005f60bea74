"""Lines of any kind in any order: an event, `{"identify": …}`, `{"log": …}` or `{"usage": …}`. Pure.

Sorts them by kind and keeps their places, so that each can be told what became of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from parallax.usage.reports import Rejected

EVENT, IDENTIFY, LOG, USAGE = "event", "identify", "log", "usage"
WRAPPED: Final = (IDENTIFY, LOG, USAGE)
"""Kinds that a line names; one that names none is an event."""
NAMED: Final = frozenset(WRAPPED)
KINDS: Final = (EVENT, *WRAPPED)
WANTED: Final = 'an event {"name": …}, {"identify": {…}}, {"log": {…}} or {"usage": {…}}'


@dataclass(slots=True)
class Lines:
    """Of one kind. `places[k]` is where `rows[k]` stood in what was sent."""

    places: list[int] = field(default_factory=list)
    rows: list[Mapping[str, Any]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, place: int, row: Mapping[str, Any]) -> None:
        self.places.append(place)
        self.rows.append(row)


@dataclass(slots=True)
class Mixture:
    """What was sent. `rejected` are the lines that are of no kind."""

    by_kind: dict[str, Lines] = field(default_factory=lambda: {kind: Lines() for kind in KINDS})
    rejected: list[Rejected] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rejected) + sum(len(lines) for lines in self.by_kind.values())

    def add(self, place: int, row: object) -> None:
        """A line as JSON has it."""
        if type(row) is not dict:
            self.rejected.append(Rejected(place, "", f"is not a JSON object: send {WANTED}"))
        elif NAMED.isdisjoint(row):
            self.by_kind[EVENT].add(place, row)
        else:
            self._add_wrapped(place, row)

    def add_text(self, place: int, line: bytes) -> None:
        """A line as text; a blank one is none."""
        if not line.strip():
            return
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            self.rejected.append(Rejected(place, "", f"is not JSON ({error.msg})"))
        else:
            self.add(place, row)

    def _add_wrapped(self, place: int, row: dict[str, Any]) -> None:
        kind = next(kind for kind in WRAPPED if kind in row)
        if len(row) > 1:
            self.rejected.append(Rejected(place, kind, f"{kind}: must be the only field of its line"))
        elif type(row[kind]) is not dict:
            self.rejected.append(Rejected(place, kind, f"{kind}: must be a JSON object"))
        else:
            self.by_kind[kind].add(place, row[kind])


def mixed(rows: Iterable[object]) -> Mixture:
    """Of rows as JSON has them; the first is at place 0."""
    mixture = Mixture()
    for place, row in enumerate(rows):
        mixture.add(place, row)
    return mixture


def mixed_text(lines: Iterable[bytes]) -> Mixture:
    """Of lines; the first is at place 0, and blank ones count as places."""
    mixture = Mixture()
    for place, line in enumerate(lines):
        mixture.add_text(place, line)
    return mixture
