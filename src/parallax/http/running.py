"""Runs operations, whichever way they came in: by HTTP, for an event stream, over a WebSocket."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    ExperimentalIncrementalExecutionResults,
    GraphQLError,
    GraphQLSchema,
)
from graphql.execution.execute import (
    create_source_event_stream,
    execute_subscription_event,
    experimental_execute_incrementally,
)

from parallax import db as database
from parallax import tracing
from parallax.access.callers import Callers
from parallax.access.viewer import Viewer
from parallax.context import Context
from parallax.db import Database
from parallax.errors import InvalidParameter, ParallaxError, RateLimited, Timeout
from parallax.events.waiting import held
from parallax.http import answers, increments
from parallax.http.admission import Admission
from parallax.http.answers import Refused
from parallax.http.columns import ColumnExecutor, IncrementalColumnExecutor, LongColumnExecutor
from parallax.http.explaining import explain
from parallax.http.explanation import told_beside
from parallax.http.limits import Limits
from parallax.http.operations.library import Library
from parallax.http.operations.mistakes import explained_variable
from parallax.http.prepared import Prepared
from parallax.http.requests import Asked
from parallax.live.watching import Watcher
from parallax.loading import cancel_calls
from parallax.pages import Cursors
from parallax.receipts import Receipts
from parallax.settings import Settings
from parallax.telemetry import Refusal, deprecated, spared, watch_queue
from parallax.vendors.gate import Gate

SHORT: Final = 2_000.0
"""Units of an answer that is made in one go: about ten milliseconds, in which nobody minds to wait."""


class Runner:
    """One per process: the caches of operations and texts, the turns, the budgets."""

    def __init__(
        self, settings: Settings, db: Database, schema: GraphQLSchema, callers: Callers, watcher: Watcher, gate: Gate
    ) -> None:
        self._settings, self._db, self._schema, self._watcher, self._gate = settings, db, schema, watcher, gate
        self.callers = callers
        self._library = Library(schema, settings)
        self._cursors = Cursors(settings.derived("cursor"))
        self.receipts = Receipts(settings.derived("receipt"))
        self.limits = Limits(settings)
        # A burst waits here, where waiting costs nothing, and not for a connection.
        self.turns = Admission(settings.pool_size * 2, settings.queue, settings.queue_wait)
        watch_queue(lambda: self.turns.waiting, lambda: self.turns.running)

    # ---------------------------------------------------------------- who
    async def caller(self, authorization: str | None, now: datetime) -> Viewer:
        """Raises Unauthenticated; RateLimited, before the database is asked, while the token's budget is spent."""
        if authorization is None:
            return await self.callers.viewer(None, now)
        key = self.limits.check_spent(authorization)
        viewer = await self.callers.viewer(authorization, now)
        self.limits.met(key, viewer)
        return viewer

    # ---------------------------------------------------------------- what
    async def prepare(
        self,
        asked: Asked,
        viewer: Viewer,
        now: datetime,
        request_id: str,
        authorization: str | None,
        before: float = 0.0,
    ) -> Prepared:
        """Finds the operation, and holds it against the limits. `before` is the cost of its batch so far.

        Raises Refused.
        """
        try:
            operation = self._library.find(asked, viewer)
            if operation.errors:
                raise Refused.of_document(operation.errors, request_id)
            assert operation.costing is not None
            open_clients = math.inf if viewer.is_operator else len(viewer.roles)
            estimate = operation.costing.estimate(asked.variables, now.date(), open_clients)
            if estimate.excess is not None:
                argument, length, most = estimate.excess
                raise InvalidParameter(argument, length, f"are {length} rows; one call takes at most {most}")
            context = Context(self._db, viewer, now, self._cursors, request_id)
            context.watcher, context.receipts, context.gate = self._watcher, self.receipts, self._gate
            context.max_waiting = self._settings.max_waiting
            context.again = lambda: self._again(authorization, now, estimate.cost)
            prepared = Prepared(asked, operation, context, estimate)
            prepared.refusal = self.limits.refusal(
                viewer, estimate.cost, before, rows=estimate.sent, explains=prepared.explains
            )
            context.budget = self.limits.left(viewer, now)
            if prepared.refusal is not None and not prepared.explains:
                if self.limits.enforced:
                    raise prepared.refusal
                spared(Refusal.of(prepared.refusal.code.value, 200))
            for each in operation.deprecated:
                deprecated(each)
        except ParallaxError as error:
            raise Refused.of(error, request_id) from error
        return prepared

    async def _again(self, authorization: str | None, now: datetime, cost: float) -> tuple[Viewer, datetime]:
        """For the next event of a stream: the caller's rights by now, and the clock, which goes on but in tests."""
        now = now if self._settings.test_clock else datetime.now(UTC)
        viewer = await self.callers.viewer(authorization, now)
        self.limits.charge(viewer, cost)
        return viewer, now

    # ---------------------------------------------------------------- run
    async def run(self, prepared: Prepared) -> dict[str, Any]:
        """A query or a mutation: its answer in one piece. Raises Refused for variables that do not fit."""
        if prepared.explains or prepared.analyzes:
            return await explain(prepared, self._schema, self._settings, self._whole)
        return await self._whole(prepared)

    async def _whole(self, prepared: Prepared) -> dict[str, Any]:
        assert prepared.operation.whole is not None
        executor = ColumnExecutor if prepared.estimate.cost <= SHORT else LongColumnExecutor
        result = await self._executed(prepared, prepared.operation.whole, executor)
        assert isinstance(result, ExecutionResult)
        return self._answer(prepared, result)

    async def parts(self, prepared: Prepared) -> AsyncGenerator[dict[str, Any], None]:
        """The answer in parts, the deferred ones later; the last has the extensions. Raises Refused as `run` does, before the
        first."""
        assert prepared.operation.document is not None
        result = await self._executed(prepared, prepared.operation.document, IncrementalColumnExecutor)
        if isinstance(result, ExecutionResult):
            yield {**self._answer(prepared, result), "hasNext": False}
            return

        seen: list[dict[str, Any]] = []

        def shown(errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
            seen.extend(told := self._shown(prepared, errors))
            return told

        ends = time.monotonic() + self._settings.deadline
        try:
            yield increments.first_part(result.initial_result, shown)
            while True:
                async with asyncio.timeout(ends - time.monotonic()):
                    following = await anext(result.subsequent_results)
                part = increments.next_part(following, shown)
                if not part["hasNext"] and (extensions := told_beside(prepared, seen, self._settings)):
                    part["extensions"] = extensions
                yield part
        except StopAsyncIteration:
            pass
        except TimeoutError:
            errors = shown([GraphQLError(database.SLOW, extensions={"code": Timeout.code.value})])
            yield {"errors": errors, "hasNext": False}
        finally:
            await result.subsequent_results.aclose()
            cancel_calls()

    async def events(self, prepared: Prepared) -> AsyncGenerator[dict[str, Any], None]:
        """An answer per event of a subscription. Raises Refused before the first, Unauthenticated when access ends."""
        operation, context = prepared.operation, prepared.context
        assert operation.document is not None
        await self._reached(prepared)
        executor = ColumnExecutor.build(
            self._schema, operation.document, None, context, prepared.asked.variables, prepared.asked.name
        )
        if isinstance(executor, list):
            raise self._unfit(prepared, executor)
        database.deadline.set(None)  # each statement has its own: an event may be a day away
        source = create_source_event_stream(executor)
        source = await source if isawaitable(source) else source
        if isinstance(source, ExecutionResult):
            raise Refused.of_document(source.errors or (), context.request_id)
        try:
            async for payload in source:
                async with asyncio.timeout(self._settings.deadline):
                    made = execute_subscription_event(executor.build_per_event_executor(payload))
                    result = await made if isawaitable(made) else made
                yield self._answer(prepared, result)
        finally:
            await source.aclose()  # type: ignore[attr-defined]  # of a generator
            cancel_calls()

    async def _executed(
        self, prepared: Prepared, document: DocumentNode, executor: type[Any]
    ) -> ExecutionResult | ExperimentalIncrementalExecutionResults:
        await self._reached(prepared)
        with tracing.execution(prepared.kind.value, prepared.operation.name):
            result = experimental_execute_incrementally(
                self._schema,
                document,
                context_value=prepared.context,
                variable_values=prepared.asked.variables,
                operation_name=prepared.asked.name,
                executor_class=executor,
            )
            if not isawaitable(result):
                return result
            try:
                async with asyncio.timeout(self._settings.deadline):
                    return await result
            except TimeoutError as error:
                raise Refused.of(Timeout(database.SLOW), prepared.context.request_id) from error

    async def _reached(self, prepared: Prepared) -> None:
        """Waits for what the caller has a receipt of. Raises Refused: for what is no receipt, and when it takes too long."""
        context, sent = prepared.context, prepared.asked.extensions.get("after")
        if sent is None:
            return
        # Before the request's own end, which could not say what was waited for.
        ends = (database.deadline.get() or time.monotonic() + self._settings.deadline) - self._settings.deadline / 10
        try:
            await held(self._db, context.viewer, self.receipts.read(sent), ends)
        except ParallaxError as error:
            raise Refused.of(error, context.request_id) from error

    # ---------------------------------------------------------------- told
    def _answer(self, prepared: Prepared, result: ExecutionResult) -> dict[str, Any]:
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            if result.data is None and all(error.path is None for error in result.errors):
                raise self._unfit(prepared, result.errors)
            first = result.errors[0].original_error
            if result.data is None and isinstance(first, RateLimited):  # nothing was done: HTTP says when to come back
                raise Refused.of(first, prepared.context.request_id)
            answer["errors"] = self._shown(prepared, result.errors)
        extensions = told_beside(prepared, answer.get("errors", ()), self._settings)
        return {**answer, "extensions": extensions} if extensions else answer

    def _shown(self, prepared: Prepared, errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
        return answers.shown(errors, prepared.context.request_id, self._settings.max_errors)

    def _unfit(self, prepared: Prepared, errors: Sequence[GraphQLError]) -> Refused:
        """Refused before anything ran: variables that do not fit."""
        told = [explained_variable(self._schema, each, prepared.asked.variables) for each in errors]
        return Refused.of_document(told, prepared.context.request_id, Refusal.VARIABLES)
