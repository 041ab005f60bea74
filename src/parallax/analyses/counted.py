"""The rows that a series counts: the events themselves, or the one that stands for each user or session (B1). Pure."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import numpy as np

from parallax.analyses.grounds import days_of, edges_of, event_of, scope_of
from parallax.analyses.matched import Matched
from parallax.analyses.matching import matched
from parallax.analyses.questions import OF_FIRSTS, OF_SESSIONS, PARTS, WINDOWS, Measure, Question
from parallax.edges import windows
from parallax.engine.bitmaps import BitMap, numbers_in
from parallax.engine.columns import Numbers
from parallax.engine.days import ANY
from parallax.engine.known import Known
from parallax.engine.requests import Days, Sessions, Steps
from parallax.engine.rolling import SECOND_US, day_edges, local_days
from parallax.engine.sessions import Sessions as Facts
from parallax.periods import starts_at

COUNTS: Final = {
    Measure.DAU: "user",
    Measure.WAU: "user",
    Measure.MAU: "user",
    Measure.PER_ACTOR: "user",
    Measure.UNIQUE_SESSIONS: "session",
    **dict.fromkeys(PARTS, "user"),
}
"""The column that a measure looks at, beside the buckets that rows are in."""
ONE_EACH: Final = frozenset({"at", "position", "user"})
"""Columns of rows that stand for a user or a session."""


def counted(known: Known, question: Question, more: frozenset[str] = frozenset()) -> Steps[Matched]:
    """Rows of the period, which can be laid into its buckets; of WAU and MAU also those of the days looked back to.

    They have the column that the measure looks at, and `more`.
    """
    from_us, to_us = span_of(question)
    if question.measure in OF_SESSIONS:
        return (yield from _sessions(known, question, from_us, to_us))
    if question.measure in OF_FIRSTS:
        return (yield from _firsts(known, question, from_us, to_us))
    wanted = more | ({COUNTS[question.measure]} if question.measure in COUNTS else frozenset())
    return (yield from matched(known, question, from_us, to_us, wanted, cuts_of(question)))


def cuts_of(question: Question) -> tuple[int, ...]:
    """The instants by which rows are told apart: where buckets begin; of WAU and MAU every day."""
    edges: list[int] = edges_of(question.axis).tolist()
    if question.measure in WINDOWS:
        zone = question.ground.zone
        first, last = local_days(np.array(span_of(question)), zone).tolist()
        edges = sorted({*edges, *day_edges(first, last, zone).tolist()})
    return tuple(edges)


def span_of(question: Question) -> tuple[int, int]:
    edges = edges_of(question.axis)
    from_us, to_us = int(edges[0]), int(edges[-1])
    days = WINDOWS.get(question.measure)
    if days is not None:
        windows_ = windows(question.axis, days, question.ground.today)
        first = min((window.start for window in windows_), default=question.axis.period.start)
        from_us = min(from_us, instant_of(first, question))
    return from_us, to_us


def instant_of(day: Any, question: Question) -> int:
    """The first instant of a local day, in microseconds since 1970."""
    return int(starts_at(day, question.ground.zone).timestamp()) * SECOND_US


# ---------------------------------------------------------------- sessions (S3 to S5)


def _sessions(known: Known, question: Question, from_us: int, to_us: int) -> Steps[Matched]:
    """The first events of the sessions that start in the period; `number` is the duration in seconds, or 1 of a bounce."""
    every = replace(question, where=(), event=None)
    rows = yield from matched(known, replace(every, dimension=None), from_us, to_us, frozenset({"session"}))
    facts: Facts = yield Sessions(scope_of(known, question.ground), tuple(_distinct(rows.session).tolist()))
    facts = facts.taken((facts.first_at >= from_us) & (facts.first_at < to_us))
    tested = yield from matched(known, question, from_us, to_us, ONE_EACH)
    mine = tested.taken(np.isin(tested.position, facts.first_position))
    order = np.argsort(facts.first_position)
    place = order[np.searchsorted(facts.first_position[order], mine.position)]
    if question.measure is Measure.BOUNCE_RATE:
        return mine.with_numbers((facts.events[place] == 1).astype(np.float64))
    return mine.with_numbers(facts.durations_us[place] / SECOND_US)


def _distinct(numbers: Numbers) -> Numbers:
    return np.unique(numbers[numbers > 0])


# ---------------------------------------------------------------- first times (E2, H1 to H4)


def _firsts(known: Known, question: Question, from_us: int, to_us: int) -> Steps[Matched]:
    """The first event of each user whose first one lies in the period, if it satisfies the conditions."""
    history_us = 0
    if question.lookback_days is not None:
        begins = question.axis.period.start - timedelta(
            min(question.lookback_days, question.axis.period.start.toordinal() - 1)
        )
        history_us = min(instant_of(begins, question), from_us)
    if question.match_mode and question.where:
        rows = yield from matched(known, question, history_us, to_us, ONE_EACH)
        return _in_span(first_of_each(rows), from_us)
    plain = replace(question, where=(), dimension=None)
    if known.standing.is_derived and question.lookback_days is None:
        rows = yield from matched(known, plain, from_us, to_us, ONE_EACH)
        users = yield from _first_users(known, question)
        firsts = first_of_each(rows.taken(np.isin(rows.user, users)))
    else:
        rows = yield from matched(known, plain, history_us, to_us, ONE_EACH)
        firsts = _in_span(first_of_each(rows), from_us)
    if not question.where and question.dimension is None:
        return firsts
    tested = yield from matched(known, question, from_us, to_us, ONE_EACH)
    return tested.taken(np.isin(tested.position, firsts.position))


def _first_users(known: Known, question: Question) -> Steps[Numbers]:
    """Users whose first event (of any kind, or of this name) ever lies in the period."""
    event = ANY if question.measure is Measure.USERS else event_of(known, question)
    if event is None:
        return np.zeros(0, np.int64)
    scope, days = scope_of(known, question.ground), days_of(question.axis)
    rows = yield Days(scope, event, *days, frozenset({"events"}), frozenset({"firsts"}))
    return numbers_in(BitMap.union(BitMap(), BitMap(), *rows.sets["firsts"])).astype(np.int64)


def first_of_each(rows: Matched) -> Matched:
    """The first row of each user (I3); rows without a user are nobody's."""
    return rows.taken(firsts_by(rows, rows.user))


def firsts_by(rows: Matched, key: Numbers) -> Numbers:
    """Places of the first row (I3) of each key, in the order of the keys; of rows without a user there is none."""
    which = np.flatnonzero(rows.user > 0)
    order = which[np.lexsort((rows.position[which], rows.at[which], key[which]))]
    keys = key[order]
    return order[np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))] if len(order) else order


def _in_span(rows: Matched, from_us: int) -> Matched:
    return rows.taken(np.flatnonzero(rows.at >= from_us))
