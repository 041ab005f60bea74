"""`bench metrics`: questions to millions of events, as the loaders answer them, beside DuckDB, ClickHouse and plain SQL.

Server and caller share one core, every rival has one thread, and each asks identical events. Ours goes through `Database`
with row-level security, a fresh loader each time, but not through HTTP. Times are the CPU time of caller and database
together, as in `bench activity`.

A gateway keeps in its process what it has read of roll-ups (sets of days, how many a span of days has, who is who), by
version: a question asks the database for the client's state and the numbers of the days, in one snapshot, and for a set or
a union only where its version moved. So there are two times of ours: asked again, and asked first after all that was kept
has been dropped. The first is what a dashboard sees; the second is what a gateway that was just started does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from parallax.bench import bulk, ground, metric_sql, processes
from parallax.bench import metric_questions as m
from parallax.bench.bulk import Filled
from parallax.bench.dashboards import dashboards
from parallax.bench.ground import Ground
from parallax.bench.measured import Findings, Machine
from parallax.bench.memory import memory
from parallax.bench.metric_findings import (
    DUCK_KEPT,
    FIRST,
    HOUSE,
    HOUSE_KEPT,
    OURS,
    SORTED,
    SQL,
    TAIL,
    TAILED,
    UNSORTED,
    Found,
    figures,
    ratios,
)
from parallax.bench.metric_questions import Asked, Asking
from parallax.bench.metric_rivals import Duck, House, PlainRows
from parallax.bench.population import Column, Events, Population
from parallax.bench.rows import Shape
from parallax.bench.serve import Options as ServeOptions
from parallax.bench.timed import Stopwatch, agreed, dropped
from parallax.db import Database, connected

WHILE_S: Final = 0.1
"""How long a way is asked in a round, or a tenth of a run through HTTP, if that is short."""
GROWTH: Final = 10
BATCH = 500
"""Events of one waiting batch."""


@dataclass(frozen=True, slots=True)
class Options:
    events: int = 2_000_000
    rounds: int = 5
    sql: bool | None = None
    """Whether plain rows are asked too; None: up to `SQL_UP_TO` events, beyond which it takes a quarter of an hour."""
    seconds: float = 1.5
    """Of each run through HTTP."""


SQL_UP_TO: Final = 2_000_000


def run(options: Options, say: Callable[[str], None]) -> Findings:
    processes.needs_linux()
    machine = Machine.here()
    core, others = processes.cores()
    processes.pin(0, core)
    found = []
    for events in (options.events // GROWTH, options.events):
        with (
            ground.served(Shape(0, 0, 0, 0), core) as place,
            TemporaryDirectory(prefix="plx-bench-", ignore_cleanup_errors=True) as folder,
        ):
            bench = _Bench(place, Path(folder), Population(events, days=m.DAYS), options, say)
            whole = events == options.events
            found.append(processes.run_loop(bench.whole(core, others) if whole else bench.smaller()))
    fewer, more = found
    findings = Findings(
        "metrics", ratios(options.events, fewer, more, GROWTH), figures(options.events, fewer, more, GROWTH), machine
    )
    return replace(findings, options={"events": options.events, "rounds": options.rounds})


class _Bench:
    """One population, put into every store."""

    def __init__(
        self, place: Ground, folder: Path, population: Population, options: Options, say: Callable[[str], None]
    ) -> None:
        self._place, self._folder, self._population, self._options = place, folder, population, options
        self._say = say
        self._found = Found()
        self._today: Events | None = None
        self._watch = Stopwatch(place.postmaster, min(WHILE_S, options.seconds / 10))
        one = place.settings.model_copy(update={"pool_size": 1, "deadline": 300.0})
        self._db = Database(one, place.urls.reading, place.urls.writing)

    async def smaller(self) -> Found:
        """For the growth alone: ours, right by DuckDB."""
        duck = Duck(self._folder)
        await self._filled(duck, None)
        async with self._db:
            for asked, text in metric_sql.on_events("duck", "events").items():
                await self._rounds(asked, {UNSORTED: duck.ask(asked, text)})
        duck.close()
        return self._found

    async def whole(self, core: int, others: int) -> Found:
        options, place = self._options, self._place
        with_sql = self._population.events <= SQL_UP_TO if options.sql is None else options.sql
        duck, house = Duck(self._folder), House(self._folder)
        async with PlainRows.opened(place) as plain:
            filled = await self._filled(duck, plain if with_sql else None)
            self._say("sorting, and rolling up for the others")
            duck.sort()
            duck.written(self._folder / "events.parquet")
            house.fill(self._folder / "events.parquet")
            duck.roll_up()
            house.roll_up()
            self._found.tables.append(await bulk.sizes(place, filled.events))
            async with self._db:
                for asked in m.QUESTIONS:
                    self._say(f"{filled.events:,} events: {asked.name}")
                    rivals = {
                        UNSORTED: duck.ask(asked, metric_sql.on_events("duck", "events")[asked]),
                        SORTED: duck.ask(asked, metric_sql.on_events("duck", "sorted")[asked]),
                        HOUSE: house.ask(asked, metric_sql.on_events("ch", "bench.events")[asked]),
                        DUCK_KEPT: duck.ask(asked, metric_sql.duck_rollups()[asked]),
                        HOUSE_KEPT: house.ask(asked, metric_sql.house_rollups()[asked]),
                    }
                    if with_sql:
                        rivals[SQL] = plain.ask(asked, metric_sql.on_events("pg", "plain_events")[asked])
                    await self._rounds(asked, rivals)
                house.close()
                self._found.tables.append(memory(place, m.every))
                processes.pin(place.postmaster, others)
                asking = ServeOptions(options.rounds, options.seconds, least=max(1, round(20 * options.seconds)))
                found, tables = await dashboards(asking, place, core, others, self._folder, self._say)
                self._found.ratios += found
                self._found.tables += tables
                processes.pin(place.postmaster, core)
                await self._with_tail(duck, filled)
        duck.close()
        return self._found

    async def _filled(self, duck: Duck, plain: PlainRows | None) -> Filled:
        self._say(f"{self._population.events:,} events: writing")

        async def seen(events: Events) -> None:
            self._today = events
            duck.add(events)
            if plain is not None:
                await plain.add(events)

        if plain is not None:
            await plain.create()
        filled = await bulk.fill(self._place, self._population, seen)
        if plain is not None:
            await plain.index()
        return filled

    async def _rounds(self, asked: Asked, rivals: Mapping[str, Asking]) -> None:
        """Answers are compared first; then every way is asked some times in a row in each round."""
        ours = m.asked_of(self._db, asked)
        agreed(asked.name, await ours(), {name: await ask() for name, ask in rivals.items()})
        times: dict[str, list[float]] = {name: [] for name in (OURS, FIRST, *rivals)}
        self._found.times[asked] = times
        for number in range(self._options.rounds):
            ways = [(OURS, ours), *rivals.items()]
            for name, ask in ways if number % 2 else ways[::-1]:
                times[name].append(await self._watch.again_ms(ask))
            dropped(self._db)
            times[FIRST].append(await self._watch.once_ms(ours))

    async def _with_tail(self, duck: Duck, filled: Filled) -> None:
        """The same questions while events of today wait, of all names; nobody folds them."""
        self._say(f"{TAIL:,} events that wait")
        assert self._today is not None
        places = np.random.default_rng(5).integers(0, len(self._today), TAIL)
        async with connected(self._place.superuser_url, search_path="parallax", jit="off") as database:
            for begin in range(0, TAIL, BATCH):
                batch = _taken(self._today, np.sort(places[begin : begin + BATCH]))
                duck.add(batch)
                await bulk.add(database, batch, filled)
        texts = metric_sql.on_events("duck", "events")
        for asked in m.QUESTIONS:
            ours = m.asked_of(self._db, asked)
            agreed(asked.name, await ours(), {UNSORTED: await duck.ask(asked, texts[asked])()})
            self._found.times[asked][TAILED] = [await self._watch.again_ms(ours) for _ in range(self._options.rounds)]


def _taken(events: Events, places: Column) -> Events:
    return Events(*(getattr(events, each.name)[places] for each in fields(Events)))
