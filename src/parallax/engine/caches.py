"""What a process keeps of what it has read: by key and version, bounded in bytes. A version that differs is never used."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from parallax import telemetry
from parallax.db import Database


class Kept:
    """The values that were used last, up to `most_bytes` together."""

    def __init__(self, most_bytes: float) -> None:
        self.most_bytes = most_bytes
        self._held: OrderedDict[Hashable, tuple[Hashable, int, Any]] = OrderedDict()
        self.bytes = 0
        self._lock = Lock()  # blocks are decoded beside the event loop as well

    def get(self, key: Hashable, version: Hashable) -> Any:
        """The value, or None when it is not here in that version."""
        with self._lock:
            held = self._held.get(key)
            if held is None or held[0] != version:
                return None
            self._held.move_to_end(key)
            return held[2]

    def several(self, keys: Sequence[tuple[Hashable, Hashable]]) -> list[Any]:
        """As `get`, of keys with their versions."""
        found: list[Any] = []
        with self._lock:
            for key, version in keys:
                held = self._held.get(key)
                if held is None or held[0] != version:
                    found.append(None)
                else:
                    self._held.move_to_end(key)
                    found.append(held[2])
        return found

    def forget(self, kind: str) -> None:
        """Lets go of whatever has a key that begins with `kind`."""
        with self._lock:
            for key in [key for key in self._held if isinstance(key, tuple) and key[0] == kind]:
                self.bytes -= self._held.pop(key)[1]

    def put(self, key: Hashable, version: Hashable, value: Any, size: int) -> None:
        with self._lock:
            _, before, _ = self._held.pop(key, (None, 0, None))
            self._held[key] = (version, size, value)
            self.bytes += size - before
            while self.bytes > self.most_bytes and len(self._held) > 1:
                _, (_, gone, _) = self._held.popitem(last=False)
                self.bytes -= gone


_of_database: "WeakKeyDictionary[Database, Kept]" = WeakKeyDictionary()


def kept(db: Database) -> Kept:
    """The one cache of blocks of a database's readers."""
    found = _of_database.get(db)
    if found is None:
        found = _of_database[db] = Kept(db.settings.block_cache * 2**20)
        telemetry.watch_blocks(lambda: sum(each.bytes for each in everywhere()), found.most_bytes)
    return found


def everywhere() -> list[Kept]:
    """The caches of all databases that this process reads."""
    return list(_of_database.values())
