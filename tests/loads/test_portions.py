"""Lines of a file as rows: each is told by its number, and none is taken for another."""

import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from uuid import UUID

from parallax.loads.files import Source
from parallax.loads.portions import Parser, Portion

CLIENT = UUID("018f0000-0000-7000-8000-000000000001")
USAGE = (
    b'{"usage": {"app": "%s", "user": "ada", "date": "2026-03-01", "activeMs": 1, "sessions": 1}}'
    % str(CLIENT).encode()
)
EVENT = b'{"name": "open", "user": "ada"}'


def portions(text: bytes, rows: int = 100, stored: int = 0, kind: str = "event", is_csv: bool = False) -> list[Portion]:
    raw = io.BufferedReader(io.BytesIO(text))
    parser = Parser(
        CLIENT, Source("-", None, raw, raw, is_csv), kind, date(2026, 3, 20), lambda: datetime(2026, 3, 20, tzinfo=UTC)
    )
    return list(parser.portions(rows, stored))


def places(found: Iterable[Portion]) -> list[int]:
    return [place for portion in found for place in portion.events.places]


def test_all_kinds_stand_in_one_file() -> None:
    text = b"\n".join([
        EVENT, b'{"identify": {"id": "ada", "aliases": ["x7"]}}', b'{"log": {"message": "hello"}}',
        USAGE,
        b'{"log": {"message": "hello"}, "name": "open"}', b'{"log": 1}', b"[]",
    ])  # fmt: skip
    [portion] = portions(text)

    assert (portion.events.places, portion.logs.places) == ([1], [3])
    assert [user.place for user in portion.users] == [2]
    assert [report.place for report in portion.reports] == [4]
    assert sorted(row.place for row in portion.rejected) == [5, 6, 7]


def test_a_row_that_does_not_say_what_it_is_is_of_the_kind_of_the_file() -> None:
    [portion] = portions(b'{"message": "bare"}\n{"log": {"message": "named"}}\n{"message": "bare"}', kind="log")
    assert portion.logs.places == [1, 2, 3]
    assert not portion.rejected


def test_lines_that_are_only_together_what_they_are_alone_not_are_refused_each() -> None:
    """Joined they would be valid JSON of the right length."""
    text = b'{"name": "open", "properties": {"a": [1\n2]}}\n' + EVENT + b"," + EVENT + b"\n" + EVENT
    [portion] = portions(text)

    assert portion.events.places == [4]
    assert sorted(row.place for row in portion.rejected) == [1, 2, 3]


def test_portions_cut_anywhere_hold_each_line_once_and_begin_behind_what_is_stored() -> None:
    text = b"\n".join([EVENT] * 10) + b"\n\n" + EVENT
    whole = [*range(1, 11), 12]
    for rows in range(1, 14):
        for stored in range(14):
            found = portions(text, rows, stored)
            assert places(found) == [place for place in whole if place > stored]
            assert all(portion.first_line > stored for portion in found)


def test_a_table_that_goes_on_in_the_middle_still_knows_its_header() -> None:
    text = b"name,user\n" + b"open,ada\n" * 9
    assert places(portions(text, 3, stored=5, is_csv=True)) == [6, 7, 8, 9, 10]


def test_a_table_without_a_usable_header_is_a_problem_and_nothing_of_it_is_read() -> None:
    [portion] = portions(b"nome,user\n" + b"open,ada\n" * 9, 3, is_csv=True)
    assert portion.problem is not None
    assert "the header of --kind event must have name" in portion.problem
    assert not len(portion)
