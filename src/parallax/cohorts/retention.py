"""Retention (R): of the users who entered in a bucket, how many came back in those after it."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Annotated, Protocol

import strawberry

from parallax import costs
from parallax.analyses import retention as analysis
from parallax.analyses.buckets import whole_spans
from parallax.analyses.grounds import day_number
from parallax.cohorts.asked import of_list
from parallax.connections import Connection
from parallax.context import Info
from parallax.engine.columns import Numbers
from parallax.metrics import shapes
from parallax.metrics.graph import MOST_SLICES, SLICE, SLICED, SLICES, Later
from parallax.metrics.shapes import Columns, SourceInfo, of_events
from parallax.pages import checked_first
from parallax.periods import Granularity
from parallax.scalars import DayText
from parallax.users.graph import PAGE, USERS_WITH_EVENTS_COST, After, First, User, users_counted

strawberry.enum(
    analysis.Entry,
    name="RetentionEntry",
    description="When a user enters a cohort (R3). FIRST_TIME: with the first start event ever; FIRST_IN_PERIOD: with the "
    "first of the period, as if none came before; RECURRING: with the first of each bucket, so that a user is in several.",
)
strawberry.enum(
    analysis.Returning,
    name="RetentionReturn",
    description="When a user counts as come back (R4). ON: with a return event in that very bucket; ON_OR_AFTER: in it or at "
    "any time after it.",
)


@strawberry.type(description="Those of a cohort who came back so many buckets later.")
class CohortCell:
    offset: int = strawberry.field(description="Buckets after the cohort's; 0 is the cohort itself (R5).")
    count: int | None = strawberry.field(description="How many came back; null: the source gives rates only.")
    rate: float | None = strawberry.field(
        description="Count divided by the cohort's size; null for an empty cohort, and where the source tells none."
    )
    is_complete: bool = strawberry.field(description="Whether the bucket is over (R6).")
    of: strawberry.Private[analysis.RetentionUsers | None] = None

    @strawberry.field(
        description="These users by id, ascending by code point (Z2). Null: the source knows no single users.",
        metadata=USERS_WITH_EVENTS_COST,
    )
    async def users(self, info: Info, first: First = PAGE, after: After = None) -> Connection[User] | None:
        if self.of is None:
            return None
        its, question = self.of, self.of.question
        back = its.of.back
        more = (back.event, back.where, its.of.entry.name, its.of.returning.name)
        name = of_list("retention", question, *more, its.cohort, its.offset, its.values, its.is_other)
        return await users_counted(info.context, question.ground.client, name, None, its, first, after)


@strawberry.type(description="The users who entered in one bucket, and how many of them came back (R2).")
class Cohort:
    start: DayText = strawberry.field(description="First day of the bucket.")
    size: int | None = strawberry.field(description="Users in it; null: the source gives rates only.")
    cells: list[CohortCell] = strawberry.field(
        description="By offset, those whose bucket has begun (R6). At most 52.", metadata=costs.ROWS
    )


@strawberry.type(description="The cohorts of one value of the breakdown, or of all values that are not kept (R9).")
class RetentionSlice:
    dimension: str | None = strawberry.field(
        description="The value, as text; null for what has none, and where `isOther` (B2)."
    )
    is_other: bool = strawberry.field(description="Whether it holds all values that the list does not name (B3).")
    cohorts: list[Cohort] = strawberry.field(
        description="One per bucket of the period that has begun. At most 15000.", metadata=costs.BUCKETS
    )
    averages: list[float | None] = strawberry.field(
        description="As of the whole, over these cohorts. At most 52.", metadata=costs.ROWS
    )


@strawberry.type(description="Of the users who entered in each bucket, how many came back in those after it (R).")
class Retention:
    period: shapes.Period = strawberry.field(description="The days asked for; cohorts are of whole buckets (R2).")
    granularity: Granularity = strawberry.field(
        description="Width of the buckets, which are steps of the calendar (R8)."
    )
    periods: int = strawberry.field(description="How many offsets are looked at, 0 included.")
    told: strawberry.Private["Told"]

    @strawberry.field(description="Where the numbers come from.")
    def source(self, info: Info) -> SourceInfo:
        return self.told.source(info)

    @strawberry.field(
        description="One per bucket of the period, widened to whole ones, that has begun, empty ones included (R2). At most "
        "15000.",
        metadata=costs.BUCKETS,
        graphql_type=list[Cohort],
    )
    def cohorts(self, info: Info) -> Later[list[Cohort]]:
        return self.told.cohorts(info)

    @strawberry.field(
        description="By offset the sum of counts divided by the sum of sizes, over the cells that are complete: weighted by "
        "size. Null where there are none, or all are empty, or it depends on sizes that the source does not tell (R7). As many "
        "as `periods`, at most 52.",
        metadata=costs.ROWS,
        graphql_type=list[float | None],
    )
    def averages(self, info: Info) -> Later[list[float | None]]:
        return self.told.averages(info)

    @strawberry.field(
        description="The cohorts by the value that the `breakdown` field has on the start event which put the user into the "
        "cohort, most users first, ties by value, all that are not kept as one last slice with `isOther` (R9). Null unless "
        "there is a breakdown. At most 100 and that slice.",
        metadata=costs.of(SLICED, extent=costs.First("first", MOST_SLICES, row=SLICE)),
        graphql_type=list[RetentionSlice] | None,
    )
    def breakdown(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="Values to keep, 1 to 100.")] = SLICES,
    ) -> Awaitable[list[RetentionSlice]] | None:
        return self.told.slices(info, checked_first(SLICES if first is None else first, MOST_SLICES))


class Told(Protocol):
    """What a source makes of the fields of `Retention`: ours counts users, a vendor tells rates alone."""

    def source(self, info: Info) -> SourceInfo: ...

    def cohorts(self, info: Info) -> Later[list[Cohort]]: ...

    def averages(self, info: Info) -> Later[list[float | None]]: ...

    def slices(self, info: Info, first: int) -> Awaitable[list[RetentionSlice]] | None:
        """None without a breakdown."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Over our own events."""

    of: analysis.Retention
    broken: analysis.Retention | None

    def source(self, info: Info) -> SourceInfo:
        definition = (
            f"Users who enter by a start event ({self.of.entry.name}), and those of them with a return event in, or not "
            f"before, a later bucket ({self.of.returning.name}; R1 to R5)."
        )
        return of_events(info.context.now, definition, "events", True)

    def cohorts(self, info: Info) -> Awaitable[list[Cohort]]:
        asked = _counts(info, self.of)

        async def shown() -> list[Cohort]:
            return _cohorts(analysis.RetentionUsers(self.of), await asked)

        return shown()

    def averages(self, info: Info) -> Awaitable[list[float | None]]:
        asked = _counts(info, self.of)

        async def shown() -> list[float | None]:
            return _averages(self.of, await asked)

        return shown()

    def slices(self, info: Info, first: int) -> Awaitable[list[RetentionSlice]] | None:
        if self.broken is None:
            return None
        return _slices(self.broken, info.context.asked.load(analysis.RetentionSlices(self.broken, first)))


