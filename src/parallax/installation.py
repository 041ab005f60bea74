"""Where the database is and how it is opened: `DATABASE_URL`, the narrow roles' own URLs, or the embedded server."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from parallax.db import Database, connected
from parallax.embedded import Embedded
from parallax.errors import SetupError
from parallax.migrations import Roles, applied, check_serving, known, migrate
from parallax.settings import Settings


@dataclass(frozen=True, slots=True)
class Urls:
    """`owner` is None where it is kept away from this process."""

    owner: str | None
    reading: str
    writing: str
    embedded: Embedded | None = None


@contextmanager
def located(settings: Settings) -> Iterator[Urls]:
    """The database's URLs; the embedded server is joined while they are used."""
    roles = Roles.of(settings)
    if settings.app_url is not None and settings.ingest_url is not None:
        owner = settings.database_url.get_secret_value() if settings.database_url else None
        yield Urls(owner, settings.app_url.get_secret_value(), settings.ingest_url.get_secret_value())
    elif settings.app_url is not None or settings.ingest_url is not None:
        raise SetupError("PARALLAX_APP_URL and PARALLAX_INGEST_URL belong together: set both, or none.")
    elif settings.database_url is not None:
        owner = settings.database_url.get_secret_value()
        yield Urls(owner, *roles.urls(owner))
    else:
        with Embedded(settings.data_dir) as embedded:
            yield Urls(embedded.dsn, *roles.urls(embedded.dsn), embedded)


async def prepare(settings: Settings, urls: Urls) -> list[str]:
    """Migrates, or with PARALLAX_MIGRATE=off refuses a database that is behind; names what it applied."""
    if urls.owner is not None and settings.migrate == "on":
        done = await migrate(urls.owner, Roles.of(settings))
    else:
        done = []
        async with connected(urls.reading) as reader:
            version, newest = await applied(reader), known()[-1].version
        if version != newest:
            newer = "install that release" if version > newest else "run `parallax migrate`"
            raise SetupError(f"The database is at version {version}, this release needs {newest}: {newer}.")
    await check_serving(urls.reading, urls.writing)
    return done


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, ready to use: for a command. Beside a running gateway it shares its server."""
    with located(settings) as urls:
        await prepare(settings, urls)
        async with Database(settings, urls.reading, urls.writing) as db:
            yield db
