"""The cluster's processes among all others on the machine, told by the name that the server gives them."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from parallax.embedded.cluster import Cluster

PROC = Path("/proc")  # Linux; elsewhere `ps` is asked


def is_ours(pid: int, cluster: Cluster) -> bool:
    """Whether `pid` is a living process (no zombie) of the cluster's server."""
    words = _command_line(pid)
    # A child calls itself "postgres: <name>: checkpointer"; the first process still has its arguments.
    return words[0].startswith(f"postgres: {cluster.name}: ") or (
        Path(words[0]).name == "postgres" and f"cluster_name={cluster.name}" in words
    )


def kill_orphans(cluster: Cluster) -> None:
    """Ends what is left of a server whose first process died: a busy one would keep the next server from starting.

    Nothing is lost by it: what they had not written down is in the log that the next start replays.
    """
    give_up = time.monotonic() + 5
    while time.monotonic() < give_up:
        orphans = list(_ours(cluster))
        if not orphans:
            return
        for pid in orphans:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.01)


def _ours(cluster: Cluster) -> Iterator[int]:
    if not PROC.joinpath("self").exists():
        return  # they end by themselves as soon as they wait for something
    for process in PROC.iterdir():
        if process.name.isdecimal() and is_ours(int(process.name), cluster):
            yield int(process.name)


def _command_line(pid: int) -> list[str]:
    """Its words, at least one; the word is empty where the process is gone or a zombie."""
    if PROC.joinpath("self").exists():
        try:
            return (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return [""]
    told = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)  # noqa: S603, S607
    line = told.stdout.strip()
    return [line] if line.startswith("postgres: ") else line.split() or [""]
