"""The whole gateway in one process, and what a test asks of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import uvicorn
from starlette.applications import Starlette

from parallax import db as database
from parallax.http.sockets.conversation import Patience
from parallax.http.sockets.opening import Sockets
from parallax.http.sockets.wire import flags
from parallax.installation import Urls
from parallax.server import app
from parallax.settings import Settings
from parallax.vendors.gate import Gate
from tests.seeds import VIEWER

Heard: TypeAlias = Callable[[httpx.Response], Awaitable[None]]
HEARD: list[Heard] = []
"""Who hears every answer of gateways that are made from then on, before the test does."""
OPERATIONS = Path(__file__).parent / "operations"
NOW = "2026-03-11T12:00:00Z"
"""The clock of a test's operations unless it sets its own: Wednesday, 11 March 2026."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`statements` are the names of the statements that the operation caused, but the look-up of its token."""

    status: int
    body: dict[str, Any]
    statements: list[str]
    headers: httpx.Headers

    @property
    def data(self) -> Any:
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return list(self.body.get("errors", []))

    @property
    def error(self) -> dict[str, Any]:
        """The one error of the answer."""
        [error] = self.errors
        return error

    def error_at(self, *path: str | int) -> dict[str, Any]:
        [error] = [error for error in self.errors if error.get("path") == list(path)]
        return error


@dataclass(frozen=True, slots=True)
class Gateway:
    """`gate` is its way to vendors: for what a test cannot see through the graph, as that all has been written down."""

    http: httpx.AsyncClient
    settings: Settings
    urls: Urls
    gate: Gate

    async def ask(
        self, operation: str, *, token: str | None = VIEWER, now: str | None = NOW, **variables: Any
    ) -> Answer:
        """Asks a stored operation (`name.graphql`) or a text."""
        text = (OPERATIONS / operation).read_text() if operation.endswith(".graphql") else operation
        headers = {"accept": "application/graphql-response+json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        if now is not None:
            headers["parallax-now"] = now
        response = await self.http.post("/graphql", json={"query": text, "variables": variables}, headers=headers)
        names = [name for name in database.statements.get() or [] if name != "token_by_hash"]
        return Answer(response.status_code, response.json(), names, response.headers)


@asynccontextmanager
async def running(settings: Settings, urls: Urls) -> AsyncIterator[Gateway]:
    """A gateway over a database, without a socket between."""
    asgi = app(settings, urls)
    async with (
        asgi.router.lifespan_context(asgi),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(asgi), base_url="http://gateway", event_hooks={"response": [*HEARD]}
        ) as http,
    ):
        yield Gateway(http, settings, urls, asgi.state.gate)


def sockets_of(asgi: Starlette) -> Sockets:
    endpoints: Any = [each.kwargs.get("endpoints", {}) for each in asgi.user_middleware]
    [sockets] = [each["websocket"] for each in endpoints if "websocket" in each]
    assert isinstance(sockets, Sockets)
    return sockets


@dataclass(frozen=True, slots=True)
class Listening:
    """A gateway behind a real socket. It stops when `server.should_exit` is set."""

    url: str
    sockets: Sockets
    server: uvicorn.Server


@asynccontextmanager
async def served(
    settings: Settings, urls: Urls, patience: Patience | None = None, **more: Any
) -> AsyncIterator[Listening]:
    """As `parallax serve` has it. `patience` is for those who open WebSockets; `more` are uvicorn's own flags."""
    asgi = app(settings, urls)
    sockets = sockets_of(asgi)
    sockets.patience = patience or sockets.patience
    server = uvicorn.Server(uvicorn.Config(asgi, port=0, **flags() | more))
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(20):
            while not server.started:
                if serving.done():
                    serving.result()
                await asyncio.sleep(0.01)  # uvicorn tells it by this flag alone
        [listener] = server.servers
        yield Listening(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", sockets, server)
    finally:
        server.should_exit = True
        async with asyncio.timeout(60):
            await serving


@asynccontextmanager
async def listening(settings: Settings, urls: Urls) -> AsyncIterator[str]:
    """Its address."""
    async with served(settings, urls) as gateway:
        yield gateway.url
