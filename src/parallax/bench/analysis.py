"""What a question of `bench analyses` is: how the gateway's loader is asked, its field of the graph, how answers are laid.

An answer is a list of numbers: bucket by bucket, and within a bucket offset by offset or state by state. What a rival answers
is laid as `laid` says; its SQL is in `analysis_sql` and `funnel_sql`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from parallax.access.viewer import Role, Viewer
from parallax.analytics.loaders import asked_loader
from parallax.bench.ground import CLIENT
from parallax.bench.metric_questions import Answer, Asking, Rows
from parallax.db import Database
from parallax.filters import Condition, Operator, RawCondition, checked
from parallax.periods import Period

AGAIN, BLOCKS, NOTHING = "ours, asked again", "ours, blocks kept", "ours, nothing kept"
Goals = Mapping[str, tuple[float | None, float | None]]
"""By which of ours is judged: the least ratio of DuckDB's and of ClickHouse's time to it, on plain events."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """A question. `field` is the same in GraphQL, of a client; `laid` makes an answer of a rival's rows.

    `kept`: the least ratio where the rivals keep the same roll-ups; None: shown alone. `is_rolled_up`: it is answered out
    of roll-ups, and must not grow with the events.
    """

    name: str
    ask: Callable[[], Any]
    told: Callable[[Any], Answer]
    laid: Callable[[Rows], Answer]
    field: str
    goals: Goals
    kept: float | None = None
    is_rolled_up: bool = False


def asked_of(db: Database, asked: Analysis) -> Asking:
    """By a viewer, a loader and a question of its own each time, as a request has."""

    async def ask() -> Answer:
        viewer = Viewer(UUID(int=1), "bench", {CLIENT: Role.VIEWER})
        return asked.told(await asked_loader(db, viewer).load(asked.ask()))

    return ask


def of_cells(rows: Rows, *cells: range) -> Answer:
    """A rival's rows (a whole number or several, then how many) as one number for each of these."""
    found = {tuple(map(int, row[:-1])): float(row[-1]) for row in rows}
    grid = np.meshgrid(*map(list, cells), indexing="ij")
    return [found.get(cell, 0.0) for cell in zip(*(each.ravel().tolist() for each in grid), strict=True)]


def of_array(answer: Any) -> Answer:
    numbers: Answer = answer.astype(float).ravel().tolist()
    return numbers


# ---------------------------------------------------------------- conditions and periods, each way
def equal(fields: Mapping[str, str]) -> tuple[Condition, ...]:
    return checked([RawCondition(field, Operator.EQ, value) for field, value in fields.items()])


def equal_text(fields: Mapping[str, str]) -> str:
    """The same as an argument."""
    listed = ", ".join(f'{{field: "{field}", value: "{value}"}}' for field, value in fields.items())
    return f"where: [{listed}]"


def equal_sql(fields: Mapping[str, str]) -> str:
    return " and ".join(f"{field} = '{value}'" for field, value in fields.items())


def days_text(period: Period) -> str:
    return f'period: {{start: "{period.start}", end: "{period.end}"}}'
