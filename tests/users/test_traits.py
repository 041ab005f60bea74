"""I8: what traits come to, in types and in whose value counts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.db import Database
from parallax.engine.traits import changed, effective, loaded, shown, stored
from parallax.usage.reports import Rejected
from parallax.users.declared import Declared, read
from tests.users.known import belongs, declare, people, users_by_trait

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
LEAVES = (
    st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
OWN = st.dictionaries(st.sampled_from("abc"), st.tuples(st.integers(1, 9), st.sampled_from(["1", "2", "3"])))


def same(a: Any, b: Any) -> bool:
    return repr(a) == repr(b)  # 1 is not 1.0, and -0.0 not 0.0


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_a_value_keeps_its_type(given_: dict[str, Any]) -> None:
    assert isinstance(read(0, {"id": "ada", "traits": given_}), Declared)
    own = loaded(stored(changed({}, given_, 1)))
    assert same(shown(effective(own, [])), {name: given_[name] for name in sorted(given_)})


@given(OWN, st.lists(OWN, max_size=3))
def test_own_values_win_and_else_the_one_set_last(own: Any, others: list[Any]) -> None:
    told = effective(own, others)
    assert told.keys() == set(own).union(*others)
    for name, text in told.items():
        if name in own:
            assert text == own[name][1]
        else:
            last = max(other[name][0] for other in others if name in other)
            assert text in {other[name][1] for other in others if name in other and other[name][0] == last}


def test_null_removes_as_if_never_set() -> None:
    own = changed(changed({}, {"plan": "free", "age": 3}, 1), {"plan": None, "none": None}, 2)
    assert own == {"age": (1, "3")}
    assert stored(changed(own, {"age": None}, 3)) is None


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({}, "id"),
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"id": "x" * 501}, "id"),
        ({"id": "a\0"}, "id"),
        ({"id": "\ud800"}, "id"),
        ({"id": "ada", "aliases": ["x", ""]}, "aliases"),
        ({"id": "ada", "aliases": "x"}, "aliases"),
        ({"id": "ada", "aliases": ["x"] * 1001}, "aliases"),
        ({"id": "ada", "traits": []}, "traits"),
        ({"id": "ada", "traits": {"x" * 201: 1}}, "traits"),
        ({"id": "ada", "traits": {"a": {"x" * 201: 1}}}, "traits"),
        ({"id": "ada", "traits": {"a": "x" * 65_536}}, "traits"),
        ({"id": "ada", "traits": {"a": "nul\0"}}, "traits"),
        ({"id": "ada", "traits": {"nul\0": 1}}, "traits"),
        ({"id": "ada", "traits": {"a": "\udfff"}}, "traits"),
        ({"id": "ada", "traits": {"a": 2**64}}, "traits"),
        ({"id": "ada", "traits": {"a": float("inf")}}, "traits"),
        ({"id": "ada", "name": "Ada"}, "name"),
    ],
)
def test_what_cannot_be_kept_is_rejected_by_the_field_at_fault(row: dict[str, Any], field: str) -> None:
    told = read(3, row)
    assert isinstance(told, Rejected)
    assert (told.place, told.field) == (3, field)


def test_twenty_levels_are_kept_and_no_more() -> None:
    def nested(levels: int) -> Any:
        value: Any = 1
        for level in range(levels - 1):
            value = [value] if level % 2 else {"in": value}
        return {"id": "ada", "traits": {"in": value}}

    assert isinstance(read(0, nested(20)), Declared)
    assert isinstance(read(0, nested(21)), Rejected)
    assert isinstance(read(0, nested(100_000)), Rejected)
    assert isinstance(read(0, {"id": "ada", "traits": {"a": "\\u0000"}}), Declared)


async def test_traits_are_merged_key_by_key_and_move_with_the_user(db: Database) -> None:
    await people(db, [])
    await declare(db, {"id": "x7", "traits": {"plan": "free", "country": "NO"}})
    assert await users_by_trait(db) == {("plan", '"free"'): {"x7"}, ("country", '"NO"'): {"x7"}}

    told = await declare(db, {"id": "ada", "traits": {"plan": "pro"}}, {"id": "x7", "traits": {"country": None}})
    assert (told.accepted, told.rejected) == (2, [])
    assert await users_by_trait(db) == {("plan", '"free"'): {"x7"}, ("plan", '"pro"'): {"ada"}}

    # Her own value wins although the other was set last; keys that she does not have are the others'.
    await declare(db, {"id": "x7", "traits": {"plan": "team", "seats": 5}}, {"id": "ada", "aliases": ["x7"]})
    assert await users_by_trait(db) == {("plan", '"pro"'): {"ada"}, ("seats", "5"): {"ada"}}

    await declare(db, {"id": "ada", "traits": {"plan": None}})
    assert await users_by_trait(db) == {("plan", '"team"'): {"ada"}, ("seats", "5"): {"ada"}}


async def test_of_two_other_ids_the_value_set_last_counts_also_within_a_call(db: Database) -> None:
    await people(db, [])
    await declare(db, {"id": "ada", "aliases": ["x7", "x8"]})
    await declare(db, {"id": "x8", "traits": {"plan": "free"}}, {"id": "x7", "traits": {"plan": "pro"}})
    assert await users_by_trait(db) == {("plan", '"pro"'): {"ada"}}
    await declare(db, {"id": "x8", "traits": {"plan": "free"}})
    assert await users_by_trait(db) == {("plan", '"free"'): {"ada"}}


async def test_a_user_has_no_more_traits_than_one_call_may_send(db: Database) -> None:
    await people(db, [])
    half = "x" * 40_000
    assert (await declare(db, {"id": "ada", "traits": {"one": half}})).accepted == 1
    told = await declare(db, {"id": "ada", "aliases": ["x7"], "traits": {"two": half}}, {"id": "bob"})
    assert told.accepted == 1
    assert [(each.place, each.field) for each in told.rejected] == [(0, "traits")]
    assert await belongs(db) == {"ada": "ada", "bob": "bob"}  # nothing of the row was taken
