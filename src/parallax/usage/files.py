"""Files of usage reports: NDJSON or CSV, gzipped or not, read in bounded memory. A bad line never hides its neighbours."""

import csv
import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from parallax.errors import SetupError
from parallax.usage.reports import FIELDS, Reader, Refused, Rejected, Report

STDIN = "-"
LONGEST_LINE = 2**20
BLOCK = 2**18
HEAD = 2**13
GZIP_MAGIC = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
NDJSON_NAMES, CSV_NAMES = (".ndjson", ".jsonl", ".json"), (".csv",)
HEADER = ",".join(FIELDS)
WANTED = f"wanted are NDJSON (an object with {', '.join(FIELDS)} a line) or CSV with the header {HEADER}"

Row = dict[str, object]


class Unusable(SetupError):
    """A file, or what follows in it, cannot be read at all."""


@dataclass(slots=True)
class Batch:
    """Places are line numbers, from 1. `problem` is why nothing follows where more was expected."""

    reports: list[Report] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    last_line: int = 0
    bytes_read: int = 0
    """Of the file, as it lies there (compressed, if it is)."""
    problem: str | None = None


@dataclass(slots=True)
class Source:
    """An open file; `size` is None for what has no end yet."""

    name: str
    size: int | None
    raw: "io.BufferedReader[Any]"
    text: "io.BufferedReader[Any]"
    is_csv: bool

    def batches(self, reader: Reader, rows: int) -> Iterator[Batch]:
        """All of its reports, up to `rows` lines at a time, in order."""
        parsed = _csv_row if self.is_csv else _json_row
        columns: list[str] | None = None
        batch = Batch()
        try:
            for number, line in _lines(self.text):
                batch.last_line = number
                if not line.strip():
                    continue
                try:
                    if self.is_csv and columns is None:
                        columns = _header(line)
                        continue
                    row = parsed(line, columns)
                except Refused as refused:
                    batch.rejected.append(Rejected(number, refused.field, str(refused)))
                else:
                    read = reader.read(number, row)
                    if type(read) is Report:
                        batch.reports.append(read)
                    else:
                        batch.rejected.append(read)  # type: ignore[arg-type]
                if len(batch.reports) + len(batch.rejected) >= rows:
                    batch.bytes_read = self.position()
                    yield batch
                    batch = Batch(last_line=number)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            batch.problem = "the gzip data is damaged or cut short"
        except OSError as error:
            batch.problem = f"it cannot be read any further ({error.strerror or error})"
        except Unusable as unusable:
            batch.problem = unusable.message
        batch.bytes_read = self.position()
        yield batch

    def position(self) -> int:
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
    if plain_name.endswith(CSV_NAMES) or any(field.encode() in start.partition(b"\n")[0] for field in FIELDS):
        return True
    raise Unusable(f"{name} is neither NDJSON nor CSV: {WANTED}.")


def _lines(text: "io.BufferedReader[Any]") -> Iterator[tuple[int, bytes]]:
    """Numbered from 1, without their ends; one that is too long comes cut at more than LONGEST_LINE."""
    number, rest, skipping = 1, b"", False
    while block := text.read1(BLOCK):  # read1: what came before an error is not lost
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            if skipping:
                skipping = False
            else:
                yield number, line
            number += 1
        if len(rest) > LONGEST_LINE:
            if not skipping:
                yield number, rest
            skipping, rest = True, b""
    if rest and not skipping:
        yield number, rest


def _json_row(line: bytes, _: list[str] | None) -> Row:
    if len(line) > LONGEST_LINE:
        raise _too_long()
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Refused("", f"is not JSON ({error.msg})") from None
    if type(row) is not dict:
        raise Refused("", "is not a JSON object")
    return row


def _csv_row(line: bytes, columns: list[str] | None) -> Row:
    assert columns is not None
    values = _values(line)
    if len(values) != len(columns):
        raise Refused("", f"has {len(values)} values where the header has {len(columns)}")
    row: Row = dict(zip(columns, values, strict=True))
    row["activeMs"], row["sessions"] = _number(row["activeMs"]), _number(row["sessions"])
    return row


def _values(line: bytes) -> list[str]:
    if len(line) > LONGEST_LINE:
        raise _too_long()
    try:
        text = line.decode().rstrip("\r")
    except UnicodeDecodeError:
        raise Refused("", "is not UTF-8") from None
    if '"' not in text:
        return text.split(",")
    try:
        # Line by line, so that a quote that is never closed spoils its own line and not all that follow.
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise Refused("", f"is not CSV ({error}; a value cannot go on in the next line)") from None


def _header(line: bytes) -> list[str]:
    try:
        columns = [name.strip() for name in _values(line)]
    except Refused as refused:
        raise Unusable(f"the header {refused}") from None
    if sorted(columns) != sorted(FIELDS):
        raise Unusable(f"the header must be {HEADER}, in any order, separated by commas")
    return columns


def _number(value: object) -> object:
    """A whole number where it is one; anything else as it stands, to be refused by its name."""
    text = str(value)
    whole = text.partition(".")[0] if text.rstrip("0").endswith(".") else text
    return int(whole) if len(whole) < 20 and whole.isascii() and whole.isdecimal() else value


def _too_long() -> Refused:
    return Refused("", f"is longer than {LONGEST_LINE} bytes")
