"""Formulas: the grammar and its refusals (X2, X8), the functions (X3), null (X4), and what always holds."""

import math
import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.errors import InvalidParameter
from parallax.formulas import parsed

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def value(formula: str, *values: float | None) -> float | None:
    return parsed(formula, max(len(values), 1)).evaluate(values or (0.0,))


def refusal(formula: str, series: int = 2) -> InvalidParameter:
    with pytest.raises(InvalidParameter) as refused:
        parsed(formula, series)
    orjson.dumps(refused.value.extensions)  # an answer can carry it
    return refused.value


# ---------------------------------------------------------------- the worked example of X
def test_signups_per_active_user() -> None:
    ratio = parsed("A / B", 2)
    assert ratio.evaluate_columns([[1, 1, 0, 0], [2, 2, 1, 0]]) == [0.5, 0.5, 0.0, None]
    assert ratio.evaluate([2, 3]) == pytest.approx(2 / 3)
    assert ratio.letters == {0, 1}


# ---------------------------------------------------------------- X2
@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("-3^2", -9), ("2^3^2", 512), ("10-4-3", 3), ("2-3+4", 3), ("100/10/5", 2), ("7%4%2", 1), ("2+3*4", 14),
        ("(2+3)*4", 20), ("2*3^2", 18), ("2^-2", 0.25), ("2^-2^2", 0.0625), ("2^-1*4", 2), ("-2^-2", -0.25),
        ("--3", 3), ("5--3", 8), ("5+-+-3", 8), ("2*-3", -6), ("-2*-3", 6), ("6/-2", -3), ("12", 12), ("1.5", 1.5),
        (".5", 0.5), ("1.", 1), ("2e3", 2000), ("2E+3", 2000), ("2e-3", 0.002), (" \t\r\n1 +\n2 ", 3),
        ("((((1))))", 1), ("max( 1 , 2 )", 2), ("abs (-1)", 1), ("5\u22123", 2), ("\u22123^2", -9),
        ("min(1+1, 2*2) + max(3, (4))", 6), ("abs(-abs(-2))", 2), ("-(2)^2", -4), ("round(max(1.25, 1), 1)", 1.3),
        ("0^0", 1),
    ],
)  # fmt: skip
def test_a_formula_is_read_by_its_grammar(formula: str, expected: float) -> None:
    assert value(formula) == expected


def test_series_go_by_their_letters() -> None:
    numbers = [float(number) for number in range(26)]
    assert [value(letter, *numbers) for letter in LETTERS] == numbers
    assert value("A-B-C", 10, 4, 3) == 3
    assert value("-A^2", 3) == -9
    assert parsed("Z + A*0", 26).letters == {0, 25}
    assert parsed("1 + 1", 3).letters == frozenset()


def test_a_formula_without_letters_has_its_value_in_every_bucket() -> None:
    assert parsed("1 + 1", 1).evaluate_columns([[1.0, None, 3.0]]) == [2.0, 2.0, 2.0]


def test_equal_formulas_are_equal() -> None:
    assert parsed("A+max(B,1)", 2) == parsed(" A + max( B, 1.0 ) ", 2)
    assert hash(parsed("A/B", 2)) == hash(parsed("A / B", 2))
    assert parsed("A/B", 2) != parsed("B/A", 2)


# ---------------------------------------------------------------- X3
@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("abs(-2.5)", 2.5), ("floor(2.7)", 2), ("floor(-2.2)", -3), ("ceil(2.2)", 3), ("ceil(-2.7)", -2),
        ("sqrt(9)", 3), ("round(2.5)", 3), ("round(-2.5)", -3), ("round(3.5)", 4), ("round(2.4)", 2),
        ("round(0.125, 2)", 0.13), ("round(-0.125, 2)", -0.13), ("round(1234.5678, 0)", 1235), ("round(1.5, 15)", 1.5),
        ("round(1e300, 15)", 1e300), ("round(2.5, -1)", None), ("round(2.5, 16)", None), ("round(2.5, 0.5)", None),
        ("round(2.5, 1+1)", 2.5), ("min(3)", 3), ("max(3)", 3), ("min(3, -1, 2)", -1), ("max(3, -1, 2)", 3),
        ("floor(1e300)", 1e300), (f"max({','.join(['1'] * 25)}, 2)", 2), ("-7 % 3", -1), ("7 % -3", 1),
        ("(0-7) % -3", -1), ("7.5 % 2", 1.5),
    ],
)  # fmt: skip
def test_a_function_says_what_it_says(formula: str, expected: float | None) -> None:
    assert value(formula) == expected


