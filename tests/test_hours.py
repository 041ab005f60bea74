"""Hours and minutes (rules T and C): the examples, the days on which a clock changes, and a plain walk along the clock."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallax.comparison import Compared, compared
from parallax.edges import edges_us
from parallax.errors import InvalidParameter
from parallax.periods import Axis, Comparison, Granularity, Period, axis, bucket_count, ends_at, starts_at, today

BERLIN = "Europe/Berlin"
LATER = datetime(2030, 1, 1, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def days(start: str, end: str) -> Period:
    return Period(day(start), day(end))


def by(granularity: str, start: str, end: str, zone: str = BERLIN, now: datetime = LATER) -> Axis:
    return axis(days(start, end), Granularity[granularity], zone, today(now, zone), now)


def beside(how: str, granularity: str, start: str, end: str, zone: str = BERLIN, now: datetime = LATER) -> Compared:
    return compared(by(granularity, start, end, zone, now), Comparison[how], today(now, zone), now)


def lengths(line: Axis) -> list[timedelta]:
    return [timedelta(microseconds=over - begins) for begins, over in pairwise(edges_us(line))]


# ---------------------------------------------------------------- T3, T7, T8: where they begin


def test_t3_a_day_of_hours_has_as_many_as_the_clock_shows() -> None:
    usual, shorter, longer = (by("HOUR", of, of) for of in ("2026-03-28", "2026-03-29", "2026-10-25"))

    assert [len(line.dates) for line in (usual, shorter, longer)] == [24, 23, 25]
    assert usual.date_texts == ("2026-03-28",) * 24
    assert (usual.at_texts[0], usual.at_texts[-1]) == ("2026-03-28T00:00:00+01:00", "2026-03-28T23:00:00+01:00")


def test_t3_a_skipped_hour_is_none_and_one_shown_twice_is_two() -> None:
    shorter, longer = by("HOUR", "2026-03-29", "2026-03-29"), by("HOUR", "2026-10-25", "2026-10-25")

    assert shorter.at_texts[1:3] == ("2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00")
    assert longer.at_texts[2:4] == ("2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00")
    assert set(lengths(shorter)) == set(lengths(longer)) == {HOUR}


def test_t3_a_minute_of_an_hour_shown_twice_is_two() -> None:
    longer = by("MINUTE", "2026-10-25", "2026-10-25")

    assert len(longer.dates) == 25 * 60
    assert longer.at_texts[120] == "2026-10-25T02:00:00+02:00"
    assert longer.at_texts[180] == "2026-10-25T02:00:00+01:00"


@pytest.mark.parametrize(
    ("zone", "first", "minute_utc"),
    [
        ("Asia/Kolkata", "2026-03-02T00:00:00+05:30", 30),
        ("Asia/Kathmandu", "2026-03-02T00:00:00+05:45", 15),
        ("America/St_Johns", "2026-03-02T00:00:00-03:30", 30),
    ],
)
def test_t3_hours_begin_where_the_local_clock_shows_minute_00(zone: str, first: str, minute_utc: int) -> None:
    line = by("HOUR", "2026-03-02", "2026-03-02", zone)

    assert line.at_texts[0] == first
    assert {datetime.fromisoformat(text).astimezone(UTC).minute for text in line.at_texts} == {minute_utc}


@pytest.mark.parametrize(
    ("of", "at", "next_at"),
    [
        ("2026-04-05", "2026-04-05T01:00:00+11:00", "2026-04-05T02:00:00+10:30"),
        ("2026-10-04", "2026-10-04T01:00:00+10:30", "2026-10-04T03:00:00+11:00"),
    ],
)
def test_t3_where_a_clock_moves_by_30_minutes_one_hour_has_90(of: str, at: str, next_at: str) -> None:
    line = by("HOUR", of, of, "Australia/Lord_Howe")
    longest = lengths(line).index(timedelta(minutes=90))

    assert line.at_texts[longest : longest + 2] == (at, next_at)
    assert sum(length != HOUR for length in lengths(line)) == 1


def test_t3_a_day_that_begins_at_01_00_has_23_hours() -> None:
    line = by("HOUR", "2018-11-04", "2018-11-04", "America/Sao_Paulo")

    assert (len(line.dates), line.at_texts[0]) == (23, "2018-11-04T01:00:00-02:00")


def test_t3_of_a_day_left_out_there_are_no_hours() -> None:
    around = by("HOUR", "2011-12-29", "2011-12-31", "Pacific/Apia")
    alone = by("HOUR", "2011-12-30", "2011-12-30", "Pacific/Apia")

    assert sorted(set(around.date_texts)) == ["2011-12-29", "2011-12-31"]
    assert len(around.dates) == 48
    assert around.at_texts[23:25] == ("2011-12-29T23:00:00-10:00", "2011-12-31T00:00:00+14:00")
    assert (alone.dates, alone.spans, alone.begun) == ((), (), 0)
    assert len(edges_us(alone)) == 1


def test_t8_a_minute_shown_once_more_belongs_to_the_day_that_holds_it() -> None:
    """St. John's turned its clock back from 00:01 to 23:01: the clock shows the day before for 59 minutes more."""
    line = by("MINUTE", "2010-11-07", "2010-11-07", "America/St_Johns")

    assert line.at_texts[:2] == ("2010-11-07T00:00:00-02:30", "2010-11-06T23:01:00-03:30")
    assert set(line.date_texts) == {"2010-11-07"}
    assert len(line.dates) == 25 * 60


