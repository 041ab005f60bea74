"""The rows behind the numbers: users, events, sessions and logs of a client or of one of its apps."""

from enum import Enum
from typing import Annotated

import strawberry

from parallax.analyses.questions import ActiveUsers, Ground, Measure, Question, Total
from parallax.analyses.rows import RowsPage
from parallax.analyses.session_rows import SessionsPage
from parallax.analytics.asked import checked_event
from parallax.analytics.inputs import AnyEvent, ConditionInput, Where, Within, raw
from parallax.connections import Connection
from parallax.context import Context, Info
from parallax.engine.frames import LOGS
from parallax.events.grounded import Grounded
from parallax.events.levels import LogLevel
from parallax.events.pages import ROWS_COST, all_days, containing, equal, needs_editor, one_span, paged
from parallax.events.shown import Event, EventConnection, Log, LogConnection, Session, SessionConnection
from parallax.filters import EVENT_FIELDS, Condition, checked
from parallax.metrics.shapes import PeriodInput
from parallax.periods import DEFAULT_LAST, Granularity, Period, axis
from parallax.users.graph import PAGE, USERS_WITH_EVENTS_COST, After, First, User, users_counted, users_page


class ActiveWindow(Enum):
    DAU = "DAU"
    WAU = "WAU"
    MAU = "MAU"


strawberry.enum(
    ActiveWindow,
    description="Which days make a user active on a day (A1, A2). DAU: that day; WAU: the 7 that end with it; MAU: the 30.",
)

Search = Annotated[
    str | None,
    strawberry.argument(description="A part of the user's id, or of one of its aliases, in upper or lower case."),
]


