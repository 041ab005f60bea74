"""What row-level security costs: the same statements as the reading role, and as a superuser whom no policy binds."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from statistics import median
from typing import Any
from uuid import UUID

from parallax.apps.loaders import APPS_BY_KEY, APPS_OF_CLIENTS
from parallax.bench import processes
from parallax.bench.ground import CLIENT, Ground, app_id
from parallax.bench.measured import Figures, Ratio, paired
from parallax.bench.operations import APPS, PERIOD_DAYS, REPORTS
from parallax.clients.loaders import CLIENTS_BY_ID
from parallax.db import Database
from parallax.scopes import Scope, Statement
from parallax.usage.loaders import USAGE_REPORTS, usage_days

Asked = tuple[Statement, Sequence[Any]]
TIMES = 150


def _asked(ground: Ground) -> list[Asked]:
    first, last = ground.shape.day(ground.shape.days - PERIOD_DAYS), ground.shape.last_day
    apps = [app_id(number) for number in range(APPS)]

    def days(asked: list[UUID]) -> list[Any]:
        return [[CLIENT] * len(asked), asked, _same(first, asked), _same(last, asked)]

    return [
        (CLIENTS_BY_ID, [[CLIENT]]),
        (APPS_BY_KEY, [[CLIENT], apps[:1]]),
        (APPS_OF_CLIENTS, [[CLIENT], [None], [None], None, APPS]),
        (replace(usage_days(("active_ms",)), name="usage_days, 10 apps"), days(apps[:10])),
        (replace(usage_days(("active_ms",)), name=f"usage_days, {APPS} apps"), days(apps)),
        (USAGE_REPORTS, [CLIENT, apps[0], first, last, None, None, None, REPORTS]),
    ]


def _same(day: date, asked: Sequence[object]) -> list[date]:
    return [day] * len(asked)


async def security(ground: Ground, rounds: int, say: Callable[[str], None]) -> tuple[list[Ratio], Figures]:
    """Through `Database.rows` both times, on one connection each; the database's CPU time is what differs."""
    say("Row-level security: the statements alone")
    scope = Scope.of(CLIENT)
    ratios: list[Ratio] = []
    rows: list[tuple[Any, ...]] = []
    one = ground.settings.model_copy(update={"pool_size": 1})
    async with (
        Database(one, ground.urls.reading, ground.urls.writing) as bound,
        Database(one, ground.superuser_url, ground.urls.writing) as free,
    ):
        for statement, values in _asked(ground):
            spent: dict[Database, list[float]] = {bound: [], free: []}
            took: dict[Database, list[float]] = {bound: [], free: []}
            for number in range(-1, rounds):
                for db in (bound, free) if number % 2 else (free, bound):
                    cpu, start = processes.connections_cpu_s(ground.postmaster), time.perf_counter()
                    for _ in range(TIMES):
                        await db.rows(scope, statement, *values)
                    if number >= 0:
                        took[db].append((time.perf_counter() - start) / TIMES * 1e6)
                        after = processes.connections_cpu_s(ground.postmaster)
                        spent[db].append(processes.spent_s(cpu, after) / TIMES * 1e6)
            what = f"row-level security, {statement.name}: PostgreSQL's CPU, with / without"
            ratios.append(Ratio(what, paired(spent[bound], spent[free])))
            figures = (median(took[bound]), median(took[free]), median(spent[bound]), median(spent[free]))
            rows.append((statement.name, *(round(value, 1) for value in figures)))
    columns = ("statement", "with: us", "without: us", "with: PostgreSQL CPU us", "without: PostgreSQL CPU us")
    return ratios, Figures("Row-level security, per statement through Database.rows", columns, rows)
