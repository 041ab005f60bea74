"""Reads GraphQL requests out of HTTP: POST with JSON, GET with parameters. What cannot be read gets its status."""

import asyncio
import math
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope

from parallax.errors import InvalidParameter, ParallaxError
from parallax.http.negotiation import JSON
from parallax.http.unpacking import UNPACKINGS, Damaged
from parallax.scalars import read_instant
from parallax.settings import Settings
from parallax.telemetry import Refusal

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
SMALL = 64 * 2**10
"""A body up to this size is here, or nearly, when its headers are."""


class CallerLeft(Exception):
    """Nobody waits for an answer any more."""


class Call:
    """One HTTP request as it came in. `headers` are by lower-case name; one sent twice is joined by a comma."""

    __slots__ = ("headers", "method", "query", "receive")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.query: bytes = scope["query_string"]
        self.receive = receive
        self.headers: dict[str, str] = headers_of(scope)

    @property
    def length(self) -> int | None:
        """Bytes of the body, as announced."""
        told = self.headers.get("content-length", "")
        return int(told) if told.isdecimal() else None

    @property
    def is_small(self) -> bool:
        return self.method != "POST" or (self.length is not None and self.length <= SMALL)


def headers_of(scope: Scope) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


class Unreadable(ParallaxError):
    """A request that is none; `status` is HTTP's word for it."""

    code = InvalidParameter.code

    def __init__(self, status: int, message: str, reason: Refusal | None = None, **headers: str) -> None:
        super().__init__(message)
        self.status, self.reason, self.headers = status, reason, headers


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks to be run. Without `text` it is named: by `document_id`, or by a hash in `extensions`."""

    text: str | None
    name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)
    document_id: str | None = None

    @property
    def wanted_hash(self) -> str | None:
        """Of an automatic persisted query: sha256 in hexadecimal."""
        persisted = self.extensions.get("persistedQuery")
        wanted = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
        return wanted.lower() if isinstance(wanted, str) else None


async def read(call: Call, settings: Settings) -> Asked | list[Asked]:
    """A list is a batch. Raises Unreadable, and CallerLeft when the caller leaves while sending.

    The header Parallax-After is for those who cannot say `extensions.after`.
    """
    asked = await _read(call, settings)
    after = call.headers.get("parallax-after")
    if after is not None:
        for each in asked if isinstance(asked, list) else (asked,):
            each.extensions.setdefault("after", after)
    return asked


async def _read(call: Call, settings: Settings) -> Asked | list[Asked]:
    if call.method == "GET":
        return within(_from_parameters(QueryParams(call.query)), settings)
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise Unreadable(415, f"Content-Type: send {JSON}.")
    sent = _loaded(await body_of(call, settings))
    if not isinstance(sent, list):
        return within(asked_of(sent), settings)
    if settings.batch is None:
        raise Unreadable(
            400, "The body is a list: batches are off here (PARALLAX_BATCH). Send one operation.", Refusal.BATCH
        )
    if not 1 <= len(sent) <= settings.batch:
        raise Unreadable(
            400, f"The body lists {len(sent)} operations: 1 to {settings.batch} are allowed.", Refusal.BATCH
        )
    return [within(asked_of(each), settings) for each in sent]


def asked_of(sent: object) -> Asked:
    """Out of a request's JSON. Raises Unreadable."""
    if not isinstance(sent, dict):
        raise Unreadable(400, 'The body must be an object: {"query": "…", "variables": {…}}.')
    text, name, document_id = sent.get("query"), sent.get("operationName"), sent.get("documentId")
    variables, extensions = sent.get("variables"), sent.get("extensions")
    for argument, value in (("query", text), ("operationName", name), ("documentId", document_id)):
        if not isinstance(value, str | None):
            raise Unreadable(400, f"{argument}: must be a text.")
    for argument, value in (("variables", variables), ("extensions", extensions)):
        if not isinstance(value, dict | None):
            raise Unreadable(400, f"{argument}: must be an object.")
    asked = Asked(text or None, name or None, variables or {}, extensions or {}, document_id or None)
    if asked.text is None and asked.document_id is None and asked.wanted_hash is None:
        raise Unreadable(400, "query: the operation's text is missing.")
    return asked


