"""B1 to B6 and V1 to V7: groups, their order, the rest, and what numbers are."""

import pytest

from tests.analytics.owning import Own, days, event


def metric(name: str, first: int, last: int, more: str = "") -> str:
    return f'metric(name: {name}, {days(first, last)}, breakdown: "country"{more})'


async def test_b1_a_user_with_events_in_two_groups_is_counted_in_both(own: Own) -> None:
    await own.has(event("02T09:00", user="ada", country="NO"), event("02T10:00", user="ada", country="SE"))
    slices = await own.slices(metric("DAU", 2, 2), shown="share")
    assert slices == [("NO", False, 1, 1), ("SE", False, 1, 1)]


async def test_b1_a_session_goes_by_its_first_event_and_unique_sessions_by_each(own: Own) -> None:
    await own.has(
        event("02T09:10", session="s", country="SE"),
        event("02T09:00", session="s", country="NO"),
        event("02T09:20", session="s"),
    )
    assert await own.slices(metric("SESSIONS", 2, 2)) == [("NO", False, 1, [1])]
    assert await own.slices(metric("SESSION_DURATION", 2, 2)) == [("NO", False, 1200, [1200])]
    assert [each[:3] for each in await own.slices(metric("UNIQUE_SESSIONS", 2, 2))] == [
        ("NO", False, 1), ("SE", False, 1), (None, False, 1),
    ]  # fmt: skip


async def test_b1_a_user_goes_by_the_first_event_of_all(own: Own) -> None:
    await own.has(event("01T09:00", user="ada", country="NO"), event("02T09:00", name="pay", user="ada", country="SE"))
    await own.has(event("02T10:00", user="bob", country="SE"))
    assert await own.slices(metric("USERS", 1, 2)) == [("NO", False, 1, [1, 0]), ("SE", False, 1, [0, 1])]
    first = f'firstTimeUsers(event: "pay", {days(1, 2)}, breakdown: "country")'
    assert await own.slices(first) == [("SE", False, 1, [0, 1])]


async def test_b2_all_that_is_unset_is_one_group(own: Own) -> None:
    rows = [event("02T09:00", country=value) for value in ("", None, {"a": 1}, ["NO"], "null", 0, False)]
    await own.has(*rows, event("02T09:00"))
    assert [each[:3] for each in await own.slices(metric("EVENTS", 2, 2))] == [
        (None, False, 5), ("0", False, 1), ("false", False, 1), ("null", False, 1),
    ]  # fmt: skip


async def test_b3_the_rest_is_a_union_in_which_a_user_counts_once(own: Own) -> None:
    await own.has(
        *(event("02T09:00", user=user, country="A") for user in ("ada", "bob", "cyd")),
        *(event("02T09:00", user="ada", country=country) for country in ("B", "C", "D")),
        event("03T09:00", user="bob", country="D"),
    )
    assert await own.slices(metric("DAU", 2, 3), first=1) == [("A", False, 3, [3, 0]), (None, True, 2, [1, 1])]
    assert await own.slices(metric("WAU", 2, 3), first=1) == [("A", False, 3, [3, 3]), (None, True, 2, [1, 2])]
    assert await own.slices(metric("DAU", 2, 3), first=4) == [
        ("A", False, 3, [3, 0]), ("D", False, 2, [1, 1]), ("B", False, 1, [1, 0]), ("C", False, 1, [1, 0]),
    ]  # fmt: skip


async def test_b4_equal_ones_go_by_code_point_and_the_unset_one_is_last_of_them(own: Own) -> None:
    names = ["a", "Z", "é", "\uffee", "🙂", "10", "9", "aa"]
    await own.has(
        *(event("02T09:00", country=name) for name in names),
        event("02T09:00"),
        event("02T10:00", country="z"),
        event("02T11:00", country="z"),
    )
    slices = await own.slices(metric("EVENTS", 2, 2))
    assert [each[0] for each in slices] == ["z", *sorted(names), None]
    assert [each[:3] for each in await own.slices(metric("EVENTS", 2, 2), first=9)][-2:] == [
        ("🙂", False, 1), (None, True, 1),
    ]  # fmt: skip
    assert (await own.slices(metric("EVENTS", 2, 2), first=10))[-1][:3] == (None, False, 1)


async def test_b4_averages_are_ranked_by_what_is_behind_them(own: Own) -> None:
    """One large payment in NO, two small ones in SE."""
    await own.has(
        event("02T09:00", "pay", "ada", "s", country="NO", amount=100),
        event("02T10:00", "pay", "ada", "s"),
        event("02T09:00", "pay", "bob", "t", country="SE", amount=1),
        event("02T09:30", "pay", "bob", "u", country="SE", amount="x"),
    )
    asked = {
        f'propertyAggregate(event: "pay", property: "amount", function: AVG, {days(2, 2)}, breakdown: "country")': [
            "SE",
            "NO",
            None,
        ],
        f'propertyAggregate(event: "pay", property: "amount", {days(2, 2)}, breakdown: "country")': ["NO", "SE", None],
        f'propertyAggregate(event: "pay", property: "amount", function: COUNT, {days(2, 2)}, breakdown: "country")': [
            "NO",
            "SE",
            None,
        ],
        f'perActor(event: "pay", property: "amount", {days(2, 2)}, breakdown: "country")': ["SE", "NO", None],
        metric("SESSION_DURATION", 2, 2): ["SE", "NO"],
        metric("BOUNCE_RATE", 2, 2): ["SE", "NO"],
    }
    for question, order in asked.items():
        assert [each[0] for each in await own.slices(question)] == order, question


