"""A source's buckets on the axis that was asked for (Y4): examples by hand, and what always holds."""

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.analyses.alignment import (
    MOST_MISSING,
    SUNDAY,
    Aligned,
    AlignmentMethod,
    Native,
    aligned,
    obstacle,
    wanted,
)
from parallax.errors import InvalidParameter
from parallax.periods import FROM_DAY, Axis, Granularity, Period, axis, widened

BERLIN = "Europe/Berlin"
DAY, WEEK, MONTH, QUARTER = FROM_DAY
THURSDAY = date(2026, 4, 16)  # today
DOWNLOADS = Native(DAY, BERLIN, additive=True)
USERS = Native(DAY, BERLIN, additive=False)
DEVICES = Native(WEEK, None, additive=False, week_begins=SUNDAY)


def march(day: int) -> date:
    return date(2026, 3, 1) + timedelta(day - 1)


def over(first: int, last: int, granularity: Granularity = DAY, today: date = THURSDAY) -> Axis:
    """Days of March 2026, whose second is a Monday; beyond its end the count goes on into April."""
    return axis(Period(march(first), march(last)), granularity, BERLIN, today)


def laid(native: Native, points: Mapping[date, float | None], on: Axis, today: date = THURSDAY) -> Aligned:
    """What is not wanted changes nothing."""
    assert obstacle(native, on.granularity) is None
    found = aligned(native, points, on, today)
    asked = wanted(native, on, today)
    assert aligned(native, {day: points.get(day) for day in asked}, on, today) == found
    return found


def each_day(first: int, last: int, value: float = 1) -> dict[date, float | None]:
    return {march(day): value for day in range(first, last + 1)}


# ---------------------------------------------------------------- EXACT
def test_days_of_the_clients_own_zone_stand_as_they_are_and_absent_ones_are_missing() -> None:
    found = laid(USERS, {march(2): 7.0, march(3): 0.0, march(5): None}, over(2, 5))
    assert found.values == [7, 0, None, None]
    assert found.method is AlignmentMethod.EXACT
    assert found.missing == (march(4), march(5))


def test_a_longer_bucket_that_sticks_out_of_the_period_is_missing() -> None:
    """It counts days that were not asked for, and uniques cannot be taken off it (T7)."""
    weeks = {march(2): 10.0, march(9): 20.0, march(16): 30.0}
    found = laid(Native(WEEK, BERLIN, additive=False), weeks, over(4, 17, WEEK))
    assert found.values == [None, 20, None]
    assert found.missing == (march(2), march(16))
    assert found.method is AlignmentMethod.EXACT


def test_the_running_bucket_counts_as_far_as_it_has_come() -> None:
    """What the period leaves out of it has not begun: the source has no more of it either."""
    today = march(18)
    found = laid(
        Native(WEEK, BERLIN, additive=False), {march(9): 20.0, march(16): 9.0}, over(9, 18, WEEK, today), today
    )
    assert found.values == [20, 9]


def test_what_has_not_begun_is_null_whatever_the_source_foretells() -> None:
    today = march(3)
    found = laid(DOWNLOADS, each_day(2, 5), over(2, 5, DAY, today), today)
    assert found.values == [1, 1, None, None]
    assert found.missing == (march(4), march(5))


# ---------------------------------------------------------------- SUMMED_FROM_DAYS
def test_days_are_summed_over_the_part_of_a_bucket_that_the_period_holds() -> None:
    found = laid(DOWNLOADS, each_day(1, 31), over(4, 17, WEEK))
    assert found.values == [5, 7, 2]
    assert found.method is AlignmentMethod.SUMMED_FROM_DAYS
    assert found.missing == ()


def test_a_missing_day_makes_its_bucket_missing_and_no_other() -> None:
    days = each_day(2, 22)
    del days[march(11)]
    days[march(20)] = None
    found = laid(DOWNLOADS, days, over(2, 22, WEEK))
    assert found.values == [7, None, None]
    assert found.missing == (march(9), march(16))


def test_the_running_day_may_be_missing_from_a_sum_but_no_day_before_it() -> None:
    today = march(18)
    on = over(9, 18, WEEK, today)
    assert laid(DOWNLOADS, each_day(9, 17), on, today).values == [7, 2]
    assert laid(DOWNLOADS, each_day(9, 16), on, today).values == [7, None]


