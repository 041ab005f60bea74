"""Whom the server runs as. PostgreSQL refuses to run as root: there a system user is found or made."""

import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from parallax.errors import SetupError

SYSTEM_USER = "parallax-postgres"
ACL = "system.posix_acl_access"
USER_OBJ, USER, GROUP_OBJ, MASK, OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
NOBODY_IN_PARTICULAR = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int

    @classmethod
    def of_server(cls, data: Path) -> Self:
        """Ourselves; as root the owner of the cluster in `data`, or the system user where there is none yet."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        if data.exists() and (owner := data.stat()).st_uid != 0:
            return cls(owner.st_uid, _group_of(owner))
        return cls(*_system_user())

    @property
    def is_another(self) -> bool:
        return self.uid != os.geteuid()

    def switch(self) -> dict[str, Any]:
        """What makes `subprocess` run a program as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_another else {}

    def own(self, path: Path) -> None:
        if self.is_another:
            os.chown(path, self.uid, self.gid)

    def write(self, path: Path, text: str) -> None:
        """Replaces a file of the account's. Made anew, because what lies there may be a link that the account laid."""
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        self.own(draft)
        draft.replace(path)

    def let_through(self, folder: Path) -> None:
        """Lets another account pass through `folder` and the folders above it (pass, not list)."""
        if not self.is_another:
            return
        for step in (folder, *folder.parents):
            now = step.stat()
            if not now.st_mode & 0o001 and now.st_uid != self.uid:
                _let_pass(step, self.uid)


def name_of(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _group_of(owner: os.stat_result) -> int:
    """The owner's own group: the folder's may have become root's by a copy."""
    import pwd

    try:
        return pwd.getpwuid(owner.st_uid).pw_gid
    except KeyError:
        return owner.st_gid


def _let_pass(folder: Path, uid: int) -> None:
    """By an access list for that one user; where the file system has none, for everybody, and said aloud."""
    mode = folder.stat().st_mode
    try:
        known = os.getxattr(folder, ACL) if ACL in os.listxattr(folder) else b""
        entries = {(tag, who): may for tag, may, who in struct.iter_unpack("<HHI", known[4:])} or {
            (USER_OBJ, NOBODY_IN_PARTICULAR): mode >> 6 & 7,
            (GROUP_OBJ, NOBODY_IN_PARTICULAR): mode >> 3 & 7,
            (OTHER, NOBODY_IN_PARTICULAR): mode & 7,
        }
        mask = entries.get((MASK, NOBODY_IN_PARTICULAR), mode >> 3 & 7)
        entries[MASK, NOBODY_IN_PARTICULAR] = mask | 1
        entries[USER, uid] = entries.get((USER, uid), 0) | 1
        packed = b"".join(struct.pack("<HHI", tag, may, who) for (tag, who), may in sorted(entries.items()))
        os.setxattr(folder, ACL, struct.pack("<I", 2) + packed)
    except (AttributeError, OSError):
        import structlog

        folder.chmod(mode | 0o001)
        structlog.get_logger("parallax.embedded").warning("folder_opened_for_passing", folder=str(folder))


def _system_user() -> tuple[int, int]:
    """Its (uid, gid), made if missing."""
    import pwd
    import shutil
    import subprocess

    refusal = "there is no useradd"
    for _ in range(20):
        try:
            entry = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            entry = None
        if entry is not None:
            return entry.pw_uid, entry.pw_gid
        useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
        if useradd is None:
            break
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        made = subprocess.run(  # noqa: S603
            [useradd, *options, "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            refusal = made.stderr.strip()
            time.sleep(0.2)  # another process may hold the lock of the user list
    raise SetupError(
        f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} cannot be made ({refusal}). "
        "Run Parallax as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
    )
