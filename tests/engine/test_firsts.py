"""First-seen sets (E2, H1): whatever order events come in, each actor is in the set of its first day alone."""

from hypothesis import given
from hypothesis import strategies as st

from parallax.engine.bitmaps import BitMap, union
from parallax.engine.firsts import moved

PAIRS = st.lists(st.tuples(st.integers(1, 12), st.integers(100, 110)), max_size=40)


def days_of(pairs: list[tuple[int, int]]) -> dict[int, BitMap]:
    days: dict[int, BitMap] = {}
    for actor, day in pairs:
        days.setdefault(day, BitMap()).add(actor)
    return days


def firsts_of(pairs: list[tuple[int, int]]) -> dict[int, BitMap]:
    first: dict[int, int] = {}
    for actor, day in pairs:
        first[actor] = min(first.get(actor, day), day)
    return days_of(list(first.items()))


def without_empty(days: dict[int, BitMap]) -> dict[int, BitMap]:
    return {day: actors for day, actors in days.items() if actors}


@given(st.lists(PAIRS, max_size=4))
def test_h1_each_actor_is_in_the_set_of_its_first_day_alone(portions: list[list[tuple[int, int]]]) -> None:
    stored: dict[int, BitMap] = {}
    for portion in portions:
        stored |= moved(stored, days_of(portion))
    assert without_empty(stored) == firsts_of([pair for portion in portions for pair in portion])


@given(PAIRS, PAIRS)
def test_days_before_the_first_fresh_one_need_not_be_known_one_by_one(
    held: list[tuple[int, int]], come: list[tuple[int, int]]
) -> None:
    stored, fresh = firsts_of(held), days_of(come)
    since = min(fresh, default=0)
    before = union(actors for day, actors in stored.items() if day < since)
    later = {day: actors for day, actors in stored.items() if day >= since}
    assert moved(later, fresh, before) == moved(stored, fresh)


@given(PAIRS, PAIRS)
def test_only_days_whose_set_is_another_are_told(held: list[tuple[int, int]], come: list[tuple[int, int]]) -> None:
    stored = firsts_of(held)
    kept = {day: BitMap(actors) for day, actors in stored.items()}
    for day, actors in moved(stored, days_of(come)).items():
        assert actors != stored.get(day, BitMap())
    assert stored == kept, "what was given is left as it is"
