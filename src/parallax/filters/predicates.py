"""What satisfies a condition (Q2 to Q8): prepared once, asked of each record."""

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any, Final

from parallax.filters.conditions import Condition, Operator
from parallax.filters.patterns import found_by
from parallax.filters.values import number_of, text_form

Predicate = Callable[[Any], bool]

OPPOSITES: Final = {
    Operator.NE: Operator.EQ,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.NOT_IN: Operator.IN,
    Operator.IS_NOT_SET: Operator.IS_SET,
}
"""What each negation is the exact opposite of (Q3)."""


def predicate(condition: Condition) -> Predicate:
    """Takes the JSON value that a record has in the condition's field, None for a missing one.

    `audience` is compared by id like any text; whether a user is a member is not a value's to say.
    """
    affirmed = OPPOSITES.get(condition.operator)
    if affirmed is None:
        return _affirming(condition.operator, condition.value)
    satisfied = _affirming(affirmed, condition.value)
    return lambda found: not satisfied(found)


def _affirming(operator: Operator, value: Any) -> Predicate:
    match operator:
        case Operator.EQ:
            return lambda found: text_form(found) == value
        case Operator.IN:
            texts = frozenset(value)
            return lambda found: text_form(found) in texts
        case Operator.IS_SET:
            return lambda found: found is not None and found != ""
        case Operator.CONTAINS:
            return _of_text(lambda text: value in text)
        case Operator.STARTS_WITH:
            return _of_text(lambda text: text.startswith(value))
        case Operator.ENDS_WITH:
            return _of_text(lambda text: text.endswith(value))
        case Operator.REGEX:
            return _of_text(found_by(value))
        case Operator.GT:
            return _ordered(gt, value)
        case Operator.GTE:
            return _ordered(ge, value)
        case Operator.LT:
            return _ordered(lt, value)
        case Operator.LTE:
            return _ordered(le, value)
    raise AssertionError(f"{operator} is a negation: see OPPOSITES")


def _of_text(satisfied: Callable[[str], bool]) -> Predicate:
    def of_text(found: Any) -> bool:
        text = text_form(found)
        return text is not None and satisfied(text)

    return of_text


def _ordered(in_order: Callable[[Any, Any], bool], bound: float | str | None) -> Predicate:
    """Numbers with numbers, texts with texts by code point; with None, nothing (Q7)."""
    if bound is None:
        return lambda _: False
    if isinstance(bound, str):
        return lambda found: isinstance(found, str) and in_order(found, bound)

    def of_number(found: Any) -> bool:
        number = number_of(found)
        return number is not None and in_order(number, bound)

    return of_number
