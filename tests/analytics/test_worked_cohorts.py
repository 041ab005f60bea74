"""The worked examples of docs/semantics.md on stickiness, lifecycle, segments and retention: waiting, half folded, folded."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from parallax.db import Database
from parallax.engine.fold import fold
from parallax.settings import Settings
from tests.analytics.example import EVENTS, NORDLYS, NOW, TRACK
from tests.analytics.test_worked_examples import ask, days
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import Gateway, running
from tests.seeds import EDITOR

CELLS = "cells { offset count rate isComplete }"


@pytest.fixture(scope="module", params=["waiting", "half folded", "folded"])
async def told(
    request: pytest.FixtureRequest, cluster: Cluster, settings: Settings, template: str
) -> AsyncIterator[Gateway]:
    async with (
        cloned(cluster, settings, template) as urls,
        running(settings, urls) as gateway,
        Database(settings, urls.reading, urls.writing) as db,
    ):
        for part in (EVENTS[:5], EVENTS[5:]):
            answer = await gateway.ask(TRACK, token=EDITOR, now=NOW, client=NORDLYS, events=part)
            assert answer.data["eventsTrack"]["accepted"] == 5
            if request.param == "folded" or (request.param == "half folded" and part == EVENTS[:5]):
                await fold(db, UUID(NORDLYS))
        yield gateway


async def counts(gateway: Gateway, arguments: str, now: str = NOW) -> dict[str, list[int]]:
    """By first day of the cohort."""
    found = await ask(gateway, f"retention({arguments}) {{ cohorts {{ start size {CELLS} }} }}", now)
    for cohort in found["cohorts"]:
        assert cohort["size"] == cohort["cells"][0]["count"]
        assert [cell["offset"] for cell in cohort["cells"]] == list(range(len(cohort["cells"])))
    return {cohort["start"]: [cell["count"] for cell in cohort["cells"]] for cohort in found["cohorts"]}


# ---------------------------------------------------------------- K
async def test_k_the_ratio_stands_at_the_buckets_last_day(told: Gateway) -> None:
    for ratio, last in (("DAILY", 1 / 3), ("WEEKLY", 1.0)):
        found = await ask(
            told,
            f"stickiness(ratio: {ratio}, {days(2, 4)}) {{ ratio {{ unit total values }} histogram {{ days users }} }}",
        )
        assert found["ratio"]["unit"] == "RATIO"
        assert found["ratio"]["total"] is None
        assert found["ratio"]["values"][2] == pytest.approx(last)
        assert found["histogram"] == [{"days": 1, "users": 1}, {"days": 2, "users": 2}, {"days": 3, "users": 0}]


# ---------------------------------------------------------------- L
async def test_l_lifecycle(told: Gateway) -> None:
    found = await ask(
        told, f"lifecycle(granularity: WEEK, {days(2, 22)}) {{ data {{ date new returning resurrected dormant }} }}"
    )
    assert [tuple(point.values()) for point in found["data"]] == [
        ("2026-03-02", 3, 0, 0, 0),
        ("2026-03-09", 0, 2, 0, 1),
        ("2026-03-16", 0, 0, 1, 2),
    ]


async def test_l_the_users_of_a_number(told: Gateway) -> None:
    text = " ".join(
        f"{state.lower()}: users(state: {state}) {{ nodes {{ externalId }} totalCount }}"
        for state in ("NEW", "RETURNING", "RESURRECTED", "DORMANT")
    )
    found = await ask(told, f"lifecycle({days(2, 22)}) {{ data {{ {text} }} }}")
    names = [
        {state: [node["externalId"] for node in users["nodes"]] for state, users in point.items()}
        for point in found["data"]
    ]
    assert names == [
        {"new": ["ada", "bob", "cyd"], "returning": [], "resurrected": [], "dormant": []},
        {"new": [], "returning": ["ada", "bob"], "resurrected": [], "dormant": ["cyd"]},
        {"new": [], "returning": [], "resurrected": ["cyd"], "dormant": ["ada", "bob"]},
    ]


# ---------------------------------------------------------------- G
@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (22, {"RETURNING": ["cyd"], "DORMANT": ["ada", "bob"], "CASUAL": ["ada", "bob", "cyd"]}),
        # bob was seen last on the 3rd, 7 days before.
        (10, {"NEW": ["cyd"], "RETURNING": ["ada", "bob"], "CASUAL": ["ada"], "ONE_TIMER": ["bob", "cyd"]}),
        (9, {"NEW": ["ada", "bob", "cyd"], "CASUAL": ["ada"], "ONE_TIMER": ["bob", "cyd"]}),
    ],
)
async def test_g_segments(told: Gateway, day: int, expected: dict[str, list[str]]) -> None:
    found = await ask(
        told, f"segments({days(1, day)}) {{ name category count users {{ nodes {{ externalId }} totalCount }} }}"
    )
    assert [each["category"] for each in found] == ["LIFECYCLE"] * 4 + ["ENGAGEMENT"] * 4
    names = {each["name"]: [node["externalId"] for node in each["users"]["nodes"]] for each in found}
    assert list(names) == ["NEW", "RETURNING", "DORMANT", "CHURNED", "ONE_TIMER", "CASUAL", "REGULAR", "POWER_USER"]
    assert {name: users for name, users in names.items() if users} == expected
    assert all(each["count"] == each["users"]["totalCount"] == len(names[each["name"]]) for each in found)
    one = await ask(told, f"segment(name: CASUAL, {days(1, day)}) {{ name count }}")
    assert one == {"name": "CASUAL", "count": len(names["CASUAL"])}


# ---------------------------------------------------------------- R
WEEKS = f"granularity: WEEK, periods: 3, {days(2, 22)}"


async def test_r_first_time(told: Gateway) -> None:
    assert await counts(told, WEEKS) == {"2026-03-02": [3, 2, 1], "2026-03-09": [0, 0], "2026-03-16": [0]}


async def test_r_on_or_after(told: Gateway) -> None:
    found = await counts(told, f"{WEEKS}, returning: ON_OR_AFTER")
    assert found == {"2026-03-02": [3, 3, 1], "2026-03-09": [0, 0], "2026-03-16": [0]}


async def test_r_recurring(told: Gateway) -> None:
    found = await counts(told, f"{WEEKS}, entry: RECURRING", now="2026-03-30T12:00:00+02:00")
    assert found == {"2026-03-02": [3, 2, 1], "2026-03-09": [2, 0, 0], "2026-03-16": [1, 0, 0]}


async def test_r_what_is_not_over_does_not_average(told: Gateway) -> None:
    found = await ask(
        told,
        f"retention({WEEKS}, entry: RECURRING) {{ period {{ start end }} cohorts {{ {CELLS} }} averages }}",
        now="2026-03-20T12:00:00+01:00",
    )
    assert [[cell["isComplete"] for cell in each["cells"]] for each in found["cohorts"]] == [
        [True, True, False],
        [True, False],
        [False],
    ]
    assert found["averages"] == [1, pytest.approx(2 / 3), None]
    assert found["period"] == {"start": "2026-03-02", "end": "2026-03-22"}


async def test_r_conditions_and_breakdown_read_rows_and_say_the_same(told: Gateway) -> None:
    always: Any = 'where: [{field: "nothing", operator: IS_NOT_SET}]'
    for entry in ("FIRST_TIME", "FIRST_IN_PERIOD", "RECURRING"):
        for returning in ("ON", "ON_OR_AFTER"):
            chosen = f"{WEEKS}, entry: {entry}, returning: {returning}"
            assert await counts(told, f"{chosen}, {always}") == await counts(told, chosen)
    found = await ask(
        told,
        f'retention({WEEKS}, breakdown: "country") {{ breakdown(first: 1) {{ dimension isOther averages cohorts {{ size '
        "cells { count users { nodes { externalId } } } } } }",
    )
    shown = [
        (
            each["dimension"],
            each["isOther"],
            [cohort["size"] for cohort in each["cohorts"]],
            [[node["externalId"] for node in cell["users"]["nodes"]] for cell in each["cohorts"][0]["cells"]],
        )
        for each in found["breakdown"]
    ]
    assert shown == [
        ("NO", False, [1, 0, 0], [["ada"], ["ada"], []]),
        (None, True, [2, 0, 0], [["bob", "cyd"], ["bob"], ["cyd"]]),
    ]
