"""`bench ingest`: events a second by file and by mutation, what they hold on disk, beside DuckDB and ClickHouse.

What counts is CPU time, the command's and PostgreSQL's together: events for each second of one core, durable, duplicates
decided and every roll-up kept. The peers read the same file into a table of theirs, by one thread, and keep nothing else.
"""

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import orjson

from parallax.bench import asking, ground, ingest_rivals, processes
from parallax.bench.bulk import sizes
from parallax.bench.fleet import Server, first_answer, fleet
from parallax.bench.ground import CLIENT, TOKEN, Ground
from parallax.bench.ingest_rivals import Reading
from parallax.bench.measured import Figures, Findings, Goal, Machine, Ratio
from parallax.bench.operations import operations
from parallax.bench.population import Population, generated, lines
from parallax.bench.rows import Shape
from parallax.db import Database, connected
from parallax.engine.fold import fold
from parallax.errors import SetupError
from parallax.loads.files import opened
from parallax.loads.portions import Parser
from parallax.loads.register import begun
from parallax.loads.storing import Storing

MOST_MIB: Final = 500
LEAST_EVENTS_S, LEAST_SENT_S = 100_000, 20_000
LOOK_S: Final = 0.2
BATCH, SENDERS = 500, 4
TRACK: Final = """mutation Track($client: ID!, $events: [EventInput!]!) {
  eventsTrack(client: $client, events: $events) { accepted duplicates rejected { index } userErrors { message } } }"""


@dataclass(frozen=True, slots=True)
class Options:
    events: int = 2_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """`cpu_s` of the command (or the gateway), `database_s` of PostgreSQL, its writers in the background included."""

    what: str
    events: int
    took_s: float
    cpu_s: float
    database_s: float
    peak_bytes: int = 0

    @property
    def core_s(self) -> float:
        """Events for each second of one core."""
        return self.events / max(self.cpu_s + self.database_s, 1e-9)

    def row(self) -> tuple[object, ...]:
        peak = self.peak_bytes // 2**20 or ""
        return (
            self.what, self.events, round(self.took_s, 1), round(self.events / self.took_s), round(self.cpu_s, 1),
            round(self.database_s, 1), round(self.core_s), peak,
        )  # fmt: skip


COLUMNS: Final = (
    "what", "events", "seconds", "events/s", "CPU s", "PostgreSQL CPU s", "events per core second", "peak MiB",
)  # fmt: skip
EMPTY: Final = Shape(rows=10, apps=3, days=10, users=10)


def run(options: Options, say: Callable[[str], None]) -> Findings:
    processes.needs_linux()
    machine = Machine.here()
    population = Population(options.events)
    with TemporaryDirectory(prefix="plx-bench-") as folder:
        file = Path(folder) / "events.ndjson"
        say(f"Writing a file of {options.events:,} events")
        events = _written(file, population)
        runs, held = _by_file(file, events, say)
        runs.append(_folded(file, min(events, 500_000), say))
        runs.append(_sent(population.resized(min(options.events, 100_000)), Path(folder), say))
        say("The peers")
        rivals = [ingest_rivals.duckdb_reads(file, events), ingest_rivals.clickhouse_reads(file, events, Path(folder))]
    peers = [
        (f"{each.name} reads the file", events, round(each.took_s, 1), round(events / each.took_s), round(each.cpu_s, 1),
         "", round(events / each.cpu_s), "")
        for each in rivals
    ]  # fmt: skip
    table = Figures("Ingest", COLUMNS, [*(each.row() for each in runs), *peers])
    return Findings("ingest", _ratios(runs, rivals), [table, held], machine)


def _ratios(runs: list[Run], rivals: list[Reading]) -> list[Ratio]:
    loaded, again, folding, sent = runs
    per_core = "events per core second"
    peak, sent_s = loaded.peak_bytes / 2**20, sent.events / sent.took_s
    return [
        Ratio(f"load: {per_core}, against {LEAST_EVENTS_S:,}", (loaded.core_s / LEAST_EVENTS_S,), Goal(1)),
        Ratio(f"load: peak memory in MiB, against {MOST_MIB}", (peak / MOST_MIB,), Goal(1, at_most=True)),
        Ratio(f"eventsTrack by {BATCH}: events/s, against {LEAST_SENT_S:,}", (sent_s / LEAST_SENT_S,), Goal(1)),
        Ratio(f"the same file once more: {per_core}, against the first time", (again.core_s / loaded.core_s,)),
        Ratio(f"fold alone: {per_core}, against all of a load", (folding.core_s / loaded.core_s,)),
        *(
            Ratio(
                f"load: {per_core}, ours / {each.name}", (loaded.core_s * each.cpu_s / loaded.events,), note=each.note
            )
            for each in rivals
        ),
    ]


def _written(file: Path, population: Population) -> int:
    """How many events are in it."""
    events = 0
    with file.open("wb") as written:
        for part in generated(population):
            written.write(b"\n".join(lines(part)) + b"\n")
            events += len(part)
    return events


