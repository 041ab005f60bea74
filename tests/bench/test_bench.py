"""The benches run to their end and say what they found. How fast anything is, no test says."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from parallax.bench import asking, ground
from parallax.bench.measured import Goal, Ratio
from parallax.bench.metric_questions import QUESTIONS
from parallax.bench.openloop import Asking, Callers, Mix, Stream
from parallax.bench.population import COUNTRIES, Population, lines
from parallax.bench.population import generated as population
from parallax.bench.rows import FIRST_DAY, Rows, Shape, generated
from parallax.bench.sampling import Sampler
from parallax.db import Database, connected
from parallax.scopes import Scope
from parallax.usage.reports import Report
from parallax.usage.track import track

TINY = Shape(rows=3000, apps=5, days=70, users=200)


def bench(*arguments: str, within_s: float = 120) -> "subprocess.CompletedProcess[str]":
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PARALLAX_", "DATABASE_URL"))}
    command = [sys.executable, "-m", "parallax", "bench", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=own | {"COLUMNS": "200"}, timeout=within_s)


def told(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_rows_come_out_of_their_seed() -> None:
    first, again, other = generated(TINY), generated(TINY), generated(Shape(3000, 5, 70, 200, seed=4))

    assert [*first.active_ms] == [*again.active_ms]
    assert [*first.active_ms] != [*other.active_ms]
    keys = list(zip(first.app, first.day, first.user, strict=True))
    assert keys == sorted(set(keys)), "one report per app, day and user, in their order"


@pytest.fixture(scope="module")
def place() -> Iterator[ground.Ground]:
    with ground.served(TINY) as place:
        yield place


async def test_the_bulk_way_leaves_the_tables_that_the_writing_path_leaves(place: ground.Ground) -> None:
    rows = await ground.fill(place)
    in_bulk = await tables(place)
    async with connected(place.superuser_url, search_path="parallax") as database:
        for table in ("app_usage_reports", "app_usage_day", "app_usage_users"):
            await database.script(f"delete from {table}")
    async with Database(place.settings, place.urls.reading, place.urls.writing) as db:
        await track(db, Scope.of(ground.CLIENT), ground.CLIENT, reports(rows))

    assert await tables(place) == in_bulk
    assert {name: len(held) > 0 for name, held in in_bulk.items()} == dict.fromkeys(in_bulk, True)


def reports(rows: Rows) -> list[Report]:
    columns = (rows.app, rows.user, rows.day, rows.active_ms, rows.sessions)
    return [
        Report(0, ground.app_id(app), f"user-{user}", FIRST_DAY + timedelta(days=day), active_ms, sessions)
        for app, user, day, active_ms, sessions in zip(*(column.tolist() for column in columns), strict=True)
    ]


async def tables(place: ground.Ground) -> dict[str, list[tuple[Any, ...]]]:
    """Every row but the version, which counts the writes."""
    async with connected(place.superuser_url, search_path="parallax") as database:
        return {
            name: [tuple(row) for row in await database.rows(f"select {columns} from {name} order by 1, 2, 3, 4")]
            for name, columns in {
                "app_usage_reports": "*",
                "app_usage_day": "*",
                "app_usage_users": "client_id, application_id, span, bucket, users, bits",
            }.items()
        }


@pytest.mark.slow
def test_serve_compares_the_servers_and_their_answers() -> None:
    done = bench(
        "serve", "Dash", "DashValues", "--rounds", "1", "--seconds", "0.1", "--connections", "2", "--least", "1",
        "--rows", "20000", "--json",
    )  # fmt: skip
    found = told(done)

    assert found["bench"] == "serve"
    assert found["machine"]["versions"]["strawberry-graphql"]
    goals = {row["what"]: row["goal"] for row in found["ratios"] if row["goal"]}
    assert goals == {
        "10 series x 90 points, data: CPU per request, stock / ours": {"bound": 1.5, "atMost": False},
        "the same series: CPU per request, stock with data / ours with values": {"bound": 9, "atMost": False},
    }
    requests, security = found["figures"]
    assert [(row["operation"], row["server"]) for row in requests["rows"]] == [
        (operation, server) for operation in ("Dash", "DashValues") for server in ("ours", "stock", "bare", "constant")
    ]
    assert {row["errors"] for row in requests["rows"]} == {0}
    assert len(security["rows"]) == 6


@pytest.mark.slow
def test_activity_prints_a_table_and_ends_with_1_for_a_goal_that_is_missed() -> None:
    done = bench("activity", "--rows", "5000", "--rounds", "1", "--check")

    assert "large app, 90 days by day, three metrics: DuckDB / ours" in done.stdout
    assert "<= 1.5" in done.stdout
    assert done.returncode == 1, "five thousand rows are no work for DuckDB"
    assert "Missed: large app, 90 days by day, three metrics: DuckDB / ours" in done.stderr


@pytest.mark.slow
def test_overload_tells_what_becomes_of_those_who_ask() -> None:
    found = told(
        bench(
            "overload", "--rounds", "1", "--seconds", "0.5", "--settle", "0.5", "--calm", "0.2", "--drain", "0.5",
            "--rows", "20000", "--json",
        )
    )  # fmt: skip

    [table] = found["figures"]
    stretches = {row["stretch"]: row for row in table["rows"]}
    assert stretches["3x"]["asked/s"] > stretches["70%"]["asked/s"] > 0
    assert {row["broken"] for row in table["rows"]} == {0}
    ratios = {row["what"]: row for row in found["ratios"]}
    assert ratios["told when to come back, of those"]["ratio"] == 1
    assert sum(row["goal"] is not None for row in ratios.values()) == 8


@pytest.mark.slow
def test_metrics_compares_answers_and_tells_ratios_sizes_and_memory() -> None:
    """It would end with 1 if two ways answered differently, also where events wait to be folded."""
    found = told(bench("metrics", "--events", "20000", "--rounds", "1", "--seconds", "0.1", "--json"))

    times, sizes, memory, requests, *shares = found["figures"]
    assert [row["question"] for row in times["rows"]] == [asked.name for asked in QUESTIONS]
    assert all(row[way] > 0 for row in times["rows"] for way in times["rows"][0] if way != "question")
    assert {row["what"]: row["MiB"] > 0 for row in sizes["rows"]}["derived: event_day"]
    assert memory["rows"][1]["MiB"] >= memory["rows"][0]["MiB"] > 0
    assert {row["errors"] for row in requests["rows"]} == {0}
    assert len(shares) == 2
    measured = {row["what"]: row["goal"] for row in found["ratios"]}
    assert measured["DAU, 90 days: 10,000 waiting / none"] == {"bound": 3, "atMost": True}
    assert measured["DAU, 90 days: DuckDB, roll-ups / ours"] == {"bound": 5, "atMost": False}


@pytest.mark.slow
def test_load_tells_rows_and_memory() -> None:
    found = told(bench("load", "--rows", "2000", "--json"))

    assert [row["file"] for row in found["figures"][0]["rows"]] == ["ndjson", "the same once more", "csv"]
    assert all(row["peak MiB"] > 0 for row in found["figures"][0]["rows"])


@pytest.mark.slow
def test_ingest_loads_sends_folds_and_reads_the_same_file_by_others() -> None:
    found = told(bench("ingest", "--events", "20000", "--json"))

    table, held = found["figures"]
    assert [row["what"] for row in table["rows"]] == [
        "parallax load", "the same file once more", "fold alone", "eventsTrack, 500 at a time", "DuckDB reads the file",
        "ClickHouse reads the file",
    ]  # fmt: skip
    assert all(row["events per core second"] > 0 for row in table["rows"])
    assert held["rows"][0]["bytes an event"] > 0
    assert sum(ratio["goal"] is not None for ratio in found["ratios"]) == 3


def test_a_population_is_the_same_whenever_it_is_made_and_as_large_as_was_asked() -> None:
    shape = Population(20_000, users=2_000, days=30)
    first, again = list(population(shape)), list(population(shape))

    assert [day.at.tolist() for day in first] == [day.at.tolist() for day in again]
    assert abs(sum(map(len, first)) - 20_000) < 600
    ids = [bytes(id) for day in first for id in day.id]
    assert len(set(ids)) == len(ids)
    assert json.loads(lines(first[3])[0])["properties"]["country"] in COUNTRIES


def test_a_ratio_is_judged_by_the_median_of_its_rounds() -> None:
    assert Ratio("speed", (5.0, 7.0, 6.5), Goal(6)).holds is True
    assert Ratio("growth", (1.4, 1.6, 1.7), Goal(1.5, at_most=True)).holds is False
    assert Ratio("shown only", (1.0,)).holds is None


async def test_callers_count_answers_that_differ_as_errors() -> None:
    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bodies = iter((b"right", b"right", b"wrong!", b"right"))
        while await reader.readuntil(b"\r\n\r\n"):
            body = next(bodies)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))

    server = await asyncio.start_server(answering, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        window = await asking.closed_loop(port, b"GET / HTTP/1.1\r\n\r\n", 1, 0, 4, len(b"right"))
        server.close()

    assert (len(window.latencies_s), window.errors) == (4, 1)


async def test_callers_by_the_clock_ask_on_while_nothing_comes_back() -> None:
    """And what they count as latency begins when a request was due."""
    silent = asyncio.Event()

    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")  # a connection shows itself first
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        while await reader.readuntil(b"\r\n\r\n"):
            asked.append(asyncio.get_running_loop().time())
            if len(asked) == 20:
                silent.set()
            await silent.wait()
            writer.write(b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\ncontent-length: 2\r\n\r\nno")

    asked: list[float] = []
    mix = Mix((Asking("only", b"GET / HTTP/1.1\r\n\r\n", 1),))
    server = await asyncio.start_server(answering, "127.0.0.1", 0)
    async with server, Callers(server.sockets[0].getsockname()[1], 200) as callers:
        [window] = await callers.open_loop(Stream(mix, ((0.2, 0), (0.5, 100))))

    assert len(window.answers) == len(asked) >= 20
    assert {(each.status, each.retry_after) for each in window.answers} == {(503, True)}
    assert min(each.due_s for each in window.answers) >= 0.2
    assert window.part(0, 0.2).answers == []


def test_samples_are_sorted_by_whose_code_ran(tmp_path: Path) -> None:
    samples = tmp_path / "samples.json"
    with Sampler(samples):
        worked = sum(len(generated(TINY)) for _ in range(20))

    assert worked > 0
    assert sum(json.loads(samples.read_text()).values()) > 0