def within(asked: Asked, settings: Settings) -> Asked:
    """The same, if its text is no longer than allowed. Raises Unreadable."""
    if asked.text is not None and len(asked.text) > settings.max_operation_bytes:
        raise Unreadable(
            413,
            f"query: the text is longer than {settings.max_operation_bytes} bytes (PARALLAX_MAX_OPERATION_BYTES).",
            Refusal.OPERATION_BYTES,
        )
    return asked


async def body_of(call: Call, settings: Settings) -> bytes:
    """The body, unpacked, which may take as long to come as a request may take.

    Raises Unreadable, and CallerLeft when the caller leaves while sending.
    """
    try:
        async with asyncio.timeout(settings.deadline):
            return await _unpacked(call, settings.max_body_bytes)
    except TimeoutError:
        raise Unreadable(408, "The body did not arrive in time.", connection="close") from None


async def _unpacked(call: Call, most: float) -> bytes:
    coding = call.headers.get("content-encoding", "identity").strip().lower()
    if coding not in UNPACKINGS:
        raise Unreadable(415, f"Content-Encoding: allowed are {', '.join(UNPACKINGS)}.")
    if (call.length or 0) > most:
        raise _too_large(most)
    unpacking, bound = UNPACKINGS[coding](), None if most == math.inf else int(most) + 1
    parts: list[bytes] = []
    size, more = 0, True
    try:
        while more:
            message = await call.receive()
            if message["type"] == "http.disconnect":
                raise CallerLeft
            part, more = unpacking.more(message.get("body", b""), bound), message.get("more_body", False)
            size += len(part)
            if size > most or unpacking.is_cut:
                raise _too_large(most)
            parts.append(part)
        unpacking.end()
    except Damaged as damaged:
        raise Unreadable(400, str(damaged)) from None
    return b"".join(parts)


def _too_large(most: float) -> Unreadable:
    return Unreadable(413, f"The body is larger than {most} bytes (PARALLAX_MAX_BODY_BYTES).")


def _loaded(body: bytes) -> object:
    try:
        sent: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(400, f"The body is not JSON: {error}.") from None
    return sent


def _from_parameters(parameters: Mapping[str, str]) -> Asked:
    sent: dict[str, Any] = {name: value for name, value in parameters.items() if value != ""}
    for name in ("variables", "extensions"):
        if name in sent:
            try:
                sent[name] = orjson.loads(sent[name])
            except orjson.JSONDecodeError:
                raise Unreadable(400, f"{name}: is not JSON.") from None
    return asked_of(sent)


def now_of(call: Call, settings: Settings) -> datetime:
    """The request's clock; tests of users may set it where PARALLAX_TEST_CLOCK allows."""
    sent = call.headers.get("parallax-now") if settings.test_clock else None
    if sent is None:
        return datetime.now(UTC)
    try:
        return read_instant(sent)
    except ParallaxError as error:
        raise Unreadable(400, f"Parallax-Now: {error.message}") from None


def request_id_of(call: Call) -> str:
    """What the caller calls it, where that can be told again; else a new one."""
    sent = call.headers.get("x-request-id", "")
    return sent if REQUEST_ID.fullmatch(sent) else _new_request_id()


def _new_request_id() -> str:
    """A UUIDv7 as text. Nobody gains by guessing one, so it is drawn the quick way."""
    drawn = random.getrandbits(74)
    version, variant = 7 << 76 | (drawn >> 62) << 64, 2 << 62 | drawn & (1 << 62) - 1
    text = f"{time.time_ns() // 1_000_000 << 80 | version | variant:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
