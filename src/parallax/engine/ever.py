"""Who did something ever, as far as a process has folded: with it a fold need not read every first-seen set. Bounded."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

from parallax.db import Database
from parallax.engine.bitmaps import BitMap

MOST_ACTORS: Final = 16_000_000
"""In all sets together: some ten megabytes where actors are dense, four times that where they are not."""
ScopeAndEvent = tuple[int, int]


class Ever:
    """By client: the generation that it is of, and all actors of each scope and event's first-seen sets.

    The sets are never changed in place.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[UUID, tuple[int, dict[ScopeAndEvent, BitMap]]] = OrderedDict()
        self._actors: dict[UUID, int] = {}

    def of(self, client: UUID, generation: int) -> dict[ScopeAndEvent, BitMap]:
        """What is known as of that generation, of some scopes and events."""
        held = self._held.get(client)
        return dict(held[1]) if held is not None and held[0] == generation else {}

    def keep(self, client: UUID, generation: int, sets: Mapping[ScopeAndEvent, BitMap]) -> None:
        """After the commit: one that was not kept would be of a generation that another may still get."""
        held = self._held.get(client)
        if held is not None and held[0] > generation:
            return
        self._held[client] = (generation, dict(sets))
        self._held.move_to_end(client)
        self._actors[client] = sum(map(len, sets.values()))
        while sum(self._actors.values()) > MOST_ACTORS and self._held:
            gone, _ = self._held.popitem(last=False)
            del self._actors[gone]


_of_database: WeakKeyDictionary[Database, Ever] = WeakKeyDictionary()


def ever(db: Database) -> Ever:
    return _of_database.setdefault(db, Ever())
