"""Buckets of Sensor Tower's series: whole ones of the calendar, weeks from Mondays. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from parallax.periods import Granularity, bucket_number, bucket_start
from parallax.vendors.pieces import RECENT, SETTLED, Cover, Life, Piece, covers

DAILY: Final = {
    Granularity.DAY: "daily",
    Granularity.WEEK: "weekly",
    Granularity.MONTH: "monthly",
    Granularity.QUARTER: "quarterly",
}
"""What some endpoints call them, and what the others do."""
PER_DAY: Final = {Granularity.DAY: "day", Granularity.WEEK: "week", Granularity.MONTH: "month"}
SPOKEN: Final = {word: granularity for words in (DAILY, PER_DAY) for granularity, word in words.items()}


@dataclass(frozen=True, slots=True)
class Cut:
    """How an endpoint's series are cut: `parameter` names the buckets (None: they are months), `longest` is how many of
    them one call takes, and after `settles_after` what was said of one is not revised any more."""

    parameter: str | None
    longest: Mapping[Granularity, int] = field(hash=False)
    settles_after: timedelta

    def granularity(self, shared: Mapping[str, str]) -> Granularity:
        return Granularity.MONTH if self.parameter is None else SPOKEN[shared[self.parameter]]

    def covers(self, pieces: Iterable[Piece], most: Sequence[int]) -> Iterator[Cover]:
        return covers(
            pieces,
            most,
            lambda shared: self.longest[self.granularity(shared)],
            lambda bucket, shared: following(bucket, self.granularity(shared)),
        )

    def dates(self, cover: Cover) -> tuple[tuple[str, str], ...]:
        """Whole buckets: to these the vendor would snap at best."""
        last = last_day(cover.buckets[-1], self.granularity(cover.shared))
        return (("start_date", cover.buckets[0].isoformat()), ("end_date", last.isoformat()))

    def life(self, piece: Piece, today: date) -> Life:
        assert piece.bucket is not None
        last = last_day(piece.bucket, self.granularity(dict(piece.shared)))
        return SETTLED if last + self.settles_after < today else RECENT


@lru_cache(maxsize=4096)
def following(bucket: date, granularity: Granularity) -> date:
    return date.fromordinal(bucket_start(bucket_number(bucket, granularity) + 1, granularity))


def last_day(bucket: date, granularity: Granularity) -> date:
    return following(bucket, granularity) - timedelta(1)


def last_complete(today: date, granularity: Granularity) -> date:
    """The last day of the last bucket that is over."""
    return date.fromordinal(bucket_start(bucket_number(today, granularity), granularity) - 1)
