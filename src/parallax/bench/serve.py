"""`bench serve`: what a request costs, beside stock Strawberry and a bare handler on the same statements.

Each server runs on one core, PostgreSQL and the callers on another. A round is one short run of every server, in an
order that is turned round each time; what counts is the ratio within a round. The main figure is the CPU time of the
server's process per request, since it does not depend on what else the machine does; answers per second stand beside it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from parallax.bench import asking, ground, processes
from parallax.bench.fleet import Server, first_answer, fleet
from parallax.bench.measured import Figures, Findings, Goal, Machine, Ratio, paired
from parallax.bench.operations import SHAPE, Operation, operations
from parallax.bench.security import security
from parallax.bench.variants import NAMES
from parallax.errors import ParallaxError

COMPARED = ("stock", "ours", "bare")


class Differs(ParallaxError):
    """Two servers that answer the same operation with different data: their times cannot be compared."""


@dataclass(frozen=True, slots=True)
class Options:
    rounds: int = 7
    seconds: float = 1.5
    connections: int = 8
    least: int = 30
    """Answers of each connection in a run: with fewer, what is in flight at the end counts too much."""
    only: tuple[str, ...] = ()
    """Names of operations; none: all."""
    rows: int = SHAPE.rows


@dataclass(slots=True)
class Runs:
    """Of one server with one operation, by round."""

    answers_s: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    database_us: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    errors: int = 0


def run(options: Options, say: Callable[[str], None]) -> Findings:
    processes.needs_linux()
    machine = Machine.here()
    core, others = processes.cores()
    processes.pin(0, others)
    with ground.served(SHAPE.resized(options.rows), others) as place, TemporaryDirectory(prefix="plx-bench-") as folder:
        ratios, figures = processes.run_loop(_measured(options, place, core, Path(folder), say))
    return Findings("serve", ratios, figures, machine, {"rounds": options.rounds, "connections": options.connections})


async def _measured(
    options: Options, place: ground.Ground, core: int, folder: Path, say: Callable[[str], None]
) -> tuple[list[Ratio], list[Figures]]:
    await ground.fill(place)
    chosen = [each for each in operations(place.shape) if not options.only or each.name in options.only]
    ratios: list[Ratio] = []
    rows: list[tuple[Any, ...]] = []
    found: dict[str, dict[str, Runs]] = {}
    with fleet(place, COMPARED, core, folder, {}) as servers:
        for operation in chosen:
            bodies = await first_answers(operation, servers)
            constant = folder / f"{operation.name}.json"
            constant.write_bytes(bodies["ours"])
            with fleet(place, ("constant",), core, folder, {"constant": constant}) as floor:
                bodies["constant"] = await first_answer(floor["constant"], operation.request())
                say(f"{operation.name}: {operation.what}")
                runs = found[operation.name] = await rounds_of(options, place, operation, servers | floor, bodies)
            ratios += _ratios(operation, runs)
            rows += [figures_of(operation, name, runs[name], bodies[name]) for name in NAMES]
    ratios += _small_form(found)
    secured, table = await security(place, options.rounds, say)
    columns = ("operation", "server", "answers/s", "p50 ms", "p99 ms", "CPU us", "PostgreSQL CPU us", "bytes", "errors")
    title = f"Per request, medians of {options.rounds} rounds, {options.connections} connections in a closed loop"
    return ratios + secured, [Figures(title, columns, rows), table]


async def first_answers(operation: Operation, servers: dict[str, Server]) -> dict[str, bytes]:
    """Each server's first answer; refused unless all of them say the same."""
    bodies = {name: await first_answer(server, operation.request()) for name, server in servers.items()}
    told = {name: json.loads(body) for name, body in bodies.items()}
    for name, answer in told.items():
        if answer != told["ours"]:
            raise Differs(
                f"{operation.name}: {name} answers {bodies[name][:300].decode()} … where ours is "
                f"{bodies['ours'][:300].decode()} …"
            )
    return bodies


async def rounds_of(
    options: Options, place: ground.Ground, operation: Operation, servers: dict[str, Server], bodies: dict[str, bytes]
) -> dict[str, Runs]:
    runs = {name: Runs() for name in servers}
    for number in range(-1, options.rounds):
        for name in list(servers) if number % 2 else list(servers)[::-1]:
            server = servers[name]
            cpu, database = processes.cpu_s(server.process.pid), processes.connections_cpu_s(place.postmaster)
            window = await asking.closed_loop(
                server.port,
                operation.request(),
                options.connections,
                options.seconds if number >= 0 else options.seconds / 2,
                options.least,
                len(bodies[name]),
            )
            if number < 0:  # the first round warms up
                continue
            answers, into = len(window.latencies_s), runs[name]
            into.answers_s.append(answers / window.took_s)
            into.cpu_us.append((processes.cpu_s(server.process.pid) - cpu) / answers * 1e6)
            spent = processes.spent_s(database, processes.connections_cpu_s(place.postmaster))
            into.database_us.append(spent / answers * 1e6)
            into.p50_ms.append(window.percentile_ms(0.5))
            into.p99_ms.append(window.percentile_ms(0.99))
            into.errors += window.errors
    return runs


def _ratios(operation: Operation, runs: dict[str, Runs]) -> list[Ratio]:
    """CPU per request decides; the ratio of answers per second is said beside it."""
    found = []
    for peer, goal in (("stock", operation.goal), ("bare", None)):
        answers = median(paired(runs["ours"].answers_s, runs[peer].answers_s))
        found.append(
            Ratio(
                f"{operation.what}: CPU per request, {peer} / ours",
                paired(runs[peer].cpu_us, runs["ours"].cpu_us),
                None if goal is None else Goal(goal),
                f"answers/s {answers:.2f}x",
            )
        )
    return found


def _small_form(found: dict[str, dict[str, Runs]]) -> list[Ratio]:
    """What a client gains that asks for `values` instead of `data`; the two were measured one after the other."""
    if not {"Dash", "DashValues"} <= found.keys():
        return []
    rounds = paired(found["Dash"]["stock"].cpu_us, found["DashValues"]["ours"].cpu_us)
    return [Ratio("the same series: CPU per request, stock with data / ours with values", rounds, Goal(9))]


def figures_of(operation: Operation, name: str, runs: Runs, body: bytes) -> tuple[Any, ...]:
    return (
        operation.name,
        name,
        round(median(runs.answers_s), 1),
        round(median(runs.p50_ms), 2),
        round(median(runs.p99_ms), 2),
        round(median(runs.cpu_us), 1),
        round(median(runs.database_us), 1),
        len(body),
        runs.errors,
    )
