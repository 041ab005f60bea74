"""Periods, buckets and comparisons: the examples of the rules T and C, the hard days, and what always holds."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.comparison import Compared, compared
from parallax.errors import InvalidParameter
from parallax.periods import (
    DEFAULT_LAST,
    FROM_DAY,
    Axis,
    Comparison,
    Granularity,
    Period,
    axis,
    checked,
    ends_at,
    resolve,
    starts_at,
    today,
)

BERLIN = "Europe/Berlin"
WEDNESDAY = date(2026, 3, 11)
ZONES = (
    "UTC",
    BERLIN,
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Havana",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kwajalein",
)


def day(text: str) -> date:
    return date.fromisoformat(text)


def days(start: str, end: str) -> Period:
    return Period(day(start), day(end))


def spoken(last: str, now: date = WEDNESDAY) -> Period:
    return resolve(last, None, None, now)


def by(granularity: str, start: str, end: str, now: date = WEDNESDAY, zone: str = BERLIN) -> Axis:
    return axis(days(start, end), Granularity[granularity], zone, now)


def beside(how: str, granularity: str, start: str, end: str, now: date = WEDNESDAY) -> Compared:
    return compared(by(granularity, start, end, now), Comparison[how], now)


dates_of_any_year = st.dates(date(1, 1, 1), date(9999, 12, 30))
zones = st.sampled_from(ZONES)
granularities = st.sampled_from(FROM_DAY)


@st.composite
def periods(draw: st.DrawFn, longest: int = 900) -> Period:
    start = draw(st.dates(date(1990, 1, 1), date(2035, 12, 31)))
    return Period(start, start + timedelta(draw(st.integers(0, longest))))


@st.composite
def axes(draw: st.DrawFn) -> Axis:
    period = draw(periods())
    now = period.start + timedelta(draw(st.integers(-60, 1000)))
    return axis(period, draw(granularities), draw(zones), now)


# ---------------------------------------------------------------- T1, T2: days as instants


def test_t1_a_day_begins_at_local_midnight_and_lasts_as_long_as_the_zone_makes_it() -> None:
    lengths = [
        ends_at(day(of), BERLIN) - starts_at(day(of), BERLIN) for of in ("2026-03-28", "2026-03-29", "2026-10-25")
    ]

    assert lengths == [timedelta(hours=24), timedelta(hours=23), timedelta(hours=25)]
    assert starts_at(day("2026-03-30"), BERLIN).isoformat() == "2026-03-30T00:00:00+02:00"


@pytest.mark.parametrize(
    ("of", "zone", "first_instant"),
    [
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T01:00:00-02:00"),
        ("2019-03-31", "Asia/Beirut", "2019-03-31T01:00:00+03:00"),
        ("1919-03-31", "America/Toronto", "1919-03-31T00:30:00-04:00"),  # the clock jumped from 23:30, not from 00:00
        ("2011-12-30", "Pacific/Apia", "2011-12-31T00:00:00+14:00"),
    ],
)
def test_t2_a_midnight_that_does_not_exist_is_the_instant_of_the_jump(of: str, zone: str, first_instant: str) -> None:
    starts = starts_at(day(of), zone)

    assert starts.isoformat() == first_instant
    assert (starts - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date() < day(of)


@pytest.mark.parametrize(
    ("of", "zone", "first_instant", "hours"),
    [
        ("2020-11-01", "America/Havana", "2020-11-01T00:00:00-04:00", 25),
        ("2010-11-07", "America/St_Johns", "2010-11-07T00:00:00-02:30", 25),
        ("2011-12-30", "Pacific/Apia", "2011-12-31T00:00:00+14:00", 0),
        ("2026-04-05", "Australia/Lord_Howe", "2026-04-05T00:00:00+11:00", 24.5),
        ("2026-10-04", "Australia/Lord_Howe", "2026-10-04T00:00:00+10:30", 23.5),
        ("2026-03-29", "Asia/Kathmandu", "2026-03-29T00:00:00+05:45", 24),
    ],
)
def test_t2_of_two_midnights_the_first_begins_the_day(of: str, zone: str, first_instant: str, hours: float) -> None:
    assert starts_at(day(of), zone).isoformat() == first_instant
    assert ends_at(day(of), zone) - starts_at(day(of), zone) == timedelta(hours=hours)


def test_t2_the_end_of_a_day_shown_once_more_belongs_to_the_day_begun() -> None:
    """St. John's turned its clock back from 00:01 to 23:01 on 7 November 2010."""
    again = datetime(2010, 11, 7, 3, 0, tzinfo=UTC)

    assert again.astimezone(ZoneInfo("America/St_Johns")).date() == day("2010-11-06")
    assert today(again, "America/St_Johns") == day("2010-11-07")