def test_zero_has_one_sign() -> None:
    for formula in ("-A", "A*-1", "round(A-0.3)", "ceil(A-0.5)", "-1*A % 3"):
        zero = value(formula, 0.0)
        assert zero is not None
        assert math.copysign(1.0, zero) == 1.0


# ---------------------------------------------------------------- X4
@pytest.mark.parametrize(
    "formula", ["A+B", "B-A", "A*B", "B/A", "A%B", "A^B", "-A", "min(A,B)", "max(B,A)", "abs(A)", "0*A"]
)
def test_null_in_any_operand_makes_null(formula: str) -> None:
    assert value(formula, None, 2.0) is None


def test_a_series_that_is_not_named_makes_nothing_null() -> None:
    assert value("B", None, 2.0) == 2.0


@pytest.mark.parametrize(
    "formula",
    [
        "1/0", "0/0", "1%0", "1/(2-2)", "sqrt(-1)", "sqrt(-4)", "(0-8)^(1/3)", "0^-1", "1e308*10", "1e308+1e308", "10^400",
        "1/(1e308*10)", "min(1, 1/0)", "9^9^9^9", "(0-1e308)-1e308", "99^99^99", "1e308*10/10", "1e-300/1e300/0", "2^1024",
    ],
)  # fmt: skip
def test_what_is_no_finite_number_is_null(formula: str) -> None:
    assert value(formula) is None


@pytest.mark.parametrize("given_", [math.nan, math.inf, -math.inf, 10**400])
def test_what_is_given_as_no_finite_number_is_null(given_: float) -> None:
    assert value("A", given_) is None
    assert value("A-A", given_) is None


def test_powers_of_counts_end_at_the_largest_double() -> None:
    assert value("A^B^B", 9, 9) is None
    assert value("*".join("A" * 200), 10**6) is None
    assert value("A*A", 3) == 9


# ---------------------------------------------------------------- X8
@pytest.mark.parametrize(
    ("formula", "position", "why"),
    [
        ("", 1, "ends"), ("   ", 4, "ends"), ("A +", 4, "ends"), ("A B", 3, "B stands"), ("AB", 2, "B stands"),
        ("A2", 2, "a number"), ("1 2", 3, "a number"), ("1.5.2", 4, "a number"), ("2e", 2, "e stands"),
        ("*A", 1, r"\* stands"), ("A*/B", 3, "/ stands"), ("A**B", 3, r"\* stands"), ("()", 2, r"\) stands"),
        ("A()", 2, r"\( stands"), ("(A", 1, "never closed"), ("((A)", 1, "never closed"), ("A)", 2, "closes nothing"),
        ("A,B", 2, "comma"), ("(A,B)", 3, "comma"), (",", 1, "stands"), ("A=B", 2, "character"),
        ("A & B", 3, "character"), ("a", 1, "a is no function.*abs, floor, ceil, sqrt, round, min, max"),
        ("A + C", 5, "C.*A to B"), ("Z", 1, "no series Z"), ("A + abs", 5, "parentheses"),
        ("abs + 1", 1, "parentheses"), ("abs A", 1, "parentheses"), ("abs()", 5, r"\) stands"),
        ("max(A,)", 7, r"\) stands"), ("max(,A)", 5, "comma|, stands"), ("max(A", 1, "never closed"),
        ("abs(A,B)", 1, "takes 1 argument, not 2"), ("round(A,1,2)", 1, "1 to 2 arguments, not 3"),
        ("1+exp(A)", 3, "exp is no function"), (f"min({','.join(['A'] * 27)})", 1, "1 to 26 arguments, not 27"),
        ("1e999", 1, "too large"), ("A*1e999", 3, "too large"), ("__import__('os')", 1, "character"),
        ("A.real", 2, "character"), ("A; B", 2, "character"), ("0x10", 2, "x stands"), ("٣", 1, "character"),
        ("A\u00a0+B", 2, "character"), ("A\0", 2, "character"), ("\ud800", 1, "character"), ("Á", 1, "character"),
        ("A×B", 2, "character"), ("A//B", 3, "/ stands"), ("maxA", 1, "parentheses"), ("Max(A)", 1, "no series M"),
        ("$A", 1, "character"),
    ],
)  # fmt: skip
def test_a_bad_formula_is_refused_with_its_position(formula: str, position: int, why: str) -> None:
    refused = refusal(formula)
    assert refused.argument == "formula"
    assert refused.message.startswith(f"formula: at position {position}: ")
    assert re.search(why, refused.message)


