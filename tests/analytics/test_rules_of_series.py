"""A, E, S, H and P: active users, sessions, first times, and numbers per user."""

import pytest

from tests.analytics.owning import Own, days, event


# ---------------------------------------------------------------- A
async def test_a1_daily_users_of_a_longer_bucket_are_distinct_and_no_average(own: Own) -> None:
    await own.has(*(event(f"{day:02}T09:00", user="ada") for day in (2, 3, 4)), event("04T10:00", user="bob"))
    for granularity in ("WEEK", "MONTH", "QUARTER"):
        assert await own.values(f"metric(name: DAU, granularity: {granularity}, {days(2, 8)})") == ([2], 2)
    hours, total = await own.values(f"metric(name: DAU, granularity: HOUR, {days(4, 4)})")
    assert (hours[9:11], total) == ([1, 1], 2)


async def test_a2_a_window_ends_with_the_bucket_the_period_or_today(own: Own) -> None:
    own.now = "2026-03-11T12:00:00+01:00"
    await own.has(event("02T09:00", user="ada"), event("05T09:00", user="bob"), event("11T09:00", user="cyd"))
    assert (await own.values(f"metric(name: WAU, granularity: WEEK, {days(2, 15)})"))[0] == [2, 2]  # 5 to 11 March
    assert (await own.values(f"metric(name: WAU, granularity: WEEK, {days(2, 9)})"))[0] == [2, 1]  # 3 to 9 March
    assert await own.values(f"metric(name: WAU, {days(8, 9)})") == ([2, 1], 0)


async def test_a4_windows_are_days_whatever_the_clock_does(own: Own) -> None:
    """Over the spring change: the first minute of the seventh day back is in, the last of the eighth is not."""
    own.now = "2026-04-02T12:00:00+02:00"
    await own.has(event("2026-03-24T00:00:00+01:00", user="ada"), event("2026-03-23T23:59:59+01:00", user="bob"))
    assert (await own.values(f"metric(name: WAU, {days(29, 31)})"))[0] == [2, 1, 0]


async def test_a4_only_events_that_count_make_a_user_active(own: Own) -> None:
    await own.has(
        event("02T09:00", user="ada", n=1), event("02T09:00", "pay", "bob", n=1), event("02T09:00", user="cyd", n=2)
    )
    for name in ("DAU", "WAU", "MAU"):
        asked = f'metric(name: {name}, event: "open", {days(2, 2)}, where: [{{field: "n", value: 1}}])'
        assert await own.values(asked) == ([1], 1)


async def test_a5_users_that_some_day_counts_are_listed_once_by_id(own: Own) -> None:
    await own.has(*(event("02T09:00", user=user) for user in ("b", "a", "🙂", "Z")), event("09T09:00", user="a"))

    async def listed(more: str) -> list[str]:
        return [
            node["externalId"] for node in (await own.ask(f"activeUsers({more}) {{ nodes {{ externalId }} }}"))["nodes"]
        ]

    assert await listed(days(2, 9)) == ["Z", "a", "b", "🙂"]
    assert await listed(f"window: WAU, {days(9, 9)}") == ["a"]
    assert await listed(f"window: WAU, {days(8, 9)}") == ["Z", "a", "b", "🙂"]
    assert await listed(f'window: MAU, event: "never", {days(9, 9)}') == []


# ---------------------------------------------------------------- E
async def test_e2_conditions_look_at_the_users_first_event_alone(own: Own) -> None:
    await own.has(
        event("02T09:00", user="ada", n=1), event("03T09:00", user="ada", n=2), event("03T09:00", user="bob", n=2)
    )
    asked = f'metric(name: USERS, {days(2, 4)}, where: [{{field: "n", value: %s}}])'
    assert await own.values(asked % 1) == ([1, 0, 0], 1)
    assert await own.values(asked % 2) == ([0, 1, 0], 1)


