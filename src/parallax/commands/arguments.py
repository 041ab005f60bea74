"""Words of the command line that several verbs take: ids, and what asks for care."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from uuid import UUID

from cyclopts import Parameter

from parallax.access.viewer import WhenLow
from parallax.ids import bare_uuid, parse
from parallax.links.keys import VENDORS
from parallax.metrics.catalog import SourceSystem
from parallax.references import client_of

if TYPE_CHECKING:
    from cyclopts import Token

SPAN = re.compile(r"([1-9][0-9]{0,4})([hdw])")
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class NamedApp(NamedTuple):
    """An app as the command line names it; a bare UUID does not say whose."""

    id: UUID
    client: UUID | None = None


def _client(_: Any, tokens: "Sequence[Token]") -> UUID:
    client = client_of(tokens[0].value)
    if client is None:
        raise ValueError(f'"{tokens[0].value}" is no UUID and no global id of a client')
    return client


def _clients(_: Any, tokens: "Sequence[Token]") -> list[UUID]:
    return [_client(_, [token]) for token in tokens]


def _app(_: Any, tokens: "Sequence[Token]") -> NamedApp:
    text = tokens[0].value
    bare = bare_uuid(text)
    if bare is not None:
        return NamedApp(bare)
    found = parse(text)
    if found is None or found.type_name != "App":
        raise ValueError(f'"{text}" is no UUID and no global id of an app')
    [app] = found.key
    assert isinstance(app, UUID)
    return NamedApp(app, found.client)


def _uuid(_: Any, tokens: "Sequence[Token]") -> UUID:
    bare = bare_uuid(tokens[0].value)
    if bare is None:
        raise ValueError(f'"{tokens[0].value}" is no UUID, as 018f0000-0000-7000-8000-000000000001')
    return bare


def _token(_: Any, tokens: "Sequence[Token]") -> UUID:
    return _named("ApiToken", tokens)


def _link(_: Any, tokens: "Sequence[Token]") -> UUID:
    return _named("AppLink", tokens)


def _named(kind: str, tokens: "Sequence[Token]") -> UUID:
    found = parse(tokens[0].value)
    if found is not None and found.type_name == kind:
        [named] = found.key
        assert isinstance(named, UUID)
        return named
    return _uuid(kind, tokens)


def _vendor(_: Any, tokens: "Sequence[Token]") -> SourceSystem:
    return vendor(tokens[0].value)


def vendor(text: str) -> SourceSystem:
    """By its name in either case, with - or _."""
    name = text.strip().upper().replace("-", "_")
    found = next((each for each in VENDORS if each.name == name), None)
    if found is None:
        raise ValueError(f'"{text}" is no vendor: {", ".join(each.name.lower().replace("_", "-") for each in VENDORS)}')
    return found


def _wishes(_: Any, tokens: "Sequence[Token]") -> list[tuple[str, WhenLow]]:
    found = []
    for token in tokens:
        name, _sign, wish = token.value.partition("=")
        if wish.upper() not in WhenLow.__members__:
            raise ValueError(f'"{token.value}" is not VENDOR=stale, VENDOR=null or VENDOR=refuse')
        found.append((vendor(name).name, WhenLow[wish.upper()]))
    return found


def _instant(_: Any, tokens: "Sequence[Token]") -> datetime:
    return instant(tokens[0].value, datetime.now(UTC))


def instant(text: str, now: datetime) -> datetime:
    """RFC 3339, a day (its end in UTC), or a span from `now`; ValueError for anything else."""
    span = SPAN.fullmatch(text)
    try:
        if span is not None:
            return now + int(span[1]) * UNITS[span[2]]
        if len(text) == len("YYYY-MM-DD"):
            day = date.fromisoformat(text) + timedelta(days=1)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError
    except (ValueError, OverflowError):
        raise ValueError(
            f'"{text}" is no instant with an offset (2027-01-31T18:00:00Z), no day (2027-01-31) and no span (36h, 90d, 12w)'
        ) from None
    return at


ClientId = Annotated[UUID, Parameter(converter=_client, n_tokens=1)]
ClientIds = Annotated[tuple[UUID, ...], Parameter(converter=_clients, negative=(), show_default=False)]
AppId = Annotated[NamedApp, Parameter(converter=_app, n_tokens=1, accepts_keys=False)]
LinkId = Annotated[UUID, Parameter(converter=_link, n_tokens=1)]
TokenId = Annotated[UUID, Parameter(converter=_token, n_tokens=1)]
Uuid = Annotated[UUID, Parameter(converter=_uuid, n_tokens=1)]
Vendor = Annotated[SourceSystem, Parameter(converter=_vendor, n_tokens=1)]
Wishes = Annotated[
    tuple[tuple[str, WhenLow], ...], Parameter(converter=_wishes, n_tokens=1, negative=(), show_default=False)
]
Instant = Annotated[datetime, Parameter(converter=_instant, n_tokens=1)]
Json = Annotated[
    bool, Parameter(name="--json", negative=(), show_default=False, help="One JSON document instead of a table.")
]


def sure(yes: bool = False, **_: object) -> None:
    """Validates a verb that cannot be undone."""
    if not yes:
        raise ValueError("this cannot be undone: add --yes to say that you are sure")


Yes = Annotated[
    bool,
    Parameter(
        name="--yes", negative=(), show_default=False, help="Says that you are sure; nothing is deleted without it."
    ),
]
