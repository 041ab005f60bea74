"""What travels: a vendor's answer to what was asked, and the record of the call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

JSON, HTML = "application/json; charset=utf-8", "text/html; charset=utf-8"
PAGE = b"<!doctype html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Asked:
    """`pairs` are the parameters of the query in order; names of headers are in lower case."""

    method: str
    path: str
    pairs: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]

    def first(self, name: str) -> str | None:
        return next((value for each, value in self.pairs if each == name), None)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    body: bytes = b""
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """One that a vendor got. `status` is None while, and after, no answer was begun; `account` None where nobody was known.

    `parameters` holds every value that came under a name; the secret is not among them.
    """

    method: str
    path: str
    parameters: dict[str, list[str]]
    status: int | None = None
    account: str | None = None

    def value(self, name: str) -> str | None:
        """The one value of a parameter; None: it was not sent."""
        values = self.parameters.get(name)
        return values[0] if values else None

    def listed(self, name: str) -> list[str]:
        """The values of a list, which travels as one text with commas."""
        return [each for each in (self.value(name) or "").split(",") if each]


def asked_of(scope: Mapping[str, Any]) -> Asked:
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Asked(scope["method"], scope["path"], tuple(pairs), headers)


def answered(body: object, status: int = 200, **headers: str) -> Answer:
    return Answer(status, orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS), JSON, headers)
