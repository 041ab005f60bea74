"""Lines of a file as rows that can be stored: of any kind, in any mixture. Pure."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from parallax.engine.batches import Batch
from parallax.engine.frames import EVENTS, LOGS
from parallax.events.inputs import LogReader
from parallax.events.mixture import EVENT, IDENTIFY, LOG, NAMED, USAGE, Lines, Mixture
from parallax.loads.alike import AlikeReader
from parallax.loads.files import LONGEST_LINE, Piece, Source, Unusable
from parallax.loads.tables import Table
from parallax.usage.reports import Reader, Refused, Rejected, Report
from parallax.users.declared import Declared
from parallax.users.declared import read as declared

AT_ONCE = 500
"""Lines that lie in memory as objects at the same time; as columns they are a tenth as large."""


@dataclass(slots=True)
class Portion:
    """Rows that are stored together; their places are line numbers, from 1."""

    first_line: int
    last_line: int
    bytes_read: int
    problem: str | None = None
    events: Batch = field(default_factory=lambda: Batch(EVENTS))
    logs: Batch = field(default_factory=lambda: Batch(LOGS))
    users: list[Declared] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def __len__(self) -> int:
        """Rows that may be stored."""
        return len(self.events) + len(self.logs) + len(self.users) + len(self.reports)


class Parser:
    """Reads the pieces of one file, in order. `kind` is what a row is that does not say so itself."""

    def __init__(self, client: UUID, source: Source, kind: str, today: date, clock: Callable[[], datetime]) -> None:
        self._client, self._source, self._kind, self._clock = client, source, kind, clock
        self._table: Table | None = None
        self._usage = Reader(client, today)
        self._sentinel = secrets.randbits(63)

    def portions(self, rows: int, stored: int) -> Iterator[Portion]:
        """Of `rows` lines each, beyond those that are `stored`. One with a problem is the last one."""
        for piece in self._source.pieces(rows):
            portion = self._portion(piece, stored)
            if portion.problem or piece.last > stored:
                yield portion
            if portion.problem:
                return

    def _portion(self, piece: Piece, stored: int) -> Portion:
        lines = piece.lines
        portion = Portion(max(piece.first, stored + 1), piece.last, piece.bytes_read, piece.problem)
        if self._source.is_csv and self._table is None:
            try:
                lines = self._without_header(lines)
            except Unusable as unusable:
                return replace(portion, last_line=piece.first, problem=unusable.message)
        now = self._clock()
        read = _Read(self._client, self._usage, portion, now)
        for start in range(max(0, stored - piece.first + 1), len(lines), AT_ONCE):
            read.add(self._mixture(piece.first + start, lines[start : start + AT_ONCE], portion))
        read.end()
        return portion

    def _without_header(self, lines: list[bytes]) -> list[bytes]:
        for place, line in enumerate(lines):
            if line.strip():
                self._table = Table(self._kind, line)
                return [*([b""] * (place + 1)), *lines[place + 1 :]]
        return lines

    def _mixture(self, first: int, lines: Sequence[bytes], portion: Portion) -> Mixture:
        if self._table is not None:
            return self._of_table(self._table, first, lines, portion)
        mixture = Mixture()
        rows = self._parsed(lines)
        if rows is None:
            for place, line in enumerate(lines, first):
                if len(line) > LONGEST_LINE:
                    mixture.rejected.append(Rejected(place, "", f"is longer than {LONGEST_LINE} bytes"))
                else:
                    mixture.add_text(place, line)
        elif set(map(type, rows)) == {dict} and NAMED.isdisjoint(frozenset[str]().union(*rows)):
            mixture.by_kind[EVENT] = Lines(list(range(first, first + len(rows))), rows)
        else:
            for place, row in enumerate(rows, first):
                mixture.add(place, row)
        if self._kind != EVENT:
            _rename(mixture, self._kind)
        return mixture

    def _parsed(self, lines: Sequence[bytes]) -> list[Any] | None:
        """All lines by one call, which is a third quicker; None where one of them is no JSON, or more than one value.

        A number that nobody can guess stands between any two: only lines that are a value each leave it where it was.
        """
        between = b",%d," % self._sentinel
        try:
            found: list[Any] = orjson.loads(b"[" + between.join(lines) + b"]")
        except orjson.JSONDecodeError:
            return None
        if len(found) != 2 * len(lines) - 1 or found[1::2].count(self._sentinel) < len(lines) - 1:
            return None
        return found[::2]

    def _of_table(self, table: Table, first: int, lines: Sequence[bytes], portion: Portion) -> Mixture:
        mixture = Mixture()
        rows = mixture.by_kind[self._kind]
        for place, line in enumerate(lines, first):
            if line.strip():
                try:
                    rows.add(place, table.row(line))
                except Refused as refused:
                    portion.rejected.append(Rejected(place, refused.field, str(refused)))
        return mixture


class _Read:
    """Adds rows to a portion, by their kind."""

    def __init__(self, client: UUID, usage: Reader, portion: Portion, now: datetime) -> None:
        self._usage, self._portion = usage, portion
        self._events, self._logs = AlikeReader(client, now), LogReader(client, now)

    def add(self, mixture: Mixture) -> None:
        portion = self._portion
        portion.rejected += mixture.rejected
        events, logs = mixture.by_kind[EVENT], mixture.by_kind[LOG]
        if len(events):
            self._events.add_all(events.places, events.rows)
        for place, row in zip(logs.places, logs.rows, strict=True):
            self._logs.add(place, row)
        users, reports = mixture.by_kind[IDENTIFY], mixture.by_kind[USAGE]
        for place, row in zip(users.places, users.rows, strict=True):
            user = declared(place, row)
            portion.users.append(user) if isinstance(user, Declared) else portion.rejected.append(user)
        for place, row in zip(reports.places, reports.rows, strict=True):
            report = self._usage.read(place, row)
            portion.reports.append(report) if isinstance(report, Report) else portion.rejected.append(report)

    def end(self) -> None:
        portion = self._portion
        portion.events, portion.logs = self._events.batch(), self._logs.batch()
        for batch in (portion.events, portion.logs):
            portion.rejected += batch.rejected
            batch.rejected.clear()


def _rename(mixture: Mixture, kind: str) -> None:
    """Rows that did not say what they are are of this kind; in their order, among those that did."""
    bare, named = mixture.by_kind[EVENT], mixture.by_kind[kind]
    mixture.by_kind[EVENT] = Lines()
    rows = sorted(zip([*bare.places, *named.places], [*bare.rows, *named.rows], strict=True), key=lambda row: row[0])
    mixture.by_kind[kind] = Lines([place for place, _ in rows], [row for _, row in rows])
