"""START READING HERE: the routes, and what lives as long as the server does.

A query travels server → http → schema → a part's graph → its loaders → analyses → engine → db, and back the same way.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from parallax import telemetry
from parallax.db import Database
from parallax.errors import ParallaxError
from parallax.http.endpoint import Endpoint
from parallax.http.explorer import routes as static_routes
from parallax.installation import Urls
from parallax.schema import schema
from parallax.scopes import Statement
from parallax.settings import Settings

ALIVE = Statement("alive", "select 1")
READY_WITHIN_S = 2.0


def app(settings: Settings, urls: Urls) -> Starlette:
    """The gateway as an ASGI application. The database is prepared before (see installation)."""
    db = Database(settings, urls.reading, urls.writing)
    endpoint = Endpoint(settings, db, schema._schema)
    health = Health(db)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with db:
            watch = asyncio.create_task(urls.embedded.watch()) if urls.embedded else None
            # What is there now stays: the collector need not look at it again, nor often.
            gc.collect()
            gc.freeze()
            gc.set_threshold(50_000, 20, 20)
            if settings.test_clock:
                telemetry.logger("parallax").warning("PARALLAX_TEST_CLOCK is on: callers may set the time")
            health.serving = True
            try:
                yield
            finally:
                health.serving = False
                if watch is not None:
                    watch.cancel()
                await endpoint.tokens.settled()

    return Starlette(
        # Before the routes: they need longer to find /graphql than it needs to answer from its caches.
        middleware=[Middleware(Shortcut, path="/graphql", endpoint=endpoint)],
        routes=[
            Route("/livez", health.livez),
            Route("/readyz", health.readyz),
            Route("/metrics", health.metrics),
            Route("/", _home),
            *static_routes(),
        ],
        lifespan=lifespan,
    )


class Shortcut:
    """Leads one path straight to its endpoint."""

    def __init__(self, app: ASGIApp, path: str, endpoint: ASGIApp) -> None:
        self._app, self._path, self._endpoint = app, path, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        straight = scope["type"] == "http" and scope["path"] == self._path
        await (self._endpoint if straight else self._app)(scope, receive, send)


class Health:
    """What load balancers and monitors ask."""

    def __init__(self, db: Database) -> None:
        self.serving = False
        self._db = db

    async def livez(self, _: Request) -> Response:
        """200 while the process lives, whatever the database does."""
        return PlainTextResponse("alive\n")

    async def readyz(self, _: Request) -> Response:
        """200 while questions can be answered; 503 while starting, stopping, or without the database."""
        if not self.serving:
            return PlainTextResponse("not serving\n", 503)
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await self._db.rows(None, ALIVE)
        except (ParallaxError, TimeoutError):
            return PlainTextResponse("the database does not answer\n", 503)
        return PlainTextResponse("ready\n")

    async def metrics(self, _: Request) -> Response:
        telemetry.CONNECTIONS.set(self._db.busy[0])
        return Response(telemetry.exposition(), media_type=telemetry.CONTENT_TYPE)


async def _home(_: Request) -> Response:
    return RedirectResponse("/graphql")