async def test_e3_logs_have_fields_of_their_own(own: Own) -> None:
    app = await own.app("Notes")
    await own.has(event("02T09:00", service="api", level="ERROR"))
    await own.logged(
        {"at": "2026-03-02T09:00:00Z", "level": "ERROR", "service": "api", "source": "a.py", "message": "no 🙂"},
        {
            "at": "2026-03-02T10:00:00Z",
            "message": "yes",
            "user": "ada",
            "session": "s",
            "app": app,
            "properties": {"level": 3},
        },
        {"at": "2026-03-03T10:00:00Z", "level": "DEBUG", "message": "", "properties": {"service": "api"}},
    )

    async def counted(field: str, value: str, operator: str = "EQ") -> float | None:
        where = f'where: [{{field: "{field}", operator: {operator}, value: {value}}}]'
        return await own.total(f"metric(name: LOGS, {days(2, 3)}, {where})")

    assert await own.values(f"metric(name: LOGS, {days(2, 3)})") == ([2, 1], 3)
    assert await own.total(f"metric(name: LOGS, {days(2, 3)})", app) == 1
    assert (
        await counted("level", '"ERROR"') == await counted("service", '"api"') == await counted("source", '"a.py"') == 1
    )
    assert (
        await counted("message", '"🙂"', "CONTAINS")
        == await counted("user", '"ada"')
        == await counted("session", '"s"')
        == 1
    )
    assert await counted("properties.level", "3") == await counted("properties.service", '"api"') == 1
    assert await counted("app", f'"{app}"') == 1
    assert await counted("service", "0", "IS_NOT_SET") == 2
    slices = await own.slices(f'metric(name: LOGS, {days(2, 3)}, breakdown: "level")')
    assert [each[0] for each in slices] == ["DEBUG", "ERROR", "INFO"]


async def test_e3_a_logs_id_decides_duplicates_and_is_no_events(own: Own) -> None:
    await own.has(event("02T09:00", id="x"))
    await own.logged({"at": "2026-03-02T09:00:00Z", "id": "x", "message": "one"})
    again = await own._sent(
        "mutation ($client: ID!, $logs: [LogInput!]!) { logsTrack(client: $client, logs: $logs) { duplicates %s } }",
        logs=[{"at": "2026-03-02T23:00:00Z", "id": "x", "message": "two"}],
    )
    assert (again["accepted"], again["duplicates"]) == (0, 1)
    assert await own.total(f"metric(name: LOGS, {days(2, 3)})") == 1


# ---------------------------------------------------------------- S
async def test_s2_a_late_event_moves_a_sessions_start_and_lengthens_it(own: Own) -> None:
    await own.has(event("03T00:10", session="s", country="SE"))
    assert (await own.values(f"metric(name: SESSIONS, {days(2, 3)})"))[0] == [0, 1]
    assert (await own.values(f"metric(name: BOUNCE_RATE, {days(2, 3)})"))[0] == [None, 1]
    await own.has(event("02T23:50", "start", session="s", country="NO"))
    assert (await own.values(f"metric(name: SESSIONS, {days(2, 3)})"))[0] == [1, 0]
    assert await own.values(f"metric(name: SESSION_DURATION, {days(2, 3)})") == ([1200, None], 1200)
    assert await own.values(f"metric(name: BOUNCE_RATE, {days(2, 3)})") == ([0, None], 0)
    assert await own.values(f"metric(name: UNIQUE_SESSIONS, {days(2, 3)})") == ([1, 1], 1)
    assert await own.slices(f'metric(name: SESSIONS, {days(2, 3)}, breakdown: "country")') == [("NO", False, 1, [1, 0])]
    await own.has(event("04T12:00", session="s"))  # whatever the period, all of it is its duration
    assert await own.total(f"metric(name: SESSION_DURATION, {days(2, 2)})") == 36 * 3600 + 600


