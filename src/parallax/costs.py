"""What a field costs, declared beside it: `strawberry.field(metadata=costs.page(…))`. Pure.

A unit is about 5 microseconds of a processor: one value of an answer. `http/operations/cost.py` adds them up before
anything runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from parallax.pages import MOST
from parallax.periods import DEFAULT_LAST, Granularity

KEY: Final = "parallax.cost"
REQUEST: Final = 50.0
"""Of every request: HTTP, the token's look-up, the answer."""
STATEMENT: Final = 30.0
"""Of a statement, which the loaders send once for all of a field's parents."""
CHANGE: Final = 200.0
"""Of a mutation: several statements and a commit."""
ELEMENT: Final = 0.5
"""Of an element of a list, beside what is asked of it."""
VALUE: Final = 0.05
"""Of a plain value in a list, such as a number of a series."""
FILTERED: Final = 200.0
"""Of a series with conditions: roll-ups may not have what they ask for, and rows are read."""

BY_ID: Final = 90
"""Buckets of a series that is asked for by an id which is none, or which is looked at by itself."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric's part: of a series, of each of its buckets that is longer than a day, and of a total asked for."""

    series: float = 30.0
    bucket: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Page:
    """A connection: its lists below are as long as `argument` says, which refuses more than `most`.

    `row` is the reading of one. `of_caller`: they are clients, of which there are no more than the token opens.
    """

    row: float = 3.0
    most: int = MOST
    argument: str = "first"
    of_caller: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """A series: its lists below are as long as `period` has buckets of `granularity`; a longer period is refused.

    `measures` are by name of the argument `metric`; where that is None, the only one is of the field. `longest_days`
    None: as many as there may be buckets, which may then be hours and minutes. `each_of`: a list of series, each of which
    is measured; more than `most` are refused. `last`: the period where none is given. `more_where`: what else makes rows
    be read. `rows`: an argument that says how long the lists below are that declare `ROWS`; it may be 1 to `most_rows`.
    Without that argument they are as long as `most_rows`, if it is given. `granularity` is a width itself where no
    argument tells it. `many`: how many series a list of them may have, each of which is measured; any other field that is
    a list has an element for each bucket.
    """

    measures: Mapping[str, Measure]
    longest_days: int | None = None
    metric: str | None = "metric"
    period: str = "period"
    granularity: str | Granularity = "granularity"
    compare: str | None = "compare"
    where: str | None = None
    each_of: str | None = None
    most: int = 26
    last: str = DEFAULT_LAST
    more_where: tuple[str, ...] = ()
    rows: str | None = None
    most_rows: int = 0
    many: int = 1

    @property
    def arguments(self) -> tuple[str, ...]:
        """Those that matter."""
        named = (self.metric, self.period, self.granularity, self.compare, self.each_of, self.rows, *self.conditions)
        return tuple(name for name in named if isinstance(name, str))

    @property
    def conditions(self) -> tuple[str, ...]:
        return self.more_where if self.where is None else (self.where, *self.more_where)


@dataclass(frozen=True, slots=True)
class First:
    """A list as long as `argument` says, which refuses more than `most`, and one more. `row` is the making of one."""

    argument: str = "first"
    most: int = MOST
    row: float = 1.0


@dataclass(frozen=True, slots=True)
class Sent:
    """As many as the list in `argument`, which refuses more than `most`; each takes `row`."""

    argument: str
    most: int
    row: float


@dataclass(frozen=True, slots=True)
class Named:
    """What the id in `argument` names, or each id in the list there, of at most `most`; each takes `row`.

    Where it is a series the id tells its length: the lists below are as long as the longest.
    """

    argument: str
    row: float
    most: int = 1


@dataclass(frozen=True, slots=True)
class Many:
    """A list of at most that many."""

    most: int


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of the rows of the page that it is in."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """A list with an entry for each bucket of the series that it is in."""


@dataclass(frozen=True, slots=True)
class Spanned:
    """An object over the days of `period`, with as many `Parts` as the list in `parts`, which refuses more than `most`."""

    parts: str
    most: int
    period: str = "period"


@dataclass(frozen=True, slots=True)
class Parts:
    """A list of the parts of what it is in (`Spanned`)."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A list with an entry for each bucket, of the width in `granularity`, of the period that it is in (`Spanned`)."""

    granularity: str = "granularity"


@dataclass(frozen=True, slots=True)
class Total:
    """The total of the series that it is in, which may be a reading of its own."""


Extent = Page | Series | First | Sent | Named | Many | Rows | Buckets | Spanned | Parts | Cut | Total


@dataclass(frozen=True, slots=True)
class Cost:
    """`each` for every parent that the field is asked of, `once` for all of them together.

    `source` (a SourceSystem's name) and `reference` say what is read; both None: nothing but what was read already.
    """

    each: float = 1.0
    once: float = 0.0
    extent: Extent | None = None
    source: str | None = None
    reference: str | None = None

    @property
    def reads(self) -> bool:
        return self.reference is not None


def of(
    each: float = 1.0,
    *,
    once: float = 0.0,
    extent: Extent | None = None,
    source: str | None = None,
    reference: str | None = None,
) -> dict[str, Any]:
    """Metadata of a field that says it."""
    return {KEY: Cost(each, once, extent, source, reference)}


def read(
    reference: str,
    each: float = 1.0,
    *,
    source: str | None = None,
    extent: Extent | None = None,
    once: float = STATEMENT,
) -> dict[str, Any]:
    """Metadata of a field that reads a table."""
    return of(each, once=once, extent=extent, source=source, reference=reference)


def listed(most: int) -> dict[str, Any]:
    """Metadata of a list of at most that many, which is there already."""
    return of(extent=Many(most))


ROWS: Final = of(extent=Rows())
BUCKETS: Final = of(extent=Buckets())
TOTAL: Final = of(extent=Total())
