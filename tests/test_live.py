"""Subscriptions: what is told when, to whom, and what it costs. The transports have their own tests."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from graphql import ExecutionResult, experimental_execute_incrementally, parse, subscribe

from parallax.access.tokens import Tokens
from parallax.context import Context
from parallax.db import Database, connected, statements
from parallax.embedded import Embedded
from parallax.errors import SourceUnavailable, Unauthenticated
from parallax.ids import GlobalId, encode
from parallax.installation import Urls, prepare
from parallax.live.watching import Watcher
from parallax.migrations import Roles
from parallax.pages import Cursors
from parallax.schema import schema
from parallax.scopes import EVERYBODY, Scope, Statement
from parallax.settings import Settings
from parallax.usage.reports import Report
from parallax.usage.track import track
from tests.clusters import Cluster
from tests.seeds import APPS, BOTH, HIMAL, MAPS, NORDLYS, NOTES, OPERATOR, STRANGER, TREK, VIEWER, seed

POLL_S = 0.02
FOLLOW = """subscription ($id: ID!, $every: Int = 1) {
  metricChanged(id: $id, everySeconds: $every) { total period { end } comparison { total } }
}"""
ASK = """query ($client: ID!, $app: ID!, $metric: ActivityMetric!, $period: PeriodInput!, $compare: Comparison) {
  client(id: $client) { app(id: $app) { activity(metric: $metric, period: $period, compare: $compare) { id } } }
}"""
WEEK = {"last": "7d"}
REVOKED = Statement("revoked", "update api_token set revoked_at = now() where name = $1")
UNGRANTED = Statement("ungranted", "delete from api_token_grant where client_id = $1 and token_id = $2")
ALIVE = Statement("alive", "select 1")
APP_GONE = Statement("app_gone", "delete from app where client_id = $1 and id = $2")
APP_REMOVED = Statement("app_removed", "insert into removal (client_id, app_id) values ($1, $2)")


@dataclass
class Live:
    """A database, what watches it, and a clock that a test moves."""

    db: Database
    watcher: Watcher
    clock: Callable[[], datetime]
    hands: list[datetime] = field(default_factory=list)

    async def context(self, token: str) -> Context:
        tokens = Tokens(self.db)

        async def again() -> tuple[Any, datetime]:
            now = self.clock()
            return await tokens.viewer(token, now), now

        viewer, now = await again()
        await tokens.settled()
        context = Context(self.db, viewer, now, Cursors(b"key"), "a-request")
        context.watcher, context.again = self.watcher, again
        return context

    async def metric(self, app: UUID = NOTES, metric: str = "SESSION_COUNT", **asked: Any) -> str:
        variables = {"client": str(APPS[app][0]), "app": str(app), "metric": metric, "period": WEEK, **asked}
        context = await self.context(OPERATOR)
        result = await experimental_execute_incrementally(  # type: ignore[misc]
            schema._schema, parse(ASK), context_value=context, variable_values=variables
        )
        assert isinstance(result, ExecutionResult)
        assert result.data is not None, result.errors
        return str(result.data["client"]["app"]["activity"]["id"])

    async def subscribed(self, metric: str, token: str = VIEWER, every: int = 1) -> Any:
        """The stream of events, or the one result that refuses it."""
        context = await self.context(token)
        return await subscribe(
            schema._schema, parse(FOLLOW), context_value=context, variable_values={"id": metric, "every": every}
        )  # type: ignore[misc]

    @asynccontextmanager
    async def following(self, metric: str, token: str = VIEWER, every: int = 1) -> AsyncIterator["Events"]:
        stream = await self.subscribed(metric, token, every)
        assert not isinstance(stream, ExecutionResult), stream.errors
        async with aclosing(stream):
            yield Events(stream)

    async def used(self, user: str, day: date, app: UUID = NOTES, client: UUID = NORDLYS) -> None:
        """One more session."""
        await track(self.db, Scope.of(client), client, [Report(0, app, user, day, 1000, 1)])

    async def changed(self, *changes: tuple[Any, ...], scope: Scope = EVERYBODY) -> None:
        async with self.db.writing(scope) as transaction:
            for change in changes:
                assert await transaction.run(*change) == 1


@dataclass
class Events:
    stream: AsyncGenerator[ExecutionResult, None]

    async def next(self) -> Any:
        """What the next event shows; fails when none comes."""
        async with asyncio.timeout(15):
            result = await anext(self.stream)
        assert result.errors is None
        return result.data and result.data["metricChanged"]

    async def ended(self) -> None:
        async with asyncio.timeout(15):
            with pytest.raises(StopAsyncIteration):
                await anext(self.stream)


@asynccontextmanager
async def watched(settings: Settings, urls: Urls, look_s: float = 60.0) -> AsyncIterator[Live]:
    hands = [datetime(2026, 3, 11, 12, tzinfo=UTC)]

    def clock() -> datetime:
        return hands[-1]

    async with (
        Database(settings, urls.reading, urls.writing) as db,
        Watcher(db, every_s=POLL_S, look_s=look_s, clock=clock) as watcher,
    ):
        yield Live(db, watcher, clock, hands)


@pytest.fixture
async def live(settings: Settings, own_urls: Urls) -> AsyncIterator[Live]:
    async with watched(settings, own_urls) as live:
        yield live


@pytest.fixture
async def alert(settings: Settings, own_urls: Urls) -> AsyncIterator[Live]:
    """Rights are looked at all the time."""
    async with watched(settings, own_urls, look_s=POLL_S) as live:
        yield live


# ---------------------------------------------------------------- what is told
async def test_a_series_is_told_at_once_and_again_when_usage_comes_in(live: Live) -> None:
    async with live.following(await live.metric()) as events:
        assert (await events.next())["total"] == 0
        await live.used("ada", date(2026, 3, 10))
        assert (await events.next())["total"] == 1
        await live.used("bob", date(2026, 3, 11))
        assert (await events.next())["total"] == 2


async def test_usage_of_another_app_or_of_other_days_tells_nothing(live: Live) -> None:
    async with live.following(await live.metric()) as events:
        assert (await events.next())["total"] == 0
        await live.used("ada", date(2026, 3, 10), app=MAPS)
        await live.used("ada", date(2026, 2, 10))
        await live.used("ada", date(2026, 3, 10), app=TREK, client=HIMAL)
        told = asyncio.ensure_future(events.next())
        await _looked_twice(live)
        assert not told.done()
        await live.used("bob", date(2026, 3, 10))
        assert (await told)["total"] == 1


async def _looked_twice(live: Live) -> None:
    """Two further readers have seen a change through: whoever was woken with them has looked as well."""
    for day in (8, 9):
        async with live.following(await live.metric(MAPS)) as others:
            before = (await others.next())["total"]
            await live.used(f"user {day}", date(2026, 3, day), app=MAPS)
            assert (await others.next())["total"] == before + 1


async def test_changes_that_come_close_together_are_told_once_with_the_last_state(live: Live) -> None:
    async with live.following(await live.metric(), every=2) as events:
        assert (await events.next())["total"] == 0
        told = asyncio.ensure_future(events.next())
        for number in range(5):
            await live.used(f"user {number}", date(2026, 3, 10))
        assert (await told)["total"] == 5


async def test_nobody_is_told_more_often_than_they_asked(live: Live) -> None:
    metric = await live.metric()
    async with live.following(metric) as brisk, live.following(metric, every=3600) as calm:
        assert (await brisk.next())["total"] == (await calm.next())["total"] == 0
        told = asyncio.ensure_future(calm.next())
        for number in (1, 2):
            await live.used(f"user {number}", date(2026, 3, 10))
            assert (await brisk.next())["total"] == number
        assert not told.done()
        told.cancel()
        await asyncio.wait([told])


async def test_a_slow_reader_sees_the_newest_state_alone(live: Live) -> None:
    async with live.following(await live.metric()) as events, live.following(await live.metric()) as brisk:
        assert (await events.next())["total"] == (await brisk.next())["total"] == 0
        for number in (1, 2):
            await live.used(f"user {number}", date(2026, 3, 10))
            assert (await brisk.next())["total"] == number
        assert (await events.next())["total"] == 2


async def test_a_change_before_the_first_event_was_read_is_not_missed(live: Live) -> None:
    metric = await live.metric()
    async with live.following(metric) as others, live.following(metric) as events:
        assert (await others.next())["total"] == 0
        await live.used("ada", date(2026, 3, 10))
        assert (await others.next())["total"] == 1  # the change has been told to whoever was there
        assert (await events.next())["total"] == 0
        assert (await events.next())["total"] == 1


async def test_distinct_users_and_a_comparison_are_followed_as_well(live: Live) -> None:
    users = await live.metric(metric="USER_COUNT")
    compared = await live.metric(compare="PREVIOUS")
    async with live.following(users) as events, live.following(compared) as against:
        assert (await events.next())["total"] == 0
        assert (await against.next())["comparison"]["total"] == 4
        await live.used("eve", date(2026, 3, 3))
        await live.used("ada", date(2026, 3, 10))
        assert (await events.next())["total"] == 1
        assert await against.next() == {
            "total": 1,
            "period": {"end": "2026-03-11"},
            "comparison": {"total": 5},
        }


async def test_a_day_that_turns_moves_the_period(live: Live) -> None:
    """At the client's midnight, which is Kathmandu's and not the server's."""
    live.hands.append(datetime(2026, 3, 9, 18, 14, tzinfo=UTC))
    async with live.following(await live.metric(TREK), STRANGER) as events:
        assert (await events.next())["total"] == 1  # that of 3 March
        await live.used("bob", date(2026, 3, 3), app=TREK, client=HIMAL)
        assert await events.next() == {"total": 2, "period": {"end": "2026-03-09"}, "comparison": None}
        live.hands.append(datetime(2026, 3, 9, 18, 15, tzinfo=UTC))
        assert await events.next() == {"total": 0, "period": {"end": "2026-03-10"}, "comparison": None}


