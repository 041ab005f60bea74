"""Answers by question: all asks of a tick out of one snapshot, those about one series out of one reading of its rows."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from parallax.access.viewer import Viewer
from parallax.analyses import (
    arrivals,
    funnels,
    lifecycle,
    retention,
    rows,
    segments,
    series,
    session_rows,
    stickiness,
    top,
    user_facts,
)
from parallax.analyses.described import described
from parallax.analyses.efforts import effort
from parallax.analyses.questions import ActiveUsers, Grouped, Slices, Top, Total, Values
from parallax.analytics.hints import Hints
from parallax.db import Database
from parallax.engine.caches import kept
from parallax.engine.known import Known, known_before
from parallax.engine.planning import Planned, planned
from parallax.engine.readings import readings
from parallax.engine.requests import Steps
from parallax.engine.running import Job, run
from parallax.errors import ParallaxError
from parallax.loading import DataLoader, batched

OF_SERIES = (Values, Total, Slices)
TOGETHER: dict[tuple[type, ...], Callable[[Known, Any, Sequence[Any]], Steps[list[Any]]]] = {
    OF_SERIES: series.series,
    funnels.OF_FUNNEL: funnels.funnel,
}
"""Asks that are answered together where their `question` is the same."""
ANALYSES: dict[type, Callable[[Known, Any], Steps[Any]]] = {
    Top: top.top,
    Grouped: top.grouped,
    ActiveUsers: top.active_users,
    rows.RowsPage: rows.rows_page,
    rows.RowsOfSession: rows.rows_of_session,
    rows.RowAt: rows.row_at,
    session_rows.SessionsPage: session_rows.sessions_page,
    session_rows.SessionOf: session_rows.session_of,
    session_rows.SessionCounts: session_rows.session_counts,
    user_facts.SeenUsers: user_facts.seen_users,
    user_facts.EventsOfUser: user_facts.events_of_user,
    retention.Retention: retention.retention,
    retention.RetentionSlices: retention.retention_slices,
    retention.RetentionUsers: retention.retention_users,
    lifecycle.Lifecycle: lifecycle.lifecycle,
    lifecycle.LifecycleUsers: lifecycle.lifecycle_users,
    stickiness.Histogram: stickiness.histogram,
    segments.Segments: segments.segments,
    segments.SegmentUsers: segments.segment_users,
    arrivals.Standing: arrivals.standing,
    arrivals.Arrivals: arrivals.arrivals,
}
"""By what is asked. An ask has a `question`, or its own `ground`."""


def asked_loader(db: Database, viewer: Viewer, hints: Hints | None = None) -> DataLoader[Any, Any]:
    """Answers to asks (analyses/questions and analyses/rows); None for a client that is not there or not visible."""

    async def load(asks: list[Any]) -> list[Any]:
        together = _together(viewer, asks)
        is_told = readings.get() is not None
        jobs = [_job([asks[at] for at in places], is_told) for places in together]
        if jobs:
            clients = list({job.client for job in jobs})
            await run(db, viewer.scope(clients), jobs)
            if hints is not None:
                await hints.look(known_before(kept(db), clients))
        answers: list[Any] = [None] * len(asks)
        for job, places in zip(jobs, together, strict=True):
            for at, place in enumerate(places):
                answers[place] = job.error or (None if job.answer is None else job.answer[at])
        return answers

    return batched(load)


class OnlyPlanned(ParallaxError):
    """In the place of an answer: nothing was read."""

    def __init__(self) -> None:
        super().__init__("This was asked what it would read, and not read.")


def planning_loader(
    db: Database, viewer: Viewer, found: list[Planned], most: int, left_off: list[str]
) -> DataLoader[Any, Any]:
    """Adds to `found`, for up to `most` of them, what asks would read; of the others `left_off` has what they are."""

    async def load(asks: list[Any]) -> list[Any]:
        mine = (_job([asks[at] for at in places], True) for places in _together(viewer, asks))
        jobs = [job for job in mine if job.question]
        room = max(0, most - len(found))
        left_off.extend(job.question for job in jobs[room:])
        if jobs[:room]:
            found.extend(await planned(db, viewer.scope(list({job.client for job in jobs[:room]})), jobs[:room]))
        return [OnlyPlanned()] * len(asks)

    return batched(load)


def _together(viewer: Viewer, asks: Sequence[Any]) -> list[list[int]]:
    """Places of asks that one reading answers; those of clients that are not visible are absent."""
    together: dict[Any, list[int]] = {}
    for place, ask in enumerate(asks):
        if viewer.sees(_ground(ask).client):
            together.setdefault(ask if _joined(ask) is None else ask.question, []).append(place)
    return list(together.values())


def _job(asks: Sequence[Any], is_told: bool) -> Job:
    told = is_told and not isinstance(asks[0], arrivals.Standing)  # which reads nothing
    begin, client = _begin(asks), _ground(asks[0]).client
    return Job(client, begin, described(asks), effort(asks)) if told else Job(client, begin, key=tuple(asks))


def _ground(ask: Any) -> Any:
    return ask.question.ground if hasattr(ask, "question") else ask.ground


def _begin(asks: Sequence[Any]) -> Callable[[Known], Steps[list[Any]]]:
    joined = _joined(asks[0])
    if joined is not None:
        return lambda known: joined(known, asks[0].question, asks)
    return partial(_single, asks[0])


def _joined(ask: Any) -> Callable[[Known, Any, Sequence[Any]], Steps[list[Any]]] | None:
    return next((answers for kinds, answers in TOGETHER.items() if isinstance(ask, kinds)), None)


def _single(ask: Any, known: Known) -> Steps[list[Any]]:
    answer = yield from ANALYSES[type(ask)](known, ask)
    return [answer]
