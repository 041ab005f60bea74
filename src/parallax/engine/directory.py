"""What a segment says of its planes: which events it has, and where each column of each of them is. Pure."""

from collections.abc import Mapping, Sequence
from struct import Struct
from typing import Final, NamedTuple

import numpy as np
import orjson

from parallax.engine.columns import Numbers, compressed, decompressed

CORE: Final = ("session", "actor", "at", "position", "app")
"""In the order of their planes."""
STEPPED: Final = ("at", "position")
"""Those that are told by what is added from row to row."""
HEAD: Final = Struct("<B3xIII")
"""How what follows is written; how many events, fields, entries."""
PACKED, BY_THE_HOUR = 1, 2
"""It is compressed; it has the hours of events, which those of earlier releases do not have."""
HOURS: Final = 24
HOUR_US: Final = 3_600_000_000
LONG, SHORT, OF_TEXTS, OF_ENTRY = 4, 7, 3, 4
"""Numbers of an event of 64 and (but for hours) of 32 bits, of a field, of an entry."""
ZIPPED, SOME_NONE = 256, 512
"""Of an entry, added to its bits."""
DENSE: Final = 16_384
"""Rows beside which a directory is small: it is read sooner than it is unpacked."""


class Entry(NamedTuple):
    """A column of an event. `low` is its least number, `begins` in its block; `some_none`: number 0 stands for no number."""

    low: int
    bits: int
    some_none: bool
    zipped: bool
    begins: int
    size: int


class Steps(NamedTuple):
    """Of a stepped column of an event: its first number, the least that is added to one, and what that goes up by."""

    first: int
    low: int
    unit: int


class Texts(NamedTuple):
    """The values of a field: how many, and where they are."""

    many: int
    zipped: bool
    begins: int
    size: int


class Event(NamedTuple):
    """Columns are those of CORE, and of fields ":" and the name; one that is absent is 0 in all rows."""

    rows: int
    hours: Sequence[int]  # by hour of the UTC day, how many rows are before it; none where the directory has no hours
    steps: tuple[Steps, Steps]
    columns: Mapping[str, Entry]


class Directory:
    """What of an event or a field is looked up when it is asked for."""

    def __init__(self, chunks: bytes) -> None:
        how, events, fields, entries = HEAD.unpack_from(chunks)
        raw = decompressed(memoryview(chunks)[HEAD.size :]) if how & PACKED else chunks[HEAD.size :]
        self.has_hours = how & BY_THE_HOUR > 0
        width = SHORT + HOURS * self.has_hours
        long = np.frombuffer(raw, np.int64, LONG * events)
        short = np.frombuffer(raw, np.uint32, width * events + OF_TEXTS * fields + OF_ENTRY * entries, long.nbytes)
        self.nbytes = 1_000 + len(raw)
        self.names: list[str] = orjson.loads(raw[long.nbytes + short.nbytes :])
        self._long = long.reshape(events, LONG)
        self._short = short[: width * events].reshape(events, width)
        self._texts = short[width * events : width * events + OF_TEXTS * fields]
        self._entries = short[width * events + OF_TEXTS * fields :].reshape(entries, OF_ENTRY)
        self.events: list[int] = self._short[:, 0].tolist()
        self.rows: Numbers = self._short[:, 1]

    def event(self, number: int) -> Event:
        """Of one of `events`."""
        place = self.events.index(number)
        _, rows, ends, core, fields, unit_at, unit_position, *hours = self._short[place].tolist()
        first_at, first_position, low_at, low_position = self._long[place].tolist()
        found = {}
        for column, low, bits, size in self._entries[int(self._short[place - 1, 2]) if place else 0 : ends].tolist():
            is_zipped, some_none = bits & ZIPPED > 0, bits & SOME_NONE > 0
            if column < len(CORE):
                found[CORE[column]] = Entry(low, bits & 255, some_none, is_zipped, core, size)
                core += size
            else:
                name = ":" + self.names[column - len(CORE)]
                found[name] = Entry(low, bits & 255, some_none, is_zipped, fields, size)
                fields += size
        steps = Steps(first_at, low_at, unit_at), Steps(first_position, low_position, unit_position)
        return Event(rows, hours, steps, found)

    def texts(self, name: str) -> Texts:
        """The values of one of the fields."""
        place = OF_TEXTS * self.names.index(name)
        numbers = self._texts[: place + OF_TEXTS].tolist()
        many, size, zipped = numbers[place:]
        return Texts(many, zipped > 0, sum(numbers[1:place:OF_TEXTS]), size)


def written(
    names: Sequence[str],
    rows: int,
    long: Sequence[tuple[int, ...]],
    short: Sequence[tuple[int, ...]],
    texts: Sequence[tuple[int, ...]],
    entries: Sequence[tuple[int, ...]],
) -> bytes:
    """A directory: of each event (first instant and position, least steps of both), and (number, rows, up to which entry,
    where its planes begin in core and in fields, units, rows before each hour); of each field (how many values, size,
    whether compressed); of each entry (column, least number, bits, size).
    """
    numbers = [np.array(table, np.uint32).reshape(-1) for table in (short, texts, entries)]
    raw = np.array(long, np.int64).tobytes() + np.concatenate(numbers).tobytes() + orjson.dumps(list(names))
    is_packed = rows < DENSE
    head = HEAD.pack(BY_THE_HOUR + PACKED * is_packed, len(long), len(texts), len(entries))
    return head + (compressed(raw) if is_packed else raw)