def test_t2_a_day_left_out_is_never_today_and_a_bucket_of_no_length() -> None:
    jump = starts_at(day("2011-12-31"), "Pacific/Apia")
    three = by("DAY", "2011-12-29", "2011-12-31", day("2011-12-31"), "Pacific/Apia")

    assert today(jump, "Pacific/Apia") == day("2011-12-31")
    assert today(jump - timedelta(microseconds=1), "Pacific/Apia") == day("2011-12-29")
    assert three.date_texts == ("2011-12-29", "2011-12-30", "2011-12-31")
    assert three.at_texts[1] == three.at_texts[2] == "2011-12-31T00:00:00+14:00"
    assert three.partial == (False, False, True)


def test_instants_of_local_mean_time_are_exact_and_fit_rfc_3339() -> None:
    starts = starts_at(day("1800-01-01"), BERLIN)  # 53 minutes and 28 seconds before UTC

    assert starts == datetime(1799, 12, 31, 23, 6, 32, tzinfo=UTC)
    assert starts.isoformat() == "1800-01-01T00:00:32+00:54"


@given(st.dates(date(1850, 1, 1), date(2100, 1, 1)), zones)
def test_t1_a_day_begins_when_the_clock_first_reaches_its_midnight(of: date, zone: str) -> None:
    midnight = datetime(of.year, of.month, of.day)  # noqa: DTZ001
    starts = starts_at(of, zone).astimezone(UTC)

    def clock(before: timedelta) -> datetime:
        return (starts - before).astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    assert clock(timedelta(0)) >= midnight
    assert all(clock(timedelta(seconds=1, minutes=30 * steps)) < midnight for steps in range(100))