# ---------------------------------------------------------------- to whom
async def test_what_is_no_visible_metric_is_refused_as_if_it_were_missing(live: Live) -> None:
    trek = await live.metric(TREK)
    app = encode(GlobalId("App", NORDLYS, (NOTES,)))
    unasked = encode(GlobalId("Metric", NORDLYS, ('{"activity":"NOTHING"}',)))
    refusals = [await live.subscribed(id) for id in (trek, app, unasked, "", "x" * 100)]
    for refusal in refusals:
        assert isinstance(refusal, ExecutionResult)
        assert refusal.data is None
        [error] = refusal.errors or []
        assert getattr(error.original_error, "extensions", {})["code"] == "NOT_FOUND"
        assert error.message == refusals[0].errors[0].message
    assert live.watcher.watched == 0


@pytest.mark.parametrize("every", [0, -1, 3601, 2**31 - 1])
async def test_an_interval_out_of_bounds_is_refused(live: Live, every: int) -> None:
    refusal = await live.subscribed(await live.metric(), every=every)
    assert isinstance(refusal, ExecutionResult)
    [error] = refusal.errors or []
    assert getattr(error.original_error, "extensions", {})["code"] == "INVALID_PARAMETER"
    assert "1 to 3600" in error.message


async def test_a_revoked_token_ends_its_subscriptions_without_a_change(alert: Live) -> None:
    """Also of one who wants an event an hour."""
    async with alert.following(await alert.metric(), every=3600) as events:
        await events.next()
        await alert.changed((REVOKED, "viewer"))
        async with asyncio.timeout(10):
            with pytest.raises(Unauthenticated):
                await anext(events.stream)
    assert alert.watcher.watched == 0


