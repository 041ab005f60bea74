"""What is stored against what the rows say, in words. Pure."""

from collections.abc import Iterator

import numpy as np

from parallax.engine import counted
from parallax.engine.days import Day
from parallax.engine.sessions import COLUMNS, Sessions


def unlike(held: Day, made: Day) -> Iterator[str]:
    """What is stored of a day that the rows do not say."""
    for name in ("events", "starts", "bounces", "session_us"):
        if getattr(held, name) != getattr(made, name):
            yield f"{name}: {getattr(held, name)}, by its rows {getattr(made, name)}"
    for name in ("users", "sessions", "firsts"):
        bits, number, own = getattr(held, name), getattr(held, f"n_{name}"), getattr(made, name)
        if bits != own:
            yield f"{name}: {len(bits)}, by its rows {len(own)}: {len(bits - own)} too many, {len(own - bits)} lacking"
        if number != len(bits):
            yield f"{name}: the number {number} is not the size of the set, {len(bits)}"
    assert held.counts is not None
    assert made.counts is not None
    if held.users == made.users and not np.array_equal(held.counts, made.counts):
        yield "counts: some of the users did it more or less often"
    assert held.counters is not None
    assert made.counters is not None
    for number in sorted(held.counters.keys() | made.counters.keys()):
        both = (each.get(number) for each in (held.counters, made.counters))
        tables = [{} if its is None else dict(zip(its[0].tolist(), its[1].tolist(), strict=True)) for its in both]
        if tables[0] != tables[1]:
            yield f"counters of field {number}: {tables[0]}, by its rows {tables[1]}"


def unlike_fields(held: counted.Fields, made: counted.Fields) -> Iterator[str]:
    """What the dictionary of counted fields lacks; that a field is counted no more may have reasons that are gone."""
    for name, its in made.items():
        mine = held.get(name)
        if mine is None:
            yield f"{name!r} is not known"
        elif mine.counted and not its.counted:
            yield f"{name!r} is counted, and has too many values"
        elif mine.counted and its.codes.keys() - mine.codes.keys():
            yield f"{name!r} lacks {len(its.codes.keys() - mine.codes.keys())} of its values"


def differing(a: Sessions, b: Sessions) -> list[int]:
    """Numbers of the sessions that are not the same in both."""
    rows = [set(zip(*(getattr(each, name).tolist() for name in COLUMNS), strict=True)) for each in (a, b)]
    return sorted({row[0] for row in rows[0] ^ rows[1]})
