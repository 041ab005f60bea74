"""DuckDB and ClickHouse (chdb) reading a file of events into a table, each with one thread. Nothing is derived."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from parallax.errors import SetupError

NOTE = "no duplicates decided, no roll-ups"
DUCKDB_COLUMNS = (
    "{id: 'uuid', name: 'varchar', \"at\": 'timestamp', \"user\": 'varchar', session: 'varchar', "
    "properties: 'struct(country varchar, platform varchar, plan varchar, path varchar, amount double)'}"
)
CLICKHOUSE_COLUMNS = (
    "id UUID, name LowCardinality(String), at DateTime64(3), user String, session String, "
    "properties Tuple(country LowCardinality(String), platform LowCardinality(String), plan LowCardinality(String), "
    "path String, amount Nullable(Float64))"
)


@dataclass(frozen=True, slots=True)
class Reading:
    name: str
    took_s: float
    cpu_s: float
    note: str = NOTE


def duckdb_reads(file: Path, events: int) -> Reading:
    """Into a file of its own."""
    connection = duckdb.connect(str(file.with_suffix(".duckdb")))
    connection.execute("set threads = 1")
    statement = (
        f"create table events as select * from read_json('{file}', format = 'newline_delimited', "  # noqa: S608
        f"columns = {DUCKDB_COLUMNS})"
    )
    took = _timed("DuckDB", lambda: connection.execute(statement))
    [(found,)] = connection.execute("select count(*) from events").fetchall()
    _same(took, found, events)
    connection.close()
    return took


def clickhouse_reads(file: Path, events: int, folder: Path) -> Reading:
    """Into a MergeTree in order of name and time, as one would keep events."""
    from chdb import session as chdb

    opened: Any = chdb.Session  # it has no types
    session = opened(str(folder / "clickhouse"))
    session.query("create database bench engine = Atomic")
    session.query(f"create table bench.events ({CLICKHOUSE_COLUMNS}) engine = MergeTree order by (name, at)")
    statement = (
        f"insert into bench.events select * from file('{file}', 'JSONEachRow', '{CLICKHOUSE_COLUMNS}') "  # noqa: S608
        "settings max_threads = 1, max_insert_threads = 1, date_time_input_format = 'best_effort', "
        "input_format_parallel_parsing = 0"
    )
    took = _timed("ClickHouse", lambda: session.query(statement))
    _same(took, int(session.query("select count() from bench.events", "CSV").data()), events)
    session.close()
    return took


def _timed(name: str, work: Callable[[], Any]) -> Reading:
    start, spent = time.perf_counter(), time.process_time()
    work()
    return Reading(name, time.perf_counter() - start, time.process_time() - spent)


def _same(reading: Reading, found: int, events: int) -> None:
    if found != events:
        raise SetupError(f"{reading.name} found {found} events where there are {events}.")
