"""Funnels (F1 to F13): who got how far, how long it took, by value and by when they entered. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from parallax.analyses.grounds import edges_of
from parallax.analyses.groups import kept_of
from parallax.analyses.questions import Ground, Question
from parallax.analyses.streams import Streamed, streamed
from parallax.analyses.walks import is_quick, picked, quick_attempts, way
from parallax.engine.bitmaps import BitMap, of_numbers
from parallax.engine.columns import Numbers
from parallax.engine.kernels.funnel import ORDERED, STRICT, UNORDERED, Rules, attempts, entered
from parallax.engine.known import Known
from parallax.engine.requests import Pause, Steps
from parallax.engine.rolling import SECOND_US
from parallax.periods import Axis


class Order(Enum):
    ORDERED = "ORDERED"
    STRICT = "STRICT"
    UNORDERED = "UNORDERED"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Its events void attempts between the steps `after` and `before`, counted from 1 (F8)."""

    question: Question
    after: int
    before: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """`whole` has the period as few buckets, the conditions on all events and the dimension; `steps` and exclusions are
    questions on the same ground, of which the event and the conditions count.
    """

    whole: Question
    steps: tuple[Question, ...]
    window_s: int
    order: Order = Order.ORDERED
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def ground(self) -> Ground:
        return self.whole.ground

    # ------------------------------------------------------------ as streams take it
    @property
    def served(self) -> Sequence[Question]:
        return self.steps

    @property
    def excluded(self) -> Sequence[Question]:
        return [each.question for each in self.exclusions]

    @property
    def after_us(self) -> int:
        return self.window_s * SECOND_US

    @property
    def entering(self) -> int:
        return (1 << len(self.steps)) - 1 if self.order is Order.UNORDERED else 1

    @property
    def every(self) -> bool:
        return self.order is Order.STRICT  # any event ends a step's chance


# ---------------------------------------------------------------- asks
@dataclass(frozen=True, slots=True)
class Reached:
    """Asks for who got how far: a `Counted`."""

    question: Funnel


@dataclass(frozen=True, slots=True)
class Broken:
    """Asks for the same by value of the dimension (F12): a list of `CountedSlice`, ordered and folded by B3 and B4."""

    question: Funnel
    first: int


@dataclass(frozen=True, slots=True)
class Trend:
    """Asks for entries by bucket (F11): an `Entries` for the whole.

    With `kept`: for each of these slices, in their order, then one for all others that are a slice: a list of `Entries`.
    """

    question: Funnel
    axis: Axis
    kept: tuple[str | None, ...] | None = None


OF_FUNNEL = (Reached, Broken, Trend)


@dataclass(frozen=True, slots=True)
class Counted:
    """By step: users who reached it, and of these the mean and the median of the seconds since the step before."""

    counts: list[int]
    averages: list[float | None]
    medians: list[float | None]
    users: Numbers  # who entered
    depths: Numbers  # steps that each of them reached

    def reached(self, step: int) -> BitMap:
        """Steps are counted from 1."""
        return of_numbers(self.users[self.depths >= step])

    def dropped(self, step: int) -> BitMap:
        """Who reached the step before, and no more."""
        return of_numbers(self.users[self.depths == step - 1])


@dataclass(frozen=True, slots=True)
class CountedSlice:
    dimension: str | None
    is_other: bool
    counted: Counted


@dataclass(frozen=True, slots=True)
class Entries:
    """By bucket that has begun: users who entered, and how many of these reached the last step."""

    entered: list[int]
    converted: list[int]


# ---------------------------------------------------------------- answers
def funnel(known: Known, question: Funnel, asks: Sequence[Reached | Broken | Trend]) -> Steps[list[Any]]:
    """Answers to asks about one funnel, in order; rows are read once for all of them."""
    found = yield from way(known, question)
    if found is not None and question.order is Order.ORDERED and is_quick(found, question) and _only_counts(asks):
        rules = _rules(question)
        users, depths, times = yield from quick_attempts(known, found, rules.steps, rules.to_us, rules.window_us)
        whole = _Attempts(users, depths, np.zeros(len(users), np.int32), times)
        return [whole.counted(slice(None)) for _ in asks]
    source = yield from (streamed(known, question) if found is None else picked(known, question, found))
    whole = yield from _attempts(question, source)
    answers: list[Any] = []
    for ask in asks:
        if isinstance(ask, Reached):
            answers.append(whole.counted(slice(None)))
        elif isinstance(ask, Broken):
            answers.append(_slices(whole, source.groups, ask.first))
        else:
            answers.append((yield from _trend(question, source, whole, ask)))
    return answers


