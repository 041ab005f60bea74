"""K, L, G and R: stickiness, lifecycle, segments and retention, rule by rule."""

from typing import Any

import pytest

from parallax.engine.fold import fold
from tests.analytics.owning import Own, days, event
from tests.seeds import OPERATOR

POINTS = "data { date new returning resurrected dormant isPartial }"
COUNTS = "cohorts { start size cells { count isComplete } } averages"


async def lifecycle(own: Own, arguments: str, app: str | None = None) -> list[tuple[Any, ...]]:
    found = await own.ask(f"lifecycle({arguments}) {{ {POINTS} }}", app)
    return [tuple(point.values()) for point in found["data"]]


async def cohorts(own: Own, arguments: str, app: str | None = None) -> dict[str, list[int]]:
    found = await own.ask(f"retention({arguments}) {{ {COUNTS} }}", app)
    return {each["start"][5:]: [cell["count"] for cell in each["cells"]] for each in found["cohorts"]}


async def segments(own: Own, arguments: str = "", app: str | None = None) -> dict[str, list[str]]:
    """The users of each segment that has some."""
    given = f"({arguments})" if arguments else ""
    found = await own.ask(f"segments{given} {{ name count users {{ nodes {{ externalId }} }} }}", app)
    names = {each["name"]: [node["externalId"] for node in each["users"]["nodes"]] for each in found}
    assert [each["count"] for each in found] == [len(users) for users in names.values()]
    return {name: users for name, users in names.items() if users}


# ---------------------------------------------------------------- K
async def test_k1_a_point_stands_at_the_last_day_of_its_bucket_of_the_period_or_today(own: Own) -> None:
    await own.has(
        event("02T09:00", user="ada"),
        event("08T09:00", user="bob"),  # Sunday of the first week
        event("12T09:00", user="ada"),  # Thursday, where the period ends
        event("13T09:00", user="cyd"),
    )
    ratio = f"stickiness(granularity: WEEK, {days(2, 12)})"
    found = await own.ask(f"{ratio} {{ ratio {{ values total unit name }} histogram {{ users }} }}")
    assert found["ratio"] == {"values": [1 / 2, 1 / 2], "total": None, "unit": "RATIO", "name": "DAILY_STICKINESS"}
    assert found["histogram"] == [{"users": 1}, {"users": 1}]
    weekly = ratio.replace("(", "(ratio: WEEKLY, ", 1)
    assert (await own.ask(f"{weekly} {{ ratio {{ values }} }}"))["ratio"]["values"] == [1, 1]
    own.now = "2026-03-08T08:00:00+01:00"
    assert (await own.ask(f"{ratio} {{ ratio {{ values }} }}"))["ratio"]["values"] == [1 / 2, None]


async def test_k1_null_where_nobody_was_active_in_the_month(own: Own) -> None:
    await own.has(event("02T09:00", user="ada"), event("02T09:00"))
    found = await own.ask(f"stickiness({days(1, 3)}) {{ ratio {{ values min average }} }}")
    assert found["ratio"] == {"values": [None, 1, 0], "min": 0, "average": 0.5}
    nobody = await own.ask(f'stickiness(event: "never", {days(1, 3)}) {{ ratio {{ values }} histogram {{ users }} }}')
    assert nobody == {"ratio": {"values": [None] * 3}, "histogram": [{"users": 0}] * 3}


async def test_k1_slices_rank_by_users_of_the_period_and_have_no_total(own: Own) -> None:
    await own.has(
        *(event("02T09:00", user=user, country="NO") for user in ("ada", "bob")),
        event("03T09:00", user="ada", country="SE"),
        event("03T09:00", user="cyd"),
    )
    found = await own.ask(
        f'stickiness({days(2, 3)}, breakdown: "country", compare: PREVIOUS) {{ ratio {{ values comparison {{ values total }} '
        "breakdown(first: 2) { dimension isOther total share values comparison { values } } } }"
    )
    assert found["ratio"]["values"] == [1, 2 / 3]
    assert found["ratio"]["comparison"] == {"values": [None, None], "total": None}
    assert [tuple(each.values())[:5] for each in found["ratio"]["breakdown"]] == [
        ("NO", False, None, None, [1, 0]),
        ("SE", False, None, None, [None, 1]),
        (None, True, None, None, [None, 1]),
    ]


