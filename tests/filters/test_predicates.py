"""Which values satisfy a condition (Q2 to Q8)."""

from operator import ge, gt, le, lt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.filters.conditions import Operator, RawCondition, checked
from parallax.filters.predicates import OPPOSITES, predicate
from parallax.filters.values import number_of, text_form
from tests.filters.values import JSON, SCALARS, TEXTS

COUNTRIES = ["NO", "NO", "SE", "SE", "NO", None, "NO", "SE", "SE", "NO"]
AMOUNTS = [None, None, None, None, 10, None, None, None, "25", 5]  # in any order: each event has one
ORDERED = {"GT": gt, "GTE": ge, "LT": lt, "LTE": le}
TAKING_A_LIST = ("IN", "NOT_IN")
TAKING_NONE = ("IS_SET", "IS_NOT_SET")


def satisfies(found: Any, operator: str, value: Any = None) -> bool:
    (condition,) = checked([RawCondition("country", Operator[operator], value)])
    return predicate(condition)(found)


def fitting(operator: str) -> st.SearchStrategy[Any]:
    if operator == "REGEX":
        return st.sampled_from(["a", "^a$", "", "[0-9]+", "(?i)A|TRUE", r"\pL", "."])
    return st.lists(SCALARS, max_size=4) if operator in TAKING_A_LIST else SCALARS


ASKED = st.sampled_from([each.value for each in Operator]).flatmap(lambda name: st.tuples(st.just(name), fitting(name)))


# ---------------------------------------------------------------- the worked example of Q
@pytest.mark.parametrize(
    ("found", "operator", "value", "count"),
    [
        (COUNTRIES, "EQ", "NO", 5),
        (COUNTRIES, "NE", "NO", 5),
        (COUNTRIES, "NOT_IN", ["NO", "SE"], 1),
        (COUNTRIES, "IS_NOT_SET", None, 1),
        (AMOUNTS, "GT", 9, 2),
        (AMOUNTS, "EQ", "25", 1),
        (COUNTRIES, "EQ", "no", 0),
    ],
)
def test_the_example_counts_as_it_says(found: list[Any], operator: str, value: Any, count: int) -> None:
    assert sum(satisfies(each, operator, value) for each in found) == count


# ---------------------------------------------------------------- Q2
@pytest.mark.parametrize("operator", Operator)
def test_what_is_missing_satisfies_negations_alone(operator: Operator) -> None:
    values: list[Any] = [["", "x"], []] if operator.value in TAKING_A_LIST else ["", "x", 0, False]
    negated = operator in OPPOSITES
    assert {satisfies(None, operator.value, value) for value in values} == {negated}


def test_the_empty_text_is_a_value_that_is_not_set() -> None:
    assert satisfies("", "EQ", "")
    assert satisfies("", "IN", ["", "x"])
    assert satisfies("", "CONTAINS", "")
    assert satisfies("", "LT", "a")
    assert satisfies("", "REGEX", "^$")
    assert not satisfies("", "NE", "")
    assert not satisfies("", "IS_SET")
    assert satisfies("", "IS_NOT_SET")


@pytest.mark.parametrize("found", [" ", 0, False, [], {}, [None], {"a": None}, "null"])
def test_whatever_is_there_is_set(found: Any) -> None:
    assert satisfies(found, "IS_SET")
    assert not satisfies(found, "IS_NOT_SET")


# ---------------------------------------------------------------- Q3
@given(ASKED, JSON)
def test_a_negation_is_the_exact_opposite(asked: tuple[str, Any], found: Any) -> None:
    operator, value = asked
    for negation, affirmed in OPPOSITES.items():
        if operator in (negation.value, affirmed.value):
            assert satisfies(found, negation.value, value) is not satisfies(found, affirmed.value, value)


@given(ASKED, JSON)
def test_every_value_gets_a_plain_answer(asked: tuple[str, Any], found: Any) -> None:
    assert type(satisfies(found, *asked)) is bool


# ---------------------------------------------------------------- Q4, Q5
@pytest.mark.parametrize(
    ("found", "value", "equal"),
    [
        (95, "95", True), (95.0, "95", True), (95, 95.0, True), ("95", 95, True), ("95.0", 95, False),
        (True, "true", True), (True, 1, False), (1, True, False), ("true", True, True), (1e21, "1" + 21 * "0", True),
        (-0.0, 0, True), ("NO", "no", False), ("é", "e\u0301", False), ("'; --", "'; --", True),
        ("\u202e😀", "\u202e😀", True), (2**53 + 1, str(2**53 + 1), True), ([], "[]", False), ({}, "{}", False),
        (["NO"], "NO", False), ("null", "null", True),
    ],
)  # fmt: skip
def test_text_forms_are_compared(found: Any, value: Any, equal: bool) -> None:
    assert satisfies(found, "EQ", value) is equal
    assert satisfies(found, "IN", ["other", value]) is equal


@given(JSON, SCALARS)
def test_equal_is_what_has_an_equal_text_form(found: Any, value: Any) -> None:
    assert satisfies(found, "EQ", value) is (text_form(found) == text_form(value))
    assert satisfies(value, "EQ", value)


@given(JSON, st.lists(SCALARS, max_size=5))
def test_in_is_equal_to_one_of_them(found: Any, values: list[Any]) -> None:
    assert satisfies(found, "IN", values) is any(satisfies(found, "EQ", value) for value in values)


def test_an_empty_list_holds_nothing() -> None:
    for found in COUNTRIES:
        assert not satisfies(found, "IN", [])
        assert satisfies(found, "NOT_IN", [])


