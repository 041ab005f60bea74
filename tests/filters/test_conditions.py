"""Which conditions are refused (Q1, Q8, Q9, Y6), and that equal questions become equal."""

import json
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.errors import InvalidParameter
from parallax.filters.conditions import Condition, Operator, RawCondition, checked
from parallax.filters.fields import EVENT_FIELDS, LOG_FIELDS
from tests.filters.values import JSON, SCALARS

LISTING = (Operator.IN, Operator.NOT_IN)
ASKING = (Operator.IS_SET, Operator.IS_NOT_SET)
SCALAR = [operator for operator in Operator if operator not in (*LISTING, *ASKING)]
UNABLE = ["a\0b", "\ud800", "x\udfff"]


def one(operator: str, value: Any = None, field: str = "country") -> Condition:
    (condition,) = checked([RawCondition(field, Operator[operator], value)])
    return condition


def refusal(conditions: Sequence[RawCondition], **given_: Any) -> InvalidParameter:
    with pytest.raises(InvalidParameter) as refused:
        checked(conditions, **given_)
    orjson.dumps(refused.value.extensions)  # an answer can carry it
    assert len(refused.value.message) < 2_000
    return refused.value


# ---------------------------------------------------------------- Q9
@pytest.mark.parametrize("operator", SCALAR)
@pytest.mark.parametrize("value", [None, [], ["NO"], {}, {"a": 1}, 10**400, float("nan"), float("inf"), *UNABLE])
def test_what_is_no_scalar_is_refused(operator: Operator, value: Any) -> None:
    assert refusal([RawCondition("country", operator, value)]).argument == "where[0].value"


@pytest.mark.parametrize("operator", LISTING)
@pytest.mark.parametrize("value", [None, "NO", 5, True, {}, {"0": "NO"}, 10**400, *UNABLE])
def test_a_list_is_needed_where_one_is_compared_with(operator: Operator, value: Any) -> None:
    assert refusal([RawCondition("country", operator, value)]).argument == "where[0].value"


@pytest.mark.parametrize("value", [None, [], ["a"], {}, 10**400, *UNABLE])
def test_a_list_holds_scalars_alone(value: Any) -> None:
    refused = refusal([RawCondition("plan", Operator.EQ, "pro"), RawCondition("country", Operator.IN, ["NO", value])])
    assert refused.argument == "where[1].value[1]"


@pytest.mark.parametrize("operator", Operator)
def test_an_empty_field_is_refused(operator: Operator) -> None:
    refused = refusal([RawCondition("", operator, "x")], argument="startWhere")
    assert refused.argument == "startWhere[0].field"
    assert "Allowed: event, user, session, app, audience, properties.<path>, trait:<name>" in refused.message


@pytest.mark.parametrize("field", UNABLE)
def test_a_field_that_no_record_can_have_is_refused(field: str) -> None:
    assert refusal([RawCondition(field, Operator.IS_SET)]).argument == "where[0].field"


def test_a_refusal_says_what_the_operator_takes() -> None:
    assert refusal([RawCondition("country", Operator.IN, "NO")]).message == (
        "where[0].value: is no array: IN takes one. Allowed: an array."
    )
    assert refusal([RawCondition("country", Operator.EQ, ["NO"])]).message == (
        "where[0].value: is an array, which only IN and NOT_IN take; EQ takes one value."
        " Allowed: a text, a number, true, false."
    )


@pytest.mark.parametrize("operator", ASKING)
@pytest.mark.parametrize("value", [None, "x", [], {}, *UNABLE])
def test_a_value_is_ignored_where_none_is_needed(operator: Operator, value: Any) -> None:
    assert one(operator.value, value) == Condition("properties.country", operator, None)


# ---------------------------------------------------------------- Q1: audiences
@pytest.mark.parametrize("operator", [*ASKING, *SCALAR[2:]])
def test_a_member_is_in_or_not(operator: Operator) -> None:
    refused = refusal([RawCondition("audience", operator, "x")])
    assert refused.message == "where[0].operator: does not go with audience. Allowed: EQ, NE, IN, NOT_IN."


def test_a_log_may_have_a_property_named_audience() -> None:
    (condition,) = checked([RawCondition("audience", Operator.GT, 3)], fields=LOG_FIELDS)
    assert condition.field == "properties.audience"


