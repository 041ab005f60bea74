"""F1 to F13: attempts, which of them count, and what is told of them."""

from typing import Any

import pytest

from tests.analytics.owning import Own, days, event

DAY_S = 86_400
ABC = '[{event: "a"}, {event: "b"}, {event: "c"}]'
AB = '[{event: "a"}, {event: "b"}]'
NEVER_OPEN = 'exclusions: [{event: "opn"}]'
BY_COUNTRY = 'breakdown: "country"'


def funnel(steps: str = ABC, more: str = "", first: int = 2, last: int = 8) -> str:
    return f"funnel(steps: {steps}, {days(first, last)}{more and ', ' + more})"


async def counts(own: Own, question: str, app: str | None = None) -> list[int]:
    found = await own.ask(f"{question} {{ steps {{ count }} }}", app)
    return [step["count"] for step in found["steps"]]


async def times(own: Own, question: str) -> list[float | None]:
    found = await own.ask(f"{question} {{ steps {{ averageSecondsFromPrevious }} }}")
    return [step["averageSecondsFromPrevious"] for step in found["steps"]]


async def trend(own: Own, question: str, more: str = "") -> list[tuple[Any, ...]]:
    found = await own.ask(f"{question} {{ trend{more} {{ entered converted rate }} }}")
    return [tuple(point.values()) for point in found["trend"]]


def did(user: str, *events: str, **more: Any) -> list[dict[str, Any]]:
    """As `a 02T09:00`."""
    return [event(each.split()[1], each.split()[0], user=user, **more) for each in events]


async def test_f1_only_the_entry_has_to_lie_in_the_period(own: Own) -> None:
    await own.has(*did("ada", "a 08T23:59", "b 09T00:01", "c 10T09:00"))
    await own.has(*did("bob", "a 01T23:59", "b 02T09:00", "c 02T10:00"), *did("cyd", "a 09T00:00", "b 09T01:00"))
    assert await counts(own, funnel()) == [1, 1, 1]


async def test_f1_every_event_of_the_first_step_begins_an_attempt(own: Own) -> None:
    """Views at 10:00, 10:30 and a pay at 11:29, window one hour: the second view counts."""
    await own.has(*did("ada", "a 02T10:00", "a 02T10:30", "b 02T11:29"))
    assert await counts(own, funnel(AB, "windowSeconds: 3600")) == [1, 1]
    assert await times(own, funnel(AB, "windowSeconds: 3600")) == [None, 3540]


async def test_f1_a_period_of_a_day_with_a_changed_clock_has_its_hours(own: Own) -> None:
    own.now = "2026-04-02T12:00:00+02:00"
    await own.has(event("2026-03-29T21:59:59Z", "a", "ada"), event("2026-03-29T22:00:00Z", "a", "bob"))
    assert await counts(own, funnel(AB, first=29, last=29)) == [1, 0]


async def test_f2_conditions_of_a_step_and_of_the_funnel(own: Own) -> None:
    await own.has(*did("ada", "a 02T09:00", "b 02T10:00", country="NO", plan="pro"))
    await own.has(*did("bob", "a 02T09:00", "b 02T10:00", country="SE"))
    await own.has(*did("cyd", "a 02T09:00", country="NO"), *did("cyd", "b 02T10:00", country="SE"))
    assert await counts(own, funnel('[{event: "a"}, {event: "b", where: [{field: "plan", value: "pro"}]}]')) == [3, 1]
    assert await counts(own, funnel(AB, 'where: [{field: "country", value: "NO"}]')) == [2, 1]
    assert await counts(own, funnel('[{where: [{field: "plan", value: "pro"}]}, {}]')) == [1, 1]


async def test_f2_events_that_fail_the_funnels_condition_exclude_nobody(own: Own) -> None:
    await own.has(*did("ada", "a 02T09:00", "b 02T10:00", country="NO"), *did("ada", "x 02T09:30", country="SE"))
    excluded = 'exclusions: [{event: "x"}]'
    assert await counts(own, funnel(AB, excluded)) == [0, 0]
    assert await counts(own, funnel(AB, f'{excluded}, where: [{{field: "country", value: "NO"}}]')) == [1, 1]
    strict = 'order: STRICT, where: [{field: "country", value: "NO"}]'
    assert await counts(own, funnel(AB, "order: STRICT")) == [1, 0]
    assert await counts(own, funnel(AB, strict)) == [1, 1]


