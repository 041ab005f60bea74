"""Asks what nobody should, and holds every answer to what holds for all: nothing breaks, nothing leaks, all is told."""

import json
import time
from dataclasses import dataclass
from typing import Any

import httpx

from parallax.errors import ErrorCode
from tests.gateways import Gateway
from tests.seeds import TOKENS, VIEWER

CODES = {code.value for code in ErrorCode} - {"INTERNAL"}
REFUSED = {"INVALID_PARAMETER", "TOO_COSTLY"}
INSIDE = (
    "Traceback", 'File "', "site-packages", "/src/", "asyncpg", "graphql.error", "postgresql://", "parallax_app",
    "parallax_ingest", "parallax_owner", "pg_catalog", "relation ", "at or near", "<coroutine", " object at 0x",
    *TOKENS,
)  # fmt: skip
"""What an answer never says: of the program, its files, its database, its secrets."""
MOST_ERRORS = 100
LONGEST_S = 3.0
"""Of the processor, not of the clock: whatever else the machine does, the input is to blame for it."""
PLAIN = {"query": "{ viewer { name } }"}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that was found sound."""

    status: int
    body: dict[str, Any] | None
    text: str
    headers: httpx.Headers

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [] if self.body is None else list(self.body.get("errors", []))

    @property
    def codes(self) -> set[str]:
        return {error["extensions"]["code"] for error in self.errors}

    @property
    def data(self) -> Any:
        return None if self.body is None else self.body.get("data")

    def is_refused(self, *codes: str) -> None:
        """Nothing was run, and the code says why."""
        assert self.codes
        assert self.codes <= (set(codes) or REFUSED), self.text[:1000]
        assert self.body is not None
        assert not self.body.get("data")
        # 200 is the status of a faulty document for those who ask for application/json; it is no request's.
        assert self.status in (200, 400, 413), self.status


def sound(response: httpx.Response) -> Told:
    """What holds for every answer, whatever was asked."""
    text = response.text
    assert response.status_code < 500 or (response.status_code == 503 and "retry-after" in response.headers), text[:500]
    assert [inside for inside in INSIDE if inside in text] == [], text[:1000]
    told = Told(response.status_code, _read(response), text, response.headers)
    assert told.codes <= CODES, told.codes
    assert len(told.errors) <= MOST_ERRORS
    assert all(error["message"] for error in told.errors)
    assert response.status_code < 400 or told.errors or told.body is None
    return told


def _read(response: httpx.Response) -> dict[str, Any] | None:
    kind, text = response.headers.get("content-type", ""), response.text
    if "event-stream" in kind:  # of a subscription that is refused it is the only event
        [text] = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: {")]
    elif "json" not in kind:
        return None
    body = json.loads(text, parse_constant=_no_number)
    assert isinstance(body, dict)
    return body


def _no_number(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


async def asked(
    gateway: Gateway,
    body: object,
    *,
    token: str | None = VIEWER,
    kind: str = "application/json",
    headers: dict[str, str] | None = None,
    then: bool = True,
) -> Told:
    """Posts a body: bytes as they are, all else as JSON. Then the gateway answers a plain question."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    began = time.process_time()
    response = await gateway.http.post("/graphql", content=content, headers=_with(token, kind, headers))
    spent_s = time.process_time() - began
    told = sound(response)
    assert spent_s < LONGEST_S
    if then:
        await still_answers(gateway)
    return told


async def run(gateway: Gateway, text: str, *, token: str | None = VIEWER, then: bool = True, **variables: Any) -> Told:
    return await asked(gateway, {"query": text, "variables": variables}, token=token, then=then)


async def still_answers(gateway: Gateway) -> None:
    response = await gateway.http.post("/graphql", json=PLAIN, headers=_with(VIEWER))
    assert response.json() == {"data": {"viewer": {"name": "viewer"}}}


def _with(token: str | None, kind: str = "application/json", more: dict[str, str] | None = None) -> dict[str, str]:
    authorization = {"authorization": f"Bearer {token}"} if token else {}
    clock = {"parallax-now": "2026-03-11T12:00:00Z"}
    accept = {"accept": "application/json, text/event-stream"}
    return {"content-type": kind, **accept, **authorization, **clock, **(more or {})}
