"""Which events are there already (I2): the same id, of the same stream, on the same UTC day.

What a process has seen is kept as sorted digests of 128 bits by client, stream and day. Each set knows up to which
position it is complete, so that under the client's lock only what came later is read: nothing, if all came through this
process. Rows only ever go away when a load is undone, a user purged or the client removed: then all of it is let go.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np

from parallax.db import Record, Transaction
from parallax.engine.columns import Numbers
from parallax.engine.frames import DAY_US, NO_ID, Ids, loaded, loaded_ids
from parallax.scopes import statement

HERE = str(Path(__file__).parent / "writing" / "_")
IDS_IN_TAIL = statement(HERE, "ids_in_tail")
IDS_IN_SEGMENTS = statement(HERE, "ids_in_segments")
MOST_BYTES: Final = 64 * 2**20
EPOCH: Final = date(1970, 1, 1)
ODD: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Digests:
    """128 bits each, in no order or by `mixed`: that and `low` tell `high`. Ids made in the same millisecond may share
    their high bits, so it is the mixture that is searched."""

    mixed: Numbers
    low: Numbers

    @classmethod
    def of(cls, ids: Ids) -> "Digests":
        return cls(ids.high ^ (ids.low * ODD), ids.low)

    def __len__(self) -> int:
        return len(self.mixed)

    def taken(self, which: Numbers) -> "Digests":
        return Digests(self.mixed[which], self.low[which])

    def ordered(self) -> "Digests":
        return self.taken(np.argsort(self.mixed, kind="stable"))

    def holding(self, asked: "Digests") -> Numbers:
        """Of an ordered set: a mask of what it holds."""
        place = np.searchsorted(self.mixed, asked.mixed)
        found = np.zeros(len(asked), bool)
        open_ = np.flatnonzero(place < len(self))
        while len(open_):  # more than once only where mixtures are equal and ids are not
            at = place[open_]
            same = self.mixed[at] == asked.mixed[open_]
            open_, at = open_[same], at[same]
            hit = self.low[at] == asked.low[open_]
            found[open_[hit]] = True
            open_ = open_[~hit]
            place[open_] += 1
            open_ = open_[place[open_] < len(self)]
        return found


def joined(parts: Iterable[Digests]) -> Digests:
    parts = list(parts)
    return Digests(np.concatenate([part.mixed for part in parts]), np.concatenate([part.low for part in parts]))


@dataclass(slots=True)
class Day:
    """All ids of a day up to `position`: each run is ordered, and less than half as long as the one before."""

    position: int
    generation: int
    runs: list[Digests] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        return 200 + 16 * sum(map(len, self.runs))

    def holding(self, asked: Digests) -> Numbers:
        found = np.zeros(len(asked), bool)
        for run in self.runs:
            found |= run.holding(asked)
        return found

    def add(self, fresh: Digests) -> None:
        """Those that are not in it yet."""
        fresh = fresh.taken(~self.holding(fresh))
        if not len(fresh):
            return
        while self.runs and len(self.runs[-1]) < 2 * len(fresh):
            fresh = joined((self.runs.pop(), fresh))
        self.runs.append(fresh.ordered())


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Of the client, as its lock told: the position accepted last, the version of what is folded, and what differs after
    rows or users were taken away."""

    position: int
    generation: int
    taken: tuple[Any, ...]


Key = tuple[UUID, int, int]
"""Client, stream, UTC day since 1970."""