async def test_f3_any_events_may_lie_between_and_the_earliest_serve(own: Own) -> None:
    await own.has(*did("ada", "a 02T09:00", "x 02T09:05", "b 02T09:10", "a 02T09:15", "b 02T09:20", "c 02T09:30"))
    assert await counts(own, funnel()) == [1, 1, 1]
    assert await times(own, funnel()) == [None, 600, 1200]


async def test_f3_steps_out_of_order_do_not_count(own: Own) -> None:
    await own.has(*did("ada", "b 02T09:00", "a 02T10:00", "c 02T11:00"))
    assert await counts(own, funnel()) == [1, 0, 0]


async def test_f4_the_deepest_attempt_counts_and_of_equals_the_earliest(own: Own) -> None:
    await own.has(*did("ada", "a 02T09:00", "b 02T09:10", "a 05T09:00", "b 05T09:20", "c 05T09:30", "a 07T09:00"))
    question = funnel(more="windowSeconds: 3600")
    assert await counts(own, question) == [1, 1, 1]
    assert await times(own, question) == [None, 1200, 600]
    assert await times(own, funnel(AB, "windowSeconds: 3600")) == [None, 600]


async def test_f4_of_entries_at_one_instant_the_first_accepted_counts(own: Own) -> None:
    """However late its steps are: there, of two events of one instant, the second serves two steps."""
    await own.has(event("02T09:00", "a", "ada", country="NO"))
    await own.has(event("02T09:00", "a", "ada", country="SE"), event("02T10:00", "b", "ada"))
    found = await own.ask(f"{funnel(AB, BY_COUNTRY)} {{ breakdown {{ dimension }} }}")
    assert [each["dimension"] for each in found["breakdown"]] == ["NO"]


async def test_f4_a_voided_attempt_leaves_the_others_alone(own: Own) -> None:
    await own.has(*did("ada", "a 02T09:00", "x 02T09:05", "b 02T09:10", "a 03T09:00"))
    question = funnel(AB, 'windowSeconds: 3600, exclusions: [{event: "x"}]')
    assert await counts(own, question) == [1, 0]
    assert await trend(own, question) == [(0, 0, None), (1, 0, 0), *[(0, 0, None)] * 5]


async def test_f5_users_are_counted_and_events_without_one_for_nobody(own: Own) -> None:
    await own.has(*did("ada", "a 02T09:00", "a 03T09:00", "b 04T09:00"), event("02T09:00", "a"), event("02T10:00", "b"))
    assert await counts(own, funnel(AB)) == [1, 1]
    await own.has(*did("anonymous", "a 02T08:00"), *did("ada's phone", "c 05T09:00"))
    await own.knows("ada", "anonymous", "ada's phone")
    assert await counts(own, funnel()) == [1, 1, 1]
    assert await times(own, funnel(AB)) == [None, 2 * DAY_S + 3600]
    await own.forgets("ada")
    assert await counts(own, funnel()) == [0, 0, 0]


async def test_f6_the_window_runs_from_the_entry_edge_included(own: Own) -> None:
    await own.has(*did("ada", "a 02T09:00", "b 02T09:30", "c 02T10:00"), *did("bob", "a 02T09:00", "b 02T09:30"))
    await own.has(event("2026-03-02T10:00:00.000001+01:00", "c", "bob"))
    assert await counts(own, funnel(more="windowSeconds: 3600")) == [2, 2, 1]
    assert await counts(own, funnel(more="windowSeconds: 1799")) == [2, 0, 0]


async def test_f6_seconds_are_elapsed_whatever_the_clock_shows(own: Own) -> None:
    """From 01:30 to 03:30 on 29 March it is an hour."""
    own.now = "2026-04-02T12:00:00+02:00"
    await own.has(event("2026-03-29T01:30:00+01:00", "a", "ada"), event("2026-03-29T03:30:00+02:00", "b", "ada"))
    assert await counts(own, funnel(AB, "windowSeconds: 3600", 29, 29)) == [1, 1]
    assert await counts(own, funnel(AB, "windowSeconds: 3599", 29, 29)) == [1, 0]


async def test_f7_an_event_serves_one_step(own: Own) -> None:
    twice = '[{event: "a"}, {event: "a"}]'
    await own.has(
        *did("ada", "a 02T09:00"), *did("bob", "a 02T09:00", "a 02T09:00"), *did("cyd", "a 02T09:00", "a 04T09:00")
    )
    for order in ("ORDERED", "STRICT", "UNORDERED"):
        assert await counts(own, funnel(twice, f"order: {order}")) == [3, 2], order