async def test_k1_its_id_stands_for_the_question(own: Own) -> None:
    await own.has(event("02T09:00", user="ada"))
    ratio = (await own.ask(f"stickiness(ratio: WEEKLY, {days(2, 4)}) {{ ratio {{ id values }} }}"))["ratio"]
    text = "query ($id: ID!) { node(id: $id) { ... on Metric { id name values } } }"
    again = (await own.gateway.ask(text, token=OPERATOR, now=own.now, id=ratio["id"])).body
    assert again["data"]["node"] == {**ratio, "name": "WEEKLY_STICKINESS"}
    other = (await own.ask(f"stickiness({days(2, 4)}) {{ ratio {{ id }} }}"))["ratio"]
    assert other["id"] != ratio["id"]


async def test_k2_bars_are_of_active_buckets_of_the_period(own: Own) -> None:
    await own.has(
        *(event(f"{day:02}T09:00", user="ada", n=1) for day in (1, 2, 3, 9)),
        event("03T10:00", user="ada"),
        event("09T09:00", user="bob"),
    )

    async def bars(arguments: str) -> list[tuple[int, int]]:
        found = await own.ask(f"stickiness({arguments}) {{ histogram {{ days users }} }}")
        return [tuple(bar.values()) for bar in found["histogram"]]

    assert await bars(days(2, 5)) == [(1, 0), (2, 1), (3, 0), (4, 0)]
    assert await bars(f"granularity: WEEK, {days(2, 15)}") == [(1, 1), (2, 1)]
    where = 'where: [{field: "n", value: 1}]'
    assert await bars(f"granularity: WEEK, {days(2, 15)}, {where}") == [(1, 0), (2, 1)]


# ---------------------------------------------------------------- L
async def test_l1_active_by_the_chosen_events_and_born_by_any(own: Own) -> None:
    await own.has(
        event("02T09:00", user="ada"),  # born a week before the first `pay`
        event("09T09:00", name="pay", user="ada", n=1),
        event("10T09:00", name="pay", user="bob"),
    )
    weeks = f'event: "pay", {days(2, 15)}'
    assert await lifecycle(own, weeks) == [("2026-03-02", 0, 0, 0, 0, False), ("2026-03-09", 1, 0, 1, 0, False)]
    where = f'{weeks}, where: [{{field: "n", value: 1}}]'
    assert (await lifecycle(own, where))[1] == ("2026-03-09", 0, 0, 1, 0, False)


async def test_l1_the_period_is_widened_and_what_has_not_begun_left_out(own: Own) -> None:
    own.now = "2026-03-11T12:00:00+01:00"
    await own.has(event("02T09:00", user="ada"), event("10T09:00", user="ada"))
    found = await own.ask(f"lifecycle({days(4, 25)}) {{ period {{ start end }} granularity {POINTS} }}")
    assert found["period"] == {"start": "2026-03-04", "end": "2026-03-25"}
    assert [tuple(point.values()) for point in found["data"]] == [
        ("2026-03-02", 1, 0, 0, 0, False),
        ("2026-03-09", 0, 1, 0, 0, True),
    ]
    assert await lifecycle(own, days(23, 25)) == []


async def test_l2_the_bucket_before_the_first_is_looked_at(own: Own) -> None:
    await own.has(
        *(event(f"{day:02}T09:00", user=user) for day, user in ((1, "ada"), (1, "bob"), (2, "ada"), (4, "bob")))
    )
    assert await lifecycle(own, f"granularity: DAY, {days(2, 4)}") == [
        ("2026-03-02", 0, 1, 0, 1, False),
        ("2026-03-03", 0, 0, 0, 1, False),
        ("2026-03-04", 0, 0, 1, 0, False),
    ]
    assert (await lifecycle(own, f"granularity: QUARTER, {days(2, 4)}"))[0][1:5] == (2, 0, 0, 0)