def test_a_bucket_of_which_only_today_has_begun_is_missing_until_the_source_has_today() -> None:
    today = march(16)
    on = over(9, 16, WEEK, today)
    assert laid(DOWNLOADS, each_day(9, 15), on, today).values == [7, None]
    assert laid(DOWNLOADS, each_day(9, 16), on, today).values == [7, 1]


def test_days_make_months_and_quarters() -> None:
    days = each_day(1, 46)  # to 15 April
    assert laid(DOWNLOADS, days, over(1, 46, MONTH)).values == [31, 15]
    assert laid(DOWNLOADS, days, over(1, 46, QUARTER)).values == [31, 15]


# ---------------------------------------------------------------- WEEK_SHIFTED
def test_a_week_from_sunday_stands_at_the_monday_of_the_week_that_holds_most_of_it() -> None:
    """Kaon's weeks 739 and 740 begin on Sundays, 1 and 8 March."""
    found = laid(DEVICES, {march(1): 5.0, march(8): 6.0, march(22): 8.0}, over(2, 29, WEEK))
    assert found.values == [5, 6, None, 8]
    assert found.method is AlignmentMethod.WEEK_SHIFTED
    assert found.missing == (march(16),)


@pytest.mark.parametrize("distance", range(-3, 4))
def test_whatever_day_weeks_begin_on_they_stand_where_most_of_their_days_are(distance: int) -> None:
    begins = march(2 + distance)
    native = Native(WEEK, BERLIN, additive=False, week_begins=begins.weekday())
    assert laid(native, {begins: 5.0}, over(2, 8, WEEK)).values == [5]
    assert sum(march(2) <= begins + timedelta(day) <= march(8) for day in range(7)) >= 4


# ---------------------------------------------------------------- ZONE_APPROXIMATED
def test_days_of_another_zone_are_taken_as_the_clients_and_so_named() -> None:
    """Also where they are summed: what moves is some hours at the edges, what is summed is all there."""
    tokyo = Native(DAY, "Asia/Tokyo", additive=True)
    assert laid(tokyo, each_day(2, 4), over(2, 4)) == Aligned([1, 1, 1], AlignmentMethod.ZONE_APPROXIMATED, ())
    assert laid(tokyo, each_day(2, 8), over(2, 8, WEEK)) == Aligned([7], AlignmentMethod.ZONE_APPROXIMATED, ())


def test_a_zone_that_nobody_tells_may_be_another() -> None:
    assert (
        laid(Native(DAY, None, additive=True), each_day(2, 2), over(2, 2)).method is AlignmentMethod.ZONE_APPROXIMATED
    )


def test_a_zone_of_another_name_with_the_same_days_is_no_other_zone() -> None:
    """Madrid's clocks are Berlin's; London's are an hour behind, all year."""
    assert laid(Native(DAY, "Europe/Madrid", True), {}, over(1, 46)).method is AlignmentMethod.EXACT
    assert laid(Native(DAY, "Europe/London", True), {}, over(1, 46)).method is AlignmentMethod.ZONE_APPROXIMATED


def test_a_zone_is_another_from_the_day_on_which_its_clocks_differ() -> None:
    """Algiers has Berlin's winter time all year; Berlin's clocks go forward on 29 March, so that the 30th begins apart."""
    algiers = Native(DAY, "Africa/Algiers", additive=True)
    assert laid(algiers, {}, over(1, 28)).method is AlignmentMethod.EXACT
    assert laid(algiers, {}, over(1, 29)).method is AlignmentMethod.ZONE_APPROXIMATED


# ---------------------------------------------------------------- what is asked of the source
def test_no_bucket_is_wanted_that_would_not_be_shown() -> None:
    """Weeks that stick out, what has not begun, and weeks before there was a calendar."""
    today = march(18)
    weeks = Native(WEEK, BERLIN, additive=False)
    assert wanted(weeks, over(4, 29, WEEK, today), today) == [march(9), march(16)]
    assert wanted(DEVICES, over(4, 29, WEEK, today), today) == [march(8), march(15)]
    assert wanted(DOWNLOADS, over(16, 29, WEEK, today), today) == [march(16), march(17), march(18)]
    first = axis(Period(date(1, 1, 1), date(1, 1, 14)), WEEK, BERLIN, today)
    assert wanted(DEVICES, first, today) == [date(1, 1, 7)]


