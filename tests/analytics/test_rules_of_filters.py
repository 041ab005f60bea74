"""Q1 to Q9 on events of every kind of value, with hostile names and values: what each condition finds."""

from typing import Any

import pytest

from parallax.db import Database
from tests.analytics.owning import Own, days, event
from tests.gateways import Gateway

VALUES: dict[str, Any] = {
    "NO": "NO", "no": "no", "blank": "", "text25": "25", "int": 25, "double": 25.0, "half": 2.5, "yes": True, "nay": False,
    "null": None, "object": {"b": 3, "c": {"d": "deep"}}, "array": ["NO"], "zero": -0.0, "huge": 1e21, "date": "2026-03-05",
    "text25.0": "25.0", "spaced": " 3 ", "largest": 1e308, "long": 9007199254740991,
    "emoji": "🙂 👩‍👩‍👧‍👦", "rtl": "\u202eexe.png\u200f",
    "sql": "'; drop table event_tail; -- \"%_\\", "word": "true",
}  # fmt: skip
MISSING = {"null", "missing"}
UNSET = MISSING | {"blank"}
ALL = {*VALUES, "missing"}
NUMBERS = {
    "int": 25,
    "double": 25,
    "text25": 25,
    "text25.0": 25,
    "half": 2.5,
    "zero": 0,
    "huge": 1e21,
    "spaced": 3,
    "largest": 1e308,
}
NUMBERS["long"] = 9007199254740991
TWENTY_FIVE = {"text25", "int", "double"}


@pytest.fixture(scope="module", params=["waiting", "folded"])
async def valued(request: pytest.FixtureRequest, ground: tuple[Gateway, Database]) -> Own:
    """An event for each value, named by it, with the value as `v`."""
    own = await Own.made(*ground, request.param == "folded", "Europe/Berlin")
    rows = [event("02T09:00", name=name, user="ada", v=value) for name, value in VALUES.items()]
    return await own.has(*rows, event("02T09:00", name="missing"))


@pytest.mark.parametrize(
    ("operator", "value", "found"),
    [
        # Q5, Q4: text forms, with case
        ("EQ", "NO", {"NO"}), ("EQ", 25, TWENTY_FIVE), ("EQ", "25", TWENTY_FIVE), ("EQ", 25.0, TWENTY_FIVE),
        ("EQ", "25.0", {"text25.0"}), ("EQ", True, {"yes", "word"}), ("EQ", "true", {"yes", "word"}), ("EQ", False, {"nay"}),
        ("EQ", "", {"blank"}), ("EQ", 0, {"zero"}), ("EQ", "-0", set()), ("EQ", "1" + "0" * 21, {"huge"}),
        ("EQ", 9007199254740991, {"long"}), ("EQ", "3", set()), ("EQ", VALUES["sql"], {"sql"}),
        ("EQ", VALUES["emoji"], {"emoji"}), ("EQ", VALUES["rtl"], {"rtl"}), ("EQ", "null", set()),
        ("IN", ["NO", 25, True], {"NO", "yes", "word"} | TWENTY_FIVE), ("IN", [], set()), ("IN", [""], {"blank"}),
        # Q6
        ("CONTAINS", "5", TWENTY_FIVE | {"half", "text25.0", "date", "long"}), ("CONTAINS", "%", {"sql"}),
        ("CONTAINS", "\\", {"sql"}), ("CONTAINS", "👧", {"emoji"}), ("CONTAINS", "_", {"sql"}),
        ("CONTAINS", "o", {"no", "sql"}),
        ("STARTS_WITH", "N", {"NO"}), ("STARTS_WITH", "tr", {"yes", "word"}), ("ENDS_WITH", "O", {"NO"}),
        ("ENDS_WITH", "\u200f", {"rtl"}), ("STARTS_WITH", "\u202e", {"rtl"}), ("ENDS_WITH", ".0", {"text25.0"}),
        # Q7: numbers with numbers, texts with texts
        ("GT", 3, {name for name, number in NUMBERS.items() if number > 3}),
        ("GTE", " 3 ", {name for name, number in NUMBERS.items() if number >= 3}),
        ("LT", "2.5e0", {"zero"}), ("LTE", "+2.5", {"zero", "half"}),
        ("GT", 1e308, set()), ("GTE", 1e308, {"largest"}),
        ("GT", "2026-03-04", {"date", "NO", "no", "word", "emoji", "rtl", "text25", "text25.0"}),
        ("LT", "0x1", {"blank", "spaced", "sql"}), ("GT", True, set()),
        # Q8
        ("REGEX", "^[0-9]+$", TWENTY_FIVE | {"zero", "huge", "long", "largest"}), ("REGEX", "(?i)^no$", {"NO", "no"}),
        ("REGEX", "(a+)+$", set()), ("REGEX", "^$", {"blank"}), ("REGEX", "\\p{So}", {"emoji"}),
        # Q2, Q3
        ("IS_SET", None, ALL - UNSET), ("IS_NOT_SET", None, UNSET),
    ],
)  # fmt: skip
async def test_q2_to_q8_what_a_condition_finds_and_its_opposite_does_not(
    valued: Own, operator: str, value: Any, found: set[str]
) -> None:
    assert await valued.names(f'field: "v", operator: {operator}, value: $x', value) == found
    opposite = {"EQ": "NE", "IN": "NOT_IN", "CONTAINS": "NOT_CONTAINS", "IS_SET": "IS_NOT_SET"}.get(operator)
    if opposite is not None:
        assert await valued.names(f'field: "properties.v", operator: {opposite}, value: $x', value) == ALL - found


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("v.b", 3, {"object"}),
        ("properties.v.c.d", "deep", {"object"}),
        ("v.b.c", "x", set()),
        ("v.0", "NO", set()),
        ("event", "NO", {"NO"}),
        ("user", "ada", ALL - {"missing"}),
        ("nothing", "x", set()),
        ("trait:nothing", "x", set()),
        ("app", "x", set()),
        ("session", "x", set()),
    ],
)
async def test_q1_a_field_is_found_where_it_says(valued: Own, field: str, value: Any, found: set[str]) -> None:
    assert await valued.names(f'field: "{field}", value: $x', value) == found
    assert await valued.names(f'field: "{field}", operator: NE, value: $x', value) == ALL - found