async def test_l_a_late_event_that_waits_moves_who_is_new(own: Own) -> None:
    own.folds = True
    await own.has(event("10T09:00", user="ada"))
    own.folds = False
    await own.has(event("02T09:00", user="ada"))
    later = f"granularity: DAY, {days(10, 10)}"
    for _ in range(2):
        assert await lifecycle(own, later) == [("2026-03-10", 0, 0, 1, 0, False)]
        assert await cohorts(own, f"{later}, periods: 1") == {"03-10": [0]}
        assert await own.total(f"metric(name: USERS, {days(10, 10)})") == 0
        await fold(own.db, own.uuid)


# ---------------------------------------------------------------- G
async def test_g1_the_reference_day_is_the_periods_last_or_today(own: Own) -> None:
    await own.has(event("05T23:59", user="ada"), event("12T00:01", user="bob"), event("13T00:00", user="cyd"))
    assert await segments(own, days(1, 12)) == {"NEW": ["ada", "bob"], "ONE_TIMER": ["ada", "bob"]}
    assert await segments(own, days(12, 12)) == await segments(own, days(1, 12))
    assert await segments(own, days(1, 13)) == {
        "NEW": ["bob", "cyd"],
        "DORMANT": ["ada"],
        "ONE_TIMER": ["ada", "bob", "cyd"],
    }
    assert await segments(own, days(1, 31)) == await segments(own)  # today is the 22nd
    assert (await segments(own))["DORMANT"] == ["ada", "bob", "cyd"]
    later = 'period: {start: "2026-03-01", end: "2026-04-12"}'
    own.now = "2026-04-30T12:00:00+02:00"
    assert (await segments(own, later))["CHURNED"] == ["ada", "bob"]


async def test_g2_engagement_counts_the_sessions_with_an_event_of_the_user(own: Own) -> None:
    sessions = {"one": 1, "two": 2, "four": 4, "five": 5, "fourteen": 14, "fifteen": 15}
    for user, many in sessions.items():
        await own.has(*(event("02T09:00", user=user, session=f"{user} {number}") for number in range(many)))
    await own.has(
        event("02T09:00", user="none"),
        event("03T09:00", user="one", session="two 0"),  # begun by another
        event("03T09:00", user="two", session="two 0"),
        event("20T09:00", user="four", session="four 9"),
    )
    found = await segments(own, days(1, 10))
    assert {name: found[name] for name in ("ONE_TIMER", "CASUAL", "REGULAR", "POWER_USER")} == {
        "ONE_TIMER": ["none"],
        "CASUAL": ["four", "one", "two"],
        "REGULAR": ["five", "fourteen"],
        "POWER_USER": ["fifteen"],
    }
    assert (await segments(own))["REGULAR"] == ["five", "four", "fourteen"]


async def test_g2_ids_that_are_one_user_share_their_sessions_and_an_app_has_its_own(own: Own) -> None:
    notes = await own.app("Notes")
    await own.has(
        event("02T09:00", user="ada", session="a", app=notes),
        event("02T09:05", user="x7", session="a"),
        event("03T09:00", user="x7", session="b", app=notes),
    )
    assert (await segments(own))["ONE_TIMER"] == ["ada"]
    assert (await segments(own))["CASUAL"] == ["x7"]
    await own.knows("ada", "x7")
    assert await segments(own) == {"DORMANT": ["ada"], "CASUAL": ["ada"]}
    assert await segments(own, app=notes) == {"DORMANT": ["ada"], "CASUAL": ["ada"]}
    assert await segments(own, days(1, 2), app=notes) == {"NEW": ["ada"], "ONE_TIMER": ["ada"]}
    await own.has(event("04T09:00", user="bob", session="b"))
    await own.forgets("ada")
    assert await segments(own) == {"DORMANT": ["bob"], "ONE_TIMER": ["bob"]}