def _by_file(file: Path, events: int, say: Callable[[str], None]) -> tuple[list[Run], Figures]:
    """By the command, and once more."""
    with ground.served(EMPTY) as place:
        processes.run_loop(ground.fill(place, empty=True))
        say("Loading")
        loaded = _load(place, file, events, "parallax load", "accepted")
        processes.run_loop(_all_folded(place))
        held = processes.run_loop(sizes(place, events))
        say("Loading the same once more")
        again = _load(place, file, events, "the same file once more", "duplicates")
    return [loaded, again], held


def _load(place: Ground, file: Path, events: int, what: str, outcome: str) -> Run:
    """SetupError unless every event came to the same `outcome`."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PARALLAX_", "DATABASE_URL"))}
    command = [sys.executable, "-m", "parallax", "load", str(file), "--client", str(CLIENT), "--json"]
    before, spent = processes.family_cpu_s(place.postmaster), resource.getrusage(resource.RUSAGE_CHILDREN)
    start, peak = time.perf_counter(), 0
    process = subprocess.Popen(  # noqa: S603 - our own command
        command,
        env=own | {"PARALLAX_DATA_DIR": str(place.settings.data_dir)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while True:
        peak = max(peak, processes.peak_bytes(process.pid))
        try:
            out, complaint = process.communicate(timeout=LOOK_S)
        except subprocess.TimeoutExpired:
            continue
        break
    took_s, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SetupError(f"The command failed: {complaint.decode(errors='replace')[-2000:]}")
    told = orjson.loads(out.splitlines()[-1])
    if told[outcome] != events:
        raise SetupError(f"Of {events} events it took {told}.")
    cpu_s = after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime
    return Run(what, events, took_s, cpu_s, processes.family_cpu_s(place.postmaster) - before, peak)


async def _all_folded(place: Ground) -> None:
    patient = place.settings.model_copy(update={"deadline": 300.0})
    async with Database(patient, place.urls.reading, place.urls.writing) as db:
        while (await fold(db, CLIENT)).events:
            pass
    async with connected(place.superuser_url, search_path="parallax") as database:
        await database.script("vacuum (analyze)")


def _folded(file: Path, events: int, say: Callable[[str], None]) -> Run:
    """What waits in the tail becomes part of what is derived: the fold and nothing else."""
    say("Folding alone")
    with ground.served(EMPTY) as place:
        return processes.run_loop(_folding(place, file, events))


async def _folding(place: Ground, file: Path, events: int) -> Run:
    await ground.fill(place, empty=True)
    waiting = 0
    now = datetime.now(UTC)
    patient = place.settings.model_copy(update={"deadline": 300.0})
    async with Database(patient, place.urls.reading, place.urls.writing) as db:
        storing = Storing(db, await begun(db, CLIENT, file.name, b"", now, anew=True), lambda: now)
        with opened(str(file)) as source:
            for portion in Parser(CLIENT, source, "event", now.date(), lambda: now).portions(50_000, 0):
                waiting += (await storing.store(portion)).accepted
                if waiting >= events:
                    break
        start, spent, before = time.perf_counter(), time.process_time(), processes.family_cpu_s(place.postmaster)
        while (await fold(db, CLIENT)).events:
            pass
        cpu_s = time.process_time() - spent
        return Run("fold alone", waiting, time.perf_counter() - start, cpu_s,
                   processes.family_cpu_s(place.postmaster) - before)  # fmt: skip


def _sent(population: Population, folder: Path, say: Callable[[str], None]) -> Run:
    say(f"Sending by eventsTrack, {BATCH} at a time")
    core, others = processes.cores()
    with ground.served(EMPTY, others) as place:
        processes.run_loop(ground.fill(place, empty=True))
        with fleet(place, ("ours",), core, folder, {}, PARALLAX_RATE_LIMIT="off", PARALLAX_MAX_COST="off") as servers:
            return processes.run_loop(_sending(place, servers["ours"], population))


async def _sending(place: Ground, server: Server, population: Population) -> Run:
    async with connected(place.superuser_url, search_path="parallax") as database:
        await database.rows("update api_token_grant set role = 'EDITOR'")
    rows = [orjson.Fragment(line) for part in generated(population) for line in lines(part)]
    requests = [_request(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)]
    await first_answer(server, operations(place.shape)[0].request())
    left = iter(requests)

    async def sending() -> None:
        for request in left:  # they take turns
            status, body = await asking.once(server.port, request)
            if status != 200 or orjson.loads(body)["data"]["eventsTrack"]["rejected"]:
                raise SetupError(f"eventsTrack answers: {body[:1000].decode()}")

    spent, before = processes.cpu_s(server.process.pid), processes.family_cpu_s(place.postmaster)
    start = time.perf_counter()
    await asyncio.gather(*(sending() for _ in range(SENDERS)))
    took_s = time.perf_counter() - start
    return Run(f"eventsTrack, {BATCH} at a time", len(rows), took_s, processes.cpu_s(server.process.pid) - spent,
               processes.family_cpu_s(place.postmaster) - before)  # fmt: skip


def _request(events: "list[orjson.Fragment]") -> bytes:
    body = orjson.dumps({"query": TRACK, "variables": {"client": str(CLIENT), "events": events}})
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
