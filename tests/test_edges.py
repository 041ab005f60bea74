"""Edges of buckets as instants, and the days that a trailing measure looks back over."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.edges import day_edges_us, edges_us, windows
from parallax.periods import FROM_DAY, Axis, Granularity, Period, axis, ends_at, starts_at

BERLIN = "Europe/Berlin"
ZONES = (
    "UTC",
    BERLIN,
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Toronto",
    "America/Havana",
    "America/Anchorage",
    "Asia/Kathmandu",
    "Asia/Manila",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Africa/Monrovia",
    "Antarctica/Casey",
)


def day(text: str) -> date:
    return date.fromisoformat(text)


def by(granularity: str, start: str, end: str, today: str, zone: str = BERLIN) -> Axis:
    return axis(Period(day(start), day(end)), Granularity[granularity], zone, day(today))


def us(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


# ---------------------------------------------------------------- edges


def test_days_begin_at_local_midnight_whatever_the_clock_does() -> None:
    edges = day_edges_us(day("2026-03-28"), day("2026-03-30"), BERLIN)

    assert edges[0] == us(datetime(2026, 3, 27, 23, tzinfo=UTC))
    assert [over - begins for begins, over in pairwise(edges)] == [hours * 3_600_000_000 for hours in (24, 23, 24)]


def test_t2_a_day_left_out_is_listed_and_has_no_length() -> None:
    edges = edges_us(by("DAY", "2011-12-29", "2011-12-31", "2026-03-11", "Pacific/Apia"))

    assert [(over - begins) // 3_600_000_000 for begins, over in pairwise(edges)] == [24, 0, 24]


def test_t7_the_first_and_the_last_edge_are_those_of_the_period() -> None:
    edges = edges_us(by("WEEK", "2026-03-03", "2026-03-10", "2026-03-11"))

    assert list(edges) == [
        us(datetime(2026, 3, 2, 23, tzinfo=UTC)),
        us(datetime(2026, 3, 8, 23, tzinfo=UTC)),
        us(datetime(2026, 3, 10, 23, tzinfo=UTC)),
    ]


@given(st.dates(date(1, 1, 1), date(9990, 12, 30)), st.integers(0, 1_200), st.sampled_from(ZONES))
def test_each_day_has_the_edge_that_it_has_alone(first: date, more: int, zone: str) -> None:
    last = first + timedelta(more)
    edges = day_edges_us(first, last, zone)

    assert len(edges) == more + 2
    for step in {0, more // 2, more}:
        assert edges[step] == us(starts_at(first + timedelta(step), zone))
    assert edges[-1] == us(ends_at(last, zone))


@pytest.mark.parametrize("zone", ZONES)
def test_every_day_of_three_centuries_has_the_edge_that_it_has_alone(zone: str) -> None:
    first, last = date(1840, 1, 1), date(2140, 12, 31)
    edges = day_edges_us(first, last, zone)

    assert [
        first + timedelta(step)
        for step, edge in enumerate(edges)
        if edge != us(starts_at(first + timedelta(step), zone))
    ] == []


@given(
    st.dates(date(1900, 1, 1), date(2035, 12, 31)),
    st.integers(0, 900),
    st.sampled_from(FROM_DAY),
    st.sampled_from(ZONES),
)
def test_edges_are_those_of_the_spans(start: date, more: int, granularity: Granularity, zone: str) -> None:
    line = axis(Period(start, start + timedelta(more)), granularity, zone, start)

    assert list(edges_us(line)) == [
        *(us(starts_at(span.start, zone)) for span in line.spans),
        us(ends_at(line.period.end, zone)),
    ]


# ---------------------------------------------------------------- A2: windows


def test_a2_a_window_ends_with_its_day_and_looks_back_before_the_period() -> None:
    week = windows(by("DAY", "2026-03-02", "2026-03-04", "2026-03-11"), 7, day("2026-03-11"))

    assert week == [
        Period(day("2026-02-24"), day("2026-03-02")),
        Period(day("2026-02-25"), day("2026-03-03")),
        Period(day("2026-02-26"), day("2026-03-04")),
    ]
    assert {window.days for window in week} == {7}


def test_a2_a_window_ends_with_the_period_or_today_where_those_come_first() -> None:
    by_period = windows(by("WEEK", "2026-03-02", "2026-03-10", "2026-03-31"), 7, day("2026-03-31"))
    by_today = windows(by("MONTH", "2026-02-01", "2026-04-30", "2026-03-11"), 30, day("2026-03-11"))

    assert [window.end for window in by_period] == [day("2026-03-08"), day("2026-03-10")]
    assert by_today == [
        Period(day("2026-01-30"), day("2026-02-28")),
        Period(day("2026-02-10"), day("2026-03-11")),
    ]


def test_a2_of_a_week_that_has_begun_before_the_days_asked_for_the_window_ends_today() -> None:
    line = by("WEEK", "2026-03-13", "2026-03-15", "2026-03-11")

    assert windows(line, 7, day("2026-03-11")) == [Period(day("2026-03-05"), day("2026-03-11"))]


def test_t10_what_has_not_begun_has_no_window() -> None:
    assert windows(by("DAY", "2026-03-12", "2026-03-15", "2026-03-11"), 7, day("2026-03-11")) == []


def test_a_window_does_not_reach_back_before_the_calendar() -> None:
    assert windows(by("DAY", "0001-01-03", "0001-01-03", "2026-03-11"), 30, day("2026-03-11")) == [
        Period(day("0001-01-01"), day("0001-01-03"))
    ]
