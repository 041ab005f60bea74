"""I1 to I9: who an event counts for, once, and in what order."""

import pytest

from tests.analytics.owning import Own, days, event

DAU = f"metric(name: DAU, {days(1, 10)})"
EVENTS = f"metric(name: EVENTS, {days(1, 10)})"


async def test_i1_declarations_chain_and_hold_for_what_came_before(own: Own) -> None:
    await own.has(*(event("02T09:00", user=user) for user in ("x", "y", "z")))
    assert await own.total(DAU) == 3
    assert (await own.knows("y", "x"))["rejected"] == []
    assert await own.total(DAU) == 2
    assert (await own.knows("z", "y"))["rejected"] == []
    assert await own.total(DAU) == 1
    assert (await own.knows("z", "y"))["accepted"] == 1  # again
    await own.has(event("02T10:00", user="x"))
    assert await own.total(DAU) == 1
    assert await own.names('field: "user", value: "z"') == {"open"}
    assert await own.names('field: "user", value: "x"') == set()


@pytest.mark.parametrize(
    ("question", "before", "after"),
    [
        (DAU, 3, 2),
        (f"metric(name: DAU, granularity: WEEK, {days(1, 10)})", 3, 2),
        (f"metric(name: WAU, {days(1, 10)})", 3, 2),
        (f"metric(name: USERS, {days(1, 10)})", 3, 2),
        (f'firstTimeUsers(event: "open", {days(1, 10)})', 3, 2),
        (f'perActor(event: "open", aggregate: MAX, {days(1, 10)})', 1, 2),
        (f'metric(name: DAU, {days(1, 10)}, where: [{{field: "n", value: 1}}])', 3, 2),
        (f'formula(series: [{{metric: DAU}}], formula: "A", {days(1, 10)})', 3, 2),
    ],
)
async def test_i1_no_answer_outlives_a_declaration(own: Own, question: str, before: float, after: float) -> None:
    """Asked before it, asked again after it."""
    await own.has(*(event(f"{day:02}T09:00", user=user, n=1) for day, user in ((2, "x"), (3, "y"), (4, "z"))))
    assert await own.total(question) == before
    assert (await own.knows("y", "x"))["rejected"] == []
    assert await own.total(question) == after


async def test_i1_circles_and_second_owners_are_refused(own: Own) -> None:
    await own.has(*(event("02T09:00", user=user) for user in ("x", "y", "z")))
    await own.knows("y", "x")
    for id, alias in (("x", "y"), ("z", "x"), ("x", "x")):
        outcome = await own.knows(id, alias)
        assert [row["code"] for row in outcome["rejected"]] in (["CONFLICT"], ["INVALID_PARAMETER"]), (id, alias)
    assert await own.total(DAU) == 2


async def test_i1_first_seen_moves_back_and_first_times_fall_together(own: Own) -> None:
    """The example: x7 opened on 1 March and turns out to be ada, who opened on the 5th."""
    await own.has(event("01T09:00", user="x7"), event("05T09:00", user="ada"))
    first, users = f'firstTimeUsers(event: "open", {days(1, 5)})', f"metric(name: USERS, {days(1, 5)})"
    assert (await own.values(first))[0] == (await own.values(users))[0] == [1, 0, 0, 0, 1]
    await own.knows("ada", "x7")
    assert await own.values(first) == await own.values(users) == ([1, 0, 0, 0, 0], 1)


async def test_i2_an_id_is_one_event_on_a_utc_day_and_another_on_the_next(own: Own) -> None:
    """00:30 in Berlin is the UTC day before."""
    await own.has(event("02T09:00", id="e", user="ada", country="NO"))
    outcome = await own.sends(
        event("02T18:00", name="pay", id="e", user="bob"), event("03T00:30", id="e"), event("03T01:30", id="e")
    )
    assert (outcome["accepted"], outcome["duplicates"], outcome["rejected"]) == (1, 2, [])
    assert (await own.values(f"metric(name: EVENTS, {days(2, 3)})"))[0] == [1, 1]
    assert await own.names('field: "country", value: "NO"') == {"open"}
    assert await own.total(f'metric(name: EVENTS, event: "pay", {days(2, 3)})') == 0