@strawberry.type
class Rows(Grounded):
    @strawberry.field(
        description="Users that some day of the period counts as active (A5), each once, by id, ascending by code point. "
        "Without a period the last 30 days.",
        metadata=USERS_WITH_EVENTS_COST,
    )
    async def active_users(
        self,
        info: Info,
        window: Annotated[
            ActiveWindow | None, strawberry.argument(description="How many days make a user active on a day.")
        ] = ActiveWindow.DAU,
        event: AnyEvent = None,
        period: Within = None,
        where: Where = None,
        first: First = PAGE,
        after: After = None,
    ) -> Connection[User] | None:
        ground = self.ground(info.context)
        days = axis(_resolved(ground, period), Granularity.DAY, ground.zone, ground.today)
        measure = Measure[(window or ActiveWindow.DAU).name]
        question = Question(ground, measure, days, checked_event(event), _conditions(where))
        return await _users(info.context, question, "activeUsers", None, first, after)

    @strawberry.field(
        description="Users by id, ascending by code point (Z2); ids that belong to another are found with that one (I1). Of "
        "a client: all that it knows by events, reports or what it says of them; below an app: those with an event of the "
        "app. With `period` or `where`: those with such an event.",
        metadata=USERS_WITH_EVENTS_COST,
    )
    async def users(
        self,
        info: Info,
        search: Search = None,
        period: Annotated[
            PeriodInput | None, strawberry.argument(description="Only users with an event on these days.")
        ] = None,
        where: Annotated[
            list[ConditionInput] | None,
            strawberry.argument(description="Only users with an event that satisfies all of these, at most 50."),
        ] = None,
        first: First = PAGE,
        after: After = None,
    ) -> Connection[User] | None:
        ground = self.ground(info.context)
        search = search.lower() if search else None
        conditions = _conditions(where)
        if ground.app is None and period is None and not conditions:
            of_list = f"users|{ground.client}|{search}"
            return await users_page(info.context, ground.client, of_list, search, None, first, after)
        days = all_days(ground) if period is None else one_span(ground, period.resolved(ground.today))
        question = Question(ground, Measure.DAU, days, None, conditions)
        return await _users(info.context, question, "users", search, first, after)

    @strawberry.field(
        description="Events of the period, newest first; of equal instants the one accepted last comes first (Z1). Without "
        "a period the last 30 days. Needs EDITOR.",
        metadata=ROWS_COST,
    )
    async def events(
        self,
        info: Info,
        event: AnyEvent = None,
        period: Within = None,
        where: Where = None,
        first: First = PAGE,
        after: After = None,
    ) -> EventConnection | None:
        context, ground = info.context, self.ground(info.context)
        needs_editor(context, ground.client)
        days = one_span(ground, _resolved(ground, period))
        question = Question(ground, Measure.EVENTS, days, checked_event(event), _conditions(where))
        return await paged(
            context,
            EventConnection,
            _of_list("events", question),
            lambda limit, before: RowsPage(question, limit, before=before),
            lambda row: Event.of(row, ground.zone),
            lambda: _total(context, question),
            first,
            after,
        )

    @strawberry.field(
        description="Sessions that start in the period and whose first event satisfies `where` (S5), newest first (Z1). "
        "Without a period the last 30 days. Needs EDITOR.",
        metadata=ROWS_COST,
    )
    async def sessions(
        self, info: Info, period: Within = None, where: Where = None, first: First = PAGE, after: After = None
    ) -> SessionConnection | None:
        context, ground = info.context, self.ground(info.context)
        needs_editor(context, ground.client)
        days = one_span(ground, _resolved(ground, period))
        question = Question(ground, Measure.SESSIONS, days, None, _conditions(where))
        return await paged(
            context,
            SessionConnection,
            _of_list("sessions", question),
            lambda limit, before: SessionsPage(question, limit, before=before),
            lambda row: Session.of(row, ground),
            lambda: _total(context, question),
            first,
            after,
        )

    @strawberry.field(
        description="Log records of the period, newest first; of equal instants the one accepted last comes first (Z1). "
        "Without a period the last 30 days. Needs EDITOR.",
        metadata=ROWS_COST,
    )
    async def logs(
        self,
        info: Info,
        service: Annotated[str | None, strawberry.argument(description="Only records of this service.")] = None,
        level: Annotated[LogLevel | None, strawberry.argument(description="Only records of this level.")] = None,
        source: Annotated[str | None, strawberry.argument(description="Only records of this source.")] = None,
        search: Annotated[
            str | None, strawberry.argument(description="A part of the message, in upper or lower case.")
        ] = None,
        period: Within = None,
        first: First = PAGE,
        after: After = None,
    ) -> LogConnection | None:
        context, ground = info.context, self.ground(info.context, LOGS)
        needs_editor(context, ground.client)
        question = Question(
            ground,
            Measure.EVENTS,
            one_span(ground, _resolved(ground, period)),
            None if level is None else level.name,
            (*equal(service=service, source=source), *containing("message", search, "search")),
        )
        return await paged(
            context,
            LogConnection,
            _of_list("logs", question),
            lambda limit, before: RowsPage(question, limit, before=before),
            lambda row: Log.of(row, ground.zone),
            lambda: _total(context, question),
            first,
            after,
        )


# ---------------------------------------------------------------- arguments
def _resolved(ground: Ground, period: PeriodInput | None) -> Period:
    return (period or PeriodInput(last=DEFAULT_LAST)).resolved(ground.today)


def _conditions(where: list[ConditionInput] | None) -> tuple[Condition, ...]:
    return checked(raw(where), fields=EVENT_FIELDS)


def _of_list(field: str, question: Question) -> str:
    """What a cursor is of: the list as it was asked, on the days that `last` meant then."""
    ground, period = question.ground, question.axis.period
    return f"{field}|{ground.client}|{ground.app}|{period}|{question.event}|{question.measure}|{question.where}"


async def _total(context: Context, question: Question) -> float:
    return float(await context.asked.load(Total(question)) or 0)


async def _users(
    context: Context, question: Question, field: str, search: str | None, first: int | None, after: str | None
) -> Connection[User]:
    """The users that a day of the question counts."""
    of_list = f"{_of_list(field, question)}|{search}"
    return await users_counted(context, question.ground.client, of_list, search, ActiveUsers(question), first, after)
