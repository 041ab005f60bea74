"""The ways beside ours to answer the App Activity report: plain SQL on the reports, and DuckDB on the same rows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import duckdb

from parallax.bench.ground import CLIENT, ZONE, app_id
from parallax.bench.rows import FIRST_DAY, Rows, Shape
from parallax.db import Database
from parallax.periods import Axis, Granularity, Period, axis
from parallax.scopes import Scope, Statement

Answer: TypeAlias = list[tuple[float, ...]]
"""A tuple per bucket."""
Ask: TypeAlias = Callable[[], Awaitable[Answer]]
PERIOD_DAYS, DAYS = 90, 180
COVERING = """create index covering on app_usage_reports (client_id, application_id, activity_date)
include (total_active_ms, total_session_count, user_id)"""


@dataclass(frozen=True, slots=True)
class Question:
    """`bucket` is SQL for the bucket of `activity_date`; `wanted` is SQL for what is counted in each."""

    name: str
    bucket: str
    wanted: str


SUMS = "sum(total_active_ms)::float8, sum(total_session_count)::float8, count(distinct user_id)::float8"
DAILY = Question("90 days by day, three metrics", "activity_date", SUMS)
WEEKLY = Question("distinct users by week", "date_trunc('week', activity_date)", "count(distinct user_id)::float8")
WHOLE = Question("distinct users of 90 days", "1", "count(distinct user_id)::float8")
QUESTIONS = (DAILY, WEEKLY, WHOLE)


def asked_period() -> Period:
    """The last 90 of the days that have rows."""
    shape = Shape(0, 0, DAYS, 0)
    return Period(shape.day(DAYS - PERIOD_DAYS), shape.last_day)


def shown(granularity: Granularity) -> Axis:
    """Its buckets, seen from a day when all of them are over."""
    period = asked_period()
    return axis(period, granularity, ZONE, period.end.replace(year=period.end.year + 1))


def in_sql(db: Database, question: Question, app: int) -> Ask:
    """Through the same door as ours: what a gateway without daily sums and bitmaps would run."""
    period = asked_period()
    text = (
        f"select {question.bucket} as bucket, {question.wanted} from app_usage_reports "  # noqa: S608 - our own texts
        "where client_id = $1 and application_id = $2 and activity_date between $3 and $4 group by 1 order by 1"
    )

    plain = Statement("plain", text)

    async def ask() -> Answer:
        rows = await db.rows(Scope.of(CLIENT), plain, CLIENT, app_id(app), period.start, period.end)
        return _filled(question, [tuple(row) for row in rows])

    return ask


def filled_duckdb(rows: Rows) -> Any:
    """In memory, one thread, in order of app and day: what suits its zone maps best."""
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    reports = {  # noqa: F841 - the statement below finds it by its name
        "app": rows.app,
        "day": rows.day,
        "user_id": rows.user,
        "total_active_ms": rows.active_ms,
        "total_session_count": rows.sessions,
    }
    connection.execute(
        f"create table reports as select app, date '{FIRST_DAY}' + day::integer as activity_date, user_id, "  # noqa: S608
        "total_active_ms, total_session_count from reports order by app, activity_date"
    )
    return connection


def in_duckdb(connection: Any, question: Question, app: int) -> Ask:
    period = asked_period()
    text = (
        f"select {question.bucket} as bucket, {question.wanted} from reports where app = ? "  # noqa: S608 - likewise
        "and activity_date between ? and ? group by 1 order by 1"
    )

    async def ask() -> Answer:
        return _filled(question, connection.execute(text, [app, period.start, period.end]).fetchall())

    return ask


def _filled(question: Question, rows: list[tuple[Any, ...]]) -> Answer:
    """A tuple per bucket, empty ones included."""
    if question is WHOLE:
        return [tuple(row[1:]) for row in rows] or [(0.0,)]
    known = {_day(row[0]): tuple(row[1:]) for row in rows}
    nothing = (0.0,) * (3 if question is DAILY else 1)
    return [known.get(day, nothing) for day in shown(Granularity.DAY if question is DAILY else Granularity.WEEK).dates]


def _day(bucket: Any) -> date:
    """What PostgreSQL truncates is an instant at midnight."""
    day: date = bucket.date() if hasattr(bucket, "date") else bucket
    return day