def _counts(info: Info, of: analysis.Retention) -> Awaitable[Numbers]:
    asked: Awaitable[Numbers] = info.context.asked.load(of)
    return asked


async def _slices(of: analysis.Retention, asked: Awaitable[list[analysis.RetentionSlice]]) -> list[RetentionSlice]:
    found = await asked
    kept = tuple(each.dimension for each in found if not each.is_other)
    return [
        RetentionSlice(
            dimension=each.dimension,
            is_other=each.is_other,
            cohorts=_cohorts(
                analysis.RetentionUsers(
                    of, values=kept if each.is_other else (each.dimension,), is_other=each.is_other
                ),
                each.counts,
            ),
            averages=_averages(of, each.counts),
        )
        for each in found
    ]


def _cohorts(users: analysis.RetentionUsers, counts: Numbers) -> list[Cohort]:
    """`users`: those of the first of the cells, all of which are told by cohort and offset."""
    of, over = users.of, _over(users.of)
    days = of.axis.date_texts
    return [
        Cohort(start=DayText(days[cohort]), size=row[0], cells=_cells(users, cohort, row[: of.last - cohort + 1], over))  # type: ignore[arg-type]  # what is shown as columns is a list
        for cohort, row in enumerate(counts.tolist())
    ]


def _cells(users: analysis.RetentionUsers, cohort: int, counts: list[int], over: int) -> Columns[CohortCell]:
    rates = [count / counts[0] if counts[0] else None for count in counts]
    complete = [cohort + offset < over for offset in range(len(counts))]

    def made(offset: int) -> CohortCell:
        return CohortCell(
            offset=offset,
            count=counts[offset],
            rate=rates[offset],
            is_complete=complete[offset],
            of=replace(users, cohort=cohort, offset=offset),
        )

    return Columns({"offset": range(len(counts)), "count": counts, "rate": rates, "isComplete": complete}, made)


def _averages(of: analysis.Retention, counts: Numbers) -> list[float | None]:
    over, averages = _over(of), list[float | None]()
    for offset in range(of.periods):
        complete = counts[: max(over - offset, 0)]
        size = int(complete[:, 0].sum())
        averages.append(int(complete[:, offset].sum()) / size if size else None)
    return averages


def _over(of: analysis.Retention) -> int:
    """How many buckets, from the first cohort's on, have ended by now."""
    today = day_number(of.question.ground.today)
    return sum(last < today for _, last in whole_spans(of.axis, 0, of.last))
