"""What questions would read, found out without reading it, and about how long that would take.

A question is begun as it always is. Whatever it asks first that is small (numbers of days, names) or that the process has
kept is answered, so that it goes on; where it asks for blocks, it ends here: the index tells how large those are. So a
question that reads twice is known by its first reading, and the rest is in the constants below.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from parallax.db import Database, Record, Transaction
from parallax.engine import expected
from parallax.engine.caches import Kept, kept
from parallax.engine.dayrows import WIDTHS
from parallax.engine.frames import DAY_US, EVENTS
from parallax.engine.known import known_of
from parallax.engine.planereader import PlaneReader
from parallax.engine.readings import PLANES, TIMELINES, Reading, source_of, span_of, waiting_rows
from parallax.engine.requests import (
    AllDays,
    Columns,
    Distinct,
    OfDays,
    Request,
    Scan,
    Tally,
    Unions,
    Unsettled,
    of_days,
)
from parallax.engine.running import Job, Running
from parallax.engine.scans import LAST_DAY, Place, frame_key
from parallax.engine.snapshot import Snapshot
from parallax.engine.timelines import WEEK_US
from parallax.moments import EPOCH_DAY
from parallax.scopes import Scope, Statement, statement

DAYS_WEIGHED = statement(__file__, "days_weighed")
SEGMENTS_WEIGHED = statement(__file__, "segments_weighed")
TIMELINES_WEIGHED = statement(__file__, "timelines_weighed")
INDEX: Final = frozenset(
    {"days_of_events", "days_of_scopes", "actors_named", "sessions_named", "timeline_heads", "segments_since"}
)
"""Statements that read no block: they are run."""
MOST_ROUNDS: Final = 8
EVERY_EVENT: Final = (1, 2**31 - 1)
DAY_BYTES: Final = 12
"""Of a day's date and version."""


@dataclass(slots=True)
class Planned:
    """What a question would read if nothing were kept, and how long that takes by what is."""

    reading: Reading
    ms: float


class _Blocks(Exception):
    """More than the index would have to be read."""


class _Index(Transaction):
    """Lets through what reads no block."""

    def __init__(self, inner: Transaction) -> None:
        super().__init__(None, math.inf)
        self._inner = inner

    async def rows(self, asked: Statement, *values: Any) -> list[Record]:
        if asked.name not in INDEX:
            raise _Blocks
        return await self._inner.rows(asked, *values)


async def planned(db: Database, scope: Scope, jobs: Sequence[Job]) -> list[Planned]:
    """One for each job of a client that is there; fills in nobody's answer."""

    async def within(transaction: Transaction) -> list[Planned]:
        known = await known_of(transaction, kept(db), list({job.client for job in jobs}))
        snapshot = Snapshot(_Index(transaction), kept(db), known)
        works = []
        for job in jobs:
            if job.client in known:
                work = _Work(Running(job, known[job.client]))
                await work.go_on(snapshot)
                works.append(work)
        await _weigh_days(transaction, works)
        await _weigh_rows(transaction, kept(db), works)
        await _weigh_timelines(transaction, works)
        return [Planned(work.reading, work.ms) for work in works]

    return await db.snapshot(scope, within)


class _Work:
    def __init__(self, running: Running) -> None:
        self.running = running
        self.reading = running.reading
        self.ms = expected.QUESTION_MS
        self.days: list[tuple[OfDays | AllDays, bool]] = []
        """With whether something of them is to be read yet."""
        self.scans: list[Scan | Columns] = []
        self.walks: list[Unsettled] = []

    async def go_on(self, snapshot: Snapshot) -> None:
        """Until blocks are asked for, or the answer is there."""
        running, client = self.running, self.reading.client
        await running.go_on(None)
        for _ in range(MOST_ROUNDS):
            asked = running.requests
            self.scans = [request for request in asked if isinstance(request, Scan | Columns)]
            self.walks = [request for request in asked if isinstance(request, Unsettled)]
            if not asked or self.scans or self.walks:
                self._add(asked, cold=False)
                return
            try:
                answers = await snapshot.round([(client, request) for request in asked])
            except _Blocks:
                self._add(asked, cold=True)
                return
            self._add(asked, cold=False)
            await running.go_on(answers)

    def _add(self, requests: Sequence[Request], cold: bool) -> None:
        for request in requests:
            asked = [request] if isinstance(request, AllDays) else of_days(request)
            self.days += [(each, cold) for each in asked]


