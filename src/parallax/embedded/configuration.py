"""How the server is set: written anew before each start, so that a newer Parallax retunes an older data folder."""

import contextlib
import os
from pathlib import Path

from parallax.embedded.account import Account
from parallax.embedded.cluster import PORT, Cluster

MB = 2**20
LOGS_KEPT = 5

POSTGRESQL_CONF = """\
# Written by Parallax at each start. Settings of your own: ALTER SYSTEM SET …
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = 200
password_encryption = 'scram-sha-256'

fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = '{buffers_mb}MB'
effective_cache_size = '{cache_mb}MB'
maintenance_work_mem = '128MB'
max_wal_size = '1GB'  # more would make recovery after a crash longer
random_page_cost = 1.1
jit = off

timezone = 'UTC'
lc_messages = 'C'

# Pieces of 10 MB; the oldest are removed by Parallax.
logging_collector = on
log_directory = '../log'
log_filename = 'postgresql-%Y%m%d-%H%M%S.log'
log_rotation_age = 0
log_rotation_size = '10MB'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u '
"""

PG_HBA_CONF = """\
# Written by Parallax at each start: a password for everybody, the operating system's own user included.
local all all scram-sha-256
local replication all scram-sha-256
"""


def write(cluster: Cluster, account: Account) -> None:
    memory_mb = memory_bytes() // MB
    text = POSTGRESQL_CONF.format(
        port=PORT,
        socket_dir=cluster.socket_dir,
        buffers_mb=min(1024, max(32, memory_mb // 8)),
        cache_mb=max(64, memory_mb // 2),
    )
    account.write(cluster.data / "postgresql.conf", text)
    account.write(cluster.data / "pg_hba.conf", PG_HBA_CONF)


def memory_bytes() -> int:
    """Of the machine, or of the container where that has less."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(physical, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):  # no such group, or "max"
        return physical


def prune_logs(cluster: Cluster) -> None:
    """PostgreSQL begins a new file when one is full, and never removes one."""
    for old in sorted(cluster.logs.glob("postgresql-*.log"))[:-LOGS_KEPT]:
        with contextlib.suppress(OSError):  # another time, then
            old.unlink(missing_ok=True)


def newest_log(cluster: Cluster) -> str:
    """The end of it, or nothing."""
    logs = sorted(cluster.logs.glob("postgresql-*.log"))
    return logs[-1].read_bytes()[-100_000:].decode(errors="replace") if logs else ""
