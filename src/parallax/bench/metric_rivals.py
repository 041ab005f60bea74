# ruff: noqa: S608
"""The same events in DuckDB, in ClickHouse (chdb) and as plain rows of PostgreSQL: each with one thread.

DuckDB and ClickHouse keep roll-ups too, each in the shape that suits it: distinct user-days, bitmaps of users, counters.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
from chdb import session

from parallax.bench import metric_questions as m
from parallax.bench.ground import Ground
from parallax.bench.metric_questions import Answer, Asked, Asking, Rows
from parallax.bench.metric_sql import DAY
from parallax.bench.population import COUNTRIES, NAMES, PATHS, PLATFORMS, Events
from parallax.db import Owner, connected

PLAIN_ROWS: Final = """
create table plain_events (at_us bigint, user_id integer, name text, country text, platform text)
"""
PLAIN_ADD: Final = """
insert into plain_events
select at_us, user_id, ($1::text[])[name + 1], ($2::text[])[country + 1], ($3::text[])[platform + 1]
from unnest($4::bigint[], $5::integer[], $6::integer[], $7::integer[], $8::integer[])
     as row (at_us, user_id, name, country, platform)
"""
PLAIN_INDEXES: Final = """
create index by_name on plain_events (name, at_us) include (user_id, country, platform);
create index by_time on plain_events (at_us) include (user_id);
vacuum (analyze) plain_events
"""


class Duck:
    """A file, as it would be kept: compressed, with the bounds of each row group. Unsorted is in order of time."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "events.duckdb"
        self._connection = duckdb.connect(str(self._file))
        self._connection.execute("set threads = 1")
        paths = [f"/p/{number}" for number in range(PATHS)]
        for kind, values in (("event_name", NAMES), ("country", COUNTRIES), ("platform", PLATFORMS), ("path", paths)):
            listed = ", ".join(f"'{value}'" for value in values)
            self._connection.execute(f"create type {kind} as enum ({listed})")
        self._connection.execute(
            "create table events "
            "(at_us bigint, user_id integer, name event_name, country country, platform platform, path path)"
        )

    def add(self, events: Events) -> None:
        columns = {  # noqa: F841 - the statement below finds it by its name
            "at_us": events.at,
            "user_id": events.user,
            "name": events.name,
            "country": events.country,
            "platform": events.platform,
            "path": events.path,
        }
        named = ", ".join(
            f"enum_range(null::{kind})[{column} + 1]::{kind}"
            for column, kind in (("name", "event_name"), *((each, each) for each in ("country", "platform", "path")))
        )
        self._connection.execute(f"insert into events select at_us, user_id, {named} from columns")

    def sort(self) -> None:
        self._connection.execute("create table sorted as select * from events order by name, at_us")
        self._connection.execute("checkpoint")

    def written(self, file: Path) -> None:
        self._connection.execute(
            "copy (select at_us, user_id, name::varchar as name, country::varchar as country, platform::varchar as platform, "
            f"path::varchar as path from events) to '{file}' (format parquet)"
        )

    def roll_up(self) -> None:
        day = DAY["duck"]
        for text in (
            f"create table user_day as select name::varchar as name, {day} as day, user_id, count(*) as times from events "
            f"group by all union all select '', {day} as day, user_id, count(*) from events group by all order by 1, 2, 3",
            "create table days as select name, day, sum(times) as events, count(*) as users, "
            "count(*) filter (where day = first) as firsts from (select name, day, times, "
            "min(day) over (partition by name, user_id) as first from user_day) group by all order by 1, 2",
            f"create table day_country as select name, {day} as day, country, count(*) as times from events "
            "group by all order by 1, 2, 3",
            f"create table day_platform as select name, {day} as day, platform, count(*) as times from events "
            "group by all order by 1, 2, 3",
            "checkpoint",
        ):
            self._connection.execute(text)

    def rows(self, text: str) -> Rows:
        return self._connection.execute(text).fetchall()

    def ask(self, asked: Asked, text: str) -> Asking:
        async def ask() -> Answer:
            return m.laid(asked, self.rows(text))

        return ask

    def close(self) -> None:
        self._connection.close()


