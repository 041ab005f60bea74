"""Lists of what came most (W1 to W4), groups of two measures (M1, M2), and who was active (A5). Pure."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from parallax.analyses import cells
from parallax.analyses.counted import counted
from parallax.analyses.grounds import day_number, days_of, event_of, scope_of
from parallax.analyses.groups import kept_of
from parallax.analyses.matched import Matched
from parallax.analyses.questions import (
    WINDOWS,
    ActiveUsers,
    Function,
    Group,
    Grouped,
    GroupedAnswer,
    Intensity,
    Measure,
    Order,
    Question,
    Size,
    Top,
    TopEntry,
)
from parallax.analyses.series import Cut
from parallax.edges import windows
from parallax.engine.bitmaps import BitMap, of_numbers
from parallax.engine.columns import Numbers
from parallax.engine.dayrows import DayRows
from parallax.engine.known import Known
from parallax.engine.requests import AllDays, Days, Steps


def top(known: Known, ask: Top) -> Steps[list[TopEntry]]:
    question = ask.question
    dimension = question.dimension
    if (
        dimension is not None
        and dimension.kind in ("event", "level")
        and question.measure is Measure.EVENTS
        and question.event is None
        and not question.where
        and known.standing.is_derived
    ):
        return _ordered(ask, (yield from _top_names(known, question)))
    rows = yield from counted(known, question, frozenset({"user"}))
    work = Cut(rows, question)
    mine = np.flatnonzero(work.inside)
    group, many = rows.group[mine], len(rows.groups)
    counts, users = np.bincount(group, minlength=many), cells.distinct(group, rows.user[mine], many)
    entries = [
        TopEntry(name, float(count), int(of or 0))
        for name, count, of in zip(rows.groups, counts.tolist(), users, strict=True)
        if count
    ]
    return _ordered(ask, entries)


def _top_names(known: Known, question: Question) -> Steps[list[TopEntry]]:
    days = days_of(question.axis)
    sets = frozenset({"users"})
    found: dict[int, DayRows] = yield AllDays(scope_of(known, question.ground), *days, frozenset({"events"}), sets)
    return [
        TopEntry(known.names.names[event], float(count), len(BitMap.union(BitMap(), BitMap(), *rows.sets["users"])))
        for event, rows in found.items()
        if (count := int(rows.numbers["events"].sum()))
    ]


def _ordered(ask: Top, entries: Sequence[TopEntry]) -> list[TopEntry]:
    """Largest first; equal ones by name, the unset one last."""

    def rank(entry: TopEntry) -> tuple[float, bool, str]:
        return -(entry.count if ask.order is Order.COUNT else entry.users), entry.name is None, entry.name or ""

    return sorted(entries, key=rank)[: ask.first]


# ---------------------------------------------------------------- grouped


OF_GROUPS = frozenset({"position", "user"})


def grouped(known: Known, ask: Grouped) -> Steps[GroupedAnswer]:
    rows = yield from counted(known, ask.question, OF_GROUPS)
    sized = yield from _numbers(known, ask, ask.size_property, rows)
    weighed = yield from _numbers(known, ask, ask.intensity_property, rows)
    sizes = _sizes(ask, rows, rows.group, sized, len(rows.groups))
    present = np.bincount(rows.group, minlength=len(rows.groups)) > 0
    kept, rest = kept_of(
        [(name, size) for name, size, has in zip(rows.groups, sizes, present, strict=True) if has], ask.most
    )
    place = {name: at for at, name in enumerate(kept)}
    group = np.array([place.get(name, len(kept)) for name in rows.groups], np.int64)[rows.group]
    sizes = _sizes(ask, rows, group, sized, len(kept) + 1)
    intensities = _intensities(ask, rows, group, weighed, len(kept) + 1)
    named: list[tuple[str | None, bool]] = [(name, False) for name in kept] + ([(None, True)] if rest else [])
    groups = [Group(name, other, sizes[at], intensities[at]) for at, (name, other) in enumerate(named)]
    return GroupedAnswer(groups, _sizes(ask, rows, rows.group * 0, sized, 1)[0])


def _numbers(known: Known, ask: Grouped, field: object, rows: Matched) -> Steps[Numbers]:
    """The field's number on each of the rows."""
    if field is None:
        return rows.number
    again = yield from counted(known, replace(ask.question, property=field), OF_GROUPS)  # type: ignore[arg-type]
    order = np.argsort(again.position)
    return again.number[order[np.searchsorted(again.position[order], rows.position)]]


def _sizes(ask: Grouped, rows: Matched, group: Numbers, numbers: Numbers, many: int) -> list[float]:
    if ask.size is Size.COUNT:
        found = cells.counted(group, many)
    elif ask.size is Size.UNIQUE_ACTORS:
        found = cells.distinct(group, rows.user, many)
    else:
        found = cells.aggregated(group, numbers, Function.SUM, many)
    return [size or 0.0 for size in found]


def _intensities(ask: Grouped, rows: Matched, group: Numbers, numbers: Numbers, many: int) -> list[float | None]:
    if ask.intensity is Intensity.UNIQUE_ACTORS:
        return cells.distinct(group, rows.user, many)
    if ask.intensity is Intensity.AVG:
        return cells.aggregated(group, numbers, Function.AVG, many)
    if ask.intensity is Intensity.AVG_PER_ACTOR:
        return cells.per_actor(group, rows.user, None, Function.AVG, many)
    assert ask.percentile is not None
    return cells.quantile_per_actor(group, rows.user, ask.percentile, many)


# ---------------------------------------------------------------- who was active


def active_users(known: Known, ask: ActiveUsers) -> Steps[BitMap]:
    question = ask.question
    if known.standing.is_derived and not question.where:
        event = event_of(known, question)
        if event is None:
            return BitMap()
        first, last = days_of(question.axis)
        if question.measure in WINDOWS:
            spans = windows(question.axis, WINDOWS[question.measure], question.ground.today)
            first = min((day_number(span.start) for span in spans), default=first)
            last = max((day_number(span.end) for span in spans), default=first - 1)
        rows: DayRows = yield Days(
            scope_of(known, question.ground), event, first, last, frozenset({"events"}), frozenset({"users"})
        )
        return BitMap.union(BitMap(), BitMap(), *rows.sets["users"])
    matching = yield from counted(known, question)
    return of_numbers(np.unique(matching.user[matching.user > 0]))