# ---------------------------------------------------------------- Q6
@pytest.mark.parametrize(
    ("found", "operator", "value", "holds"),
    [
        ("/pricing", "CONTAINS", "pric", True), ("/pricing", "CONTAINS", "PRIC", False),
        ("a.c", "CONTAINS", "a%c", False), ("abc", "CONTAINS", "a_c", False), ("100%", "CONTAINS", "%", True),
        (1050, "CONTAINS", 5, True), (True, "STARTS_WITH", "tr", True), ("abc", "STARTS_WITH", "bc", False),
        ("abc", "ENDS_WITH", "bc", True), (2.5, "ENDS_WITH", ".5", True), (["abc"], "CONTAINS", "abc", False),
        ({"abc": 1}, "STARTS_WITH", "", False), ("abc", "NOT_CONTAINS", "x", True), (["x"], "NOT_CONTAINS", "x", True),
    ],
)  # fmt: skip
def test_parts_of_text_forms_know_no_wildcards(found: Any, operator: str, value: Any, holds: bool) -> None:
    assert satisfies(found, operator, value) is holds


@given(TEXTS, TEXTS, TEXTS)
def test_a_text_holds_its_parts(before: str, part: str, after: str) -> None:
    assert satisfies(before + part + after, "CONTAINS", part)
    assert satisfies(part + after, "STARTS_WITH", part)
    assert satisfies(before + part, "ENDS_WITH", part)


# ---------------------------------------------------------------- Q7
@pytest.mark.parametrize(
    ("found", "operator", "value", "holds"),
    [
        (10, "GT", 9, True), ("10", "GT", "9", True), ("25", "GT", 9, True), (" 1e1 ", "GTE", "10", True),
        ("x", "GT", 9, False), (True, "GTE", 0, False), (9, "GT", 9, False), (9, "LTE", " 9.0 ", True),
        ("", "LT", 9, False), ([10], "GT", 9, False), ("2026-03-02", "GTE", "2026-03", True),
        ("2026-02-28", "GTE", "2026-03", False), (2027, "GTE", "2026-03", False), ("10", "GT", "2026-03", False),
        ("30", "GT", "2026-03", True), ("b", "GT", "B", True), ("😀", "GT", "\uffff", True), ("x", "GT", "", True),
        ("", "GTE", "", True), ("z", "GT", "0x10", True), (17, "GT", "0x10", False), (5, "GT", "1e999", False),
        ("9", "GT", "1e999", True), ("1_0", "GT", "1_0", False), ("-1", "LT", "-0.5", True),
    ],
)  # fmt: skip
def test_numbers_go_with_numbers_and_texts_with_texts(found: Any, operator: str, value: Any, holds: bool) -> None:
    assert satisfies(found, operator, value) is holds


@pytest.mark.parametrize("operator", ORDERED)
@pytest.mark.parametrize("value", [True, False])
def test_nothing_is_above_or_below_true(operator: str, value: bool) -> None:
    assert not any(satisfies(found, operator, value) for found in (True, False, 0, 1, 2, "true", "zzz", None))


@given(JSON, SCALARS.filter(lambda value: not isinstance(value, bool)), st.sampled_from(sorted(ORDERED)))
def test_order_is_that_of_doubles_or_of_code_points(found: Any, value: Any, operator: str) -> None:
    bound: Any = number_of(value)
    if bound is None:
        expected = isinstance(found, str) and ORDERED[operator](found, value)
    else:
        number = number_of(found)
        expected = number is not None and ORDERED[operator](number, bound)
    assert satisfies(found, operator, value) is expected


# ---------------------------------------------------------------- Q8
@pytest.mark.parametrize(
    ("found", "pattern", "holds"),
    [
        ("Oslo NO", "NO", True), ("oslo no", "NO", False), ("oslo no", "(?i)NO", True), ("xNOx", "^NO$", False),
        (95, "^9.$", True), (True, "^true$", True), ("é", "^.$", True), ("😀", "^.$", True), ("a\nb", "a.b", False),
        ("a\nb", "(?s)a.b", True), (["NO"], "NO", False), ({}, "", False), ("", "", True), ("naïve", r"^\pL+$", True),
    ],
)  # fmt: skip
def test_a_pattern_may_match_anywhere_in_the_text_form(found: Any, pattern: str, holds: bool) -> None:
    assert satisfies(found, "REGEX", pattern) is holds


@pytest.mark.parametrize(
    ("pattern", "holds"),
    [
        ("(a+)+$", True), ("(a+)+b", False), ("(a|a)*b", False), ("(a|aa)+$", True), ("(.*a){20}$", True),
        ("(a*)*b", False), ("((((a*)*)*)*)*b", False), ("([a-z]+)*[0-9]", False), ("(a?){100}a{100}$", True),
        ("^(([a-z])+.)+[A-Z]", False), ("(.*)(.*)(.*)(.*)(.*)x", False), ("(a{1,100}){1,10}b", False),
    ],
)  # fmt: skip
def test_a_pattern_that_would_stall_a_backtracking_engine_is_answered(pattern: str, holds: bool) -> None:
    assert satisfies("a" * 4_000, "REGEX", pattern) is holds


def test_half_a_surrogate_pair_in_a_record_stops_no_pattern() -> None:
    assert satisfies("NO \ud800", "REGEX", "^NO")


def test_many_patterns_at_once_keep_their_own_meaning() -> None:
    asked = [predicate(*checked([RawCondition("a", Operator.REGEX, f"^{number}$")])) for number in range(100)]
    assert [[number for number in range(100) if each(number)] for each in asked] == [[number] for number in range(100)]
