"""Questions to the events of a client: values that can be compared, joined and answered together. Pure."""

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from uuid import UUID

from parallax.filters import Condition, Field
from parallax.periods import Axis


class Measure(Enum):
    """What is measured; the rule of semantics.md that says so."""

    EVENTS = "E1"
    DAU = "A1"
    WAU = "A2 of 7 days"
    MAU = "A2 of 30 days"
    USERS = "E2"
    SESSIONS = "S3"
    UNIQUE_SESSIONS = "S3, each day"
    SESSION_DURATION = "S4"
    BOUNCE_RATE = "S4, bounces"
    FIRST_TIME = "H1"
    PER_ACTOR = "P1"
    PROPERTY = "P3"
    DAILY_STICKINESS = "K1"
    WEEKLY_STICKINESS = "K1 of 7 days"


OF_SESSIONS = frozenset({Measure.SESSIONS, Measure.SESSION_DURATION, Measure.BOUNCE_RATE})
"""They stand on the sessions that start in the bucket."""
OF_FIRSTS = frozenset({Measure.USERS, Measure.FIRST_TIME})
"""They stand on the first event of each user."""
AVERAGED = frozenset({Measure.SESSION_DURATION, Measure.BOUNCE_RATE, Measure.PER_ACTOR})
"""Null where there is nothing to be averaged (V1)."""
PARTS = {Measure.DAILY_STICKINESS: 1, Measure.WEEKLY_STICKINESS: 7}
"""Days that end with the bucket, whose users are divided by those of its window (K1)."""
WINDOWS = {Measure.WAU: 7, Measure.MAU: 30, **dict.fromkeys(PARTS, 30)}
"""Days that end with the bucket (A2)."""


class Function(Enum):
    """How numbers become one (V4); a perActor takes those but COUNT, a property aggregate those but P50 too."""

    SUM = "SUM"
    AVG = "AVG"
    MIN = "MIN"
    MAX = "MAX"
    COUNT = "COUNT"
    MEDIAN = "MEDIAN"
    P50 = "P50"
    P75 = "P75"
    P90 = "P90"
    P95 = "P95"
    P99 = "P99"


@dataclass(frozen=True, slots=True)
class Ground:
    """Whose rows are asked about: a client's, or one app's of them (I6); events (0) or logs (1)."""

    client: UUID
    app: UUID | None
    stream: int
    zone: str
    today: date


@dataclass(frozen=True, slots=True)
class Question:
    """One series. `event` of logs is a level. `property` is what numbers are taken of, `dimension` what is broken down by.

    `axis` holds the period, the granularity and what has begun.
    """

    ground: Ground
    measure: Measure
    axis: Axis
    event: str | None = None
    where: tuple[Condition, ...] = ()
    function: Function | None = None
    property: Field | None = None
    match_mode: bool = False  # H3
    lookback_days: int | None = None  # H2
    dimension: Field | None = None

    def on(self, axis: Axis) -> "Question":
        """The same over another period."""
        return replace(self, axis=axis)


@dataclass(frozen=True, slots=True)
class Values:
    """Asks for the series: a list with a value per bucket; None for what is not defined or not begun (T10)."""

    question: Question


@dataclass(frozen=True, slots=True)
class Total:
    """Asks for the measure over the whole period as one bucket (V5): a float, or None."""

    question: Question


@dataclass(frozen=True, slots=True)
class Slices:
    """Asks for the groups of `question.dimension`: a list of `Slice`, ordered and folded by B3 and B4.

    With `kept` (of a comparison): just these groups, in this order, then the rest as isOther if `rest`.
    """

    question: Question
    first: int
    kept: tuple[str | None, ...] | None = None
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    dimension: str | None
    is_other: bool
    total: float | None
    values: list[float | None]
    behind: float  # rows that it is made of, as X6 says: of users those that have one, of sessions sessions


class Order(Enum):
    COUNT = "COUNT"
    USERS = "USERS"


@dataclass(frozen=True, slots=True)
class Top:
    """Asks for the values of `question.dimension` over the period (W1 to W4): a list of `TopEntry`.

    By measure: EVENTS counts rows (W1, W2, W4), SESSIONS counts sessions by their first event (W3).
    """

    question: Question
    first: int
    order: Order = Order.COUNT


@dataclass(frozen=True, slots=True)
class TopEntry:
    name: str | None
    count: float
    users: int


class Size(Enum):
    COUNT = "COUNT"
    UNIQUE_ACTORS = "UNIQUE_ACTORS"
    SUM = "SUM"


class Intensity(Enum):
    AVG_PER_ACTOR = "AVG_PER_ACTOR"
    PERCENTILE_PER_ACTOR = "PERCENTILE_PER_ACTOR"
    UNIQUE_ACTORS = "UNIQUE_ACTORS"
    AVG = "AVG"


@dataclass(frozen=True, slots=True)
class Grouped:
    """Asks for groups of `question.dimension` (M1, M2; `question.measure` is EVENTS): a `GroupedAnswer`."""

    question: Question
    size: Size
    intensity: Intensity
    most: int
    size_property: Field | None = None
    intensity_property: Field | None = None
    percentile: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    dimension: str | None
    is_other: bool
    size: float
    intensity: float | None


@dataclass(frozen=True, slots=True)
class GroupedAnswer:
    groups: list[Group]
    total_size: float


@dataclass(frozen=True, slots=True)
class ActiveUsers:
    """Asks for the users that some DAY point of DAU, WAU or MAU counts (A5): a bitmap of actors."""

    question: Question


Ask = Values | Total | Slices | Top | Grouped | ActiveUsers
