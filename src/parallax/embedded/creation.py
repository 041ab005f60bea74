"""A new cluster. It is made beside its place and put there whole: a creation that was killed leaves only litter."""

import json
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from parallax.embedded import wheel
from parallax.embedded.account import Account
from parallax.embedded.cluster import DATABASE, OWNER, SUPERUSER, Cluster
from parallax.embedded.obstacles import disk_full, ran_out_of_disk
from parallax.errors import SetupError

# The same order everywhere and for ever: code points, from PostgreSQL itself and not from the machine's C library.
INITDB = (
    *("--username", SUPERUSER, "--auth", "reject", "--encoding", "UTF8", "--no-instructions"),
    *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
)

# The owner as on a managed service. One statement a line; passwords have no quotes in them.
FIRST_STATEMENTS = f"""\
alter role {SUPERUSER} password '{{superuser}}';
create role {OWNER} login createrole nosuperuser nocreatedb nobypassrls password '{{owner}}';
create database {DATABASE} owner {OWNER};
"""


def create(cluster: Cluster, account: Account) -> None:
    """With the turn taken. Raises SetupError; the folder is then as it was."""
    for litter in cluster.data_dir.glob("postgres.new-*"):
        shutil.rmtree(litter, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=cluster.data_dir))
    try:
        account.let_through(draft)
        for name in ("data", "log"):
            (draft / name).mkdir(mode=0o700)
            account.own(draft / name)
        _fill(draft, account, cluster)
        draft.rename(cluster.folder)
        _sync(cluster.data_dir)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _fill(draft: Path, account: Account, cluster: Cluster) -> None:
    owner, superuser = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    made = wheel.run("initdb", *INITDB, account=account, data=draft / "data")
    if made.ok:
        statements = FIRST_STATEMENTS.format(owner=owner, superuser=superuser)
        made = wheel.run("postgres", "--single", SUPERUSER, account=account, data=draft / "data", text=statements)
    if not made.ok or "ERROR:" in made.output:  # the single-user server ends well after a failed statement
        if ran_out_of_disk(made.output, cluster.data_dir):
            raise disk_full(cluster.data_dir)
        raise SetupError(f"The database in {cluster.data_dir} could not be made: {made.reason}")
    file = os.open(draft / "passwords.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w") as passwords:
        json.dump({OWNER: owner, SUPERUSER: superuser}, passwords)
        passwords.flush()
        os.fsync(passwords.fileno())
    _sync(draft)


def _sync(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
