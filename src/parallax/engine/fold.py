"""The fold: batches that wait become part of what is derived, in one transaction. A crash leaves them waiting."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias
from uuid import UUID

from parallax.db import Database, Record
from parallax.engine import counted, firsts
from parallax.engine import sessions as facts
from parallax.engine.bitmaps import BitMap, union
from parallax.engine.days import Day, Key, nothing, plus, with_firsts
from parallax.engine.derived import Derived, ScopeAndEvent, begun, blocks_with, tried, without_ended
from parallax.engine.ever import ever
from parallax.engine.frames import EVENTS, LOGS, Frame, joined, loaded
from parallax.engine.rolling import local_days, rolled
from parallax.engine.segments import Segments
from parallax.engine.sessions import Sessions, Starts
from parallax.engine.standing import People, Standing
from parallax.engine.tails import living
from parallax.scopes import Scope, statement

HERE = str(Path(__file__).parent / "writing" / "_")
TAIL_WAITING = statement(HERE, "tail_waiting")
TAIL_FOLDED = statement(HERE, "tail_folded")
MOST: Final = 200_000
EVER: Final = -(2**31)

Reached: TypeAlias = Callable[[str], None]
"""Hears of each point of a fold: `read`, `segments`, `days`, `state`, all before the commit."""


def to_nobody(_point: str) -> None:
    """For those who need not know how far it is."""


@dataclass(frozen=True, slots=True)
class Folded:
    """How many events were folded, and the position up to which all are now."""

    events: int
    position: int


async def fold(db: Database, client: UUID, most: int = MOST, reached: Reached = to_nobody) -> Folded:
    """Folds what waits, the oldest first: up to `most` events, and the rest of the batch that holds the last of them.

    Raises NotFound for a client that is not there; SourceUnavailable and Timeout with nothing folded.
    """
    folded = await _fold(db, client, most, reached, patient=True)
    assert folded is not None
    return folded


async def fold_if_free(db: Database, client: UUID, most: int = MOST) -> Folded | None:
    """As `fold`; None when another is at it."""
    return await _fold(db, client, most, to_nobody, patient=False)


async def _fold(db: Database, client: UUID, most: int, reached: Reached, patient: bool) -> Folded | None:
    async with db.writing(Scope.of(client)) as transaction:
        if not patient and not await tried(transaction, client):
            return None
        standing, people = await begun(transaction, client)
        rows = await transaction.rows(TAIL_WAITING, client, most, standing.position)
        all_of_it = sum(row["events"] for row in rows) < most
        # Not by how many events it has: some may have been purged.
        position = standing.position if all_of_it else int(loaded(rows[-1]["core"]).position[-1])
        if position == standing.folded:
            return Folded(0, position)
        reached("read")
        zone = zone_of(standing)
        adding = Adding(Derived(transaction, client, standing.generation + 1), zone, people)
        adding.ever = ever(db).of(client, standing.generation)
        waiting = await asyncio.to_thread(_loaded, rows, people)
        for stream, batches in waiting.items():
            await Segments(transaction, client, stream).add(standing.generation + 1, batches)
        reached("segments")
        for stream, batches in waiting.items():
            await adding.add(stream, joined([frame for _, frame in batches]))
        reached("days")
        await transaction.run(TAIL_FOLDED, client, position)
        await adding.derived.folded(position, zone, all_of_it)
        reached("state")
    ever(db).keep(client, standing.generation + 1, adding.ever)
    return Folded(sum(row["events"] for row in rows), position)


def zone_of(standing: Standing) -> str:
    """The zone that days are cut in: that of the days that are there, until they are made anew (T11)."""
    return standing.folded_zone if standing.folded and standing.folded_zone else standing.zone


def _loaded(rows: Sequence[Record], people: People) -> Mapping[int, list[tuple[UUID | None, Frame]]]:
    """By stream: the batches of each load, or of none, as one. Rows of erased users are left behind (I9)."""
    batches: dict[tuple[int, UUID | None], list[Frame]] = defaultdict(list)
    for row in rows:
        frame = living(loaded(row["core"], row["ids"], row["fields"]), people)
        if len(frame):
            batches[row["stream"], row["load_id"]].append(frame)
    found: dict[int, list[tuple[UUID | None, Frame]]] = {}
    for stream in (EVENTS, LOGS):
        its = [(load, joined(frames)) for (own, load), frames in batches.items() if own == stream]
        if its:
            found[stream] = its
    return found


class Adding:
    """Rows on their way into days and sessions. `ever` is kept right as they are added."""

    def __init__(self, derived: Derived, zone: str, people: People) -> None:
        self.derived, self._zone, self._people = derived, zone, people
        self.ever: dict[ScopeAndEvent, BitMap] = {}

    async def add(self, stream: int, frame: Frame) -> None:
        """Rows of one stream, none of which is derived yet."""
        before = (await self.derived.fields()).get(stream, {})
        fields, fresh, sessions = await asyncio.to_thread(self._rolled, stream, frame, before)
        await self.derived.put_fields(stream, before, fields)
        starts = await self._add_sessions(stream, sessions)
        first_seen = await self._firsts(fresh)
        keys = fresh.keys() | starts.keys() | first_seen.keys()
        held = await self.derived.days(keys)

        def combined() -> dict[Key, Day]:
            days = {}
            for key in keys:
                day = held.get(key) or nothing(key[2])
                if key in fresh:
                    day = plus(day, fresh[key])
                if key in first_seen:
                    day = with_firsts(day, first_seen[key])
                days[key] = without_ended(moved_by(day, starts.get(key)), fields)
            return days

        await self.derived.put(await asyncio.to_thread(combined))

    def _rolled(
        self, stream: int, frame: Frame, before: counted.Fields
    ) -> tuple[counted.Fields, dict[Key, Day], Sessions]:
        fields = counted.grown(before, frame)
        codes = counted.code_columns(fields, frame)
        days = local_days(frame.at, self._zone)
        return fields, rolled(frame, self._people.of(frame.actor), days, codes, stream), facts.of_frame(frame)

    async def _add_sessions(self, stream: int, fresh: Sessions) -> dict[Key, Starts]:
        if not len(fresh):
            return {}
        held = await self.derived.sessions(stream, blocks_with(fresh.number))

        def merged() -> tuple[Sessions, dict[Key, Starts]]:
            before = facts.among(held, fresh.number)
            after = facts.merged(before, fresh)
            return facts.merged(held, fresh), moves(stream, before, after, self._zone)

        sessions, starts = await asyncio.to_thread(merged)
        await self.derived.put_sessions(stream, sessions)
        return starts

    async def _firsts(self, fresh: Mapping[Key, Day]) -> dict[Key, BitMap]:
        """The first-seen sets that become others."""
        users: dict[ScopeAndEvent, dict[int, BitMap]] = defaultdict(dict)
        for (scope, event, day), its in fresh.items():
            if its.users:
                users[scope, event][day] = its.users
        # Of what was never read in this process all days are needed once.
        since = {key: min(days) if key in self.ever else EVER for key, days in users.items()}
        stored = await self.derived.firsts(since)
        changed: dict[Key, BitMap] = {}
        for key, days in users.items():
            known = stored.get(key, {})
            before = None
            if key in self.ever:
                before = self.ever[key] - union(known.values())
            for day, bits in firsts.moved(known, days, before).items():
                changed[*key, day] = bits
            self.ever[key] = union((self.ever.get(key, BitMap()), *known.values(), *days.values()))
        return changed


def moves(stream: int, before: Sessions, after: Sessions, zone: str) -> dict[Key, Starts]:
    """What the days of all scopes of a stream change by when facts of sessions become others."""
    apps = {int(app) for each in (before, after) for app in set(each.app.tolist())}
    found: dict[Key, Starts] = {}
    for scope in {stream} | {2 * app + stream for app in apps}:
        was, now = (facts.of_scope(each, scope) for each in (before, after))
        for (event, day), move in facts.moved_starts(was, now, zone).items():
            found[scope, event, day] = move
    return found


def moved_by(day: Day, move: Starts | None) -> Day:
    if move is None:
        return day
    changed = day.copied()
    changed.starts += move.starts
    changed.bounces += move.bounces
    changed.session_us += move.session_us
    return changed
