"""A dashboard of ten series through HTTP, for `bench metrics`: beside the same schema served by stock Strawberry.

Stock runs once with a statement of its own for each series on the same roll-ups, which is what the goal is about, and once
with the gateway's own loaders, so that the difference is that of serving alone. Servers are on one core, PostgreSQL and
the callers on another.
"""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

from parallax.bench import processes
from parallax.bench.fleet import fleet
from parallax.bench.ground import CLIENT, Ground
from parallax.bench.measured import Figures, Goal, Ratio, paired
from parallax.bench.metric_questions import FIRST, LAST_DAY, QUARTER, TREND
from parallax.bench.operations import Operation
from parallax.bench.profile import shares_of
from parallax.bench.serve import Options, Runs, figures_of, first_answers, rounds_of

SERVERS: Final = ("ours", "sql", "stock")
SERIES: Final = (
    "metric(name: DAU, period: $period)",
    f'metric(name: DAU, event: "{TREND}", period: $period)',
    'metric(name: DAU, event: "purchase", period: $period)',
    "metric(name: EVENTS, period: $period)",
    f'metric(name: EVENTS, event: "{TREND}", period: $period)',
    'metric(name: EVENTS, event: "purchase", period: $period)',
    'metric(name: EVENTS, event: "search", period: $period)',
    "metric(name: SESSIONS, period: $period)",
    "metric(name: USERS, period: $period)",
    f'firstTimeUsers(event: "{FIRST}", period: $period)',
)
GOAL: Final = Goal(3)


def dashboard(name: str, shown: str) -> Operation:
    series = " ".join(f"s{place}: {each} {{ {shown} }}" for place, each in enumerate(SERIES))
    text = f"query {name}($client: ID!, $period: PeriodInput!) {{ client(id: $client) {{ {series} }} }}"
    period = {"start": QUARTER.start.isoformat(), "end": LAST_DAY.isoformat()}
    what = f"{len(SERIES)} series of events x {QUARTER.days} points"
    return Operation(name, f"{what}, {shown.split()[0]}", text, {"client": str(CLIENT), "period": period}, None)


OPERATIONS: Final = (dashboard("Board", "data { date at value isPartial }"), dashboard("BoardValues", "values"))


async def dashboards(
    options: Options, place: Ground, core: int, others: int, folder: Path, say: Callable[[str], None]
) -> tuple[list[Ratio], list[Figures]]:
    ratios: list[Ratio] = []
    rows: list[tuple[Any, ...]] = []
    processes.pin(0, others)
    try:
        with fleet(place, SERVERS, core, folder, {}) as servers:
            for operation in OPERATIONS:
                say(f"{operation.name}: {operation.what}, through HTTP")
                bodies = await first_answers(operation, servers)
                runs = await rounds_of(options, place, operation, servers, bodies)
                ratios += _ratios(operation, runs)
                rows += [figures_of(operation, name, runs[name], bodies[name]) for name in SERVERS]
            held = processes.peak_bytes(servers["ours"].process.pid)
        columns = (
            "operation",
            "server",
            "answers/s",
            "p50 ms",
            "p99 ms",
            "CPU us",
            "PostgreSQL CPU us",
            "bytes",
            "errors",
        )
        title = f"Dashboards through HTTP, {options.connections} connections; ours held at most {held / 2**20:.0f} MiB"
        found = folder / "samples.json"
        with fleet(place, ("ours",), core, folder, {}, PARALLAX_BENCH_PROFILE=str(found)) as sampled:
            tables = [await shares_of(options, sampled["ours"], operation, found) for operation in OPERATIONS]
    finally:
        processes.pin(0, core)
    return ratios, [Figures(title, columns, rows), *tables]


def _ratios(operation: Operation, runs: dict[str, Runs]) -> list[Ratio]:
    found = []
    for peer, goal, what in (("sql", GOAL, "stock with its SQL"), ("stock", None, "stock with our loaders")):
        cpu = median(paired(runs[peer].cpu_us, runs["ours"].cpu_us))
        answers = paired(runs["ours"].answers_s, runs[peer].answers_s)
        found.append(Ratio(f"{operation.what}: answers/s, ours / {what}", answers, goal, f"CPU per request {cpu:.2f}x"))
    return found