# ---------------------------------------------------------------- R
async def test_r1_conditions_belong_to_the_definition_of_the_event(own: Own) -> None:
    await own.has(
        event("02T09:00", user="ada"),
        event("03T09:00", user="ada", n=1),  # the first that satisfies
        event("04T09:00", user="ada", name="pay", n=1),
        event("05T09:00", user="ada", name="pay", n=2),
    )
    by_day = f"granularity: DAY, periods: 3, {days(2, 4)}"
    n1, n2 = ('[{field: "n", value: %d}]' % n for n in (1, 2))  # noqa: UP031 - braces
    assert await cohorts(own, by_day) == {"03-02": [1, 1, 1], "03-03": [0, 0, 0], "03-04": [0, 0, 0]}
    assert (await cohorts(own, f"{by_day}, startWhere: {n1}"))["03-03"] == [1, 1, 1]
    assert (await cohorts(own, f"{by_day}, where: {n1}"))["03-03"] == [1, 1, 0]
    assert (await cohorts(own, f"{by_day}, startWhere: {n1}, returnWhere: {n2}"))["03-03"] == [1, 0, 1]
    assert (await cohorts(own, f'{by_day}, startEvent: "pay"'))["03-04"] == [1, 1, 0]
    assert (await cohorts(own, f'{by_day}, returnEvent: "pay"'))["03-02"] == [1, 0, 1]
    assert (await cohorts(own, f'{by_day}, returnEvent: "never"'))["03-02"] == [1, 0, 0]


async def test_r2_r3_entries_count_from_the_widened_period(own: Own) -> None:
    await own.has(
        event("01T09:00", user="ada"),
        *(event(f"{day:02}T09:00", user=user) for day in (2, 9) for user in ("ada", "bob")),
    )
    weeks = f"periods: 2, {days(4, 10)}"
    assert await cohorts(own, weeks) == {"03-02": [1, 1], "03-09": [0, 0]}
    assert await cohorts(own, f"{weeks}, entry: FIRST_IN_PERIOD") == {"03-02": [2, 2], "03-09": [0, 0]}
    assert await cohorts(own, f"{weeks}, entry: RECURRING") == {"03-02": [2, 2], "03-09": [2, 0]}


async def test_r4_or_after_reaches_beyond_the_periods_asked_for(own: Own) -> None:
    await own.has(event("02T09:00", user="ada"), event("20T09:00", user="ada"))
    by_day = f"granularity: DAY, periods: 2, {days(2, 2)}"
    assert await cohorts(own, by_day) == {"03-02": [1, 0]}
    assert await cohorts(own, f"{by_day}, returning: ON_OR_AFTER") == {"03-02": [1, 1]}


async def test_r6_r7_a_triangle_and_averages_of_what_is_complete(own: Own) -> None:
    own.now = "2026-03-05T12:00:00+01:00"
    await own.has(
        *(event(f"{day:02}T09:00", user=user) for day, user in ((3, "ada"), (3, "bob"), (4, "ada"), (4, "cyd")))
    )
    found = await own.ask(f"retention(granularity: DAY, periods: 4, {days(3, 9)}) {{ {COUNTS} }}")
    assert [[tuple(cell.values()) for cell in each["cells"]] for each in found["cohorts"]] == [
        [(2, True), (1, True), (0, False)],
        [(1, True), (0, False)],
        [(0, False)],
    ]
    assert found["averages"] == [1, 1 / 2, None, None]
    assert await cohorts(own, days(23, 29)) == {}


async def test_r8_months_are_steps_of_the_calendar(own: Own) -> None:
    jan, feb, mar = (f"2026-{day}T23:30:00+01:00" for day in ("01-31", "02-28", "03-01"))
    await own.has(event(jan, user="ada"), event(feb, user="ada"), event(mar, user="bob"))
    months = 'granularity: MONTH, periods: 3, period: {start: "2026-01-10", end: "2026-03-02"}'
    assert await cohorts(own, months) == {"01-01": [1, 1, 0], "02-01": [0, 0], "03-01": [1]}


