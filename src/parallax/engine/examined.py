"""Holds a client's timelines against the rows that they were made from: a week at a time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np

from parallax.db import Transaction
from parallax.engine import timelines
from parallax.engine.frames import EVENTS, joined
from parallax.engine.recount import raw_since
from parallax.engine.segments import Segments, as_date
from parallax.engine.settling import Settling
from parallax.engine.standing import People, Standing
from parallax.engine.timelines import WEEK_DAYS, Rows
from parallax.engine.weeks import decoded
from parallax.scopes import statement

HERE = str(Path(__file__).parent / "writing" / "_")
TIMELINES_EXAMINED = statement(HERE, "timelines_examined")
TIMELINE_WEEKS = statement(HERE, "timeline_weeks")


async def unlike_timelines(
    transaction: Transaction, standing: Standing, people: People
) -> AsyncIterator[tuple[str, str]]:
    """Where something is not as the rows say, and what. Weeks whose rows are not all kept are left out."""
    client = standing.client
    state = (await Settling.begun(transaction, standing, people)).state
    if state.position > standing.folded or state.links > standing.links:
        yield "timelines", f"go to {state.position} and {state.links}, beyond what is folded and declared"
    since = await raw_since(transaction, client, "UTC")
    segments = Segments(transaction, client, EVENTS)
    places = await segments.listed() if state.version else []
    weeks = {row["week"] for row in await transaction.rows(TIMELINE_WEEKS, client)}
    for week in sorted(weeks | {place.day // WEEK_DAYS for place in places}):
        if since is not None and week * WEEK_DAYS < since:
            continue
        where = f"timelines of the week from {as_date(week * WEEK_DAYS)}"
        frames = [frame async for frame in segments.frames([p for p in places if p.day // WEEK_DAYS == week], False)]
        truth = timelines.none()
        if frames:
            whole = joined(frames)
            truth = await asyncio.to_thread(timelines.rows_of, whole, people, 0, state.position)
        stored = []
        for block, version, events, *columns in map(tuple, await transaction.rows(TIMELINES_EXAMINED, client, week)):
            its = decoded(*columns)
            stored.append(its.rows(block, week))
            if not timelines.in_order(stored[-1]):
                yield where, f"block {block} is not in the order of its users and their instants"
            if version > state.version:
                yield where, f"block {block} has version {version}, beyond {state.version}"
            if events != len(its):
                yield where, f"block {block} is said to hold {events} events; it holds {len(its)}"
        said = await asyncio.to_thread(_differing, stored, truth, people, state.links == standing.links)
        if said is not None:
            yield where, said


def _differing(stored: list[Rows], truth: Rows, people: People, is_ordered: bool) -> str | None:
    held = timelines.as_of(timelines.together(stored), people)
    if len(held) != len(truth):
        return f"hold {len(held)} events of users who are there; the rows have {len(truth)}"
    if not _same(*(each.taken(np.lexsort((each.app, each.event, each.at, each.user))) for each in (held, truth))):
        return "hold other events than the rows"
    if is_ordered and not _same(held, truth):
        return "have events of one instant in another order than that of acceptance"
    return None


def _same(a: Rows, b: Rows) -> bool:
    return all(bool((getattr(a, name) == getattr(b, name)).all()) for name in Rows.__slots__)
