"""Files as people have them: NDJSON or CSV, gzipped or not, or standard input, read in bounded memory."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from parallax.errors import SetupError

STDIN = "-"
LONGEST_LINE = 2**20
BLOCK = 2**18
HEAD = 2**13
EDGE = 2**20
GZIP_MAGIC = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
NDJSON_NAMES, CSV_NAMES = (".ndjson", ".jsonl", ".json"), (".csv",)
WANTED = "wanted are NDJSON (an object a line) or CSV with a header (see `parallax load --help`)"


class Unusable(SetupError):
    """A file, or what follows in it, cannot be read at all."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines on end, the first of which is number `first` (from 1). A line that is too long is cut a little beyond LONGEST_LINE.

    `bytes_read` is how far the file is read, as it lies there (compressed, if it is). `problem` is why nothing follows
    where more was expected.
    """

    first: int
    lines: list[bytes]
    bytes_read: int
    problem: str | None = None

    @property
    def last(self) -> int:
        return self.first + len(self.lines) - 1


@dataclass(slots=True)
class Source:
    """An open file; `size` is None for what has no end yet."""

    name: str
    size: int | None
    raw: "io.BufferedReader[Any]"
    text: "io.BufferedReader[Any]"
    is_csv: bool

    def pieces(self, rows: int) -> Iterator[Piece]:
        """All of its lines, `rows` at a time."""
        first, held, problem = 1, list[bytes](), None
        try:
            for lines in _lines(self.text):
                held += lines
                while len(held) >= rows:
                    yield Piece(first, held[:rows], self._position())
                    first += rows
                    del held[:rows]
        except (EOFError, gzip.BadGzipFile, zlib.error):
            problem = "the gzip data is damaged or cut short"
        except OSError as error:
            problem = f"it cannot be read any further ({error.strerror or error})"
        if held or problem:
            yield Piece(first, held, self._position(), problem)

    def _position(self) -> int:
        return self.raw.tell() if self.size is not None else 0


def checked(name: str) -> None:
    """Raises Unusable for a path that no file can be read from: before anything is loaded."""
    path = Path(name)
    if name == STDIN:
        return
    if path.is_dir():
        raise Unusable(f"{name} is a folder: name the files in it.")
    try:
        path.open("rb").close()
    except OSError as error:
        raise Unusable(f"{name} cannot be read: {error.strerror}.") from None


def fingerprint(name: str, kind: str) -> bytes:
    """By which a file is known again, read as this kind: its size and its edges; empty for what can be read only once."""
    path = Path(name)
    if name == STDIN or not path.is_file():
        return b""
    with path.open("rb") as file:
        size = path.stat().st_size
        digest = blake2b(b"%s:%d:" % (kind.encode(), size) + file.read(EDGE), digest_size=16)
        file.seek(max(0, size - EDGE))
        digest.update(file.read(EDGE))
    return digest.digest()


@contextmanager
def opened(name: str) -> Iterator[Source]:
    """Finds out how the file is written: by its name, else by its first bytes."""
    with _raw(name) as raw:
        magic = raw.peek(2)[:2]
        packed = magic == GZIP_MAGIC
        plain_name = name.lower().removesuffix(".gz")
        if plain_name != name.lower() and magic and not packed:
            raise Unusable(f"{name} is called .gz and is no gzip file.")
        text: io.BufferedReader[Any] = io.BufferedReader(gzip.GzipFile(fileobj=raw), BLOCK) if packed else raw
        try:
            head = text.peek(HEAD)
        except (EOFError, OSError, zlib.error):
            raise Unusable(f"{name}: the gzip data is damaged or cut short.") from None
        if head.startswith(BOM):
            text.read(len(BOM))
            head = head[len(BOM) :]
        size = Path(name).stat().st_size if name != STDIN and Path(name).is_file() else None
        yield Source(name, size, raw, text, _is_csv(name, plain_name, head[:HEAD]))


@contextmanager
def _raw(name: str) -> Iterator[io.BufferedReader]:
    if name == STDIN:
        yield io.BufferedReader(io.FileIO(sys.stdin.fileno(), closefd=False), BLOCK)
        return
    checked(name)
    with Path(name).open("rb", buffering=0) as file:
        yield io.BufferedReader(file, BLOCK)


def _is_csv(name: str, plain_name: str, head: bytes) -> bool:
    start = head.lstrip()
    if not start:
        raise Unusable(f"{name} is empty.")
    if b"\0" in head:
        raise Unusable(f"{name} holds binary data (or UTF-16, not UTF-8): {WANTED}.")
    if start.startswith(b"["):
        raise Unusable(f"{name} is a JSON array: write an object a line, without brackets and commas around them.")
    if plain_name.endswith(NDJSON_NAMES) or start.startswith(b"{"):
        return False
    first_line = start.partition(b"\n")[0]
    # A header is names with commas between them; a sentence has blanks.
    if plain_name.endswith(CSV_NAMES) or (b"," in first_line and b" " not in first_line.replace(b", ", b",").strip()):
        return True
    raise Unusable(f"{name} is neither NDJSON nor CSV: {WANTED}.")


def _lines(text: "io.BufferedReader[Any]") -> Iterator[list[bytes]]:
    """Without their ends, as many as each reading brings; what follows in a line that is too long is passed over."""
    rest, skipping = b"", False
    while block := text.read1(BLOCK):  # read1: what came before an error is not lost
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        if skipping and lines:
            del lines[0]
            skipping = False
        if len(rest) > LONGEST_LINE or skipping:
            if not skipping:
                lines.append(rest)
            skipping, rest = True, b""
        if lines:
            yield lines
    if rest and not skipping:
        yield [rest]