async def test_b5_a_value_that_a_window_looks_back_to_is_a_group_with_total_0(own: Own) -> None:
    await own.has(event("02T09:00", user="ada", country="NO"), event("08T09:00", user="ada", country="SE"))
    assert await own.slices(metric("WAU", 8, 8)) == [("SE", False, 1, [1]), ("NO", False, 0, [1])]
    assert await own.slices(metric("WAU", 9, 9)) == [("SE", False, 0, [1])]
    assert await own.slices(metric("DAU", 8, 8)) == [("SE", False, 1, [1])]


async def test_b6_a_share_of_nothing_is_null(own: Own) -> None:
    await own.has(event("02T09:00", country="NO", amount=-1), event("02T09:00", country="SE", amount=1))
    question = f'propertyAggregate(event: "open", property: "amount", {days(2, 2)}, breakdown: "country")'
    assert await own.slices(question, shown="share") == [("SE", False, 1, None), ("NO", False, -1, None)]


async def test_b6_the_rest_is_compared_with_all_values_that_are_not_kept(own: Own) -> None:
    """C stands only in the time before; it is of the rest there."""
    await own.has(
        *(event("09T09:00", country=country) for country in ("A", "A", "B")),
        *(event("08T09:00", country=country) for country in ("A", "C", "C", "B")),
    )
    shown = "comparison { total values change changeRatio }"
    slices = await own.slices(metric("EVENTS", 9, 9, ", compare: PREVIOUS"), first=1, shown=shown)
    assert slices == [
        ("A", False, 2, {"total": 1, "values": [1], "change": 1, "changeRatio": 1}),
        (None, True, 1, {"total": 3, "values": [3], "change": -2, "changeRatio": pytest.approx(-2 / 3)}),
    ]


# ---------------------------------------------------------------- V
async def test_v1_counts_and_sums_of_nothing_are_0_and_all_else_is_null(own: Own) -> None:
    await own.has(event("02T09:00", amount="none"))
    zero = [
        f"metric(name: {name}, {days(5, 5)})"
        for name in ("EVENTS", "DAU", "WAU", "USERS", "SESSIONS", "UNIQUE_SESSIONS", "LOGS")
    ]
    zero += [
        f'propertyAggregate(event: "open", property: "amount", function: {f}, {days(2, 2)})' for f in ("SUM", "COUNT")
    ]
    null = [f"metric(name: {name}, {days(5, 5)})" for name in ("SESSION_DURATION", "BOUNCE_RATE")]
    null += [
        f'propertyAggregate(event: "open", property: "amount", function: {f}, {days(2, 2)})'
        for f in ("AVG", "MIN", "MAX", "MEDIAN", "P75", "P99")
    ]
    null += [f'perActor(event: "open", aggregate: {f}, {days(2, 2)})' for f in ("SUM", "AVG", "MAX", "P90")]
    for question in zero:
        assert await own.values(question) == ([0], 0), question
    for question in null:
        assert await own.values(question) == ([None], None), question


async def test_v2_what_no_double_holds_is_null_and_the_answer_stays_json(own: Own) -> None:
    await own.has(
        *(event("02T09:00", "pay", user, amount=1e308) for user in ("ada", "bob")),
        event("03T09:00", "pay", "ada", amount=-1e308),
    )
    series = f'propertyAggregate(event: "pay", property: "amount", {days(2, 3)})'
    assert (await own.values(series))[0] == [None, -1e308]
    assert (await own.values(f'perActor(event: "pay", property: "amount", aggregate: SUM, {days(2, 2)})'))[0] == [None]


async def test_v3_numbers_are_numbers_and_texts_that_are_wholly_one(own: Own) -> None:
    values = [
        10,
        "25",
        " 5 ",
        "1e2",
        "+.5",
        True,
        False,
        "0x10",
        "1,5",
        "",
        None,
        [7],
        {"a": 7},
        "٣",
        "inf",
        "NaN",
        "1e999",
    ]
    await own.has(*(event("02T09:00", "pay", amount=value) for value in values))
    question = f'propertyAggregate(event: "pay", property: "amount", function: %s, {days(2, 2)})'
    assert await own.total(question % "COUNT") == 5
    assert await own.total(question % "SUM") == 140.5


@pytest.mark.parametrize(
    ("function", "value"),
    [
        ("MEDIAN", 3),
        ("P75", 5.5),
        ("P90", 8.2),
        ("P95", 9.1),
        ("P99", 9.82),
        ("MIN", 1),
        ("MAX", 10),
        ("AVG", 4.25),
        ("COUNT", 4),
    ],
)
async def test_v4_quantiles_lie_between_two_values_in_proportion(own: Own, function: str, value: float) -> None:
    await own.has(*(event("02T09:00", "pay", amount=amount) for amount in (10, 1, 4, 2)))
    question = f'propertyAggregate(event: "pay", property: "amount", function: {function}, {days(2, 2)})'
    assert await own.total(question) == pytest.approx(value)


async def test_v5_v7_a_total_is_the_metric_over_the_whole_and_ends_are_of_the_points(own: Own) -> None:
    await own.has(event("02T09:00", user="ada"), event("03T09:00", user="ada"), event("03T09:00", user="bob"))
    shown = "{ total min max average values data { value } }"
    found = await own.ask(f"metric(name: DAU, {days(2, 4)}) {shown}")
    assert (found["total"], found["min"], found["max"], found["average"]) == (2, 0, 2, 1)
    assert found["values"] == [point["value"] for point in found["data"]]
    found = await own.ask(f"metric(name: BOUNCE_RATE, {days(2, 4)}) {shown}")
    assert [found[name] for name in ("total", "min", "max", "average")] == [None] * 4