class House:
    """ClickHouse within the process. Its tables are sorted, as it would have them."""

    def __init__(self, folder: Path) -> None:
        self._session: Any = session.Session(str(folder / "chdb"))  # type: ignore[no-untyped-call]  # as is all of it
        self._run("create database bench")

    def _run(self, text: str, form: str = "CSV") -> bytes:
        answer: bytes = self._session.query(f"{text} settings max_threads = 1", form).bytes()
        return answer

    def fill(self, file: Path) -> None:
        few = "LowCardinality(String)"
        self._session.query(
            f"create table bench.events (at_us Int64 codec(Delta, LZ4), user_id UInt32, name {few}, country {few}, "
            f"platform {few}, path {few}) engine = MergeTree order by (name, at_us)"
        )
        self._run(f"insert into bench.events select * from file('{file}', Parquet)")
        self._session.query("optimize table bench.events final")

    def roll_up(self) -> None:
        day, few = DAY["ch"], "LowCardinality(String)"
        days = f"select *, {day} as day from bench.events"
        for table, columns, wanted, source in (
            (
                "user_day",
                "user_id UInt32",
                "user_id",
                f"{days} union all select * replace ('' as name), {day} from bench.events",
            ),
            ("day_country", f"country {few}", "country", days),
            ("day_platform", f"platform {few}", "platform", days),
        ):
            columns = f"name {few}, day Int64, {columns}, times UInt64"
            self._run(f"create table bench.{table} ({columns}) engine = MergeTree order by (name, day, {wanted})")
            rows = f"select name, day, {wanted}, count() from ({source}) group by name, day, {wanted}"
            self._run(f"insert into bench.{table} {rows}")
            self._run(f"optimize table bench.{table} final")
        self._session.query(
            f"create table bench.days (name {few}, day Int64, events UInt64, users UInt64, firsts UInt64, "
            "active AggregateFunction(groupBitmap, UInt32), first AggregateFunction(groupBitmap, UInt32)) "
            "engine = MergeTree order by (name, day)"
        )
        self._run(
            "insert into bench.days select name, day, sum(times), count(), countIf(day = since), "
            "groupBitmapState(user_id), groupBitmapStateIf(user_id, day = since) from "
            "(select name, day, user_id, times, min(day) over (partition by name, user_id) as since from bench.user_day) "
            "group by name, day"
        )
        self._session.query("optimize table bench.days final")

    def rows(self, text: str) -> Rows:
        return [tuple(json.loads(line)) for line in self._run(text, "JSONCompactEachRow").splitlines()]

    def ask(self, asked: Asked, text: str) -> Asking:
        async def ask() -> Answer:
            return m.laid(asked, self.rows(text))

        return ask

    def close(self) -> None:
        self._session.close()


class PlainRows:
    """A table of events with an index that covers each question, asked by a role that no policy holds back."""

    def __init__(self, database: Owner) -> None:
        self._database = database

    @classmethod
    @asynccontextmanager
    async def opened(cls, place: Ground) -> AsyncIterator["PlainRows"]:
        # There is one core: workers beside it would only be counted elsewhere.
        options = {"jit": "off", "max_parallel_workers_per_gather": "0", "work_mem": "256MB"}
        async with connected(place.superuser_url, **options) as database:
            yield cls(database)

    async def create(self) -> None:
        await self._database.script(PLAIN_ROWS)

    async def add(self, events: Events) -> None:
        columns = (events.at, events.user, events.name, events.country, events.platform)
        texts = (list(NAMES), list(COUNTRIES), list(PLATFORMS))
        await self._database.rows(PLAIN_ADD, *texts, *(column.tolist() for column in columns))

    async def index(self) -> None:
        for text in PLAIN_INDEXES.split(";"):
            await self._database.script(text)

    def ask(self, asked: Asked, text: str) -> Asking:
        async def ask() -> Answer:
            return m.laid(asked, [tuple(row) for row in await self._database.rows(text)])

        return ask
