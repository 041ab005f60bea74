"""PostgreSQL servers for a run of tests: the wheel's, or another one's programs."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from parallax.embedded import Embedded

OWNER = "parallax_owner"


@dataclass(frozen=True, slots=True)
class Cluster:
    """`owner` is no superuser, but may create roles: what a managed service gives."""

    superuser_url: str
    owner: str
    any_owner_url: str

    def owner_url(self, database: str) -> str:
        return urlunsplit(urlsplit(self.any_owner_url)._replace(path=f"/{database}"))

    def superuser_url_of(self, database: str) -> str:
        return urlunsplit(urlsplit(self.superuser_url)._replace(path=f"/{database}"))


@contextmanager
def embedded(folder: Path) -> Iterator[Cluster]:
    with Embedded(folder) as server:
        yield Cluster(server.superuser_dsn, OWNER, server.dsn)


@contextmanager
def debian(folder: Path, binaries: Path) -> Iterator[Cluster]:
    """A cluster made with the programs in `binaries`; as root it runs as the user `postgres`."""
    home = folder
    before: list[str] = []
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(home, account.pw_uid, account.pw_gid)
        before = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    data = home / "data"

    def run(program: str, *arguments: str) -> None:
        command = [*before, str(binaries / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=home)

    run("initdb", "-D", str(data), "-U", "super", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = f"-c listen_addresses= -c unix_socket_directories={home} -c max_connections=200 -c fsync=off -c jit=off"
    run("pg_ctl", "-D", str(data), "-l", str(home / "log"), "-w", "-o", options, "start")
    try:
        url = f"postgresql://{{}}@/postgres?host={home}"
        psql = [str(binaries / "psql"), "-q", "-h", str(home), "-U", "super", "-d", "postgres"]
        subprocess.run([*psql, "-c", f"create role {OWNER} login createrole nosuperuser"], check=True)
        yield Cluster(url.format("super"), OWNER, url.format(OWNER))
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
