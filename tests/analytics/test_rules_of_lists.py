"""W, X, M, Z and Y: top lists, formulas, groups, rows and refusals."""

from typing import Any

import pytest

from tests.analytics.owning import Own, days, event

MARCH = days(1, 31)


# ---------------------------------------------------------------- W
async def test_w1_names_by_events_or_by_users_with_ties_by_code_point(own: Own) -> None:
    await own.has(
        *(event("02T09:00", "b", user) for user in ("ada", "ada", "ada")),
        *(event("02T09:00", "a", user) for user in ("ada", "bob", "cyd")),
        event("02T09:00", "Z", "ada"), event("02T09:00", "é"), event("02T09:00", "\U0001f642"),
    )  # fmt: skip
    top = await own.ask(f"topEvents({MARCH}) {{ name count users }}")
    assert [tuple(each.values()) for each in top] == [("a", 3, 3), ("b", 3, 1), ("Z", 1, 1), ("é", 1, 0), ("🙂", 1, 0)]
    by_users = await own.ask(f"topEvents({MARCH}, orderBy: USERS, first: 3) {{ name count users }}")
    assert [tuple(each.values()) for each in by_users] == [("a", 3, 3), ("Z", 1, 1), ("b", 3, 1)]


async def test_w2_values_by_events_with_the_unset_one_last_among_equals(own: Own) -> None:
    await own.has(
        *(event("02T09:00", user="ada", v=value) for value in ("x", None, "", "b", 25, "25", {"a": 1}, ["x"])),
        event("02T09:00", "pay", v="x"),
    )
    top = await own.ask(f'topProperties(event: "open", property: "v", {MARCH}) {{ name count users }}')
    assert [tuple(each.values()) for each in top] == [(None, 4, 1), ("25", 2, 1), ("b", 1, 1), ("x", 1, 1)]
    where = 'where: [{field: "v", operator: IN, value: ["b", 25]}]'
    top = await own.ask(
        f'topProperties(event: "open", property: "properties.v", {MARCH}, first: 1, {where}) {{ name }}'
    )
    assert top == [{"name": "25"}]


async def test_w3_sessions_by_the_value_on_their_first_event(own: Own) -> None:
    await own.has(
        event("02T09:00", "open", "ada", "s", device_type="phone"), event("02T09:10", "pay", "bob", "s", device_type="desk"),
        event("02T09:00", "open", "ada", "t", device_type="phone"), event("02T09:00", "open", "bob", "u"),
        event("2026-02-01T09:00:00Z", "open", "cyd", "v", device_type="watch"), event("02T09:00", "open", "cyd", "v"),
    )  # fmt: skip
    top = await own.ask(f"topSessions({MARCH}) {{ name count users }}")
    assert [tuple(each.values()) for each in top] == [("phone", 2, 1), (None, 1, 1)]
    where = 'where: [{field: "event", value: "pay"}]'
    assert await own.ask(f"topSessions({MARCH}, {where}) {{ name }}") == []


async def test_w4_logs_by_level_service_or_source_with_users_of_those_that_name_one(own: Own) -> None:
    at = {"at": "2026-03-02T09:00:00Z", "message": "x"}
    await own.logged(
        {**at, "level": "ERROR", "service": "b", "user": "ada"},
        {**at, "level": "ERROR", "service": "a", "source": "f", "user": "ada"},
        {**at, "level": "ALERT"},
    )
    for property, expected in (
        ("LEVEL", [("ERROR", 2, 1), ("ALERT", 1, 0)]),
        ("SERVICE", [("a", 1, 1), ("b", 1, 1), (None, 1, 0)]),
        ("SOURCE", [(None, 2, 1), ("f", 1, 1)]),
    ):
        top = await own.ask(f"topLogs(property: {property}, {MARCH}) {{ name count users }}")
        assert [tuple(each.values()) for each in top] == expected


# ---------------------------------------------------------------- X
async def formula(own: Own, series: str, text: str, period: str = days(2, 3), more: str = "") -> Any:
    return await own.values(f'formula(series: [{series}], formula: "{text}", {period}{more})')


