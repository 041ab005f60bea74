"""Funnels without conditions, out of timelines: each user's events in order, as they are stored. Pure.

What serves what is told by an event's name alone, so that nothing has to be sorted, and no property read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from parallax.analyses.grounds import app_of, edges_of, event_of, scope_of
from parallax.analyses.questions import Question
from parallax.analyses.streams import Served, Streamed, Streams
from parallax.analyses.timelines import walked
from parallax.engine.columns import Numbers
from parallax.engine.days import ANY
from parallax.engine.frames import DAY_US, EVENTS
from parallax.engine.known import Known
from parallax.engine.requests import Days, Steps, Timelines
from parallax.engine.timereader import Settled
from parallax.engine.weeks import Span

MOST_UNSETTLED: Final = 500_000
"""Events that are in no timeline yet; with more of them rows are read."""
ROW_WORTH: Final = 100
"""A row that has to be read, tested and sorted takes as long as so many of a timeline."""
EXCLUDED_BITS: Final = 16


@dataclass(frozen=True, slots=True)
class Way:
    """The timelines to go through. `marks`: by event's number the steps that it serves, and above them the exclusions."""

    settled: Settled
    from_us: int
    until_us: int
    marks: Numbers  # uint32
    app: int | None


def way(known: Known, asked: Served) -> Steps[Way | None]:
    """None where rows have to be read, or are fewer to look at."""
    whole, those = asked.whole, (*asked.served, *asked.excluded)
    if whole.ground.stream != EVENTS or whole.dimension is not None or any(each.where for each in (whole, *those)):
        return None
    edges = edges_of(whole.axis)
    span = int(edges[0]), int(edges[-1]) + asked.after_us
    settled: Settled = yield Timelines(*span)
    if not settled.state.version or settled.unsettled > MOST_UNSETTLED:
        return None
    if not asked.every and (yield from _events(known, those, span)) * ROW_WORTH < settled.events:
        return None
    return Way(settled, *span, _marks(known, asked), app_of(known, whole.ground))


def _events(known: Known, those: Sequence[Question], span: tuple[int, int]) -> Steps[int]:
    """How many events serve or exclude anything, over the days of the span."""
    scope, days = scope_of(known, those[0].ground), (span[0] // DAY_US, span[1] // DAY_US)
    events = {event for each in those if (event := event_of(known, each)) is not None}
    if not events:
        return 0
    rows = yield tuple(Days(scope, event, *days) for event in ({ANY} if ANY in events else events))
    return sum(int(each.numbers["events"].sum()) for each in rows)


def _marks(known: Known, asked: Served) -> Numbers:
    marks = np.zeros(max(known.names.last + 1, 256), np.uint32)
    for shift, those in ((0, asked.served), (EXCLUDED_BITS, asked.excluded)):
        for place, question in enumerate(those):
            event = event_of(known, question)
            if event is not None:
                marks[slice(None) if event == ANY else event] |= np.uint32(1 << (place + shift))
    return marks


def picked(known: Known, asked: Served, way: Way) -> Steps[Streamed]:
    """The events that matter, as the kernels of funnels take them."""
    from parallax.engine.kernels.timelines import pick

    parts: list[Streams] = []

    def told(span: Span, out: Numbers) -> None:
        apps, rows = span.apps, len(span) + 1
        if way.app is not None and not len(apps):
            return  # none of these says an app
        starts, at, marks = np.empty(len(span.starts), np.int64), np.empty(rows, np.int64), np.empty(rows, np.uint32)
        first, last = _within(span, way.from_us, way.until_us)
        many = pick(
            span.starts,
            span.names,
            span.times,
            apps if way.app is not None else apps[:0],
            -1 if way.app is None else way.app,
            way.marks,
            asked.every,
            out,
            first,
            last - 1,
            span.base_us,
            span.unit_us,
            starts,
            at,
            marks,
        )
        steps = marks[:many].astype(np.uint16)
        excluded = (marks[:many] >> EXCLUDED_BITS).astype(np.uint16)
        parts.append(Streams(span.users, starts, at[:many].copy(), steps, excluded, np.zeros(many, np.int32)))

    yield from walked(known, way.settled, way.from_us, way.until_us, told)
    return Streamed(parts, [None])


def quick_attempts(known: Known, way: Way, steps: int, to_us: int, window_us: int) -> Steps[tuple[Numbers, ...]]:
    """Of whoever entered: users, depths and times, for funnels as `kernels.spans` has them."""
    from parallax.engine.kernels.spans import deepest_in_span

    marks = way.marks.astype(np.uint16)
    found: list[tuple[Numbers, Numbers, Numbers]] = []

    def told(span: Span, out: Numbers) -> None:
        users, most = len(span.users), int(np.diff(span.starts).max(initial=0))
        depth, times = np.zeros(users, np.int8), np.zeros((users, steps), np.int64)
        scratch = np.empty(most + 1, np.int64), np.empty(most + 1, np.uint16)
        columns = span.starts, span.names, span.times, span.base_us, span.unit_us, marks, out
        deepest_in_span(*columns, window_us, way.from_us, to_us, *scratch, depth, times)
        entered = np.flatnonzero(depth)
        found.append((span.users[entered], depth[entered], times[entered]))

    yield from walked(known, way.settled, way.from_us, way.until_us, told)
    nothing: Any = (np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros((0, steps), np.int64))
    return tuple(np.concatenate(column) for column in zip(nothing, *found, strict=True))


def is_quick(way: Way, asked: Served) -> bool:
    """Whether a name serves one step at most, in a funnel of the usual kind."""
    single = bool(((way.marks & (way.marks - np.uint32(1))) == 0).all())
    return single and way.app is None and not asked.excluded


def _within(span: Span, from_us: int, to_us: int) -> tuple[int, int]:
    """The first unit of the span that is not before, and the first that is not inside any more."""
    return -((span.base_us - from_us) // span.unit_us), -((span.base_us - to_us) // span.unit_us)
