"""Analyses under way: where long work may be ended."""

import time
from typing import Any

from parallax.db import Database, deadline
from parallax.engine.known import Known
from parallax.engine.requests import Days, Pause, Steps
from parallax.engine.running import Job, run
from parallax.errors import Timeout
from parallax.scopes import Scope
from tests.seeds import NORDLYS


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
