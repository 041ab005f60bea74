"""Formulas over series (rules X2 to X4, X8 of docs/semantics.md). Pure.

A formula is read into postfix order by one loop with a stack of its own, and evaluated by another: no depth of
parentheses, signs or powers reaches Python's.
"""

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from parallax.errors import InvalidParameter
from parallax.filters.values import UNSIGNED

MOST_CHARACTERS: Final = 500
MOST_SERIES: Final = 26
MOST_ARGUMENTS: Final = 26
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TOKEN: Final = re.compile(rf"(?P<number>{UNSIGNED})|(?P<letter>[A-Z])|(?P<name>[a-z]+)|(?P<sign>[-+*/%^(),\u2212])")
_BLANK: Final = " \t\r\n"
_DIGITS: Final = range(16)


def _rounded(number: float, digits: float = 0.0) -> float:
    """Halves away from zero (X3), by the rule's own arithmetic; ValueError for digits that are not 0 to 15."""
    if digits not in _DIGITS:
        raise ValueError(digits)
    scale = 10.0**digits
    scaled = abs(number) * scale + 0.5
    if not math.isfinite(scaled):  # so large a number is whole
        return number
    return math.copysign(math.floor(scaled) / scale, number)


@dataclass(frozen=True, slots=True)
class Step:
    """Takes the topmost `operands` values of the stack and leaves one; `apply` may raise ArithmeticError, ValueError."""

    name: str
    operands: int
    apply: Callable[..., float]


_FUNCTIONS: Final[dict[str, tuple[range, Callable[..., float]]]] = {
    "abs": (range(1, 2), abs),
    "floor": (range(1, 2), lambda number: float(math.floor(number))),
    "ceil": (range(1, 2), lambda number: float(math.ceil(number))),
    "sqrt": (range(1, 2), math.sqrt),
    "round": (range(1, 3), _rounded),
    "min": (range(1, MOST_ARGUMENTS + 1), lambda *numbers: min(numbers)),
    "max": (range(1, MOST_ARGUMENTS + 1), lambda *numbers: max(numbers)),
}
_BINARY: Final = {
    # math.pow and math.fmod stay with doubles, and raise where Python's ** and % would leave them or go on.
    "+": (1, Step("+", 2, operator.add)),
    "-": (1, Step("-", 2, operator.sub)),
    "*": (2, Step("*", 2, operator.mul)),
    "/": (2, Step("/", 2, operator.truediv)),
    "%": (2, Step("%", 2, math.fmod)),
    "^": (4, Step("^", 2, math.pow)),
}
_SIGNS: Final = {"+": (3, Step("+", 1, operator.pos)), "-": (3, Step("-", 1, operator.neg))}
"""Below ^ and above *: -A^2 is -(A^2), and A*-B needs no parentheses."""


@dataclass(frozen=True, slots=True)
class Formula:
    """`program` in postfix order: an int is the series at that position, a float itself."""

    program: tuple[int | float | Step, ...]

    @property
    def letters(self) -> frozenset[int]:
        """The positions, from 0, of the series that it names."""
        return frozenset(step for step in self.program if isinstance(step, int))

    def evaluate(self, values: Sequence[float | None]) -> float | None:
        """The formula over one value per series; None by X4, whatever the values. Never raises."""
        stack: list[float] = []
        try:
            for step in self.program:
                if isinstance(step, Step):
                    operands = stack[-step.operands :]
                    del stack[-step.operands :]
                    number = step.apply(*operands)
                elif isinstance(step, float):
                    number = step
                elif (value := values[step]) is None:
                    return None
                else:
                    number = float(value)  # a count is an int, whose powers would grow without end
                if not math.isfinite(number):
                    return None
                stack.append(number)
        except (ArithmeticError, ValueError):
            return None
        return stack[0] + 0.0  # zero has one sign

    def evaluate_columns(self, columns: Sequence[Sequence[float | None]]) -> list[float | None]:
        """Bucket by bucket; `columns` are the series, all of one length."""
        return [self.evaluate(values) for values in zip(*columns, strict=True)]


def parsed(text: str, series: int, argument: str = "formula") -> Formula:
    """The formula of a text over that many series.

    Raises InvalidParameter with the position, from 1, and what is wrong there (X8).
    """
    if not 1 <= series <= MOST_SERIES:
        raise InvalidParameter("series", series, f"are {series}; a formula has 1 to {MOST_SERIES}, A to Z")
    if len(text) > MOST_CHARACTERS:
        problem = f"has {len(text):,} characters; it may have {MOST_CHARACTERS}"
        raise InvalidParameter(argument, _shown(text[:MOST_CHARACTERS]), problem)
    return _Reader(text, series, argument).read()


@dataclass(slots=True)
class _Open:
    """A parenthesis that is not closed yet; `name` is None where it is no function's."""

    at: int
    name: str | None = None
    arguments: int = 1


