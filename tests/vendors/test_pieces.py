"""Pieces are covered by as few calls as a vendor's lists and windows allow."""

from collections.abc import Mapping
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from parallax.vendors.pieces import Cover, Piece, covers

FIRST = date(2026, 2, 2)
DAILY = (("granularity", "daily"),)


def of_days(app: str, country: str, days: range, shared: tuple[tuple[str, str], ...] = DAILY) -> list[Piece]:
    return [Piece("sales", shared, (app, country), FIRST + timedelta(day)) for day in days]


def day_after(day: date, _: Mapping[str, str]) -> date:
    return day + timedelta(1)


def by_week(pieces: list[Piece], most: tuple[int, int] = (100, 1000)) -> list[Cover]:
    return list(covers(pieces, most, lambda _: 7, day_after))


def test_fifty_apps_over_four_weeks_are_four_calls() -> None:
    pieces = [piece for app in range(50) for piece in of_days(str(app), "WW", range(28))]
    found = by_week(pieces)
    assert [len(cover.buckets) for cover in found] == [7, 7, 7, 7]
    assert all(len(cover.lists[0]) == 50 and cover.lists[1] == ("WW",) for cover in found)


def test_countries_of_several_fields_are_joined_into_one_list() -> None:
    pieces = [*of_days("a", "NO", range(7)), *of_days("b", "SE", range(7))]
    [cover] = by_week(pieces)
    assert cover.lists == (("a", "b"), ("NO", "SE"))
    assert len(cover.pieces) == 2 * 2 * 7  # what nobody wants comes along, and is kept


def test_a_window_begins_where_something_is_wanted_and_ends_there_too() -> None:
    found = by_week([*of_days("a", "NO", range(3)), *of_days("a", "NO", range(100, 102))])
    assert [(cover.buckets[0], len(cover.buckets)) for cover in found] == [
        (FIRST, 3),
        (FIRST + timedelta(100), 2),
    ]


def test_a_list_is_cut_at_the_vendor_s_limit() -> None:
    pieces = [piece for app in range(12) for piece in of_days(str(app), "NO", range(1))]
    assert sorted(len(cover.lists[0]) for cover in by_week(pieces, (5, 10))) == [2, 5, 5]


def test_what_is_asked_otherwise_is_another_call() -> None:
    weekly = (("granularity", "weekly"),)
    assert len(by_week([*of_days("a", "NO", range(1)), *of_days("a", "NO", range(1), weekly)])) == 2


def test_pieces_without_buckets_are_one_call_a_chunk() -> None:
    pieces = [Piece("apps", (), (str(app),)) for app in range(250)]
    found = list(covers(pieces, (100,)))
    assert [len(cover.pieces) for cover in found] == [100, 100, 50]
    assert all(cover.buckets == () and piece.bucket is None for cover in found for piece in cover.pieces)


def test_an_answer_is_not_joined_beyond_what_was_wanted_where_it_would_be_huge() -> None:
    """A thousand apps in as many countries each, one country in common: not a million cells."""
    pieces = [piece for app in range(300) for piece in of_days(f"{app:03}", f"{app:03}", range(1))]
    found = by_week(pieces, (1000, 1000))
    assert sum(len(cover.pieces) for cover in found) < 50_000


@given(
    st.sets(st.tuples(st.sampled_from("abcdefg"), st.sampled_from(["NO", "SE", "DK"]), st.integers(0, 60)), min_size=1),
    st.integers(1, 5),
    st.integers(1, 3),
)
def test_every_piece_is_covered_within_the_limits(wanted: set[tuple[str, str, int]], apps: int, countries: int) -> None:
    pieces = [Piece("sales", DAILY, (app, country), FIRST + timedelta(day)) for app, country, day in wanted]
    found = by_week(pieces, (apps, countries))
    assert {piece for cover in found for piece in cover.pieces} >= set(pieces)
    assert all(len(cover.lists[0]) <= apps and len(cover.lists[1]) <= countries for cover in found)
    assert all(1 <= len(cover.buckets) <= 7 for cover in found)
    for cover in found:
        assert cover.buckets == tuple(cover.buckets[0] + timedelta(at) for at in range(len(cover.buckets)))


@given(st.sets(st.integers(0, 80), min_size=1))
def test_no_fewer_windows_would_do(days: set[int]) -> None:
    found = by_week([piece for day in days for piece in of_days("a", "NO", range(day, day + 1))])
    # Days that are seven or more apart, taken from the first on, each need a call of their own.
    apart, last = 0, -7
    for day in sorted(days):
        if day - last >= 7:
            apart, last = apart + 1, day
    assert len(found) == apart
