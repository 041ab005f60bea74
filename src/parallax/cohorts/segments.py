"""Segments (G): the users by when they were seen first and last, and by how many sessions they have."""

from collections.abc import Awaitable
from enum import Enum
from typing import Final

import strawberry

from parallax import costs
from parallax.analyses.questions import Question
from parallax.analyses.segments import BY_DAYS, SegmentName, Segments, SegmentUsers
from parallax.cohorts.asked import of_list
from parallax.connections import Connection
from parallax.context import Context, Info
from parallax.engine.columns import Numbers
from parallax.metrics.catalog import SourceSystem
from parallax.users.graph import After, First, User, users_counted

PAGE: Final = 50
MOST: Final = 100
MEMBERS_COST: Final = costs.read(
    "events", 400, source=SourceSystem.EVENTS.name, extent=costs.Page(row=6, most=MOST), once=costs.STATEMENT
)


class SegmentCategory(Enum):
    LIFECYCLE = "LIFECYCLE"
    ENGAGEMENT = "ENGAGEMENT"


strawberry.enum(
    SegmentName,
    description="What a user is at the end of the reference day (G2). By days since they were seen first, and last: NEW first "
    "at most 7; else RETURNING last at most 7; else DORMANT last at most 30; else CHURNED. By sessions that have an event of "
    "theirs: ONE_TIMER at most 1; CASUAL 2 to 4; REGULAR 5 to 14; POWER_USER 15 or more.",
)
strawberry.enum(
    SegmentCategory,
    description="What tells users apart. LIFECYCLE: the days since they were seen first and last; ENGAGEMENT: how many "
    "sessions they have. Each user is in one segment of each.",
)


@strawberry.type(description="Users who are alike at the end of the reference day (G).")
class Segment:
    name: SegmentName = strawberry.field(description="What they are.")
    category: SegmentCategory = strawberry.field(description="What tells them from the other users.")
    count: int = strawberry.field(description="How many users are in it; 0: none.")
    question: strawberry.Private[Question]

    @strawberry.field(
        description="These users by id, ascending by code point (Z2). `first` is at most 100.", metadata=MEMBERS_COST
    )
    async def users(self, info: Info, first: First = PAGE, after: After = None) -> Connection[User] | None:
        asked = SegmentUsers(self.question, self.name)
        name = of_list("segment", self.question, self.name.name)
        size = PAGE if first is None else first
        return await users_counted(info.context, self.question.ground.client, name, None, asked, size, after, MOST)


def segments_of(context: Context, question: Question, only: SegmentName | None = None) -> Awaitable[list[Segment]]:
    """All eight, in the order of the enum, or one of them."""
    asked: Awaitable[Numbers] = context.asked.load(Segments(question))

    async def shown() -> list[Segment]:
        return [
            Segment(
                name=name,
                category=SegmentCategory.LIFECYCLE if name in BY_DAYS else SegmentCategory.ENGAGEMENT,
                count=count,
                question=question,
            )
            for name, count in zip(SegmentName, (await asked).tolist(), strict=True)
            if only in (None, name)
        ]

    return shown()
