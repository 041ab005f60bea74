"""Rows as they are looked at: of one event of a segment, or of all of it; columns only where somebody asks for them. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.counted import column_of
from parallax.engine.frames import OTHER_FIELDS, Coded, Frame
from parallax.engine.kernels.planes import keep
from parallax.engine.planes import Entry, numbers_of
from parallax.engine.standing import People
from parallax.engine.values import Values
from parallax.filters import Condition

MOST_ONE_BY_ONE: Final = 8
"""Numbers that are looked for in planes one after the other; for more of them rows are looked up in a table."""


@dataclass(frozen=True, slots=True)
class Planes:
    """Codes of a field in the rows of an event, as they are stored."""

    planes: Numbers
    entry: Entry | None
    rows: int
    values: Values

    @property
    def nbytes(self) -> int:
        return 200 + self.planes.nbytes

    def codes(self) -> Numbers:
        return numbers_of(self.planes, self.entry, self.rows)

    def keep(self, wanted: Numbers, mask: Numbers) -> None:
        """Takes out of the mask the rows whose code is not wanted."""
        entry = self.entry
        if entry is None or not entry.bits:
            if (0 if entry is None else entry.low) not in wanted:
                mask[:] = 0
            return
        stored = wanted - entry.low
        if entry.some_none:
            stored[wanted == 0] = 0
            stored = stored[(stored > 0) | (wanted == 0)]
        stored = stored[(stored >= 0) & (stored < 1 << entry.bits)]
        if len(stored) <= MOST_ONE_BY_ONE:
            keep(self.planes, entry.bits, stored, len(mask), mask)
        else:
            keep_codes(self.codes(), wanted, self.values.many, mask)


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes of a field by row."""

    numbers: Numbers
    values: Values

    @property
    def nbytes(self) -> int:
        return 200 + self.numbers.nbytes

    def codes(self) -> Numbers:
        return self.numbers

    def keep(self, wanted: Numbers, mask: Numbers) -> None:
        keep_codes(self.numbers, wanted, self.values.many, mask)


Column: TypeAlias = Planes | Codes


def keep_codes(codes: Numbers, wanted: Numbers, count: int, mask: Numbers) -> None:
    table = np.zeros(count + 1, bool)
    table[wanted] = True
    mask &= packed(table[codes])


def packed(rows: Numbers) -> Numbers:
    """A mask: eight rows in a byte."""
    return np.packbits(rows, bitorder="little")


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one event of a segment, or all rows of a segment or of a batch that waits. Columns are those that were asked
    for; `event` is the one that all rows are of, if they are.
    """

    rows: int
    first_at: int
    last_at: int
    event: int | None
    core: dict[str, Numbers]
    fields: Mapping[str, Column]

    @classmethod
    def of(cls, frame: Frame, core: Collection[str], fields: Collection[str]) -> "Part":
        return cls(
            len(frame),
            int(frame.at.min()),
            int(frame.at.max()),
            None,
            {name: getattr(frame, name) for name in core},
            {name: coded_column(frame.fields[name]) for name in fields if name in frame.fields},
        )


def coded_column(coded: Coded) -> Codes:
    return Codes(coded.codes, Values.of(coded.values))


class Rows:
    """Rows of a part that are left of it: all, or those of a mask."""

    def __init__(self, part: Part, people: People, mask: Numbers | None = None) -> None:
        self.part, self._people, self._mask = part, people, mask
        self._which: Numbers | None = None

    def __len__(self) -> int:
        if self._mask is None:
            return self.part.rows
        return int.from_bytes(self._mask.tobytes(), "little").bit_count()

    # ------------------------------------------------------------ columns
    @property
    def at(self) -> Numbers:
        return self._of("at")

    @property
    def position(self) -> Numbers:
        return self._of("position")

    @property
    def session(self) -> Numbers:
        return self._of("session")

    @property
    def app(self) -> Numbers:
        return self._of("app")

    @property
    def users(self) -> Numbers:
        """Who they are by now."""
        return self._people.of(self._of("actor"))

    @property
    def event(self) -> Numbers:
        return self._of("event") if self.part.event is None else np.full(len(self), self.part.event, np.int64)

    def codes(self, name: str) -> tuple[Numbers, Values]:
        """Of a field."""
        column = self._column(name)
        if column is None:
            return np.zeros(len(self), np.int32), NO_VALUES
        return self._taken(column.codes()), column.values

    def valued(self, name: str) -> tuple[Numbers, list[Any]]:
        """A field's codes, and the value that each code stands for."""
        codes, values = self.codes(name)
        return codes, values.loaded()

    def copied(self) -> "Rows":
        """The same, to be made fewer."""
        return Rows(self.part, self._people, None if self._mask is None else self._mask.copy())

    @property
    def which(self) -> Numbers:
        """Their places in the part."""
        return self._taken(np.arange(self.part.rows))

    def _of(self, name: str) -> Numbers:
        return self._taken(self.part.core[name])

    def _taken(self, column: Numbers) -> Numbers:
        if self._mask is None:
            return column
        if self._which is None:
            self._which = np.flatnonzero(np.unpackbits(self._mask, count=self.part.rows, bitorder="little"))
        return column[self._which]

    def _column(self, name: str) -> Column | None:
        fields = self.part.fields
        own, others = fields.get(name), fields.get(OTHER_FIELDS)
        if others is None:
            return own
        held = {each: Coded(column.codes(), column.values.texts()) for each, column in fields.items()}
        coded = column_of(held, name)
        return None if coded is None else coded_column(coded)

    # ------------------------------------------------------------ fewer
    def keep(self, name: str, condition: Condition, path: Sequence[str]) -> None:
        """Leaves the rows on whose field a condition holds."""
        column = self._column(name)
        values = NO_VALUES if column is None else column.values
        wanted = values.chosen(condition, path)
        if len(wanted) == values.many + 1:
            return
        mask = self._changed()
        if column is None:  # it holds for none: not for the missing one
            mask[:] = 0
        else:
            column.keep(wanted, mask)

    def keep_rows(self, which: Numbers) -> None:
        """Leaves these of the rows that are left: places or a mask of them."""
        left = np.zeros(self.part.rows, bool)
        if self._mask is None:
            left[which] = True
        else:
            left[self.which[which]] = True
        self._mask, self._which = packed(left), None

    def _changed(self) -> Numbers:
        if self._mask is None:
            self._mask = np.full((self.part.rows + 7) // 8, 255, np.uint8)
            self._mask[-1] = 255 >> -self.part.rows % 8
        self._which = None
        return self._mask


NO_VALUES: Final = Values(b"", 0)
