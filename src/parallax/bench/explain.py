"""`bench explain`: how long operations take, beside what `extensions: {explain: true}` says that they will.

A server on one core, PostgreSQL and the caller on another. Every operation is asked until what the process keeps is there,
then its estimate is asked for, then it is asked for a while: a dashboard that is looked at again and again. What is measured
is the median of its quietest round, as a caller sees it. Estimates know nothing of the machine: on one that is twice as
slow they are half as good.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from parallax.bench import asking, bulk, ground, processes
from parallax.bench.explain_questions import DAYS, TEXTS, operation
from parallax.bench.fleet import Server, first_answer, fleet
from parallax.bench.ground import CLIENT, Ground
from parallax.bench.measured import Figures, Findings, Goal, Machine, Ratio
from parallax.bench.operations import Operation
from parallax.bench.population import Events, Population
from parallax.bench.rows import Shape
from parallax.db import connected

WITHIN: Final = 2.0
GOAL: Final = Goal(0.9)
WARM: Final = 3
EDITOR: Final = "update api_token_grant set role = 'EDITOR' where client_id = $1"


@dataclass(frozen=True, slots=True)
class Options:
    events: int = 300_000
    rounds: int = 3
    seconds: float = 0.4
    """Of an operation's run in a round."""


def run(options: Options, say: Callable[[str], None]) -> Findings:
    processes.needs_linux()
    machine = Machine.here()
    core, others = processes.cores()
    processes.pin(0, others)
    with (
        ground.served(Shape(0, 0, 0, 0), others) as place,
        TemporaryDirectory(prefix="plx-bench-", ignore_cleanup_errors=True) as folder,
    ):
        say(f"{options.events:,} events: writing")
        processes.run_loop(_filled(place, options))
        with fleet(place, ("ours",), core, Path(folder), {}) as servers:
            rows = processes.run_loop(_measured(servers["ours"], options, say))
    near = [1.0 if 1 / WITHIN <= row[3] <= WITHIN else 0.0 for row in rows]
    share = Ratio(f"operations whose estimate is within {WITHIN:g}x", (sum(near) / len(near),), GOAL)
    columns = ("operation", "estimated ms", "measured ms", "measured / estimated", "from", "days", "rows")
    figures = Figures("Estimated beside measured, asked again", columns, rows)
    return replace(Findings("explain", [share], [figures], machine), options={"events": options.events})


async def _filled(place: Ground, options: Options) -> None:
    async def seen(_: Events) -> None:
        """There is no rival."""

    await bulk.fill(place, Population(options.events, users=max(200, options.events // 40), days=DAYS), seen)
    async with connected(place.superuser_url, search_path="parallax") as database:
        await database.rows(EDITOR, CLIENT)


async def _measured(server: Server, options: Options, say: Callable[[str], None]) -> list[tuple[Any, ...]]:
    """Rounds go over all operations: what else the machine does for a while is no single operation's fault."""
    asked = {what: operation(what) for what in TEXTS}
    lengths, told = {}, {}
    for what, each in asked.items():
        lengths[what] = len(await first_answer(server, each.request()))
        for _ in range(WARM):
            await asking.once(server.port, each.request())
        told[what] = await _explained(server, each)
    took_ms: dict[str, list[float]] = {what: [] for what in asked}
    for number in range(options.rounds):
        say(f"round {number + 1} of {options.rounds}")
        for what, each in asked.items():
            window = await asking.closed_loop(server.port, each.request(), 1, options.seconds, 3, lengths[what])
            took_ms[what].append(median(window.latencies_s) * 1000)
    return [_row(what, told[what], min(took_ms[what])) for what in asked]


def _row(what: str, told: dict[str, Any], took_ms: float) -> tuple[Any, ...]:
    engine, estimated = told["engine"], told["estimatedMs"]
    sources = "/".join(sorted({each["from"] for each in engine}))
    days, scanned = (sum(each[name] for each in engine) for name in ("days", "rows"))
    return what, estimated, round(took_ms, 2), round(took_ms / estimated, 2), sources, days, scanned


async def _explained(server: Server, asked: Operation) -> dict[str, Any]:
    _, answer = await asking.once(server.port, asked.request(explain=True))
    told: dict[str, Any] = json.loads(answer)["extensions"]["explain"]
    return told
