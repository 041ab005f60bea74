"""I1: whose an id is, and what may be declared of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.users.links import Circle, Links, Refused, Taken

ADA, BOB, CYD, X, Y = range(1, 6)


def test_an_id_belongs_to_whom_it_was_declared_to() -> None:
    links = Links({})
    links.declare(ADA, [X, Y])
    assert [links.user(each) for each in (ADA, X, Y, BOB)] == [ADA, ADA, ADA, BOB]
    assert links.moved == {X: ADA, Y: ADA}


def test_declarations_chain_in_either_order() -> None:
    upwards, downwards = Links({}), Links({})
    upwards.declare(Y, [X])
    upwards.declare(ADA, [Y])
    downwards.declare(ADA, [Y])
    downwards.declare(Y, [X])
    assert upwards.moved == downwards.moved == {X: ADA, Y: ADA}


def test_a_chain_goes_on_from_what_was_declared_before() -> None:
    links = Links({X: Y})
    links.declare(ADA, [Y])
    assert links.user(X) == ADA
    assert links.moved == {Y: ADA}


def test_the_same_twice_changes_nothing() -> None:
    links = Links({X: ADA})
    links.declare(ADA, [X, X])
    links.declare(X, [X][:0])
    assert links.moved == {}


@pytest.mark.parametrize(
    ("before", "actor", "alias"), [({}, ADA, ADA), ({X: ADA}, X, ADA), ({X: Y, Y: ADA}, X, ADA), ({X: ADA}, X, X)]
)
def test_a_circle_is_refused(before: dict[int, int], actor: int, alias: int) -> None:
    flat = Links({each: Links(before).user(before[each]) for each in before})
    with pytest.raises(Circle):
        flat.declare(actor, [alias])


def test_an_id_is_not_given_to_a_second_user_nor_are_its_neighbours_of_the_row() -> None:
    links = Links({X: ADA})
    with pytest.raises(Taken) as refused:
        links.declare(BOB, [Y, X])
    assert refused.value.alias == X
    assert links.user(Y) == Y
    assert links.moved == {}


def test_a_chain_of_ten_thousand_is_no_burden() -> None:
    links = Links({})
    for each in range(10_000):
        links.declare(each + 1, [each])
    assert set(links.moved.values()) == {10_000}


@given(st.lists(st.tuples(st.integers(1, 6), st.lists(st.integers(1, 6), max_size=3)), max_size=12), st.integers(0, 12))
def test_however_it_is_cut_into_calls_it_comes_to_the_same(said: list[tuple[int, list[int]]], cut: int) -> None:
    def told(links: Links, part: list[tuple[int, list[int]]]) -> list[bool]:
        taken = []
        for actor, aliases in part:
            try:
                links.declare(actor, aliases)
                taken.append(True)
            except Refused:
                taken.append(False)
        return taken

    whole, first = Links({}), Links({})
    answers = told(whole, said)
    early = told(first, said[:cut])
    second = Links({each: first.user(each) for each in range(1, 7) if first.user(each) != each})
    assert early + told(second, said[cut:]) == answers
    assert [second.user(each) for each in range(1, 7)] == [whole.user(each) for each in range(1, 7)]