# ---------------------------------------------------------------- what cannot be laid
@pytest.mark.parametrize(
    ("native", "asked", "reason"),
    [
        (USERS, WEEK, "same users"),
        (USERS, QUARTER, "same users"),
        (DEVICES, MONTH, "same users"),
        (DEVICES, DAY, "cannot be cut into DAY"),
        (Native(MONTH, None, additive=True), DAY, "cannot be cut into DAY"),
        (Native(MONTH, None, additive=True), WEEK, "cannot be cut into WEEK"),
        (Native(MONTH, None, additive=True), QUARTER, "only days are summed"),
        (Native(WEEK, None, additive=True), MONTH, "only days are summed"),
    ],
)
def test_uniques_are_never_summed_and_nothing_longer_than_a_day_is_cut_or_summed(
    native: Native, asked: Granularity, reason: str
) -> None:
    told = obstacle(native, asked)
    assert told is not None
    assert reason in told
    assert told.startswith(f"The source gives {native.granularity.name}: ")


@pytest.mark.parametrize("granularity", [Granularity.HOUR, Granularity.MINUTE])
def test_hours_and_minutes_are_refused(granularity: Granularity) -> None:
    with pytest.raises(InvalidParameter) as refused:
        obstacle(DOWNLOADS, granularity)
    assert "DAY" in str(refused.value)


def test_no_more_than_1500_missing_buckets_are_listed() -> None:
    start = date(2020, 1, 1)
    on = axis(Period(start, start + timedelta(MOST_MISSING + 10)), DAY, BERLIN, THURSDAY)
    found = laid(DOWNLOADS, {start: 1.0}, on)
    assert len(found.values) == MOST_MISSING + 11
    assert found.missing == tuple(start + timedelta(day) for day in range(1, MOST_MISSING + 1))


# ---------------------------------------------------------------- what always holds
periods = st.builds(
    lambda start, days: Period(start, start + timedelta(days)),
    st.dates(date(2020, 1, 1), date(2027, 12, 31)),
    st.integers(0, 400),
)


@given(
    period=periods,
    granularity=st.sampled_from(FROM_DAY),
    zone=st.sampled_from(sorted(available_timezones())),
    gaps=st.sets(st.integers(0, 400), max_size=3),
    today=st.dates(date(2020, 1, 1), date(2028, 12, 31)),
)
def test_sums_of_days_are_those_of_a_plain_loop(
    period: Period, granularity: Granularity, zone: str, gaps: set[int], today: date
) -> None:
    days = [period.start + timedelta(day) for day in range(period.days) if day not in gaps]
    points: dict[date, float | None] = {day: float(day.toordinal() % 97) for day in days}
    on = axis(period, granularity, zone, today)
    found = laid(DOWNLOADS, points, on, today)
    assert len(found.values) == len(on.dates)
    for first, span, value in zip(on.dates, on.spans, found.values, strict=True):
        inside = [span.start + timedelta(day) for day in range(span.days)]
        wanted = [points[day] for day in inside if day in points and day <= today]
        whole = all(day in points for day in inside if day < today)
        assert value == (sum(each for each in wanted if each is not None) if whole and wanted else None)
        assert (first in found.missing) is (value is None)


@given(
    period=periods,
    granularity=st.sampled_from(FROM_DAY[1:]),
    today=st.dates(date(2020, 1, 1), date(2028, 12, 31)),
)
def test_uniques_of_a_bucket_are_shown_only_if_nothing_of_it_lies_outside_the_period(
    period: Period, granularity: Granularity, today: date
) -> None:
    on = axis(period, granularity, BERLIN, today)
    native = Native(granularity, BERLIN, additive=False)
    found = laid(native, dict.fromkeys(on.dates, 1.0), on, today)
    for first, value in zip(on.dates, found.values, strict=True):
        whole = widened(Period(first, first), granularity)
        begun = [day for day in range(whole.days) if whole.start + timedelta(day) <= today]
        inside = all(period.start <= whole.start + timedelta(day) <= period.end for day in begun)
        assert value == (1 if begun and inside else None)
