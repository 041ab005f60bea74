"""What a process has in memory of a segment, and how it becomes more. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.days import ANY
from parallax.engine.directory import STEPPED, Directory, Entry, Event
from parallax.engine.frames import Frame
from parallax.engine.held import Codes, Column, Packed, Planes
from parallax.engine.parts import Part, coded_column
from parallax.engine.planes import numbers_of, opened, stepped_of, text_of
from parallax.engine.values import Interned, Values

NEAR: Final = 16_384
"""Bytes between two pieces that cost less than another piece does."""
Events: TypeAlias = tuple[int, ...] | None
"""Numbers of some events; None: of all."""
Piece: TypeAlias = tuple[bool, int, int]
"""Of `core`, or of `fields`; and where a run of its bytes begins and ends."""
Body: TypeAlias = tuple[Piece, Numbers]


@dataclass(slots=True)
class Shelf:
    """Of one segment: columns that were opened, and the values of fields. Only ever added to.

    A column is known by its event (ANY: of all rows together) and by its name, as `planes` has it.
    """

    directory: Directory | None  # None: a segment from before there were planes
    columns: dict[tuple[int, str], Column | None] = field(default_factory=dict)
    values: dict[str, Values] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)
    parts: dict[tuple[Events, tuple[str, ...]], tuple[Part, ...]] = field(default_factory=dict)
    nbytes: int = 1_000

    def event(self, number: int) -> Event:
        """Of one that the segment has."""
        found = self.events.get(number)
        if found is None:
            assert self.directory is not None
            found = self.events[number] = self.directory.event(number)
        return found

    def _put(self, event: int, name: str, column: Column | None) -> None:
        self.columns[event, name] = column
        self.nbytes += 200 if column is None else 200 + column.nbytes

    def _numbers_of(self, events: Events) -> Sequence[int]:
        """Of the columns: those of the events that the segment has."""
        if events is None or self.directory is None:
            return (ANY,)
        return [number for number in events if number in self.directory.events]

    def part(self, events: Events, names: tuple[str, ...], first_at: int, last_at: int, rows: int) -> tuple[Part, ...]:
        """Rows of events, with columns that are all open; those of a segment without planes are all of its rows."""
        made = []
        for number in self._numbers_of(events):
            columns = {name: column for name in names if (column := self.columns.get((number, name))) is not None}
            core = {name: each for name, each in columns.items() if isinstance(each, np.ndarray | Packed)}
            fields = {name[1:]: each for name, each in columns.items() if isinstance(each, Planes | Codes)}
            if number == ANY:
                made.append(Part(rows, first_at, last_at, None, core, fields))
            else:
                event = self.event(number)
                made.append(Part(event.rows, first_at, last_at, number, core, fields, event.hours))
        self.nbytes += 1_000 * len(made)
        self.parts[events, names] = tuple(made)
        return self.parts[events, names]

    # ------------------------------------------------------------ of planes
    def rows(self, events: Events) -> int:
        """How many there are of these events."""
        assert self.directory is not None
        rows = dict(zip(self.directory.events, self.directory.rows.tolist(), strict=True))
        return sum(rows.values()) if events is None else sum(rows.get(number, 0) for number in events)

    def missing(self, events: Events, names: Collection[str]) -> list[tuple[int, str]]:
        """Which of these columns are to be opened yet; fields that the segment does not have are none."""
        if self.directory is not None:
            names = [name for name in names if name[0] != ":" or name[1:] in self.directory.names]
        return [
            key for number in self._numbers_of(events) for name in names if (key := (number, name)) not in self.columns
        ]

    def pieces(self, keys: Iterable[tuple[int, str]]) -> list[Piece]:
        """The bytes that it takes to open them: those near each other as one."""
        assert self.directory is not None
        wanted: set[Piece] = set()
        for number, name in keys:
            of_core = name[0] != ":"
            for each in self.directory.events if number == ANY else (number,):
                entry = self.event(each).columns.get(name)
                if entry is not None and entry.size:
                    wanted.add((of_core, entry.begins, entry.begins + entry.size))
            if not of_core and name not in self.values:
                texts = self.directory.texts(name[1:])
                wanted.add((False, texts.begins, texts.begins + texts.size))
        merged: list[Piece] = []
        for piece in sorted(wanted):
            before = merged[-1] if merged else None
            if before is not None and before[0] == piece[0] and piece[1] - before[2] <= NEAR:
                merged[-1] = (piece[0], before[1], max(piece[2], before[2]))
            else:
                merged.append(piece)
        return merged

    def open(self, keys: Iterable[tuple[int, str]], bodies: Sequence[Body], interned: Mapping[str, Interned]) -> None:
        """Opens columns out of the bytes that `pieces` named."""
        assert self.directory is not None
        for number, name in keys:
            if name == "event":
                column: Column | None = np.repeat(np.array(self.directory.events, np.int32), self.directory.rows)
            elif name[0] == ":":
                column = self._field(number, name, bodies, interned)
            elif number == ANY:
                parts = [self._core(each, name, bodies) for each in self.directory.events]
                column = np.concatenate([each.of(None) if isinstance(each, Packed) else each for each in parts])
            else:
                column = self._core(number, name, bodies)
            self._put(number, name, column)

    def _core(self, number: int, name: str, bodies: Sequence[Body]) -> Numbers | Packed:
        event = self.event(number)
        entry = event.columns.get(name)
        body, begins = _opened(bodies, True, entry)
        return stepped_of(body[begins:], event, name) if name in STEPPED else Packed(body, begins, entry, event.rows)

    def _field(
        self, number: int, name: str, bodies: Sequence[Body], interned: Mapping[str, Interned]
    ) -> Planes | Codes | None:
        assert self.directory is not None
        values = self.values.get(name)
        if values is None:
            texts = self.directory.texts(name[1:])
            text = text_of(*_place(bodies, False, texts.begins), texts)
            values = self.values[name] = Values(text, texts.many, interned[name])
            self.nbytes += values.nbytes
        if number != ANY:
            entry = self.event(number).columns.get(name)
            rows = self.event(number).rows
            return None if entry is None else Planes(Packed(*_opened(bodies, False, entry), entry, rows), entry, values)
        found = []
        for event in map(self.event, self.directory.events):
            entry = event.columns.get(name)
            body, begins = _opened(bodies, False, entry)
            found.append(numbers_of(body[begins:], entry, event.rows))
        return Codes(np.concatenate(found), values)

    # ------------------------------------------------------------ of a frame
    def add(self, frame: Frame, names: Iterable[str]) -> None:
        """Columns of a segment that has no planes; a field that no row has is None."""
        for name in names:
            if name[0] == ":":
                coded = frame.fields.get(name[1:])
                self._put(ANY, name, None if coded is None else coded_column(coded))
            else:
                self._put(ANY, name, getattr(frame, name))


NOTHING: Final = np.zeros(0, np.uint8)


def _opened(bodies: Sequence[Body], of_core: bool, entry: Entry | None) -> tuple[Numbers, int]:
    """Bytes that hold the planes of an entry, and where they begin there."""
    if entry is None or not entry.size:
        return NOTHING, 0
    return opened(*_place(bodies, of_core, entry.begins), entry)


def _place(bodies: Sequence[Body], of_core: bool, begins: int) -> tuple[Numbers, int]:
    """The piece that a place of a block is in, and where."""
    for (its, first, last), body in bodies:
        if its == of_core and first <= begins < last:
            return body, begins - first
    raise AssertionError("a piece was not read")
