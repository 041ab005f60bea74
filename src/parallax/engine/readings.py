"""What questions read, for whoever wants to be told: whether days or rows, how many, and how many bytes came for it.

Nobody is told unless a list stands in `readings`: then it gets one `Reading` for each question.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

from parallax.db import Database, Record, Transaction
from parallax.engine.frames import EVENTS
from parallax.engine.glance import DAYS_AT_STANDING, Glance
from parallax.engine.known import Known
from parallax.engine.requests import (
    AllDays,
    Columns,
    Distinct,
    OfDays,
    Request,
    Scan,
    Sessions,
    SessionsByUser,
    Spans,
    Unions,
    Unsettled,
    of_days,
)
from parallax.engine.standing import Standing
from parallax.scopes import Scope, Statement

Key: TypeAlias = tuple[Any, ...]
ROLL_UPS, TIMELINES, PLANES, ROWS = SOURCES = ("ROLL_UPS", "TIMELINES", "PLANES", "ROWS")
"""Where answers come from: days; users' events in order; columns of the events that are named; rows of all events, or all
that rows hold. Of a question that reads several the last."""
OF_DAYS: Final = ("days_of_events", DAYS_AT_STANDING, "sets_of_days")
OF_SEGMENTS: Final = ("blocks_of_segments", "directories_of_segments", "planes_of_segments")
DAY_BYTES: Final = 4
"""Of each day in a column of days."""


@dataclass(slots=True)
class Reading:
    """A question, and what it reads. `rows` are those that are gone through, of whole batches; `bytes` come from the
    database, what a process has kept do not.

    A block that several questions need comes once: it stands with the first of them.
    """

    client: UUID
    question: str
    position: int
    folded: int
    source: str = ROLL_UPS
    days: int = 0
    rows: int = 0
    bytes: int = 0

    def reads(self, source: str) -> None:
        self.source = max(self.source, source, key=SOURCES.index)

    @classmethod
    def of(cls, question: str, standing: Standing) -> "Reading":
        return cls(standing.client, question, standing.position, standing.folded)


readings: ContextVar[list[Reading] | None] = ContextVar("readings", default=None)
"""What the running request's questions have read, in the order in which they were begun; None where nobody wants to know."""


class Watch:
    """Lays what statements bring to the questions that asked for it."""

    def __init__(self) -> None:
        self._bytes: Counter[Key] = Counter()
        self._days: dict[Key, int] = {}
        self._rows: Counter[Key] = Counter()

    def came(self, asked: Statement, values: Sequence[Any], rows: Sequence[Record]) -> None:
        for row in rows:
            if "number" not in row:
                return  # nobody's own: names, users, what waits
            place = row["number"] - 1
            given = [column[place] for column in values]
            key = _key_of(asked.name, given)
            if asked.name in OF_DAYS and "day" in row:
                self._days[key] = max(self._days.get(key, 0), len(row["day"]) // DAY_BYTES)
            elif asked.name == "segments_between":
                self._rows[key] += row["events"]
            self._bytes[key[:3] if key[0] == "rows" else key] += _size(row)

    def note(self, reading: Reading, request: Request, answer: Any, known: Known) -> None:
        """After a round: what this request of the question took."""
        client = reading.client
        match request:
            case AllDays():
                reading.days += sum(len(each.day) for each in answer.values())
                reading.bytes += self._bytes.pop(("all days", client, request.scope), 0)
            case Columns():
                reading.reads(source_of(request))
                reading.rows += sum(each.part.rows for each in answer)
                reading.bytes += self._bytes.pop(("rows", client, request.stream), 0)
            case Scan():
                reading.reads(source_of(request))
                rows = self._rows[_scanned(client, request.stream, request.from_us, request.to_us)]
                reading.rows += rows + waiting_rows(known, request.stream)
                reading.bytes += self._bytes.pop(("rows", client, request.stream), 0)
            case Unsettled():
                reading.reads(TIMELINES)
                reading.rows += waiting_rows(known, EVENTS)
                reading.bytes += self._bytes.pop(("rows", client, EVENTS), 0)
            case Spans():
                reading.rows += sum(map(len, answer))
                reading.bytes += self._bytes.pop(("timelines", client), 0)
            case Sessions() | SessionsByUser():
                reading.bytes += self._bytes.pop(("sessions", client, request.scope & 1), 0)
            case _:
                for each in of_days(request):
                    key = "days", client, each.scope, each.event
                    # Of the same event others may have asked for more days, which came together.
                    reading.days += min(self._days.get(key, 0), _longest(each))
                    reading.bytes += self._bytes.pop(key, 0)


def _longest(request: OfDays) -> int:
    first, last = span_of(request)
    return last - first + 1


def span_of(request: OfDays | AllDays) -> tuple[int, int]:
    """First and last day, of many spans together."""
    if isinstance(request, Distinct | Unions):
        return min(first for first, _ in request.spans), max(last for _, last in request.spans)
    return request.first, request.last


def source_of(request: Scan | Columns) -> str:
    return PLANES if isinstance(request, Columns) and request.events is not None else ROWS


def waiting_rows(known: Known, stream: int) -> int:
    """Rows of the tail, which whoever reads rows goes through."""
    return sum(len(frame) for frame in known.tail.of(stream))


def _key_of(name: str, given: Sequence[Any]) -> Key:
    if name in OF_DAYS:
        return "days", *given[:3]
    if name == "days_of_scopes":
        return "all days", *given[:2]
    if name == "segments_between":
        return _scanned(*given[:2], *given[4:6])
    if name in OF_SEGMENTS:
        return "rows", *given[:2]
    if name == "timeline_blocks":
        return "timelines", given[0]
    return "sessions", *given[:2]


def _scanned(client: UUID, stream: int, from_us: int, to_us: int) -> Key:
    return "rows", client, stream, from_us, to_us


def _size(row: Record) -> int:
    """Of blocks and of columns; what tells whose they are is small."""
    return sum(len(value) for value in row if isinstance(value, bytes))


class WatchedTransaction(Transaction):
    def __init__(self, inner: Transaction, watch: Watch) -> None:
        super().__init__(None, math.inf)
        self._inner, self._watch = inner, watch

    async def rows(self, asked: Statement, *values: Any) -> list[Record]:
        rows = await self._inner.rows(asked, *values)
        self._watch.came(asked, values, rows)
        return rows


class WatchedGlance(Glance):
    def __init__(self, db: Database, scope: Scope, known: Mapping[UUID, Known], watch: Watch) -> None:
        super().__init__(db, scope, known)
        self._watch = watch

    async def rows(self, asked: Statement, *values: Any) -> list[Record]:
        rows = await super().rows(asked, *values)
        self._watch.came(asked, values, rows)
        return rows
