"""Whole numbers as bit planes: of n numbers below 2**bits, plane b holds their bits b, eight numbers to a byte.

A condition on a column of codes looks at its planes as they came from the database, many numbers at a time; no number is
put together for it. Which rows hold is told likewise, as one plane. The lowest bit of a byte is its first row; bits behind
the last row mean nothing.
"""

from typing import Any

import numpy as np

from parallax.engine.kernels.compiling import compiled


@compiled
def split(numbers: Any, runs: Any, lows: Any, units: Any, some_none: Any, bits: Any, begins: Any, planes: Any) -> None:
    """Writes the planes of each run of numbers (from `runs[i]` up to `runs[i + 1]`) from `begins[i]` on: of what they are
    above the run's low number, in units. Of a run in which some have none, 0 stays 0.
    """
    eight = np.empty(8, np.uint64)
    for run in range(len(lows)):
        first, last, low, unit = runs[run], runs[run + 1], lows[run], units[run]
        size = (last - first + 7) // 8
        if bits[run] == 0:
            continue
        for place in range(size):
            for row in range(8):
                number = numbers[min(first + place * 8 + row, last - 1)]
                above = 0 if some_none[run] and number == 0 else number - low
                eight[row] = above if unit == 1 else above // unit
            for bit in range(bits[run]):
                shift, byte = np.uint64(bit), np.uint64(0)
                for row in range(8):
                    byte |= (eight[row] >> shift & np.uint64(1)) << np.uint64(row)
                planes[begins[run] + bit * size + place] = byte


def split_one(numbers: Any, low: int, some_none: bool, bits: int) -> Any:
    """The planes of one run, of unit 1."""
    planes = np.empty(bits * ((len(numbers) + 7) // 8), np.uint8)
    run, one = np.array((0, len(numbers))), np.ones(1, np.int64)
    split(numbers, run, one * low, one, one * some_none > 0, one * bits, one * 0, planes)
    return planes


@compiled
def join(planes: Any, low: Any, bits: Any, has_none: Any, numbers: Any) -> None:
    """The numbers of a run, but for the unit."""
    count = len(numbers)
    size = (count + 7) // 8
    numbers[:] = 0
    for bit in range(bits):
        plane = planes[bit * size : (bit + 1) * size]
        for place in range(count // 8):
            byte = np.int32(plane[place])
            for row in range(8):
                numbers[place * 8 + row] |= np.int64(byte >> row & 1) << bit
        for row in range(count // 8 * 8, count):
            numbers[row] |= np.int64(plane[size - 1] >> np.uint8(row & 7) & 1) << bit
    for row in range(count):
        if not has_none or numbers[row]:
            numbers[row] += low


@compiled
def pick(planes: Any, low: Any, bits: Any, has_none: Any, size: Any, places: Any, numbers: Any) -> None:
    """What `join` gives of some rows."""
    for row in range(len(places)):
        byte, shift = places[row] >> 3, np.uint8(places[row] & 7)
        number = np.int64(0)
        for bit in range(bits):
            number |= np.int64(planes[bit * size + byte] >> shift & 1) << bit
        numbers[row] = 0 if has_none and number == 0 else number + low


@compiled
def narrow(planes: Any, steps: Any, count: Any, fresh: Any, rows: Any) -> Any:
    """Leaves of `rows` (with `fresh`, of all of `count` rows) those that pass every step, and tells how many these are.

    A step is: where its planes begin, bits, whether it is the opposite, how many numbers, and these. A row passes one
    when its number is among them; of the opposite, when it is not.
    """
    size = len(rows)
    if fresh:
        rows[:] = 255
        rows[size - 1] = 255 >> -count % 8
    found, one = np.empty(size, np.uint8), np.empty(size, np.uint8)
    step = 0
    while step < len(steps):
        begins, bits, opposite, many = steps[step], steps[step + 1], steps[step + 2], steps[step + 3]
        found[:] = 0
        for number in steps[step + 4 : step + 4 + many]:
            one[:] = 255
            for bit in range(bits):
                plane = planes[begins + bit * size : begins + (bit + 1) * size]
                flip = np.uint8(0 if number >> bit & 1 else 255)
                for at in range(size):
                    one[at] &= plane[at] ^ flip
            for at in range(size):
                found[at] |= one[at]
        flip = np.uint8(255 if opposite else 0)
        for at in range(size):
            rows[at] &= found[at] ^ flip
        step += 4 + many
    left = 0
    for at in range(size):
        byte = rows[at]
        byte -= byte >> 1 & 0x55
        byte = (byte & 0x33) + (byte >> 2 & 0x33)
        left += byte + (byte >> 4) & 0x0F
    return left


def warm() -> None:
    """Of bytes that may be written and of those that may not, as they come from a database."""
    planes = split_one(np.arange(3), 0, False, 2)
    for body in planes, np.frombuffer(planes.tobytes(), np.uint8):
        for width in np.int32, np.int64:
            join(body, 0, 2, False, np.empty(3, width))
        pick(body, 0, 2, False, 1, np.arange(3), np.empty(3, np.int32))
        narrow(body, np.zeros(4, np.int64), 3, True, np.empty(1, np.uint8))