async def test_i3_of_equal_instants_the_one_accepted_first_comes_first(own: Own) -> None:
    """It begins the session, and is the user's first."""
    await own.has(
        event("02T09:00", name="b", user="ada", session="s", n=1),
        event("02T09:00", name="a", user="ada", session="s", n=2),
    )
    await own.has(event("02T09:00", name="c", user="bob", session="s", n=0))
    for name in ("SESSIONS", "USERS"):
        slices = await own.slices(f'metric(name: {name}, {days(2, 2)}, breakdown: "n")', shown="share")
        assert [each[:3] for each in slices][-1] == ("1", False, 1), name
    assert await own.total(f'metric(name: SESSIONS, event: "a", {days(2, 2)})') == 0


async def test_i3_microseconds_are_kept(own: Own) -> None:
    await own.has(
        event("2026-03-02T09:00:00.000002+01:00", name="later", session="s"),
        event("2026-03-02T09:00:00.000001+01:00", name="sooner", session="s"),
    )
    [session] = (await own.ask("sessions { nodes { entryEvent exitEvent durationSeconds } }"))["nodes"]
    assert session == {"entryEvent": "sooner", "exitEvent": "later", "durationSeconds": 1e-06}


async def test_i4_what_is_too_far_ahead_or_before_1970_is_rejected_and_all_else_counts_at_its_time(own: Own) -> None:
    outcome = await own.sends(
        event("2026-03-23T12:00:00+01:00"),
        event("2026-03-23T12:00:00.000001+01:00"),
        event("1970-01-01T00:00:00Z"),
        event("1969-12-31T23:59:59.999999Z"),
        {"name": "open"},
        {"name": "open", "id": "e"},
    )
    assert outcome["accepted"] == 3
    assert [(row["index"], row["field"]) for row in outcome["rejected"]] == [(1, ["at"]), (3, ["at"]), (5, ["at"])]
    assert (await own.values(f"metric(name: EVENTS, {days(22, 23)})")) == ([1, None], 2)
    assert await own.total('metric(name: EVENTS, period: {start: "1970-01-01", end: "1970-01-01"})') == 1


async def test_i4_a_late_event_counts_from_the_next_question_on(own: Own) -> None:
    await own.has(event("10T09:00", user="ada"))
    assert (await own.values(f"metric(name: USERS, {days(9, 10)})"))[0] == [0, 1]
    await own.has(event("09T09:00", user="ada"))
    assert (await own.values(f"metric(name: USERS, {days(9, 10)})"))[0] == [1, 0]
    assert (await own.values(f"metric(name: WAU, {days(9, 10)})"))[0] == [1, 1]


async def test_i5_an_event_of_nobody_counts_as_an_event_and_for_no_user(own: Own) -> None:
    await own.has(event("02T09:00", n=2), event("02T09:01", user="", session="", n=3))
    assert await own.total(EVENTS) == 2
    assert await own.total(DAU) == 0
    assert await own.total(f"metric(name: UNIQUE_SESSIONS, {days(1, 10)})") == 0
    assert await own.total(f'propertyAggregate(event: "open", property: "n", {days(1, 10)})') == 5
    assert await own.total(f'perActor(event: "open", aggregate: SUM, {days(1, 10)})') is None
    assert await own.ask(f"topEvents({days(1, 10)}) {{ count users }}") == [{"count": 2, "users": 0}]
    assert (await own.ask("users { nodes { id } }"))["nodes"] == []


