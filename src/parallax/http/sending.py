"""`POST /v1/events`: rows without GraphQL around them, from SDKs, pages and pipes. Judged and kept as the mutations do."""

import asyncio
import json
import re
import time
from datetime import datetime
from math import isfinite
from typing import Any, Final
from uuid import UUID
from weakref import WeakValueDictionary

import orjson
from starlette.datastructures import QueryParams
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from parallax import costs, telemetry, tracing
from parallax import db as database
from parallax.access.viewer import Role, Viewer
from parallax.db import Database
from parallax.errors import Forbidden, InvalidParameter, NotFound, Timeout
from parallax.events import mutations as of_events
from parallax.events.mixture import EVENT, IDENTIFY, LOG, USAGE, Mixture, mixed, mixed_text
from parallax.events.storing import Outcome, store_mixture
from parallax.http import answers
from parallax.http.answers import Refused
from parallax.http.delivery import Delivery, SlowReader
from parallax.http.draining import Draining
from parallax.http.endpoint import LEFT, NOT_CACHED
from parallax.http.negotiation import JSON, Accepted
from parallax.http.recording import Request
from parallax.http.requests import SMALL, Call, CallerLeft, Unreadable, body_of, now_of, request_id_of
from parallax.http.room import BYTES, Room
from parallax.http.running import Runner
from parallax.receipts import Receipts
from parallax.references import client_of
from parallax.settings import Settings, origins
from parallax.telemetry import SENDING, Refusal, spared
from parallax.usage import mutations as of_usage
from parallax.users import mutations as of_users

