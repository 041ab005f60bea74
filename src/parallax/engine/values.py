"""What a field is in a segment, or a batch: its distinct values, and what conditions say of them. Pure.

A condition is tested once for each distinct value, not for each row. The values of a field that has few are numbered for
all of its segments together (`Interned`), so that a condition is tested once for each of them all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from re import compile
from threading import Lock
from typing import Any, Final

import numpy as np
import orjson

from parallax.engine.columns import Numbers
from parallax.filters import Condition, Operator, at_path, dimension_of, number_of, predicate, text_form
from parallax.filters.predicates import OPPOSITES

FEW: Final = 4_096
"""Values of a segment's field that are numbered with those of the others."""
SEARCHED: Final = 8
"""Values that a condition may name, to be searched for in the text of values that have no numbers."""
NAMING: Final = frozenset({Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN})
WHOLE: Final = compile(r"-?[0-9]{1,18}").fullmatch
MOST_INTERNED: Final = 200_000
MOST_KEPT: Final = 16
"""Conditions of which the outcome is remembered."""
Path = Sequence[str]


@dataclass(frozen=True, eq=False, slots=True)
class Check:
    """A condition on values, or on what a path into them leads to; told from others by being another (`check_of`)."""

    condition: Condition
    path: tuple[str, ...]

    @property
    def is_opposite(self) -> bool:
        """Whether it excludes what it names (Q3)."""
        return self.condition.operator in OPPOSITES


@lru_cache(4_096)
def check_of(condition: Condition, path: tuple[str, ...]) -> Check:
    return Check(condition, path)


class Interned:
    """Values of a field, from 1 on; 0 is none. It only grows, and another takes its place when it is large."""

    def __init__(self) -> None:
        self._lock = Lock()  # values are looked up beside the event loop as well
        self._numbers: dict[bytes, int] = {}
        self._values: list[Any] = [None]
        self._bytes = 1_000
        self._truths: dict[Check, Numbers] = {}
        self._dimensions: dict[Path, list[str | None]] = {}

    def __len__(self) -> int:
        return len(self._values)

    @property
    def nbytes(self) -> int:
        """About what it takes in memory."""
        return self._bytes + len(self._values) * len(self._truths)

    def numbers(self, texts: Sequence[bytes]) -> Numbers:
        """Of each value, with that of none before them."""
        with self._lock:
            for text in set(texts) - self._numbers.keys():
                self._numbers[text] = len(self._values)
                self._values.append(orjson.loads(text))
                self._bytes += 250 + 2 * len(text)
            return np.array([0, *map(self._numbers.__getitem__, texts)], np.int32)

    def truth(self, check: Check) -> Numbers:
        """Whether each value satisfies a condition; of at least all that have a number."""
        with self._lock:
            known = self._truths.get(check)
            if known is None or len(known) < len(self._values):
                satisfied = predicate(check.condition)
                begin = 0 if known is None else len(known)
                fresh = [satisfied(at_path(value, check.path)) for value in self._values[begin:]]
                known = np.concatenate(([] if known is None else known, fresh)).astype(bool)
                if len(self._truths) >= MOST_KEPT:
                    self._truths.clear()
                self._truths[check] = known
            return known

    def dimensions(self, path: Path) -> Sequence[str | None]:
        """The group (B1) of each value."""
        with self._lock:
            names = self._dimensions.setdefault(tuple(path), [])
            names.extend(dimension_of(at_path(value, path)) for value in self._values[len(names) :])
            return names


class Values:
    """The distinct values of a field in some rows, numbered from 1 on by code; code 0 is a row that has none."""

    def __init__(self, text: bytes, many: int, interned: Interned | None = None) -> None:
        """`text`: the values as JSON, one a line."""
        self._text, self.many = text, many
        self.interned = interned if many <= FEW else None
        self._numbers: Numbers | None = None
        self._chosen: dict[Check, Numbers] = {}
        self._floats: dict[Path, Numbers] = {}

    @classmethod
    def of(cls, texts: Sequence[bytes]) -> "Values":
        return cls(b"\n".join(texts), len(texts))

    @property
    def nbytes(self) -> int:
        return 500 + len(self._text) + 12 * self.many

    def texts(self) -> list[bytes]:
        return self._text.split(b"\n") if self.many else []

    def loaded(self) -> list[Any]:
        """By code."""
        return [None, *orjson.loads(b"[" + self._text.replace(b"\n", b",") + b"]")]

    def numbers(self) -> Numbers:
        """By code, the number in `interned`, which there must be."""
        if self._numbers is None:
            assert self.interned is not None
            self._numbers = self.interned.numbers(self.texts())
        return self._numbers

    def chosen(self, check: Check) -> Numbers:
        """The codes whose values satisfy a condition, ascending."""
        codes = self._chosen.get(check)
        if codes is None:
            codes = self._tested(check)
            if len(self._chosen) >= MOST_KEPT:
                self._chosen.clear()
            self._chosen[check] = codes
        return codes

    def _tested(self, check: Check) -> Numbers:
        named = self.named(check)
        if named is not None:
            return np.delete(np.arange(self.many + 1), named) if check.is_opposite else np.array(named, np.int64)
        if self.interned is not None:
            numbers = self.numbers()  # before it is asked about them
            return np.flatnonzero(self.interned.truth(check)[numbers])
        satisfied = predicate(check.condition)
        return np.flatnonzero([satisfied(at_path(value, check.path)) for value in self.loaded()])

    def named(self, check: Check) -> list[int] | None:
        """The codes, ascending, of the few values that a condition names, which may be what it excludes: they are searched
        for in the text. None of any other condition, and where numbers are at hand.
        """
        condition = check.condition
        if condition.operator not in NAMING or check.path or self._numbers is not None:
            return None
        wanted = condition.value if isinstance(condition.value, tuple) else (str(condition.value),)
        if len(wanted) > SEARCHED:
            return None
        lines = b"\n" + self._text + b"\n"
        places = [lines.find(b"\n" + text + b"\n") for each in wanted for text in texts_like(each)]
        return sorted(lines.count(b"\n", 0, place + 1) for place in places if place >= 0)

    def floats(self, path: Path) -> Numbers:
        """By code the numeric value (V3), NaN where there is none."""
        key = tuple(path)
        if key not in self._floats:
            values = [at_path(value, path) for value in self.loaded()] if path else self.loaded()
            if not set(map(type, values[1:])) <= {int, float}:
                values = [number_of(value) for value in values]
            self._floats = {key: np.array(values, np.float64)}  # None becomes NaN
        return self._floats[key]

    def dimensions(self, path: Path, codes: Numbers) -> Iterator[str | None]:
        """The groups (B1) of these codes."""
        values = self.loaded()
        return (dimension_of(at_path(values[code], path)) for code in codes.tolist())


@lru_cache(1_024)
def texts_like(wanted: str) -> Sequence[bytes]:
    """All JSON that may stand for a scalar with this text form (Q4), as it is stored."""
    found = [orjson.dumps(wanted)]
    if wanted in ("true", "false"):
        found.append(wanted.encode())
    number = number_of(wanted)
    if number is not None:
        whole = int(wanted) if WHOLE(wanted) else number
        found += [orjson.dumps(same) for same in (number, -number, whole) if text_form(same) == wanted]
    return tuple(dict.fromkeys(found))
