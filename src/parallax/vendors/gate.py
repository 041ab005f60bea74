"""The gate: whatever is wanted of vendors goes through here, and as little as possible gets to them.

A piece that is fresh is answered from what is kept; one that is on its way is waited for; the others of a turn become as
few calls as the vendor allows. Calls are the gate's own: they go on when whoever wanted them has stopped waiting, and
their answers are there for the next question.
"""

import asyncio
import math
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextvars import Context
from datetime import UTC, datetime
from typing import Any, Final

from parallax import telemetry
from parallax.access.viewer import WhenLow
from parallax.db import Database
from parallax.errors import ParallaxError
from parallax.metrics.catalog import SourceSystem
from parallax.outbound import Wire
from parallax.settings import Settings
from parallax.vendors.breaker import State
from parallax.vendors.calling import Divisible, Line, TooLarge
from parallax.vendors.dividing import Wanted, by_ask, halves
from parallax.vendors.freshness import Lives, Ready
from parallax.vendors.gathering import Asked, Foretold, Gathered, Look, Pending
from parallax.vendors.keeping import Keeping, Place
from parallax.vendors.pieces import Endpoint, Kept, Life, Piece, Planned
from parallax.vendors.vendor import Account, Vendor

NO_WISHES: Final[Mapping[str, WhenLow]] = {}


