"""Timelines as they are stored, and what they lack: events that came since, users who became another's."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from parallax.db import Record, Transaction
from parallax.engine import timelines
from parallax.engine.caches import Kept
from parallax.engine.columns import Numbers
from parallax.engine.frames import EVENTS, Frame, joined
from parallax.engine.known import LINKS_SINCE, Known
from parallax.engine.requests import Spans, Timelines, Unsettled
from parallax.engine.scans import Head, Scanner
from parallax.engine.settling import State
from parallax.engine.timelines import WEEK_US, Rows
from parallax.engine.weeks import Span, Week, decoded, spanned
from parallax.scopes import statement

TIMELINE_HEADS = statement(__file__, "timeline_heads")
TIMELINE_BLOCKS = statement(__file__, "timeline_blocks")
SEGMENTS_SINCE = statement(__file__, "segments_since")


@dataclass(frozen=True, slots=True)
class Settled:
    """`blocks`: their weeks with version and events, by block. `others`: users (ascending) who became another's, or
    whose another became, or who were erased, since the blocks were made; `unsettled`: folded events that came since.
    """

    state: State
    blocks: Mapping[int, Sequence[tuple[int, int, int]]]
    others: Numbers
    unsettled: int

    @property
    def events(self) -> int:
        return sum(events for weeks in self.blocks.values() for _, _, events in weeks)


class TimelineReader:
    def __init__(self, transaction: Transaction, kept: Kept, known: Mapping[UUID, Known], scans: Scanner) -> None:
        self._transaction, self._kept, self._known, self._scans = transaction, kept, known, scans
        self._settled: dict[tuple[UUID, int, int], Settled] = {}

    # ------------------------------------------------------------ what there is
    async def timelines(self, asked: Sequence[tuple[UUID, Timelines]]) -> list[Settled]:
        keys = [(client, request.from_us, request.to_us) for client, request in asked]
        await self._look([key for key in dict.fromkeys(keys) if key not in self._settled])
        return [self._settled[key] for key in keys]

    async def _look(self, keys: Sequence[tuple[UUID, int, int]]) -> None:
        if not keys:
            return
        spans = [[_week(key[1]) for key in keys], [_week(key[2] - 1) for key in keys]]
        rows = await self._transaction.rows(TIMELINE_HEADS, [key[0] for key in keys], *spans)
        states: dict[int, State] = {}
        blocks: dict[int, dict[int, list[tuple[int, int, int]]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            states[row["number"]] = State(*tuple(row)[1:5])
            if row["block"] is not None:
                blocks[row["number"]][row["block"]].append((row["week"], row["version"], row["events"]))
        for number, key in enumerate(keys, 1):
            state = states.get(number, State())
            others = await self._others(key[0], state)
            self._settled[key] = Settled(state, blocks[number], others, await self._count(key, state))

    async def _others(self, client: UUID, state: State) -> Numbers:
        standing = self._known[client].standing
        if standing.links == state.links or not state.version:
            return np.zeros(0, np.int64)
        key, version = ("others", client), (state.links, standing.links)
        found: Numbers | None = self._kept.get(key, version)
        if found is None:
            rows = await self._transaction.rows(LINKS_SINCE, [client], [state.links])
            ids = {row["actor_id"] for row in rows} | {row["canonical"] for row in rows} - {None}
            found = np.array(sorted(ids), np.int64)
            self._kept.put(key, version, found, 200 + found.nbytes)
        return found

    # ------------------------------------------------------------ what came since
    async def _count(self, key: tuple[UUID, int, int], state: State) -> int:
        """Events of folded batches that may hold some."""
        if state.generation == self._known[key[0]].standing.generation and state.version:
            return 0
        return sum(row["events"] for row in await self._since(key, state))

    async def _since(self, key: tuple[UUID, int, int], state: State) -> list[Record]:
        client, from_us, to_us = key
        return await self._transaction.rows(SEGMENTS_SINCE, [client], [state.generation], [from_us], [to_us])

    async def unsettled(self, asked: Sequence[tuple[UUID, Unsettled]]) -> list[Rows]:
        return [await self._unsettled((client, request.from_us, request.to_us)) for client, request in asked]

    async def _unsettled(self, key: tuple[UUID, int, int]) -> Rows:
        client, from_us, to_us = key
        [settled] = await self.timelines([(client, Timelines(from_us, to_us))])
        known, state = self._known[client], settled.state
        name, version = ("unsettled", *key), (state, known.standing)
        rows: Rows | None = self._kept.get(name, version)
        if rows is None:
            frames = known.tail.of(EVENTS)
            if settled.unsettled:
                heads = [
                    Head((client, EVENTS, *tuple(row)[1:3]), *tuple(row)[3:]) for row in await self._since(key, state)
                ]
                frames = [*await self._scans.cores(heads), *frames]
            rows = await asyncio.to_thread(_rows, frames, known, state.position, from_us, to_us)
            self._kept.put(name, version, rows, 200 + 32 * len(rows))
        return rows

    # ------------------------------------------------------------ blocks
    async def spans(self, asked: Sequence[tuple[UUID, Spans]]) -> list[list[Span]]:
        answers = []
        for client, request in asked:
            [settled] = await self.timelines([(client, Timelines(request.from_us, request.to_us))])
            answers.append(await self._spans(client, settled, request.blocks))
        return answers

    async def _spans(self, client: UUID, settled: Settled, blocks: Sequence[int]) -> list[Span]:
        found: dict[int, Span] = {}
        missing: list[tuple[int, int, int]] = []
        weeks: dict[tuple[int, int], Week] = {}
        for block in blocks:
            there = settled.blocks[block]
            span: Span | None = self._kept.get(_span_key(client, block, there), tuple(there))
            if span is not None:
                found[block] = span
                continue
            for week, version, _ in there:
                held: Week | None = self._kept.get(("timeline", client, block, week), version)
                if held is None:
                    missing.append((block, week, version))
                else:
                    weeks[block, week] = held
        if missing:
            columns = [[client] * len(missing), [each[0] for each in missing], [each[1] for each in missing]]
            rows = await self._transaction.rows(TIMELINE_BLOCKS, *columns)
            for row in rows:
                block, week, version = missing[row["number"] - 1]
                its = weeks[block, week] = decoded(*tuple(row)[1:])
                size = 400 + sum(map(len, tuple(row)[1:]))
                self._kept.put(("timeline", client, block, week), version, its, size)
        left = [block for block in blocks if block not in found]

        def made() -> None:
            for block in left:
                there = settled.blocks[block]
                span = found[block] = spanned(block, [(week, weeks[block, week]) for week, _, _ in there])
                self._kept.put(_span_key(client, block, there), tuple(there), span, 400 + span.nbytes)

        if left:
            await asyncio.to_thread(made)
        return [found[block] for block in blocks]


def _week(at_us: int) -> int:
    return at_us // WEEK_US


def _span_key(client: UUID, block: int, weeks: Sequence[tuple[int, int, int]]) -> tuple[object, ...]:
    return ("span", client, block, weeks[0][0], weeks[-1][0])


def _rows(frames: Sequence[Frame], known: Known, after: int, from_us: int, to_us: int) -> Rows:
    if not frames:
        return timelines.none()
    rows = timelines.rows_of(joined(frames), known.people, after)
    return rows.taken((rows.at >= from_us) & (rows.at < to_us))
