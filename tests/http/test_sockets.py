"""graphql-transport-ws over real sockets: what a client relies on, and what nobody can make of it."""

import asyncio
import json
import re
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from parallax.db import Database, connected
from parallax.http.sockets.conversation import Patience
from parallax.http.sockets.wire import GREETING_BYTES, MOST_BYTES
from parallax.ids import GlobalId, encode
from parallax.installation import Urls
from parallax.scopes import EVERYBODY, Scope, Statement
from parallax.settings import Settings
from parallax.usage.reports import Report
from parallax.usage.track import track
from tests.clusters import Cluster
from tests.conftest import cloned
from tests.gateways import NOW, Listening, listening, served
from tests.seeds import ADMIN, EXPIRED, NORDLYS, NOTES, REVOKED, STRANGER, TOKENS, VIEWER
from tests.verbs import eventually, on, started

QUERY = "{ clients { nodes { name } } }"
SEEN = {"data": {"clients": {"nodes": [{"name": "Nordlys"}]}}}
ASK = f"""{{ client(id: "{NORDLYS}") {{ app(id: "{NOTES}") {{
  activity(metric: SESSION_COUNT, period: {{ last: "30d" }}) {{ id }}
}} }} }}"""
FOLLOW = "subscription ($id: ID!) { metricChanged(id: $id, everySeconds: 1) { total } }"
REVOKE = Statement("revoke", "update api_token set revoked_at = now() where id = $1")


