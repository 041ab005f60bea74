"""The sandbox in a process of its own, beside a gateway that is to know no other vendors."""

import asyncio
import logging
import multiprocessing
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Final
from uuid import UUID

from parallax.links.keys import Store, VendorKey
from parallax.metrics.catalog import SourceSystem
from parallax.sandbox.accounts import KAON, KORE_AI, SENSOR_TOWER
from parallax.sandbox.options import Options
from parallax.sandbox.products import OF_APP
from parallax.sandbox.server import opened, running

BACKLOG: Final = 100


@contextmanager
def beside(options: Options) -> Iterator[dict[str, str]]:
    """Settings, by their names, with which a gateway asks the sandbox and nobody else.

    Connections may be opened at once; they are answered when the process has started.
    """
    with ExitStack() as doors:
        taken = tuple(doors.enter_context(closing(door)) for door in opened(options))
        for door in taken:
            door.listen(BACKLOG)
        tower, kore, kaon = (f"http://{host}:{port}" for host, port in (door.getsockname() for door in taken))
        process = multiprocessing.get_context("spawn").Process(target=_served, args=(options, taken), daemon=True)
        # Ctrl-C reaches all processes of a terminal, this one from its first moment on: the gateway says when it ends.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            process.start()
        finally:
            signal.signal(signal.SIGINT, before)
    try:
        yield {
            "sensor_tower_url": tower,
            "sensor_tower_auth_token": SENSOR_TOWER[0].token,
            "kore_ai_host": kore,
            "kore_ai_client_id": KORE_AI[0].client_id,
            "kore_ai_client_secret": KORE_AI[0].client_secret,
            "kaon_url": kaon,
            "kaon_api_key": KAON[0].api_key,
            "vendor_allow_hosts": ",".join(url.removeprefix("http://") for url in (tower, kore, kaon)),
        }
    finally:
        process.terminate()
        process.join()


def _served(options: Options, doors: tuple[socket.socket, ...]) -> None:
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # broken connections are asked for here
    asyncio.run(_until_told(options, doors))


async def _until_told(options: Options, doors: tuple[socket.socket, ...]) -> None:
    """SIGTERM ends it, and so does the end of the process that started it."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    parent = multiprocessing.parent_process()
    if parent is not None:
        loop.add_reader(parent.sentinel, told.set)
    async with running(options, doors):
        await told.wait()


def keys_of_apps() -> Mapping[UUID, tuple[VendorKey, ...]]:
    """What each app of the demo is at the vendors."""
    return {
        app: (
            VendorKey(SourceSystem.SENSOR_TOWER, product.unified, Store.UNIFIED),
            VendorKey(SourceSystem.KORE_AI, product.stream),
            VendorKey(SourceSystem.KAON, product.kaon),
        )
        for app, product in OF_APP.items()
    }
