"""The way of one HTTP request through `/graphql`: read it, know the caller, take a turn, run it, send the answer."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Any, Final

from graphql import OperationType
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from parallax import db as database
from parallax import telemetry, tracing
from parallax.errors import ParallaxError, TooCostly
from parallax.http import answers
from parallax.http.admission import Busy
from parallax.http.answers import Refused
from parallax.http.delivery import Delivery, SlowReader
from parallax.http.draining import Draining
from parallax.http.explorer import explorer_response
from parallax.http.increments import FirstFormat
from parallax.http.negotiation import EVENTS, GRAPHQL_RESPONSE, JSON, accepted
from parallax.http.prepared import Prepared
from parallax.http.presence import while_there
from parallax.http.recording import Request
from parallax.http.requests import Asked, Call, CallerLeft, Unreadable, now_of, read, request_id_of
from parallax.http.room import Room
from parallax.http.running import Runner
from parallax.loading import calls
from parallax.settings import Settings
from parallax.telemetry import Refusal

LEFT: Final = 499
"""The status that the log shows of a request whose caller left."""
CACHED: Final = {"cache-control": "private, no-cache"}
NOT_CACHED: Final = {"cache-control": "no-store"}


class TooLong(TooCostly):
    reason = Refusal.ANSWER_BYTES


class Endpoint:
    """`/graphql` over one runner."""

    def __init__(self, settings: Settings, runner: Runner, draining: Draining) -> None:
        self._settings, self._runner, self._draining = settings, runner, draining
        self._room = Room()
        self._streams = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call(scope, receive)
        if call.method == "GET" and _is_browser(call):
            await explorer_response()(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = request_id_of(call)
        delivery = Delivery(call, send, request_id, self._draining)
        request = Request(call, delivery, request_id, accepted(call.headers.get("accept")))
        names: list[str] = []
        database.statements.set(names)
        calls.set(set())
        ends = database.deadline.set(time.monotonic() + self._settings.deadline)
        with tracing.request(call.method, call.headers) as span:
            try:
                await self._served(request)
            except (CallerLeft, SlowReader):
                request.status = LEFT
            span.answered(request.status)
        database.deadline.reset(ends)
        request.tell(time.perf_counter() - started, names, span.trace, self._settings.slow)

    async def _served(self, request: Request) -> None:
        """Sends the answer, whatever becomes of the request."""
        kind = request.accepts.answer or JSON
        try:
            await self._answered(request, kind)
        except (CallerLeft, SlowReader):
            raise
        except Exception as error:
            refused = Refused.by(error, request.id)
            request.refused, request.errors = refused.reason, len(refused.answer["errors"])
            if request.delivery.started:  # the caller has a part of the answer: all that is left is to end it
                return
            if refused.in_document and request.accepts.answer is None and request.accepts.events:
                await request.delivery.events(_alone(refused.answer))
                return
            # GraphQL over HTTP: to who reads the older media type, a fault of the document is a good answer.
            request.status = 200 if refused.in_document and request.accepts.answer == JSON else refused.status
            body = answers.encoded(refused.answer)
            await request.delivery.whole(request.status, kind, body, {**NOT_CACHED, **refused.headers})

    async def _answered(self, request: Request, kind: str) -> None:
        call = request.call
        if call.method not in ("GET", "POST"):
            raise Unreadable(405, "Use POST, or GET for a query.", allow="GET, POST")
        accepts = request.accepts
        if accepts.answer is None and not accepts.events and not accepts.multipart:
            raise Unreadable(406, f"Accept: answers come as {GRAPHQL_RESPONSE} or {JSON}; subscriptions as {EVENTS}.")
        authorization = call.headers.get("authorization")
        now = now_of(call, self._settings)
        if authorization is None:  # refused before it is read: a stranger learns nothing from what they sent
            await self._runner.caller(None, now)
        self._runner.turns.check(authorization)
        # What is here already is read before a turn is taken; of a stranger nothing large is read at all.
        if call.is_small:
            answer = await self._ran(request, await read(call, self._settings), authorization, now)
        else:
            async with self._runner.turns.of(authorization):
                await self._runner.caller(authorization, now)
            announced = self._settings.max_body_bytes if call.length is None else call.length
            async with self._room.for_bytes(announced):
                answer = await self._ran(request, await read(call, self._settings), authorization, now)
        # Outside of the turn: how long a stream lasts, and how long a caller takes to read, is their own choice.
        if answer is None:
            assert request.ran is not None
            await self._streamed(request, request.ran)
        elif accepts.answer is None and accepts.events:
            await request.delivery.events(_alone(answer))
        else:
            await self._sent(request, kind, answer)

    async def _ran(
        self, request: Request, asked: Asked | list[Asked], authorization: str | None, now: datetime
    ) -> dict[str, Any] | list[dict[str, Any]] | None:
        """The answer, in a turn of its own; None for one that comes in parts."""
        async with self._runner.turns.of(authorization):
            viewer = await self._runner.caller(authorization, now)
            request.token = str(viewer.id)

            async def prepared(each: Asked, before: float = 0.0) -> Prepared:
                return await self._runner.prepare(each, viewer, now, request.id, authorization, before)

            if isinstance(asked, list):
                return await self._batch(request, asked, prepared)
            one = request.ran = await prepared(asked)
            if request.call.method == "GET" and one.kind is OperationType.MUTATION:
                raise Unreadable(405, "A mutation needs POST.", allow="POST")
            return None if self._comes_in_parts(request, one) else await self._run(request, one)

    def _comes_in_parts(self, request: Request, prepared: Prepared) -> bool:
        if prepared.explains:
            return False
        if prepared.kind is not OperationType.SUBSCRIPTION:
            return prepared.operation.is_incremental and request.accepts.multipart and not prepared.analyzes
        if not request.accepts.events:
            raise Unreadable(406, f"Accept: a subscription is answered as {EVENTS}, or over a WebSocket.")
        return True

    async def _streamed(self, request: Request, prepared: Prepared) -> None:
        """Its turn is over: what bounds streams is their number."""
        if self._streams >= self._settings.max_sockets:
            raise Busy
        self._streams += 1
        try:
            if prepared.kind is OperationType.SUBSCRIPTION:
                with telemetry.stream_open("sse"):
                    await request.delivery.events(self._runner.events(prepared))
            else:
                with telemetry.stream_open("multipart"):
                    await request.delivery.parts(self._parts(request, prepared))
        finally:
            self._streams -= 1

    async def _batch(
        self, request: Request, asked: list[Asked], prepare: Callable[[Asked, float], Awaitable[Prepared]]
    ) -> list[dict[str, Any]]:
        """One after the other, with the budget of one operation: what goes beyond it is refused."""
        if request.accepts.answer is None:
            raise Unreadable(406, f"Accept: a batch is answered as {JSON}.")
        found: list[dict[str, Any]] = []
        spent = 0.0
        for each in asked:
            try:
                one = await prepare(each, spent)
                spent += one.estimate.cost
                if one.kind is OperationType.SUBSCRIPTION:
                    raise Unreadable(400, "A subscription cannot be part of a batch.")
                found.append(await self._run(request, one))
            except (Refused, ParallaxError) as error:
                found.append(Refused.by(error, request.id).answer)
        return found

    async def _run(self, request: Request, prepared: Prepared) -> dict[str, Any]:
        answer = await while_there(request.call, self._runner.run(prepared))
        if "errors" in answer:
            request.errors += len(answer["errors"])
        return answer

    async def _parts(self, request: Request, prepared: Prepared) -> AsyncGenerator[dict[str, Any], None]:
        turned = FirstFormat().turned if request.accepts.first_format else None
        async with aclosing(self._runner.parts(prepared)) as parts:
            async for part in parts:
                yield part if turned is None else turned(part)

    async def _sent(self, request: Request, kind: str, answer: Any) -> None:
        body = answers.encoded(answer)
        if len(body) > self._settings.max_answer_bytes:
            raise TooLong(
                f"The answer has {len(body)} bytes; at most {self._settings.max_answer_bytes} are sent "
                "(PARALLAX_MAX_ANSWER_BYTES). Ask for fewer rows, buckets or fields."
            )
        if request.call.method != "GET":
            await request.delivery.whole(200, kind, body, {})
        elif "errors" in answer:
            await request.delivery.whole(200, kind, body, NOT_CACHED)
        else:
            tag, held = request.delivery.tagged(body, request.token or "")
            headers = {**CACHED, "etag": tag}
            if held:
                request.status = 304
                await request.delivery.unchanged(headers)
            else:
                await request.delivery.whole(200, kind, body, headers)


async def _alone(answer: Any) -> AsyncGenerator[dict[str, Any], None]:
    """One answer as an event stream."""
    yield answer


def _is_browser(call: Call) -> bool:
    return "text/html" in call.headers.get("accept", "") and "query" not in QueryParams(call.query)
