"""Facts of sessions (S1 to S4): in any order, in any portions, below the client and below an app."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parallax.engine import sessions as facts
from parallax.engine.days import ANY
from parallax.engine.sessions import COLUMNS, Sessions, Starts
from tests.engine.plain import ZONES, Row, at, derived, frame_of, local_day, rows_by_lot


def tuples(sessions: Sessions) -> list[tuple[int, ...]]:
    return list(zip(*(getattr(sessions, name).tolist() for name in COLUMNS), strict=True))


def plainly(rows: Sequence[Row]) -> list[tuple[int, ...]]:
    """Facts by session, app and actor, one row after the other."""
    found: dict[tuple[int, int, int], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.at, row.position)):
        if row.session:
            found[row.session, row.app, row.actor].append(row)
    return [
        (*key[:2], its[0].at, its[0].position, its[-1].at, its[-1].position, len(its), key[2], its[0].event, its[-1].event)
        for key, its in sorted(found.items())
    ]  # fmt: skip


@given(rows_by_lot())
def test_s2_facts_are_those_of_the_first_and_the_last_event(rows: list[Row]) -> None:
    assert tuples(facts.of_frame(frame_of(rows))) == plainly(rows)


@given(rows_by_lot(), st.randoms())
def test_portions_in_any_order_merge_to_the_facts_of_the_whole(rows: list[Row], lot: object) -> None:
    whole = facts.of_frame(frame_of(rows))
    shuffled = sorted(rows, key=lambda row: hash((row.position * 2_654_435_761) % 97))
    parts = [facts.of_frame(frame_of(shuffled[n::3])) for n in range(3)]
    assert tuples(facts.merged(*parts)) == tuples(whole)
    assert tuples(facts.merged(parts[2], facts.merged(parts[1], parts[0]))) == tuples(whole)


@given(rows_by_lot())
def test_i6_below_the_client_a_session_of_two_apps_is_one(rows: list[Row]) -> None:
    sessions = facts.of_frame(frame_of(rows))
    as_one = [Row(row.at, row.position, row.event, row.actor, 0, row.session) for row in rows]
    assert tuples(facts.of_scope(sessions, 0)) == of_whole_sessions(as_one)
    of_app = [row for row in rows if row.app == 2]
    assert tuples(facts.of_scope(sessions, 4)) == of_whole_sessions(of_app)


def of_whole_sessions(rows: Sequence[Row]) -> list[tuple[int, ...]]:
    """Facts of sessions whatever their users are; the actor is that of the first event (S1)."""
    first: dict[int, Row] = {}
    for row in sorted(rows, key=lambda row: (row.at, row.position)):
        first.setdefault(row.session, row)
    one_user = [Row(row.at, row.position, row.event, first[row.session].actor, row.app, row.session) for row in rows]
    return plainly(one_user)


@given(rows_by_lot(), st.sampled_from(ZONES))
def test_s3_s4_starts_bounces_and_durations_stand_at_the_day_and_event_that_began(rows: list[Row], zone: str) -> None:
    sessions = facts.of_frame(frame_of(rows))
    plain = derived(rows, zone)
    for scope in (0, 2, 4):
        expected = {
            (event, day): (its.starts, its.bounces, its.session_us)
            for (its_scope, event, day), its in plain.items()
            if its_scope == scope and its.starts
        }
        assert facts.starts(facts.of_scope(sessions, scope), zone) == expected


@given(rows_by_lot(), st.integers(0, 60))
def test_the_days_move_by_what_later_events_change(rows: list[Row], cut: int) -> None:
    before = facts.of_frame(frame_of(rows[:cut]))
    after = facts.merged(before, facts.of_frame(frame_of(rows[cut:])))
    was, now = (facts.starts(facts.of_scope(each, 0), "UTC") for each in (before, after))
    moves = facts.moved_starts(facts.of_scope(before, 0), facts.of_scope(after, 0), "UTC")
    assert Starts() not in moves.values()
    for key in was.keys() | now.keys():
        start, move = was.get(key, Starts()), moves.get(key, Starts())
        assert tuple(a + b for a, b in zip(start, move, strict=True)) == now.get(key, Starts())


@given(rows_by_lot())
def test_facts_survive_their_block(rows: list[Row]) -> None:
    sessions = facts.of_frame(frame_of(rows))
    assert tuples(facts.decoded(facts.encoded(sessions))) == tuples(sessions)


def test_blocks_part_the_sessions_by_their_numbers() -> None:
    rows = [Row(at("2026-03-02T12:00Z"), n, session=number) for n, number in enumerate((1, 4095, 4096, 9000))]
    sessions = facts.of_frame(frame_of(rows))
    assert {block: its.number.tolist() for block, its in facts.blocks(sessions)} == {0: [1, 4095], 1: [4096], 2: [9000]}
    assert facts.among(sessions, np.array([4095, 9000])).number.tolist() == [4095, 9000]


def test_s2_a_session_that_crosses_midnight_belongs_to_the_day_it_began_on() -> None:
    rows = [
        Row(at("2026-03-02T22:50+01:00"), 1, event=7, session=2),
        Row(at("2026-03-03T00:20+01:00"), 2, event=8, session=2),
    ]
    sessions = facts.of_frame(frame_of(rows))
    day = local_day(rows[0].at, "Europe/Berlin")
    lasted = 90 * 60 * 1_000_000
    assert facts.starts(sessions, "Europe/Berlin") == {(7, day): (1, 0, lasted), (ANY, day): (1, 0, lasted)}
    assert facts.none().durations_us.tolist() == []