async def test_f7_events_of_one_instant_have_no_order(own: Own) -> None:
    await own.has(*did("ada", "c 02T09:00", "b 02T09:00", "a 02T09:00"), *did("bob", "b 02T09:00", "a 02T09:00"))
    for order in ("ORDERED", "STRICT", "UNORDERED"):
        assert await counts(own, funnel(more=f"order: {order}")) == [2, 2, 1], order


async def test_f7_events_of_one_instant_are_matched_with_steps(own: Own) -> None:
    """The one with both marks has to serve b: c has another."""
    steps = '[{event: "a"}, {where: [{field: "b", value: 1}]}, {where: [{field: "c", value: 1}]}]'
    await own.has(*did("ada", "a 02T09:00"), *did("ada", "z 02T10:00", b=1, c=1), *did("ada", "z 02T10:00", c=1))
    await own.has(*did("bob", "a 02T09:00"), *did("bob", "z 02T10:00", b=1, c=1), *did("bob", "z 02T10:00"))
    for order in ("ORDERED", "STRICT", "UNORDERED"):
        assert await counts(own, funnel(steps, f"order: {order}")) == [2, 2, 1], order


@pytest.mark.parametrize(
    ("events", "counted"),
    [
        ("a 02T09:00|b 02T10:00|x 02T10:30|c 02T11:00", [0, 0, 0]),
        ("a 02T09:00|b 02T10:00|x 02T11:00|c 02T11:00", [1, 1, 1]),
        ("a 02T09:00|b 02T10:00|x 02T10:00|c 02T11:00", [1, 1, 1]),
        ("a 02T09:00|x 02T09:30|b 02T10:00|c 02T11:00", [1, 1, 1]),
        ("a 02T09:00|b 02T10:00|x 02T12:00", [0, 0, 0]),
        ("a 02T09:00|b 02T10:00|x 02T13:00", [0, 0, 0]),
        ("a 02T09:00|b 02T10:00|x 02T13:01", [1, 1, 0]),
        ("a 02T09:00|x 02T10:00", [1, 0, 0]),
    ],
)
async def test_f8_an_exclusion_between_the_second_and_the_third(own: Own, events: str, counted: list[int]) -> None:
    await own.has(*did("ada", *events.split("|")))
    excluded = 'exclusions: [{event: "x", afterStep: 2, beforeStep: 3}]'
    assert await counts(own, funnel(more=f"windowSeconds: 14400, {excluded}")) == counted


async def test_f8_without_steps_an_exclusion_lies_between_the_first_and_the_last(own: Own) -> None:
    await own.has(*did("ada", "a 02T09:00", "b 02T10:00", "x 02T10:30", "c 02T11:00"))
    await own.has(*did("bob", "a 02T09:00", "b 02T10:00", "c 02T11:00", "x 02T11:30"))
    assert await counts(own, funnel(more='exclusions: [{event: "x"}]')) == [1, 1, 1]
    chosen = 'exclusions: [{event: "x", where: [{field: "why", value: "y"}]}]'
    assert await counts(own, funnel(more=chosen)) == [2, 2, 2]


async def test_f9_strict_is_ended_by_any_other_event(own: Own) -> None:
    await own.has(*did("ada", "x 02T08:00", "a 02T09:00", "b 02T10:00", "c 02T11:00"))
    await own.has(*did("bob", "a 02T09:00", "b 02T10:00", "x 02T10:30", "c 02T11:00"))
    await own.has(*did("cyd", "a 02T09:00", "x 02T09:00", "b 02T10:00"))
    assert await counts(own, funnel(more="order: STRICT")) == [3, 3, 1]


async def test_f9_strict_waits_where_that_leads_further(own: Own) -> None:
    """To serve the second a at once would leave nothing for the instant that follows."""
    steps = '[{event: "a"}, {event: "a"}, {event: "b"}]'
    await own.has(*did("ada", "a 02T09:00", "a 02T09:00", "a 02T10:00", "b 02T11:00"))
    assert await counts(own, funnel(steps, "order: STRICT")) == [1, 1, 1]
    assert await times(own, funnel(steps, "order: STRICT")) == [None, 3600, 3600]