def test_a_letter_beyond_the_series_says_which_there_are() -> None:
    assert "there is no series B; the series is A alone" in refusal("B", 1).message
    assert "there is no series D; the series are A to C" in refusal("A+D", 3).message


@pytest.mark.parametrize("series", [0, -1, 27, 2**31])
def test_a_formula_has_one_to_twenty_six_series(series: int) -> None:
    refused = refusal("1", series)
    assert (refused.argument, refused.details) == ("series", {"series": series})


@pytest.mark.parametrize(
    "formula",
    [
        "+".join("A" * 20_000),
        "(" * 5_000 + "A" + ")" * 5_000,
        "(" * 10_000,
        "A" + "**9" * 500,
        " " * 500 + "A",
        "\ud800" * 501,
    ],
)
def test_a_formula_has_five_hundred_characters(formula: str) -> None:
    assert re.match(r"formula: has [0-9,]+ characters; it may have 500\.", refusal(formula).message)


@pytest.mark.parametrize(
    "formula",
    [
        "(" * 249 + "A" + ")" * 249, "-" * 499 + "A", "^".join("A" * 250), "+".join("A" * 250), "abs(" * 99 + "A" + ")" * 99,
        "A^-" * 166 + "A", "-(" * 166 + "A" + ")" * 166, " " * 499 + "A", "max(1," * 71 + "A" + ")" * 71,
    ],
)  # fmt: skip
def test_the_deepest_formulas_are_answered(formula: str) -> None:
    assert value(formula, 1.0) is not None


@pytest.mark.parametrize("formula", ["(" * 500, ")" * 500, "-" * 500, "(-" * 250, "abs(" * 125, "A(" * 250, "A^" * 250])
def test_the_deepest_nonsense_is_refused(formula: str) -> None:
    assert "at position" in refusal(formula).message


# ---------------------------------------------------------------- held against Python's own grammar
class Measured:
    """A number or null, by X3 and X4 alone; Python's parser decides what is done first."""

    def __init__(self, number: float | None) -> None:
        self.number = number

    @classmethod
    def of(cls, compute: Callable[..., Any], *operands: "Measured") -> "Measured":
        numbers = [operand.number for operand in operands]
        if None in numbers:
            return cls(None)
        try:
            result = compute(*numbers)
        except (ArithmeticError, ValueError):
            return cls(None)
        return cls(None if isinstance(result, complex) or not math.isfinite(result) else float(result))

    def __add__(self, other: "Measured") -> "Measured":
        return self.of(lambda x, y: x + y, self, other)

    def __sub__(self, other: "Measured") -> "Measured":
        return self.of(lambda x, y: x - y, self, other)

    def __mul__(self, other: "Measured") -> "Measured":
        return self.of(lambda x, y: x * y, self, other)

    def __truediv__(self, other: "Measured") -> "Measured":
        return self.of(lambda x, y: x / y, self, other)

    def __mod__(self, other: "Measured") -> "Measured":
        return self.of(lambda x, y: math.copysign(abs(x) % abs(y), x), self, other)

    def __pow__(self, other: "Measured") -> "Measured":
        return self.of(lambda x, y: x**y, self, other)

    def __neg__(self) -> "Measured":
        return self.of(lambda x: -x, self)

    def __pos__(self) -> "Measured":
        return self


