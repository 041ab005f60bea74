"""How many distinct users or sessions there are in spans of days: unions of the days' sets, counted once for each state.

A span's number is kept in the process with the newest version among its days and how many days it has: whatever
changes one of them gives it a newer version, so that a kept number is right or is not used.
"""

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from parallax.engine.bitmaps import BitMap
from parallax.engine.caches import Kept
from parallax.engine.dayreader import DayReader
from parallax.engine.dayrows import DayRows
from parallax.engine.requests import Days, Distinct
from parallax.engine.standing import Standing

Span = tuple[int, int]


async def counted_spans(days: DayReader, kept: Kept, asked: Sequence[tuple[UUID, Distinct]]) -> list[list[int]]:
    """For each request a number for each of its spans."""
    rows = await days.days([(client, numbers_of(request)) for client, request in asked])
    works = [
        _Spans(kept, client, request, each, days.standing(client) if each.fresh else None)
        for (client, request), each in zip(asked, rows, strict=True)
    ]
    wanting = [(work, *work.missing) for work in works if work.missing is not None]
    if wanting:
        sets = await days.days(
            [
                (
                    work.client,
                    Days(
                        work.request.scope, work.request.event, first, last, frozenset(), frozenset({work.request.of})
                    ),
                )
                for work, first, last in wanting
            ]
        )
        for (work, _, _), each in zip(wanting, sets, strict=True):
            work.count(each)
    return [work.answer() for work in works]


def numbers_of(request: Distinct) -> Days:
    """The days that its spans are of, with their numbers alone."""
    first, last = min(first for first, _ in request.spans), max(last for _, last in request.spans)
    return Days(request.scope, request.event, first, last, frozenset({request.of}))


class _Spans:
    """`standing`: as of which events that wait are in the rows; None where none of these days has any."""

    def __init__(self, kept: Kept, client: UUID, request: Distinct, rows: DayRows, standing: Standing | None) -> None:
        self._kept, self.client, self.request, self._rows = kept, client, request, rows
        self._state = (*rows.state, standing)
        self._all: list[int] | None = kept.get(self._key(request.spans), self._state)
        self.missing: Span | None = None
        if self._all is None:
            self._inside = self._places()
            self._counts = {span: self._known(span, *inside) for span, inside in self._inside.items()}
            uncounted = [span for span, count in self._counts.items() if count is None]
            if uncounted:
                self.missing = min(first for first, _ in uncounted), max(last for _, last in uncounted)

    def _places(self) -> dict[Span, tuple[int, int]]:
        """By span: the rows that are in it, from and up to."""
        spans = list(dict.fromkeys(self.request.spans))
        firsts, lasts = np.array(spans).T
        days = self._rows.day
        begins, ends = np.searchsorted(days, firsts), np.searchsorted(days, lasts, "right")
        return dict(zip(spans, zip(begins.tolist(), ends.tolist(), strict=True), strict=True))

    def _known(self, span: Span, begin: int, end: int) -> int | None:
        rows = self._rows
        if end - begin <= 1:
            return int(rows.numbers[self.request.of][begin]) if begin < end else 0
        if self._is_fresh(begin, end):
            return None
        count: int | None = self._kept.get(self._key(span), (int(rows.version[begin:end].max()), end - begin))
        return count

    def count(self, sets: DayRows) -> None:
        of = self.request.of
        for span, known in self._counts.items():
            if known is None:
                inside = sets.between(*span)
                count = self._counts[span] = len(BitMap.union(*sets.sets[of][inside]))
                if not self._is_fresh(*self._inside[span]):
                    newest = int(np.max(sets.version[inside]))
                    self._kept.put(self._key(span), (newest, inside.stop - inside.start), count, 250)

    def _is_fresh(self, begin: int, end: int) -> bool:
        return any(begin <= place < end for place in self._rows.fresh)

    def _key(self, span: Span | tuple[Span, ...]) -> object:
        return ("distinct", self.client, self.request.scope, self.request.event, self.request.of, span)

    def answer(self) -> list[int]:
        """All of them at once are kept too: the same spans are asked for again and again."""
        if self._all is None:
            self._all = [self._counts[span] or 0 for span in self.request.spans]
            self._kept.put(self._key(self.request.spans), self._state, self._all, 200 + 150 * len(self._all))
        return self._all