async def test_f10_unordered_counts_how_many_steps_are_done(own: Own) -> None:
    await own.has(*did("ada", "c 02T09:00", "a 02T10:00", "b 02T12:00"), *did("bob", "b 02T09:00", "b 02T10:00"))
    question = funnel(more="order: UNORDERED")
    assert await counts(own, question) == [2, 1, 1]
    assert await times(own, question) == [None, 3600, 7200]


async def test_f10_exclusions_lie_between_the_entry_and_the_completion(own: Own) -> None:
    await own.has(*did("ada", "c 02T09:00", "x 02T09:30", "a 02T10:00", "b 02T11:00"))
    await own.has(*did("bob", "b 02T09:00", "a 02T10:00", "c 02T11:00", "x 02T12:00"))
    excluded = 'exclusions: [{event: "x", afterStep: 2, beforeStep: 3}]'
    assert await counts(own, funnel(more=f"order: UNORDERED, windowSeconds: 14400, {excluded}")) == [2, 2, 1]


async def test_f11_a_user_may_enter_in_several_buckets(own: Own) -> None:
    await own.has(*did("ada", "a 02T09:00", "a 02T10:00", "b 02T10:30", "a 03T09:00", "b 09T08:00"))
    await own.has(*did("bob", "a 03T09:00"))
    assert await trend(own, funnel(AB, "windowSeconds: 604800", last=4)) == [(1, 1, 1), (2, 1, 0.5), (0, 0, None)]
    assert await trend(own, funnel(AB, "windowSeconds: 604800", last=4), "(granularity: WEEK)") == [(2, 1, 0.5)]
    hours = await trend(own, funnel(AB, "windowSeconds: 3600", last=2), "(granularity: HOUR)")
    assert hours[9:11] == [(1, 0, 0), (1, 1, 1)]
    assert len(hours) == 24


async def test_f11_is_partial_while_the_window_of_the_last_is_open(own: Own) -> None:
    """It is noon of 22 March."""
    await own.has(*did("ada", "a 21T09:00"))
    question = funnel(AB, f"windowSeconds: {DAY_S}", first=20, last=24)
    found = await own.ask(f"{question} {{ trend {{ date isPartial }} week: trend(granularity: WEEK) {{ isPartial }} }}")
    assert [tuple(point.values()) for point in found["trend"]] == [
        ("2026-03-20", False), ("2026-03-21", True), ("2026-03-22", True),
    ]  # fmt: skip
    assert [point["isPartial"] for point in found["week"]] == [True]
    own.now = "2026-03-22T23:59:59.999999+01:00"
    assert (await own.ask(f"{question} {{ trend {{ isPartial }} }}"))["trend"][1] == {"isPartial": True}
    own.now = "2026-03-23T00:00:00+01:00"
    assert (await own.ask(f"{question} {{ trend {{ isPartial }} }}"))["trend"][1] == {"isPartial": False}


SLICES = "{ breakdown%s { dimension isOther overallConversion steps { count stepRate } trend { entered converted } } }"


async def slices(own: Own, question: str, first: str = "") -> list[tuple[Any, ...]]:
    """Of each dimension, isOther, counts, and entered and converted by day."""
    found = await own.ask(question + " " + SLICES % first)
    return [
        (
            each["dimension"],
            each["isOther"],
            [step["count"] for step in each["steps"]],
            [tuple(point.values()) for point in each["trend"]],
        )
        for each in found["breakdown"]
    ]


async def test_f12_a_user_is_in_the_slice_of_the_counted_entry(own: Own) -> None:
    await own.has(*did("ada", "a 02T09:00", country="NO"), *did("ada", "a 03T09:00", "b 03T10:00", country="SE"))
    await own.has(*did("bob", "a 02T09:00", country="SE"), *did("cyd", "a 03T09:00"))
    question = funnel(AB, f'windowSeconds: {DAY_S // 2}, breakdown: "country"', last=3)
    assert await slices(own, question) == [
        ("SE", False, [2, 1], [(1, 0), (1, 1)]),  # that of NO entered on the 2nd, and makes no slice
        (None, False, [1, 0], [(0, 0), (1, 0)]),
    ]
    assert await slices(own, question, "(first: 1)") == [
        ("SE", False, [2, 1], [(1, 0), (1, 1)]),
        (None, True, [1, 0], [(0, 0), (1, 0)]),
    ]


