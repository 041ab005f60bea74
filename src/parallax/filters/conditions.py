"""Conditions as they are asked: checked, and brought into one form, so that equal questions are equal (Q1, Q9, Y6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, unique
from math import isfinite
from typing import Any, Final, NamedTuple

from parallax.errors import InvalidParameter
from parallax.filters.fields import EVENT_FIELDS, Fields, checked_field
from parallax.filters.patterns import checked_pattern
from parallax.filters.values import is_storable, number_of, text_form

MOST_CONDITIONS: Final = 50
MOST_VALUES: Final = 1000
_LONGEST_SHOWN: Final = 200
_SCALAR: Final = ("a text", "a number", "true", "false")


@unique
class Operator(Enum):
    EQ = "EQ"
    NE = "NE"
    GT = "GT"
    GTE = "GTE"
    LT = "LT"
    LTE = "LTE"
    CONTAINS = "CONTAINS"
    NOT_CONTAINS = "NOT_CONTAINS"
    STARTS_WITH = "STARTS_WITH"
    ENDS_WITH = "ENDS_WITH"
    IN = "IN"
    NOT_IN = "NOT_IN"
    IS_SET = "IS_SET"
    IS_NOT_SET = "IS_NOT_SET"
    REGEX = "REGEX"


ORDERING: Final = frozenset({Operator.GT, Operator.GTE, Operator.LT, Operator.LTE})
_LISTING: Final = frozenset({Operator.IN, Operator.NOT_IN})
_ASKING: Final = frozenset({Operator.IS_SET, Operator.IS_NOT_SET})
_OF_AUDIENCE: Final = (Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN)


class RawCondition(NamedTuple):
    """As sent; a missing `value` and null are the same."""

    field: str
    operator: Operator = Operator.EQ
    value: Any = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Checked. `field` is the name that all names of the field go by. `value` is, by the operator:

    - of GT, GTE, LT, LTE a float or, for what is no decimal number, a text; None where true or false was sent, which
      is neither: nothing satisfies that (Q7);
    - of IN, NOT_IN text forms, each once, in order;
    - of IS_SET, IS_NOT_SET None;
    - of all others a text form. Never a bool or an int: in Python these would equal 1.0.
    """

    field: str
    operator: Operator
    value: str | float | tuple[str, ...] | None = None


def checked(
    conditions: Sequence[RawCondition], argument: str = "where", fields: Fields = EVENT_FIELDS
) -> tuple[Condition, ...]:
    """The conditions of a list, each once, in an order of their own: AND knows none.

    Raises InvalidParameter, which names the condition by its place in the list, from 0: `where[2].value`.
    """
    if len(conditions) > MOST_CONDITIONS:
        count = len(conditions)
        raise InvalidParameter(argument, count, f"has {count:,} conditions; a list takes at most {MOST_CONDITIONS}")
    distinct = {_checked(raw, f"{argument}[{place}]", fields) for place, raw in enumerate(conditions)}
    return tuple(sorted(distinct, key=lambda each: (each.field, each.operator.value, repr(each.value))))


def _checked(raw: RawCondition, place: str, fields: Fields) -> Condition:
    name, operator, value = raw
    field, argument = checked_field(name, f"{place}.field", fields), f"{place}.value"
    if field.kind == "audience" and operator not in _OF_AUDIENCE:
        allowed = [each.value for each in _OF_AUDIENCE]
        raise InvalidParameter(f"{place}.operator", operator.value, "does not go with audience", allowed)
    if operator in _ASKING:
        return Condition(field.name, operator)
    if value is None:
        raise InvalidParameter(argument, None, f"is missing: {operator.value} needs one")
    if operator in _LISTING:
        return Condition(field.name, operator, _texts(value, operator, argument))
    if isinstance(value, list | tuple):
        problem = f"is an array, which only IN and NOT_IN take; {operator.value} takes one value"
        raise InvalidParameter(argument, None, problem, _SCALAR)
    text = _text(value, argument)
    if operator is Operator.REGEX:
        return Condition(field.name, operator, checked_pattern(text, argument))
    return Condition(field.name, operator, _bound(value) if operator in ORDERING else text)


def _texts(values: Any, operator: Operator, argument: str) -> tuple[str, ...]:
    if not isinstance(values, list | tuple):
        raise InvalidParameter(argument, _shown(values), f"is no array: {operator.value} takes one", ("an array",))
    if len(values) > MOST_VALUES:
        count = len(values)
        raise InvalidParameter(argument, count, f"has {count:,} values; {operator.value} takes at most {MOST_VALUES:,}")
    return tuple(sorted({_text(value, f"{argument}[{place}]") for place, value in enumerate(values)}))


def _text(value: Any, argument: str) -> str:
    """The text form of a scalar; InvalidParameter for what is none, and for what no answer could show again."""
    if value is None or isinstance(value, list | tuple | dict):
        kind = "null" if value is None else "an object" if isinstance(value, dict) else "an array"
        raise InvalidParameter(argument, None, f"is {kind}", _SCALAR)
    text = text_form(value)
    if text is None:
        raise InvalidParameter(argument, None, "is no number that a double holds", ("up to 1.8e308, either sign",))
    if not is_storable(text):
        raise InvalidParameter(argument, None, "holds NUL or half a surrogate pair, which no text may")
    return text


def _bound(value: Any) -> float | str | None:
    """What GT, GTE, LT and LTE compare with (Q7). Zero has one sign, so that its conditions have one form."""
    number = number_of(value)
    if number is not None:
        return number + 0.0
    return value if isinstance(value, str) else None


def _shown(value: Any) -> Any:
    """A value as an answer may carry it: short, and of what JSON writers take."""
    if isinstance(value, str):
        return value[:_LONGEST_SHOWN] if is_storable(value) else None
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value if isinstance(value, int) and -(2**63) <= value < 2**63 else None
