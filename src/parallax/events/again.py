"""Rows by their ids, and those of one user."""

from datetime import date
from uuid import UUID

from parallax.analyses.questions import Ground, Measure, Question
from parallax.analyses.rows import Row, RowAt, RowsPage
from parallax.analyses.session_rows import SessionOf, SessionRow, SessionsPage
from parallax.analyses.user_facts import EventsOfUser
from parallax.apps.loaders import AppKey
from parallax.context import Context
from parallax.engine.frames import EVENTS, LOGS
from parallax.errors import NotFound
from parallax.events.pages import all_days, every_event, may_see_rows, needs_editor, paged
from parallax.events.shown import Event, EventConnection, Log, Session, SessionConnection
from parallax.ids import NO_APP
from parallax.users.loaders import SeenKey, UserKey


async def ground_of(context: Context, client: UUID, app: UUID | None = None, stream: int = EVENTS) -> Ground | None:
    """Whose rows they are; None when the client, or the app, is not there or not visible."""
    record = await context.client.load(client)
    if record is None or (app is not None and await context.app.load(AppKey(client, app)) is None):
        return None
    return Ground(client, app, stream, record.time_zone, context.today(record.time_zone))


# ---------------------------------------------------------------- by id
async def event_again(context: Context, client: UUID, day: date, position: int) -> Event | None:
    """The event of a UTC day and a position, for who may see rows; to everybody else there is none."""
    found = await _row(context, client, EVENTS, day, position)
    return None if found is None else Event.of(found[0], found[1].zone)


async def log_again(context: Context, client: UUID, day: date, position: int) -> Log | None:
    found = await _row(context, client, LOGS, day, position)
    return None if found is None else Log.of(found[0], found[1].zone)


async def _row(context: Context, client: UUID, stream: int, day: date, position: int) -> tuple[Row, Ground] | None:
    ground = await ground_of(context, client, None, stream) if may_see_rows(context, client) else None
    row: Row | None = None if ground is None else await context.asked.load(RowAt(ground, day, position))
    return None if row is None or ground is None else (row, ground)


async def session_again(context: Context, client: UUID, number: int, app: UUID) -> Session | None:
    """The session of a number, as it is below the app, or with `NO_APP` as it is the client's."""
    if not may_see_rows(context, client):
        return None
    ground = await ground_of(context, client, None if app == NO_APP else app)
    row: SessionRow | None = None if ground is None else await context.asked.load(SessionOf(ground, number))
    return None if row is None or ground is None else Session.of(row, ground)


# ---------------------------------------------------------------- of a user
async def events_of_user(context: Context, user: UserKey, first: int | None, after: str | None) -> EventConnection:
    """Raises NotFound for a client that is gone meanwhile."""
    needs_editor(context, user.client)
    ground = await ground_of(context, user.client)
    if ground is None:
        raise NotFound("There is no such client.")
    question = every_event(ground)

    async def counted() -> float:
        return float(await context.asked.load(EventsOfUser(ground, user.actor)) or 0)

    return await paged(
        context,
        EventConnection,
        f"userEvents|{user.client}|{user.actor}",
        lambda limit, before: RowsPage(question, limit, user.actor, before),
        lambda row: Event.of(row, ground.zone),
        counted,
        first,
        after,
    )


async def sessions_of_user(
    context: Context, user: UserKey, first: int | None, after: str | None
) -> SessionConnection | None:
    needs_editor(context, user.client)
    ground = await ground_of(context, user.client)
    if ground is None:
        return None
    question = Question(ground, Measure.SESSIONS, all_days(ground))

    async def counted() -> float:
        key = SeenKey(user.client, ground.zone, ground.today, user.actor)
        return float(await context.user_session_count.load(key) or 0)

    return await paged(
        context,
        SessionConnection,
        f"userSessions|{user.client}|{user.actor}",
        lambda limit, before: SessionsPage(question, limit, user.actor, before),
        lambda row: Session.of(row, ground),
        counted,
        first,
        after,
    )
