"""Where the database is and how it is opened: `DATABASE_URL`, the narrow roles' own URLs, or the embedded server."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from parallax.db import Database, connected
from parallax.embedded import Embedded
from parallax.errors import SetupError
from parallax.migrations import Roles, applied, check_serving, known, migrate
from parallax.settings import Settings

# Which session it is, after leaving a note in it; and what note it holds.
PROBE = "select pg_backend_pid() from (select set_config('parallax.probe', pg_backend_pid() || '/' || $1, false)) note"
PROBED = "select current_setting('parallax.probe', true)"


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
    await Roles.of(settings).check_key(urls.reading)
    return done


async def check_sessions(reading_url: str) -> None:
    """Refuses a proxy between us and PostgreSQL that hands one session to several callers.

    A reading connection keeps its scope as a setting of its session (see db): behind such a proxy that setting would be
    lost, and answers silently empty.
    """
    async with connected(reading_url) as one, connected(reading_url) as other:
        for _ in range(3):
            sessions = [(owner, await owner.value(PROBE, name)) for owner, name in ((one, "one"), (other, "other"))]
            if sessions[0][1] == sessions[1][1] or [await owner.value(PROBED) for owner, _ in sessions] != [
                f"{session}/{name}" for (_, session), name in zip(sessions, ("one", "other"), strict=True)
            ]:
                raise SetupError(
                    "Between Parallax and PostgreSQL a proxy shares sessions (transaction pooling): connect to "
                    "PostgreSQL itself, or set that proxy to session pooling."
                )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, ready to use: for a command. Beside a running gateway it shares its server."""
    with located(settings) as urls:
        await prepare(settings, urls)
        async with Database(settings, urls.reading, urls.writing) as db:
            yield db