async def test_s3_a_session_that_starts_before_the_period_is_seen_and_does_not_start(own: Own) -> None:
    await own.has(event("02T23:50", session="s"), event("03T00:20", session="s"))
    assert await own.values(f"metric(name: SESSIONS, {days(3, 3)})") == ([0], 0)
    assert await own.values(f"metric(name: UNIQUE_SESSIONS, {days(3, 3)})") == ([1], 1)
    assert await own.values(f"metric(name: SESSION_DURATION, {days(3, 3)})") == ([None], None)


async def test_s5_events_and_conditions_test_a_sessions_first_event(own: Own) -> None:
    await own.has(
        event("02T09:00", "open", "ada", "s", n=1),
        event("02T09:10", "pay", "ada", "s", n=2),
        event("02T09:00", "pay", "bob", "t", n=2),
    )

    def asked(name: str, more: str) -> str:
        return f"metric(name: {name}, {days(2, 2)}, {more})"

    for more, sessions, duration, unique in (
        ('event: "open"', 1, 600, 1),
        ('event: "pay"', 1, 0, 2),
        ('where: [{field: "n", value: 2}]', 1, 0, 2),
        ('event: "open", where: [{field: "n", value: 2}]', 0, None, 0),
    ):
        assert await own.total(asked("SESSIONS", more)) == sessions
        assert await own.total(asked("SESSION_DURATION", more)) == duration
        assert await own.total(asked("UNIQUE_SESSIONS", more)) == unique


async def test_s1_a_sessions_user_is_that_of_its_first_event(own: Own) -> None:
    await own.has(
        event("02T09:00", session="s"),
        event("02T09:10", user="ada", session="s"),
        event("02T09:00", user="bob", session="t"),
    )
    nodes = (await own.ask("sessions { nodes { externalId user { externalId } } }"))["nodes"]
    assert {node["externalId"]: node["user"] for node in nodes} == {"s": None, "t": {"externalId": "bob"}}
    assert await own.total(f'metric(name: SESSIONS, {days(2, 2)}, where: [{{field: "user", value: "ada"}}])') == 0


async def test_i6_a_session_below_an_app_starts_with_the_apps_first_event(own: Own) -> None:
    app = await own.app("Notes")
    await own.has(
        event("02T23:00", session="s"), event("03T01:00", session="s", app=app), event("03T01:05", session="s", app=app)
    )
    assert (await own.values(f"metric(name: SESSIONS, {days(2, 3)})"))[0] == [1, 0]
    assert (await own.values(f"metric(name: SESSIONS, {days(2, 3)})", app))[0] == [0, 1]
    assert await own.total(f"metric(name: SESSION_DURATION, {days(2, 3)})") == 7500
    assert await own.total(f"metric(name: SESSION_DURATION, {days(2, 3)})", app) == 300


# ---------------------------------------------------------------- H
FIRST = 'firstTimeUsers(event: "open", period: {start: "2026-03-05", end: "2026-03-06"}%s)'


async def test_h2_history_begins_at_the_midnight_so_many_days_before_the_period(own: Own) -> None:
    await own.has(
        *(event(at, user="ada") for at in ("04T23:59", "05T09:00")),
        *(event(at, user="bob") for at in ("03T23:59", "06T09:00")),
    )
    assert await own.values(FIRST % "") == ([0, 0], 0)
    assert await own.values(FIRST % ", lookbackDays: 0") == ([1, 1], 2)
    assert await own.values(FIRST % ", lookbackDays: 1") == ([0, 1], 1)
    assert await own.values(FIRST % ", lookbackDays: 2") == ([0, 0], 0)
    assert await own.values(FIRST % ", lookbackDays: 3650") == ([0, 0], 0)


async def test_h3_conditions_are_tested_on_the_first_occurrence_or_choose_it(own: Own) -> None:
    where = ', where: [{field: "n", value: 2}]'
    await own.has(
        event("05T09:00", user="ada", n=1), event("06T09:00", user="ada", n=2), event("06T09:00", user="bob", n=2)
    )
    assert await own.values(FIRST % where) == ([0, 1], 1)
    assert await own.values(FIRST % (where + ", matchMode: true")) == ([0, 2], 2)
    slices = await own.slices(FIRST % (where + ', matchMode: true, breakdown: "n"'))
    assert slices == [("2", False, 2, [0, 2])]


