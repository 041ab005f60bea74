"""What an analysis may ask the engine for. Pure.

An analysis is a generator: it yields requests and is sent their answers, in order, until it returns. The engine runs
the analyses of one operation side by side, one round of requests after the other, so that a request of thirty of them
is one statement; all of a client's answers are of one snapshot, with what is not folded yet combined in.
"""

from collections.abc import Callable, Generator, Hashable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from parallax.engine.columns import Numbers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Days:
    """Days `first` to `last` (since 1970, the client's) of a scope and event, as columns: answered with `DayRows`.

    `numbers`: which of events, users, sessions, firsts, starts (with bounces and session_us) are wanted; `sets`: which
    of users, counts, sessions, firsts, counters. What was not asked for is not right where events wait to be folded.
    """

    scope: int
    event: int
    first: int
    last: int
    numbers: frozenset[str] = frozenset({"events"})
    sets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AllDays:
    """As `Days`, of every event of the scope but ANY: answered with {event: DayRows}."""

    scope: int
    first: int
    last: int
    numbers: frozenset[str] = frozenset({"events"})
    sets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many distinct users (or sessions) there are in each span of days: answered with a list of whole numbers."""

    scope: int
    event: int
    spans: tuple[tuple[int, int], ...]
    of: str = "users"


@dataclass(frozen=True, slots=True)
class Unions:
    """The users (of "firsts": those whose first time it was) of each span of days: answered with a list of bitmaps, which
    are others' too and must not be changed. A span that ends before it begins has none.
    """

    scope: int
    event: int
    spans: tuple[tuple[int, int], ...]
    of: str = "users"


@dataclass(frozen=True, slots=True)
class Made:
    """Numbers that `make`, a pure function of a module, makes of unions: `make(bitmaps of the first, ..., *given)`.

    Answered with what it gives, an array: the process keeps it for as long as the days stay as they are.
    """

    of: tuple[Unions, ...]
    make: Callable[..., Numbers]
    given: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionsByUser:
    """How many sessions each user has an event in before an instant (microseconds since 1970): answered with an array by
    user; None where what is derived does not tell the users of a session apart.
    """

    scope: int
    before_us: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many users did it how often in the days `first` to `last`: answered with the numbers, ascending, and how many
    users have each.
    """

    scope: int
    event: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Scan:
    """Rows of a stream from `from_us` up to `to_us` (microseconds since 1970): answered with a list of `Scanned`.

    `fields` are top-level names, None for all. Erased users' rows are left out, and rows outside of the span.
    `app`: only this app's (its number), `event`: only that event's; None: all.
    """

    stream: int
    from_us: int
    to_us: int
    fields: tuple[str, ...] | None = ()
    ids: bool = False
    app: int | None = None
    event: int | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Named columns of the rows of some events (their numbers; None: of all): answered with a list of `parts.Rows`.

    Of rows as `Scan` has them. `core`: which of at, position, actor, session, app; `fields`: top-level names. `at` is there
    also where the span, or one of the instants `cuts` (ascending), parts the rows of a segment: elsewhere the segment's own
    first and last instant tell as much.
    """

    stream: int
    from_us: int
    to_us: int
    events: tuple[int, ...] | None = None
    core: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ()
    app: int | None = None
    cuts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ExternalIds:
    """Answered with a dict from actor to external id."""

    actors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SessionIds:
    """Answered with a dict from session number to its external id."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sessions:
    """Facts of the sessions with these numbers, within a scope: answered with `engine.sessions.Sessions`."""

    scope: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trait:
    """Answered with a list of (value, bitmap of users), one for each value that some user has."""

    name: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Asks for nothing: a place in long work at which it ends, if the request's deadline has passed by then."""


@dataclass(frozen=True, slots=True)
class Timelines:
    """Which timelines there are from `from_us` up to `to_us`: answered with `engine.timereader.Settled`."""

    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Events of that span which are in no timeline yet: answered with `engine.timelines.Rows`."""

    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True)
class Spans:
    """What the users of some blocks did in the weeks of a span: answered with a list of `engine.weeks.Span`.

    Events of the first and the last week that lie outside of it are there too; so are users who are another's by now.
    """

    from_us: int
    to_us: int
    blocks: tuple[int, ...]


Request: TypeAlias = (
    Days
    | AllDays
    | Distinct
    | Unions
    | Made
    | Tally
    | Scan
    | Columns
    | ExternalIds
    | SessionIds
    | Sessions
    | SessionsByUser
    | Trait
    | Timelines
    | Unsettled
    | Spans
)
OfDays: TypeAlias = Days | Distinct | Unions | Tally
Steps: TypeAlias = Generator[Request | tuple[Request, ...] | Pause, Any, T]
"""An analysis on its way to a T. A tuple of requests is one round, answered with a tuple."""


def of_days(request: Request) -> Iterator[OfDays]:
    """What a request asks of the days of single events."""
    if isinstance(request, Made):
        yield from request.of
    elif isinstance(request, OfDays):
        yield request