def test_t7_an_hour_that_a_day_begins_in_is_listed_on_both_days_and_holds_only_the_periods_part() -> None:
    """Toronto's clock jumped over the midnight of 31 March 1919, from 23:30 to 00:30."""
    before = by("HOUR", "1919-03-30", "1919-03-30", "America/Toronto")
    after = by("HOUR", "1919-03-31", "1919-03-31", "America/Toronto")
    both = by("HOUR", "1919-03-30", "1919-03-31", "America/Toronto")

    assert before.at_texts[-1] == after.at_texts[0] == "1919-03-30T23:00:00-05:00"
    assert (before.partial[-2:], after.partial[:2]) == ((False, True), (True, False))
    assert lengths(before)[-1] == lengths(after)[0] == timedelta(minutes=30)
    assert after.date_texts[:2] == ("1919-03-30", "1919-03-31")
    assert after.spans[0] == days("1919-03-31", "1919-03-31")
    assert both.spans[23] == both.period
    assert not any(both.partial)


def test_t8_an_offset_with_seconds_is_rounded_up_and_the_instant_is_exact() -> None:
    """Monrovia was 44 minutes and 30 seconds behind UTC until the midnight of 7 January 1972, which its clock left out."""
    line = by("MINUTE", "1972-01-06", "1972-01-07", "Africa/Monrovia")

    assert line.at_texts[0] == "1972-01-06T00:00:30-00:44"
    assert datetime.fromisoformat(line.at_texts[0]) == starts_at(day("1972-01-06"), "Africa/Monrovia")
    last = line.date_texts.index("1972-01-07") - 1
    assert line.at_texts[last : last + 2] == ("1972-01-06T23:59:30-00:44", "1972-01-07T00:45:00+00:00")
    assert lengths(line)[last] == timedelta(seconds=90)


# ---------------------------------------------------------------- T9, T10: what is over


def test_t9_an_hour_is_partial_until_it_is_over_and_t10_told_apart_until_it_begins() -> None:
    half_past = by("HOUR", "2026-03-11", "2026-03-12", now=datetime(2026, 3, 11, 9, 30, tzinfo=UTC))

    assert (half_past.begun, half_past.at_texts[half_past.begun - 1]) == (11, "2026-03-11T10:00:00+01:00")
    assert half_past.partial == (False,) * 10 + (True,) * 38


def test_t9_a_bucket_that_ends_now_is_over_and_the_next_has_begun() -> None:
    now = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
    line, earlier = (by("MINUTE", "2026-03-11", "2026-03-11", now=at) for at in (now, now - timedelta(microseconds=1)))

    assert (line.begun, line.partial.index(True)) == (10 * 60 + 31, 10 * 60 + 30)
    assert (earlier.begun, earlier.partial.index(True)) == (10 * 60 + 30, 10 * 60 + 29)