# ---------------------------------------------------------------- days
async def _weigh_days(transaction: Transaction, works: Sequence[_Work]) -> None:
    asked = [(work, request, cold) for work in works for request, cold in work.days]
    if not asked:
        return
    columns = [(work.reading.client, request.scope, *_events(request), *span_of(request)) for work, request, _ in asked]
    for row in await transaction.rows(DAYS_WEIGHED, *map(list, zip(*columns, strict=True))):
        work, request, cold = asked[row["number"] - 1]
        numbers, sets = _wanted(request)
        size = sum(row[name] for name in sets)
        days = row["days"]
        work.reading.days += days
        work.reading.bytes += size + days * (DAY_BYTES + sum(WIDTHS[name] for name in numbers))
        work.ms += days * (expected.EVENTS_DAY_MS if isinstance(request, AllDays) else expected.DAY_MS)
        if cold:
            work.ms += days * expected.COLD_DAY_MS + size * expected.BYTE_MS


def _events(request: OfDays | AllDays) -> tuple[int, int]:
    return EVERY_EVENT if isinstance(request, AllDays) else (request.event, request.event)


def _wanted(request: OfDays | AllDays) -> tuple[frozenset[str], frozenset[str]]:
    """Numbers of the days, and the stored sets that the answer is made of."""
    match request:
        case Distinct():
            return frozenset({request.of}), frozenset({request.of})
        case Unions():
            return frozenset(), frozenset({request.of})
        case Tally():
            return frozenset({"events"}), frozenset({"users", "counts"})
    return request.numbers, frozenset("counts" if name == "tally" else name for name in request.sets)


# ---------------------------------------------------------------- rows
async def _weigh_rows(transaction: Transaction, kept: Kept, works: Sequence[_Work]) -> None:
    asked = [(work, request) for work in works for request in work.scans]
    if not asked:
        return
    columns = [
        (
            work.reading.client,
            request.stream,
            _day(request.from_us),
            _day(request.to_us - 1),
            request.from_us,
            request.to_us,
        )
        for work, request in asked
    ]
    for work, request in asked:
        work.reading.reads(source_of(request))
        _add_rows(work, request, waiting_rows(work.running.known, request.stream))
    narrow = [(work.reading.client, request) for work, request in asked if isinstance(request, Columns)]
    known = {work.reading.client: work.running.known for work, _ in asked}
    weighed = iter(await PlaneReader(transaction, kept, known).weighed(narrow)) if narrow else iter(())
    planes = [next(weighed) if isinstance(request, Columns) else {} for _, request in asked]
    for row in await transaction.rows(SEGMENTS_WEIGHED, *map(list, zip(*columns, strict=True))):
        work, request = asked[row["number"] - 1]
        place = work.reading.client, request.stream, row["day"], row["position"]
        rows, size, is_here = planes[row["number"] - 1].get(place) or _whole(row, request, kept, place)
        work.reading.bytes += size
        _add_rows(work, request, rows)
        work.ms += expected.SEGMENT_MS
        if not is_here:
            work.ms += (
                size * expected.PLANE_BYTE_MS
                if _is_narrow(request)
                else size * expected.BYTE_MS + rows * expected.ROW_MS
            )


def _whole(row: Record, request: Scan | Columns, kept: Kept, place: Place) -> tuple[int, int, bool]:
    """Rows and bytes of a segment that is read as a whole, and whether all of them are here."""
    size = row["core"] + (row["chunks"] or 0)
    if request.fields != ():
        size += row["fields"]
    if isinstance(request, Columns):
        return row["events"], size, False
    if request.ids:
        size += row["ids"]
    return row["events"], size, kept.get(frame_key(place, request), row["version"]) is not None


# ---------------------------------------------------------------- timelines
async def _weigh_timelines(transaction: Transaction, works: Sequence[_Work]) -> None:
    asked = [(work, request) for work in works for request in work.walks]
    if not asked:
        return
    columns = [
        (work.reading.client, request.from_us // WEEK_US, (request.to_us - 1) // WEEK_US) for work, request in asked
    ]
    for row in await transaction.rows(TIMELINES_WEIGHED, *map(list, zip(*columns, strict=True))):
        work, _ = asked[row["number"] - 1]
        waiting = waiting_rows(work.running.known, EVENTS)
        work.reading.reads(TIMELINES)
        work.reading.bytes += row["bytes"]
        work.reading.rows += row["events"] + waiting
        work.ms += row["events"] * expected.TIMELINE_ROW_MS + waiting * expected.ROW_MS


def _day(at_us: int) -> date:
    return EPOCH_DAY + timedelta(days=min(max(at_us // DAY_US, 0), LAST_DAY))


def _add_rows(work: _Work, request: Scan | Columns, rows: int) -> None:
    columns = len(request.fields) if request.fields is not None else 0
    effort = work.running.job.effort
    work.reading.rows += rows
    if _is_narrow(request):
        work.ms += rows * ((1 + columns) * expected.PLANE_ROW_MS + effort * expected.PLANE_EFFORT_MS)
    else:
        work.ms += rows * (expected.ROW_MS + columns * expected.COLUMN_MS + effort * expected.EFFORT_MS)


def _is_narrow(request: Scan | Columns) -> bool:
    return source_of(request) == PLANES
