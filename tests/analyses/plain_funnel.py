"""Funnels once more, attempt by attempt in plain Python: every chain is tried. Slow, and near to the words of rules F."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations


@dataclass(frozen=True)
class Event:
    """Of one user. `serves` are the steps, from 1; `excludes` the places of the exclusions that it matches."""

    at: int
    serves: frozenset[int]
    excludes: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Plan:
    order: str
    steps: int
    window: int
    begins: int
    ends: int
    exclusions: tuple[tuple[int, int], ...] = ()  # after, before


@dataclass(frozen=True)
class Attempt:
    """`entry` is the place of its first event; `times` are those of the steps, or positions, that it reached."""

    entry: int
    times: tuple[int, ...]


def counted(plan: Plan, events: Sequence[Event]) -> Attempt | None:
    """F4, of events in order (I3)."""
    return best(attempts(plan, events))


def best(found: Iterable[Attempt]) -> Attempt | None:
    return min(found, key=lambda each: (-len(each.times), each.times[0], each.entry), default=None)


def attempts(plan: Plan, events: Sequence[Event]) -> Iterator[Attempt]:
    """Those that no exclusion voids (F1, F8)."""
    for place, event in enumerate(events):
        enters = event.serves if plan.order == "UNORDERED" else event.serves & {1}
        if enters and plan.begins <= event.at < plan.ends:
            times = positions(plan, events, place) if plan.order == "UNORDERED" else chain(plan, events, place)
            if not is_void(plan, events, times):
                yield Attempt(place, times)


def chain(plan: Plan, events: Sequence[Event], entry: int) -> tuple[int, ...]:
    """The deepest chain, of these the earliest (F3, F6, F7, F9)."""
    instants = sorted({event.at for event in events})

    def chains(used: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        yield used
        last, step = events[used[-1]].at, len(used) + 1
        following = next((at for at in instants if at > last), None)
        for place, event in enumerate(events):
            near = plan.order == "ORDERED" or event.at in (last, following)
            inside = last <= event.at <= events[entry].at + plan.window
            if step <= plan.steps and step in event.serves and place not in used and near and inside:
                yield from chains((*used, place))

    found = [tuple(events[place].at for place in used) for used in chains((entry,))]
    return min(found, key=lambda times: (-len(times), times))


def positions(plan: Plan, events: Sequence[Event], entry: int) -> tuple[int, ...]:
    """The first instant by which so many different steps can be served by as many different events (F10)."""
    begins = events[entry].at
    others = [each for place, each in enumerate(events) if place != entry and begins <= each.at <= begins + plan.window]
    times = [begins]
    for at in sorted({each.at for each in others}):
        serving = [events[entry], *(each for each in others if each.at <= at)]
        while len(times) < plan.steps and can_serve(serving, len(times) + 1, plan.steps):
            times.append(at)
    return tuple(times)


def can_serve(events: Sequence[Event], many: int, steps: int) -> bool:
    return any(
        all(step in event.serves for step, event in zip(chosen, some, strict=True))
        for chosen in combinations(range(1, steps + 1), many)
        for some in permutations(events, many)
    )


def is_void(plan: Plan, events: Sequence[Event], times: tuple[int, ...]) -> bool:
    for place, asked in enumerate(plan.exclusions):
        after, before = (1, plan.steps) if plan.order == "UNORDERED" else asked
        if len(times) < after:
            continue
        excluded = [event.at for event in events if place in event.excludes and event.at > times[after - 1]]
        if any(at < times[before - 1] if len(times) >= before else at <= times[0] + plan.window for at in excluded):
            return True
    return False
