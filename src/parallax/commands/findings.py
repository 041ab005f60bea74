"""What a bench found, as tables or as one JSON document."""

import importlib.util
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from parallax.commands.running import console, fail

if TYPE_CHECKING:
    from parallax.bench.measured import Figures, Findings

NEEDED = ("numpy", "duckdb")


def shown(measure: "Callable[[], Findings]", as_json: bool, check: bool, *more: str) -> None:
    """Measures and tells; ends with 1 where one of `more` is not installed, or with `check` where a goal is missed."""
    missing = [name for name in (*NEEDED, *more) if importlib.util.find_spec(name) is None]
    if missing:
        fail(f"This needs {' and '.join(missing)}: pip install 'parallax[bench]'.")
    findings = measure()
    if as_json:
        json.dump(findings.plain(), sys.stdout, indent=2)
        print()
    else:
        _print(findings)
    if check and findings.missed:
        fail(f"Missed: {'; '.join(ratio.what for ratio in findings.missed)}.")


def _print(findings: "Findings") -> None:
    from rich.table import Table

    machine, out = findings.machine, console()
    for figures in findings.figures:
        out.print(_table(figures))
    table = Table("measured", "ratio", "rounds", "goal", "holds", "beside", title=f"bench {findings.bench}")
    for ratio in findings.ratios:
        verdict = {None: "", True: "holds", False: "MISSED"}[ratio.holds]
        low, high = min(ratio.rounds), max(ratio.rounds)
        goal = "" if ratio.goal is None else str(ratio.goal)
        table.add_row(ratio.what, f"{ratio.value:.2f}", f"{low:.2f} to {high:.2f}", goal, verdict, ratio.note)
    out.print(table)
    out.print(
        f"{machine.cpu}, {machine.cores} cores, load {machine.load} at the start; Python {machine.python}; "
        f"commit {machine.commit or 'unknown'}; {machine.at}; {machine.command}"
    )
    out.print(", ".join(f"{name} {version}" for name, version in machine.versions.items()))


def _table(figures: "Figures") -> Any:
    from rich.table import Table

    table = Table(*figures.columns, title=figures.title)
    for row in figures.rows:
        table.add_row(*map(str, row))
    return table
