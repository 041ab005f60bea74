"""Lines of several kinds: each goes where it belongs, at the place where it stood."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.events.mixture import EVENT, IDENTIFY, LOG, USAGE, mixed, mixed_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ROWS = st.dictionaries(st.sampled_from(["name", "at", "identify", "log", "usage", "event"]), VALUES, max_size=3)


def test_lines_are_sorted_by_kind_and_keep_their_places() -> None:
    rows: list[Any] = [
        {"name": "opened"},
        {"log": {"message": "hello"}},
        {"identify": {"id": "ada"}},
        {"usage": {"user": "ada"}},
        {"name": "closed", "properties": {"log": 1}},
    ]
    mixture = mixed(rows)
    assert {kind: (lines.places, lines.rows) for kind, lines in mixture.by_kind.items()} == {
        EVENT: ([0, 4], [rows[0], rows[4]]),
        LOG: ([1], [{"message": "hello"}]),
        IDENTIFY: ([2], [{"id": "ada"}]),
        USAGE: ([3], [{"user": "ada"}]),
    }
    assert mixture.rejected == []


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ({"log": {"message": "x"}, "name": "y"}, "log", "only field"),
        ({"log": {"message": "x"}, "usage": {}}, "log", "only field"),
        ({"identify": None}, "identify", "JSON object"),
        ({"usage": [{"user": "ada"}]}, "usage", "JSON object"),
        ([], "", "JSON object"),
        (None, "", "JSON object"),
        ("name", "", "JSON object"),
        (7, "", "JSON object"),
    ],
)
def test_a_line_of_no_kind_says_what_would_be_one(row: object, field: str, words: str) -> None:
    mixture = mixed([{"name": "before"}, row, {"name": "after"}])
    [rejected] = mixture.rejected
    assert (rejected.place, rejected.field) == (1, field)
    assert words in rejected.message
    assert mixture.by_kind[EVENT].places == [0, 2]


@pytest.mark.parametrize(
    "line", [b"{", b'{"name": "\\ud800"}', b"\xff\xfe", b"[" * 5000, b'{"name": NaN}', b'{"a":1}{"a":2}']
)
def test_a_line_that_is_not_json_hides_none_of_its_neighbours(line: bytes) -> None:
    mixture = mixed_text([b'{"name": "before"}', line, b'{"name": "after"}'])
    [rejected] = mixture.rejected
    assert rejected.place == 1
    assert "not JSON" in rejected.message
    assert mixture.by_kind[EVENT].places == [0, 2]


def test_blank_lines_are_none_but_count_as_places() -> None:
    mixture = mixed_text([b"", b'{"name": "a"}\r', b"  \t", b'{"name": "b"}'])
    assert mixture.by_kind[EVENT].places == [1, 3]
    assert len(mixture) == 2


@given(st.lists(ROWS | VALUES, max_size=20))
def test_no_line_is_lost_or_counted_twice(rows: list[Any]) -> None:
    for mixture in (mixed(rows), mixed_text(orjson.dumps(row) for row in rows)):
        places = [row.place for row in mixture.rejected]
        for lines in mixture.by_kind.values():
            places += lines.places
        assert sorted(places) == list(range(len(rows)))
        assert len(mixture) == len(rows)