# ---------------------------------------------------------------- Q8
@pytest.mark.parametrize(
    "pattern",
    [
        "(", ")", "a)", "[", r"\1", r"(a)\1", "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(?>a)", "a**", "a{1001}", "*", r"\Z",
        "(?P<a", "(?P<>x)", "(?P<1>", "(" * 400, "((a{100}){100}){100}", r"\pL{1000}", "a" * 501,
    ],
)  # fmt: skip
def test_a_pattern_that_re2_refuses_is_refused(pattern: str) -> None:
    refused = refusal([RawCondition("country", Operator.REGEX, pattern)])
    assert refused.argument == "where[0].value"
    assert "RE2" in refused.message or "500" in refused.message


@pytest.mark.parametrize("pattern", ["", "a" * 500, r"(?i)no|se", r"\pL+", "(?P<a>x)", r"\bx\b", 5, True, "\u202e😀"])
def test_a_pattern_of_re2_is_taken_as_it_is(pattern: Any) -> None:
    assert one("REGEX", pattern).value == {5: "5", True: "true"}.get(pattern, pattern)


# ---------------------------------------------------------------- Y6
def test_a_list_takes_fifty_conditions() -> None:
    conditions = [RawCondition(f"p{number}", Operator.IS_SET) for number in range(51)]
    assert len(checked(conditions[:50])) == 50
    refused = refusal(conditions)
    assert refused.argument == "where"
    assert "51" in refused.message
    assert "50" in refused.message


def test_two_hundred_equal_conditions_are_two_hundred() -> None:
    assert refusal([RawCondition("a", Operator.EQ, 1)] * 200).argument == "where"


@pytest.mark.parametrize("operator", LISTING)
def test_a_comparison_takes_a_thousand_values(operator: Operator) -> None:
    (condition,) = checked([RawCondition("a", operator, list(range(1000)))])
    assert isinstance(condition.value, tuple)
    assert len(condition.value) == 1000
    assert "1,000" in refusal([RawCondition("a", operator, ["x"] * 10_000)]).message


# ---------------------------------------------------------------- one form
@pytest.mark.parametrize(
    ("one_way", "another"),
    [
        (("country", "EQ", "95"), ("properties.country", "EQ", 95.0)),
        (("country", "NE", True), ("country", "NE", "true")),
        (("country", "IN", ["b", "a", "b"]), ("country", "IN", ["a", "b"])),
        (("country", "IN", [1, "1", 1.0]), ("country", "IN", ["1"])),
        (("country", "GT", "+3"), ("country", "GT", 3)),
        (("country", "LT", -0.0), ("country", "LT", "0")),
        (("country", "IS_SET", "x"), ("country", "IS_SET", None)),
        (("country", "CONTAINS", 1e3), ("country", "CONTAINS", "1000")),
    ],
)
def test_one_question_has_one_form(one_way: tuple[str, str, Any], another: tuple[str, str, Any]) -> None:
    first, second = (one(operator, value, field) for field, operator, value in (one_way, another))
    assert (first, hash(first), repr(first)) == (second, hash(second), repr(second))


@pytest.mark.parametrize("operator", Operator)
def test_true_and_one_are_two_questions(operator: Operator) -> None:
    if operator in ASKING:
        return
    as_sent: tuple[Any, Any] = ([True], [1]) if operator in LISTING else (True, 1)
    assert one(operator.value, as_sent[0]) != one(operator.value, as_sent[1])


def test_the_order_of_conditions_makes_no_difference() -> None:
    conditions = [
        RawCondition("a", Operator.GT, 3),
        RawCondition("a", Operator.GT, "x"),
        RawCondition("a", Operator.IN, ["x"]),
        RawCondition("a", Operator.IS_SET),
        RawCondition("event", Operator.EQ, "pay"),
    ]
    assert checked(conditions) == checked([*conditions[::-1], conditions[0]])
    assert len(checked(conditions)) == 5


def test_no_conditions_are_none() -> None:
    assert checked([]) == ()


# ---------------------------------------------------------------- whatever is sent
@given(
    st.text(max_size=5) | st.sampled_from(["event", "audience", "trait:", "properties."]),
    st.sampled_from(Operator),
    JSON | st.lists(SCALARS),
    st.sampled_from([EVENT_FIELDS, LOG_FIELDS]),
)
def test_a_condition_is_sound_or_refused(field: str, operator: Operator, value: Any, fields: Any) -> None:
    raw = RawCondition(field, operator, value)
    try:
        (condition,) = checked([raw], fields=fields)
    except InvalidParameter:
        assert refusal([raw], fields=fields).argument.startswith("where[0].")
    else:
        assert (hash(condition), condition.operator) == (hash(condition), operator)
        json.dumps(condition.value, allow_nan=False)
        assert checked([RawCondition(condition.field, operator, condition.value or value)], fields=fields)
