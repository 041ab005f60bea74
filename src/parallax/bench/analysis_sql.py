# ruff: noqa: S608
"""The questions of `analysis_questions` in SQL: of plain events, and of roll-ups as DuckDB and ClickHouse keep them. Pure."""

from typing import Final, TypeAlias

from parallax.bench import analysis_questions as q
from parallax.bench import metric_questions as m
from parallax.bench import metric_sql
from parallax.bench.analysis import Analysis, equal_sql
from parallax.bench.metric_sql import DAY, DAY_US, P90, WEEK
from parallax.periods import Period

Texts: TypeAlias = dict[Analysis, str]
METRICS: Final = {q.DAU: m.DAU, q.WAU: m.WAU, q.MAU: m.MAU, q.FIRST_TIME: m.FIRST_TIME, q.P90: m.P90}
NO_WEEK: Final = {"duck": "-9", "ch": "toInt64(-9)"}


def within(period: Period) -> str:
    first, last = (m.day_number(day) for day in (period.start, period.end))
    return f"at_us >= {first * DAY_US} and at_us < {(last + 1) * DAY_US}"


def within_days(period: Period) -> str:
    return f"day between {m.day_number(period.start)} and {m.day_number(period.end)}"


def _metrics(texts: metric_sql.Texts) -> Texts:
    return {asked: texts[metric] for asked, metric in METRICS.items()}


# ---------------------------------------------------------------- what is made of weeks of users
def _lifecycle(dialect: str, active: str) -> str:
    """Of `active` (user_id, week; distinct): the states in the order of ours."""
    never, weeks = NO_WEEK[dialect], q.weeks_of(q.LIFETIME)
    return (
        f"with seen as (select week, lag(week, 1, {never}) over each_user as before, lead(week, 1, {never}) over each_user "
        f"as later from ({active}) as active window each_user as (partition by user_id order by week)), "
        f"moves as (select week, case when before = {never} then 0 when before = week - 1 then 1 else 2 end as state "
        "from seen union all select week + 1, 3 from seen where later <> week + 1) "
        f"select week, state, count(*) from moves where week between {weeks[0]} and {weeks[-1]} group by 1, 2"
    )


def _retention(entered: str, active: str) -> str:
    """Of `entered` (user_id, week; of those whose first time it was) and `active` (user_id, week; distinct)."""
    weeks, most = q.weeks_of(q.ENTRY), q.COHORTS
    cohorts = f"week between {weeks[0]} and {weeks[-1]}"
    back = f"week between {weeks[0] + 1} and {weeks[-1] + most - 1}"
    return (
        f"with entered as (select user_id, week as cohort from ({entered}) as first where {cohorts}) "
        "select cohort, week - cohort as passed, count(*) from entered "
        f"join (select user_id, week from ({active}) as every where {back}) as active using (user_id) "
        f"where week > cohort and week < cohort + {most} group by 1, 2 "
        "union all select cohort, 0, count(*) from entered group by 1"
    )


# ---------------------------------------------------------------- of plain events
def on_events(dialect: str, table: str) -> Texts:
    day, p90 = DAY[dialect], P90[dialect]
    week = WEEK[dialect].replace("day", day)
    first = week.replace("at_us", "min(at_us)")
    back = f"at_us >= {m.day_number(q.ENTRY.start) * DAY_US}"
    acted = f"from {table} where name = '{m.ACTED}'"
    distinct = f"count(distinct {day})"
    if dialect == "ch":  # a bit for each day, which takes it half the time; DuckDB a quarter more
        distinct = f"bitCount(groupBitOr(bitShiftLeft(toUInt64(1), {day} - {m.day_number(m.MONTH.start)})))"
    return {
        **_metrics(metric_sql.on_events(dialect, table)),
        q.EVENTS: f"select {day} as day, count(*) from {table} where name = '{m.TREND}' and {within(m.QUARTER)} group by 1",
        q.LIFECYCLE: _lifecycle(dialect, f"select distinct user_id, {week} as week from {table}"),
        q.RETENTION: _retention(
            f"select user_id, {first} as week from {table} where name = '{m.FIRST}' group by 1",
            f"select distinct user_id, {week} as week from {table} where {back}",
        ),
        q.STICKINESS: f"select days, count(*) from (select user_id, {distinct} as days from {table} "
        f"where {within(m.MONTH)} group by 1) as each_user group by 1",
        q.P90_OF_COUNTRY: f"select {p90} from (select user_id, count(*) as times {acted} and {within(m.MONTH)} "
        f"and country = '{q.COUNTRY}' group by 1) as each_user",
        q.FILTERED_TREND: f"select {day} as day, count(*) {acted} and {within(m.QUARTER)} "
        f"and {equal_sql(q.FILTERED)} group by 1",
    }


