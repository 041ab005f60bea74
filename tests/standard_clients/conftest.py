"""Gateways in processes of their own, and the clients' packages in a folder of theirs.

After a change of package.json: `npm install --package-lock-only` here. Its overrides hold the loaders of graphql-codegen,
which nothing here uses, at versions that fit one another and Node 20.
"""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from parallax.installation import Urls
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.seeds import EDITOR, MAPS, NORDLYS, SILENT, VIEWER
from tests.verbs import Running, on, started

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SOURCES = ("*.mjs", "package.json", "package-lock.json", "relay.config.json", ".npmrc")


@asynccontextmanager
async def serving(urls: Urls, settings: Settings, folder: Path, port: int, **more: str) -> AsyncIterator[Running]:
    """`parallax serve` on a port of this machine, once it says that it serves."""
    # What it logs is not read while it runs: a full pipe would stop it.
    env = on(urls, settings, folder, PARALLAX_LOG_LEVEL="error", **more)
    async with started("serve", "--port", str(port), env=env) as running:
        await running.until("(stop: Ctrl-C)")
        yield running


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@pytest.fixture(scope="session")
async def shared_urls(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Urls]:
    """The database of the gateway that most clients share; they write to it, but only to Silent."""
    async with cloned(cluster, settings, template) as urls:
        yield urls


@pytest.fixture(scope="session")
async def port(shared_urls: Urls, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[int]:
    """Of the gateway that most clients share."""
    port = free_port()
    async with serving(shared_urls, settings, tmp_path_factory.mktemp("data"), port):
        yield port


class Said:
    """What a script says, line by line, each an object."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        self._lines, self._before = process.stdout, ""

    async def next(self, name: str) -> Any:
        """What it says next under that name."""
        async with asyncio.timeout(30):
            while line := await self._lines.readline():
                self._before += line.decode()
                said = json.loads(line)
                if name in said:
                    return said[name]
        raise AssertionError(f"it ended without a word of {name}: {self._before}")


class Clients:
    """The packages as the lock file has them, the scripts that use them, the published schema and its operations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def tool(self, *words: str) -> None:
        """Runs a program of the packages; it must succeed."""
        program = str(self.folder / "node_modules" / ".bin" / words[0])
        done = subprocess.run(
            [program, *words[1:]], cwd=self.folder, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"

    async def result(self, script: str, port: int = 0) -> Any:
        """What a script says at its end."""
        async with self._process(script, port=port, err=asyncio.subprocess.PIPE) as process, asyncio.timeout(60):
            out, err = await process.communicate()
        assert process.returncode == 0, f"{script}: {out.decode()}{err.decode()}"
        return json.loads(out)

    @asynccontextmanager
    async def running(self, *words: str, port: int) -> AsyncIterator[Said]:
        """A script that says something as it goes; killed at the end."""
        async with self._process(*words, port=port) as process:
            yield Said(process)

    @asynccontextmanager
    async def _process(
        self, *words: str, port: int, err: int | None = None
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        ours = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        seeds = {"CLIENT": str(NORDLYS), "MAPS": str(MAPS), "SILENT": str(SILENT), "VIEWER": VIEWER, "EDITOR": EDITOR}
        env = {**ours, **seeds, "GATEWAY_URL": f"http://127.0.0.1:{port}"}
        process = await asyncio.create_subprocess_exec(
            *("node", *words), cwd=self.folder, env=env, stdout=asyncio.subprocess.PIPE, stderr=err
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


@pytest.fixture(scope="session")
def clients() -> Iterator[Clients]:
    npm = shutil.which("npm")
    if npm is None:
        pytest.fail("the clients need Node 20.19 or newer with npm: `.ci/slow` brings it, or install it")
    with tempfile.TemporaryDirectory(prefix="plx-clients-") as name:
        folder = Path(name)
        for path in (path for pattern in SOURCES for path in HERE.glob(pattern)):
            shutil.copy(path, folder)
        shutil.copytree(HERE / "relay", folder / "relay")
        shutil.copy(ROOT / "schema.graphql", folder)
        shutil.copytree(ROOT / "tests" / "operations", folder / "operations")
        for made in ("generated", "relay/__generated__"):
            (folder / made).mkdir()
        (folder / "relay" / "persisted.json").write_text("{}")  # the compiler adds to it, and makes none
        done = subprocess.run(
            [npm, "ci", "--ignore-scripts"], cwd=folder, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, f"npm ci: {done.stdout}{done.stderr}"
        yield Clients(folder)