class Client:
    """One WebSocket of a test."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def heard(self) -> dict[str, Any]:
        async with asyncio.timeout(20):
            message: dict[str, Any] = json.loads(await self.connection.recv())
            return message

    async def greet(self, token: str | None = VIEWER, name: str = "Authorization") -> None:
        await self.say(type="connection_init", payload={name: f"Bearer {token}"} if token else {})
        assert await self.heard() == {"type": "connection_ack"}

    async def begin(self, query: str, key: str = "1", **variables: Any) -> None:
        await self.say(id=key, type="subscribe", payload={"query": query, "variables": variables})

    async def asked(self, query: str, key: str = "1", **variables: Any) -> Any:
        """The answer of what is no subscription."""
        await self.begin(query, key, **variables)
        told = await self.heard()
        assert (told["id"], told["type"]) == (key, "next"), told
        assert await self.heard() == {"id": key, "type": "complete"}
        return told["payload"]

    async def refused(self, key: str = "1") -> str:
        """The code of the one error."""
        told = await self.heard()
        assert (told["id"], told["type"]) == (key, "error"), told
        [error] = told["payload"]
        return str(error["extensions"]["code"])

    async def closed(self) -> int:
        """The code that the server closes with; what it says before is left unread."""
        async with asyncio.timeout(20):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        return self.connection.close_code or 0

    async def metric(self) -> str:
        answer = await self.asked(ASK, "metric")
        return str(answer["data"]["client"]["app"]["activity"]["id"])


@asynccontextmanager
async def opened(url: str, *protocols: str, now: str | None = NOW, **more: Any) -> AsyncIterator[Client]:
    headers = dict(more.pop("headers", {}))
    if now is not None:
        headers["parallax-now"] = now
    chosen = [Subprotocol(each) for each in protocols or ("graphql-transport-ws",)]
    async with connect(
        f"{url.replace('http', 'ws')}/graphql",
        subprotocols=chosen if chosen != [""] else None,
        additional_headers=headers,
        **more,
    ) as connection:
        yield Client(connection)


@pytest.fixture(scope="module")
async def url(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[str]:
    """A gateway that all who only read share."""
    async with cloned(cluster, settings, template) as urls, listening(settings, urls) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[Client]:
    async with opened(url) as client:
        yield client


# ---------------------------------------------------------------- what a client relies on
async def test_a_query_is_answered_and_completed(client: Client) -> None:
    await client.greet()

    assert await client.asked(QUERY) == SEEN
    assert await client.asked(QUERY) == SEEN, "an id that is free again may be used again"


async def test_the_protocol_is_the_one_that_was_asked_for(client: Client) -> None:
    assert client.connection.subprotocol == "graphql-transport-ws"


async def test_a_mutation_is_answered_and_kept(own_urls: Urls, settings: Settings) -> None:
    text = "mutation ($input: AppCreateInput!) { appCreate(input: $input) { app { name } userErrors { code } } }"
    async with listening(settings, own_urls) as url, opened(url) as client:
        await client.greet(ADMIN)
        answer = await client.asked(text, input={"client": encode(GlobalId("Client", NORDLYS)), "name": "Radio"})

        assert answer == {"data": {"appCreate": {"app": {"name": "Radio"}, "userErrors": []}}}
        assert "Radio" in json.dumps(await client.asked("{ clients { nodes { apps { nodes { name } } } } }"))


async def test_operations_run_side_by_side_and_are_told_apart_by_their_ids(client: Client) -> None:
    await client.greet()
    for number in range(5):
        await client.begin(QUERY, str(number))
    told = [await client.heard() for _ in range(10)]

    for kind in ("next", "complete"):
        assert sorted(each["id"] for each in told if each["type"] == kind) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    "query", ["{ nothing }", "{", "{ clients { nodes { apps { nodes {", "query A { a } query B { b }"]
)
async def test_what_cannot_run_is_an_error_and_the_socket_stays(client: Client, query: str) -> None:
    await client.greet()
    await client.begin(query)
    told = await client.heard()
    assert (told["id"], told["type"]) == ("1", "error")
    assert {error["extensions"]["code"] for error in told["payload"]} == {"INVALID_PARAMETER"}
    assert await client.asked(QUERY) == SEEN


async def test_variables_that_do_not_fit_are_an_error(client: Client) -> None:
    await client.greet()
    await client.begin(FOLLOW, id=None)
    assert await client.refused() == "INVALID_PARAMETER"


async def test_a_text_over_its_limit_is_an_error(client: Client) -> None:
    await client.greet()
    await client.begin("{" + " " * 300_000 + QUERY[1:])
    assert await client.refused() == "INVALID_PARAMETER"


async def test_an_answer_over_its_limit_is_an_error(own_urls: Urls, settings: Settings) -> None:
    async with (
        listening(settings.model_copy(update={"max_answer_bytes": 60}), own_urls) as url,
        opened(url) as client,
    ):
        await client.greet()
        await client.begin(QUERY)
        assert await client.refused() == "TOO_COSTLY"


async def test_an_explanation_is_an_answer(client: Client) -> None:
    await client.greet()
    metric = await client.metric()
    payload = {"query": FOLLOW, "variables": {"id": metric}, "extensions": {"explain": True}}
    await client.say(id="1", type="subscribe", payload=payload)

    told = await client.heard()
    assert told["payload"]["data"] is None
    assert told["payload"]["extensions"]["explain"]["cost"] > 0


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
async def test_the_token_comes_with_the_greeting(client: Client, name: str) -> None:
    await client.greet(STRANGER, name)
    assert (await client.asked(QUERY))["data"]["clients"]["nodes"] == [{"name": "Himal"}]


async def test_the_token_may_come_with_the_handshake_and_the_greetings_goes_before_it(url: str) -> None:
    headers = {"authorization": f"Bearer {STRANGER}"}
    async with opened(url, headers=headers) as client:
        await client.greet(None)
        assert (await client.asked(QUERY))["data"]["clients"]["nodes"] == [{"name": "Himal"}]
    async with opened(url, headers=headers) as client:
        await client.greet(VIEWER)
        assert await client.asked(QUERY) == SEEN


async def test_a_ping_is_answered_with_its_payload_even_before_the_greeting(client: Client) -> None:
    await client.say(type="ping", payload={"at": 1})
    assert await client.heard() == {"type": "pong", "payload": {"at": 1}}
    await client.say(type="pong")
    await client.greet()
    await client.say(type="ping")
    assert await client.heard() == {"type": "pong"}


# ---------------------------------------------------------------- subscriptions
async def used(settings: Settings, urls: Urls, user: str) -> None:
    """A session more in Notes."""
    async with Database(settings, urls.reading, urls.writing) as db:
        await track(db, Scope.of(NORDLYS), NORDLYS, [Report(0, NOTES, user, date(2026, 3, 10), 1000, 1)])


async def revoked(settings: Settings, urls: Urls, token: str) -> None:
    async with Database(settings, urls.reading, urls.writing) as db, db.writing(EVERYBODY) as transaction:
        assert await transaction.run(REVOKE, UUID(int=list(TOKENS).index(token) + 1)) == 1


async def test_a_subscription_tells_what_changes_until_its_caller_completes_it(
    own_urls: Urls, settings: Settings
) -> None:
    async with listening(settings, own_urls) as url, opened(url) as client:
        await client.greet()
        await client.begin(FOLLOW, id=await client.metric())
        first = await client.heard()
        await used(settings, own_urls, "eve")
        second = await client.heard()
        await client.say(id="1", type="complete")

        totals = [told["payload"]["data"]["metricChanged"]["total"] for told in (first, second)]
        assert totals[1] == totals[0] + 1
        assert await client.asked(QUERY) == SEEN, "its id is free, and nothing of it comes after"


async def test_a_token_that_is_revoked_ends_the_socket_at_the_next_event(own_urls: Urls, settings: Settings) -> None:
    async with listening(settings, own_urls) as url, opened(url) as client:
        await client.greet()
        await client.begin(FOLLOW, id=await client.metric())
        await client.heard()
        await revoked(settings, own_urls, VIEWER)
        await used(settings, own_urls, "eve")

        assert await client.closed() == 4403


async def test_a_token_that_is_revoked_ends_the_socket_at_the_next_operation(
    own_urls: Urls, settings: Settings
) -> None:
    async with listening(settings, own_urls) as url, opened(url) as client:
        await client.greet()
        await revoked(settings, own_urls, VIEWER)
        await client.begin(QUERY)

        assert await client.closed() == 4403


async def test_a_token_that_expires_ends_the_socket(url: str) -> None:
    async with opened(url, now="2026-01-31T23:59:59.5Z") as client:
        await client.greet(EXPIRED)
        assert await client.closed() == 4403


# ---------------------------------------------------------------- what is closed, and with which code
async def test_who_does_not_greet_is_closed(own_urls: Urls, settings: Settings) -> None:
    async with served(settings, own_urls, Patience(greeting_s=0.1)) as gateway, opened(gateway.url) as client:
        assert await client.closed() == 4408


async def test_who_has_greeted_is_left_alone(own_urls: Urls, settings: Settings) -> None:
    async with served(settings, own_urls, Patience(greeting_s=1.5)) as gateway, opened(gateway.url) as client:
        await client.greet()
        async with opened(gateway.url) as other:
            assert await other.closed() == 4408
        assert await client.asked(QUERY) == SEEN


def test_by_default_a_greeting_is_waited_for_ten_seconds() -> None:
    assert Patience() == Patience(greeting_s=10, reading_s=30)


@pytest.mark.parametrize("token", [None, "plx_nothing", REVOKED, EXPIRED, "x" * 20_000, "plx_ü", "a b"])
async def test_a_wrong_token_is_closed(client: Client, token: str | None) -> None:
    payload = {"Authorization": f"Bearer {token}"} if token else {}
    await client.say(type="connection_init", payload=payload)
    assert await client.closed() == 4403


async def test_an_authorization_that_is_no_text_is_closed(client: Client) -> None:
    await client.say(type="connection_init", payload={"authorization": ["Bearer"]})
    assert await client.closed() == 4403


async def test_an_operation_before_the_greeting_is_closed(client: Client) -> None:
    await client.begin(QUERY)
    assert await client.closed() == 4401


async def test_a_second_greeting_is_closed(client: Client) -> None:
    await client.greet()
    await client.say(type="connection_init")
    assert await client.closed() == 4429


async def test_an_id_that_runs_already_is_closed(client: Client) -> None:
    await client.greet()
    metric = await client.metric()
    await client.begin(FOLLOW, "a" * 200, id=metric)
    await client.begin(FOLLOW, "a" * 200, id=metric)
    assert await client.closed() == 4409


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        "{}",
        '{"type": 1}',
        '{"type": "start"}',
        '{"type": "next", "id": "1"}',
        '{"type": "connection_init", "payload": []}',
        '{"type": "ping", "payload": "now"}',
        '{"type": "subscribe", "payload": {"query": "{ clients { nodes { name } } }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ clients { nodes { name } } }"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ clients { nodes { name } } }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ x }", "variables": []}}',
        '{"type": "complete"}',
        '{"type": "complete", "id": "\\ud800"}',
        b'{"type": "ping"}',
    ],
)
async def test_what_is_no_message_is_closed(client: Client, message: str | bytes) -> None:
    await client.greet()
    await client.connection.send(message)
    assert await client.closed() == 4400


async def test_a_message_over_a_megabyte_is_closed(client: Client) -> None:
    await client.greet()
    await client.say(type="ping", payload={"x": "x" * (MOST_BYTES - 100)})
    assert (await client.heard())["type"] == "pong"
    await client.connection.send("x" * (MOST_BYTES + 1))
    assert await client.closed() == 1009


async def test_a_stranger_may_send_less(client: Client) -> None:
    await client.connection.send("x" * (GREETING_BYTES + 1))
    assert await client.closed() == 1009


async def test_a_frame_of_64_megabytes_is_closed_when_it_is_announced(client: Client) -> None:
    await client.greet()
    client.connection.transport.write(b"\x81\xff" + (64 * 2**20).to_bytes(8, "big") + b"mask")
    assert await client.closed() == 1009


async def test_a_message_in_thousands_of_pieces_is_closed(client: Client) -> None:
    await client.greet()
    with suppress(ConnectionClosed):
        await client.connection.send([""] * 3000)
    assert await client.closed() == 1009


async def test_the_legacy_protocol_is_refused_so_that_its_clients_hear_why(url: str) -> None:
    async with opened(url, "graphql-ws") as client:
        assert await client.closed() == 4406


async def test_no_protocol_is_refused(url: str) -> None:
    async with opened(url, "") as client:
        assert await client.closed() == 4406


async def test_the_right_protocol_is_found_among_others(url: str) -> None:
    async with opened(url, "graphql-ws", "graphql-transport-ws") as client:
        await client.greet()


async def test_other_paths_take_no_socket(url: str) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(f"{url.replace('http', 'ws')}/livez"):
            pass


# ---------------------------------------------------------------- who may open one, and how many
@pytest.mark.parametrize(
    ("setting", "origin", "opens"),
    [
        ("", None, True),
        ("", "http://{host}", True),
        ("", "https://evil.example", False),
        ("", "null", False),
        ("", "http://{host}.evil.example", False),
        ("", "http://[", False),
        ("https://app.example, https://other.example/", "https://other.example", True),
        ("https://app.example", "http://app.example", False),
        ("*", "https://anywhere.example", True),
    ],
)
async def test_pages_of_other_sites_are_refused_unless_named(
    own_urls: Urls, settings: Settings, setting: str, origin: str | None, opens: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(settings.model_copy(update={"cors_origins": setting}), own_urls) as url:
        headers = {} if origin is None else {"origin": origin.replace("{host}", url.removeprefix("http://"))}
        if opens:
            async with opened(url, headers=headers) as client:
                await client.greet()
        else:
            with pytest.raises(InvalidStatus) as refused:
                async with opened(url, headers=headers):
                    pass
            assert refused.value.response.status_code == 403
            assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_five_hundred_sockets_are_held_and_one_more_is_told_to_wait(own_urls: Urls, settings: Settings) -> None:
    few = settings.model_copy(update={"max_sockets": 500})
    async with listening(few, own_urls) as url, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(opened(url, ping_interval=None)) for _ in range(500)]
        for client in clients:
            await client.greet()
        with pytest.raises(InvalidStatus) as refused:
            async with opened(url):
                pass
        assert refused.value.response.status_code == 503
        assert int(refused.value.response.headers["retry-after"]) > 0
        assert await clients[0].asked(QUERY) == SEEN
        async with httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {VIEWER}"}) as http:
            assert (await http.post("/graphql", json={"query": QUERY})).json() == SEEN
        await clients[1].connection.close()
        async with opened(url) as client:
            await client.greet()


async def test_who_has_not_greeted_makes_room(own_urls: Urls, settings: Settings) -> None:
    few = settings.model_copy(update={"max_sockets": 2})
    async with (
        listening(few, own_urls) as url,
        opened(url) as greeted,
        opened(url) as silent,
    ):
        await greeted.greet()
        async with opened(url) as client:
            assert await silent.closed() == 1013
            await client.greet()
            assert await greeted.asked(QUERY) == SEEN


async def test_of_a_thousand_subscriptions_on_a_socket_a_hundred_run(own_urls: Urls, settings: Settings) -> None:
    patient = settings.model_copy(update={"queue_wait": 30.0, "queue": 1000})
    async with listening(patient, own_urls) as url, opened(url) as client:
        await client.greet()
        metric = await client.metric()

        async def floods() -> None:
            for number in range(1000):
                await client.begin(FOLLOW, str(number), id=metric)

        flood = asyncio.create_task(floods())
        told = [await client.heard() for _ in range(1000)]
        await flood

        answered = {each["id"] for each in told if each["type"] == "next"}
        refused = [each for each in told if each["type"] == "error"]
        assert answered == {str(number) for number in range(100)}
        assert len(refused) == 900
        assert {each["payload"][0]["extensions"]["code"] for each in refused} == {"TOO_COSTLY"}
        await client.say(id="0", type="complete")
        await client.say(type="ping")
        assert await client.heard() == {"type": "pong"}


async def test_who_does_not_read_is_given_up_and_nothing_piles_up(own_urls: Urls, settings: Settings) -> None:
    async with served(settings, own_urls, Patience(reading_s=0.5)) as gateway:
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            door.setblocking(False)
            port = int(gateway.url.rpartition(":")[2])
            await asyncio.get_running_loop().sock_connect(door, ("127.0.0.1", port))
            async with opened(gateway.url, sock=door, max_queue=1, ping_interval=None) as client:
                await client.greet()

                async def floods() -> None:
                    with suppress(ConnectionClosed):
                        while True:
                            await client.say(type="ping", payload={"x": "x" * 500_000})

                flood = asyncio.create_task(floods())
                await eventually(partial(_none_open, gateway))
                await eventually(partial(_none_connected, gateway), 20)
                client.connection.transport.abort()
                await flood


async def test_who_does_not_answer_pings_is_dropped(own_urls: Urls, settings: Settings) -> None:
    async with served(settings, own_urls, ws_ping_interval=0.1, ws_ping_timeout=0.1) as gateway:
        reader, writer = await shaken(gateway.url)
        async with asyncio.timeout(20):
            assert b"keepalive" in await reader.read()
        writer.close()
        await eventually(partial(_none_open, gateway))


@pytest.mark.parametrize(
    "frame", [b"\x89\x80mask", b'\x81\x8f\0\0\0\0{"type":"ping"}'], ids=["empty pings", "messages"]
)
async def test_a_flood_of_tiny_frames_is_closed(own_urls: Urls, settings: Settings, frame: bytes) -> None:
    async with served(settings, own_urls, Patience(greeting_s=3600)) as gateway:
        reader, writer = await shaken(gateway.url)
        with suppress(ConnectionError):
            writer.write(frame * 100_000)
            async with asyncio.timeout(20):
                await reader.read()
        writer.close()
        await eventually(partial(_none_open, gateway))


async def shaken(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A WebSocket whose client does nothing by itself."""
    host = url.removeprefix("http://")
    reader, writer = await asyncio.open_connection(*host.split(":"))
    lines = [
        "GET /graphql HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: graphql-transport-ws",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    assert b"101" in await reader.readline()
    return reader, writer


async def _none_open(gateway: Listening) -> bool:
    return gateway.sockets.count == 0


async def _none_connected(gateway: Listening) -> bool:
    """Neither does the server hold what it could not send."""
    return not gateway.server.server_state.connections


# ---------------------------------------------------------------- statements of those who left
@asynccontextmanager
async def locked(cluster: Cluster, urls: Urls) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Every statement that reads a client waits; how many do."""
    assert urls.owner is not None
    name = urls.owner.partition("?")[0].rpartition("/")[2]
    async with connected(cluster.superuser_url_of(name)) as superuser, connected(cluster.superuser_url) as looking:

        async def waiting() -> int:
            count = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = $1"
            return int(await looking.value(count, name))

        async with superuser.transaction():
            await superuser.script("lock table parallax.client in access exclusive mode")
            yield waiting


def patient(settings: Settings) -> Settings:
    """Whose statements would outlast a test: they end since they are cancelled."""
    return settings.model_copy(update={"deadline": 300.0})


async def test_complete_cancels_what_runs_in_the_database(own_urls: Urls, settings: Settings, cluster: Cluster) -> None:
    async with listening(patient(settings), own_urls) as url, opened(url) as client:
        await client.greet()
        async with locked(cluster, own_urls) as waiting:
            await client.begin(QUERY)
            await eventually(waiting)
            await client.say(id="1", type="complete")

            async def free() -> bool:
                return await waiting() == 0

            await eventually(free)
        assert await client.asked(QUERY) == SEEN


async def test_who_leaves_leaves_nothing_running_in_the_database(
    own_urls: Urls, settings: Settings, cluster: Cluster
) -> None:
    async with served(patient(settings), own_urls) as gateway, locked(cluster, own_urls) as waiting:
        async with opened(gateway.url) as client:
            await client.greet()
            for key in ("1", "2", "3"):
                await client.begin(QUERY, key)

            async def all_wait() -> bool:
                return await waiting() == 3

            await eventually(all_wait)
            client.connection.transport.abort()

        async def free() -> bool:
            return await waiting() == 0

        await eventually(free)
        await eventually(partial(_none_open, gateway))


# ---------------------------------------------------------------- a gateway that stops
async def test_a_stopping_gateway_lets_queries_end_ends_subscriptions_and_tells_its_callers_to_come_back(
    own_urls: Urls, settings: Settings, cluster: Cluster
) -> None:
    async with served(settings, own_urls) as gateway, opened(gateway.url) as asking, opened(gateway.url) as following:
        await asking.greet()
        await following.greet()
        await following.begin(FOLLOW, id=await following.metric())
        await following.heard()
        async with locked(cluster, own_urls) as waiting:
            await asking.begin(QUERY)
            await eventually(waiting)
            stopping = asyncio.create_task(gateway.sockets.stop())
            assert await following.closed() == 1012
            with pytest.raises(InvalidStatus) as refused:
                async with opened(gateway.url):
                    pass
            assert refused.value.response.status_code == 503
        assert (await asking.heard())["payload"] == SEEN
        assert await asking.heard() == {"id": "1", "type": "complete"}
        assert await asking.closed() == 1012
        await stopping
        assert gateway.sockets.count == 0


async def test_a_server_that_stops_by_itself_tells_them_too(
    own_urls: Urls, settings: Settings, cluster: Cluster
) -> None:
    async with served(settings, own_urls) as gateway, opened(gateway.url) as idle, opened(gateway.url) as asking:
        await idle.greet()
        await asking.greet()
        async with locked(cluster, own_urls) as waiting:
            await asking.begin(QUERY)
            await eventually(waiting)
            gateway.server.should_exit = True
            assert await idle.closed() == 1012
        assert (await asking.heard())["payload"] == SEEN
        assert await asking.closed() == 1012


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_sigterm_tells_them_and_the_process_ends_well(
    own_urls: Urls, settings: Settings, tmp_path: Path, workers: str
) -> None:
    env = on(own_urls, settings, tmp_path, PARALLAX_DRAIN_NOTICE="0.1")
    async with started("serve", "--port", "0", "--workers", workers, env=env) as running:
        found = re.search(r"(http://[^/]+)/graphql", await running.until("(stop: Ctrl-C)"))
        assert found is not None
        async with opened(found[1], now=None) as idle, opened(found[1], now=None) as following:
            await idle.greet()
            await following.greet()
            await following.begin(FOLLOW, id=await following.metric())
            await following.heard()
            running.process.send_signal(signal.SIGTERM)
            assert await idle.closed() == 1012
            assert await following.closed() == 1012
        assert await running.ends() == 0
    assert "Traceback" not in running.said


# ---------------------------------------------------------------- the token's budget
async def test_a_spent_budget_is_an_error_and_the_socket_stays(own_urls: Urls, settings: Settings) -> None:
    poor = settings.model_copy(update={"rate_limit": 1})
    async with listening(poor, own_urls) as url, opened(url) as client:
        await client.greet()
        codes = set()
        for number in range(5):
            await client.begin(QUERY, str(number))
            told = await client.heard()
            if told["type"] == "error":
                codes.add(told["payload"][0]["extensions"]["code"])
                assert told["payload"][0]["extensions"]["retryAfterSeconds"] > 0
            else:
                await client.heard()
        await client.say(type="ping")
        assert await client.heard() == {"type": "pong"}
        assert codes == {"RATE_LIMITED"}
