"""How much is read at once: large bodies wait for one another, small ones never."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

BYTES: Final = 32 * 2**20
"""Of bodies that are being read or worked on. What is made of a body holds a multiple of it."""


class Room:
    """One per process."""

    def __init__(self, size: int = BYTES) -> None:
        self._size = self._free = size
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def for_bytes(self, number: float) -> AsyncIterator[None]:
        """Waits until there is room for so many; what is larger than all of it gets all of it."""
        wanted = int(min(number, self._size))
        async with self._changed:
            await self._changed.wait_for(lambda: self._free >= wanted)
            self._free -= wanted
        try:
            yield
        finally:
            self._free += wanted
            async with self._changed:
                self._changed.notify_all()
