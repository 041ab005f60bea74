"""How many calls a vendor allows, and how many were made: asked before each call, told after it."""

import asyncio
import math
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from parallax.db import Database
from parallax.errors import ParallaxError
from parallax.scopes import statement
from parallax.telemetry import logger
from parallax.vendors.keeping import NOBODYS
from parallax.vendors.pieces import HOUR_S, Request
from parallax.vendors.vendor import Account, Usage, Vendor

HERE = str(Path(__file__).parent / "writing" / "_")
CALLS_COUNT = statement(HERE, "calls_count")
CALLS_COUNTED = statement(__file__, "calls_counted")
ALLOWANCE_KEEP = statement(HERE, "allowance_keep")
ON_THE_WAY: Final = timedelta(milliseconds=250)
"""For so long a call may be under way before the vendor counts it; who has its answer knows that it was counted."""
log = logger("parallax.vendors")


@dataclass(frozen=True, slots=True)
class Left:
    """Of the month's quota; `limit` and `remaining` are None while the vendor has told none."""

    limit: int | None
    used: int
    resets_at: datetime

    @property
    def remaining(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.used)


class Quota:
    """Of one account. Windows are this process's, but for an hour, which like the month is of all gateways."""

    def __init__(
        self, db: Database, vendor: Vendor, account: Account, reserve: float, clock: Callable[[], datetime]
    ) -> None:
        self._db, self._vendor, self._account, self._reserve, self._clock = db, vendor, account, reserve, clock
        self._made: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._hours: dict[str, tuple[datetime, int]] = {}
        """By subject: when the hour began that all gateways' calls were counted of last, and how many there were."""
        self._blocked_until: defaultdict[str, datetime] = defaultdict(lambda: datetime.min.replace(tzinfo=UTC))
        self._limit: int | None = None
        self._used, self._month, self._read = 0, (0, 0), asyncio.Lock()

    # ------------------------------------------------------------ before a call
    async def left(self) -> Left:
        """Reads what other gateways and earlier runs counted, once a month."""
        now = self._clock()
        async with self._read:
            if self._month != (now.year, now.month):
                await self._look_up(now)
        return Left(self._limit, self._used, _next_month(now))

    def wait_s(self, request: Request) -> float:
        """How long until the windows have room: 0 now."""
        now = self._clock()
        subject = self._vendor.subject(request)
        wait_s, made = max(0.0, (self._blocked_until[subject] - now).total_seconds()), self._made[subject]
        longest = max((window.seconds for window in self._vendor.windows), default=0.0)
        while made and (now - made[0]).total_seconds() >= longest:
            made.popleft()
        for window in self._vendor.windows:
            if window.seconds == HOUR_S and self._hours.get(subject, (_hour(now), 0)) >= (_hour(now), window.calls):
                wait_s = max(wait_s, (_hour(now) + timedelta(hours=1) - now).total_seconds())
            if len(made) >= window.calls:
                frees = made[-window.calls] + timedelta(seconds=window.seconds)
                wait_s = max(wait_s, (frees - now).total_seconds())
        return wait_s

    async def refusal(self, in_background: bool) -> ParallaxError | None:
        """Why no call may be made at all: the month is used up, or what is left of it is for those who wait."""
        left = await self.left()
        floor = math.ceil((left.limit or 0) * self._reserve) if in_background else 0
        if left.remaining is None or left.remaining > floor:
            return None
        retry_s = (left.resets_at - self._clock()).total_seconds()
        return self._vendor.over_quota(f"allows {left.limit} calls a month, and {left.used} are used", retry_s)

    async def is_low(self) -> bool:
        left = await self.left()
        return left.remaining is not None and left.remaining < (left.limit or 0) * self._reserve

    # ------------------------------------------------------------ with a call
    def begin(self, request: Request) -> None:
        self._made[self._vendor.subject(request)].append(self._clock() + ON_THE_WAY)
        self._used += 1

    def block(self, request: Request, seconds: float) -> None:
        """The vendor said when to come back."""
        subject = self._vendor.subject(request)
        self._blocked_until[subject] = max(self._blocked_until[subject], self._clock() + timedelta(seconds=seconds))

    def end(self, request: Request, told: Usage | None) -> Coroutine[Any, Any, None]:
        """Knows now what the vendor told, and that it has counted the call. Counts for other gateways by what it answers,
        which nobody has to wait for."""
        if told is not None:
            self._limit, self._used = told.limit, max(told.used, 0)
        subject, now = self._vendor.subject(request), self._clock()
        made = self._made[subject]
        under_way = next((place for place, at in enumerate(made) if at > now), None)
        if under_way is not None:
            made[under_way] = now
        return self._count(subject, told, now)

    async def _count(self, subject: str, told: Usage | None, now: datetime) -> None:
        try:
            async with self._db.writing(NOBODYS) as transaction:
                rows = await transaction.rows(CALLS_COUNT, self._account.id, now, subject)
                if told is not None:
                    await transaction.run(ALLOWANCE_KEEP, self._account.id, told.limit, told.used, now)
        except ParallaxError as error:
            log.warning("a vendor's calls cannot be counted", code=error.code.value)
            return
        counted = {row["span"]: row for row in rows}
        self._hours[subject] = (counted["hour"]["starts"], counted["hour"]["calls"])
        if told is None:
            self._used = max(self._used, counted["month"]["calls"])

    async def _look_up(self, now: datetime) -> None:
        try:
            rows = await self._db.rows(None, CALLS_COUNTED, self._account.id, now)
        except ParallaxError as error:
            log.warning("a vendor's calls cannot be looked up", code=error.code.value)
            return
        found = {row["span"]: row for row in rows}
        self._hours |= {row["subject"]: (row["starts"], row["calls"]) for row in rows if row["span"] == "hour"}
        self._month = (now.year, now.month)
        self._used = found["month"]["calls"] if "month" in found else 0
        if "told" in found:
            self._limit, self._used = found["told"]["month_limit"], found["told"]["calls"]


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _next_month(now: datetime) -> datetime:
    return (now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)
