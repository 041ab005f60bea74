"""A segment as planes: its rows by event, and each column of each event a block of its own that can be read alone. Pure.

Rows are in the order of (event, at, position). `core` holds the columns that every event has, `fields` first the values
of each field and then their codes; both event by event. A column that an event has in no row takes no byte, one of a
single number none but its entry in `chunks`, the directory. Numbers are bit planes (kernels/planes) of what they are above
the least of them; instants and positions are what is added from row to row. A block is compressed where that saves much:
most are looked at as they came.
"""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import numpy as np

from parallax.engine.columns import Numbers, compressor, decompressed
from parallax.engine.directory import (
    CORE,
    HOUR_US,
    HOURS,
    SOME_NONE,
    STEPPED,
    ZIPPED,
    Directory,
    Entry,
    Event,
    Texts,
    written,
)
from parallax.engine.frames import DAY_US, Coded, Frame, loaded, loaded_ids, stored_ids, taken_ids
from parallax.engine.kernels.planes import join, split

UNITS: Final = (1_000_000, 1_000)
"""Clocks that tell no more than seconds, or milliseconds."""
STEPS_WORTH, NUMBERS_WORTH, TEXTS_WORTH = 256, 2_048, 32_768
"""Bytes of a block that may be compressed. Steps nearly always gain by it; a list of values that is shorter is read sooner
than it is unpacked."""
SAVED: Final = 0.7
"""It is compressed when no more than this is left of it."""


class Laid(NamedTuple):
    chunks: bytes
    core: bytes
    ids: bytes
    fields: bytes


