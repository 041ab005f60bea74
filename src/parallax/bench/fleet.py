"""The servers of `bench serve`: all started first, each in its own process on one core, ended at the end."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from parallax.bench import asking
from parallax.bench.ground import Ground
from parallax.errors import SetupError

UP_S = 30.0
PAUSE_S = 0.1
ENOUGH = "1000000000000"
"""Units a minute: budgets are counted, as they are when served, and never empty."""


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    port: int
    process: "subprocess.Popen[bytes]"
    log: Path

    def complaint(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]


@contextmanager
def fleet(
    ground: Ground,
    names: Sequence[str],
    core: int,
    folder: Path,
    constants: dict[str, Path],
    module: str = "parallax.bench.serving",
    **extra: str,
) -> Iterator[dict[str, Server]]:
    """By name, each by `python -m module`. `constants` gives the file of what a server of constant bytes sends; `extra`
    goes into the environment.
    """
    started: dict[str, Server] = {}
    try:
        for name in names:
            started[name] = _started(ground, name, core, folder, constants.get(name), module, extra)
        yield started
    finally:
        for server in started.values():
            server.process.terminate()
        for server in started.values():
            try:
                server.process.wait(10)
            except subprocess.TimeoutExpired:
                server.process.kill()
                server.process.wait()


def _started(
    ground: Ground, name: str, core: int, folder: Path, constant: Path | None, module: str, extra: dict[str, str]
) -> Server:
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    with listening:
        port, descriptor = listening.getsockname()[1], listening.fileno()
        log = folder / f"{name}.log"
        command = [sys.executable, "-m", module, name.partition(":")[0], str(descriptor), str(core)]
        with log.open("wb") as written:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [*command, *([str(constant)] if constant else [])],
                env=_environment(ground) | extra,
                pass_fds=[descriptor],
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                start_new_session=True,
            )
    return Server(name, port, process, log)


def _environment(ground: Ground) -> dict[str, str]:
    """The caller's, without settings of an installation of theirs."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PARALLAX_", "DATABASE_URL"))}
    return own | {
        "PARALLAX_DATA_DIR": str(ground.settings.data_dir),
        "PARALLAX_APP_URL": ground.urls.reading,
        "PARALLAX_INGEST_URL": ground.urls.writing,
        "PARALLAX_RATE_LIMIT": ENOUGH,
    }


async def first_answer(server: Server, request: bytes) -> bytes:
    """The body; waits for a server that is still starting, and raises SetupError for one that does not come up."""
    ends = time.monotonic() + UP_S
    while True:
        if server.process.poll() is not None:
            raise SetupError(f"The server {server.name} ended: {server.complaint()}")
        try:
            status, body = await asking.once(server.port, request)
        except (OSError, asking.Unanswered, TimeoutError):
            if time.monotonic() > ends:
                raise SetupError(f"The server {server.name} does not answer: {server.complaint()}") from None
            await asyncio.sleep(PAUSE_S)
            continue
        if status != 200 or b'"errors"' in body[:2000] + body[-2000:]:
            raise SetupError(f"The server {server.name} answers with an error: {body[:1000].decode()}")
        return body
