"""Sets of actor and session numbers as Roaring bitmaps: the one import of pyroaring."""

from array import array
from collections.abc import Iterable, Sequence

import numpy as np
from pyroaring import BitMap, BitMap64

from parallax.engine.columns import Numbers

__all__ = [
    "BitMap",
    "BitMap64",
    "added",
    "deserialized",
    "numbers_in",
    "of_numbers",
    "serialized",
    "size_of",
    "union",
    "union_size",
]


def union_size(blocks: Sequence[bytes]) -> int:
    """How many distinct ids are in any of the blocks."""
    if not blocks:
        return 0
    return len(BitMap.union(*map(BitMap.deserialize, blocks)))


def added(block: bytes | None, ids: Iterable[int]) -> tuple[bytes, int]:
    """The block with `ids` in it, and how many ids it holds then."""
    bits = BitMap(ids) if block is None else BitMap.deserialize(block) | BitMap(ids)
    bits.run_optimize()
    return bits.serialize(), len(bits)


def union(sets: Iterable[BitMap]) -> BitMap:
    """A new set, of any number of sets."""
    return BitMap.union(BitMap(), *sets)


def of_numbers(numbers: Numbers) -> BitMap:
    """From an array directly it takes eight times as long."""
    return BitMap(array("I", numbers.astype(np.uint32, copy=False).tobytes()))


def numbers_in(bits: BitMap) -> Numbers:
    """The numbers, ascending, uint32."""
    return np.frombuffer(bits.to_array(), np.uint32)


def serialized(bits: BitMap | None) -> bytes | None:
    """None for an empty set."""
    if not bits:
        return None
    bits.run_optimize()
    block: bytes = bits.serialize()
    return block


def size_of(bits: BitMap) -> int:
    """About how many bytes it takes in memory."""
    its = bits.get_statistics()
    return 100 + its["n_bytes_array_containers"] + its["n_bytes_run_containers"] + its["n_bytes_bitset_containers"]


def deserialized(block: bytes | None) -> BitMap:
    return BitMap() if block is None else BitMap.deserialize(block)
