"""`bench activity`: the App Activity report, as its loaders answer it, beside plain SQL and DuckDB on the same reports.

Server and caller share one core, and DuckDB has one thread. Ours goes through `Database` with row-level security and up
to the buckets of the series, but not through HTTP; the plain statements go through the same door. Each way is asked for
a while before the next one is: a gateway does little else than answer such questions. Times are the CPU time of caller
and database together: on the one core that is what an undisturbed answer takes, whatever else the machine does.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

from parallax.access.viewer import Role, Viewer
from parallax.analyses.usage import begun_spans, bucket_sums
from parallax.bench import ground, processes
from parallax.bench.ground import CLIENT, Ground, app_id
from parallax.bench.measured import Figures, Findings, Goal, Machine, Ratio, paired
from parallax.bench.rivals import (
    COVERING,
    DAILY,
    DAYS,
    QUESTIONS,
    WEEKLY,
    WHOLE,
    Answer,
    Ask,
    Question,
    asked_period,
    filled_duckdb,
    in_duckdb,
    in_sql,
    shown,
)
from parallax.bench.rows import Shape
from parallax.db import Database, connected
from parallax.errors import ParallaxError
from parallax.metrics.catalog import ActivityMetric
from parallax.periods import Granularity
from parallax.usage.loaders import DaysKey, UsersKey, days_loader, users_loader

WHILE_S, LEAST = 0.1, 3
"""How long a way is asked in a round, and how often at the least."""
LARGE, SMALL = 0, 200
KEYED, COVERED, DUCKDB = "SQL, primary key", "SQL, covering index", "DuckDB"
COLUMNS = tuple(metric.value.column for metric in ActivityMetric)


class Differs(ParallaxError):
    """Two ways that answer the same question with different numbers: their times cannot be compared."""


@dataclass(frozen=True, slots=True)
class Options:
    rows: int = 5_000_000
    rounds: int = 15
    growth: int = 10


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of CPU by round and rival, and beside each what ours took in the same rounds."""

    rival: dict[str, list[float]]
    ours: dict[str, list[float]]

    @property
    def best_sql(self) -> str:
        """Plain SQL along the quicker of the two indexes."""
        return min((name for name in self.rival if name != DUCKDB), key=lambda name: median(self.rival[name]))

    def ratios(self, rival: str) -> tuple[float, ...]:
        return paired(self.rival[rival], self.ours[rival])


Found: TypeAlias = dict[tuple[str, str], Times]
"""By question and app."""


