"""Who did something in spans of days, as sets, and what is made of such sets: each kept for as long as its days stand.

A span's union is kept in the process with the newest version among its days and how many days it has, as a count is
(`distinct`); what is made of unions with the versions of all their days. Numbers that are asked for again cost one look at
the versions.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

import numpy as np

from parallax.engine.bitmaps import BitMap, size_of, union
from parallax.engine.caches import Kept
from parallax.engine.columns import Numbers
from parallax.engine.dayreader import DayReader
from parallax.engine.dayrows import DayRows
from parallax.engine.requests import Days, Made, Unions
from parallax.engine.standing import Standing

INLINE_SPANS: Final = 400
"""What is made of more is made beside the event loop."""
Asked = tuple[UUID, Unions]


async def united(days: DayReader, kept: Kept, asked: Sequence[Asked]) -> list[list[BitMap]]:
    """For each request a set for each of its spans."""
    works = await _looked_at(days, kept, asked)
    await _read(days, works)
    return [work.unions() for work in works]


async def made(days: DayReader, kept: Kept, asked: Sequence[tuple[UUID, Made]]) -> list[Numbers]:
    works = iter(await _looked_at(days, kept, [(client, each) for client, request in asked for each in request.of]))
    of = [[next(works) for _ in request.of] for _, request in asked]
    states = [tuple(work.state for work in each) for each in of]
    found = [kept.get(("made", *one), state) for one, state in zip(asked, states, strict=True)]
    missing = [place for place, answer in enumerate(found) if answer is None]
    await _read(days, [work for place in missing for work in of[place]])
    for place in missing:
        request, sets = asked[place][1], [work.unions() for work in of[place]]
        if sum(map(len, sets)) > INLINE_SPANS:
            found[place] = await asyncio.to_thread(request.make, *sets, *request.given)
        else:
            found[place] = request.make(*sets, *request.given)
        size = 1_000 + 200 * sum(map(len, sets)) + found[place].nbytes
        kept.put(("made", *asked[place]), states[place], found[place], size)
    return found


def numbers_of(request: Unions) -> Days:
    """The days that its spans are of; their versions are enough."""
    first, last = min(first for first, _ in request.spans), max(last for _, last in request.spans)
    return Days(request.scope, request.event, first, last, frozenset())


async def _looked_at(days: DayReader, kept: Kept, asked: Sequence[Asked]) -> "list[_Spans]":
    rows = await days.days([(client, numbers_of(request)) for client, request in asked])
    return [_Spans(days, kept, *one, each) for one, each in zip(asked, rows, strict=True)]


async def _read(days: DayReader, works: "Collection[_Spans]") -> None:
    """The sets of all spans whose union is not kept."""
    wanting = [(work, missing) for work in works if (missing := work.missing()) is not None]
    if wanting:
        sets = await days.days([(work.client, missing) for work, missing in wanting])
        for (work, _), each in zip(wanting, sets, strict=True):
            work.unite(each)


class _Spans:
    """The spans of one request, and the rows of the days that they are of."""

    def __init__(self, days: DayReader, kept: Kept, client: UUID, request: Unions, rows: DayRows) -> None:
        self._kept, self.client, self.request, self._rows = kept, client, request, rows
        self._fresh = self._fresh_days(days)
        standing: Standing | None = days.standing(client) if self._fresh is not None else None
        self.state = (*rows.state, standing)
        self._found: dict[tuple[int, int], BitMap] = {}

    def _fresh_days(self, days: DayReader) -> tuple[int, int] | None:
        """First and last day whose sets are others by what waits; None: they are as they are stored."""
        if self.request.of == "firsts":
            return days.fresh_firsts(
                (self.client, self.request.scope, self.request.event), numbers_of(self.request).last
            )
        fresh = self._rows.day[sorted(self._rows.fresh)]
        return (int(fresh[0]), int(fresh[-1])) if len(fresh) else None

    def missing(self) -> Days | None:
        """The days to read, with their sets."""
        unread = []
        for span in dict.fromkeys(self.request.spans):
            if span not in self._found:
                held = None if self._is_fresh(span) else self._kept.get(self._key(span), self._version(span))
                if held is None:
                    unread.append(span)
                else:
                    self._found[span] = held
        if not unread:
            return None
        first, last = min(first for first, _ in unread), max(last for _, last in unread)
        return Days(self.request.scope, self.request.event, first, last, frozenset(), frozenset({self.request.of}))

    def unite(self, sets: DayRows) -> None:
        for span in dict.fromkeys(self.request.spans):
            if span not in self._found:
                inside = sets.sets[self.request.of][sets.between(*span)]
                self._found[span] = its = inside[0] if len(inside) == 1 else union(inside)
                if not self._is_fresh(span):
                    self._kept.put(self._key(span), self._version(span), its, 300 + size_of(its))

    def unions(self) -> list[BitMap]:
        return [self._found[span] for span in self.request.spans]

    def _is_fresh(self, span: tuple[int, int]) -> bool:
        return self._fresh is not None and span[0] <= self._fresh[1] and self._fresh[0] <= span[1]

    def _version(self, span: tuple[int, int]) -> tuple[int, int]:
        versions = self._rows.version[self._rows.between(*span)]
        return int(np.max(versions, initial=0)), len(versions)

    def _key(self, span: tuple[int, int]) -> Any:
        return (self.client, self.request.scope, self.request.event, "union", self.request.of, span)