async def test_a_role_that_is_lost_gives_null_and_the_end(alert: Live) -> None:
    """The token still opens another client: it is none for this one."""
    async with alert.following(await alert.metric(TREK), BOTH, every=3600) as events:
        assert await events.next() is not None
        viewer = (await alert.context(BOTH)).viewer
        await alert.changed((UNGRANTED, HIMAL, viewer.id), scope=Scope.of(HIMAL, NORDLYS))
        assert await events.next() is None
        await events.ended()
    assert alert.watcher.watched == 0


async def test_an_app_that_is_deleted_gives_null_and_the_end(live: Live) -> None:
    async with live.following(await live.metric()) as events:
        assert await events.next() is not None
        await live.changed((APP_GONE, NORDLYS, NOTES), (APP_REMOVED, NORDLYS, NOTES), scope=Scope.of(NORDLYS))
        assert await events.next() is None
        await events.ended()


# ---------------------------------------------------------------- at what cost
async def test_a_look_is_one_statement_for_all_readers_and_none_when_nobody_watches(live: Live) -> None:
    watcher = Watcher(live.db)  # without a task of its own: the test says when it looks

    async def looked() -> list[str]:
        names: list[str] = []
        statements.set(names)
        await watcher.look()
        return names

    assert await looked() == []
    with watcher.watching(NORDLYS) as first, watcher.watching(NORDLYS) as second, watcher.watching(HIMAL) as third:
        assert await looked() == ["client_changes"]
        watches = (first, second, third)
        assert all([await watch.news(0) for watch in watches])
        told = [asyncio.ensure_future(watch.news(0)) for watch in watches]
        assert await looked() == ["client_changes"]
        await live.used("ada", date(2026, 3, 9), app=TREK, client=HIMAL)
        assert await looked() == ["client_changes"]
        assert await told[2]
        assert not told[0].done()
        await live.used("ada", date(2026, 3, 9))
        assert await looked() == ["client_changes"]
        assert await told[0]
        assert await told[1]
    assert await looked() == []