PATH: Final = SENDING
LINES: Final = ("application/x-ndjson", "application/ndjson")
TEXT: Final = "text/plain"
"""What a page may send without being asked about it first: lines, or an array where it begins as one."""
MOST_ROWS: Final = 10_000
MOST_VALUES: Final = 500_000
"""Fields and elements of all rows together, counted before they are made: an empty object takes 30 times its two letters."""
ROW_COSTS: Final = {
    EVENT: of_events.ROW_COST,
    LOG: of_events.ROW_COST,
    IDENTIFY: of_users.ROW_COST,
    USAGE: of_usage.ROW_COST,
}
"""Units of a row, as the mutations declare them."""
HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""Of a character in two parts, which may stand alone: then orjson reads nothing of the text it is in."""
ARRAY: Final = re.compile(rb"\s*\[")
BOM: Final = b"\xef\xbb\xbf"


def sending(settings: Settings, db: Database, runner: Runner, draining: Draining) -> ASGIApp:
    """With what pages of other sites are told. A token travels in a header: no cookies are allowed."""
    return CORSMiddleware(
        Sending(settings, db, runner, draining),
        allow_origins=origins(settings.ingest_origins),
        allow_methods=["POST"],
        allow_headers=["*"],
        expose_headers=["Retry-After", "X-Request-Id"],
        max_age=86_400,
    )


class Sending:
    """`/v1/events` over one runner, with whose turns and budgets it shares the process."""

    def __init__(self, settings: Settings, db: Database, runner: Runner, draining: Draining) -> None:
        self._settings, self._db, self._runner, self._draining = settings, db, runner, draining
        self._receipts = Receipts(settings.derived("receipt"))
        self._room = Room()
        # Whoever sends slowly has room taken up for as long: the many who have the same public token, half of it at most.
        self._shares: WeakValueDictionary[UUID, Room] = WeakValueDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call, started = Call(scope, receive), time.perf_counter()
        request_id = request_id_of(call)
        delivery = Delivery(call, send, request_id, self._draining)
        request = Request(call, delivery, request_id, Accepted(JSON), name=SENDING)
        names: list[str] = []
        database.statements.set(names)
        ends = database.deadline.set(time.monotonic() + self._settings.deadline)
        with tracing.request(call.method, call.headers) as span:
            try:
                await self._served(request)
            except (CallerLeft, SlowReader):
                request.status = LEFT
            span.answered(request.status)
        database.deadline.reset(ends)
        request.tell(time.perf_counter() - started, names, span.trace, self._settings.slow)

    async def _served(self, request: Request) -> None:
        """Sends the answer, whatever becomes of the request."""
        headers = NOT_CACHED
        try:
            body = answers.encoded(await self._answered(request))
        except (CallerLeft, SlowReader):
            raise
        except Exception as error:
            refused = Refused.by(error, request.id)
            request.status, request.refused, request.errors = refused.status, refused.reason, 1
            body, headers = answers.encoded(refused.answer), {**NOT_CACHED, **refused.headers}
        await request.delivery.whole(request.status, JSON, body, headers)

    async def _answered(self, request: Request) -> dict[str, Any]:
        call = request.call
        if call.method != "POST":
            raise Unreadable(405, "Use POST.", allow="POST")
        authorization, now = call.headers.get("authorization"), now_of(call, self._settings)
        if authorization is None:  # refused before it is read: a stranger learns nothing from what they sent
            await self._runner.caller(None, now)
        self._runner.turns.check(authorization)
        kind = _kind(call)
        # What is here already is read before a turn is taken; of a stranger nothing large is read at all.
        if call.is_small:
            return await self._kept(request, await body_of(call, self._settings), kind, authorization, now)
        async with self._runner.turns.of(authorization):
            viewer = await self._runner.caller(authorization, now)
            _client(call, viewer)
        announced = self._settings.max_body_bytes if call.length is None else call.length
        share = self._shares.setdefault(viewer.id, Room(BYTES // 2))
        async with share.for_bytes(announced), self._room.for_bytes(min(announced, BYTES // 2)):
            return await self._kept(request, await body_of(call, self._settings), kind, authorization, now)

    async def _kept(
        self, request: Request, body: bytes, kind: str, authorization: str | None, now: datetime
    ) -> dict[str, Any]:
        """The answer, in a turn of its own. A caller who left is no reason to stop: a page that closes does not wait."""
        async with self._runner.turns.of(authorization):
            viewer = await self._runner.caller(authorization, now)
            request.token = str(viewer.id)
            client = _client(request.call, viewer)
            # A large one takes long enough to be noticed by others.
            mixture = read(body, kind) if len(body) <= SMALL else await asyncio.to_thread(read, body, kind)
            self._charge(viewer, mixture)
            try:
                async with asyncio.timeout(self._settings.deadline):
                    stored = await store_mixture(self._db, client, mixture, now, self._settings.max_waiting)
            except TimeoutError as error:
                raise Timeout(database.SLOW) from error
        telemetry.sent(stored.accepted, stored.duplicates, stored.replaced, len(stored.rejected))
        return _told(stored, self._receipts.make(stored.receipt))

    def _charge(self, viewer: Viewer, mixture: Mixture) -> None:
        """Raises RateLimited, TooCostly."""
        limits = self._runner.limits
        each = [costs.CHANGE + ROW_COSTS[kind] * len(lines) for kind, lines in mixture.by_kind.items() if len(lines)]
        refusal = limits.refusal(viewer, costs.REQUEST + sum(each), rows=len(mixture))
        if refusal is not None and limits.enforced:
            raise refusal
        if refusal is not None:
            spared(Refusal.of(refusal.code.value, 200))


def _client(call: Call, viewer: Viewer) -> UUID:
    """Whose rows they are. Raises InvalidParameter, NotFound, Forbidden."""
    if viewer.stored_only and not viewer.ingest_only:
        raise Forbidden(
            "This token runs stored operations alone: send with another (`parallax token create --ingest-only`)."
        )
    named = QueryParams(call.query).get("client") or call.headers.get("parallax-client")
    if named is not None:
        client = client_of(named)
        if client is None:
            raise NotFound("There is no such client.", details={"client": named[:200]})
    elif len(viewer.roles) == 1 and not viewer.is_operator:
        [client] = viewer.roles
    else:
        raise InvalidParameter("client", None, "the token opens several: add ?client=ID, or the header Parallax-Client")
    viewer.needs(Role.EDITOR, client, "Sending events")
    return client


# ---------------------------------------------------------------- the body
def _kind(call: Call) -> str:
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (JSON, TEXT, *LINES):
        raise Unreadable(415, f"Content-Type: send {JSON} (an array), {LINES[0]} (a row a line), or either as {TEXT}.")
    return kind


def read(body: bytes, kind: str) -> Mixture:
    """The rows of a body, sorted. Raises Unreadable."""
    body = body.removeprefix(BOM)
    if len(body) > MOST_VALUES and sum(body.count(sign) for sign in (b",", b"{", b"[")) > MOST_VALUES:
        raise Unreadable(413, f"The body has more than {MOST_VALUES} fields and elements: send fewer rows at once.")
    if kind == JSON or (kind == TEXT and ARRAY.match(body)):
        sent = _loaded(body)
        rows = sent if isinstance(sent, list) else [sent]
        _check(len(rows))
        return mixed(rows)
    body = body.rstrip()
    _check(body.count(b"\n") + 1)
    return mixed_text(body.split(b"\n"))


def _check(rows: int) -> None:
    if rows > MOST_ROWS:
        raise Unreadable(413, f"The body has {rows} rows; one call takes at most {MOST_ROWS}.")


def _loaded(body: bytes) -> object:
    try:
        sent: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if HALF.search(body) is None:
            raise Unreadable(400, f"The body is not JSON: {error}. A row a line is {LINES[0]}.") from None
        # One row's half character must not hide its neighbours: read it as it is, to be rejected by its place.
        try:
            sent = json.loads(body.decode(), parse_constant=_finite, parse_float=_finite)
        except (ValueError, RecursionError):
            raise Unreadable(400, f"The body is not JSON: {error}.") from None
    return sent


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError
    return number


# ---------------------------------------------------------------- the answer
def _told(stored: Outcome, receipt: str) -> dict[str, Any]:
    return {
        "accepted": stored.accepted,
        "duplicates": stored.duplicates,
        "replaced": stored.replaced,
        "rejected": [
            {"index": row.place, "field": row.path or None, "code": row.code.value, "message": row.message}
            for row in stored.rejected
        ],
        "receipt": receipt,
    }