# ---------------------------------------------------------------- to blocks
class _Block:
    """Parts, one after the other."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0
        self._compressed = compressor()

    def add(self, raw: bytes, least: int) -> tuple[int, bool]:
        """Its size, and whether it is compressed, as it may be when it has at least so many bytes."""
        body = self._compressed(raw) if len(raw) >= least else raw
        zipped = len(raw) >= least and len(body) <= SAVED * len(raw)
        self.parts.append(body if zipped else raw)
        self.size += len(self.parts[-1])
        return len(self.parts[-1]), zipped


def laid(frame: Frame) -> Laid:
    """The blocks of a segment: rows with ids, in any order, of at least one event."""
    assert frame.ids is not None
    numbers = frame.event.astype(np.uint16 if frame.event.max() < 2**16 else np.uint32)  # sorted faster when narrow
    order = np.lexsort((frame.position, frame.at, numbers))
    event = frame.event[order]
    begins = np.flatnonzero(np.diff(event, prepend=-1))
    rows = np.diff(begins, append=len(frame))
    columns = [_Column(getattr(frame, name)[order], begins, name in STEPPED) for name in CORE]
    at = frame.at[order]
    marks = at[0] // DAY_US * DAY_US + HOUR_US * np.arange(HOURS)
    hours = [np.searchsorted(its, marks).tolist() for its in np.split(at, begins[1:])]
    core, fields, texts = _Block(), _Block(), []
    named = {name: _in_order(coded.codes[order], coded.values) for name, coded in frame.fields.items()}
    named = {name: coded for name, coded in named.items() if coded.values}
    # Short lists next to the codes, with which they are read as one.
    named = dict(sorted(named.items(), key=lambda each: -len(each[1].values)))
    for coded in named.values():
        size, zipped = fields.add(b"\n".join(coded.values), TEXTS_WORTH)
        texts.append((len(coded.values), size, int(zipped)))
        columns.append(_Column(coded.codes, begins, is_stepped=False))
    long, short, entries = [], [], []
    steps = [columns[CORE.index(name)] for name in STEPPED]
    for place, (number, many) in enumerate(zip(event[begins].tolist(), rows.tolist(), strict=True)):
        starts = core.size, fields.size
        for which, column in enumerate(columns):
            low, bits, some_none, its = column.of_event(place)
            if bits:
                least = STEPS_WORTH if column.is_stepped else NUMBERS_WORTH
                size, zipped = (core if which < len(CORE) else fields).add(its, least)
                entries.append((which, low, bits + ZIPPED * zipped + SOME_NONE * some_none, size))
            elif low:
                entries.append((which, low, 0, 0))
        long.append((*(each.firsts[place] for each in steps), *(each.lows[place] for each in steps)))
        short.append((number, many, len(entries), *starts, *(each.units[place] for each in steps), *hours[place]))
    chunks = written(list(named), len(frame), long, short, texts, entries)
    return Laid(chunks, b"".join(core.parts), stored_ids(taken_ids(frame.ids, order)), b"".join(fields.parts))


class _Column:
    """A column of all rows as planes, event by event."""

    def __init__(self, column: Numbers, begins: Numbers, is_stepped: bool) -> None:
        numbers = column.astype(np.int64, copy=False)
        units, self.firsts = np.ones(len(begins), np.int64), numbers[begins].tolist()
        if is_stepped:
            numbers = np.diff(numbers, prepend=np.int64(0))
            numbers[begins] = 0
            for unit in UNITS:
                units[(units == 1) & (np.add.reduceat(numbers % unit != 0, begins) == 0)] = unit
            numbers[begins] = np.maximum.reduceat(numbers, begins)  # the first is told apart: here any step will do
        low, most = np.minimum.reduceat(numbers, begins), np.maximum.reduceat(numbers, begins)
        some_none = (low == 0) & (most > 0) & (not is_stepped)
        if some_none.any():
            least = np.minimum.reduceat(np.where(numbers == 0, 2**62, numbers), begins)
            low = np.where(some_none, least - 1, low)
        bits = np.frexp(((most - low) // units).astype(np.float64))[1].astype(np.int64)
        sizes = bits * ((np.diff(begins, append=len(numbers)) + 7) // 8)
        ends = np.cumsum(sizes)
        planes = np.empty(int(ends[-1]), np.uint8)
        split(numbers, np.append(begins, len(numbers)), low, units, some_none, bits, ends - sizes, planes)
        self.is_stepped, self._planes = is_stepped, planes.tobytes()
        self.lows, self.units = low.tolist(), units.tolist()
        self._entries = list(
            zip(bits.tolist(), some_none.tolist(), (ends - sizes).tolist(), ends.tolist(), strict=True)
        )

    def of_event(self, place: int) -> tuple[int, int, bool, bytes]:
        """Least number (but of a stepped one), bits, whether some rows have none, planes."""
        bits, some_none, begins, ends = self._entries[place]
        return 0 if self.is_stepped else self.lows[place], bits, some_none, self._planes[begins:ends]


def _in_order(codes: Numbers, values: Sequence[bytes]) -> Coded:
    """Codes in the order in which the rows have them first: values that come once are numbered as they come."""
    first = np.full(len(values) + 1, len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    first[0] = -1
    order = np.argsort(first, kind="stable")
    used = int(np.count_nonzero(first < len(codes)))
    fresh = np.zeros(len(first), np.int64)
    fresh[order] = np.arange(len(order))
    return Coded(fresh[codes], [values[place - 1] for place in order[1:used].tolist()])


# ---------------------------------------------------------------- from blocks
def opened(body: Numbers, begins: int, entry: Entry | None) -> tuple[Numbers, int]:
    """The planes of an entry that is in some bytes from a place on: in these bytes or in others, and where they begin."""
    if entry is None or not entry.zipped:
        return body, begins
    return np.frombuffer(decompressed(body[begins : begins + entry.size].data), np.uint8), 0


def numbers_of(planes: Numbers, entry: Entry | None, rows: int) -> Numbers:
    """A column of an event, in order, but for the stepped ones."""
    if entry is None or not entry.bits:
        return np.full(rows, 0 if entry is None else entry.low, np.int32)
    numbers = np.empty(rows, np.int32)
    join(planes, entry.low, entry.bits, entry.some_none, numbers)
    return numbers


def stepped_of(planes: Numbers, event: Event, name: str) -> Numbers:
    """`at` or `position` of an event, in order."""
    steps, entry = event.steps[STEPPED.index(name)], event.columns.get(name)
    numbers = np.zeros(event.rows, np.int64)
    if entry is not None:
        join(planes, 0, entry.bits, False, numbers)
        numbers *= steps.unit
    numbers += steps.low
    numbers[0] = steps.first
    return np.cumsum(numbers, out=numbers)


def text_of(body: Numbers, begins: int, texts: Texts) -> bytes:
    """The values, one a line, that are in some bytes from a place on."""
    raw = body[begins : begins + texts.size].data
    return decompressed(raw) if texts.zipped else bytes(raw)


def frame_of(
    chunks: bytes | None,
    core: bytes,
    ids: bytes | None = None,
    fields: bytes | None = None,
    only: Collection[str] | None = None,
    event: int | None = None,
) -> Frame:
    """All rows of a segment, or those of an event; ids and fields where their blocks are given; `only` these fields, if
    given.

    `chunks` None: a segment from before there were planes.
    """
    if chunks is None:
        frame = loaded(core, ids, fields, only)
        return frame if event is None else frame.taken(frame.event == event)
    directory = Directory(chunks)
    ends = np.cumsum(directory.rows).tolist()
    spans = {
        number: (end - many, end)
        for number, many, end in zip(directory.events, directory.rows.tolist(), ends, strict=True)
        if event is None or number == event
    }
    begins, many = next(iter(spans.values()))[0] if spans else 0, sum(end - begin for begin, end in spans.values())
    columns: dict[str, Numbers] = {name: np.zeros(many, np.int64 if name in STEPPED else np.int32) for name in CORE}
    named = [] if fields is None else [name for name in directory.names if only is None or name in only]
    columns |= {f":{name}": np.zeros(many, np.int32) for name in named}
    blocks = [np.frombuffer(block or b"", np.uint8) for block in (core, fields)]
    for number, (begin, end) in spans.items():
        its = directory.event(number)
        for name, column in columns.items():
            entry = its.columns.get(name)
            body, place = opened(blocks[name[0] == ":"], 0 if entry is None else entry.begins, entry)
            planes = body[place:]
            numbers = stepped_of(planes, its, name) if name in STEPPED else numbers_of(planes, entry, its.rows)
            column[begin - begins : end - begins] = numbers
    texts = {name: directory.texts(name) for name in named}
    values = {name: text_of(blocks[1], each.begins, each).split(b"\n") for name, each in texts.items()}
    its_ids = None if ids is None else loaded_ids(ids)
    if its_ids is not None and event is not None:
        its_ids = taken_ids(its_ids, np.arange(begins, begins + many))
    return Frame(
        **{name: columns[name] for name in CORE},
        event=np.repeat(np.array(list(spans), np.int32), [end - begin for begin, end in spans.values()]),
        fields={name: Coded(columns[f":{name}"], values[name]) for name in named},
        ids=its_ids,
    )
