"""`bench analyses`: what is asked of users in order and in sets, and of rows, beside DuckDB and ClickHouse on the same events.

As in `bench metrics` server and caller share one core, every rival has one thread, each asks identical events, and every
answer is compared before anything is timed. Times are the CPU time of caller and database together.

There are three times of ours. A question asked again while nothing has changed is given the finished answer, after a look
whether anything has. With blocks kept, whatever is finished is dropped before each question: it is answered anew out of what
the process keeps decoded. With nothing kept it begins as in a process that was just started.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from parallax.bench import bulk, ground, processes
from parallax.bench import metric_questions as m
from parallax.bench.analysis import AGAIN, BLOCKS, NOTHING, Analysis, asked_of
from parallax.bench.analysis_findings import Found, figures, on_disk, ratios, within_memory
from parallax.bench.analysis_questions import QUESTIONS, every
from parallax.bench.analysis_rivals import compared, plainly, ways
from parallax.bench.bulk import Filled
from parallax.bench.graphed import through_http
from parallax.bench.ground import Ground
from parallax.bench.measured import Findings, Machine
from parallax.bench.memory import memory
from parallax.bench.metric_questions import Answer, Asking
from parallax.bench.metric_rivals import Duck, House
from parallax.bench.population import Events, Population
from parallax.bench.rows import Shape
from parallax.bench.timed import Stopwatch, dropped
from parallax.db import Database
from parallax.engine.caches import kept

GROWTH: Final = 10
MOST_USERS: Final = 200_000
"""As many in both populations; fewer where there are hardly any events."""
FINISHED: Final = ("answer", "made", "distinct", "times")
"""Kinds of what is kept that are answers, or numbers that become one with next to no work."""


@dataclass(frozen=True, slots=True)
class Options:
    events: int = 2_000_000
    rounds: int = 5
    seconds: float = 1.0
    """Of each operation's run through HTTP, a tenth of it of each way's in a round; 0: nothing is asked through HTTP."""


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
            users = min(MOST_USERS, options.events // 2)
            bench = _Bench(place, Path(folder), Population(events, users, m.DAYS), options, say)
            whole = events == options.events
            found.append(processes.run_loop(bench.whole(core, others) if whole else bench.smaller()))
    fewer, more = found
    asked = options.events, fewer, more, GROWTH
    findings = Findings("analyses", ratios(*asked), figures(*asked), machine)
    return replace(findings, options={"events": options.events, "rounds": options.rounds})


class _Bench:
    """One population, put into every store."""

    def __init__(
        self, place: Ground, folder: Path, population: Population, options: Options, say: Callable[[str], None]
    ) -> None:
        self._place, self._folder, self._population, self._options = place, folder, population, options
        self._say = say
        self._found = Found()
        self._watch = Stopwatch(place.postmaster, options.seconds / 10)
        one = place.settings.model_copy(update={"pool_size": 1, "deadline": 300.0})
        self._db = Database(one, place.urls.reading, place.urls.writing)

    async def smaller(self) -> Found:
        """For the growth alone: ours, right by DuckDB."""
        duck = Duck(self._folder)
        await self._filled(duck)
        async with self._db:
            for asked in QUESTIONS:
                if asked.is_rolled_up:
                    await self._rounds(asked, plainly(asked, duck))
        duck.close()
        return self._found

    async def whole(self, core: int, others: int) -> Found:
        place = self._place
        duck, house = Duck(self._folder), House(self._folder)
        filled = await self._filled(duck)
        self._say("sorting, and rolling up for the others")
        duck.sort()
        duck.written(self._folder / "events.parquet")
        house.fill(self._folder / "events.parquet")
        (self._folder / "events.parquet").unlink()
        duck.roll_up()
        house.roll_up()
        sizes = await bulk.sizes(place, filled.events)
        self._found.tables.append(sizes)
        self._found.ratios.append(on_disk(self._options.events, sizes))
        async with self._db:
            right = {}
            for asked in QUESTIONS:
                self._say(f"{filled.events:,} events: {asked.name}")
                right[asked] = await self._rounds(asked, ways(asked, duck, house))
        house.close()
        duck.close()
        held = memory(place, every)
        self._found.tables.append(held)
        self._found.ratios.append(within_memory(held))
        if self._options.seconds:
            processes.pin(place.postmaster, others)
            table = await through_http(place, right, self._options.seconds, core, others, self._folder, self._say)
            self._found.tables.append(table)
        return self._found

    async def _filled(self, duck: Duck) -> Filled:
        self._say(f"{self._population.events:,} events: writing")

        async def seen(events: Events) -> None:
            duck.add(events)

        return await bulk.fill(self._place, self._population, seen)

    async def _rounds(self, asked: Analysis, rivals: Mapping[str, Asking]) -> Answer:
        """Answers are compared first; then every way is asked some times in a row in each round."""
        ours, watch = asked_of(self._db, asked), self._watch
        right = await ours()
        for way, ask in rivals.items():
            compared(asked, right, way, await ask())
        times: dict[str, list[float]] = {way: [] for way in (AGAIN, BLOCKS, NOTHING, *rivals)}
        self._found.times[asked] = times
        for number in range(self._options.rounds):
            turns = [(AGAIN, ours), *rivals.items()]
            for way, ask in turns if number % 2 else turns[::-1]:
                times[way].append(await watch.again_ms(ask))
            times[BLOCKS].append(await watch.after_ms(self._unfinished, ours))
            times[NOTHING].append(await watch.after_ms(lambda: dropped(self._db), ours))
        return right

    def _unfinished(self) -> None:
        for kind in FINISHED:
            kept(self._db).forget(kind)
