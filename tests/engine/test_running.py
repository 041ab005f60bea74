"""Analyses under way: where long work may be ended, how long answers are kept."""

import time
from datetime import date
from typing import Any

from parallax.db import Database, deadline
from parallax.engine.fold import fold
from parallax.engine.frames import EVENTS
from parallax.engine.known import Known
from parallax.engine.requests import Days, Pause, Scan, Steps
from parallax.engine.running import Job, run
from parallax.engine.worker import MONTHS_DROP_EVENTS
from parallax.errors import Timeout
from parallax.scopes import EVERYBODY, Scope
from tests.engine.plain import Row, at
from tests.engine.seeding import wait
from tests.seeds import NORDLYS, VOID


async def test_long_work_ends_at_a_pause_once_the_deadline_has_passed(db: Database) -> None:
    done = []

    def work(_: Known, ends: float | None) -> Steps[Any]:
        yield Days(0, 0, 0, 1)
        before = deadline.set(ends)
        try:
            for part in range(3):
                done.append(part)
                yield Pause()
        finally:
            deadline.reset(before)
        return "all"

    late = Job(NORDLYS, lambda known: work(known, time.monotonic() - 1))
    in_time = Job(NORDLYS, lambda known: work(known, None))
    await run(db, Scope.of(NORDLYS), [late, in_time])
    assert isinstance(late.error, Timeout)
    assert (in_time.answer, in_time.error) == ("all", None)
    assert done == [0, 0, 1, 2]


async def test_an_answer_is_kept_until_months_of_the_rows_that_it_was_read_from_are_dropped(db: Database) -> None:
    await wait(db, VOID, [Row(at(f"2026-0{month}-10T12:00Z"), month, actor=month) for month in (1, 2, 3)])
    await fold(db, VOID)
    begun = 0

    def counted(_: Known) -> Steps[int]:
        nonlocal begun
        begun += 1
        return sum(map(len, (yield Scan(EVENTS, at("2026-01-01T00:00Z"), at("2026-04-01T00:00Z")))))

    async def asked() -> int:
        job = Job(VOID, counted, key="rows of three months")
        await run(db, Scope.of(VOID), [job])
        assert job.error is None
        return int(job.answer)

    assert await asked() == 3
    before = begun
    assert await asked() == 3
    assert begun == before
    async with db.writing(EVERYBODY) as transaction:
        await transaction.rows(MONTHS_DROP_EVENTS, date(2026, 2, 1))
    assert await asked() == 2
    before = begun
    assert await asked() == 2
    assert begun == before
