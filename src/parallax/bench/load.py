"""`bench load`: rows per second of `parallax load --kind usage`, and the most memory that it takes."""

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from parallax.bench import ground, processes
from parallax.bench.ground import CLIENT, Ground, app_id
from parallax.bench.measured import Figures, Findings, Goal, Machine, Ratio
from parallax.bench.rows import FIRST_DAY, Rows, Shape, generated
from parallax.errors import SetupError

MOST_MIB = 500
LOOK_S = 0.2
FIELDS = ("app", "user", "date", "activeMs", "sessions")


@dataclass(frozen=True, slots=True)
class Options:
    rows: int = 1_000_000


def run(options: Options, say: Callable[[str], None]) -> Findings:
    """Loads the same rows as NDJSON, as CSV into a fresh database, and the NDJSON once more."""
    processes.needs_linux()
    machine = Machine.here()
    shape = Shape(options.rows, apps=300, days=180, users=200_000)
    rows = generated(shape)
    cells: list[tuple[object, ...]] = []
    peak_mib = 0.0
    with TemporaryDirectory(prefix="plx-bench-") as folder:
        say(f"Writing files of {len(rows):,} rows")
        files = _files(Path(folder), rows)
        for file in files:
            with ground.served(shape) as place:
                processes.run_loop(ground.fill(place, empty=True))
                for what in (file.suffix[1:], "the same once more") if file is files[0] else (file.suffix[1:],):
                    say(f"Loading {what}")
                    took_s, cpu_s, peak = _loaded(place, file, len(rows))
                    peak_mib = max(peak_mib, peak / 2**20)
                    cells.append(
                        (what, len(rows), round(took_s, 1), round(len(rows) / took_s), round(cpu_s, 1), peak // 2**20)
                    )
    columns = ("file", "rows", "seconds", "rows/s", "CPU s of the command", "peak MiB")
    ratio = Ratio(f"peak memory in MiB, against {MOST_MIB}", (peak_mib / MOST_MIB,), Goal(1, at_most=True))
    return Findings("load", [ratio], [Figures("parallax load --kind usage", columns, cells)], machine)


def _loaded(place: Ground, file: Path, rows: int) -> tuple[float, float, int]:
    """Seconds, CPU seconds and peak bytes of one command; SetupError unless it took every row."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PARALLAX_", "DATABASE_URL"))
    }
    command = [
        sys.executable,
        "-m",
        "parallax",
        "load",
        str(file),
        "--client",
        str(CLIENT),
        "--kind",
        "usage",
        "--json",
    ]
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        command,
        env=environment | {"PARALLAX_DATA_DIR": str(place.settings.data_dir)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    peak, cpu_s = 0, 0.0
    while True:
        # Both are read while it lives: the last moments of a run are missing, at most LOOK_S of it.
        peak, cpu_s = max(peak, processes.peak_bytes(process.pid)), max(cpu_s, processes.cpu_s(process.pid))
        try:
            out, complaint = process.communicate(timeout=LOOK_S)
        except subprocess.TimeoutExpired:
            continue
        break
    took_s = time.perf_counter() - start
    if process.returncode:
        raise SetupError(f"The command failed: {complaint.decode(errors='replace')[-2000:]}")
    told = orjson.loads(out.splitlines()[-1])
    if told["accepted"] + told["duplicates"] != rows:
        raise SetupError(f"Of {rows} rows it took {told}.")
    return took_s, cpu_s, peak


def _files(folder: Path, rows: Rows) -> list[Path]:
    """In order of time, as reports come."""
    ndjson, table = folder / "reports.ndjson", folder / "reports.csv"
    with ndjson.open("wb") as lines, table.open("w", newline="") as cells:
        writer = csv.writer(cells)
        writer.writerow(FIELDS)
        for row in _texts(rows):
            lines.write(orjson.dumps(dict(zip(FIELDS, row, strict=True))) + b"\n")
            writer.writerow(row)
    return [ndjson, table]


def _texts(rows: Rows) -> Iterator[tuple[str, str, str, int, int]]:
    order = rows.day.argsort(kind="stable")
    days = [(FIRST_DAY + timedelta(days=n)).isoformat() for n in range(int(rows.day.max()) + 1)]
    apps = [str(app_id(n)) for n in range(int(rows.app.max()) + 1)]
    columns = (rows.app, rows.day, rows.user, rows.active_ms, rows.sessions)
    for app, day, user, active_ms, sessions in zip(*(column[order].tolist() for column in columns), strict=True):
        yield apps[app], f"user-{user}", days[day], active_ms, sessions
