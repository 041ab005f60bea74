"""What users did over a span, each user's events in order: the blocks as they are stored, then whoever they lack. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from parallax.engine.columns import Numbers
from parallax.engine.frames import EVENTS, joined
from parallax.engine.known import Known
from parallax.engine.requests import Pause, Scan, Spans, Steps, Unsettled
from parallax.engine.standing import Scanned
from parallax.engine.timelines import Rows, as_of, put_in_order, rows_of, tied, together
from parallax.engine.timereader import Settled
from parallax.engine.weeks import Span, one_span

MOST_EVENTS: Final = 2_000_000
"""Of blocks that are read together."""

TIES_AT_ONCE: Final = 64
Told = Callable[[Span, Numbers], None]
"""Is given a span, and of each of its users whether they are not to be looked at there."""


def walked(known: Known, settled: Settled, from_us: int, to_us: int, told: Told) -> Steps[None]:
    """Gives all blocks to `told`, and then the users that these do not have whole.

    They are whoever did something since the blocks were made, or became another's. Blocks reach to the ends of their weeks.
    """
    fresh: Rows = yield Unsettled(from_us, to_us)
    apart = np.union1d(settled.others, fresh.user)
    taken = []
    for blocks in _batches(settled):
        spans: Sequence[Span] = yield Spans(from_us, to_us, blocks)
        for span in spans:
            out = np.isin(span.users, apart)
            if out.any():
                taken.append(span.of(np.flatnonzero(out)))
            told(span, out)
            yield Pause()
    rows = together(taken)
    if len(settled.others):
        rows = yield from _as_they_are(known, rows, settled)
    rows = rows.taken((rows.at >= from_us) & (rows.at < to_us))
    rest = together([rows, fresh])
    if len(rest):
        whole = one_span(rest)
        told(whole, np.zeros(len(whole.users), bool))


def _batches(settled: Settled) -> Iterator[tuple[int, ...]]:
    batch: list[int] = []
    events = 0
    for block, weeks in settled.blocks.items():
        batch.append(block)
        events += sum(each for _, _, each in weeks)
        if events >= MOST_EVENTS:
            yield tuple(batch)
            batch, events = [], 0
    if batch:
        yield tuple(batch)


def _as_they_are(known: Known, rows: Rows, settled: Settled) -> Steps[Rows]:
    """The rows as of the users that they are by now, in the order of acceptance where two ids of one tie."""
    before, rows = rows, as_of(rows, known.people)
    if rows is before:
        return rows
    ties = tied(rows, settled.others).tolist()
    for start in range(0, len(ties), TIES_AT_ONCE):
        asked = tuple(Scan(EVENTS, instant, instant + 1) for instant in ties[start : start + TIES_AT_ONCE])
        answers: tuple[list[Scanned], ...] = yield asked
        frames = [part.frame for scanned in answers for part in scanned]
        if frames:  # else their rows are not kept any more
            put_in_order(rows, rows_of(joined(frames), known.people, 0, settled.state.position))
    return rows
