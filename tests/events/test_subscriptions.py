"""Rows that are told as they are accepted: each once, in order, over both transports, through any gateway (I3)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
from graphql import ExecutionResult, parse, subscribe

from parallax.access.tokens import Tokens
from parallax.clients.setup import delete_client
from parallax.context import Context
from parallax.db import Database
from parallax.errors import Unauthenticated
from parallax.installation import Urls
from parallax.live.watching import Watcher
from parallax.pages import Cursors
from parallax.schema import schema
from parallax.scopes import EVERYBODY, Scope, Statement
from parallax.settings import Settings
from tests.events.given import Given
from tests.gateways import NOW, listening
from tests.http.test_sockets import opened
from tests.seeds import EDITOR, HIMAL, MAPS, NORDLYS, NOTES, OPERATOR, STRANGER, TREK, VIEWER

POLL_S = 0.02
HOUR = "2026-03-10T10:00:00Z"
EVENTS = f'subscription {{ eventReceived(client: "{NORDLYS}" %s) {{ name userId properties }} }}'
LOGS = f'subscription {{ logReceived(client: "{NORDLYS}" %s) {{ message level }} }}'
REVOKED = Statement("revoked", "update api_token set revoked_at = now() where name = $1")
DEMOTED = Statement("demoted", "update api_token_grant set role = 'VIEWER' where client_id = $1 and role = 'EDITOR'")


class Live(Given):
    """A database, what watches it, and what is put into it."""

    def __init__(self, db: Database, watcher: Watcher) -> None:
        super().__init__(db)
        self.watcher = watcher

    async def named(self, *names: str, at: str = HOUR, **more: Any) -> None:
        """Events of these names, sent together."""
        await self.events(*({"name": name, "at": at, **more} for name in names))

    async def subscribed(self, text: str, token: str = EDITOR) -> Any:
        """The stream of events, or the one result that refuses it."""
        tokens = Tokens(self.db)

        async def again() -> tuple[Any, datetime]:
            now = datetime(2026, 3, 11, 12, tzinfo=UTC)
            return await tokens.viewer(token, now), now

        viewer, now = await again()
        await tokens.settled()
        context = Context(self.db, viewer, now, Cursors(b"key"), "a-request")
        context.watcher, context.again = self.watcher, again
        return await subscribe(schema._schema, parse(text), context_value=context)  # type: ignore[misc]

    @asynccontextmanager
    async def following(self, text: str, token: str = EDITOR) -> AsyncIterator["Told"]:
        stream = await self.subscribed(text, token)
        assert not isinstance(stream, ExecutionResult), stream.errors
        async with aclosing(stream):
            yield Told(stream)


class Told:
    def __init__(self, stream: Any) -> None:
        self.stream = stream

    async def next(self) -> Any:
        async with asyncio.timeout(15):
            result = await anext(self.stream)
        assert result.errors is None, result.errors
        [row] = result.data.values()
        return row

    async def names(self, count: int) -> list[str]:
        return [(await self.next())["name"] for _ in range(count)]

    async def ended(self) -> None:
        async with asyncio.timeout(15):
            with pytest.raises(StopAsyncIteration):
                await anext(self.stream)


@pytest.fixture
async def live(settings: Settings, own_urls: Urls) -> AsyncIterator[Live]:
    async with (
        Database(settings, own_urls.reading, own_urls.writing) as db,
        Watcher(db, every_s=POLL_S, look_s=POLL_S) as watcher,
    ):
        live = Live(db, watcher)
        await live.cleared()
        yield live


# ---------------------------------------------------------------- what is told
async def test_events_are_told_once_each_in_the_order_in_which_they_were_accepted(live: Live) -> None:
    """Whatever their time."""
    await live.named("before")
    async with live.following(EVENTS % "") as told:
        await live.named("a", at="2026-03-10T10:00:00Z")
        await live.named("b", "c", at="2026-01-10T10:00:00Z")
        assert await told.names(3) == ["a", "b", "c"]
        await live.named("d", at="2026-02-10T10:00:00Z")
        assert await told.names(1) == ["d"]
    assert live.watcher.watched == 0


async def test_an_event_is_told_as_a_question_would_show_it(live: Live) -> None:
    async with live.following(EVENTS % "") as told:
        await live.named("a", user="ada", properties={"n": 1.0, "deep": {"x": None}})
        assert await told.next() == {"name": "a", "userId": "ada", "properties": {"n": 1.0, "deep": {"x": None}}}


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ('event: "b"', ["b", "b"]),
        ('where: [{field: "n", operator: GT, value: 1}]', ["b", "last"]),
        ('where: [{field: "user", value: "ada"}], event: "a"', ["a"]),
        (f'app: "{NOTES}"', ["c", "last"]),
        (f'app: "{MAPS}"', []),
    ],
)
async def test_only_events_that_satisfy_the_arguments_are_told(live: Live, arguments: str, names: list[str]) -> None:
    async with live.following(EVENTS % f", {arguments}") as told, live.following(EVENTS % "") as every:
        await live.events(
            {"name": "a", "user": "ada", "properties": {"n": 1}},
            {"name": "b", "user": "bob", "properties": {"n": 2}},
            {"name": "b", "properties": {"n": None}},
            {"name": "c", "app": str(NOTES)},
        )
        await live.logs({"message": "no event"})
        await live.events({"name": "last", "app": str(NOTES), "properties": {"n": 9}})
        assert await every.names(5) == ["a", "b", "b", "c", "last"]
        assert await told.names(len(names)) == names


async def test_what_came_before_the_first_event_was_read_is_not_missed(live: Live) -> None:
    async with live.following(EVENTS % "") as told:
        await live.named("a")
        await live.folded()
        await live.named("b")
        assert await told.names(2) == ["a", "b"]


async def test_a_reader_who_is_slower_than_the_fold_misses_nothing(live: Live) -> None:
    """Rows move on from the tail, days apart, and before they were read."""
    await live.named("old", at="2026-03-01T10:00:00Z")
    await live.folded()
    async with live.following(EVENTS % "") as told:
        await live.named("a", at="2026-03-05T10:00:00Z")
        assert await told.names(1) == ["a"]
        await live.named("b", at="2026-03-09T10:00:00Z")
        await live.folded()
        await live.named("c", at="2026-03-01T10:00:00Z")
        await live.named("d", at="2026-03-05T10:00:00Z")
        await live.folded()
        await live.named("e", at="2026-03-09T10:00:00Z")
        assert await told.names(4) == ["b", "c", "d", "e"]
        await live.folded()
        await live.named("f")
        assert await told.names(1) == ["f"]


async def test_a_burst_is_told_in_order_while_it_is_folded(live: Live) -> None:
    sent = [f"n{number % 7}" for number in range(1000)]
    days = [f"2026-03-{1 + number % 5:02}T10:00:00Z" for number in range(1000)]
    async with live.following(EVENTS % "") as told:
        for start in range(0, 1000, 250):
            await live.events(
                *(
                    {"name": sent[number], "at": days[number], "properties": {"number": number}}
                    for number in range(start, start + 250)
                )
            )
            if start < 700:
                await live.folded()
        found = [(await told.next())["properties"]["number"] for _ in range(1000)]
    assert found == list(range(1000))


async def test_logs_are_told_by_service_and_level(live: Live) -> None:
    async with live.following(LOGS % ', service: "mail", level: ERROR') as told, live.following(LOGS % "") as every:
        await live.logs(
            {"message": "a", "service": "mail"},
            {"message": "b", "service": "mail", "level": "ERROR"},
            {"message": "c", "level": "ERROR"},
        )
        await live.named("no log")
        await live.folded()
        await live.logs({"message": "d", "service": "mail", "level": "ERROR"})
        assert [(await every.next())["message"] for _ in range(4)] == ["a", "b", "c", "d"]
        assert [(await told.next())["message"] for _ in range(2)] == ["b", "d"]


# ---------------------------------------------------------------- to whom
@pytest.mark.parametrize("text", [EVENTS, LOGS])
@pytest.mark.parametrize(
    ("token", "arguments", "code"),
    [
        (VIEWER, "", "FORBIDDEN"),
        (STRANGER, "", "NOT_FOUND"),
        (EDITOR, f', app: "{TREK}"', "NOT_FOUND"),
        (EDITOR, ', app: "nothing"', "NOT_FOUND"),
    ],
)
async def test_who_may_not_read_rows_is_refused_at_once(
    live: Live, text: str, token: str, arguments: str, code: str
) -> None:
    refusal = await live.subscribed(text % arguments, token)
    assert isinstance(refusal, ExecutionResult)
    [error] = refusal.errors or []
    assert getattr(error.original_error, "extensions", {})["code"] == code
    assert live.watcher.watched == 0


async def test_a_token_that_is_revoked_hears_nothing_more(live: Live) -> None:
    async with live.following(EVENTS % "") as told:
        await live.named("a", "b")
        assert await told.names(1) == ["a"]
        async with live.db.writing(EVERYBODY) as transaction:
            await transaction.run(REVOKED, "editor")
        async with asyncio.timeout(15):
            with pytest.raises(Unauthenticated):
                await anext(told.stream)
    assert live.watcher.watched == 0


async def test_a_role_that_is_lost_ends_it_without_a_further_event(live: Live) -> None:
    async with live.following(EVENTS % "") as told:
        async with live.db.writing(Scope.of(NORDLYS)) as transaction:
            await transaction.run(DEMOTED, NORDLYS)
        await live.named("a")
        async with asyncio.timeout(15):
            with pytest.raises(Exception, match="EDITOR"):
                await anext(told.stream)


async def test_a_client_that_is_deleted_gives_null_and_the_end(live: Live) -> None:
    async with live.following(EVENTS % "", OPERATOR) as told:
        await live.named("a")
        assert await told.names(1) == ["a"]
        await delete_client(live.db, NORDLYS, datetime(2026, 3, 11, tzinfo=UTC))
        assert await told.next() is None
        await told.ended()
    assert live.watcher.watched == 0


async def test_rows_of_another_client_are_not_told(live: Live) -> None:
    async with live.following(EVENTS % "", OPERATOR) as told:
        await Given(live.db, HIMAL).events({"name": "theirs"})
        await live.named("ours")
        assert await told.names(1) == ["ours"]


# ---------------------------------------------------------------- over the wire
TRACK = """mutation ($client: ID!, $events: [EventInput!]!) {
  eventsTrack(client: $client, events: $events) { accepted userErrors { message } }
}"""


async def test_both_transports_tell_what_came_through_another_gateway(settings: Settings, own_urls: Urls) -> None:
    async with (
        asyncio.timeout(60),
        listening(settings, own_urls) as here,
        listening(settings, own_urls) as there,
        httpx.AsyncClient(headers={"authorization": f"Bearer {EDITOR}", "parallax-now": NOW}) as http,
        opened(there) as socket,
        http.stream(
            "POST", f"{there}/graphql", json={"query": EVENTS % ""}, headers={"accept": "text/event-stream"}
        ) as stream,
    ):
        await socket.greet(EDITOR)
        await socket.begin(EVENTS % "")
        # A socket's subscription stands once a later question of it is answered; a stream's with its head.
        await socket.asked("{ viewer { name } }", "later")
        sent = [{"name": f"n{number}", "at": HOUR, "id": str(number)} for number in range(20)]
        for start in (0, 10):
            answer = await http.post(
                f"{here}/graphql",
                json={"query": TRACK, "variables": {"client": str(NORDLYS), "events": sent[start : start + 10]}},
            )
            assert answer.json()["data"]["eventsTrack"] == {"accepted": 10, "userErrors": []}
        heard = [(await socket.heard())["payload"]["data"]["eventReceived"]["name"] for _ in range(20)]
        read = []
        async for line in stream.aiter_lines():
            if line.startswith("data: {"):
                read.append(orjson.loads(line.removeprefix("data: "))["data"]["eventReceived"]["name"])
                if len(read) == 20:
                    break
    assert heard == read == [row["name"] for row in sent]
