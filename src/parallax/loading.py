"""The one door to the dataloader library: many keys in, one call, as many answers as keys, in their order."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping
from contextvars import ContextVar
from typing import Any, TypeVar

from aiodataloader import DataLoader

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


calls: ContextVar[set["asyncio.Task[Any]"] | None] = ContextVar("calls", default=None)
"""Calls of loaders that the running request waits for. A loader runs them as tasks of their own, which do not end with
the task that asked: whoever gives a request up cancels them."""


def batched(load: Callable[[list[K]], Coroutine[Any, Any, list[V]]]) -> DataLoader[K, V]:
    """A loader for one request. An Exception in place of an answer fails that key alone."""

    async def noted(keys: list[K]) -> list[V]:
        running, task = calls.get(), asyncio.current_task()
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

    return batched(ordered)


__all__ = ["DataLoader", "batched", "by_key", "calls"]