async def test_h4_of_equal_instants_the_one_accepted_first_is_the_first(own: Own) -> None:
    await own.has(event("05T09:00", user="ada", n="b"), event("05T09:00", user="ada", n="a"))
    assert await own.slices(FIRST % ', breakdown: "n"') == [("b", False, 1, [1, 0])]


async def test_h1_an_earlier_occurrence_that_comes_late_moves_the_user(own: Own) -> None:
    await own.has(event("06T09:00", user="ada"))
    assert await own.values(FIRST % "") == ([0, 1], 1)
    await own.has(event("05T09:00", user="ada"))
    assert await own.values(FIRST % "") == ([1, 0], 1)
    await own.has(event("2020-01-01T09:00:00Z", user="ada"))
    assert await own.values(FIRST % "") == ([0, 0], 0)


# ---------------------------------------------------------------- P
@pytest.mark.parametrize(
    ("aggregate", "counts", "sums"),
    [
        ("AVG", 5 / 3, 18), ("SUM", 5, 36), ("MIN", 1, 6), ("MAX", 3, 30), ("MEDIAN", 1, 18), ("P50", 1, 18), ("P75", 2, 24),
        ("P90", 2.6, 27.6), ("P95", 2.8, 28.8), ("P99", 2.96, 29.76),
    ],
)  # fmt: skip
async def test_p1_numbers_of_users_are_aggregated(own: Own, aggregate: str, counts: float, sums: float) -> None:
    """ada paid thrice, 30 in all; bob once, "6"; cyd once, nothing that is a number; and nobody once."""
    await own.has(
        *(event("02T09:00", "pay", "ada", amount=amount) for amount in (10, "20", "x")),
        event("03T09:00", "pay", "bob", amount="6"), event("03T09:00", "pay", "cyd"), event("03T09:00", "pay", amount=1000),
    )  # fmt: skip
    asked = f'perActor(event: "pay", aggregate: {aggregate}%s, granularity: MONTH, {days(2, 4)})'
    for more, expected in (("", counts), (', property: "amount"', sums)):
        [value], total = await own.values(asked % more)
        assert value == total == pytest.approx(expected)


async def test_p1_with_a_breakdown_it_is_per_user_and_group(own: Own) -> None:
    await own.has(
        event("02T09:00", "pay", "ada", country="NO", amount=1), event("02T09:00", "pay", "ada", country="NO", amount=2),
        event("02T09:00", "pay", "ada", country="SE", amount=4), event("02T09:00", "pay", "bob", country="SE", amount=8),
    )  # fmt: skip
    asked = f'perActor(event: "pay", property: "amount", {days(2, 2)}, breakdown: "country")'
    assert await own.slices(asked) == [("NO", False, 3, [3]), ("SE", False, 6, [6])]
    assert await own.slices(asked, first=1) == [("NO", False, 3, [3]), (None, True, 6, [6])]
    assert await own.values(asked) == ([7.5], 7.5)


async def test_p3_a_property_may_lie_deep_and_is_read_where_it_is_a_number(own: Own) -> None:
    await own.has(
        event("02T09:00", "pay", cart={"sum": 3}),
        event("02T09:00", "pay", cart={"sum": "4.5"}),
        event("02T09:00", "pay", cart=7),
    )
    asked = f'propertyAggregate(event: "pay", property: "%s", function: %s, {days(2, 2)})'
    assert await own.total(asked % ("cart.sum", "SUM")) == 7.5
    assert await own.total(asked % ("properties.cart.sum", "AVG")) == 3.75
    assert await own.total(asked % ("cart", "COUNT")) == 1
