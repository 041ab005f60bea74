"""A JWK Set at one address: kept, and read again now and then, for signing keys change."""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

from parallax import outbound
from parallax.access.keys import PinnedKey, keys_of_set
from parallax.errors import SetupError, SourceUnavailable
from parallax.telemetry import fetched_keys, logger

REFRESH_S: Final = 600.0
"""How long keys are taken as they are: a key that its owner withdrew opens nothing for longer."""
PAUSE_S: Final = 60.0
"""Least time from one reading to the next, whatever tokens name which keys."""
FIRST_PAUSE_S: Final = 5.0
"""Likewise, while there never were keys."""
log = logger("parallax.access")


class KeySet:
    """Keys of a set, by one reader. A reading that fails leaves the keys as they were.

    `readings` counts those that succeeded: what was concluded from the keys holds until it moves.
    """

    def __init__(self, read: Callable[[], Awaitable[bytes]], clock: Callable[[], float]) -> None:
        self._read, self._clock = read, clock
        self._keys: tuple[PinnedKey, ...] | None = None
        self._read_at = self._tried_at = -math.inf
        self._failing = False
        self._reading: asyncio.Task[None] | None = None
        self.readings = 0

    @classmethod
    def at(cls, place: str, clock: Callable[[], float]) -> "KeySet":
        """Of a URL, which may be down yet, or of a file, which must be there. Raises SetupError."""
        if "://" in place:
            return cls(partial(outbound.fetched, outbound.checked_url(place, "PARALLAX_JWT_JWKS")), clock)
        path = Path(place)
        try:
            keys = keys_of_set(_held(path))
        except SourceUnavailable as error:
            raise SetupError(f"PARALLAX_JWT_JWKS: {error.message}") from error
        except ValueError as error:
            raise SetupError(f"PARALLAX_JWT_JWKS: {place} cannot be used: {error}.") from error
        if not keys:
            raise SetupError(f"PARALLAX_JWT_JWKS: {place} has no public key for RS256 or ES256.")
        made = cls(partial(asyncio.to_thread, _held, path), clock)
        made._keys, made._read_at, made._tried_at = keys, clock(), clock()
        return made

    async def keys(self) -> tuple[PinnedKey, ...]:
        """Those that count now. Raises SourceUnavailable while there never were any."""
        if self._keys is None or self._clock() - self._read_at >= REFRESH_S:
            # A set that is down holds up nobody who can be answered with the keys that are here.
            await self._again(waits=self._keys is None or not self._failing)
        return self._there()

    async def newer(self) -> tuple[PinnedKey, ...]:
        """After a token named a key that is not among them."""
        await self._again(waits=True)
        return self._there()

    async def closed(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading

    def _there(self) -> tuple[PinnedKey, ...]:
        if self._keys is None:
            raise SourceUnavailable("The keys that verify JWTs cannot be had.", retry_after_s=FIRST_PAUSE_S)
        return self._keys

    async def _again(self, waits: bool) -> None:
        """All who come while it is being read wait for that one reading, and none of them can end it by leaving."""
        if self._reading is None:
            pause_s = FIRST_PAUSE_S if self._keys is None else PAUSE_S
            if self._clock() - self._tried_at < pause_s:
                return
            self._tried_at = self._clock()
            self._reading = asyncio.create_task(self._renew())
            self._reading.add_done_callback(self._done)
        if waits:
            await asyncio.shield(self._reading)

    async def _renew(self) -> None:
        try:
            keys = keys_of_set(await self._read())
        except (SourceUnavailable, ValueError) as error:
            self._failing = True
            fetched_keys(ok=False)
            log.warning("the JWK Set cannot be read", reason=str(error), keys_kept=len(self._keys or ()))
            return
        self._keys, self._read_at, self._failing = keys, self._clock(), False
        self.readings += 1
        fetched_keys(ok=True)

    def _done(self, _: "asyncio.Task[None]") -> None:
        self._reading = None


def _held(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            document = file.read(outbound.MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no path"
        raise SourceUnavailable(
            f"The file cannot be read ({reason}): give a file, or a URL with http:// or https://."
        ) from error
    if len(document) > outbound.MOST_BYTES:
        raise SourceUnavailable(f"The file is longer than {outbound.MOST_BYTES} bytes.")
    return document
