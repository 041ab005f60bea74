"""The sandbox as a whole: three vendors, one port each, in the running loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from parallax.sandbox.clock import Clock
from parallax.sandbox.control import PREFIX, controlled
from parallax.sandbox.faults import Fault
from parallax.sandbox.kaon import Kaon
from parallax.sandbox.kore_ai import KoreAi
from parallax.sandbox.options import Options
from parallax.sandbox.sensor_tower.vendor import SensorTower
from parallax.sandbox.vendor import Receive, Scope, Send, Vendor

STARTS_WITHIN_S = 20


class Sandbox:
    """`sensor_tower`, `kore_ai` and `kaon` each have a `url`, `accounts`, `calls`, `faults(...)` and `switches`."""

    def __init__(self, options: Options) -> None:
        self.clock = Clock(options.now)
        self.sensor_tower = SensorTower(options.sensor_tower, self.clock, options.latency_ms)
        self.kore_ai = KoreAi(options.kore_ai, self.clock, options.latency_ms)
        self.kaon = Kaon(options.kaon, self.clock, options.latency_ms)

    @property
    def vendors(self) -> tuple[Vendor[Any], ...]:
        return self.sensor_tower, self.kore_ai, self.kaon

    @property
    def hosts(self) -> str:
        """For PARALLAX_VENDOR_ALLOW_HOSTS."""
        return ",".join(vendor.url.removeprefix("http://") for vendor in self.vendors)

    def faults(self, *faults: Fault) -> None:
        """Sets more of them at every vendor."""
        for vendor in self.vendors:
            vendor.faults(*faults)

    def reset(self) -> None:
        """As after the start: no faults, calls, counts, and the first switches and clock."""
        self.clock.reset()
        for vendor in self.vendors:
            vendor.reset()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Any:
        """Signals belong to the process, which may serve other things too."""
        yield


@asynccontextmanager
async def running(options: Options | None = None, doors: tuple[socket.socket, ...] = ()) -> AsyncIterator[Sandbox]:
    """Serves until it is left. `doors`: one bound socket per vendor; without them they are opened as `options` say.

    Raises OSError where a port is not free.
    """
    options = options or Options()
    sandbox = Sandbox(options)
    doors = doors or opened(options)
    by_port = {}
    for door, vendor in zip(doors, sandbox.vendors, strict=True):
        host, port = door.getsockname()[:2]
        vendor.url = f"http://{host}:{port}"
        by_port[port] = vendor

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        vendor = by_port[scope["server"][1]]
        if scope["path"].startswith(PREFIX):
            await controlled(vendor, scope["method"], scope["path"], receive, send)
        else:
            await vendor.serve(scope, receive, send)

    flags: dict[str, Any] = {
        "lifespan": "off",
        "ws": "none",
        "log_config": None,
        "access_log": False,
        "proxy_headers": False,
        # Longer than a client keeps a connection idle: who closes first must be the one that sends on it.
        "timeout_keep_alive": 75,
        "timeout_graceful_shutdown": 1,
    }
    server = _Server(uvicorn.Config(app, **flags))
    serving = asyncio.create_task(server.serve(list(doors)))
    try:
        async with asyncio.timeout(STARTS_WITHIN_S):
            while not server.started:
                if serving.done():
                    serving.result()
                await asyncio.sleep(0.01)  # uvicorn tells it by this flag alone
        yield sandbox
    finally:
        for vendor in sandbox.vendors:
            vendor.stopping.set()
        server.should_exit = True
        await serving


def opened(options: Options) -> tuple[socket.socket, ...]:
    """A bound socket per vendor. Raises OSError."""
    doors = []
    try:
        for place in range(3):
            # Named as TCP, or asyncio would leave each answer's last packet to Nagle's timer.
            door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            doors.append(door)
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind((options.host, options.port_base + place if options.port_base else 0))
    except OSError:
        for door in doors:
            door.close()
        raise
    return tuple(doors)
