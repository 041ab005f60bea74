"""The way of one request through `/graphql`: authenticate, find the operation, run it, encode the answer."""

import asyncio
import re
import time
from collections.abc import Awaitable, Coroutine, Mapping
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any, TypeAlias

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from parallax import db as database
from parallax import telemetry
from parallax.access.tokens import Tokens, bearer
from parallax.context import Context
from parallax.db import Database
from parallax.errors import ParallaxError, Timeout, Unauthenticated
from parallax.http import answers
from parallax.http.columns import ColumnExecutor
from parallax.http.explorer import explorer_response
from parallax.http.mistakes import explained_variable
from parallax.http.operations import Operation, Operations
from parallax.http.requests import Asked, Call, CallerLeft, Unreadable, media_type, read
from parallax.ids import uuid7
from parallax.loading import calls
from parallax.pages import Cursors
from parallax.scalars import read_instant
from parallax.settings import Settings
from parallax.telemetry import logger

REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
Headers: TypeAlias = Mapping[str, str]
NO_HEADERS: Headers = {}
METHODS = {"allow": "GET, POST"}
WATCH_AFTER_S = 0.05
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
        call = Call(scope, receive)
        if call.method == "GET" and _is_browser(call):
            await explorer_response()(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(call)
        entry: dict[str, Any] = {}
        names: list[str] = []
        database.statements.set(names)
        calls.set(set())
        ends = database.deadline.set(time.monotonic() + self._settings.deadline)
        status, answer, headers = await self._answered(call, entry, request_id)
        database.deadline.reset(ends)
        await _send(send, status, answer, media_type(call), request_id, headers)
        took_s = time.perf_counter() - started
        telemetry.count_request(status, took_s, len(names))
        log.info(
            "request", request_id=request_id, status=status, ms=round(took_s * 1000, 2), statements=len(names), **entry
        )

    async def _answered(
        self, call: Call, entry: dict[str, Any], request_id: str
    ) -> tuple[int, dict[str, Any], Headers]:
        """Status, answer and what other headers it needs."""
        try:
            return *await self._run(call, entry, request_id), NO_HEADERS
        except Unreadable as error:
            return error.status, answers.refusal(error, request_id), error.headers
        except Unauthenticated as error:
            return 401, answers.refusal(error, request_id), {"www-authenticate": "Bearer"}
        except CallerLeft:
            return LEFT, {}, NO_HEADERS
        except ParallaxError as error:
            status = 503 if error.retry_after_s is not None else 504 if isinstance(error, Timeout) else 400
            headers = {"retry-after": str(round(error.retry_after_s))} if error.retry_after_s else NO_HEADERS
            return status, answers.refusal(error, request_id), headers
        except Exception as error:  # the last place where it can be told apart from a broken connection
            masked = GraphQLError(str(error), original_error=error)
            return 500, answers.refused([masked], request_id), NO_HEADERS

    async def _run(self, call: Call, entry: dict[str, Any], request_id: str) -> tuple[int, dict[str, Any]]:
        if call.method not in ("GET", "POST"):
            raise Unreadable(405, "Use POST, or GET for a query.", **METHODS)
        token = bearer(call.headers.get("authorization"))
        now = self._now(call)
        asked = await read(call, self._settings)
        async with self._turns:
            viewer = await self.tokens.viewer(token, now)
            entry["token"] = str(viewer.id)
            operation = self._operations.find(asked.text, asked.name)
            if operation.document is None or operation.definition is None:
                return 400, answers.refused(operation.errors, request_id)
            if operation.definition.name is not None:
                entry["operation"] = operation.definition.name.value
            if call.method == "GET" and not operation.is_query:
                raise Unreadable(405, "A mutation needs POST.", allow="POST")
            context = Context(self._db, viewer, now, self._cursors, request_id)
            result = await _while_there(call, self._executed(operation, asked, context))
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            # Refused before anything ran: variables that do not fit.
            errors = [explained_variable(self._schema, error, asked.variables) for error in result.errors]
            return 400, answers.refused(errors, request_id)
        if result.errors:
            entry["errors"] = len(result.errors)
        return 200, answers.executed(result, request_id)

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

    def _now(self, call: Call) -> datetime:
        """The operation's clock; tests of users may set it where PARALLAX_TEST_CLOCK allows."""
        sent = call.headers.get("parallax-now") if self._settings.test_clock else None
        if sent is None:
            return datetime.now(UTC)
        try:
            return read_instant(sent)
        except ParallaxError as error:
            raise Unreadable(400, f"Parallax-Now: {error.message}") from None


async def _while_there(call: Call, work: Coroutine[Any, Any, ExecutionResult]) -> ExecutionResult:
    """Runs `work` unless the caller leaves: then everything below is cancelled, statements in the database included.

    Most answers are there before anybody could leave: only then is it watched for.
    """
    task = asyncio.current_task()
    assert task is not None
    watching: asyncio.Task[None] | None = None

    def watch() -> None:
        nonlocal watching
        watching = asyncio.ensure_future(_gone(call))
        watching.add_done_callback(lambda watched: None if watched.cancelled() else task.cancel())

    timer = asyncio.get_running_loop().call_later(WATCH_AFTER_S, watch)
    try:
        return await work
    except asyncio.CancelledError:
        if watching is None or not watching.done():
            raise  # cancelled from above, not by us
        task.uncancel()
        raise CallerLeft from None
    finally:
        timer.cancel()
        if watching is not None:
            watching.cancel()
        for loading in tuple(calls.get() or ()):
            loading.cancel()


async def _gone(call: Call) -> None:
    """Returns when the caller has left. The body was read before: nothing but that is received."""
    while (await call.receive())["type"] != "http.disconnect":
        pass


def _is_browser(call: Call) -> bool:
    return "text/html" in call.headers.get("accept", "") and "query" not in QueryParams(call.query)


def _request_id(call: Call) -> str:
    sent = call.headers.get("x-request-id", "")
    return sent if REQUEST_ID.fullmatch(sent) else str(uuid7(datetime.now(UTC)))


async def _send(send: Send, status: int, answer: dict[str, Any], kind: str, request_id: str, headers: Headers) -> None:
    body = answers.encoded(answer)
    raw = [
        (b"content-type", f"{kind}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", request_id.encode()),
        *((name.encode(), value.encode()) for name, value in headers.items()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
