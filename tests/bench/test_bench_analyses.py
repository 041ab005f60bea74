"""`bench analyses` compares all answers, and says what it found. How fast anything is, no test says."""

import pytest

from parallax.bench.analysis import AGAIN, BLOCKS, NOTHING
from parallax.bench.analysis_findings import Found, Times, on_disk, ratios
from parallax.bench.analysis_questions import DAU, FILTERED_TREND, QUESTIONS
from parallax.bench.funnel_questions import FUNNELS
from parallax.bench.graphed import shown
from parallax.bench.measured import Figures
from parallax.bench.metric_findings import DUCK_KEPT, GOALS_AT, HOUSE, HOUSE_KEPT, SORTED, UNSORTED
from parallax.bench.timed import Differs, agreed
from tests.bench.test_bench import bench, told


def test_every_question_is_answered_alike_by_all_and_told() -> None:
    """It would end with 1 if two ways answered differently."""
    found = told(bench("analyses", "--events", "30000", "--rounds", "1", "--seconds", "0", "--json", within_s=300))

    times, ways, sizes, memory = found["figures"]
    assert [row["question"] for row in times["rows"]] == [asked.name for asked in QUESTIONS]
    assert all(row[way] > 0 for row in times["rows"] for way in (AGAIN, BLOCKS, NOTHING, UNSORTED, HOUSE))
    assert {row["question"] for row in times["rows"] if row[DUCK_KEPT] and row[HOUSE_KEPT]} >= {
        asked.name for asked in QUESTIONS if asked.is_rolled_up
    }
    assert {row["way"] for row in ways["rows"] if row["question"] in {asked.name for asked in FUNNELS}} == {
        "DuckDB, ASOF", "DuckDB, sorted, ASOF", "DuckDB, windows", "DuckDB, sorted, windows", "ClickHouse, windowFunnel",
        "ClickHouse, ASOF",
    }  # fmt: skip
    assert {row["what"]: row["MiB"] > 0 for row in sizes["rows"]}["derived: timeline"]
    before, after, held, most = (row["MiB"] for row in memory["rows"])
    assert 0 < before <= after
    assert 0 < held < most
    measured = {row["what"]: row["goal"] for row in found["ratios"]}
    assert measured["DAU, 90 days: ours on 10x the events / ours"] == {"bound": 1.5, "atMost": True}
    assert measured["lifecycle, 25 weeks: ClickHouse, roll-ups / ours, asked again"] == {"bound": 5, "atMost": False}
    assert "derived layers, bytes an event" in measured


@pytest.mark.slow
def test_many_more_events_are_answered_alike_also_through_http() -> None:
    found = told(bench("analyses", "--events", "300000", "--rounds", "1", "--seconds", "0.1", "--json", within_s=600))

    *_, requests = found["figures"]
    assert [row["question"] for row in requests["rows"]] == [asked.name for asked in QUESTIONS]
    assert {row["errors"] for row in requests["rows"]} == {0}
    assert all(row["p99 ms"] >= row["p50 ms"] > 0 for row in requests["rows"])


def test_answers_that_differ_end_the_run_with_the_question_and_what_differs() -> None:
    right = [float(number) for number in range(12)]

    agreed("retention", right, {"DuckDB": [*right]})
    with pytest.raises(
        Differs, match=r"retention: from number 10 on DuckDB answers \[7.0, 10.0, 11.0\] … where ours is \[9.0"
    ):
        agreed("retention", right, {"ClickHouse": right, "DuckDB": [*right[:9], 7.0, *right[10:]]})
    with pytest.raises(Differs, match="from number 12 on DuckDB"):
        agreed("retention", right, {"DuckDB": right[:-1]})


def test_numbers_are_taken_out_of_an_answer_in_their_order() -> None:
    assert shown(b'{"data": {"client": {"funnel": {"steps": [{"count": 3, "s": null}, {"count": 2, "s": 1.5}]}}}}') == [
        3, 0, 2, 1.5,
    ]  # fmt: skip


def test_goals_are_judged_by_the_faster_way_of_a_rival_and_of_enough_events() -> None:
    ours: Times = {AGAIN: [0.5], BLOCKS: [2.0], NOTHING: [20.0]}
    kept: Times = {DUCK_KEPT: [2.0], HOUSE_KEPT: [4.0]}
    more = Found({DAU: ours | {UNSORTED: [300.0], SORTED: [200.0], HOUSE: [100.0]} | kept})
    more.times[FILTERED_TREND] = ours | {UNSORTED: [300.0], SORTED: [50.0], HOUSE: [100.0]}
    fewer = Found({DAU: ours})

    many = {ratio.what: ratio for ratio in ratios(GOALS_AT, fewer, more, 10)}
    few = {ratio.what: ratio for ratio in ratios(GOALS_AT // 10, fewer, more, 10)}

    assert {what: ratio.holds for what, ratio in many.items()} == {
        f"DAU, 90 days: {SORTED} / {AGAIN}": True,
        f"DAU, 90 days: {DUCK_KEPT} / {AGAIN}": False,
        f"DAU, 90 days: {HOUSE} / {AGAIN}": False,
        f"DAU, 90 days: {HOUSE_KEPT} / {AGAIN}": True,
        f"trend, three conditions, 90 days: {SORTED} / {NOTHING}": True,
        f"trend, three conditions, 90 days: {SORTED} / {BLOCKS}": True,
        f"trend, three conditions, 90 days: {HOUSE} / {BLOCKS}": None,
        "DAU, 90 days: ours on 10x the events / ours": True,
    }
    assert many[f"DAU, 90 days: {HOUSE} / {AGAIN}"].note == "blocks kept: 50.0x, nothing kept: 5.0x"
    assert {what for what, ratio in few.items() if ratio.goal is not None} == {
        f"DAU, 90 days: {DUCK_KEPT} / {AGAIN}",
        f"DAU, 90 days: {HOUSE_KEPT} / {AGAIN}",
        "DAU, 90 days: ours on 10x the events / ours",
    }


def test_what_is_derived_is_added_up_without_the_parts_of_it() -> None:
    rows = [
        ("truth: rows", 9.0, 50.0),
        ("derived: days", 1.0, 4.0),
        ("derived, of it users", 1.0, 3.0),
        ("derived: x", 1.0, 9.5),
    ]

    assert on_disk(GOALS_AT, Figures("", ("what", "MiB", "bytes an event"), rows)).value == 13.5
    assert on_disk(GOALS_AT, Figures("", ("what", "MiB", "bytes an event"), rows)).holds is True
    assert on_disk(1000, Figures("", ("what", "MiB", "bytes an event"), rows)).holds is None
