"""Days add up, and survive their blocks."""

from hypothesis import given
from hypothesis import strategies as st

from parallax.engine import days as coding
from parallax.engine.bitmaps import BitMap
from parallax.engine.counted import code_columns, grown
from parallax.engine.days import Day, Key
from parallax.engine.rolling import local_days, rolled
from tests.engine.plain import ZONES, Row, at, derived, frame_of, local_day, rows_by_lot, shown, shown_of


def contributions(rows: list[Row], zone: str) -> tuple[dict[Key, Day], dict[int, tuple[str, dict[int, str]]]]:
    frame = frame_of(rows)
    fields = grown({}, frame)
    made = rolled(frame, frame.actor, local_days(frame.at, zone), code_columns(fields, frame), 0)
    return made, {
        each.number: (name, {code: value.decode() for value, code in each.codes.items()})
        for name, each in fields.items()
    }


@given(rows_by_lot(), st.sampled_from(ZONES))
def test_rows_roll_up_to_what_counting_them_one_by_one_says(rows: list[Row], zone: str) -> None:
    made, fields = contributions(rows, zone)

    plain = derived(rows, zone)
    assert made.keys() == plain.keys()
    for key, day in made.items():
        expected = shown(plain[key]) | {"firsts": [], "starts": (0, 0, 0)}  # these do not add up: not rolled
        assert shown_of(day, fields) == expected


@given(rows_by_lot(), st.integers(0, 60))
def test_two_portions_add_up_to_the_whole(rows: list[Row], cut: int) -> None:
    whole, fields = contributions(rows, "Europe/Berlin")
    # In one numbering of the fields' values: that of the whole.
    known = grown({}, frame_of(rows))
    portions = []
    for part in (rows[:cut], rows[cut:]):
        frame = frame_of(part)
        portions.append(
            rolled(frame, frame.actor, local_days(frame.at, "Europe/Berlin"), code_columns(known, frame), 0)
        )
    for key in whole:
        a, b = (portion.get(key, coding.nothing(key[2])) for portion in portions)
        assert shown_of(coding.plus(a, b), fields) == shown_of(whole[key], fields)


@given(rows_by_lot())
def test_a_day_is_the_same_after_its_blocks_were_written_and_read(rows: list[Row]) -> None:
    made, fields = contributions(rows, "UTC")
    for day in made.values():
        blocks = coding.encoded(day)
        again = Day(
            day.day,
            events=day.events,
            n_users=day.n_users,
            n_sessions=day.n_sessions,
            users=coding.users_of(blocks["user_bits"]),
            counts=coding.counts_of(blocks["user_counts"]),
            sessions=coding.sessions_of(blocks["session_bits"]),
            firsts=coding.firsts_of(blocks["first_bits"]),
            counters=coding.counters_of(blocks["counters"]),
        )
        assert shown_of(again, fields) == shown_of(day, fields)


@given(st.lists(st.integers(1, 2**32 - 1), min_size=1, max_size=20))
def test_counts_of_any_size_survive_their_block(counts: list[int]) -> None:
    import numpy as np

    day = coding.nothing(0)
    day.counts = np.array(counts, np.uint32)
    assert coding.counts_of(coding.encoded(day)["user_counts"]).tolist() == counts


def test_a_set_that_was_not_read_stays_unread_when_events_are_added() -> None:
    stored = Day(20_000, version=7, events=3, n_users=2, n_sessions=1, starts=1)
    made, _ = contributions([Row(at("2024-10-04T12:00Z"), 1, actor=4, session=9)], "UTC")

    both = coding.plus(stored, made[0, 1, 20_000])

    assert (both.events, both.version, both.starts) == (4, 7, 1)
    assert both.users is None
    assert both.counts is None
    assert both.n_users == 2, "without the set nobody can say"


def test_nothing_is_a_day_that_changes_nothing() -> None:
    made, fields = contributions([Row(at("2026-03-02T12:00Z"), 1, actor=4, session=9)], "UTC")
    day = made[0, 1, local_day(at("2026-03-02T12:00Z"), "UTC")]
    assert shown_of(coding.plus(coding.nothing(day.day), day), fields) == shown_of(day, fields)
    assert coding.nothing(day.day).users == BitMap()
