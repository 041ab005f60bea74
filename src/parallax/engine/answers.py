"""Finished answers, kept for as long as nothing of their client changes. Whether that is so is asked each time."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

import numpy as np

from parallax.engine.caches import Kept
from parallax.engine.standing import Standing

MOST_LEAVES: Final = 20_000
LEAF_BYTES: Final = 60
MOST_ARRAY_BYTES: Final = 16 * 2**20
PLAIN: Final = (str, int, float, bool, type(None))


def answer_kept(kept: Kept, key: Hashable, standing: Standing) -> Any:
    """The answer in a tuple of one, or None."""
    return None if key is None else kept.get(("answer", key), standing)


def keep_answer(kept: Kept, key: Hashable, standing: Standing, answer: Any) -> None:
    """Unless it is large, or of a kind that cannot be told to be small."""
    size = None if key is None else _size(answer, LEAF_BYTES * MOST_LEAVES)
    if size is not None:
        kept.put(("answer", key), standing, (answer,), 500 + size)


def _size(answer: Any, most: int) -> int | None:
    """Bytes, about; None for more than `most` beside arrays, for large arrays, or for anything else in it."""
    if isinstance(answer, PLAIN):
        return LEAF_BYTES
    if isinstance(answer, np.ndarray):
        return answer.nbytes if answer.nbytes <= MOST_ARRAY_BYTES and answer.dtype != object else None
    if isinstance(answer, Mapping):
        parts: Collection[Any] = answer.values()
    elif isinstance(answer, list | tuple):
        parts = answer
    elif is_dataclass(answer):
        parts = [getattr(answer, each.name) for each in fields(answer)]
    else:
        return None
    total = 0
    for part in parts:
        size = _size(part, most)
        if size is None:
            return None
        total += size
        most -= 0 if isinstance(part, np.ndarray) else size
        if most < 0:
            return None
    return total
