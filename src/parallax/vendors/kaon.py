"""Kaon Insights: how apps on Kaon's platform are used, by week. Seven reads, each authorised by a key in its query.

Quirks, each at its place below: weeks run from Sunday to Saturday and are numbers, counted from 2012-01-01; devices are one
long text of 18 characters each, and are the union over weeks, never their sum; languages are codes of its own; counts by
country come as lists or as objects; paths are percent-encoded, and are encoded once more when they are asked; the bound of
a clickstream is inclusive, and repeats what was the last; errors are a status alone. What its members are called is
assumed for the most part: see kaon_names.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from parallax.errors import ParallaxError
from parallax.metrics.catalog import SourceSystem
from parallax.settings import Settings
from parallax.vendors.kaon_names import Names, names_in
from parallax.vendors.pieces import DAY_S, HOUR_S, RECENT, SETTLED, UNKEPT, Life, Malformed, Piece, Planned, Request
from parallax.vendors.vendor import Account, Reply, Signed, Vendor, retry_after

SYSTEM: Final = SourceSystem.KAON
WEEK: Final = timedelta(days=7)
WEEK_ZERO: Final = date(2012, 1, 1)
FIRST_FULL_WEEK: Final = 417
"""Of 2019-12-29. Before it there are hits alone."""
SETTLES: Final = timedelta(days=2)
"""After which an ended week is taken to be told for good."""
RUNNING: Final = Life(HOUR_S, DAY_S)
UID: Final = 18
UIDS: Final = re.compile(r"(?:0x[0-9a-f]{16})*")
NOTHING: Final[Mapping[str, str]] = {}
LANGUAGES: Final = {"gb": "en-GB", "ca": "fr-CA", "bz": "pt-BR", "zh": "zh-Hans", "zt": "zh-Hant"}
"""Its codes that are not, or not what they are, in BCP 47: all others are the same there."""


def week_of(day: date) -> int:
    """The number of the week that holds a day; negative before there were weeks."""
    return (day - WEEK_ZERO).days // 7


def sunday_of(week: int) -> date:
    return WEEK_ZERO + week * WEEK


def language_tag(code: str) -> str:
    """BCP 47."""
    return LANGUAGES.get(code.lower(), code.lower())


def devices_in(uids: str) -> list[str]:
    """Of a text that was read: one of 18 characters each."""
    return [uids[at : at + UID] for at in range(0, len(uids), UID)]


# ---------------------------------------------------------------- what is asked
@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """One of the seven, for one application. A piece: `of` is the client key, `bucket` the Sunday of the week asked, None
    where no week is; `shared` are the other parameters."""

    name: str
    path: str
    names: Names
    read: Callable[[Names, Mapping[str, Any]], Any]
    is_kept: bool = True
    system: SourceSystem = SYSTEM

    @property
    def leads_on(self) -> bool:
        """A clickstream is followed call by call."""
        return not self.is_kept

    def piece(self, client: str, week: int | None = None, more: Mapping[str, str] = NOTHING) -> Piece:
        return Piece(self.name, tuple(sorted(more.items())), (client,), None if week is None else sunday_of(week))

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        """A call each: none takes several weeks or clients."""
        return [Planned(Request(self.path, _parameters(piece)), (piece,)) for piece in pieces]

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        [piece] = asked.pieces
        told = self.names.members
        if body[told["client"]] != piece.of[0]:
            raise Malformed("It answers for another client than was asked.")
        if piece.bucket is not None and body.get(told["week"], week_of(piece.bucket)) != week_of(piece.bucket):
            raise Malformed("It answers for another week than was asked.")
        return {piece: self.read(self.names, body)}

    def life(self, piece: Piece, today: date) -> Life:
        if not self.is_kept:
            return UNKEPT
        if piece.bucket is None:
            return RUNNING if piece.shared else RECENT
        return SETTLED if piece.bucket + WEEK + SETTLES <= today else RUNNING


def _parameters(piece: Piece) -> tuple[tuple[str, str], ...]:
    week = () if piece.bucket is None else (("week", str(week_of(piece.bucket))),)
    return (("client", piece.of[0]), *week, *piece.shared)


@dataclass(frozen=True, slots=True, eq=False)
class Reads:
    """The seven, by the names that a table gives them."""

    names: Names
    weeks: Read
    engagement: Read
    uid: Read
    country: Read
    language: Read
    hits: Read
    clicks: Read


@lru_cache(maxsize=16)
def reads(names: Path | None) -> Reads:
    """Raises SetupError."""
    table = names_in(names)

    def made(endpoint: str, read: Callable[[Names, Mapping[str, Any]], Any], is_kept: bool = True) -> Read:
        return Read(f"kaon.{endpoint}", f"/api/{table.endpoints[endpoint]}", table, read, is_kept)

    return Reads(
        table,
        made("weeks", _weeks),
        made("engagement", _durations),
        made("uid", _uids),
        made("country", _split("countries", "country")),
        made("language", _split("languages", "language")),
        made("hits", _hits),
        made("externalid", _clicks, is_kept=False),
    )


# ---------------------------------------------------------------- what is answered
def _weeks(names: Names, body: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Ascending; their labels are for people."""
    listed = names.of("weeks", body)
    return sorted((_code(names.of("weeks.week", each)), _text(names.of("weeks.weekname", each))) for each in listed)


