"""How the sets of who did something for the first time ever move when more is known. Pure.

Of one scope and event: each actor is in the set of one day, that of its first such event (E2, H1). A day's events add
actors; one that comes late takes the actor out of a later day's set.
"""

from collections.abc import Mapping

from parallax.engine.bitmaps import BitMap


def moved(stored: Mapping[int, BitMap], fresh: Mapping[int, BitMap], before: BitMap | None = None) -> dict[int, BitMap]:
    """The days whose set becomes another, with that set.

    `stored` are the sets so far, at least of all days from the first of `fresh` on; `fresh` is who did it on which day,
    whether or not it is known already; `before` is who did it on a day that `stored` leaves out.
    """
    changed: dict[int, BitMap] = {}
    if not fresh:
        return changed
    since = min(fresh)
    seen = BitMap() if before is None else BitMap(before)
    for day, actors in stored.items():
        if day < since:
            seen |= actors
    earlier = BitMap()  # those whose first day is one of `fresh` now, and was later or none
    for day in sorted(day for day in stored.keys() | fresh.keys() if day >= since):
        held = stored.get(day)
        if held is None:
            held = BitMap()
        now = held - earlier if earlier.intersect(held) else held
        come = fresh[day] - seen - now if day in fresh else None
        if come:
            earlier |= come
            now = now | come
        if now is not held:
            changed[day] = now
        seen |= now
    return changed
