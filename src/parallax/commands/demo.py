"""`parallax demo`: a gateway with example data on this machine, without any set-up."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from parallax.commands.running import fail, run_loop, say
from parallax.errors import SetupError

if TYPE_CHECKING:
    import socket

    from parallax.demo.folder import Memory
    from parallax.installation import Urls
    from parallax.settings import Settings

FIRST_PORT, PORTS_TRIED = 8000, 100
app = App(
    name="demo",
    help="\n\n".join(
        (
            "Start a gateway with example data: the quickest way to see what this is.",
            "It brings its own PostgreSQL and fakes of the vendors, keeps everything in a data folder of its own, and prints "
            "an address for your browser. Later starts find the data as you left it, with the days since added. "
            "DATABASE_URL is left alone.",
        )
    ),
    help_format="plaintext",
    help_epilogue="""Examples:
    parallax demo
    parallax demo --port 9000 --data-dir /tmp/parallax-demo

Exit codes: 0 stopped, 1 could not start, 2 wrong usage.""",
)


@app.default
def demo(
    *,
    port: Annotated[int | None, Parameter(help="Port to listen on (default: 8000, or the next that is free).")] = None,
    data_dir: Annotated[Path | None, Parameter(help="Folder for its data.")] = None,
    reset: Annotated[
        bool, Parameter(help="Remove the data of earlier starts first; asks before.", negative="")
    ] = False,
    yes: Annotated[bool, Parameter(help="Do not ask.", negative="")] = False,
) -> None:
    from parallax.commands.listening import stopped_by_signals
    from parallax.sandbox.beside import beside
    from parallax.sandbox.options import Options

    with stopped_by_signals(), beside(Options()) as vendors:
        chosen = _settings(port, data_dir, vendors)
        if reset:
            _reset(chosen.data_dir, yes)
        _serve(chosen)
    say("Stopped. The data stays for the next start.")


def _serve(chosen: "Settings") -> None:
    from parallax import installation
    from parallax.commands import listening
    from parallax.demo.folder import claimed

    with _door(chosen, asked="port" in chosen.model_fields_set) as door:
        memory = claimed(chosen.data_dir)
        if not memory.filled:
            say("First start: making the database and the example data …")
        with installation.located(chosen) as urls:
            memory = run_loop(_prepared(chosen, urls, memory))
            listening.serve(chosen, urls, door, lambda: _greet(listening.url_of(door), memory, chosen))


def _settings(port: int | None, data_dir: Path | None, vendors: Mapping[str, str]) -> "Settings":
    """The demo's own: nothing in the environment can make it touch another database or vendor, or weaken it."""
    from parallax.commands.running import settings
    from parallax.embedded import default_data_dir

    kept = settings(port=port, data_dir=data_dir, **vendors)
    folder = kept.data_dir if "data_dir" in kept.model_fields_set else default_data_dir() / "demo"
    own = {"database_url": None, "app_url": None, "ingest_url": None, "secret_key": None}
    level = kept.log_level if "log_level" in kept.model_fields_set else "warning"  # a line a request is too much here
    safe = {"migrate": "on", "host": "127.0.0.1", "workers": 1, "test_clock": False, "role_prefix": "parallax"}
    return kept.model_copy(update={**own, **safe, "log_level": level, "data_dir": folder.expanduser().absolute()})


def _door(chosen: "Settings", *, asked: bool) -> "socket.socket":
    """On the port that was asked for, or on the first that is free."""
    from parallax.commands import listening

    if asked:
        return listening.bound(chosen.host, chosen.port)
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        with suppress(listening.PortInUse):
            door = listening.bound(chosen.host, port)
            if port != FIRST_PORT:
                say(f"Port {FIRST_PORT} is in use: taking {port}.")
            return door
    raise SetupError(f"Ports {FIRST_PORT} to {port} are in use: choose another with --port.")


async def _prepared(chosen: "Settings", urls: "Urls", memory: "Memory") -> "Memory":
    from parallax import installation
    from parallax.db import Database
    from parallax.demo.filling import filled
    from parallax.demo.folder import remember
    from parallax.sandbox.beside import keys_of_apps

    await installation.prepare(chosen, urls)
    async with Database(chosen, urls.reading, urls.writing) as db:
        return await filled(db, memory, datetime.now(UTC), partial(remember, chosen.data_dir), keys_of_apps())


def _reset(folder: Path, yes: bool) -> None:
    from parallax.demo.folder import refuse_foreign, removed

    if not folder.exists():
        return
    refuse_foreign(folder)
    if not yes:
        if not sys.stdin.isatty():
            fail(f"Nobody here to ask whether {folder} may be removed: add --yes.")
        if input(f"Remove the demo's data in {folder}? [y/N] ").strip().lower() not in ("y", "yes"):
            fail("Nothing was removed.")
    removed(folder)


def _greet(url: str, memory: "Memory", chosen: "Settings") -> None:
    say(f"""
Parallax demo is ready.

  Explorer   {url}/graphql#token={memory.secret}
  By curl    curl -s {url}/graphql -H 'Authorization: Bearer {memory.secret}' \\
               -H 'Content-Type: application/json' -d '{{"query": "{{ viewer {{ clients {{ nodes {{ name }} }} }} }}"}}'
  Commands   PARALLAX_DATA_DIR={chosen.data_dir} parallax client list
  Vendors    fakes of Sensor Tower ({chosen.sensor_tower_url}), Kore.ai ({chosen.kore_ai_host}) and
             Kaon Insights ({chosen.kaon_url}); parallax sandbox --help tells how to make them fail
  Stop       Ctrl-C
""")
    sys.stdout.flush()
