"""Text forms, numbers and paths (Q2, Q4, Q7, B2, V3), and the names of fields (Q1, E3)."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.errors import InvalidParameter
from parallax.filters.fields import EVENT_FIELDS, LOG_FIELDS, Field, checked_dimension, field_of
from parallax.filters.values import at_path, dimension_of, number_of, text_form
from tests.filters.values import DECIMALS, JSON, TEXTS

DOUBLES = st.floats(allow_nan=False, allow_infinity=False)


# ---------------------------------------------------------------- Q4
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("NO", "NO"), ("", ""), (" 95.0 ", " 95.0 "), (True, "true"), (False, "false"), (95, "95"), (95.0, "95"),
        (2.5, "2.5"), (1e3, "1000"), (-0.0, "0"), (0, "0"), (1e21, "1" + 21 * "0"), (10**21, "1" + 21 * "0"),
        (0.1, "0.1"), (1e-7, "0.0000001"), (-1.5e-7, "-0.00000015"), (5e-324, "0." + 323 * "0" + "5"),
        (1e16, "1" + 16 * "0"), (2**53 + 1, "9007199254740993"), (2**64 - 1, "18446744073709551615"),
        (-(2**63), "-9223372036854775808"),
        (None, None), ({}, None), ({"a": 1}, None), ([], None), (["a"], None),
        (float("nan"), None), (float("inf"), None), (10**400, None),
    ],
)  # fmt: skip
def test_a_value_has_its_text_form(value: Any, text: str | None) -> None:
    assert text_form(value) == text


@given(DOUBLES)
def test_a_number_is_written_plainly_and_reads_back(number: float) -> None:
    text = text_form(number)
    assert text is not None
    assert re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?", text)
    assert float(text) == number
    assert Decimal(text) == Decimal(repr(number))  # no digit more than the shortest that reads back


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_is_written_alike_as_integer_and_as_double(number: int) -> None:
    assert text_form(number) == text_form(float(number)) == str(number)


@given(st.integers(2**64, 2**200))
def test_an_integer_that_readers_of_json_make_a_double_is_written_as_that_double(number: int) -> None:
    assert text_form(number) == text_form(float(number))
    assert text_form(-number) == text_form(-float(number))


# ---------------------------------------------------------------- B2
@pytest.mark.parametrize("value", [None, "", {}, [], {"a": "b"}, ["a"]])
def test_what_is_not_set_is_one_group(value: Any) -> None:
    assert dimension_of(value) is None


@pytest.mark.parametrize(("value", "dimension"), [(0, "0"), (False, "false"), (" ", " "), (-0.0, "0"), ("0", "0")])
def test_zero_false_and_blanks_are_groups_like_any(value: Any, dimension: str) -> None:
    assert dimension_of(value) == dimension


# ---------------------------------------------------------------- Q7, V3
@pytest.mark.parametrize(
    ("value", "number"),
    [
        (10, 10.0), (10.5, 10.5), ("25", 25.0), ("+3", 3.0), (".5", 0.5), ("1.", 1.0), ("1E3", 1000.0),
        ("-1e-2", -0.01), (" \t\r\n7\n", 7.0), ("007", 7.0), ("1e-999", 0.0), ("9" * 308, 1e308),
        (2**70, float(2**70)),
    ],
)  # fmt: skip
def test_a_number_and_a_decimal_text_have_a_numeric_value(value: Any, number: float) -> None:
    assert number_of(value) == number


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, [], {}, [1], "", " ", ".", "+", "e3", "1e", "1e+", "0x10", "1_000", "1,000", "1 000", "- 1",
        "--1", "1.2.3", "NaN", "nan", "inf", "Infinity", "1e999", "-1e999", "9" * 400, "٣", "１２", "\u00a07", "7\v", "7\0",
        10**400, float("inf"), float("nan"), "1" * 60_000 + "x", " " * 60_000 + "x",
    ],
)  # fmt: skip
def test_anything_else_is_no_number(value: Any) -> None:
    assert number_of(value) is None


@given(DECIMALS | TEXTS)
def test_a_text_is_a_number_where_it_is_wholly_a_decimal_number(text: str) -> None:
    bare = text.strip(" \t\r\n")
    try:
        expected = float(bare) if set(bare) <= set("0123456789+-.eE") else None
    except ValueError:
        expected = None
    assert number_of(text) == (expected if expected is not None and abs(expected) < float("inf") else None)


# ---------------------------------------------------------------- Q2: paths
@pytest.mark.parametrize(
    ("path", "found"),
    [
        (["plan"], "pro"), (["cart", "total"], 7), (["cart"], {"total": 7, "": "odd"}), (["cart", ""], "odd"),
        (["none"], None), (["null"], None), (["plan", "name"], None), (["list", "0"], None), (["null", "x"], None),
        (["cart", "total", "x"], None),
        ([], {"plan": "pro", "cart": {"total": 7, "": "odd"}, "null": None, "list": [1]}),
    ],
)  # fmt: skip
def test_a_path_goes_through_objects_alone(path: list[str], found: Any) -> None:
    properties = {"plan": "pro", "cart": {"total": 7, "": "odd"}, "null": None, "list": [1]}
    assert at_path(properties, path) == found


@given(JSON, st.lists(TEXTS, max_size=4))
def test_a_path_through_anything_raises_nothing(value: Any, path: list[str]) -> None:
    inner = value
    for key in path:
        inner = {key: inner}
    assert at_path(inner, path[::-1]) == value
    at_path(value, path)


# ---------------------------------------------------------------- Q1: names of fields
@pytest.mark.parametrize(
    ("name", "field"),
    [
        *((kind, Field(kind)) for kind in EVENT_FIELDS.plain),
        ("country", Field("property", ("country",))),
        ("properties.country", Field("property", ("country",))),
        ("cart.total", Field("property", ("cart", "total"))),
        ("properties.event", Field("property", ("event",))),
        ("properties", Field("property", ("properties",))),
        ("properties.properties.x", Field("property", ("properties", "x"))),
        ("Event", Field("property", ("Event",))),
        ("level", Field("property", ("level",))),
        ("trait", Field("property", ("trait",))),
        ("trait:plan", Field("trait", ("plan",))),
        ("trait:plan.name", Field("trait", ("plan.name",))),
        ("a..b", Field("property", ("a", "", "b"))),
        ("event'; drop table event; --", Field("property", ("event'; drop table event; --",))),
    ],
)
def test_a_name_has_its_field(name: str, field: Field) -> None:
    assert field_of(name) == field


@pytest.mark.parametrize("name", ["level", "service", "source", "message", "user", "session", "app"])
def test_a_log_has_fields_of_its_own(name: str) -> None:
    assert field_of(name, LOG_FIELDS).kind == name


@pytest.mark.parametrize("name", ["event", "audience", "trait:plan"])
def test_what_only_events_have_is_a_property_of_a_log(name: str) -> None:
    assert field_of(name, LOG_FIELDS) == Field("property", (name,))


@given(TEXTS.filter(bool), st.sampled_from([EVENT_FIELDS, LOG_FIELDS]))
def test_the_one_name_of_a_field_means_that_field(name: str, fields: Any) -> None:
    field = field_of(name, fields)
    assert field_of(field.name, fields) == field


def test_a_breakdown_takes_any_field_but_audience() -> None:
    assert checked_dimension("country") == Field("property", ("country",))
    assert checked_dimension("trait:plan.name").path == ("plan.name",)
    assert checked_dimension("level", fields=LOG_FIELDS).kind == "level"
    with pytest.raises(InvalidParameter, match="breakdown: audience is for conditions only") as refused:
        checked_dimension("audience")
    assert "audience," not in refused.value.message.split("Allowed:")[1]
    assert "trait:<name>" in refused.value.message


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800"])
def test_a_dimension_without_a_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^groupBy: "):
        checked_dimension(name, "groupBy")
