"""Rows of CSV are what the same objects of NDJSON are."""

import pytest

from parallax.loads.files import Unusable
from parallax.loads.tables import Table, typed


def row(kind: str, header: str, line: str) -> dict[str, object]:
    return Table(kind, header.encode()).row(line.encode())


def test_a_row_of_events_has_its_properties_in_columns_of_their_own() -> None:
    header = "id,at,name,user,properties.plan,properties.amount,properties.a.b"
    assert row("event", header, "e1,2026-03-02T09:00:00Z,pay,ada,pro,10,true") == {
        "id": "e1", "at": "2026-03-02T09:00:00Z", "name": "pay", "user": "ada",
        "properties": {"plan": "pro", "amount": 10, "a.b": True},
    }  # fmt: skip


def test_an_empty_cell_is_as_if_absent() -> None:
    assert row("event", "name,user,properties.plan", "pay,,") == {"name": "pay"}


def test_aliases_are_separated_by_blanks() -> None:
    assert row("identify", "id,aliases,traits.plan", "ada,x7 x8,pro") == {
        "id": "ada", "aliases": ["x7", "x8"], "traits": {"plan": "pro"},
    }  # fmt: skip


def test_a_log_has_its_message_in_quotes_where_a_comma_is_in_it() -> None:
    assert row("log", "level,message", 'ERROR,"no, thanks"') == {"level": "ERROR", "message": "no, thanks"}


@pytest.mark.parametrize(
    ("text", "value"),
    [("10", 10), ("-1", -1), ("1.50", 1.5), ("1e3", 1000.0), ("0", 0), ("true", True), ("false", False),
     ("010", "010"), ("+1", "+1"), ("1,5", "1,5"), ("null", "null"), ("True", "True"), (" 1", " 1"), ("1e9999", "1e9999"),
     ("NaN", "NaN"), ("1234567890123456789", "1234567890123456789"), ("0x1", "0x1"), ("", "")],
)  # fmt: skip
def test_what_json_would_read_as_a_number_or_a_truth_value_is_one(text: str, value: object) -> None:
    assert (typed(text), type(typed(text))) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "header"),
    [("event", "id,user"), ("event", "name,nome"), ("event", "name,name"), ("event", "name,properties"),
     ("event", "name,properties."), ("event", "name,traits.plan"), ("log", "level"), ("identify", "aliases"),
     ("usage", "app,user,date,activeMs")],
)  # fmt: skip
def test_a_header_that_cannot_be_meant_is_refused_with_what_it_may_have(kind: str, header: str) -> None:
    with pytest.raises(Unusable, match="the header"):
        Table(kind, header.encode())
