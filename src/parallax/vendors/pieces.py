"""What is asked of a vendor, cut into the smallest pieces that can be had by themselves. Pure.

Whatever somebody wants to see is a set of pieces: the downloads of one app in one country on one day are one. A piece is
kept and asked for once, whoever wanted it in whichever question; pieces that are needed at once are covered by as few
calls as the vendor's limits allow.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, Final, NamedTuple, Protocol

from parallax.metrics.catalog import SourceSystem

MOST_PIECES: Final = 50_000
"""Of one call: lists are not joined beyond it, so that no answer is much larger than what was wanted."""


class Piece(NamedTuple):
    """`shared` are parameters that all pieces of a call have in common; `of` is one value for each list that the vendor
    takes (an app, a country); `bucket` is the day on which its bucket begins, None where there is no series."""

    endpoint: str
    shared: tuple[tuple[str, str], ...]
    of: tuple[str, ...] = ()
    bucket: date | None = None


MOST_REMEMBERED: Final = 512


def grid(
    endpoint: str, shared: Mapping[str, str], lists: Sequence[Sequence[str]], buckets: Sequence[date]
) -> tuple[Piece, ...]:
    """A piece for every combination of the lists' values in every bucket. The same again is the same tuple: nothing is
    compared or made anew where a dashboard asks for what it asked for before."""
    values, told = tuple(map(tuple, lists)), tuple(sorted(shared.items()))
    size = prod(map(len, values)) * len(buckets)
    return (_grid if size <= MOST_REMEMBERED else _grid.__wrapped__)(endpoint, told, values, tuple(buckets))


@lru_cache(maxsize=2048)
def _grid(
    endpoint: str, shared: tuple[tuple[str, str], ...], lists: tuple[tuple[str, ...], ...], buckets: tuple[date, ...]
) -> tuple[Piece, ...]:
    return tuple(Piece(endpoint, shared, of, bucket) for of in product(*lists) for bucket in buckets)


@dataclass(frozen=True, slots=True)
class Request:
    """A call without its secrets. `parameters` may name one several times."""

    path: str
    parameters: tuple[tuple[str, str], ...] = ()
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Planned:
    """A call, and the pieces that its answer holds, the ones that nobody wants included."""

    request: Request
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A piece as it was read. `part` is JSON; None: the vendor answered, and had nothing for it."""

    part: Any
    read_at: datetime
    is_stale: bool = False

    def age_s(self, now: datetime) -> float:
        return (now - self.read_at).total_seconds()


class Malformed(Exception):
    """An answer that is not what the contract says. The message names what is wrong, and no value of it."""


@dataclass(frozen=True, slots=True)
class Life:
    """Seconds for which a part is fresh; for which it is shown while it is read anew; and while the vendor fails."""

    fresh_s: float
    refreshing_s: float = 0.0
    failing_s: float = 7 * 86_400


HOUR_S: Final = 3600.0
DAY_S: Final = 24 * HOUR_S
SETTLED: Final = Life(30 * DAY_S, 30 * DAY_S, 365 * DAY_S)
RECENT: Final = Life(6 * HOUR_S, DAY_S)
STATIC: Final = Life(DAY_S, 7 * DAY_S, 30 * DAY_S)
"""Names, listings, terms."""
UNKEPT: Final = Life(0, 0, 0)
"""Personal data: only calls in flight are shared."""


class Endpoint(Protocol):
    """One of a vendor's questions: a class with these in the vendor's file, and one instance of it."""

    @property
    def system(self) -> SourceSystem: ...

    @property
    def name(self) -> str:
        """As in docs/vendors.md; unique, as `sensor_tower.sales_report_estimates`."""

    @property
    def leads_on(self) -> bool:
        """Whether further calls follow from its answers, so that they cannot be foretold without it."""

    def planned(self, pieces: Sequence[Piece]) -> list[Planned]:
        """The fewest calls that answer all of them."""

    def parts(self, asked: Planned, body: Any) -> Mapping[Piece, Any]:
        """What a JSON answer holds for the pieces of its call; one that is left out has nothing. Raises Malformed.

        KeyError, TypeError, ValueError and AttributeError count as Malformed.
        """

    def life(self, piece: Piece, today: date) -> Life:
        """By its parameters and its bucket alone: what it is `of` makes no difference."""


