"""How large the text of an operation may be, and that looking at it is cheap."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, get_introspection_query, validate

from parallax.http.operations import bounds
from parallax.http.operations.bounds import MOST_REPEATS, exceeded, parsed
from parallax.schema import schema
from parallax.settings import Settings
from tests.gateways import Gateway
from tests.seeds import VIEWER

DEFAULTS = Settings()
GRAPH = schema._schema


def refusal(text: str, **chosen: Any) -> GraphQLError:
    settings = Settings(**chosen)
    try:
        error = exceeded(parsed(text, settings), settings)
    except GraphQLError as raised:
        return raised
    assert error is not None, "it passes"
    return error


def code(error: GraphQLError) -> str:
    assert error.extensions is not None
    return str(error.extensions["code"])


def passed(text: str, **chosen: Any) -> DocumentNode:
    settings = Settings(**chosen)
    document = parsed(text, settings)
    assert exceeded(document, settings) is None
    return document


def many(count: int, text: Callable[[int], str]) -> str:
    return " ".join(text(number) for number in range(count))


def nested(depth: int) -> str:
    return "{" + "client(id: 1) {" * (depth - 1) + "name" + "}" * depth


# ---------------------------------------------------------------- each limit
LIMITS: dict[str, tuple[Callable[[int], str], str, str]] = {
    # by setting: a text with so many, its default, how it is told
    "max_tokens": (lambda count: "{ a(x: [" + "1 " * (count - 9) + "]) }", "3000", "more than {most} tokens"),
    "max_depth": (nested, "15", "is {over} fields deep; at most {most}"),
    "max_aliases": (lambda count: "{" + many(count, lambda n: f"a{n}: b") + "}", "100", "has {over} aliases"),
    "max_directives": (
        lambda count: "{" + many(count, lambda n: f"f{n} @skip(if: false)") + "}",
        "50",
        "has {over} directives",
    ),
    "max_fields": (lambda count: "{" + many(count, lambda n: f"f{n}") + "}", "2000", "has {over} fields"),
}


@pytest.mark.parametrize("setting", LIMITS)
def test_a_limit_lets_pass_what_it_says_and_refuses_one_more(setting: str) -> None:
    made, default, told = LIMITS[setting]
    assert str(getattr(DEFAULTS, setting)) == default
    passed(made(int(default)))
    error = refusal(made(int(default) + 1))
    assert code(error) == "TOO_COSTLY"
    assert told.format(over=int(default) + 1, most=default) in error.message
    assert f"at most {default} (PARALLAX_{setting.upper()})" in error.message


@pytest.mark.parametrize("setting", LIMITS)
def test_a_limit_is_what_its_setting_says(setting: str) -> None:
    made, _, _ = LIMITS[setting]
    error = refusal(made(13), **{setting: 12})
    assert f"at most 12 (PARALLAX_{setting.upper()})" in error.message
    passed(made(12), **{setting: 12})


@pytest.mark.parametrize("setting", LIMITS)
def test_a_limit_that_is_off_refuses_nothing(setting: str) -> None:
    made, default, _ = LIMITS[setting]
    others = dict.fromkeys(LIMITS, "off")
    passed(made(min(int(default) + 1, 2500)), **others)


def test_fields_are_counted_with_their_fragments_spread_out() -> None:
    doubling = many(12, lambda n: f"fragment f{n} on T {{ {f'...f{n + 1} ' * 10} }}")
    error = refusal(f"{{ ...f0 }} {doubling} fragment f12 on T {{ a }}")
    assert code(error) == "TOO_COSTLY"
    assert "more than a billion fields" in error.message
    assert refusal("{ ...f ...f } fragment f on T { a b c }", max_fields=5).message.startswith(
        "The operation has 6 fields with fragments spread out; at most 5 "
    )


def test_depth_goes_through_fragments() -> None:
    text = "{ a { ...f } } fragment f on T { b { ...g } } fragment g on T { ... on U { c { d } } }"
    passed(text, max_depth=4)
    assert "is 4 fields deep; at most 3 (PARALLAX_MAX_DEPTH)" in refusal(text, max_depth=3).message


@pytest.mark.parametrize(
    "text",
    [
        "{ a(x: " + "[" * 16 + "]" * 16 + ") }",
        "{ a(x: " + "{y: " * 16 + "1" + "}" * 16 + ") }",
        "query ($x: " + "[" * 16 + "Int" + "]" * 16 + ") { a }",
        "{" + "... {" * 16 + "a" + "}" * 17,
    ],
)
def test_values_types_and_inline_fragments_have_a_depth_as_well(text: str) -> None:
    error = refusal(text)
    assert code(error) == "TOO_COSTLY"
    assert "is nested 16 deep; at most 15 (PARALLAX_MAX_DEPTH)" in error.message


@pytest.mark.parametrize("text", ["{ a " * 1400, "{ a(x: " + "[" * 1400, "{ a(x: " + "{y: " * 700, nested(500)])
def test_what_is_nested_too_deeply_to_be_read_is_refused_as_such(text: str) -> None:
    error = refusal(text)
    assert code(error) == "TOO_COSTLY"
    assert "PARALLAX_MAX_DEPTH" in error.message


def test_comments_are_tokens_too() -> None:
    assert "PARALLAX_MAX_TOKENS" in refusal("#\n" * 3001 + "{ a }").message


def test_aliases_that_hide_in_fragments_are_counted() -> None:
    assert (
        "has 6 aliases"
        in refusal("{ ...f } fragment f on T {" + many(6, lambda n: f"a{n}: b") + "}", max_aliases=5).message
    )


# ---------------------------------------------------------------- what comes together
def test_one_field_many_times_in_one_place_is_refused() -> None:
    text = "{ viewer {" + "name " * MOST_REPEATS
    passed(text + "} }")
    error = refusal(text + "name } }")
    assert code(error) == "TOO_COSTLY"
    assert f"asks {MOST_REPEATS + 1} times for name in one place; at most {MOST_REPEATS}" in error.message


def test_what_comes_together_out_of_equal_fields_and_fragments_counts_as_one_place() -> None:
    parts = "viewer { name name } viewer { ... { name } ...f } ...g"
    text = f"{{ {parts} " + "viewer { name } " * (MOST_REPEATS - 5) + "} fragment f on Viewer { name } "
    passed(text + "fragment g on Query { viewer { name } }")
    assert "times for name" in refusal(text + "fragment g on Query { viewer { name name } }").message


def test_a_place_has_a_limited_number_of_fragments() -> None:
    def text(count: int) -> str:
        fragments = many(count, lambda n: f"fragment f{n} on Viewer {{ n{n}: name }}")
        return f"{{ viewer {{ {many(count, lambda n: f'...f{n}')} }} }} {fragments}"

    passed(text(MOST_REPEATS))
    assert "61 fragments in one place" in refusal(text(MOST_REPEATS + 1)).message


@pytest.mark.parametrize(
    "text",
    [
        "{ ...a } fragment a on T { ...a }",
        "{ ...a } fragment a on T { x { ...b } } fragment b on T { ...c } fragment c on T { ...a }",
        "{ x } fragment a on T { ...b } fragment b on T { ...a }",
    ],
)
def test_fragments_in_a_circle_are_refused(text: str) -> None:
    error = refusal(text)
    assert code(error) == "INVALID_PARAMETER"
    assert "in a circle" in error.message
    assert "a → " in error.message


def test_a_fragment_that_nothing_spreads_is_refused_before_it_is_compared() -> None:
    error = refusal("{ a } fragment f on T { a }")
    assert code(error) == "INVALID_PARAMETER"
    assert "f is not used" in error.message


# ---------------------------------------------------------------- introspection
@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"descriptions": False},
        {
            "specified_by_url": True,
            "directive_is_repeatable": True,
            "schema_description": True,
            "input_value_deprecation": True,
        },
    ],
)
def test_the_introspection_that_tools_send_passes(chosen: dict[str, bool]) -> None:
    document = passed(get_introspection_query(**chosen))
    assert validate(GRAPH, document) == []


def test_introspection_has_a_depth_of_its_own() -> None:
    text = "{ __schema { types { fields { type {" + " ofType {" * 12 + "name" + "}" * 17
    passed(text)
    assert "in introspection; at most 20" in refusal(text.replace("name", "ofType {" * 4 + "name" + "}" * 4)).message
    # Nothing of it is lent to the rest of the operation.
    assert "is 16 fields deep" in refusal(text[:-1] + nested(16)[1:]).message


def test_introspection_in_circles_is_refused() -> None:
    error = refusal("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }")
    assert code(error) == "TOO_COSTLY"
    assert "at most 2" in error.message


# ---------------------------------------------------------------- what is no operation
@pytest.mark.parametrize(
    "value",
    [
        "9" * 5000,
        "-" + "9" * 5000,
        "1e999999",
        "1" * 41 + ".5",
        '"\\u{110000}"',
        '"\\uD800"',
        '"\ud800"',
        '"\\u0000"',
        '"""\0"""',
        "\0",
        '"unfinished',
        "",
        "1x",
    ],
)
def test_values_that_cannot_be_meant_are_refused_with_a_code_and_few_words(value: str) -> None:
    error = refusal(f"{{ client(id: {value}) {{ name }} }}")
    assert code(error) == "INVALID_PARAMETER"
    assert len(error.message) <= bounds.LONGEST_MESSAGE


@pytest.mark.parametrize(
    "text", ["", "}", "{ a", "query query query", "{ " + "a" * 201 + " }", '{ a "' + "x" * 9999 + '" }']
)
def test_what_is_no_text_of_an_operation_is_refused_with_a_code(text: str) -> None:
    error = refusal(text)
    assert code(error) == "INVALID_PARAMETER"
    assert len(error.message) <= bounds.LONGEST_MESSAGE


# ---------------------------------------------------------------- cheap
SERIES = 'activity(metric: USER_COUNT, period: {last: "30d"}, granularity: DAY, compare: PREVIOUS) { total }'
DEAR_TO_VALIDATE = {
    "equal fields with arguments": "{"
    + many(8, lambda n: f"a{n}: viewer {{ {'role(client: 1) ' * MOST_REPEATS} }}")
    + "}",
    "equal fields with many arguments": f"{{ node(id: 1) {{ ... on App {{ {SERIES * MOST_REPEATS} }} }} }}",
    "equal fields far down": "{"
    + "viewer { clients { nodes { apps { nodes { client { apps { nodes { name } } } } } } } }" * MOST_REPEATS
    + "}",
    "many fragments in many places": "{"
    + many(15, lambda n: f"v{n}: viewer {{ {many(MOST_REPEATS, lambda k: f'...f{k}')} }}")
    + "}"
    + many(MOST_REPEATS, lambda k: f"fragment f{k} on Viewer {{ name }}"),
    "unknown fields": "{" + many(1900, lambda n: f"x{n}") + "}",
    "unknown fields of an input": "{ node(id: 1) { ... on App { activity(metric: A, period: {"
    + many(900, lambda n: f"a{n}: 1")
    + "}) { total } } } }",
    "many variables": "query ("
    + many(350, lambda n: f"$v{n}: ID")
    + ") {"
    + many(90, lambda n: f"a{n}: client(id: $v{n}) {{ name }}")
    + "}",
}


@pytest.mark.parametrize("text", DEAR_TO_VALIDATE.values(), ids=DEAR_TO_VALIDATE.keys())
def test_what_is_within_the_limits_takes_few_steps_to_validate(text: str) -> None:
    """Calls of functions, which do not depend on the machine: a million are some 0.2 s."""
    document = passed(text)
    assert calls(lambda: validate(GRAPH, document, max_errors=20)) < 1_500_000


@pytest.mark.parametrize("text", DEAR_TO_VALIDATE.values(), ids=DEAR_TO_VALIDATE.keys())
def test_looking_at_the_limits_takes_fewer_steps_by_far(text: str) -> None:
    document = parsed(text, DEFAULTS)
    assert calls(lambda: exceeded(document, DEFAULTS)) < 100_000


def test_what_validation_would_never_end_with_is_not_validated() -> None:
    """Each of these is quadratic or worse for who compares or spreads out."""
    pairs = "{ viewer {" + "name " * 2900 + "} }"
    spread = (
        "{ ...f0 }"
        + many(100, lambda n: f"fragment f{n} on T {{ {f'...f{n + 1} ' * 4} }}")
        + "fragment f100 on T { a }"
    )
    chain = "{ ...f0 }" + many(300, lambda n: f"fragment f{n} on T {{ ...f{n + 1} }}") + "fragment f300 on T { a }"
    for text in (pairs, spread, chain):
        document = parsed(text, DEFAULTS)
        assert calls(lambda document=document: exceeded(document, DEFAULTS)) < 100_000  # type: ignore[misc]
        assert exceeded(document, DEFAULTS) is not None


def calls(work: Callable[[], object]) -> int:
    counted = 0

    def count(_frame: object, event: str, _given: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted


# ---------------------------------------------------------------- through HTTP
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{" + many(10_000, lambda n: f"a{n}: viewer {{ name }}") + "}", "TOO_COSTLY"),
        ("{" + many(101, lambda n: f"a{n}: viewer {{ name }}") + "}", "TOO_COSTLY"),
        ("{ viewer {" + "name " * 2900 + "} }", "TOO_COSTLY"),
        ("{ viewer { name " + "@skip(if: false) " * 51 + "} }", "TOO_COSTLY"),
        ("{ a " * 20_000, "TOO_COSTLY"),
        ("{" * 20_000, "INVALID_PARAMETER"),
        (nested(60), "TOO_COSTLY"),
        ("{ viewer { ...f } } fragment f on Viewer { ...f }", "INVALID_PARAMETER"),
        ("{ clients(first: " + "9" * 5000 + ") { totalCount } }", "INVALID_PARAMETER"),
        ('{ client(id: "\\u0000") { name } }', "INVALID_PARAMETER"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
async def test_a_refusal_has_its_code_and_no_data_the_second_time_as_well(
    gateway: Gateway, text: str, expected: str
) -> None:
    for _ in range(2):
        answer = await gateway.ask(text, token=VIEWER)
        assert "data" not in answer.body
        assert answer.error["extensions"]["code"] == expected
        assert answer.statements == []
