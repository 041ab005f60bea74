"""The server: whether it runs, how it is started and how it is stopped (both with the turn taken)."""

import contextlib
import socket
import stat
import struct
import time

from parallax.embedded import configuration, processes, wheel
from parallax.embedded.account import Account
from parallax.embedded.cluster import SOCKET_FILE, Cluster
from parallax.embedded.obstacles import disk_full, ran_out_of_disk
from parallax.errors import SetupError

MAY_WE_ENCRYPT = struct.pack("!II", 8, 80877103)  # the one request of the protocol that needs no name: one letter back
FROZEN_S = 2.0
START_S = 60
STOP_S = 30
ATTEMPTS = 3  # one may be lost to a start that a killed process left under way


def is_up(cluster: Cluster) -> bool:
    """Whether there is a server, ready or not. A number in a file proves nothing: numbers are used again."""
    lines = _pid_file(cluster)
    if lines and lines[0].isdecimal() and processes.is_ours(int(lines[0]), cluster):
        return True
    return bool(lines) and _answers(cluster)  # the server of another container, whose processes are not seen from here


def is_ready(cluster: Cluster) -> bool:
    """Whether it takes connections. Asked of the server itself: one that was killed this instant still looks alive."""
    lines = _pid_file(cluster)
    return len(lines) > 7 and lines[7].strip() == "ready" and _answers(cluster)


def start(cluster: Cluster, account: Account) -> None:
    """Returns when the server takes connections, after crash recovery if need be. Raises SetupError."""
    account.let_through(cluster.folder)
    complaint = wheel.Outcome(ok=False, output="")
    for _ in range(ATTEMPTS):
        if _comes_up(cluster):
            return
        processes.kill_orphans(cluster)
        _sweep(cluster)
        _open_socket_dir(cluster, account)
        configuration.prune_logs(cluster)
        configuration.write(cluster, account)
        options = ("-w", "-t", str(START_S), "-o", f"-c cluster_name={cluster.name}")
        complaint = wheel.run("pg_ctl", "start", *options, account=account, data=cluster.data)
        if complaint.ok:
            return
        if ran_out_of_disk(complaint.output, cluster.data_dir):
            raise disk_full(cluster.data_dir)
    reason = wheel.Outcome(ok=False, output=complaint.output + configuration.newest_log(cluster)).reason
    raise SetupError(f"The database in {cluster.data} does not start ({reason}). Its log is in {cluster.logs}.")


def stop(cluster: Cluster, account: Account) -> None:
    """Ends all connections and returns when the server is gone."""
    if not is_up(cluster):
        return
    for mode in ("fast", "immediate"):  # the second loses nothing either: the next start recovers
        options = ("-w", "-t", str(STOP_S), "-m", mode)
        if wheel.run("pg_ctl", "stop", *options, account=account, data=cluster.data).ok:
            break
    if cluster.socket_dir.parent != cluster.folder:
        with contextlib.suppress(OSError):
            cluster.socket_dir.rmdir()


def _pid_file(cluster: Cluster) -> list[str]:
    """Lines: process id, data folder, start time, port, socket folder, address, shared memory, status."""
    try:
        return (cluster.data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _answers(cluster: Cluster) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.settimeout(FROZEN_S)
        try:
            door.connect(str(cluster.socket_dir / SOCKET_FILE))
            door.sendall(MAY_WE_ENCRYPT)
            return door.recv(1) != b""
        except TimeoutError:  # frozen or overloaded, but there
            return True
        except OSError:
            return False


def _comes_up(cluster: Cluster) -> bool:
    """False when there is no server (any more); waits for one that is starting or stopping."""
    give_up = time.monotonic() + START_S
    while is_up(cluster):
        if is_ready(cluster):
            return True
        if time.monotonic() > give_up:
            raise SetupError(
                f"The database in {cluster.data} has been starting or stopping for {START_S} s. Try again when it is "
                f"done; its log is in {cluster.logs}."
            )
        time.sleep(0.02)
    return False


def _sweep(cluster: Cluster) -> None:
    """What a killed server left. PostgreSQL would take the numbers in these files for its own if they were reused."""
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    for name in (SOCKET_FILE, f"{SOCKET_FILE}.lock"):
        (cluster.socket_dir / name).unlink(missing_ok=True)


def _open_socket_dir(cluster: Cluster, account: Account) -> None:
    """Private to the server's account: in /tmp somebody else may have been there first."""
    place = cluster.socket_dir
    with contextlib.suppress(FileExistsError):
        place.mkdir(mode=0o700)
        account.own(place)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise SetupError(f"{place} is where the database would be reached, and is not private: remove it.")
