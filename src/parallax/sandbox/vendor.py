"""What the three fakes have in common: a call is noted, spoiled where a fault is set, answered, and told to control."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar
from urllib.parse import urlencode

from parallax.sandbox.clock import Clock
from parallax.sandbox.faults import Fault, Faults, Kind, spoiled
from parallax.sandbox.wire import Answer, Asked, Call, asked_of

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Switches = TypeVar("Switches")

CHUNK = b"x" * 2**16
MOST_CALLS_KEPT = 100_000


class Vendor(ABC, Generic[Switches]):
    """An ASGI application. `url` is known once it is served; `switches` may be replaced at any time."""

    name: ClassVar[str]
    secret: ClassVar[str | None] = None
    """The parameter that holds one: never noted."""

    def __init__(self, switches: Switches, clock: Clock, latency_ms: float) -> None:
        self.url = ""
        self.switches = switches
        self.clock = clock
        self.calls: list[Call] = []
        self.stopping = asyncio.Event()
        self._first_switches = switches
        self._latency_ms = latency_ms
        self._faults = Faults()
        self._arrival = asyncio.Event()

    async def called(self, count: int = 1) -> None:
        """Waits until so many calls have come; they need not be answered."""
        while len(self.calls) < count:
            self._arrival.clear()
            await self._arrival.wait()

    def faults(self, *faults: Fault) -> None:
        """Sets more of them."""
        self._faults.add(*faults)

    @property
    def set_faults(self) -> list[Fault]:
        """Those that are still to come, each with the calls that it has left."""
        return self._faults.left

    def clear_faults(self) -> None:
        self._faults.clear()

    def reset_switches(self) -> None:
        self.switches = self._first_switches

    def reset(self) -> None:
        """As it was at its start: no faults, no calls, no call counted, its first switches."""
        self._faults.clear()
        self.calls.clear()
        self.reset_switches()
        self.forget()

    @abstractmethod
    def forget(self) -> None:
        """Rate limits and quotas begin anew."""

    @abstractmethod
    def answer(self, asked: Asked, call: Call) -> Answer:
        """What the vendor says; notes on `call` whose account it was."""

    @abstractmethod
    def error(self, status: int) -> Answer:
        """How the vendor says that something failed."""

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = asked_of(scope)
        call = self._noted(asked)
        visible = urlencode([pair for pair in asked.pairs if pair[0] != self.secret], safe="/:,[] ")
        wait_ms, fault = self._faults.of(asked.path, visible)
        if fault is not None and fault.kind is Kind.HANG:
            await self._left(receive)
            return
        answer = self.answer(asked, call)
        if fault is not None:
            answer = spoiled(fault, answer, self.error(fault.status))
        delay_ms = self._latency_ms + wait_ms
        if delay_ms and await self._left(receive, delay_ms / 1000):
            return
        call.status = answer.status
        await _sent(send, answer, fault)

    def _noted(self, asked: Asked) -> Call:
        call = Call(asked.method, asked.path, {})
        for name, value in asked.pairs:
            if name != self.secret:
                call.parameters.setdefault(name, []).append(value)
        if len(self.calls) >= MOST_CALLS_KEPT:
            del self.calls[: MOST_CALLS_KEPT // 2]
        self.calls.append(call)
        self._arrival.set()
        return call

    async def _left(self, receive: Receive, within_s: float | None = None) -> bool:
        """Whether the client left, or the sandbox ended, within the time; None: waits until one of them does."""

        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        waits = {asyncio.create_task(gone()), asyncio.create_task(self.stopping.wait())}
        try:
            done, _ = await asyncio.wait(waits, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        return bool(done)


async def _sent(send: Send, answer: Answer, fault: Fault | None) -> None:
    kind = None if fault is None else fault.kind
    headers = {"content-type": answer.kind, **answer.headers}
    if kind is not Kind.HUGE:
        headers["content-length"] = str(len(answer.body))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    if kind is Kind.HALF_OPEN:
        # The server closes the connection of an application that ends before its body.
        await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
    elif kind is Kind.HUGE and fault is not None:
        await _send_huge(send, fault.size)
    else:
        await send({"type": "http.response.body", "body": answer.body})


async def _send_huge(send: Send, size: int) -> None:
    """A JSON document of so many bytes, which is well formed to its end."""
    head, tail = b'{"data":["', b'"]}'
    await send({"type": "http.response.body", "body": head, "more_body": True})
    left = max(0, size - len(head) - len(tail))
    while left > 0:
        await send({"type": "http.response.body", "body": CHUNK[:left], "more_body": True})
        left -= len(CHUNK)
    await send({"type": "http.response.body", "body": tail})