@dataclass(frozen=True, slots=True)
class _Attempts:
    """The counted attempt of each user who has one."""

    users: Numbers
    depths: Numbers
    groups: Numbers
    times: Numbers  # users by steps

    def counted(self, which: Any) -> Counted:
        depths, times = self.depths[which], self.times[which]
        steps = times.shape[1]
        took = [(times[depths > step, step] - times[depths > step, step - 1]) / SECOND_US for step in range(1, steps)]
        return Counted(
            [int(np.count_nonzero(depths > step)) for step in range(steps)],
            [None, *(float(each.mean()) if len(each) else None for each in took)],
            [None, *(float(np.median(each)) if len(each) else None for each in took)],
            self.users[which],
            depths,
        )


def _only_counts(asks: Sequence[Any]) -> bool:
    return all(isinstance(ask, Reached) for ask in asks)


ORDERS = {Order.ORDERED: ORDERED, Order.STRICT: STRICT, Order.UNORDERED: UNORDERED}


def _rules(question: Funnel) -> Rules:
    edges, steps = edges_of(question.whole.axis), len(question.steps)
    spans = [(each.after, each.before) for each in question.exclusions]
    if question.order is Order.UNORDERED:
        spans = [(1, steps)] * len(spans)
    return Rules(
        ORDERS[question.order],
        steps,
        question.after_us,
        int(edges[0]),
        int(edges[-1]),
        tuple(after - 1 for after, _ in spans),
        tuple(before - 1 for _, before in spans),
    )


def _attempts(question: Funnel, source: Streamed) -> Steps[_Attempts]:
    rules, steps = _rules(question), len(question.steps)
    found = [(np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(0, np.int32), np.zeros((0, steps), np.int64))]
    for part in source.parts:
        each = attempts(rules, part.starts, part.at, part.steps, part.excluded)
        entered = np.flatnonzero(each.depth)
        found.append((part.users[entered], each.depth[entered], part.group[each.entry[entered]], each.times[entered]))
        yield Pause()
    return _Attempts(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _slices(whole: _Attempts, groups: Sequence[str | None], first: int) -> list[CountedSlice]:
    entrants = np.bincount(whole.groups, minlength=len(groups)).tolist()
    kept, rest = kept_of([(name, many) for name, many in zip(groups, entrants, strict=True) if many], first)
    place = _places(groups, kept)[whole.groups]
    slices = [CountedSlice(name, False, whole.counted(place == at)) for at, name in enumerate(kept)]
    return [*slices, CountedSlice(None, True, whole.counted(place == len(kept)))] if rest else slices


def _places(groups: Sequence[str | None], kept: Sequence[str | None]) -> Numbers:
    """By group the place of its slice, that of all others last."""
    place = {name: at for at, name in enumerate(kept)}
    return np.array([place.get(name, len(kept)) for name in groups], np.int64)


def _trend(question: Funnel, source: Streamed, whole: _Attempts, ask: Trend) -> Steps[Entries | list[Entries]]:
    rules, edges, buckets = _rules(question), edges_of(ask.axis), len(ask.axis.dates)
    places, many = np.zeros(len(source.groups), np.int64), 1
    if ask.kept is not None:
        places, many = _places(source.groups, ask.kept), len(ask.kept) + 1
        makes_one = np.bincount(whole.groups, minlength=len(places)) > 0
        places, many = np.where(makes_one, places, many), many + 1  # what is no slice's own is shown nowhere (F12)
    entries, converted = np.zeros(many * buckets, np.int64), np.zeros(many * buckets, np.int64)
    for part in source.parts:
        each = entered(rules, part.starts, part.at, part.steps, part.excluded, edges)
        cells = places[part.group[each.entry]] * buckets + each.bucket
        entries += np.bincount(cells, minlength=len(entries))
        converted += np.bincount(cells[each.depth == rules.steps], minlength=len(entries))
        yield Pause()
    by_slice = zip(
        *(each.reshape(many, buckets)[:, : ask.axis.begun].tolist() for each in (entries, converted)), strict=True
    )
    found = [Entries(*both) for both in by_slice]
    return found[0] if ask.kept is None else found[: len(ask.kept) + 1]
