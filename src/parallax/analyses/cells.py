"""From rows to numbers: each row is in a cell (a group in a bucket), and each cell becomes one number. Pure."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from parallax.analyses.questions import Function
from parallax.engine.columns import Numbers
from parallax.engine.kernels import distinct as marks

QUANTILES = {
    Function.MEDIAN: 0.5,
    Function.P50: 0.5,
    Function.P75: 0.75,
    Function.P90: 0.9,
    Function.P95: 0.95,
    Function.P99: 0.99,
}
Cell = float | None
MOST_BITS = 2**29
"""For each cell and each number that there may be: 64 MiB. Beyond, pairs are sorted."""


def counted(cells: Numbers, many: int) -> list[Cell]:
    """Rows of each cell."""
    return [float(count) for count in np.bincount(cells, minlength=many)]


def distinct(cells: Numbers, numbers: Numbers, many: int) -> list[Cell]:
    """Distinct numbers but 0 (users, sessions) of each cell."""
    width = int(numbers.max(initial=0)) + 1
    if many * width <= MOST_BITS:
        return [float(count) for count in marks.counted(cells, numbers.astype(np.int64, copy=False), many, width)]
    keys = np.sort((cells << 32 | numbers)[numbers > 0])
    return counted(keys[np.flatnonzero(np.diff(keys, prepend=-1))] >> 32, many)


def pairs(cells: Numbers, numbers: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The distinct pairs of a cell and a number but 0, ascending; and the pair's place for each row that has one."""
    which = np.flatnonzero(numbers)
    keys, place = np.unique(cells[which] << 32 | numbers[which], return_inverse=True)
    places = np.full(len(cells), -1, np.int64)
    places[which] = place
    return keys >> 32, keys & 0xFFFFFFFF, places


def per_actor(cells: Numbers, users: Numbers, numbers: Numbers | None, function: Function, many: int) -> list[Cell]:
    """One number for each user of a cell: how many rows, or the sum of their numbers; then `function` over these (P1)."""
    cell, _, place = pairs(cells, users)
    mine = place >= 0
    if numbers is None:
        return aggregated(cell, np.bincount(place[mine], minlength=len(cell)).astype(np.float64), function, many, False)
    mine &= ~np.isnan(numbers)
    sums = np.bincount(place[mine], numbers[mine], minlength=len(cell))
    has = np.bincount(place[mine], minlength=len(cell)) > 0
    return aggregated(cell[has], sums[has], function, many, False)


def quantile_per_actor(cells: Numbers, users: Numbers, q: float, many: int) -> list[Cell]:
    """The quantile of how many rows each user of a cell has."""
    cell, _, place = pairs(cells, users)
    counts = np.bincount(place[place >= 0], minlength=len(cell)).astype(np.float64)
    return _ranked(cell, counts, many, lambda ascending: quantile(ascending, q))


def aggregated(cells: Numbers, numbers: Numbers, function: Function, many: int, zeros: bool = True) -> list[Cell]:
    """`function` over the numbers of each cell (V4). With `zeros` SUM and COUNT of nothing are 0; all others None."""
    has = ~np.isnan(numbers)
    cells, numbers = cells[has], numbers[has]
    counts = np.bincount(cells, minlength=many)
    if function is Function.COUNT:
        return [float(count) for count in counts]
    if function in (Function.SUM, Function.AVG):
        sums = np.bincount(cells, numbers, minlength=many)
        if function is Function.SUM:
            return [finite(total) if count or zeros else None for total, count in zip(sums, counts, strict=True)]
        return [finite(total / count) if count else None for total, count in zip(sums, counts, strict=True)]
    return _ranked(cells, numbers, many, lambda ascending: ranked(ascending, function))


def _ranked(cells: Numbers, numbers: Numbers, many: int, of: Callable[[Numbers], Cell]) -> list[Cell]:
    counts = np.bincount(cells, minlength=many)
    ordered = numbers[np.lexsort((numbers, cells))]
    ends = np.cumsum(counts)
    return [
        of(ordered[end - count : end]) if count else None
        for end, count in zip(ends.tolist(), counts.tolist(), strict=True)
    ]


def ranked(ascending: Numbers, function: Function) -> Cell:
    """MIN, MAX or a quantile of at least one number."""
    if function is Function.MIN:
        return float(ascending[0])
    if function is Function.MAX:
        return float(ascending[-1])
    return quantile(ascending, QUANTILES[function])


def quantile(ascending: Numbers, q: float) -> Cell:
    """V4, of at least one number."""
    x = q * (len(ascending) - 1)
    low = math.floor(x)
    least = float(ascending[low])
    if low == len(ascending) - 1:
        return least
    return finite(least + (x - low) * (float(ascending[low + 1]) - least))


def ratios(parts: Sequence[Cell], wholes: Sequence[Cell]) -> list[Cell]:
    """One divided by the other; None for a part of nothing (V1)."""
    return [part / whole if part is not None and whole else None for part, whole in zip(parts, wholes, strict=True)]


def finite(number: float) -> Cell:
    """V2: what is not finite is not defined."""
    return float(number) if math.isfinite(number) else None
