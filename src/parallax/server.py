"""START READING HERE: the routes, and what lives as long as the server does.

A query travels server → http → schema → a part's graph → its loaders → analyses → engine → db, and back the same way.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from parallax import telemetry, tracing
from parallax.access.callers import Callers
from parallax.db import Database
from parallax.engine.kernels.warming import warm
from parallax.engine.worker import DEADLINE_S, Folding
from parallax.errors import ParallaxError
from parallax.http.draining import Draining
from parallax.http.endpoint import Endpoint
from parallax.http.explorer import routes as static_routes
from parallax.http.running import Runner
from parallax.http.sending import PATH as SENDING
from parallax.http.sending import sending
from parallax.http.sockets.opening import Sockets
from parallax.installation import Urls
from parallax.live.watching import Watcher
from parallax.schema import schema
from parallax.scopes import Statement
from parallax.settings import Settings
from parallax.users.purging import purge
from parallax.vendors.gate import Gate
from parallax.vendors.known import VENDORS

ALIVE = Statement("alive", "select 1")
READY_WITHIN_S = 2.0


def app(settings: Settings, urls: Urls) -> Starlette:
    """The gateway as an ASGI application. The database is prepared before (see installation)."""
    tracing.configure(settings)
    folding_db, folding = _folding(
        settings, urls
    )  # before the other: pools are told in /metrics by name, the last one's
    db = Database(settings, urls.reading, urls.writing)
    callers = Callers(db, settings)
    watcher = Watcher(db)
    gate = Gate(settings, db, VENDORS)
    runner = Runner(settings, db, schema._schema, callers, watcher, gate)
    draining = Draining()
    endpoint = Endpoint(settings, runner, draining)
    sockets = Sockets(runner, settings)
    health = Health(db, draining, folding)

    async def close_sockets() -> None:
        await draining.begun.wait()
        await sockets.stop()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with db, folding_db, watcher:
            besides = [asyncio.create_task(close_sockets())]
            if settings.fold:
                besides.append(asyncio.create_task(folding.run()))
            if urls.embedded:
                besides.append(asyncio.create_task(urls.embedded.watch()))
            await asyncio.to_thread(warm)  # no question waits for a compiler
            # What is there now stays: the collector need not look at it again, nor often; but the more it has to look at
            # at once, the longer all wait for it.
            gc.collect()
            gc.freeze()
            gc.set_threshold(10_000, 20, 20)
            if settings.test_clock:
                telemetry.logger("parallax").warning("PARALLAX_TEST_CLOCK is on: callers may set the time")
            health.serving = True
            try:
                with draining.on_signal(settings.drain_notice):
                    yield
            finally:
                health.serving = False
                draining.begin()
                await sockets.stop()
                for task in besides:
                    task.cancel()
                await asyncio.wait(besides)
                await callers.settled()
                await gate.close()
                await asyncio.to_thread(tracing.flush)

    made = Starlette(
        # Before the routes: they need longer to find /graphql than it needs to answer from its caches.
        middleware=[
            # Has its own origins: what is told of /graphql's must not judge it.
            Middleware(Shortcut, path=SENDING, endpoints={"http": sending(settings, db, runner, draining)}),
            *_cors(settings),
            Middleware(Shortcut, path="/graphql", endpoints={"http": endpoint, "websocket": sockets}),
        ],
        routes=[
            Route("/livez", health.livez),
            Route("/readyz", health.readyz),
            Route("/metrics", health.metrics),
            Route("/", _home),
            *static_routes(),
        ],
        lifespan=lifespan,
    )
    made.state.draining, made.state.gate = draining, gate
    return made


def _cors(settings: Settings) -> list[Middleware]:
    """For pages of other sites, where the operator names them. Tokens travel in a header: no cookies are allowed."""
    origins = [origin.strip().rstrip("/") for origin in settings.cors_origins.split(",") if origin.strip()]
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=["ETag", "Retry-After", "X-Request-Id"],
            max_age=86_400,
        )
    ]


def _folding(settings: Settings, urls: Urls) -> tuple[Database, Folding]:
    """Has connections of its own: a fold may take longer than a request, and takes none of theirs."""
    own = settings.model_copy(update={"deadline": DEADLINE_S, "pool_size": 2, "ingest_pool_size": 2})
    db = Database(own, urls.reading, urls.writing)
    return db, Folding(db, settings.fold_events, settings.fold_seconds, settings.keep_months, purge=purge)


class Shortcut:
    """Leads one path straight to its endpoints, by the kind of connection."""

    def __init__(self, app: ASGIApp, path: str, endpoints: Mapping[str, ASGIApp]) -> None:
        self._app, self._path, self._endpoints = app, path, endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoints.get(scope["type"]) if scope.get("path") == self._path else None
        await (endpoint or self._app)(scope, receive, send)


class Health:
    """What load balancers and monitors ask."""

    def __init__(self, db: Database, draining: Draining, folding: Folding) -> None:
        self.serving = False
        self._db, self._draining, self._folding = db, draining, folding

    async def livez(self, _: Request) -> Response:
        """200 while the process lives, whatever the database does."""
        return PlainTextResponse("alive\n")

    async def readyz(self, _: Request) -> Response:
        """200 while questions can be answered; 503 while starting, stopping, or without the database.

        That folding fails, or what else the worker does, is told beside it: answers stay right, they only take longer and
        longer.
        """
        if not self.serving or self._draining.begun.is_set():
            return PlainTextResponse("not serving\n", 503)
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await self._db.rows(None, ALIVE)
        except (ParallaxError, TimeoutError):
            return PlainTextResponse("the database does not answer\n", 503)
        problem = self._folding.problem
        return PlainTextResponse("ready\n" if problem is None else f"ready, but {problem}\n")

    async def metrics(self, _: Request) -> Response:
        return Response(telemetry.exposition(), media_type=telemetry.CONTENT_TYPE)


async def _home(_: Request) -> Response:
    return RedirectResponse("/graphql")
