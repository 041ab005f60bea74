"""How long what vendors answered is fresh, and whole answers that may be given again as they are."""

from collections import OrderedDict
from datetime import date, datetime, timedelta
from typing import Final

from parallax.settings import Settings
from parallax.vendors.gathering import Asked, Gathered
from parallax.vendors.pieces import Endpoint, Life, Piece

MOST_PIECES: Final = 100_000
"""Pieces in answers that are kept whole, to be given again as they are."""


class Lives:
    """How long parts are fresh, of one instant: of an endpoint's pieces those with equal parameters and buckets alike."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.now, self._today, self._seconds = now, now.date(), settings.vendor_cache_seconds
        self._known: dict[tuple[str, tuple[tuple[str, str], ...], date | None], Life] = {}

    def of(self, endpoint: Endpoint, piece: Piece) -> Life:
        key = (piece.endpoint, piece.shared, piece.bucket)
        life = self._known.get(key)
        if life is None:
            life = endpoint.life(piece, self._today)
            if self._seconds is not None and life.failing_s > 0:
                life = Life(self._seconds, 0.0, life.failing_s)
            self._known[key] = life
        return life


class Ready:
    """Answers to asks, while all of them is fresh: a dashboard asks the same again and again."""

    def __init__(self) -> None:
        self._held: OrderedDict[Asked, tuple[Gathered, datetime]] = OrderedDict()
        self._pieces = 0

    def of(self, ask: Asked, now: datetime) -> Gathered | None:
        found = self._held.get(ask)
        if found is None or found[1] <= now:
            return None
        self._held.move_to_end(ask)
        return found[0]

    def keep(self, ask: Asked, found: Gathered, lives: Lives) -> Gathered:
        """`found` has all pieces of the ask."""
        fresh_until = min(
            kept.read_at + timedelta(seconds=lives.of(ask.endpoint, piece).fresh_s)
            for piece, kept in found.kept.items()
        )
        if fresh_until > lives.now:
            self._pieces += len(ask.pieces) * (ask not in self._held)
            self._held[ask] = (found, fresh_until)
            while self._pieces > MOST_PIECES:
                gone, _ = self._held.popitem(last=False)
                self._pieces -= len(gone.pieces)
        return found