def half_up(number: float, digits: float = 0) -> float:
    if digits not in (0, 1, 2, 3):
        raise ValueError
    rounded = math.floor(abs(number) * 10**digits + 0.5) / 10**digits
    return rounded if number > 0 else -rounded


NAMES: dict[str, Callable[..., Any]] = {
    "abs": abs, "floor": math.floor, "ceil": math.ceil, "sqrt": lambda x: x**0.5 if x >= 0 else math.nan,
    "min": lambda *xs: sorted(xs)[0], "max": lambda *xs: sorted(xs)[-1], "round": half_up,
}  # fmt: skip


def by_python(formula: str, values: list[float | None]) -> float | None:
    names: dict[str, Any] = {name: (lambda *xs, f=f: Measured.of(f, *xs)) for name, f in NAMES.items()}
    names |= {letter: Measured(number) for letter, number in zip(LETTERS, values, strict=False)} | {"N": Measured}
    wrapped = re.sub(r"([0-9]+\.?[0-9]*|\.[0-9]+)(e[0-9])?", r"N(\g<0>)", formula)
    result: Measured = eval(wrapped.replace("^", "**").strip(), {"__builtins__": {}}, names)
    return result.number


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    blanks = st.sampled_from(["", "", " ", "  "])
    return st.one_of(
        st.tuples(inner, blanks, st.sampled_from("+-*/%^"), blanks, inner).map("".join),
        st.tuples(st.sampled_from("+-"), inner).map("".join),
        inner.map("({})".format),
        st.tuples(st.sampled_from(["abs", "floor", "ceil", "sqrt", "round"]), inner).map(
            lambda call: "{}({})".format(*call)
        ),
        st.tuples(inner, st.sampled_from(["0", "1", "2", "3", "7-5"])).map(lambda call: "round({}, {})".format(*call)),
        st.tuples(st.sampled_from(["min", "max"]), st.lists(inner, min_size=1, max_size=3).map(", ".join)).map(
            lambda call: "{}({})".format(*call)
        ),
    )


LEAVES = st.sampled_from(["A", "B", "C", "0", "1", "2", "2.5", ".5", "3.", "1e3", "100"])
FORMULAS = st.recursive(LEAVES, compound, max_leaves=12).filter(lambda formula: len(formula) <= 500)
VALUES = st.none() | st.integers(-5, 5).map(float) | st.floats(-1e6, 1e6)


@given(FORMULAS, st.lists(VALUES, min_size=3, max_size=3))
def test_a_formula_means_what_python_makes_of_it(formula: str, values: list[float | None]) -> None:
    ours, theirs = parsed(formula, 3).evaluate(values), by_python(formula, values)
    assert ours == theirs or (None not in (ours, theirs) and ours == pytest.approx(theirs, rel=1e-12))


@given(st.text("ABab()+-*/^%,. 0123e", max_size=40) | st.text(max_size=20), st.lists(VALUES, min_size=2, max_size=2))
def test_any_text_is_a_formula_or_refused(text: str, values: list[float | None]) -> None:
    try:
        formula = parsed(text, 2)
    except InvalidParameter as refused:
        orjson.dumps(refused.extensions)
        position = re.match(r"formula: at position ([0-9]+): ", refused.message)
        assert position is not None
        assert 1 <= int(position[1]) <= len(text) + 1
    else:
        result = formula.evaluate(values)
        assert result is None or math.isfinite(result)
