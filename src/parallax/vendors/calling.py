"""One call to a vendor: when it may be made, how often it is tried, what became of it."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

from parallax import telemetry, tracing
from parallax.db import Database
from parallax.errors import ParallaxError, SourceQuota, SourceRejected, SourceUnavailable
from parallax.outbound import Broken, Response, Wire
from parallax.settings import OFF, Settings
from parallax.vendors.breaker import Breaker, Retries, State
from parallax.vendors.hosts import Allowed
from parallax.vendors.pieces import Endpoint, Malformed, Piece, Planned, Request
from parallax.vendors.quota import Quota
from parallax.vendors.vendor import Account, Reply, Vendor

TRIES: Final = 3
MISSHAPEN: Final = (Malformed, KeyError, TypeError, ValueError, AttributeError, IndexError)
REPEATABLE: Final = (502, 503, 504)


class Divisible(Exception):
    """The call as a whole failed, and parts of it may do."""

    def __init__(self, why: ParallaxError) -> None:
        super().__init__(why.message)
        self.why = why


class TooLarge(Divisible):
    """The vendor gave up on the call."""


class Spoiled(Divisible):
    """The vendor refuses the question, for which one of its values may be to blame."""


DIVIDES: Final[dict[int | None, type[Divisible]]] = {500: TooLarge, 422: Spoiled}
"""By the status in which vendors say it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    error: ParallaxError | None
    may_be_repeated: bool = False
    status: int | None = None
    parts: dict[Piece, Any] = field(default_factory=dict)


