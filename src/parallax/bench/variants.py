"""The servers that `bench serve` compares, as ASGI applications over one schema and one way to the database.

ours      the gateway as it is served
stock     Strawberry's own ASGI application, with the same schema, context, tokens and row-level security
bare      a handler that knows the operations, runs the same statements and encodes dicts: the practical limit
constant  a handler that sends bytes it was given: what HTTP alone costs
sql       as stock, its series each by a statement of its own on the roll-ups of events
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp
from strawberry.asgi import GraphQL

from parallax import server
from parallax.access.tokens import Tokens, bearer
from parallax.bench.bare import answer
from parallax.bench.series_sql import SqlContext
from parallax.context import Context
from parallax.db import Database
from parallax.installation import Urls
from parallax.pages import Cursors
from parallax.schema import schema
from parallax.settings import Settings

NAMES = ("ours", "stock", "bare", "constant")
JSON = "application/json"


def made(name: str, settings: Settings, urls: Urls, constant: Path | None = None) -> ASGIApp:
    """The application of a variant; `constant` holds the bytes for the one of that name."""
    if name == "ours":
        return server.app(settings, urls)
    db = Database(settings, urls.reading, urls.writing)
    tokens, cursors = Tokens(db), Cursors(settings.derived("cursor"))

    async def context(request: Request) -> Context:
        now = datetime.now(UTC)
        viewer = await tokens.viewer(bearer(request.headers.get("authorization")), now)
        return Context(db, viewer, now, cursors, "bench")

    async def by_statements(request: Request) -> Context:
        asked = await context(request)
        return SqlContext(db, asked.viewer, asked.now, cursors, asked.request_id)

    endpoints: Mapping[str, Callable[[], Any]] = {
        "stock": lambda: Stock(context),
        "sql": lambda: Stock(by_statements),
        "bare": lambda: _bare(context),
        "constant": lambda: _constant(constant.read_bytes() if constant is not None else b"{}"),
    }
    endpoint = endpoints[name]()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with db:
            yield
            await tokens.settled()

    methods = None if name in ("stock", "sql") else ["POST"]
    return Starlette(routes=[Route("/graphql", endpoint, methods=methods)], lifespan=lifespan)


class Stock(GraphQL):
    def __init__(self, context: Callable[[Request], Awaitable[Context]]) -> None:
        super().__init__(schema, graphql_ide=None)
        self._context = context

    async def get_context(self, request: Any, response: Any) -> Any:  # noqa: ARG002 - theirs to name
        return await self._context(request)


def _bare(context: Callable[[Request], Awaitable[Context]]) -> Callable[[Request], Awaitable[Response]]:
    async def handler(request: Request) -> Response:
        asked = await context(request)
        sent = orjson.loads(await request.body())
        found = await answer(asked, sent["operationName"], sent["variables"])
        return Response(orjson.dumps({"data": found}), media_type=JSON)

    return handler


def _constant(content: bytes) -> Callable[[Request], Awaitable[Response]]:
    async def handler(request: Request) -> Response:
        await request.body()
        return Response(content, media_type=JSON)

    return handler
