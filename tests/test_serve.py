"""`parallax serve`: how it starts, refuses to start, and stops."""

import asyncio
import json
import os
import re
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from parallax.db import connected
from parallax.installation import Urls
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.seeds import VIEWER
from tests.verbs import Running, around, eventually, on, run, started

HELLO = {"query": "{ clients { nodes { name } } }"}
SEEN = {"data": {"clients": {"nodes": [{"name": "Nordlys"}]}}}
BEARER = {"authorization": f"Bearer {VIEWER}"}


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        yield door.getsockname()[1]


@asynccontextmanager
async def serving(env: dict[str, str], *words: str) -> AsyncIterator[tuple[Running, httpx.AsyncClient]]:
    """`parallax serve` on a free port, once it says that it serves."""
    async with started("serve", "--port", "0", *words, env=env) as running:
        said = await running.until("(stop: Ctrl-C)")
        found = re.search(r"(http://[^/]+)/graphql", said)
        assert found is not None
        async with httpx.AsyncClient(base_url=found[1], headers=BEARER, timeout=30) as http:
            yield running, http


async def asked(http: httpx.AsyncClient) -> object:
    return (await http.post("/graphql", json=HELLO)).json()


async def test_it_says_where_it_serves_and_ctrl_c_ends_it_well(
    own_urls: Urls, settings: Settings, tmp_path: Path
) -> None:
    async with serving(on(own_urls, settings, tmp_path)) as (running, http):
        answer = await http.post("/graphql", json=HELLO)
        assert answer.json() == SEEN
        assert "server" not in answer.headers
        assert await running.ends(signal.SIGINT) == 0
    assert "Stopped." in running.said
    assert "Traceback" not in running.said


async def test_logs_are_one_json_line_a_request(own_urls: Urls, settings: Settings, tmp_path: Path) -> None:
    async with serving(on(own_urls, settings, tmp_path)) as (running, http):
        await asked(http)
        await running.ends(signal.SIGTERM)
    [line] = [line for line in running.said.splitlines() if '"event":"request"' in line.replace(" ", "")]
    assert json.loads(line)["status"] == 200
    assert VIEWER not in running.said


async def test_sigterm_lets_a_running_request_end(
    own_urls: Urls, settings: Settings, cluster: Cluster, tmp_path: Path
) -> None:
    assert own_urls.owner is not None
    name = own_urls.owner.partition("?")[0].rpartition("/")[2]
    async with serving(on(own_urls, settings, tmp_path)) as (running, http):
        async with connected(cluster.superuser_url_of(name)) as superuser:

            async def waits() -> bool:
                count = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = $1"
                return bool(await superuser.value(count, name))

            async with superuser.transaction():
                await superuser.script("lock table parallax.client in access exclusive mode")
                answer = asyncio.create_task(asked(http))
                await eventually(waits)
                running.process.send_signal(signal.SIGTERM)

                async def refuses() -> bool:
                    with socket.socket() as door:
                        return door.connect_ex(("127.0.0.1", http.base_url.port)) != 0

                await eventually(refuses)
                assert running.process.returncode is None
        assert await answer == SEEN
        assert await running.ends() == 0


async def test_several_workers_answer_and_end_with_their_parent(
    own_urls: Urls, settings: Settings, tmp_path: Path
) -> None:
    async with serving(on(own_urls, settings, tmp_path), "--workers", "2") as (running, http):
        assert [await asked(http) for _ in range(5)] == [SEEN] * 5
        assert "by 2 processes" in running.said
        assert own_urls.owner is not None
        for told in _told_to_children(running.process.pid):
            assert own_urls.owner.encode() not in told
        assert await running.ends(signal.SIGTERM) == 0