async def test_x_formulas_over_series_of_all_kinds(own: Own) -> None:
    await own.has(
        event("02T09:00", "open", "ada", "s"),
        event("02T09:10", "pay", "ada", "s", amount=10),
        event("03T09:00", "pay", "bob", amount="x"),
    )
    await own.logged({"at": "2026-03-02T09:00:00Z", "message": "x"})
    amount = '{event: "pay", property: "amount", function: AVG}'
    assert await formula(own, '{event: "pay"}, {metric: DAU}', "A / B") == ([1, 1], 1)
    assert await formula(own, f"{amount}, {{}}", "A + B") == ([12, None], 13)  # X4, X5: no average on the 3rd
    assert await formula(own, f"{amount}, {{}}", "max(A, B)") == ([10, None], 10)
    assert await formula(own, '{event: "pay", property: "amount"}', "A") == ([10, 0], 10)
    assert await formula(own, "{metric: LOGS}, {metric: SESSIONS}", "A / B") == ([1, None], 1)
    assert await formula(
        own, "{metric: SESSION_DURATION}, {metric: USERS}, {metric: UNIQUE_SESSIONS}", "A + B * C"
    ) == ([601, None], 602)
    assert await formula(own, "{}", "A / 0") == ([None, None], None)
    assert await formula(own, "{}", "sqrt(0 - A)") == ([None, None], None)
    assert await formula(own, "{}", "-A^2 + 2^3^2 % 5") == ([-2, 1], -7)
    assert await formula(own, "{}", "round(A / 3, 2)") == ([0.67, 0.33], 1)


async def test_x1_hours_of_another_day_are_laid_over_those_of_a_shorter_one(own: Own) -> None:
    """28 March has an hour more than the 29th: it counts in its total alone."""
    own.now = "2026-04-02T12:00:00+02:00"
    await own.has(event("2026-03-28T23:30:00+01:00"), event("2026-03-29T23:30:00+02:00"))
    moved = '{period: {start: "2026-03-28", end: "2026-03-28"}}'
    values, total = await formula(own, f"{{}}, {moved}", "A * 10 + B", days(29, 29), ", granularity: HOUR")
    assert len(values) == 23
    assert (values[22], total) == (10, 11)
    values, total = await formula(
        own, '{}, {period: {start: "2026-03-29", end: "2026-03-29"}}', "A * 10 + B", days(28, 28), ", granularity: HOUR"
    )
    assert (values[22], values[23], total) == (1, None, 11)


async def test_x6_groups_are_those_of_any_series_and_missing_ones_are_empty(own: Own) -> None:
    await own.has(
        event("02T09:00", "open", "ada", "s", c="A"),
        event("02T09:00", "open", "ada", "s", c="A"),
        event("02T09:00", "pay", "ada", c="B"),
    )
    series = '[{event: "open", breakdown: "c"}, {event: "pay", breakdown: "c"}, {}]'
    slices = await own.slices(f'formula(series: {series}, formula: "A * 100 + B * 10 + C", {days(2, 2)})')
    assert slices == [("A", False, 203, [203]), ("B", False, 13, [13])]
    quotient = await own.slices(f'formula(series: {series}, formula: "A / B", {days(2, 2)})')
    assert quotient == [("A", False, None, [None]), ("B", False, 0, [0])]


async def test_x6_sessions_and_first_times_go_by_their_first_events(own: Own) -> None:
    await own.has(
        event("02T09:00", "open", "ada", "s", c="A"),
        event("02T09:05", "open", "ada", "s", c="B"),
        event("02T09:00", "open", "bob", "t", c="B"),
    )
    for metric in ("SESSIONS", "USERS"):
        slices = await own.slices(
            f'formula(series: [{{metric: {metric}, breakdown: "c"}}], formula: "A", {days(2, 2)})'
        )
        assert slices == [("A", False, 1, [1]), ("B", False, 1, [1])]


# ---------------------------------------------------------------- M
async def test_m1_sizes_and_intensities(own: Own) -> None:
    await own.has(
        *(
            event("02T09:00", "pay", user, c=country, n=n)
            for user, country, n in (("ada", "A", 5), ("ada", "A", "1"), ("bob", "A", "x"), ("ada", "B", 9))
        ),
        event("02T09:00", "pay", c="B", n=1),
        event("02T09:00", "open", "cyd", c="C", n=50),
    )

    async def groups(size: str, intensity: str, more: str = 'event: "pay"') -> Any:
        found = await own.ask(
            f'grouped(groupBy: "c", size: {{{size}}}, intensity: {{{intensity}}}, {MARCH}, {more}) '
            "{ totalSize groups { dimension isOther size intensity } }"
        )
        return [tuple(each.values()) for each in found["groups"]], found["totalSize"]

    average = "type: AVG_PER_ACTOR"
    assert await groups("type: COUNT", average) == ([("A", False, 3, 1.5), ("B", False, 2, 1)], 5)
    assert await groups("type: UNIQUE_ACTORS", average) == ([("A", False, 2, 1.5), ("B", False, 1, 1)], 2)
    assert await groups('type: SUM, property: "n"', 'type: AVG, property: "n"') == (
        [("B", False, 10, 5), ("A", False, 6, 3)],
        16,
    )
    quantile = "type: PERCENTILE_PER_ACTOR, percentile: %s"
    for percentile, expected in ((0, 1), (0.5, 1.5), (1, 2)):
        assert (await groups("type: COUNT", quantile % percentile))[0][0] == ("A", False, 3, expected)
    assert await groups("type: UNIQUE_ACTORS", "type: UNIQUE_ACTORS", "maxGroups: 1") == (
        [("A", False, 2, 2), (None, True, 2, 2)],
        3,
    )