def _durations(names: Names, body: Mapping[str, Any]) -> list[tuple[int, float]]:
    """Counts by code of bucket; those without any may be left out."""
    return [
        (_code(names.of("engagements.bucket", each)), _count(names.of("engagements.count", each)))
        for each in names.of("engagements", body)
    ]


def _uids(names: Names, body: Mapping[str, Any]) -> str:
    """In lower case. A text that was cut is no shorter list: it is broken."""
    uids = _text(names.of("uids", body)).lower()
    if len(uids) % UID or not UIDS.fullmatch(uids):
        raise Malformed("The uids are not of 18 characters each.")
    return uids


def _split(listed: str, by: str) -> Callable[[Names, Mapping[str, Any]], dict[str, float]]:
    """Counts by code, out of a list of objects or out of one object."""

    def read(names: Names, body: Mapping[str, Any]) -> dict[str, float]:
        found = names.of(listed, body)
        if isinstance(found, dict):
            return {code: _count(count) for code, count in found.items()}
        return {_text(names.of(f"{listed}.{by}", each)): _count(names.of(f"{listed}.count", each)) for each in found}

    return read


def _hits(names: Names, body: Mapping[str, Any]) -> list[tuple[str, int, float, dict[str, float]]]:
    """Path as it is written there, week, hits, hits by country (which need not add up; empty unless asked for)."""
    week = body.get(names.members["week"])
    return [
        (
            _text(names.of("hits.path", each)),
            _code(each.get(names.members["hits.week"], week)),
            _count(names.of("hits.count", each)),
            {code: _count(count) for code, count in each.get(names.members["hits.countries"], {}).items()},
        )
        for each in names.of("hits", body)
    ]


def _clicks(names: Names, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Records as they came, under our names for time and path, ascending by time."""
    at, path = names.members["clicks.timestamp"], names.members["clicks.path"]
    return sorted(
        (
            {"timestamp": _code(each[at]), "path": _text(each[path])}
            | {name: value for name, value in each.items() if name not in (at, path)}
            for each in names.of("clicks", body)
        ),
        key=lambda record: record["timestamp"],
    )


def _count(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise Malformed("A count is none.")
    return value


def _code(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise Malformed("A whole number is none.")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed("A text is none.")
    return value


# ---------------------------------------------------------------- the way there
def sign(account: Account, request: Request, _: datetime) -> Signed:
    """The key stands in the query: nobody may show an address of theirs."""
    return Signed((*request.parameters, ("apikey", account.secrets["apikey"].get_secret_value())), {})


def failure(reply: Reply) -> ParallaxError | None:
    """By the status alone: a body of an error may be empty, or a page."""
    match reply.status:
        case 403:
            return VENDOR.rejected("does not accept the API key for this client key")
        case 404:
            return VENDOR.rejected("has no such client key, week or path (`weeks` lists the weeks that it has)")
        case 429:
            return VENDOR.over_quota("allows no more calls now", retry_after(reply, 60))
    return None


def check(settings: Settings) -> None:
    reads(settings.kaon_names)


VENDOR: Final = Vendor(
    system=SYSTEM,
    label="Kaon Insights",
    hosts=("insights.v-central.com",),
    windows=(),
    sign=sign,
    failure=failure,
    check=check,
)