async def test_f12_equal_slices_go_by_value_and_steps_have_their_users(own: Own) -> None:
    for user, country in (("ada", "SE"), ("bob", "NO"), ("cyd", ""), ("dan", "DK")):
        await own.has(*did(user, "a 02T09:00", country=country))
    await own.has(*did("dan", "b 03T09:00", country="XX"))
    question = funnel(AB, 'breakdown: "country"')
    found = await own.ask(
        f"{question} {{ breakdown(first: 2) {{ dimension steps {{ users {{ nodes {{ externalId }} }} "
        "droppedUsers { totalCount nodes { externalId } } } } }"
    )
    assert [
        (each["dimension"], *([user["externalId"] for user in step["users"]["nodes"]] for step in each["steps"]))
        for each in found["breakdown"]
    ] == [("DK", ["dan"], ["dan"]), ("NO", ["bob"], []), (None, ["ada", "cyd"], [])]
    assert found["breakdown"][2]["steps"][1]["droppedUsers"]["totalCount"] == 2


async def test_f13_numbers_of_nothing_are_null(own: Own) -> None:
    took = "averageSecondsFromPrevious medianSecondsFromPrevious"
    shown = f"overallConversion steps {{ count overallRate stepRate dropOff {took} }}"
    nothing = {"count": 0, "overallRate": None, "stepRate": None, "dropOff": 0}
    nothing |= {"averageSecondsFromPrevious": None, "medianSecondsFromPrevious": None}
    found = await own.ask(f"{funnel(AB)} {{ {shown} trend {{ rate }} }}")
    assert found == {"overallConversion": None, "steps": [nothing, nothing], "trend": [{"rate": None}] * 7}
    await own.has(*did("ada", "a 02T09:00"))
    steps = (await own.ask(f"{funnel()} {{ {shown} }}"))["steps"]
    assert [(each["overallRate"], each["stepRate"], each["dropOff"]) for each in steps] == [
        (1, 1, 0),
        (0, 0, 1),
        (0, None, 0),
    ]


async def test_f13_the_median_of_two_is_between_them_and_labels_are_as_given(own: Own) -> None:
    for user, minutes in (("ada", 10), ("bob", 20), ("cyd", 50), ("dan", 40)):
        await own.has(*did(user, "a 02T09:00", f"b 02T09:{minutes}"))
    steps = '[{event: "a", label: "Saw it"}, {event: "b"}, {}]'
    shown = "position event label averageSecondsFromPrevious medianSecondsFromPrevious"
    found = (await own.ask(f"{funnel(steps)} {{ steps {{ {shown} }} }}"))["steps"]
    assert [tuple(step.values()) for step in found] == [
        (1, "a", "Saw it", None, None), (2, "b", "b", 1800, 1800), (3, None, "Any event", None, None),
    ]  # fmt: skip


async def test_users_of_a_step_are_pages_and_their_cursors_of_one_step_alone(own: Own) -> None:
    for user in ("ada", "bob", "cyd"):
        await own.has(*did(user, "a 02T09:00", "b 02T10:00"))
    page = "{ steps { users(first: 2%s) { nodes { externalId } pageInfo { hasNextPage endCursor } } } }"
    first = (await own.ask(f"{funnel(AB)} {page % ''}"))["steps"][0]["users"]
    assert [user["externalId"] for user in first["nodes"]] == ["ada", "bob"]
    after = f', after: "{first["pageInfo"]["endCursor"]}"'
    answer = await own.answered(f"{funnel(AB)} {page % after}")
    steps = answer.body["data"]["client"]["it"]["steps"]
    assert [user["externalId"] for user in steps[0]["users"]["nodes"]] == ["cyd"]
    assert not steps[0]["users"]["pageInfo"]["hasNextPage"]
    assert steps[1]["users"] is None
    assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"


async def test_an_app_has_funnels_of_its_own_events(own: Own) -> None:
    app = await own.app("The app")
    await own.has(
        *did("ada", "a 02T09:00", app=app), *did("ada", "b 02T10:00"), *did("bob", "a 02T09:00", "b 02T10:00", app=app)
    )
    assert await counts(own, funnel(AB)) == [2, 2]
    assert await counts(own, funnel(AB), app) == [2, 1]


