"""Events (or logs) as they are read, one after the other, and the columns that they become. Pure.

Texts that repeat are numbered as they appear: numbers of a batch, not yet those of the client.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from re import compile
from typing import Generic, TypeVar
from uuid import UUID

import numpy as np
import orjson

from parallax.engine.columns import Numbers
from parallax.engine.frames import NO_ID, TEXT_ID, UUID_ID, Coded, Frame, Ids
from parallax.usage.reports import Rejected

CANONICAL_UUID = compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
CANONICAL_UUIDS = compile(r"(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\n)+").fullmatch
ZERO = bytes(16)
T = TypeVar("T", str, UUID)


@dataclass(slots=True)
class Named(Generic[T]):
    """One text (or app) of each row: `numbers` has them in order of appearance, from 1; 0 in `codes`: there is none."""

    codes: list[int] = field(default_factory=list)
    numbers: dict[T, int] = field(default_factory=dict)

    def used(self, keep: Numbers) -> tuple[list[T], Numbers]:
        """The texts that the kept rows have, in order of appearance, and the codes of these rows."""
        codes = np.array(self.codes, np.int64)[keep]
        texts = list(self.numbers)
        return [texts[code - 1] for code in np.unique(codes).tolist() if code], codes

    def numbered(self, codes: Numbers, given: Mapping[T, int]) -> Numbers:
        """The client's numbers of `codes`; 0 for what has none."""
        table = [0, *(given.get(text, 0) for text in self.numbers)]
        return np.array(table, np.int64)[codes]


@dataclass(slots=True)
class Values:
    """One property: in which rows it is, and the code of its value in each. `values[code - 1]` is JSON text.

    Codes are found by the value itself where that tells it apart.
    """

    rows: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    of_texts: dict[str, int] = field(default_factory=dict)
    of_whole: dict[int, int] = field(default_factory=dict)
    of_others: dict[bytes, int] = field(default_factory=dict)  # by JSON: true is not 1

    def drop(self, row: int) -> None:
        """Takes back what was added of the last row."""
        if self.rows and self.rows[-1] == row:
            del self.rows[-1], self.codes[-1]


@dataclass(slots=True)
class Batch:
    """Rows of one stream, in the order sent. `places` are theirs in what was sent; `rejected` is not among them."""

    stream: int
    places: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)  # empty: none was sent
    at: list[int] = field(default_factory=list)  # microseconds since 1970
    names: Named[str] = field(default_factory=Named)
    users: Named[str] = field(default_factory=Named)
    sessions: Named[str] = field(default_factory=Named)
    apps: Named[UUID] = field(default_factory=Named)
    fields: dict[str, Values] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    has_leftovers: bool = False  # values that only rejected rows have

    def __len__(self) -> int:
        return len(self.at)

    def framed(self, keep: Numbers, ids: Ids, at: Numbers, numbers: Mapping[str, Numbers], after: int) -> Frame:
        """The rows of `keep` (places, ascending), positions following `after`. `numbers` are of event, actor, app and
        session, of these rows; `ids` and `at` of all."""
        whole = len(keep) == len(self)
        frame = Frame(
            at=at if whole else at[keep],
            position=np.arange(after + 1, after + 1 + len(keep), dtype=np.int64),
            **numbers,  # type: ignore[arg-type]
        )
        frame.ids = ids_taken(ids, keep)
        for name, values in self.fields.items():
            codes = np.zeros(len(self), np.int64)
            codes[values.rows] = values.codes
            coded = Coded(codes, values.values)
            if not whole or self.has_leftovers:
                coded = coded.taken(keep)
            if coded.values:
                frame.fields[name] = coded
        return frame


def ids_of(texts: Sequence[str]) -> Ids:
    """The ids as they are kept and compared."""
    lines = "\n".join((*texts, ""))
    if CANONICAL_UUIDS(lines):  # as most senders make them: all at once
        halves = np.frombuffer(bytes.fromhex(lines.replace("-", "").replace("\n", "")), ">u8").astype(np.uint64)
        return Ids(np.full(len(texts), UUID_ID, np.uint8), halves[0::2].copy(), halves[1::2].copy(), [])
    kinds, bits, others = bytearray(), [], []
    for text in texts:
        if not text:
            kinds.append(NO_ID)
            bits.append(ZERO)
        elif CANONICAL_UUID(text):
            kinds.append(UUID_ID)
            bits.append(bytes.fromhex(text.replace("-", "")))
        else:
            kinds.append(TEXT_ID)
            bits.append(blake2b(text.encode(), digest_size=16).digest())
            others.append(b"%b" % orjson.dumps(text))  # a copy, as `Properties` has it
    halves = np.frombuffer(b"".join(bits), ">u8").astype(np.uint64)
    return Ids(np.frombuffer(bytes(kinds), np.uint8), halves[0::2].copy(), halves[1::2].copy(), others)


def ids_taken(ids: Ids, keep: Numbers) -> Ids:
    """Those of the rows of `keep`, which ascend."""
    if len(keep) == len(ids.kinds):
        return ids
    empty = np.zeros(len(ids.kinds), np.int64)
    frame = Frame(empty, empty, empty, empty, empty, empty, ids=ids).taken(keep)
    assert frame.ids is not None
    return frame.ids