def _told_to_children(pid: int) -> list[bytes]:
    """Arguments and environment of each child."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert len(children) >= 2
    return [Path(f"/proc/{child}/{what}").read_bytes() for child in children for what in ("cmdline", "environ")]


async def test_workers_of_a_killed_parent_give_the_port_back(
    own_urls: Urls, settings: Settings, tmp_path: Path
) -> None:
    async with serving(on(own_urls, settings, tmp_path), "--workers", "2") as (running, http):
        port = http.base_url.port
        assert port is not None
        running.process.kill()

        async def free() -> bool:
            with socket.socket() as door:
                door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    door.bind(("127.0.0.1", port))
                except OSError:
                    return False
                return True

        await eventually(free)


async def test_a_port_in_use_is_one_clear_line(own_urls: Urls, settings: Settings, tmp_path: Path, taken: int) -> None:
    done = run("serve", "--port", str(taken), env=on(own_urls, settings, tmp_path))
    assert done.code == 1
    assert done.err.splitlines() == [
        f"Port {taken} of 127.0.0.1 is in use: end what listens there, or choose another with --port."
    ]


@pytest.mark.parametrize(
    ("host", "said"), [("203.0.113.9", "is no address of this machine"), ("no.such.invalid", "There is no host")]
)
def test_an_address_that_cannot_be_had_is_named(host: str, said: str) -> None:
    done = run("serve", "--host", host, "--port", "0", env=around(PARALLAX_SECRET_KEY="k" * 32))
    assert done.code == 1
    assert said in done.err


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@127.0.0.1:1/none",
        "postgresql://nobody@/none?host=/nowhere",
        "postgresql://nobody@no.such.invalid/none",
        "what is this",
    ],
)
def test_a_database_that_does_not_answer_is_one_clear_line(url: str, tmp_path: Path) -> None:
    env = around(DATABASE_URL=url, PARALLAX_SECRET_KEY="k" * 32, PARALLAX_DATA_DIR=str(tmp_path))
    done = run("serve", "--port", "0", env=env)
    assert done.code == 1
    [line] = done.err.splitlines()
    assert "Check DATABASE_URL" in line


async def test_a_database_of_a_newer_release_is_refused(own_urls: Urls, settings: Settings, tmp_path: Path) -> None:
    assert own_urls.owner is not None
    async with connected(own_urls.owner) as owner:
        await owner.script("insert into parallax.schema_version (version, name) values (9999, 'later')")
    for migrate in ("on", "off"):
        done = run("serve", "--port", "0", env=on(own_urls, settings, tmp_path, PARALLAX_MIGRATE=migrate))
        assert done.code == 1
        [line] = done.err.splitlines()
        assert "9999" in line
        assert "install that release" in line


class Balancer:
    """Sends each request to a gateway whose /readyz said yes when it was last asked, as a load balancer does."""

    def __init__(self, *gateways: httpx.AsyncClient) -> None:
        self.gateways = list(gateways)
        self._ready = dict.fromkeys(gateways, True)
        self.answers: dict[httpx.AsyncClient, int] = dict.fromkeys(gateways, 0)

    async def watch(self) -> None:
        async with httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0)) as probe:
            while True:
                for gateway in self.gateways:
                    try:
                        answer = await probe.get(gateway.base_url.join("/readyz"))
                        self._ready[gateway] = answer.status_code == 200
                    except httpx.TransportError:
                        self._ready[gateway] = False
                await asyncio.sleep(0.02)

    async def has_asked(self, gateway: httpx.AsyncClient, times: int) -> bool:
        await asyncio.sleep(0)
        return self.answers[gateway] >= times

    async def ask(self) -> None:
        while True:
            gateway = min((each for each in self.gateways if self._ready.get(each)), key=self.answers.__getitem__)
            self.answers[gateway] += 1
            assert await asked(gateway) == SEEN


async def test_gateways_are_restarted_one_after_the_other_under_load_without_a_lost_request(
    own_urls: Urls, settings: Settings, tmp_path: Path
) -> None:
    # Its log would fill the pipe that nobody reads here.
    env = on(own_urls, settings, tmp_path, PARALLAX_DRAIN_NOTICE="0.5", PARALLAX_LOG_LEVEL="error")
    async with AsyncExitStack() as gateways:
        running = [await gateways.enter_async_context(serving(env)) for _ in range(2)]
        balancer = Balancer(*(http for _, http in running))
        async with asyncio.TaskGroup() as tasks:
            load = [tasks.create_task(balancer.watch()), *(tasks.create_task(balancer.ask()) for _ in range(8))]
            for old, http in running:
                await eventually(partial(balancer.has_asked, http, 50))
                assert await old.ends(signal.SIGTERM) == 0
                _, new = await gateways.enter_async_context(serving(env))
                balancer.gateways[balancer.gateways.index(http)] = new
                balancer.answers[new] = min(balancer.answers.values())
                await eventually(partial(balancer.has_asked, new, balancer.answers[new] + 50))
            for task in load:
                task.cancel()


async def test_an_old_schema_is_refused_where_serve_may_not_migrate(
    own_urls: Urls, settings: Settings, tmp_path: Path
) -> None:
    assert own_urls.owner is not None
    async with connected(own_urls.owner) as owner:
        await owner.script("delete from parallax.schema_version where version > 1")
    done = run("serve", "--port", "0", env=on(own_urls, settings, tmp_path, PARALLAX_MIGRATE="off"))
    assert done.code == 1
    [line] = done.err.splitlines()
    assert "parallax migrate" in line


async def test_the_narrow_urls_suffice_where_somebody_else_migrates(
    own_urls: Urls, settings: Settings, tmp_path: Path
) -> None:
    env = on(own_urls, settings, tmp_path, PARALLAX_MIGRATE="off")
    del env["DATABASE_URL"]
    env |= {"PARALLAX_APP_URL": own_urls.reading, "PARALLAX_INGEST_URL": own_urls.writing}
    async with serving(env) as (_, http):
        assert await asked(http) == SEEN


async def test_the_test_clock_is_said_loudly(own_urls: Urls, settings: Settings, tmp_path: Path) -> None:
    async with serving(on(own_urls, settings, tmp_path, PARALLAX_TEST_CLOCK="1")) as (running, _):
        assert "WARNING: PARALLAX_TEST_CLOCK is on" in running.said


def test_a_data_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("serve", "--port", "0", env=around(PARALLAX_DATA_DIR=str(tmp_path / "file" / "data")))
    assert done.code == 1
    [line] = done.err.splitlines()
    assert "PARALLAX_DATA_DIR" in line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    if os.system(f"mount -t tmpfs -o size=4m,mode=0777 tmpfs {tmp_path} 2>/dev/null") != 0:
        pytest.skip("no disk can be mounted here")
    try:
        done = run("serve", "--port", "0", env=around(PARALLAX_DATA_DIR=str(tmp_path / "data")))
    finally:
        os.system(f"umount {tmp_path}")
    assert done.code == 1
    [line] = done.err.splitlines()
    assert "is full" in line
