"""What a caller can read: media types by `Accept`, packings by `Accept-Encoding`, and which of ours is the best for it."""

import gzip
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

JSON: Final = "application/json"
GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
EVENTS: Final = "text/event-stream"
MULTIPART: Final = "multipart/mixed"
FIRST_FORMAT: Final = "20220824"
"""The `deferSpec` of the first format of incremental answers, which many clients still read."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """`answer` is None where neither media type of a whole answer will do."""

    answer: str | None
    events: bool = False
    multipart: bool = False
    first_format: bool = False


@lru_cache(maxsize=256)
def accepted(header: str | None) -> Accepted:
    """Without a header, or for any type, the older media type: whoever wants the newer one says so."""
    if not header:
        return Accepted(JSON)
    weights: dict[str, float] = {}
    first_format = False
    for each in header.lower().split(","):
        kind, *parameters = (part.strip() for part in each.split(";"))
        weight = _weight(parameters)
        weights[kind] = max(weight, weights.get(kind, 0.0))
        first_format |= kind == MULTIPART and f"deferspec={FIRST_FORMAT}" in parameters
    wild = max(weights.get("*/*", 0.0), weights.get("application/*", 0.0))
    # A tie goes to the one that stands first. A wild card stands for the older: who knows the newer one names it.
    named = [kind for kind in weights if kind in (JSON, GRAPHQL_RESPONSE)]
    best = max([*named, JSON], key=lambda kind: weights.get(kind, wild))
    return Accepted(
        answer=best if weights.get(best, wild) > 0 else None,
        events=weights.get(EVENTS, 0.0) > 0,
        multipart=weights.get(MULTIPART, 0.0) > 0,
        first_format=first_format,
    )


# Packers by the name of their coding, the best first: zstd is the quickest by far at about the size of the others.
PACKINGS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "zstd": partial(zstd.compress, level=3),
    "br": partial(brotli.compress, quality=4),
    "gzip": partial(gzip.compress, compresslevel=5),
}


@lru_cache(maxsize=256)
def packing(header: str | None) -> str | None:
    """The coding for an answer by its name in PACKINGS, None to leave it as it is."""
    if not header:
        return None
    weights = {
        name: _weight(parameters)
        for name, *parameters in ([part.strip() for part in each.split(";")] for each in header.lower().split(","))
    }
    best = max(PACKINGS, key=lambda name: weights.get(name, 0.0))
    return best if weights.get(best, 0.0) > 0 else None


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0