async def test_an_ended_subscription_leaves_nothing_behind(live: Live) -> None:
    metric = await live.metric()
    tasks = asyncio.all_tasks()
    for ending in ("closed", "cancelled while it waits", "never read"):
        stream = await live.subscribed(metric)
        if ending != "never read":
            await anext(stream)
            assert live.watcher.watched == 1
        if ending == "cancelled while it waits":
            waiting = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0)  # lets it begin
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        await stream.aclose()
        assert live.watcher.watched == 0, ending
    assert asyncio.all_tasks() <= tasks


# ---------------------------------------------------------------- when something breaks
async def test_a_database_that_goes_away_and_comes_back_is_waited_for() -> None:
    with tempfile.TemporaryDirectory(prefix="plx-", ignore_cleanup_errors=True) as folder:
        # A deadline so short that no call bridges the gap: what waits has to ask again by itself.
        settings = Settings(data_dir=Path(folder), secret_key="a key for tests alone", deadline=0.5)
        embedded = Embedded(settings.data_dir)
        with embedded:
            urls = Urls(embedded.dsn, *Roles.of(settings).urls(embedded.dsn), embedded)
            await prepare(settings, urls)
            seeding = settings.model_copy(update={"deadline": 10})
            async with Database(seeding, urls.reading, urls.writing) as db:
                await seed(db)
            async with watched(settings, urls) as live:
                async with live.following(await live.metric()) as events:
                    assert (await events.next())["total"] == 0
                    told = asyncio.ensure_future(events.next())
                    await asyncio.to_thread(embedded.stop)
                    for _ in range(4):  # meanwhile the watcher and the reader have met it too
                        with pytest.raises(SourceUnavailable):
                            await live.db.rows(None, ALIVE)
                    assert not told.done()
                    await asyncio.to_thread(embedded.start)
                    async with Database(seeding, urls.reading, urls.writing) as db:
                        await track(db, Scope.of(NORDLYS), NORDLYS, [Report(0, NOTES, "ada", date(2026, 3, 10), 1, 1)])
                    assert (await told)["total"] == 1
                assert live.watcher.watched == 0


async def test_reading_connections_that_are_killed_go_unnoticed(live: Live, own_urls: Urls, cluster: Cluster) -> None:
    assert own_urls.owner is not None
    name = own_urls.owner.partition("?")[0].rpartition("/")[2]
    async with live.following(await live.metric()) as events:
        assert (await events.next())["total"] == 0
        async with connected(cluster.superuser_url_of(name)) as superuser:
            killed = await superuser.value(
                """select count(pg_terminate_backend(pid)) from pg_stat_activity
                   where datname = current_database() and usename like '%app'"""
            )
        assert killed >= 1
        await live.used("ada", date(2026, 3, 10))
        assert (await events.next())["total"] == 1