def test_t9_the_last_hour_of_a_period_is_partial_until_the_period_is_over() -> None:
    midnight = starts_at(day("2026-03-12"), BERLIN)
    almost, over = (by("HOUR", "2026-03-11", "2026-03-11", now=at) for at in (midnight - MINUTE, midnight))

    assert (almost.begun, almost.partial) == (24, (False,) * 23 + (True,))
    assert (over.begun, over.partial) == (24, (False,) * 24)


def test_an_axis_does_not_remember_the_clock_of_the_one_before() -> None:
    lines = [by("HOUR", "2026-03-11", "2026-03-11", now=datetime(2026, 3, 11, hour, tzinfo=UTC)) for hour in (20, 3, 9)]

    assert [line.begun for line in lines] == [22, 5, 11]
    assert by("HOUR", "2026-03-11", "2026-03-11").partial == (False,) * 24
    assert by("HOUR", "2026-03-11", "2026-03-11", now=datetime(2026, 3, 10, tzinfo=UTC)).begun == 0


# ---------------------------------------------------------------- T6: how many


def test_t6_minutes_over_a_year_are_refused_with_the_limit_and_the_nearest_granularity() -> None:
    with pytest.raises(InvalidParameter) as refused:
        by("MINUTE", "2025-01-01", "2025-12-31")

    assert refused.value.argument == "period"
    assert "has 525,600 buckets by MINUTE" in refused.value.message
    assert "at most 15,000 buckets: HOUR has 8,760" in refused.value.message


