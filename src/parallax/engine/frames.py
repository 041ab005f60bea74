"""Events (or log records) as columns of one length, and the three blocks that they are stored as. Pure.

Everything that reads or derives goes by frames: the batch that comes in, the batches that wait to be folded, the folded
segments. `position` is the order of acceptance within a client (I3); instants are microseconds since 1970, UTC.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import orjson

from parallax.engine.columns import Block, Numbers, packed

EVENTS, LOGS = 0, 1
"""Streams."""
DAY_US = 86_400_000_000
OTHER_FIELDS = ""
"""A field that holds an object of all fields beyond `MOST_FIELDS`: a frame has a bounded number of columns."""
MOST_FIELDS = 500
NO_ID, UUID_ID, TEXT_ID = 0, 1, 2


@dataclass(slots=True)
class Coded:
    """Values of one field: `values[code - 1]` is JSON text, the same text one code; code 0: the event does not have it."""

    codes: Numbers
    values: list[bytes]

    def taken(self, which: Numbers) -> "Coded":
        """The chosen rows, with only the values that they have."""
        codes = self.codes[which]
        used, narrow = np.unique(codes, return_inverse=True)
        missing = len(used) and used[0] == 0
        values = [self.values[code - 1] for code in used.tolist() if code]
        return Coded(narrow if missing else narrow + 1, values)

    def loaded(self) -> list[Any]:
        """The values as they are: of code k at k, None at 0."""
        return [None, *(orjson.loads(value) for value in self.values)]


@dataclass(slots=True)
class Ids:
    """The ids that were sent: of each event its kind, and 128 bits in two columns that are equal for equal ids alone.

    The bits of a UUID in its canonical form are the UUID; of any other text its BLAKE2b, by which two different ids are
    taken for one less often than memory is read wrongly. `texts` are those of the TEXT_ID events, in order, as JSON.
    """

    kinds: Numbers
    high: Numbers  # uint64
    low: Numbers
    texts: list[bytes]


@dataclass(slots=True)
class Frame:
    """Columns by event, in any order that `position` tells. Number 0 of app, actor and session: there is none.

    `actor` is the id as it was sent; who that is by now is for the reader to look up (I1). Of logs `event` is the level.
    """

    at: Numbers  # int64
    position: Numbers  # int64
    event: Numbers
    actor: Numbers
    app: Numbers
    session: Numbers
    fields: dict[str, Coded] = field(default_factory=dict)  # by top-level name: properties.country is "country"
    ids: Ids | None = None

    def __len__(self) -> int:
        return len(self.at)

    def taken(self, which: Numbers) -> "Frame":
        """The chosen rows: `which` is a mask or places."""
        if which.dtype == bool:
            which = np.flatnonzero(which)
        return Frame(
            **self._core(lambda column: column[which]),
            fields={name: coded.taken(which) for name, coded in self.fields.items()},
            ids=None if self.ids is None else taken_ids(self.ids, which),
        )

    def _core(self, change: Callable[[Numbers], Numbers]) -> Any:
        return {name: change(getattr(self, name)) for name in CORE}

    @property
    def nbytes(self) -> int:
        """About what it takes in memory."""
        core: int = sum(getattr(self, name).nbytes for name in CORE)
        fields = sum(each.codes.nbytes + sum(60 + len(value) for value in each.values) for each in self.fields.values())
        return 500 + core + fields + (0 if self.ids is None else 17 * len(self) + 60 * len(self.ids.texts))

    def with_fields(self, *names: str) -> "Frame":
        return replace(self, fields={name: self.fields[name] for name in names if name in self.fields})


CORE = ("at", "position", "event", "actor", "app", "session")


def joined(frames: Sequence[Frame]) -> Frame:
    """All rows of the frames, one after the other; ids and fields that some lack are absent for these."""
    if len(frames) == 1:
        return frames[0]
    lengths = [len(frame) for frame in frames]
    names = dict.fromkeys(name for frame in frames for name in frame.fields)
    core: Any = {name: np.concatenate([getattr(frame, name) for frame in frames]) for name in CORE}
    return Frame(
        **core,
        fields={name: _joined_field([frame.fields.get(name) for frame in frames], lengths) for name in names},
        ids=_joined_ids([frame.ids for frame in frames if frame.ids is not None]) if frames[0].ids else None,
    )


def _joined_field(parts: Sequence[Coded | None], lengths: Sequence[int]) -> Coded:
    codes: dict[bytes, int] = {}
    columns = []
    for part, length in zip(parts, lengths, strict=True):
        if part is None:
            columns.append(np.zeros(length, np.int32))
            continue
        mapped = np.array([0, *(codes.setdefault(value, len(codes) + 1) for value in part.values)], np.int32)
        columns.append(mapped[part.codes])
    return Coded(np.concatenate(columns), list(codes))


def taken_ids(ids: Ids, which: Numbers) -> Ids:
    kinds = ids.kinds[which]
    place = np.cumsum(ids.kinds == TEXT_ID) - 1
    texts = [ids.texts[at] for at in place[which][kinds == TEXT_ID].tolist()]
    return Ids(kinds, ids.high[which], ids.low[which], texts)


def _joined_ids(parts: Sequence[Ids]) -> Ids:
    kinds, high, low = (np.concatenate([getattr(part, name) for part in parts]) for name in ("kinds", "high", "low"))
    return Ids(kinds, high, low, [text for part in parts for text in part.texts])


# ---------------------------------------------------------------- as blocks


@dataclass(frozen=True, slots=True)
class Blocks:
    core: bytes
    ids: bytes
    fields: bytes


def stored(frame: Frame) -> Blocks:
    """A frame with its ids, as three blocks: what every question reads, what decides duplicates, the properties."""
    assert frame.ids is not None
    core = {name: getattr(frame, name) for name in CORE}
    for name in ("at", "position"):
        core[name] = _steps(core[name])
    texts = {f"values:{name}": coded.values for name, coded in frame.fields.items()}
    codes = {f"codes:{name}": coded.codes for name, coded in frame.fields.items()}
    return Blocks(packed(core), stored_ids(frame.ids), packed({**codes, **texts}))


def stored_ids(ids: Ids) -> bytes:
    return packed(
        {"kinds": ids.kinds, "high": ids.high.view(np.int64), "low": ids.low.view(np.int64), "texts": ids.texts}
    )


def loaded(
    core: bytes, ids: bytes | None = None, fields: bytes | None = None, only: Collection[str] | None = None
) -> Frame:
    """The frame of stored blocks; `only` these fields of `fields`, if given."""
    block = Block(core)
    columns = {name: block.numbers(name) for name in CORE}
    for name in ("at", "position"):
        columns[name] = np.cumsum(columns[name].astype(np.int64, copy=False))
    core_columns: Any = columns
    return Frame(
        **core_columns,
        fields={} if fields is None else loaded_fields(Block(fields), only),
        ids=None if ids is None else loaded_ids(ids),
    )


def loaded_fields(block: Block, only: Collection[str] | None = None) -> dict[str, Coded]:
    names = (name.removeprefix("codes:") for name in block.names if name.startswith("codes:"))
    return {
        name: Coded(block.numbers(f"codes:{name}"), block.texts(f"values:{name}"))
        for name in names
        if only is None or name in only
    }


def loaded_ids(data: bytes) -> Ids:
    block = Block(data)
    high, low = (_as_int64(block.numbers(name)).view(np.uint64) for name in ("high", "low"))
    return Ids(block.numbers("kinds"), high, low, block.texts("texts"))


def _as_int64(column: Numbers) -> Numbers:
    return column.astype(np.int64, copy=False)


def _steps(column: Numbers) -> Numbers:
    """The first number, then what is added each time: small where rows are in order."""
    return np.diff(column, prepend=np.int64(0))


def properties(frame: Frame, row: int) -> Mapping[str, Any]:
    """What was sent with one event; names in the order in which the frame saw them first."""
    found: dict[str, Any] = {}
    for name, coded in frame.fields.items():
        code = int(coded.codes[row])
        if code:
            value = orjson.loads(coded.values[code - 1])
            if name == OTHER_FIELDS:
                found.update(value)
            else:
                found[name] = value
    return found
