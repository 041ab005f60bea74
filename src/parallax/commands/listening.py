"""The socket that the gateway listens on, and the processes that serve it."""

import asyncio
import errno
import math
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess

from parallax.commands.running import FAILED
from parallax.errors import SetupError
from parallax.installation import Urls
from parallax.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette

READY_WITHIN_S = 60.0


class PortInUse(SetupError):
    pass


def bound(host: str, port: int) -> socket.socket:
    """A socket that nothing listens on yet: taken before anything slow is done. SetupError with what to do."""
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise SetupError(f"There is no host {host!r}: use --host 127.0.0.1 (this machine alone) or 0.0.0.0.") from None
    family, kind, protocol, _, address = min(places, key=lambda place: place[0] != socket.AF_INET)
    door = socket.socket(family, kind, protocol)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(address)
    except OSError as error:
        door.close()
        raise _cannot_bind(host, port, error) from None
    return door


def url_of(door: socket.socket) -> str:
    """Where a person reaches it: an address that stands for all of the machine's is shown as its own."""
    host, port = door.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """SIGTERM ends what is going on as Ctrl-C does: by KeyboardInterrupt, so that everything is put away."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def serve(settings: Settings, urls: Urls, door: socket.socket, started: Callable[[], None]) -> None:
    """Serves until SIGTERM or Ctrl-C, then lets running requests end; `started` is called when it answers.

    Returns after draining. Exits with code 1 where the gateway cannot start.
    """
    if settings.workers > 1:
        _serve_many(settings, urls, door, started)
    else:
        _serve_alone(settings, urls, door, started)


def _serve_alone(settings: Settings, urls: Urls, door: socket.socket, started: Callable[[], None]) -> None:
    from parallax.server import app

    server = _Server(_config(settings, app(settings, urls)), started)
    try:
        server.run([door])
    except KeyboardInterrupt:  # told again after draining, for those who did not ask
        if not server.started:
            raise
    except OSError as error:
        raise _cannot_bind(settings.host, settings.port, error) from None
    if not server.started:
        raise SystemExit(FAILED)


class _Server(Server):
    def __init__(self, config: Config, told: Callable[[], None]) -> None:
        super().__init__(config)
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._told()


def _serve_many(settings: Settings, urls: Urls, door: socket.socket, started: Callable[[], None]) -> None:
    # What a worker needs travels to it over a pipe, and the owner's password does not.
    os.environ.pop("DATABASE_URL", None)
    narrow = settings.model_copy(update={"database_url": None})
    worker = partial(_worker, narrow, Urls(None, urls.reading, urls.writing))
    config = _config(settings, worker, factory=True, workers=settings.workers)
    door.set_inheritable(True)
    if urls.embedded is not None:
        threading.Thread(target=asyncio.run, args=[urls.embedded.watch()], daemon=True).start()
    workers = _Workers(config, door, started)
    workers.run()
    if not workers.well:
        raise SystemExit(FAILED)


class _Workers(Multiprocess):
    """Workers that die are replaced; all of them end with this process."""

    def __init__(self, config: Config, door: socket.socket, told: Callable[[], None]) -> None:
        super().__init__(config, [door])
        self._told = told
        self.well = False

    def init_processes(self) -> None:
        super().init_processes()
        waiting = list(self.processes)
        while waiting and not self.should_exit.is_set():
            self.handle_signals()
            if waiting[0].wait_until_ready(1, self.should_exit):
                waiting.pop(0)
            elif not waiting[0].process.is_alive():
                return  # the supervisor finds out why
        if not waiting:
            self.well = True
            self._told()


def _worker(settings: Settings, urls: Urls) -> "Starlette":
    from parallax import telemetry
    from parallax.server import app

    telemetry.configure_logs(settings.log_level)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return app(settings, urls)


def _end_with_parent() -> None:
    """A supervisor that was killed must not leave workers behind that hold the port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _config(settings: Settings, app: Any, **more: Any) -> Config:
    from parallax.http.sockets.wire import flags

    return Config(app, loop="uvloop", timeout_graceful_shutdown=math.ceil(settings.drain), **flags(), **more)


def _cannot_bind(host: str, port: int, error: OSError) -> SetupError:
    if error.errno == errno.EADDRINUSE:
        return PortInUse(f"Port {port} of {host} is in use: end what listens there, or choose another with --port.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return SetupError(f"This user may not listen on port {port}: choose one above 1023 with --port.")
    if error.errno == errno.EADDRNOTAVAIL:
        return SetupError(
            f"{host} is no address of this machine: use --host 127.0.0.1 (this machine alone) or 0.0.0.0."
        )
    return SetupError(f"Cannot listen on {host}:{port}: {error.strerror}.")