class _Reader:
    """Dijkstra's two stacks: what is already in order, and the operators that wait for their right side."""

    def __init__(self, text: str, series: int, argument: str) -> None:
        self._text, self._series, self._argument = text, series, argument
        self._at = 0
        self._program: list[int | float | Step] = []
        self._waiting: list[tuple[int, Step] | _Open] = []

    def read(self) -> Formula:
        wants_operand = True
        while (word := self._next()) is not None:
            wants_operand = self._operand(*word) if wants_operand else self._operator(*word)
        if wants_operand:
            self._refuse(len(self._text), "it ends where a number, a letter, a function or ( must stand")
        if (opened := self._close()) is not None:
            self._refuse(opened.at, "this ( is never closed")
        return Formula(tuple(self._program))

    def _next(self) -> tuple[int, str, str] | None:
        """Place, kind and text of the next word; None at the end."""
        while self._at < len(self._text) and self._text[self._at] in _BLANK:
            self._at += 1
        if self._at == len(self._text):
            return None
        at, match = self._at, _TOKEN.match(self._text, self._at)
        if match is None:
            self._refuse(at, "no formula has this character")
        assert match.lastgroup is not None
        self._at = match.end()
        return at, match.lastgroup, match.group().replace("\u2212", "-")  # the minus of print

    def _operand(self, at: int, kind: str, word: str) -> bool:
        """Reads the word where a value must begin; says whether one must still."""
        if kind == "number":
            self._program.append(self._number(at, word))
            return False
        if kind == "letter":
            self._program.append(self._letter(at, word))
            return False
        if kind == "name":
            self._waiting.append(self._function(at, word))
        elif word == "(":
            self._waiting.append(_Open(at))
        elif word in _SIGNS:
            self._waiting.append(_SIGNS[word])
        else:
            self._refuse(at, f"{word} stands where a number, a letter, a function or ( must stand")
        return True

    def _operator(self, at: int, kind: str, word: str) -> bool:
        """Reads the word after a value; says whether one must follow."""
        if word == ")":
            opened = self._close()
            if opened is None:
                self._refuse(at, "this ) closes nothing")
            if opened.name is not None:
                self._call(opened, opened.name)
            return False
        if word == ",":
            opened = self._close()
            if opened is None or opened.name is None:
                self._refuse(at, "this comma is not between the arguments of a function")
            opened.arguments += 1
            self._waiting.append(opened)
            return True
        if word not in _BINARY:
            shown = word if kind != "number" else "a number"
            self._refuse(at, f"{shown} stands where one of + - * / % ^ must stand")
        rank, step = _BINARY[word]
        # Of equal rank the left one goes first, but for powers: 2^3^2 is 2^9.
        self._settle(rank + 1 if word == "^" else rank)
        self._waiting.append((rank, step))
        return True

    def _settle(self, rank: int) -> None:
        """Puts in order what waits since the last parenthesis and binds at least so tightly."""
        while self._waiting:
            last = self._waiting[-1]
            if isinstance(last, _Open) or last[0] < rank:
                return
            self._waiting.pop()
            self._program.append(last[1])

    def _close(self) -> _Open | None:
        """The innermost open parenthesis, all that was in it in order; None when there is none."""
        self._settle(0)
        opened = self._waiting.pop() if self._waiting else None
        return opened if isinstance(opened, _Open) else None

    def _number(self, at: int, word: str) -> float:
        number = float(word)
        if not math.isfinite(number):
            self._refuse(at, "this number is too large for a double")
        return number

    def _letter(self, at: int, word: str) -> int:
        position = _LETTERS.index(word)
        if position >= self._series:
            there = "is A alone" if self._series == 1 else f"are A to {_LETTERS[self._series - 1]}"
            self._refuse(at, f"there is no series {word}; the series {there}")
        return position

    def _function(self, at: int, name: str) -> _Open:
        if name not in _FUNCTIONS:
            self._refuse(at, f"{name} is no function (letters of series are capitals)", tuple(_FUNCTIONS))
        after = self._next()
        if after is None or after[2] != "(":
            self._refuse(at, f"{name} is not followed by its arguments in parentheses")
        return _Open(at, name)

    def _call(self, opened: _Open, name: str) -> None:
        takes, apply = _FUNCTIONS[name]
        if opened.arguments not in takes:
            count = "1 argument" if len(takes) == 1 else f"{takes[0]} to {takes[-1]} arguments"
            self._refuse(opened.at, f"{name} takes {count}, not {opened.arguments}")
        self._program.append(Step(name, opened.arguments, apply))

    def _refuse(self, at: int, problem: str, allowed: Sequence[str] = ()) -> NoReturn:
        raise InvalidParameter(self._argument, _shown(self._text), f"at position {at + 1}: {problem}", allowed)


def _shown(text: str) -> str:
    """Without halves of surrogate pairs, which no answer could carry."""
    return text.encode(errors="replace").decode()
