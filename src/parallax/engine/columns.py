"""Columns of numbers and texts as one block of bytes, each column readable without the others. Pure.

A number column is cut to the smallest width that holds it, its bytes are laid plane by plane (the high bytes of numbers
that are near each other are alike), and the whole is compressed where that gains. NumPy and zstd are imported here and
beside it only.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import orjson
from backports import zstd

Numbers: TypeAlias = np.ndarray[Any, Any]
"""One column of whole numbers."""
Column: TypeAlias = Numbers | Sequence[bytes]
"""Numbers, or texts without line breaks, as JSON is."""
LEVEL = 1
WIDTHS = (np.uint8, np.uint16, np.uint32, np.int64)


def packed(columns: Mapping[str, Column]) -> bytes:
    """A block of the columns: what `Block` reads."""
    names: dict[str, list[Any]] = {}
    parts: list[bytes] = []
    for name, column in columns.items():
        kind, count, raw = _plain(column)
        body = compressed(raw) if len(raw) > 64 else raw
        shrunk = len(body) < len(raw)
        parts.append(body if shrunk else raw)
        names[name] = [kind, count, len(raw), len(parts[-1]), shrunk]
    head = orjson.dumps(names)
    return b"".join((len(head).to_bytes(4, "little"), head, *parts))


class Block:
    """What `packed` made. A column is decoded when it is asked for; nothing is kept."""

    def __init__(self, data: bytes) -> None:
        at = 4 + int.from_bytes(data[:4], "little")
        self._data = memoryview(data)
        self._places: dict[str, tuple[list[Any], int]] = {}
        for name, said in orjson.loads(data[4:at]).items():
            self._places[name] = (said, at)
            at += said[3]

    def __contains__(self, name: str) -> bool:
        return name in self._places

    @property
    def names(self) -> list[str]:
        return list(self._places)

    def numbers(self, name: str) -> Numbers:
        """The column as it was, in the smallest width that holds it: uint8, uint16, uint32 or int64."""
        (kind, count, _, _, _), raw = self._raw(name)
        width = np.dtype(WIDTHS[kind])
        planes = np.frombuffer(raw, np.uint8).reshape(width.itemsize, count)
        return np.ascontiguousarray(planes.T).reshape(-1).view(width) if width.itemsize > 1 else planes[0]

    def texts(self, name: str) -> list[bytes]:
        (_, count, _, _, _), raw = self._raw(name)
        return bytes(raw).split(b"\n") if count else []

    def _raw(self, name: str) -> tuple[list[Any], bytes | memoryview]:
        said, at = self._places[name]
        body = self._data[at : at + said[3]]
        return said, decompressed(body) if said[4] else body


def compressed(raw: bytes) -> bytes:
    return zstd.compress(raw, LEVEL)


def compressor() -> Callable[[bytes], bytes]:
    """As `compressed`, for many by one caller."""
    made = zstd.ZstdCompressor(LEVEL)
    return lambda raw: made.compress(raw, zstd.ZstdCompressor.FLUSH_FRAME)


def decompressed(body: bytes | memoryview) -> bytes:
    return zstd.ZstdDecompressor().decompress(body)


def _plain(column: Column) -> tuple[int, int, bytes]:
    """Kind, how many, and the bytes before they are compressed; kind -1 is texts."""
    if not isinstance(column, np.ndarray):
        return -1, len(column), b"\n".join(column)
    kind = _width(column)
    narrow = column.astype(WIDTHS[kind], copy=False)
    size = narrow.dtype.itemsize
    planes = np.ascontiguousarray(narrow).view(np.uint8).reshape(-1, size).T
    return kind, len(column), planes.tobytes()


def _width(column: Numbers) -> int:
    if not len(column):
        return 0
    least, most = int(column.min()), int(column.max())
    if least < 0 or most > 2**32 - 1:
        return 3
    return 0 if most < 2**8 else 1 if most < 2**16 else 2
