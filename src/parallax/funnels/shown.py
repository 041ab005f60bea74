"""Funnels as the graph shows them (F1 to F13)."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import strawberry

from parallax import costs
from parallax.analyses.funnels import Broken, Counted, CountedSlice, Entries, Reached, Trend
from parallax.analyses.funnels import Funnel as Question
from parallax.analytics.inputs import By
from parallax.connections import Connection
from parallax.context import Context
from parallax.edges import edges_us
from parallax.engine.bitmaps import BitMap, serialized
from parallax.metrics.graph import MOST_SLICES, SLICES, ratio
from parallax.metrics.shapes import Period
from parallax.moments import EPOCH
from parallax.pages import checked_first
from parallax.periods import Granularity, axis
from parallax.scalars import DayText, InstantText
from parallax.users.graph import PAGE, After, First, User, users_page

STEPS = costs.of(extent=costs.Parts())
USERS = costs.read("actor", 100, extent=costs.Page(row=6), once=0)


@dataclass(frozen=True, slots=True)
class Asked:
    """A funnel on its way through the graph. `labels` are those of its steps."""

    context: Context
    question: Question
    labels: tuple[str, ...]

    def steps(self, counted: Counted, slice: CountedSlice | None = None) -> list["FunnelStep"]:
        shown, before = [], counted.counts[0]
        for place, (count, question) in enumerate(zip(counted.counts, self.question.steps, strict=True)):
            shown.append(
                FunnelStep(
                    position=place + 1,
                    event=question.event,
                    label=self.labels[place],
                    count=count,
                    overall_rate=_rate(count, counted.counts[0]),
                    step_rate=_rate(count, before),
                    drop_off=before - count,
                    average_seconds_from_previous=counted.averages[place],
                    median_seconds_from_previous=counted.medians[place],
                    asked=self,
                    counted=counted,
                    slice=None if slice is None else (slice.dimension, slice.is_other),
                )
            )
            before = count
        return shown

    def trend(
        self, granularity: Granularity | None, kept: tuple[str | None, ...] | None = None, place: int = 0
    ) -> Awaitable[list["FunnelTrendPoint"]]:
        context, whole = self.context, self.question.whole
        ground = whole.ground
        days = axis(whole.axis.period, granularity or Granularity.DAY, ground.zone, ground.today, context.now)
        asked: Awaitable[Entries | list[Entries]] = context.asked.load(Trend(self.question, days, kept))

        async def shown() -> list[FunnelTrendPoint]:
            found = await asked
            entries = found[place] if isinstance(found, list) else found
            settled_us = (context.now - EPOCH) // timedelta(microseconds=1) - self.question.after_us
            ends = edges_us(days)[1:]
            rows = zip(
                days.date_texts, days.at_texts, entries.entered, entries.converted, days.partial, ends, strict=False
            )
            return [
                FunnelTrendPoint(
                    date=DayText(day),
                    at=InstantText(at),
                    entered=entered,
                    converted=converted,
                    rate=_rate(converted, entered),
                    is_partial=partial or end > settled_us,
                )
                for day, at, entered, converted, partial, end in rows
            ]

        return shown()


def _rate(part: int, whole: int) -> float | None:
    return ratio(part, whole) if whole else None


@strawberry.type(description="A step of a funnel: how many users got there, and how long it took them.")
class FunnelStep:
    position: int = strawberry.field(description="From 1. Of an UNORDERED funnel: how many steps are done (F10).")
    event: str | None = strawberry.field(description="Name of the event that serves it; null: any event.")
    label: str = strawberry.field(description="As given, else the event's name, else `Any event`.")
    count: int = strawberry.field(description="Users whose counted attempt reached it (F4, F5).")
    overall_rate: float | None = strawberry.field(description="Of those who entered; null when nobody did.")
    step_rate: float | None = strawberry.field(
        description="Of those who reached the step before; null when nobody did. 1 for the first step."
    )
    drop_off: int = strawberry.field(description="Users who reached the step before and not it; 0 for the first.")
    average_seconds_from_previous: float | None = strawberry.field(
        description="Mean seconds since the step before, of those who reached it; null for the first step, and for nobody."
    )
    median_seconds_from_previous: float | None = strawberry.field(description="The median of the same (V4).")
    asked: strawberry.Private[Asked]
    counted: strawberry.Private[Counted]
    slice: strawberry.Private[tuple[str | None, bool] | None]

    @strawberry.field(description="Who got here, by id, ascending by code point.", metadata=USERS)
    async def users(self, first: First = PAGE, after: After = None) -> Connection[User] | None:
        return await self._page("users", self.counted.reached(self.position), first, after)

    @strawberry.field(
        description="Who got to the step before and no further, by id; of the first step nobody.", metadata=USERS
    )
    async def dropped_users(self, first: First = PAGE, after: After = None) -> Connection[User] | None:
        return await self._page("droppedUsers", self.counted.dropped(self.position), first, after)

    async def _page(self, field: str, users: BitMap, first: int | None, after: str | None) -> Connection[User]:
        question = self.asked.question
        of_list = f"{field}|{self.position}|{self.slice}|{question.whole.axis.period}|{_said(question)}"
        among = serialized(users) or b""
        return await users_page(self.asked.context, question.ground.client, of_list, None, among, first, after)


def _said(question: Question) -> str:
    """All that a list of its users depends on, but for the period."""
    chosen = [(each.event, each.where) for each in (question.whole, *question.served, *question.excluded)]
    spans = [(each.after, each.before) for each in question.exclusions]
    ground, dimension = question.ground, question.whole.dimension
    return f"{ground.client}|{ground.app}|{dimension}|{question.window_s}|{question.order}|{chosen}|{spans}"


@strawberry.type(
    description="Users who entered in one bucket, and how many of these reached the last step, whenever (F11)."
)
class FunnelTrendPoint:
    date: DayText = strawberry.field(description="The local day on which the bucket begins (T8).")
    at: InstantText = strawberry.field(description="The bucket's first instant, with the client's offset.")
    entered: int = strawberry.field(description="Users with an attempt that began in the bucket.")
    converted: int = strawberry.field(description="Of these, whose counted attempt reached the last step.")
    rate: float | None = strawberry.field(description="converted / entered; null when nobody entered.")
    is_partial: bool = strawberry.field(
        description="Whether a part of the bucket lies outside the period, or it is not over yet, or the window of those "
        "who enter at its end is not."
    )


TREND = costs.of(50, extent=costs.Cut())
TREND_OF_SLICE = costs.of(once=600, extent=costs.Cut())
"""The rows are gone through once more, for all slices."""


@strawberry.type(description="The part of a funnel whose entry events have one value of its breakdown (F12).")
class FunnelSlice:
    dimension: str | None = strawberry.field(
        description="The value, as text; null for what has none, and where `isOther` (B2)."
    )
    is_other: bool = strawberry.field(description="Whether it holds all values that the list does not name (B3).")
    steps: list[FunnelStep] = strawberry.field(description="The steps, of these users alone: 2 to 10.", metadata=STEPS)
    overall_conversion: float | None = strawberry.field(
        description="Who reached the last step, of those who entered: from 0 to 1."
    )
    asked: strawberry.Private[Asked]
    kept: strawberry.Private[tuple[str | None, ...]]
    place: strawberry.Private[int]

    @strawberry.field(
        description="Entries by bucket: of the attempts that `Funnel.trend` counts those with the value. At most 15000.",
        metadata=TREND_OF_SLICE,
        graphql_type=list[FunnelTrendPoint] | None,
    )
    def trend(self, granularity: By = Granularity.DAY) -> Awaitable[list[FunnelTrendPoint]]:
        return self.asked.trend(granularity, self.kept, self.place)


@strawberry.type(
    description="How far users got on a way of several steps, each counted once: by the best of its attempts (F4)."
)
class Funnel:
    period: Period = strawberry.field(description="The days on which attempts begin (F1).")
    window_seconds: int = strawberry.field(description="Within so many seconds of its entry an attempt counts (F6).")
    asked: strawberry.Private[Asked]

    @strawberry.field(description="The steps, in order: 2 to 10.", metadata=STEPS, graphql_type=list[FunnelStep])
    def steps(self) -> Awaitable[list[FunnelStep]]:
        counted = self._counted()

        async def shown() -> list[FunnelStep]:
            return self.asked.steps(await counted)

        return shown()

    @strawberry.field(
        description="Users who reached the last step, of those who entered: from 0 to 1; null when nobody entered.",
        graphql_type=float | None,
    )
    def overall_conversion(self) -> Awaitable[float | None]:
        counted = self._counted()

        async def shown() -> float | None:
            counts = (await counted).counts
            return _rate(counts[-1], counts[0])

        return shown()

    def _counted(self) -> Awaitable[Counted]:
        asked: Awaitable[Counted] = self.asked.context.asked.load(Reached(self.asked.question))
        return asked

    @strawberry.field(
        description="The funnel by the value on the entry event (F12): most entrants first, equal ones by value, all that are "
        "not kept as one last slice with `isOther`. A user is in one slice. Null unless `breakdown` was given. At most 100 and "
        "that slice.",
        metadata=costs.of(100, extent=costs.First("first", MOST_SLICES, row=5)),
        graphql_type=list[FunnelSlice] | None,
    )
    def breakdown(
        self, first: Annotated[int | None, strawberry.argument(description="Values to keep, 1 to 100.")] = SLICES
    ) -> Awaitable[list[FunnelSlice]] | None:
        most = checked_first(SLICES if first is None else first, MOST_SLICES)
        if self.asked.question.whole.dimension is None:
            return None
        asked: Awaitable[list[CountedSlice]] = self.asked.context.asked.load(Broken(self.asked.question, most))

        async def shown() -> list[FunnelSlice]:
            slices = await asked
            kept = tuple(each.dimension for each in slices if not each.is_other)
            return [
                FunnelSlice(
                    dimension=each.dimension,
                    is_other=each.is_other,
                    steps=self.asked.steps(each.counted, each),
                    overall_conversion=_rate(each.counted.counts[-1], each.counted.counts[0]),
                    asked=self.asked,
                    kept=kept,
                    place=place,
                )
                for place, each in enumerate(slices)
            ]

        return shown()

    @strawberry.field(
        description="Entries by bucket of the entry (F11): a user may enter in several. In order, those that have begun. At "
        "most 15000.",
        metadata=TREND,
        graphql_type=list[FunnelTrendPoint] | None,
    )
    def trend(self, granularity: By = Granularity.DAY) -> Awaitable[list[FunnelTrendPoint]]:
        return self.asked.trend(granularity)
