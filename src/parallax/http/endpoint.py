"""The way of one request through `/graphql`: authenticate, find the operation, run it, encode the answer."""

import asyncio
import re
import time
from collections.abc import Awaitable, Coroutine
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from parallax import db as database
from parallax.access.tokens import Tokens, bearer
from parallax.context import Context
from parallax.db import Database
from parallax.errors import ParallaxError, Timeout, Unauthenticated
from parallax.http import answers
from parallax.http.columns import ColumnExecutor
from parallax.http.explorer import explorer_response
from parallax.http.mistakes import explained_variable
from parallax.http.operations import Operation, Operations
from parallax.http.requests import Asked, ClientDisconnect, Unreadable, media_type, read
from parallax.ids import uuid7
from parallax.loading import calls
from parallax.pages import Cursors
from parallax.scalars import read_instant
from parallax.settings import Settings
from parallax.telemetry import DURATION, REQUESTS, STATEMENTS, logger

REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
METHODS = {"allow": "GET, POST"}
LEFT = 499
"""The status that the log shows of a request whose caller left."""
log = logger("parallax.requests")


class Endpoint:
    """`/graphql` over one schema and one database."""

    def __init__(self, settings: Settings, db: Database, schema: GraphQLSchema) -> None:
        self._settings, self._db, self._schema = settings, db, schema
        self.tokens = Tokens(db)
        self._operations = Operations(schema, settings.operation_cache)
        self._cursors = Cursors(settings.derived("cursor"))
        # A burst waits here, where waiting costs nothing, and not for a connection.
        self._turns = asyncio.Semaphore(settings.pool_size * 2)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.respond(Request(scope, receive, send))
        await response(scope, receive, send)

    async def respond(self, request: Request) -> Response:
        if request.method == "GET" and _is_browser(request):
            return explorer_response()
        started = time.perf_counter()
        entry: dict[str, Any] = {"request_id": _request_id(request)}
        names: list[str] = []
        database.statements.set(names)
        calls.set(set())
        ends = database.deadline.set(time.monotonic() + self._settings.deadline)
        response = await self._answered(request, entry)
        database.deadline.reset(ends)
        took_s = time.perf_counter() - started
        REQUESTS.labels(response.status_code).inc()
        STATEMENTS.inc(len(names))
        DURATION.observe(took_s)
        response.headers["x-request-id"] = entry["request_id"]
        log.info("request", status=response.status_code, ms=round(took_s * 1000, 2), statements=len(names), **entry)
        return response

    async def _answered(self, request: Request, entry: dict[str, Any]) -> Response:
        kind, request_id = media_type(request), entry["request_id"]
        try:
            status, answer = await self._run(request, entry)
        except Unreadable as error:
            return _response(error.status, answers.refusal(error, request_id), kind, **error.headers)
        except Unauthenticated as error:
            return _response(401, answers.refusal(error, request_id), kind, **{"www-authenticate": "Bearer"})
        except ClientDisconnect:
            return Response(status_code=LEFT)
        except ParallaxError as error:
            status = 503 if error.retry_after_s is not None else 504 if isinstance(error, Timeout) else 400
            headers = {"retry-after": str(round(error.retry_after_s))} if error.retry_after_s else {}
            return _response(status, answers.refusal(error, request_id), kind, **headers)
        except Exception as error:  # the last place where it can be told apart from a broken connection
            masked = GraphQLError(str(error), original_error=error)
            return _response(500, answers.refused([masked], request_id), kind)
        return _response(status, answer, kind)

    async def _run(self, request: Request, entry: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if request.method not in ("GET", "POST"):
            raise Unreadable(405, "Use POST, or GET for a query.", **METHODS)
        token = bearer(request.headers.get("authorization"))
        now = self._now(request)
        asked = await read(request, self._settings)
        async with self._turns:
            return await self._taken(request, entry, token, now, asked)

    async def _taken(
        self, request: Request, entry: dict[str, Any], token: str, now: datetime, asked: Asked
    ) -> tuple[int, dict[str, Any]]:
        """A request that is read and has its turn."""
        viewer = await self.tokens.viewer(token, now)
        entry["token"] = str(viewer.id)
        operation = self._operations.find(asked.text, asked.name)
        if operation.document is None or operation.definition is None:
            return 400, answers.refused(operation.errors, entry["request_id"])
        if operation.definition.name is not None:
            entry["operation"] = operation.definition.name.value
        if request.method == "GET" and not operation.is_query:
            raise Unreadable(405, "A mutation needs POST.", allow="POST")
        context = Context(self._db, viewer, now, self._cursors, entry["request_id"])
        result = await _while_there(request, self._executed(operation, asked, context))
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            # Refused before anything ran: variables that do not fit.
            errors = [explained_variable(self._schema, error, asked.variables) for error in result.errors]
            return 400, answers.refused(errors, entry["request_id"])
        if result.errors:
            entry["errors"] = len(result.errors)
        return 200, answers.executed(result, entry["request_id"])

    async def _executed(self, operation: Operation, asked: Asked, context: Context) -> ExecutionResult:
        assert operation.document is not None
        result: Awaitable[ExecutionResult] | ExecutionResult = execute(
            self._schema,
            operation.document,
            context_value=context,
            variable_values=asked.variables,
            operation_name=asked.name,
            executor_class=ColumnExecutor,
        )
        if isawaitable(result):
            try:
                async with asyncio.timeout(self._settings.deadline):
                    return await result
            except TimeoutError as error:
                raise Timeout(database.SLOW) from error
        return result

    def _now(self, request: Request) -> datetime:
        """The operation's clock; tests of users may set it where PARALLAX_TEST_CLOCK allows."""
        sent = request.headers.get("parallax-now") if self._settings.test_clock else None
        if sent is None:
            return datetime.now(UTC)
        try:
            return read_instant(sent)
        except ParallaxError as error:
            raise Unreadable(400, f"Parallax-Now: {error.message}") from None


async def _while_there(request: Request, work: Coroutine[Any, Any, ExecutionResult]) -> ExecutionResult:
    """Runs `work` unless the caller leaves: then everything below is cancelled, statements in the database included."""
    running = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((running, gone), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            return running.result()
        raise ClientDisconnect
    finally:
        gone.cancel()
        if not running.done():
            running.cancel()
            await asyncio.wait((running,))
        for call in tuple(calls.get() or ()):
            call.cancel()


async def _gone(request: Request) -> None:
    """Returns when the caller has left. The body was read before: nothing but that is received."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _is_browser(request: Request) -> bool:
    return "query" not in request.query_params and "text/html" in request.headers.get("accept", "")


def _request_id(request: Request) -> str:
    sent = request.headers.get("x-request-id", "")
    return sent if REQUEST_ID.fullmatch(sent) else str(uuid7(datetime.now(UTC)))


def _response(status: int, answer: dict[str, Any], kind: str, **headers: str) -> Response:
    return Response(answers.encoded(answer), status, headers, f"{kind}; charset=utf-8")