class Seen:
    """The ids that one process knows of one database: for who holds the client's lock."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._days: OrderedDict[Key, Day] = OrderedDict()  # by use, the latest last
        self._of_client: defaultdict[UUID, dict[Key, Day]] = defaultdict(dict)
        self._bytes = 0
        self._taken: dict[UUID, tuple[Any, ...]] = {}

    async def fresh(
        self, transaction: Transaction, client: UUID, stream: int, now: Whereabouts, ids: Ids, at: Numbers
    ) -> Numbers:
        """A mask: whether each event is the first with its id on its day. Without an id it is."""
        mask = np.ones(len(at), bool)
        named = np.flatnonzero(ids.kinds != NO_ID)
        if not len(named):
            return mask
        digests = Digests.of(ids).taken(named)
        days = at[named] // DAY_US
        mask[named] = first_of_each(days, digests)
        self._let_go_of_what_is_gone(client, now)
        known = await self._complete(transaction, client, stream, now, np.unique(days).tolist())
        for day, whole in known.items():
            of_day = np.flatnonzero(days == day)
            held = whole.holding(digests.taken(of_day))
            mask[named[of_day[held]]] = False
        return mask

    def accepted(self, client: UUID, stream: int, before: Whereabouts, position: int, ids: Ids, at: Numbers) -> None:
        """After the commit: these came, and nothing else, between `before` and `position`."""
        named = np.flatnonzero(ids.kinds != NO_ID)
        digests, days = Digests.of(ids).taken(named), at[named] // DAY_US
        for day in np.unique(days).tolist():
            # One that was completed anew by then has these already, as they were committed.
            known = self._days.get((client, stream, day))
            if known is not None and known.position == before.position:
                self._add((client, stream, day), known, digests.taken(days == day))
        for known in self._of_client[client].values():
            if known.position == before.position:
                known.position = position
        while self._bytes > self._most_bytes and self._days:
            self._forget(next(iter(self._days)))

    def _let_go_of_what_is_gone(self, client: UUID, now: Whereabouts) -> None:
        if self._taken.get(client) != now.taken:
            for key in list(self._of_client[client]):
                self._forget(key)
            self._taken[client] = now.taken

    async def _complete(
        self, transaction: Transaction, client: UUID, stream: int, now: Whereabouts, days: Sequence[int]
    ) -> dict[int, Day]:
        """Everything of these days up to now."""
        known: dict[int, Day] = {}
        behind: dict[int, Day] = {}
        for day in days:
            key = (client, stream, day)
            if key in self._days and self._days[key].position > now.position:  # an older state was restored
                self._forget(key)
            if key not in self._days:
                self._days[key] = self._of_client[client][key] = Day(0, -1)
                self._bytes += self._days[key].bytes
            self._days.move_to_end(key)
            known[day] = found = self._days[key]
            if found.position != now.position:
                behind[day] = found
        if behind:
            parts = await self._later(transaction, client, stream, behind)
            for day, found in behind.items():
                if parts[day]:
                    self._add((client, stream, day), found, joined(parts[day]))
                found.position, found.generation = now.position, now.generation
        return known

    async def _later(
        self, transaction: Transaction, client: UUID, stream: int, behind: dict[int, Day]
    ) -> dict[int, list[Digests]]:
        """What of each day is not known yet: it waits to be folded, or is in segments that were written since."""
        parts: dict[int, list[Digests]] = {day: [] for day in behind}
        dates = [EPOCH + timedelta(days=day) for day in behind]
        versions = [day.generation for day in behind.values()]
        for day, packed in await transaction.rows(IDS_IN_SEGMENTS, client, stream, dates, versions):
            ids = loaded_ids(packed)
            parts[(day - EPOCH).days].append(Digests.of(ids).taken(ids.kinds != NO_ID))
        since = min(day.position for day in behind.values())
        first, last = min(behind) * DAY_US, (max(behind) + 1) * DAY_US
        for row in await transaction.rows(IDS_IN_TAIL, client, stream, since, first, last):
            for day, digests in _by_day(row):
                if day in parts:
                    parts[day].append(digests)
        return parts

    def _forget(self, key: Key) -> None:
        self._bytes -= self._days.pop(key).bytes
        del self._of_client[key[0]][key]
        if not self._of_client[key[0]]:
            del self._of_client[key[0]]

    def _add(self, key: Key, known: Day, fresh: Digests) -> None:
        before = known.bytes
        known.add(fresh)
        if self._days.get(key) is known:
            self._bytes += known.bytes - before


def first_of_each(days: Numbers, digests: Digests) -> Numbers:
    """A mask: whether nothing with the same digest and day comes before."""
    quick = np.sort(digests.mixed)
    if not (quick[1:] == quick[:-1]).any():
        return np.ones(len(days), bool)
    order = np.lexsort((days, digests.low, digests.mixed))  # stable: equal ones keep their order
    same = np.ones(len(days), bool)
    same[0] = False
    for column in (days, digests.low, digests.mixed):
        ordered = column[order]
        same[1:] &= ordered[1:] == ordered[:-1]
    mask = np.ones(len(days), bool)
    mask[order[same]] = False
    return mask


def _by_day(row: Record) -> Iterable[tuple[int, Digests]]:
    frame = loaded(row["core"], row["ids"])
    assert frame.ids is not None
    digests, days = Digests.of(frame.ids), frame.at // DAY_US
    named = frame.ids.kinds != NO_ID
    for day in np.unique(days[named]).tolist():
        yield day, digests.taken(named & (days == day))
