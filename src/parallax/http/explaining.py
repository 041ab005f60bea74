"""Answers to `extensions.explain`: what an operation would take, and with "analyze" also what it took."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from graphql import GraphQLSchema, OperationType

from parallax import db as database
from parallax.engine.readings import Reading, readings
from parallax.errors import Timeout
from parallax.http.answers import Refused
from parallax.http.explanation import analyzed, explained, of_events, of_vendor
from parallax.http.planning import Plan, plan_of
from parallax.http.prepared import Prepared
from parallax.settings import Settings


async def explain(
    prepared: Prepared, schema: GraphQLSchema, settings: Settings, run: Callable[[Prepared], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    """The answer: without data, or the one of `run` with what it took. To find out beforehand what it would take is no part
    of that. Raises Refused when finding out takes too long, and as `run` does.
    """
    told = explained(prepared, settings, await _plan(prepared, schema, settings))
    if prepared.explains:
        return {"data": None, "extensions": {"explain": told}}
    read = list[Reading]()
    names = database.statements.get()
    if names is None:
        database.statements.set(names := [])
    before, begun = len(names), time.perf_counter()
    readings.set(read)
    try:
        answer = await run(prepared)
    finally:
        readings.set(None)
    took_s = time.perf_counter() - begun
    shown = analyzed(told, took_s, names[before:], read)
    return {**answer, "extensions": {**answer.get("extensions", {}), "explain": shown}}


async def _plan(prepared: Prepared, schema: GraphQLSchema, settings: Settings) -> Plan | None:
    """None of what is not looked at: a mutation, a subscription, what a limit refuses."""
    if prepared.kind is not OperationType.QUERY or prepared.refusal is not None:
        return None
    if not any(of_events(read) or of_vendor(read) for read in prepared.estimate.reads):
        return Plan()
    try:
        return await plan_of(prepared, schema, settings.deadline)
    except TimeoutError as error:
        raise Refused.of(Timeout(database.SLOW), prepared.context.request_id) from error
