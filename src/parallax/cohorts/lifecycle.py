"""Lifecycle (L): bucket by bucket who is new, who came back and who stayed away."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from parallax import costs
from parallax.analyses import lifecycle as analysis
from parallax.analyses.lifecycle import State
from parallax.analyses.questions import Question
from parallax.cohorts.asked import of_list
from parallax.connections import Connection
from parallax.context import Info
from parallax.engine.columns import Numbers
from parallax.metrics import shapes
from parallax.metrics.shapes import Columns
from parallax.periods import Granularity
from parallax.scalars import DayText, InstantText
from parallax.users.graph import PAGE, USERS_WITH_EVENTS_COST, After, First, User, users_counted

strawberry.enum(
    State,
    name="LifecycleState",
    description="What an active user of a bucket is, or was (L2). NEW: their first event ever, of any kind, is in it; "
    "RETURNING: active in the bucket before, too; RESURRECTED: neither; DORMANT: active in the bucket before, and not in it.",
)


@strawberry.type(description="The users of a bucket, by what they are in it (L2).")
class LifecyclePoint:
    date: DayText = strawberry.field(description="The local day on which the bucket begins (T8).")
    at: InstantText = strawberry.field(description="The bucket's first instant, with the client's offset.")
    new: int = strawberry.field(description="Active users whose first event ever, of any kind, lies in the bucket.")
    returning: int = strawberry.field(description="Active users who are not new, and were active in the bucket before.")
    resurrected: int = strawberry.field(
        description="Active users who are neither new nor were active in the bucket before."
    )
    dormant: int = strawberry.field(
        description="Users who were active in the bucket before and are not in this one: a positive number, counted once, in "
        "the first bucket of absence."
    )
    is_partial: bool = strawberry.field(description="Whether the bucket is not over yet (T9).")
    question: strawberry.Private[Question]
    bucket: strawberry.Private[int]

    @strawberry.field(
        description="The users that one of the numbers counts, by id, ascending by code point (Z2).",
        metadata=USERS_WITH_EVENTS_COST,
    )
    async def users(
        self,
        info: Info,
        state: Annotated[State, strawberry.argument(description="Which of the numbers.")],
        first: First = PAGE,
        after: After = None,
    ) -> Connection[User] | None:
        asked = analysis.LifecycleUsers(self.question, self.bucket, state)
        name = of_list("lifecycle", self.question, self.bucket, state.name)
        return await users_counted(info.context, self.question.ground.client, name, None, asked, first, after)


@strawberry.type(
    description="Active users of each bucket by what they are: new, returning, resurrected; and the dormant (L)."
)
class Lifecycle:
    period: shapes.Period = strawberry.field(description="The days asked for; what is counted are whole buckets (L1).")
    granularity: Granularity = strawberry.field(description="Width of the buckets.")
    question: strawberry.Private[Question]

    @strawberry.field(
        description="A point for each bucket that has begun, in order: new, returning and resurrected add up to its active "
        "users (L3). At most 15000.",
        metadata=costs.BUCKETS,
        graphql_type=list[LifecyclePoint],
    )
    def data(self, info: Info) -> Awaitable[Columns[LifecyclePoint]]:
        asked: Awaitable[Numbers] = info.context.asked.load(analysis.Lifecycle(self.question))

        async def points() -> Columns[LifecyclePoint]:
            return _points(self.question, await asked)

        return points()


def _points(question: Question, counts: Numbers) -> Columns[LifecyclePoint]:
    axis, many = question.axis, len(counts)
    days, instants, partial = axis.date_texts[:many], axis.at_texts[:many], axis.partial[:many]
    by_state = dict(zip(("new", "returning", "resurrected", "dormant"), counts.T.tolist(), strict=True))

    def made(place: int) -> LifecyclePoint:
        return LifecyclePoint(
            date=DayText(days[place]),
            at=InstantText(instants[place]),
            **{name: column[place] for name, column in by_state.items()},
            is_partial=partial[place],
            question=question,
            bucket=place,
        )

    return Columns({"date": days, "at": instants, **by_state, "isPartial": partial}, made)
