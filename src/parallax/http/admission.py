"""Whose turn it is: so many requests run at once, a burst waits, and what stays too much is turned away while that is cheap."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Hashable
from time import perf_counter
from types import TracebackType
from typing import Final, NoReturn, TypeAlias

from parallax.errors import SourceUnavailable
from parallax.telemetry import Refusal

RETRY_AFTER_S: Final = 1.0
BURST: Final = 500
"""A line through which more have gone than this is no burst but overload."""
CALM_S: Final = 1.0
FEW: Final = 0.25
"""Overload is over when for one let in within `CALM_S` no more than this were turned away."""
LEAST: Final = 4
LATE_S, PROMPT_S = 0.002, 0.001
"""How long after its turn was called a request goes on: when the processor is the bottleneck, and when it is not."""
Place: TypeAlias = asyncio.Future[float]
"""Of one who waits. It becomes the time when the turn was called."""


class Busy(SourceUnavailable):
    """Turned away: nothing was run."""

    reason = Refusal.BUSY

    def __init__(self) -> None:
        super().__init__("The gateway is busy: ask again a little later.", retry_after_s=RETRY_AFTER_S)


class Overload:
    """Whether more comes than can be done, and not just much at once. Pure: the time is handed in."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._line_since, self._line_let_in = 0.0, 0
        self._since: float | None = None
        self._let_in = self._away = 0
        self._last_away = float("-inf")
        self.let_in = self.away = 0

    def line_begins(self, now: float) -> None:
        self._line_since, self._line_let_in = now, self.let_in

    def turned_away(self, now: float) -> None:
        self.away += 1
        self._last_away = now

    def lasts(self, now: float) -> bool:
        """Asked where a line stands."""
        if self._since is None:
            is_burst = self.let_in - self._line_let_in <= BURST and now - self._line_since <= self._patience_s
            if not is_burst:
                self._looked(now)
        elif now - self._since > CALM_S:
            few = self.away - self._away <= (self.let_in - self._let_in) * FEW
            if few or now - self._last_away > CALM_S:
                self._since = None
                self.line_begins(now)
            else:
                self._looked(now)
        return self._since is not None

    def _looked(self, now: float) -> None:
        self._since, self._let_in, self._away = now, self.let_in, self.away


class Line:
    """Those who wait. Callers are called in turn, and of each the one that came first."""

    def __init__(self) -> None:
        self._of: OrderedDict[Hashable, deque[Place]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, caller: Hashable, place: Place) -> None:
        self._of.setdefault(caller, deque()).append(place)
        self._length += 1

    def called(self) -> Place | None:
        """The next; None where nobody waits any more."""
        while self._of:
            caller, places = self._of.popitem(last=False)
            place = places.popleft()
            self._length -= 1
            if places:
                self._of[caller] = places
            if not place.done():
                return place
        return None

    def most(self, caller: Hashable) -> deque[Place] | None:
        """The places of whoever has most, if one less for them and one more for `caller` is fairer."""
        places = max(self._of.values(), key=len, default=None)
        return places if places is not None and len(places) > len(self._of.get(caller, ())) + 1 else None

    def shorten(self, places: deque[Place]) -> Place:
        """Takes the last one of `most` out."""
        self._length -= 1
        return places.pop()


class Turn:
    """One caller's."""

    __slots__ = ("_caller", "_of")

    def __init__(self, of: "Admission", caller: Hashable) -> None:
        self._of, self._caller = of, caller

    async def __aenter__(self) -> None:
        await self._of.enter(self._caller)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._of.leave()


class Admission:
    """`async with` it, or `of(caller)`: raises Busy. At most `running` inside at once, at most
    `waiting` outside, each for at most `wait_s`.

    In overload only as many wait as run, and who comes beyond them is turned away at once: a longer line would serve no
    more of them, and each of them late. Whom it hits is one of the caller who has most in the line.

    While requests wait for the processor, and not for the database, fewer run at once: each is done sooner, and as many
    in all.
    """

    def __init__(self, running: int, waiting: int, wait_s: float) -> None:
        self._least, self._most = min(LEAST, running), running
        self._at_once = float(running)
        self._most_waiting, self._wait_s = waiting, wait_s
        self._line = Line()
        self._overload = Overload(wait_s)
        self.running = 0

    @property
    def waiting(self) -> int:
        return len(self._line)

    @property
    def at_once(self) -> int:
        """How many may run now."""
        return int(self._at_once)

    @property
    def turned_away(self) -> int:
        return self._overload.away

    def check(self, caller: Hashable = None) -> None:
        """Raises Busy where a newcomer would be turned away: before anything is read of it, which would be for nothing."""
        if len(self._line) >= self._least:
            now = asyncio.get_running_loop().time()
            if len(self._line) >= self._room(now) and self._line.most(caller) is None:
                self._refuse(now)

    def of(self, caller: Hashable) -> "Turn":
        """`async with` it. Callers that wait are served in turn, however many requests each of them has there."""
        return Turn(self, caller)

    async def __aenter__(self) -> None:
        await self.enter(None)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.leave()

    async def enter(self, caller: Hashable) -> None:
        if self.running < self.at_once and not self._line:
            self._overload.let_in += 1
            self.running += 1
        else:
            await self._wait(caller)

    def leave(self) -> None:
        self.running -= 1
        while self.running < self.at_once and (place := self._line.called()) is not None:
            self.running += 1
            place.set_result(perf_counter())

    async def _wait(self, caller: Hashable) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        if not self._line:
            self._overload.line_begins(now)
        elif len(self._line) >= self._room(now):
            others = self._line.most(caller)
            if others is None:
                self._refuse(now)
            else:
                self._turn_away(self._line.shorten(others), now)
        self._overload.let_in += 1
        place: Place = loop.create_future()
        self._line.append(caller, place)
        giving_up = loop.call_later(self._wait_s, lambda: self._turn_away(place, loop.time()))
        try:
            called = await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.exception() is None:
                self.leave()  # the turn came at the very moment of leaving
            raise
        finally:
            giving_up.cancel()
        self._adapt(perf_counter() - called)

    def _room(self, now: float) -> int:
        """How many may wait."""
        return min(self._most_waiting, self.at_once) if self._overload.lasts(now) else self._most_waiting

    def _refuse(self, now: float) -> NoReturn:
        self._overload.turned_away(now)
        raise Busy

    def _turn_away(self, place: Place, now: float) -> None:
        if not place.done():
            self._overload.turned_away(now)
            place.set_exception(Busy())

    def _adapt(self, late_s: float) -> None:
        if late_s > LATE_S:
            self._at_once = max(self._least, self._at_once - 1)
        elif late_s < PROMPT_S:
            self._at_once = min(self._most, self._at_once + 0.1)
