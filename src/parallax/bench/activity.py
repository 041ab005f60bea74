"""`bench activity`: the App Activity report, as its loaders answer it, beside plain SQL and DuckDB on the same reports.

Server and caller share one core, and DuckDB has one thread. Ours goes through `Database` with row-level security and up
to the buckets of the series, but not through HTTP. The plain statements run as a superuser, free of policies, and
without parallel workers, for which there is no core. Times are the CPU time of caller and database together: on the one
core that is what an undisturbed answer takes, whatever else the machine does.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeAlias

import duckdb

from parallax.access.viewer import Role, Viewer
from parallax.analyses.usage import begun_spans, bucket_sums
from parallax.bench import ground, processes
from parallax.bench.ground import CLIENT, ZONE, Ground, app_id
from parallax.bench.measured import Figures, Findings, Goal, Machine, Ratio, paired
from parallax.bench.rows import FIRST_DAY, Rows, Shape
from parallax.db import Database, Owner, connected
from parallax.errors import ParallaxError
from parallax.metrics.catalog import ActivityMetric
from parallax.periods import Granularity, Period, axis
from parallax.usage.loaders import DaysKey, UsersKey, days_loader, users_loader

Answer: TypeAlias = list[tuple[float, ...]]
"""A tuple per bucket."""
Ask: TypeAlias = Callable[[], Awaitable[Answer]]
PERIOD_DAYS = 90
IN_A_ROW = 5
LARGE, SMALL = 0, 200
KEYED, COVERED, DUCKDB = "SQL, primary key", "SQL, covering index", "DuckDB"
COLUMNS = tuple(metric.value.column for metric in ActivityMetric)
COVERING = """create index covering on app_usage_reports (client_id, application_id, activity_date)
include (total_active_ms, total_session_count, user_id)"""


class Differs(ParallaxError):
    """Two ways that answer the same question with different numbers: their times cannot be compared."""


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
        with ground.served(Shape(rows, apps=300, days=180, users=200_000), core) as place:
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
    analytic = _duckdb(rows)
    session = {"search_path": "parallax", "jit": "off", "timezone": "UTC", "max_parallel_workers_per_gather": "0"}
    async with (
        Database(one, place.urls.reading, place.urls.writing) as db,
        connected(place.superuser_url, **session) as plain,
    ):
        for covering in (False, True):
            if covering:
                await plain.script(COVERING)
                await plain.script("vacuum (analyze) app_usage_reports")
            for question in QUESTIONS:
                for name, app in (("large", LARGE), ("small", min(SMALL, place.shape.apps - 1))):
                    ways = {COVERED if covering else KEYED: _sql(plain, question, app)}
                    if not covering:
                        ways |= {DUCKDB: _in_duckdb(analytic, question, app)}
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
            for _ in range(IN_A_ROW):
                await ask()
            caller_s = time.process_time() - caller
            database_s = processes.spent_s(database, processes.connections_cpu_s(place.postmaster))
            into.append((caller_s + database_s) / IN_A_ROW * 1000)
    return times


def _period(shape_days: int = 180) -> Period:
    shape = Shape(0, 0, shape_days, 0)
    return Period(shape.day(shape_days - PERIOD_DAYS), shape.last_day)


def _ours(db: Database, question: Question, app: int) -> Ask:
    """A viewer and loaders of its own for each question, as a request has."""
    viewer = Viewer(CLIENT, "bench", {CLIENT: Role.VIEWER})
    period, key = _period(), (CLIENT, app_id(app))
    today = period.end.replace(year=period.end.year + 1)

    async def daily() -> Answer:
        shown = axis(period, Granularity.DAY, ZONE, today)
        days = await days_loader(db, viewer).load_many([DaysKey(*key, period, column) for column in COLUMNS])
        return list(zip(*(map(_number, bucket_sums(shown, each)) for each in days), strict=True))

    async def weekly() -> Answer:
        shown = axis(period, Granularity.WEEK, ZONE, today)
        loader = users_loader(db, viewer)
        counts = await loader.load_many([UsersKey(*key, span) for span in begun_spans(shown)])
        return [(float(count),) for count in counts]

    async def whole() -> Answer:
        return [(float(await users_loader(db, viewer).load(UsersKey(*key, period))),)]

    return {DAILY.name: daily, WEEKLY.name: weekly, WHOLE.name: whole}[question.name]


def _number(value: float | None) -> float:
    return value or 0.0


def _sql(plain: Owner, question: Question, app: int) -> Ask:
    period = _period()
    text = (
        f"select {question.bucket} as bucket, {question.wanted} from app_usage_reports "  # noqa: S608 - our own texts
        "where client_id = $1 and application_id = $2 and activity_date between $3 and $4 group by 1 order by 1"
    )

    async def ask() -> Answer:
        rows = await plain.rows(text, CLIENT, app_id(app), period.start, period.end)
        return _filled(question, [tuple(row) for row in rows])

    return ask


def _duckdb(rows: Rows) -> Any:
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


def _in_duckdb(connection: Any, question: Question, app: int) -> Ask:
    period = _period()
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
    granularity = Granularity.DAY if question is DAILY else Granularity.WEEK
    shown = axis(_period(), granularity, ZONE, _period().end.replace(year=_period().end.year + 1))
    known = {getattr(row[0], "date", lambda row=row: row[0])(): tuple(row[1:]) for row in rows}
    nothing = (0.0,) * (3 if question is DAILY else 1)
    return [known.get(day, nothing) for day in shown.dates]


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
