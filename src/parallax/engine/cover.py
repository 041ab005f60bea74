"""Which stored blocks make up a span of days exactly: whole months, then whole ISO weeks, then days. Pure."""

from calendar import monthrange
from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple

from parallax.periods import Period

DAY = timedelta(days=1)


class Span(Enum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Block(NamedTuple):
    span: Span
    bucket: date
    """First day of the block."""


def blocks_of(day: date) -> tuple[Block, Block, Block]:
    """The blocks that a day is part of."""
    return (
        Block(Span.DAY, day),
        Block(Span.WEEK, day - timedelta(days=day.weekday())),
        Block(Span.MONTH, day.replace(day=1)),
    )


def cover(period: Period) -> list[Block]:
    """As few blocks as tile `period`; a whole week or month is one block, so that its stored count answers alone."""
    first, last = period.start, period.end
    if first.weekday() == 0 and (last - first).days == 6:
        return [Block(Span.WEEK, first)]
    blocks: list[Block] = []
    while first <= last:
        month_end = first.replace(day=monthrange(first.year, first.month)[1])
        if first.day == 1 and month_end <= last:
            blocks.append(Block(Span.MONTH, first))
            if month_end == date.max:
                break
            first = month_end + DAY
            continue
        # Up to where the next whole month begins, or to the end.
        stop = month_end if _month_follows(month_end, last) else last
        blocks += _weeks_and_days(first, stop)
        if stop == date.max:
            break
        first = stop + DAY
    return blocks


def _month_follows(month_end: date, last: date) -> bool:
    if month_end >= last:
        return False
    following = month_end + DAY
    return following.replace(day=monthrange(following.year, following.month)[1]) <= last


def _weeks_and_days(first: date, last: date) -> list[Block]:
    blocks = []
    while first <= last:
        if first.weekday() == 0 and (last - first).days >= 6:
            blocks.append(Block(Span.WEEK, first))
            first += 7 * DAY
        else:
            blocks.append(Block(Span.DAY, first))
            if first == date.max:
                break
            first += DAY
    return blocks
