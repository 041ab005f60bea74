"""Whose day an instant belongs to, and what a row counts in (T1, T2, I6)."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parallax.engine.counted import MOST_COUNTED, MOST_KNOWN, MOST_VALUES, code_columns, grown
from parallax.engine.frames import OTHER_FIELDS
from parallax.engine.rolling import day_edges, local_days, rolled
from tests.engine.plain import INSTANTS, ZONES, Row, at, frame_of, local_day

NOON = at("2026-03-02T12:00Z")


@given(st.lists(INSTANTS, max_size=20), st.sampled_from(ZONES))
def test_t1_an_instant_is_of_the_day_that_the_clock_shows(quarters: list[int], zone: str) -> None:
    instants = [quarter * 900_000_000 for quarter in quarters]
    assert local_days(np.array(instants, np.int64), zone).tolist() == [local_day(each, zone) for each in instants]


def test_t1_a_day_begins_with_its_first_microsecond() -> None:
    [begins, _, ends] = day_edges(20_541, 20_542, "Europe/Berlin").tolist()  # 29 March 2026 has 23 hours
    assert local_days(np.array([begins - 1, begins, ends - 1, ends]), "Europe/Berlin").tolist() == [
        20_540,
        20_541,
        20_542,
        20_543,
    ]
    assert ends - begins == 47 * 3_600_000_000


def test_t2_a_day_that_a_zone_left_out_holds_nothing() -> None:
    around = at("2011-12-30T10:00Z")  # in Apia 29 December ends here, and 31 December begins
    days = local_days(np.array([around - 1, around]), "Pacific/Apia").tolist()
    assert days[1] - days[0] == 2


def test_i6_an_event_of_an_app_counts_in_its_client_too() -> None:
    frame = frame_of([Row(NOON, 1, event=5, actor=1, app=3), Row(NOON, 2, event=5, actor=2)])
    made = rolled(frame, frame.actor, local_days(frame.at, "UTC"), {}, 0)
    day = local_day(NOON, "UTC")
    assert {key: value.events for key, value in made.items()} == {
        (0, 0, day): 2,
        (0, 5, day): 2,
        (6, 0, day): 1,
        (6, 5, day): 1,
    }


def test_logs_have_scopes_of_their_own() -> None:
    frame = frame_of([Row(NOON, 1, event=5, app=3)])
    made = rolled(frame, frame.actor, local_days(frame.at, "UTC"), {}, 1)
    assert {scope for scope, _, _ in made} == {1, 7}


def test_no_rows_roll_up_to_nothing() -> None:
    frame = frame_of([])
    assert rolled(frame, frame.actor, local_days(frame.at, "UTC"), {}, 0) == {}


def test_days_and_events_far_apart_are_told_apart() -> None:
    rows = [Row(n * 86_400_000_000 * 1_000, n + 1, event=n * 90 + 1, actor=2**31 - n, app=n % 2) for n in range(20)]
    frame = frame_of(rows)
    made = rolled(frame, frame.actor, local_days(frame.at, "UTC"), {}, 0)
    assert len(made) == 20 * 2 + 10 * 2
    assert [list(made[0, n * 90 + 1, n * 1_000].users or ()) for n in range(20)] == [[2**31 - n] for n in range(20)]


# ---------------------------------------------------------------- counted fields
def test_a_field_is_counted_until_it_has_too_many_values_and_then_never_again() -> None:
    few = frame_of([Row(NOON, n, fields=(("country", n),)) for n in range(MOST_VALUES)])
    fields = grown({}, few)
    assert fields["country"].counted
    assert len(fields["country"].codes) == MOST_VALUES

    fields = grown(fields, frame_of([Row(NOON, 1, fields=(("country", "one more"),))]))
    assert not fields["country"].counted
    fields = grown(fields, frame_of([Row(NOON, 1, fields=(("country", 1),))]))
    assert not fields["country"].counted
    assert code_columns(fields, few) == {}


def test_a_value_that_is_no_scalar_or_is_long_ends_the_counting_of_its_field() -> None:
    rows = [Row(NOON, 1, fields=(("a", {"b": 1}), ("c", [1]), ("d", "x" * 300), ("e", "x" * 100), ("f", None)))]
    fields = grown({}, frame_of(rows))
    assert [name for name, each in fields.items() if each.counted] == ["e", "f"]


def test_numbers_and_texts_are_different_values() -> None:
    frame = frame_of([Row(NOON, n, fields=(("code", value),)) for n, value in enumerate([95, "95", 95.0, True])])
    assert len(grown({}, frame)["code"].codes) == 4


def test_only_so_many_fields_are_counted_and_only_so_many_remembered() -> None:
    frame = frame_of([Row(NOON, n, fields=((f"field{n}", 1),)) for n in range(MOST_KNOWN + 50)])
    fields = grown({}, frame)
    assert [name for name, each in fields.items() if each.counted] == [f"field{n}" for n in range(MOST_COUNTED)]
    assert len(fields) == MOST_KNOWN
    assert len({each.number for each in fields.values()}) == MOST_KNOWN


def test_a_field_is_counted_where_it_stands_among_the_others_for_want_of_room() -> None:
    rows = [
        Row(NOON, 1, fields=(("country", "NO"),)),
        Row(NOON, 2, fields=((OTHER_FIELDS, {"country": "NO", "plan": "free"}),)),
        Row(NOON, 3, fields=((OTHER_FIELDS, {"country": "DE"}),)),
    ]
    frame = frame_of(rows)
    fields = grown({}, frame)
    made = rolled(frame, frame.actor, local_days(frame.at, "UTC"), code_columns(fields, frame), 0)
    counters = made[0, 0, local_day(NOON, "UTC")].counters
    assert counters is not None
    codes, counts = counters[fields["country"].number]
    country = fields["country"].codes
    assert dict(zip(codes.tolist(), counts.tolist(), strict=True)) == {country[b'"NO"']: 2, country[b'"DE"']: 1}
    assert fields["plan"].codes == {b'"free"': 1}
