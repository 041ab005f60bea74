"""Columns as a process holds them: numbers as they are stored, and codes with the values that they stand for. Pure."""

from typing import Final, NamedTuple, TypeAlias

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.directory import Entry
from parallax.engine.kernels.planes import pick
from parallax.engine.planes import numbers_of
from parallax.engine.values import Check, Values

MOST_ONE_BY_ONE: Final = 8
"""Numbers that are looked for in planes one after the other; for more of them rows are looked up in a table."""
FEW: Final = 8
"""Where one row in so many is wanted, or less, rows are put together one by one."""


class Packed(NamedTuple):
    """Numbers of an event's rows: planes in some bytes, from a place on."""

    body: Numbers
    begins: int
    entry: Entry | None
    rows: int

    @property
    def nbytes(self) -> int:
        return 0 if self.entry is None else self.entry.bits * self.rows // 8

    def of(self, which: Numbers | None) -> Numbers:
        """Of all rows, or of those at these places."""
        planes = self.body[self.begins :]
        if which is None:
            return numbers_of(planes, self.entry, self.rows)
        if len(which) * FEW > self.rows or self.entry is None or not self.entry.bits:
            return numbers_of(planes, self.entry, self.rows)[which]
        low, bits, some_none, *_ = self.entry
        numbers = np.empty(len(which), np.int32)
        pick(planes, low, bits, some_none, (self.rows + 7) // 8, which, numbers)
        return numbers


class Planes(NamedTuple):
    """Codes of a field in the rows of an event that has it."""

    packed: Packed
    entry: Entry
    values: Values

    @property
    def nbytes(self) -> int:
        return self.packed.nbytes

    def codes(self, which: Numbers | None) -> Numbers:
        return self.packed.of(which)

    def step(self, check: Check) -> list[int] | None:
        """How `kernels.narrow` finds the rows that pass; None where it would look for too many numbers."""
        low, bits, some_none, *_ = self.entry
        least, most = low + some_none, min(low + (1 << bits), self.values.many + 1)
        codes, is_opposite, of_none = self.values.named(check), check.is_opposite, False
        if codes is None:
            chosen = self.values.chosen(check)
            passing = chosen[np.searchsorted(chosen, least) : np.searchsorted(chosen, most)]
            is_opposite = len(passing) > MOST_ONE_BY_ONE
            if is_opposite:
                if most - least - len(passing) > MOST_ONE_BY_ONE:
                    return None
                passing = np.delete(np.arange(least, most), passing - least)
            codes, of_none = passing.tolist(), is_opposite == (len(chosen) == 0 or chosen[0] > 0)
        numbers = [code - low for code in codes if least <= code < most]
        if some_none and of_none:
            numbers.append(0)
        return [self.packed.begins, bits, int(is_opposite), len(numbers), *numbers]


class Codes(NamedTuple):
    """Codes of a field by row."""

    numbers: Numbers
    values: Values

    @property
    def nbytes(self) -> int:
        return self.numbers.nbytes

    def codes(self, which: Numbers | None) -> Numbers:
        return self.numbers if which is None else self.numbers[which]


Field: TypeAlias = Planes | Codes
Column: TypeAlias = Numbers | Packed | Field