# ---------------------------------------------------------------- Z
async def test_z1_rows_are_newest_first_and_of_equal_instants_the_one_accepted_last(own: Own) -> None:
    await own.has(
        event("02T09:00", "a", session="s"), event("02T10:00", "b", session="t"), event("02T09:00", "c", session="u")
    )
    await own.logged(*({"at": "2026-03-02T09:00:00Z", "message": text} for text in "abc"))
    assert [node["name"] for node in (await own.ask("events { nodes { name } }"))["nodes"]] == ["b", "c", "a"]
    assert [node["externalId"] for node in (await own.ask("sessions { nodes { externalId } }"))["nodes"]] == [
        "t",
        "u",
        "s",
    ]
    assert [node["message"] for node in (await own.ask("logs { nodes { message } }"))["nodes"]] == ["c", "b", "a"]


async def test_z2_users_are_listed_by_code_point_and_pages_hide_nobody(own: Own) -> None:
    names = ["Z", "a", "é", "\uffee", "🙂", "10", "9", "it's", "\u202e"]
    await own.has(*(event("02T09:00", user=name) for name in names))
    found: list[str] = []
    after = ""
    for _ in range(4):
        page = await own.ask(
            f"users(first: 3{after}) {{ nodes {{ externalId }} pageInfo {{ endCursor hasNextPage }} }}"
        )
        found += [node["externalId"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = f', after: "{page["pageInfo"]["endCursor"]}"'
        await own.has(event("02T09:00", user="0"))  # before the first: it moves nobody
    assert found == sorted(names)


# ---------------------------------------------------------------- Y
SIX = ("MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER")


@pytest.mark.parametrize(
    "field",
    [
        'firstTimeUsers(event: "open"',
        'perActor(event: "open"',
        'propertyAggregate(event: "open", property: "n"',
        'formula(series: [{}], formula: "A"',
        "metric(name: EVENTS",
    ],
)
async def test_y2_all_six_granularities(own: Own, field: str) -> None:
    await own.has(event("02T09:00", user="ada", n=1))
    for granularity in SIX:
        values, total = await own.values(f"{field}, granularity: {granularity}, {days(2, 2)})")
        assert (sum(value or 0 for value in values), total) == (1, 1), granularity


@pytest.mark.parametrize("metric", ["WAU", "MAU"])
@pytest.mark.parametrize("granularity", ["HOUR", "MINUTE"])
async def test_a3_trailing_users_are_refused_below_a_day_in_formulas_too(
    own: Own, metric: str, granularity: str
) -> None:
    answer = await own.answered(
        f'formula(series: [{{}}, {{metric: {metric}}}], formula: "A", granularity: {granularity}) {{ total }}'
    )
    assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"
    assert "DAY" in answer.error["message"]


async def test_y1_y6_the_argument_at_fault_is_named_wherever_it_stands(own: Own) -> None:
    many = ", ".join('{field: "n", value: 1}' for _ in range(51))
    long = "[" + ",".join(["1"] * 1001) + "]"
    for field, argument in (
        (f"events(where: [{many}])", "where"),
        (f"sessions(where: [{many}])", "where"),
        (f"users(where: [{many}])", "where"),
        (f"activeUsers(where: [{many}])", "where"),
        (f'events(where: [{{field: "n", operator: IN, value: {long}}}])', "where[0].value"),
        ('events(period: {last: "7 days"})', "period.last"),
        ("logs(period: {})", "period"),
        ("users(first: 1001)", "first"),
        ('users(period: {start: "2026-03-02"})', "period"),
        ('sessions(where: [{field: ""}])', "where[0].field"),
    ):
        answer = await own.answered(f"{field} {{ nodes {{ id }} }}")
        assert answer.error["extensions"]["code"] == "INVALID_PARAMETER", field
        assert next(iter(answer.error["extensions"]["details"])).startswith(argument), (field, answer.error)
