"""`bench sockets`: what an idle WebSocket holds and what a message costs, by each way that uvicorn has to speak WebSocket.

Each server is a process of its own on one core, started anew each round since memory that was once held is seldom given
back. Sockets are opened, greeted with a token and left alone; what the process has grown by is divided among them.
As the gateway is served: without compression, with timers for pings. `python -m parallax.bench.sockets WAY FD CORE` is
one server.
"""

import asyncio
import importlib.util
import os
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from parallax import telemetry
from parallax.bench import ground, processes
from parallax.bench.ground import TOKEN, Ground
from parallax.bench.measured import Figures, Findings, Goal, Machine, Ratio, paired
from parallax.bench.rows import Shape
from parallax.errors import SetupError
from parallax.http.sockets.opening import PROTOCOL
from parallax.http.sockets.wire import flags
from parallax.installation import located
from parallax.settings import load

OURS = "ours"
WAYS = {OURS: "websockets", "websockets-sansio": "websockets", "websockets": "websockets", "wsproto": "wsproto"}
"""What `uvicorn.Config` calls it, and the package that it needs; ours is the second with our own ends."""
MOST_KIB = 50
WARM, QUIET_S, UP_S = 5, 0.5, 30.0
QUERY = {"query": "{ clients { nodes { name } } }"}


@dataclass(frozen=True, slots=True)
class Options:
    sockets: int = 500
    rounds: int = 3
    messages: int = 2000


@dataclass(slots=True)
class Runs:
    """Of one way, by round."""

    kib: list[float] = field(default_factory=list)
    opening_us: list[float] = field(default_factory=list)
    ping_us: list[float] = field(default_factory=list)
    query_us: list[float] = field(default_factory=list)


def run(options: Options, say: Callable[[str], None]) -> Findings:
    processes.needs_linux()
    machine = Machine.here()
    core, others = processes.cores()
    processes.pin(0, others)
    ways = [way for way, package in WAYS.items() if importlib.util.find_spec(package) is not None]
    found = {way: Runs() for way in ways}
    with (
        ground.served(Shape(rows=1000, apps=5, days=70, users=100), others) as place,
        TemporaryDirectory(prefix="plx-bench-") as folder,
    ):
        processes.run_loop(_filled(place))
        for number in range(options.rounds):
            for way in ways if number % 2 else ways[::-1]:
                say(f"Round {number + 1}: {way}")
                with _serving(place, way, core, Path(folder)) as (process, port):
                    processes.run_loop(_measured(process.pid, port, options, found[way]))
    kib = tuple(each / MOST_KIB for each in found[OURS].kib)
    ratios = [Ratio(f"memory of an idle WebSocket, against {MOST_KIB} KiB", kib, Goal(1, at_most=True))]
    for way in ways[1:]:
        ratios.append(Ratio(f"memory of an idle WebSocket, {way} / ours", paired(found[way].kib, found[OURS].kib)))
        ratios.append(Ratio(f"CPU per ping, {way} / ours", paired(found[way].ping_us, found[OURS].ping_us)))
    columns = ("way", "KiB each", "CPU us to open", "CPU us a ping", "CPU us a query")
    rows: list[tuple[Any, ...]] = [
        (way, *(round(median(values), 1) for values in (runs.kib, runs.opening_us, runs.ping_us, runs.query_us)))
        for way, runs in found.items()
    ]
    title = f"{options.sockets} idle WebSockets with a token, medians of {options.rounds} rounds"
    return Findings("sockets", ratios, [Figures(title, columns, rows)], machine, {"sockets": options.sockets})


async def _filled(place: Ground) -> None:
    await ground.fill(place, empty=True)


