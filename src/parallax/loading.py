"""The one door to the dataloader library: many keys in, one call, as many answers as keys, in their order."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping
from contextvars import ContextVar
from typing import Any, TypeVar

from aiodataloader import DataLoader

from parallax import telemetry, tracing

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


calls: ContextVar[set["asyncio.Task[Any]"] | None] = ContextVar("calls", default=None)
"""Calls of loaders that the running request waits for. A loader runs them as tasks of their own, which do not end with
the task that asked: whoever gives a request up cancels them."""


def cancel_calls() -> None:
    """Ends the loaders' calls that nobody waits for any more: they run as tasks of their own."""
    for call in tuple(calls.get() or ()):
        call.cancel()


def batched(load: Callable[[list[K]], Coroutine[Any, Any, list[V]]], name: str | None = None) -> DataLoader[K, V]:
    """A loader for one request. An Exception in place of an answer fails that key alone.

    `name` is what `/metrics` and traces call it: where there is none, the function's around `load`, without `_loader`.
    """
    called = name or _name(load)

    async def noted(keys: list[K]) -> list[V]:
        telemetry.asked_at_once(called, len(keys))
        running, task = calls.get(), asyncio.current_task()
        with tracing.batch(called, len(keys)):
            if running is None or task is None:
                return await load(keys)
            running.add(task)
            try:
                return await load(keys)
            finally:
                running.discard(task)

    return DataLoader(noted)


def by_key(load: Callable[[list[K]], Coroutine[Any, Any, Mapping[K, V]]]) -> DataLoader[K, V | None]:
    """A loader whose source answers with a mapping; a key that is not in it is None."""

    async def ordered(keys: list[K]) -> list[V | None]:
        found = await load(keys)
        return [found.get(key) for key in keys]

    return batched(ordered, _name(load))


_names: dict[Any, str] = {}


def _name(load: Callable[..., Any]) -> str:
    code = load.__code__
    known = _names.get(code)
    if known is None:
        known = _names[code] = load.__qualname__.partition(".")[0].removesuffix("_loader")
    return known


__all__ = ["DataLoader", "batched", "by_key", "calls", "cancel_calls"]