class Line:
    """To one vendor with one account: its breaker, its quota, its turns."""

    def __init__(
        self,
        vendor: Vendor,
        account: Account,
        db: Database,
        wire: Wire,
        settings: Settings,
        clock: Callable[[], datetime],
        beside: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self.vendor, self.account = vendor, account
        self._wire, self._settings, self._clock, self._beside = wire, settings, clock, beside
        self.quota = Quota(db, vendor, account, settings.vendor_reserve, clock)
        self.breaker = Breaker(settings.vendor_breaker_seconds, time.monotonic)
        self._retries = Retries()
        self._turns = asyncio.Semaphore(vendor.at_once)
        self.checked_at: datetime | None = None
        self.succeeded_at: datetime | None = None
        self.problem: ParallaxError | None = None
        self._closed = account.problem or self._forbidden()

    def _forbidden(self) -> ParallaxError | None:
        """Whatever a setting or a row says: a secret goes to a host that is allowed, or nowhere."""
        try:
            if (
                Allowed.of(self.vendor.hosts, self._settings.vendor_allow_hosts).base(self.account.base)
                == self.account.base
            ):
                return None
            problem = "must be given as it is called"
        except ValueError as error:
            problem = str(error)
        return self.vendor.rejected(f"is not called: its host {problem} (PARALLAX_VENDOR_ALLOW_HOSTS)")

    async def answer(
        self, endpoint: Endpoint, asked: Planned, in_background: bool
    ) -> tuple[dict[Piece, Any], datetime]:
        """The parts of a call's pieces, and when they were read. Raises ParallaxError of a source; TooLarge."""
        if self._closed is not None:
            raise self._closed
        ends = time.monotonic() + self._settings.deadline
        self._retries.wanted()
        async with self._turns:
            for attempt in range(TRIES):
                await self._admitted(asked.request, ends, in_background)
                found = await self._attempt(endpoint, asked, ends)
                if found.error is None:
                    return found.parts, self._clock()
                if attempt + 1 == TRIES or not self._tries_again(found):
                    break
                await asyncio.sleep(random.uniform(0, 0.2 * 2**attempt))  # noqa: S311  full jitter
        assert found.error is not None
        divides = DIVIDES.get(found.status)
        raise found.error if divides is None else divides(found.error)

    async def _admitted(self, request: Request, ends: float, in_background: bool) -> None:
        """Returns when the call may be made. Raises SourceQuota, SourceUnavailable."""
        refusal = await self.quota.refusal(in_background)
        if refusal is not None:
            raise refusal
        while (wait_s := self.quota.wait_s(request)) > 0:
            if wait_s > min(ends - time.monotonic(), self._settings.vendor_deadline_seconds):
                raise self.vendor.over_quota("allows no more calls now", wait_s)
            await asyncio.sleep(wait_s)
        if not self.breaker.admits():
            raise self.vendor.unavailable(
                "failed too often, and is left alone for a while", round(self.breaker.retry_after_s, 1)
            )
        self.quota.begin(request)

    async def _attempt(self, endpoint: Endpoint, asked: Planned, ends: float) -> "Attempt":
        began, name = time.perf_counter(), self.vendor.system.name
        reply: Reply | None = None
        try:
            with tracing.vendor_call(name, endpoint.name) as span:
                try:
                    reply = await self._reply(asked.request, ends)
                    found = self._read(endpoint, asked, reply)
                except Broken as broken:
                    found = Attempt(self.vendor.unavailable(str(broken)), may_be_repeated=True)
                if found.error is not None:
                    span.fail(found.error.code.value)
        except BaseException:
            self.breaker.failed()  # what was admitted to try an open breaker must not leave it waiting
            raise
        outcome = "ok" if found.error is None else found.error.code.value.lower()
        telemetry.vendor_called(name, outcome, time.perf_counter() - began)
        self._note(found.error)
        self._beside(self.quota.end(asked.request, self.vendor.usage(reply) if reply is not None else None))
        return found

    def _tries_again(self, found: "Attempt") -> bool:
        return found.may_be_repeated and self.breaker.state is State.CLOSED and self._retries.take()

    async def _reply(self, request: Request, ends: float) -> Reply:
        signed = self.vendor.sign(self.account, request, self._clock())
        url, hedge_s = self.account.base + request.path, self._settings.vendor_hedge_seconds

        def send() -> "asyncio.Task[Response]":
            return asyncio.create_task(
                self._wire.send(
                    request.method,
                    url,
                    signed.parameters,
                    signed.headers,
                    ends - time.monotonic(),
                    self.vendor.most_bytes,
                )
            )

        calls = {send()}
        try:
            if hedge_s != OFF:
                done, _ = await asyncio.wait(calls, timeout=hedge_s)
                if not done and self.quota.wait_s(request) <= 0:
                    self.quota.begin(request)
                    calls.add(send())
            done, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            return Reply(*done.pop().result())
        finally:
            for call in calls:
                call.cancel()

    def _read(self, endpoint: Endpoint, asked: Planned, reply: Reply) -> "Attempt":
        """By the vendor's own rules first, then by what holds for all of them."""
        known = None if self.succeeded_at is None else self.vendor.failure_of_known(reply)
        error = known or self.vendor.failure(reply)
        again = reply.status in REPEATABLE
        if isinstance(error, SourceQuota):
            self.quota.block(asked.request, error.retry_after_s or 0)
            return Attempt(error, may_be_repeated=True)
        if error is None and reply.status != 200:
            if reply.status in range(400, 500):
                error = self.vendor.rejected(f"refuses the question with status {reply.status}")
            else:
                error = self.vendor.unavailable(f"answered with status {reply.status}")
        if error is not None:
            return Attempt(error, again, reply.status)
        kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            return Attempt(self.vendor.unavailable("answered with something that is not JSON"))
        try:
            held = endpoint.parts(asked, orjson.loads(reply.body))
        except MISSHAPEN as wrong:
            error = self.vendor.unavailable("answered with something else than it should")
            error.__cause__ = wrong
            return Attempt(error)
        return Attempt(None, parts={piece: held.get(piece) for piece in asked.pieces})

    def _note(self, error: ParallaxError | None) -> None:
        self.checked_at = self._clock()
        self.problem = error
        if error is None or isinstance(error, SourceRejected):
            self.breaker.succeeded()
        elif isinstance(error, SourceUnavailable):
            self.breaker.failed()
        if error is None:
            self.succeeded_at = self.checked_at
