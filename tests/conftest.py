"""One PostgreSQL for the run, one template database in it; tests that only read share a clone, others get their own."""

import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import hypothesis
import pytest

from parallax import tracing
from parallax.db import Database, connected
from parallax.installation import Urls
from parallax.migrations import Roles, migrate
from parallax.settings import OFF, Settings
from tests.clusters import Cluster, debian, embedded
from tests.gateways import Gateway, running
from tests.seeds import seed, seed_events

os.environ.pop("DATABASE_URL", None)
KEPT = {"PARALLAX_TEST_PG", "PARALLAX_TEST_TRACES", "PARALLAX_SCREENSHOT"}
for name in [name for name in os.environ if name.startswith("PARALLAX_") and name not in KEPT]:
    del os.environ[name]

# A deadline per example would be a timed assertion.
hypothesis.settings.register_profile("parallax", deadline=None, print_blob=True)
hypothesis.settings.load_profile("parallax")


@pytest.fixture(scope="session", autouse=True)
def traced() -> Iterator[None]:
    """With PARALLAX_TEST_TRACES=1 the whole run is traced, and its spans travel to a collector on loopback."""
    if not os.environ.get("PARALLAX_TEST_TRACES"):
        yield
        return
    from tests.collectors import collecting

    with collecting() as collector:
        os.environ |= {"PARALLAX_TRACES": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        tracing.configure(Settings())
        yield
        tracing.close()


def _quick_folder() -> str | None:
    """In memory where there is room: databases are made by the thousand, each a thousand files."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 8 * 2**30 else None


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The wheel's server, or with PARALLAX_TEST_PG=/usr/lib/postgresql/15/bin the one whose programs lie there."""
    binaries = os.environ.get("PARALLAX_TEST_PG")
    # Not below pytest's folder: as root another run closes that to the server's user.
    with (
        tempfile.TemporaryDirectory(prefix="plx-", dir=_quick_folder(), ignore_cleanup_errors=True) as folder,
        debian(Path(folder), Path(binaries)) if binaries else embedded(Path(folder)) as cluster,
    ):
        yield cluster


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        secret_key="a key for tests alone",
        test_clock=True,
        deadline=10,
        rate_limit=OFF,  # all tests ask with the same few tokens
        fold=False,  # a test folds when it means to
    )


@pytest.fixture(scope="session")
async def template(cluster: Cluster, settings: Settings) -> str:
    """Name of a database with every migration and the seeds."""
    urls = await _made(cluster, settings, "seeded")
    assert urls.owner is not None
    await migrate(urls.owner, Roles.of(settings))
    async with Database(settings, urls.reading, urls.writing) as db:
        await seed(db)
    return "seeded"


async def _made(cluster: Cluster, settings: Settings, name: str, template: str = "template1") -> Urls:
    async with connected(cluster.superuser_url) as superuser:
        await superuser.script(f"create database {name} owner {cluster.owner} template {template}")
        # A clone has its template's tables, not its privileges.
        await superuser.script(f"revoke temporary on database {name} from public")
    owner = cluster.owner_url(name)
    return Urls(owner, *Roles.of(settings).urls(owner))


@asynccontextmanager
async def cloned(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Urls]:
    name = f"clone_{secrets.token_hex(4)}"
    try:
        yield await _made(cluster, settings, name, template)
    finally:
        async with connected(cluster.superuser_url) as superuser:
            await superuser.script(f"drop database if exists {name} with (force)")


@pytest.fixture(scope="session")
async def gateway(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Gateway]:
    """Shared by all tests that only read: with events, which the others do not have."""
    async with cloned(cluster, settings, template) as urls:
        async with Database(settings, urls.reading, urls.writing) as db:
            await seed_events(db)
        async with running(settings, urls) as gateway:
            yield gateway


@pytest.fixture
async def own_gateway(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Gateway]:
    """For a test that writes: a seeded database of its own."""
    async with cloned(cluster, settings, template) as urls, running(settings, urls) as gateway:
        yield gateway


@pytest.fixture
async def own_urls(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Urls]:
    """A seeded database of its own, with nothing running on it."""
    async with cloned(cluster, settings, template) as urls:
        yield urls


@pytest.fixture
async def empty_urls(cluster: Cluster, settings: Settings) -> AsyncIterator[Urls]:
    """A database without any migration."""
    async with cloned(cluster, settings, "template1") as urls:
        yield urls