async def test_r9_a_slice_is_of_the_start_event_that_put_the_user_there(own: Own) -> None:
    await own.has(
        event("02T09:00", user="ada", country="NO"),
        event("02T10:00", user="ada", country="SE"),
        event("03T09:00", user="ada", country="SE"),
        event("03T09:00", user="bob", country="SE"),
        event("04T09:00", user="bob"),
    )
    shown = "breakdown(first: %d) { dimension isOther averages cohorts { cells { count } } }"

    async def slices(entry: str, first: int) -> list[tuple[Any, ...]]:
        asked = f'retention(granularity: DAY, periods: 2, {days(2, 3)}, entry: {entry}, breakdown: "country")'
        found = await own.ask(f"{asked} {{ {shown % first} }}")
        return [
            (each["dimension"], each["isOther"], [[cell["count"] for cell in row["cells"]] for row in each["cohorts"]])
            for each in found["breakdown"]
        ]

    assert await slices("FIRST_TIME", 25) == [("NO", False, [[1, 1], [0, 0]]), ("SE", False, [[0, 0], [1, 1]])]
    assert await slices("RECURRING", 1) == [("SE", False, [[0, 0], [2, 1]]), (None, True, [[1, 1], [0, 0]])]
    assert (await own.ask(f"retention({days(2, 3)}) {{ breakdown {{ dimension }} }}"))["breakdown"] is None


async def test_t5_without_a_period_retention_has_90_days(own: Own) -> None:
    found = await own.ask("retention(granularity: MONTH, periods: 1) { period { start end } cohorts { start } }")
    assert found["period"] == {"start": "2025-12-23", "end": "2026-03-22"}
    assert [each["start"] for each in found["cohorts"]] == ["2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01"]
    assert (await own.ask("lifecycle { period { start } }"))["period"] == {"start": "2026-02-21"}


async def test_numbers_are_the_same_with_and_without_the_users_behind_them(own: Own) -> None:
    """Without, they are shown as columns."""
    await own.has(event("02T09:00", user="ada"), event("03T09:00", user="ada"))
    users = "users%s { totalCount }"
    for field, of, shown, given in (
        ("retention", "cohorts { cells", "__typename offset n: count rate isComplete", ""),
        ("lifecycle", "data", "__typename date at new returning resurrected dormant isPartial", "(state: NEW)"),
    ):
        asked = f"{field}(granularity: DAY, {days(2, 4)}) {{ {of} {{ {shown} %s }} {'}' * of.count('{')} }}"
        plain, whole = [(await own.ask(asked % more)) for more in ("", users % given)]
        rows = [
            (each, with_users)
            for one, other in zip(*(found.get("cohorts") or [found] for found in (plain, whole)), strict=True)
            for each, with_users in zip(*(next(iter(part.values())) for part in (one, other)), strict=True)
        ]
        assert rows
        for each, with_users in rows:
            assert with_users.pop("users")["totalCount"] == each.get("n", each.get("new"))
            assert each == with_users


# ---------------------------------------------------------------- Z2
@pytest.mark.parametrize(
    "field",
    [
        f"retention(granularity: DAY, periods: 1, {days(2, 2)}) {{ of: cohorts {{ cells {{ users(PAGE) }} }} }}",
        f"lifecycle(granularity: DAY, {days(2, 2)}) {{ of: data {{ users(state: NEW, PAGE) }} }}",
        f"segment(name: NEW, {days(1, 3)}) {{ of: users(PAGE) }}",
    ],
)
async def test_z2_members_are_paged_by_id_by_the_cursors_of_their_list(own: Own, field: str) -> None:
    await own.has(*(event("02T09:00", user=user) for user in ("b", "é", "a", "C")))

    async def page(given: str) -> Any:
        shown = f"({given}) {{ nodes {{ externalId }} pageInfo {{ endCursor hasNextPage }} totalCount }}"
        found = (await own.ask(field.replace("(PAGE)", shown).replace(", PAGE)", f", {shown[1:]}")))["of"]
        while isinstance(found, list) or "nodes" not in found:
            found = found[0] if isinstance(found, list) else next(iter(found.values()))
        return found

    first = await page("first: 3")
    assert [node["externalId"] for node in first["nodes"]] == ["C", "a", "b"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (4, True)
    await own.has(event("02T09:00", user="A"))
    rest = await page(f'first: 3, after: "{first["pageInfo"]["endCursor"]}"')
    assert [node["externalId"] for node in rest["nodes"]] == ["é"]
