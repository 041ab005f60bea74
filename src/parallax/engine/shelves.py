"""What a process has in memory of a segment, and how it becomes more. Pure."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.days import ANY
from parallax.engine.frames import Frame
from parallax.engine.parts import Codes, Column, Planes, coded_column
from parallax.engine.planes import STEPPED, Directory, Event, numbers_of, opened, stepped_of, text_of
from parallax.engine.values import Interned, Values

NEAR: Final = 16_384
"""Bytes between two pieces that cost less than another piece does."""
Key: TypeAlias = tuple[int, str]
"""Event (ANY: all of the segment) and column, as `planes` names them."""


class Piece(NamedTuple):
    """A run of bytes of a segment's `core`, or of its `fields`."""

    of_core: bool
    begins: int
    ends: int


@dataclass(slots=True)
class Shelf:
    """Of one segment: columns that were opened, and the values of fields. Only ever added to."""

    directory: Directory | None  # None: a segment from before there were planes
    columns: dict[Key, Numbers | Column | None] = field(default_factory=dict)
    values: dict[str, Values] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)
    nbytes: int = 1_000

    def event(self, number: int) -> Event:
        """Of one that the segment has."""
        found = self.events.get(number)
        if found is None:
            assert self.directory is not None
            found = self.events[number] = self.directory.event(number)
        return found

    def put(self, key: Key, column: Numbers | Column | None) -> None:
        self.columns[key] = column
        self.nbytes += 100 if column is None else 100 + column.nbytes

    # ------------------------------------------------------------ of planes
    def missing(self, events: Sequence[int] | None, names: Collection[str]) -> list[Key]:
        """Which of these columns are to be opened yet; fields that the segment does not have are none."""
        assert self.directory is not None
        mine = [ANY] if events is None else [event for event in events if event in self.directory.events]
        names = [name for name in names if name[0] != ":" or name[1:] in self.directory.texts]
        return [key for event in mine for name in names if (key := (event, name)) not in self.columns]

    def pieces(self, keys: Iterable[Key]) -> list[Piece]:
        """The bytes that it takes to open them: those near each other as one."""
        assert self.directory is not None
        wanted = set()
        for number, name in keys:
            events = self.directory.events if number == ANY else [number]
            entries = [entry for event in events if (entry := self.event(event).columns.get(name)) is not None]
            wanted |= {Piece(name[0] != ":", each.begins, each.begins + each.size) for each in entries if each.size}
            if name[0] == ":" and entries and name not in self.values:
                texts = self.directory.texts[name[1:]]
                wanted.add(Piece(False, texts.begins, texts.begins + texts.size))
        merged: list[Piece] = []
        for piece in sorted(wanted):
            if merged and merged[-1].of_core == piece.of_core and piece.begins - merged[-1].ends <= NEAR:
                merged[-1] = merged[-1]._replace(ends=max(piece.ends, merged[-1].ends))
            else:
                merged.append(piece)
        return merged

    def open(self, keys: Iterable[Key], pieces: Sequence[tuple[Piece, bytes]], interned: dict[str, Interned]) -> None:
        """Opens columns out of the bytes that `pieces` named."""
        for key in keys:
            self._open(key, pieces, interned)

    def _open(self, key: Key, pieces: Sequence[tuple[Piece, bytes]], interned: dict[str, Interned]) -> None:
        assert self.directory is not None
        number, name = key
        events = [self.event(each) for each in (self.directory.events if number == ANY else [number])]
        parts = []
        for event in events:
            entry = event.columns.get(name)
            body = _body(pieces, name[0] != ":", entry.begins, entry.size) if entry is not None and entry.size else b""
            planes = opened(body, entry)
            if name[0] == ":" and number != ANY:
                values = None if entry is None else self._values(name, pieces, interned)
                self.put(key, None if values is None else Planes(planes, entry, event.rows, values))
                return
            parts.append(stepped_of(planes, event, name) if name in STEPPED else numbers_of(planes, entry, event.rows))
        numbers = parts[0] if len(parts) == 1 else np.concatenate(parts)
        self.put(key, Codes(numbers, self._values(name, pieces, interned)) if name[0] == ":" else numbers)

    def _values(self, name: str, pieces: Sequence[tuple[Piece, bytes]], interned: dict[str, Interned]) -> Values:
        values = self.values.get(name)
        if values is None:
            assert self.directory is not None
            texts = self.directory.texts[name[1:]]
            text = text_of(_body(pieces, False, texts.begins, texts.size), texts)
            values = self.values[name] = Values(text, texts.many, interned[name])
            self.nbytes += values.nbytes
        return values

    # ------------------------------------------------------------ of a frame
    def add(self, frame: Frame, names: Iterable[str]) -> None:
        """Columns of a segment that has no planes; a field that no row has is None."""
        for name in names:
            if name[0] == ":":
                coded = frame.fields.get(name[1:])
                self.put((ANY, name), None if coded is None else coded_column(coded))
            else:
                self.put((ANY, name), getattr(frame, name))


def _body(pieces: Sequence[tuple[Piece, bytes]], of_core: bool, begins: int, size: int) -> memoryview:
    place = bisect_right(pieces, (of_core, begins), key=lambda each: (each[0].of_core, each[0].begins)) - 1
    piece, body = pieces[place]
    return memoryview(body)[begins - piece.begins : begins - piece.begins + size]
