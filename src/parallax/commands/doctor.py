"""`parallax doctor`: each point of an installation is well, or is named with its fix."""

import json
import stat
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from parallax.commands.running import FAILED, console, run_loop, settings
from parallax.errors import ParallaxError, SetupError

if TYPE_CHECKING:
    from parallax.installation import Urls
    from parallax.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """`said` is what was found, or with `ok` false what is wrong and how it is mended."""

    check: str
    ok: bool
    said: str


def doctor(
    *, as_json: Annotated[bool, Parameter(name="--json", help="The findings as JSON.", negative="")] = False
) -> int:
    """Look at the installation: each point is well, or named with its fix.

    Changes nothing. Looks at what the settings (environment) name: DATABASE_URL, or the embedded server.

    Example: DATABASE_URL=postgresql://owner:secret@db.internal/parallax parallax doctor

    Exit codes: 0 all is well, 1 something is not, 2 wrong usage.
    """
    findings = run_loop(examined(settings()))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        out = console()
        for finding in findings:
            out.print("ok  " if finding.ok else "BAD ", style="green" if finding.ok else "bold red", end="")
            out.print(f"{finding.check}: {finding.said}", markup=False)
    return 0 if all(finding.ok for finding in findings) else FAILED


async def examined(chosen: "Settings") -> list[Finding]:
    """All checks; those of the database only where there is one."""
    from parallax import installation

    findings = [
        await _finding("explorer's files", _explorer),
        await _finding("time zones of Python", _python_zones),
        await _finding("data folder", lambda: _folder(chosen)),
    ]
    uses_embedded = chosen.database_url is None and chosen.app_url is None
    if uses_embedded and not (chosen.data_dir / "postgres").exists():
        said = f"none yet in {chosen.data_dir}: the first `parallax serve` makes one (or set DATABASE_URL)"
        return [*findings, Finding("database", True, said)]
    try:
        with installation.located(chosen) as urls:
            return findings + await _of_database(chosen, urls)
    except ParallaxError as error:
        return [*findings, Finding("database", False, error.message)]


async def _of_database(chosen: "Settings", urls: "Urls") -> list[Finding]:
    from parallax import installation
    from parallax.migrations import check_serving

    async def roles() -> str:
        await check_serving(urls.reading, urls.writing)
        return "narrow, and bound by forced row-level security on every table of clients"

    async def proxy() -> str:
        await installation.check_sessions(urls.reading)
        return "none that shares sessions"

    reachable = await _finding("database", lambda: _reachable(urls.owner or urls.reading))
    if not reachable.ok:
        return [reachable]
    found = [
        reachable,
        await _finding("durability", lambda: _durable(urls.owner or urls.reading)),
        await _finding("migrations", lambda: _migrated(urls)),
    ]
    if found[-1].ok:
        found += [
            await _finding("roles", roles),
            await _finding("secret key", lambda: _key(chosen, urls)),
            await _finding("credentials of vendors", lambda: _credentials(chosen, urls)),
            await _finding("proxy", proxy),
            await _finding("time zones of PostgreSQL", lambda: _clients_zones(chosen, urls)),
        ]
    found.append(Finding("back-up", True, _backup(urls)))
    return found


async def _finding(check: str, examine: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(check, True, await examine())
    except ParallaxError as error:
        return Finding(check, False, error.message)


async def _explorer() -> str:
    from parallax.http.explorer import missing_files

    missing = missing_files()
    if missing:
        raise SetupError(f"{', '.join(missing)} missing from the package: install a complete build of it.")
    return "complete"


async def _python_zones() -> str:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo("Asia/Kathmandu")
    except Exception as error:
        raise SetupError(f"Python finds no time zones ({error}): pip install tzdata.") from None
    return f"{len(available_timezones())} known"


async def _folder(chosen: "Settings") -> str:
    if chosen.secret_key is not None and chosen.database_url is not None:
        return "not needed"
    if not chosen.data_dir.exists():
        return f"{chosen.data_dir} is not there yet"
    for path in (chosen.data_dir, chosen.data_dir / "secret.key"):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o066:
            raise SetupError(f"{path} can be read by other users of this machine: chmod go-rw {path}")
    return f"{chosen.data_dir}, private"


async def _reachable(url: str) -> str:
    from parallax.db import connected
    from parallax.migrations.runner import check_server

    async with connected(url) as owner:
        await check_server(owner)
        return f"PostgreSQL {await owner.value('show server_version')}, as {await owner.value('select current_user')}"


async def _durable(url: str) -> str:
    from parallax.db import connected

    async with connected(url) as owner:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            if await owner.value(f"show {name}") == "off":
                raise SetupError(
                    f"{name} is off, so a crash may lose or damage what was stored: as a superuser run "
                    f"`alter system set {name} = on` and `select pg_reload_conf()`."
                )
    return "fsync, full_page_writes and synchronous_commit are on"


async def _migrated(urls: "Urls") -> str:
    from parallax.db import connected
    from parallax.migrations import applied, known

    async with connected(urls.owner or urls.reading) as owner:
        version, newest = await applied(owner), known()[-1].version
    if version < newest:
        raise SetupError(f"At version {version} of {newest}: run `parallax migrate`.")
    if version > newest:
        raise SetupError(f"At version {version}; this release knows {newest}: install that newer release.")
    return f"at version {version}, the newest"


async def _key(chosen: "Settings", urls: "Urls") -> str:
    """A scope that this key sealed must open rows."""
    from parallax.migrations import Roles

    await Roles.of(chosen).check_key(urls.reading)
    return "opens the database's rows"


async def _credentials(chosen: "Settings", urls: "Urls") -> str:
    from parallax.db import connected
    from parallax.migrations.resealing import unopened

    async with connected(urls.reading) as reader:
        lost = await unopened(reader, chosen.secrets, chosen.derived("scope"))
    if lost:
        raise SetupError(
            f"{len(lost)} cannot be opened with this PARALLAX_SECRET_KEY (the first is of client {lost[0].client}, for "
            f"{lost[0].system}): connect these vendors anew, or migrate with the key that sealed them as well."
        )
    return "all open"


async def _clients_zones(chosen: "Settings", urls: "Urls") -> str:
    import time

    from parallax.db import connected
    from parallax.scopes import EVERYBODY, sealed

    scope = sealed(EVERYBODY, chosen.derived("scope"), time.time())
    async with connected(urls.reading) as reader:
        await reader.rows("select set_config('parallax.scope', $1, false)", scope)
        rows = await reader.rows(
            "select distinct time_zone as zone, time_zone in (select name from pg_timezone_names) as known "
            "from parallax.client order by 1"
        )
    unknown = [row["zone"] for row in rows if not row["known"]]
    if unknown:
        raise SetupError(f"PostgreSQL does not know {', '.join(unknown)}: update its time zone data.")
    return f"all {len(rows)} that clients use are known"


def _backup(urls: "Urls") -> str:
    key = "and keep PARALLAX_SECRET_KEY, or the folder's secret.key"
    if urls.embedded is None:
        return f"dump the database with pg_dump (as a role that row-level security does not bind), {key}"
    from urllib.parse import urlsplit

    from parallax.embedded import binary

    parts = urlsplit(urls.embedded.superuser_dsn)
    dsn = parts._replace(netloc=f"{parts.username}@").geturl()
    passwords = urls.embedded.data_dir / "postgres" / "passwords.json"
    return f"{binary('pg_dump')} -Fc '{dsn}' (its password is in {passwords}), {key}"
