"""What vendors answered: in memory within a bound, and in the database for whoever starts anew or beside this process."""

import asyncio
import hashlib
from collections import OrderedDict, defaultdict
from collections.abc import Coroutine, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import orjson

from parallax.db import Database
from parallax.errors import ParallaxError
from parallax.scopes import Scope, statement
from parallax.telemetry import logger
from parallax.vendors.pieces import Kept, Piece

HERE: Final = str(Path(__file__).parent / "writing" / "_")
ANSWERS_KEPT: Final = statement(__file__, "answers_kept")
ANSWERS_KEEP: Final = statement(HERE, "answers_keep")
ANSWERS_PRUNE: Final = statement(HERE, "answers_prune")
NOBODYS: Final = Scope()
NO_BUCKET: Final = date(1, 1, 1)
OLDEST: Final = timedelta(days=400)
PRUNED_EVERY: Final = timedelta(hours=6)
OVERHEAD: Final = 400
"""Bytes of a piece in memory, beside its part."""
BREATH_S: Final = 0.1
"""In which whoever waits for the answer is given it first."""
log = logger("parallax.vendors")

Place = tuple[str, Piece]
"""An account's id and a piece."""


class Keeping:
    """One per process. What is not in memory is looked up once in the database, and then known to be missing there by
    whoever asked: nothing is remembered of absences, for another gateway may have filled them."""

    def __init__(self, db: Database, most_bytes: int) -> None:
        self._db, self._most = db, most_bytes
        self._held: OrderedDict[Place, tuple[Kept, int]] = OrderedDict()
        self.bytes = 0
        self._pruned_at = datetime.min.replace(tzinfo=UTC)

    def held(self, account: str, piece: Piece) -> Kept | None:
        """Out of memory."""
        found = self._held.get((account, piece))
        if found is None:
            return None
        self._held.move_to_end((account, piece))
        return found[0]

    async def stored(self, places: Iterable[Place]) -> None:
        """Brings into memory what the database has of later answers, by one statement; one that is silent has nothing."""
        spans: defaultdict[tuple[str, bytes], dict[date, Place]] = defaultdict(dict)
        for account, piece in places:
            spans[account, digest(piece)][piece.bucket or NO_BUCKET] = (account, piece)
        try:
            rows = await self._db.rows(
                None,
                ANSWERS_KEPT,
                [account for account, _ in spans],
                [digested for _, digested in spans],
                [min(days) for days in spans.values()],
                [max(days) for days in spans.values()],
            )
        except ParallaxError as error:
            log.warning("vendors' kept answers cannot be read", code=error.code.value)
            return
        for account, digested, bucket, part, read_at in rows:
            place = spans[account, bytes(digested)].get(bucket)
            if place is not None and ((held := self.held(*place)) is None or held.read_at < read_at):
                self._hold(place, Kept(orjson.loads(part), read_at), len(part))

    def keep(self, account: str, parts: Mapping[Piece, Kept]) -> Coroutine[Any, Any, None]:
        """In memory now; in the database by what it answers, which nobody has to wait for."""
        packed = {piece: orjson.dumps(kept.part) for piece, kept in parts.items()}
        for piece, kept in parts.items():
            self._hold((account, piece), kept, len(packed[piece]))
        return self._store(account, packed, max(kept.read_at for kept in parts.values()))

    async def _store(self, account: str, packed: Mapping[Piece, bytes], read_at: datetime) -> None:
        """A database that does not answer keeps nothing."""
        await asyncio.sleep(BREATH_S)
        try:
            async with self._db.writing(NOBODYS) as transaction:
                await transaction.run(
                    ANSWERS_KEEP,
                    account,
                    [digest(piece) for piece in packed],
                    [piece.bucket or NO_BUCKET for piece in packed],
                    list(packed.values()),
                    read_at,
                )
                if read_at - self._pruned_at > PRUNED_EVERY:
                    self._pruned_at = read_at
                    await transaction.run(ANSWERS_PRUNE, read_at - OLDEST)
        except ParallaxError as error:
            log.warning("vendors' answers cannot be kept", code=error.code.value)

    def forget(self) -> None:
        """All that is in memory: for tests of what the database keeps."""
        self._held.clear()
        self.bytes = 0

    def _hold(self, place: Place, kept: Kept, size: int) -> None:
        size += OVERHEAD
        _, before = self._held.pop(place, (None, 0))
        self._held[place] = (kept, size)
        self.bytes += size - before
        while self.bytes > self._most and len(self._held) > 1:
            _, (_, freed) = self._held.popitem(last=False)
            self.bytes -= freed


@lru_cache(maxsize=20_000)
def _digest(endpoint: str, shared: tuple[tuple[str, str], ...], of: tuple[str, ...]) -> bytes:
    return hashlib.sha256(orjson.dumps([endpoint, shared, of])).digest()[:16]


def digest(piece: Piece) -> bytes:
    """Of all buckets of a piece alike."""
    return _digest(piece.endpoint, piece.shared, piece.of)