async def test_an_unknown_event_is_an_empty_step(own: Own) -> None:
    await own.has(*did("ada", "a 02T09:00", "b 02T10:00"))
    assert await counts(own, funnel('[{event: "a"}, {event: "never"}]')) == [1, 0]
    assert await counts(own, funnel(AB, 'exclusions: [{event: "never"}]')) == [1, 1]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("steps: []", "steps"),
        ('steps: [{event: "a"}]', "steps"),
        (f"steps: [{'{}' * 11}]", "steps"),
        ("steps: [{}, {}], windowSeconds: 0", "windowSeconds"),
        ("steps: [{}, {}], windowSeconds: 31622401", "windowSeconds"),
        ('steps: [{}, {}], exclusions: [{event: "x", afterStep: 0}]', "exclusions[0].afterStep"),
        ('steps: [{}, {}], exclusions: [{event: "x", afterStep: 2}]', "exclusions[0].afterStep"),
        ('steps: [{}, {}], exclusions: [{event: "x"}, {event: "x", beforeStep: 1}]', "exclusions[1].beforeStep"),
        ('steps: [{}, {}], exclusions: [{event: "x", beforeStep: 3}]', "exclusions[0].beforeStep"),
        ("steps: [{}, {}], exclusions: [" + '{event: "x"}' * 17 + "]", "exclusions"),
        ('steps: [{}, {where: [{field: "", value: 1}]}]', "steps[1].where[0].field"),
        ('steps: [{}, {}], exclusions: [{event: "x", where: [{field: "a"}]}]', "exclusions[0].where[0].value"),
        ("steps: [{}, {where: [" + '{field: "a", operator: IS_SET}' * 51 + "]}]", "steps[1].where"),
        ('steps: [{}, {}], breakdown: "audience"', "breakdown"),
        ('steps: [{}, {}], period: {last: "0d"}', "period.last"),
    ],
)
async def test_what_a_funnel_cannot_be_is_refused_by_its_argument(own: Own, arguments: str, named: str) -> None:
    answer = await own.answered(f"funnel({arguments}) {{ steps {{ count }} }}")
    assert answer.error["extensions"]["code"] == "INVALID_PARAMETER"
    assert list(answer.error["extensions"]["details"]) == [named]
    assert "client_standings" not in answer.statements


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("breakdown(first: 0) { dimension }", "first"),
        ("breakdown(first: 101) { dimension }", "first"),
        ("trend(granularity: MINUTE) { entered }", "period"),
    ],
)
async def test_what_a_funnel_cannot_show_is_refused_by_itself(own: Own, field: str, named: str) -> None:
    answer = await own.answered(f"{funnel(last=30)} {{ windowSeconds it: {field} }}")
    assert answer.body["data"]["client"]["it"] == {"windowSeconds": 604_800, "it": None}
    assert list(answer.error["extensions"]["details"]) == [named]


async def test_a_funnel_is_answered_out_of_one_reading(own: Own) -> None:
    await own.has(*did("ada", "a 02T09:00", "b 02T10:00", country="NO"))
    own.folds = False
    answer = await own.answered(
        f"{funnel(AB, BY_COUNTRY)} {{ overallConversion steps {{ count }} breakdown {{ dimension }} "
        "day: trend { entered } hour: trend(granularity: HOUR) { entered } }"
    )
    assert answer.data["client"]["it"]["steps"] == [{"count": 1}, {"count": 1}]
    assert answer.statements.count("segments_between") == 1


async def test_an_unknown_name_is_told_with_those_near_it(own: Own) -> None:
    await own.has(*did("ada", "sign_up 02T09:00", "pay 02T10:00", "paid 02T10:00", "Open 02T10:00"))
    steps = '[{event: "signup"}, {event: "pay"}, {event: "nothing like it"}]'
    answer = await own.answered(
        f"{funnel(steps, NEVER_OPEN)} {{ steps {{ count }} trend {{ entered }} }} "
        f'other: metric(name: EVENTS, event: "payd", {days(2, 2)}) {{ total }} '
        f'fine: metric(name: EVENTS, event: "pay", {days(2, 2)}) {{ total }}'
    )
    assert answer.body["extensions"]["hints"] == [
        {"path": ["client", "it"], "message": 'No event is named "signup"; near are "sign_up".'},
        {"path": ["client", "it"], "message": 'No event is named "nothing like it".'},
        {"path": ["client", "it"], "message": 'No event is named "opn"; near are "Open".'},
        {"path": ["client", "other"], "message": 'No event is named "payd"; near are "pay", "paid".'},
    ]
    answer = await own.answered(f'metric(name: EVENTS, event: "pay", {days(2, 2)}) {{ total }}')
    assert "extensions" not in answer.body
