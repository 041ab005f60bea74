"""The one door to the dataloader library: many keys in, one call, as many answers as keys, in their order."""

from collections.abc import Callable, Coroutine, Hashable, Mapping
from typing import Any, TypeVar

from aiodataloader import DataLoader

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def batched(load: Callable[[list[K]], Coroutine[Any, Any, list[V]]]) -> DataLoader[K, V]:
    """A loader for one request. An Exception in place of an answer fails that key alone."""
    return DataLoader(load)


def by_key(load: Callable[[list[K]], Coroutine[Any, Any, Mapping[K, V]]]) -> DataLoader[K, V | None]:
    """A loader whose source answers with a mapping; a key that is not in it is None."""

    async def ordered(keys: list[K]) -> list[V | None]:
        found = await load(keys)
        return [found.get(key) for key in keys]

    return DataLoader(ordered)


__all__ = ["DataLoader", "batched", "by_key"]