async def test_i6_below_an_app_its_own_events_alone_decide(own: Own) -> None:
    notes, maps = await own.app("Notes"), await own.app("Maps")
    await own.has(
        event("02T09:00", user="ada", session="s", app=notes),
        event("03T09:00", user="ada", session="s", app=maps),
        event("04T09:00", user="ada", session="s"),
    )
    first, users = f'firstTimeUsers(event: "open", {days(2, 4)})', f"metric(name: USERS, {days(2, 4)})"
    sessions, bounces = f"metric(name: SESSIONS, {days(2, 4)})", f"metric(name: BOUNCE_RATE, {days(2, 4)})"
    for question in (first, users, sessions):
        assert await own.values(question) == ([1, 0, 0], 1)
        assert await own.values(question, notes) == ([1, 0, 0], 1)
        assert await own.values(question, maps) == ([0, 1, 0], 1)
    assert await own.total(bounces) == 0
    assert await own.total(bounces, maps) == 1
    assert await own.total(EVENTS) == 3
    assert await own.total(f'metric(name: EVENTS, {days(1, 10)}, where: [{{field: "app", value: "{maps}"}}])') == 1
    assert await own.total(EVENTS, notes) == 1


async def test_i7_seen_first_and_last_by_whatever_id(own: Own) -> None:
    await own.has(event("05T09:00", user="ada"), event("02T09:00", user="x7"), event("07T09:00", name="pay", user="x7"))
    seen = 'user(id: "ada") { firstSeen lastSeen }'
    assert await own.ask(seen) == {"firstSeen": "2026-03-05T09:00:00+01:00", "lastSeen": "2026-03-05T09:00:00+01:00"}
    await own.knows("ada", "x7")
    assert await own.ask(seen) == {"firstSeen": "2026-03-02T09:00:00+01:00", "lastSeen": "2026-03-07T09:00:00+01:00"}


async def test_i8_a_condition_on_a_trait_goes_by_what_holds_today(own: Own) -> None:
    async def counted(value: str) -> float | None:
        return await own.total(
            f'metric(name: EVENTS, {days(1, 10)}, where: [{{field: "trait:plan", value: "{value}"}}])'
        )

    await own.has(event("02T09:00", user="ada"), event("03T09:00", user="x7"))
    await own.knows("ada", plan="pro")
    assert (await counted("pro"), await counted("free")) == (1, 0)
    await own.knows("ada", plan="free")
    assert (await counted("pro"), await counted("free")) == (0, 1)
    await own.knows("x7", plan="x")  # set last, but of an alias
    await own.knows("ada", "x7")
    assert (await counted("free"), await counted("x")) == (2, 0)
    await own.knows("ada", plan=None)  # as if never set
    assert (await counted("free"), await counted("x")) == (0, 2)
    slices = await own.slices(f'metric(name: DAU, {days(2, 3)}, breakdown: "trait:plan")')
    assert slices == [("x", False, 1, [1, 1])]


async def test_i9_what_an_erased_user_did_counts_nowhere(own: Own) -> None:
    await own.has(
        event("02T09:00", user="ada", session="s", country="NO"),
        event("02T09:10", user="bob", session="t", country="SE"),
        event("03T09:00", user="x7", session="s", country="NO"),
    )
    await own.logged({"at": "2026-03-02T10:00:00Z", "message": "hers", "user": "ada"})
    await own.knows("ada", "x7")
    measures = ("EVENTS", "DAU", "WAU", "MAU", "USERS", "SESSIONS", "UNIQUE_SESSIONS")
    before = [await own.total(f"metric(name: {name}, {days(2, 4)})") for name in measures]
    assert before == [3, 2, 2, 2, 2, 2, 2]
    await own.forgets("x7")
    assert [await own.total(f"metric(name: {name}, {days(2, 4)})") for name in measures] == [1] * 7
    assert await own.total(f"metric(name: LOGS, {days(2, 4)})") == 0
    assert await own.total(f'firstTimeUsers(event: "open", {days(2, 4)})') == 1
    assert await own.slices(f'metric(name: EVENTS, {days(2, 3)}, breakdown: "country")') == [("SE", False, 1, [1, 0])]
    assert await own.ask(f'topProperties(event: "open", property: "country", {days(2, 4)}) {{ name users }}') == [
        {"name": "SE", "users": 1}
    ]
    assert [node["name"] for node in (await own.ask(f"events({days(2, 4)}) {{ nodes {{ name }} }}"))["nodes"]] == [
        "open"
    ]
    assert await own.ask('user(id: "x7") { id }') is None