def run(options: Options, say: Callable[[str], None]) -> Findings:
    processes.needs_linux()
    machine = Machine.here()
    core, _ = processes.cores()
    processes.pin(0, core)
    tables: list[Figures] = []
    found: list[Found] = []
    for rows in (options.rows // options.growth, options.rows):
        with ground.served(Shape(rows, apps=300, days=DAYS, users=200_000), core) as place:
            say(f"{rows:,} rows: writing")
            times = processes.run_loop(_measured(place, options.rounds, say))
        found.append(times)
        tables.append(_figures(rows, times))
    return Findings("activity", _ratios(found[0], found[1], options), tables, machine, {"rows": options.rows})


async def _measured(place: Ground, rounds: int, say: Callable[[str], None]) -> Found:
    rows = await ground.fill(place)
    say(f"{len(rows):,} rows: asking")
    one = place.settings.model_copy(update={"pool_size": 1, "deadline": 300.0})
    found: Found = {}
    analytic = filled_duckdb(rows)
    async with connected(place.superuser_url) as superuser:
        # There is one core: workers beside it would only be counted elsewhere.
        await superuser.script("alter role parallax_app set max_parallel_workers_per_gather = 0")
    async with (
        Database(one, place.urls.reading, place.urls.writing) as db,
        connected(place.superuser_url, search_path="parallax") as plain,
    ):
        for covering in (False, True):
            if covering:
                await plain.script(COVERING)
                await plain.script("vacuum (analyze) app_usage_reports")
            for question in QUESTIONS:
                for name, app in (("large", LARGE), ("small", min(SMALL, place.shape.apps - 1))):
                    ways = {COVERED if covering else KEYED: in_sql(db, question, app)}
                    if not covering:
                        ways |= {DUCKDB: in_duckdb(analytic, question, app)}
                    what = f"{question.name}, {name}"
                    times = await _interleaved(place, _ours(db, question, app), ways, rounds, what)
                    held = found.setdefault((question.name, name), Times({}, {}))
                    held.rival.update(times.rival)
                    held.ours.update(times.ours)
    return found


async def _interleaved(place: Ground, ours: Ask, rivals: dict[str, Ask], rounds: int, what: str) -> Times:
    """Answers are compared first; then every way is asked some times in a row in each round."""
    right = await ours()
    for name, ask in rivals.items():
        answer = await ask()
        if answer != right:
            raise Differs(f"{what}: {name} answers {answer[:3]} … where ours is {right[:3]} …")
    mine: list[float] = []
    times = Times({name: [] for name in rivals}, dict.fromkeys(rivals, mine))
    ways = [(ours, mine), *((ask, times.rival[name]) for name, ask in rivals.items())]
    for number in range(rounds):
        for ask, into in ways if number % 2 else ways[::-1]:
            await ask()  # brings back what the others took out of the caches
            database, caller = processes.connections_cpu_s(place.postmaster), time.process_time()
            asked, ends = 0, time.perf_counter() + WHILE_S
            while asked < LEAST or time.perf_counter() < ends:
                await ask()
                asked += 1
            caller_s = time.process_time() - caller
            database_s = processes.spent_s(database, processes.connections_cpu_s(place.postmaster))
            into.append((caller_s + database_s) / asked * 1000)
    return times


def _ours(db: Database, question: Question, app: int) -> Ask:
    """A viewer and loaders of its own for each question, as a request has."""
    viewer = Viewer(CLIENT, "bench", {CLIENT: Role.VIEWER})
    period, key = asked_period(), (CLIENT, app_id(app))

    async def daily() -> Answer:
        days_axis = shown(Granularity.DAY)
        days = await days_loader(db, viewer).load_many([DaysKey(*key, period, column) for column in COLUMNS])
        return list(zip(*(map(_number, bucket_sums(days_axis, each)) for each in days), strict=True))

    async def weekly() -> Answer:
        loader = users_loader(db, viewer)
        counts = await loader.load_many([UsersKey(*key, span) for span in begun_spans(shown(Granularity.WEEK))])
        return [(float(count),) for count in counts]

    async def whole() -> Answer:
        return [(float(await users_loader(db, viewer).load(UsersKey(*key, period))),)]

    return {DAILY.name: daily, WEEKLY.name: weekly, WHOLE.name: whole}[question.name]


def _number(value: float | None) -> float:
    return value or 0.0


def _ratios(fewer: Found, more: Found, options: Options) -> list[Ratio]:
    daily = DAILY.name
    large, small = more[daily, "large"], more[daily, "small"]
    ratios = [
        Ratio(f"large app, {daily}: DuckDB / ours", large.ratios(DUCKDB), Goal(100)),
        Ratio(f"small app, {daily}: {small.best_sql} / ours", small.ratios(small.best_sql), Goal(5)),
    ]
    for name in ("large", "small"):
        growth = paired(more[daily, name].ours[DUCKDB], fewer[daily, name].ours[DUCKDB])
        what = f"{name} app, {daily}: ours on {options.growth}x the rows / ours"
        ratios.append(Ratio(what, growth, Goal(1.5, at_most=True)))
    said = {ratio.what for ratio in ratios}
    for (question, name), times in more.items():
        for rival in (DUCKDB, times.best_sql):
            ratio = Ratio(f"{name} app, {question}: {rival} / ours", times.ratios(rival))
            if ratio.what not in said:
                ratios.append(ratio)
    return ratios


def _figures(rows: int, found: Found) -> Figures:
    names = (KEYED, COVERED, DUCKDB)
    cells = [
        (question, app, round(median(times.ours[DUCKDB]), 3), *(round(median(times.rival[name]), 3) for name in names))
        for (question, app), times in found.items()
    ]
    return Figures(f"About {rows:,} rows: milliseconds of CPU, medians", ("question", "app", "ours", *names), cells)