@pytest.mark.parametrize(
    ("operator", "value", "found"),
    [("EQ", "x", set()), ("IN", ["x"], set()), ("NE", "x", ALL), ("NOT_IN", ["x"], ALL), ("NOT_IN", [], ALL)],
)
async def test_q1_an_unknown_audience_has_no_members(valued: Own, operator: str, value: Any, found: set[str]) -> None:
    assert await valued.names(f'field: "audience", operator: {operator}, value: $x', value) == found


@pytest.mark.parametrize("operator", ["GT", "CONTAINS", "IS_SET", "REGEX", "STARTS_WITH", "LTE", "IS_NOT_SET"])
async def test_q1_an_audience_is_only_compared_with_ids(valued: Own, operator: str) -> None:
    answer = await valued.answered(
        f'metric(name: DAU, where: [{{field: "audience", operator: {operator}, value: "x"}}]) {{ total }}'
    )
    assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"
    assert list(answer.error["extensions"]["details"]) == ["where[0].operator"]


async def test_q1_conditions_hold_on_one_and_the_same_event(valued: Own) -> None:
    question = (
        f'metric(name: EVENTS, {days(2, 2)}, where: [{{field: "event", value: "NO"}}, {{field: "v", value: "%s"}}])'
    )
    assert await valued.total(question % "NO") == 1
    assert await valued.total(question % "no") == 0


async def test_q1_traits_have_dots_in_their_names_and_any_value(own: Own) -> None:
    odd = 'it\'s "odd"; -- 🙂.\u202e'
    await own.has(event("02T09:00", name="a", user="ada"), event("02T09:00", name="b", user="bob"))
    await own.knows("ada", **{"a.b": True, odd: odd, "n": 25})
    await own.knows("bob", a={"b": True}, n="25.0")
    assert await own.names('field: "trait:a.b", value: "true"') == {"a"}
    assert await own.names('field: "trait:n", operator: GTE, value: 25') == {"a", "b"}
    assert await own.names('field: "trait:n", value: 25') == {"a"}
    assert await own.names('field: "trait:a", operator: IS_SET') == {"b"}
    found = await own.ask(
        f"topEvents({days(1, 9)}, where: [{{field: $f, value: $x}}]) {{ name }}",
        given="$f: String!, $x: JSON",
        f=f"trait:{odd}",
        x=odd,
    )
    assert found == [{"name": "a"}]


