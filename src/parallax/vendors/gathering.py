"""What is wanted of vendors in one turn, and how each field waits for its part."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from parallax.errors import ParallaxError
from parallax.vendors.keeping import Place
from parallax.vendors.pieces import Endpoint, Kept, Piece
from parallax.vendors.quota import Left
from parallax.vendors.vendor import Account, Vendor


@dataclass(frozen=True, slots=True)
class Asked:
    """What one field wants of one vendor."""

    account: Account
    endpoint: Endpoint
    pieces: tuple[Piece, ...]

    def __hash__(self) -> int:
        """By what nearly always tells two apart: there may be hundreds of pieces, and this is a key in many places."""
        return hash((self.account.id, self.endpoint.name, len(self.pieces), self.pieces[0], self.pieces[-1]))


@dataclass
class Gathered:
    """What came of it: every piece that was wanted is in one of the two."""

    kept: dict[Piece, Kept] = field(default_factory=dict)
    failed: dict[Piece, ParallaxError] = field(default_factory=dict)

    @cached_property
    def read_at(self) -> datetime | None:
        """When the oldest of its parts was read; to be asked when all is there."""
        return min((kept.read_at for kept in self.kept.values()), default=None)

    @cached_property
    def is_stale(self) -> bool:
        """Likewise: whether one of them is older than it should be."""
        return any(kept.is_stale for kept in self.kept.values())

    def add(self, later: "Gathered") -> None:
        """Of a piece the later word counts."""
        self.kept |= later.kept
        self.failed = {**self.failed, **later.failed}
        for piece in later.kept:
            self.failed.pop(piece, None)


@dataclass(slots=True)
class Look:
    """What a turn's pieces are before anything is called."""

    known: dict[Place, Kept] = field(default_factory=dict)
    aged: dict[Place, Kept] = field(default_factory=dict)
    """Known, and to be shown only if the vendor fails."""
    refreshing: defaultdict[tuple[Account, str], list[Piece]] = field(default_factory=lambda: defaultdict(list))
    wanted: defaultdict[tuple[Account, str], list[Piece]] = field(default_factory=lambda: defaultdict(list))
    """By account and endpoint: neither kept nor on their way."""
    refused: dict[Place, ParallaxError] = field(default_factory=dict)
    """Not called, for little is left of the quota."""
    ready: dict[Asked, Gathered] = field(default_factory=dict)
    """Asks of which every piece is fresh."""


class Foretold(NamedTuple):
    """What a turn would ask of one endpoint: calls, and how many pieces were wanted and are kept. `left` is the month's
    quota before them."""

    account: Account
    endpoint: Endpoint
    calls: int
    pieces: int
    kept: int
    left: Left


class Pending:
    """What one field waits for."""

    def __init__(
        self, vendor: Vendor, ask: Asked, look: Look, running: Mapping[Piece, "asyncio.Task[Gathered]"]
    ) -> None:
        self._vendor, self._ask, self._look, self._running = vendor, ask, look, running
        self._whole: Gathered | None = None

    async def gathered(self, within_s: float) -> Gathered:
        """After `within_s` what is not there has failed, for this field; the calls go on. Older answers stand in for it."""
        if (ready := self._look.ready.get(self._ask) or self._whole) is not None:
            return ready
        tasks = set(self._running.values())
        if tasks:
            await asyncio.wait(tasks, timeout=max(0.0, within_s))
        found = Gathered()
        late = self._vendor.unavailable(f"did not answer within {within_s:g} s; its answer is kept when it comes", 5.0)
        for piece in self._ask.pieces:
            place = (self._ask.account.id, piece)
            if (known := self._look.known.get(place)) is not None:
                found.kept[piece] = known
                continue
            if (refused := self._look.refused.get(place)) is not None:
                found.failed[piece] = refused
                continue
            task = self._running[piece]
            result = task.result() if task.done() and not task.cancelled() else None
            if result is not None and piece in result.kept:
                found.kept[piece] = result.kept[piece]
            elif (aged := self._look.aged.get(place)) is not None:
                found.kept[piece] = Kept(aged.part, aged.read_at, is_stale=True)
            else:
                found.failed[piece] = late if result is None else result.failed[piece]
        if not found.failed:
            self._whole = found
        return found
