"""Gateways and PostgreSQL are killed with -9, or frozen, while events come in and are folded (R1, R2, R3).

Four writers repeat what broke with the same ids, until it is acknowledged; readers look on. It proves that a batch is kept
whole or not at all, and acknowledged after that; that the disk has it a killed process cannot tell.
"""

import asyncio
import os
import random
import re
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from parallax.db import Database
from parallax.embedded import Embedded
from parallax.installation import Urls, prepare
from parallax.migrations import Roles
from parallax.scopes import Scope, Statement
from parallax.settings import Settings
from tests.events.traffic import Traffic
from tests.seeds import NORDLYS, seed
from tests.verbs import around, eventually, run, started

STATE = Statement("state", "select position, folded from client_state where client_id = $1")
KINDS = ("gateway", "postmaster", "backend", "both", "everything", "freeze")
KEY = "a key for tests alone"


class Gate:
    """A gateway as a process of its own, on a free port; one that was killed is followed by another."""

    def __init__(self, env: dict[str, str], stack: AsyncExitStack) -> None:
        self._env, self._stack = env, stack
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self.http = httpx.AsyncClient()

    async def start(self) -> None:
        running = await self._stack.enter_async_context(started("serve", "--port", "0", env=self._env))
        said = await running.until("(stop: Ctrl-C)")
        self._process, self._listening = running.process, asyncio.create_task(self._listen(running.process))
        found = re.search(r"(http://[^/]+)/graphql", said)
        assert found is not None
        self.http = await self._stack.enter_async_context(httpx.AsyncClient(base_url=found[1], timeout=20))

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Its errors, for whoever reads why the test failed; left unread they would hold it up."""
        assert process.stdout is not None
        while line := await process.stdout.readline():
            print(line.decode(), end="")

    async def kill(self) -> None:
        assert self._process is not None
        assert self._listening is not None
        self._process.kill()
        await self._process.wait()
        await self._listening

    async def is_ready(self) -> bool:
        try:
            return (await self.http.get("/readyz")).text.startswith("ready")
        except httpx.TransportError:
            return False


class House:
    """An embedded server, and two gateways that use it and fold."""

    def __init__(self, folder: Path, gates: list[Gate]) -> None:
        self._pid_file = folder / "postgres" / "data" / "postmaster.pid"
        self.gates = gates

    @property
    def postmaster(self) -> int:
        return int(self._pid_file.read_text().split()[0])

    def backends(self) -> list[int]:
        """The server's processes that work for gateways."""
        children = Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text().split()
        return [
            int(child)
            for child in children
            if re.search(rb"parallax_(app|ingest) ", Path(f"/proc/{child}/cmdline").read_bytes())
        ]

    async def hit(self, kind: str, lot: random.Random) -> None:
        """Kills or freezes, and starts again what does not do so by itself."""
        gates = {"gateway": [lot.choice(self.gates)], "both": [lot.choice(self.gates)], "everything": self.gates}
        if kind == "freeze":
            await self._freeze()
        elif kind == "backend":
            with suppress(ProcessLookupError, IndexError):  # it may just have ended
                os.kill(lot.choice(self.backends()), signal.SIGKILL)
        elif kind != "gateway":
            os.kill(self.postmaster, signal.SIGKILL)
        for gate in gates.get(kind, []):
            await gate.kill()
        for gate in gates.get(kind, []):
            await gate.start()

    async def _freeze(self) -> None:
        """Until the gateways have seen that nothing moves."""
        frozen = self.backends()
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            for gate in self.gates:
                await gate.is_ready()
        finally:
            for pid in frozen:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    async def ready(self) -> bool:
        return all([await gate.is_ready() for gate in self.gates])


@asynccontextmanager
async def housed() -> AsyncIterator[tuple[House, Database, dict[str, str]]]:
    """With the seeds in it; the environment is for verbs on the same database."""
    with tempfile.TemporaryDirectory(prefix="plx-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        settings = Settings(data_dir=folder, secret_key=KEY, deadline=20)
        with Embedded(folder) as embedded:
            urls = Urls(embedded.dsn, *Roles.of(settings).urls(embedded.dsn), embedded)
            await prepare(settings, urls)
            env = around(PARALLAX_SECRET_KEY=KEY, PARALLAX_DATA_DIR=name, PARALLAX_LOG_LEVEL="error")
            serving = env | {
                "PARALLAX_FOLD_EVENTS": "30",
                "PARALLAX_FOLD_SECONDS": "0.2",
                "PARALLAX_DEADLINE": "5",
                "PARALLAX_RATE_LIMIT": "off",
            }
            async with AsyncExitStack() as stack:
                db = await stack.enter_async_context(Database(settings, urls.reading, urls.writing))
                await seed(db)
                house = House(folder, [Gate(serving, stack) for _ in range(2)])
                await asyncio.gather(*(gate.start() for gate in house.gates))
                try:
                    yield house, db, env
                finally:
                    for gate in house.gates:
                        await gate.kill()


@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param(("gateway", "postmaster", "everything"), id="3 rounds"),
        pytest.param(tuple(random.Random(7).choices(KINDS, k=50)), id="50 rounds", marks=pytest.mark.slow),
    ],
)
async def test_whatever_is_killed_nothing_acknowledged_is_lost_and_nothing_counted_twice(
    kinds: tuple[str, ...],
) -> None:
    lot = random.Random(len(kinds))
    async with housed() as (house, db, env), asyncio.timeout(60 + 40 * len(kinds)):
        traffic = Traffic(lambda: lot.choice(house.gates).http)

        async def state() -> tuple[int, int]:
            [row] = await db.rows(Scope.of(NORDLYS), STATE, NORDLYS)
            return row["position"], row["folded"]

        async def more(batches: int) -> None:
            wanted = traffic.ledger.batches + batches

            async def written() -> bool:
                return traffic.ledger.batches >= wanted

            await eventually(written, bound_s=60)

        async with asyncio.TaskGroup() as tasks:
            for number in range(4):
                tasks.create_task(traffic.write(f"w{number}"))
            for _ in range(2):
                tasks.create_task(traffic.read())
            for kind in kinds:
                await more(lot.randint(4, 12))
                await asyncio.sleep(lot.uniform(0, 0.3))  # any moment of a batch, or of a fold
                await house.hit(kind, lot)
                await eventually(house.ready, bound_s=60)
            await more(4)
            traffic.stopped.set()

        assert traffic.ledger.broken > 0
        for gate in house.gates:
            await traffic.check(gate.http)

        async def folded() -> bool:
            position, done = await state()
            return position == done

        await eventually(folded, bound_s=60)
        assert await state() == (len(traffic.ledger.kept),) * 2
        for gate in house.gates:
            await traffic.check(gate.http)
        verified = await asyncio.to_thread(run, "verify", "--client", str(NORDLYS), env=env)
        assert verified.code == 0, verified.out
        assert f"{len(traffic.ledger.kept):,} events and logs (0 more wait to be folded)" in verified.out
