"""Funnels out of timelines, whatever of them is settled, folded, waiting, merged or erased, against every attempt tried."""

from dataclasses import replace

from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from parallax.analyses import funnels
from parallax.analyses.funnels import Funnel, Reached
from parallax.analyses.questions import Question
from parallax.analyses.walks import way
from parallax.db import Database
from parallax.engine.fold import fold
from parallax.engine.kernels.deepest import deepest
from parallax.engine.kernels.quick import deepest_quickly
from parallax.engine.kernels.spans import deepest_in_span
from parallax.engine.kernels.timelines import lay, pick
from parallax.engine.kernels.warming import warm
from parallax.engine.known import Known
from parallax.engine.requests import Steps
from parallax.engine.running import Job, run
from parallax.engine.settling import settle
from parallax.filters import Condition
from tests.analyses.lab import Lab
from tests.analyses.test_agreement import db
from tests.analyses.test_funnel_agreement import Tried, check, drawn, is_so

__all__ = ["db"]


def plainly(question: Question) -> Question:
    return replace(question, where=(), dimension=None)


def without_conditions(funnel: Funnel) -> Funnel:
    return replace(
        funnel,
        whole=plainly(funnel.whole),
        steps=tuple(map(plainly, funnel.steps)),
        exclusions=tuple(replace(each, question=plainly(each.question)) for each in funnel.exclusions),
    )


async def goes_by_timelines(lab: Lab, funnel: Funnel) -> bool:
    def asked(known: Known) -> Steps[bool]:
        return (yield from way(known, funnel)) is not None

    job = Job(lab.client, asked)
    await run(lab.db, lab.scope, [job])
    return bool(job.answer)


@budget(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(seed=st.integers(0, 2**32))
async def test_funnels_without_conditions_agree_with_the_rows(db: Database, seed: int) -> None:
    lab = await Lab.made(db, seed)
    for _ in range(4):
        await lab.fill(batches=1, events=30)
        if lab.random.random() < 0.6:
            await settle(db, lab.client)
        for _ in range(3):
            question = without_conditions(drawn(lab))
            await check(lab, question)
            # Asked for nothing else, the usual funnel takes a way of its own.
            [reached] = await lab.ask(Reached(question))
            is_so(reached, list(Tried(lab.rows(), question).counted().values()), len(question.steps))


async def test_a_funnel_without_conditions_goes_by_timelines_once_they_are_there(db: Database) -> None:
    lab = await Lab.made(db, 7)
    await lab.fill(batches=3, events=60)
    question = without_conditions(drawn(lab))
    question = replace(question, order=funnels.Order.STRICT)
    assert not await goes_by_timelines(lab, question)
    await fold(db, lab.client)
    await settle(db, lab.client)
    assert await goes_by_timelines(lab, question)
    with_condition = replace(question, whole=replace(question.whole, where=drawn(lab).whole.where or _some(lab)))
    assert not await goes_by_timelines(lab, with_condition)


def _some(lab: Lab) -> tuple[Condition, ...]:
    while not (where := drawn(lab).whole.where):
        pass
    return where


async def test_nothing_is_compiled_for_whoever_asks(db: Database) -> None:
    def compiled() -> dict[str, int]:
        loops = (deepest, deepest_in_span, deepest_quickly, lay, pick)
        return {each.__name__: len(getattr(each, "signatures", ())) for each in loops}

    warm()
    before = compiled()
    assert min(before.values()) > 0
    for seed in range(6):
        lab = await Lab.made(db, seed)
        await lab.fill(batches=3, events=40)
        await settle(db, lab.client)
        for _ in range(4):
            question = drawn(lab)
            await check(lab, question)
            await check(lab, without_conditions(question))
            await lab.ask(Reached(without_conditions(question)))
    assert compiled() == before
