"""Verbs of the command line, run as processes of their own."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import parallax
from parallax.installation import Urls
from parallax.settings import Settings

SOURCE = str(Path(parallax.__file__).parent.parent)
COMMAND = (sys.executable, "-m", "parallax")


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str


def around(**settings: str) -> dict[str, str]:
    """An environment with these settings and no others."""
    passed_on = ("PATH", "HOME", "LANG", "TMPDIR", "PARALLAX_TRACES", "OTEL_EXPORTER_OTLP_ENDPOINT")
    ours = {name: os.environ[name] for name in passed_on if name in os.environ}
    return {**ours, "PYTHONPATH": SOURCE, "COLUMNS": "100", **settings}


def on(urls: Urls, settings: Settings, folder: Path, **more: str) -> dict[str, str]:
    """An environment in which verbs work on the database of `urls`."""
    assert urls.owner is not None
    assert settings.secret_key is not None
    key = settings.secret_key.get_secret_value()
    return around(DATABASE_URL=urls.owner, PARALLAX_SECRET_KEY=key, PARALLAX_DATA_DIR=str(folder), **more)


def run(*words: str, env: dict[str, str], stdin: bytes = b"", cwd: Path | None = None) -> Done:
    done = subprocess.run(
        [*COMMAND, *words], input=stdin, capture_output=True, env=env, cwd=cwd, check=False, timeout=60
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


class Running:
    """A verb that goes on until it is told to stop; what it says comes on one stream."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""

    async def until(self, text: str) -> str:
        """What it said up to the line with `text` in it, that line included."""
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            while text not in self.said:
                line = await self.process.stdout.readline()
                assert line, f"it ended without saying {text!r}: {self.said}"
                self.said += line.decode()
        return self.said

    async def ends(self, signal: int | None = None) -> int:
        """Its exit code; the rest of what it says is in `said`."""
        if signal is not None:
            self.process.send_signal(signal)
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            self.said += (await self.process.stdout.read()).decode()
            return await self.process.wait()


@asynccontextmanager
async def started(*words: str, env: dict[str, str], stdin: int | None = None) -> AsyncIterator[Running]:
    """Killed at the end, if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *words, env=env, stdin=stdin, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()  # what is left unread would keep it from ending


async def eventually(holds: Callable[[], Awaitable[object]], bound_s: float = 30) -> None:
    give_up = time.monotonic() + bound_s
    while not await holds():
        assert time.monotonic() < give_up, "it did not happen in time"
        await asyncio.sleep(0.02)
