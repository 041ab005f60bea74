"""What Kaon Insights calls its endpoints, members and buckets: one table, for half of it is assumed. A file may say else.

{"endpoints": {"country": "countries"}, "members": {"engagements.count": "n"}, "buckets": [{"code": 0, "label": "under a
minute", "from": 0, "to": 60}]}: by our names, as far as they differ; buckets take the place of all of them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import orjson

from parallax.errors import SetupError

ENDPOINTS: Final = ("weeks", "engagement", "uid", "country", "language", "hits", "externalid")
MEMBERS: Final = (
    "client", "week", "weekname", "id",
    "weeks", "weeks.week", "weeks.weekname",
    "engagements", "engagements.bucket", "engagements.count",
    "uids",
    "countries", "countries.country", "countries.count",
    "languages", "languages.language", "languages.count",
    "hits", "hits.path", "hits.week", "hits.count", "hits.countries",
    "clicks", "clicks.timestamp", "clicks.path",
)  # fmt: skip
MOST_BUCKETS: Final = 20
LONGEST: Final = 100
BUCKET: Final = frozenset({"code", "label", "from", "to"})
MEMBER: Final = re.compile(".{1,100}")
ENDPOINT: Final = re.compile(r"[A-Za-z0-9_-]{1,60}")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Of how long an engagement was, in seconds; `to` None is without an end, and both are unknown of unknown codes."""

    code: int
    label: str
    begins_s: float | None = None
    ends_s: float | None = None

    @classmethod
    def unknown(cls, code: int) -> "Bucket":
        return cls(code, f"bucket {code}")


BUCKETS: Final = (
    Bucket(0, "under 1 min", 0, 60),
    Bucket(1, "1 to 2 min", 60, 120),
    Bucket(2, "2 to 5 min", 120, 300),
    Bucket(3, "5 to 10 min", 300, 600),
    Bucket(4, "10 to 20 min", 600, 1200),
    Bucket(5, "20 to 30 min", 1200, 1800),
    Bucket(6, "30 to 60 min", 1800, 3600),
    Bucket(7, "60 min and more", 3600),
)


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """`endpoints` and `members` by our names."""

    endpoints: Mapping[str, str]
    members: Mapping[str, str]
    buckets: tuple[Bucket, ...] = BUCKETS

    def of(self, member: str, values: Mapping[str, Any]) -> Any:
        """The value of a member. Raises KeyError."""
        return values[self.members[member]]


DEFAULT: Final = Names(
    {name: name for name in ENDPOINTS},
    {name: {"clicks": "hits"}.get(name, name.rpartition(".")[2]) for name in MEMBERS},
)


@lru_cache(maxsize=16)
def names_in(path: Path | None) -> Names:
    """The table with what the file says else. Raises SetupError."""
    if path is None:
        return DEFAULT
    try:
        told = orjson.loads(path.read_bytes())
        if not isinstance(told, dict) or told.keys() - {"endpoints", "members", "buckets"}:
            raise ValueError("it is no object of endpoints, members and buckets")
        return Names(
            {**DEFAULT.endpoints, **_texts(told, "endpoints", ENDPOINTS, ENDPOINT)},
            {**DEFAULT.members, **_texts(told, "members", MEMBERS, MEMBER)},
            _buckets(told["buckets"]) if "buckets" in told else BUCKETS,
        )
    except (OSError, ValueError) as error:
        problem = error.strerror if isinstance(error, OSError) else str(error)
        raise SetupError(f"PARALLAX_KAON_NAMES cannot be used: {problem} ({path}).") from error


def _texts(told: Mapping[str, Any], part: str, known: tuple[str, ...], form: re.Pattern[str]) -> dict[str, str]:
    given = told.get(part, {})
    if not isinstance(given, dict) or (unknown := sorted(given.keys() - set(known))):
        which = ", ".join(unknown) if isinstance(given, dict) else "what is no object"
        raise ValueError(f"{part} has {which}; it may have {', '.join(known)}")
    for name, text in given.items():
        if not isinstance(text, str) or not form.fullmatch(text):
            raise ValueError(f"{part}.{name} must be a text that fits {form.pattern}")
    return given


def _buckets(given: Any) -> tuple[Bucket, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_BUCKETS:
        raise ValueError(f"buckets must be a list of 1 to {MOST_BUCKETS}")
    buckets = tuple(map(_bucket, given))
    if len({bucket.code for bucket in buckets}) < len(buckets):
        raise ValueError("buckets has a code twice")
    return buckets


def _bucket(given: Any) -> Bucket:
    match given:
        case {"code": int() as code, "label": str() as label} if label and not given.keys() - BUCKET:
            span = [given.get(name) for name in ("from", "to")]
            if not isinstance(code, bool) and all(map(_is_seconds, span)):
                return Bucket(code, label[:LONGEST], *span)
    raise ValueError('a bucket must be {"code": a number, "label": a text, "from": seconds, "to": seconds}')


def _is_seconds(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value >= 0)
