"""Rows that are told as they are accepted: each once, in their order, to whoever may read rows."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Annotated, Final, TypeVar
from uuid import UUID

import strawberry
from graphql import GraphQLSchema

from parallax import costs
from parallax.analyses.arrivals import Arrivals, Arrived, Mark, Standing
from parallax.analyses.questions import Ground, Measure, Question
from parallax.analyses.rows import Row
from parallax.analytics.asked import checked_event
from parallax.analytics.inputs import ConditionInput, raw
from parallax.context import Context, Info
from parallax.engine.frames import EVENTS, LOGS
from parallax.errors import NotFound, ParallaxError, Timeout
from parallax.events.again import ground_of
from parallax.events.levels import LogLevel
from parallax.events.pages import SYSTEM, all_days, equal, needs_editor
from parallax.events.shown import Event, Log
from parallax.filters import EVENT_FIELDS, checked
from parallax.live.following import RETRY_S
from parallax.references import app_of, client_of

AT_ONCE: Final = 200
"""Rows that are held while their reader takes them."""
COST: Final = costs.read("events", 100, source=SYSTEM, once=0)
T = TypeVar("T")
Ask = Callable[[Ground], Question]
TheClient = Annotated[strawberry.ID, strawberry.argument(description="The client, by global id or bare UUID.")]
OneApp = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only of this app of it, by global id or bare UUID.")
]


@strawberry.type
class RowSubscriptions:
    @strawberry.subscription(
        description="Each event that is accepted from now on, once, in the order of acceptance, whatever its `at` and "
        "through whichever gateway it came. Refused with NOT_FOUND when there is no such client or app; null, and then the "
        "end, when that becomes so later. While the database does not answer, nothing is sent. Needs EDITOR.",
        metadata=COST,
    )
    async def event_received(
        self,
        info: Info,
        client: TheClient,
        app: OneApp = None,
        event: Annotated[str | None, strawberry.argument(description="Only events of this name.")] = None,
        where: Annotated[
            list[ConditionInput] | None,
            strawberry.argument(description="Only events that satisfy all of these, at most 50."),
        ] = None,
    ) -> AsyncGenerator[Event | None, None]:
        name, conditions = checked_event(event), checked(raw(where), fields=EVENT_FIELDS)

        def ask(ground: Ground) -> Question:
            return Question(ground, Measure.EVENTS, all_days(ground), name, conditions)

        return await _followed(_Feed(info.context, *_named(client, app), EVENTS, ask), Event.of)

    @strawberry.subscription(
        description="Each log record that is accepted from now on, once, in the order of acceptance. It ends as "
        "`eventReceived` does. Needs EDITOR.",
        metadata=COST,
    )
    async def log_received(
        self,
        info: Info,
        client: TheClient,
        app: OneApp = None,
        service: Annotated[str | None, strawberry.argument(description="Only records of this service.")] = None,
        level: Annotated[LogLevel | None, strawberry.argument(description="Only records of this level.")] = None,
    ) -> AsyncGenerator[Log | None, None]:
        name, conditions = None if level is None else level.name, tuple(equal(service=service))

        def ask(ground: Ground) -> Question:
            return Question(ground, Measure.EVENTS, all_days(ground), name, conditions)

        return await _followed(_Feed(info.context, *_named(client, app), LOGS, ask), Log.of)


def shows_what_is_told(schema: GraphQLSchema) -> None:
    """Lets subscriptions have an argument called `event`, by which name Strawberry's own way to show one goes."""
    assert schema.subscription_type is not None
    for field in schema.subscription_type.fields.values():
        field.resolve = _as_told


def _as_told(told: object, /, *_: object, **__: object) -> object:
    return told


def _named(client: str, app: str | None) -> tuple[UUID, UUID | None]:
    found = client_of(client)
    of_app = None if found is None or app is None else app_of(app, found)
    if found is None or (app is not None and of_app is None):
        raise _missing(app)
    return found, of_app


def _missing(app: object) -> NotFound:
    return NotFound("There is no such client." if app is None else "There is no such client, or no such app of it.")


class _Feed:
    """What one subscription reads."""

    def __init__(self, context: Context, client: UUID, app: UUID | None, stream: int, ask: Ask) -> None:
        self.context, self.client, self.app = context, client, app
        self._stream, self._ask = stream, ask

    async def question(self) -> Question | None:
        """What is asked, as the client's calendar is by now; None when client or app are not there. Raises Forbidden."""
        ground = await ground_of(self.context, self.client, self.app, self._stream)
        if ground is None:
            return None
        needs_editor(self.context, self.client)
        return self._ask(ground)

    async def begun(self) -> Mark:
        question = await self.question()
        mark: Mark | None = None if question is None else await self.context.asked.load(Standing(question.ground))
        if mark is None:
            raise _missing(self.app)
        return mark

    async def arrived(self, since: Mark) -> tuple[Arrived, str] | None:
        """What came since, and the client's zone."""
        question = await self.question()
        if question is None:
            return None
        arrived: Arrived | None = await self.context.asked.load(Arrivals(question, since, AT_ONCE))
        return None if arrived is None else (arrived, question.ground.zone)

    async def in_turn(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer by rights, clock and data as they are now. A failure that passes is waited out."""
        assert self.context.watcher is not None
        while True:
            try:
                async with self.context.watcher.turns:
                    await self.context.renew()
                    return await ask()
            except ParallaxError as error:
                if error.retry_after_s is None and not isinstance(error, Timeout):
                    raise
                await asyncio.sleep(error.retry_after_s or RETRY_S)

    async def may_go_on(self) -> None:
        needs_editor(self.context, self.client)


async def _followed(feed: _Feed, shown: Callable[[Row, str], T]) -> AsyncGenerator[T | None, None]:
    """From here on: what is accepted after the return is told, also before the first event is waited for."""
    return _told(feed, await feed.begun(), shown)


async def _told(feed: _Feed, mark: Mark, shown: Callable[[Row, str], T]) -> AsyncGenerator[T | None, None]:
    assert feed.context.watcher is not None
    with feed.context.watcher.watching(feed.client) as watch:
        more = False
        while True:
            if not more:
                await watch.news(0)
            found = await feed.in_turn(lambda since=mark: feed.arrived(since))  # type: ignore[misc]
            if found is None:
                yield None
                return
            arrived, zone = found
            for place, row in enumerate(arrived.rows):
                if place:  # those of the first were just looked at
                    await feed.in_turn(feed.may_go_on)
                yield shown(row, zone)
            mark, more = arrived.until, arrived.more
