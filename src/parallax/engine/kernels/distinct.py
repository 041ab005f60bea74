"""How many different numbers there are in each cell: each pair is a bit, and counts when nobody has set it before."""

from typing import Any

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.kernels.compiling import compiled


@compiled
def count(cells: Any, numbers: Any, width: Any, seen: Any, counts: Any) -> None:
    """Adds to `counts` by cell the numbers but 0, all below `width`; `seen` has a bit for each cell and number."""
    for row in range(len(cells)):
        number = np.uint64(numbers[row])
        if number:
            bit = np.uint64(cells[row]) * np.uint64(width) + number
            word, mark = bit >> np.uint64(6), np.uint64(1) << (bit & np.uint64(63))
            if not seen[word] & mark:
                seen[word] |= mark
                counts[cells[row]] += 1


def counted(cells: Numbers, numbers: Numbers, many: int, width: int) -> Numbers:
    """Different numbers but 0 of each of `many` cells; all are below `width`."""
    counts = np.zeros(many, np.int64)
    count(cells, numbers, width, np.zeros(many * width // 64 + 1, np.uint64), counts)
    return counts


def warm() -> None:
    counted(np.zeros(1, np.int64), np.ones(1, np.int64), 1, 2)
