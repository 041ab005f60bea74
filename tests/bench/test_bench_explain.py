"""`bench explain` asks every operation and says how near its estimate was. How near that is, no test says."""

import pytest

from parallax.bench.explain_questions import TEXTS
from tests.bench.test_bench import bench, told


@pytest.mark.slow
def test_every_operation_is_estimated_and_measured() -> None:
    found = told(bench("explain", "--events", "4000", "--rounds", "1", "--seconds", "0.02", "--json"))

    [share], [figures] = found["ratios"], found["figures"]
    assert share["goal"] == {"bound": 0.9, "atMost": False}
    assert 0 <= share["ratio"] <= 1
    rows = figures["rows"]
    assert [row["operation"] for row in rows] == list(TEXTS)
    assert all(row["estimated ms"] > 0 and row["measured ms"] > 0 for row in rows)
    assert {row["from"] for row in rows} == {"ROLL_UPS", "ROWS"}
