"""Finished answers, kept for as long as nothing of their client changes. Whether that is so is asked each time."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

import numpy as np

from parallax.engine.caches import Kept
from parallax.engine.standing import Standing

MOST_LEAVES: Final = 20_000
LEAF_BYTES: Final = 60
PLAIN: Final = (str, int, float, bool, type(None))


def answer_kept(kept: Kept, key: Hashable, standing: Standing) -> Any:
    """The answer in a tuple of one, or None."""
    return None if key is None else kept.get(("answer", key), standing)


def keep_answer(kept: Kept, key: Hashable, standing: Standing, answer: Any) -> None:
    """Unless it is large, or of a kind that cannot be told to be small."""
    leaves = None if key is None else _leaves(answer, MOST_LEAVES)
    if leaves is not None:
        kept.put(("answer", key), standing, (answer,), 500 + LEAF_BYTES * leaves)


def _leaves(answer: Any, most: int) -> int | None:
    """How many numbers and texts it holds; None for more than `most`, or for anything else in it."""
    if isinstance(answer, PLAIN):
        return 1
    if isinstance(answer, np.ndarray):
        return answer.size if answer.size <= most and answer.dtype != object else None
    if isinstance(answer, Mapping):
        parts: Collection[Any] = answer.values()
    elif isinstance(answer, list | tuple):
        parts = answer
    elif is_dataclass(answer):
        parts = [getattr(answer, each.name) for each in fields(answer)]
    else:
        return None
    if len(parts) > most:
        return None
    total = 0
    for part in parts:
        leaves = _leaves(part, most - total)
        if leaves is None:
            return None
        total += leaves
        if total > most:
            return None
    return total
