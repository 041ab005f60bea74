"""Reads a GraphQL request out of HTTP: POST with JSON, GET with a query. What cannot be read gets its status."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope

from parallax.errors import InvalidParameter, ParallaxError
from parallax.settings import Settings

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"


class CallerLeft(Exception):
    """Nobody waits for an answer any more."""


class Call:
    """One HTTP request as it came in. `headers` are by lower-case name; one sent twice is joined by a comma."""

    __slots__ = ("headers", "method", "query", "receive")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.query: bytes = scope["query_string"]
        self.receive = receive
        self.headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key, text = name.decode("latin-1"), value.decode("latin-1")
            self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text


class Unreadable(ParallaxError):
    """A request that is none; `status` is HTTP's word for it."""

    code = InvalidParameter.code

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks to be run."""

    text: str
    name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)


async def read(call: Call, settings: Settings) -> Asked:
    """Raises Unreadable, and CallerLeft when the caller leaves while sending."""
    if call.method == "GET":
        asked = _from_parameters(QueryParams(call.query))
    else:
        kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != JSON:
            raise Unreadable(415, f"Content-Type: send {JSON}.")
        asked = _from_body(await _body(call, settings.body_bytes))
    if len(asked.text) > settings.operation_bytes:
        raise Unreadable(413, f"query: the text is longer than {settings.operation_bytes} bytes.")
    return asked


def media_type(call: Call) -> str:
    """The media type of the answer: the newer one only for those who ask for it."""
    return GRAPHQL_RESPONSE if GRAPHQL_RESPONSE in call.headers.get("accept", "") else JSON


async def _body(call: Call, most: int) -> bytes:
    encoding = call.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip"):
        raise Unreadable(415, "Content-Encoding: allowed are identity and gzip.")
    unpack = zlib.decompressobj(31) if encoding == "gzip" else None
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await call.receive()
        if message["type"] == "http.disconnect":
            raise CallerLeft
        part, more = message.get("body", b""), message.get("more_body", False)
        if unpack is not None:
            try:
                part = unpack.decompress(part, most + 1)
            except zlib.error:
                raise Unreadable(400, "The body is not gzip, though Content-Encoding says so.") from None
            if unpack.unconsumed_tail:
                size = most + 1
        size += len(part)
        if size > most:
            raise Unreadable(413, f"The body is larger than {most} bytes.")
        parts.append(part)
    return b"".join(parts)


def _from_body(body: bytes) -> Asked:
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(400, f"The body is not JSON: {error}.") from None
    if not isinstance(sent, dict):
        raise Unreadable(400, 'The body must be an object: {"query": "…", "variables": {…}}.')
    return _asked(sent)


def _from_parameters(parameters: Mapping[str, str]) -> Asked:
    sent: dict[str, Any] = {name: value for name, value in parameters.items() if value != ""}
    for name in ("variables", "extensions"):
        if name in sent:
            try:
                sent[name] = orjson.loads(sent[name])
            except orjson.JSONDecodeError:
                raise Unreadable(400, f"{name}: is not JSON.") from None
    return _asked(sent)


def _asked(sent: dict[str, Any]) -> Asked:
    text, name, variables = sent.get("query"), sent.get("operationName"), sent.get("variables")
    if not isinstance(text, str) or not text:
        raise Unreadable(400, "query: the operation's text is missing.")
    if not isinstance(name, str | None):
        raise Unreadable(400, "operationName: must be a text.")
    if not isinstance(variables, dict | None):
        raise Unreadable(400, "variables: must be an object.")
    if not isinstance(sent.get("extensions"), dict | None):
        raise Unreadable(400, "extensions: must be an object.")
    return Asked(text, name or None, variables or {})
