"""Sets of actor ids as Roaring bitmaps: the one import of pyroaring."""

from collections.abc import Iterable, Sequence

from pyroaring import BitMap


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
