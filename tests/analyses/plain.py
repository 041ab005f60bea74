"""Every metric once more, row by row in plain Python: slow, and near to the words of semantics.md."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from parallax.analyses.questions import Function, Measure, Question, Slices
from parallax.filters import EVENT_FIELDS, LOG_FIELDS, Field, at_path, dimension_of, field_of, number_of, predicate

Cell = float | None
AVERAGED = (Measure.SESSION_DURATION, Measure.BOUNCE_RATE)
OF_SESSIONS = (Measure.SESSIONS, *AVERAGED)
STICKY = {Measure.DAILY_STICKINESS: 1, Measure.WEEKLY_STICKINESS: 7}
OF_USERS = (Measure.DAU, Measure.WAU, Measure.MAU, *STICKY)
LENGTHS = {Measure.WAU: 7, Measure.MAU: 30, **dict.fromkeys(STICKY, 30)}


@dataclass(frozen=True)
class Row:
    """One accepted event; `user` is who it is by now."""

    at: datetime
    position: int
    event: str
    user: str | None
    session: str | None
    app: UUID | None
    properties: dict[str, Any] = field(default_factory=dict, hash=False)
    traits: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def place(self) -> tuple[datetime, int]:
        return self.at, self.position


def value_of(row: Row, name: Field) -> Any:
    if name.kind == "property":
        return at_path(row.properties, name.path)
    if name.kind == "trait":
        return row.traits.get(name.path[0])
    if name.kind in ("event", "user", "session"):
        return getattr(row, name.kind)
    return None


class Plain:
    """Answers of a question over all rows of its ground."""

    def __init__(self, rows: Iterable[Row], question: Question) -> None:
        self.question, self.axis = question, question.axis
        self.zone = ZoneInfo(question.ground.zone)
        app = question.ground.app
        self.rows = sorted((row for row in rows if app is None or row.app == app), key=lambda row: row.place)
        names = LOG_FIELDS if question.ground.stream else EVENT_FIELDS
        self.tests = [(field_of(each.field, names), predicate(each)) for each in question.where]

    def values(self) -> list[Cell]:
        return self._listed(self.counted())

    def total(self) -> Cell:
        return self._total(self.counted())

    def _total(self, rows: Sequence[Row]) -> Cell:
        """V5: a stickiness ratio has none."""
        if self.question.measure in STICKY:
            return None
        return self._number([row for row in rows if self._in_period(row.at)])

    def slices(self, ask: Slices) -> list[tuple[str | None, bool, Cell, list[Cell]]]:
        """Dimension, isOther, total and values."""
        assert self.question.dimension is not None
        groups: dict[str | None, list[Row]] = defaultdict(list)
        for row in self.counted():
            groups[dimension_of(value_of(row, self.question.dimension))].append(row)
        groups = {name: rows for name, rows in groups.items() if self._makes_a_group(rows)}

        def rank(name: str | None) -> float:
            inside = [row for row in groups[name] if self._in_period(row.at)]
            if self._is_ranked_by_rows():
                return len([row for row in inside if row.user or self.question.measure is not Measure.PER_ACTOR])
            return self._number(inside) or 0

        order = sorted(groups, key=lambda name: (-rank(name), name is None, name or ""))
        kept, rest = order[: ask.first], order[ask.first :]
        named = [(name, False, groups[name]) for name in kept]
        if rest:
            named.append((None, True, [row for name in rest for row in groups[name]]))
        return [(name, other, self._total(rows), self._listed(rows)) for name, other, rows in named]

    def top(self) -> list[tuple[str | None, int, int]]:
        """Name, rows and users, in the order of names."""
        assert self.question.dimension is not None
        groups: dict[str | None, list[Row]] = defaultdict(list)
        for row in self.counted():
            if self._in_period(row.at):
                groups[dimension_of(value_of(row, self.question.dimension))].append(row)
        return [(name, len(rows), len({row.user for row in rows} - {None})) for name, rows in groups.items()]

    # ------------------------------------------------------------ the rows that count

    def counted(self) -> list[Row]:
        measure = self.question.measure
        if measure in OF_SESSIONS:
            return [row for row in self._first(self.rows, lambda row: row.session) if self._matches(row)]
        if measure is Measure.USERS:
            return [row for row in self._first(self.rows, lambda row: row.user) if self._matches(row)]
        if measure is Measure.FIRST_TIME:
            return self._first_times()
        return [row for row in self.rows if self._matches(row)]

    def _first_times(self) -> list[Row]:
        rows = [row for row in self.rows if row.event == self.question.event]
        if self.question.lookback_days is not None:
            since = self.axis.period.start - timedelta(self.question.lookback_days)
            rows = [row for row in rows if self._day(row.at) >= since]
        if self.question.match_mode:
            return list(self._first([row for row in rows if self._matches(row)], lambda row: row.user))
        return [row for row in self._first(rows, lambda row: row.user) if self._matches(row)]

    def _first(self, rows: Sequence[Row], of: Callable[[Row], str | None]) -> Iterable[Row]:
        seen: set[str] = set()
        for row in rows:
            name = of(row)
            if name is not None and name not in seen:
                seen.add(name)
                yield row

    def _matches(self, row: Row) -> bool:
        named = self.question.event in (None, row.event)
        return named and all(test(value_of(row, name)) for name, test in self.tests)

    def _makes_a_group(self, rows: Sequence[Row]) -> bool:
        measure = self.question.measure
        if measure in OF_USERS or measure is Measure.PER_ACTOR:
            rows = [row for row in rows if row.user]
        elif measure is Measure.UNIQUE_SESSIONS:
            rows = [row for row in rows if row.session]
        if measure in LENGTHS:
            return any(row for at in range(self.axis.begun) for row in rows if self._in_window(row.at, at))
        return any(self._in_period(row.at) for row in rows)

    def _is_ranked_by_rows(self) -> bool:
        measure, function = self.question.measure, self.question.function
        if measure is Measure.PROPERTY:
            return function not in (Function.SUM, Function.COUNT)
        return measure in AVERAGED or measure is Measure.PER_ACTOR

    # ------------------------------------------------------------ where and when

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _in_period(self, at: datetime) -> bool:
        return self.axis.period.start <= self._day(at) <= self.axis.period.end

    def _in_window(self, at: datetime, bucket: int, days: int | None = None) -> bool:
        last = min(self.axis.spans[bucket].end, self.question.ground.today)
        return last - timedelta((days or LENGTHS[self.question.measure]) - 1) <= self._day(at) <= last

    def _bucket(self, at: datetime) -> int:
        begun = [bucket for bucket, text in enumerate(self.axis.at_texts) if datetime.fromisoformat(text) <= at]
        return begun[-1]

    def _listed(self, rows: Sequence[Row]) -> list[Cell]:
        if self.question.measure in STICKY:
            ratios = [self._sticky(rows, bucket) for bucket in range(self.axis.begun)]
            return ratios + [None] * (len(self.axis.dates) - len(ratios))
        buckets: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            if self.question.measure in LENGTHS:
                for bucket in range(self.axis.begun):
                    if self._in_window(row.at, bucket):
                        buckets[bucket].append(row)
            elif self._in_period(row.at):
                buckets[self._bucket(row.at)].append(row)
        return [self._number(buckets[at]) if at < self.axis.begun else None for at in range(len(self.axis.dates))]

    # ------------------------------------------------------------ numbers

    def _sticky(self, rows: Sequence[Row], bucket: int) -> Cell:
        """K1."""
        part = {row.user for row in rows if self._in_window(row.at, bucket, STICKY[self.question.measure])} - {None}
        whole = {row.user for row in rows if self._in_window(row.at, bucket)} - {None}
        return len(part) / len(whole) if whole else None

    def _number(self, rows: Sequence[Row]) -> Cell:
        measure = self.question.measure
        if measure in OF_USERS:
            return float(len({row.user for row in rows} - {None}))
        if measure is Measure.UNIQUE_SESSIONS:
            return float(len({row.session for row in rows} - {None}))
        if measure is Measure.PROPERTY:
            assert self.question.property is not None
            found = (number_of(value_of(row, self.question.property)) for row in rows)
            return reduced([number for number in found if number is not None], self.question.function)
        if measure is Measure.PER_ACTOR:
            return self._per_actor(rows)
        if measure in AVERAGED:
            return reduced([self._of_session(row) for row in rows], Function.AVG)
        return float(len(rows))

    def _per_actor(self, rows: Sequence[Row]) -> Cell:
        by_user: dict[str, list[float]] = defaultdict(list)
        for row in rows:
            number = 1.0 if self.question.property is None else number_of(value_of(row, self.question.property))
            if row.user is not None and number is not None:
                by_user[row.user].append(number)
        return (
            reduced([math.fsum(numbers) for numbers in by_user.values()], self.question.function) if by_user else None
        )

    def _of_session(self, first: Row) -> float:
        rows = [row for row in self.rows if row.session == first.session]
        if self.question.measure is Measure.BOUNCE_RATE:
            return float(len(rows) == 1)
        return (max(row.at for row in rows) - min(row.at for row in rows)) / timedelta(seconds=1)


QUANTILES = {"MEDIAN": 0.5, "P50": 0.5, "P75": 0.75, "P90": 0.9, "P95": 0.95, "P99": 0.99}


def reduced(numbers: list[float], function: Function | None) -> Cell:
    """V4 and V1, of one cell."""
    assert function is not None
    if function is Function.COUNT:
        return float(len(numbers))
    if function is Function.SUM:
        return math.fsum(numbers)
    if not numbers:
        return None
    if function is Function.AVG:
        return math.fsum(numbers) / len(numbers)
    ordered = sorted(numbers)
    if function is Function.MIN:
        return ordered[0]
    if function is Function.MAX:
        return ordered[-1]
    x = QUANTILES[function.name] * (len(ordered) - 1)
    low = math.floor(x)
    return ordered[low] if low + 1 == len(ordered) else ordered[low] + (x - low) * (ordered[low + 1] - ordered[low])
