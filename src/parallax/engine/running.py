"""Runs analyses side by side: each round of their requests is read together, out of one snapshot."""

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from parallax.db import Database, Transaction, check_deadline
from parallax.engine.answers import answer_kept, keep_answer
from parallax.engine.caches import kept
from parallax.engine.glance import Elsewhere, Glance
from parallax.engine.known import CLIENT_STANDINGS, Known, known_before, known_of
from parallax.engine.parts import Rows
from parallax.engine.readings import Reading, Watch, WatchedGlance, WatchedTransaction, readings
from parallax.engine.requests import Made, OfDays, Pause, Request, SessionsByUser, Steps
from parallax.engine.snapshot import Snapshot
from parallax.engine.standing import Scanned, Standing
from parallax.engine.weeks import Span
from parallax.scopes import Scope

INLINE_ROWS = 20_000
"""An analysis that is sent more rows than these goes on beside the event loop."""
Begin = Callable[[Known], Steps[Any]]


@dataclass(slots=True)
class Job:
    """An analysis of one client's data, and what became of it: an answer, or the error that it ended with.

    `key`: jobs of equal keys have equal answers while their client stands where it does; None: it is worked out each time.
    For whoever is told what it reads `question` says in a few words what it is about, `effort` how much work each row is.
    """

    client: UUID
    begin: Begin
    question: str = ""
    effort: float = 1.0
    key: Hashable = None
    answer: Any = None
    error: Exception | None = None


async def run(db: Database, scope: Scope, jobs: Sequence[Job]) -> None:
    """Fills the jobs' answers. A client that is not there leaves its jobs' answers None."""
    clients = list({job.client for job in jobs})
    before = known_before(kept(db), clients)
    if await _remembered(db, scope, jobs, before):
        return
    running = await _glanced(db, scope, jobs, before)

    async def within(transaction: Transaction) -> list[Running]:
        known = await known_of(transaction, kept(db), clients)
        begun, watch = await _begun(jobs, known), _watch()
        seen = transaction if watch is None else WatchedTransaction(transaction, watch)
        await _rounds(Snapshot(seen, kept(db), known), begun, watch)
        return begun

    if running is None:
        running = await db.snapshot(scope, within)
    for each in running:
        if each.job.error is None:
            keep_answer(kept(db), each.job.key, each.known.standing, each.job.answer)
    told = readings.get()
    if told is not None:
        told += [each.reading for each in running if each.job.question]


async def _remembered(db: Database, scope: Scope, jobs: Sequence[Job], known: Mapping[UUID, Known]) -> bool:
    """Whether all answers are kept and still right: then they are filled in."""
    if readings.get() is not None:
        return False
    answers = []
    for job in jobs:
        held = known.get(job.client)
        answer = None if held is None else answer_kept(kept(db), job.key, held.standing)
        if answer is None:
            return False
        answers.append(answer[0])
    rows = await db.rows(scope, CLIENT_STANDINGS, list(known))
    if {row["client_id"]: Standing(*row) for row in rows} != {client: each.standing for client, each in known.items()}:
        return False
    for job, answer in zip(jobs, answers, strict=True):
        job.answer = answer
    return True


async def _glanced(
    db: Database, scope: Scope, jobs: Sequence[Job], known: Mapping[UUID, Known]
) -> "list[Running] | None":
    """The analyses, done, if what is kept of all clients was enough, and right."""
    if len(known) < len({job.client for job in jobs}):
        return None
    watch = _watch()
    glance = Glance(db, scope, known) if watch is None else WatchedGlance(db, scope, known, watch)
    running = await _begun(jobs, known)
    if not all(isinstance(request, OfDays | Made | SessionsByUser) for each in running for request in each.requests):
        return None
    try:
        await _rounds(Snapshot(glance, kept(db), known), running, watch)
    except Elsewhere:
        return None
    return running if glance.seen >= known.keys() else None


def _watch() -> Watch | None:
    return None if readings.get() is None else Watch()


async def _begun(jobs: Sequence[Job], known: Mapping[UUID, Known]) -> "list[Running]":
    running = [Running(job, known[job.client]) for job in jobs if job.client in known]
    for each in running:
        await each.go_on(None)
    return running


async def _rounds(snapshot: Snapshot, running: "Sequence[Running]", watch: Watch | None) -> None:
    while asked := [(each.job.client, request) for each in running for request in each.requests]:
        answers = iter(await snapshot.round(asked))
        for each in running:
            if each.requests:
                mine = [next(answers) for _ in each.requests]
                if watch is not None:
                    for request, answer in zip(each.requests, mine, strict=True):
                        watch.note(each.reading, request, answer, each.known)
                await each.go_on(mine)


class Running:
    """An analysis under way; `requests` is what it waits for, nothing when it is done."""

    def __init__(self, job: Job, known: Known) -> None:
        self.job, self.known = job, known
        self.reading = Reading.of(job.question, known.standing)
        job.answer, job.error = None, None  # the snapshot may have been begun again
        self._steps = job.begin(known)
        self._one = True
        self.requests: tuple[Request, ...] = ()

    async def go_on(self, answers: list[Any] | None) -> None:
        sent = None if answers is None else answers[0] if self._one else tuple(answers)
        large = answers is not None and sum(map(_rows, answers)) > INLINE_ROWS
        if large:
            await asyncio.to_thread(self._step, sent)
        else:
            self._step(sent)

    def _step(self, sent: Any) -> None:
        try:
            asked = self._steps.send(sent)
            while isinstance(asked, Pause):
                check_deadline()
                asked = self._steps.send(None)
        except StopIteration as done:  # is how a generator returns
            self.job.answer, self.requests = done.value, ()
        except Exception as error:  # of this analysis alone; the others' answers are as good as before
            self._steps.close()
            self.job.error, self.requests = error, ()
        else:
            self._one = not isinstance(asked, tuple)
            self.requests = asked if isinstance(asked, tuple) else (asked,)


def _rows(answer: Any) -> int:
    if isinstance(answer, list):
        return sum(
            len(each.frame) if isinstance(each, Scanned) else each.part.rows if isinstance(each, Rows) else len(each)
            for each in answer
            if isinstance(each, Scanned | Rows | Span)
        )
    return 0
