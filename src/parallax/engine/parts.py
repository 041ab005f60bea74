"""Rows as they are looked at: of one event of a segment, or of all of it; columns only where somebody asks for them. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.counted import column_of
from parallax.engine.directory import HOUR_US
from parallax.engine.frames import DAY_US, OTHER_FIELDS, Coded, Frame
from parallax.engine.held import Codes, Field, Packed, Planes
from parallax.engine.kernels.planes import narrow
from parallax.engine.standing import People
from parallax.engine.values import MOST_KEPT, Check, Values

Checks: TypeAlias = tuple[tuple[str, Check], ...]
"""Of fields, by name: all of them are to pass."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """How the rows of a part are narrowed by some checks: in their planes, by what was compiled for them, and by tables.

    `planes`: bytes, and steps as `kernels.narrow` takes them. `tables`: columns with whether each code passes.
    """

    none: bool = False
    planes: tuple[tuple[Numbers, Numbers], ...] = ()
    tables: tuple[tuple[Field, Numbers], ...] = ()

    @classmethod
    def of(cls, columns: Sequence[tuple[Field | None, Check]]) -> "Sieve":
        steps: dict[int, list[int]] = {}
        bodies: dict[int, Numbers] = {}
        tables = []
        for column, check in columns:
            if isinstance(column, Planes) and (step := column.step(check)) is not None:
                body = column.packed.body
                steps.setdefault(id(body), []).extend(step)
                bodies[id(body)] = body
                continue
            if column is not None:
                table = np.zeros(column.values.many + 1, bool)
                table[column.values.chosen(check)] = True
                tables.append((column, table))
            elif not len(NO_VALUES.chosen(check)):
                return cls(none=True)
        planes = tuple((bodies[key], np.array(its, np.int64)) for key, its in steps.items())
        return cls(planes=planes, tables=tuple(tables))


def packed(rows: Numbers) -> Numbers:
    """A mask: eight rows in a byte."""
    return np.packbits(rows, bitorder="little")


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one event of a segment, or all rows of a segment or of a batch that waits. Columns are those that were asked
    for; `event` is the one that all rows are of, if they are. Then they are in the order of time, and `hours` says how many
    are before each hour of their UTC day.
    """

    rows: int
    first_at: int
    last_at: int
    event: int | None
    core: Mapping[str, Numbers | Packed]
    fields: Mapping[str, Field]
    hours: Sequence[int] = ()
    sieves: dict[Checks, Sieve] = field(default_factory=dict)

    def bounds(self, instants: Sequence[int]) -> list[int] | None:
        """How many rows are before each of these instants; None where hours do not tell."""
        found = []
        for instant in instants:
            if instant <= self.first_at:
                found.append(0)
            elif instant > self.last_at:
                found.append(self.rows)
            elif self.hours and on_the_hour(instant):
                found.append(self.hours[instant % DAY_US // HOUR_US])
            else:
                return None
        return found

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


def on_the_hour(instant: int) -> bool:
    return instant % HOUR_US == 0


def coded_column(coded: Coded) -> Codes:
    return Codes(coded.codes, Values.of(coded.values))


class Rows:
    """Rows of a part that are left of it: all, or those of a mask."""

    def __init__(self, part: Part, people: People, mask: Numbers | None = None) -> None:
        self.part, self._people, self._mask = part, people, mask
        self._which: Numbers | None = None
        self._many: int | None = part.rows if mask is None else None

    def __len__(self) -> int:
        if self._many is None:
            assert self._mask is not None
            self._many = int.from_bytes(self._mask.tobytes(), "little").bit_count()
        return self._many

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
        return column.codes(self._places()), column.values

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
        places = self._places()
        return np.arange(self.part.rows) if places is None else places

    def _of(self, name: str) -> Numbers:
        column, places = self.part.core[name], self._places()
        if isinstance(column, Packed):
            return column.of(places)
        return column if places is None else column[places]

    def _places(self) -> Numbers | None:
        """None: they are all rows of the part."""
        if self._which is None and self._mask is not None:
            self._which = np.flatnonzero(np.unpackbits(self._mask, count=self.part.rows, bitorder="little").view(bool))
        return self._which

    def _column(self, name: str) -> Field | None:
        fields = self.part.fields
        own, others = fields.get(name), fields.get(OTHER_FIELDS)
        if others is None:
            return own
        held = {each: Coded(column.codes(None), column.values.texts()) for each, column in fields.items()}
        coded = column_of(held, name)
        return None if coded is None else coded_column(coded)

    # ------------------------------------------------------------ fewer
    def narrow(self, checks: Checks) -> None:
        """Leaves the rows that pass all checks."""
        sieves = self.part.sieves
        sieve = sieves.get(checks)
        if sieve is None:
            if len(sieves) >= MOST_KEPT:
                sieves.clear()
            sieve = sieves[checks] = Sieve.of([(self._column(name), check) for name, check in checks])
        if sieve.none:
            self.keep_rows(np.zeros(0, np.int64))
        for body, steps in sieve.planes:
            fresh = self._mask is None
            if self._mask is None:
                self._mask = np.empty((self.part.rows + 7) // 8, np.uint8)
            self._many, self._which = narrow(body, steps, self.part.rows, fresh, self._mask), None
        for column, table in sieve.tables:
            passing = packed(table[column.codes(None)])
            self._mask = passing if self._mask is None else self._mask & passing
            self._many = self._which = None

    def keep_rows(self, which: Numbers) -> None:
        """Leaves these of the rows that are left: places or a mask of them."""
        left = np.zeros(self.part.rows, bool)
        if self._mask is None:
            left[which] = True
        else:
            left[self.which[which]] = True
        self._mask, self._which, self._many = packed(left), None, None


NO_VALUES: Final = Values(b"", 0)
