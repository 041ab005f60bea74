"""`bench serve --profile`: how our CPU time of a request is divided, by operation."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from parallax.bench import asking, ground, processes
from parallax.bench.fleet import Server, first_answer, fleet
from parallax.bench.measured import Figures, Findings, Machine
from parallax.bench.operations import SHAPE, Operation, operations
from parallax.bench.serve import Options
from parallax.errors import SetupError

WRITTEN_S = 10.0


def profiled(options: Options, say: Callable[[str], None]) -> Findings:
    """Ours alone, under the callers of `bench serve`; sampling itself takes some 3 % of the time."""
    processes.needs_linux()
    machine = Machine.here()
    core, others = processes.cores()
    processes.pin(0, others)
    with ground.served(SHAPE.resized(options.rows), others) as place, TemporaryDirectory(prefix="plx-bench-") as folder:
        tables = processes.run_loop(_measured(options, place, core, Path(folder), say))
    return Findings("serve --profile", [], tables, machine, {"connections": options.connections})


async def _measured(
    options: Options, place: ground.Ground, core: int, folder: Path, say: Callable[[str], None]
) -> list[Figures]:
    await ground.fill(place)
    found = folder / "samples.json"
    tables = []
    with fleet(place, ("ours",), core, folder, {}, PARALLAX_BENCH_PROFILE=str(found)) as servers:
        for operation in operations(place.shape):
            if options.only and operation.name not in options.only:
                continue
            say(f"{operation.name}: {operation.what}")
            tables.append(await shares_of(options, servers["ours"], operation, found))
    return tables


async def shares_of(options: Options, server: Server, operation: Operation, found: Path) -> Figures:
    """Of a server that writes its samples into `found`."""
    request = operation.request()
    body = await first_answer(server, request)
    await asking.closed_loop(server.port, request, options.connections, 0.5, 1, len(body))
    _collected(server, found)
    cpu = processes.cpu_s(server.process.pid)
    window = await asking.closed_loop(
        server.port, request, options.connections, options.seconds * options.rounds, options.least, len(body)
    )
    spent_us = (processes.cpu_s(server.process.pid) - cpu) / len(window.latencies_s) * 1e6
    samples = _collected(server, found)
    return _shares(f"{operation.name}: {operation.what}, {spent_us:,.0f} us of CPU", samples, spent_us)


def _collected(server: Server, found: Path) -> dict[str, int]:
    """The samples since the last call."""
    found.unlink(missing_ok=True)
    server.process.send_signal(signal.SIGUSR1)
    ends = time.monotonic() + WRITTEN_S
    while not found.exists():
        if time.monotonic() > ends:
            raise SetupError(f"The server wrote no samples: {server.complaint()}")
        time.sleep(0.01)
    samples: dict[str, int] = json.loads(found.read_text())
    return samples


def _shares(title: str, samples: dict[str, int], spent_us: float) -> Figures:
    total = sum(samples.values()) or 1
    rows: list[tuple[Any, ...]] = [
        (part, round(100 * count / total, 1), round(spent_us * count / total, 1))
        for part, count in sorted(samples.items(), key=lambda item: -item[1])
    ]
    return Figures(title, ("part", "%", "us a request"), rows)