class Gate:
    """One per process."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        vendors: Iterable[Vendor],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings, self._db, self._clock = settings, db, clock
        self._vendors = {vendor.system: vendor for vendor in vendors}
        self._wire = Wire()
        self._lines: dict[tuple[SourceSystem, str, str], Line] = {}
        self._running: dict[Place, asyncio.Task[Gathered]] = {}
        self._tasks: set[asyncio.Task[Gathered]] = set()
        self._besides: set[asyncio.Task[None]] = set()
        self._ready = Ready()
        self.keeping = Keeping(db, settings.vendor_cache_mib * 2**20)
        for system, vendor in self._vendors.items():
            vendor.check(settings)
            telemetry.watch_breakers(system.name, lambda system=system: self._open(system))  # type: ignore[misc]

    async def close(self) -> None:
        """Ends the calls; what was answered is still kept."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._besides, return_exceptions=True)
        await self._wire.close()

    async def settled(self) -> None:
        """Returns when no call runs, and what was answered is in the database."""
        while self._tasks or self._besides:
            await asyncio.wait(self._tasks | self._besides)

    def line(self, account: Account) -> Line:
        key = (account.system, account.id, account.base)
        found = self._lines.get(key)
        if found is None:
            vendor = self._vendors[account.system]
            found = self._lines[key] = Line(
                vendor, account, self._db, self._wire, self._settings, self._clock, self._beside
            )
        return found

    # ---------------------------------------------------------------- asking
    async def ask(self, asks: Sequence[Asked], when_low: Mapping[str, WhenLow] = NO_WISHES) -> list[Pending]:
        """All of a turn together; each is then waited for by itself."""
        look = await self._look(asks, when_low)
        endpoints = {(ask.account, ask.endpoint.name): ask.endpoint for ask in asks}
        for (account, name), pieces in look.wanted.items():
            wanting = [ask.pieces for ask in asks if (ask.account, ask.endpoint.name) == (account, name)]
            for planned in endpoints[account, name].planned(pieces):
                self._begin(account, endpoints[account, name], planned, wanting)
            telemetry.vendor_pieces(account.system.name, "called", len(pieces))
        for (account, name), pieces in look.refreshing.items():
            for planned in endpoints[account, name].planned(pieces):
                self._begin(account, endpoints[account, name], planned)
        return self.pending(asks, look)

    def pending(self, asks: Sequence[Asked], look: Look) -> list[Pending]:
        """How each waits for what is on its way."""
        return [Pending(self._vendors[ask.account.system], ask, look, self._running_of(ask, look)) for ask in asks]

    async def foretell(
        self, asks: Sequence[Asked], foretold: set[Place], when_low: Mapping[str, WhenLow] = NO_WISHES
    ) -> tuple[list[Foretold], Look]:
        """The calls that `ask` would make now. `foretold` are pieces that are as good as on their way; it grows."""
        look, told = await self._look(asks, when_low), []
        for (account, name), endpoint in {(ask.account, ask.endpoint.name): ask.endpoint for ask in asks}.items():
            own = {
                (account.id, piece)
                for ask in asks
                if (ask.account, ask.endpoint.name) == (account, name)
                for piece in ask.pieces
            }
            pieces = [*look.wanted[account, name], *look.refreshing[account, name]]
            pieces = [piece for piece in pieces if (account.id, piece) not in foretold]
            calls = endpoint.planned(pieces) if pieces else []
            foretold |= {(account.id, piece) for call in calls for piece in call.pieces}
            left = await self.line(account).quota.left()
            ready = {(account.id, piece) for ask in look.ready for piece in ask.pieces}
            told.append(Foretold(account, endpoint, len(calls), len(own), len(own & ready), left))
        return told, look

    def _running_of(self, ask: Asked, look: Look) -> dict[Piece, "asyncio.Task[Gathered]"]:
        return {
            piece: self._running[place]
            for piece in ask.pieces
            if (place := (ask.account.id, piece)) not in look.known and place in self._running
        }

    async def _look(self, asks: Sequence[Asked], when_low: Mapping[str, WhenLow]) -> Look:
        """Nothing is awaited after the pieces are sorted: two who want the same at once make one call."""
        low = {
            account.id: when_low.get(account.system.name, WhenLow.STALE)
            for account in {ask.account for ask in asks}
            if await self.line(account).quota.is_low()
        }
        now, look = self._clock(), Look()
        for ask in asks:
            if (ready := self._ready.of(ask, now)) is not None:
                look.ready[ask] = ready
        places = {(ask.account.id, piece): ask for ask in asks if ask not in look.ready for piece in ask.pieces}
        lives = Lives(self._settings, now)
        # What has aged here another gateway may have read anew.
        unsure = [
            place
            for place, ask in places.items()
            if (life := lives.of(ask.endpoint, place[1])).failing_s > 0
            and ((kept := self.keeping.held(*place)) is None or kept.age_s(now) >= life.fresh_s)
        ]
        if unsure:
            await self.keeping.stored(unsure)
        for place, ask in places.items():
            self._sort(place, ask, lives.of(ask.endpoint, place[1]), low.get(place[0]), now, look)
        for ask in asks:
            if ask not in look.ready and all((ask.account.id, piece) in look.known for piece in ask.pieces):
                found = Gathered({piece: look.known[ask.account.id, piece] for piece in ask.pieces})
                look.ready[ask] = self._ready.keep(ask, found, lives)
        for account in {ask.account for ask in asks}:
            pieces = [len(ask.pieces) for ask in look.ready if ask.account == account]
            telemetry.vendor_pieces(account.system.name, "kept", sum(pieces))
        return look

    def _sort(self, place: Place, ask: Asked, life: Life, low: WhenLow | None, now: datetime, look: Look) -> None:
        kept, key = self.keeping.held(*place), (ask.account, ask.endpoint.name)
        age_s = math.inf if kept is None else kept.age_s(now)
        if kept is not None and age_s < life.fresh_s + life.refreshing_s:
            look.known[place] = kept
            if age_s >= life.fresh_s and low is None and place not in self._running:
                look.refreshing[key].append(place[1])
        elif low is WhenLow.REFUSE or low is WhenLow.NULL:
            look.refused[place] = self._vendors[ask.account.system].low(is_error=low is WhenLow.REFUSE)
        elif kept is not None and low is WhenLow.STALE and age_s < life.fresh_s + life.failing_s:
            look.known[place] = Kept(kept.part, kept.read_at, is_stale=True)
        else:
            if kept is not None and age_s < life.fresh_s + life.failing_s:
                look.aged[place] = kept
            if place not in self._running:
                look.wanted[key].append(place[1])

    # ---------------------------------------------------------------- calling
    def _begin(self, account: Account, endpoint: Endpoint, planned: Planned, wanting: Sequence[Wanted] = ()) -> None:
        """In a context of its own: neither the deadline nor the list of statements of whoever asks first are its.

        `wanting` is what each of those wants who wait for it; nobody waits for what is only read anew.
        """
        call = self._called(account, endpoint, planned, wanting)
        task = asyncio.get_running_loop().create_task(call, context=Context())
        self._tasks.add(task)
        places = [(account.id, piece) for piece in planned.pieces]
        for place in places:
            self._running.setdefault(place, task)

        def done(_: "asyncio.Task[Gathered]") -> None:
            self._tasks.discard(task)
            for place in places:
                if self._running.get(place) is task:
                    del self._running[place]

        task.add_done_callback(done)

    async def _called(
        self,
        account: Account,
        endpoint: Endpoint,
        planned: Planned,
        wanting: Sequence[Wanted] = (),
        is_part: bool = False,
    ) -> Gathered:
        try:
            parts, read_at = await self.line(account).answer(endpoint, planned, in_background=not wanting)
        except Divisible as error:
            found = Gathered(failed=dict.fromkeys(planned.pieces, error.why))
            divided = halves(endpoint, planned) if isinstance(error, TooLarge) else by_ask(endpoint, planned, wanting)
            for part in () if is_part else divided:
                found.add(await self._called(account, endpoint, part, wanting, is_part=True))
            return found
        except ParallaxError as error:
            return Gathered(failed=dict.fromkeys(planned.pieces, error))
        kept = {piece: Kept(part, read_at) for piece, part in parts.items()}
        lives = Lives(self._settings, read_at)
        lasting = {piece: each for piece, each in kept.items() if lives.of(endpoint, piece).failing_s > 0}
        if lasting:
            self._beside(self.keeping.keep(account.id, lasting))
        return Gathered(kept)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        """What nobody waits for."""
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._besides.add(task)
        task.add_done_callback(self._besides.discard)

    # ---------------------------------------------------------------- health
    def lines(self) -> Mapping[tuple[SourceSystem, str, str], Line]:
        return self._lines

    def _open(self, system: SourceSystem) -> int:
        return sum(key[0] is system and line.breaker.state is not State.CLOSED for key, line in self._lines.items())