async def _measured(pid: int, port: int, options: Options, into: Runs) -> None:
    async with AsyncExitStack() as stack:
        warm = [await stack.enter_async_context(_greeted(port)) for _ in range(WARM)]
        first = warm[0]
        for _ in range(20):
            await _asked(first)
        await asyncio.sleep(QUIET_S)
        held, spent = _held_bytes(pid), processes.cpu_s(pid)
        for _ in range(options.sockets):
            await stack.enter_async_context(_greeted(port))
        into.opening_us.append((processes.cpu_s(pid) - spent) / options.sockets * 1e6)
        await asyncio.sleep(QUIET_S)
        into.kib.append((_held_bytes(pid) - held) / options.sockets / 1024)
        spent = processes.cpu_s(pid)
        for _ in range(options.messages):
            await first.send('{"type":"ping"}')
            await first.recv()
        into.ping_us.append((processes.cpu_s(pid) - spent) / options.messages * 1e6)
        queries = options.messages // 4
        spent = processes.cpu_s(pid)
        for _ in range(queries):
            await _asked(first)
        into.query_us.append((processes.cpu_s(pid) - spent) / queries * 1e6)


@asynccontextmanager
async def _greeted(port: int) -> AsyncIterator[ClientConnection]:
    """Waits for a server that is still starting."""
    ends = time.monotonic() + UP_S
    while True:
        try:
            connection = await connect(
                f"ws://127.0.0.1:{port}/graphql",
                subprotocols=[Subprotocol(PROTOCOL)],
                compression=None,
                ping_interval=None,
            )
            break
        except (OSError, WebSocketException) as error:
            if time.monotonic() > ends:
                raise SetupError(f"The server takes no WebSocket: {error}") from None
            await asyncio.sleep(0.1)
    try:
        greeting = {"type": "connection_init", "payload": {"Authorization": f"Bearer {TOKEN}"}}
        await connection.send(orjson.dumps(greeting), text=True)
        if orjson.loads(await connection.recv()) != {"type": "connection_ack"}:
            raise SetupError("The server does not take the greeting.")
        yield connection
    finally:
        await connection.close()


async def _asked(connection: ClientConnection) -> None:
    await connection.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": QUERY}), text=True)
    told = orjson.loads(await connection.recv())
    if told["type"] != "next" or "errors" in told["payload"]:
        raise SetupError(f"The server answers with an error: {told}")
    await connection.recv()  # complete


def _held_bytes(pid: int) -> int:
    pages = int((processes.PROC / str(pid) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def _serving(place: Ground, way: str, core: int, folder: Path) -> "Iterator[tuple[subprocess.Popen[bytes], int]]":
    """The process and its port. The listening socket is inherited, so nobody else can answer in the server's place."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PARALLAX_", "DATABASE_URL"))}
    settings = {
        "PARALLAX_DATA_DIR": str(place.settings.data_dir),
        "PARALLAX_APP_URL": place.urls.reading,
        "PARALLAX_INGEST_URL": place.urls.writing,
        "PARALLAX_MAX_SOCKETS": "off",
        "PARALLAX_RATE_LIMIT": "off",
        "PARALLAX_LOG_LEVEL": "warning",
    }
    log = folder / f"{way}.log"
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening, log.open("wb") as written:
        command = [sys.executable, "-m", "parallax.bench.sockets", way, str(listening.fileno()), str(core)]
        process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            env=own | settings,
            pass_fds=[listening.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
        port = listening.getsockname()[1]
    try:
        yield process, port
        if process.poll() is not None:
            raise SetupError(f"The server {way} ended: {log.read_text(errors='replace')[-2000:]}")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main(way: str, descriptor: str, core: str) -> None:
    from parallax.server import app

    processes.pin(0, int(core))
    settings = load()
    telemetry.configure_logs(settings.log_level)
    with located(settings) as urls:
        chosen = flags() if way == OURS else flags() | {"ws": way}
        if way == "websockets":
            warnings.simplefilter("ignore")  # uvicorn's, of a way that it will give up
        config = uvicorn.Config(app(settings, urls), loop="uvloop", **chosen)
        uvicorn.Server(config).run([socket.socket(fileno=int(descriptor))])


if __name__ == "__main__":
    main(*sys.argv[1:])
