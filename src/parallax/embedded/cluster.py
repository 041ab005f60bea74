"""The database cluster of a data folder: where its parts are, and how it is reached."""

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from parallax.errors import SetupError

DATABASE = "parallax"
OWNER = "parallax_owner"
SUPERUSER = "postgres"
PORT = 5432  # names the socket's file; nothing listens on TCP
SOCKET_FILE = f".s.PGSQL.{PORT}"
LONGEST_SOCKET = 103  # bytes, of the file: 107 on Linux, 103 elsewhere
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")  # no comma or quote, which the DSN and the configuration would take apart


@dataclass(frozen=True, slots=True)
class Cluster:
    data_dir: Path

    @property
    def folder(self) -> Path:
        """Appears whole, by renaming: where it exists, everything in it does."""
        return self.data_dir / "postgres"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def name(self) -> str:
        """By which its processes are known among others."""
        return "parallax-" + hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]

    @property
    def socket_dir(self) -> Path:
        """The same for every process, whatever its TMPDIR: a server that is started again is found in the old place."""
        near = self.folder / "socket"
        fits = len(os.fsencode(near / SOCKET_FILE)) <= LONGEST_SOCKET and PLAIN_PATH.fullmatch(str(near))
        return near if fits else Path("/tmp", self.name)  # noqa: S108 - made private in postmaster.py

    def exists(self) -> bool:
        return self.folder.exists()

    def dsn(self, role: str) -> str:
        """For asyncpg and libpq's programs alike; as secret as the password in it."""
        if not self.exists():
            raise SetupError(f"The embedded PostgreSQL in {self.data_dir} has not been started yet.")
        try:
            password = json.loads((self.folder / "passwords.json").read_text())[role]
        except (OSError, ValueError, KeyError) as problem:
            raise SetupError(
                f"{self.folder / 'passwords.json'} cannot be read: restore it from a back-up."
            ) from problem
        return f"postgresql://{role}:{password}@/{DATABASE}?host={self.socket_dir}&port={PORT}"
