"""What the days of events answer without a look at any row: every plain series by day and longer. Pure."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from parallax.analyses import cells, counters
from parallax.analyses.cells import ratios
from parallax.analyses.grounds import Spans, begun, buckets_of_days, days_of, event_of, scope_of, spans_of, windows_of
from parallax.analyses.questions import AVERAGED, PARTS, WINDOWS, Function, Measure, Slices, Total, Values
from parallax.engine.columns import Numbers
from parallax.engine.dayrows import DayRows
from parallax.engine.days import ANY
from parallax.engine.known import Known
from parallax.engine.requests import Days, Distinct, Steps, Tally
from parallax.engine.rolling import SECOND_US
from parallax.periods import FROM_DAY, Granularity

ADDITIVE = {
    Measure.EVENTS: ("events",),
    Measure.USERS: ("firsts",),
    Measure.FIRST_TIME: ("firsts",),
    Measure.SESSIONS: ("starts",),
    Measure.SESSION_DURATION: ("session_us", "starts"),
    Measure.BOUNCE_RATE: ("bounces", "starts"),
}
"""What is summed over days; of two, the one is divided by the other."""
UNITED = {Measure.DAU: "users", Measure.UNIQUE_SESSIONS: "sessions", **dict.fromkeys(WINDOWS, "users")}


def answer(known: Known, ask: Values | Total | Slices) -> Steps[Any] | None:
    """The steps to the answer, or None where only rows can tell."""
    question = ask.question
    if not known.standing.is_derived or question.axis.granularity not in FROM_DAY:
        return None
    if isinstance(ask, Slices) or question.where:
        return counters.answer(known, ask)
    if question.lookback_days is not None or question.property is not None:
        return None
    if question.measure in ADDITIVE:
        return _summed(known, ask)
    if question.measure in UNITED:
        return _united(known, ask)
    return _per_actor(known, ask) if question.measure is Measure.PER_ACTOR else None


# ---------------------------------------------------------------- sums of days


def _summed(known: Known, ask: Values | Total) -> Steps[Any]:
    question = ask.question
    event = ANY if question.measure is Measure.USERS else event_of(known, question)
    if event is None:
        return _nothing(ask)
    names = ADDITIVE[question.measure]
    wanted = frozenset({"starts" if name in ("bounces", "session_us") else name for name in names})
    rows: DayRows = yield Days(scope_of(known, question.ground), event, *days_of(question.axis), wanted)
    sums = [_sums(ask, rows.day, rows.numbers[name]) for name in names]
    if len(sums) == 1:
        return _answer(ask, sums[0].tolist())
    scale = SECOND_US if question.measure is Measure.SESSION_DURATION else 1
    return _answer(ask, [top / below / scale if below else None for top, below in zip(*sums, strict=True)])


def _sums(ask: Values | Total, days: Numbers, numbers: Numbers) -> Numbers:
    """By bucket, or in all."""
    if isinstance(ask, Total):
        return np.array([numbers.sum()])
    axis = ask.question.axis
    buckets, many = buckets_of_days(axis, days), len(axis.dates)
    sums = np.zeros(many, np.int64)
    if axis.granularity is Granularity.DAY:
        sums[buckets] = numbers
    else:
        np.add.at(sums, buckets, numbers)
    return sums


def _answer(ask: Values | Total, found: Sequence[Any]) -> Any:
    if isinstance(ask, Values):
        return begun(ask.question.axis, found)
    return None if found[0] is None else float(found[0])


def _nothing(ask: Values | Total) -> Any:
    """Of a name that never occurred: counts are 0, averages null (V1, E5)."""
    question = ask.question
    return _answer(
        ask,
        [None if question.measure in AVERAGED or question.measure in PARTS else 0.0] * max(1, len(question.axis.dates)),
    )


# ---------------------------------------------------------------- distinct users and sessions


def _united(known: Known, ask: Values | Total) -> Steps[Any]:
    question = ask.question
    event = event_of(known, question)
    if event is None:
        return _nothing(ask)
    if question.measure in PARTS:
        return (yield from _sticky(known, ask, event))
    if isinstance(ask, Total):
        spans: Spans = (days_of(question.axis),)
    elif question.measure in WINDOWS:
        spans = windows_of(question.axis, WINDOWS[question.measure], question.ground.today)
    else:
        spans = spans_of(question.axis)
    if not spans:
        return begun(question.axis, [])
    found = yield Distinct(scope_of(known, question.ground), event, spans, UNITED[question.measure])
    return _answer(ask, found)


def _sticky(known: Known, ask: Values | Total, event: int) -> Steps[Any]:
    question = ask.question
    if isinstance(ask, Total):
        return None
    lengths = PARTS[question.measure], WINDOWS[question.measure]
    part, whole = (windows_of(question.axis, days, question.ground.today) for days in lengths)
    if not whole:
        return begun(question.axis, [])
    found = yield Distinct(scope_of(known, question.ground), event, (*part, *whole))
    return begun(question.axis, ratios(found[: len(part)], found[len(part) :]))


# ---------------------------------------------------------------- per actor


def _per_actor(known: Known, ask: Values | Total) -> Steps[Any]:
    """How often each user of a bucket did it, out of the days' counts (P1)."""
    question = ask.question
    event, function = event_of(known, question), question.function
    if event is None or function is None:
        return _nothing(ask)
    scope, days = scope_of(known, question.ground), days_of(question.axis)
    spans = spans_of(question.axis) if isinstance(ask, Values) else (days,)
    if all(first == last for first, last in spans):
        rows = yield Days(scope, event, *days, frozenset({"events"}), frozenset({"tally"}))
        tallies = dict(zip(rows.day.tolist(), rows.sets["tally"], strict=True))
        return _answer(ask, [_of_tally(tallies.get(day), function) for day, _ in spans])
    found = yield tuple(Tally(scope, event, *span) for span in spans)
    return _answer(ask, [_of_tally(each, function) for each in found])


def _of_tally(tally: tuple[Numbers, Numbers] | None, function: Function) -> float | None:
    if tally is None or not len(tally[0]):
        return None
    numbers, many = tally
    total = float((numbers.astype(np.float64) * many).sum())
    if function is Function.SUM:
        return total
    if function is Function.AVG:
        return total / float(many.sum())
    if function in (Function.MIN, Function.MAX):
        return float(numbers[0 if function is Function.MIN else -1])
    place = cells.QUANTILES[function] * (int(many.sum()) - 1)
    ends = np.cumsum(many)
    low, high = (
        int(numbers[np.searchsorted(ends, at, "right")]) for at in (int(place), min(int(place) + 1, int(ends[-1]) - 1))
    )
    return low + (place - int(place)) * (high - low)