# ---------------------------------------------------------------- covering
@dataclass(frozen=True, slots=True)
class Cover:
    """A rectangle: every value of each list, over the buckets from the first to the last."""

    shared: Mapping[str, str]
    lists: tuple[tuple[str, ...], ...]
    buckets: tuple[date, ...]
    pieces: tuple[Piece, ...] = field(repr=False)


def _one(_: Mapping[str, str]) -> int:
    return 1


def covers(
    pieces: Iterable[Piece],
    most: Sequence[int],
    longest: Callable[[Mapping[str, str]], int] = _one,
    after: Callable[[date, Mapping[str, str]], date] | None = None,
) -> Iterator[Cover]:
    """As few rectangles as hold all pieces: `most` values of each list in one, `longest` buckets in a row.

    `after` tells the bucket that follows one; without it pieces have no buckets. The lists are joined over all pieces that
    share their other parameters: a call more costs the quota, a row more costs nothing.
    """
    alike: defaultdict[tuple[str, tuple[tuple[str, str], ...]], set[Piece]] = defaultdict(set)
    for piece in pieces:
        alike[piece.endpoint, piece.shared].add(piece)
    for (endpoint, shared), group in sorted(alike.items()):
        told = dict(shared)
        chunks = _chunks(group, most)
        for chunk in chunks:
            wanted = {
                piece.bucket for piece in group if all(v in values for v, values in zip(piece.of, chunk, strict=True))
            }
            for run in _runs(wanted, longest(told), after, told):
                held = tuple(
                    Piece(endpoint, shared, of, bucket) for of in product(*chunk) for bucket in (run or (None,))
                )
                yield Cover(told, chunk, run, held)


def _chunks(group: Iterable[Piece], most: Sequence[int]) -> list[tuple[tuple[str, ...], ...]]:
    """Of the values of each list, every combination once."""
    lists = [sorted({piece.of[place] for piece in group}) for place in range(len(most))]
    if prod(map(len, lists)) > MOST_PIECES:
        # Too much for one answer: the first list goes by what each of its values really wants.
        firsts: defaultdict[tuple[tuple[str, ...], ...], list[str]] = defaultdict(list)
        for first in lists[0]:
            rest = {piece.of[1:] for piece in group if piece.of[0] == first}
            firsts[tuple(tuple(sorted({of[at] for of in rest})) for at in range(len(most) - 1))].append(first)
        return [chunk for rest, values in firsts.items() for chunk in _cut([values, *map(list, rest)], most)]
    return list(_cut(lists, most))


def _cut(lists: Sequence[list[str]], most: Sequence[int]) -> Iterator[tuple[tuple[str, ...], ...]]:
    return product(
        *(
            [tuple(values[at : at + limit]) for at in range(0, len(values), limit)]
            for values, limit in zip(lists, most, strict=True)
        )
    )


def _runs(
    wanted: set[date | None],
    longest: int,
    after: Callable[[date, Mapping[str, str]], date] | None,
    shared: Mapping[str, str],
) -> Iterator[tuple[date, ...]]:
    """From the first bucket that is wanted on, as many as fit into a call, up to the last of them that is wanted."""
    days = sorted(day for day in wanted if day is not None)
    if after is None or not days:
        if wanted:
            yield ()
        return
    at = 0
    while at < len(days):
        run, last_wanted = [days[at]], 1
        while len(run) < longest:
            following = after(run[-1], shared)
            if following > days[-1]:
                break
            run.append(following)
            if following in wanted:
                last_wanted = len(run)
        run = run[:last_wanted]
        yield tuple(run)
        while at < len(days) and days[at] <= run[-1]:
            at += 1
