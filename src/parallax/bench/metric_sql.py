# ruff: noqa: S608
"""The questions of `bench metrics` in SQL: of plain events, and of roll-ups as DuckDB and ClickHouse keep them best. Pure."""

from typing import Final, TypeAlias

from parallax.bench import metric_questions as m
from parallax.bench.metric_questions import Asked

DAY_US: Final = 86_400_000_000
LATER: Final = 4_000_000
"""A day after all days."""
Texts: TypeAlias = dict[Asked, str]
DAY = {"duck": "(at_us // 86400000000)", "ch": "intDiv(at_us, 86400000000)", "pg": "(at_us / 86400000000)"}
WEEK = {"duck": "((day + 3) // 7)", "ch": "intDiv(day + 3, 7)", "pg": "((day + 3) / 7)"}
DISTINCT = {"duck": "count(distinct user_id)", "ch": "uniqExact(user_id)", "pg": "count(distinct user_id)"}
P90 = {
    "duck": "quantile_cont(times, 0.9)",
    "ch": "quantileExactInclusive(0.9)(times)",
    "pg": "percentile_cont(0.9) within group (order by times)",
}


def _days(asked: Asked, before: int = 0) -> str:
    return f"at_us >= {(asked.first - before) * DAY_US} and at_us < {(asked.last + 1) * DAY_US}"


def between(asked: Asked, before: int = 0) -> str:
    return f"day between {asked.first - before} and {asked.last}"


def reached(user_days: str, later: str = str(LATER)) -> str:
    """How many users were active in the thirty days that end with each day: each user-day reaches on, up to the next."""
    return (
        f"with reach as (select day as begins, least(day + {m.MAU_DAYS}, lead(day, 1, {later}) over "
        f"(partition by user_id order by day)) as ends from ({user_days}) as active), "
        "moves as (select begins as day, 1 as move from reach union all select ends, -1 from reach) "
        "select day, sum(sum(move)) over (order by day) as users from moves group by day order by day"
    )


def on_events(dialect: str, table: str) -> Texts:
    """Each question of plain events."""
    day, distinct, p90 = DAY[dialect], DISTINCT[dialect], P90[dialect]
    week = WEEK[dialect].replace("day", day)
    later = f"{LATER}::bigint" if dialect == "pg" else f"toInt64({LATER})" if dialect == "ch" else str(LATER)
    trend = f"from {table} where name = '{m.TREND}' and {_days(m.COUNTRY)}"
    acted = f"from {table} where name = '{m.ACTED}' and {_days(m.P90)}"
    return {
        m.DAU: f"select {day} as day, {distinct} from {table} where {_days(m.DAU)} group by 1 order by 1",
        m.WAU: f"select {week} as week, {distinct} from {table} where {_days(m.WAU)} group by 1 order by 1",
        m.MAU: reached(
            f"select distinct user_id, {day} as day from {table} where {_days(m.MAU, m.MAU_DAYS - 1)}", later
        ),
        m.COUNTRY: f"select {day} as day, country, count(*) {trend} group by 1, 2 order by 1, 2",
        m.CONDITION: f"select {day} as day, count(*) {trend} and platform = '{m.PLATFORM}' group by 1 order by 1",
        m.FIRST_TIME: f"select day, count(*) from (select user_id, min({day}) as day from {table} "
        f"where name = '{m.FIRST}' group by 1) as first where {between(m.FIRST_TIME)} group by 1 order by 1",
        m.P90: f"select {p90} from (select user_id, count(*) as times {acted} group by 1) as each_user",
        m.P90_DAILY: f"select day, {p90} from (select {day} as day, user_id, count(*) as times {acted} group by 1, 2) "
        "as each_user group by 1 order by 1",
    }


def of_rollups(dialect: str, prefix: str = "") -> Texts:
    """What both answer alike: kept counts of days, counters by value, and how often each user did it each day."""
    p90 = P90[dialect]
    acted = f"from {prefix}user_day where name = '{m.ACTED}' and {between(m.P90)}"
    trend = f"where name = '{m.TREND}' and {between(m.COUNTRY)}"
    return {
        m.DAU: f"select day, users from {prefix}days where name = '' and {between(m.DAU)} order by 1",
        m.COUNTRY: f"select day, country, times from {prefix}day_country {trend} order by 1, 2",
        m.CONDITION: f"select day, times from {prefix}day_platform {trend} and platform = '{m.PLATFORM}' order by 1",
        m.FIRST_TIME: f"select day, firsts from {prefix}days where name = '{m.FIRST}' and {between(m.FIRST_TIME)} order by 1",
        m.P90: f"select {p90} from (select user_id, sum(times) as times {acted} group by 1) as each_user",
        m.P90_DAILY: f"select day, {p90} {acted} group by 1 order by 1",
    }


def duck_rollups() -> Texts:
    active = f"from user_day where name = '' and {between(m.WAU)}"
    user_days = f"select user_id, day from user_day where name = '' and {between(m.MAU, m.MAU_DAYS - 1)}"
    return {
        **of_rollups("duck"),
        m.WAU: f"select {WEEK['duck']} as week, count(distinct user_id) {active} group by 1 order by 1",
        m.MAU: reached(user_days),
    }


def house_rollups() -> Texts:
    active = f"from bench.days where name = '' and {between(m.WAU)}"
    reaching = f"from bench.days where name = '' and {between(m.MAU, m.MAU_DAYS - 1)}"
    return {
        **of_rollups("ch", "bench."),
        m.WAU: f"select {WEEK['ch']} as week, groupBitmapMerge(active) {active} group by 1 order by 1",
        m.MAU: f"select day + arrayJoin(range({m.MAU_DAYS})) as until, groupBitmapMerge(active) {reaching} "
        "group by until order by until",
    }
