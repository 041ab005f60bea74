"""Two locks on a data folder: the *turn* of whoever changes something, and the *presence* of all who use the server.

Both are the kernel's (flock): a process that is killed gives them back by dying. Python opens files close-on-exec, so
the server does not inherit them.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parallax.errors import SetupError

TURN = ".postgres.turn"
USERS = ".postgres.users"
LONGEST_TURN_S = 150.0  # longer than any creation, start or stop may take


class Presence:
    """Says that this process uses the server."""

    def __init__(self, data_dir: Path) -> None:
        import fcntl

        self._file = _open(data_dir / USERS)
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def end(self) -> None:
        os.close(self._file)  # not LOCK_UN: that would speak for a forked child as well


def anyone_present(data_dir: Path) -> bool:
    """With the turn taken: nobody comes or goes meanwhile."""
    file = _open(data_dir / USERS)
    try:
        return not _take(file)
    finally:
        os.close(file)


@contextmanager
def turn(data_dir: Path) -> Iterator[None]:
    """One process at a time creates, starts or stops."""
    file = _open(data_dir / TURN)
    try:
        give_up = time.monotonic() + LONGEST_TURN_S
        while not _take(file):
            if time.monotonic() > give_up:
                raise SetupError(
                    f"Another process has been starting or stopping the server in {data_dir} for "
                    f"{LONGEST_TURN_S:.0f} s: end it, then try again."
                )
            time.sleep(0.02)
        yield
    finally:
        os.close(file)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _take(file: int) -> bool:
    """Alone, at once or not at all."""
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
