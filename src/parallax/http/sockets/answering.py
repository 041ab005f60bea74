"""The operations of one WebSocket: each runs as a task of its own, and computes its next event when the last was sent."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from graphql import OperationType

from parallax import db as database
from parallax import telemetry
from parallax.errors import TooCostly, Unauthenticated
from parallax.http.answers import Refused
from parallax.http.prepared import Prepared
from parallax.http.requests import Asked, within
from parallax.http.running import Runner
from parallax.http.sockets.channel import Channel
from parallax.http.sockets.messages import Code, Ended
from parallax.ids import uuid7
from parallax.loading import calls, cancel_calls
from parallax.settings import Settings
from parallax.telemetry import Refusal


class TooMany(TooCostly):
    reason = Refusal.SUBSCRIPTIONS


@dataclass(slots=True)
class Entry:
    """What the counters and the log are told of an operation."""

    request_id: str
    began: float = field(default_factory=time.perf_counter)
    status: int = 200
    statements: list[str] = field(default_factory=list)
    token: str | None = None
    ran: Prepared | None = None
    errors: int = 0
    refused: Refusal | None = None

    def told(self, settings: Settings) -> None:
        took_s, ran = time.perf_counter() - self.began, self.ran
        name, cost = (None, None) if ran is None else (ran.operation.name, ran.estimate.cost)
        telemetry.request_line(
            request_id=self.request_id,
            status=self.status,
            took_s=took_s,
            statements=len(self.statements),
            token=self.token,
            operation=name,
            transport="websocket",
            cost=cost,
            errors=self.errors,
            refused=None if self.refused is None else self.refused.value,
        )
        if ran is None or ran.kind is OperationType.SUBSCRIPTION:
            return
        telemetry.answered(self.status, took_s, None if ran.operation.stored is None else ran.operation.stored.name)
        if took_s > settings.slow:
            telemetry.slow_line(
                request_id=self.request_id,
                took_s=took_s,
                statements=self.statements,
                operation=name,
                digest=ran.operation.digest,
                cost=cost,
            )


LEFT: Final = 499
"""The status that the log shows of an operation that its caller gave up."""


class Answering:
    """`end` is called when an operation finds that the socket must close."""

    __slots__ = (
        "_authorization", "_channel", "_clock", "_end", "_lasting", "_runner", "_running", "_settings", "_stopping", "_tasks",
        "count",
    )  # fmt: skip

    def __init__(
        self,
        runner: Runner,
        settings: Settings,
        channel: Channel,
        authorization: str | None,
        clock: Callable[[], datetime],
        end: Callable[[Ended], None],
    ) -> None:
        self._runner, self._settings, self._channel = runner, settings, channel
        self._authorization, self._clock, self._end = authorization, clock, end
        self.count = 0
        """Operations that were begun so far."""
        self._stopping = False
        self._running: dict[str, asyncio.Task[None]] = {}
        # Those of `_running`, and those that were given up but have not ended yet: both count.
        self._tasks: set[asyncio.Task[Any]] = set()
        self._lasting: set[asyncio.Task[Any]] = set()

    async def begin(self, key: str, asked: Asked) -> None:
        """Raises Ended for an id that is in use."""
        if key in self._running:
            raise Ended(Code.ID_TAKEN, f"Subscriber for {key} already exists")
        if self._stopping:
            return  # whoever connects again asks again
        most = self._settings.max_subscriptions
        if len(self._tasks) >= most:
            error = TooMany(f"This socket runs {most} operations already (PARALLAX_MAX_SUBSCRIPTIONS): complete one.")
            entry = Entry(self._request_id())
            await self._refuse(key, Refused.of(error, entry.request_id), entry)
            entry.told(self._settings)
            return
        self.count += 1
        task = self._running[key] = asyncio.create_task(self._operate(key, asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def give_up(self, key: str) -> None:
        """Cancels what runs under the id, statements in the database too; the id is free at once."""
        task = self._running.pop(key, None)
        if task is not None:
            task.cancel()

    async def finish(self, within_s: float) -> None:
        """Begins nothing more and ends subscriptions; returns when the others have ended, or the time is up."""
        self._stopping = True
        for task in self._lasting:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)

    def cancel(self) -> None:
        self._stopping = True
        for task in self._tasks:
            task.cancel()

    # ---------------------------------------------------------------- one of them
    async def _operate(self, key: str, asked: Asked) -> None:
        """From its look-up to its `complete` or `error`."""
        entry = Entry(self._request_id())
        calls.set(set())
        database.statements.set(entry.statements)
        database.deadline.set(time.monotonic() + self._settings.deadline)
        try:
            await self._answer(key, asked, entry)
        except Ended as ended:
            self._end(ended)
        except asyncio.CancelledError:
            entry.status = LEFT
            raise
        finally:
            cancel_calls()
            self._forget(key)
            self._lasting.discard(_this_task())
            entry.told(self._settings)

    async def _answer(self, key: str, asked: Asked, entry: Entry) -> None:
        try:
            prepared, answer = await self._ran(asked, entry)
            if answer is None:
                await self._follow(key, prepared)
            else:
                entry.errors = len(answer.get("errors", ()))
                await self._next(key, answer)
        except Unauthenticated as error:
            raise Ended(Code.FORBIDDEN, error.message) from None
        except Ended:
            raise
        except Exception as error:
            await self._refuse(key, Refused.by(error, entry.request_id), entry)
        else:
            self._forget(key)  # before the caller knows that it may use the id again
            await self._channel.tell({"id": key, "type": "complete"})

    async def _ran(self, asked: Asked, entry: Entry) -> tuple[Prepared, dict[str, Any] | None]:
        """With the answer, of what is no subscription."""
        within(asked, self._settings)
        now = self._clock()
        async with self._runner.turns.of(self._authorization):
            viewer = await self._runner.caller(self._authorization, now)
            entry.token = str(viewer.id)
            prepared = await self._runner.prepare(asked, viewer, now, entry.request_id, self._authorization)
            entry.ran = prepared
            if prepared.kind is OperationType.SUBSCRIPTION and not prepared.explains:
                return prepared, None
            return prepared, await self._runner.run(prepared)

    async def _follow(self, key: str, prepared: Prepared) -> None:
        self._lasting.add(_this_task())
        database.statements.set(None)  # there is no end to them
        if self._stopping:
            raise asyncio.CancelledError
        with telemetry.stream_open("websocket"):
            async with aclosing(self._runner.events(prepared)) as events:
                async for answer in events:
                    await self._next(key, answer)

    async def _next(self, key: str, answer: dict[str, Any]) -> None:
        await self._channel.tell({"id": key, "type": "next", "payload": answer}, self._settings.max_answer_bytes)

    async def _refuse(self, key: str, refused: Refused, entry: Entry) -> None:
        errors = refused.answer["errors"]
        entry.status, entry.errors, entry.refused = refused.status, len(errors), refused.reason
        self._forget(key)
        await self._channel.tell({"id": key, "type": "error", "payload": errors})

    def _forget(self, key: str) -> None:
        """Unless the caller gave it up and uses the id anew."""
        if self._running.get(key) is _this_task():
            del self._running[key]

    def _request_id(self) -> str:
        return str(uuid7(self._clock()))


def _this_task() -> "asyncio.Task[Any]":
    task = asyncio.current_task()
    assert task is not None
    return task
