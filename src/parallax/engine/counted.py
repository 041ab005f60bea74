"""Fields whose values are counted by day: those of few values (counters of `engine.days`). Pure.

A field is counted from its first value on until it has too many, or one that is no scalar; then never again. The fold and
whoever reads what is not folded yet decide alike.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import numpy as np
import orjson

from parallax.engine.columns import Numbers
from parallax.engine.frames import OTHER_FIELDS, Coded, Frame

MOST_VALUES: Final = 200
LONGEST_VALUE: Final = 200  # bytes of JSON
MOST_COUNTED: Final = 24
MOST_KNOWN: Final = 200
"""Names that are remembered, counted or not. One that appears later is not counted, nor is that remembered."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One field of a stream. `codes` by value (JSON text), from 1 on; of a field that is not counted it says nothing."""

    number: int
    counted: bool = True
    codes: Mapping[bytes, int] = field(default_factory=dict)


Fields: TypeAlias = Mapping[str, Counted]
"""By name, of one stream."""


def grown(known: Fields, frame: Frame) -> dict[str, Counted]:
    """The fields as they are with this frame's rows counted too: more values, more fields, some counted no longer."""
    fields = dict(known)
    for name, coded in columns(frame):
        held = fields.get(name)
        if held is None:
            if len(fields) >= MOST_KNOWN:
                continue
            number = max((each.number for each in fields.values()), default=0) + 1
            held = Counted(number, counted=sum(each.counted for each in fields.values()) < MOST_COUNTED)
        fields[name] = _with_values(held, coded.values) if held.counted else held
    return fields


def _with_values(held: Counted, values: list[bytes]) -> Counted:
    fresh = [value for value in values if value not in held.codes]
    if not fresh:
        return held
    if len(held.codes) + len(fresh) > MOST_VALUES or any(map(_is_no_scalar, fresh)):
        return replace(held, counted=False, codes={})
    last = max(held.codes.values(), default=0)  # values that nobody has any more may have been forgotten
    return replace(held, codes={**held.codes, **{value: last + at for at, value in enumerate(fresh, 1)}})


def _is_no_scalar(value: bytes) -> bool:
    return len(value) > LONGEST_VALUE or value[:1] in (b"{", b"[")


def code_columns(fields: Fields, frame: Frame) -> dict[int, Numbers]:
    """By the field's number: the code of each row's value, 0 where it has none. For `rolling.rolled`."""
    found: dict[int, Numbers] = {}
    for name, coded in columns(frame):
        held = fields.get(name)
        if held is not None and held.counted:
            table = np.array([0, *(held.codes.get(value, 0) for value in coded.values)], np.int32)
            codes = table[coded.codes]
            found[held.number] = codes if held.number not in found else found[held.number] | codes
    return found


def columns(frame: Frame) -> Iterator[tuple[str, Coded]]:
    """Every field with its values, also those that stand together for want of room; such a one may come twice, with
    other rows. Only values that some row has.
    """
    for name, coded in frame.fields.items():
        if name != OTHER_FIELDS:
            yield name, coded
        else:
            yield from _spread(coded)


def _spread(coded: Coded) -> Iterator[tuple[str, Coded]]:
    """The fields of a column of objects."""
    codes: dict[str, Numbers] = {}
    values: dict[str, dict[bytes, int]] = {}
    for place, text in enumerate(coded.values, 1):
        for name, value in orjson.loads(text).items():
            table = codes.setdefault(name, np.zeros(len(coded.values) + 1, np.int64))
            numbers = values.setdefault(name, {})
            table[place] = numbers.setdefault(orjson.dumps(value), len(numbers) + 1)
    for name, table in codes.items():
        yield name, Coded(table[coded.codes], list(values[name]))


def column_of(fields: Mapping[str, Coded], name: str) -> Coded | None:
    """One field, wherever its values stand; None where no row has it."""
    parts = [fields[name]] if name in fields and name != OTHER_FIELDS else []
    if OTHER_FIELDS in fields:
        parts += [coded for each, coded in _spread(fields[OTHER_FIELDS]) if each == name]
    if not parts:
        return None
    numbers: dict[bytes, int] = {}
    codes = np.zeros(len(parts[0].codes), np.int64)
    for part in parts:
        table = np.array([0, *(numbers.setdefault(value, len(numbers) + 1) for value in part.values)])
        codes = np.where(part.codes > 0, table[part.codes], codes)
    return Coded(codes, list(numbers))
