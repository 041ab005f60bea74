"""What a process remembers of the databases that it writes to, so that little has to be asked again.

All of it can be forgotten at any time, and is used only under the lock of the client that it is of.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary, WeakValueDictionary

from parallax.db import Database
from parallax.engine.duplicates import Seen

MOST_USERS: Final = 200_000


class Memory:
    """Of one database."""

    def __init__(self) -> None:
        self.seen = Seen()
        self.users = Users()
        self._turns: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    def turn(self, client: UUID) -> asyncio.Lock:
        """To be held while writing: callers of one client wait for each other here, not each with a connection."""
        turn = self._turns.get(client)
        if turn is None:
            turn = self._turns[client] = asyncio.Lock()
        return turn


class Users:
    """Numbers of users' ids. An id keeps its number until its user is erased, which `taken` tells."""

    def __init__(self, most: int = MOST_USERS) -> None:
        self._most = most
        self._count = 0
        self._of: OrderedDict[UUID, tuple[tuple[Any, ...], dict[str, int]]] = OrderedDict()

    def of(self, client: UUID, taken: tuple[Any, ...]) -> dict[str, int]:
        """Those known of a client, not to be changed; `taken` is what its `Whereabouts` say."""
        if client not in self._of or self._of[client][0] != taken:
            self._forget(client)
            self._of[client] = (taken, {})
        self._of.move_to_end(client)
        return self._of[client][1]

    def keep(self, client: UUID, taken: tuple[Any, ...], numbers: Mapping[str, int]) -> None:
        """After the commit that made them so."""
        held, known = self._of.get(client, (None, {}))
        if held != taken:
            return
        self._count -= len(known)
        known.update(numbers)
        self._count += len(known)
        while self._count > self._most:
            self._forget(next(iter(self._of)))

    def _forget(self, client: UUID) -> None:
        _, known = self._of.pop(client, (None, {}))
        self._count -= len(known)


_of: Final[WeakKeyDictionary[Database, Memory]] = WeakKeyDictionary()


def memory_of(db: Database) -> Memory:
    memory = _of.get(db)
    if memory is None:
        memory = _of[db] = Memory()
    return memory
