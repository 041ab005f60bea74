"""Takes packed bodies apart as they come in, and never more of them than is wanted: a small body may hold a huge one."""

import sys
import zlib
from collections.abc import Callable
from typing import Final, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LARGEST_WINDOW_LOG: Final = 23
"""8 MiB, as HTTP has it for zstd (RFC 9659): what a frame asks to be remembered is memory taken before a byte is out."""


class Damaged(ValueError):
    """Not what its coding says, or more or less of it. The message says which."""


class Unpacking(Protocol):
    """Of one body."""

    def more(self, part: bytes, most: int | None) -> bytes:
        """What `part` holds, cut after `most` bytes. Raises Damaged, and once anything was cut `is_cut` stays true."""

    def end(self) -> None:
        """Raises Damaged for a body that is cut short."""

    @property
    def is_cut(self) -> bool: ...


class Plain:
    is_cut = False

    def more(self, part: bytes, most: int | None) -> bytes:
        del most  # counted where it is kept
        return part

    def end(self) -> None:
        pass


class Gzip:
    def __init__(self) -> None:
        self._stream = zlib.decompressobj(31)

    @property
    def is_cut(self) -> bool:
        return bool(self._stream.unconsumed_tail)

    def more(self, part: bytes, most: int | None) -> bytes:
        try:
            out = self._stream.decompress(part, most or 0)
        except zlib.error:
            raise _wrong("gzip") from None
        if self._stream.unused_data:
            raise Damaged("After the end of the packed body there is more.")
        return out

    def end(self) -> None:
        if not self._stream.eof:
            raise Damaged("The packed body is cut short.")


class Zstd:
    def __init__(self) -> None:
        self._stream = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: LARGEST_WINDOW_LOG})

    @property
    def is_cut(self) -> bool:
        return not self._stream.needs_input and not self._stream.eof

    def more(self, part: bytes, most: int | None) -> bytes:
        if not part:
            return b""
        if self._stream.eof:
            raise Damaged("After the end of the packed body there is more.")
        try:
            out = self._stream.decompress(part, -1 if most is None else most)
        except zstd.ZstdError:
            raise _wrong("zstd, with a window of 8 MiB at most") from None
        if self._stream.unused_data:
            raise Damaged("After the end of the packed body there is more.")
        return out

    def end(self) -> None:
        if not self._stream.eof:
            raise Damaged("The packed body is cut short.")


def _wrong(coding: str) -> Damaged:
    return Damaged(f"The body is not {coding}, though Content-Encoding says so.")


UNPACKINGS: Final[dict[str, Callable[[], Unpacking]]] = {"identity": Plain, "gzip": Gzip, "zstd": Zstd}
"""By the name of their coding."""
