"""What a folder or a disk may refuse, told to a person who can mend it."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parallax.embedded import wheel
from parallax.embedded.account import Account, name_of
from parallax.embedded.cluster import Cluster
from parallax.errors import SetupError

ELSEWHERE = "or set PARALLAX_DATA_DIR to another folder"


@contextmanager
def told_to_act(data_dir: Path) -> Iterator[None]:
    """Errors of the operating system become SetupError."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(data_dir) from problem
        if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise SetupError(
                f"The data folder {data_dir} cannot be used by {name_of(os.geteuid())} ({problem.strerror}: "
                f"{problem.filename}). Run Parallax as the user who owns it, let this user write there, {ELSEWHERE}."
            ) from problem
        raise SetupError(f"The data folder {data_dir} cannot be used ({problem}). Mend that, {ELSEWHERE}.") from problem


def disk_full(data_dir: Path) -> SetupError:
    return SetupError(
        f"The disk of the data folder {data_dir} is full ({shutil.disk_usage(data_dir).free // 2**20} MB free; a new "
        f"database takes 60 MB). Make room, {ELSEWHERE}."
    )


def ran_out_of_disk(output: str, data_dir: Path) -> bool:
    """PostgreSQL cannot say so where its complaint finds no room either."""
    said = "No space left on device" in output or "Disk quota exceeded" in output
    return said or shutil.disk_usage(data_dir).free < 2**20


def refuse_unusable(cluster: Cluster, account: Account) -> None:
    """Raises SetupError for a cluster that this PostgreSQL, or this user, cannot run."""
    incomplete = SetupError(f"{cluster.folder} holds no whole database: restore it, move it away, {ELSEWHERE}.")
    if not cluster.data.exists():
        raise incomplete
    owner = cluster.data.stat().st_uid
    if owner != account.uid:
        us = name_of(account.uid)
        change = f"Run Parallax as {name_of(owner)}, or give" if owner else "Give"
        raise SetupError(
            f"The database in {cluster.data} belongs to {name_of(owner)}, and {us} would run it. {change} it to {us} "
            f"(chown -R {us} {cluster.folder}), {ELSEWHERE}."
        )
    try:
        found = (cluster.data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise incomplete from None
    ours = wheel.major_version(account, cluster.data)
    if found == ours:
        return
    if found.isdecimal() and ours.isdecimal() and int(found) < int(ours):
        cure = "Dump it with the Parallax that made it, and restore the dump into a new folder"
    else:
        cure = "Update Parallax to the version that made it"
    raise SetupError(
        f"The database in {cluster.data} was made by PostgreSQL {found}, and this Parallax brings {ours}. "
        f"{cure}, {ELSEWHERE}."
    )
