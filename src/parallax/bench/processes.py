"""CPU time of processes, and which core they run on. Linux only: both come from /proc."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from parallax.embedded.cluster import Cluster
from parallax.errors import SetupError

PROC = Path("/proc")
T = TypeVar("T")


def run_loop(main: Coroutine[Any, Any, T]) -> T:
    """On the loop that the gateway is served with."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def needs_linux() -> None:
    if sys.platform != "linux":
        raise SetupError("This bench reads CPU times from /proc: run it on Linux, or in a container.")


def cores() -> tuple[int, int]:
    """A core for what is measured, and another one for those who ask it; the same where there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def pin(pid: int, core: int) -> None:
    """To one core; what the process starts from then on stays there too. 0 is this process."""
    os.sched_setaffinity(pid, {core})


def cpu_s(pid: int) -> float:
    """CPU seconds of a process so far, by the scheduler's clock; 0 for one that is gone."""
    total_ns = 0
    try:
        for task in (PROC / str(pid) / "task").iterdir():
            total_ns += int((task / "schedstat").read_text().split()[0])
    except (OSError, IndexError):
        return 0.0
    return total_ns / 1e9


def family_cpu_s(pid: int) -> float:
    """CPU seconds of a process and of its children so far, those included that have ended and were waited for."""
    total = 0.0
    for each in (pid, *children(pid)):
        try:
            fields = (PROC / str(each) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # User and system time; of the parent also those of children that ended.
        total += sum(map(int, fields[11:15] if each == pid else fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return total


def peak_bytes(pid: int) -> int:
    """The most memory that a running process has held; 0 for one that is gone."""
    return _status_bytes(str(pid), "VmHWM:")


def held_bytes() -> int:
    """Memory that this process holds."""
    return _status_bytes("self", "VmRSS:")


def _status_bytes(process: str, line: str) -> int:
    try:
        lines = (PROC / process / "status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(each.split()[1]) * 1024 for each in lines if each.startswith(line)), 0)


def children(pid: int) -> list[int]:
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found.append(int(entry.name))
    return found


def postmaster(data_dir: Path) -> int:
    """The process of the embedded server in a data folder; its children are the connections."""
    return int((Cluster(data_dir).data / "postmaster.pid").read_text().split()[0])


def connections_cpu_s(server: int) -> dict[int, float]:
    """CPU seconds by database process. Take differences of those that were there before and after."""
    return {pid: cpu_s(pid) for pid in children(server)}


def spent_s(before: dict[int, float], after: dict[int, float]) -> float:
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())