@given(st.datetimes(datetime(1850, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), zones)  # noqa: DTZ001
def test_today_is_the_day_that_has_begun_and_is_not_over(now: datetime, zone: str) -> None:
    local = today(now, zone)

    assert starts_at(local, zone) <= now < ends_at(local, zone)


@given(dates_of_any_year, zones)
def test_every_day_of_the_calendar_but_the_last_begins_and_ends(of: date, zone: str) -> None:
    assert starts_at(of, zone) <= ends_at(of, zone)


def test_what_lies_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(InvalidParameter):
        ends_at(date.max, BERLIN)
    with pytest.raises(InvalidParameter):
        today(datetime(9999, 12, 31, 23, tzinfo=UTC), "Asia/Kathmandu")
    assert today(datetime(9999, 12, 31, 12, tzinfo=UTC), BERLIN) == date.max


# ---------------------------------------------------------------- T4 to T6: periods


@pytest.mark.parametrize(
    ("last", "start"),
    [
        ("7d", "2026-03-05"),
        ("2w", "2026-02-26"),
        ("1m", "2026-02-12"),
        ("wtd", "2026-03-09"),
        ("qtd", "2026-01-01"),
        ("mtd", "2026-03-01"),
        ("ytd", "2026-01-01"),
        ("today", "2026-03-11"),
        ("1d", "2026-03-11"),
        ("1y", "2025-03-12"),
        ("12m", "2025-03-12"),
        ("  30D\t", "2026-02-10"),
        ("YtD", "2026-01-01"),
        ("007d", "2026-03-05"),
    ],
)
def test_t4_last_ends_today_and_counts_it(last: str, start: str) -> None:
    assert spoken(last) == Period(day(start), WEDNESDAY)


def test_t4_yesterday_is_that_day_alone() -> None:
    assert spoken("yesterday", day("2026-03-01")) == days("2026-02-28", "2026-02-28")


@pytest.mark.parametrize(
    ("last", "now", "start"),
    [
        ("1m", "2026-03-31", "2026-03-01"),  # 31 February is missing: it counts as the 28th
        ("1m", "2026-03-28", "2026-03-01"),
        ("1m", "2026-03-27", "2026-02-28"),
        ("1m", "2024-03-29", "2024-03-01"),
        ("1m", "2026-01-31", "2026-01-01"),
        ("1y", "2024-02-29", "2023-03-01"),
        ("4y", "2024-02-29", "2020-03-01"),
        ("2m", "2026-01-15", "2025-11-16"),
        ("qtd", "2026-12-31", "2026-10-01"),
        ("wtd", "2026-03-09", "2026-03-09"),
        ("wtd", "2026-03-15", "2026-03-09"),
        ("12m", "0001-12-31", "0001-01-01"),
        ("1m", "0001-01-31", "0001-01-01"),
        ("52w", "0001-12-30", "0001-01-01"),
    ],
)
def test_t4_months_go_by_the_day_and_a_missing_day_is_the_last(last: str, now: str, start: str) -> None:
    assert spoken(last, day(now)) == days(start, now)


def test_t4_start_and_end_are_both_included() -> None:
    period = resolve(None, day("2026-03-03"), day("2026-03-10"), WEDNESDAY)

    assert (period, period.days) == (days("2026-03-03", "2026-03-10"), 8)


def test_t5_the_default_is_a_form_of_last() -> None:
    assert spoken(DEFAULT_LAST).days == 30


@pytest.mark.parametrize(
    "last",
    ["", " ", "d", "7", "7 d", "7x", "7.5d", "+7d", "-7d", "0d", "00w", "٧d", "７d", "\u00a07d", "7d\n7d", "tomorrow",
     "999999999d", "9" * 10_000 + "d", "2027y", "24303m", "105709w", "739687d", "7d\x00"],
)  # fmt: skip
def test_t6_a_last_that_means_no_span_is_refused_with_the_forms(last: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        spoken(last)

    assert refused.value.argument == "period.last"
    assert refused.value.details == {"period.last": last}
    assert "Nd | Nw | Nm | Ny" in refused.value.message


def test_t6_yesterday_of_the_first_day_is_refused() -> None:
    with pytest.raises(InvalidParameter, match=r"period\.last"):
        spoken("yesterday", date.min)


@pytest.mark.parametrize(
    ("last", "start", "end", "argument"),
    [
        (None, None, None, "period"),
        ("7d", "2026-03-01", None, "period"),
        ("7d", None, "2026-03-01", "period"),
        (None, "2026-03-01", None, "period.end"),
        (None, None, "2026-03-01", "period.start"),
        (None, "2026-03-02", "2026-03-01", "period.start"),
        (None, "9999-01-01", "9999-12-31", "period.end"),
    ],
)
def test_t6_ends_that_do_not_fit_are_refused_by_name(
    last: str | None, start: str | None, end: str | None, argument: str
) -> None:
    with pytest.raises(InvalidParameter) as refused:
        resolve(last, day(start) if start else None, day(end) if end else None, WEDNESDAY)

    assert refused.value.argument == argument


def test_t6_the_argument_is_named_as_the_caller_knows_it() -> None:
    with pytest.raises(InvalidParameter, match=r"^series\.period\.last:"):
        resolve("7x", None, None, WEDNESDAY, "series.period")


def test_t6_more_than_15000_buckets_are_refused_and_15000_are_not() -> None:
    longest = Period(day("1985-01-01"), day("1985-01-01") + timedelta(14_999))

    assert len(axis(longest, Granularity.DAY, BERLIN, WEDNESDAY).dates) == 15_000
    with pytest.raises(InvalidParameter, match="15,001 buckets"):
        axis(Period(longest.start, longest.end + timedelta(1)), Granularity.DAY, BERLIN, WEDNESDAY)
    with pytest.raises(InvalidParameter, match="15,000"):
        axis(Period(date.min, day("9999-12-30")), Granularity.QUARTER, BERLIN, WEDNESDAY)


@given(st.text(max_size=12) | st.from_regex(r"\A ?[0-9]{1,8}[dwmyDWMY] ?\Z"), dates_of_any_year)
def test_t6_any_text_is_a_period_or_an_invalid_parameter(last: str, now: date) -> None:
    try:
        period = spoken(last, now)
    except InvalidParameter:
        return
    assert period.start <= period.end <= now


@given(st.integers(1, 40), st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_t4_months_follow_one_another_without_gap(count: int, now: date) -> None:
    """The period of N months begins no later than that of N - 1, and 12 months are a year."""
    longer, shorter = spoken(f"{count + 1}m", now), spoken(f"{count}m", now)

    assert 28 <= (shorter.start - longer.start).days <= 31
    assert spoken(f"{count}y", now) == spoken(f"{12 * count}m", now)


# ---------------------------------------------------------------- T3, T7 to T10: buckets


def test_t7_weeks_are_listed_under_their_monday_and_hold_the_periods_days_only() -> None:
    weeks = by("WEEK", "2026-03-03", "2026-03-10")

    assert weeks.date_texts == ("2026-03-02", "2026-03-09")
    assert weeks.spans == (days("2026-03-03", "2026-03-08"), days("2026-03-09", "2026-03-10"))
    assert weeks.partial == (True, True)


def test_t3_months_and_quarters_are_those_of_the_calendar() -> None:
    months = by("MONTH", "2025-12-15", "2026-02-28")
    quarters = by("QUARTER", "2025-12-15", "2026-06-30")

    assert months.date_texts == ("2025-12-01", "2026-01-01", "2026-02-01")
    assert months.partial == (True, False, False)
    assert quarters.date_texts == ("2025-10-01", "2026-01-01", "2026-04-01")
    assert quarters.spans[1] == days("2026-01-01", "2026-03-31")


def test_t8_a_point_begins_at_the_clients_midnight_with_its_offset() -> None:
    across = by("WEEK", "2026-03-23", "2026-04-05")
    kathmandu = by("DAY", "2026-03-02", "2026-03-02", zone="Asia/Kathmandu")

    assert across.at_texts == ("2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00")
    assert kathmandu.at_texts == ("2026-03-02T00:00:00+05:45",)


def test_t9_a_bucket_is_partial_until_its_last_day_is_over() -> None:
    assert by("DAY", "2026-03-10", "2026-03-12").partial == (False, True, True)
    assert by("WEEK", "2026-03-09", "2026-03-15", day("2026-03-15")).partial == (True,)
    assert by("WEEK", "2026-03-09", "2026-03-15", day("2026-03-16")).partial == (False,)


def test_t10_what_has_not_begun_is_listed_and_told_apart() -> None:
    assert by("DAY", "2026-03-10", "2026-03-13").begun == 2
    assert by("WEEK", "2026-03-02", "2026-03-20").begun == 2
    assert by("WEEK", "2026-03-13", "2026-03-15").begun == 1  # its Monday has begun, the days asked for have not
    assert by("MONTH", "2026-04-01", "2026-05-31").begun == 0


def test_y2_a_granularity_that_does_not_fit_is_refused_with_those_that_do() -> None:
    assert checked(Granularity.DAY, FROM_DAY) is Granularity.DAY
    with pytest.raises(InvalidParameter, match="Allowed: DAY, WEEK, MONTH, QUARTER") as refused:
        checked(Granularity.MINUTE, set(FROM_DAY))
    assert refused.value.details == {"granularity": "MINUTE"}


def test_the_ends_of_the_calendar_are_buckets_like_others() -> None:
    first = axis(Period(date.min, date.min), Granularity.QUARTER, BERLIN, WEDNESDAY)

    assert (first.date_texts, first.partial) == (("0001-01-01",), (True,))
    for granularity in FROM_DAY:
        last = axis(days("9999-12-29", "9999-12-30"), granularity, BERLIN, WEDNESDAY)
        assert last.begun == 0


@given(axes())
def test_t7_buckets_tile_the_period_exactly(line: Axis) -> None:
    assert (line.spans[0].start, line.spans[-1].end) == (line.period.start, line.period.end)
    assert all(after.start == before.end + timedelta(1) for before, after in pairwise(line.spans))
    assert all(span.days >= 1 for span in line.spans)
    columns = (line.dates, line.spans, line.date_texts, line.at_texts, line.partial)
    assert len({len(column) for column in columns}) == 1


def whole_bucket(first: date, granularity: Granularity) -> set[date]:
    """Found the slow way: all days near `first` that share its bucket."""

    def name(of: date) -> tuple[int, ...]:
        match granularity:
            case Granularity.DAY:
                return of.year, of.month, of.day
            case Granularity.WEEK:
                return of.isocalendar()[:2]
            case Granularity.MONTH:
                return of.year, of.month
            case _:
                return of.year, (of.month + 2) // 3

    return {near for step in range(-93, 94) if name(near := first + timedelta(step)) == name(first)}


@given(periods(60), granularities, zones, st.integers(-20, 90))
def test_t9_partial_iff_a_day_lies_outside_or_is_not_over(
    period: Period, granularity: Granularity, zone: str, ahead: int
) -> None:
    now = period.start + timedelta(ahead)
    line = axis(period, granularity, zone, now)

    for at, first in enumerate(line.dates):
        bucket = whole_bucket(first, granularity)
        assert min(bucket) == first
        assert {d for d in bucket if period.start <= d <= period.end} == {
            line.spans[at].start + timedelta(step) for step in range(line.spans[at].days)
        }
        assert line.partial[at] == (any(not period.start <= d <= period.end or d >= now for d in bucket))
        assert (at < line.begun) == (first <= now)


@given(axes())
def test_t8_texts_are_the_same_instants_in_order(line: Axis) -> None:
    assert line.date_texts == tuple(first.isoformat() for first in line.dates)
    assert [datetime.fromisoformat(text) for text in line.at_texts] == [
        starts_at(first, line.zone) for first in line.dates
    ]
    assert sorted(line.dates) == list(line.dates)


# ---------------------------------------------------------------- C: comparisons


def test_c1_previous_is_the_span_before_with_as_many_days() -> None:
    before = beside("PREVIOUS", "DAY", "2026-03-10", "2026-03-11")

    assert before.period == before.shown == days("2026-03-08", "2026-03-09")
    assert before.date_texts == ("2026-03-08", "2026-03-09")
    assert before.partners == (0, 1)
    assert before.partial == (False, False)


def test_c1_whole_months_are_compared_with_as_many_whole_months() -> None:
    before = beside("PREVIOUS", "MONTH", "2026-01-01", "2026-03-31")

    assert before.period == days("2025-10-01", "2025-12-31")
    assert before.date_texts == ("2025-10-01", "2025-11-01", "2025-12-01")


def test_c1_whole_months_by_quarter_count_as_months() -> None:
    before = beside("PREVIOUS", "QUARTER", "2026-02-01", "2026-04-30")

    assert before.period == days("2025-11-01", "2026-01-31")
    assert before.date_texts == ("2025-10-01", "2026-01-01")
    assert before.partial == (True, True)


@pytest.mark.parametrize(
    ("granularity", "start", "end", "expected"),
    [
        ("DAY", "2026-02-01", "2026-02-28", ("2026-01-04", "2026-01-31")),
        ("WEEK", "2026-02-01", "2026-02-28", ("2026-01-04", "2026-01-31")),
        ("MONTH", "2026-02-01", "2026-02-28", ("2026-01-01", "2026-01-31")),
        ("MONTH", "2026-02-01", "2026-02-27", ("2026-01-05", "2026-01-31")),
        ("MONTH", "2024-02-01", "2024-02-28", ("2024-01-04", "2024-01-31")),
    ],
)
def test_c1_other_periods_go_by_days(granularity: str, start: str, end: str, expected: tuple[str, str]) -> None:
    assert beside("PREVIOUS", granularity, start, end).period == days(*expected)


def test_c3_a_surplus_bucket_is_not_listed_but_measured() -> None:
    """Wednesday to Friday is one week; the three days before them are of two."""
    before = beside("PREVIOUS", "WEEK", "2026-03-04", "2026-03-06")

    assert before.period == days("2026-03-01", "2026-03-03")
    assert before.axis is not None
    assert before.axis.date_texts == ("2026-02-23", "2026-03-02")
    assert (before.date_texts, before.partners, before.partial) == (("2026-02-23",), (0,), (True,))


def test_c3_after_a_shorter_list_the_dates_run_on() -> None:
    """Sunday to Tuesday is of two weeks; the three days before them are of one."""
    before = beside("PREVIOUS", "WEEK", "2026-03-08", "2026-03-10")

    assert before.period == days("2026-03-05", "2026-03-07")
    assert before.date_texts == ("2026-03-02", "2026-03-09")
    assert before.at_texts == ("2026-03-02T00:00:00+01:00", "2026-03-09T00:00:00+01:00")
    assert (before.partners, before.partial) == ((0, None), (True, True))


def test_c2_days_are_paired_with_the_same_dates_a_year_earlier() -> None:
    earlier = beside("YEAR_OVER_YEAR", "DAY", "2026-03-10", "2026-03-11")

    assert earlier.period == days("2025-03-10", "2025-03-11")
    assert (earlier.partners, earlier.partial) == ((0, 1), (False, False))
    assert earlier.at_texts[0] == "2025-03-10T00:00:00+01:00"


def test_c2_weeks_are_paired_with_those_364_days_earlier() -> None:
    earlier = beside("YEAR_OVER_YEAR", "WEEK", "2026-03-03", "2026-03-10")

    assert earlier.period == days("2025-03-04", "2025-03-11")
    assert earlier.date_texts == ("2025-03-03", "2025-03-10")
    assert (earlier.partners, earlier.partial) == ((0, 1), (True, True))


def test_c2_months_and_quarters_are_those_of_the_year_before() -> None:
    months = beside("YEAR_OVER_YEAR", "MONTH", "2026-01-15", "2026-03-10")
    quarters = beside("YEAR_OVER_YEAR", "QUARTER", "2025-10-01", "2026-03-10")

    assert months.period == days("2025-01-15", "2025-03-10")
    assert (months.date_texts, months.partners) == (("2025-01-01", "2025-02-01", "2025-03-01"), (0, 1, 2))
    assert months.partial == (True, False, True)
    assert (quarters.date_texts, quarters.partial) == (("2024-10-01", "2025-01-01"), (False, True))


def test_c3_29_february_stands_at_the_28th_without_a_value() -> None:
    earlier = beside("YEAR_OVER_YEAR", "DAY", "2024-02-28", "2024-03-01")

    assert earlier.period == days("2023-02-28", "2023-03-01")
    assert earlier.date_texts == ("2023-02-28", "2023-02-28", "2023-03-01")
    assert (earlier.partners, earlier.partial) == ((0, None, 1), (False, True, False))


def test_c2_a_29_february_at_an_end_of_the_period_moves_inwards() -> None:
    starts = beside("YEAR_OVER_YEAR", "DAY", "2024-02-29", "2024-03-02")
    ends = beside("YEAR_OVER_YEAR", "DAY", "2024-02-27", "2024-02-29")

    assert starts.period == days("2023-03-01", "2023-03-02")
    assert (starts.date_texts[0], starts.partners) == ("2023-02-28", (None, 0, 1))
    assert ends.period == days("2023-02-27", "2023-02-28")
    assert ends.partners == (0, 1, None)


def test_c3_a_month_outside_the_comparison_period_stands_at_its_own_date() -> None:
    earlier = beside("YEAR_OVER_YEAR", "MONTH", "2024-02-29", "2024-03-31")

    assert earlier.period == days("2023-03-01", "2023-03-31")
    assert earlier.date_texts == ("2023-02-01", "2023-03-01")
    assert (earlier.partners, earlier.partial) == ((None, 0), (True, False))


def test_c3_a_leap_day_of_the_year_before_is_in_the_total_alone() -> None:
    earlier = beside("YEAR_OVER_YEAR", "DAY", "2025-02-28", "2025-03-01")

    assert earlier.axis is not None
    assert earlier.axis.date_texts == ("2024-02-28", "2024-02-29", "2024-03-01")
    assert (earlier.date_texts, earlier.partners) == (("2024-02-28", "2024-03-01"), (0, 2))


@pytest.mark.parametrize(
    ("granularity", "stands_at"), [("DAY", "2023-02-28"), ("MONTH", "2023-02-01"), ("QUARTER", "2023-01-01")]
)
def test_c2_29_february_alone_has_no_day_a_year_earlier(granularity: str, stands_at: str) -> None:
    earlier = beside("YEAR_OVER_YEAR", granularity, "2024-02-29", "2024-02-29")

    assert (earlier.period, earlier.axis) == (None, None)
    assert (earlier.date_texts, earlier.partners, earlier.partial) == ((stands_at,), (None,), (True,))
    assert earlier.shown.days == 0
    assert starts_at(earlier.shown.start, BERLIN) == ends_at(earlier.shown.end, BERLIN)


def test_c2_29_february_alone_by_week_is_364_days_earlier() -> None:
    assert beside("YEAR_OVER_YEAR", "WEEK", "2024-02-29", "2024-02-29").period == days("2023-03-02", "2023-03-02")


def test_c4_the_future_holds_in_the_comparison_too() -> None:
    before = beside("PREVIOUS", "DAY", "2026-03-13", "2026-03-15")

    assert before.axis is not None
    assert (before.axis.date_texts[0], before.axis.begun) == ("2026-03-10", 2)
    assert before.partial == (False, True, True)


@pytest.mark.parametrize("how", Comparison)
@pytest.mark.parametrize("granularity", FROM_DAY)
def test_a_comparison_that_would_begin_before_the_calendar_is_refused(
    how: Comparison, granularity: Granularity
) -> None:
    line = axis(days("0001-01-01", "0001-03-31"), granularity, BERLIN, WEDNESDAY)

    with pytest.raises(InvalidParameter) as refused:
        compared(line, how, WEDNESDAY)
    assert refused.value.argument == "compare"


def test_a_comparison_may_have_one_bucket_more_than_the_limit() -> None:
    """From a Wednesday to a Friday there are 15,000 weeks; from the Sunday to the Tuesday before them, one more."""
    longest = Period(day("2026-03-04"), day("2026-03-04") + timedelta(14_999 * 7 + 2))
    other = compared(axis(longest, Granularity.WEEK, BERLIN, WEDNESDAY), Comparison.PREVIOUS, WEDNESDAY)

    assert other.axis is not None
    assert (len(other.dates), len(other.axis.dates)) == (15_000, 15_001)


@given(axes(), st.sampled_from(Comparison), st.integers(-60, 1000))
def test_c3_a_comparison_has_a_point_for_each_point(line: Axis, how: Comparison, ahead: int) -> None:
    now = line.period.start + timedelta(ahead)
    other = compared(line, how, now)

    columns = (other.dates, other.date_texts, other.at_texts, other.partners, other.partial)
    assert {len(column) for column in columns} == {len(line.dates)}
    for at, partner in enumerate(other.partners):
        if partner is None:
            assert other.partial[at]
        else:
            assert other.axis is not None
            assert other.dates[at] == other.axis.dates[partner]
            assert other.at_texts[at] == other.axis.at_texts[partner]
            assert other.partial[at] == other.axis.partial[partner]
    met = [partner for partner in other.partners if partner is not None]
    assert met == sorted(set(met))
    assert list(other.dates) == sorted(other.dates)


@given(periods(), st.sampled_from((Granularity.DAY, Granularity.WEEK)))
def test_c1_previous_ends_where_the_period_begins(period: Period, granularity: Granularity) -> None:
    before = compared(axis(period, granularity, BERLIN, WEDNESDAY), Comparison.PREVIOUS, WEDNESDAY).shown

    assert (before.end + timedelta(1), before.days) == (period.start, period.days)


@given(periods())
def test_c2_every_day_but_29_february_meets_its_own_date(period: Period) -> None:
    line = axis(period, Granularity.DAY, BERLIN, WEDNESDAY)
    other = compared(line, Comparison.YEAR_OVER_YEAR, WEDNESDAY)

    for at, of in enumerate(line.dates):
        partner = other.partners[at]
        if (of.month, of.day) == (2, 29):
            assert partner is None
        else:
            assert partner is not None
            assert other.axis is not None
            assert other.axis.dates[partner] == of.replace(year=of.year - 1)
