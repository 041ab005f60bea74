"""Timelines against the rows: whatever was folded, settled, merged or erased in between, everybody's events in order."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from parallax.analyses.timelines import walked
from parallax.db import Database
from parallax.engine.columns import Numbers
from parallax.engine.fold import fold
from parallax.engine.known import Known
from parallax.engine.rebuild import rebuild
from parallax.engine.requests import ExternalIds, Steps, Timelines
from parallax.engine.running import Job, run
from parallax.engine.settling import settle
from parallax.engine.verify import verify
from parallax.engine.weeks import Span
from parallax.settings import Settings
from parallax.users.erasure import erase
from tests.analyses.lab import NAMES, NOW, Lab
from tests.clusters import Cluster
from tests.conftest import cloned

ALWAYS = (0, 2**52)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def db(cluster: Cluster, settings: Settings, template: str) -> AsyncIterator[Database]:
    async with (
        cloned(cluster, settings, template) as urls,
        Database(settings, urls.reading, urls.writing) as opened,
    ):
        yield opened


def doings(known: Known) -> Steps[tuple[dict[int, list[tuple[int, str]]], dict[int, str]]]:
    """By user, instants and names of events; and who they are."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)

    def told(span: Span, out: Numbers) -> None:
        rows = span.of(np.flatnonzero(~out))
        for user, at, event in zip(rows.user.tolist(), rows.at.tolist(), rows.event.tolist(), strict=True):
            found[user].append((at, known.names.names[event]))

    settled = yield Timelines(*ALWAYS)
    yield from walked(known, settled, *ALWAYS, told)
    names = yield ExternalIds(tuple(found))
    return dict(found), names


async def told_of(lab: Lab) -> dict[str, Any]:
    job = Job(lab.client, doings)
    await run(lab.db, lab.scope, [job])
    if job.error:
        raise job.error
    doings_of, names = job.answer
    return {names[user]: its for user, its in doings_of.items()}


def wanted(lab: Lab) -> dict[str, Any]:
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in sorted(lab.rows(), key=lambda row: row.place):
        if row.user is not None:
            found[row.user].append(((row.at - EPOCH) // timedelta(microseconds=1), row.event))
    return dict(found)


@budget(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(seed=st.integers(0, 2**32))
async def test_everybodys_events_are_there_in_order(db: Database, seed: int) -> None:
    lab = await Lab.made(db, seed)
    for _ in range(6):
        await lab.fill(batches=1, events=60)
        if lab.random.random() < 0.5:
            await settle(db, lab.client)
        assert await told_of(lab) == wanted(lab)
    await fold(db, lab.client)
    await settle(db, lab.client)
    assert await told_of(lab) == wanted(lab)


@budget(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(seed=st.integers(0, 2**32))
async def test_timelines_outlast_erasure_a_load_taken_back_and_a_rebuild(db: Database, seed: int) -> None:
    lab = await Lab.made(db, seed)
    await lab.fill(batches=4, events=60)
    await fold(db, lab.client)
    await settle(db, lab.client)
    assert (await verify(db, lab.client)).differences == []
    await lab.fill(batches=1, events=60)
    gone = lab.random.choice(("u0", "u3", "u8"))
    erased = await erase(db, lab.scope, lab.client, [gone], NOW)
    left = {user: its for user, its in wanted(lab).items() if erased.users == 0 or user != lab.users.get(gone, gone)}
    assert await told_of(lab) == left
    assert (await verify(db, lab.client)).differences == []
    if lab.random.random() < 0.5:
        await rebuild(db, lab.client)
    assert (await verify(db, lab.client)).differences == []
    await settle(db, lab.client)
    assert await told_of(lab) == left
    assert (await verify(db, lab.client)).differences == []


@pytest.mark.parametrize("others", ["zyz", "zy", "zzz", "yzy"])
async def test_users_who_become_others_crosswise_keep_all_of_their_events(db: Database, others: str) -> None:
    """Nobody else is in their blocks, and who comes first by the old numbers does not by the new ones. All of them always do
    something at the same instant, accepted now in one order and now in another.
    """
    lab = await Lab.made(db, 1)
    anonymous = [f"a{number}" for number in range(len(others))]
    at = [NOW - timedelta(hours=3 * number) for number in range(100)]
    sent = [(user, each) for each in at for user in lab.random.sample(anonymous, len(anonymous))]
    await lab.send([
        {"name": lab.random.choice(NAMES), "at": each.isoformat(), "user": user, "properties": {}} for user, each in sent
    ])  # fmt: skip
    await fold(db, lab.client)
    await settle(db, lab.client)
    for user in "yz":  # in the order of their numbers
        await lab.identify(user, f"never seen as {user}")
    for user, other in zip(anonymous, others, strict=True):
        await lab.identify(other, user)
    assert await told_of(lab) == wanted(lab)
    await settle(db, lab.client)
    assert await told_of(lab) == wanted(lab)
    assert (await verify(db, lab.client)).differences == []