# ---------------------------------------------------------------- of roll-ups
def _of_rollups(prefix: str = "") -> Texts:
    """What both answer alike, of counters and of distinct user-days."""
    return {
        q.EVENTS: f"select day, events from {prefix}days where name = '{m.TREND}' and {within_days(m.QUARTER)}",
        q.STICKINESS: f"select days, count(*) from (select user_id, count(*) as days from {prefix}user_day "
        f"where name = '' and {within_days(m.MONTH)} group by 1) as each_user group by 1",
    }


def duck_rollups() -> Texts:
    week, back = WEEK["duck"], f"day >= {m.day_number(q.ENTRY.start)}"
    return {
        **_metrics(metric_sql.duck_rollups()),
        **_of_rollups(),
        q.LIFECYCLE: _lifecycle("duck", f"select distinct user_id, {week} as week from user_day where name = ''"),
        q.RETENTION: _retention(
            f"select user_id, {week.replace('day', 'min(day)')} as week from user_day where name = '{m.FIRST}' group by 1",
            f"select distinct user_id, {week} as week from user_day where name = '' and {back}",
        ),
    }


def house_rollups() -> Texts:
    week = WEEK["ch"]

    def sets(of: str, name: str) -> str:
        return f"select {week} as week, groupBitmapMergeState({of}) as users from bench.days where name = '{name}' group by 1"

    return {
        **_metrics(metric_sql.house_rollups()),
        **_of_rollups("bench."),
        q.LIFECYCLE: _house_lifecycle(sets("active", ""), sets("first", "")),
        q.RETENTION: _house_retention(sets("first", m.FIRST), sets("active", "")),
    }


# ---------------------------------------------------------------- what ClickHouse makes of sets of users by week
def _house_lifecycle(active: str, born: str) -> str:
    weeks = q.weeks_of(q.LIFETIME)
    both = "bitmapAndCardinality(active.users, before.users)"
    return (
        f"with active as ({active}), born as ({born}) "
        "select active.week, state.1, state.2 from active "
        "join born on born.week = active.week join active as before on before.week = active.week - 1 "
        f"array join [(0, toInt64(bitmapCardinality(born.users))), (1, toInt64({both})), "
        f"(2, toInt64(bitmapCardinality(active.users) - {both} - bitmapCardinality(born.users))), "
        f"(3, toInt64(bitmapCardinality(before.users) - {both}))] as state "
        f"where active.week between {weeks[0]} and {weeks[-1]}"
    )


def _house_retention(entered: str, active: str) -> str:
    weeks, most = q.weeks_of(q.ENTRY), q.COHORTS
    cohorts = f"entered.week between {weeks[0]} and {weeks[-1]}"
    return (
        f"with entered as ({entered}), active as ({active}) "
        "select entered.week, toInt64(active.week) - entered.week as passed, "
        "toUInt64(bitmapAndCardinality(entered.users, active.users)) from entered cross join active "
        f"where {cohorts} and active.week > entered.week and active.week < entered.week + {most} "
        f"union all select entered.week, 0, toUInt64(bitmapCardinality(entered.users)) from entered where {cohorts}"
    )