@pytest.mark.parametrize(
    ("granularity", "start", "end", "hint"),
    [
        ("MINUTE", "2020-01-01", "2025-12-31", "at most 15,000 buckets: DAY has 2,192"),
        ("HOUR", "2020-01-01", "2025-12-31", "at most 15,000 buckets: DAY has 2,192"),
        ("DAY", "1900-01-01", "2025-12-31", "at most 15,000 buckets: WEEK has 6,575"),
        ("MINUTE", "0001-01-01", "9999-12-30", "at most 15,000 buckets."),
    ],
)
def test_t6_the_hint_is_the_finest_that_keeps_to_the_limit(granularity: str, start: str, end: str, hint: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        by(granularity, start, end)

    assert hint in refused.value.message


def test_t6_15000_hours_and_not_one_more() -> None:
    assert len(by("HOUR", "2024-02-20", "2025-11-05").dates) == 15_000  # 625 days, winter to winter
    with pytest.raises(InvalidParameter, match="15,001 buckets"):
        by("HOUR", "2024-04-10", "2025-12-25")  # as many, summer to winter
    assert len(by("MINUTE", "2026-03-01", "2026-03-10").dates) == 14_400


def test_without_a_clock_hours_and_minutes_do_not_fit() -> None:
    with pytest.raises(InvalidParameter, match="Allowed: DAY, WEEK, MONTH, QUARTER"):
        axis(days("2026-03-02", "2026-03-02"), Granularity.HOUR, BERLIN, day("2026-03-11"))


@pytest.mark.parametrize("zone", ["UTC", BERLIN, "Asia/Kathmandu", "America/Adak"])
@pytest.mark.parametrize("of", ["0001-01-01", "9999-12-30"])
def test_the_ends_of_the_calendar_have_hours_like_others(zone: str, of: str) -> None:
    line = by("HOUR", of, of, zone)

    assert set(line.date_texts) == {of}
    assert len(line.dates) == 24


# ---------------------------------------------------------------- C: comparisons


def test_c1_hours_are_paired_with_those_just_before_by_position() -> None:
    before = beside("PREVIOUS", "HOUR", "2026-03-10", "2026-03-11")

    assert before.period == before.shown == days("2026-03-08", "2026-03-09")
    assert before.partners == tuple(range(48))
    assert before.at_texts[47] == "2026-03-09T23:00:00+01:00"
    assert not any(before.partial)


def test_c1_whole_months_of_hours_go_by_days() -> None:
    assert beside("PREVIOUS", "HOUR", "2026-02-01", "2026-02-28").period == days("2026-01-04", "2026-01-31")


def test_c2_hours_a_year_earlier_are_those_of_the_same_dates() -> None:
    earlier = beside("YEAR_OVER_YEAR", "HOUR", "2026-03-10", "2026-03-10")

    assert earlier.period == days("2025-03-10", "2025-03-10")
    assert earlier.at_texts[0] == "2025-03-10T00:00:00+01:00"
    assert earlier.partners == tuple(range(24))


def test_c3_the_surplus_hour_before_a_shorter_day_is_not_listed_but_measured() -> None:
    before = beside("PREVIOUS", "HOUR", "2026-03-29", "2026-03-29")

    assert before.axis is not None
    assert (len(before.dates), len(before.axis.dates)) == (23, 24)
    assert before.partners == tuple(range(23))


def test_c3_after_a_shorter_list_the_hours_run_on() -> None:
    before = beside("PREVIOUS", "HOUR", "2026-10-25", "2026-10-25")

    assert before.period == days("2026-10-24", "2026-10-24")
    assert (before.partners[23:], before.partial[23:]) == ((23, None), (False, True))
    assert (before.date_texts[24], before.at_texts[24]) == ("2026-10-25", "2026-10-25T00:00:00+02:00")


def test_c3_the_hours_of_a_29_february_are_paired_by_position_too() -> None:
    earlier = beside("YEAR_OVER_YEAR", "HOUR", "2024-02-28", "2024-03-01")

    assert earlier.period == days("2023-02-28", "2023-03-01")
    assert earlier.partners == (*range(48), *[None] * 24)
    assert earlier.at_texts[24] == "2023-03-01T00:00:00+01:00"
    assert earlier.at_texts[48] == "2023-03-02T00:00:00+01:00"
    assert earlier.partial == (False,) * 48 + (True,) * 24


def test_c2_29_february_alone_has_no_hours_a_year_earlier() -> None:
    earlier = beside("YEAR_OVER_YEAR", "HOUR", "2024-02-29", "2024-02-29")

    assert (earlier.period, earlier.axis, earlier.shown.days) == (None, None, 0)
    assert (earlier.at_texts[0], earlier.at_texts[-1]) == ("2023-02-28T00:00:00+01:00", "2023-02-28T23:00:00+01:00")
    assert (earlier.partners, earlier.partial) == ((None,) * 24, (True,) * 24)


def test_c3_beside_a_day_left_out_all_hours_run_on() -> None:
    before = beside("PREVIOUS", "HOUR", "2011-12-31", "2011-12-31", "Pacific/Apia")

    assert before.axis is not None
    assert before.axis.dates == ()
    assert (before.partners, before.at_texts[0]) == ((None,) * 24, "2011-12-31T00:00:00+14:00")


def test_c4_the_future_holds_in_the_comparison_too() -> None:
    before = beside("PREVIOUS", "HOUR", "2026-03-12", "2026-03-12", now=datetime(2026, 3, 11, 9, 30, tzinfo=UTC))

    assert before.axis is not None
    assert before.axis.begun == 11
    assert before.partial == (False,) * 10 + (True,) * 14


# ---------------------------------------------------------------- against a plain walk

HARD = [
    (BERLIN, "2026-03-29"),
    (BERLIN, "2026-10-25"),
    ("America/Sao_Paulo", "2018-02-18"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/Havana", "2020-11-01"),
    ("America/St_Johns", "2010-11-07"),
    ("America/Toronto", "1919-03-31"),
    ("America/Caracas", "2007-12-09"),
    ("Asia/Kathmandu", "1986-01-01"),
    ("Asia/Kathmandu", "2026-03-29"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Pacific/Apia", "2011-12-31"),
    ("Pacific/Kwajalein", "1969-09-30"),  # 23 hours back: a day of 47
    ("Pacific/Kwajalein", "1993-08-21"),
    ("Africa/Monrovia", "1972-01-07"),
]


@cache
def walked(of: date, zone: str) -> tuple[list[datetime], list[datetime]]:
    """Instants near a day at which the clock shows a whole hour, and a whole minute: every half minute is looked at."""
    clock, at = ZoneInfo(zone), starts_at(of - timedelta(3), zone).astimezone(UTC)
    minutes = []
    while at <= starts_at(of + timedelta(4), zone):
        if at.astimezone(clock).second == 0:
            minutes.append(at)
        at += timedelta(seconds=30)
    return [at for at in minutes if at.astimezone(clock).minute == 0], minutes


@cache
def days_near(of: date, zone: str) -> list[tuple[date, datetime, datetime]]:
    near = [of + timedelta(step) for step in range(-4, 5)]
    return [(each, starts_at(each, zone).astimezone(UTC), ends_at(each, zone).astimezone(UTC)) for each in near]


def day_that_holds(at: datetime, of: date, zone: str) -> date:
    return next(each for each, begins, ends in days_near(of, zone) if begins <= at < ends)


@settings(max_examples=60)
@given(
    st.sampled_from(HARD),
    st.sampled_from(["HOUR", "MINUTE"]),
    st.integers(-2, 1),
    st.integers(0, 1),
    st.integers(-90_000, 190_000),
)
def test_t3_and_t7_to_t10_as_a_walk_along_the_clock_finds_them(
    hard: tuple[str, str], granularity: str, start: int, more: int, ahead_s: int
) -> None:
    zone, of = hard[0], day(hard[1])
    period = Period(of + timedelta(start), of + timedelta(start + more))
    begins, ends = starts_at(period.start, zone), ends_at(period.end, zone)
    now = begins + timedelta(seconds=ahead_s)
    marks = walked(of, zone)[granularity == "MINUTE"]
    buckets = [(first, over) for first, over in pairwise(marks) if over > begins and first < ends and begins < ends]

    line = axis(period, Granularity[granularity], zone, today(now, zone), now)

    assert bucket_count(period, Granularity[granularity], zone) == len(buckets)
    assert [datetime.fromisoformat(text) for text in line.at_texts] == [first for first, _ in buckets]
    assert list(line.dates) == [day_that_holds(first, of, zone) for first, _ in buckets]
    assert list(line.partial) == [first < begins or over > ends or over > now for first, over in buckets]
    assert line.begun == sum(first <= now for first, _ in buckets)
    assert list(edges_us(line)) == [
        (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        for at in [*(max(first, begins) for first, _ in buckets), ends]
    ]
    moment = timedelta(microseconds=1)
    assert list(line.spans) == [
        Period(
            day_that_holds(max(first, begins), of, zone),
            day_that_holds(min(over, ends) - moment, of, zone),
        )
        for first, over in buckets
    ]


@given(st.sampled_from(HARD), st.sampled_from(Comparison), st.integers(-2, 2), st.integers(0, 2), st.integers(-9, 9))
def test_c3_a_comparison_of_hours_has_a_point_for_each_point(
    hard: tuple[str, str], how: Comparison, start: int, more: int, ahead: int
) -> None:
    zone, of = hard[0], day(hard[1])
    now = datetime(of.year, of.month, of.day, tzinfo=UTC) + timedelta(ahead)
    period = Period(of + timedelta(start), of + timedelta(start + more))
    line = axis(period, Granularity.HOUR, zone, today(now, zone), now)
    other = compared(line, how, today(now, zone), now)

    columns = (other.dates, other.date_texts, other.at_texts, other.partners, other.partial)
    assert {len(column) for column in columns} == {len(line.dates)}
    assert other.axis is not None
    measured = min(len(line.dates), len(other.axis.dates))
    assert other.partners == (*range(measured), *[None] * (len(line.dates) - measured))
    assert other.at_texts[:measured] == other.axis.at_texts[:measured]
    assert other.dates[:measured] == other.axis.dates[:measured]
    assert other.partial == (*other.axis.partial[:measured], *[True] * (len(line.dates) - measured))
    instants = [datetime.fromisoformat(text) for text in other.at_texts]
    assert instants == sorted(set(instants))
    if measured < len(line.dates) and measured:
        assert instants[measured] == ends_at(other.axis.period.end, zone)