# ---------------------------------------------------------------- hostile names and values, in and out again
NAMES = [
    "it's",
    '"quoted"',
    "'; drop table event_name; --",
    "🙂👩‍👩‍👧‍👦",
    "\u202egnp.exe",
    "a.b",
    "${jndi:x}",
    "x" * 200,
    "%",
    "\\",
    "null",
    " ",
    ":service",
]
KEPT = {
    "whole": 9007199254740993, "largest": 2**63 - 1, "least": -(2**63), "minus zero": -0.0, "big": 1e308, "tiny": 5e-324,
    "double": 3.0, "nested": {"a": [1, {"b": None, "c": [[]]}], "": {"🙂": "\u202e"}}, "quote'\"": "it's", "": "no name",
    "a.b": "dotted", ":message": "no log", "list": [1, "1", 1.0, True, None],
}  # fmt: skip


async def test_names_and_properties_come_back_as_they_were_sent(own: Own) -> None:
    await own.has(
        *(
            {"name": name, "at": f"2026-03-02T09:00:{at:02}Z", "user": name, "properties": KEPT}
            for at, name in enumerate(NAMES)
        )
    )
    nodes = (await own.ask("events { nodes { name properties userId user { externalId } } }"))["nodes"]
    assert [node["name"] for node in nodes] == NAMES[::-1]
    assert [node["userId"] for node in nodes] == [node["user"]["externalId"] for node in nodes] == NAMES[::-1]
    for node in nodes:
        assert node["properties"] == KEPT
        assert str(node["properties"]["minus zero"]) == "-0.0"
        assert [type(value) for value in node["properties"]["list"]] == [int, str, float, bool, type(None)]
        assert type(node["properties"]["double"]) is float
    assert {each["name"] for each in await own.ask(f"topEvents({days(2, 2)}, first: 50) {{ name }}")} == set(NAMES)
    for name in NAMES:
        assert await own.names('field: "event", value: $x', name) == {name}
        assert await own.names('field: "user", value: $x', name) == {name}


async def test_any_value_of_a_property_is_a_group_of_its_text_form(own: Own) -> None:
    await own.has(*(event("02T09:00", v=name) for name in NAMES), event("02T09:00", v=-0.0), event("02T09:00", v=1e308))
    wanted = {*NAMES, "0", "1" + "0" * 308}
    slices = await own.slices(f'metric(name: EVENTS, {days(2, 2)}, breakdown: "v")')
    assert {each[0] for each in slices} == wanted
    assert {each[2] for each in slices} == {1}
    top = await own.ask(f'topProperties(event: "open", property: "v", {days(2, 2)}, first: 50) {{ name count }}')
    assert {each["name"] for each in top} == wanted
    for name in NAMES:
        given = {"given": "$x: JSON", "x": name}
        found = await own.ask(
            f'metric(name: EVENTS, {days(2, 2)}, where: [{{field: "v", value: $x}}]) {{ total }}', **given
        )
        assert found == {"total": 1}, name


@pytest.mark.parametrize(
    "key", ["it's", '"', "'; --", "🙂", "\u202e", "x" * 200, "event", "user", "app", "session", "audience", "trait:x"]
)
async def test_any_key_of_a_property_is_a_field(own: Own, key: str) -> None:
    await own.has(event("02T09:00", user="ada"), {"name": "pay", "at": "2026-03-02T09:00:00Z", "properties": {key: 7}})
    field = f"properties.{key}"
    given = {"given": "$f: String!", "f": field}
    found = await own.ask(f"topEvents({days(2, 2)}, where: [{{field: $f, value: 7}}]) {{ name }}", **given)
    assert found == [{"name": "pay"}]
    given = {"given": "$f: String!", "f": field}
    found = await own.ask(
        f'propertyAggregate(event: "pay", property: $f, {days(2, 2)}, breakdown: $f) {{ total breakdown {{ dimension }} }}',
        **given,
    )
    assert found == {"total": 7, "breakdown": [{"dimension": "7"}]}
